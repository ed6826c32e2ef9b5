/* SPDX-License-Identifier: Apache-2.0 */
/* Recursive descent over a copy of the text, in which paths and values are brought into their final
 * form where they lie: it is never longer. What an expression comes down to is a list of
 * alternatives on a stack: OR needs only leave both lists there, AND puts their product in their
 * place. An alternative is a comparison or a pair of alternatives that share what they are made
 * of. */
#include "signatures/stix_pattern.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

#define SPARE_NODES 64 /* that a short pattern may have beyond its octets */

struct stix_node {
	uint32_t left, right; /* right UINT32_MAX: left is a comparison, else both are nodes */
	uint32_t count;       /* comparisons in it */
	bool qualified;
};

struct parser {
	struct stix_pattern p;
	char *at, *end;
	size_t comparison_size, nodes_max, node_size, stack_size;
	unsigned depth;
	int error; /* negative errno */
	struct stix_error *ret_error;
};

static const char why_syntax[] = "a pattern that breaks the grammar of STIX";
static const char why_deep[] = "a pattern with too many parentheses in parentheses";
static const char why_long[] = "a pattern of more than 1 MiB";
static const char why_many[] = "a pattern that comes down to too many alternatives";
static const char why_and[] = "a pattern with more than 32 conditions at once";

static int fail(struct parser *x, const char *why)
{
	if (!x->error) {
		x->error = -EBADMSG;
		*x->ret_error = (struct stix_error){(size_t)(x->at - x->p.text), why};
	}
	return x->error;
}

static int no_memory(struct parser *x)
{
	x->error = -ENOMEM;
	return x->error;
}

static size_t left(const struct parser *x)
{
	return (size_t)(x->end - x->at);
}

static bool is_next(const struct parser *x, const char *text)
{
	size_t bytes = strlen(text);

	return left(x) >= bytes && memcmp(x->at, text, bytes) == 0;
}

static void skip_to(struct parser *x, const char *text)
{
	size_t bytes = strlen(text);

	while (x->at < x->end && !is_next(x, text))
		x->at++;
	x->at += left(x) < bytes ? left(x) : bytes;
}

/* Blanks, no-break spaces, and the comments of C. */
static void skip_blanks(struct parser *x)
{
	for (;;) {
		if (x->at < x->end && isspace((unsigned char)*x->at))
			x->at++;
		else if (is_next(x, "\xc2\xa0"))
			x->at += 2;
		else if (is_next(x, "/*"))
			skip_to(x, "*/");
		else if (is_next(x, "//"))
			skip_to(x, "\n");
		else
			return;
	}
}

static bool take(struct parser *x, const char *sign)
{
	skip_blanks(x);
	if (!is_next(x, sign))
		return false;
	x->at += strlen(sign);
	return true;
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* Words of 2.0 may be in any case. */
static bool take_word(struct parser *x, const char *word)
{
	size_t bytes = strlen(word);

	skip_blanks(x);
	if (left(x) < bytes || strncasecmp(x->at, word, bytes) != 0)
		return false;
	if (left(x) > bytes && is_name_char(x->at[bytes]))
		return false;
	x->at += bytes;
	return true;
}

static int expect(struct parser *x, const char *sign)
{
	return take(x, sign) ? 0 : fail(x, why_syntax);
}

static int push(struct parser *x, uint32_t node)
{
	struct stix_pattern *p = &x->p;

	if (p->alternative_count == x->stack_size) {
		size_t size = x->stack_size ? 2 * x->stack_size : 16;
		uint32_t *more = reallocarray(p->alternatives, size, sizeof(*more));

		if (!more)
			return no_memory(x);
		p->alternatives = more;
		x->stack_size = size;
	}
	p->alternatives[p->alternative_count++] = node;
	return 0;
}

static int add_node(struct parser *x, struct stix_node node)
{
	struct stix_pattern *p = &x->p;

	if (node.count > STIX_CONJUNCTION_MAX)
		return fail(x, why_and);
	if (p->node_count == x->nodes_max)
		return fail(x, why_many);
	if (p->node_count == x->node_size) {
		size_t size = x->node_size ? 2 * x->node_size : 16;
		struct stix_node *more = reallocarray(p->nodes, size, sizeof(*more));

		if (!more)
			return no_memory(x);
		p->nodes = more;
		x->node_size = size;
	}
	p->nodes[p->node_count] = node;
	return push(x, (uint32_t)p->node_count++);
}

static int add_comparison(struct parser *x, const struct stix_comparison *c)
{
	struct stix_pattern *p = &x->p;

	if (p->comparison_count == x->comparison_size) {
		size_t size = x->comparison_size ? 2 * x->comparison_size : 16;
		struct stix_comparison *more = reallocarray(p->comparisons, size, sizeof(*more));

		if (!more)
			return no_memory(x);
		p->comparisons = more;
		x->comparison_size = size;
	}
	p->comparisons[p->comparison_count] = *c;
	return add_node(x,
		(struct stix_node){
			.left = (uint32_t)p->comparison_count++, .right = UINT32_MAX, .count = 1});
}

/* In the place of the lists [begin, middle) and [middle, top) of the stack comes their product. */
static int multiply(struct parser *x, size_t begin, size_t middle, bool qualified)
{
	struct stix_pattern *p = &x->p;
	size_t top = p->alternative_count, count;

	for (size_t i = begin; i < middle; i++) {
		for (size_t j = middle; j < top; j++) {
			uint32_t a = p->alternatives[i], b = p->alternatives[j];
			struct stix_node pair = {.left = a,
				.right = b,
				.count = p->nodes[a].count + p->nodes[b].count,
				.qualified = qualified};

			if (add_node(x, pair) < 0)
				return x->error;
		}
	}
	count = p->alternative_count - top;
	if (count)
		memmove(p->alternatives + begin, p->alternatives + top,
			count * sizeof(*p->alternatives));
	p->alternative_count = begin + count;
	return 0;
}

static int enter(struct parser *x)
{
	return ++x->depth > STIX_DEPTH_MAX ? fail(x, why_deep) : 0;
}

/* A text between quotation marks: from behind the first one to behind the last one, with its
 * escapes
 * (\' and \\; a backslash before anything else is one) undone in place. */
static int read_quoted(struct parser *x, char quote, const char **ret_text, uint32_t *ret_bytes)
{
	char *begin = x->at, *to = begin;

	while (x->at < x->end && *x->at != quote) {
		if (*x->at == '\\' && left(x) > 1 && (x->at[1] == '\\' || x->at[1] == quote))
			x->at++;
		*to++ = *x->at++;
	}
	if (x->at == x->end)
		return fail(x, why_syntax);
	x->at++;
	*ret_text = begin;
	*ret_bytes = (uint32_t)(to - begin);
	return 0;
}

/* The name of a step, quoted or not, moved to `*to`. */
static int read_step(struct parser *x, char **to)
{
	char quote = x->at < x->end && (*x->at == '\'' || *x->at == '"') ? *x->at : '\0';
	const char *name;
	uint32_t bytes;

	if (!quote) {
		if (x->at == x->end || !is_name_char(*x->at))
			return fail(x, why_syntax);
		while (x->at < x->end && is_name_char(*x->at))
			*(*to)++ = *x->at++;
		return 0;
	}
	x->at++;
	if (read_quoted(x, quote, &name, &bytes) < 0)
		return x->error;
	for (uint32_t i = 0; i < bytes; i++)
		*(*to)++ = memchr(".:[", name[i], 3) ? '\1' : name[i];
	return 0;
}

/* `[*]`, `[0]`, `[-1]` behind a step. */
static int read_index(struct parser *x, char **to)
{
	*(*to)++ = '[';
	skip_blanks(x);
	while (x->at < x->end && (isdigit((unsigned char)*x->at) || *x->at == '-' || *x->at == '*'))
		*(*to)++ = *x->at++;
	if ((*to)[-1] == '[' || expect(x, "]") < 0)
		return fail(x, why_syntax);
	*(*to)++ = ']';
	return 0;
}

static int read_path(struct parser *x, struct stix_comparison *c)
{
	char *begin, *to;

	skip_blanks(x);
	begin = to = x->at;
	if (read_step(x, &to) < 0 || expect(x, ":") < 0)
		return x->error;
	*to++ = ':';
	skip_blanks(x);
	if (read_step(x, &to) < 0)
		return x->error;
	for (;;) {
		if (take(x, ".")) {
			*to++ = '.';
			skip_blanks(x);
			if (read_step(x, &to) < 0)
				return x->error;
		} else if (take(x, "[")) {
			if (read_index(x, &to) < 0)
				return x->error;
		} else {
			break;
		}
	}
	c->path = begin;
	c->path_bytes = (uint32_t)(to - begin);
	return 0;
}

static bool is_bool(const struct stix_comparison *c)
{
	return (c->value_bytes == 4 && strncasecmp(c->value, "true", 4) == 0) ||
	       (c->value_bytes == 5 && strncasecmp(c->value, "false", 5) == 0);
}

/* 'text', t'time', h'6869', b'aGk=', 1, -2.5, true. */
static int read_literal(struct parser *x, struct stix_comparison *c)
{
	skip_blanks(x);
	if (left(x) > 1 && x->at[1] == '\'' && memchr("thb", *x->at, 3))
		x->at++;
	if (is_next(x, "'")) {
		x->at++;
		return read_quoted(x, '\'', &c->value, &c->value_bytes);
	}
	c->value = x->at;
	while (x->at < x->end && (is_name_char(*x->at) || *x->at == '.' || *x->at == '+'))
		x->at++;
	c->value_bytes = (uint32_t)(x->at - c->value);
	if (c->value_bytes && memchr("+-.0123456789", *c->value, 13))
		return 0;
	return is_bool(c) ? 0 : fail(x, why_syntax);
}

static int read_set(struct parser *x, struct stix_comparison *c)
{
	bool every = !c->negated; /* a value is an alternative */

	if (c->negated) {
		c->op = STIX_IN;
		if (add_comparison(x, c) < 0)
			return x->error;
	}
	if (expect(x, "(") < 0)
		return x->error;
	if (take(x, ")"))
		return 0;
	do {
		if (read_literal(x, c) < 0 || (every && add_comparison(x, c) < 0))
			return x->error;
	} while (take(x, ","));
	return expect(x, ")");
}

/* False when there is none. */
static bool take_operator(struct parser *x, struct stix_comparison *c)
{
	static const struct {
		const char *sign;
		enum stix_operator op;
		bool negates;
	} signs[] = {
		{"==", STIX_EQUAL, false},
		{"=", STIX_EQUAL, false},
		{"!=", STIX_EQUAL, true},
		{"<>", STIX_EQUAL, true},
		{"<=", STIX_LESS_EQUAL, false},
		{"<", STIX_LESS, false},
		{">=", STIX_GREATER_EQUAL, false},
		{">", STIX_GREATER, false},
		{"LIKE", STIX_LIKE, false},
		{"MATCHES", STIX_MATCHES, false},
		{"ISSUBSET", STIX_SUBSET, false},
		{"ISSUPERSET", STIX_SUPERSET, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
		if (!(isalpha((unsigned char)*signs[i].sign) ? take_word : take)(x, signs[i].sign))
			continue;
		c->op = signs[i].op;
		c->negated ^= signs[i].negates;
		return true;
	}
	return false;
}

static int comparisons(struct parser *x);

static int test(struct parser *x)
{
	struct stix_comparison c = {.value = ""};

	if (take(x, "(")) {
		if (enter(x) < 0 || comparisons(x) < 0)
			return x->error;
		x->depth--;
		return expect(x, ")");
	}
	c.negated = take_word(x, "NOT");
	if (take_word(x, "EXISTS")) {
		c.op = STIX_EXISTS;
		return read_path(x, &c) < 0 ? x->error : add_comparison(x, &c);
	}
	if (c.negated)
		return fail(x, why_syntax);
	if (read_path(x, &c) < 0)
		return x->error;
	c.negated = take_word(x, "NOT");
	if (take_word(x, "IN"))
		return read_set(x, &c);
	if (!take_operator(x, &c))
		return fail(x, why_syntax);
	return read_literal(x, &c) < 0 ? x->error : add_comparison(x, &c);
}

static int comparisons_and(struct parser *x)
{
	size_t begin = x->p.alternative_count, middle;

	if (test(x) < 0)
		return x->error;
	while (take_word(x, "AND")) {
		middle = x->p.alternative_count;
		if (test(x) < 0 || multiply(x, begin, middle, false) < 0)
			return x->error;
	}
	return 0;
}

static int comparisons(struct parser *x)
{
	do {
		if (comparisons_and(x) < 0)
			return x->error;
	} while (take_word(x, "OR"));
	return 0;
}

static void mark(struct parser *x, size_t begin)
{
	for (size_t i = begin; i < x->p.alternative_count; i++)
		x->p.nodes[x->p.alternatives[i]].qualified = true;
}

/* WITHIN bounds what AND, FOLLOWEDBY and REPEATS have made qualified already. */
static int qualifiers(struct parser *x, size_t begin)
{
	struct stix_comparison c = {.value = ""};

	for (;;) {
		if (take_word(x, "WITHIN")) {
			if (read_literal(x, &c) < 0 || !take_word(x, "SECONDS"))
				return fail(x, why_syntax);
		} else if (take_word(x, "REPEATS")) {
			if (read_literal(x, &c) < 0 || !take_word(x, "TIMES"))
				return fail(x, why_syntax);
			if (c.value_bytes != 1 || *c.value != '1')
				mark(x, begin);
		} else if (take_word(x, "START")) {
			if (read_literal(x, &c) < 0 || !take_word(x, "STOP") ||
				read_literal(x, &c) < 0)
				return fail(x, why_syntax);
			mark(x, begin);
		} else {
			return 0;
		}
	}
}

static int observations(struct parser *x);

static int observation(struct parser *x)
{
	size_t begin = x->p.alternative_count;

	if (take(x, "[")) {
		if (comparisons(x) < 0 || expect(x, "]") < 0)
			return x->error;
	} else {
		if (expect(x, "(") < 0 || enter(x) < 0 || observations(x) < 0)
			return x->error;
		x->depth--;
		if (expect(x, ")") < 0)
			return x->error;
	}
	return qualifiers(x, begin);
}

static int observations_and(struct parser *x)
{
	size_t begin = x->p.alternative_count, middle;

	if (observation(x) < 0)
		return x->error;
	while (take_word(x, "AND")) {
		middle = x->p.alternative_count;
		if (observation(x) < 0 || multiply(x, begin, middle, true) < 0)
			return x->error;
	}
	return 0;
}

static int observations_or(struct parser *x)
{
	do {
		if (observations_and(x) < 0)
			return x->error;
	} while (take_word(x, "OR"));
	return 0;
}

static int observations(struct parser *x)
{
	size_t begin = x->p.alternative_count, middle;

	if (observations_or(x) < 0)
		return x->error;
	while (take_word(x, "FOLLOWEDBY")) {
		middle = x->p.alternative_count;
		if (observations_or(x) < 0 || multiply(x, begin, middle, true) < 0)
			return x->error;
	}
	return 0;
}

int stix_pattern_parse(
	struct stix_pattern *ret, const char *text, size_t bytes, struct stix_error *ret_error)
{
	struct parser x = {.ret_error = ret_error, .nodes_max = bytes + SPARE_NODES};

	if (bytes > STIX_PATTERN_BYTES_MAX) {
		*ret_error = (struct stix_error){0, why_long};
		return -EBADMSG;
	}
	x.p.text = malloc(bytes + 1);
	if (!x.p.text)
		return -ENOMEM;
	memcpy(x.p.text, text, bytes);
	x.p.text[bytes] = '\0';
	x.at = x.p.text;
	x.end = x.at + bytes;
	if (observations(&x) == 0) {
		skip_blanks(&x);
		if (x.at < x.end)
			(void)fail(&x, why_syntax);
	}
	if (x.error) {
		stix_pattern_done(&x.p);
		return x.error;
	}
	*ret = x.p;
	return 0;
}

void stix_pattern_done(struct stix_pattern *p)
{
	free(p->text);
	free(p->comparisons);
	free(p->nodes);
	free(p->alternatives);
	*p = (struct stix_pattern){0};
}

/* As deep as it has comparisons, hence STIX_CONJUNCTION_MAX at most. */
static void collect(const struct stix_pattern *p, uint32_t number, struct stix_alternative *ret)
{
	const struct stix_node *node = &p->nodes[number];

	ret->qualified |= node->qualified;
	if (node->right == UINT32_MAX) {
		ret->comparisons[ret->count++] = &p->comparisons[node->left];
		return;
	}
	collect(p, node->left, ret);
	collect(p, node->right, ret);
}

void stix_pattern_alternative(
	const struct stix_pattern *p, size_t number, struct stix_alternative *ret)
{
	ret->count = 0;
	ret->qualified = false;
	collect(p, p->alternatives[number], ret);
}
