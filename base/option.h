/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines from one table: parsing, --help, man pages and shell completions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_type {
	OPTION_FLAG,   /* bool */
	OPTION_TEXT,   /* const char *; the last one counts */
	OPTION_LIST,   /* struct option_list; may be repeated */
	OPTION_NUMBER, /* uint64_t, within minimum..maximum */
	OPTION_ALL, /* struct option_list: this option's and all following words: `-r CAPTURE...`;
		       options may stand between them */
};

struct option_list {
	const char **values; /* owned; option_list_done */
	size_t count;
};

struct option {
	const char *name; /* long, without dashes */
	char letter;      /* short, or 0 */
	enum option_type type;
	const char *value_name; /* "FILE"; NULL for a flag */
	const char *help;       /* one sentence */
	void *target;
	uint64_t minimum, maximum; /* of a number; maximum 0: any */
};

struct command {
	const char *program, *name; /* "kukla", "replay"; name NULL: the program has no commands */
	const char *summary;        /* one line */
	const char *usage;          /* what stands behind the options: "CAPTURE..." */
	const char *description;    /* a paragraph or more; blank line between */
	const char *examples; /* "$ command\n  what it does\n" ...; every line with $ is run by a
				 test */
	const struct option *options; /* ended by name NULL; --help and --version are added */
};

enum option_outcome {
	OPTIONS_RUN,
	OPTIONS_SHOWN /* --help or --version: exit 0 */,
	OPTIONS_EACH, /* of options_command: a page; hand the same words to every command */
	OPTIONS_WRONG /* said why: exit 1 */
};

/* Parse argv[1..]; what is no option goes to `ret_words` (owned by the caller). A wrong option
 * names the nearest good one on standard error. */
enum option_outcome options_parse(
	const struct command *command, int argc, char **argv, struct option_list *ret_words);
void option_list_done(struct option_list *list);
/* A program that has commands: find argv[1] in the NULL-ended table; on failure says so, with the
 * nearest. What is left for options_parse is argc - 1 and argv + 1. */
enum option_outcome options_command(const struct command *const *commands, int argc, char **argv,
	const struct command **ret_command);
void options_help(const struct command *command, FILE *to);
void options_commands_help(const struct command *const *commands, FILE *to);
void options_man(
	const struct command *const *commands, FILE *to); /* mdoc-free roff for section 1 */
void options_completion(const struct command *const *commands, FILE *to); /* bash */
/* The same in parts, for a program whose commands know their options only when they run: the build
 * says `--man` or `--completion` (not in --help), options_command writes the head and options_parse
 * the part of a command. False: the word is another one. */
bool options_page_head(const struct command *const *commands, const char *word, FILE *to);
bool options_page(const struct command *command, const char *word, FILE *to);
