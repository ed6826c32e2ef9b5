/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a record in the order in which a dissector gave them. A store keeps arrays of
 * objects as columns, all names of the answers before all their data; the probe had each answer
 * whole, and what it found first is what it told. */
#pragma once

#include "base/record.h"

/* Fields of one array of objects, and such arrays in a record; those with more, and those beyond,
 * come as they lie. */
#define ROW_WALK_FIELDS   16
#define ROW_WALK_SECTIONS 16

struct row_walk {
	const struct record *record;
	struct record_value at;
	/* Those that were met, by the key of one of their fields. */
	struct row_section {
		const char *key; /* borrowed */
		bool walked;     /* else it comes as it lies */
	} sections[ROW_WALK_SECTIONS];
	size_t section_count;
	/* The array that is walked now: of each of its fields the value that comes next. */
	struct record_value heads[ROW_WALK_FIELDS];
	size_t head_count, head;
};

void row_walk_init(struct row_walk *w, const struct record *r);
bool row_walk_next(struct row_walk *w, struct record_value *ret);
