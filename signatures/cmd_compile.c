/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig compile: feeds into a signature database. */
#include <stdio.h>

#include "base/log.h"
#include "signatures/commands.h"
#include "signatures/review.h"
#include "signatures/sigdb.h"

static int write_database(const char *path, const struct builder *b, bool quiet)
{
	char error[256];
	struct sigdb *db;
	size_t kept = review_keep_passing(b->items, b->count);

	if (sigdb_write(path, b->items, kept, error, sizeof(error)) < 0 ||
		sigdb_open(&db, path, error, sizeof(error)) < 0) {
		log_error("%s", error);
		return EXIT_COMMAND_WRONG;
	}
	if (!quiet)
		(void)fprintf(stderr, "%s: %zu indicators, version %s\n", path, sigdb_count(db),
			sigdb_version(db));
	sigdb_close(db);
	return EXIT_ALL_READ;
}

int cmd_compile(const struct sig_args *args)
{
	struct feed_reader reader = {.args = args};
	int code;

	if (args->words.count == 0 || !args->output) {
		log_error("say of what and where to: kukla-sig compile FILE... -o signatures.kdb");
		return EXIT_COMMAND_WRONG;
	}
	code = cmd_feeds_open(&reader);
	if (code == EXIT_ALL_READ && cmd_output_is_input(&reader, args->output))
		code = EXIT_COMMAND_WRONG;
	if (code == EXIT_ALL_READ)
		code = cmd_feeds_read(&reader);
	if (code != EXIT_COMMAND_WRONG &&
		write_database(args->output, &reader.builder, args->quiet) != EXIT_ALL_READ)
		code = EXIT_COMMAND_WRONG;
	cmd_feeds_close(&reader);
	return code;
}
