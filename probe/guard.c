/* SPDX-License-Identifier: Apache-2.0 */
/* HyperLogLog with linear counting below (Flajolet and others, AofA 2007): 1,024 registers, whose
 * estimates are within about 3 %. A register has one writer; who judges reads beside it. */
#include "probe/guard.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"

#define REGISTERS    1024u
#define SLOTS        (2 * GUARD_TOUCHED_MAX)
#define DAY_NS       86400000000000ull
#define PPM          1000000u
#define HALF_ADDRESS 8

struct sketch {
	_Atomic uint8_t registers[REGISTERS];
};

struct guard_tally {
	const struct guard *guard;
	_Atomic uint32_t generation; /* odd while the worker clears it */
	_Atomic uint64_t day;
	uint32_t used;
	_Atomic uint32_t keys[SLOTS]; /* index and one; 0: free */
	struct sketch active, touched[SLOTS];
};

struct guard {
	struct siphash_key key;
	struct guard_limits limits;
	unsigned worker_count;
	size_t indicator_count;
	_Atomic uint64_t *quarantined; /* a bit each */
	struct guard_tally **tallies;
};

void guard_free(struct guard *g)
{
	if (!g)
		return;
	for (unsigned i = 0; g->tallies && i < g->worker_count; i++)
		free(g->tallies[i]);
	free(g->tallies);
	free(g->quarantined);
	free(g);
}

static void guard_free_ptr(struct guard **g)
{
	guard_free(*g);
}

int guard_new(struct guard **ret, size_t indicator_count, unsigned worker_count,
	const struct guard_limits *limits, const struct siphash_key *key)
{
	_cleanup_(guard_free_ptr) struct guard *g = calloc(1, sizeof(*g));

	if (!g)
		return -ENOMEM;
	g->key = *key;
	g->limits = *limits;
	g->worker_count = worker_count;
	g->indicator_count = indicator_count;
	g->quarantined = calloc(indicator_count / 64 + 1, sizeof(*g->quarantined));
	g->tallies = calloc(worker_count, sizeof(void *));
	if (!g->quarantined || !g->tallies)
		return -ENOMEM;
	for (unsigned i = 0; i < worker_count; i++) {
		g->tallies[i] = calloc(1, sizeof(**g->tallies));
		if (!g->tallies[i])
			return -ENOMEM;
		g->tallies[i]->guard = g;
	}
	*ret = steal(g);
	return 0;
}

struct guard_tally *guard_tally(const struct guard *g, unsigned worker)
{
	return g->tallies[worker];
}

bool guard_is_quarantined(const struct guard *g, uint32_t index)
{
	return atomic_load_explicit(&g->quarantined[index / 64], memory_order_relaxed) >>
		       (index % 64) &
	       1;
}

static void sketch_clear(struct sketch *s)
{
	for (unsigned i = 0; i < REGISTERS; i++)
		atomic_store_explicit(&s->registers[i], 0, memory_order_relaxed);
}

static void sketch_add(struct sketch *s, uint64_t hash)
{
	_Atomic uint8_t *r = &s->registers[hash % REGISTERS];
	uint8_t rank = (uint8_t)(__builtin_ctzll(hash / REGISTERS | 1ull << 53) + 1);

	if (rank > atomic_load_explicit(r, memory_order_relaxed))
		atomic_store_explicit(r, rank, memory_order_relaxed);
}

static void sketch_merge(uint8_t to[REGISTERS], const struct sketch *from)
{
	for (unsigned i = 0; i < REGISTERS; i++) {
		uint8_t rank = atomic_load_explicit(&from->registers[i], memory_order_relaxed);

		if (rank > to[i])
			to[i] = rank;
	}
}

static uint64_t estimate(const uint8_t registers[REGISTERS])
{
	const double m = REGISTERS, alpha = 0.7213 / (1 + 1.079 / m);
	double sum = 0, raw;
	unsigned zeros = 0;

	for (unsigned i = 0; i < REGISTERS; i++) {
		sum += ldexp(1, -registers[i]);
		zeros += registers[i] == 0;
	}
	raw = alpha * m * m / sum;
	if (raw <= 2.5 * m && zeros)
		raw = m * log(m / zeros);
	return (uint64_t)(raw + 0.5);
}

static uint64_t hash_of(const struct guard *g, const uint8_t address[16])
{
	return siphash13(&g->key, address, address_is_v4(address) ? 16 : HALF_ADDRESS);
}

/* A new day: all that was counted is forgotten. */
static void begin_day(struct guard_tally *t, uint64_t day)
{
	atomic_fetch_add(&t->generation, 1);
	for (unsigned i = 0; i < SLOTS; i++)
		atomic_store_explicit(&t->keys[i], 0, memory_order_relaxed);
	sketch_clear(&t->active);
	t->used = 0;
	atomic_store(&t->day, day);
	atomic_fetch_add(&t->generation, 1);
}

void guard_client(struct guard_tally *t, const uint8_t address[16], uint64_t clock_ns)
{
	uint64_t day = clock_ns / DAY_NS;

	if (day > atomic_load_explicit(&t->day, memory_order_relaxed))
		begin_day(t, day);
	sketch_add(&t->active, hash_of(t->guard, address));
}

/* Where an indicator is, or where it could be. */
static unsigned slot_of(const struct guard_tally *t, uint32_t index, bool *ret_found)
{
	unsigned slot = index * 2654435761u % SLOTS;

	for (;; slot = (slot + 1) % SLOTS) {
		uint32_t key = atomic_load_explicit(&t->keys[slot], memory_order_acquire);

		*ret_found = key == index + 1;
		if (!key || *ret_found)
			return slot;
	}
}

enum guard_answer guard_touch(struct guard_tally *t, uint32_t index, const uint8_t address[16])
{
	bool found;
	unsigned slot;

	if (guard_is_quarantined(t->guard, index))
		return GUARD_QUARANTINED;
	slot = slot_of(t, index, &found);
	if (!found) {
		if (t->used == GUARD_TOUCHED_MAX)
			return GUARD_UNCOUNTED;
		t->used++;
		sketch_clear(&t->touched[slot]);
		atomic_store_explicit(&t->keys[slot], index + 1, memory_order_release);
	}
	sketch_add(&t->touched[slot], hash_of(t->guard, address));
	return GUARD_FINE;
}

/* One pass over what the workers have of the latest day. */
struct judgement {
	struct guard *guard;
	uint64_t day, active, limit;
	struct guard_verdict *verdicts;
	unsigned room, count;
};

static bool is_of_day(const struct guard_tally *t, uint64_t day)
{
	return atomic_load_explicit(&t->day, memory_order_relaxed) == day;
}

static uint64_t clients_of(const struct judgement *j, unsigned from, uint32_t index)
{
	uint8_t merged[REGISTERS] = {0};

	for (unsigned i = from; i < j->guard->worker_count; i++) {
		const struct guard_tally *t = j->guard->tallies[i];
		bool found;
		unsigned slot = slot_of(t, index, &found);

		if (found && is_of_day(t, j->day))
			sketch_merge(merged, &t->touched[slot]);
	}
	return estimate(merged);
}

static bool was_seen_before(const struct judgement *j, unsigned worker, uint32_t index)
{
	bool found = false;

	for (unsigned i = 0; i < worker && !found; i++) {
		if (is_of_day(j->guard->tallies[i], j->day))
			(void)slot_of(j->guard->tallies[i], index, &found);
	}
	return found;
}

static void judge_tally(struct judgement *j, unsigned worker)
{
	const struct guard_tally *t = j->guard->tallies[worker];

	for (unsigned i = 0; i < SLOTS && j->count < j->room; i++) {
		uint32_t key = atomic_load_explicit(&t->keys[i], memory_order_acquire);
		uint64_t clients;

		if (!key || guard_is_quarantined(j->guard, key - 1) ||
			was_seen_before(j, worker, key - 1))
			continue;
		clients = clients_of(j, worker, key - 1);
		if (clients > j->limit)
			j->verdicts[j->count++] = (struct guard_verdict){
				key - 1, clients, j->active};
	}
}

/* How many clients may touch an indicator while so many are active. */
static uint64_t limit_of(const struct guard_limits *limits, uint64_t active)
{
	uint64_t most = active * limits->share_ppm / PPM;

	if (most > limits->clients_max)
		most = limits->clients_max;
	return most < limits->clients_min ? limits->clients_min : most;
}

static uint32_t generations(const struct guard *g, bool *ret_quiet)
{
	uint32_t sum = 0;

	*ret_quiet = true;
	for (unsigned i = 0; i < g->worker_count; i++) {
		uint32_t generation = atomic_load(&g->tallies[i]->generation);

		*ret_quiet = *ret_quiet && generation % 2 == 0;
		sum += generation;
	}
	return sum;
}

unsigned guard_judge(struct guard *g, struct guard_verdict *ret, unsigned room)
{
	struct judgement j = {.guard = g, .verdicts = ret, .room = room};
	uint8_t active[REGISTERS] = {0};
	bool quiet, still_quiet;
	uint32_t before = generations(g, &quiet);

	for (unsigned i = 0; i < g->worker_count; i++) {
		uint64_t day = atomic_load_explicit(&g->tallies[i]->day, memory_order_relaxed);

		j.day = day > j.day ? day : j.day;
	}
	for (unsigned i = 0; i < g->worker_count; i++) {
		if (is_of_day(g->tallies[i], j.day))
			sketch_merge(active, &g->tallies[i]->active);
	}
	j.active = estimate(active);
	j.limit = limit_of(&g->limits, j.active);
	for (unsigned i = 0; i < g->worker_count; i++) {
		if (is_of_day(g->tallies[i], j.day))
			judge_tally(&j, i);
	}
	/* a day that began meanwhile mixed two of them */
	if (generations(g, &still_quiet) != before || !quiet || !still_quiet)
		return 0;
	for (unsigned i = 0; i < j.count; i++)
		atomic_fetch_or(&g->quarantined[ret[i].index / 64], 1ull << (ret[i].index % 64));
	return j.count;
}
