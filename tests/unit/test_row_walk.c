/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/row_walk.h"

#include "base/schema.h"
#include "tests/unit/unit.h"

#define LIST FIELD_TEXT, FIELD_LIST, MATCH_NONE, KUKLA_PEN, 1, 0, NULL, NULL, NULL, NULL, NULL

enum { OWNER, DATA, ASKED, PLAIN, ALONE, WIDE };

static const struct field fields[] = {[OWNER] = {"a.b[].owner", LIST},
	[DATA] = {"a.b[].data", LIST},
	[ASKED] = {"a.c[].owner", LIST},
	[PLAIN] = {"a.name", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 1, 0, NULL, NULL, NULL, NULL,
		NULL},
	[ALONE] = {"a.list[]", LIST},
	[WIDE] = {"w[].0", LIST},
	{"w[].1", LIST},
	{"w[].2", LIST},
	{"w[].3", LIST},
	{"w[].4", LIST},
	{"w[].5", LIST},
	{"w[].6", LIST},
	{"w[].7", LIST},
	{"w[].8", LIST},
	{"w[].9", LIST},
	{"w[].10", LIST},
	{"w[].11", LIST},
	{"w[].12", LIST},
	{"w[].13", LIST},
	{"w[].14", LIST},
	{"w[].15", LIST},
	{"w[].16", LIST}};

static uint8_t octets[4096];

static void add(struct record *r, size_t field, const char *text)
{
	assert_true(record_text(r, &fields[field], text, strlen(text)));
}

/* The values as they are met, one after another. */
static void walk_is(const struct record *r, const char *expected)
{
	struct record_value v;
	struct row_walk w;
	char met[256] = "";
	size_t used = 0;

	row_walk_init(&w, r);
	while (row_walk_next(&w, &v)) {
		memcpy(met + used, v.text, v.bytes);
		used += v.bytes;
		met[used] = '\0';
	}
	assert_string_equal(met, expected);
}

static void an_array_comes_row_by_row(void **state)
{
	struct record r;

	(void)state;
	record_init(&r, &kind_flow, octets, sizeof(octets));
	walk_is(&r, "");
	add(&r, PLAIN, "p");
	add(&r, OWNER, "1");
	add(&r, OWNER, "2");
	add(&r, ASKED, "q");
	add(&r, ASKED, "r");
	add(&r, DATA, "a");
	add(&r, DATA, "b");
	add(&r, ALONE, "x");
	add(&r, ALONE, "y");
	walk_is(&r, "p1a2bqrxy");
}

static void the_order_of_a_probe_stays(void **state)
{
	struct record r;

	(void)state;
	record_init(&r, &kind_flow, octets, sizeof(octets));
	add(&r, OWNER, "1");
	add(&r, DATA, "a");
	add(&r, OWNER, "2");
	add(&r, DATA, "b");
	add(&r, PLAIN, "p");
	walk_is(&r, "1a2bp");
}

static void columns_may_be_uneven(void **state)
{
	struct record r;

	(void)state;
	record_init(&r, &kind_flow, octets, sizeof(octets));
	add(&r, OWNER, "1");
	add(&r, DATA, "a");
	add(&r, DATA, "b");
	add(&r, DATA, "c");
	add(&r, PLAIN, "p");
	walk_is(&r, "1abcp");
}

static void too_many_columns_come_as_they_lie(void **state)
{
	struct record r;
	char text[2] = "a";

	(void)state;
	record_init(&r, &kind_flow, octets, sizeof(octets));
	for (size_t i = 0; i <= ROW_WALK_FIELDS; i++, text[0]++) {
		add(&r, WIDE + i, text);
		add(&r, WIDE + i, "-");
	}
	walk_is(&r, "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(an_array_comes_row_by_row),
		cmocka_unit_test(the_order_of_a_probe_stays),
		cmocka_unit_test(columns_may_be_uneven),
		cmocka_unit_test(too_many_columns_come_as_they_lie)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
