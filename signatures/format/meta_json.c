/* SPDX-License-Identifier: Apache-2.0 */
/* Meta's threat research of 2020 to 2022 as JSON: a list of objects with the columns of its tables,
 * indicator_type, indicator_value, comment, ds. The type is not trusted: names and addresses stand
 * under each other's, and the same values without it lie beside as CSV. */
#include "signatures/format.h"
#include "signatures/tree_feed.h"

static bool is_row(const struct tree_node *n)
{
	return tree_get(n, "indicator_value") && tree_get(n, "indicator_type");
}

/* The index of all files (index.json) has no indicators itself. */
static bool is_index(const struct tree_node *n)
{
	return tree_get(n, "id") && tree_get(n, "added_ds") && tree_get(n, "indicators");
}

static unsigned recognise(const struct document *d)
{
	const struct tree_node *root = document_root(d, SYNTAX_JSON);

	if (!root || root->kind != TREE_LIST)
		return 0;
	return is_row(root->first) || is_index(root->first) ? 90 : 0;
}

static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	const struct tree_node *root = document_root(d, SYNTAX_JSON);

	if (!root || root->kind != TREE_LIST) {
		builder_break(report, 1, "it is no list of indicators of Meta");
		return 0;
	}
	tree_each (row, root) {
		struct candidate c = {.line = row->line,
			.value = tree_span(row, "indicator_value"),
			.context = tree_span(row, "comment"),
			.published = tree_span(row, "ds")};
		int r;

		if (is_index(row))
			continue;
		r = builder_offer(b, report, &c);
		if (r < 0)
			return r;
	}
	return 0;
}

const struct format meta_json_format = {
	.name = "meta-json",
	.summary = "Meta threat research as JSON",
	.recognise = recognise,
	.load = load,
};
