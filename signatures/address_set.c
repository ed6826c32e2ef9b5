/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/address_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* Within one length of prefix: by address, then port. */
static int compare_ranges(const struct address_range *a, const struct address_range *b)
{
	int order = memcmp(a->address, b->address, 16);

	return order ? order : (a->port > b->port) - (a->port < b->port);
}

static int compare_entries(const void *a, const void *b)
{
	const struct address_entry *x = a, *y = b;
	int order;

	if (x->range.bits != y->range.bits)
		return x->range.bits < y->range.bits ? -1 : 1;
	order = compare_ranges(&x->range, &y->range);
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

void address_set_init(struct address_set *s, struct address_entry *entries, size_t count)
{
	*s = (struct address_set){.entries = entries, .count = count};
	if (count)
		qsort(entries, count, sizeof(*entries), compare_entries);
	for (size_t i = 0; i < count; i++) {
		uint8_t bits = entries[i].range.bits;

		if (i && bits == entries[i - 1].range.bits)
			s->groups[s->group_count - 1].count++;
		else
			s->groups[s->group_count++] = (struct address_group){(uint32_t)i, 1, bits};
	}
}

void address_set_done(struct address_set *s)
{
	free(steal(s->entries));
}

static unsigned find_in_group(const struct address_set *s, const struct address_group *group,
	const struct address_range *wanted, uint32_t *ret_indices, unsigned most)
{
	size_t low = group->begin, end = low + group->count, high = end;
	unsigned found = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_ranges(&s->entries[middle].range, wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low < end && found < most && compare_ranges(&s->entries[low].range, wanted) == 0)
		ret_indices[found++] = s->entries[low++].index;
	return found;
}

/* `outer`: the address that this one was reached by, whose ranges were found before; or NULL. */
static unsigned find(const struct address_set *s, const uint8_t address[16], uint16_t port,
	const uint8_t *outer, uint32_t *ret_indices, unsigned most)
{
	unsigned found = 0;

	for (size_t i = 0; i < s->group_count; i++) {
		struct address_range wanted = {.bits = s->groups[i].bits};

		memcpy(wanted.address, address, 16);
		address_mask(wanted.address, wanted.bits);
		if (outer && address_range_covers(&wanted, outer, 0))
			continue;
		found += find_in_group(
			s, &s->groups[i], &wanted, ret_indices + found, most - found);
		wanted.port = port;
		if (port)
			found += find_in_group(
				s, &s->groups[i], &wanted, ret_indices + found, most - found);
	}
	return found;
}

unsigned address_set_find(const struct address_set *s, const uint8_t address[16], uint16_t port,
	uint32_t *ret_indices, unsigned most)
{
	unsigned found = find(s, address, port, NULL, ret_indices, most);
	uint8_t inner[16];

	if (address_inner(inner, address))
		found += find(s, inner, port, address, ret_indices + found, most - found);
	return found;
}
