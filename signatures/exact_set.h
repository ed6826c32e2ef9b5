/* SPDX-License-Identifier: Apache-2.0 */
/* Texts looked up as a whole: open addressing, filled once, at most half full. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"

#define EXACT_NONE UINT32_MAX

struct exact_set {
	struct exact_slot {
		const char *text; /* borrowed; NULL: free */
		uint32_t bytes;
		uint32_t index;
		uint32_t kind; /* the same text may be in the set once a kind */
		uint32_t hash;
	} * slots;
	size_t mask;
	struct siphash_key key; /* another one for each set */
};

int exact_set_init(struct exact_set *s, size_t count_max);
void exact_set_done(struct exact_set *s);
/* The same may be added several times, but not often: each is looked at. */
void exact_set_add(struct exact_set *s, uint32_t kind, const char *text, uint32_t index);
/* The index it was first added with, or EXACT_NONE. */
uint32_t exact_set_find(const struct exact_set *s, uint32_t kind, const void *text, size_t bytes);
/* All indices it was added with, at most `size`; returns how many. */
unsigned exact_set_find_all(const struct exact_set *s, uint32_t kind, const void *text,
	size_t bytes, uint32_t *ret_indices, unsigned size);
