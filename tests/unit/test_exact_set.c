/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/exact_set.h"

#include <stdio.h>

#include "tests/unit/unit.h"

#define TEXTS 200

static char texts[TEXTS][16];

static int set_up(void **state)
{
	static struct exact_set sets[2];

	for (size_t i = 0; i < TEXTS; i++)
		(void)snprintf(texts[i], sizeof(texts[i]), "text %zu", i);
	for (size_t n = 0; n < ARRAY_LEN(sets); n++) {
		if (exact_set_init(&sets[n], TEXTS) < 0)
			return -1;
		for (uint32_t i = 0; i < TEXTS; i++)
			exact_set_add(&sets[n], i % 2, texts[i / 2], i);
	}
	*state = sets;
	return 0;
}

static int tear_down(void **state)
{
	struct exact_set *sets = *state;

	exact_set_done(&sets[0]);
	exact_set_done(&sets[1]);
	return 0;
}

static void test_found(void **state)
{
	const struct exact_set *s = *state;
	uint32_t found[2];

	for (uint32_t i = 0; i < TEXTS; i++)
		assert_int_equal(exact_set_find(s, i % 2, texts[i / 2], strlen(texts[i / 2])), i);
	assert_int_equal(exact_set_find(s, 2, texts[0], strlen(texts[0])), EXACT_NONE);
	assert_int_equal(exact_set_find(s, 0, texts[0], strlen(texts[0]) - 1), EXACT_NONE);
	assert_int_equal(
		exact_set_find(s, 0, texts[TEXTS - 1], strlen(texts[TEXTS - 1])), EXACT_NONE);
	assert_int_equal(exact_set_find_all(s, 1, texts[3], strlen(texts[3]), found, 2), 1);
	assert_int_equal(found[0], 7);
}

/* Whoever wrote the texts cannot know which of them lie beside one another. */
static void test_places_differ(void **state)
{
	const struct exact_set *sets = *state;
	size_t same = 0, there = 0;

	assert_int_equal(sets[0].mask, sets[1].mask);
	for (size_t i = 0; i <= sets[0].mask; i++) {
		there += sets[0].slots[i].text != NULL;
		same += sets[0].slots[i].text && sets[0].slots[i].text == sets[1].slots[i].text;
	}
	assert_int_equal(there, TEXTS);
	assert_in_range(same, 0, TEXTS / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_places_differ, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
