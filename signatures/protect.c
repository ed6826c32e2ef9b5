/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/protect.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/look_alike.h"
#include "signatures/said.h"
#include "signatures/tree_feed.h"

static const char why_protect[] = "protect has lists of names, which are texts or maps";
static const char why_kinds[] = "kinds is a list of suffix, homoglyph, edit, word and subdomain";
static const char why_except[] = "except is a list of host names";

static const char *set_kinds(struct candidate *c, const struct tree_node *list)
{
	c->look_kinds = 0;
	if (list->kind != TREE_LIST)
		return why_kinds;
	tree_each (n, list) {
		enum look_kind kind = look_kind_named(n->text ? n->text : "", n->text_bytes);

		if (!kind)
			return why_kinds;
		c->look_kinds |= (uint8_t)kind;
	}
	return c->look_kinds ? NULL : why_kinds;
}

/* Names in their normal form, separated by blanks, as long as the builder lives. */
static const char *set_except(struct candidate *c, struct builder *b, const struct tree_node *list)
{
	_cleanup_(free_ptr) char *names = NULL;
	size_t bytes = 0, size = 1;

	tree_each (n, list)
		size += LOOK_NAME_BYTES_MAX + 1;
	names = list->kind == TREE_LIST ? malloc(size) : NULL;
	if (!names)
		return why_except;
	tree_each (n, list) {
		struct span name = node_span(n);
		struct refanged value;
		size_t name_bytes;

		if (refang(&value, name.at, name.bytes, COLUMN_ANY, b->suffixes) ||
			value.type != INDICATOR_DOMAIN)
			return why_except;
		name_bytes = strlen(value.text);
		memcpy(names + bytes, value.text, name_bytes);
		bytes += name_bytes;
		names[bytes++] = ' ';
	}
	c->except = span_of(builder_text(b, names, bytes));
	return NULL;
}

static const char *set_key(struct candidate *c, const struct tree_node *n)
{
	if (n->kind == TREE_MAP || n->kind == TREE_LIST || tree_is(n, said_key(SAID_TYPE)))
		return said_why_key;
	return said_read(c, (struct span){n->name, n->name_bytes}, node_span(n));
}

/* Keys of a list of protected names or of one of them, all but that of the names. */
static bool set_protected(struct candidate *c, struct builder *b, const struct tree_node *map,
	const char *but, struct import_report *report)
{
	tree_each (n, map) {
		const char *why;

		if (tree_is(n, but))
			continue;
		if (tree_is(n, "kinds"))
			why = set_kinds(c, n);
		else if (tree_is(n, "except"))
			why = set_except(c, b, n);
		else
			why = set_key(c, n);
		if (why) {
			builder_break(report, n->line, why);
			return false;
		}
	}
	return true;
}

static int offer_list(struct builder *b, struct import_report *report, const struct tree_node *set)
{
	const struct tree_node *names = tree_get(set, "names");
	struct candidate common = {.line = set->line, .look_kinds = LOOK_KINDS_USUAL};

	if (set->kind != TREE_MAP || !names || names->kind != TREE_LIST) {
		builder_break(report, set->line, why_protect);
		return 0;
	}
	if (!set_protected(&common, b, set, "names", report))
		return 0;
	tree_each (n, names) {
		struct candidate c = common;
		int r;

		c.line = n->line;
		c.value = n->kind == TREE_MAP ? tree_span(n, "name") : node_span(n);
		if (n->kind == TREE_MAP && !set_protected(&c, b, n, "name", report))
			return 0;
		r = builder_offer(b, report, &c);
		if (r < 0)
			return r;
	}
	return 0;
}

int protect_offer(struct builder *b, struct import_report *report, const struct tree_node *protect)
{
	int r = 0;

	if (protect->kind != TREE_LIST) {
		builder_break(report, protect->line, why_protect);
		return 0;
	}
	for (const struct tree_node *set = tree_first(protect);
		set && r == 0 && !report->broken_line; set = set->next)
		r = offer_list(b, report, set);
	return r;
}
