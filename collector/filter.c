/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of an expression to its tree: a lexer and a recursive descent. The grammar is in
 * docs/filter.md; values are read in filter_value.c. */
#include "collector/filter.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "collector/columns.h"
#include "collector/filter_value.h"

enum token_type {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_QUOTED,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_COMPARE,
	TOKEN_BAD
};

struct token {
	enum token_type type;
	enum filter_op op; /* TOKEN_COMPARE */
	size_t at, bytes;  /* in the expression; of a quoted value with its quotes */
};

struct parser {
	const char *text;
	size_t bytes;
	const struct field_table *const *tables;
	struct token token; /* the one to look at */
	unsigned depth;
	char *error;
	size_t error_size;
};

static void filter_free_ptr(struct filter **f)
{
	filter_free(*f);
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	filter_free(f->left);
	filter_free(f->right);
	free(f->text);
	free(f);
}

/* The sentence, the expression around the place, a caret under it. */
static void *fail(const struct parser *p, size_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void *fail(const struct parser *p, size_t at, const char *format, ...)
{
	char sentence[256], around[80];
	size_t from = at > 40 ? at - 40 : 0, used = 0, column = 0;
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	while (from > 0 && from < p->bytes && ((unsigned char)p->text[from] & 0xc0) == 0x80)
		from++;
	for (size_t i = from; i < p->bytes && used < 72; i++) {
		unsigned char c = (unsigned char)p->text[i];

		if (i < at && (c & 0xc0) != 0x80)
			column++;
		around[used++] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	around[used] = 0;
	(void)snprintf(p->error, p->error_size, "column %zu: %s\n  %s\n  %*s^", at + 1, sentence,
		around, (int)column, "");
	return NULL;
}

static bool in_word(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f && !strchr("()!=<>~&|\"'", c);
}

static size_t lex_quoted(struct parser *p, size_t at)
{
	char quote = p->text[at];

	for (size_t i = at + 1; i < p->bytes; i++) {
		if (p->text[i] == '\\' && (p->text[i + 1] == quote || p->text[i + 1] == '\\'))
			i++;
		else if (p->text[i] == quote)
			return i + 1 - at;
	}
	return 0;
}

static const struct symbol {
	char text[3];
	enum token_type type;
	enum filter_op op;
} symbols[] = {
	/* the longer ones first */
	{"&&", TOKEN_AND, FILTER_AND},
	{"||", TOKEN_OR, FILTER_OR},
	{"==", TOKEN_COMPARE, FILTER_EQ},
	{"!=", TOKEN_COMPARE, FILTER_NE},
	{"<=", TOKEN_COMPARE, FILTER_LE},
	{">=", TOKEN_COMPARE, FILTER_GE},
	{"=", TOKEN_COMPARE, FILTER_EQ},
	{"<", TOKEN_COMPARE, FILTER_LT},
	{">", TOKEN_COMPARE, FILTER_GT},
	{"~", TOKEN_COMPARE, FILTER_CONTAINS},
	{"!", TOKEN_NOT, FILTER_NOT},
	{"(", TOKEN_OPEN, FILTER_EXISTS},
	{")", TOKEN_CLOSE, FILTER_EXISTS},
};

static bool lex_symbol(struct token *t, const char *text)
{
	for (size_t i = 0; i < ARRAY_LEN(symbols); i++) {
		size_t bytes = strlen(symbols[i].text);

		if (strncmp(text, symbols[i].text, bytes) == 0) {
			t->type = symbols[i].type;
			t->op = symbols[i].op;
			t->bytes = bytes;
			return true;
		}
	}
	return false;
}

static bool word_is(const struct parser *p, const struct token *t, const char *word)
{
	return t->bytes == strlen(word) && strncasecmp(p->text + t->at, word, t->bytes) == 0;
}

/* Move on; `value`: where a value must stand, `and` is just a word. */
static void next(struct parser *p, bool value)
{
	struct token *t = &p->token;
	size_t at = t->at + t->bytes;

	while (at < p->bytes && strchr(" \t\r\n", p->text[at]))
		at++;
	*t = (struct token){.type = TOKEN_END, .at = at};
	if (at == p->bytes)
		return;
	t->type = TOKEN_BAD;
	if (p->text[at] == '"' || p->text[at] == '\'') {
		t->bytes = lex_quoted(p, at);
		if (t->bytes)
			t->type = TOKEN_QUOTED;
		return;
	}
	if (lex_symbol(t, p->text + at))
		return;
	while (at + t->bytes < p->bytes && in_word(p->text[at + t->bytes]))
		t->bytes++;
	if (t->bytes == 0)
		return;
	t->type = TOKEN_WORD;
	if (value)
		return;
	if (word_is(p, t, "and"))
		t->type = TOKEN_AND;
	else if (word_is(p, t, "or"))
		t->type = TOKEN_OR;
	else if (word_is(p, t, "not"))
		t->type = TOKEN_NOT;
}

/* `sni` means tls.sni rather than the word that has the fewest edits. */
static unsigned field_distance(const char *word, const char *name)
{
	size_t word_bytes = strlen(word), bytes = strlen(name);

	if (bytes > word_bytes && name[bytes - word_bytes - 1] == '.' &&
		strcasecmp(name + bytes - word_bytes, word) == 0)
		return 0;
	return text_distance(word, name, 4);
}

static const struct field *no_field(const struct parser *p, const char *word)
{
	char name[COLUMN_NAME_BYTES], nearest[COLUMN_NAME_BYTES] = "", shown[COLUMN_NAME_BYTES];
	unsigned least = 4;

	for (size_t i = 0; p->tables[i]; i++) {
		for (size_t j = 0; j < p->tables[i]->count; j++) {
			unsigned distance;

			(void)column_name(name, &p->tables[i]->fields[j]);
			distance = field_distance(word, name);
			if (distance < least) {
				least = distance;
				memcpy(nearest, name, sizeof(nearest));
			}
		}
	}
	(void)text_terminal(shown, sizeof(shown), word, strlen(word));
	if (*nearest)
		return fail(p, p->token.at, "there is no field '%s'; the nearest is '%s'", shown,
			nearest);
	return fail(p, p->token.at,
		"there is no field '%s' here; docs/fields.md lists them by record", shown);
}

static const struct field *find_field(const struct parser *p)
{
	char name[COLUMN_NAME_BYTES], word[COLUMN_NAME_BYTES];
	size_t bytes = p->token.bytes;

	if (bytes >= sizeof(word))
		return fail(p, p->token.at, "no field has so long a name");
	memcpy(word, p->text + p->token.at, bytes);
	word[bytes] = 0;
	for (size_t i = 0; p->tables[i]; i++) {
		for (size_t j = 0; j < p->tables[i]->count; j++) {
			const struct field *f = &p->tables[i]->fields[j];

			(void)column_name(name, f);
			if (strcmp(name, word) == 0)
				return f;
		}
	}
	return no_field(p, word);
}

/* The value without its quotes. */
static char *unquote(const struct parser *p)
{
	const char *from = p->text + p->token.at;
	size_t bytes = p->token.bytes, used = 0;
	char *text = malloc(bytes + 1);

	if (!text)
		return fail(p, p->token.at, "out of memory");
	if (p->token.type == TOKEN_WORD) {
		memcpy(text, from, bytes);
		used = bytes;
	} else {
		for (size_t i = 1; i + 1 < bytes; i++) {
			if (from[i] == '\\' && (from[i + 1] == from[0] || from[i + 1] == '\\'))
				i++;
			text[used++] = from[i];
		}
	}
	text[used] = 0;
	return text;
}

static struct filter *node(enum filter_op op, struct filter *left, struct filter *right)
{
	struct filter *f = calloc(1, sizeof(*f));

	if (!f) {
		filter_free(left);
		filter_free(right);
		return NULL;
	}
	*f = (struct filter){.op = op, .left = left, .right = right};
	return f;
}

/* FIELD, FIELD OPERATOR VALUE */
static struct filter *parse_comparison(struct parser *p)
{
	_cleanup_(filter_free_ptr) struct filter *f = node(FILTER_EXISTS, NULL, NULL);
	char cause[160];
	size_t at;

	if (!f)
		return fail(p, p->token.at, "out of memory");
	if (p->token.type != TOKEN_WORD)
		return fail(p, p->token.at,
			p->token.type == TOKEN_END ? "a field should follow"
						   : "a field should stand here");
	f->field = find_field(p);
	if (!f->field)
		return NULL;
	next(p, false);
	if (p->token.type != TOKEN_COMPARE)
		return steal(f);
	f->op = p->token.op;
	next(p, true);
	at = p->token.at;
	if (p->token.type == TOKEN_BAD && p->token.bytes == 0 && strchr("\"'", p->text[at]))
		return fail(p, at, "this quote is never closed");
	if (p->token.type != TOKEN_WORD && p->token.type != TOKEN_QUOTED)
		return fail(p, at,
			"a value should stand here; quote it when it has blanks or any of ( ) ! = "
			"< > ~ & |");
	f->text = unquote(p);
	if (!f->text)
		return NULL;
	if (!filter_value(f, cause, sizeof(cause)))
		return fail(p, at, "%s", cause);
	next(p, false);
	return steal(f);
}

static struct filter *parse_or(struct parser *p);

/* not FACTOR, ( EXPRESSION ), COMPARISON */
static struct filter *parse_factor(struct parser *p)
{
	_cleanup_(filter_free_ptr) struct filter *f = NULL;
	enum token_type type = p->token.type;
	size_t at = p->token.at;

	if (type != TOKEN_NOT && type != TOKEN_OPEN)
		return parse_comparison(p);
	if (++p->depth > FILTER_DEPTH_MAX)
		return fail(
			p, at, "more than %d levels of parentheses and 'not'", FILTER_DEPTH_MAX);
	next(p, false);
	if (type == TOKEN_NOT) {
		f = parse_factor(p);
		if (f && !(f = node(FILTER_NOT, steal(f), NULL)))
			return fail(p, at, "out of memory");
	} else {
		f = parse_or(p);
		if (f && p->token.type != TOKEN_CLOSE)
			return fail(p, p->token.at,
				"the parenthesis of column %zu should be closed here", at + 1);
		if (f)
			next(p, false);
	}
	p->depth--;
	return steal(f);
}

static struct filter *parse_and(struct parser *p)
{
	struct filter *f = parse_factor(p);

	while (f && p->token.type == TOKEN_AND) {
		struct filter *right;

		next(p, false);
		right = parse_factor(p);
		if (!right) {
			filter_free(f);
			return NULL;
		}
		f = node(FILTER_AND, f, right);
		if (!f)
			return fail(p, p->token.at, "out of memory");
	}
	return f;
}

static struct filter *parse_or(struct parser *p)
{
	struct filter *f = parse_and(p);

	while (f && p->token.type == TOKEN_OR) {
		struct filter *right;

		next(p, false);
		right = parse_and(p);
		if (!right) {
			filter_free(f);
			return NULL;
		}
		f = node(FILTER_OR, f, right);
		if (!f)
			return fail(p, p->token.at, "out of memory");
	}
	return f;
}

struct filter *filter_parse(const char *text, const struct field_table *const *tables,
	char *ret_error, size_t error_size)
{
	struct parser p = {.text = text,
		.bytes = strlen(text),
		.tables = tables,
		.error = ret_error,
		.error_size = error_size};
	_cleanup_(filter_free_ptr) struct filter *f = NULL;

	if (p.bytes > FILTER_BYTES_MAX)
		return fail(&p, FILTER_BYTES_MAX, "the expression is longer than %d octets",
			FILTER_BYTES_MAX);
	next(&p, false);
	f = parse_or(&p);
	if (!f)
		return NULL;
	if (p.token.type != TOKEN_END)
		return fail(&p, p.token.at, "'and', 'or' or the end should stand here");
	return steal(f);
}
