/* SPDX-License-Identifier: Apache-2.0 */
/* Our own signature files, YAML 1.1 as libyaml reads it: see docs/feeds.md and
 * signatures/format/pack.c. Texts that are no plain words of ASCII are quoted (section 5.7). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "signatures/export.h"
#include "signatures/look_alike.h"
#include "signatures/said.h"

/* A word that YAML takes for nothing but a text, whatever its version. */
static bool is_plain(const char *text)
{
	static const char *const others[] = {
		"null", "true", "false", "yes", "no", "on", "off", "y", "n", NULL};

	for (size_t i = 0; others[i]; i++) {
		if (strcasecmp(text, others[i]) == 0)
			return false;
	}
	if (!isalpha((unsigned char)*text))
		return false;
	for (const char *c = text; *c; c++) {
		if (!isascii((unsigned char)*c) ||
			!(isalnum((unsigned char)*c) || strchr("-._", *c)))
			return false;
	}
	return true;
}

/* What YAML does not let stand in a text, and what a reader would not see there. */
static bool is_shown(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c <= 0xa0) || (c >= 0xfff9 && c <= 0xffff))
		return false;
	return c != 0xfeff && !(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
}

static void put_escaped(struct export_output *out, const char *text)
{
	size_t bytes = strlen(text);

	while (bytes) {
		uint32_t character = 0;
		unsigned used = text_char((const uint8_t *)text, bytes, &character);
		char piece[16];

		if (!used) {
			character = 0xfffd;
			used = 1;
		}
		if (character == '"' || character == '\\')
			(void)snprintf(piece, sizeof(piece), "\\%c", (char)character);
		else if (used == 1 && character == 0xfffd)
			(void)snprintf(piece, sizeof(piece), "\xef\xbf\xbd");
		else if (is_shown(character))
			(void)snprintf(piece, sizeof(piece), "%.*s", (int)used, text);
		else
			(void)snprintf(piece, sizeof(piece), "\\u%04x", (unsigned)character);
		export_text(out, piece);
		text += used;
		bytes -= used;
	}
}

static void put_scalar(struct export_output *out, const char *text)
{
	if (is_plain(text)) {
		export_text(out, text);
		return;
	}
	export_text(out, "\"");
	put_escaped(out, text);
	export_text(out, "\"");
}

static void put_kinds(struct export_output *out, unsigned kinds)
{
	const char *lead = ", kinds: [";

	for (unsigned kind = 1; kind <= LOOK_KINDS_ALL; kind *= 2) {
		if (!(kinds & kind))
			continue;
		export_text(out, lead);
		export_text(out, look_kind_name(kind));
		lead = ", ";
	}
	export_text(out, "]");
}

/* Names separated by blanks. */
static void put_except(struct export_output *out, const char *names)
{
	const char *lead = ", except: [";

	while (*names) {
		char name[LOOK_NAME_BYTES_MAX + 1];
		size_t bytes = strcspn(names, " ");

		(void)snprintf(name, sizeof(name), "%.*s", (int)bytes, names);
		export_text(out, lead);
		put_scalar(out, name);
		lead = ", ";
		names += bytes + (names[bytes] == ' ');
	}
	export_text(out, "]");
}

static void put_value(struct export_output *out, const struct indicator *item)
{
	bool is_look = item->type == INDICATOR_LOOK_ALIKE, is_map = is_look;
	char room[SAID_BYTES];

	export_text(out, "      - ");
	for (enum said key = SAID_SHARED; key < SAID_KEYS; key++)
		is_map |= *said_text(item, key, room) != '\0';
	export_text(out, is_look ? "{name: " : is_map ? "{value: " : "");
	put_scalar(out, item->value);
	for (enum said key = SAID_SHARED; key < SAID_KEYS; key++) {
		const char *text = said_text(item, key, room);

		if (!*text)
			continue;
		export_text(out, ", ");
		export_text(out, said_key(key));
		export_text(out, ": ");
		put_scalar(out, text);
	}
	if (is_look)
		put_kinds(out, item->look.kinds);
	if (is_look && *item->look.except)
		put_except(out, item->look.except);
	export_text(out, is_map ? "}\n" : "\n");
}

/* Of these the protected names, or the others. */
static void put_set(struct export_output *out, const struct indicator *const *items, size_t begin,
	size_t end, bool looks)
{
	const char *lead = "  - ";

	while (begin < end && (items[begin]->type == INDICATOR_LOOK_ALIKE) != looks)
		begin++;
	if (begin == end)
		return;

	for (enum said key = 0; key < SAID_SHARED; key++) {
		char room[SAID_BYTES];
		const char *text = said_text(items[begin], key, room);

		if (!*text)
			continue;
		export_text(out, lead);
		export_text(out, said_key(key));
		export_text(out, ": ");
		put_scalar(out, text);
		export_text(out, "\n");
		lead = "    ";
	}
	export_text(out, looks ? "    names:\n" : "    values:\n");
	for (size_t i = begin; i < end; i++) {
		if ((items[i]->type == INDICATOR_LOOK_ALIKE) == looks)
			put_value(out, items[i]);
	}
}

static void put_sets(
	struct export_output *out, const struct indicator *const *items, size_t count, bool looks)
{
	size_t end;

	for (size_t begin = 0; begin < count; begin = end) {
		end = export_set_end(items, count, begin);
		put_set(out, items, begin, end, looks);
	}
}

static void write_set(struct export_output *out, const struct indicator *const *items, size_t count)
{
	size_t looks = 0;

	for (size_t i = 0; i < count; i++)
		looks += items[i]->type == INDICATOR_LOOK_ALIKE;
	export_text(out, "# SPDX-License-Identifier: Apache-2.0\nkukla-signatures: 1\n");
	if (looks < count || !count)
		export_text(out, count ? "sets:\n" : "sets: []\n");
	put_sets(out, items, count, false);
	if (looks)
		export_text(out, "protect:\n");
	put_sets(out, items, count, true);
}

static const char *why_not(const struct indicator *item)
{
	(void)item;
	return NULL;
}

const struct exporter to_pack_export = {
	.name = "pack",
	.summary = "our own signature files (kukla-signatures: 1)",
	.why_not = why_not,
	.write = write_set,
};
