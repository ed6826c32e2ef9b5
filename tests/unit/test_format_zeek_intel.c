/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/feed_case.h"

#define HEADER                                                                                     \
	"#fields\tindicator\tindicator_type\tmeta.source\tmeta.do_notice\tmeta.desc\tmeta.url\n"

static const char format[] = "zeek-intel";

static void test_types(void **state)
{
	struct feed_case *f = *state;

	feed_case_read_twice(f, format,
		HEADER
		"a.example.org\tIntel::DOMAIN\tlab\tF\tspoofed\thttps://example.org/report\r\n"
		"9.9.9.9\tIntel::ADDR\tlab\tT\tlab\t-\n"
		"9.9.0.0/16\tIntel::SUBNET\t-\tF\tnet\n"
		"b.example.org/path\tIntel::URL\tlab\tF\t-\n"
		"9.9.9.9/24\tIntel::URL\tlab\tF\t-\n"
		"https://c.example.org/\tIntel::URL\tlab\n"
		"b0238c547a905bfa119c4e8baccaeacf36491ff6\tIntel::CERT_HASH\tlab\n"
		"Bot/1.0 (x)\tIntel::SOFTWARE\tlab\n"
		"c12f54a3f91dc7bafd92cb59fe009a35\tIntel::JA3\tlab\n"
		"d12f54a3f91dc7bafd92cb59fe009a35\tJA3S::JA3S\tlab\n"
		"t13d1516h2_8daaf6152771_e5627efa2ab1\tIntel::JA4\tlab\n"
		"d.example.org\\x2fx\tIntel::URL\tlab\n");
	assert_int_equal(f->report.read, 12);
	assert_int_equal(f->report.accepted, 12);
	feed_case_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_MATCH);
	assert_string_equal(feed_case_find(f, "a.example.org")->context, "lab: spoofed");
	assert_string_equal(
		feed_case_find(f, "a.example.org")->reference, "https://example.org/report");
	assert_int_equal(feed_case_find(f, "a.example.org")->line, 2);
	feed_case_expect(f, INDICATOR_IP, "9.9.9.9", ADVICE_MATCH);
	assert_string_equal(feed_case_find(f, "9.9.9.9")->context, "lab");
	assert_string_equal(feed_case_find(f, "9.9.9.9")->reference, "");
	feed_case_expect(f, INDICATOR_PREFIX, "9.9.0.0/16", ADVICE_MATCH);
	assert_string_equal(feed_case_find(f, "9.9.0.0/16")->context, "net");
	feed_case_expect(f, INDICATOR_URL, "b.example.org/path", ADVICE_URL_ONLY);
	feed_case_expect(f, INDICATOR_URL, "9.9.9.9/24", ADVICE_URL_ONLY);
	feed_case_expect(f, INDICATOR_DOMAIN, "c.example.org", ADVICE_MATCH);
	feed_case_expect(
		f, INDICATOR_CERT_SHA1, "b0238c547a905bfa119c4e8baccaeacf36491ff6", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_USER_AGENT, "Bot/1.0 (x)", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_JA3, "c12f54a3f91dc7bafd92cb59fe009a35", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_JA3S, "d12f54a3f91dc7bafd92cb59fe009a35", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_JA4, "t13d1516h2_8daaf6152771_e5627efa2ab1", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_URL, "d.example.org/x", ADVICE_URL_ONLY);
}

/* Other columns in another order; a header again in the middle, as when files are joined. */
static void test_columns(void **state)
{
	struct feed_case *f = *state;
	const struct indicator *item;

	feed_case_read_twice(f, format,
		"#separator \\x09\n#path\tintel\n"
		"#fields\tmeta.confidence\tindicator_type\tindicator\tmeta.whitelist\tmeta.remove"
		"\tmeta.firstseen\tmeta.lastseen\tmeta.tlp\n"
		"# a comment\n\n"
		"80\tIntel::DOMAIN\ta.example.org\tF\tF\t2030-01-02\t2030-02-03\tGREEN\n"
		"-\tIntel::DOMAIN\tb.example.org\tT\tF\n"
		"-\tIntel::DOMAIN\tc.example.org\tF\tT\n" HEADER
		"d.example.org\tIntel::DOMAIN\tlab\n");
	item = feed_case_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_MATCH);
	assert_int_equal(item->confidence, 80);
	assert_int_equal(item->first_seen, 1893542400);
	assert_int_equal(item->last_confirmed, 1896307200);
	assert_string_equal(item->tlp, "GREEN");
	item = feed_case_expect(f, INDICATOR_DOMAIN, "b.example.org", ADVICE_NOT_AN_INDICATOR);
	assert_int_equal(item->confidence, 0);
	assert_null(feed_case_find(f, "c.example.org"));
	assert_int_equal(feed_case_refused(f, "its source takes it back"), 1);
	feed_case_expect(f, INDICATOR_DOMAIN, "d.example.org", ADVICE_MATCH);
	feed_case_read_twice(f, format,
		"#separator ;\n#fields;indicator;indicator_type\na.example.org;Intel::DOMAIN");
	feed_case_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_MATCH);
	feed_case_read_twice(f, format, HEADER);
	assert_int_equal(f->report.read, 0);
}

static void test_refused(void **state)
{
	struct feed_case *f = *state;

	feed_case_read_twice(f, format,
		HEADER "b0238c547a905bfa119c4e8baccaeacf36491ff6\tIntel::FILE_HASH\tlab\n"
		       "a@example.org\tIntel::EMAIL\tlab\n"
		       "name.example.org\tIntel::USER_NAME\tlab\n"
		       "name.example.org\tIntel::FILE_NAME\tlab\n"
		       "b0238c547a905bfa119c4e8baccaeac0\tIntel::PUBKEY_HASH\tlab\n"
		       "a.example.org\tIntel::NEW\tlab\n"
		       "a.example.org\n"
		       "a.example.org\t-\tlab\n"
		       "-\tIntel::DOMAIN\tlab\n"
		       "\tIntel::DOMAIN\tlab\n"
		       "xyz\tIntel::CERT_HASH\tlab\n"
		       "\xff\xfe\tIntel::DOMAIN\tlab\n");
	assert_int_equal(f->report.read, 12);
	assert_int_equal(f->report.refused, 12);
	assert_int_equal(feed_case_refused(f, "the hash of a file"), 1);
	assert_int_equal(feed_case_refused(f, "an e-mail address"), 1);
	assert_int_equal(feed_case_refused(f, "an account handle"), 1);
	assert_int_equal(feed_case_refused(f, "the hash of an SSH host key"), 1);
	assert_int_equal(feed_case_refused(f, "a type of Zeek that is not known"), 1);
	assert_int_equal(feed_case_refused(f, "a row without a type"), 2);
	assert_int_equal(feed_case_refused(f, "no value"), 2);
	assert_int_equal(feed_case_bytes(f, format, "a.example.org\tIntel::DOMAIN\n", 28), 0);
	assert_int_equal(f->report.broken_line, 1);
	assert_int_equal(f->report.read, 0);
}

static void test_prefixes(void **state)
{
	struct feed_case *f = *state;

	feed_case_cuts(f, format,
		"#separator \\x09\n" HEADER "a.example.org\\x2fx\tIntel::URL\tlab\tF\tdesc\n");
	feed_case_cuts(f, format, "#separator \\x0\n#fields\n#fields \t\t\n\t\t\t\t\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_types, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_columns, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_refused, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_prefixes, feed_case_set_up, feed_case_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
