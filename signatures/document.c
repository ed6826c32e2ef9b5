/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/document.h"

#include <errno.h>
#include <string.h>

/* The first line that is neither empty nor a comment of YAML, as far as its first octet. */
static struct cursor skip_comments(struct cursor in)
{
	while (cur_left(&in)) {
		uint8_t c = cur_peek(&in, 0);
		const uint8_t *end;

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			cur_skip(&in, 1);
			continue;
		}
		if (c != '#' && !cur_is(&in, "---", 3))
			break;
		end = memchr(in.pos, '\n', cur_left(&in));
		cur_skip(&in, end ? (size_t)(end - in.pos) : cur_left(&in));
	}
	return in;
}

static enum syntax syntax_of(const struct cursor *text)
{
	static const char own[] = "kukla-signatures:";
	struct cursor in = *text;

	while (cur_left(&in) && memchr(" \t\r\n", cur_peek(&in, 0), 4))
		cur_skip(&in, 1);
	if (cur_is(&in, "{", 1) || cur_is(&in, "[", 1))
		return SYNTAX_JSON;
	if (cur_is(&in, "<", 1))
		return SYNTAX_XML;
	in = skip_comments(*text);
	return cur_is(&in, own, sizeof(own) - 1) ? SYNTAX_YAML : SYNTAX_TEXT;
}

int document_read(struct document *ret, struct cursor text)
{
	static int (*const readers[])(struct tree *, struct cursor, struct tree_error *) = {
		[SYNTAX_JSON] = tree_json, [SYNTAX_XML] = tree_xml, [SYNTAX_YAML] = tree_yaml};
	struct document d = {.text = text, .syntax = syntax_of(&text)};
	int r = 0;

	if (d.syntax != SYNTAX_TEXT)
		r = readers[d.syntax](&d.tree, text, &d.broken);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		d.syntax = SYNTAX_TEXT;
	else
		d.broken = (struct tree_error){.line = 0};
	*ret = d;
	return 0;
}

void document_done(struct document *d)
{
	if (d->syntax != SYNTAX_TEXT)
		tree_done(&d->tree);
	d->syntax = SYNTAX_TEXT;
}
