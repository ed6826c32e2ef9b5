/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assemble.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

static void in_order(void **state)
{
	uint8_t storage[ASSEMBLE_STORAGE_BYTES(16)];
	struct assemble a;

	(void)state;
	assemble_init(&a, storage, 16);
	assert_int_equal(assemble_ready(&a), 0);
	assemble_add(&a, 0, "hello ", 6);
	assemble_add(&a, 6, "world", 5);
	assert_int_equal(assemble_ready(&a), 11);
	assert_memory_equal(storage, "hello world", 11);
	assert_false(a.conflict || a.full);
}

static void out_of_order(void **state)
{
	uint8_t storage[ASSEMBLE_STORAGE_BYTES(16)];
	struct assemble a;

	(void)state;
	assemble_init(&a, storage, 16);
	assemble_add(&a, 6, "wor", 3);
	assemble_add(&a, 10, "d", 1);
	assert_int_equal(assemble_ready(&a), 0);
	assemble_add(&a, 0, "hello ", 6);
	assert_int_equal(assemble_ready(&a), 9);
	assemble_add(&a, 9, "l", 1);
	assert_int_equal(assemble_ready(&a), 11);
	assert_memory_equal(storage, "hello world", 11);
}

static void first_wins(void **state)
{
	uint8_t storage[ASSEMBLE_STORAGE_BYTES(16)];
	struct assemble a;

	(void)state;
	assemble_init(&a, storage, 16);
	assemble_add(&a, 2, "cd", 2);
	assemble_add(&a, 6, "gh", 2);
	assemble_add(&a, 0, "abcdefghij", 10); /* the same octets where they overlap */
	assert_false(a.conflict);
	assemble_add(&a, 1, "XX", 2);
	assert_true(a.conflict);
	assert_memory_equal(storage, "abcdefghij", 10);
	assert_int_equal(assemble_ready(&a), 10);

	assemble_init(&a, storage, 16);
	assemble_add(&a, 4, "4", 1);
	assemble_add(&a, 0, "0123X567", 8);
	assert_true(a.conflict);
	assert_memory_equal(storage, "01234567", 8);
}

static void limits(void **state)
{
	uint8_t storage[ASSEMBLE_STORAGE_BYTES(80)];
	struct assemble a;

	(void)state;
	memset(storage, 'Z', sizeof(storage));
	assemble_init(&a, storage, 8);
	assemble_add(&a, 0, NULL, 0);
	assemble_add(&a, 8, NULL, 0);
	assert_false(a.full);
	assemble_add(&a, 6, "ghijk", 5);
	assert_true(a.full);
	assemble_add(&a, 0, "abcdef", 6);
	assert_int_equal(assemble_ready(&a), 8);
	assert_memory_equal(storage, "abcdefgh\xffZ", 10);
	assemble_add(&a, UINT64_MAX, "xy", 2);
	assert_true(a.full);
	assert_int_equal(storage[9], 'Z');
}

static void grows_and_shifts(void **state)
{
	uint8_t small[ASSEMBLE_STORAGE_BYTES(16)], large[ASSEMBLE_STORAGE_BYTES(32)];
	struct assemble a;

	(void)state;
	assemble_init(&a, small, 16);
	assemble_add(&a, 0, "0123456789", 10);
	assemble_add(&a, 12, "cde", 3);
	assemble_move(&a, large, 32);
	assert_int_equal(assemble_ready(&a), 10);
	assemble_add(&a, 20, "KLM", 3);
	assemble_shift(&a, 8);
	assert_int_equal(assemble_ready(&a), 2);
	assert_int_equal(a.end, 15);
	assemble_add(&a, 2, "ab", 2);
	assert_int_equal(assemble_ready(&a), 7);
	assert_memory_equal(a.bytes, "89abcde", 7);
	assemble_give_up(&a, 12); /* five octets are missing before it */
	assert_int_equal(assemble_ready(&a), 15);
	assert_memory_equal(a.bytes + 12, "KLM", 3);
	assert_false(a.conflict || a.full);
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
}

static void equals_reference(void **state)
{
	uint32_t seed = 3;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct plain plain = {0};
		uint8_t storage[ASSEMBLE_STORAGE_BYTES(64)], piece[16];
		struct assemble a;

		assemble_init(&a, storage, 64);
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
		cmocka_unit_test(grows_and_shifts),
		cmocka_unit_test(equals_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
