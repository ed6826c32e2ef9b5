/* SPDX-License-Identifier: Apache-2.0 */
/* The condition of a hand-written signature: `all`, `any` and `not` over leaves, each of which asks
 * for a value of one field of a flow (docs/feeds.md). A database keeps it as text, which is checked
 * whenever it is read:
 *
 *   CONDITION  all(CONDITION, ...)   any(CONDITION, ...)   not(CONDITION)   FIELD KIND "VALUE"
 *
 * In a value `\` stands before `"` and `\`. Only fields of infrastructure exist
 * (signature_field.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "signatures/signature_field.h"

#define EXPRESSION_NODES_MAX       256
#define EXPRESSION_DEPTH_MAX       8
#define EXPRESSION_BYTES_MAX       16384 /* of its text, with the closing zero */
#define EXPRESSION_VALUE_BYTES_MAX 512

enum expression_op { EXPRESSION_ALL, EXPRESSION_ANY, EXPRESSION_NOT, EXPRESSION_LEAF };

enum leaf_kind {
	LEAF_EXACT,
	LEAF_SUFFIX, /* of names: the name itself and what is below it */
	LEAF_PREFIX,
	LEAF_WILDCARD, /* `*` is anything, `?` one octet */
	LEAF_REGEX,    /* pattern.h says which */
	LEAF_ADDRESS,  /* an address or a prefix of addresses */
	LEAF_RANGE,    /* of numbers: 443 or 8000-8999 */
	LEAF_KINDS,
};

struct expression_node {
	uint8_t op;        /* enum expression_op */
	uint8_t kind;      /* of a leaf: enum leaf_kind */
	uint8_t field;     /* of a leaf: enum signature_field_id */
	uint16_t end;      /* index behind the last node below it */
	uint16_t low;      /* of a LEAF_RANGE */
	uint16_t high;     /* likewise, included */
	const char *value; /* of a leaf, in its normal form; in the expression's storage */
};

/* Nodes stand before what is below them. */
struct expression {
	struct expression_node nodes[EXPRESSION_NODES_MAX];
	size_t count;
	char storage[EXPRESSION_BYTES_MAX];
};

const char *leaf_kind_name(enum leaf_kind kind);
/* `all`, `any` or `not`. */
const char *expression_word(enum expression_op op);
/* Whether a field may be asked that way. */
bool leaf_kind_fits(enum leaf_kind kind, enum signature_class class);
/* NULL when the value is in the normal form that the matchers rely on, else what is wrong with it;
 * constant. */
const char *leaf_check(enum leaf_kind kind, enum signature_field_id field, const char *value);
/* `443` or `8000-8999`. */
bool leaf_range(const char *value, uint16_t *ret_low, uint16_t *ret_high);

/* -EBADMSG: it is none or beyond a limit; -EINVAL: it could hold where nothing is touched that
 * selects (expression_selects); *ret is whole then. */
int expression_parse(struct expression *ret, const char *text);

/* Whether each leaf holds, for expression_holds. */
typedef bool leaf_holds(void *context, const struct expression_node *leaf);

bool expression_holds(const struct expression_node *nodes, leaf_holds *holds, void *context);
/* Bits of the fields whose leaves hold, but for those of which it says that they must not. */
uint64_t expression_fields(const struct expression_node *nodes, leaf_holds *holds, void *context);
/* Whether the nodes can hold while every leaf that `may_hold` says false of is false and the others
 * are as they like: what asks for nothing but those is never enough. */
bool expression_can_hold(const struct expression_node *nodes, leaf_holds *may_hold, void *context);
/* A leaf whose field selects must hold for it to hold. */
bool expression_selects(const struct expression_node *nodes);
/* Bits of the fields that one of the nodes asks for. */
uint64_t expression_asks(const struct expression_node *nodes, size_t at);
/* Whether it may hold because a leaf of one of these fields does not. */
bool expression_denies(const struct expression_node *nodes, uint64_t fields);
/* It can be decided only when the flow has ended: it asks for the application, or for the absence
 * of what may still come. */
bool expression_is_late(const struct expression_node *nodes);
