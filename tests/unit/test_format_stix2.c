/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/feed_case.h"

#define BUNDLE(objects)                                                                            \
	"{\"type\": \"bundle\", \"id\": \"bundle--1\", \"objects\": [\n" objects "\nnull]}"
#define INDICATOR(id, pattern, more)                                                               \
	"{\"type\": \"indicator\", \"id\": \"indicator--" id                                       \
	"\", \"pattern_type\": \"stix\", \"pattern\": \"" pattern "\"" more "},\n"
#define DAY(days) (1704067200u + (days)*86400u) /* since 2024-01-01 */

static void test_indicators(void **state)
{
	struct feed_case *i = *state;

	feed_case_read(i, "stix2",
		BUNDLE(INDICATOR("1", "[domain-name:value='A.example.org']",
			", \"created\": \"2024-01-02T00:00:00.000Z\", \"modified\": "
			"\"2024-01-03T00:00:00Z\", \"valid_from\": "
			"\"2024-01-01T00:00:00Z\", "
			"\"valid_until\": \"2024-01-11T00:00:00Z\", \"confidence\": 85, "
			"\"name\": \"a name\", \"description\": \"said\", "
			"\"labels\": [\"T1583.001 T0849\", \"disarm:T0149.004\"], "
			"\"kill_chain_phases\": [{\"phase_name\": \"T0098\"}], "
			"\"external_references\": [{\"source_name\": \"x\"}, "
			"{\"url\": \"https://report.example.org/\"}], "
			"\"object_marking_refs\": "
			"[\"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da\", "
			"\"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003\", "
			"\"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82\"]")
				INDICATOR("2", "[ipv4-addr:value = '8.8.4.4'] OR [file:name = 'x']",
					", \"name\": \"a name\"") INDICATOR("3",
					"[ipv4-addr:value = '8.8.4.5' AND network-traffic:dst_port "
					"= 443]",
					"") INDICATOR("4",
					"[domain-name:value = 'b.example.org' AND "
					"domain-name:resolves_to_refs[*].value = '8.8.4.4']",
					"")));
	assert_int_equal(i->report.read, 5);
	assert_int_equal(i->report.accepted, 3);
	assert_int_equal(i->report.reviewed, 1);
	assert_int_equal(i->report.refused, 1);
	assert_string_equal(feed_case_item(i, 0)->value, "a.example.org");
	assert_string_equal(feed_case_item(i, 0)->context, "said");
	assert_string_equal(feed_case_item(i, 0)->disarm, "T0149.004 T0098");
	assert_string_equal(feed_case_item(i, 0)->reference, "https://report.example.org/");
	assert_string_equal(feed_case_item(i, 0)->tlp, "TLP:AMBER+STRICT");
	assert_int_equal(feed_case_item(i, 0)->confidence, 85);
	assert_int_equal(feed_case_item(i, 0)->first_seen, DAY(0));
	assert_int_equal(feed_case_item(i, 0)->published, DAY(1));
	assert_int_equal(feed_case_item(i, 0)->last_confirmed, DAY(2));
	assert_int_equal(feed_case_item(i, 0)->expires, DAY(10));
	assert_int_equal(feed_case_item(i, 0)->line, 2);
	assert_string_equal(feed_case_item(i, 1)->context, "a name");
	assert_int_equal(feed_case_item(i, 1)->line, 3);
	assert_int_equal(feed_case_item(i, 2)->type, INDICATOR_IP_PORT);
	assert_string_equal(feed_case_item(i, 2)->value, "8.8.4.5:443");
	assert_int_equal(feed_case_item(i, 3)->advice, ADVICE_REVIEW);
	assert_int_equal(feed_case_reason(i, "its pattern asks for more than this value"), 1);
	assert_int_equal(feed_case_reason(i, "a pattern for what a network does not show"), 1);
}

static void test_not_used(void **state)
{
	struct feed_case *i = *state;

	feed_case_read(i, "stix2",
		BUNDLE(INDICATOR("1", "[domain-name:value='a.example.org']",
			", \"revoked\": true") INDICATOR("2", "[domain-name:value='b.example.org']",
			", \"indicator_types\": [\"benign\"]") INDICATOR("3",
			"[domain-name:value='c.example.org']",
			", \"labels\": [\"benign\"]") INDICATOR("4",
			"[domain-name:value='d.example.org'",
			"") "{\"type\": \"indicator\", \"id\": \"indicator--5\", \"pattern_type\": "
			    "\"snort\","
			    " \"pattern\": \"alert tcp any any -> any any\"},"
			    "{\"type\": \"indicator\", \"id\": \"indicator--6\"}," INDICATOR(
				    "7", "[domain-name:value='a.example.org']", "") INDICATOR("8",
				    "[domain-name:value='e.example.org']",
				    ", \"modified\": \"2024-01-01T00:00:00Z\"") INDICATOR("8",
				    "[domain-name:value='e.example.org']",
				    ", \"modified\": \"2024-01-02T00:00:00Z\", \"revoked\": "
				    "true")));
	assert_int_equal(feed_case_reason(i, "its source has revoked it"), 1);
	assert_int_equal(feed_case_reason(i, "its source says it is benign"), 2);
	assert_int_equal(feed_case_reason(i, "a pattern that breaks the grammar of STIX"), 1);
	assert_int_equal(feed_case_reason(i, "a pattern in another language than that of STIX"), 1);
	assert_int_equal(feed_case_reason(i, "an indicator without a pattern"), 1);
	assert_int_equal(feed_case_reason(i, "an older version of an indicator"), 1);
	assert_int_equal(feed_case_count(i), 4);
	for (size_t n = 0; n < feed_case_count(i); n++) {
		/* the valid one of the two is kept, though the revoked one comes first */
		bool is_a = strcmp(feed_case_item(i, n)->value, "a.example.org") == 0;

		assert_int_equal(feed_case_item(i, n)->advice,
			is_a ? ADVICE_MATCH : ADVICE_NOT_AN_INDICATOR);
	}
}

static const char open_cti[] = BUNDLE(
	"{\"type\": \"domain-name\", \"id\": \"domain-name--1\", \"value\": \"a.example.org\", "
	"\"x_opencti_description\": \"said\", \"labels\": [\"T0149.003\"], "
	"\"object_marking_refs\": [\"marking-definition--1\", \"marking-definition--2\"]},\n"
	"{\"type\": \"url\", \"id\": \"url--1\", \"value\": \"b.example.org\"},\n"
	"{\"type\": \"url\", \"id\": \"url--2\", \"value\": \"what directs to a site\"},\n"
	"{\"type\": \"ipv6-addr\", \"id\": \"ipv6-addr--1\", \"value\": \"2a00:1450::1\"},\n"
	"{\"type\": \"ipv4-addr\", \"id\": \"ipv4-addr--1\", \"value\": \"8.8.0.0/16\"},\n"
	"{\"type\": \"autonomous-system\", \"id\": \"autonomous-system--1\", \"number\": 64496},\n"
	"{\"type\": \"x509-certificate\", \"id\": \"x509-certificate--1\", \"hashes\": {\"SHA-1\": "
	"\"46aba99aa7158e4609aaa72b50990842fd22ae86\", \"MD5\": "
	"\"8764605c6f388c89096b534d33565802\"}},\n"
	"{\"type\": \"network-traffic\", \"id\": \"network-traffic--1\", \"extensions\": "
	"{\"http-request-ext\": {\"request_header\": {\"User-Agent\": [\"x y\"]}}}},\n"
	"{\"type\": \"user-account\", \"id\": \"user-account--1\", \"account_login\": "
	"\"t.me/x\"},\n"
	"{\"type\": \"file\", \"id\": \"file--1\", \"name\": \"example.org\"},\n"
	"{\"type\": \"email-addr\", \"id\": \"email-addr--1\", \"value\": \"a@example.org\"},\n"
	"{\"type\": \"channel\", \"id\": \"channel--1\", \"name\": \"social.example.org/x\"},\n"
	"{\"type\": \"channel\", \"id\": \"channel--2\", \"name\": \"A news site\"},\n"
	"{\"type\": \"location\", \"id\": \"location--1\", \"name\": \"example.org\"},\n"
	"{\"type\": \"marking-definition\", \"id\": \"marking-definition--1\", \"definition\": "
	"{\"statement\": \"CC BY 4.0\"}},\n"
	"{\"type\": \"marking-definition\", \"id\": \"marking-definition--2\", \"name\": "
	"\"TLP:CLEAR\"},\n"
	"{\"type\": \"intrusion-set\", \"id\": \"intrusion-set--1\", \"name\": \"the people\"},\n"
	"{\"type\": \"campaign\", \"id\": \"campaign--1\", \"name\": \"the campaign\"},\n"
	"{\"type\": \"attack-pattern\", \"id\": \"attack-pattern--1\", \"external_references\": "
	"[{\"external_id\": \"T0098.001\"}]},\n"
	"{\"type\": \"report\", \"id\": \"report--1\", \"name\": \"the report\", \"published\": "
	"\"2024-01-04T00:00:00Z\", \"external_references\": [{\"url\": "
	"\"https://report.example.org/\"}], \"object_refs\": [\"domain-name--1\", \"url--1\"]},\n"
	"{\"type\": \"observed-data\", \"id\": \"observed-data--1\", \"first_observed\": "
	"\"2024-01-02T00:00:00Z\", \"last_observed\": \"2024-01-03T00:00:00Z\", "
	"\"object_refs\": [\"domain-name--1\"]},\n"
	"{\"type\": \"relationship\", \"id\": \"relationship--1\", \"source_ref\": "
	"\"domain-name--1\", \"target_ref\": \"intrusion-set--1\"},\n"
	"{\"type\": \"relationship\", \"id\": \"relationship--2\", \"source_ref\": "
	"\"campaign--1\", \"target_ref\": \"domain-name--1\"},\n"
	"{\"type\": \"relationship\", \"id\": \"relationship--3\", \"source_ref\": "
	"\"domain-name--1\", \"target_ref\": \"attack-pattern--1\"},\n"
	"{\"type\": \"relationship\", \"id\": \"relationship--4\", \"source_ref\": "
	"\"ipv4-addr--1\", \"target_ref\": \"campaign--1\", \"revoked\": true},");

static void test_observables(void **state)
{
	struct feed_case *i = *state;

	feed_case_read(i, "stix2", open_cti);
	assert_int_equal(feed_case_count(i), 8);
	assert_string_equal(feed_case_item(i, 0)->value, "a.example.org");
	assert_string_equal(feed_case_item(i, 0)->campaign, "the campaign");
	assert_string_equal(feed_case_item(i, 0)->context, "said");
	assert_string_equal(feed_case_item(i, 0)->tlp, "TLP:CLEAR");
	assert_string_equal(feed_case_item(i, 0)->licence, "CC BY 4.0");
	assert_string_equal(feed_case_item(i, 0)->disarm, "T0149.003 T0098.001");
	assert_string_equal(feed_case_item(i, 0)->reference, "https://report.example.org/");
	assert_int_equal(feed_case_item(i, 0)->first_seen, DAY(1));
	assert_int_equal(feed_case_item(i, 0)->last_confirmed, DAY(2));
	assert_int_equal(feed_case_item(i, 0)->published, DAY(3));
	assert_int_equal(feed_case_item(i, 1)->type, INDICATOR_DOMAIN);
	assert_string_equal(feed_case_item(i, 1)->campaign, "the report");
	assert_int_equal(feed_case_item(i, 2)->type, INDICATOR_IP);
	assert_int_equal(feed_case_item(i, 3)->type, INDICATOR_PREFIX);
	assert_string_equal(
		feed_case_item(i, 3)->campaign, "a feed"); /* its relation was revoked */
	assert_string_equal(feed_case_item(i, 4)->value, "AS64496");
	assert_int_equal(feed_case_item(i, 5)->type, INDICATOR_CERT_SHA1);
	assert_string_equal(feed_case_item(i, 6)->value, "x y");
	assert_int_equal(feed_case_item(i, 6)->type, INDICATOR_USER_AGENT);
	assert_int_equal(feed_case_item(i, 7)->type, INDICATOR_URL);
	assert_int_equal(feed_case_item(i, 7)->advice, ADVICE_NOT_AN_INDICATOR);
	assert_int_equal(feed_case_reason(i, "a channel or account, not infrastructure"), 1);
	assert_int_equal(feed_case_reason(i, "an account of a person or a bot"), 1);
	assert_int_equal(feed_case_reason(i, "an observable that a network does not show"), 1);
	assert_int_equal(feed_case_reason(i, "an e-mail address"), 1);
	assert_int_equal(feed_case_reason(i, "prose"), 2);
	assert_int_equal(feed_case_reason(i, "not the SHA-1 or SHA-256 of a certificate"), 1);
}

/* Beside indicators, what was only seen is what MISP calls not for detection. */
static void test_seen_beside(void **state)
{
	static const char text[] = BUNDLE(
		"{\"type\": \"domain-name\", \"id\": \"domain-name--1\", \"value\": "
		"\"a.example.org\"},{\"type\": \"domain-name\", \"id\": \"domain-name--2\", "
		"\"value\": \"b.example.org\"}," INDICATOR("1",
			"[domain-name:value = 'b.example.org']",
			", \"description\": \"x\"") INDICATOR("2",
			"[domain-name:value = 'c.example.org']",
			", \"revoked\": true") "{\"type\": \"domain-name\", \"id\": "
					       "\"domain-name--3\", \"value\": "
					       "\"c.example.org\"},"
					       "{\"type\": \"sighting\", \"id\": \"sighting--1\", "
					       "\"last_seen\": "
					       "\"2024-01-02T00:00:00Z\", \"sighting_of_ref\": "
					       "\"indicator--1\"},");
	struct feed_case *i = *state;

	for (unsigned obey = 0; obey < 2; obey++) {
		i->feed.obey_to_ids = obey;
		feed_case_read(i, "stix2", text);
		assert_int_equal(feed_case_count(i), 3);
		assert_int_equal(i->report.duplicates, 2);
		assert_string_equal(feed_case_item(i, 0)->value, "b.example.org");
		assert_string_equal(feed_case_item(i, 0)->context, "x");
		assert_int_equal(feed_case_item(i, 0)->advice, ADVICE_MATCH);
		assert_int_equal(feed_case_item(i, 0)->last_confirmed, DAY(1));
		assert_string_equal(feed_case_item(i, 1)->value, "c.example.org");
		assert_int_equal(feed_case_item(i, 1)->advice, ADVICE_NOT_AN_INDICATOR);
		assert_string_equal(feed_case_item(i, 2)->value, "a.example.org");
		assert_int_equal(feed_case_item(i, 2)->advice, obey ? ADVICE_REVIEW : ADVICE_MATCH);
	}
}

static void test_version_2_0(void **state)
{
	struct feed_case *i = *state;

	feed_case_read(i, "stix2",
		BUNDLE("{\"type\": \"observed-data\", \"id\": \"observed-data--1\", "
		       "\"first_observed\": \"2024-01-02T00:00:00Z\", \"last_observed\": "
		       "\"2024-01-03T00:00:00Z\", \"objects\": {\"0\": {\"type\": \"domain-name\", "
		       "\"value\": \"a.example.org\", \"resolves_to_refs\": [\"1\"]}, \"1\": "
		       "{\"type\": \"ipv4-addr\", \"value\": \"8.8.4.4\"}, \"2\": {\"type\": "
		       "\"process\", \"name\": \"x\"}}},"));
	assert_int_equal(feed_case_count(i), 2);
	assert_string_equal(feed_case_item(i, 0)->value, "a.example.org");
	assert_int_equal(feed_case_item(i, 0)->first_seen, DAY(1));
	assert_int_equal(feed_case_item(i, 1)->last_confirmed, DAY(2));
	assert_int_equal(i->report.refused, 1);
	feed_case_read(i, "stix2",
		BUNDLE("{\"type\": \"indicator\", \"id\": \"indicator--1\", \"labels\": "
		       "[\"malicious-activity\"], \"pattern\": \"[domain-name:value = "
		       "'a.example.org']\"},"));
	assert_int_equal(feed_case_count(i), 1);
}

/* An envelope of TAXII, a bare list, nothing. */
static void test_shapes(void **state)
{
	struct feed_case *i = *state;

	feed_case_read(i, "stix2",
		"{\"more\": false, \"objects\": [" INDICATOR(
			"1", "[domain-name:value = 'a.example.org']", "") "null]}");
	assert_int_equal(feed_case_count(i), 1);
	feed_case_read(i, "stix2",
		"[" INDICATOR("1", "[domain-name:value = 'a.example.org']", "") "null]");
	assert_int_equal(feed_case_count(i), 1);
	feed_case_read(i, "stix2", "{\"type\": \"bundle\", \"id\": \"bundle--1\"}");
	assert_int_equal(i->report.read, 0);
	assert_int_equal(i->report.broken_line, 0);
	feed_case_read(i, "stix2", "{\"type\": \"bundle\", \"objects\": [1, null, [], {}, \"x\"]}");
	assert_int_equal(i->report.read, 0);
	feed_case_read(i, "stix2",
		BUNDLE("{\"type\": \"indicator\", \"id\": 1, \"pattern\": {}, \"labels\": 3},"
		       "{\"type\": \"domain-name\", \"id\": null, \"value\": [1]},"
		       "{\"type\": \"report\", \"object_refs\": [{}, [], 1, null]},"
		       "{\"type\": \"relationship\", \"source_ref\": {}, \"target_ref\": []},"));
	assert_int_equal(i->report.refused, 2);
	assert_int_equal(i->report.read, 2);
}

static void test_other_format(void **state)
{
	struct feed_case *i = *state;
	struct import_options options = {.path = "x", .format = import_format("stix2")};
	static const char text[] = "{\"a\": 1}";

	assert_int_equal(import_text(&i->builder, cur_init(text, strlen(text)), &options,
				 &i->report, i->error, sizeof(i->error)),
		0);
	assert_int_equal(i->report.broken_line, 1);
	assert_int_equal(feed_case_bytes(i, NULL, text, strlen(text)), -EBADMSG);
}

/* Many with one id, each with many relations: what one object is told is bounded. */
static void test_many(void **state)
{
	enum { OBJECTS = 20000, BYTES = 160 };
	struct feed_case *i = *state;
	_cleanup_(free_ptr) char *text = malloc((size_t)OBJECTS * 3 * BYTES + BYTES);
	size_t used = 0;

	assert_non_null(text);
	used += (size_t)snprintf(text, BYTES, "{\"type\": \"bundle\", \"objects\": [");
	for (unsigned n = 0; n < OBJECTS; n++)
		used += (size_t)snprintf(text + used, (size_t)3 * BYTES,
			"{\"type\":\"domain-name\",\"id\":\"domain-name--1\",\"value\":\"a.example."
			"org\"},"
			"{\"type\":\"campaign\",\"id\":\"campaign--1\",\"name\":\"c\"},"
			"{\"type\":\"relationship\",\"id\":\"relationship--1\",\"source_ref\":"
			"\"domain-name--1\",\"target_ref\":\"campaign--1\"},");
	used += (size_t)snprintf(text + used, (size_t)3 * BYTES, "{}]}");
	assert_int_equal(feed_case_bytes(i, NULL, text, used), 0);
	assert_int_equal(feed_case_count(i), 1);
	assert_int_equal(i->report.duplicates, OBJECTS - 1);
	assert_string_equal(feed_case_item(i, 0)->campaign, "c");
}

static void test_prefixes(void **state)
{
	feed_case_cuts(*state, NULL, open_cti);
}

#define SIGNATURE(id, name, pattern, own)                                                          \
	INDICATOR(id, pattern,                                                                     \
		", \"name\": \"" name "\", \"extensions\": {\"extension-definition--"              \
		"6c4c5a1b-6f0e-5e0a-9d52-6d8a4c1f7b3e\": {" own "}}")

/* A signature of ours is its condition, which is judged as one of our own files; what cannot be
 * read is not the less that its pattern says. */
static void test_signatures(void **state)
{
	struct feed_case *i = *state;

	feed_case_read(i, "stix2",
		BUNDLE(SIGNATURE("1", "a b", "[domain-name:value = 'a.example.org']",
			"\"type\": \"signature\", \"role\": \"operator-side\", \"match\": "
			"{\"tls.sni\": \"A.example.org\"}") SIGNATURE("2", "changed",
			"[domain-name:value = 'c.example.org']",
			"\"match\": {\"tls.sni\": \"b.example.org\"}") SIGNATURE("3", "unsaid",
			"[domain-name:value = 'c.example.org']", "\"match\": {\"quic.ua\": \"x\"}")
				SIGNATURE("4", "bare", "[domain-name:value = 'd.example.org']",
					"\"type\": \"signature\"") SIGNATURE("5", "e.example.org",
					"[domain-name:value = "
					"'e.example.org']",
					"\"match\": {\"tls.sni\": "
					"\"e.example.org\"}") SIGNATURE("6", "wide",
					"[network-traffic:"
					"dst_port = 443]",
					"\"match\": "
					"{\"dest_port\": "
					"443}")));
	assert_int_equal(i->report.read, 6);
	assert_int_equal(i->report.accepted, 1);
	assert_int_equal(i->report.reviewed, 2);
	assert_int_equal(i->report.refused, 3);
	assert_int_equal(feed_case_item(i, 0)->type, INDICATOR_SIGNATURE);
	assert_int_equal(feed_case_item(i, 0)->role, ROLE_OPERATOR_SIDE);
	assert_string_equal(feed_case_item(i, 0)->value, "a b");
	assert_string_equal(feed_case_item(i, 0)->context, "");
	assert_string_equal(feed_case_item(i, 0)->expression, "tls.sni exact \"a.example.org\"");
	assert_int_equal(
		feed_case_reason(i, "its pattern says something else than its condition"), 2);
	assert_int_equal(feed_case_reason(i, "a signature without its condition"), 1);
	assert_int_equal(
		feed_case_reason(i, "a port, a protocol or the like would be enough for it"), 1);
	for (size_t n = 0; n < feed_case_count(i); n++)
		assert_int_equal(feed_case_item(i, n)->type, INDICATOR_SIGNATURE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_indicators, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_not_used, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_signatures, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_observables, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_seen_beside, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_version_2_0, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_shapes, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_other_format, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_many, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_prefixes, feed_case_set_up, feed_case_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
