/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig: feeds into one reviewed database of signatures. */
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "signatures/commands.h"

#define FEED_OPTIONS(args)                                                                         \
	{.name = "format",                                                                         \
		.letter = 'f',                                                                     \
		.type = OPTION_TEXT,                                                               \
		.value_name = "NAME",                                                              \
		.help = "Read as meta-csv or plain; without it each file is recognised.",          \
		.target = &(args).format},                                                         \
		{.name = "campaign",                                                               \
			.type = OPTION_TEXT,                                                       \
			.value_name = "TEXT",                                                      \
			.help = "The campaign of all of it; without it the file's name.",          \
			.target = &(args).campaign},                                               \
		{.name = "role",                                                                   \
			.type = OPTION_TEXT,                                                       \
			.value_name = "ROLE",                                                      \
			.help = "reader-facing (without the option) or operator-side.",            \
			.target = &(args).role},                                                   \
	{                                                                                          \
		.name = "quiet", .letter = 'q', .type = OPTION_FLAG,                               \
		.help = "Say only what went wrong.", .target = &(args).quiet                       \
	}

int main(int argc, char **argv)
{
	struct sig_args args = {0};
	const struct option import_options[] = {FEED_OPTIONS(args),
		{.name = "json",
			.letter = 'j',
			.type = OPTION_TEXT,
			.value_name = "FILE",
			.help = "Write one object for each indicator; - is standard output.",
			.target = &args.json},
		{0}};
	const struct option compile_options[] = {FEED_OPTIONS(args),
		{.name = "output",
			.letter = 'o',
			.type = OPTION_TEXT,
			.value_name = "FILE",
			.help = "The database to write.",
			.target = &args.output},
		{0}};
	const struct option no_options[] = {{0}};
	const struct command import = {.program = "kukla-sig",
		.name = "import",
		.summary = "Show what of a feed can be used, and why the rest cannot.",
		.usage = "FILE...",
		.description = "Reads feeds, undoes their defanging, finds the type of every value "
			       "and reviews it. The report of each file is on standard error.",
		.examples = "$ kukla-sig import --json - signatures/packs/example.csv\n"
			    "  one JSON object for each indicator of the example pack\n",
		.options = import_options};
	const struct command compile = {.program = "kukla-sig",
		.name = "compile",
		.summary = "Make a signature database of feeds.",
		.usage = "FILE...",
		.description =
			"What needs a person's decision (import shows it as review) and what "
			"is refused is left out. The same feeds give the same database.",
		.examples = "$ kukla-sig compile signatures/packs/example.csv -o signatures.kdb\n"
			    "  what kukla-probe is given with --signatures\n",
		.options = compile_options};
	const struct command test = {.program = "kukla-sig",
		.name = "test",
		.summary = "Ask a database about names, addresses and fingerprints.",
		.usage = "DB VALUE...",
		.description =
			"Values may be defanged. Of a URL the host is asked about, as the probe "
			"would; indicators that are URLs are kept and not matched yet.",
		.examples = "$ kukla-sig test signatures.kdb www.news.example.org\n"
			    "  which indicators the name touches\n",
		.options = no_options};
	const struct command *const commands[] = {&import, &compile, &test, NULL};
	int (*const runs[])(const struct sig_args *) = {cmd_import, cmd_compile, cmd_test};
	const struct command *command = NULL;
	enum option_outcome outcome;
	int code = EXIT_COMMAND_WRONG;

	log_open("kukla-sig", LOG_LEVEL_NOTE);
	outcome = options_command(commands, argc, argv, &command);
	if (outcome == OPTIONS_RUN)
		outcome = options_parse(command, argc - 1, argv + 1, &args.words);
	if (outcome == OPTIONS_SHOWN)
		code = EXIT_ALL_READ;
	for (size_t i = 0; outcome == OPTIONS_RUN && commands[i]; i++) {
		if (commands[i] == command)
			code = runs[i](&args);
	}
	option_list_done(&args.words);
	return code;
}
