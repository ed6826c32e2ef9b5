/* SPDX-License-Identifier: Apache-2.0 */
/* How the three parsers fill a tree. It holds the limits of tree.h; the first error is kept, and
 * every call after it fails. */
#pragma once

#include "signatures/tree.h"

struct tree_builder {
	struct tree tree;
	struct tree_error *ret_error;
	int error;                              /* negative errno; 0: all is well */
	struct tree_node *open[TREE_DEPTH_MAX]; /* from the root to where nodes are added */
	struct tree_node *last[TREE_DEPTH_MAX]; /* the last child of each */
	unsigned depth;
	const char *name; /* of the next node; NULL: none was given */
	uint16_t name_bytes;
	uint32_t name_line;
};

/* Lines of a text, counted on the way: ended by LF, CR LF or CR. */
struct tree_lines {
	const uint8_t *at, *end;
	uint32_t line;
};

/* Ready for tree_name, tree_add, tree_open. Checks that the text is UTF-8 without zero octets and
 * skips its BOM. */
int tree_begin(struct tree_builder *b, struct cursor *text, struct tree_error *ret_error);
/* The tree is complete: hand it over. After an error: release it. Returns the error. */
int tree_end(struct tree_builder *b, struct tree *ret);
/* The key of the next node. */
int tree_name(struct tree_builder *b, const void *name, size_t bytes, uint32_t line);
/* A node without text below the open one, or the root; NULL on error. */
struct tree_node *tree_add(struct tree_builder *b, enum tree_kind kind, uint32_t line);
/* The same with a copy of the text. */
struct tree_node *tree_add_text(
	struct tree_builder *b, enum tree_kind kind, uint32_t line, const void *text, size_t bytes);
int tree_set_text(struct tree_builder *b, struct tree_node *n, const void *text, size_t bytes);
/* A list or map, open until tree_close. */
struct tree_node *tree_open(struct tree_builder *b, enum tree_kind kind, uint32_t line);
void tree_close(struct tree_builder *b);
/* No two children of the open node have the same name; else an error with the second one's line:
 * who reads the first and who reads the last of them read different things. */
int tree_names_once(struct tree_builder *b);
/* Keep the first error; returns it. */
int tree_fail(struct tree_builder *b, uint32_t line, const char *why);
int tree_no_memory(struct tree_builder *b);

struct tree_lines tree_lines(struct cursor text);
/* The line of a place that is not before the last one asked for. */
uint32_t tree_line(struct tree_lines *l, const uint8_t *at);
