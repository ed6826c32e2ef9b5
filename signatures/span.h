/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of the text of a feed: lines, fields, words. All are borrowed. */
#pragma once

#include <ctype.h>
#include <string.h>

#include "base/cursor.h"
#include "signatures/builder.h"

/* Without the blanks round it. */
struct span span_trim(struct span s);
/* Letters of ASCII are the same in upper and lower case. */
bool span_is(struct span s, const char *word);
bool span_begins(struct span s, const char *word);
bool span_ends(struct span s, const char *word);
/* What is before the first `at`, which is taken off with it; all when there is none. */
struct span span_cut(struct span *rest, char at);
/* Decimal digits and nothing else, no larger than `most`. */
bool span_number(struct span s, uint32_t most, uint32_t *ret);
/* The value of a hexadecimal digit, -1: it is none. */
int span_hex(char c);
/* How sure a feed is, 1 to 100: a number up to 100, or the words of STIX 2.1 appendix A with the
 * numbers that stand there for them. 0: it does not say. */
uint8_t span_confidence(struct span s);

static inline bool span_blank_at(struct span s, size_t at)
{
	return isspace((unsigned char)s.at[at]) != 0;
}

static inline struct span span_from(struct span s, size_t at)
{
	return (struct span){s.at + at, s.bytes - at};
}

/* Where a text begins in it; s.bytes: nowhere. */
static inline size_t span_find(struct span s, const char *text)
{
	size_t at = 0;

	while (at < s.bytes && !span_begins(span_from(s, at), text))
		at++;
	return at;
}

static inline bool span_has(struct span s, const char *text)
{
	return span_find(s, text) < s.bytes;
}

/* The same name, whatever its case and the signs and blanks in it: "First-Seen", "first_seen". */
static inline bool span_same_name(struct span a, const char *name)
{
	struct span b = {name, strlen(name)};
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a.bytes && isascii((unsigned char)a.at[i]) &&
			!isalnum((unsigned char)a.at[i]))
			i++;
		while (j < b.bytes && isascii((unsigned char)b.at[j]) &&
			!isalnum((unsigned char)b.at[j]))
			j++;
		if (i == a.bytes || j == b.bytes)
			return i == a.bytes && j == b.bytes;
		if (tolower((unsigned char)a.at[i++]) != tolower((unsigned char)b.at[j++]))
			return false;
	}
}

/* Is any of the octets of a set in it? */
static inline bool span_has_any(struct span s, const char *set)
{
	for (size_t i = 0; i < s.bytes; i++) {
		if (s.at[i] && strchr(set, s.at[i]))
			return true;
	}
	return false;
}

/* It is not empty and has no octet outside of a set. */
static inline bool span_is_of(struct span s, const char *set)
{
	for (size_t i = 0; i < s.bytes; i++) {
		if (!s.at[i] || !strchr(set, s.at[i]))
			return false;
	}
	return s.bytes > 0;
}

/* Its first word, empty when there is none; *s becomes what follows, without blanks around it. */
static inline struct span span_word(struct span *s)
{
	struct span word = span_trim(*s);
	size_t end = 0;

	while (end < word.bytes && !span_blank_at(word, end))
		end++;
	*s = span_trim(span_from(word, end));
	word.bytes = end;
	return word;
}

/* The next line without its end (any of LF, CR LF, CR); false when there is none. */
static inline bool span_line(struct cursor *text, struct span *ret)
{
	size_t left = cur_left(text), bytes = 0;
	const char *begin = (const char *)text->pos;

	if (left == 0)
		return false;
	while (bytes < left && begin[bytes] != '\n' && begin[bytes] != '\r')
		bytes++;
	*ret = (struct span){begin, bytes};
	cur_skip(text, bytes);
	if (cur_peek(text, 0) == '\r' && cur_peek(text, 1) == '\n')
		cur_skip(text, 1);
	if (cur_left(text))
		cur_skip(text, 1);
	return true;
}

struct span_lines {
	struct cursor in;
	uint32_t line; /* of the one read last, from 1 */
};

static inline struct span_lines span_lines(struct cursor text)
{
	return (struct span_lines){.in = text};
}

/* The same with the number of each. */
static inline bool span_next_line(struct span_lines *lines, struct span *ret)
{
	if (!span_line(&lines->in, ret))
		return false;
	lines->line++;
	return true;
}
