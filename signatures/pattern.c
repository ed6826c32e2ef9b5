/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/pattern.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

static const char why_many[] = "a pattern that repeats too much";
static const char why_nothing[] = "a repetition of nothing";
static const char why_open[] = "a bracket that does not close";
static const char why_escape[] = "\\ before what is no sign: classes such as \\d and \\w are "
				 "written [0-9], [a-z]";
static const char why_class[] = "[ ] with \\ or [ in it, or empty";
static const char why_empty[] = "a pattern that the empty text matches matches everything";

static const char signs[] = ".[]{}()*+?|^$\\/-";

/* A part of a regular expression: how many characters it is at the least, and at the most when
 * everything is repeated as often as is said. */
struct part {
	uint32_t least, most;
};

struct scan {
	const char *at;
	unsigned depth;
	const char *why;
};

static struct part alternatives(struct scan *s);

static struct part fail(struct scan *s, const char *why)
{
	if (!s->why)
		s->why = why;
	return (struct part){0, 0};
}

static struct part bracket(struct scan *s)
{
	bool empty = true;

	s->at += s->at[0] == '^';
	for (; *s->at && *s->at != ']'; s->at++) {
		if (*s->at == '\\' || *s->at == '[')
			return fail(s, why_class);
		empty = false;
	}
	if (!*s->at)
		return fail(s, why_open);
	s->at++;
	return empty ? fail(s, why_class) : (struct part){1, 1};
}

static struct part group(struct scan *s)
{
	struct part p;

	if (*s->at == '?')
		return fail(s, "(? is (?i) at the begin and nothing else");
	if (s->depth++ == PATTERN_DEPTH_MAX)
		return fail(s, "groups in groups without end");
	p = alternatives(s);
	s->depth--;
	if (*s->at != ')')
		return fail(s, why_open);
	s->at++;
	return p;
}

static bool number(struct scan *s, uint32_t *ret)
{
	uint32_t n = 0;
	const char *begin = s->at;

	for (; isdigit((unsigned char)*s->at) && n <= PATTERN_REPEATS_MAX; s->at++)
		n = 10 * n + (uint32_t)(*s->at - '0');
	*ret = n;
	return s->at > begin && n <= PATTERN_REPEATS_MAX;
}

/* `{n}`, `{n,}` or `{n,m}`, whose brace is read. */
static struct part counted(struct scan *s, struct part p)
{
	uint32_t least, most;

	if (!number(s, &least))
		return fail(s, why_many);
	if (!*s->at)
		return fail(s, why_open);
	most = least;
	if (*s->at == ',' && *++s->at == '}')
		most = least + 1;
	else if (*s->at != '}' && (!number(s, &most) || most < least))
		return fail(s, why_many);
	if (*s->at != '}')
		return fail(s, why_open);
	s->at++;
	p.least *= least;
	p.most *= most ? most : 1;
	return p;
}

static struct part repeated(struct scan *s, struct part p)
{
	char sign = *s->at;

	if (!sign || !strchr("*+?{", sign))
		return p;
	s->at++;
	if (sign == '{')
		p = counted(s, p);
	else if (sign != '+')
		p.least = 0;
	if (*s->at && strchr("*+?{", *s->at))
		return fail(s, "a repetition of a repetition");
	return p.most > PATTERN_POSITIONS_MAX ? fail(s, why_many) : p;
}

static struct part one(struct scan *s)
{
	char c = *s->at++;

	if (c == '^' || c == '$') {
		if (*s->at && strchr("*+?{", *s->at))
			return fail(s, why_nothing);
		return (struct part){0, 0};
	}
	if (strchr("*+?{", c))
		return fail(s, why_nothing);
	if (c == '}' || c == ']')
		return fail(s, why_open);
	if (c == '(')
		return repeated(s, group(s));
	if (c == '[')
		return repeated(s, bracket(s));
	if (c == '\\' && (!*s->at || !strchr(signs, *s->at++)))
		return fail(s, why_escape);
	return repeated(s, (struct part){1, 1});
}

static struct part sequence(struct scan *s)
{
	struct part sum = {0, 0};

	if (!*s->at || *s->at == '|' || *s->at == ')')
		return fail(s, "an alternative that is empty");
	while (!s->why && *s->at && *s->at != '|' && *s->at != ')') {
		struct part p = one(s);

		sum.least += p.least;
		sum.most += p.most;
		if (sum.most > PATTERN_POSITIONS_MAX)
			return fail(s, why_many);
	}
	return sum;
}

static struct part alternatives(struct scan *s)
{
	struct part all = sequence(s);

	while (!s->why && *s->at == '|') {
		struct part next;

		s->at++;
		next = sequence(s);
		all.least = next.least < all.least ? next.least : all.least;
		all.most += next.most;
		if (all.most > PATTERN_POSITIONS_MAX)
			return fail(s, why_many);
	}
	return all;
}

static bool is_caseless(const char *regex)
{
	return strncmp(regex, "(?i)", 4) == 0;
}

static const char *check_regex(const char *pattern)
{
	struct scan s = {.at = pattern + (is_caseless(pattern) ? 4 : 0)};
	struct part all = alternatives(&s);

	if (!s.why && *s.at)
		s.why = why_open;
	return s.why ? s.why : all.least == 0 ? why_empty : NULL;
}

const char *pattern_check(enum pattern_kind kind, const char *pattern)
{
	size_t bytes = strlen(pattern), stars = 0;

	if (bytes > PATTERN_BYTES_MAX)
		return "a pattern of more than 512 octets";
	for (size_t i = 0; i < bytes; i++) {
		if ((unsigned char)pattern[i] < ' ' || pattern[i] == 0x7f)
			return "a pattern with a control character";
		stars += pattern[i] == '*';
	}
	if (kind == PATTERN_REGEX)
		return check_regex(pattern);
	if (kind != PATTERN_PREFIX && stars > 16)
		return why_many;
	return bytes == 0 || (kind != PATTERN_PREFIX && stars == bytes) ? why_empty : NULL;
}

/* A character that stands for itself. */
static size_t put(char *to, char c)
{
	size_t used = 0;

	if (strchr(".[]{}()*+?|^$\\", c))
		to[used++] = '\\';
	to[used++] = c;
	return used;
}

/* The end of the text is `\z` for Hyperscan: `$` is also before a last line end there. */
static size_t put_regex(char *to, enum pattern_dialect dialect, const char *regex)
{
	bool in_class = false;
	size_t used = 0;

	for (; *regex; regex++) {
		if (*regex == '\\') {
			to[used++] = *regex++;
			to[used++] = *regex;
		} else if (*regex == '$' && !in_class && dialect == PATTERN_HYPERSCAN) {
			to[used++] = '\\';
			to[used++] = 'z';
		} else {
			in_class = in_class ? *regex != ']' : *regex == '[';
			to[used++] = *regex;
		}
	}
	return used;
}

void pattern_regex(char to[PATTERN_REGEX_BYTES], enum pattern_dialect dialect,
	enum pattern_kind kind, const char *pattern, bool *ret_caseless)
{
	size_t used = 0;

	*ret_caseless = kind == PATTERN_REGEX && is_caseless(pattern);
	if (kind == PATTERN_REGEX) {
		to[put_regex(to, dialect, pattern + (*ret_caseless ? 4 : 0))] = '\0';
		return;
	}
	if (kind != PATTERN_PART)
		to[used++] = '^';
	for (; *pattern; pattern++) {
		bool any = *pattern == '*' && kind != PATTERN_PREFIX;

		if (any || (*pattern == '?' && kind == PATTERN_WILDCARD))
			to[used++] = '.';
		if (any)
			to[used++] = '*';
		else if (*pattern != '?' || kind != PATTERN_WILDCARD)
			used += put(to + used, *pattern);
	}
	if (kind == PATTERN_WILDCARD)
		used += put_regex(to + used, dialect, "$");
	to[used] = '\0';
}

/* How a regular expression ends, from its `$` back to what is more than one character. */
static size_t regex_tail(char *to, const char *regex)
{
	size_t begin, end = strlen(regex), used = 0;
	bool is_end;

	if (is_caseless(regex) || strchr(regex, '|') || strstr(regex, "\\\\") || end == 0 ||
		regex[end - 1] != '$')
		return 0;
	begin = --end;
	while (begin > 0) {
		bool escaped = begin > 1 && regex[begin - 2] == '\\';

		is_end = !escaped && strchr(signs, regex[begin - 1]) && regex[begin - 1] != '-';
		if (is_end)
			break;
		begin -= escaped ? 2 : 1;
	}
	for (size_t i = begin; i < end; i++) {
		i += regex[i] == '\\';
		to[used++] = regex[i];
	}
	return used;
}

size_t pattern_tail(char *to, enum pattern_kind kind, const char *pattern)
{
	const char *from = pattern;
	size_t bytes;

	if (kind == PATTERN_REGEX)
		return regex_tail(to, pattern);
	if (kind != PATTERN_WILDCARD)
		return 0;
	for (const char *c = pattern; *c; c++) {
		if (*c == '*' || *c == '?')
			from = c + 1;
	}
	bytes = strlen(from);
	memcpy(to, from, bytes);
	return bytes;
}
