/* SPDX-License-Identifier: Apache-2.0 */
/* Our own signature files, YAML 1.1 as libyaml reads it: see docs/feeds.md and
 * signatures/format/pack.c. Texts that are no plain words of ASCII are quoted (section 5.7). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
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

/* A key of a block and its text. */
static void put_line(struct export_output *out, const char *lead, const char *key, const char *text)
{
	export_text(out, lead);
	export_text(out, key);
	export_text(out, ": ");
	put_scalar(out, text);
	export_text(out, "\n");
}

/* Some keys of an item, a line each, behind what may stand before the first one. */
static void put_lines(struct export_output *out, const struct indicator *item, enum said begin,
	enum said end, const char *lead)
{
	for (enum said key = begin; key < end; key++) {
		char room[SAID_BYTES];
		const char *text = said_text(item, key, room);

		if (!*text || key == SAID_TYPE)
			continue;
		put_line(out, lead, said_key(key), text);
		lead = "    ";
	}
}

static void put_blanks(struct export_output *out, unsigned count)
{
	while (count--)
		export_text(out, " ");
}

/* FIELD: {KIND: VALUE}; the field without the brackets that it has in the schema. */
static void put_leaf(struct export_output *out, const struct expression_node *leaf)
{
	for (const char *key = signature_field(leaf->field)->key; *key; key++) {
		if (*key != '[' && *key != ']')
			export_text(out, (const char[]){*key, '\0'});
	}
	export_text(out, ": {");
	export_text(out, leaf_kind_name((enum leaf_kind)leaf->kind));
	export_text(out, ": ");
	put_scalar(out, leaf->value);
	export_text(out, "}\n");
}

/* A condition that begins in a column. */
static void put_condition(
	struct export_output *out, const struct expression_node *nodes, size_t at, unsigned column)
{
	const struct expression_node *n = &nodes[at];
	bool is_list = n->op != EXPRESSION_NOT;

	if (n->op == EXPRESSION_LEAF) {
		put_leaf(out, n);
		return;
	}
	export_text(out, expression_word((enum expression_op)n->op));
	export_text(out, ":\n");
	for (size_t child = at + 1; child < n->end; child = nodes[child].end) {
		put_blanks(out, column + 2);
		export_text(out, is_list ? "- " : "");
		put_condition(out, nodes, child, column + (is_list ? 4 : 2));
	}
}

static void put_signature(struct export_output *out, const struct indicator *item)
{
	_cleanup_(free_ptr) struct expression *condition = export_condition(out, item);

	if (!condition)
		return;
	put_line(out, "  - ", "name", item->value);
	put_lines(out, item, 0, SAID_KEYS, "    ");
	export_text(out, "    match:\n      ");
	put_condition(out, condition->nodes, 0, 6);
}

/* The lists of a file, in their order. */
enum section { SECTION_SETS, SECTION_PROTECT, SECTION_SIGNATURES, SECTIONS };

static enum section section_of(const struct indicator *item)
{
	return item->type == INDICATOR_LOOK_ALIKE  ? SECTION_PROTECT
	       : item->type == INDICATOR_SIGNATURE ? SECTION_SIGNATURES
						   : SECTION_SETS;
}

/* What of these is of a section. */
static void put_set(struct export_output *out, const struct indicator *const *items, size_t begin,
	size_t end, enum section section)
{
	while (begin < end && section_of(items[begin]) != section)
		begin++;
	if (begin == end)
		return;
	if (section != SECTION_SIGNATURES) {
		put_lines(out, items[begin], 0, SAID_SHARED, "  - ");
		export_text(out, section == SECTION_PROTECT ? "    names:\n" : "    values:\n");
	}
	for (size_t i = begin; i < end; i++) {
		if (section_of(items[i]) != section)
			continue;
		if (section == SECTION_SIGNATURES)
			put_signature(out, items[i]);
		else
			put_value(out, items[i]);
	}
}

static void put_section(struct export_output *out, const struct indicator *const *items,
	size_t count, enum section section)
{
	static const char *const names[] = {"sets:\n", "protect:\n", "signatures:\n"};
	size_t of = 0, end;

	for (size_t i = 0; i < count; i++)
		of += section_of(items[i]) == section;
	if (of)
		export_text(out, names[section]);
	for (size_t begin = 0; of && begin < count; begin = end) {
		end = export_set_end(items, count, begin);
		put_set(out, items, begin, end, section);
	}
}

static void write_set(struct export_output *out, const struct indicator *const *items, size_t count)
{
	export_text(out, "# SPDX-License-Identifier: Apache-2.0\nkukla-signatures: 1\n");
	if (!count)
		export_text(out, "sets: []\n");
	for (enum section section = 0; section < SECTIONS; section++)
		put_section(out, items, count, section);
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
