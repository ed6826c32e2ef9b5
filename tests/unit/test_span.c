/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/span.h"

#include "tests/unit/unit.h"

static void check(struct span got, const char *want)
{
	assert_int_equal(got.bytes, strlen(want));
	assert_memory_equal(got.at, want, got.bytes);
}

static void test_lines(void **state)
{
	static const char text[] = "a\r\nb\n\nc\rd";
	static const char *const want[] = {"a", "b", "", "c", "d"};
	struct span_lines lines = span_lines(cur_init(text, sizeof(text) - 1));
	struct span line;
	size_t count = 0;

	(void)state;
	for (; span_next_line(&lines, &line); count++) {
		assert_in_range(count, 0, 4);
		check(line, want[count]);
		assert_int_equal(lines.line, count + 1);
	}
	assert_int_equal(count, 5);
	lines = span_lines(cur_init(text, 0));
	assert_false(span_next_line(&lines, &line));
}

static void test_pieces(void **state)
{
	struct span rest = span_of("a,b,,c");

	(void)state;
	check(span_cut(&rest, ','), "a");
	check(span_cut(&rest, ','), "b");
	check(span_cut(&rest, ','), "");
	check(span_cut(&rest, ','), "c");
	check(span_cut(&rest, ','), "");
	check(span_trim(span_of(" \t a b\r\n")), "a b");
	check(span_trim(span_of(" \n")), "");
	assert_true(span_is(span_of("Equals"), "eQUALS"));
	assert_false(span_is(span_of("Equals"), "Equal"));
	assert_true(span_is((struct span){NULL, 0}, ""));
	assert_true(span_begins(span_of("ABC"), "ab"));
	assert_false(span_begins(span_of("A"), "ab"));
	assert_true(span_ends(span_of("ABC"), "bc"));
	assert_false(span_ends(span_of("C"), "bc"));
}

static void test_numbers(void **state)
{
	static const char *const wrong[] = {
		"", "-1", "+1", "1 ", "0x1", "101", "4294967296", "99999999999999999999999999"};
	uint32_t number = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_false(span_number(span_of(wrong[i]), 100, &number));
	assert_int_equal(number, 7);
	assert_true(span_number(span_of("4294967295"), UINT32_MAX, &number));
	assert_int_equal(number, UINT32_MAX);
	assert_false(span_number(span_of("4294967296"), UINT32_MAX, &number));
	assert_int_equal(span_hex('a'), 10);
	assert_int_equal(span_hex('F'), 15);
	assert_int_equal(span_hex('g'), -1);
	assert_int_equal(span_hex('\x10'), -1);
	assert_int_equal(span_confidence(span_of(" High ")), 85);
	assert_int_equal(span_confidence(span_of("low")), 15);
	assert_int_equal(span_confidence(span_of("100")), 100);
	assert_int_equal(span_confidence(span_of("101")), 0);
	assert_int_equal(span_confidence(span_of("Unknown")), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
