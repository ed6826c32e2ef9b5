/* SPDX-License-Identifier: Apache-2.0 */
/* Columns that are there only when a row has something in them, before and after the first rows. */
#include "collector/cli/text_table.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

static const struct table_column columns[] = {
	{"Name", false}, {"Kind", false}, {"Also", false}, {"Count", true}};

struct printed {
	struct table table;
	char *text;
	size_t bytes;
};

static void begin(struct printed *p, unsigned optional, unsigned width)
{
	*p = (struct printed){.table = {.columns = columns,
				      .count = ARRAY_LEN(columns),
				      .optional = optional,
				      .width = width}};
	p->table.to = open_memstream(&p->text, &p->bytes);
	assert_non_null(p->table.to);
	assert_int_equal(table_begin(&p->table), 0);
}

static void add(struct printed *p, const char *name, const char *kind, const char *also)
{
	table_text(&p->table, 0, name, strlen(name));
	table_text(&p->table, 1, kind, strlen(kind));
	table_text(&p->table, 2, also, strlen(also));
	table_text(&p->table, 3, "1", 1);
	table_row(&p->table);
}

static void end(struct printed *p)
{
	table_end(&p->table);
	assert_int_equal(fclose(p->table.to), 0);
}

static void expect(struct printed *p, const char *want)
{
	end(p);
	assert_string_equal(p->text, want);
	free(p->text);
}

static void left_out(void **state)
{
	struct printed p;

	(void)state;
	begin(&p, 0, 0);
	add(&p, "one", "", "");
	expect(&p, "Name  Kind  Also  Count\none                   1\n");
	begin(&p, 2 | 4, 0);
	add(&p, "one", "", "");
	add(&p, "second", "", "");
	expect(&p, "Name    Count\none         1\nsecond      1\n");
	begin(&p, 2 | 4, 0);
	add(&p, "one", "", "");
	add(&p, "second", "", "more");
	expect(&p, "Name    Also  Count\none               1\nsecond  more      1\n");
	/* a hidden column takes no room of a narrow terminal */
	begin(&p, 2 | 4, 18);
	add(&p, "a long name", "", "");
	expect(&p, "Name         Count\na long name      1\n");
	begin(&p, 2, 18);
	add(&p, "a long name", "", "");
	expect(&p, "Name      Also  Count\na long \xe2\x80\xa6            1\n");
}

/* The first rows are written already: from where it is needed the column is there, with titles. */
static void later(void **state)
{
	struct printed p;
	const char *at;

	(void)state;
	begin(&p, 2 | 4, 0);
	for (unsigned i = 0; i < TABLE_ROWS_HELD + 2; i++)
		add(&p, "one", "", "");
	add(&p, "two", "a kind", "");
	add(&p, "three", "", "");
	end(&p);
	assert_memory_equal(p.text, "Name  Count\none       1\none       1\n", 36);
	at = strstr(p.text, "two");
	assert_non_null(at);
	assert_string_equal(
		at - 20, "Name  Kind    Count\ntwo   a kind      1\nthree              1\n");
	assert_null(strstr(p.text, "Also"));
	free(p.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(left_out),
		cmocka_unit_test(later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
