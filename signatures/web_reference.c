/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/web_reference.h"

#include "base/cleanup.h"
#include "signatures/span.h"

/* Octets that a part may have beside those that every part may (RFC 3986 section 3.3, pchar). */
static bool is_part(struct span s, const char *others)
{
	static const char signs[] = "-._~!$&'()*+,;=:@";

	for (size_t i = 0; i < s.bytes; i++) {
		char c = s.at[i];

		if (c == '%' && i + 2 < s.bytes && span_hex(s.at[i + 1]) >= 0 &&
			span_hex(s.at[i + 2]) >= 0)
			continue;
		if (!isascii((unsigned char)c) || !c ||
			(!isalnum((unsigned char)c) && !strchr(signs, c) && !strchr(others, c)))
			return false;
	}
	return true;
}

/* A name or address, perhaps with a user and a port; one of version 6 in brackets. */
static bool is_authority(struct span s)
{
	size_t end = span_find(s, "]");

	if (!s.bytes)
		return false;
	if (*s.at != '[')
		return isalnum((unsigned char)*s.at) && is_part(s, "");
	return end < s.bytes &&
	       span_is_of((struct span){s.at + 1, end - 1}, "0123456789abcdefABCDEF:.") &&
	       is_part(span_from(s, end + 1), "");
}

bool web_reference_is_url(struct span text)
{
	static const char *const schemes[] = {"http://", "https://", "ftp://"};
	size_t i = 0, end = 0, fragment;
	struct span rest;

	while (i < ARRAY_LEN(schemes) && !span_begins(text, schemes[i]))
		i++;
	if (i == ARRAY_LEN(schemes))
		return false;
	rest = span_from(text, strlen(schemes[i]));
	while (end < rest.bytes && rest.at[end] && !strchr("/?#", rest.at[end]))
		end++;
	if (!is_authority((struct span){rest.at, end}))
		return false;
	rest = span_from(rest, end);
	fragment = span_find(rest, "#");
	return is_part((struct span){rest.at, fragment}, "/?") &&
	       (fragment == rest.bytes || is_part(span_from(rest, fragment + 1), "/?"));
}

bool web_reference_are_urls(struct span text)
{
	struct span word = span_word(&text);

	while (word.bytes && web_reference_is_url(word)) {
		if (!text.bytes)
			return true;
		word = span_word(&text);
	}
	return false;
}
