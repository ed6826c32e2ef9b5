/* SPDX-License-Identifier: Apache-2.0 */
/* A feed as it was read: its text and, where it is JSON, XML or YAML, the tree of it, made once for
 * all formats that look at it. */
#pragma once

#include "base/cursor.h"
#include "signatures/tree.h"

enum syntax { SYNTAX_TEXT, SYNTAX_JSON, SYNTAX_XML, SYNTAX_YAML };

struct document {
	struct cursor text; /* borrowed, without byte order mark */
	enum syntax syntax;
	struct tree tree;         /* unless SYNTAX_TEXT */
	struct tree_error broken; /* text that begins like another syntax and is not: why; line 0 */
};

/* What a text is written in shows how it begins: { or [ as JSON, < as XML, and our own signatures
 * are YAML. One that begins so and cannot be read as that is text, and ret->broken says why.
 * -ENOMEM. */
int document_read(struct document *ret, struct cursor text);
void document_done(struct document *d);

/* The tree's root when it is written in that, else NULL: lookups find nothing in it. */
static inline const struct tree_node *document_root(const struct document *d, enum syntax syntax)
{
	return d->syntax == syntax && syntax != SYNTAX_TEXT ? d->tree.root : NULL;
}
