/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/flow/table.h"
#include "probe/flow/wheel.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

static const struct siphash_key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

static struct flow_key flow_key_of(uint32_t n)
{
	struct flow_key k = {.protocol = 17};

	memcpy(k.address[0], &n, sizeof(n));
	return k;
}

static void siphash_is_what_it_says(void **state)
{
	/* SipHash-1-3 of 00 01 02 ... under the key 00..0f, as in the vectors of OpenBSD and Rust
	 */
	uint8_t in[8] = {0, 1, 2, 3, 4, 5, 6, 7};

	(void)state;
	assert_int_equal(siphash13(&key, in, 0), 0xabac0158050fc4dc);
	assert_int_equal(siphash13(&key, in, 1), 0xc9f49bf37d57ca93);
	assert_int_equal(siphash13(&key, in, 8), 0x369095118d299a8e);
}

static void finds_what_was_added(void **state)
{
	enum { COUNT = 20000 };
	struct flow_table t;

	(void)state;
	assert_int_equal(flow_table_init(&t, COUNT, &key), 0);
	for (uint32_t n = 0; n < COUNT; n++) {
		struct flow_key k = flow_key_of(n);
		uint64_t hash = flow_hash(&t, &k);

		assert_int_equal(flow_table_find(&t, hash, &k), FLOW_NONE);
		assert_int_not_equal(flow_table_add(&t, hash, &k), FLOW_NONE);
	}
	assert_int_equal(t.live, COUNT);
	for (uint32_t n = 0; n < COUNT; n++) {
		struct flow_key k = flow_key_of(n);
		uint32_t flow = flow_table_find(&t, flow_hash(&t, &k), &k);

		assert_int_not_equal(flow, FLOW_NONE);
		assert_memory_equal(&t.flows[flow].key, &k, sizeof(k));
		if (n % 2)
			flow_table_remove(&t, flow);
	}
	for (uint32_t n = 0; n < COUNT; n++) {
		struct flow_key k = flow_key_of(n);

		assert_int_equal(flow_table_find(&t, flow_hash(&t, &k), &k) == FLOW_NONE, n % 2);
	}
	assert_int_equal(t.live, COUNT / 2);
	flow_table_done(&t);
}

static void a_candidate_that_ended_is_none(void **state)
{
	struct flow_key k = flow_key_of(1), other = flow_key_of(2);
	struct flow_table t;
	uint32_t flow, candidate;
	uint64_t hash;

	(void)state;
	assert_int_equal(flow_table_init(&t, 64, &key), 0);
	hash = flow_hash(&t, &k);
	assert_int_equal(flow_table_candidate(&t, hash), FLOW_NONE);
	assert_false(flow_table_is(&t, FLOW_NONE, &k));
	flow = flow_table_add(&t, hash, &k);
	candidate = flow_table_candidate(&t, hash);
	assert_int_equal(candidate, flow);
	assert_true(flow_table_is(&t, candidate, &k));
	assert_false(flow_table_is(&t, candidate, &other)); /* the same tag says little */
	flow_table_remove(&t, flow);
	assert_false(flow_table_is(&t, candidate, &k));
	/* its place has been taken by another */
	assert_int_equal(flow_table_add(&t, flow_hash(&t, &other), &other), candidate);
	assert_false(flow_table_is(&t, candidate, &k));
	assert_true(flow_table_is(&t, candidate, &other));
	flow_table_done(&t);
}

static void full_is_an_answer(void **state)
{
	struct flow_table t;
	struct flow_key k;

	(void)state;
	assert_int_equal(flow_table_init(&t, 64, &key), 0);
	for (uint32_t n = 0; n < 64; n++) {
		k = flow_key_of(n);
		assert_int_not_equal(flow_table_add(&t, flow_hash(&t, &k), &k), FLOW_NONE);
	}
	k = flow_key_of(64);
	assert_int_equal(flow_table_add(&t, flow_hash(&t, &k), &k), FLOW_NONE);
	k = flow_key_of(7);
	flow_table_remove(&t, flow_table_find(&t, flow_hash(&t, &k), &k));
	k = flow_key_of(64);
	assert_int_not_equal(flow_table_add(&t, flow_hash(&t, &k), &k), FLOW_NONE);
	flow_table_done(&t);
}

struct clockwork {
	struct flow_table table;
	struct wheel wheel;
	uint64_t due[4096];
	uint32_t ended[4096];
	uint64_t ended_tick[4096];
	unsigned count;
};

static uint64_t due(void *context, uint32_t flow)
{
	return ((struct clockwork *)context)->due[flow];
}

static void end(void *context, uint32_t flow, uint64_t tick)
{
	struct clockwork *c = context;

	c->ended[c->count] = flow;
	c->ended_tick[c->count++] = tick;
	flow_table_remove(&c->table, flow);
}

static uint32_t clockwork_add(struct clockwork *c, uint32_t n, uint64_t tick)
{
	struct flow_key k = flow_key_of(n);
	uint32_t flow = flow_table_add(&c->table, flow_hash(&c->table, &k), &k);

	c->table.flows[flow].number = 1000000 - n; /* later ones have lower numbers */
	c->due[flow] = tick;
	wheel_add(&c->wheel, flow, tick);
	return flow;
}

static struct clockwork *clockwork_new(void)
{
	struct clockwork *c = calloc(1, sizeof(*c));

	assert_int_equal(flow_table_init(&c->table, 4096, &key), 0);
	wheel_init(&c->wheel, &c->table, 100 * WHEEL_TICK_NS);
	return c;
}

static void clockwork_free(struct clockwork *c)
{
	flow_table_done(&c->table);
	free(c);
}

static void ends_in_order_of_tick_and_number(void **state)
{
	struct clockwork *c = clockwork_new();

	(void)state;
	for (uint32_t n = 0; n < 3000; n++)
		clockwork_add(c, n, 101 + n * 7919u % 500);
	wheel_turn(&c->wheel, 100 * WHEEL_TICK_NS + WHEEL_TICK_NS / 2, due, end, c);
	assert_int_equal(c->count, 0);
	wheel_turn(&c->wheel, 700 * WHEEL_TICK_NS, due, end, c);
	assert_int_equal(c->count, 3000);
	assert_int_equal(c->table.live, 0);
	for (unsigned i = 1; i < c->count; i++) {
		assert_true(c->ended_tick[i - 1] <= c->ended_tick[i]);
		if (c->ended_tick[i - 1] == c->ended_tick[i])
			assert_true(c->table.flows[c->ended[i - 1]].number <
				    c->table.flows[c->ended[i]].number);
	}
	for (unsigned i = 0; i < c->count; i++)
		assert_int_equal(c->ended_tick[i], c->due[c->ended[i]]);
	clockwork_free(c);
}

static void later_deadlines_move_when_they_come(void **state)
{
	struct clockwork *c = clockwork_new();
	uint32_t flow = clockwork_add(c, 1, 110), removed = clockwork_add(c, 2, 110);

	(void)state;
	c->due[flow] = 110 + 3 * WHEEL_SLOTS; /* packets came; beyond the horizon even */
	wheel_remove(&c->wheel, removed);
	wheel_turn(&c->wheel, (110 + 3 * WHEEL_SLOTS - 1) * WHEEL_TICK_NS, due, end, c);
	assert_int_equal(c->count, 0);
	wheel_turn(&c->wheel, (110 + 3 * WHEEL_SLOTS) * WHEEL_TICK_NS, due, end, c);
	assert_int_equal(c->count, 1);
	assert_int_equal(c->ended_tick[0], 110 + 3 * WHEEL_SLOTS);
	clockwork_free(c);
}

static void a_leap_of_centuries_is_one_round(void **state)
{
	struct clockwork *c = clockwork_new();

	(void)state;
	clockwork_add(c, 1, 5000);
	wheel_turn(&c->wheel, UINT64_MAX, due, end, c);
	assert_int_equal(c->count, 1);
	assert_int_equal(c->ended_tick[0], 5000);
	clockwork_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_is_what_it_says),
		cmocka_unit_test(finds_what_was_added),
		cmocka_unit_test(a_candidate_that_ended_is_none),
		cmocka_unit_test(full_is_an_answer),
		cmocka_unit_test(ends_in_order_of_tick_and_number),
		cmocka_unit_test(later_deadlines_move_when_they_come),
		cmocka_unit_test(a_leap_of_centuries_is_one_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
