/* SPDX-License-Identifier: Apache-2.0 */
/* YAML 1.1 by libyaml's events: maps, lists and scalars. What makes a document larger than it is
 * (aliases) or typed (tags) is refused, not ignored. */
#include <string.h>
#include <yaml.h>

#include "signatures/tree_build.h"

struct yaml {
	struct tree_builder b;
	yaml_parser_t parser;
	struct cursor text;
	bool is_over; /* the document has ended */
};

static uint32_t line_of(const yaml_event_t *e)
{
	return (uint32_t)e->start_mark.line + 1;
}

/* An error of libyaml. One of encoding has an offset only, and all text is UTF-8 here: control
 * characters are left. */
static int fail_syntax(struct yaml *y)
{
	struct tree_lines lines = tree_lines(y->text);
	uint32_t line = (uint32_t)y->parser.problem_mark.line + 1, last;

	if (y->parser.error == YAML_MEMORY_ERROR)
		return tree_no_memory(&y->b);
	if (y->parser.error == YAML_READER_ERROR) {
		size_t bytes = cur_left(&y->text), at = y->parser.problem_offset;

		line = tree_line(&lines, y->text.pos + (at < bytes ? at : bytes));
	}
	last = tree_line(&lines, y->text.pos + cur_left(&y->text));
	if (line > last) /* libyaml ends every text with a line end */
		line = last;
	return tree_fail(&y->b, line, y->parser.problem ? y->parser.problem : "not YAML");
}

/* Whether the next node is a key: in a map when no name waits for its value. */
static bool is_key(const struct yaml *y)
{
	return y->b.depth && y->b.open[y->b.depth - 1]->kind == TREE_MAP && !y->b.name;
}

static int read_scalar(struct yaml *y, const yaml_event_t *e)
{
	const unsigned char *text = e->data.scalar.value;
	size_t bytes = e->data.scalar.length;
	struct tree_node *n;

	if (is_key(y))
		return tree_name(&y->b, text, bytes, line_of(e));
	n = tree_add_text(&y->b, TREE_TEXT, line_of(e), text, bytes);
	if (n)
		n->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return y->b.error;
}

static int read_begin(struct yaml *y, const yaml_event_t *e, enum tree_kind kind)
{
	if (is_key(y))
		return tree_fail(&y->b, line_of(e), "a key is one value");
	(void)tree_open(&y->b, kind, line_of(e));
	return y->b.error;
}

/* What of the language is not read; NULL: nothing. */
static const char *refused(const yaml_event_t *e)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (e->type) {
	case YAML_ALIAS_EVENT:
		return "aliases are not read";
	case YAML_SCALAR_EVENT:
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor)
		return "anchors are not read";
	return tag ? "tags are not read" : NULL;
}

static int read_event(struct yaml *y, const yaml_event_t *e)
{
	const char *what = refused(e);

	if (what)
		return tree_fail(&y->b, line_of(e), what);
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		return y->is_over ? tree_fail(&y->b, line_of(e), "a second document is not read")
				  : 0;
	case YAML_DOCUMENT_END_EVENT:
		y->is_over = true;
		return 0;
	case YAML_SCALAR_EVENT:
		return read_scalar(y, e);
	case YAML_SEQUENCE_START_EVENT:
		return read_begin(y, e, TREE_LIST);
	case YAML_MAPPING_START_EVENT:
		return read_begin(y, e, TREE_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		tree_close(&y->b);
		return 0;
	default:
		return 0;
	}
}

int tree_yaml(struct tree *ret, struct cursor text, struct tree_error *ret_error)
{
	struct yaml y = {0};
	yaml_event_type_t type = YAML_NO_EVENT;

	if (tree_begin(&y.b, &text, ret_error) < 0)
		return tree_end(&y.b, ret);
	y.text = text;
	if (!yaml_parser_initialize(&y.parser)) {
		(void)tree_no_memory(&y.b);
		return tree_end(&y.b, ret);
	}
	yaml_parser_set_encoding(&y.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&y.parser, text.pos, cur_left(&text));
	while (!y.b.error && type != YAML_STREAM_END_EVENT) {
		yaml_event_t e;

		if (!yaml_parser_parse(&y.parser, &e)) {
			(void)fail_syntax(&y);
			break;
		}
		type = e.type;
		(void)read_event(&y, &e);
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&y.parser);
	return tree_end(&y.b, ret);
}
