/* SPDX-License-Identifier: Apache-2.0 */
/* Our own signature files, docs/feeds.md: YAML that begins with `kukla-signatures: 1` and has sets
 * of values that share what is known of them. What a set says holds for each of its values; a value
 * that is a map says it for itself. Beside the sets there may be a list of protected names, which
 * are matched by what looks like them, and one of signatures. A key that nobody knows ends the
 * reading: it may be a condition. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/format.h"
#include "signatures/pack_signature.h"
#include "signatures/protect.h"
#include "signatures/said.h"
#include "signatures/tree_feed.h"

static const char why_shape[] = "a set has values, which are a list of texts or maps";

/* All keys of a map, which has one of its own; the file may break there. -ENOMEM. */
static int set_all(struct builder *b, struct candidate *c, const struct tree_node *map,
	const char *own, struct import_report *report)
{
	struct pack_keys keys = {0};

	tree_each (n, map) {
		const char *why = tree_is(n, own) ? pack_other_key(&keys, n, 0)
						  : pack_set_key(&keys, c, n);

		if (why)
			return builder_break_copy(b, report, n->line, why);
	}
	return 0;
}

static int offer_set(struct builder *b, struct import_report *report, const struct tree_node *set)
{
	const struct tree_node *values = tree_get(set, "values");
	struct candidate common = {.line = set->line};
	int r;

	if (set->kind != TREE_MAP || !values || values->kind != TREE_LIST) {
		builder_break(report, set->line, why_shape);
		return 0;
	}
	r = set_all(b, &common, set, "values", report);
	for (const struct tree_node *n = values->first; n && r == 0 && !report->broken_line;
		n = n->next) {
		struct candidate c = common;

		c.line = n->line;
		c.value = n->kind == TREE_MAP ? tree_span(n, "value") : node_span(n);
		if (n->kind == TREE_MAP)
			r = set_all(b, &c, n, "value", report);
		if (r == 0 && !report->broken_line)
			r = builder_offer(b, report, &c);
	}
	return r;
}

static unsigned recognise(const struct document *d)
{
	return tree_get(document_root(d, SYNTAX_YAML), "kukla-signatures") ? 100 : 0;
}

static int offer_sets(struct builder *b, struct import_report *report, const struct tree_node *sets)
{
	int r = 0;

	if (sets->kind != TREE_LIST) {
		builder_break(report, sets->line, "sets is to be a list");
		return 0;
	}
	for (const struct tree_node *set = sets->first; set && r == 0 && !report->broken_line;
		set = set->next)
		r = offer_set(b, report, set);
	return r;
}

/* A signature that cannot be read ends the reading there: what it says is told. */
static int offer_signatures(
	struct builder *b, struct import_report *report, const struct tree_node *list)
{
	_cleanup_(free_ptr) struct pack_signature *s = calloc(1, sizeof(*s));
	_cleanup_(pack_names_done) struct pack_names names = {0};
	int r = s ? pack_names_init(&names, list) : -ENOMEM;

	if (r == 0 && list->kind != TREE_LIST) {
		builder_break(report, list->line, "signatures is to be a list");
		return 0;
	}
	for (const struct tree_node *n = list->first; r == 0 && n; n = n->next) {
		r = pack_signature_read(s, n, b->suffixes, &names);
		if (r == 0 && s->problems.count)
			return builder_break_copy(
				b, report, s->problems.all[0].line, s->problems.all[0].text);
		if (r == 0)
			r = builder_offer_signature(
				b, report, &s->candidate, &s->condition, s->text);
	}
	return r;
}

static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	const struct tree_node *root = document_root(d, SYNTAX_YAML);
	const struct tree_node *sets = tree_get(root, "sets"), *protect = tree_get(root, "protect");
	const struct tree_node *signatures = tree_get(root, "signatures");
	int r = 0;

	if (!span_is(tree_span(root, "kukla-signatures"), "1")) {
		builder_break(
			report, 1, "kukla-signatures is not 1: of a version that is not known");
		return 0;
	}
	tree_each (n, root) {
		if (!tree_is(n, "kukla-signatures") && n != sets && n != protect &&
			n != signatures) {
			builder_break(report, n->line, said_why_key);
			return 0;
		}
	}
	if (!sets && !protect && !signatures) {
		builder_break(report, 1, "there is no list of sets, protect or signatures");
		return 0;
	}
	if (sets)
		r = offer_sets(b, report, sets);
	if (r == 0 && protect && !report->broken_line)
		r = protect_offer(b, report, protect, NULL);
	if (r == 0 && signatures && !report->broken_line)
		r = offer_signatures(b, report, signatures);
	return r;
}

const struct format pack_format = {
	.name = "pack",
	.summary = "our own signature files (kukla-signatures: 1)",
	.recognise = recognise,
	.load = load,
};
