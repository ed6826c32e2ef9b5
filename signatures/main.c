/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig: feeds into one reviewed database of signatures. */
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "signatures/commands.h"

#define EXIT_STATUS                                                                                \
	"Exit status: 0 all files were read; 2 a part of one could not be read (file, line and "   \
	"cause are on standard error, the rest was used); 1 the command is wrong."
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
			.help = "The campaign it belongs to; without it the file's name.",         \
			.target = &(args).campaign},                                               \
		{.name = "role",                                                                   \
			.type = OPTION_TEXT,                                                       \
			.value_name = "ROLE",                                                      \
			.help = "Who meets it: reader-facing (the default) or operator-side.",     \
			.target = &(args).role},                                                   \
	{                                                                                          \
		.name = "quiet", .letter = 'q', .type = OPTION_FLAG,                               \
		.help = "Say only what went wrong.", .target = &(args).quiet                       \
	}

typedef int run(const struct sig_args *args);

static int dispatch(const struct command *const *commands, run *const *runs, struct sig_args *args,
	int argc, char **argv)
{
	const struct command *command = NULL;
	enum option_outcome outcome = options_command(commands, argc, argv, &command);

	for (size_t i = 0; outcome == OPTIONS_EACH && commands[i]; i++)
		(void)options_parse(commands[i], argc, argv, &args->words);
	if (outcome == OPTIONS_RUN)
		outcome = options_parse(command, argc - 1, argv + 1, &args->words);
	for (size_t i = 0; outcome == OPTIONS_RUN && commands[i]; i++) {
		if (commands[i] == command)
			return runs[i](args);
	}
	return outcome == OPTIONS_WRONG ? EXIT_COMMAND_WRONG : EXIT_ALL_READ;
}

int main(int argc, char **argv)
{
	struct sig_args args = {0};
	const struct option import_options[] = {FEED_OPTIONS(args),
		{.name = "json",
			.letter = 'j',
			.type = OPTION_TEXT,
			.value_name = "FILE",
			.help = "Write one JSON object for each indicator; - is standard output.",
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
		.summary = "show what of a feed can be used, and why the rest cannot",
		.usage = "FILE...",
		.description = "Reads feeds, undoes their defanging, finds the type of every value "
			       "and reviews it. The report of each file is on standard "
			       "error.\n\n" EXIT_STATUS,
		.examples = "$ kukla-sig import --json - signatures/packs/example.csv\n"
			    "  one JSON object for each indicator of the example pack\n",
		.options = import_options};
	const struct command compile = {.program = "kukla-sig",
		.name = "compile",
		.summary = "make a signature database of feeds",
		.usage = "FILE... -o DB",
		.description =
			"What needs a person's decision (import shows it as review) and what "
			"is refused is left out. The same feeds give the same "
			"database.\n\n" EXIT_STATUS,
		.examples = "$ kukla-sig compile signatures/packs/example.csv -o signatures.kdb\n"
			    "  what kukla-probe is given with --signatures\n",
		.options = compile_options};
	const struct command test = {.program = "kukla-sig",
		.name = "test",
		.summary = "ask a database about names, addresses and fingerprints",
		.usage = "DB VALUE...",
		.description =
			"Values may be defanged. Of a URL the host is asked about, as the probe "
			"would; indicators that are URLs are kept and not matched yet.\n\n"
			"Exit status: 0 all was asked, whether there was a hit or not; 2 the "
			"database is damaged; 1 the command is wrong.",
		.examples = "$ kukla-sig test signatures.kdb www.news.example.org\n"
			    "  which indicators the name touches\n",
		.options = no_options};
	const struct command *const commands[] = {&import, &compile, &test, NULL};
	run *const runs[] = {cmd_import, cmd_compile, cmd_test};
	int code;

	log_open("kukla-sig", LOG_LEVEL_NOTE);
	code = dispatch(commands, runs, &args, argc, argv);
	option_list_done(&args.words);
	return code;
}
