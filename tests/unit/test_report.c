/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/report_text.h"

#include "signatures/span.h"
#include "tests/unit/unit.h"

/* The words of a text, parted by blanks. */
static void test_words(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{"a  b\tc", "a b c"},
		{"", ""},
		{" \t`'\" ", ""},
		{"see (a[.]example[.]org), b.", "see a[.]example[.]org b"},
		{"**a[.]example[.]org**: _b_", "a[.]example[.]org b"},
		{"`+a[.]example[.]org+` |", "a[.]example[.]org"},
		{"[a[.]example[.]org](https://r.example.com/)",
			"a[.]example[.]org https://r.example.com/"},
		{"Replace `[.]` with `.` now", "Replace with now"},
		{"a(.)example(.)org)", "a(.)example(.)org"},
		{"_dmarc.a[.]example[.]org *.b[.]example[.]org",
			"_dmarc.a[.]example[.]org *.b[.]example[.]org"},
		{"a[.]org,b[.]org;c[.]org", "a[.]org b[.]org c[.]org"},
		{"hxxp://a[.]org/b,c;d hxxp://a[.]org/x,hxxp://b[.]org/.",
			"hxxp://a[.]org/b,c;d hxxp://a[.]org/x hxxp://b[.]org/"},
		{"[2001:db8::1]:443 <br>x", "[2001:db8::1]:443 br x"},
		{"\xe2\x80\x9c"
		 "a[.]org\xe2\x80\x9d\xc2\xa0"
		 "b",
			"a[.]org b"},
		{"hxxps[://]a[.]org/x_(y)", "hxxps[://]a[.]org/x_(y)"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span rest = span_of(cases[i].text), word;
		char got[256] = "";
		size_t used = 0;

		while ((word = report_word(&rest)).bytes)
			used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%.*s",
				used ? " " : "", (int)word.bytes, word.at);
		assert_string_equal(got, cases[i].words);
	}
}

static void test_defanged(void **state)
{
	static const char *const yes[] = {"a[.]b", "hxxp://a", "hXXps[:]//a", "a(dot)b", "a{.}b",
		"a[@]b", "8.8.8[.]8", "\xc3\xa4[.]de"};
	static const char *const no[] = {"", "[.]", "a", "a.b", "http://a.b", "a[.]", "[.]a",
		"hxxp", "[.][.]", "a(b)c", "x[.", "/[.]/"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		assert_true(report_is_defanged(span_of(yes[i])));
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_false(report_is_defanged(span_of(no[i])));
	assert_true(report_defangs(span_of("see `a[.]b`.")));
	assert_false(report_defangs(span_of("see a.b, `[.]` and hxxp")));
}

static void test_cells(void **state)
{
	char to[16];

	(void)state;
	assert_true(span_is(report_bare(span_of(" `+x y+` ")), "x y"));
	assert_true(span_is(report_bare(span_of("**\"x\"**")), "x"));
	assert_int_equal(report_bare(span_of("``")).bytes, 0);
	assert_int_equal(report_bare(span_of("")).bytes, 0);
	assert_int_equal(report_collect(to, sizeof(to), span_of("a[.]b or `c[.]d`<br>")), 12);
	assert_memory_equal(to, "a[.]b\nc[.]d\n", 12);
	/* what does not fit is left out whole */
	assert_int_equal(report_collect(to, sizeof(to), span_of("a[.]b abcdef[.]ghi c[.]d")), 12);
	assert_int_equal(report_collect(to, sizeof(to), span_of("a.b")), 0);
}

/* A word of nothing but signs is not looked at again and again. */
static void test_signs(void **state)
{
	size_t bytes = 1u << 20;
	_cleanup_(free_ptr) char *text = malloc(bytes);
	struct span rest = {text, bytes};

	(void)state;
	assert_non_null(text);
	memset(text, '(', bytes);
	while (report_word(&rest).bytes)
		;
	assert_int_equal(rest.bytes, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_defanged),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_signs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
