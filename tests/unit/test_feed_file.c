/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/feed_file.h"

#include <errno.h>
#include <stdio.h>

#include "signatures/format.h"
#include "tests/unit/unit.h"

#define WHOLE                                                                                      \
	"feeds:\n"                                                                                 \
	"  - file: publisher/*.csv\n"                                                              \
	"    format: meta-csv\n"                                                                   \
	"    source: Publisher\n"                                                                  \
	"    campaign: Name\n"                                                                     \
	"    role: operator-side\n"                                                                \
	"    scope: exact\n"                                                                       \
	"    reference: https://example.org/report\n"                                              \
	"    disarm: [T0149.001, T0098]\n"                                                         \
	"    tlp: clear\n"                                                                         \
	"    licence: CC0\n"                                                                       \
	"    confidence: 80\n"                                                                     \
	"    dates: dmy\n"                                                                         \
	"    published: 2026-01-31\n"                                                              \
	"    expires_after: 180d\n"                                                                \
	"    to_ids: obey\n"                                                                       \
	"    columns: {value: Domain name, first_seen: Seen}\n"                                    \
	"    only: {column: class, is_not: legitimate}\n"                                          \
	"    category: infrastructure\n"                                                           \
	"  - file: ../b?.txt\n"

static struct feed_file *f;
static struct problems problems;

static int read_bytes(const char *text, size_t bytes)
{
	feed_file_free(f);
	f = NULL;
	problems.count = 0;
	return feed_file_read(&f, cur_init(text, bytes), &problems);
}

static void all_keys(void **state)
{
	const struct feed_entry *e;

	(void)state;
	assert_int_equal(read_bytes(WHOLE, strlen(WHOLE)), 0);
	assert_int_equal(feed_file_count(f), 2);
	e = feed_file_get(f, 0);
	assert_string_equal(e->pattern, "publisher/*.csv");
	assert_string_equal(e->format->name, "meta-csv");
	assert_string_equal(e->feed.source, "Publisher");
	assert_string_equal(e->feed.campaign, "Name");
	assert_int_equal(e->feed.role, ROLE_OPERATOR_SIDE);
	assert_int_equal(e->feed.scope, WISH_EXACT);
	assert_string_equal(e->feed.reference, "https://example.org/report");
	assert_string_equal(e->feed.disarm, "T0149.001 T0098");
	assert_string_equal(e->feed.tlp, "TLP:CLEAR");
	assert_string_equal(e->feed.licence, "CC0");
	assert_int_equal(e->feed.confidence, 80);
	assert_int_equal(e->feed.dates, DATES_DAY_FIRST);
	assert_int_equal(e->feed.published, 1769817600);
	assert_int_equal(e->feed.expires_after_s, 180 * 86400);
	assert_true(e->feed.obey_to_ids);
	assert_string_equal(e->feed.columns[FEED_VALUE], "Domain name");
	assert_string_equal(e->feed.columns[FEED_FIRST_SEEN], "Seen");
	assert_null(e->feed.columns[FEED_TYPE]);
	assert_string_equal(e->feed.only_column, "class");
	assert_string_equal(e->feed.not_value, "legitimate");
	assert_null(e->feed.only_value);
	assert_string_equal(e->category, "infrastructure");
	assert_null(e->approval);
	assert_null(e->note);
	assert_int_equal(e->line, 2);
	e = feed_file_get(f, 1);
	assert_null(e->format);
	assert_int_equal(e->feed.role, ROLE_READER_FACING);
	assert_int_equal(e->feed.scope, WISH_NOTHING);
	assert_false(e->feed.obey_to_ids);
	assert_string_equal(e->note, "says nothing of source, campaign, role, reference, licence, "
				     "expires_after");
}

static void files_by_their_endings(void **state)
{
	(void)state;
	assert_int_equal(read_bytes(WHOLE, strlen(WHOLE)), 0);
	assert_ptr_equal(feed_file_match(f, "publisher/a.csv"), feed_file_get(f, 0));
	assert_ptr_equal(feed_file_match(f, "/x/y/publisher/a.csv"), feed_file_get(f, 0));
	assert_null(feed_file_match(f, "a.csv"));
	assert_null(feed_file_match(f, "other/a.csv"));
	assert_null(feed_file_match(f, "publisher/b/a.csv"));
	assert_null(feed_file_match(f, "xpublisher/a.csv"));
	assert_null(feed_file_match(f, "publisher/.csv"));
	assert_ptr_equal(feed_file_match(f, "x/b1.txt"), feed_file_get(f, 1));
	assert_null(feed_file_match(f, "x/b10.txt"));
	assert_null(feed_file_match(f, ""));
}

static void wrong(const char *text, uint32_t line, const char *why)
{
	int r = read_bytes(text, strlen(text));

	if (r != -EBADMSG || problems.all[0].line != line || !strstr(problems.all[0].text, why))
		fail_msg("%s\n%d, line %u: %s", text, r, problems.all[0].line,
			problems.count ? problems.all[0].text : "");
	assert_null(f);
}

static void wrong_values(void **state)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{"rol: reader-facing", "no key called rol, but role"},
		{"xxxxxxxxxxxxxxxxxx: 1", "no key called xxxxxxxxxxxxxxxxxx"},
		{"role: operator", "reader-facing or operator-side, not operator"},
		{"role: [operator-side]", "one value"},
		{"format: meta", "meta-csv"},
		{"dates: ymd", "dates is iso, dmy or mdy, not ymd"},
		{"to_ids: yes", "ignore or obey, not yes"},
		{"tlp: TLP:PINK", "Traffic Light"},
		{"disarm: T149", "DISARM"},
		{"disarm: [T0149.01]", "DISARM"},
		{"disarm: [[T0149]]", "DISARM"},
		{"confidence: 0", "1 to 100"},
		{"confidence: 101", "1 to 100"},
		{"confidence: high", "1 to 100"},
		{"confidence: -1", "1 to 100"},
		{"confidence: 4294967297", "1 to 100"},
		{"published: 31/01/2026", "no date"},
		{"expires_after: 180d",
			"say dates (iso, dmy or mdy), which the feed has, or published"},
		{"scope: below", "scope is exact or subdomains, not below"},
		{"expires_after: 180", "180d"},
		{"expires_after: 0d", "180d"},
		{"expires_after: 9999d", "180d"},
		{"expires_after: 180 days", "180d"},
		{"expires_after: +18d", "180d"},
		{"columns: Domain", "keys and values"},
		{"columns: {valeu: Domain}", "but value"},
		{"columns: {type: Type}", "where the value is"},
		{"only: {is: x}", "needs a column"},
		{"only: {column: x}", "one of is and is_not"},
		{"only: {column: x, is: a, is_not: b}", "one of is and is_not"},
		{"only: {colunm: x, is: a}", "but column"},
		{"file: y", "twice"},
		{"approved_by: [A, B]", "nothing of this feed needs"},
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(text, sizeof(text), "feeds:\n- file: x\n  %s\n", rows[i].line);
		wrong(text, strncmp(rows[i].line, "approved", 8) ? 3 : 2, rows[i].why);
	}
}

static void opinions_are_refused_by_name(void **state)
{
	static const char *const words[] = {"opinion", "Opinions", "editorial line",
		"Editorial-Line", "party", "political parties", "religion", "state media",
		"STATE_MEDIA", "x, opinion"};
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		snprintf(text, sizeof(text), "feeds:\n- file: x\n  category: '%s'\n", words[i]);
		wrong(text, 2, "two different persons");
		snprintf(text, sizeof(text),
			"feeds:\n- file: x\n  category: '%s'\n  approved_by: [A, a]\n  reason: "
			"r\n",
			words[i]);
		wrong(text, 4, words[i]);
		snprintf(text, sizeof(text),
			"feeds:\n- file: x\n  category: '%s'\n  approved_by: [A, B]\n", words[i]);
		wrong(text, 2, "a reason");
		snprintf(text, sizeof(text),
			"feeds:\n- file: x\n  category: '%s'\n  approved_by: [A, B]\n  reason: "
			"spoofed sites only\n",
			words[i]);
		assert_int_equal(read_bytes(text, strlen(text)), 0);
		assert_string_equal(feed_file_get(f, 0)->approval, "A and B: spoofed sites only");
	}
	assert_int_equal(read_bytes("feeds:\n- {file: x, category: departments}\n", 42), 0);
}

static void what_is_no_definition(void **state)
{
	(void)state;
	wrong("", 1, "");
	wrong("feeds:\n", 1, "a list");
	wrong("feeds: []\n", 1, "empty");
	wrong("feeds: {}\n", 1, "a list");
	wrong("feeds: [x]\n", 1, "keys and values");
	wrong("feeds:\n- source: x\n", 2, "needs a file");
	wrong("feeds:\n- file: ''\n", 2, "needs a file");
	wrong("feeds:\n- file: '*******'\n", 2, "at most");
	wrong("feeds:\n- file: x\nother: 1\n", 3, "nothing beside it");
	wrong("feeds:\n- file: *x\n", 2, "aliases");
	wrong("feeds:\n- file: x\n---\nfeeds:\n", 3, "second document");
	assert_true(feed_file_recognise(cur_init("\xef\xbb\xbf# x\n---\nfeeds:\n", 18)));
	assert_false(feed_file_recognise(cur_init("feedsx:", 7)));
	assert_false(feed_file_recognise(cur_init("example.org\nfeeds:\n", 19)));
	assert_false(feed_file_recognise(cur_init("", 0)));
}

/* A text that was cut is an error or an earlier whole: never an entry without its pattern. */
static void every_beginning(void **state)
{
	(void)state;
	for (size_t bytes = 0; bytes < strlen(WHOLE); bytes++) {
		if (read_bytes(WHOLE, bytes) == 0) {
			for (size_t i = 0; i < feed_file_count(f); i++)
				assert_non_null(feed_file_get(f, i)->pattern);
		} else {
			assert_true(problems.count > 0);
		}
	}
}

static int drop(void **state)
{
	(void)state;
	feed_file_free(f);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_keys),
		cmocka_unit_test(files_by_their_endings),
		cmocka_unit_test(wrong_values),
		cmocka_unit_test(opinions_are_refused_by_name),
		cmocka_unit_test(what_is_no_definition),
		cmocka_unit_test(every_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, drop);
}
