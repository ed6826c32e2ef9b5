/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assemble.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

static void in_order(void **state)
{
	uint8_t storage[16];
	struct assemble a;

	(void)state;
	assemble_init(&a, storage, sizeof(storage));
	assert_int_equal(assemble_ready(&a), 0);
	assemble_add(&a, 0, "hello ", 6);
	assemble_add(&a, 6, "world", 5);
	assert_int_equal(assemble_ready(&a), 11);
	assert_memory_equal(storage, "hello world", 11);
	assert_int_equal(a.range_count, 1);
	assert_false(a.conflict || a.full);
}

static void out_of_order(void **state)
{
	uint8_t storage[16];
	struct assemble a;

	(void)state;
	assemble_init(&a, storage, sizeof(storage));
	assemble_add(&a, 6, "wor", 3);
	assemble_add(&a, 10, "d", 1);
	assert_int_equal(assemble_ready(&a), 0);
	assemble_add(&a, 0, "hello ", 6);
	assert_int_equal(assemble_ready(&a), 9);
	assemble_add(&a, 9, "l", 1);
	assert_int_equal(assemble_ready(&a), 11);
	assert_memory_equal(storage, "hello world", 11);
	assert_int_equal(a.range_count, 1);
}

static void first_wins(void **state)
{
	uint8_t storage[16];
	struct assemble a;

	(void)state;
	assemble_init(&a, storage, sizeof(storage));
	assemble_add(&a, 2, "cd", 2);
	assemble_add(&a, 6, "gh", 2);
	assemble_add(&a, 0, "abcdefghij", 10); /* the same octets where they overlap */
	assert_false(a.conflict);
	assemble_add(&a, 1, "XX", 2);
	assert_true(a.conflict);
	assert_memory_equal(storage, "abcdefghij", 10);
	assert_int_equal(assemble_ready(&a), 10);

	assemble_init(&a, storage, sizeof(storage));
	assemble_add(&a, 4, "4", 1);
	assemble_add(&a, 0, "0123X567", 8);
	assert_true(a.conflict);
	assert_memory_equal(storage, "01234567", 8);
}

static void limits(void **state)
{
	uint8_t storage[80];
	struct assemble a;

	(void)state;
	assemble_init(&a, storage, 4);
	memset(storage, 'Z', sizeof(storage));
	assemble_add(&a, 0, NULL, 0);
	assemble_add(&a, 4, NULL, 0);
	assert_false(a.full);
	assemble_add(&a, 2, "cdefg", 5);
	assert_true(a.full);
	assemble_add(&a, 0, "ab", 2);
	assert_int_equal(assemble_ready(&a), 4);
	assert_memory_equal(storage, "abcdZ", 5);
	a.full = false;
	assemble_add(&a, 4, "x", 1);
	assert_true(a.full);
	a.full = false;
	assemble_add(&a, UINT64_MAX, "xy", 2);
	assert_true(a.full);
	assert_int_equal(storage[4], 'Z');

	assemble_init(&a, storage, sizeof(storage));
	for (unsigned i = 0; i < ASSEMBLE_RANGES_MAX; i++)
		assemble_add(&a, 2 * i + 1, "x", 1);
	assert_false(a.full);
	assemble_add(&a, 79, "y", 1); /* would be one range too many */
	assert_true(a.full);
	assert_int_equal(a.range_count, ASSEMBLE_RANGES_MAX);
	assemble_add(&a, 2, "z", 1); /* joins two, so there is room again */
	assemble_add(&a, 79, "y", 1);
	assert_int_equal(a.range_count, ASSEMBLE_RANGES_MAX);
	assert_int_equal(storage[79], 'y');
}

/* The plainest reference: one flag per octet. */
struct plain {
	uint8_t octets[64];
	bool there[64], conflict;
};

static void plain_add(struct plain *p, size_t at, const uint8_t *piece, size_t bytes)
{
	for (size_t i = 0; i < bytes && at + i < sizeof(p->octets); i++) {
		if (!p->there[at + i])
			p->octets[at + i] = piece[i];
		else if (p->octets[at + i] != piece[i])
			p->conflict = true;
		p->there[at + i] = true;
	}
}

static void equal(const struct assemble *a, const struct plain *p)
{
	size_t ready = 0;

	while (ready < sizeof(p->octets) && p->there[ready])
		ready++;
	assert_int_equal(assemble_ready(a), ready);
	assert_int_equal(a->conflict, p->conflict);
	for (size_t i = 0; i < sizeof(p->octets); i++)
		if (p->there[i])
			assert_int_equal(a->bytes[i], p->octets[i]);
	for (uint32_t i = 1; i < a->range_count; i++)
		assert_true(a->ranges[i - 1].to < a->ranges[i].from);
}

static void equals_reference(void **state)
{
	uint32_t seed = 3;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct plain plain = {0};
		uint8_t storage[64], piece[16];
		struct assemble a;

		assemble_init(&a, storage, sizeof(storage));
		for (int i = 0; i < 24; i++) {
			size_t at, bytes;

			seed = seed * 1664525 + 1013904223;
			at = seed >> 26;
			bytes = (seed >> 16 & 15) % 12;
			for (size_t k = 0; k < bytes; k++)
				piece[k] = (uint8_t)((at + k) ^ (seed >> 8 & 0xff ? 0u : 1u));
			plain_add(&plain, at, piece, bytes);
			assemble_add(&a, at, piece, bytes);
			equal(&a, &plain);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(out_of_order),
		cmocka_unit_test(first_wins),
		cmocka_unit_test(limits),
		cmocka_unit_test(equals_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
