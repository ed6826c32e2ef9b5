/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/feed_case.h"

static const char lines[] = "{\"host\": \"a.example.org\", \"context\": \"said\"}\r\n"
			    "\n"
			    "{\"host\": \"b.example.org\"}\n"
			    "{\"year\": 1}\n"
			    "{\"host\": \"c.example.org\"\n"
			    "nothing\n"
			    "  {\"ja3\": \"8764605c6f388c89096b534d33565802\"}";

static void test_lines(void **state)
{
	struct feed_case *i = *state;

	feed_case_read(i, "datajson", lines);
	assert_int_equal(i->report.read, 6);
	assert_int_equal(i->report.accepted, 3);
	assert_string_equal(feed_case_item(i, 0)->value, "a.example.org");
	assert_string_equal(feed_case_item(i, 0)->context, "said");
	assert_int_equal(feed_case_item(i, 0)->line, 1);
	assert_int_equal(feed_case_item(i, 1)->line, 3);
	assert_int_equal(feed_case_item(i, 2)->type, INDICATOR_JA3);
	assert_int_equal(feed_case_item(i, 2)->line, 7);
	assert_int_equal(feed_case_reason(i, "a line that is no JSON"), 2);
	feed_case_read(i, "datajson", "{\"host\": \"a.example.org\"}");
	assert_int_equal(i->report.accepted, 1);
}

static void test_lists(void **state)
{
	struct feed_case *i = *state;

	feed_case_read(i, "datajson",
		"[{\"ip\": \"8.8.4.4\", \"context\": 3},\n{\"ip\": \"10.0.0.1\"},\n{\"hash\": "
		"\"8764605c6f388c89096b534d33565802\"}, 1, [], null]");
	assert_int_equal(i->report.accepted, 1);
	assert_string_equal(feed_case_item(i, 0)->context, "3");
	assert_int_equal(feed_case_item(i, 1)->advice, ADVICE_REFUSE);
	assert_int_equal(feed_case_reason(i, "the hash of a file"), 1);
	feed_case_read(i, "datajson",
		"{\"info\": {\"n\": 1, \"threat\": [{\"year\": 1, \"host\": \"a.example.org\"}]}}");
	assert_int_equal(i->report.accepted, 1);
}

/* What the definition of a feed says goes before what names say. */
static void test_columns(void **state)
{
	static const char rows[] = "[{\"host\": \"x.example.org\", \"bad\": \"a.example.org\", "
				   "\"why\": \"said\", \"op\": \"c\", \"since\": \"2024-01-02\", "
				   "\"sure\": 70}]";
	struct feed_case *i = *state;

	i->feed.columns[FEED_VALUE] = "bad";
	i->feed.columns[FEED_CONTEXT] = "why";
	i->feed.columns[FEED_CAMPAIGN] = "op";
	i->feed.columns[FEED_FIRST_SEEN] = "since";
	i->feed.columns[FEED_CONFIDENCE] = "sure";
	feed_case_read(i, "datajson", rows);
	assert_int_equal(feed_case_count(i), 1);
	assert_string_equal(feed_case_item(i, 0)->value, "a.example.org");
	assert_string_equal(feed_case_item(i, 0)->context, "said");
	assert_string_equal(feed_case_item(i, 0)->campaign, "c");
	assert_int_equal(feed_case_item(i, 0)->first_seen, 1704153600);
	assert_int_equal(feed_case_item(i, 0)->confidence, 70);
	i->feed.columns[FEED_VALUE] = "other";
	feed_case_read(i, "datajson", rows);
	assert_int_equal(i->report.broken_line, 1);
	feed_case_read(
		i, "datajson", "{\"other\": \"a.example.org\"}\n{\"host\": \"b.example.org\"}\n");
	assert_int_equal(i->report.accepted, 1);
	assert_int_equal(i->report.refused, 1);
}

/* Lists of other things are not taken for a set, nor is Suricata's log. */
static void test_other(void **state)
{
	static const char *const others[] = {"[]", "[1]", "{\"a\": 1}",
		"[{\"pattern\": \"x\", \"url\": \"http://a.example.org/\"}]",
		"{\"event_type\": \"dns\", \"timestamp\": \"x\", \"host\": \"sensor\"}",
		"{\"event_type\": \"dns\", \"timestamp\": \"x\", \"host\": \"sensor\"}\n"
		"{\"event_type\": \"dns\", \"timestamp\": \"x\", \"host\": \"sensor\"}\n",
		"{\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": [{\"host\": "
		"\"a.example.org\"}]}}}}}}}}"};
	struct feed_case *i = *state;

	for (size_t n = 0; n < ARRAY_LEN(others); n++)
		assert_int_equal(feed_case_bytes(i, NULL, others[n], strlen(others[n])), -EBADMSG);
}

/* A format that is named reads lines as well, though as a whole they are no JSON. */
static void test_named(void **state)
{
	struct feed_case *i = *state;
	struct import_options options = {.path = "x", .format = import_format("datajson")};

	assert_int_equal(import_text(&i->builder, cur_init(lines, strlen(lines)), &options,
				 &i->report, i->error, sizeof(i->error)),
		0);
	assert_int_equal(i->report.accepted, 3);
}

static void test_prefixes(void **state)
{
	feed_case_cuts(*state, NULL, lines);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lines, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_lists, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_columns, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_other, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_named, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_prefixes, feed_case_set_up, feed_case_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
