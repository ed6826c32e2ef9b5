/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tree_dump.h"

#define SAMPLE                                                                                     \
	"--- # c\r\nname: x\nlist:\n- 'a'\n- {b: [c, \"d\\u20ac\"]}\n-\n  - |\n    e\n    "        \
	"f\n...\n"

static void test_values(void **state)
{
	static const struct tree_case cases[] = {
		{"a", "1`a`"},
		{"'a'", "1'a'"},
		{"{}", "1{}"},
		{"[]", "1[]"},
		{"a: 1\nb: true\n", "1{1a:`1` 2b:`true`}"},
		{"a: null\nb: ~\nc:\nd: 'null'\n", "1{1a:`null` 2b:`~` 3c:`` 4d:'null'}"},
		{"a: {b: [1, {c: d}]}", "1{1a:{1b:[1`1` 1{1c:`d`}]}}"},
		{"- - a\n  - b\n- c", "1[1[1`a` 2`b`] 3`c`]"},
		{"a: |\n  x\n  y\nb: >-\n  x\n  y\n", "1{1a:'x\ny\n' 4b:'x y'}"},
		{"a: \"\\0\\t\\u20ac\\x41\"", "1{1a:'\xef\xbf\xbd\t\xe2\x82\xac"
					      "A'}"},
		{"\"a\\0\": b", "1{1a\xef\xbf\xbd:`b`}"},
		{"a: 1\na: 2\n", "1{1a:`1` 2a:`2`}"},
		{"? a\n: b\n? c\n", "1{1a:`b` 3c:``}"},
		{"<<: a\n", "1{1<<:`a`}"},
		{"a: 0x10", "1{1a:`0x10`}"},
		{SAMPLE, "2{2name:`x` 3list:[4'a' 5{5b:[5`c` 5'd\xe2\x82\xac']} 7[7'e\nf\n']]}"},
	};

	(void)state;
	CHECK_CASES(tree_yaml, cases);
}

static void test_lines(void **state)
{
	static const struct tree_case cases[] = {
		{"# c\n\na:\n\n  b\nc:\r\n- d\r\n\r\n- e\rf: g\n",
			"3{3a:`b` 6c:[7`d` 9`e`] 10f:`g`}"},
		{"{a:\n[\n1,\n2],\nb: 'x\n\n y',\nc: d}", "1{1a:[3`1` 4`2`] 5b:'x\ny' 8c:`d`}"},
	};

	(void)state;
	CHECK_CASES(tree_yaml, cases);
}

static void test_refused(void **state)
{
	static const struct tree_case cases[] = {
		{"\n# only\n", "!1 there is nothing in it"},
		{"a: &b c", "!1 anchors are not read"},
		{"a: 1\nb: &x [1]", "!2 anchors are not read"},
		{"&x {}", "!1 anchors are not read"},
		{"- *a", "!1 aliases are not read"},
		{"a: !!str 1", "!1 tags are not read"},
		{"a: ! 1", "!1 tags are not read"},
		{"!<tag:example.org,2000:a> {}", "!1 tags are not read"},
		{"- a\n- !x []", "!2 tags are not read"},
		{"a: 1\n---\nb: 2\n", "!2 a second document is not read"},
		{"--- a\n--- b\n", "!2 a second document is not read"},
		{"a\n...\n--- b\n", "!3 a second document is not read"},
		{"? [a]\n: b\n", "!1 a key is one value"},
		{"{{a: b}: c}", "!1 a key is one value"},
		{"a: [1, 2", "!1 did not find expected ',' or ']'"},
		{"a: 'b", "!1 found unexpected end of stream"},
		{"a: b: c", "!1 mapping values are not allowed in this context"},
		{"a: 1\n\tb: 2", "!2 found a tab character that violates indentation"},
		{"a: \"\\ud800\"", "!1 found invalid Unicode character escape code"},
		{"a: \"\\z\"", "!1 found unknown escape character"},
		{"a: 1\nb: \x01", "!2 control characters are not allowed"},
		{"a: @", "!1 found character that cannot start any token"},
		{"%YAML 2.0\n--- a", "!1 found incompatible YAML document"},
	};

	(void)state;
	CHECK_CASES(tree_yaml, cases);
}

static void test_bomb(void **state)
{
	static const char bomb[] = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
				   "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]\n";

	(void)state;
	check_octets(tree_yaml, bomb, strlen(bomb), "!1 anchors are not read");
}

static void test_limits(void **state)
{
	const char *deep = "!1 nested deeper than 64 levels";
	const char *text = "!1 a text of more than 1 MiB";

	(void)state;
	check_repeated(tree_yaml, (struct repeated){"", "[", "", 100000}, deep);
	check_repeated(tree_yaml, (struct repeated){"", "{a: ", "", 100000}, deep);
	check_repeated(tree_yaml, (struct repeated){"", "- ", "", 100000}, deep);
	check_repeated(tree_yaml, (struct repeated){"", "[", "", 64},
		"!1 did not find expected node content");
	check_repeated(tree_yaml, (struct repeated){"", "a", ": b", 1000}, NULL);
	check_repeated(tree_yaml, (struct repeated){"? ", "a", "\n: b", 1024}, NULL);
	check_repeated(tree_yaml, (struct repeated){"? ", "a", "\n: b", 1025},
		"!1 a name of more than 1024 octets");
	check_repeated(tree_yaml, (struct repeated){"", "a", "", 1 << 20}, NULL);
	check_repeated(tree_yaml, (struct repeated){"", "a", "", (1 << 20) + 1}, text);
	check_repeated(tree_yaml, (struct repeated){"'", "a", "'", (1 << 20) + 1}, text);
}

static void test_large(void **state)
{
	(void)state;
	check_repeated(tree_yaml, (struct repeated){"\"", "a", "\"", (64 << 20) - 2},
		"!1 a text of more than 1 MiB");
	check_repeated(tree_yaml, (struct repeated){"[\n", "a,", "]", 8100000},
		"!2 more than 8000000 values");
}

static void test_hostile(void **state)
{
	(void)state;
	check_cut(tree_yaml, SAMPLE, true);
	check_flipped(tree_yaml, SAMPLE);
	check_encodings(tree_yaml, "a: [b, 'c']");
	check_octets(tree_yaml, "a: b\0", 5, "!1 a zero octet");
	check_octets(tree_yaml, "a: \xf8\x88\x80\x80\x80", 8, "!1 not UTF-8");
}

/* Nothing, ~ and null mean that nothing is given, but not in quotes. */
static void test_null(void **state)
{
	const char *text = "a:\nb: ~\nc: null\nd: 'null'\ne: ''\nf: Nil\ng: []\nh: NULL\n";
	struct tree tree = {0};
	struct tree_error error;

	(void)state;
	assert_int_equal(tree_yaml(&tree, cur_init(text, strlen(text)), &error), 0);
	for (const char *name = "abch"; *name; name++)
		assert_true(tree_is_null(tree_get(tree.root, (char[2]){*name})));
	for (const char *name = "defg"; *name; name++)
		assert_false(tree_is_null(tree_get(tree.root, (char[2]){*name})));
	assert_true(tree_get(tree.root, "a")->plain);
	assert_false(tree_get(tree.root, "e")->plain);
	tree_done(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
