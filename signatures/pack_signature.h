/* SPDX-License-Identifier: Apache-2.0 */
/* What our own signature files have: the keys that say what is known of a value, and hand-written
 * signatures. */
#pragma once

#include "signatures/builder.h"
#include "signatures/exact_set.h"
#include "signatures/expression_read.h"
#include "signatures/tree.h"

#define PACK_NAME_BYTES_MAX 64

/* One key of a set, of a value or of a signature; why it cannot be used, or NULL. */
const char *pack_set_key(struct candidate *c, const struct tree_node *n);

/* Names of the signatures of one file. */
struct pack_names {
	struct exact_set set;
};

/* What a signature may be called, and what is said of another name. */
bool pack_is_name(const char *text, size_t bytes);
extern const char pack_why_name[];

int pack_names_init(struct pack_names *names, const struct tree_node *list);
void pack_names_done(struct pack_names *names);

struct pack_signature {
	struct candidate candidate; /* its texts are those of the tree */
	struct expression condition;
	char text[EXPRESSION_BYTES_MAX]; /* of the condition */
	struct problems problems;        /* any: it cannot be used */
};

/* 0 also when there are problems; -ENOMEM. */
int pack_signature_read(struct pack_signature *s, const struct tree_node *n,
	const struct suffix_list *suffixes, struct pack_names *names);
