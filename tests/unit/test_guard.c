/* SPDX-License-Identifier: Apache-2.0 */
/* The traffic guard: who is quarantined, who is not, and what a day forgets. */
#include "probe/guard.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

#define DAY_NS 86400000000000ull
#define NOON   (20000 * DAY_NS + DAY_NS / 2)

static const struct guard_limits limits = GUARD_LIMITS_DEFAULT;

static struct guard *guard(unsigned workers, const struct guard_limits *of)
{
	const struct siphash_key key = {3, 4};
	struct guard *g;

	assert_int_equal(guard_new(&g, 5000, workers, of, &key), 0);
	return g;
}

static void client_address(uint8_t to[16], uint32_t number)
{
	static const uint8_t v4[12] = {[10] = 0xff, [11] = 0xff};

	memcpy(to, v4, sizeof(v4));
	for (unsigned i = 0; i < 4; i++)
		to[12 + i] = (uint8_t)(number >> (24 - 8 * i));
}

/* So many clients, each worker some of them, begin flows at noon. */
static void begin(struct guard *g, unsigned workers, uint32_t count)
{
	uint8_t address[16];

	for (uint32_t i = 0; i < count; i++) {
		client_address(address, i);
		guard_client(guard_tally(g, i % workers), address, NOON);
	}
}

static enum guard_answer touch(struct guard *g, unsigned worker, uint32_t index, uint32_t client)
{
	uint8_t address[16];

	client_address(address, client);
	return guard_touch(guard_tally(g, worker), index, address);
}

static void test_share(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 3; workers += 2) {
		struct guard *g = guard(workers, &limits);
		struct guard_verdict verdicts[8];

		begin(g, workers, 100000);          /* so 100 may touch one */
		for (uint32_t i = 0; i < 1000; i++) /* 1 % */
			assert_int_equal(touch(g, i % workers, 7, i), GUARD_FINE);
		for (uint32_t i = 0; i < 50; i++) /* 0.05 % */
			assert_int_equal(touch(g, i % workers, 8, i), GUARD_FINE);
		for (uint32_t i = 0; i < 5000; i++) /* three, again and again */
			assert_int_equal(touch(g, i % 3 % workers, 9, i % 3), GUARD_FINE);
		assert_int_equal(guard_judge(g, verdicts, 8), 1);
		assert_int_equal(verdicts[0].index, 7);
		assert_in_range(verdicts[0].clients, 900, 1100);
		assert_in_range(verdicts[0].active, 90000, 110000);
		assert_int_equal(touch(g, 0, 7, 1), GUARD_QUARANTINED);
		assert_true(guard_is_quarantined(g, 7));
		assert_false(guard_is_quarantined(g, 8) || guard_is_quarantined(g, 9));
		assert_int_equal(touch(g, 0, 8, 1), GUARD_FINE);
		assert_int_equal(guard_judge(g, verdicts, 8), 0); /* said once */
		guard_free(g);
	}
}

static void test_floor_and_ceiling(void **state)
{
	const struct guard_limits wide = {
		.share_ppm = 500000, .clients_max = 300, .clients_min = 10};
	struct guard *g = guard(1, &limits);
	struct guard_verdict verdicts[8];

	(void)state;
	begin(g, 1, 200); /* 0.1 % of them is none: ten may */
	for (uint32_t i = 0; i < 10; i++)
		(void)touch(g, 0, 1, i);
	for (uint32_t i = 0; i < 20; i++)
		(void)touch(g, 0, 2, i);
	assert_int_equal(guard_judge(g, verdicts, 8), 1);
	assert_int_equal(verdicts[0].index, 2);
	guard_free(g);

	g = guard(1, &wide);
	begin(g, 1, 2000); /* half of them is 1,000, but 300 is enough */
	for (uint32_t i = 0; i < 250; i++)
		(void)touch(g, 0, 1, i);
	for (uint32_t i = 0; i < 350; i++)
		(void)touch(g, 0, 2, i);
	assert_int_equal(guard_judge(g, verdicts, 8), 1);
	assert_int_equal(verdicts[0].index, 2);
	guard_free(g);
}

/* A host with many addresses of one /64 is one client. */
static void test_v6(void **state)
{
	struct guard *g = guard(1, &limits);
	uint8_t address[16] = {0x20, 0x01, 0x0d, 0xb8};
	struct guard_verdict verdict;

	(void)state;
	for (unsigned i = 0; i < 255; i++) {
		address[15] = (uint8_t)i;
		guard_client(guard_tally(g, 0), address, NOON);
		(void)guard_touch(guard_tally(g, 0), 1, address);
	}
	assert_int_equal(guard_judge(g, &verdict, 1), 0);
	for (unsigned i = 0; i < 255; i++) {
		address[7] = (uint8_t)i;
		(void)guard_touch(guard_tally(g, 0), 1, address);
	}
	assert_int_equal(guard_judge(g, &verdict, 1), 1);
	assert_in_range(verdict.clients, 230, 280);
	guard_free(g);
}

static void test_days(void **state)
{
	struct guard *g = guard(2, &limits);
	struct guard_verdict verdict;
	uint8_t address[16];

	(void)state;
	begin(g, 2, 100);
	for (uint32_t i = 0; i < 8; i++)
		(void)touch(g, 0, 1, i);
	client_address(address, 1);
	guard_client(guard_tally(g, 0), address, NOON + DAY_NS);
	for (uint32_t i = 8; i < 16; i++)
		(void)touch(g, 0, 1, i);
	for (uint32_t i = 0; i < 40; i++) /* a worker that is still in yesterday does not count */
		(void)touch(g, 1, 1, i);
	assert_int_equal(guard_judge(g, &verdict, 1), 0);
	for (uint32_t i = 16; i < 20; i++)
		(void)touch(g, 0, 1, i);
	assert_int_equal(guard_judge(g, &verdict, 1), 1);
	assert_int_equal(touch(g, 0, 1, 1), GUARD_QUARANTINED); /* and tomorrow, too */
	guard_client(guard_tally(g, 0), address, NOON + 2 * DAY_NS);
	assert_int_equal(touch(g, 0, 1, 1), GUARD_QUARANTINED);
	guard_free(g);
}

static void test_full(void **state)
{
	struct guard *g = guard(1, &limits);

	(void)state;
	begin(g, 1, 1);
	for (uint32_t i = 0; i < GUARD_TOUCHED_MAX; i++)
		assert_int_equal(touch(g, 0, i, 1), GUARD_FINE);
	assert_int_equal(touch(g, 0, GUARD_TOUCHED_MAX, 1), GUARD_UNCOUNTED);
	assert_int_equal(touch(g, 0, 0, 2), GUARD_FINE);
	guard_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_floor_and_ceiling),
		cmocka_unit_test(test_v6),
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
