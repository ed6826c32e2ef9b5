/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/feed_case.h"

static const char report[] =
	"# Indicators of Compromise: Some Network\r\n"
	"\r\n"
	"This file is about a network, see [its page](https://r.example.com/page) and "
	"@somebody.\r\n"
	"It ran x[.]example[.]org, and wrote from spy[@]example[.]org.\r\n"
	"\r\n"
	"## Indicators of Compromise\r\n"
	"\r\n"
	"*Note: replace `[.]` with `.` to resolve.*\r\n"
	"\r\n"
	"| Indicator Type | Indicator Value | Note |\r\n"
	"| :--- | :--- | --- |\r\n"
	"| Domain | `a[.]example[.]org` | seen with `y[.]example[.]org` |\r\n"
	"| Domain | `b.example.org` | in the clear |\r\n"
	"| Social Media Account | `hxxps://social[.]example[.]com/@c` | a \\| b |\r\n"
	"| Account | @d | |\r\n"
	"| Domain | `e[.]example[.]org`<br>`f[.]example[.]org` | |\r\n"
	"| IP | N/A | |\r\n"
	"| Count | 7,704 accounts |\r\n"
	"\r\n"
	"## Cross-Links\r\n"
	"\r\n"
	"- **Report:** [The report](https://r.example.com/report)\r\n"
	"- https://r.example.com/other\r\n"
	"- r.example.com\r\n";

static void test_report(void **state)
{
	struct feed_case *f = *state;

	feed_case_read(f, "markdown", report);
	assert_values(f, "x.example.org 4, a.example.org 12, y.example.org 12, b.example.org 13, "
			 "https://social.example.com/@c 14, e.example.org 16, f.example.org 16");
	assert_string_equal(feed_case_item(f, 0)->campaign, "Some Network");
	assert_string_equal(
		feed_case_item(f, 0)->context, "Indicators of Compromise: Some Network");
	assert_string_equal(feed_case_item(f, 1)->context, "seen with `y[.]example[.]org`");
	assert_string_equal(feed_case_item(f, 3)->context, "in the clear");
	assert_string_equal(feed_case_item(f, 5)->context, "Domain");
	assert_int_equal(feed_case_reason(f, "an e-mail address"), 1);
	assert_int_equal(feed_case_reason(f, "an account handle"), 1);
	assert_int_equal(feed_case_reason(f, "prose"), 1);
	assert_int_equal(feed_case_reason(f, "no value"), 1);
	assert_int_equal(f->report.refused, 4);
}

/* Where nothing is defanged, a heading must speak of indicators and the line hold one name. */
static void test_clear(void **state)
{
	static const char text[] =
		"# IOCs\n\n- z.example.org\n\n## Network IOCs\n\n"
		"see https://r.example.com/\n"
		"- a.example.org\n* `8.8.8.8`\n1. b.example.org and more\n"
		"- https://r.example.com/x\n"
		"### Names\n```\nc.example.org\nhttp://d.example.org/x\nd e\n```\n"
		"### Files\n- setup.sh\n### Spoofed\n- news.example.com\n"
		"## Domains\n- e.example.org\n\n| Domain |\n|---|\n| f.example.org |\n"
		"# References\n- r.example.com\n";
	struct feed_case *f = *state;

	feed_case_read(f, "markdown", text);
	assert_values(f, "z.example.org 3, a.example.org 8, 8.8.8.8 9, c.example.org 14, "
			 "http://d.example.org/x 15");
	assert_string_equal(feed_case_item(f, 3)->context, "Names");
	assert_int_equal(f->report.read, 5);
}

static const char article[] =
	":toc:\n\n= Some Group -- Indicators of Compromise\n\n== Some paper\n\n"
	"It is at https://r.example.com/paper.pdf.\n\n"
	"=== Sample Hashes\n\n[options=\"header\"]\n|===\n|SHA-1 |Detection\n"
	"|`+0123456789012345678901234567890123456789+` |VBS/Some.A\n|===\n\n"
	"=== Network IOCs\n\n[cols=\"2*,1,1\",options=\"header\"]\n|====\n"
	"|IP |Domain |Hosting provider |First seen\n"
	"|`+8.8.8[.]8+` |`+N/A+` |Some, Inc. |2030-01-02\n"
	"|`+N/A+` |`+a.example[.]org+` +\n`+b.example[.]org+` |c[.]example[.]org |2030-01-03\n"
	"|clear.example.org\n|d[.]example[.]org\n|\n|2030-01-04\n"
	"|====\n\n"
	"==== Malicious names\n\n----\ne.example.org\nf[.]example[.]org\n----\n\n"
	"|===\n|g[.]example[.]org";

static void test_asciidoc(void **state)
{
	struct feed_case *f = *state;

	feed_case_read(f, "markdown", article);
	assert_values(f, "8.8.8.8 22, a.example.org 23, b.example.org 23, c.example.org 23, "
			 "d.example.org 25, f.example.org 35, g.example.org 39");
	assert_string_equal(feed_case_item(f, 0)->campaign, "Some Group");
	assert_string_equal(feed_case_item(f, 0)->context, "Network IOCs");
	assert_int_equal(feed_case_item(f, 0)->first_seen, 1893542400);
	assert_int_equal(feed_case_item(f, 4)->first_seen, 1893715200);
	assert_int_equal(
		feed_case_reason(f, "in the clear, in a report that defangs its indicators"), 2);
	assert_int_equal(f->report.refused, 2);
}

static void test_recognised(void **state)
{
	struct feed_case *f = *state;

	feed_case_read(f, "markdown", "# A\n\n[b](https://r.example.com/)\n");
	feed_case_read(f, "markdown", "= A\n\n== B\n\nwords\n");
	feed_case_read(f, "markdown",
		"Title\n=====\n\n## B\n\nWords of a whole sentence.\n"
		"And words of another one.\n");
	feed_case_read(f, "plain",
		"# A\n## B\na.example.org a note of some words\n"
		"b.example.org another note of words\n");
	feed_case_read(
		f, "hosts", "# A\n## B\n# [c](https://r.example.com/)\n0.0.0.0 a.example.org\n");
	assert_int_equal(feed_case_bytes(f, NULL, "# A\n\nWords of a sentence.\n", 26), -EBADMSG);
	assert_int_equal(feed_case_bytes(f, "markdown", "# \0\n|\0|\n|-|\n|a[.]\0b|", 21), 0);
	assert_int_equal(feed_case_count(f), 0);
}

/* Tables without an end, of one column or of very many. */
static void test_limits(void **state)
{
	struct feed_case *f = *state;
	_cleanup_(free_ptr) char *text = malloc(20000);

	assert_non_null(text);
	memset(text, '|', 20000);
	memcpy(text, "# A\n", 4);
	text[9999] = '\n';
	memset(text + 10000, '-', 100);
	memcpy(text + 10100, "|\na[.]example[.]org", 19);
	assert_int_equal(feed_case_bytes(f, "markdown", text, 20000), 0);
	assert_values(f, "a.example.org 4");
	memcpy(text, "= A\n|===\n[", 10);
	assert_int_equal(feed_case_bytes(f, "markdown", text, 20000), 0);
	assert_values(f, "a.example.org 3"); /* where its row begins */
	feed_case_read(f, "markdown",
		"= A\n\n[cols=\"99*\"]\n|===\n|a[.]example[.]org|b[.]example[.]org\n|===\n");
	assert_int_equal(feed_case_count(f), 2);
	feed_case_read(f, "markdown", "= A\n[cols=]\n|===\n|IOC\n\n|a.example.org\n|===\n");
	assert_values(f, "a.example.org 6");
}

static void test_prefixes(void **state)
{
	feed_case_prefixes(*state, "markdown", report);
	feed_case_prefixes(*state, "markdown", article);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_report, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_clear, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_asciidoc, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_recognised, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_limits, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_prefixes, feed_case_set_up, feed_case_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
