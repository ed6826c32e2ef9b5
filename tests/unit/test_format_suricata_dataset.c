/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/feed_case.h"

static const char format[] = "suricata-dataset";

static void test_strings(void **state)
{
	struct feed_case *f = *state;

	feed_case_read_twice(f, format,
		"YS5leGFtcGxlLm9yZw==\n" /* a.example.org */
		"Y3VybC83LjQzLjA=\r\n"   /* curl/7.43.0: of what, only a rule knows */
		"\n# a comment\n"
		"aHR0cHM6Ly90Lm1lL3g=\n" /* https://t.me/x */
		"OS45LjkuOQ==");         /* 9.9.9.9 */
	assert_int_equal(f->report.read, 4);
	assert_int_equal(
		feed_case_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_MATCH)->line, 1);
	assert_int_equal(
		feed_case_expect(f, INDICATOR_URL, "https://t.me/x", ADVICE_URL_ONLY)->line, 5);
	feed_case_expect(f, INDICATOR_IP, "9.9.9.9", ADVICE_MATCH);
	assert_int_equal(feed_case_refused(f, "not a name, an address or a URL"), 1);
	feed_case_read_twice(f, format, "YS5leGFtcGxlLm9yZw==,12\nYi5leGFtcGxlLm9yZw==,65535\n");
	feed_case_expect(f, INDICATOR_DOMAIN, "b.example.org", ADVICE_MATCH);
}

static void test_plain(void **state)
{
	struct feed_case *f = *state;

	feed_case_read_twice(f, format, "9.9.9.9,100\n2620:fe::fe,5\n::ffff:9.9.9.10,1\n");
	feed_case_expect(f, INDICATOR_IP, "9.9.9.9", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_IP, "2620:fe::fe", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_IP, "9.9.9.10", ADVICE_MATCH);
	feed_case_read_twice(f, format, "9.9.9.9,1,127\n9.9.9.0/24,60,20\n");
	assert_int_equal(
		feed_case_expect(f, INDICATOR_IP, "9.9.9.9", ADVICE_REVIEW)->confidence, 100);
	assert_int_equal(
		feed_case_expect(f, INDICATOR_PREFIX, "9.9.9.0/24", ADVICE_REVIEW)->confidence, 20);
	feed_case_read_twice(f, format, "b0238c547a905bfa119c4e8baccaeac0\n");
	assert_int_equal(feed_case_refused(f, "the hash of a file"), 1);
}

static void test_wrong(void **state)
{
	static const char *const unknown[] = {"abcd\n", /* a word is base64 too, but of no text */
		"YS5leGFtcGxlLm9yZw=\n",                /* padding */
		"YS5l=GFtcGxlLm9yZw==\n",               /* padding in the middle */
		"====\n", "YS5leGFtcGxlLm9yZw==,x\n",   /* no reputation */
		"YS5leGFtcGxlLm9yZw==,65536\n", "9.9.9.9,61,1\n", "9.9.9.9,1,128\n",
		"9.9.9.9,1,1,1\n", "9.9.9.9:80,1\n", "YS5leGFtcGxlLm9yZw==\nx.y,1\n"};
	struct feed_case *f = *state;
	struct import_options options = {.path = "x"};

	for (size_t i = 0; i < ARRAY_LEN(unknown); i++) {
		const char *text = unknown[i];

		assert_int_equal(import_text(&f->builder, cur_init(text, strlen(text)), &options,
					 &f->report, f->error, sizeof(f->error)),
			-EBADMSG);
		assert_int_equal(feed_case_bytes(f, format, text, strlen(text)), 0);
		assert_true(f->report.refused >= 1);
	}
	feed_case_cuts(f, format, "YS5leGFtcGxlLm9yZw==,12\n9.9.9.9,1,127\n\n#\n,\n");
}

/* As long as a value may be, and longer. */
static void test_long(void **state)
{
	struct feed_case *f = *state;
	char text[4096];

	memset(text, 'Y', sizeof(text));
	for (size_t bytes = 2720; bytes < 2740; bytes++)
		assert_int_equal(feed_case_bytes(f, format, text, bytes), 0);
	assert_int_equal(feed_case_bytes(f, format, text, sizeof(text)), 0);
	assert_int_equal(
		feed_case_refused(f, "neither base64 of a text nor an address nor a hash"), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_strings, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_plain, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_wrong, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_long, feed_case_set_up, feed_case_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
