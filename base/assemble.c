/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assemble.h"

#include <assert.h>
#include <string.h>

void assemble_init(struct assemble *a, void *storage, size_t size)
{
	assert(size <= UINT32_MAX && size % 8 == 0);
	*a = (struct assemble){.bytes = storage, .size = (uint32_t)size};
	memset(a->bytes + size, 0, size / 8);
}

void assemble_move(struct assemble *a, void *storage, size_t size)
{
	struct assemble old = *a;

	assert(size >= a->size);
	assemble_init(a, storage, size);
	memcpy(a->bytes, old.bytes, old.size);
	memcpy(a->bytes + size, old.bytes + old.size, old.size / 8);
	a->ready = old.ready;
	a->end = old.end;
	a->conflict = old.conflict;
	a->full = old.full;
}

/* Octets [at, to), which share one octet of bits: what is there stays. */
static void fill(struct assemble *a, uint32_t at, uint32_t to, const uint8_t *piece)
{
	uint8_t *there = a->bytes + a->size + at / 8;
	uint8_t mask = (uint8_t)((0xffu << at % 8) & (0xffu >> (7 - (to - 1) % 8)));

	if (!(*there & mask)) {
		memcpy(a->bytes + at, piece, to - at);
		*there |= mask;
		return;
	}
	for (; at < to; at++, piece++) {
		uint8_t bit = (uint8_t)(1u << at % 8);

		if (!(*there & bit))
			a->bytes[at] = *piece;
		else if (a->bytes[at] != *piece)
			a->conflict = true;
		*there |= bit;
	}
}

/* Octets from `at` on, a multiple of 8, of which none is there: so many as are copied at once, a
 * multiple of 8 and at most `bytes`. */
static uint32_t fill_free(struct assemble *a, uint32_t at, uint32_t bytes, const uint8_t *piece)
{
	uint8_t *there = a->bytes + a->size + at / 8;
	uint32_t count = 0;

	while (bytes / 8 > count && !there[count])
		count++;
	memset(there, 0xff, count);
	memcpy(a->bytes + at, piece, (size_t)count * 8);
	return count * 8;
}

static void advance(struct assemble *a)
{
	const uint8_t *there = a->bytes + a->size;

	while (a->ready < a->end && there[a->ready / 8] >> a->ready % 8 & 1)
		a->ready += a->ready % 8 == 0 && there[a->ready / 8] == 0xff ? 8 : 1;
}

void assemble_shift(struct assemble *a, uint32_t count)
{
	uint8_t *there = a->bytes + a->size;

	assert(count % 8 == 0 && count <= a->ready);
	memmove(a->bytes, a->bytes + count, a->end - count);
	memmove(there, there + count / 8, (a->size - count) / 8);
	memset(there + (a->size - count) / 8, 0, count / 8);
	a->ready -= count;
	a->end -= count;
}

void assemble_give_up(struct assemble *a, uint32_t offset)
{
	uint8_t *there = a->bytes + a->size;

	assert(offset <= a->end);
	memset(there, 0xff, offset / 8);
	if (offset % 8)
		there[offset / 8] |= (uint8_t)(0xff >> (8 - offset % 8));
	if (a->ready < offset)
		a->ready = offset;
	advance(a);
}

void assemble_add(struct assemble *a, uint64_t offset, const void *piece, size_t bytes)
{
	const uint8_t *from = piece;
	uint32_t at, end;

	if (bytes == 0)
		return;
	if (offset >= a->size || bytes > a->size - offset)
		a->full = true;
	if (offset >= a->size)
		return;
	if (bytes > a->size - offset)
		bytes = (size_t)(a->size - offset);
	end = (uint32_t)(offset + bytes);
	for (at = (uint32_t)offset; at < end;) {
		uint32_t to = (at | 7) + 1 < end ? (at | 7) + 1 : end;
		uint32_t whole = at % 8 == 0 ? fill_free(a, at, end - at, from) : 0;

		if (whole)
			to = at + whole;
		else
			fill(a, at, to, from);
		from += to - at;
		at = to;
	}
	if (end > a->end)
		a->end = end;
	advance(a);
}
