/* SPDX-License-Identifier: Apache-2.0 */
/* What conditions are made of, for the two files of them. */
#pragma once

#include "signatures/address_set.h"
#include "signatures/conditions.h"
#include "signatures/exact_set.h"
#include "signatures/expression.h"
#include "signatures/texts.h"

#define ATOM_NONE         UINT32_MAX
#define CONDITIONS_SELDOM 1000 /* weights below: signatures that wait for these go first */

/* A value of a field that leaves ask for, each once. */
struct atom {
	uint32_t next;   /* of the same pattern; ATOM_NONE: none */
	uint32_t weight; /* how often it is touched, by guess, times the signatures that have it */
	uint8_t field;
};

struct condition {
	uint32_t node;  /* its first one */
	uint32_t index; /* of its indicator */
	bool late;
};

/* Triggers: which signatures an atom may make hold. */
struct trigger {
	uint32_t atom, signature;
};

struct conditions {
	struct expression_node *nodes; /* owned, as all below */
	uint32_t *atom_of;             /* of each node that is a leaf; ATOM_NONE: of a number */
	size_t node_count, node_size;
	struct condition *signatures;
	size_t signature_count;
	struct atom *atoms;
	size_t atom_count, atom_size;
	struct trigger *triggers; /* by atom, then signature */
	size_t trigger_count, trigger_size;
	uint32_t *trigger_begin; /* of each atom, and the end of the last */

	struct texts texts;        /* values of the nodes */
	struct exact_set texts_of; /* whole values and endings of names, by leaf_key */
	struct address_set addresses;
	struct exact_set pattern_numbers; /* by class and kind of pattern */
	struct pattern_list list;
	uint32_t *pattern_atoms[PATTERN_CLASSES]; /* first atom of each pattern */
	struct patterns *patterns;
	bool compiled;
	uint8_t kinds[SIGNATURE_FIELDS_MAX]; /* bits of enum leaf_kind, by field */
	uint32_t agents_begin;
	struct signature_fields fields;
};

/* Fills the triggers, when all else of the signatures is read. */
int conditions_add_triggers(struct conditions *c);

/* Room for one more in an array that grows. */
int conditions_grow(void **items, size_t *size, size_t count, size_t item_bytes);

static inline uint32_t leaf_key(unsigned field, unsigned kind)
{
	return field << 3 | kind;
}

/* Of the class that a leaf's pattern is scanned with. */
static inline enum pattern_class pattern_class_of(enum signature_class class)
{
	return class == CLASS_NAME || class == CLASS_DATA ? PATTERNS_NAMES : PATTERNS_TEXTS;
}
