/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig compile: feeds into a signature database. The feeds are read, and the database made, in
 * a child with limits; here it is checked, signed and put in its place, or not. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "signatures/cmd_output.h"
#include "signatures/commands.h"
#include "signatures/conditions.h"
#include "signatures/limited.h"
#include "signatures/match.h"
#include "signatures/review.h"
#include "signatures/sigdb.h"
#include "signatures/sigdb_format.h"
#include "signatures/visible.h"

struct compilation {
	const struct sig_args *args;
	struct file_new file;
};

/* For messages. */
static const char *called(const struct sig_args *args)
{
	return args->called ? args->called : args->output;
}

static void compilation_done(struct compilation *c)
{
	file_new_drop(&c->file);
}

/* Its number is the second in which it was made, if nothing else is said. */
static struct sigdb_stamp stamp_for(const struct sig_args *args, uint32_t now)
{
	return (struct sigdb_stamp){.number = args->set_version ? args->set_version
					      : args->undated   ? 0
								: now,
		.created = args->undated ? 0 : now,
		.to_be_signed = args->sign != NULL};
}

static int write_database(const struct compilation *c, struct feed_reader *reader)
{
	const struct sigdb_stamp stamp = stamp_for(c->args, reader->now);
	struct builder *b = &reader->builder;
	size_t kept = review_keep_passing(b->items, b->count);
	char error[256];

	if (sigdb_write_to(c->file.fd, b->items, kept, &stamp, error, sizeof(error)) == 0)
		return EXIT_ALL_READ;
	log_error("%s: %s", called(c->args), error);
	return EXIT_COMMAND_WRONG;
}

/* In the child. */
static int compile(void *context)
{
	const struct compilation *c = context;
	struct feed_reader reader = {.args = c->args};
	int code = cmd_feeds_open(&reader);

	if (code == EXIT_ALL_READ)
		code = cmd_feeds_read(&reader);
	if ((code == EXIT_ALL_READ || (code == EXIT_PART_UNREADABLE && c->args->partial)) &&
		write_database(c, &reader) != EXIT_ALL_READ)
		code = EXIT_COMMAND_WRONG;
	cmd_feeds_close(&reader);
	return code;
}

static void say_stays(const struct sig_args *args, const char *why)
{
	log_error("%s was not written, and if it was there it stays as it was: %s", called(args),
		why);
}

/* What the probe would not look at as a whole. */
static void say_crowd(const struct sigdb *db, const struct match_set *set)
{
	struct condition_crowd crowd;
	char value[256], name[256];
	const char *first;

	if (!match_sets.crowd(set, &crowd))
		return;
	first = sigdb_get(db, crowd.first).value;
	(void)text_terminal(value, sizeof(value), crowd.value, strlen(crowd.value));
	(void)text_terminal(name, sizeof(name), first, strlen(first));
	log_warning("%zu signatures (%s and others) wait for %s %s \"%s\", with %zu parts "
		    "together: of a message that has it %d are looked at, and the rest is counted "
		    "as match.work_cap; let them ask for something that fewer of them have",
		crowd.count, name, crowd.field, crowd.kind, value, crowd.nodes,
		CONDITIONS_WORK_MAX);
}

/* In a child of its own: what the other one made is not believed, and what a probe would build of
 * it may be too much. */
static int build(void *context)
{
	const struct compilation *c = context;
	struct match_set *set;
	struct sigdb *db;
	char error[512];
	int code = EXIT_ALL_READ;

	if (sigdb_open(&db, c->file.temporary, error, sizeof(error)) < 0) {
		log_error("%s", error);
		return EXIT_COMMAND_WRONG;
	}
	if (match_sets.build(&set, db, error, sizeof(error)) == 0) {
		say_crowd(db, set);
		match_sets.drop(set);
	} else {
		say_stays(c->args, error);
		code = EXIT_PART_UNREADABLE;
	}
	sigdb_close(db);
	return code;
}

static int sign(const struct compilation *c)
{
	uint8_t secret[SIGNING_KEY_BYTES];
	int code, r;

	if (!c->args->sign)
		return EXIT_ALL_READ;
	code = cmd_read_secret(secret, c->args->sign);
	if (code)
		return code;
	r = sigdb_sign(c->file.fd, secret);
	explicit_bzero(secret, sizeof(secret));
	if (r == 0)
		return EXIT_ALL_READ;
	log_error("%s: could not be signed: %s", called(c->args), strerror(-r));
	return EXIT_COMMAND_WRONG;
}

/* Of feeds that were cut short or are another thing now nothing may be left. */
static bool is_loss(const struct sig_args *args, const struct sigdb *db)
{
	return sigdb_count(db) == 0 && !args->partial && access(args->output, F_OK) == 0;
}

static size_t count_unseen(const struct sigdb *db)
{
	size_t count = 0;

	for (size_t i = 0; i < sigdb_count(db); i++) {
		struct indicator item = sigdb_get(db, i);

		count += visible_limit(&item) != NULL;
	}
	return count;
}

static void say_written(const struct sig_args *args, const struct sigdb *db)
{
	struct sigdb_stamp stamp = sigdb_stamp(db);
	size_t unseen = count_unseen(db);
	char number[40] = "";

	if (sigdb_count(db) == 0)
		log_warning("%s: no indicator in it: nothing will be matched", called(args));
	if (args->quiet)
		return;
	if (stamp.number)
		(void)snprintf(number, sizeof(number), ", number %" PRIu64, stamp.number);
	(void)fprintf(stderr, "%s: %zu indicators, version %s%s%s\n", called(args), sigdb_count(db),
		sigdb_version(db), number, args->sign ? ", signed" : "");
	if (unseen)
		(void)fprintf(stderr,
			"%s: %zu of them are not looked for on the wire; `kukla-sig stats %s` says "
			"why\n",
			called(args), unseen, args->called ? "DB" : args->output);
}

static int write_summary(const struct sig_args *args, const struct sigdb *db)
{
	struct json_output out = {0};
	struct json *j;

	if (cmd_output_open(&out, args->json))
		return EXIT_COMMAND_WRONG;
	j = cmd_output_begin(&out);
	cmd_output_text(j, "database", args->output);
	json_number(j, "indicators", sigdb_count(db));
	cmd_output_text(j, "version", sigdb_version(db));
	json_number(j, "number", sigdb_stamp(db).number);
	json_bool(j, "signed", args->sign != NULL);
	cmd_output_end(&out);
	return cmd_output_close(&out, args->json);
}

/* A probe that has the one which is replaced does not take one of a lower number. */
static void warn_lower(const struct sig_args *args, const struct sigdb *db)
{
	uint64_t number = sigdb_stamp(db).number, before;
	struct sigdb *old;
	char error[512];

	if (!args->set_version || sigdb_open(&old, args->output, error, sizeof(error)) < 0)
		return;
	before = sigdb_stamp(old).number;
	sigdb_close(old);
	if (number < before)
		log_warning("%s: its number, %" PRIu64 ", is lower than %" PRIu64
			    " of the database that it replaces: a probe which has that one "
			    "refuses it without --allow-rollback",
			called(args), number, before);
}

static int put_in_place(struct compilation *c)
{
	const struct sig_args *args = c->args;
	struct sigdb *db;
	char error[512];
	int code = sign(c), r = 0;

	if (code)
		return code;
	if (sigdb_open(&db, c->file.temporary, error, sizeof(error)) < 0) {
		log_error("%s", error);
		return EXIT_COMMAND_WRONG;
	}
	if (is_loss(args, db)) {
		say_stays(args, "nothing of the feeds can be used (--partial writes it)");
		code = EXIT_PART_UNREADABLE;
	} else if (warn_lower(args, db), (r = file_new_finish(&c->file, args->output, 0644)) < 0) {
		log_error("%s: %s", args->output, strerror(-r));
		code = EXIT_COMMAND_WRONG;
	} else {
		say_written(args, db);
		code = args->json ? write_summary(args, db) : EXIT_ALL_READ;
	}
	sigdb_close(db);
	return code;
}

static int begin(struct compilation *c)
{
	const char *output = c->args->output;
	int r = file_new_begin(&c->file, output);

	if (r == 0)
		return EXIT_ALL_READ;
	if (r == -EEXIST)
		log_error("%s: is no regular file: name one, or a place where none is", output);
	else
		log_error("%s: %s", output, strerror(-r));
	return EXIT_COMMAND_WRONG;
}

/* Whether it ended by itself; else that is told. *ret_code is what it, or the command, ends with.
 */
static bool run(int (*work)(void *context), struct compilation *c, const char *hint, int *ret_code)
{
	const struct sig_args *args = c->args;
	const struct limits limits = {.cpu_s = args->cpu_s,
		.memory_bytes = args->memory_mib << 20,
		.file_bytes = SIGDB_BYTES_MAX};
	char why[128];
	int code = limited_run(work, c, &limits, why, sizeof(why));

	*ret_code = code;
	if (code >= 0)
		return true;
	if (code == -ECANCELED)
		log_error("%s was not written: %s; %s (--cpu and --memory set the limits)",
			called(args), why, hint);
	else
		log_error("%s was not written: %s", called(args), strerror(-code));
	*ret_code = code == -ECANCELED ? EXIT_PART_UNREADABLE : EXIT_COMMAND_WRONG;
	return false;
}

int cmd_compile(const struct sig_args *args)
{
	_cleanup_(compilation_done) struct compilation c = {.args = args, .file = {.fd = -1}};
	int code, read;

	if (args->words.count == 0 || !args->output) {
		log_error("say of what and where to: kukla-sig compile FILE... -o signatures.kdb");
		return EXIT_COMMAND_WRONG;
	}
	code = begin(&c);
	if (code)
		return code;
	if (!run(compile, &c, "the feed that does it is the first one without a report above",
		    &read) ||
		read == EXIT_COMMAND_WRONG)
		return read;
	if (read == EXIT_PART_UNREADABLE && !args->partial) {
		say_stays(args, "a part of the feeds could not be read (--partial writes it)");
		return read;
	}
	if (!run(build, &c, "what a probe builds of it is too much", &code) || code)
		return code;
	code = put_in_place(&c);
	return code ? code : read;
}
