/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of text protocols: they end with LF or CR LF; words are told apart by blanks, commands know
 * no case. A line is a view of the window it came from. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/cursor.h"

struct line {
	const char *at;
	size_t bytes;
};

/* The next line without its end; false, and nothing moves, when its LF is not there. */
static inline bool line_take(struct cursor *in, struct line *ret)
{
	size_t left = cur_left(in);
	const char *at = (const char *)in->pos, *end = left ? memchr(at, '\n', left) : NULL;

	if (!end)
		return false;
	*ret = (struct line){at, (size_t)(end - at)};
	cur_skip(in, ret->bytes + 1);
	if (ret->bytes && ret->at[ret->bytes - 1] == '\r')
		ret->bytes--;
	return true;
}

static inline char line_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* How many octets a line and a word (in lower case) have in common at their beginning. */
static inline size_t line_common(struct line l, const char *word)
{
	size_t i = 0;

	while (i < l.bytes && word[i] && line_lower(l.at[i]) == word[i])
		i++;
	return i;
}

static inline bool line_begins(struct line l, const char *word)
{
	return line_common(l, word) == strlen(word);
}

/* Whether a word (in lower case) is in it. */
static inline bool line_has(struct line l, const char *word)
{
	for (; l.bytes; l.at++, l.bytes--) {
		if (line_begins(l, word))
			return true;
	}
	return false;
}

/* What follows the first `skip` octets and blanks, up to the next blank. */
static inline struct line line_word(struct line l, size_t skip)
{
	size_t bytes = 0;

	l.at += skip < l.bytes ? skip : l.bytes;
	l.bytes -= skip < l.bytes ? skip : l.bytes;
	for (; l.bytes && (*l.at == ' ' || *l.at == '\t'); l.at++, l.bytes--)
		;
	while (bytes < l.bytes && l.at[bytes] != ' ' && l.at[bytes] != '\t')
		bytes++;
	return (struct line){l.at, bytes};
}
