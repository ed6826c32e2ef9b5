/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tree_dump.h"

#define SAMPLE                                                                                     \
	"{\"type\": \"bundle\",\r\n \"objects\": [\n  {\"a\\u0062\": \"\\ud83d\\ude00\\n\", "      \
	"\"n\": -1.5e+3},\n null, true, []]}"
#define MORE "more follows behind the end (one JSON value is read, not one a line)"

static void test_values(void **state)
{
	static const struct tree_case cases[] = {
		{"{}", "1{}"},
		{"[]", "1[]"},
		{"\"\"", "1''"},
		{"42", "1#42"},
		{"\n\n 42 \n", "3#42"},
		{"null", "1null"},
		{"[true,false,null]", "1[1true 1false 1null]"},
		{"[-0, 1.50, 1E400, 123456789012345678901234567890]",
			"1[1#-0 1#1.50 1#1E400 1#123456789012345678901234567890]"},
		{"{\"a\":{\"b\":[1,{}]},\"c\":\"d\"}", "1{1a:{1b:[1#1 1{}]} 1c:'d'}"},
		{"{\"a\":1,\"b\":{\"a\":2},\"ab\":[{\"a\":3},{\"a\":4}]}",
			"1{1a:#1 1b:{1a:#2} 1ab:[1{1a:#3} 1{1a:#4}]}"},
		{"{\"a\":1,\"a\":2}", "!1 a is there twice in one object"},
		{"[{},{\"b\":1,\n\"a\":1,\n\"c\":[],\n\"\\u0061\":null}]",
			"!4 a is there twice in one object"},
		{"{\"\":1}", "1{1#1}"},
		{SAMPLE, "1{1type:'bundle' 2objects:[3{3ab:'\xf0\x9f\x98\x80\n' 3n:#-1.5e+3} "
			 "4null 4true 4[]]}"},
	};

	(void)state;
	CHECK_CASES(tree_json, cases);
}

static void test_lines(void **state)
{
	static const struct tree_case cases[] = {
		{"[1,\n2,\r\n3,\r4\n\r,\n\n5]", "1[1#1 2#2 3#3 4#4 8#5]"},
		{"{\n\"a\"\n:\n1,\n\"b\"\n:\n{\n\"c\":[\n]}}", "1{2a:#1 5b:{8c:[]}}"},
		{"[\n\"a\\n\\\"\\n\",\n\"b\"\n,[\n[\n]\n,\n\"c\"]]",
			"1[2'a\n\"\n' 3'b' 4[5[] 8'c']]"},
		{"[[\n]\n,\n{\n}\n,true\n,null]", "1[1[] 4{} 6true 7null]"},
	};

	(void)state;
	CHECK_CASES(tree_json, cases);
}

/* RFC 8259 section 7; half of a surrogate pair and a zero are U+FFFD and cost nothing else. */
static void test_escapes(void **state)
{
	static const struct tree_case cases[] = {
		{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "1'\"\\/\b\f\n\r\t'"},
		{"\"\\u0041\\u00e9\\u20ac\\uD83D\\uDE00\\uffff\"",
			"1'A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf'"},
		{"\"\\u0000\"", "1'\xef\xbf\xbd'"},
		{"{\"a\\u0000b\":\"c\\u0000\"}", "1{1a\xef\xbf\xbd"
						 "b:'c\xef\xbf\xbd'}"},
		{"\"\\ud83dabc\"", "1'\xef\xbf\xbd"
				   "abc'"},
		{"\"\\ud83d\"", "1'\xef\xbf\xbd'"},
		{"\"\\ude00\\ud83d\"", "1'\xef\xbf\xbd\xef\xbf\xbd'"},
		{"\"\\ud83d\\n\"", "1'\xef\xbf\xbd\n'"},
		{"\"\\ud83d\\u0041\"", "1'\xef\xbf\xbd"
				       "A'"},
		{"\"\\ud83d\\ud83d\\ude00\"", "1'\xef\xbf\xbd\xf0\x9f\x98\x80'"},
		{"\"\\\\ud83d\"", "1'\\ud83d'"},
		{"\"\\\\\\\\\"", "1'\\\\'"},
		{"[\"a\\\"\",\"b\",\"\\\"\"]", "1[1'a\"' 1'b' 1'\"']"},
	};

	(void)state;
	CHECK_CASES(tree_json, cases);
}

static void test_refused(void **state)
{
	static const struct tree_case cases[] = {
		{" \n ", "!2 premature EOF"},
		{"[", "!1 premature EOF"},
		{"{\"a\":1\n\n", "!3 premature EOF"},
		{"\"a", "!1 premature EOF"},
		{"[1,\n2,]", "!2 unallowed token at this point in JSON text"},
		{"[1\n\n2]", "!3 after array element, I expect ',' or ']'"},
		{"{\"a\" 1}", "!1 object key and value must be separated by a colon (':')"},
		{"{1:2}", "!1 invalid object key (must be a string)"},
		{"]", "!1 unallowed token at this point in JSON text"},
		{"[\"a\nb\"]", "!1 invalid character inside string."},
		{"[\"\\x\"]",
			"!1 inside a string, '\\' occurs before a character which it may not."},
		{"[\"\\u12g4\"]",
			"!1 invalid (non-hex) character occurs after '\\u' inside string."},
		{"[01]", "!1 after array element, I expect ',' or ']'"},
		{"[-]", "!1 malformed number, a digit is required after the minus sign."},
		{"[1.]", "!1 malformed number, a digit is required after the decimal point."},
		{"[nul]", "!1 invalid string in json text."},
		{"[NaN]", "!1 invalid char in json text."},
		{"// a\n1", "!1 probable comment found in input text, comments are not enabled."},
		{"{} {}", "!1 " MORE},
		{"{}\n{}\n", "!2 " MORE},
		{"[]\n\n]", "!3 " MORE},
		{"1 2", "!1 " MORE},
	};

	(void)state;
	CHECK_CASES(tree_json, cases);
}

static void test_limits(void **state)
{
	const char *deep = "!1 nested deeper than 64 levels";

	(void)state;
	check_repeated(tree_json, (struct repeated){"", "[", "", 100000}, deep);
	check_repeated(tree_json, (struct repeated){"", "{\"a\":", "", 100000}, deep);
	check_repeated(tree_json, (struct repeated){"", "[\n", "", 65},
		"!65 nested deeper than 64 levels");
	check_repeated(tree_json, (struct repeated){"", "[", "", 64}, "!1 premature EOF");
	check_repeated(
		tree_json, (struct repeated){"", "[ ", "]]]]]]]]", 8}, "1[1[1[1[1[1[1[1[]]]]]]]]");
	check_repeated(tree_json, (struct repeated){"{\"", "a", "\":1}", 1024}, NULL);
	check_repeated(tree_json, (struct repeated){"\n{\"", "a", "\":1}", 1025},
		"!2 a name of more than 1024 octets");
	check_repeated(tree_json, (struct repeated){"{\"", "\\u0000", "\":1}", 342},
		"!1 a name of more than 1024 octets");
	check_repeated(tree_json, (struct repeated){"\"", "a", "\"", 1 << 20}, NULL);
	check_repeated(tree_json, (struct repeated){"\"", "a", "\"", (1 << 20) + 1},
		"!1 a text of more than 1 MiB");
	check_repeated(tree_json, (struct repeated){"\"", "\\u0041", "\"", 1 << 20}, NULL);
	check_repeated(tree_json, (struct repeated){"\"", "\\u0041", "\"", (1 << 20) + 1},
		"!1 a text of more than 1 MiB");
	check_repeated(tree_json, (struct repeated){"", "1", "", (1 << 20) + 1},
		"!1 a text of more than 1 MiB");
}

static void test_large(void **state)
{
	(void)state;
	check_repeated(tree_json, (struct repeated){"\"", "a", "\"", (64 << 20) - 2},
		"!1 a text of more than 1 MiB");
	check_repeated(tree_json, (struct repeated){"\"\\n", "a", "\"", (64 << 20) - 4},
		"!1 a text of more than 1 MiB");
	check_repeated(tree_json, (struct repeated){"[\n", "0,", "0]", 8100000},
		"!2 more than 8000000 values");
}

static void test_hostile(void **state)
{
	(void)state;
	check_cut(tree_json, SAMPLE, false);
	check_flipped(tree_json, SAMPLE);
	check_encodings(tree_json, "{\"a\":[1]}");
	check_octets(tree_json, "[\"a\0b\"]", 7, "!1 a zero octet");
	check_octets(tree_json, "[\"\xc0\xaf\"]", 6, "!1 not UTF-8");
}

static void test_lookups(void **state)
{
	const char *text = "{\"a\":{\"b\":{\"c\":\"x\",\"d\":\"y\"},\"\":3},\"n\":null,"
			   "\"ab\":\"\",\"l\":[7]}";
	struct tree tree = {0};
	struct tree_error error;
	size_t bytes = 99;

	(void)state;
	assert_int_equal(tree_json(&tree, cur_init(text, strlen(text)), &error), 0);
	assert_int_equal(tree.node_count, 10);
	assert_string_equal(tree_path(tree.root, "a/b/c")->text, "x");
	assert_ptr_equal(tree_path(tree.root, ""), tree.root);
	assert_null(tree_path(tree.root, "a/b/c/d"));
	assert_null(tree_path(tree.root, "a/c"));
	assert_null(tree_path(NULL, "a"));
	assert_string_equal(tree_text(tree_path(tree.root, "a/b"), "c", &bytes), "x");
	assert_int_equal(bytes, 1);
	assert_string_equal(tree_text(tree.root, "ab", &bytes), "");
	assert_int_equal(bytes, 0);
	assert_null(tree_text(tree.root, "a", NULL));
	assert_null(tree_text(tree.root, "l", NULL));
	assert_null(tree_text(tree.root, "n", NULL));
	assert_null(tree_text(tree.root, "absent", &bytes));
	assert_null(tree_text(NULL, "a", NULL));
	assert_true(tree_is(tree_get(tree.root, "ab"), "ab"));
	assert_false(tree_is(tree_get(tree.root, "ab"), "a"));
	assert_false(tree_is(NULL, "a"));
	assert_true(tree_is_null(tree_get(tree.root, "n")));
	assert_true(tree_is_null(tree_get(tree.root, "absent")));
	assert_false(tree_is_null(tree_get(tree.root, "ab")));
	assert_null(tree_first(NULL));
	tree_done(&tree);
	assert_null(tree.root);
	tree_done(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_lookups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
