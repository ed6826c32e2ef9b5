/* SPDX-License-Identifier: Apache-2.0 */
/* Our own signature files, YAML 1.1 as libyaml reads it: see docs/feeds.md and
 * signatures/format/pack.c. Texts that are no plain words of ASCII are quoted (section 5.7). */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "signatures/export.h"
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

static void put_value(struct export_output *out, const struct indicator *item)
{
	char room[SAID_BYTES];
	bool is_map = false;

	export_text(out, "      - ");
	for (enum said key = SAID_SHARED; key < SAID_KEYS; key++)
		is_map |= *said_text(item, key, room) != '\0';
	export_text(out, is_map ? "{value: " : "");
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
	export_text(out, is_map ? "}\n" : "\n");
}

static void put_set(
	struct export_output *out, const struct indicator *const *items, size_t begin, size_t end)
{
	const char *lead = "  - ";

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
	export_text(out, "    values:\n");
	for (size_t i = begin; i < end; i++)
		put_value(out, items[i]);
}

static void write_set(struct export_output *out, const struct indicator *const *items, size_t count)
{
	size_t end;

	export_text(out, "# SPDX-License-Identifier: Apache-2.0\n");
	export_text(
		out, count ? "kukla-signatures: 1\nsets:\n" : "kukla-signatures: 1\nsets: []\n");
	for (size_t begin = 0; begin < count; begin = end) {
		end = export_set_end(items, count, begin);
		put_set(out, items, begin, end);
	}
}

static const char *why_not(const struct indicator *item)
{
	return item->type == INDICATOR_SPKI_SHA256 ? "a type that no format reads" : NULL;
}

const struct exporter to_pack_export = {
	.name = "pack",
	.summary = "our own signature files (kukla-signatures: 1)",
	.why_not = why_not,
	.write = write_set,
};
