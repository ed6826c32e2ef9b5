/* SPDX-License-Identifier: Apache-2.0 */
/* Suricata's datasets with a context in JSON (Suricata user guide, "datajson"): a list of objects,
 * one somewhere inside an object, or an object a line. Which member is the value says the rule that
 * uses the set, not the set: it is guessed from usual names, or the definition of the feed says it
 * (columns: value). A URL alone is no reason to take a file for such a set. */
#include <errno.h>

#include "base/cleanup.h"
#include "signatures/format.h"
#include "signatures/tree_feed.h"

#define INSIDE_DEPTH_MAX 8 /* objects round the list */

static const char why_key[] =
	"no member has a name that is known for values; name it: columns: value";
static const char why_line[] = "a line that is no JSON";

static const struct {
	const char *name;
	enum value_column column;
} keys[] = {
	{"indicator", COLUMN_ANY},
	{"domain", COLUMN_ANY},
	{"hostname", COLUMN_ANY},
	{"host", COLUMN_ANY},
	{"fqdn", COLUMN_ANY},
	{"sni", COLUMN_ANY},
	{"ip", COLUMN_ANY},
	{"ja3", COLUMN_JA3},
	{"ja4", COLUMN_ANY},
	{"user_agent", COLUMN_USER_AGENT},
	{"hash", COLUMN_ANY},
};

static enum value_column column_of(const struct tree_node *value)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (tree_is(value, keys[i].name))
			return keys[i].column;
	}
	return COLUMN_ANY;
}

/* A line of Suricata's log has a host too: the sensor's. */
static bool is_log(const struct tree_node *row)
{
	return tree_get(row, "event_type") && tree_get(row, "timestamp");
}

/* The member that is the value: of that name, or of one that is known. */
static const struct tree_node *value_of(const struct tree_node *row, const char *name)
{
	if (!row || row->kind != TREE_MAP || is_log(row))
		return NULL;
	if (name)
		return tree_get(row, name);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct tree_node *value = tree_get(row, keys[i].name);

		if (value && value->text)
			return value;
	}
	return NULL;
}

/* The node whose children are the rows. */
static const struct tree_node *rows_of(const struct tree_node *n, const char *name, unsigned depth)
{
	if (!n || depth == INSIDE_DEPTH_MAX)
		return NULL;
	if (n->kind == TREE_LIST)
		return value_of(n->first, name) ? n : NULL;
	if (n->kind != TREE_MAP)
		return NULL;
	tree_each (child, n) {
		const struct tree_node *rows = rows_of(child, name, depth + 1);

		if (rows)
			return rows;
	}
	return NULL;
}

/* The next line that is not blank, without its end; its number is counted on. */
static bool next_line(struct cursor *text, struct cursor *ret, uint32_t *line)
{
	while (cur_left(text)) {
		const uint8_t *begin = text->pos, *end = memchr(begin, '\n', cur_left(text));
		size_t bytes = end ? (size_t)(end - begin) : cur_left(text);

		cur_skip(text, bytes + (end != NULL));
		(*line)++;
		while (bytes && memchr(" \t\r", begin[bytes - 1], 3))
			bytes--;
		if (!bytes)
			continue;
		*ret = cur_init(begin, bytes);
		return true;
	}
	return false;
}

/* More than one object, the first of them on a line. */
static bool is_lines(const struct document *d)
{
	struct cursor text = d->text, first;
	struct tree_error error;
	uint32_t line = 0;
	struct tree tree;
	bool is;

	if (d->syntax != SYNTAX_TEXT || !next_line(&text, &first, &line) ||
		!cur_is(&first, "{", 1) || tree_json(&tree, first, &error) < 0)
		return false;
	is = tree.root->kind == TREE_MAP && !is_log(tree.root);
	tree_done(&tree);
	return is;
}

static unsigned recognise(const struct document *d)
{
	const struct tree_node *root = document_root(d, SYNTAX_JSON);

	return value_of(root, NULL) || rows_of(root, NULL, 0) || is_lines(d) ? 40 : 0;
}

static struct span said(const struct tree_node *row, const struct builder *b,
	enum feed_column column, const char *otherwise)
{
	const char *name = b->feed->columns[column];

	return name || otherwise ? tree_span(row, name ? name : otherwise) : span_of("");
}

static int offer_row(
	struct builder *b, struct import_report *report, const struct tree_node *row, uint32_t line)
{
	const struct tree_node *value = value_of(row, b->feed->columns[FEED_VALUE]);
	struct candidate c = {.line = line,
		.value = node_span(value),
		.column = column_of(value),
		.context = said(row, b, FEED_CONTEXT, "context"),
		.campaign = said(row, b, FEED_CAMPAIGN, NULL),
		.reference = said(row, b, FEED_REFERENCE, NULL),
		.first_seen = said(row, b, FEED_FIRST_SEEN, NULL),
		.last_confirmed = said(row, b, FEED_LAST_CONFIRMED, NULL),
		.published = said(row, b, FEED_PUBLISHED, NULL),
		.expires = said(row, b, FEED_EXPIRES, NULL)};

	if (b->feed->columns[FEED_CONFIDENCE])
		c.confidence = tree_percent(row, b->feed->columns[FEED_CONFIDENCE]);
	if (value)
		return builder_offer(b, report, &c);
	builder_refuse(report, line, why_key);
	return 0;
}

static int load_lines(struct builder *b, const struct document *d, struct import_report *report)
{
	struct cursor text = d->text, line_text;
	uint32_t line = 0;

	while (next_line(&text, &line_text, &line)) {
		struct tree_error error;
		struct tree tree;
		int r = tree_json(&tree, line_text, &error);

		if (r == -EBADMSG) {
			builder_refuse(report, line, why_line);
			continue;
		}
		if (r < 0)
			return r;
		r = offer_row(b, report, tree.root, line);
		tree_done(&tree);
		if (r < 0)
			return r;
	}
	return 0;
}

static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	const struct tree_node *root = document_root(d, SYNTAX_JSON);
	const char *name = b->feed->columns[FEED_VALUE];
	const struct tree_node *rows = rows_of(root, name, 0);

	if (!root)
		return load_lines(b, d, report);
	if (!rows && value_of(root, name))
		return offer_row(b, report, root, root->line);
	if (!rows) {
		builder_break(report, 1, why_key);
		return 0;
	}
	tree_each (row, rows) {
		int r = offer_row(b, report, row, row->line);

		if (r < 0)
			return r;
	}
	return 0;
}

const struct format datajson_format = {
	.name = "datajson",
	.summary = "datasets of Suricata with JSON: a list, or an object a line",
	.recognise = recognise,
	.load = load,
};
