/* SPDX-License-Identifier: Apache-2.0 */
/* What is written from the option tables: --help, man pages, completions. */
#include <ctype.h>
#include <string.h>

#include "base/option.h"

#define COLUMNS      80
#define HELP_COLUMN  26
#define OPTION_BYTES 128

static const struct option help_option = {
	.name = "help", .letter = 'h', .help = "Show this help and exit."};
static const struct option version_option = {
	.name = "version", .help = "Show the version and exit."};

/* Words of a text from column `at` on, further lines indented; a blank line stays one. */
static void wrap(FILE *to, const char *text, int at, int indent)
{
	bool begun = false;

	while (*text) {
		int newlines = 0, bytes;

		for (; isspace((unsigned char)*text); text++)
			newlines += *text == '\n';
		if (!*text)
			break;
		bytes = (int)strcspn(text, " \n\t");
		if (begun && newlines > 1) {
			(void)fprintf(to, "\n\n%*s", indent, "");
			at = indent;
		} else if (begun && at + 1 + bytes > COLUMNS) {
			(void)fprintf(to, "\n%*s", indent, "");
			at = indent;
		} else if (begun) {
			(void)fputc(' ', to);
			at++;
		}
		(void)fprintf(to, "%.*s", bytes, text);
		at += bytes;
		text += bytes;
		begun = true;
	}
	(void)fputc('\n', to);
}

static const char *more(const struct option *o)
{
	return o->type == OPTION_ALL ? "..." : "";
}

static void help_of(const struct option *o, FILE *to)
{
	char left[OPTION_BYTES], letter[] = "-x, ";
	int bytes;

	letter[1] = o->letter;
	bytes = snprintf(left, sizeof(left), "  %s--%s%s%s%s", o->letter ? letter : "    ", o->name,
		o->value_name ? " " : "", o->value_name ? o->value_name : "", more(o));
	(void)fputs(left, to);
	if (bytes >= HELP_COLUMN) {
		(void)fputc('\n', to);
		bytes = 0;
	}
	(void)fprintf(to, "%*s", HELP_COLUMN - bytes, "");
	wrap(to, o->help, HELP_COLUMN, HELP_COLUMN);
}

static void title(const struct command *c, FILE *to)
{
	(void)fprintf(to, "%s%s%s", c->program, c->name ? " " : "", c->name ? c->name : "");
}

void options_help(const struct command *c, FILE *to)
{
	(void)fputs("usage: ", to);
	title(c, to);
	(void)fprintf(to, " [OPTION]...%s%s\n\n", c->usage && *c->usage ? " " : "",
		c->usage ? c->usage : "");
	wrap(to, c->summary, 0, 0);
	if (c->description) {
		(void)fputc('\n', to);
		wrap(to, c->description, 0, 0);
	}
	(void)fputs("\noptions:\n", to);
	for (const struct option *o = c->options; o && o->name; o++)
		help_of(o, to);
	help_of(&help_option, to);
	help_of(&version_option, to);
	if (!c->examples)
		return;
	(void)fputs("\nexamples:\n", to);
	for (const char *line = c->examples; *line; line += *line == '\n') {
		int bytes = (int)strcspn(line, "\n");

		(void)fprintf(to, "  %.*s\n", bytes, line);
		line += bytes;
	}
}

void options_commands_help(const struct command *const *commands, FILE *to)
{
	const char *program = commands[0]->program;

	(void)fprintf(to, "usage: %s COMMAND [OPTION]...\n\ncommands:\n", program);
	for (; *commands; commands++) {
		int bytes = fprintf(to, "  %-14s  ", (*commands)->name);

		wrap(to, (*commands)->summary, bytes, 18);
	}
	(void)fprintf(to, "\n'%s COMMAND --help' says more.\n", program);
}

/* Text for roff: a backslash, a dash and what groff would make typographic mean themselves, a dot
 * at the start of a line is no request (groff(7), groff_char(7)). */
static void roff(FILE *to, const char *text, size_t bytes)
{
	static const struct {
		char octet;
		const char *roff;
	} special[] = {{'\\', "\\e"}, {'-', "\\-"}, {'\'', "\\(aq"}, {'`', "\\(ga"}, {'~', "\\(ti"},
		{'^', "\\(ha"}};
	size_t count = sizeof(special) / sizeof(special[0]);

	for (size_t i = 0; i < bytes; i++) {
		size_t k = 0;

		if ((i == 0 || text[i - 1] == '\n') && text[i] == '.')
			(void)fputs("\\&", to);
		while (k < count && special[k].octet != text[i])
			k++;
		if (k < count)
			(void)fputs(special[k].roff, to);
		else
			(void)fputc(text[i], to);
	}
}

/* A blank line becomes a paragraph. */
static void roff_paragraphs(FILE *to, const char *text)
{
	const char *blank;

	while ((blank = strstr(text, "\n\n"))) {
		roff(to, text, (size_t)(blank - text));
		(void)fputs("\n.PP\n", to);
		text = blank + 2;
	}
	roff(to, text, strlen(text));
	if (*text && text[strlen(text) - 1] != '\n')
		(void)fputc('\n', to);
}

static void man_option(const struct option *o, FILE *to)
{
	(void)fputs(".TP\n", to);
	if (o->letter)
		(void)fprintf(to, "\\fB\\-%c\\fR, ", o->letter);
	(void)fputs("\\fB\\-\\-", to);
	roff(to, o->name, strlen(o->name));
	(void)fputs("\\fR", to);
	if (o->value_name) {
		(void)fputs(" \\fI", to);
		roff(to, o->value_name, strlen(o->value_name));
		(void)fprintf(to, "\\fR%s", more(o));
	}
	(void)fputc('\n', to);
	roff_paragraphs(to, o->help);
}

static void man_command(const struct command *c, FILE *to)
{
	if (c->name) {
		(void)fprintf(to, ".SS %s\n", c->name);
		roff_paragraphs(to, c->summary);
	}
	(void)fputs(".PP\n\\fB", to);
	roff(to, c->program, strlen(c->program));
	if (c->name) {
		(void)fputc(' ', to);
		roff(to, c->name, strlen(c->name));
	}
	(void)fputs("\\fR [\\fIOPTION\\fR]... ", to);
	if (c->usage)
		roff(to, c->usage, strlen(c->usage));
	(void)fputs("\n.PP\n", to);
	roff_paragraphs(to, c->description ? c->description : c->summary);
	for (const struct option *o = c->options; o && o->name; o++)
		man_option(o, to);
	man_option(&help_option, to);
	man_option(&version_option, to);
	if (c->examples) {
		(void)fputs(".PP\nExamples:\n.PP\n.nf\n", to);
		roff_paragraphs(to, c->examples);
		(void)fputs(".fi\n", to);
	}
}

static void man_head(const struct command *const *commands, FILE *to)
{
	const struct command *first = commands[0];

	(void)fputs(".\\\" Generated from the option tables.\n.TH ", to);
	for (const char *c = first->program; *c; c++)
		(void)fputc(toupper((unsigned char)*c), to);
	(void)fputs(" 1 \"\" \"kukla " KUKLA_VERSION "\" \"User commands\"\n.SH NAME\n", to);
	roff(to, first->program, strlen(first->program));
	(void)fputs(" \\- ", to);
	if (!first->name)
		roff(to, first->summary, strlen(first->summary));
	for (size_t i = 0; first->name && commands[i]; i++)
		(void)fprintf(to, "%s%s", i ? ", " : "", commands[i]->name);
	(void)fputs("\n.SH SYNOPSIS\n\\fB", to);
	roff(to, first->program, strlen(first->program));
	(void)fprintf(to, "\\fR %s[\\fIOPTION\\fR]...\n", first->name ? "\\fICOMMAND\\fR " : "");
	(void)fprintf(to, ".SH %s\n", first->name ? "COMMANDS" : "DESCRIPTION");
}

void options_man(const struct command *const *commands, FILE *to)
{
	man_head(commands, to);
	for (; *commands; commands++)
		man_command(*commands, to);
}

/* The name of the shell's function, and of its table of words. */
static void shell_name(const struct command *c, FILE *to)
{
	(void)fputc('_', to);
	for (const char *p = c->program; *p; p++)
		(void)fputc(*p == '-' ? '_' : *p, to);
}

/* What is no option is a file: -o default. The words of a program without commands stand under
 * "-". */
static void completion_head(const struct command *const *commands, FILE *to)
{
	const struct command *c = commands[0];

	(void)fprintf(
		to, "# bash completion of %s. Generated from the option tables.\n", c->program);
	shell_name(c, to);
	(void)fputs("()\n{\n\tlocal word=${COMP_WORDS[COMP_CWORD]}\n\n", to);
	if (c->name) {
		(void)fputs(
			"\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\tCOMPREPLY=($(compgen -W \"", to);
		for (size_t i = 0; commands[i]; i++)
			(void)fprintf(to, "%s ", commands[i]->name);
		(void)fputs("--help --version\" -- \"$word\"))\n\t\treturn\n\tfi\n", to);
	}
	(void)fputs("\tCOMPREPLY=()\n\t[[ $word != -* ]] || COMPREPLY=($(compgen -W \"${", to);
	shell_name(c, to);
	(void)fprintf(to, "_words[%s]}\" -- \"$word\"))\n}\ncomplete -o default -F ",
		c->name ? "${COMP_WORDS[1]}" : "-");
	shell_name(c, to);
	(void)fprintf(to, " %s\ndeclare -gA ", c->program);
	shell_name(c, to);
	(void)fputs("_words\n", to);
}

static void completion_command(const struct command *c, FILE *to)
{
	shell_name(c, to);
	(void)fprintf(to, "_words[%s]=\"", c->name ? c->name : "-");
	for (const struct option *o = c->options; o && o->name; o++)
		(void)fprintf(to, "--%s ", o->name);
	(void)fputs("--help --version\"\n", to);
}

void options_completion(const struct command *const *commands, FILE *to)
{
	completion_head(commands, to);
	for (; *commands; commands++)
		completion_command(*commands, to);
}

bool options_page_head(const struct command *const *commands, const char *word, FILE *to)
{
	if (strcmp(word, "--man") == 0)
		man_head(commands, to);
	else if (strcmp(word, "--completion") == 0)
		completion_head(commands, to);
	else
		return false;
	return true;
}

bool options_page(const struct command *c, const char *word, FILE *to)
{
	const struct command *const alone[] = {c, NULL};

	if (!c->name && !options_page_head(alone, word, to))
		return false;
	if (strcmp(word, "--man") == 0)
		man_command(c, to);
	else if (strcmp(word, "--completion") == 0)
		completion_command(c, to);
	else
		return false;
	return true;
}
