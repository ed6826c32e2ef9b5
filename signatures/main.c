/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig: feeds into one reviewed database of signatures. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "signatures/commands.h"
#include "signatures/format.h"

#define EXIT_STATUS                                                                                \
	"Exit status: 0 all files were read; 2 a part of one could not be read (file, line and "   \
	"cause are on standard error, the rest was used); 1 the command is wrong."
#define DEFINITION                                                                                 \
	"In place of files a feed definition can be named: YAML that begins with feeds: and says " \
	"of each feed where it is and what it is. Its name ends in .yaml or .yml, as that of a "   \
	"pack; what else begins like one is a feed that says so, and is not read as one."

#define COMPILE_CPU_S      120
#define COMPILE_MEMORY_MIB 2048

#define TEXT(option, short_name, value, text, into)                                                \
	{                                                                                          \
		.name = option, .letter = short_name, .type = OPTION_TEXT, .value_name = value,    \
		.help = text, .target = &(into)                                                    \
	}
#define SUMMARY(args)                                                                              \
	TEXT("json", 'j', "FILE", "Write what was done as a JSON object; - is standard output.",   \
		(args).json)
#define QUIET(args)                                                                                \
	{                                                                                          \
		.name = "quiet", .letter = 'q', .type = OPTION_FLAG,                               \
		.help = "Say only what went wrong.", .target = &(args).quiet                       \
	}
#define NOW(args)                                                                                  \
	TEXT("now", 0, "DATE", "Judge what has expired as of that date; without it, as of today.", \
		(args).now)
#define GATE_OPTIONS(args)                                                                         \
	TEXT("campaign", 0, "TEXT", "The campaign it belongs to; without it the file's name.",     \
		(args).campaign),                                                                  \
		TEXT("source", 0, "NAME",                                                          \
			"Its publisher, where neither it nor a definition says one; without it "   \
			"the file's name.",                                                        \
			(args).source),                                                            \
		TEXT("role", 0, "ROLE",                                                            \
			"Who meets it: reader-facing (the default) or operator-side.",             \
			(args).role),                                                              \
		TEXT("feeds", 0, "FILE",                                                           \
			"A feed definition; a file gets the entry whose pattern it matches.",      \
			(args).feeds),                                                             \
		{.name = "warninglists",                                                           \
			.letter = 'w',                                                             \
			.type = OPTION_LIST,                                                       \
			.value_name = "PATH",                                                      \
			.help = "A list of what is popular or shared, of MISP or plain, or a "     \
				"folder of them, beside those that are built in; may be "          \
				"repeated.",                                                       \
			.target = &(args).warninglists},                                           \
		TEXT("suffixes", 0, "FILE", "A newer Public Suffix List than the system's.",       \
			(args).suffixes),                                                          \
		TEXT("overrides", 0, "FILE", "What two persons decided about values, in YAML.",    \
			(args).overrides),                                                         \
		TEXT("report", 0, "FILE",                                                          \
			"Write what became of each file, and of each line that is not simply "     \
			"accepted why, as JSON lines; - is standard output.",                      \
			(args).report),                                                            \
		NOW(args),                                                                         \
		{.name = "keep-expired",                                                           \
			.type = OPTION_FLAG,                                                       \
			.help = "Keep what has expired: for captures of the past, not for live "   \
				"traffic.",                                                        \
			.target = &(args).keep_expired},                                           \
		QUIET(args)

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
			return cmd_outputs_clash(args) ? EXIT_COMMAND_WRONG : runs[i](args);
	}
	return outcome == OPTIONS_WRONG ? EXIT_COMMAND_WRONG : EXIT_ALL_READ;
}

/* What --help and the manual say of each command; its options main adds. */
static const struct command texts[] = {
	{.name = "import",
		.summary = "show what of a feed can be used, and why the rest cannot",
		.usage = "FILE...",
		.description = "Reads feeds, undoes their defanging, finds the type of every value "
			       "and reviews it. The report of each file is on standard "
			       "error. " DEFINITION "\n\n" EXIT_STATUS,
		.examples = "$ kukla-sig import --json - signatures/packs/example.csv\n"
			    "  one JSON object for each indicator of the example pack\n"},
	{.name = "compile",
		.summary = "make a signature database of feeds",
		.usage = "FILE... -o DB",
		.description =
			"What needs a person's decision (review shows it), what has expired and "
			"what is refused is left out. The same feeds, lists, --now and "
			"--set-version give the same database. It is made by a child process with "
			"limits, and takes the place of an older one only when it is whole: of "
			"feeds that cannot be read to their end nothing is written, and an empty "
			"one replaces none. " DEFINITION "\n\n"
			"Exit status: 0 all files were read; 2 a part of one could not be read, or "
			"it came to a limit (file, line and cause are on standard error); 1 the "
			"command is wrong.",
		.examples = "$ kukla-sig compile signatures/packs/example.csv -o signatures.kdb\n"
			    "  what kukla-probe is given with --signatures\n"
			    "$ kukla-sig compile signatures/packs/feeds.yaml --overrides "
			    "signatures/packs/overrides.yaml -o decided.kdb\n"
			    "  the feeds of a definition, without what two persons declined\n"},
	{.name = "keygen",
		.summary = "make a key that signs databases",
		.usage = "-o KEY",
		.description = "KEY is the secret key (Ed25519 as PEM, for its owner only), "
			       "KEY.pub beside "
			       "it what probes are given with --trust. A file that is there is not "
			       "written "
			       "over.\n\n"
			       "Exit status: 0 both were written; 1 they were not.",
		.examples =
			"$ kukla-sig keygen -o signing.key\n"
			"  the secret key, and signing.key.pub\n"
			"$ kukla-sig compile signatures/packs/example.csv --sign signing.key -o "
			"signed.kdb\n"
			"  a database that says who made it\n"},
	{.name = "verify",
		.summary = "check who signed a database",
		.usage = "DB",
		.description =
			"Reads the whole database, as kukla-probe --trust would, and says by "
			"which key it is signed, its number and when it was made.\n\n"
			"Exit status: 0 it is signed by one of the keys; 2 it is not, or it is "
			"damaged; 1 the command is wrong.",
		.examples = "$ kukla-sig verify signed.kdb --trust signing.key.pub\n"
			    "  whether the probe would take it\n"},
	{.name = "review",
		.summary = "show what of feeds needs a person's decision",
		.usage = "FILE...",
		.description =
			"One line each: where it stands, what it is, why it waits and how to "
			"decide. A decision is an entry of the file that --overrides names: value, "
			"type, decision (match or refuse), reason, approved_by (two different "
			"persons), date. " DEFINITION "\n\n" EXIT_STATUS,
		.examples = "$ kukla-sig review signatures/packs/example.csv\n"
			    "  nothing: all of the example pack is clear\n"},
	{.name = "lint",
		.summary = "check feed definitions, overrides and signature files",
		.usage = "FILE...",
		.description =
			"Says every mistake with its line; of definitions also whether the files "
			"that are named are "
			"there, and which of source, campaign, role, reference, licence and "
			"expires_after a feed lacks, of signatures what the gate would hold back. "
			"Feeds are not read.\n\n"
			"Exit status: 0 no mistake; 2 a mistake; 1 the command is wrong.",
		.examples = "$ kukla-sig lint signatures/packs/feeds.yaml "
			    "signatures/packs/overrides.yaml\n"
			    "  how many feeds and decisions there are\n"},
	{.name = "stats",
		.summary = "count what is in a database, or in feeds",
		.usage = "DB|FILE...",
		.description = "By advice, type, role, campaign, source and expiry; of feeds also "
			       "what two persons decided. " DEFINITION "\n\n" EXIT_STATUS,
		.examples = "$ kukla-sig stats signatures.kdb\n"
			    "  what the probe would be given\n"},
	{.name = "diff",
		.summary = "show what two databases, or feeds, do not have alike",
		.usage = "OLD NEW",
		.description =
			"A line each: + what NEW has besides, - what it has no more, ~ what it "
			"says "
			"otherwise, and how. Of feeds that is compared which compile would "
			"take.\n\nExit status: 0 both were read, whether they differ or not; 2 a "
			"part of one could not be read, and nothing is compared; 1 the command is "
			"wrong.",
		.examples = "$ kukla-sig diff signatures.kdb signatures/packs/example.csv\n"
			    "  what a new compile would change\n"},
	{.name = "export",
		.summary = "write what is in a database, or in feeds, in a format of others",
		.usage = "DB|FILE... --format FORMAT -o FILE",
		.description =
			"Writes what compile takes. What is read again is the same set as far as "
			"the format can say it; what it cannot say is counted with its reason. "
			"docs/feeds.md has a table. " DEFINITION "\n\n" EXIT_STATUS,
		.examples = "$ kukla-sig export signatures.kdb --format stix -o signatures.json\n"
			    "  the database as a bundle of STIX 2.1\n"},
	{.name = "test",
		.summary = "ask a database about names, addresses and fingerprints",
		.usage = "DB VALUE...|FIELD=VALUE...",
		.description =
			"Values may be defanged. Of a URL its host is asked about, and host and "
			"path together as the probe does of a request in the clear. What is no "
			"value that can be asked is said. All that is "
			"given as FIELD=VALUE (tls.sni=www.example.org dest_port=443) is one flow, "
			"for which the signatures that hold are shown.\n\n"
			"Exit status: 0 all was asked, whether there was a hit or not; 2 the "
			"database is damaged; 1 the command is wrong.",
		.examples =
			"$ kukla-sig test signatures.kdb www.news.example.org\n"
			"  which indicators the name touches\n"
			"$ kukla-sig test signatures.kdb tls.sni=news.example.org dest_port=443\n"
			"  which signatures hold for such a flow\n"},
};

#define COMMANDS (sizeof(texts) / sizeof(texts[0]))

enum { IMPORT, COMPILE, KEYGEN, VERIFY, REVIEW, LINT, STATS, DIFF, EXPORT, TEST };

#define OPTIONS_MAX 24

/* Of each command, ended by zeros. */
struct tables {
	struct option of[COMMANDS][OPTIONS_MAX];
};

static void add(struct option table[OPTIONS_MAX], const struct option *options, size_t count)
{
	size_t used = 0;

	while (table[used].name)
		used++;
	assert(used + count < OPTIONS_MAX);
	memcpy(table + used, options, count * sizeof(*options));
}

#define ADD(tables, command, options) add((tables)->of[command], options, ARRAY_LEN(options))

static const char *format_help(void)
{
	static char text[512];
	size_t used = (size_t)snprintf(
		text, sizeof(text), "Read as that; without it each file is recognised. There are");

	for (const struct format *const *f = formats; *f && used < sizeof(text); f++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %s",
			f == formats ? "" : ",", (*f)->name);
	if (used < sizeof(text) - 1)
		memcpy(text + used, ".", 2);
	return text;
}

/* What all take that read feeds. */
static void add_reading(struct tables *t, struct sig_args *a)
{
	static const size_t commands[] = {IMPORT, COMPILE, REVIEW, STATS, DIFF, EXPORT};
	const struct option format[] = {TEXT("format", 'f', "NAME", format_help(), a->format)};
	const struct option others[] = {GATE_OPTIONS(*a),
		{"cpu", 0, OPTION_NUMBER, "SECONDS",
			"Time of the processor that it may take (120).", &a->cpu_s, 1, 86400}};

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (commands[i] != EXPORT)
			ADD(t, commands[i], format);
		ADD(t, commands[i], others);
	}
}

static void add_compiling(struct tables *t, struct sig_args *a)
{
	const struct option compile[] = {
		TEXT("output", 'o', "FILE", "The database to write.", a->output), SUMMARY(*a),
		TEXT("sign", 0, "KEY", "Sign it with this secret key of kukla-sig keygen.",
			a->sign),
		{"set-version", 0, OPTION_NUMBER, "N",
			"Its number; a probe takes no lower one than it has (the second of the "
			"compile, or of --now).",
			&a->set_version, 1, UINT64_MAX},
		{"undated", 0, OPTION_FLAG, NULL,
			"Leave out when it was made, and its number if none is given.", &a->undated,
			0, 0},
		{"partial", 0, OPTION_FLAG, NULL,
			"Write it even if a part of the feeds could not be read, or nothing of "
			"them can be used.",
			&a->partial, 0, 0},
		TEXT("called", 0, "TEXT", "What messages call it; without it its path.", a->called),
		{"memory", 0, OPTION_NUMBER, "MIB", "Memory that it may take (2048).",
			&a->memory_mib, 16, 1u << 20}};
	const struct option keygen[] = {
		TEXT("output", 'o', "KEY", "The secret key to write.", a->output)};
	const struct option verify[] = {{"trust", 0, OPTION_LIST, "KEY",
		"A public key whose signature counts; may be repeated.", &a->trust, 0, 0}};

	ADD(t, COMPILE, compile);
	ADD(t, KEYGEN, keygen);
	ADD(t, VERIFY, verify);
}

static void add_showing(struct tables *t, struct sig_args *a)
{
	static const size_t commands[] = {REVIEW, LINT, STATS, DIFF, TEST};
	const struct option import[] = {TEXT("json", 'j', "FILE",
		"Write one JSON object for each indicator; - is standard output.", a->json)};
	const struct option lines[] = {TEXT("json", 'j', "FILE",
		"Write JSON objects in place of what people read; - is standard output.", a->json)};
	const struct option quiet[] = {QUIET(*a)};
	const struct option export[] = {
		TEXT("format", 'f', "FORMAT", "Write this format: pack, stix, misp or zeek.",
			a->format),
		TEXT("output", 'o', "FILE", "The file to write; - is standard output.", a->output),
		TEXT("only", 0, "TYPE", "Only indicators of that type, such as domain.", a->only),
		{"no-notes", 0, OPTION_FLAG, NULL,
			"Leave out notes, which are words of their publishers.", &a->no_notes, 0,
			0},
		{"partial", 0, OPTION_FLAG, NULL,
			"Write it even if a part of the feeds could not be read.", &a->partial, 0,
			0},
		SUMMARY(*a)};

	ADD(t, IMPORT, import);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		ADD(t, commands[i], lines);
	ADD(t, LINT, quiet);
	ADD(t, EXPORT, export);
}

static int run_all(struct sig_args *args, const struct tables *t, int argc, char **argv)
{
	run *const runs[COMMANDS] = {cmd_import, cmd_compile, cmd_keygen, cmd_verify, cmd_review,
		cmd_lint, cmd_stats, cmd_diff, cmd_export, cmd_test};
	const struct command *commands[COMMANDS + 1] = {NULL};
	struct command all[COMMANDS];

	for (size_t i = 0; i < COMMANDS; i++) {
		all[i] = texts[i];
		all[i].program = "kukla-sig";
		all[i].options = t->of[i];
		commands[i] = &all[i];
	}
	return dispatch(commands, runs, args, argc, argv);
}

int main(int argc, char **argv)
{
	struct sig_args args = {.clock = (uint32_t)time(NULL),
		.cpu_s = COMPILE_CPU_S,
		.memory_mib = COMPILE_MEMORY_MIB};
	_cleanup_(free_ptr) struct tables *t = calloc(1, sizeof(*t));
	int code;

	log_open("kukla-sig", LOG_LEVEL_NOTE);
	if (!t) {
		log_error("out of memory");
		return EXIT_COMMAND_WRONG;
	}
	add_reading(t, &args);
	add_compiling(t, &args);
	add_showing(t, &args);
	code = run_all(&args, t, argc, argv);
	option_list_done(&args.words);
	option_list_done(&args.warninglists);
	option_list_done(&args.trust);
	return code;
}
