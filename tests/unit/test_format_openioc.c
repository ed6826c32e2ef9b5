/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tests/unit/feed_case.h"

#define IOC(body)                                                                                  \
	"<ioc xmlns='http://schemas.mandiant.com/2010/ioc' last-modified='2030-02-03T00:00:00'>\n" \
	"<short_description>Lab</short_description>\n"                                             \
	"<authored_date>2030-01-02T00:00:00</authored_date>\n"                                     \
	"<links><link rel='campaign'>Op</link><link rel='report' href='https://example.org/r'/>"   \
	"<link rel='license'>CC0</link></links>\n<definition>" body "</definition></ioc>"
#define ITEM(condition, search, value)                                                             \
	"<IndicatorItem condition='" condition "'><Context search='" search "'/><Content>" value   \
	"</Content></IndicatorItem>\n"
#define ALL(body) "<Indicator operator='AND'>" body "</Indicator>"
#define ANY(body) "<Indicator operator='OR'>" body "</Indicator>"
#define DROPPED   "its other conditions would be dropped"

static const char format[] = "openioc";

static void test_items(void **state)
{
	struct feed_case *f = *state;
	const struct indicator *item;

	feed_case_read_twice(f, format,
		IOC(ANY(ITEM("is", "Network/DNS", " a.example.org ") ITEM("is",
			"DnsEntryItem/RecordName", "b.example.org") ITEM("is", "UrlHistoryItem/URL",
			"http://c.example.org/x") ITEM("is", "RouteEntryItem/Destination",
			"9.9.9.9") ITEM("is", "ProcessItem/PortList/PortItem/remoteIP", "9.9.9.10")
				ITEM("is", "Network/UserAgent", "Bot/1.0 (x; y)")
					ITEM("is", "Network/URI", "/gate.php") ITEM(
						"is", "Network/URI", "d.example.org/gate.php"))));
	assert_int_equal(f->report.read, 8);
	assert_int_equal(f->report.accepted, 7);
	item = feed_case_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_MATCH);
	assert_string_equal(item->campaign, "Op");
	assert_string_equal(item->context, "Lab");
	assert_string_equal(item->reference, "https://example.org/r");
	assert_string_equal(item->licence, "CC0");
	assert_int_equal(item->published, 1893542400);
	assert_int_equal(item->last_confirmed, 1896307200);
	assert_int_equal(item->line, 5);
	feed_case_expect(f, INDICATOR_DOMAIN, "b.example.org", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_URL, "http://c.example.org/x", ADVICE_URL_ONLY);
	feed_case_expect(f, INDICATOR_IP, "9.9.9.9", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_IP, "9.9.9.10", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_USER_AGENT, "Bot/1.0 (x; y)", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_URL_PATH, "/gate.php", ADVICE_REFUSE);
	feed_case_expect(f, INDICATOR_URL, "d.example.org/gate.php", ADVICE_URL_ONLY);
}

static void test_version_1_1(void **state)
{
	struct feed_case *f = *state;

	feed_case_read_twice(f, format,
		"<?xml version='1.0' encoding='utf-8'?>\n"
		"<OpenIOC xmlns='http://openioc.org/schemas/OpenIOC_1.1'><metadata>"
		"<short_description>New</short_description><links><link rel='threatgroup' "
		"href='x'>Group</link></links></metadata><criteria><Indicator operator='OR'>"
		"<IndicatorItem condition='is' negate='false'><Context search='Network/DNS'/>"
		"<Content>a.example.org</Content></IndicatorItem>"
		"<IndicatorItem condition='is' negate='true'><Context search='Network/DNS'/>"
		"<Content>b.example.org</Content></IndicatorItem>"
		"<IndicatorItem condition='is'><Context search='Network/DNS'/>"
		"<Content>c.example.org</Content><Comment>seen</Comment></IndicatorItem>"
		"</Indicator></criteria><parameters/></OpenIOC>");
	assert_string_equal(
		feed_case_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_MATCH)->campaign,
		"Group");
	assert_null(feed_case_find(f, "b.example.org"));
	assert_int_equal(feed_case_refused(f, "it says what it is not"), 1);
	assert_string_equal(feed_case_find(f, "c.example.org")->context, "seen");
}

/* MISP once wrote the value as id of its item. */
static void test_value_in_id(void **state)
{
	struct feed_case *f = *state;

	feed_case_read_twice(f, format,
		IOC("<Indicator operator='OR'>"
		    "<IndicatorItem id='a.example.org' condition='is'><Context "
		    "search='Network/DNS'/><Content type='string'></Content></IndicatorItem>"
		    "<IndicatorItem id='a bot' condition='is'><Context "
		    "search='Network/UserAgent'/><Content/></IndicatorItem>"
		    "<IndicatorItem id='5cd56487-0b50-4e81-b7eb-651f0a14d415' condition='is'>"
		    "<Context search='Network/DNS'/><Content/></IndicatorItem>"
		    "<IndicatorItem id='b.example.org' condition='is'><Context "
		    "search='FileItem/FileName'/><Content/></IndicatorItem></Indicator>"));
	feed_case_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_USER_AGENT, "a bot", ADVICE_MATCH);
	assert_int_equal(feed_case_refused(f, "no value"), 1);
	assert_int_equal(f->report.read, 4);
	assert_int_equal(f->report.refused, 2);
}

static void test_conditions(void **state)
{
	struct feed_case *f = *state;

	feed_case_read_twice(f, format,
		IOC(ANY(ITEM("contains", "Network/DNS", "a.example.org") ITEM("starts-with",
			"Network/DNS", "b.example.org") ITEM("matches", "Network/UserAgent",
			"Bot.*") ITEM("isnot", "Network/DNS", "c.example.org") ITEM("containsnot",
			"Network/DNS", "d.example.org") ITEM("greater-than", "PortItem/remotePort",
			"1024") ITEM("is", "PortItem/remotePort", "1024")
				ITEM("is", "PortItem/localIP", "9.9.9.9") ITEM(
					"is", "FileItem/Md5sum", "b0238c547a905bfa119c4e8baccaeac0")
					ITEM("is", "Email/From", "a@example.org"))));
	assert_int_equal(f->report.read, 10);
	assert_int_equal(f->report.refused, 10);
	feed_case_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_REFUSE);
	assert_int_equal(feed_case_refused(f, "a substring rule"), 3);
	assert_int_equal(feed_case_refused(f, "it says what it is not"), 2);
	assert_int_equal(feed_case_refused(f, "a range of values"), 1);
	assert_int_equal(feed_case_refused(f, "a port without an address"), 1);
	assert_int_equal(feed_case_refused(f, "the hash of a file"), 1);
	assert_int_equal(feed_case_refused(f, "a sign on a host, or what no value says"), 1);
	assert_int_equal(feed_case_refused(f, "an e-mail address"), 1);
}

static void test_together(void **state)
{
	struct feed_case *f = *state;

	feed_case_read_twice(f, format,
		IOC(ANY(ALL(ITEM("is", "PortItem/remoteIP", "9.9.9.1")
				ITEM("is", "PortItem/remotePort", "8443")) ALL(ITEM("is",
			"PortItem/remoteIP", "2620:fe::1") ITEM("is", "PortItem/remotePort",
			"8443")) ALL(ITEM("is", "Network/DNS", "a.example.org") ITEM("is",
			"DnsEntryItem/RecordData/IPv4Address",
			"9.9.9.2")) ALL(ITEM("is", "UrlHistoryItem/URL", "http://b.example.org/x")
				ITEM("is", "Network/DNS", "b.example.org")) ALL(ITEM("is",
			"Network/DNS", "c.example.org") ITEM("is", "Network/URI", "/y"))
				ALL(ALL(ITEM("is", "Network/DNS", "d.example.org"))))));
	feed_case_expect(f, INDICATOR_IP_PORT, "9.9.9.1:8443", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_IP_PORT, "[2620:fe::1]:8443", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_MATCH);
	assert_null(feed_case_find(f, "9.9.9.2"));
	feed_case_expect(f, INDICATOR_URL, "http://b.example.org/x", ADVICE_URL_ONLY);
	assert_null(feed_case_find(f, "b.example.org"));
	feed_case_expect(f, INDICATOR_URL, "http://c.example.org/y", ADVICE_URL_ONLY);
	feed_case_expect(f, INDICATOR_DOMAIN, "d.example.org", ADVICE_MATCH);
	assert_int_equal(feed_case_refused(f, DROPPED), 2);
}

/* More than one value can say. */
static void test_dropped(void **state)
{
	static const char *const wholes[] = {
		IOC(ALL(ITEM("is", "Network/DNS", "a.example.org")
				ITEM("is", "FileItem/FileName", "x.exe"))),
		IOC(ALL(ITEM("is", "Network/DNS", "a.example.org")
				ITEM("is", "Network/DNS", "b.example.org"))),
		IOC(ALL(ITEM("is", "Network/DNS", "a.example.org")
				ITEM("contains", "Network/DNS", "b"))),
		IOC(ALL(ITEM("is", "Network/DNS", "a.example.org")
				ITEM("isnot", "Network/DNS", "b.example.org"))),
		IOC(ALL(ITEM("is", "Network/DNS", "a.example.org")
				ANY(ITEM("is", "FileItem/FileName", "x.exe")))),
		IOC(ALL(ITEM("is", "PortItem/remoteIP", "9.9.9.0/24")
				ITEM("is", "PortItem/remotePort", "80"))),
		IOC(ALL(ITEM("is", "PortItem/remoteIP", "9.9.9.9")
				ITEM("is", "PortItem/remotePort", "70000"))),
		IOC(ALL(ITEM("is", "Network/DNS", "a.example.org")
				ITEM("is", "Network/UserAgent", "Bot"))),
		IOC("<Indicator>" ITEM("is", "Network/DNS", "a.example.org")
				ITEM("is", "Network/DNS", "b.example.org") "</Indicator>"),
	};
	struct feed_case *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(wholes); i++) {
		feed_case_read_twice(f, format, wholes[i]);
		if (f->report.read != 2 || feed_case_refused(f, DROPPED) != 2)
			fail_msg("%s", wholes[i]);
	}
	/* a choice inside: no single name says it */
	feed_case_read_twice(f, format,
		IOC(ALL(ITEM("is", "UrlHistoryItem/URL", "http://a.example.org/x")
				ANY(ANY(ITEM("is", "Network/DNS", "b.example.org"))
						ANY(ITEM("is", "Network/DNS", "c.example.org"))))));
	assert_int_equal(feed_case_refused(f, DROPPED), 3);
}

/* More parts than are kept, more levels than the tree has. */
static void test_limits(void **state)
{
	struct feed_case *f = *state;
	size_t size = 20000, used;
	char *text = calloc(1, size);

	assert_non_null(text);
	used = (size_t)snprintf(text, size, "<ioc><definition><Indicator operator='AND'>");
	for (size_t i = 0; i < 40; i++)
		used += (size_t)snprintf(
			text + used, size - used, "%s", ITEM("is", "Network/DNS", "a.example.org"));
	snprintf(text + used, size - used, "</Indicator></definition></ioc>");
	feed_case_read_twice(f, format, text);
	assert_int_equal(f->report.read, 40);
	assert_int_equal(feed_case_refused(f, DROPPED), 40);
	used = (size_t)snprintf(text, size, "<ioc><definition>");
	for (size_t i = 0; i < 100; i++)
		used += (size_t)snprintf(text + used, size - used, "<Indicator operator='AND'>");
	assert_int_equal(feed_case_bytes(f, format, text, used), -EBADMSG);
	free(text);
}

static void test_prefixes(void **state)
{
	static const char *const odd[] = {"<ioc/>", "<ioc><definition/></ioc>",
		"<OpenIOC><criteria><IndicatorItem/></criteria></OpenIOC>",
		"<ioc><definition><Indicator/></definition></ioc>",
		"<ioc><definition><Indicator><IndicatorItem/></Indicator></definition></ioc>",
		"<a><definition/></a>", "{}", "x"};
	struct feed_case *f = *state;

	feed_case_cuts(f, format, IOC(ALL(ITEM("is", "Network/DNS", "a.example.org"))));
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		assert_int_equal(feed_case_bytes(f, format, odd[i], strlen(odd[i])), 0);
		assert_int_equal(f->report.accepted, 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_items, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_version_1_1, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_value_in_id, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_conditions, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_together, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_dropped, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_limits, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_prefixes, feed_case_set_up, feed_case_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
