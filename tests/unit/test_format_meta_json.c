/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/feed_case.h"

static const char rows[] =
	"[\n"
	"{\"indicator_type\": \"domain_name\", \"indicator_value\": \"a[.]example[.]org\", "
	"\"comment\": \"said\", \"ds\": \"2024-01-02\"},\n"
	"{\"indicator_type\": \"domain_name\", \"indicator_value\": \"8.8.4.4\"},\n"
	"{\"indicator_type\": \"md5\", \"indicator_value\": "
	"\"8764605c6f388c89096b534d33565802\"},\n"
	"{\"indicator_type\": \"phishing_url\", \"indicator_value\": "
	"\"hxxps://b[.]example[.]org/x\"},\n"
	"{\"indicator_type\": \"domain_name\"},\n"
	"{}, 1, null, [\"a.example.org\"],\n"
	"{\"indicator_type\": \"domain_name\", \"indicator_value\": [\"c.example.org\"]},\n"
	"{\"indicator_type\": \"domain_name\", \"indicator_value\": \"A.example.org.\"}\n"
	"]";

static void test_rows(void **state)
{
	struct feed_case *i = *state;

	feed_case_read(i, "meta-json", rows);
	assert_int_equal(i->report.read, 11);
	assert_int_equal(i->report.accepted, 3);
	assert_int_equal(i->report.duplicates, 1);
	assert_string_equal(feed_case_item(i, 0)->value, "a.example.org");
	assert_string_equal(feed_case_item(i, 0)->context, "said");
	assert_int_equal(feed_case_item(i, 0)->published, 1704153600);
	assert_int_equal(feed_case_item(i, 0)->line, 2);
	assert_int_equal(feed_case_item(i, 1)->type, INDICATOR_IP);
	assert_int_equal(feed_case_item(i, 2)->advice, ADVICE_URL_ONLY);
	assert_int_equal(feed_case_reason(i, "the hash of a file"), 1);
	assert_int_equal(feed_case_reason(i, "no value"), 6);
}

static void test_index(void **state)
{
	struct feed_case *i = *state;

	feed_case_read(i, "meta-json",
		"[{\"id\": \"x\", \"added_ds\": \"2024-01-02\", \"indicators\": {\"csv_files\": "
		"[\"a.csv\"]}}]");
	assert_int_equal(i->report.read, 0);
	assert_int_equal(i->report.broken_line, 0);
}

static void test_other(void **state)
{
	struct feed_case *i = *state;
	struct import_options options = {.path = "x", .format = import_format("meta-json")};
	static const char text[] = "{\"a\": 1}";

	assert_int_equal(feed_case_bytes(i, NULL, "[{\"indicator_value\": 1}]", 24), -EBADMSG);
	assert_int_equal(feed_case_bytes(i, NULL, "[]", 2), -EBADMSG);
	assert_int_equal(import_text(&i->builder, cur_init(text, strlen(text)), &options,
				 &i->report, i->error, sizeof(i->error)),
		0);
	assert_int_equal(i->report.broken_line, 1);
}

static void test_prefixes(void **state)
{
	feed_case_cuts(*state, NULL, rows);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rows, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_index, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_other, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_prefixes, feed_case_set_up, feed_case_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
