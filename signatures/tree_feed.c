/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/tree_feed.h"

#include <ctype.h>
#include <strings.h>

bool tree_true(const struct tree_node *n, const char *name)
{
	struct span s = tree_span(n, name);

	return span_is(s, "1") || (s.bytes == 4 && strncasecmp(s.at, "true", 4) == 0);
}

bool tree_false(const struct tree_node *n, const char *name)
{
	struct span s = tree_span(n, name);

	return span_is(s, "0") || (s.bytes == 5 && strncasecmp(s.at, "false", 5) == 0);
}

uint8_t tree_percent(const struct tree_node *n, const char *name)
{
	struct span s = tree_span(n, name);
	unsigned percent = 0;

	if (s.bytes > 3)
		return 0;
	for (size_t i = 0; i < s.bytes; i++) {
		if (!isdigit((unsigned char)s.at[i]))
			return 0;
		percent = percent * 10 + (unsigned)(s.at[i] - '0');
	}
	return percent <= 100 ? (uint8_t)percent : 0;
}

bool span_is_uuid(struct span s)
{
	if (s.bytes != 36)
		return false;
	for (size_t i = 0; i < s.bytes; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s.at[i] != '-' : !isxdigit((unsigned char)s.at[i]))
			return false;
	}
	return true;
}

static bool digits_at(struct span s, size_t at, size_t count)
{
	if (at > s.bytes || s.bytes - at < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!isdigit((unsigned char)s.at[at + i]))
			return false;
	}
	return true;
}

static bool joins_at(struct span s, size_t at)
{
	return at < s.bytes && isalnum((unsigned char)s.at[at]);
}

/* Octets of the id that stands there; 0: none. */
static size_t id_at(struct span s, size_t at)
{
	if (s.at[at] != 'T' || (at && joins_at(s, at - 1)) || !digits_at(s, at + 1, 4) ||
		s.at[at + 1] != '0' || s.at[at + 2] > '1')
		return 0;
	if (at + 5 < s.bytes && s.at[at + 5] == '.' && digits_at(s, at + 6, 3) &&
		!joins_at(s, at + 9))
		return 9;
	return joins_at(s, at + 5) ? 0 : 5;
}

static bool has_id(const struct disarm_ids *ids, const char *id, size_t bytes)
{
	for (const char *at = ids->text; *at;) {
		size_t n = strcspn(at, " ");

		if (n == bytes && memcmp(at, id, n) == 0)
			return true;
		at += n + (at[n] == ' ');
	}
	return false;
}

void disarm_add(struct disarm_ids *ids, struct span text)
{
	for (size_t i = 0; i < text.bytes; i++) {
		size_t bytes = id_at(text, i);

		if (!bytes || ids->bytes + bytes + 2 > sizeof(ids->text) ||
			has_id(ids, text.at + i, bytes))
			continue;
		if (ids->bytes)
			ids->text[ids->bytes++] = ' ';
		memcpy(ids->text + ids->bytes, text.at + i, bytes);
		ids->bytes += bytes;
		ids->text[ids->bytes] = '\0';
	}
}
