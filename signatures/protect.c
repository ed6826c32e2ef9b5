/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/protect.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/look_alike.h"
#include "signatures/pack_signature.h"
#include "signatures/tree_feed.h"

static const char why_protect[] = "protect has lists of names, which are texts or maps";
static const char why_kinds[] = "kinds is a list of suffix, homoglyph, edit, word and subdomain";
static const char why_except[] = "except is a list of host names";

static const char *set_kinds(struct candidate *c, const struct tree_node *list)
{
	c->look_kinds = 0;
	c->look_kinds_said = true;
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

struct reading {
	struct builder *b;
	struct import_report *report;
	struct problems *problems; /* NULL: the first mistake ends it */
	int error;
};

static bool goes_on(const struct reading *r)
{
	return r->error == 0 && !r->report->broken_line;
}

static void wrong_shape(struct reading *r, const struct tree_node *n)
{
	if (r->problems)
		problems_add(r->problems, n->line, "%s", why_protect);
	else
		builder_break(r->report, n->line, why_protect);
}

static void wrong_key(struct reading *r, const struct tree_node *n, const char *why)
{
	static const char *const others[] = {"names", "name", "kinds", "except", NULL};

	if (r->problems)
		pack_problem(r->problems, n, why, others, false);
	else
		r->error = builder_break_copy(r->b, r->report, n->line, why);
}

/* Keys of a list of protected names or of one of them; `own` is that of the names. */
static void set_protected(
	struct reading *r, struct candidate *c, const struct tree_node *map, const char *own)
{
	struct pack_keys keys = {0};

	for (const struct tree_node *n = map->first; n && goes_on(r); n = n->next) {
		bool is_own = tree_is(n, own), is_kinds = tree_is(n, "kinds");
		const char *why;

		if (is_own || is_kinds || tree_is(n, "except"))
			why = pack_other_key(&keys, n, is_own ? 0 : is_kinds ? 1 : 2);
		else
			why = pack_set_own_key(&keys, c, n);
		if (!why && is_kinds)
			why = set_kinds(c, n);
		else if (!why && tree_is(n, "except"))
			why = set_except(c, r->b, n);
		if (why)
			wrong_key(r, n, why);
	}
}

static void offer_list(struct reading *r, const struct tree_node *set)
{
	const struct tree_node *names = tree_get(set, "names");
	struct candidate common = {.line = set->line, .look_kinds = LOOK_KINDS_USUAL};

	if (set->kind != TREE_MAP || !names || names->kind != TREE_LIST) {
		wrong_shape(r, set);
		return;
	}
	set_protected(r, &common, set, "names");
	for (const struct tree_node *n = names->first; n && goes_on(r); n = n->next) {
		struct candidate c = common;

		c.line = n->line;
		c.value = n->kind == TREE_MAP ? tree_span(n, "name") : node_span(n);
		if (n->kind == TREE_MAP)
			set_protected(r, &c, n, "name");
		if (!c.look_kinds) /* what is wrong there is told: the name still is to be judged */
			c.look_kinds = LOOK_KINDS_USUAL;
		if (goes_on(r))
			r->error = builder_offer(r->b, r->report, &c);
	}
}

int protect_offer(struct builder *b, struct import_report *report, const struct tree_node *protect,
	struct problems *problems)
{
	struct reading r = {b, report, problems, 0};

	if (protect->kind != TREE_LIST) {
		wrong_shape(&r, protect);
		return 0;
	}
	for (const struct tree_node *set = protect->first; set && goes_on(&r); set = set->next)
		offer_list(&r, set);
	return r.error;
}
