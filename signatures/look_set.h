/* SPDX-License-Identifier: Apache-2.0 */
/* Which protected names a name looks like. Of the label that was registered a few hashes are looked
 * up: its own, those of it with one character left out (two labels one edit apart share one of
 * these, or one of them is one of the other), and those of the parts that a brand beside a word may
 * be. What is found is then compared. A label of 12 letters costs some 30 lookups, the worst (63
 * octets with 31 hyphens) some 650, each of at most LOOK_STEPS_MAX steps; most end at a filter.
 * docs/decisions/0024 */
#pragma once

#include "signatures/look_names.h"

struct look_set;

/* A label with the sums of its beginnings: those of every part follow from them. */
struct look_sums {
	struct look_label label;
	uint64_t sums[LOOK_LABEL_MAX + 1];
};

/* Working storage of whoever asks, zero at first: too large to be cleared for every name. */
struct look_question {
	const struct look_set *set;
	const uint8_t *name; /* that is asked for */
	size_t bytes;
	const uint8_t *label; /* that was registered, in it */
	struct look_domain domain;
	bool owned_known, owned;
	unsigned set_asked; /* exceptions that were asked last, and their answer */
	bool set_owned;
	uint32_t *found;
	unsigned count;
	uint64_t is_found[LOOK_PROTECTED_MAX / 64 + 1]; /* bits; between questions all are zero */
	struct look_sums looks;                         /* of the label */
	struct look_sums other;                         /* of it joined, of a sub-domain */
};

/* The view and the section are borrowed; protected names are the entries from `begin` on. With none
 * *ret becomes NULL. -E2BIG: more of them are alike than can be looked up in bounded time;
 * *ret_crowded is the entry that is one too many. */
int look_set_new(struct look_set **ret, const struct sigdb_view *view,
	const struct look_section *section, size_t begin, size_t *ret_crowded);
void look_set_free(struct look_set *s);

/* Numbers of entries, each once, in no order; returns how many. There is room for all protected
 * names. The name is in lower case and without a trailing dot. `s` may be NULL. */
unsigned look_set_find(const struct look_set *s, struct look_question *q, const uint8_t *name,
	size_t bytes, uint32_t *ret_indices);
/* How it looks like the entry of that number; false when it does not. */
bool look_set_tell(const struct look_set *s, struct look_question *q, uint32_t index,
	const uint8_t *name, size_t bytes, struct look_alike *ret);
