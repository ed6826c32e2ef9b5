/* SPDX-License-Identifier: Apache-2.0 */
/* What kukla-sig does, one file a command; each returns the program's exit code. */
#pragma once

#include "base/option.h"
#include "base/signing.h"
#include "signatures/builder.h"
#include "signatures/feed_file.h"
#include "signatures/match.h"

enum { EXIT_ALL_READ = 0, EXIT_COMMAND_WRONG = 1, EXIT_PART_UNREADABLE = 2 };

/* What the options of all commands set. */
struct sig_args {
	const char *json, *format, *campaign, *role, *source, *output, *overrides, *feeds, *now,
		*suffixes, *sign;
	const char *only, *report; /* a type of indicator; a file */
	const char *called;        /* what messages call the database; NULL: its path */
	bool quiet, keep_expired, no_notes, undated, partial;
	uint64_t set_version, cpu_s, memory_mib;
	uint32_t clock; /* seconds since 1970, where --now says nothing */
	struct option_list warninglists, trust;
	struct option_list words; /* files, or a database and values */
};

int cmd_import(const struct sig_args *args);
int cmd_compile(const struct sig_args *args);
int cmd_review(const struct sig_args *args);
int cmd_lint(const struct sig_args *args);
int cmd_stats(const struct sig_args *args);
int cmd_test(const struct sig_args *args);
int cmd_export(const struct sig_args *args);
int cmd_diff(const struct sig_args *args);
int cmd_keygen(const struct sig_args *args);
int cmd_verify(const struct sig_args *args);

struct json_output;

/* Whether a word is FIELD=VALUE, part of a flow, and what signatures say to all of these; exit
 * code. */
bool cmd_test_is_flow(const char *word);
int cmd_test_flow(const struct sig_args *args, const struct sigdb *db, struct matcher *m,
	struct json_output *out);

/* A file to read, and what is said of it. */
struct feed_work {
	char *path;                     /* owned */
	const struct feed_entry *entry; /* NULL: nothing */
	bool own;     /* named by the user as a file of his own: it may be a pack */
	size_t begin; /* its first indicator, once it was read */
};

/* Feeds as the options name them, and the gate that they go through. `= {.args = args}` at first,
 * cmd_feeds_close in the end: the indicators live until then. */
struct feed_reader {
	const struct sig_args *args;
	struct builder builder;
	uint32_t now; /* seconds since 1970, whatever the builder is to judge */
	/* what was read of a file; may be NULL */
	void (*on_file)(
		void *context, const char *path, const struct indicator *items, size_t count);
	void *context;
	struct json_output *report; /* of --report, while feeds are read; else NULL */
	const char *reported;       /* the file that it is about */

	struct suffix_list *suffixes; /* owned, as all below */
	struct warninglists *warnings;
	struct overrides *overrides;
	struct feed_file *feeds;        /* of --feeds */
	struct feed_file **definitions; /* named in place of files */
	size_t definition_count;
	struct feed_work *works;
	size_t work_count, work_size;
};

/* Reads lists, overrides and definitions; exit code. */
int cmd_feeds_open(struct feed_reader *reader);
void cmd_feeds_close(struct feed_reader *reader);
/* Only what judges feeds: suffixes, lists, overrides and the time. */
int cmd_gate_open(struct feed_reader *reader);
/* Reads all files with one builder and tells the user about each. */
int cmd_feeds_read(struct feed_reader *reader);
/* The file that an indicator of the builder is from. */
const char *cmd_feeds_path(const struct feed_reader *reader, size_t index);
/* Writing one of the outputs would destroy another one, or a file that the options name to be
 * read; says so. */
bool cmd_outputs_clash(const struct sig_args *args);
/* Which values of a file an earlier one has, on standard error. */
void cmd_show_repeats(const struct feed_reader *reader);

/* A file that a person wrote, whole; says what is wrong, to `problems` or, when that is NULL, to
 * the log. Exit code. */
int cmd_read_own(char **ret_text, size_t *ret_bytes, const char *path);
int cmd_read_secret(uint8_t ret_secret[SIGNING_KEY_BYTES], const char *path);
int cmd_read_definition(struct feed_file **ret, const char *path, struct json_output *problems);
int cmd_read_overrides(struct overrides **ret, const char *path, const struct feed_reader *reader,
	struct json_output *problems);
/* Adds the files that an entry of a definition names to the work; returns how many, negative
 * errno. -EPERM: one is not in the definition's folder. */
long cmd_add_files(
	struct feed_reader *reader, const struct feed_entry *entry, const char *definition);
/* Why it was nothing, or failed. */
const char *cmd_add_why(long failed);

/* Indicators of a database, or of feeds that went through the gate. */
struct stock {
	struct feed_reader reader;
	struct sigdb *db;              /* owned; NULL: of feeds */
	struct indicator *owned;       /* those of a database */
	const struct indicator *items; /* borrowed */
	size_t count;
	bool readable; /* false: there is nothing to go on with */
};

/* What the words name; closed in the end whatever the exit code is. */
int cmd_stock_open(struct stock *s, const struct sig_args *args);
/* Leaves what compile would take, each once. Exit code. */
int cmd_stock_compiled(struct stock *s);
void cmd_stock_close(struct stock *s);
/* Our own signature file, of which everything that is wrong is told; exit code. */
int cmd_lint_pack(const char *path, struct cursor text, const struct feed_reader *reader,
	struct json_output *out);
