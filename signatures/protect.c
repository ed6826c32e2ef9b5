/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/protect.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/look_alike.h"
#include "signatures/pack_signature.h"
#include "signatures/tree_feed.h"

/* Of a list, of which all names have one copy; and of a name, with those of its list. */
#define EXCEPT_MAX         20000
#define EXCEPT_OF_NAME_MAX 1000

static const char why_protect[] = "protect has lists of names, which are texts or maps";
static const char why_kinds[] = "kinds is a list of suffix, homoglyph, edit, word and subdomain";
static const char why_except[] = "except is a list of host names";
static const char why_many[] = "a list has at most 20,000 exceptions, a name with its list's 1,000";
static const char why_memory[] = "out of memory";

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

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names ascending, each once and followed by a blank; kept as long as the builder lives. */
static const char *join(struct builder *b, const char **names, size_t count)
{
	_cleanup_(free_ptr) char *text = malloc(count * (LOOK_NAME_BYTES_MAX + 1) + 1);
	size_t used = 0;

	if (!text)
		return NULL;
	if (count)
		qsort(names, count, sizeof(*names), compare_texts);
	for (size_t i = 0; i < count; i++) {
		size_t bytes = strlen(names[i]);

		if (i && strcmp(names[i - 1], names[i]) == 0)
			continue;
		memcpy(text + used, names[i], bytes);
		used += bytes;
		text[used++] = ' ';
	}
	return builder_text(b, text, used);
}

/* Names that are collected: borrowed of the texts. */
struct gathered {
	struct texts texts;
	const char **names; /* owned */
	size_t count, most;
};

static void gathered_done(struct gathered *g)
{
	texts_done(&g->texts);
	free(g->names);
}

static const char *gather_text(struct gathered *g, const char *text, size_t bytes)
{
	if (g->count == g->most)
		return why_many;
	g->names[g->count] = texts_add(&g->texts, text, bytes);
	return g->names[g->count++] ? NULL : why_memory;
}

/* `all`: one that is no name ends it. */
static const char *gather(
	struct gathered *g, struct builder *b, const struct tree_node *list, bool all)
{
	tree_each (n, list) {
		struct span name = n->kind == TREE_MAP ? tree_span(n, "name") : node_span(n);
		struct refanged value;
		const char *why = all ? why_except : NULL;

		if (!refang(&value, name.at, name.bytes, COLUMN_ANY, b->suffixes) &&
			value.type == INDICATOR_DOMAIN)
			why = gather_text(g, value.text, strlen(value.text));
		if (why)
			return why;
	}
	return NULL;
}

/* Adds the names of a list to the exceptions. Those of a list of protected names hold for all of
 * these, those of a name for that one as well. */
static const char *add_except(
	struct candidate *c, struct builder *b, const struct tree_node *list, size_t most, bool all)
{
	_cleanup_(gathered_done) struct gathered g = {.most = most};
	struct span had = c->except;
	const char *why = NULL, *joined;

	g.names = calloc(most, sizeof(*g.names));
	if (!g.names)
		return why_memory;
	while (had.bytes && !why) {
		struct span name = span_cut(&had, ' ');

		why = name.bytes ? gather_text(&g, name.at, name.bytes) : NULL;
	}
	if (!why)
		why = gather(&g, b, list, all);
	if (why)
		return why;
	joined = join(b, g.names, g.count);
	c->except = span_of(joined);
	return joined ? NULL : why_memory;
}

static const char *set_except(
	struct candidate *c, struct builder *b, const struct tree_node *list, size_t most)
{
	if (list->kind != TREE_LIST)
		return why_except;
	tree_each (n, list) {
		if (n->kind == TREE_MAP)
			return why_except;
	}
	return list->first ? add_except(c, b, list, most, true) : NULL;
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
			why = set_except(c, r->b, n,
				strcmp(own, "name") == 0 ? EXCEPT_OF_NAME_MAX : EXCEPT_MAX);
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
	/* what others protect is not kept from looking like what the user does */
	if (r->b->feed->foreign && goes_on(r))
		(void)add_except(&common, r->b, names, EXCEPT_MAX, false);
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
