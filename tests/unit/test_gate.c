/* SPDX-License-Identifier: Apache-2.0 */
/* Lists, decisions and time at the gate, through whole files. */
#include <errno.h>
#include <stdio.h>

#include "signatures/import.h"
#include "signatures/review.h"
#include "tests/unit/unit.h"

#define DAY 86400u

struct gate {
	struct suffix_list *suffixes;
	struct warninglists *warnings;
	struct overrides *overrides;
	struct builder builder;
	struct import_report report;
	struct feed feed;
};

static int set_up(void **state)
{
	struct gate *g = calloc(1, sizeof(*g));

	*state = g;
	if (!g || suffix_list_new(&g->suffixes) < 0 ||
		warninglists_new(&g->warnings, g->suffixes) < 0 ||
		warninglists_ready(g->warnings) < 0)
		return -1;
	builder_init(&g->builder, g->suffixes);
	g->builder.warnings = g->warnings;
	return 0;
}

static int tear_down(void **state)
{
	struct gate *g = *state;

	builder_done(&g->builder);
	overrides_free(g->overrides);
	warninglists_free(g->warnings);
	suffix_list_free(g->suffixes);
	free(g);
	return 0;
}

static void run(struct gate *g, const char *text)
{
	struct import_options options = {.path = "list.txt", .feed = &g->feed};
	char error[256];

	assert_int_equal(import_text(&g->builder, cur_init(text, strlen(text)), &options,
				 &g->report, error, sizeof(error)),
		0);
	assert_int_equal(g->report.read,
		g->report.accepted + g->report.reviewed + g->report.refused + g->report.duplicates);
}

static const struct indicator *item(const struct gate *g, size_t number)
{
	assert_in_range(g->builder.file_begin + number, 0, g->builder.count - 1);
	return &g->builder.items[g->builder.file_begin + number];
}

static void decide(struct gate *g, const char *text)
{
	struct problems problems = {.count = 0};

	overrides_free(g->overrides);
	g->overrides = NULL;
	assert_int_equal(
		overrides_read(&g->overrides, cur_init(text, strlen(text)), g->suffixes, &problems),
		0);
	g->builder.overrides = g->overrides;
}

static void what_everybody_uses_never_passes(void **state)
{
	static const char *const rows[] = {"t.me", "hxxps://reddit[.]com/", "REDDIT.com.",
		"www.t.me", "*.facebook.com", "8.8.8.8", "8.8.8.8:53", "104.16.0.0/16",
		"lemonde.fr", "www.nytimes.com", "blogspot.com", "co.uk"};
	struct gate *g = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		run(g, rows[i]);
		if (item(g, 0)->advice != ADVICE_REVIEW)
			fail_msg("%s passes", rows[i]);
		assert_false(review_passes(item(g, 0)->advice));
		assert_non_null(item(g, 0)->why);
		assert_true(*review_hint(item(g, 0)->cause, item(g, 0)->type));
	}
	/* a page on a platform is a URL and is never widened */
	run(g, "https://t.me/example");
	assert_int_equal(item(g, 0)->advice, ADVICE_URL_ONLY);
	assert_int_equal(item(g, 0)->type, INDICATOR_URL);
	/* below a platform: that host and nothing round it */
	run(g, "somebody.medium.com");
	assert_int_equal(item(g, 0)->advice, ADVICE_MATCH);
	assert_int_equal(item(g, 0)->scope, SCOPE_EXACT);
	run(g, "somebody.example.org");
	assert_int_equal(item(g, 0)->scope, SCOPE_SUBDOMAINS);
	run(g, "notreddit.com");
	assert_int_equal(item(g, 0)->advice, ADVICE_MATCH);
}

/* As indicators below a listed name match that host only, a condition on all below it is little. */
static void signatures_below_a_listed_name(void **state)
{
	static const struct {
		const char *match;
		enum indicator_advice advice;
	} cases[] = {
		{"{tls.sni: accounts.google.com}", ADVICE_MATCH},
		{"{tls.sni: {suffix: accounts.google.com}}", ADVICE_REVIEW},
		{"{tls.sni: {wildcard: '*.i.ytimg.com'}}", ADVICE_REVIEW},
		{"{tls.sni: {suffix: www.www.youtube.com}}", ADVICE_REVIEW},
		{"{tls.sni: www.www.youtube.com}", ADVICE_REVIEW},
		{"{tls.sni: {suffix: evil.example.org}}", ADVICE_MATCH},
	};
	struct gate *g = *state;
	char text[512];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		snprintf(text, sizeof(text),
			"kukla-signatures: 1\nsignatures:\n- name: a\n  match: %s\n",
			cases[i].match);
		run(g, text);
		assert_int_equal(g->report.broken_line, 0);
		if (item(g, 0)->advice != cases[i].advice)
			fail_msg("%s: %s", cases[i].match,
				indicator_advice_name(item(g, 0)->advice));
	}
}

#define DECIDED(value, type, decision, more)                                                       \
	"- {value: '" value "', type: " type ", decision: " decision                               \
	", approved_by: [Ann, Bob], reason: r, date: 2026-01-31" more "}\n"

/* Below a public suffix, of either part, the name has one owner; below a listed name that is no
 * suffix it has many. */
static void who_owns_what_is_below(void **state)
{
	static const struct {
		const char *value;
		enum indicator_scope scope;
	} cases[] = {{"bild.eu.com", SCOPE_SUBDOMAINS}, {"www.bild.eu.com", SCOPE_SUBDOMAINS},
		{"theguardian.co.com", SCOPE_SUBDOMAINS},
		{"somebody.blogspot.com", SCOPE_SUBDOMAINS}, {"bild.co.uk", SCOPE_SUBDOMAINS},
		{"somebody.medium.com", SCOPE_EXACT}, {"a.somebody.medium.com", SCOPE_EXACT},
		{"eu.com", SCOPE_EXACT}, {"bucket.s3.amazonaws.com", SCOPE_SUBDOMAINS},
		{"x.some-service.amazonaws.com", SCOPE_EXACT}};
	struct gate *g = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		run(g, cases[i].value);
		if (item(g, 0)->scope != cases[i].scope)
			fail_msg("%s: %s", cases[i].value, indicator_scope_name(item(g, 0)->scope));
		assert_false(item(g, 0)->scope_is_said);
	}
}

static void a_person_says_the_scope(void **state)
{
	struct gate *g = *state;

	g->feed.scope = WISH_EXACT;
	run(g, "a.example.org\n9.1.2.0/24\nsomebody.medium.com\nhttps://example.org/x\n");
	assert_int_equal(item(g, 0)->scope, SCOPE_EXACT);
	assert_true(item(g, 0)->scope_is_said);
	assert_int_equal(item(g, 1)->scope, SCOPE_PREFIX); /* of names only */
	assert_int_equal(item(g, 2)->scope, SCOPE_EXACT);
	assert_false(item(g, 2)->scope_is_said); /* as the gate has it */
	assert_int_equal(item(g, 3)->scope, SCOPE_URL_ONLY);
	g->feed.scope = WISH_SUBDOMAINS;
	run(g, "a.example.org\nsomebody.medium.com\neu.com\n");
	assert_false(item(g, 0)->scope_is_said);
	assert_int_equal(item(g, 1)->scope, SCOPE_SUBDOMAINS);
	assert_true(item(g, 1)->scope_is_said);
	assert_int_equal(item(g, 2)->scope, SCOPE_EXACT); /* of a public suffix never more */
	decide(g, "overrides:\n" DECIDED("medium.com", "domain", "match", ""));
	run(g, "medium.com\n");
	assert_int_equal(item(g, 0)->advice, ADVICE_MATCH);
	assert_int_equal(item(g, 0)->scope, SCOPE_EXACT); /* the two said no more */
}

static void two_persons_decide(void **state)
{
	struct gate *g = *state;

	decide(g, "overrides:\n" DECIDED("medium.com", "domain", "match", "") DECIDED(
			  "justpaste.it", "domain", "match", ", scope: subdomains")
			  DECIDED("co.uk", "domain", "match", ", scope: subdomains") DECIDED(
				  "192.0.2.1", "ip", "match", "") DECIDED("a.example.org", "domain",
				  "refuse", "") DECIDED("b.example.org", "domain", "match", "")
				  DECIDED("https://t.me/x", "url", "refuse", ""));
	run(g, "medium.com\njustpaste.it\nco.uk\n192.0.2.1\na.example.org\nb.example.org\n"
	       "https://t.me/x\nwww.medium.com\n");
	assert_int_equal(item(g, 0)->advice, ADVICE_MATCH);
	assert_int_equal(item(g, 0)->scope, SCOPE_EXACT);
	assert_int_equal(item(g, 0)->cause, CAUSE_APPROVED);
	assert_string_equal(item(g, 0)->why, "approved by Ann and Bob: r");
	assert_int_equal(item(g, 1)->scope, SCOPE_SUBDOMAINS);
	assert_int_equal(item(g, 2)->advice, ADVICE_MATCH);
	assert_int_equal(item(g, 2)->scope, SCOPE_EXACT);    /* of a public suffix never more */
	assert_int_equal(item(g, 3)->advice, ADVICE_REFUSE); /* nobody can approve that */
	assert_int_equal(item(g, 4)->advice, ADVICE_REFUSE);
	assert_string_equal(item(g, 4)->why, "declined by Ann and Bob: r");
	assert_int_equal(item(g, 5)->scope, SCOPE_SUBDOMAINS); /* it was not held back */
	assert_int_equal(item(g, 6)->advice, ADVICE_REFUSE);
	assert_int_equal(item(g, 7)->advice, ADVICE_REVIEW); /* another value */
	assert_int_equal(g->report.accepted, 4);
	assert_int_equal(g->report.refused, 3);
	assert_int_equal(g->report.reviewed, 1);
	assert_string_equal(g->report.reasons[0].text, "approved by Ann and Bob: r");
	assert_int_equal(g->report.reasons[0].count, 4);
	assert_int_equal(g->report.reasons[0].advice, ADVICE_MATCH);
}

static void what_is_old_waits(void **state)
{
	struct gate *g = *state;

	decide(g, "overrides:\n" DECIDED("medium.com", "domain", "match", ""));
	g->feed = (struct feed){.published = 100 * DAY, .expires_after_s = 180 * DAY};
	g->builder.now = 280 * DAY - 1;
	run(g, "a.example.org\nmedium.com\n");
	assert_int_equal(item(g, 0)->advice, ADVICE_MATCH);
	assert_int_equal(item(g, 0)->expires, 280 * DAY);
	g->builder.now = 280 * DAY;
	run(g, "a.example.org\nmedium.com\nhttps://example.org/x\n192.0.2.1\n");
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(item(g, i)->advice, ADVICE_REVIEW);
		assert_int_equal(item(g, i)->cause, CAUSE_EXPIRED);
		assert_string_equal(item(g, i)->why, "it has expired");
	}
	assert_int_equal(item(g, 3)->advice, ADVICE_REFUSE);
	g->builder.now = 0;
	run(g, "a.example.org\n");
	assert_int_equal(item(g, 0)->advice, ADVICE_MATCH);
}

/* Never silently: what would expire by a date that nobody can read. */
static void what_cannot_be_dated_waits(void **state)
{
	static const char rows[] = "domain,first_seen\na.example.org,14/05/2023\nb.example.org,\n"
				   "c.example.org,05/06/2023\n";
	struct gate *g = *state;

	g->feed = (struct feed){.dates = DATES_MONTH_FIRST, .expires_after_s = 180 * DAY};
	run(g, rows);
	assert_int_equal(item(g, 0)->advice, ADVICE_REVIEW);
	assert_int_equal(item(g, 0)->cause, CAUSE_UNDATED);
	assert_string_equal(item(g, 0)->why, "its date cannot be read, from which it would expire");
	assert_int_equal(item(g, 1)->advice, ADVICE_REVIEW);
	assert_string_equal(item(g, 1)->why, "it has no date, from which it would expire");
	assert_int_equal(item(g, 2)->advice, ADVICE_MATCH);
	assert_int_equal(item(g, 2)->expires, 1683331200 + 180 * DAY); /* 2023-05-06 */
	assert_int_equal(g->report.unread[UNREAD_DATE].count, 1);
	assert_int_equal(g->report.unread[UNREAD_DATE].line, 2);
	assert_string_equal(g->report.unread[UNREAD_DATE].text, "14/05/2023");
	assert_int_equal(g->report.dates, DATES_MONTH_FIRST);

	g->feed.published = 100 * DAY; /* it is counted all the same */
	run(g, rows);
	assert_int_equal(item(g, 0)->advice, ADVICE_MATCH);
	assert_int_equal(item(g, 0)->expires, 280 * DAY);
	assert_int_equal(g->report.unread[UNREAD_DATE].count, 1);

	g->feed = (struct feed){.dates = DATES_ISO}; /* nobody said that it expires */
	run(g, rows);
	assert_int_equal(item(g, 0)->advice, ADVICE_MATCH);
	assert_int_equal(g->report.unread[UNREAD_DATE].count, 2);
	run(g, "domain,expires\na.example.org,never\n");
	assert_int_equal(item(g, 0)->advice, ADVICE_REVIEW);
	decide(g, "overrides:\n" DECIDED("a.example.org", "domain", "match", ""));
	run(g, "domain,expires\na.example.org,never\n");
	assert_int_equal(item(g, 0)->advice, ADVICE_MATCH);
}

/* What is no label and no technique is not handed on as one. */
static void what_is_no_label_is_left_out(void **state)
{
	struct gate *g = *state;

	run(g, "domain,tlp,disarm\na.example.org,tlp:amber,\"T0149.001, X9;T0098\"\n"
	       "b.example.org,pink,\n");
	assert_string_equal(item(g, 0)->tlp, "tlp:amber");
	assert_string_equal(item(g, 0)->disarm, "T0149.001 T0098");
	assert_string_equal(item(g, 1)->tlp, "");
	assert_int_equal(g->report.unread[UNREAD_DISARM].count, 1);
	assert_string_equal(g->report.unread[UNREAD_DISARM].text, "X9");
	assert_int_equal(g->report.unread[UNREAD_TLP].count, 1);
	assert_int_equal(g->report.unread[UNREAD_TLP].line, 3);
	assert_int_equal(g->report.unread[UNREAD_DATE].count, 0);
}

/* Persons are no indicators, whoever approves them. */
static void accounts_never_pass(void **state)
{
	static const char *const accounts[] = {"https://twitter.com/Somebody", "x.com/Somebody",
		"http://www.facebook.com/groups/1", "https://t.me/s/channel",
		"https://m.vk.com:443/id1", "https://user@youtube.com/@somebody",
		"https://medium.com/@somebody/a-story", "https://www.tiktok.com/@somebody?lang=en"};
	static const char *const others[] = {"https://medium.com/story", "https://notx.com/a",
		"https://example.org/x.com/a", "https://example.org/?u=https://x.com/a",
		"https://x.com.example.org/a", "https://cdn.discordapp.com/attachments/1/a.exe"};
	struct gate *g = *state;

	decide(g, "overrides:\n" DECIDED("https://twitter.com/Somebody", "url", "match", ""));
	g->feed.obey_to_ids = true;
	for (size_t i = 0; i < ARRAY_LEN(accounts); i++) {
		run(g, accounts[i]);
		assert_int_equal(item(g, 0)->advice, ADVICE_URL_ONLY);
		if (g->report.refused != 1 ||
			strcmp(g->report.reasons[0].text, "an account on a platform") != 0 ||
			review_keep_passing(g->builder.items + g->builder.file_begin, 1) != 0)
			fail_msg("%s passes", accounts[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		run(g, others[i]);
		if (g->report.accepted != 1 ||
			review_keep_passing(g->builder.items + g->builder.file_begin, 1) != 1)
			fail_msg("%s does not pass", others[i]);
	}
}

static void networks_of_very_many_wait(void **state)
{
	static const char *const rows[] = {
		"AS15169", "AS13335", "AS16509", "as8075", "AS32934", "AS24940"};
	struct gate *g = *state;
	char text[64];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		(void)snprintf(text, sizeof(text), "%s\na.example.org\nb.example.org\n", rows[i]);
		run(g, text);
		assert_int_equal(item(g, 0)->type, INDICATOR_ASN);
		if (item(g, 0)->advice != ADVICE_REVIEW)
			fail_msg("%s passes", rows[i]);
	}
	run(g, "AS64500\na.example.org\nb.example.org\n");
	assert_int_equal(item(g, 0)->advice, ADVICE_MATCH);
}

/* Of a value that a file has twice the row counts that says the best of it, wherever it
 * stands. */
static void the_best_of_a_file_counts(void **state)
{
	static const char *const rows[] = {"a.example.org,domain,2020-01-01\n",
		"a.example.org,domain,2030-01-01\n", "a.example.org,domain,2031-01-01\n"};
	static const size_t orders[][3] = {
		{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	struct gate *g = *state;
	char text[512];

	g->builder.now = 20000 * DAY; /* in 2024 */
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		const size_t *order = orders[i];
		bool first = order[0] == 1 || (order[0] == 0 && order[1] == 1);

		snprintf(text, sizeof(text), "value,type,expires\n%s%s%s", rows[order[0]],
			rows[order[1]], rows[order[2]]);
		run(g, text);
		assert_int_equal(g->builder.count - g->builder.file_begin, 1);
		assert_int_equal(g->report.duplicates, 2);
		assert_int_equal(item(g, 0)->advice, ADVICE_MATCH);
		/* of equal advice the first row */
		assert_in_range(item(g, 0)->expires, (first ? 60u : 61u) * 365 * DAY,
			(first ? 61u : 62u) * 365 * DAY);
	}
}

/* More reasons than a report has places: the sums still hold, apart by advice. */
static void more_reasons_than_places(void **state)
{
	struct gate *g = *state;
	_cleanup_(free_ptr) char *text = calloc(1, 65536), *decisions = calloc(1, 65536);
	uint64_t sums[ADVICES] = {0};
	size_t used = 0, said = (size_t)snprintf(decisions, 65536, "overrides:\n");

	for (unsigned i = 0; i < 150; i++) {
		used += (size_t)snprintf(text + used, 65536 - used, "n%u.example.org\n", i);
		said += (size_t)snprintf(decisions + said, 65536 - said,
			"- {value: n%u.example.org, type: domain, decision: %s, "
			"approved_by: [A, "
			"B], reason: because %u, date: 2026-01-31}\n",
			i, i % 3 ? "match" : "refuse", i);
	}
	decide(g, decisions);
	run(g, text);
	assert_int_equal(g->report.reason_count, REPORT_REASONS_MAX - ADVICES + 1);
	for (size_t i = 0; i < g->report.reason_count; i++)
		sums[g->report.reasons[i].advice] += g->report.reasons[i].count;
	assert_int_equal(sums[ADVICE_MATCH], 100);
	assert_int_equal(sums[ADVICE_REFUSE], 50);
	assert_int_equal(g->report.refused, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_everybody_uses_never_passes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_owns_what_is_below, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_person_says_the_scope, set_up, tear_down),
		cmocka_unit_test_setup_teardown(signatures_below_a_listed_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(two_persons_decide, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_old_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_cannot_be_dated_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_label_is_left_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(accounts_never_pass, set_up, tear_down),
		cmocka_unit_test_setup_teardown(networks_of_very_many_wait, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_best_of_a_file_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(more_reasons_than_places, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
