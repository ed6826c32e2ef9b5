/* SPDX-License-Identifier: Apache-2.0 */
#include "base/option.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct parser {
	const struct command *command;
	int argc, at;
	char **argv;
	struct option_list *words; /* where words go that are no options */
};

static enum option_outcome __attribute__((format(printf, 2, 3)))
wrong(const struct command *c, const char *format, ...)
{
	char message[1024], line[2048];
	const char *blank = c->name ? " " : "", *name = c->name ? c->name : "";
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	(void)text_terminal(line, sizeof(line), message, strlen(message));
	(void)fprintf(stderr, "%s%s%s: %s; try '%s%s%s --help'\n", c->program, blank, name, line,
		c->program, blank, name);
	return OPTIONS_WRONG;
}

static bool list_add(struct option_list *list, const char *value)
{
	const char **values = list->values;

	if ((list->count & (list->count - 1)) == 0) { /* room is for the next power of two */
		size_t count = list->count ? 2 * list->count : 1;

		values = realloc(values, count * sizeof(*values));
		if (!values)
			return false;
		list->values = values;
	}
	values[list->count++] = value;
	return true;
}

void option_list_done(struct option_list *list)
{
	free(list->values);
	*list = (struct option_list){0};
}

/* Digits only: no sign, no blank, no overflow. */
static bool to_number(const char *text, uint64_t *ret)
{
	uint64_t n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(n, 10u, &n) ||
			__builtin_add_overflow(n, (uint64_t)(*text - '0'), &n))
			return false;
	}
	*ret = n;
	return true;
}

static enum option_outcome set(struct parser *p, const struct option *o, const char *value)
{
	uint64_t maximum = o->maximum ? o->maximum : UINT64_MAX, n;

	switch (o->type) {
	case OPTION_FLAG:
		*(bool *)o->target = true;
		break;
	case OPTION_TEXT:
		*(const char **)o->target = value;
		break;
	case OPTION_NUMBER:
		if (!to_number(value, &n))
			return wrong(p->command, "--%s: '%s' is not a number", o->name, value);
		if (n < o->minimum || n > maximum)
			return wrong(p->command, "--%s: %s is not between %ju and %ju", o->name,
				value, (uintmax_t)o->minimum, (uintmax_t)maximum);
		*(uint64_t *)o->target = n;
		break;
	case OPTION_ALL:
		p->words = o->target;
		__attribute__((fallthrough));
	case OPTION_LIST:
		if (!list_add(o->target, value))
			return wrong(p->command, "out of memory");
		break;
	}
	return OPTIONS_RUN;
}

static const char *const added[] = {"help", "version"};

/* The nearest good name, as the end of a message. */
static enum option_outcome unknown(struct parser *p, const char *word)
{
	size_t bytes = strcspn(word, "=");
	char name[80];
	struct text_nearest nearest = {.word = name};

	if (word[1] != '-' || bytes - 2 >= sizeof(name))
		return wrong(p->command, "there is no option %s", word);
	memcpy(name, word + 2, bytes - 2);
	name[bytes - 2] = 0;
	for (const struct option *o = p->command->options; o && o->name; o++)
		text_nearest(&nearest, o->name);
	for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++)
		text_nearest(&nearest, added[i]);
	if (!nearest.best)
		return wrong(p->command, "there is no option --%s", name);
	return wrong(p->command, "there is no option --%s, but --%s", name, nearest.best);
}

/* The option that a word names, and the value in the same word or NULL. */
static const struct option *find(const struct command *c, const char *word, const char **ret_value)
{
	bool is_long = word[1] == '-';
	size_t bytes = is_long ? strcspn(word + 2, "=") : 0;

	for (const struct option *o = c->options; o && o->name; o++) {
		if (is_long && strncmp(o->name, word + 2, bytes) == 0 && !o->name[bytes]) {
			*ret_value = word[2 + bytes] ? word + 3 + bytes : NULL;
			return o;
		}
		if (!is_long && o->letter && o->letter == word[1] &&
			(!word[2] || o->type != OPTION_FLAG)) {
			*ret_value = word[2] ? word + 2 : NULL;
			return o;
		}
	}
	return NULL;
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1];
}

static enum option_outcome take(struct parser *p, const char *word)
{
	const struct command *c = p->command;
	const char *value = NULL;
	const struct option *o = find(c, word, &value);

	if (!o && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
		options_help(c, stdout);
		return OPTIONS_SHOWN;
	}
	if (!o && strcmp(word, "--version") == 0) {
		(void)printf("%s " KUKLA_VERSION "\n", c->program);
		return OPTIONS_SHOWN;
	}
	if (!o)
		return options_page(c, word, stdout) ? OPTIONS_SHOWN : unknown(p, word);
	if (o->type == OPTION_FLAG && value)
		return wrong(c, "--%s takes no value", o->name);
	if (o->type != OPTION_FLAG && !value && p->at < p->argc && !is_option(p->argv[p->at]))
		value = p->argv[p->at++];
	if (o->type != OPTION_FLAG && (!value || !*value))
		return wrong(c, "--%s needs a value: --%s %s", o->name, o->name, o->value_name);
	return set(p, o, value);
}

enum option_outcome options_parse(
	const struct command *command, int argc, char **argv, struct option_list *ret_words)
{
	struct parser p = {command, argc, 1, argv, ret_words};
	bool only_words = false;

	while (p.at < argc) {
		const char *word = argv[p.at++];
		enum option_outcome outcome = OPTIONS_RUN;

		if (only_words || !is_option(word)) {
			if (!list_add(p.words, word))
				outcome = wrong(command, "out of memory");
		} else if (strcmp(word, "--") == 0) {
			only_words = true;
		} else {
			outcome = take(&p, word);
		}
		if (outcome != OPTIONS_RUN)
			return outcome;
	}
	return OPTIONS_RUN;
}

enum option_outcome options_command(const struct command *const *commands, int argc, char **argv,
	const struct command **ret_command)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	struct command program = {.program = commands[0]->program};
	struct text_nearest nearest = {.word = word};

	if (!word)
		return wrong(&program, "a command is missing");
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
		options_commands_help(commands, stdout);
		return OPTIONS_SHOWN;
	}
	if (strcmp(word, "--version") == 0) {
		(void)printf("%s " KUKLA_VERSION "\n", program.program);
		return OPTIONS_SHOWN;
	}
	if (options_page_head(commands, word, stdout))
		return OPTIONS_EACH;
	for (size_t i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->name, word) == 0) {
			*ret_command = commands[i];
			return OPTIONS_RUN;
		}
		text_nearest(&nearest, commands[i]->name);
	}
	if (is_option(word))
		return wrong(&program, "a command comes first, not %s", word);
	if (!nearest.best)
		return wrong(&program, "there is no command %s", word);
	return wrong(&program, "there is no command %s, but %s", word, nearest.best);
}
