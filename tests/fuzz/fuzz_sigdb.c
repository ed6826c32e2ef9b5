/* SPDX-License-Identifier: Apache-2.0 */
/* A file as it is, and with the checksum that its body would have: one that knows the format. What
 * opens can be read and asked, and both matchers answer the same. */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/crypto.h"
#include "signatures/match.h"
#include "tests/fuzz/fuzz.h"

#define SUM_OFFSET  16
#define BODY_OFFSET 48

static unsigned ask(const struct match_ops *ops, const struct sigdb *db, const struct indicator *i,
	uint32_t found[MATCH_RESULTS_MAX])
{
	enum field_match kind = i->type == INDICATOR_DOMAIN ? MATCH_NAME
				: i->type == INDICATOR_JA3  ? MATCH_JA3
							    : MATCH_ADDRESS;
	struct match_set *set;
	struct matcher *m;
	char error[256];
	unsigned count;
	int r = ops->build(&set, db, error, sizeof(error));

	assert(r == 0);
	r = ops->open(&m, set);
	assert(r == 0);
	count = ops->find(m, kind, i->value, strlen(i->value), 0, found);
	assert(count > 0 || kind != MATCH_NAME);
	ops->close(m);
	ops->drop(set);
	return count;
}

static void use(const struct sigdb *db)
{
	uint32_t found[2][MATCH_RESULTS_MAX];
	struct indicator last = {0};
	unsigned count;

	for (size_t i = 0; i < sigdb_count(db); i++) {
		last = sigdb_get(db, i);
		assert(strlen(last.value) && last.advice <= ADVICE_URL_ONLY);
		assert(strlen(last.campaign) + strlen(last.source) + strlen(last.context) +
				strlen(last.disarm) <
			SIZE_MAX);
	}
	if (!last.value)
		return;
	count = ask(&match_sets, db, &last, found[0]);
	assert(count == ask(&match_naive, db, &last, found[1]));
	assert(memcmp(found[0], found[1], count * sizeof(found[0][0])) == 0);
}

static void open_file(const uint8_t *octets, size_t bytes)
{
	_cleanup_(close_ptr) int fd = memfd_create("sigdb", MFD_CLOEXEC);
	struct sigdb *db = NULL;
	char path[64], error[256] = "";
	ssize_t written;

	assert(fd >= 0);
	written = write(fd, octets, bytes);
	assert(written == (ssize_t)bytes);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (sigdb_open(&db, path, error, sizeof(error)) < 0) {
		assert(!db && *error);
		return;
	}
	use(db);
	sigdb_close(db);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	open_file(data, size);
	if (size < BODY_OFFSET)
		return 0;
	copy = fuzz_copy(data, size);
	memcpy(copy, "KUKLASIG\0\0\0\1", 12);
	crypto_sha256(copy + SUM_OFFSET, copy + BODY_OFFSET, size - BODY_OFFSET);
	open_file(copy, size);
	free(copy);
	return 0;
}
