/* SPDX-License-Identifier: Apache-2.0 */
/* Flows by key, in memory of fixed size. A keyed hash names two buckets of a cache line each and a
 * flow lies in one of them: a look-up touches two lines at the most, whatever keys are sent. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/siphash.h"
#include "probe/flow/flow.h"

#define FLOW_NONE UINT32_MAX

struct flow_bucket;

struct flow_table {
	struct siphash_key key;
	struct flow *flows;          /* `capacity` of them */
	struct flow_bucket *buckets; /* a power of two */
	uint64_t bucket_mask;
	uint32_t capacity;
	uint32_t live;
	uint32_t unused;    /* flows from here on were never used */
	uint32_t free_head; /* of flows used before, linked by next */
};

int flow_table_init(struct flow_table *t, uint32_t capacity, const struct siphash_key *key);
void flow_table_done(struct flow_table *t);

static inline uint64_t flow_hash(const struct flow_table *t, const struct flow_key *key)
{
	return siphash13(&t->key, key, sizeof(*key));
}

static inline bool flow_key_equal(const struct flow_key *a, const struct flow_key *b)
{
	uint64_t x[sizeof(*a) / 8], y[sizeof(*b) / 8], differ = 0;

	memcpy(x, a, sizeof(x)); /* memcmp would be called for so many octets */
	memcpy(y, b, sizeof(y));
	for (size_t i = 0; i < ARRAY_LEN(x); i++)
		differ |= x[i] ^ y[i];
	return differ == 0;
}

/* Two steps before a look-up, so that it need not wait for memory: fetch the buckets; then see
 * which flow it probably is, and fetch that. FLOW_NONE: probably new. */
void flow_table_prefetch(const struct flow_table *t, uint64_t hash);
uint32_t flow_table_candidate(const struct flow_table *t, uint64_t hash);

/* Whether it was right, whatever happened to the table meanwhile. */
static inline bool flow_table_is(
	const struct flow_table *t, uint32_t candidate, const struct flow_key *key)
{
	return candidate != FLOW_NONE && flow_key_equal(&t->flows[candidate].key, key);
}

/* Before a flow's end: what hangs on it. */
static inline void flow_prefetch_end(const struct flow *f)
{
	__builtin_prefetch(f->facts);
	__builtin_prefetch((const char *)f->facts + 64);
	__builtin_prefetch(f->inspection);
}

/* FLOW_NONE when it is not there. */
uint32_t flow_table_find(const struct flow_table *t, uint64_t hash, const struct flow_key *key);
/* A zeroed flow with its key, which must not be there yet; FLOW_NONE when the table is full. */
uint32_t flow_table_add(struct flow_table *t, uint64_t hash, const struct flow_key *key);
void flow_table_remove(struct flow_table *t, uint32_t index);
