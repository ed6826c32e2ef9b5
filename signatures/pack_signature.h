/* SPDX-License-Identifier: Apache-2.0 */
/* What our own signature files have: the keys that say what is known of a value, and hand-written
 * signatures. */
#pragma once

#include "signatures/builder.h"
#include "signatures/exact_set.h"
#include "signatures/expression_read.h"
#include "signatures/said.h"
#include "signatures/tree.h"

#define PACK_NAME_BYTES_MAX 64

/* Keys of one map as they are read one after another: `= {0}` at first. */
struct pack_keys {
	uint64_t seen;
	char why[SAID_WHY_BYTES];
};

/* What is known of a set, of a value or of a signature: why it cannot be used, in `keys` or
 * constant, or NULL. */
const char *pack_set_key(struct pack_keys *keys, struct candidate *c, const struct tree_node *n);
/* The same for what is written of a protected name or a signature, which has no type or scope. */
const char *pack_set_own_key(
	struct pack_keys *keys, struct candidate *c, const struct tree_node *n);
/* A key that a map has beside these, by its number: why it cannot be there, or NULL. */
const char *pack_other_key(struct pack_keys *keys, const struct tree_node *n, unsigned number);
/* Tells that. `others`: the keys that the map has beside these, ended by NULL; `of_values`: type
 * and scope too. */
void pack_problem(struct problems *p, const struct tree_node *n, const char *why,
	const char *const *others, bool of_values);

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
