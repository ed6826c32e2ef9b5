/* SPDX-License-Identifier: Apache-2.0 */
/* What a structured feed says, whatever it is written in: JSON (RFC 8259), XML 1.0 or YAML 1.1 as
 * one tree of named nodes, each with the line it begins in. A loader walks the tree and does not
 * see the syntax. All of it is bounded by the constants below and by the size of the file.
 *
 *   JSON, YAML  an object is a map, an array a list, a member's key the name of its value
 *   XML         an element is a node by its local name; its attributes are its first children,
 *               with `@` before their local names; a repeated element is a repeated name
 *
 * Texts and names are UTF-8 without a zero octet in them: U+FFFD stands where `\u0000` was. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"

#define TREE_DEPTH_MAX       64
#define TREE_NODES_MAX       8000000u
#define TREE_NAME_BYTES_MAX  1024
#define TREE_TEXT_BYTES_MAX  (1u << 20)
#define TREE_ERROR_BYTES_MAX 160

enum tree_kind {
	TREE_NULL,
	TREE_BOOL,   /* text is `true` or `false` */
	TREE_NUMBER, /* text as it was written */
	TREE_TEXT,   /* in YAML every scalar; in XML an attribute and an element without children */
	TREE_LIST,
	TREE_MAP, /* in XML an element with children; its own text may be there as well */
};

/* Valid until tree_done. */
struct tree_node {
	uint8_t kind;                         /* enum tree_kind */
	bool plain;                           /* a scalar of YAML without quotes */
	uint16_t name_bytes;                  /* without the closing zero, as all */
	uint32_t line;                        /* from 1; of the name where there is one */
	uint32_t text_bytes;                  /* 0 without text */
	const char *name;                     /* "" in a list and for the root of JSON and YAML */
	const char *text;                     /* NULL: null, a list, or a map of JSON or YAML */
	const struct tree_node *first, *next; /* child, sibling; in the order of the file */
	const struct tree_node *parent;       /* NULL: the root */
};

struct tree {
	const struct tree_node *root; /* never NULL after success */
	size_t node_count;
	struct tree_block *blocks; /* internal: the memory of all nodes and texts */
};

struct tree_error {
	uint32_t line;
	char text[TREE_ERROR_BYTES_MAX]; /* fit for a terminal */
};

/* One whole document in UTF-8, a BOM allowed. -EBADMSG: it is not well formed, beyond a limit or
 * uses what is not read (below); -ENOMEM. On failure *ret_error says why and *ret is untouched.
 *
 *   JSON  one value; no object has a key twice
 *   XML   no document type, hence no entity but the five of XML; only UTF-8 or ASCII declared
 *   YAML  one document; no anchors, aliases, tags; a key is a scalar */
int tree_json(struct tree *ret, struct cursor text, struct tree_error *ret_error);
int tree_xml(struct tree *ret, struct cursor text, struct tree_error *ret_error);
int tree_yaml(struct tree *ret, struct cursor text, struct tree_error *ret_error);
void tree_done(struct tree *t);

/* Lookups take NULL for a node and find nothing in it, so that they can be chained. */

static inline bool tree_is(const struct tree_node *n, const char *name)
{
	size_t bytes = strlen(name);

	return n && n->name_bytes == bytes && memcmp(n->name, name, bytes) == 0;
}

/* The first child of that name, or NULL. */
const struct tree_node *tree_get(const struct tree_node *n, const char *name);
/* The first that `a/b/c` leads to: of each name the first child, without turning back. */
const struct tree_node *tree_path(const struct tree_node *n, const char *path);
/* The text of that child, NULL when it is not there or has none; ret_bytes may be NULL. */
const char *tree_text(const struct tree_node *n, const char *name, size_t *ret_bytes);
/* Nothing is given: no node, null of JSON, or in YAML an empty value, `~` or `null` unquoted. */
bool tree_is_null(const struct tree_node *n);

/* Over the children of a node or of nothing: tree_each (child, tree_get(root, "objects")) */
#define tree_each(child, of)                                                                       \
	for (const struct tree_node *child = tree_first(of); (child); (child) = (child)->next)

static inline const struct tree_node *tree_first(const struct tree_node *n)
{
	return n ? n->first : NULL;
}
