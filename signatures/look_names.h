/* SPDX-License-Identifier: Apache-2.0 */
/* The names of a section LOOK, looked up: which part of a name somebody registered, and whether it
 * belongs to who is protected. Built once, asked without memory. */
#pragma once

#include "base/siphash.h"
#include "signatures/look_section.h"

#define LOOK_STEPS_MAX 512 /* on the way to a name or a hash; more is refused */

struct look_names {
	struct look_section section; /* borrowed */
	uint32_t *slots;             /* owned: offset and one, 0: free */
	uint32_t mask;
	uint64_t *filter; /* owned: the last two labels of the rules */
	uint32_t filter_words;
	bool walk_always;   /* a rule is about one label that is not of two letters */
	uint32_t wide[26];  /* two letters: all that has one label more is a suffix */
	unsigned label_max; /* of the names */
};

/* What somebody registered of a name: from `begin` to its end; the label is its first octets. */
struct look_domain {
	size_t begin, label_bytes;
};

/* -E2BIG: more names have hashes that collide than chance would make. */
int look_names_init(struct look_names *n, const struct look_section *section);
void look_names_done(struct look_names *n);
/* False when the name is a public suffix, or has an empty label there. In lower case, without a
 * trailing dot. */
bool look_names_domain(
	const struct look_names *n, const uint8_t *name, size_t bytes, struct look_domain *ret);
/* It is one of these exceptions or below one; of 0: a protected name or below one. */
bool look_names_own(const struct look_names *n, unsigned set, const uint8_t *name, size_t bytes);
