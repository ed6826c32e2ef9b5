/* SPDX-License-Identifier: Apache-2.0 */
/* Small things that are done to the texts of a feed line by line. Case is that of ASCII. */
#pragma once

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "signatures/builder.h"

static inline bool span_blank_at(struct span s, size_t at)
{
	return isspace((unsigned char)s.at[at]) != 0;
}

static inline struct span span_from(struct span s, size_t at)
{
	return (struct span){s.at + at, s.bytes - at};
}

static inline struct span span_trim(struct span s)
{
	while (s.bytes && span_blank_at(s, 0))
		s = span_from(s, 1);
	while (s.bytes && span_blank_at(s, s.bytes - 1))
		s.bytes--;
	return s;
}

static inline bool span_begins(struct span s, const char *text)
{
	size_t bytes = strlen(text);

	return s.bytes >= bytes && (bytes == 0 || strncasecmp(s.at, text, bytes) == 0);
}

static inline bool span_is(struct span s, const char *text)
{
	return s.bytes == strlen(text) && span_begins(s, text);
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
