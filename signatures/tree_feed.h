/* SPDX-License-Identifier: Apache-2.0 */
/* What loaders take from the tree of a feed. All of them take NULL for a node and find nothing. */
#pragma once

#include "signatures/span.h"
#include "signatures/tree.h"

#define DISARM_IDS_BYTES 256

/* The text of a node, or of a node's child; empty when there is none. */
static inline struct span node_span(const struct tree_node *n)
{
	return n && n->text ? (struct span){n->text, n->text_bytes} : (struct span){NULL, 0};
}

static inline struct span tree_span(const struct tree_node *n, const char *name)
{
	return node_span(tree_get(n, name));
}

/* The same without blanks round it. */
static inline struct span tree_span_trimmed(const struct tree_node *n, const char *name)
{
	return span_trim(tree_span(n, name));
}

/* An attribute of an XML element, by its name with `@`. They are its first children: an element
 * that has very many others does not make this slow. */
static inline struct span tree_attribute(const struct tree_node *n, const char *name)
{
	const struct tree_node *child = tree_first(n);

	while (child && *child->name == '@' && !tree_is(child, name))
		child = child->next;
	return child && *child->name == '@' ? span_trim(node_span(child)) : (struct span){"", 0};
}

/* true, 1, "true", "1" */
bool tree_true(const struct tree_node *n, const char *name);
/* false, 0, "false", "0": said, and said so */
bool tree_false(const struct tree_node *n, const char *name);
/* 0 to 100, as confidence is; 0 for everything else */
uint8_t tree_percent(const struct tree_node *n, const char *name);
/* Octets 8-4-4-4-12 in hexadecimal. */
bool span_is_uuid(struct span s);

/* Technique ids of DISARM, separated by blanks. T1000 and above are ATT&CK's. */
struct disarm_ids {
	char text[DISARM_IDS_BYTES];
	size_t bytes;
};

/* Adds those that stand in a text, `T0149.004` in `disarm:T0149.004` say, once each. */
void disarm_add(struct disarm_ids *ids, struct span text);
