/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/csv.h"

#include <errno.h>

#include "tests/unit/unit.h"

/* Rows as text: fields in <>, rows ended by the line they began in, ! before a damaged one. */
static const char *read_all(char *to, size_t size, const char *text, size_t bytes, char separator)
{
	size_t used = 0;
	struct csv c;
	int more;

	assert_int_equal(csv_init(&c, cur_init(text, bytes), separator), 0);
	while ((more = csv_next(&c)) == 1) {
		if (c.damage)
			used += (size_t)snprintf(to + used, size - used, "!");
		for (size_t i = 0; i < c.field_count; i++)
			used += (size_t)snprintf(to + used, size - used, "<%.*s>",
				(int)c.fields[i].bytes, c.fields[i].text);
		used += (size_t)snprintf(to + used, size - used, "%u ", c.line);
		assert_true(used < size);
	}
	if (more < 0)
		snprintf(to + used, size - used, "broken %u", c.line);
	csv_done(&c);
	return to;
}

static void test_rows(void **state)
{
	static const struct {
		const char *text, *rows;
	} cases[] = {
		{"a,b\nc,d\n", "<a><b>1 <c><d>2 "},
		{"a,b\r\nc,d", "<a><b>1 <c><d>2 "},
		{"a\rb\r", "<a>1 <b>2 "},
		{"\n\na", "<>1 <>2 <a>3 "},
		{",,,\n", "<><><><>1 "},
		{"a,", "<a><>1 "},
		{"\"a,b\",c", "<a,b><c>1 "},
		{"\"a \"\"b\"\" c\"", "<a \"b\" c>1 "},
		{"\"a\nb\r\nc\",d\ne", "<a\nb\r\nc><d>1 <e>4 "},
		{"\"\",\"\"", "<><>1 "},
		{"5\" disk,b", "<5\" disk><b>1 "},
		{"a,\"b\"c,d\ne", "!<a><bc><d>1 <e>2 "},
		{"\"a\"\"\"", "<a\">1 "},
		{"a, \"b, c\",  d", "<a><b, c><  d>1 "},
		{"a,  \"b\"  ,c", "!<a><b  ><c>1 "},
		{"a, ", "<a>< >1 "},
		{"", ""},
		{"a,\"b\nc,d\n", "broken 1"},
		{"x\ny,\"", "<x>1 broken 2"},
		{"\"a\"\"", "broken 1"},
	};
	char got[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		got[0] = '\0';
		assert_string_equal(
			read_all(got, sizeof(got), cases[i].text, strlen(cases[i].text), ','),
			cases[i].rows);
	}
	assert_string_equal(read_all(got, sizeof(got), "a,b\tc", 5, '\t'), "<a,b><c>1 ");
}

static void test_zero(void **state)
{
	struct csv c;

	(void)state;
	assert_int_equal(csv_init(&c, cur_init("a\0b,c", 5), ','), 0);
	assert_int_equal(csv_next(&c), 1);
	assert_int_equal(c.field_count, 2);
	assert_int_equal(c.fields[0].bytes, 3);
	assert_memory_equal(c.fields[0].text, "a\0b", 3);
	csv_done(&c);
}

/* A comment between rows may hold a quotation mark that is never closed. */
static void test_skipped_lines(void **state)
{
	struct csv_field line;
	struct csv c;

	(void)state;
	assert_int_equal(csv_init(&c, cur_init("# \"a\r\nb,c\n\n#,\"", 14), ','), 0);
	line = csv_skip_line(&c);
	assert_int_equal(line.bytes, 4);
	assert_memory_equal(line.text, "# \"a", 4);
	assert_int_equal(c.line, 1);
	assert_int_equal(csv_next(&c), 1);
	assert_int_equal(c.line, 2);
	assert_int_equal(csv_field(&c, 1).bytes, 1);
	assert_int_equal(csv_skip_line(&c).bytes, 0);
	assert_int_equal(csv_skip_line(&c).bytes, 3);
	assert_int_equal(c.line, 4);
	assert_int_equal(csv_skip_line(&c).bytes, 0);
	assert_int_equal(csv_next(&c), 0);
	csv_done(&c);
}

static void test_limits(void **state)
{
	static char text[CSV_ROW_BYTES_MAX + 100];
	struct csv c;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + CSV_ROW_BYTES_MAX + 1, "\nnext", 5);
	assert_int_equal(csv_init(&c, cur_init(text, CSV_ROW_BYTES_MAX + 6), ','), 0);
	assert_int_equal(csv_next(&c), 1);
	assert_string_equal(c.damage, "a row of more than 64 KiB");
	assert_int_equal(c.fields[0].bytes, CSV_ROW_BYTES_MAX);
	assert_int_equal(csv_next(&c), 1);
	assert_null(c.damage);
	assert_int_equal(csv_field(&c, 0).bytes, 4);
	assert_int_equal(csv_field(&c, 1).bytes, 0);
	assert_int_equal(csv_field(&c, CSV_FIELDS_MAX).bytes, 0);
	assert_int_equal(csv_next(&c), 0);
	csv_done(&c);

	memset(text, ',', CSV_FIELDS_MAX);
	assert_int_equal(csv_init(&c, cur_init(text, CSV_FIELDS_MAX - 1), ','), 0);
	assert_int_equal(csv_next(&c), 1);
	assert_null(c.damage);
	assert_int_equal(c.field_count, CSV_FIELDS_MAX);
	csv_done(&c);
	assert_int_equal(csv_init(&c, cur_init(text, CSV_FIELDS_MAX), ','), 0);
	assert_int_equal(csv_next(&c), 1);
	assert_string_equal(c.damage, "a row of more than 64 fields");
	assert_int_equal(c.field_count, CSV_FIELDS_MAX);
	csv_done(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_zero),
		cmocka_unit_test(test_skipped_lines),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
