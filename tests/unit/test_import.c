/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/import.h"

#include <errno.h>
#include <stdio.h>

#include "tests/unit/unit.h"

struct import {
	struct suffix_list *suffixes;
	struct builder builder;
	struct import_report report;
	char error[256];
};

static int set_up(void **state)
{
	struct import *i = calloc(1, sizeof(*i));

	if (!i || suffix_list_new(&i->suffixes) < 0)
		return -1;
	builder_init(&i->builder, i->suffixes);
	*state = i;
	return 0;
}

static int tear_down(void **state)
{
	struct import *i = *state;

	builder_done(&i->builder);
	suffix_list_free(i->suffixes);
	free(i);
	return 0;
}

static int run(struct import *i, const char *path, const char *text)
{
	struct import_options options = {.path = path};
	int r = import_text(&i->builder, cur_init(text, strlen(text)), &options, &i->report,
		i->error, sizeof(i->error));

	if (r == 0)
		assert_int_equal(i->report.read, i->report.accepted + i->report.reviewed +
							 i->report.refused + i->report.duplicates);
	return r;
}

static const struct indicator *item(const struct import *i, size_t number)
{
	assert_in_range(i->builder.file_begin + number, 0, i->builder.count - 1);
	return &i->builder.items[i->builder.file_begin + number];
}

static uint64_t reason(const struct import *i, const char *text, uint32_t *ret_line)
{
	for (size_t n = 0; n < i->report.reason_count; n++) {
		if (strcmp(i->report.reasons[n].text, text) == 0) {
			*ret_line = i->report.reasons[n].lines[0];
			return i->report.reasons[n].count;
		}
	}
	return 0;
}

static void test_kill_chain(void **state)
{
	struct import *i = *state;
	uint32_t line = 0;

	assert_int_equal(run(i, "feeds/Q1_2030_Some_network.csv",
				 "\xef\xbb\xbf"
				 "Tactic ,Technique,Procedure,Indicator,Commernts\r\n"
				 "0,0.6 Acquiring domains,\"0.6.1 "
				 "a,\r\nb\",a[.]example[.]org,\"first\nnote\"\r\n"
				 ",,,,\r\n"
				 "0,0.6 Acquiring domains,p,\"b[.]example[.]org \n\",\r\n"
				 "0,0.9,p,\"7,704 Facebook accounts\",\r\n"
				 "0,0.6,p,A.example.org.,again\r\n"
				 "0,0.6,p,https://x[.]example[.]org/@y,\r\n"
				 "0,0.6,p,blogspot[.]com,\r\n"
				 "0,0.6,p\r\n"
				 "0,0.1,p,10.0.0.1,\r\n"
				 "0,0.6,p,\"a\"b,\r\n"
				 "0,0.6,p,c.example.org"),
		0);
	assert_int_equal(i->report.read, 10);
	assert_int_equal(i->report.accepted, 4);
	assert_int_equal(i->report.reviewed, 1);
	assert_int_equal(i->report.refused, 4);
	assert_int_equal(i->report.duplicates, 1);
	assert_int_equal(i->report.broken_line, 0);
	assert_string_equal(item(i, 0)->value, "a.example.org");
	assert_string_equal(item(i, 0)->campaign, "Q1 2030 Some network");
	assert_string_equal(item(i, 0)->source, "Q1_2030_Some_network.csv");
	assert_string_equal(item(i, 0)->context, "first note");
	assert_int_equal(item(i, 0)->line, 2);
	assert_int_equal(item(i, 0)->advice, ADVICE_MATCH);
	assert_string_equal(item(i, 1)->value, "b.example.org");
	assert_string_equal(item(i, 1)->context, "0.6 Acquiring domains");
	assert_int_equal(item(i, 1)->line, 6);
	assert_string_equal(item(i, 2)->value, "https://x.example.org/@y");
	assert_int_equal(item(i, 2)->advice, ADVICE_URL_ONLY);
	assert_int_equal(item(i, 3)->advice, ADVICE_REVIEW);
	assert_int_equal(item(i, 4)->advice, ADVICE_REFUSE);
	assert_int_equal(item(i, 5)->line, 15);
	assert_int_equal(reason(i, "prose", &line), 1);
	assert_int_equal(line, 8);
	assert_int_equal(reason(i, "no value", &line), 1);
	assert_int_equal(line, 12);
	assert_int_equal(reason(i, "text behind a closing quotation mark", &line), 1);
	assert_int_equal(line, 14);
}

static void test_legacy(void **state)
{
	struct import *i = *state;
	uint32_t line = 0;

	assert_int_equal(run(i, "old.csv",
				 "indicator_type,indicator_value,comment,ds\n"
				 "domain_name,a.example.org,one,2021-03-24\n"
				 "md5,10c1f38305792a0f925e8a2cf9482ce3,two,2021-03-24\n"
				 "domain_name,8.8.8.8,an address in a domain field,2021-03-24\n"
				 "email,a@example.org,three,2021-03-24\n"),
		0);
	assert_int_equal(i->report.accepted, 2);
	assert_int_equal(item(i, 1)->type, INDICATOR_IP);
	assert_int_equal(reason(i, "the hash of a file", &line), 1);
	assert_int_equal(line, 3);
	assert_int_equal(reason(i, "an e-mail address", &line), 1);
	assert_int_equal(line, 5);
	assert_int_equal(run(i, "old.tsv",
				 "indicator_type\tindicator_value\tcomment\tds\n"
				 "domain_name\ta.example.org\t1, 2\t2021-03-24\n"),
		0);
	assert_int_equal(i->report.accepted, 1); /* twice in two files is no duplicate */
	assert_string_equal(item(i, 0)->context, "1, 2");
	assert_int_equal(run(i, "empty.csv", "indicator_type,indicator_value,comment,ds\n"), 0);
	assert_int_equal(i->report.read, 0);
}

static void test_plain(void **state)
{
	struct import *i = *state;

	assert_int_equal(run(i, "list",
				 "# a list\n\n  a.example.org  # a note \r\n8.8.8.8:80 "
				 "cc\n\t\nB.example.org\r"
				 "word\n8.8.0.0/16\n/path\na.example.org"),
		0);
	assert_int_equal(i->report.read, 7);
	assert_int_equal(i->report.accepted, 4);
	assert_int_equal(i->report.refused, 2);
	assert_int_equal(i->report.duplicates, 1);
	assert_string_equal(item(i, 0)->context, "a note");
	assert_int_equal(item(i, 0)->line, 3);
	assert_int_equal(item(i, 1)->type, INDICATOR_IP_PORT);
	assert_string_equal(item(i, 1)->context, "cc");
	assert_int_equal(item(i, 2)->line, 6);
	assert_int_equal(item(i, 3)->type, INDICATOR_PREFIX);
	assert_string_equal(item(i, 3)->campaign, "list");
	assert_int_equal(run(i, "empty", ""), 0);
	assert_int_equal(i->report.read, 0);
	assert_int_equal(run(i, "comments", "# nothing\n"), 0);
	assert_int_equal(i->report.read, 0);
}

static void test_broken(void **state)
{
	static const char *const unknown[] = {"{\"a\": 1}", "<xml/>",
		"Tactic,Technique,Procedure\n", "alert us if you read this\n",
		"type,category,classification\na,b,c\n", "\x01\x02\x03"};
	struct import *i = *state;

	for (size_t n = 0; n < ARRAY_LEN(unknown); n++) {
		assert_int_equal(run(i, "x", unknown[n]), -EBADMSG);
		assert_non_null(strstr(i->error, "--format"));
	}
	assert_int_equal(run(i, "x", "{\n\"a\": 1,\n]"), -EBADMSG);
	assert_non_null(strstr(i->error, "line 3: "));
	assert_int_equal(run(i, "x", "<a>\n<b>\n</a>"), -EBADMSG);
	assert_non_null(strstr(i->error, "line 3: "));
	assert_int_equal(run(i, "x",
				 "\xff\xfe"
				 "a"),
		-EBADMSG);
	assert_non_null(strstr(i->error, "UTF-16"));
	assert_int_equal(run(i, "x",
				 "Tactic,Technique,Procedure,Indicator\n0,0.6,p,a.example.org\n"
				 "0,0.6,p,\"b.example.org\n0,0.6,p,c.example.org\n"),
		0);
	assert_int_equal(i->report.accepted, 1);
	assert_int_equal(i->report.broken_line, 3);
	assert_string_equal(i->report.broken_why, "a quotation mark is never closed");
	assert_int_equal(
		import_file(&i->builder, &(struct import_options){.path = "/does/not/exist"},
			&i->report, i->error, sizeof(i->error)),
		-ENOENT);
	assert_null(import_format("nothing"));
	assert_string_equal(import_format("plain")->name, "plain");
}

/* What stands in the clear for every site behind ECH is none of them; what only ends so is. */
static void test_cover_names(void **state)
{
	struct import *i = *state;

	assert_int_equal(
		run(i, "list", "cloudflare-ech.com\na.cover.defo.ie\nxcloudflare-ech.com\n"), 0);
	assert_int_equal(item(i, 0)->advice, ADVICE_REFUSE);
	assert_int_equal(item(i, 1)->advice, ADVICE_REFUSE);
	assert_int_equal(item(i, 2)->advice, ADVICE_MATCH);
}

/* Every prefix of a feed, by every format: an end anywhere is only an end. */
static void test_prefixes(void **state)
{
	static const char feed[] =
		"Tactic,Technique,Procedure,Indicator\r\n0,\"0.6\",p,a.example.org\r\n"
		"\"0\"\"\",0.6,p,\"hxxp://b[.]example[.]org (x)\"\r\n";
	struct import *i = *state;

	for (size_t bytes = 0; bytes < sizeof(feed); bytes++) {
		for (const struct format *const *f = formats; *f; f++) {
			struct import_options options = {.path = "x", .format = *f};
			struct cursor text = cur_init(feed, bytes);

			assert_int_equal(import_text(&i->builder, text, &options, &i->report,
						 i->error, sizeof(i->error)),
				0);
			assert_int_equal(i->report.read,
				i->report.accepted + i->report.refused + i->report.duplicates);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kill_chain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_legacy, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_plain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_broken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cover_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_prefixes, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
