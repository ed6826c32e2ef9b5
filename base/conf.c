/* SPDX-License-Identifier: Apache-2.0 */
/* libyaml's events rather than a tree or a schema library: each event knows its line and column,
 * and nothing is built of what is not asked for. All values are checked before the first is set. */
#include "base/conf.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/cleanup.h"
#include "base/option.h"
#include "base/text.h"

#define NAME_BYTES_MAX 128

struct setting {
	const struct conf_key *key;
	struct setting *next;
	char text[]; /* as it was written */
};

struct conf {
	struct setting *first, **end; /* in the order of the file */
};

struct reader {
	yaml_parser_t parser;
	const struct conf_key *keys;
	size_t *lines;       /* where each key was given first; 0: not yet */
	size_t *group_lines; /* the same of each mapping, at the index of its first key */
	struct conf *conf;
	const struct conf_input *input;
	char *ret_error;
	size_t error_size;
};

static void event_done(yaml_event_t *e)
{
	yaml_event_delete(e);
}

void conf_free(struct conf *c)
{
	if (!c)
		return;
	for (struct setting *s = c->first, *next; s; s = next) {
		next = s->next;
		free(s);
	}
	free(c);
}

static void conf_free_ptr(struct conf **c)
{
	conf_free(*c);
}

static int __attribute__((format(printf, 3, 4)))
fail(struct reader *r, const yaml_mark_t *at, const char *format, ...)
{
	va_list arguments;
	int used = snprintf(r->ret_error, r->error_size, "%s:%zu:%zu: ", r->input->name,
		at->line + 1, at->column + 1);

	if (used < 0 || (size_t)used >= r->error_size)
		return -EINVAL;
	va_start(arguments, format);
	(void)vsnprintf(r->ret_error + used, r->error_size - (size_t)used, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

/* An error of libyaml. One of encoding has an offset only. */
static int fail_syntax(struct reader *r)
{
	const char *problem = r->parser.problem ? r->parser.problem : "out of memory";
	yaml_mark_t at = r->parser.problem_mark;

	if (r->parser.error == YAML_READER_ERROR) {
		at = (yaml_mark_t){0};
		for (size_t i = 0; i < r->parser.problem_offset; i++) {
			at.column = r->input->text[i] == '\n' ? 0 : at.column + 1;
			at.line += r->input->text[i] == '\n';
		}
	}
	return fail(r, &at, "%s", problem);
}

static int next(struct reader *r, yaml_event_t *e)
{
	yaml_event_delete(e);
	return yaml_parser_parse(&r->parser, e) ? 0 : fail_syntax(r);
}

/* The text of a scalar, or NULL with the message made. */
static const char *scalar(struct reader *r, const yaml_event_t *e, const char *what)
{
	const char *text = (const char *)e->data.scalar.value;

	if (e->type == YAML_ALIAS_EVENT)
		(void)fail(r, &e->start_mark, "aliases are not read");
	else if (e->type != YAML_SCALAR_EVENT)
		(void)fail(r, &e->start_mark, "%s must be one value", what);
	else if (e->data.scalar.tag)
		(void)fail(r, &e->start_mark, "tags are not read");
	else if (e->data.scalar.length > CONF_TEXT_BYTES_MAX)
		(void)fail(
			r, &e->start_mark, "%s has more than %d octets", what, CONF_TEXT_BYTES_MAX);
	else if (memchr(text, 0, e->data.scalar.length))
		(void)fail(r, &e->start_mark, "%s has a zero in it", what);
	else
		return text;
	return NULL;
}

static bool to_number(const char *text, uint64_t *ret)
{
	char *end;

	/* YAML 1.1 reads a leading zero as octal, people do not: neither is accepted */
	if (*text < '0' || *text > '9' || (*text == '0' && text[1]))
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return !*end && !errno;
}

static int check(struct reader *r, const struct conf_key *key, const yaml_event_t *e)
{
	uint64_t maximum = key->maximum ? key->maximum : UINT64_MAX, n;
	const char *text = scalar(r, e, key->name);
	size_t bytes;
	struct setting *s;

	if (!text)
		return -EINVAL;
	if (!*text && e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return fail(r, &e->start_mark, "%s has no value", key->name);
	if (key->type == CONF_FLAG && strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return fail(r, &e->start_mark, "%s is true or false, not '%s'", key->name, text);
	if (key->type == CONF_NUMBER && !to_number(text, &n))
		return fail(r, &e->start_mark, "%s: '%s' is not a number", key->name, text);
	if (key->type == CONF_NUMBER && (n < key->minimum || n > maximum))
		return fail(r, &e->start_mark, "%s: %s is not between %ju and %ju", key->name, text,
			(uintmax_t)key->minimum, (uintmax_t)maximum);
	bytes = strlen(text) + 1;
	s = malloc(sizeof(*s) + bytes);
	if (!s)
		return -ENOMEM;
	s->key = key;
	s->next = NULL;
	memcpy(s->text, text, bytes);
	*r->conf->end = s;
	r->conf->end = &s->next;
	return 0;
}

static int read_value(struct reader *r, const struct conf_key *key)
{
	_cleanup_(event_done) yaml_event_t e = {0};
	int error = next(r, &e);

	if (error)
		return error;
	if (key->type != CONF_LIST)
		return check(r, key, &e);
	if (e.type != YAML_SEQUENCE_START_EVENT)
		return fail(r, &e.start_mark, "%s is a list: [one, another]", key->name);
	while (!(error = next(r, &e)) && e.type != YAML_SEQUENCE_END_EVENT)
		if ((error = check(r, key, &e)))
			return error;
	return error;
}

/* The key of just that name. */
static const struct conf_key *find(const struct conf_key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

/* The first key in the mapping of that name. */
static const struct conf_key *find_group(const struct conf_key *keys, const char *name)
{
	size_t bytes = strlen(name);

	for (; keys->name; keys++)
		if (strncmp(keys->name, name, bytes) == 0 && keys->name[bytes] == '.')
			return keys;
	return NULL;
}

static int unknown(struct reader *r, const yaml_event_t *e, const char *name)
{
	struct text_nearest nearest = {.word = name};

	for (const struct conf_key *key = r->keys; key->name; key++)
		text_nearest(&nearest, key->name);
	if (nearest.best)
		return fail(r, &e->start_mark, "there is no key %s, but %s", name, nearest.best);
	return fail(r, &e->start_mark, "there is no key %s", name);
}

/* Note where something was given; the second time is an error. */
static int once(struct reader *r, const yaml_event_t *e, size_t *line, const char *name)
{
	if (*line)
		return fail(r, &e->start_mark, "%s was given in line %zu already", name, *line);
	*line = e->start_mark.line + 1;
	return 0;
}

/* One key and its value, or the beginning of a mapping, whose name then is `group`. */
static int read_key(struct reader *r, const yaml_event_t *e, char group[NAME_BYTES_MAX])
{
	_cleanup_(event_done) yaml_event_t begin = {0};
	const char *word = scalar(r, e, "a key");
	const struct conf_key *key;
	char name[2 * NAME_BYTES_MAX];
	int error;

	if (!word)
		return -EINVAL;
	if (strlen(word) >= NAME_BYTES_MAX)
		return fail(r, &e->start_mark, "no key is that long");
	(void)snprintf(name, sizeof(name), "%s%s%s", group, *group ? "." : "", word);
	key = find(r->keys, name);
	if (key) {
		error = once(r, e, &r->lines[key - r->keys], name);
		return error ? error : read_value(r, key);
	}
	key = *group ? NULL : find_group(r->keys, name);
	if (!key)
		return unknown(r, e, name);
	error = once(r, e, &r->group_lines[key - r->keys], name);
	if (!error)
		error = next(r, &begin);
	if (!error && begin.type != YAML_MAPPING_START_EVENT)
		error = fail(r, &begin.start_mark, "%s holds keys of its own", name);
	if (!error)
		memcpy(group, word, strlen(word) + 1);
	return error;
}

static int read_mappings(struct reader *r)
{
	_cleanup_(event_done) yaml_event_t e = {0};
	char group[NAME_BYTES_MAX] = "";
	int error;

	while (!(error = next(r, &e))) {
		if (e.type == YAML_MAPPING_END_EVENT && !*group)
			return 0;
		if (e.type == YAML_MAPPING_END_EVENT)
			*group = 0;
		else if ((error = read_key(r, &e, group)))
			return error;
	}
	return error;
}

/* An empty file and one of comments only are fine: all defaults. */
static int read_stream(struct reader *r)
{
	_cleanup_(event_done) yaml_event_t e = {0};
	int error = next(r, &e); /* the start of the stream */

	if (!error)
		error = next(r, &e);
	if (error || e.type == YAML_STREAM_END_EVENT)
		return error;
	error = next(r, &e); /* what follows the start of the document */
	if (!error && e.type != YAML_MAPPING_START_EVENT)
		error = fail(r, &e.start_mark, "keys with values are expected: `name: value`");
	if (!error)
		error = read_mappings(r);
	if (!error)
		error = next(r, &e); /* the end of the document */
	if (!error)
		error = next(r, &e);
	if (!error && e.type != YAML_STREAM_END_EVENT)
		error = fail(r, &e.start_mark, "a second document is not read");
	return error;
}

static bool list_add(struct option_list *list, const char *text)
{
	const char **values = realloc(list->values, (list->count + 1) * sizeof(*values));

	if (!values)
		return false;
	list->values = values;
	list->values[list->count++] = text;
	return true;
}

static void apply_scalar(const struct setting *s)
{
	switch (s->key->type) {
	case CONF_FLAG:
		*(bool *)s->key->target = *s->text == 't';
		break;
	case CONF_TEXT:
		*(const char **)s->key->target = s->text;
		break;
	case CONF_NUMBER:
		(void)to_number(s->text, s->key->target);
		break;
	case CONF_LIST:
		break;
	}
}

/* Lists are built beside their targets, so that memory can only run out before anything is set. */
static int apply(const struct reader *r, struct option_list *lists)
{
	for (struct setting *s = r->conf->first; s; s = s->next)
		if (s->key->type == CONF_LIST && !list_add(&lists[s->key - r->keys], s->text))
			return -ENOMEM;
	for (struct setting *s = r->conf->first; s; s = s->next)
		apply_scalar(s);
	for (size_t i = 0; r->keys[i].name; i++) {
		struct option_list *list = r->keys[i].target;

		if (r->keys[i].type != CONF_LIST || !r->lines[i])
			continue;
		option_list_done(list);
		*list = lists[i];
		lists[i] = (struct option_list){0};
	}
	return 0;
}

int conf_parse(struct conf **ret, const struct conf_key *keys, const struct conf_input *input,
	char *ret_error, size_t error_size)
{
	_cleanup_(conf_free_ptr) struct conf *conf = calloc(1, sizeof(*conf));
	_cleanup_(free_ptr) size_t *lines = NULL;
	_cleanup_(free_ptr) struct option_list *lists = NULL;
	struct reader r = {.keys = keys,
		.conf = conf,
		.input = input,
		.ret_error = ret_error,
		.error_size = error_size};
	size_t count = 0;
	int error;

	while (keys[count].name)
		count++;
	lines = calloc(2 * count + 1, sizeof(*lines));
	lists = calloc(count + 1, sizeof(*lists));
	(void)snprintf(ret_error, error_size, "%s: out of memory", input->name);
	if (!conf || !lines || !lists || !yaml_parser_initialize(&r.parser))
		return -ENOMEM;
	conf->end = &conf->first;
	r.lines = lines;
	r.group_lines = lines + count;
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)input->text, input->bytes);
	error = read_stream(&r);
	yaml_parser_delete(&r.parser);
	if (!error)
		error = apply(&r, lists);
	for (size_t i = 0; i < count; i++)
		option_list_done(&lists[i]);
	if (!error)
		*ret = steal(conf);
	return error;
}

int conf_read(struct conf **ret, const struct conf_key *keys, const char *path, char *ret_error,
	size_t error_size)
{
	_cleanup_(free_ptr) char *text = malloc(CONF_BYTES_MAX + 1);
	_cleanup_(close_ptr) int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t bytes = 0;
	ssize_t got = 0;
	int error = fd < 0 ? errno : text ? 0 : ENOMEM;

	while (!error && bytes <= CONF_BYTES_MAX &&
		(got = read(fd, text + bytes, CONF_BYTES_MAX + 1 - bytes)) > 0)
		bytes += (size_t)got;
	if (!error && got < 0)
		error = errno;
	if (!error && bytes > CONF_BYTES_MAX)
		error = EFBIG;
	if (error) {
		(void)snprintf(ret_error, error_size, "%s: %s", path, strerror(error));
		return -error;
	}
	return conf_parse(
		ret, keys, &(struct conf_input){path, text, bytes}, ret_error, error_size);
}

/* A double-quoted scalar, YAML 1.2 section 7.3.1. Octets that are not UTF-8 have no YAML. */
static void print_text(const char *text, FILE *to)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t left = strlen(text);
	char clean[32];

	(void)fputc('"', to);
	while (left) {
		uint32_t c = 0xfffd;
		unsigned length = text_char(at, left, &c);

		if (c == '"' || c == '\\')
			(void)fprintf(to, "\\%c", (char)c);
		else if (length && c != 0xfffe && c != 0xffff && /* no characters, section 5.1 */
			 text_terminal(clean, sizeof(clean), at, length) == length)
			(void)fputs(clean, to);
		else
			(void)fprintf(to, "\\U%08x", (unsigned)c);
		at += length ? length : 1;
		left -= length ? length : 1;
	}
	(void)fputc('"', to);
}

static void print_value(const struct conf_key *key, const char *name, const char *indent, FILE *to)
{
	const struct option_list *list;
	const char *text;

	if (key->help)
		(void)fprintf(to, "%s# %s\n", indent, key->help);
	(void)fprintf(to, "%s%s:", indent, name);
	switch (key->type) {
	case CONF_FLAG:
		(void)fprintf(to, " %s", *(const bool *)key->target ? "true" : "false");
		break;
	case CONF_TEXT:
		text = *(const char *const *)key->target;
		(void)fputc(' ', to);
		print_text(text, to);
		break;
	case CONF_NUMBER:
		(void)fprintf(to, " %ju", (uintmax_t) * (const uint64_t *)key->target);
		break;
	case CONF_LIST:
		list = key->target;
		if (!list->count)
			(void)fputs(" []", to);
		for (size_t i = 0; i < list->count; i++) {
			(void)fprintf(to, "\n%s  - ", indent);
			print_text(list->values[i], to);
		}
		break;
	}
	(void)fputc('\n', to);
}

void conf_print(const struct conf_key *keys, FILE *to)
{
	const char *group = "";
	size_t group_bytes = 0;

	for (; keys->name; keys++) {
		const char *dot = strchr(keys->name, '.');
		size_t bytes = dot ? (size_t)(dot - keys->name) : 0;
		const char *indent = bytes ? "  " : "";

		if (keys->type == CONF_TEXT && !*(const char *const *)keys->target) {
			(void)fprintf(to, "%s# %s is not set: %s\n", indent, keys->name,
				keys->help ? keys->help : "");
			continue;
		}
		if (bytes && (bytes != group_bytes || memcmp(group, keys->name, bytes) != 0))
			(void)fprintf(to, "%.*s:\n", (int)bytes, keys->name);
		group = keys->name;
		group_bytes = bytes;
		print_value(keys, dot ? dot + 1 : keys->name, indent, to);
	}
}

static enum conf_type type_of(enum option_type type)
{
	switch (type) {
	case OPTION_FLAG:
		return CONF_FLAG;
	case OPTION_NUMBER:
		return CONF_NUMBER;
	case OPTION_LIST:
	case OPTION_ALL:
		return CONF_LIST;
	case OPTION_TEXT:
		break;
	}
	return CONF_TEXT;
}

static bool is_among(const char *name, const char *const *names)
{
	for (; *names; names++) {
		if (strcmp(name, *names) == 0)
			return true;
	}
	return false;
}

void conf_keys_of(struct conf_key *ret_keys, const struct option *options, const char *const *but)
{
	for (; options->name; options++) {
		if (is_among(options->name, but))
			continue;
		*ret_keys++ = (struct conf_key){.name = options->name,
			.type = type_of(options->type),
			.target = options->target,
			.minimum = options->minimum,
			.maximum = options->maximum,
			.help = options->help};
	}
	*ret_keys = (struct conf_key){.name = NULL};
}
