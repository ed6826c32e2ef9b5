/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assemble.h"

#include <assert.h>
#include <string.h>

void assemble_init(struct assemble *a, void *storage, size_t bytes)
{
	assert(bytes <= UINT32_MAX);
	*a = (struct assemble){.bytes = storage, .size = (uint32_t)bytes};
}

/* Replace ranges [first, end) by one. */
static void replace(struct assemble *a, uint32_t first, uint32_t end, struct assemble_range by)
{
	memmove(a->ranges + first + 1, a->ranges + end,
		(a->range_count - end) * sizeof(a->ranges[0]));
	a->ranges[first] = by;
	a->range_count = a->range_count - (end - first) + 1;
}

/* Keep what is there, note where the new octets differ, and fill the holes between. */
static void fill(struct assemble *a, const struct assemble_range *there, uint32_t count,
	struct assemble_range new, const uint8_t *piece)
{
	uint32_t at = new.from;

	for (uint32_t i = 0; i < count && at < new.to; i++) {
		uint32_t from = there[i].from, to = there[i].to < new.to ? there[i].to : new.to;

		if (from > new.to)
			from = new.to;
		if (at < from) {
			memcpy(a->bytes + at, piece + (at - new.from), from - at);
			at = from;
		}
		if (at < to) {
			if (memcmp(a->bytes + at, piece + (at - new.from), to - at) != 0)
				a->conflict = true;
			at = to;
		}
	}
	if (at < new.to)
		memcpy(a->bytes + at, piece + (at - new.from), new.to - at);
}

void assemble_add(struct assemble *a, uint64_t offset, const void *piece, size_t bytes)
{
	struct assemble_range new, merged;
	uint32_t first = 0, end;

	if (bytes == 0)
		return;
	if (offset >= a->size || bytes > a->size - offset)
		a->full = true;
	if (offset >= a->size)
		return;
	if (bytes > a->size - offset)
		bytes = (size_t)(a->size - offset);
	new = (struct assemble_range){(uint32_t)offset, (uint32_t)(offset + bytes)};

	/* the ranges that it overlaps or touches are [first, end) */
	while (first < a->range_count && a->ranges[first].to < new.from)
		first++;
	end = first;
	while (end < a->range_count && a->ranges[end].from <= new.to)
		end++;
	if (first == end && a->range_count == ASSEMBLE_RANGES_MAX) {
		a->full = true;
		return;
	}
	fill(a, a->ranges + first, end - first, new, piece);
	merged = new;
	if (first < end) {
		if (a->ranges[first].from < merged.from)
			merged.from = a->ranges[first].from;
		if (a->ranges[end - 1].to > merged.to)
			merged.to = a->ranges[end - 1].to;
	}
	replace(a, first, end, merged);
}

size_t assemble_ready(const struct assemble *a)
{
	return a->range_count && a->ranges[0].from == 0 ? a->ranges[0].to : 0;
}
