/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/feed_case.h"

static const char trail[] = "# Copyright (c) 2014-2030 Maltrail developers (https://example.com/)\n"
			    "# See the file 'LICENSE' for copying permission\n"
			    "\n"
			    "# Aliases: one, two\r\n"
			    "\n"
			    "# Reference: https://reports.example.com/1\n"
			    "# Reference: https://reports.example.com/2 (# 2030-02-28, a note)\n"
			    "\n"
			    "a.example.org\n"
			    "8.8.8.8:8080\n"
			    "8.8.4.0/24 # of a provider\n"
			    "/path/x.php\n"
			    "b.example.org/some/path\n"
			    "http://8.8.8.8\n"
			    "\n"
			    "# Reference: https://reports.example.com/3\n"
			    "\n"
			    "c.example.org\n"
			    "A.example.org\n"
			    "# Generic\n"
			    "d.example.org\n"
			    "# References (en): https://reports.example.com/4\n"
			    "e.example.org";

static void test_trail(void **state)
{
	struct feed_case *f = *state;

	feed_case_read(f, "maltrail", trail);
	assert_values(f, "a.example.org 9, 8.8.8.8:8080 10, 8.8.4.0/24 11, "
			 "b.example.org/some/path 13, 8.8.8.8 14, c.example.org 18, "
			 "d.example.org 21, e.example.org 23");
	assert_int_equal(feed_case_item(f, 1)->type, INDICATOR_IP_PORT);
	assert_int_equal(feed_case_item(f, 2)->type, INDICATOR_PREFIX);
	assert_int_equal(feed_case_item(f, 3)->type, INDICATOR_URL);
	assert_int_equal(feed_case_item(f, 4)->type, INDICATOR_IP);
	assert_int_equal(feed_case_reason(f, "a path without a host"), 1);
	assert_int_equal(f->report.duplicates, 1);
	assert_string_equal(feed_case_item(f, 0)->reference,
		"https://reports.example.com/1 https://reports.example.com/2");
	assert_string_equal(feed_case_item(f, 0)->context, "2030-02-28, a note");
	assert_int_equal(feed_case_item(f, 0)->published, 1898467200);
	assert_string_equal(feed_case_item(f, 0)->campaign, "a feed");
	assert_string_equal(feed_case_item(f, 2)->context, "of a provider");
	assert_string_equal(feed_case_item(f, 5)->reference, "https://reports.example.com/3");
	assert_string_equal(feed_case_item(f, 5)->context, "Aliases: one, two");
	assert_int_equal(feed_case_item(f, 5)->published, 0);
	assert_string_equal(feed_case_item(f, 6)->reference, "");
	assert_string_equal(feed_case_item(f, 6)->context, "Generic");
	assert_string_equal(feed_case_item(f, 7)->reference, "https://reports.example.com/4");
}

static void test_recognised(void **state)
{
	struct feed_case *f = *state;

	feed_case_read(f, "maltrail", "# Reference: https://reports.example.com/\na.example.org\n");
	feed_case_read(f, "plain", "# a list\na.example.org\n");
	feed_case_read(f, "plain", "# Reference of nothing\na.example.org\n");
	/* others speak of references too */
	feed_case_read(
		f, "hosts", "# Reference: https://reports.example.com/\n0.0.0.0 a.example.org\n");
	feed_case_read(f, "csv",
		"# Reference: https://reports.example.com/\ndomain,note\na.example.org,b\n");
	feed_case_read(f, "maltrail", "# (c) Maltrail developers\n");
	assert_int_equal(f->report.read, 0);
}

/* References without end keep what fits, and nothing is read behind it. */
static void test_limits(void **state)
{
	static const char line[] = "# Reference: https://reports.example.com/0123456789\n";
	struct feed_case *f = *state;
	_cleanup_(free_ptr) char *text = malloc(1000 * sizeof(line) + 64);
	size_t used = 0;

	assert_non_null(text);
	for (size_t i = 0; i < 1000; i++) {
		memcpy(text + used, line, sizeof(line) - 1);
		used += sizeof(line) - 1;
	}
	memcpy(text + used, "a.example.org", 14);
	feed_case_read(f, "maltrail", text);
	assert_int_equal(feed_case_count(f), 1);
	assert_in_range(strlen(feed_case_item(f, 0)->reference), 400, CONTEXT_BYTES_MAX);
	feed_case_read(f, "maltrail", "# Reference: (#\n# Reference:\n#\n####\na.example.org\n");
	assert_string_equal(feed_case_item(f, 0)->context, "");
}

static void test_prefixes(void **state)
{
	feed_case_prefixes(*state, "maltrail", trail);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_trail, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_recognised, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_limits, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_prefixes, feed_case_set_up, feed_case_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
