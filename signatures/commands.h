/* SPDX-License-Identifier: Apache-2.0 */
/* What kukla-sig does, one file a command; each returns the program's exit code. */
#pragma once

#include "base/option.h"
#include "signatures/builder.h"

enum { EXIT_ALL_READ = 0, EXIT_COMMAND_WRONG = 1, EXIT_PART_UNREADABLE = 2 };

/* What the options of all commands set. */
struct sig_args {
	const char *json, *format, *campaign, *role, *output;
	bool quiet;
	struct option_list words; /* files, or a database and values */
};

int cmd_import(const struct sig_args *args);
int cmd_compile(const struct sig_args *args);
int cmd_test(const struct sig_args *args);

/* Reads all files with one builder and tells the user about each; what was read is handed to
 * `on_file`, which may be NULL. Returns the exit code. */
struct feed_reader {
	const struct sig_args *args;
	struct builder builder;
	void (*on_file)(
		void *context, const char *path, const struct indicator *items, size_t count);
	void *context;
};
int cmd_read_feeds(struct feed_reader *reader);
/* Writing there would destroy a feed that is to be read; says so. */
bool cmd_output_is_input(const struct sig_args *args, const char *output);
