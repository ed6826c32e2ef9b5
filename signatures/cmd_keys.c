/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig keygen and verify: who signs databases, and whether they did. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "signatures/commands.h"
#include "signatures/sigdb.h"
#include "signatures/trust.h"

/* Whoever has the key can make databases that probes take. */
static void warn_of_readers(const char *path)
{
	struct stat there;

	if (stat(path, &there) == 0 && S_ISREG(there.st_mode) && there.st_mode & 077)
		log_warning("%s: is secret and others can read or write it (mode %04o): make it "
			    "0600",
			path, there.st_mode & 07777);
}

int cmd_read_secret(uint8_t ret_secret[SIGNING_KEY_BYTES], const char *path)
{
	_cleanup_(free_ptr) char *text = NULL;
	size_t bytes = 0;
	int r = file_read(&text, &bytes, path, SIGNING_PEM_BYTES_MAX);

	if (r == 0) {
		r = signing_secret_read(ret_secret, text, bytes);
		explicit_bzero(text, bytes);
	}
	if (r == 0) {
		warn_of_readers(path);
		return EXIT_ALL_READ;
	}
	log_error("%s: %s", path,
		r == -EBADMSG || r == -EFBIG
			? "no secret Ed25519 key without a passphrase; make one with `kukla-sig "
			  "keygen`"
			: strerror(-r));
	return EXIT_COMMAND_WRONG;
}

/* A new file; a key that is there is never written over. */
static int write_new(const char *path, const char *text, mode_t mode)
{
	_cleanup_(close_ptr) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	int r = fd < 0 ? -errno : file_write_all(fd, text, strlen(text));

	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0)
		return EXIT_ALL_READ;
	if (r == -EEXIST)
		log_error("%s: is there already; a key is not written over", path);
	else
		log_error("%s: %s", path, strerror(-r));
	if (fd >= 0)
		(void)unlink(path);
	return EXIT_COMMAND_WRONG;
}

/* The public key is beside the secret one, its name ends in .pub. */
static int write_keys(const char *path, const uint8_t secret[SIGNING_KEY_BYTES])
{
	char pem[512], public_pem[512], beside[4096];
	char name[SIGNING_NAME_BYTES];
	uint8_t public_key[SIGNING_KEY_BYTES];
	int r = signing_key_public(public_key, secret), code;

	if (r == 0)
		r = signing_public_write(public_pem, sizeof(public_pem), public_key);
	if (r == 0)
		r = signing_secret_write(pem, sizeof(pem), secret);
	if (r < 0 || snprintf(beside, sizeof(beside), "%s.pub", path) >= (int)sizeof(beside)) {
		log_error("%s: %s", path, strerror(r < 0 ? -r : ENAMETOOLONG));
		return EXIT_COMMAND_WRONG;
	}
	code = write_new(path, pem, 0600);
	explicit_bzero(pem, sizeof(pem));
	if (code == EXIT_ALL_READ && (code = write_new(beside, public_pem, 0644)) != EXIT_ALL_READ)
		(void)unlink(path);
	if (code)
		return code;
	signing_key_name(name, public_key);
	(void)printf("%s is secret: keep it away from probes\n"
		     "%s is what probes are given with --trust; its name is %s\n",
		path, beside, name);
	return EXIT_ALL_READ;
}

int cmd_keygen(const struct sig_args *args)
{
	uint8_t secret[SIGNING_KEY_BYTES];
	int code;

	if (args->words.count || !args->output) {
		log_error("say where to: kukla-sig keygen -o KEY");
		return EXIT_COMMAND_WRONG;
	}
	if (signing_key_make(secret) < 0) {
		log_error("no key could be made: no randomness");
		return EXIT_COMMAND_WRONG;
	}
	code = write_keys(args->output, secret);
	explicit_bzero(secret, sizeof(secret));
	return code;
}

static void show_verified(const char *path, const struct sigdb *db)
{
	struct sigdb_stamp stamp = sigdb_stamp(db);
	char made[TEXT_TIME_BYTES] = "at an unknown time", name[SIGNING_NAME_BYTES];

	signing_key_name(name, sigdb_signer(db));
	if (stamp.created)
		(void)text_time(made, (uint64_t)stamp.created * 1000000000u);
	(void)printf("%s: signed by %s: %zu indicators, version %s, number %" PRIu64 ", made %s\n",
		path, name, sigdb_count(db), sigdb_version(db), stamp.number, made);
}

int cmd_verify(const struct sig_args *args)
{
	struct trust trust = {0};
	struct sigdb *db;
	char error[512];
	int r;

	if (args->words.count != 1 || args->trust.count == 0) {
		log_error("say of what and by whom: kukla-sig verify DB --trust KEY.pub");
		return EXIT_COMMAND_WRONG;
	}
	if (trust_read(&trust, args->trust.values, args->trust.count, error, sizeof(error)) < 0) {
		log_error("%s", error);
		return EXIT_COMMAND_WRONG;
	}
	r = sigdb_open_trusted(&db, args->words.values[0], &trust.sigdb, error, sizeof(error));
	trust_done(&trust);
	if (r < 0) {
		log_error("%s", error);
		return r == -EBADMSG || r == -EKEYREJECTED ? EXIT_PART_UNREADABLE
							   : EXIT_COMMAND_WRONG;
	}
	show_verified(args->words.values[0], db);
	sigdb_close(db);
	return EXIT_ALL_READ;
}
