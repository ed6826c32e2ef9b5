/* SPDX-License-Identifier: Apache-2.0 */
/* Our own signature files, docs/feeds.md: YAML that begins with `kukla-signatures: 1` and has sets
 * of values that share what is known of them. What a set says holds for each of its values; a value
 * that is a map says it for itself. Beside the sets there may be a list of protected names, which
 * are matched by what looks like them. A key that nobody knows ends the reading: it may be a
 * condition. */
#include "signatures/format.h"
#include "signatures/protect.h"
#include "signatures/said.h"
#include "signatures/tree_feed.h"

static const char why_shape[] = "a set has values, which are a list of texts or maps";

/* One key of a set or of a value; why it cannot be used, or NULL. */
static const char *set_key(struct candidate *c, const struct tree_node *n)
{
	if (n->kind == TREE_MAP || n->kind == TREE_LIST)
		return said_why_key;
	return said_read(c, (struct span){n->name, n->name_bytes}, node_span(n));
}

/* All keys of a map but one; false when the file breaks there. */
static bool set_all(struct candidate *c, const struct tree_node *map, const char *but,
	struct import_report *report)
{
	tree_each (n, map) {
		const char *why = tree_is(n, but) ? NULL : set_key(c, n);

		if (why) {
			builder_break(report, n->line, why);
			return false;
		}
	}
	return true;
}

static int offer_set(struct builder *b, struct import_report *report, const struct tree_node *set)
{
	const struct tree_node *values = tree_get(set, "values");
	struct candidate common = {.line = set->line};

	if (set->kind != TREE_MAP || !values || values->kind != TREE_LIST) {
		builder_break(report, set->line, why_shape);
		return 0;
	}
	if (!set_all(&common, set, "values", report))
		return 0;
	tree_each (n, values) {
		struct candidate c = common;
		int r;

		c.line = n->line;
		c.value = n->kind == TREE_MAP ? tree_span(n, "value") : node_span(n);
		if (n->kind == TREE_MAP && !set_all(&c, n, "value", report))
			return 0;
		r = builder_offer(b, report, &c);
		if (r < 0)
			return r;
	}
	return 0;
}

static unsigned recognise(const struct document *d)
{
	return tree_get(document_root(d, SYNTAX_YAML), "kukla-signatures") ? 100 : 0;
}

static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	const struct tree_node *root = document_root(d, SYNTAX_YAML);
	const struct tree_node *sets = tree_get(root, "sets"), *protect = tree_get(root, "protect");
	int r = 0;

	if (!span_is(tree_span(root, "kukla-signatures"), "1")) {
		builder_break(
			report, 1, "kukla-signatures is not 1: of a version that is not known");
		return 0;
	}
	tree_each (n, root) {
		if (!tree_is(n, "kukla-signatures") && !tree_is(n, "sets") &&
			!tree_is(n, "protect")) {
			builder_break(report, n->line, said_why_key);
			return 0;
		}
	}
	if ((!sets && !protect) || (sets && sets->kind != TREE_LIST)) {
		builder_break(report, 1, "there is no list of sets");
		return 0;
	}
	for (const struct tree_node *set = tree_first(sets); set && r == 0 && !report->broken_line;
		set = set->next)
		r = offer_set(b, report, set);
	if (r == 0 && protect && !report->broken_line)
		r = protect_offer(b, report, protect);
	return r;
}

const struct format pack_format = {
	.name = "pack",
	.summary = "our own signature files (kukla-signatures: 1)",
	.recognise = recognise,
	.load = load,
};
