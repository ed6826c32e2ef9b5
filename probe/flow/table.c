/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/flow/table.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "probe/flow/slab.h"

#define BUCKET_SLOTS 10

struct flow_bucket {
	uint16_t tags[BUCKET_SLOTS]; /* 0: empty */
	uint32_t flows[BUCKET_SLOTS];
	uint32_t unused;
};

_Static_assert(sizeof(struct flow_bucket) == 64, "a bucket is a cache line");

/* The buckets are by the two halves of the hash; the tag is of bits that no bucket number uses. */
struct place {
	uint64_t bucket[2];
	uint16_t tag;
};

static inline struct place place_of(const struct flow_table *t, uint64_t hash)
{
	struct place p = {.bucket = {hash & t->bucket_mask, hash >> 32 & t->bucket_mask},
		.tag = (uint16_t)((hash >> 60 << 4 | (hash >> 28 & 15)) * 0x101)};

	p.tag |= p.tag == 0;
	return p;
}

int flow_table_init(struct flow_table *t, uint32_t capacity, const struct siphash_key *key)
{
	uint64_t buckets = 16;

	/* At most five flows a bucket of ten: two full buckets do not happen by chance. */
	while (buckets * 5 < capacity)
		buckets *= 2;
	*t = (struct flow_table){.key = *key,
		.capacity = capacity,
		.bucket_mask = buckets - 1,
		.free_head = FLOW_NONE};
	t->flows = pages_map_huge((size_t)capacity * sizeof(struct flow));
	t->buckets = pages_map_huge(buckets * sizeof(struct flow_bucket));
	if (t->flows && t->buckets)
		return 0;
	flow_table_done(t);
	return -ENOMEM;
}

void flow_table_done(struct flow_table *t)
{
	pages_unmap(t->flows, (size_t)t->capacity * sizeof(struct flow));
	pages_unmap(t->buckets, (t->bucket_mask + 1) * sizeof(struct flow_bucket));
	*t = (struct flow_table){.capacity = 0};
}

void flow_table_prefetch(const struct flow_table *t, uint64_t hash)
{
	struct place p = place_of(t, hash);

	__builtin_prefetch(&t->buckets[p.bucket[0]]);
	__builtin_prefetch(&t->buckets[p.bucket[1]]);
}

uint32_t flow_table_candidate(const struct flow_table *t, uint64_t hash)
{
	struct place p = place_of(t, hash);

	for (unsigned i = 0; i < 2; i++) {
		const struct flow_bucket *b = &t->buckets[p.bucket[i]];

		for (unsigned slot = 0; slot < BUCKET_SLOTS; slot++) {
			if (b->tags[slot] == p.tag) {
				const char *flow = (const char *)&t->flows[b->flows[slot]];

				__builtin_prefetch(flow);
				__builtin_prefetch(flow + 64);
				return b->flows[slot];
			}
		}
	}
	return FLOW_NONE;
}

uint32_t flow_table_find(const struct flow_table *t, uint64_t hash, const struct flow_key *key)
{
	struct place p = place_of(t, hash);

	for (unsigned i = 0; i < 2; i++) {
		const struct flow_bucket *b = &t->buckets[p.bucket[i]];

		for (unsigned slot = 0; slot < BUCKET_SLOTS; slot++) {
			if (b->tags[slot] == p.tag &&
				flow_key_equal(&t->flows[b->flows[slot]].key, key))
				return b->flows[slot];
		}
	}
	return FLOW_NONE;
}

static int free_slot(const struct flow_bucket *b, unsigned *ret_count)
{
	int free = -1;

	*ret_count = 0;
	for (int slot = 0; slot < BUCKET_SLOTS; slot++) {
		if (b->tags[slot])
			(*ret_count)++;
		else
			free = slot;
	}
	return free;
}

static uint32_t flow_take(struct flow_table *t)
{
	uint32_t index = t->free_head;

	if (index != FLOW_NONE)
		t->free_head = t->flows[index].next;
	else if (t->unused < t->capacity)
		index = t->unused++;
	return index;
}

uint32_t flow_table_add(struct flow_table *t, uint64_t hash, const struct flow_key *key)
{
	struct place p = place_of(t, hash);
	struct flow_bucket *b[2] = {&t->buckets[p.bucket[0]], &t->buckets[p.bucket[1]]};
	unsigned count[2];
	int slot[2] = {free_slot(b[0], &count[0]), free_slot(b[1], &count[1])};
	unsigned choice = count[1] < count[0]; /* the emptier of two keeps all short */
	uint32_t index;

	if (slot[choice] < 0)
		return FLOW_NONE;
	index = flow_take(t);
	if (index == FLOW_NONE)
		return FLOW_NONE;
	b[choice]->tags[slot[choice]] = p.tag;
	b[choice]->flows[slot[choice]] = index;
	memset(&t->flows[index], 0, sizeof(struct flow));
	t->flows[index].key = *key;
	t->live++;
	return index;
}

void flow_table_remove(struct flow_table *t, uint32_t index)
{
	struct place p = place_of(t, flow_hash(t, &t->flows[index].key));

	for (unsigned i = 0; i < 2; i++) {
		struct flow_bucket *b = &t->buckets[p.bucket[i]];

		for (unsigned slot = 0; slot < BUCKET_SLOTS; slot++) {
			if (b->tags[slot] && b->flows[slot] == index) {
				b->tags[slot] = 0;
				/* no packet has it: what was a candidate is none any more */
				memset(&t->flows[index].key, 0xff, sizeof(t->flows[index].key));
				t->flows[index].next = t->free_head;
				t->free_head = index;
				t->live--;
				return;
			}
		}
	}
	assert(false); /* a flow is in its table */
}
