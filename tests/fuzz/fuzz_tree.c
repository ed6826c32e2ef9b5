/* SPDX-License-Identifier: Apache-2.0 */
/* The first octet chooses the parser, the rest is the document. What comes back is a tree within
 * its limits, of clean text, with lines that are in the document; or an error that says where. */
#include <errno.h>

#include "base/text.h"
#include "signatures/tree.h"
#include "tests/fuzz/fuzz.h"

static void check_text(const char *text, size_t bytes, size_t bytes_max)
{
	size_t at = 0;
	uint32_t c;

	assert(bytes <= bytes_max && strlen(text) == bytes);
	while (at < bytes) {
		unsigned length = text_char((const uint8_t *)text + at, bytes - at, &c);

		assert(length);
		at += length;
	}
}

static void check_node(const struct tree_node *n, size_t lines_max)
{
	assert(n->line >= 1 && n->line <= lines_max);
	check_text(n->name, n->name_bytes, TREE_NAME_BYTES_MAX);
	if (n->text)
		check_text(n->text, n->text_bytes, (size_t)3 * TREE_TEXT_BYTES_MAX);
	else
		assert(!n->text_bytes);
	switch ((enum tree_kind)n->kind) {
	case TREE_NULL:
		assert(!n->text && !n->first);
		break;
	case TREE_BOOL:
	case TREE_NUMBER:
	case TREE_TEXT:
		assert(n->text && !n->first);
		break;
	case TREE_LIST:
		assert(!n->text);
		break;
	case TREE_MAP:
		break;
	}
}

/* Every node once, by next and parent alone. */
static size_t check_tree(const struct tree *t, size_t lines_max)
{
	const struct tree_node *n = t->root;
	size_t count = 0, depth = 0;

	assert(!n->parent && !n->next);
	while (n) {
		check_node(n, lines_max);
		count++;
		if (n->first) {
			assert(n->first->parent == n && tree_get(n, n->first->name) == n->first);
			n = n->first;
			depth++;
			assert(depth <= TREE_DEPTH_MAX);
			continue;
		}
		while (n && !n->next) {
			n = n->parent;
			depth -= n != NULL;
		}
		if (n) {
			assert(n->next->parent == n->parent);
			n = n->next;
		}
	}
	assert(depth == 0);
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const parsers[])(struct tree *, struct cursor, struct tree_error *) = {
		tree_json, tree_xml, tree_yaml};
	struct tree tree = {0};
	struct tree_error error = {0};
	uint8_t which = fuzz_take(&data, &size) % 3;
	uint8_t *copy = fuzz_copy(data, size);
	int r = parsers[which](&tree, cur_init(copy, size), &error);

	free(copy); /* the tree does not need it */
	if (r == 0) {
		/* libyaml knows more line ends than we do, of two octets at least */
		assert(check_tree(&tree, size + 1) == tree.node_count);
	} else {
		assert(r == -EBADMSG && !tree.root && *error.text && error.line >= 1);
		assert(error.line <= size + 1);
		assert(!memchr(error.text, '\n', strlen(error.text)));
	}
	tree_done(&tree);
	return 0;
}
