/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/feed_case.h"

#define EVENT(more, attributes)                                                                    \
	"{\"Event\": {\"info\": \"the event\", \"date\": \"2024-01-02\"" more                      \
	", \"Attribute\": [\n" attributes "\n]}}"
#define ATTRIBUTE(type, value, more) "{\"type\": \"" type "\", \"value\": \"" value "\"" more "}"
#define DAY(days)                    (1704067200u + (days)*86400u) /* since 2024-01-01 */
#define UUID                         "5cd56458-a1b0-4129-8649-64d90a14d415"

static const char event[] = EVENT(
	", \"Tag\": [{\"name\": \"x\"}, {\"name\": \"tlp:amber\"}], \"Galaxy\": [{\"type\": "
	"\"disarm-techniques\", \"GalaxyCluster\": [{\"meta\": {\"external_id\": [\"T0149\"]}}]}]",
	ATTRIBUTE("domain", "A.example.org",
		", \"to_ids\": true, \"comment\": \"said\", \"timestamp\": \"1704240000\", "
		"\"first_seen\": \"2024-01-01T00:00:00+00:00\", \"Tag\": [{\"name\": "
		"\"tlp:green\"}, {\"name\": \"disarm:T0098\"}]") ",\n" ATTRIBUTE("hostname",
		"b.example.org", ", \"to_ids\": false") ",\n" ATTRIBUTE("domain|ip",
		"c.example.org|8.8.4.4", "") ",\n" ATTRIBUTE("ip-dst", "8.8.4.4",
		"") ",\n" ATTRIBUTE("ip-src", "8.8.0.0/16", "") ",\n" ATTRIBUTE("ip-dst|port",
		"8.8.4.4|443", "") ",\n" ATTRIBUTE("ip-src|port", "2a00:1450::1|443",
		"") ",\n" ATTRIBUTE("hostname|port", "d.example.org|443", "") ",\n" ATTRIBUTE("url",
		"https://e.example.org/x", "") ",\n" ATTRIBUTE("uri", "http://f.example.org/x",
		"") ",\n" ATTRIBUTE("link", "https://report.example.org/x",
		", \"category\": \"External analysis\"") ",\n" ATTRIBUTE("link",
		"https://g.example.org/x",
		", \"category\": \"Network activity\"") ",\n" ATTRIBUTE("AS", "64496",
		"") ",\n" ATTRIBUTE("x509-fingerprint-sha1",
		"46aba99aa7158e4609aaa72b50990842fd22ae86",
		"") ",\n" ATTRIBUTE("ja3-fingerprint-md5", "8764605c6f388c89096b534d33565802",
		"") ",\n" ATTRIBUTE("user-agent", "x (y) z", ""));

static void test_event(void **state)
{
	static const struct {
		enum indicator_type type;
		const char *value;
	} wanted[] = {
		{INDICATOR_DOMAIN, "a.example.org"},
		{INDICATOR_DOMAIN, "b.example.org"},
		{INDICATOR_DOMAIN, "c.example.org"},
		{INDICATOR_IP, "8.8.4.4"},
		{INDICATOR_PREFIX, "8.8.0.0/16"},
		{INDICATOR_IP_PORT, "8.8.4.4:443"},
		{INDICATOR_IP_PORT, "[2a00:1450::1]:443"},
		{INDICATOR_DOMAIN, "d.example.org"},
		{INDICATOR_URL, "https://e.example.org/x"},
		{INDICATOR_URL, "http://f.example.org/x"},
		{INDICATOR_URL, "https://report.example.org/x"},
		{INDICATOR_URL, "https://g.example.org/x"},
		{INDICATOR_ASN, "AS64496"},
		{INDICATOR_CERT_SHA1, "46aba99aa7158e4609aaa72b50990842fd22ae86"},
		{INDICATOR_JA3, "8764605c6f388c89096b534d33565802"},
		{INDICATOR_USER_AGENT, "x (y) z"},
	};
	struct feed_case *i = *state;

	feed_case_read(i, "misp", event);
	assert_int_equal(feed_case_count(i), ARRAY_LEN(wanted));
	for (size_t n = 0; n < ARRAY_LEN(wanted); n++) {
		assert_string_equal(feed_case_item(i, n)->value, wanted[n].value);
		assert_int_equal(feed_case_item(i, n)->type, wanted[n].type);
		assert_int_equal(feed_case_item(i, n)->line, n + 2);
		assert_string_equal(feed_case_item(i, n)->campaign, "the event");
		assert_string_equal(
			feed_case_item(i, n)->reference, "https://report.example.org/x");
		assert_int_equal(feed_case_item(i, n)->published, DAY(1));
		assert_int_equal(feed_case_item(i, n)->advice,
			n >= 8 && n < 12 ? n == 10 ? ADVICE_NOT_AN_INDICATOR : ADVICE_URL_ONLY
					 : ADVICE_MATCH);
	}
	assert_string_equal(feed_case_item(i, 0)->context, "said");
	assert_string_equal(feed_case_item(i, 0)->tlp, "tlp:green");
	assert_string_equal(feed_case_item(i, 0)->disarm, "T0149 T0098");
	assert_int_equal(feed_case_item(i, 0)->first_seen, DAY(0));
	assert_int_equal(feed_case_item(i, 0)->last_confirmed, DAY(2));
	assert_string_equal(feed_case_item(i, 1)->tlp, "tlp:amber");
	assert_string_equal(feed_case_item(i, 1)->disarm, "T0149");
	assert_string_equal(feed_case_item(i, 2)->context, "c.example.org|8.8.4.4");
	i->feed.obey_to_ids = true;
	feed_case_read(i, "misp", event);
	assert_int_equal(feed_case_item(i, 0)->advice, ADVICE_MATCH);
	assert_int_equal(feed_case_item(i, 1)->advice, ADVICE_REVIEW);
	assert_int_equal(feed_case_item(i, 2)->advice, ADVICE_MATCH); /* nothing is said of it */
}

static void test_refused(void **state)
{
	struct feed_case *i = *state;

	feed_case_read(i, "misp",
		EVENT(", \"ShadowAttribute\": [{\"type\": \"domain\", \"value\": "
		      "\"x.example.org\"}]",
			ATTRIBUTE("md5", "8764605c6f388c89096b534d33565802", "") ",\n" ATTRIBUTE(
				"filename|sha256", "example.org|00",
				"") ",\n" ATTRIBUTE("malware-sample", "example.org|00",
				"") ",\n" ATTRIBUTE("email-src", "a@example.org",
				"") ",\n" ATTRIBUTE("comment", "example.org",
				"") ",\n" ATTRIBUTE("target-machine", "a.example.org",
				"") ",\n" ATTRIBUTE("port", "443",
				"") ",\n" ATTRIBUTE("x509-fingerprint-md5",
				"8764605c6f388c89096b534d33565802",
				"") ",\n" ATTRIBUTE("ip-dst|port", "8.8.4.4",
				"") ",\n" ATTRIBUTE("ip-dst|port", "|443",
				"") ",\n" ATTRIBUTE("ip-dst|port", "8.8.4.4|x",
				"") ",\n" ATTRIBUTE("domain|ip", "|8.8.4.4",
				"") ",\n"
				    "{\"type\": \"domain\"}, {\"type\": [], \"value\": {}}, 1, "
				    "null, []"));
	assert_int_equal(i->report.accepted, 0);
	assert_int_equal(i->report.read, 18);
	assert_int_equal(feed_case_reason(i, "the hash of a file"), 3);
	assert_int_equal(feed_case_reason(i, "an e-mail address"), 1);
	assert_int_equal(feed_case_reason(i, "a note"), 1);
	assert_int_equal(feed_case_reason(i, "of a type of MISP that a network does not show"), 6);
	assert_int_equal(feed_case_reason(i, "half of the value is missing"), 2);
	assert_int_equal(feed_case_reason(i, "no value"), 2);
	assert_int_equal(
		feed_case_reason(i, "a proposal that the event's owner has not accepted"), 1);
}

/* Objects, and what was deleted: it counts only where nothing valid says the same. */
static void test_objects(void **state)
{
	struct feed_case *i = *state;

	feed_case_read(i, "misp",
		"{\"Event\": {\"info\": \"e\", \"Attribute\": [" ATTRIBUTE(
			"domain", "a.example.org", ", \"deleted\": true") "," ATTRIBUTE("domain",
			"b.example.org",
			", \"deleted\": \"1\"") "], \"Object\": [{\"name\": \"domain-ip\", "
						"\"Attribute\": [" ATTRIBUTE("domain",
							"a.example.org",
							", \"deleted\": false") "," ATTRIBUTE("ip-"
											      "dst",
							"8.8.4.4",
							"") "]}, {\"deleted\": true, "
							    "\"Attribute\": [" ATTRIBUTE("domain",
								    "c.example.org", "") "]}]}}");
	assert_int_equal(feed_case_count(i), 4);
	assert_int_equal(i->report.duplicates, 1);
	assert_string_equal(feed_case_item(i, 0)->value, "a.example.org");
	assert_int_equal(feed_case_item(i, 0)->advice, ADVICE_MATCH);
	assert_string_equal(feed_case_item(i, 1)->value, "8.8.4.4");
	assert_string_equal(feed_case_item(i, 2)->value, "b.example.org");
	assert_int_equal(feed_case_item(i, 2)->advice, ADVICE_NOT_AN_INDICATOR);
	assert_string_equal(feed_case_item(i, 3)->value, "c.example.org");
	assert_int_equal(feed_case_item(i, 3)->advice, ADVICE_NOT_AN_INDICATOR);
	assert_int_equal(feed_case_reason(i, "its source has deleted it"), 2);
}

static void test_shapes(void **state)
{
	struct feed_case *i = *state;

	feed_case_read(i, "misp",
		"{\"response\": [" EVENT("", ATTRIBUTE("domain", "a.example.org", "")) ", " EVENT(
			"", ATTRIBUTE("domain", "b.example.org", "")) "]}");
	assert_int_equal(feed_case_count(i), 2);
	feed_case_read(i, "misp", "[" EVENT("", ATTRIBUTE("domain", "a.example.org", "")) "]");
	assert_int_equal(feed_case_count(i), 1);
	feed_case_read(i, "misp",
		"{\"info\": \"x\", \"Orgc\": {\"name\": \"y\"}, \"Attribute\": [" ATTRIBUTE(
			"domain", "a.example.org", "") "]}");
	assert_int_equal(feed_case_count(i), 1);
	assert_string_equal(feed_case_item(i, 0)->campaign, "x");
	feed_case_read(i, "misp",
		"{\"response\": {\"Attribute\": [" ATTRIBUTE("domain", "a.example.org",
			", \"Event\": {\"info\": \"z\"}") ", " ATTRIBUTE("domain", "b.example.org",
			"") "]}}");
	assert_int_equal(feed_case_count(i), 2);
	assert_string_equal(feed_case_item(i, 0)->campaign, "z");
	assert_string_equal(feed_case_item(i, 1)->campaign, "a feed");
	feed_case_read(i, "misp", "{\"Event\": {\"info\": \"x\"}}");
	assert_int_equal(i->report.read, 0);
	assert_int_equal(i->report.broken_line, 0);
}

/* What an export of our own says in tags: of the event for all, the last of a key; of an attribute
 * for itself. */
static void test_own_tags(void **state)
{
	struct feed_case *f = *state;

#define OWN(key, text) "{\"name\": \"kukla:" key "=\\\"" text "\\\"\"}"
	feed_case_read(f, "misp",
		EVENT(", \"Tag\": [" OWN("source", "first") "," OWN("source", "last") "," OWN(
			      "role", "operator-side") "," OWN("type", "none") "," OWN("other",
			      "x") "]",
			ATTRIBUTE("domain", "a.example.org",
				", \"Tag\": [" OWN("source", "own") "]") "," ATTRIBUTE("domain",
				"b.example.org", "")));
#undef OWN
	assert_int_equal(feed_case_count(f), 2);
	assert_string_equal(feed_case_item(f, 0)->source, "own");
	assert_string_equal(feed_case_item(f, 1)->source, "last");
	assert_int_equal(feed_case_item(f, 0)->role, ROLE_OPERATOR_SIDE);
	assert_int_equal(feed_case_item(f, 1)->role, ROLE_OPERATOR_SIDE);
}

/* The index of a feed is empty; lists that are no feeds are refused as a whole. */
static void test_beside(void **state)
{
	struct feed_case *i = *state;

	feed_case_read(i, "misp", "{\"" UUID "\": {\"info\": \"x\", \"Orgc\": {\"name\": \"y\"}}}");
	assert_int_equal(i->report.read, 0);
	assert_int_equal(i->report.broken_line, 0);
	feed_case_read(i, "misp", "8764605c6f388c89096b534d33565802," UUID "\n");
	assert_int_equal(i->report.read, 0);
	assert_int_equal(i->report.broken_line, 0);
	feed_case_read(i, "misp",
		"{\"name\": \"x\", \"type\": \"hostname\", \"version\": 1, \"list\": "
		"[\"a.example.org\"]}");
	assert_int_equal(i->report.read, 0);
	assert_non_null(strstr(i->report.broken_why, "warninglist"));
	feed_case_read(i, "misp",
		"{\"name\": \"x\", \"type\": \"x\", \"uuid\": \"" UUID "\", \"values\": "
		"[{\"value\": \"a.example.org\"}]}");
	assert_int_equal(i->report.read, 0);
	assert_non_null(strstr(i->report.broken_why, "galaxy"));
}

static void test_prefixes(void **state)
{
	feed_case_cuts(*state, NULL, event);
	feed_case_cuts(*state, NULL, "8764605c6f388c89096b534d33565802," UUID "\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_event, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_refused, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_objects, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_shapes, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_own_tags, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_beside, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_prefixes, feed_case_set_up, feed_case_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
