/* SPDX-License-Identifier: Apache-2.0 */
#include "base/option.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

static struct {
	bool quiet;
	const char *eve;
	struct option_list feeds, captures;
	uint64_t workers;
} got;

static const struct option options[] = {
	{.name = "quiet",
		.letter = 'q',
		.type = OPTION_FLAG,
		.help = "Say less.",
		.target = &got.quiet},
	{.name = "eve",
		.letter = 'e',
		.type = OPTION_TEXT,
		.value_name = "FILE",
		.help = "Write a JSON object a line; - is standard output.",
		.target = &got.eve},
	{.name = "feed",
		.type = OPTION_LIST,
		.value_name = "FILE",
		.help = "Indicators; may be given several times, for as many files as there are.",
		.target = &got.feeds},
	{.name = "workers",
		.letter = 'w',
		.type = OPTION_NUMBER,
		.value_name = "N",
		.help = "Worker threads.",
		.target = &got.workers,
		.minimum = 1,
		.maximum = 64},
	{.name = "read",
		.letter = 'r',
		.type = OPTION_ALL,
		.value_name = "CAPTURE",
		.help = "Read captures.",
		.target = &got.captures},
	{0},
};

static const struct command replay = {.program = "kukla",
	.name = "replay",
	.summary = "Read captures.",
	.usage = "CAPTURE...",
	.description =
		"Reads captures, one after the other, in the order of their time, and writes what "
		"it found.\n\n.A second paragraph \\ with dots.",
	.examples = "$ kukla replay x.pcap\n  reads it\n",
	.options = options};
static const struct command flows = {
	.program = "kukla", .name = "flows", .summary = "List flows.", .options = options + 5};
static const struct command probe = {
	.program = "kukla-probe", .summary = "Watch a network.", .options = options};
static const struct command *const commands[] = {&replay, &flows, NULL};

struct outcome {
	enum option_outcome is;
	struct option_list words;
	char output[8192], errors[2048];
};

static struct outcome last;

static int divert(FILE *stream, int to)
{
	int before = dup(fileno(stream));

	assert_int_equal(fflush(stream), 0);
	assert_true(before >= 0 && dup2(to, fileno(stream)) >= 0);
	return before;
}

static void restore(FILE *stream, int before, FILE *from, char *to, size_t size)
{
	assert_int_equal(fflush(stream), 0);
	assert_true(dup2(before, fileno(stream)) >= 0);
	close(before);
	rewind(from);
	to[fread(to, 1, size - 1, from)] = 0;
}

static void reset(void **state)
{
	(void)state;
	option_list_done(&got.feeds);
	option_list_done(&got.captures);
	option_list_done(&last.words);
	memset(&got, 0, sizeof(got));
	last.words = (struct option_list){0};
}

static int teardown(void **state)
{
	reset(state);
	return 0;
}

/* Run options_parse, or options_command, over words that end with NULL. */
static void run(bool command, const char *const *words)
{
	const struct command *found = NULL;
	_cleanup_(fclose_ptr) FILE *out = tmpfile();
	_cleanup_(fclose_ptr) FILE *err = tmpfile();
	char *argv[16] = {NULL};
	int argc = 0, out_before, err_before;

	reset(NULL);
	for (; words[argc]; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc];
	assert_non_null(out);
	assert_non_null(err);
	out_before = divert(stdout, fileno(out));
	err_before = divert(stderr, fileno(err));
	if (command)
		last.is = options_command(commands, argc, argv, &found);
	else
		last.is = options_parse(&replay, argc, argv, &last.words);
	restore(stdout, out_before, out, last.output, sizeof(last.output));
	restore(stderr, err_before, err, last.errors, sizeof(last.errors));
	if (command && last.is == OPTIONS_RUN)
		assert_string_equal(found->name, argv[1]);
}

#define PARSE(...)   run(false, (const char *const[]){"replay", __VA_ARGS__, NULL})
#define COMMAND(...) run(true, (const char *const[]){"kukla", __VA_ARGS__ NULL})

#define RUNS(...)                                                                                  \
	do {                                                                                       \
		PARSE(__VA_ARGS__);                                                                \
		assert_string_equal(last.errors, "");                                              \
		assert_int_equal(last.is, OPTIONS_RUN);                                            \
	} while (0)

#define WRONG(message, ...)                                                                        \
	do {                                                                                       \
		PARSE(__VA_ARGS__);                                                                \
		assert_string_equal(                                                               \
			last.errors, "kukla replay: " message "; try 'kukla replay --help'\n");    \
		assert_int_equal(last.is, OPTIONS_WRONG);                                          \
	} while (0)

static void good(void **state)
{
	(void)state;
	RUNS("a.pcap", "--quiet", "--eve", "out.json", "-", "--feed", "f1", "--feed=f2", "-w", "8");
	assert_true(got.quiet);
	assert_string_equal(got.eve, "out.json");
	assert_int_equal(got.workers, 8);
	assert_int_equal(got.feeds.count, 2);
	assert_string_equal(got.feeds.values[0], "f1");
	assert_string_equal(got.feeds.values[1], "f2");
	assert_int_equal(last.words.count, 2);
	assert_string_equal(last.words.values[1], "-");

	RUNS("-q", "-e", "-", "-w8", "--eve=a=b");
	assert_string_equal(got.eve, "a=b");
	assert_int_equal(got.workers, 8);

	RUNS("--eve=--odd", "--", "--quiet", "-x");
	assert_false(got.quiet);
	assert_string_equal(got.eve, "--odd");
	assert_int_equal(last.words.count, 2);

	RUNS("before", "-r", "a", "b", "--quiet", "c");
	assert_int_equal(last.words.count, 1);
	assert_int_equal(got.captures.count, 3);
	assert_string_equal(got.captures.values[2], "c");
	assert_true(got.quiet);

	RUNS("--workers", "64");
	RUNS("--workers=00001");
	assert_int_equal(got.workers, 1);
}

static void bad(void **state)
{
	(void)state;
	WRONG("there is no option --wrokers, but --workers", "--wrokers", "2");
	WRONG("there is no option --wrokers, but --workers", "--wrokers=2");
	WRONG("there is no option --hlep, but --help", "--hlep");
	WRONG("there is no option --frobnicate", "--frobnicate");
	WRONG("there is no option -x", "-x");
	WRONG("there is no option -qe", "-qe");
	WRONG("there is no option --", "--=");
	WRONG("--quiet takes no value", "--quiet=yes");
	WRONG("--eve needs a value: --eve FILE", "--eve");
	WRONG("--eve needs a value: --eve FILE", "--eve=");
	WRONG("--eve needs a value: --eve FILE", "--eve", "");
	WRONG("--eve needs a value: --eve FILE", "--eve", "--quiet");
	WRONG("--workers: 0 is not between 1 and 64", "-w", "0");
	WRONG("--workers: 65 is not between 1 and 64", "-w", "65");
	WRONG("--workers: '8x' is not a number", "-w", "8x");
	WRONG("--workers: '+8' is not a number", "-w", "+8");
	WRONG("--workers: '18446744073709551616' is not a number", "-w", "18446744073709551616");
	WRONG("there is no option -\\x1b[2J", "-\x1b[2J"); /* the terminal stays as it is */
}

static void shown(void **state)
{
	(void)state;
	PARSE("--help");
	assert_int_equal(last.is, OPTIONS_SHOWN);
	assert_non_null(strstr(last.output, "usage: kukla replay [OPTION]... CAPTURE...\n"));
	assert_non_null(strstr(last.output, "\n  -q, --quiet             Say less.\n"));
	assert_non_null(strstr(last.output,
		"\n      --feed FILE         Indicators; may be given several times, for as many\n"
		"                          files as there are.\n"));
	assert_non_null(strstr(last.output, "\n  -r, --read CAPTURE...   Read"));
	assert_non_null(strstr(last.output, "\n\n.A second paragraph"));
	assert_non_null(
		strstr(last.output, "\nexamples:\n  $ kukla replay x.pcap\n    reads it\n"));
	for (const char *line = last.output; line; line = strchr(line + 1, '\n'))
		assert_true(strcspn(line + 1, "\n") <= 80);
	PARSE("--version", "--nonsense");
	assert_int_equal(last.is, OPTIONS_SHOWN);
	assert_string_equal(last.output, "kukla " KUKLA_VERSION "\n");
}

static void finds_commands(void **state)
{
	(void)state;
	COMMAND("flows", );
	assert_int_equal(last.is, OPTIONS_RUN);
	COMMAND("--help", );
	assert_int_equal(last.is, OPTIONS_SHOWN);
	assert_non_null(strstr(last.output, "\n  replay          Read captures.\n"));
	COMMAND("--version", );
	assert_string_equal(last.output, "kukla " KUKLA_VERSION "\n");
	COMMAND("flow", );
	assert_int_equal(last.is, OPTIONS_WRONG);
	assert_string_equal(
		last.errors, "kukla: there is no command flow, but flows; try 'kukla --help'\n");
	COMMAND("xyzzy", );
	assert_string_equal(last.errors, "kukla: there is no command xyzzy; try 'kukla --help'\n");
	COMMAND("--quiet", );
	assert_string_equal(
		last.errors, "kukla: a command comes first, not --quiet; try 'kukla --help'\n");
	COMMAND();
	assert_string_equal(last.errors, "kukla: a command is missing; try 'kukla --help'\n");
}

static const struct command *const alone[] = {&probe, NULL};

/* Write a page, let a program read it, and see that it has nothing to say. */
static void checked_by(void (*write_page)(const struct command *const *, FILE *),
	const struct command *const *table, const char *checker)
{
	char path[] = "/tmp/kukla-page-XXXXXX", shell[512], output[4096];
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	FILE *answer;
	size_t bytes;

	assert_non_null(f);
	write_page(table, f);
	assert_int_equal(fclose(f), 0);
	(void)snprintf(shell, sizeof(shell), "export page=%s; %s", path, checker);
	answer = popen(shell, "r");
	assert_non_null(answer);
	bytes = fread(output, 1, sizeof(output) - 1, answer);
	output[bytes] = 0;
	(void)unlink(path);
	if (pclose(answer) != 0 || bytes)
		fail_msg("%s: %s", shell, output);
}

static void man_page_is_sound(void **state)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	(void)state;
	options_man(commands, f);
	assert_int_equal(fclose(f), 0);
	assert_non_null(strstr(text, ".TH KUKLA 1 "));
	assert_non_null(strstr(text, "\n.SS replay\n"));
	assert_non_null(strstr(text, "\n\\&.A second paragraph \\e with dots.\n"));
	assert_non_null(strstr(
		text, "\n.TP\n\\fB\\-w\\fR, \\fB\\-\\-workers\\fR \\fIN\\fR\nWorker threads.\n"));
	free(text);
	if (system("command -v groff >/dev/null") != 0) {
		print_message("# groff is not there: the page was not formatted\n");
		return;
	}
	checked_by(options_man, commands, "groff -man -ww -z $page 2>&1");
	checked_by(options_man, alone, "groff -man -ww -z $page 2>&1");
}

static void completion_completes(void **state)
{
	(void)state;
	checked_by(options_completion, alone, "bash -n $page 2>&1");
	checked_by(options_completion, commands,
		"bash -c '. $page; COMP_WORDS=(kukla replay --wo) COMP_CWORD=2; _kukla;"
		" [ \"${COMPREPLY[*]}\" = --workers ] || echo \"${COMPREPLY[*]}\"' 2>&1");
	checked_by(options_completion, commands,
		"bash -c '. $page; COMP_WORDS=(kukla fl) COMP_CWORD=1; _kukla;"
		" [ \"${COMPREPLY[*]}\" = flows ] || echo \"${COMPREPLY[*]}\"' 2>&1");
	checked_by(options_completion, alone,
		"bash -c '. $page; COMP_WORDS=(kukla-probe --fe) COMP_CWORD=1; _kukla_probe;"
		" [ \"${COMPREPLY[*]}\" = --feed ] || echo no' 2>&1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(good, teardown),
		cmocka_unit_test_teardown(bad, teardown),
		cmocka_unit_test_teardown(shown, teardown),
		cmocka_unit_test_teardown(finds_commands, teardown),
		cmocka_unit_test(man_page_is_sound),
		cmocka_unit_test(completion_completes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
