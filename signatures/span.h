/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of the text of a feed: lines, fields, words. All are borrowed. */
#pragma once

#include "base/cursor.h"
#include "signatures/builder.h"
#include "signatures/tree.h"

struct span_lines {
	struct cursor in;
	uint32_t line; /* of the one read last, from 1 */
};

static inline struct span_lines span_lines(struct cursor text)
{
	return (struct span_lines){.in = text};
}

/* The next line without its end (LF, CR LF or CR); false when there is none. */
bool span_next_line(struct span_lines *lines, struct span *ret);
/* What is before the first `at`, which is taken off with it; all when there is none. */
struct span span_cut(struct span *rest, char at);
/* Without the blanks round it. */
struct span span_trim(struct span s);

/* ASCII, upper and lower case alike. */
bool span_is(struct span s, const char *word);
bool span_begins(struct span s, const char *word);
bool span_ends(struct span s, const char *word);
/* Decimal digits and nothing else, no larger than `most`. */
bool span_number(struct span s, uint32_t most, uint32_t *ret);
/* The value of a hexadecimal digit, -1: it is none. */
int span_hex(char c);
/* How sure a feed is, 1 to 100: a number up to 100, or the words of STIX 2.1 appendix A with the
 * numbers that stand there for them. 0: it does not say. */
uint8_t span_confidence(struct span s);

/* The text of a node of a tree; empty when it has none or there is no node. */
static inline struct span span_of_node(const struct tree_node *n)
{
	return n && n->text ? (struct span){n->text, n->text_bytes} : (struct span){"", 0};
}

/* An attribute of an XML element, by its name with `@`. They are its first children: an element
 * that has very many others does not make this slow. */
static inline struct span span_of_attribute(const struct tree_node *n, const char *name)
{
	const struct tree_node *child = tree_first(n);

	while (child && *child->name == '@' && !tree_is(child, name))
		child = child->next;
	return child && *child->name == '@' ? span_trim(span_of_node(child)) : (struct span){"", 0};
}

static inline struct span span_of_child(const struct tree_node *n, const char *name)
{
	return span_trim(span_of_node(tree_get(n, name)));
}
