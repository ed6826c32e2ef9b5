/* SPDX-License-Identifier: Apache-2.0 */
/* Many workers, one order. */
#include "probe/outlet.h"

#include <pthread.h>

#include "base/schema.h"
#include "tests/unit/unit.h"

#define LANES   3
#define BURSTS  2000
#define RECORDS 7 /* a lane and burst at the most */

struct taken {
	struct order last;
	uint64_t count, sum;
	int fail_at; /* 0: never */
	bool disorder;
};

static int take(void *context, const struct order *order, const struct record *r)
{
	struct taken *t = context;

	if (t->count && order_compare(&t->last, order) > 0)
		t->disorder = true;
	t->last = *order;
	t->sum += record_get(r, &flow_fields[FLOW_START]);
	t->count++;
	return t->fail_at && t->count == (uint64_t)t->fail_at ? -5 : 0;
}

/* Each lane sends what is its share of a common sequence; the text makes records of many sizes. */
static void *lane(void *context)
{
	struct record_ring *ring = context;
	uint8_t storage[4096], text[1024] = {0};
	struct record r;

	for (uint64_t burst = 1; burst <= BURSTS; burst++) {
		struct order order = {.clock_ns = burst, .packet = true};

		for (unsigned i = 0; i < (burst * 7 + (uintptr_t)ring / 64) % RECORDS; i++) {
			order.number = burst * 100 + i;
			record_init(&r, &kind_flow, storage, sizeof(storage));
			record_number(&r, &flow_fields[FLOW_START], 1);
			record_text(
				&r, &flow_fields[FLOW_APP_PROTO], text, (burst * 37 + i) % 1024);
			record_ring_send(ring, &order, &r);
		}
		order.number = burst * 100 + 99;
		order.part = UINT32_MAX;
		record_ring_send(ring, &order, NULL);
	}
	record_ring_close(ring);
	return NULL;
}

static struct taken run_lanes(int fail_at)
{
	struct record_ring rings[LANES], *list[LANES];
	pthread_t threads[LANES];
	struct taken taken = {.fail_at = fail_at};
	struct outlet to = {.send = take, .context = &taken};
	uint64_t expected = 0;

	for (unsigned i = 0; i < LANES; i++) {
		assert_int_equal(record_ring_init(&rings[i], 1 << 17), 0);
		list[i] = &rings[i];
		for (uint64_t burst = 1; burst <= BURSTS; burst++)
			expected += (burst * 7 + (uintptr_t)&rings[i] / 64) % RECORDS;
		assert_int_equal(pthread_create(&threads[i], NULL, lane, &rings[i]), 0);
	}
	assert_int_equal(record_rings_merge(list, LANES, &to), fail_at ? -5 : 0);
	for (unsigned i = 0; i < LANES; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		record_ring_done(&rings[i]);
	}
	if (!fail_at) {
		assert_int_equal(taken.count, expected);
		assert_int_equal(taken.sum, expected);
	}
	return taken;
}

static void merges_in_order(void **state)
{
	(void)state;
	assert_false(run_lanes(0).disorder);
}

static void a_failing_writer_does_not_stop_the_workers(void **state)
{
	(void)state;
	assert_int_equal(run_lanes(100).count, 100);
}

static void timeouts_come_before_packets(void **state)
{
	struct order timeout = {.clock_ns = 5, .number = 9},
		     packet = {.clock_ns = 5, .number = 1, .packet = true};
	struct order second = packet;

	(void)state;
	second.part = 1;
	assert_true(order_compare(&timeout, &packet) < 0);
	assert_true(order_compare(&packet, &timeout) > 0);
	assert_true(order_compare(&packet, &second) < 0);
	assert_int_equal(order_compare(&packet, &packet), 0);
	packet.clock_ns = 4;
	assert_true(order_compare(&packet, &timeout) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merges_in_order),
		cmocka_unit_test(a_failing_writer_does_not_stop_the_workers),
		cmocka_unit_test(timeouts_come_before_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
