/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/feed_case.h"

#define TLS      "alert tls $HOME_NET any -> $EXTERNAL_NET any "
#define DNS      "alert dns $HOME_NET any -> any any "
#define HTTP     "alert http $HOME_NET any -> $EXTERNAL_NET any "
#define IP(list) "alert ip $HOME_NET any -> " list " any "
#define DROPPED  "its other conditions would be dropped"

static const char format[] = "suricata-rules";
static const char why_substring[] = "a substring rule";

static void test_fingerprints(void **state)
{
	struct feed_case *f = *state;
	const struct indicator *item;

	feed_case_read_twice(f, format,
		"# a comment\n"
		"alert tls $EXTERNAL_NET any -> $HOME_NET any (msg:\"LAB a \\\"b\\\" \\; c\"; "
		"tls.cert_fingerprint; content:\"b0:23:8c:54:7a:90:5b:fa:11:9c:4e:8b:ac:ca:ea:cf:"
		"36:49:1f:f6\"; reference:url, example.org/1; classtype:trojan-activity; sid:1; "
		"rev:2; metadata:created_at 2030_01_02, confidence High, updated_at "
		"2030_02_03;)\n" TLS
		"(tls.fingerprint:\"c0:23:8c:54:7a:90:5b:fa:11:9c:4e:8b:ac:ca:ea:cf:36:49:1f:f6\";"
		" sid:2;)\n" TLS
		"(ja3_hash; content:\"c12f54a3f91dc7bafd92cb59fe009a35\"; fast_pattern; "
		"flow:established,to_server; threshold:type limit, track by_src, seconds 60, "
		"count 1; flowbits:set,x; sid:3;)\n" TLS
		"(ja3s.hash; content:\"d12f54a3f91dc7bafd92cb59fe009a35\"; sid:4;)\n"
		"drop quic any any -> any 443 (ja4.hash; "
		"content:\"q13d1516h2_8daaf6152771_e5627efa2ab1"
		"\"; sid:5;)\n" TLS "(ja3.hash; content:\"c12f54\"; sid:6;)\n");
	assert_int_equal(f->report.read, 6);
	assert_int_equal(f->report.accepted, 5);
	item = feed_case_expect(
		f, INDICATOR_CERT_SHA1, "b0238c547a905bfa119c4e8baccaeacf36491ff6", ADVICE_MATCH);
	assert_string_equal(item->context, "LAB a \"b\" ; c (trojan-activity)");
	assert_string_equal(item->reference, "example.org/1");
	assert_int_equal(item->published, 1893542400);
	assert_int_equal(item->last_confirmed, 1896307200);
	assert_int_equal(item->confidence, 85);
	assert_int_equal(item->line, 2);
	feed_case_expect(
		f, INDICATOR_CERT_SHA1, "c0238c547a905bfa119c4e8baccaeacf36491ff6", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_JA3, "c12f54a3f91dc7bafd92cb59fe009a35", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_JA3S, "d12f54a3f91dc7bafd92cb59fe009a35", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_JA4, "q13d1516h2_8daaf6152771_e5627efa2ab1", ADVICE_MATCH);
	assert_int_equal(feed_case_refused(f, "not a JA3 hash"), 1);
}

/* All ways to say a whole name, and name and below. */
static void test_names(void **state)
{
	struct feed_case *f = *state;

	feed_case_read_twice(f, format,
		DNS "(dns.query; content:\"a1.example.org\"; nocase; bsize:14; sid:1;)\n" DNS
		    "(dns.query; bsize:14; content:\"a2.example.org\"; sid:1;)\n" DNS
		    "(dns.query; dotprefix; content:\".a3.example.org\"; endswith; sid:1;)\n" TLS
		    "(tls.sni; content:\"a4.example.org\"; startswith; endswith; sid:1;)\n" DNS
		    "(dns_query; content:\"a5.example.org\"; depth:14; isdataat:!1,relative; "
		    "sid:1;)\n" HTTP
		    "(http.host; content:\"a6.example.org\"; startswith; endswith; sid:1;)\n" HTTP
		    "(content:\"a7.example.org\"; http_host; depth:14; isdataat:!1,relative; "
		    "sid:1;)\n" HTTP
		    "(content:\"Host|3a 20|a8.example.org|0d 0a|\"; http_header; sid:1;)\n"
		    "alert tcp $HOME_NET any -> $EXTERNAL_NET $HTTP_PORTS (content:\"|0D0A|Host: "
		    "a9.example.org|0d 0a|\"; sid:1;)\n"
		    "alert http (http_header:field host; "
		    "content:\"b1.example.org\",startswith,endswith;)\n" DNS
		    "(dns.query; content:\"b2|2e|example\\.org\"; bsize:14; sid:1;)\n"
		    "pass dns any any -> any any (dns.query; content:\"b3.example.org\"; bsize:14; "
		    "sid:1;)\n");
	assert_int_equal(f->report.read, 12);
	for (const char *name = "a1\0a2\0a3\0a4\0a5\0a6\0a7\0a8\0a9\0b1\0b2\0"; *name; name += 3) {
		char value[32];

		snprintf(value, sizeof(value), "%s.example.org", name);
		feed_case_expect(f, INDICATOR_DOMAIN, value, ADVICE_MATCH);
	}
	feed_case_expect(f, INDICATOR_DOMAIN, "b3.example.org", ADVICE_NOT_AN_INDICATOR);
}

/* A part of a name is offered, but refused; where the name itself is told too, that one counts. */
static void test_substrings(void **state)
{
	struct feed_case *f = *state;

	feed_case_read_twice(f, format,
		DNS "(dns.query; content:\"a1.example.org\"; sid:1;)\n" DNS
		    "(dns.query; content:\"a2.example.org\"; endswith; sid:1;)\n" DNS
		    "(dns.query; content:\"a3.example.org\"; startswith; sid:1;)\n" DNS
		    "(dns.query; content:\"a4.example.org\"; depth:20; endswith; sid:1;)\n" DNS
		    "(dns.query; content:\"a5.example.org\"; bsize:15; sid:1;)\n" DNS
		    "(dns.query; content:\".a6.example.org\"; endswith; sid:1;)\n" DNS
		    "(dns.query; dotprefix; content:\".a7.example.org\"; sid:1;)\n" DNS
		    "(dns.query; dotprefix; content:\"a8.example.org\"; endswith; sid:1;)\n" TLS
		    "(tls.sni; content:\"a9.example.org\"; offset:1; startswith; endswith; "
		    "sid:1;)\n" HTTP "(http.user_agent; content:\"Bot\"; sid:1;)\n" HTTP
		    "(http.uri; content:\"/gate/panel.php\"; sid:1;)\n" DNS
		    "(dns.query; content:\"b1.example.org\"; sid:1;)\n" DNS
		    "(dns.query; content:\"b1.example.org\"; bsize:14; sid:2;)\n");
	assert_int_equal(f->report.read, 13);
	assert_int_equal(feed_case_refused(f, why_substring), 11);
	for (const char *name = "a1\0a2\0a3\0a4\0a5\0a6\0a7\0a8\0a9\0"; *name; name += 3) {
		char value[32];

		snprintf(value, sizeof(value), "%s.example.org", name);
		feed_case_expect(f, INDICATOR_DOMAIN, value, ADVICE_REFUSE);
	}
	assert_int_equal(
		feed_case_expect(f, INDICATOR_DOMAIN, "b1.example.org", ADVICE_MATCH)->line, 13);
	assert_int_equal(f->report.duplicates, 1);
}

static void test_http(void **state)
{
	struct feed_case *f = *state;

	feed_case_read_twice(f, format,
		HTTP
		"(flow:established,from_client; content:\"GET\"; http_method; content:\"/a?b\"; "
		"http_uri; depth:4; isdataat:!1,relative; nocase; content:\"a.example.org\"; "
		"http_host; depth:13; isdataat:!1,relative; sid:1;)\n" HTTP
		"(http.uri; content:\"/c\"; bsize:2; http.host; content:\"c.example.org\"; "
		"bsize:13;)\n" HTTP
		"(http.method; content:\"POST\"; http.uri; content:\"/d\"; bsize:2; http.host; "
		"content:\"d.example.org\"; bsize:13;)\n" HTTP
		"(http.uri; content:\"/e\"; http.host; content:\"e.example.org\"; bsize:13;)\n" HTTP
		"(http.method; content:\"GET\"; http.host; content:\"e.example.org\"; "
		"bsize:13;)\n" HTTP "(http.user_agent; content:\"Bot/1.0\"; bsize:7; sid:1;)\n" HTTP
		"(content:\"User-Agent|3a| Bot/2.0|0d 0a|\"; http_header; sid:1;)\n" HTTP
		"(http.uri; content:\"/gate/x.php\"; startswith; endswith; sid:1;)\n");
	feed_case_expect(f, INDICATOR_URL, "http://a.example.org/a?b", ADVICE_URL_ONLY);
	feed_case_expect(f, INDICATOR_URL, "http://c.example.org/c", ADVICE_URL_ONLY);
	assert_int_equal(feed_case_refused(f, DROPPED), 3);
	feed_case_expect(f, INDICATOR_USER_AGENT, "Bot/1.0", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_USER_AGENT, "Bot/2.0", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_URL_PATH, "/gate/x.php", ADVICE_REVIEW);
	assert_int_equal(f->report.read, 8);
}

static void test_addresses(void **state)
{
	struct feed_case *f = *state;

	feed_case_read_twice(f, format,
		"alert tcp $HOME_NET any -> [9.9.9.1] 8848 (msg:\"x\"; flow:established,to_server; "
		"threshold: type limit, track by_src, seconds 60, count 1; sid:1;)\n"
		"alert ip [9.9.9.2, 9.9.1.0/24,[2620:fe::1]] any -> $HOME_NET any (msg:\"x\"; "
		"sid:1;)\n"
		"alert udp any any <> 9.9.9.3 [53,5353] (sid:1;)\n"
		"alert tcp [2620:fe::2] 443 -> any any (sid:1;)\n"
		"alert tcp 9.9.9.4 any -> $HOME_NET any (flags:S,12; sid:1;)\n");
	assert_int_equal(f->report.read, f->report.accepted);
	assert_int_equal(f->report.read, 8);
	feed_case_expect(f, INDICATOR_IP_PORT, "9.9.9.1:8848", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_IP, "9.9.9.2", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_PREFIX, "9.9.1.0/24", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_IP, "2620:fe::1", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_IP_PORT, "9.9.9.3:53", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_IP_PORT, "9.9.9.3:5353", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_IP_PORT, "[2620:fe::2]:443", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_IP, "9.9.9.4", ADVICE_MATCH);
}

/* A name as DNS writes it, as the rules of Snort have it. */
static void test_dns_names(void **state)
{
	struct feed_case *f = *state;

	feed_case_read_twice(f, format,
		"alert udp any any -> any 53 (msg: \"x\"; content:\"|01 00 00 01 00 00 00 00 00 "
		"00|\"; "
		"depth:10; offset:2; content:\"|01|a|07|example|03|org|00|\"; fast_pattern; "
		"nocase; "
		"sid:1; rev:1; priority:1; reference:url,https://example.org/;)\n"
		"alert udp $HOME_NET any -> any 53 (flow:to_server; byte_test:1,!&,0xF8,2; "
		"content:\"|01|b|07|example|03|org|00|\"; distance:0; fast_pattern:only; sid:1;)\n"
		"alert udp any any -> any 53 (content:\"|01|c|07|example|03|org\"; sid:1;)\n"
		"alert udp any any -> any 53 (content:\"|05|c|07|example|03|org|00|\"; sid:1;)\n"
		"alert udp any any -> any 53 (content:\"|41|c|00|\"; sid:1;)\n"
		"alert udp any any -> any 53 (content:\"|00|\"; sid:1;)\n"
		"alert udp any any -> any 53 (content:\"|01|d|03|org|00|\"; "
		"content:\"|01|e|03|org|00|\";)\n"
		"alert udp any any -> any 53 (content:\"|01|d|03|org|00 00 01|\"; sid:1;)\n"
		"alert udp any any -> any 5353 (content:\"|01|d|03|org|00|\"; sid:1;)\n"
		"alert udp any any -> any 53 (byte_test:1,&,0xF8,2; "
		"content:\"|01|d|03|org|00|\";)\n"
		"alert udp any any -> any 53 (content:\"|01 00|\"; depth:2; offset:2;)\n");
	feed_case_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_DOMAIN, "b.example.org", ADVICE_MATCH);
	assert_int_equal(f->report.accepted, 2);
	assert_int_equal(feed_case_refused(f, DROPPED), 9);
}

/* Everything that would be dropped silently. */
static void test_conditions(void **state)
{
	static const char *const rules[] = {
		DNS "(dns.query; content:\"a.example.org\"; bsize:13; pcre:\"/x;y/\"; sid:1;)",
		DNS "(dns.query; content:!\"a.example.org\"; bsize:13; sid:1;)",
		DNS "(dns.query; content:\"a.example.org\"; bsize:>12; sid:1;)",
		DNS "(dns.query; content:\"a\"; content:\".example.org\"; endswith; sid:1;)",
		DNS "(dns.query; to_md5; content:\"a.example.org\"; bsize:13; sid:1;)",
		DNS "(dns.query; dataset:isset,x,type string,load x.lst; sid:1;)",
		DNS "(dns.query; content:\"a.example.org\"; bsize:13; dns.opcode:4; sid:1;)",
		DNS "(dns.query; content:\"a.example.org\"; bsize:13; flowbits:isset,x; sid:1;)",
		DNS "(dns.query; content:\"a.example.org\"; bsize:13; flowbits:noalert; sid:1;)",
		DNS "(dns.query; content:\"a.example.org\"; bsize:13; noalert; sid:1;)",
		DNS
		"(dns.query; content:\"a.example.org\"; bsize:13; flow:not_established; sid:1;)",
		DNS
		"(dns.query; content:\"a.example.org\"; bsize:13; threshold:type both, count 9;)",
		DNS "(dns.query; content:\"a.example.org\"; bsize:13; threshold:type threshold, "
		    "count 100, type limit; sid:1;)",
		DNS
		"(dns.query; content:\"a.example.org\"; bsize:13; threshold:type limit, count 1, "
		"type threshold; sid:1;)",
		DNS
		"(dns.query; content:\"a.example.org\"; bsize:13; detection_filter:track by_src;)",
		DNS "(dns.query; content:\"a.example.org\"; bsize:13; isdataat:10; sid:1;)",
		DNS "(dns.query; content:\"|0\"; bsize:13; sid:1;)",
		DNS "(dns.query; content:a.example.org; bsize:13; sid:1;)",
		DNS "(depth:5; dns.query; content:\"a.example.org\"; bsize:13; sid:1;)",
		"alert dns 9.9.9.9 any -> any any (dns.query; content:\"a.example.org\"; "
		"bsize:13;)",
		"alert dns !9.9.9.9 any -> any any (dns.query; content:\"a.example.org\"; "
		"bsize:13;)",
		"alert dns any any -> $EVIL any (dns.query; content:\"a.example.org\"; bsize:13;)",
		"alert dns any any -> any 5353 (dns.query; content:\"a.example.org\"; bsize:13;)",
		TLS "(tls.cert_subject; content:\"CN=a.example.org\"; sid:1;)",
		TLS "(content:\"a.example.org\"; sid:1;)",
		IP("9.9.9.9") "(content:\"x\"; sid:1;)",
		IP("9.9.9.9") "(dsize:5; sid:1;)",
		IP("[9.9.9.0/24,!9.9.9.9]") "(sid:1;)",
		IP("![9.9.9.9]") "(sid:1;)",
		IP("[$HOME_NET,9.9.9.9]") "(sid:1;)",
		IP("$EVIL") "(sid:1;)",
		"alert ip 9.9.9.8 any -> 9.9.9.9 any (sid:1;)",
		"alert tcp any any -> 9.9.9.9 1024: (sid:1;)",
		"alert tcp any any -> 9.9.9.9 !80 (sid:1;)",
		"alert tcp any any -> 9.9.9.9 $HTTP_PORTS (sid:1;)",
		"alert tcp 9.9.9.9 any -> any 22 (sid:1;)",
		"alert tcp any any -> 9.9.9.0/24 443 (sid:1;)",
		"alert icmp any any -> 9.9.9.9 any (sid:1;)",
		"alert tcp any any -> 9.9.9.9 any (flags:SA; sid:1;)",
		"alert tcp any any -> 9.9.9.9 any (byte_test:1,!&,0xF8,2; sid:1;)",
	};
	struct feed_case *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		feed_case_read_twice(f, format, rules[i]);
		if (feed_case_refused(f, DROPPED) != 1)
			fail_msg("%s", rules[i]);
		assert_int_equal(f->report.read, 1);
	}
}

static void test_lines(void **state)
{
	struct feed_case *f = *state;

	feed_case_read_twice(f, format,
		"#alert dns any any -> any any (dns.query; content:\"a.example.org\"; bsize:13;)\n"
		"# alert us of changes (please)\n# drop it (now)\n"
		"alert dns any any -> any any ( \\\n  dns.query; content:\"b.example.org\"; \\\n"
		"  bsize:13; sid:1;)\n"
		"alert dns any any -> any any\n(\n\tdns.query; content:\"c.example.org\";\n"
		"\tbsize:13;\n)\n"
		"config dns any any -> any any (dns.query; content:\"d.example.org\"; config:x;)\n"
		"alert ip any any -> any any (msg:\"x\"; sid:1;)\n"
		"alert dns any any -> any any (dns.query; content:\"e.example.org\"; bsize:13\n"
		"alert dns any any -> any any (dns.query; content:\"f.example.org\"; bsize:13;)\n"
		"alert dns any any any any (dns.query;)\n"
		"prose\n");
	assert_int_equal(feed_case_refused(f, "a rule that is commented out"), 1);
	assert_null(feed_case_find(f, "a.example.org"));
	assert_int_equal(
		feed_case_expect(f, INDICATOR_DOMAIN, "b.example.org", ADVICE_MATCH)->line, 4);
	assert_int_equal(
		feed_case_expect(f, INDICATOR_DOMAIN, "c.example.org", ADVICE_MATCH)->line, 7);
	assert_int_equal(feed_case_refused(f, "a rule that sets something up"), 1);
	assert_int_equal(
		feed_case_refused(f, "a rule without a name, an address or a fingerprint"), 1);
	assert_int_equal(feed_case_refused(f, "a rule whose options do not end"), 1);
	feed_case_expect(f, INDICATOR_DOMAIN, "f.example.org", ADVICE_MATCH);
	assert_int_equal(feed_case_refused(f, "neither a rule nor a comment"), 2);
	assert_int_equal(f->report.read, 9);
	feed_case_read_twice(f, format, "#alert ip any any -> 9.9.9.9 any (sid:1;)\n");
	assert_int_equal(f->report.refused, 1);
}

/* Lists, contents, options, continued lines: more than are read. */
static void test_limits(void **state)
{
	struct feed_case *f = *state;
	size_t size = 200000, used;
	char *text = calloc(1, size);

	assert_non_null(text);
	used = (size_t)snprintf(text, size, TLS "(");
	for (size_t i = 0; i < 300; i++)
		used += (size_t)snprintf(text + used, size - used, "sid:1;");
	snprintf(text + used, size - used, ")\n");
	feed_case_bytes(f, format, text, strlen(text));
	assert_int_equal(feed_case_refused(f, "a rule of more than 256 options"), 1);

	used = (size_t)snprintf(text, size, TLS "(");
	for (size_t i = 0; i < 7; i++)
		used += (size_t)snprintf(text + used, size - used, "tls.sni;content:\"a\";");
	snprintf(text + used, size - used, ")\n");
	feed_case_bytes(f, format, text, strlen(text));
	assert_int_equal(feed_case_refused(f, DROPPED), 1);

	used = (size_t)snprintf(text, size, TLS "(tls.sni;content:\"");
	memset(text + used, 'a', 513);
	snprintf(text + used + 513, size - used - 513, "\"; bsize:513;)\n");
	feed_case_bytes(f, format, text, strlen(text));
	assert_int_equal(feed_case_refused(f, DROPPED), 1);

	used = (size_t)snprintf(text, size, TLS "(sid:1;");
	while (used < 90000)
		used += (size_t)snprintf(text + used, size - used, "\\\nrev:1;");
	snprintf(text + used, size - used, ")\n");
	feed_case_bytes(f, format, text, strlen(text));
	assert_int_equal(feed_case_refused(f, "a rule of more than 65536 octets"), 1);

	used = (size_t)snprintf(text, size, "alert tcp any any -> 9.9.9.9 [");
	for (size_t i = 1; i <= 65; i++)
		used += (size_t)snprintf(text + used, size - used, "%zu,", i);
	snprintf(text + used, size - used, "] (sid:1;)\n");
	feed_case_bytes(f, format, text, strlen(text));
	assert_int_equal(f->report.accepted, 64);
	assert_int_equal(feed_case_refused(f, DROPPED), 1);
	free(text);
}

static void test_prefixes(void **state)
{
	struct feed_case *f = *state;

	feed_case_cuts(f, format,
		"alert http any any -> [9.9.9.1,!9.9.9.2] any (msg:\"a\\\"\"; content:!\"|0d "
		"0a|\\\";\"; "
		"http_host; metadata:created_at 2030_01_02; depth:5; bsize:3; dotprefix;)\\\n x\n");
	feed_case_cuts(f, format, "alert udp any any -> any 53 (content:\"|03|abc|03|org|00|\";)");
	feed_case_cuts(f, format, "#alert http (content:\"Host: x|0d 0a|\",depth 5;)");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_fingerprints, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_names, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_substrings, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_http, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_addresses, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_dns_names, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_conditions, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_lines, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_limits, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_prefixes, feed_case_set_up, feed_case_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
