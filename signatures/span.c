/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/span.h"

#include <ctype.h>
#include <strings.h>

#include "base/cleanup.h"

struct span span_cut(struct span *rest, char at)
{
	const char *end = rest->bytes ? memchr(rest->at, at, rest->bytes) : NULL;
	struct span first = *rest;

	if (!end) {
		*rest = (struct span){"", 0};
		return first;
	}
	first.bytes = (size_t)(end - first.at);
	rest->at = end + 1;
	rest->bytes -= first.bytes + 1;
	return first;
}

struct span span_trim(struct span s)
{
	while (s.bytes && isspace((unsigned char)*s.at)) {
		s.at++;
		s.bytes--;
	}
	while (s.bytes && isspace((unsigned char)s.at[s.bytes - 1]))
		s.bytes--;
	return s;
}

bool span_is(struct span s, const char *word)
{
	return s.bytes == strlen(word) && (!s.bytes || strncasecmp(s.at, word, s.bytes) == 0);
}

bool span_begins(struct span s, const char *word)
{
	size_t bytes = strlen(word);

	return s.bytes >= bytes && span_is((struct span){s.at, bytes}, word);
}

bool span_ends(struct span s, const char *word)
{
	size_t bytes = strlen(word);

	return s.bytes >= bytes && span_is((struct span){s.at + s.bytes - bytes, bytes}, word);
}

bool span_number(struct span s, uint32_t most, uint32_t *ret)
{
	uint64_t number = 0;

	for (size_t i = 0; i < s.bytes; i++) {
		if (!isdigit((unsigned char)s.at[i]))
			return false;
		number = 10 * number + (uint64_t)(s.at[i] - '0');
		if (number > most)
			return false;
	}
	if (s.bytes == 0)
		return false;
	*ret = (uint32_t)number;
	return true;
}

int span_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

uint8_t span_confidence(struct span s)
{
	static const struct {
		const char *word;
		uint8_t confidence;
	} words[] = {{"low", 15}, {"medium", 50}, {"med", 50}, {"moderate", 50}, {"high", 85}};
	uint32_t number = 0;

	s = span_trim(s);
	if (span_number(s, 100, &number))
		return (uint8_t)number;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (span_is(s, words[i].word))
			return words[i].confidence;
	}
	return 0;
}
