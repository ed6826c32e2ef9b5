/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/feed_case.h"

static const char blocked[] = "# a list\n"
			      "127.0.0.1 localhost localhost.localdomain\n"
			      "::1\tip6-localhost ip6-loopback\r\n"
			      "fe80::1%lo0 localhost\n"
			      "255.255.255.255 broadcasthost\n"
			      "ff02::1 ip6-allnodes\n"
			      "\n"
			      "0.0.0.0 a.example.org b.example.org # two\n"
			      "0.0.0.0\tC.Example.org.\n"
			      ":: d.example.org#sticks\n"
			      "127.0.0.53 e.example.org a.example.org\n"
			      "0.0.0.0 0.0.0.0\n"
			      "192.0.2.7 own.example.org\n"
			      "0.0.0.0 not_a_host/ b@example.org\n"
			      "0.0.0.0\n"
			      "words without an address\n"
			      "0.0.0.0 last.example.org";

static void test_hosts(void **state)
{
	struct feed_case *f = *state;

	feed_case_read(f, "hosts", blocked);
	assert_values(f, "a.example.org 8, b.example.org 8, c.example.org 9, d.example.org 10, "
			 "e.example.org 11, last.example.org 17");
	assert_string_equal(feed_case_item(f, 0)->context, "two");
	assert_string_equal(feed_case_item(f, 2)->context, "");
	assert_string_equal(feed_case_item(f, 3)->context, "sticks");
	assert_int_equal(f->report.duplicates, 1);
	assert_int_equal(feed_case_reason(f, "a name of the machine itself"), 8);
	assert_int_equal(
		feed_case_reason(f, "a name that the file gives an address of its own"), 1);
	assert_int_equal(feed_case_reason(f, "not an address and names"), 2);
	assert_int_equal(feed_case_reason(f, "an e-mail address"), 1);
	assert_int_equal(f->report.refused, 13);
}

/* What begins with addresses and is none: each is read as what it is. */
static void test_others(void **state)
{
	struct feed_case *f = *state;

	feed_case_read(f, "plain", "8.8.8.8 a note\n8.8.4.4 a note\n");
	feed_case_read(f, "plain", "0.0.0.0\n127.0.0.1\n");
	feed_case_read(f, "plain", "192.0.2.7 own.example.org\n192.0.2.8 b.example.org\n");
	feed_case_read(f, "hosts", "127.0.0.1 localhost\n127.0.0.1\ta.example.org");
	feed_case_read(f, "plain", "");
	assert_int_equal(feed_case_bytes(f, "hosts", "\0 \0\n0.0.0.0 \0", 14), 0);
	assert_int_equal(feed_case_count(f), 0);
}

static void test_prefixes(void **state)
{
	feed_case_prefixes(*state, "hosts", blocked);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hosts, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_others, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_prefixes, feed_case_set_up, feed_case_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
