/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/refang.h"

#include "signatures/address.h"
#include "signatures/review.h"
#include "tests/unit/unit.h"

static int set_up(void **state)
{
	struct suffix_list *list;

	if (suffix_list_new(&list) < 0)
		return -1;
	*state = list;
	return 0;
}

static int tear_down(void **state)
{
	suffix_list_free(*state);
	return 0;
}

struct good {
	const char *value;
	enum indicator_type type;
	const char *normal;
};

static void check_good(const struct suffix_list *list, const struct good *cases, size_t count,
	enum value_column column)
{
	struct refanged got;

	for (size_t i = 0; i < count; i++) {
		const char *why = refang(
			&got, cases[i].value, strlen(cases[i].value), column, list);

		if (why)
			fail_msg("%s: %s", cases[i].value, why);
		assert_string_equal(got.text, cases[i].normal);
		assert_string_equal(
			indicator_type_name(got.type), indicator_type_name(cases[i].type));
	}
}

static void test_names(void **state)
{
	static const struct good cases[] = {
		{"example.org", INDICATOR_DOMAIN, "example.org"},
		{" WWW.Example.ORG.\r\n", INDICATOR_DOMAIN, "www.example.org"},
		{"example[.]org", INDICATOR_DOMAIN, "example.org"},
		{"a(.)b{.}c[dot]example[DOT]org", INDICATOR_DOMAIN, "a.b.c.example.org"},
		{"*.example.org", INDICATOR_DOMAIN, "example.org"},
		{"*[.]example.org", INDICATOR_DOMAIN, "example.org"},
		{".example.org", INDICATOR_DOMAIN, "example.org"},
		{"hxxps.example.org", INDICATOR_DOMAIN, "hxxps.example.org"},
		{"http://example.org/", INDICATOR_DOMAIN, "example.org"},
		{"http://example.org/#/", INDICATOR_DOMAIN, "example.org"},
		{"http://example.org#", INDICATOR_DOMAIN, "example.org"},
		{"hXXps[:]//example[.]org", INDICATOR_DOMAIN, "example.org"},
		{"hxxp{:}//example[.]org./", INDICATOR_DOMAIN, "example.org"},
		{"hxxp[://]example.org", INDICATOR_DOMAIN, "example.org"},
		{"m\xc3\xbcnchen.example.org", INDICATOR_DOMAIN, "xn--mnchen-3ya.example.org"},
		{"M\xc3\x9cNCHEN.example.org", INDICATOR_DOMAIN, "xn--mnchen-3ya.example.org"},
		{"\xc2\xa0"
		 "example.org\xe2\x80\x8b",
			INDICATOR_DOMAIN, "example.org"},
		{"a_b.example.org", INDICATOR_DOMAIN, "a_b.example.org"},
		{"x.onion", INDICATOR_DOMAIN, "x.onion"},
		{"1.0.0.2.ip6.arpa", INDICATOR_DOMAIN, "1.0.0.2.ip6.arpa"},
		{"x.co.za", INDICATOR_DOMAIN, "x.co.za"},
		{"x.za", INDICATOR_DOMAIN, "x.za"},
		{"x.com.np", INDICATOR_DOMAIN, "x.com.np"},
		{"x.\xd1\x80\xd1\x84", INDICATOR_DOMAIN, "x.xn--p1ai"},
		{"example.org (a note)", INDICATOR_DOMAIN, "example.org"},
		{"example.org\nredirects to:", INDICATOR_DOMAIN, "example.org"},
	};

	check_good(*state, cases, ARRAY_LEN(cases), COLUMN_ANY);
}

static void test_urls(void **state)
{
	static const struct good cases[] = {
		{"example[.]org/Path", INDICATOR_URL, "example.org/Path"},
		{"HXXPS://Example[.]org/A?b=[c]", INDICATOR_URL, "https://example.org/A?b=[c]"},
		{"http://example.org/#!/x", INDICATOR_URL, "http://example.org/#!/x"},
		{"http://example.org?q", INDICATOR_URL, "http://example.org?q"},
		{"http://example.org:8080/", INDICATOR_URL, "http://example.org:8080/"},
		{"http://example.org.:8080", INDICATOR_URL, "http://example.org:8080"},
		{"example.org:8080", INDICATOR_URL, "example.org:8080"},
		{"ftp://example.org/", INDICATOR_URL, "ftp://example.org/"},
		{"https://a@example.org/", INDICATOR_URL, "https://a@example.org/"},
		{"https://t[.]me/x", INDICATOR_URL, "https://t.me/x"},
		{"www.example.org/@name", INDICATOR_URL, "www.example.org/@name"},
		{"http://[2001:4860::8888]:80/x", INDICATOR_URL, "http://[2001:4860::8888]:80/x"},
		{"http://8.8.8.8/x", INDICATOR_URL, "http://8.8.8.8/x"},
	};

	check_good(*state, cases, ARRAY_LEN(cases), COLUMN_ANY);
}

static void test_addresses(void **state)
{
	static const struct good cases[] = {
		{"8.8.8.8", INDICATOR_IP, "8.8.8.8"},
		{"8[.]8[.]8[.]8", INDICATOR_IP, "8.8.8.8"},
		{"http://8.8.8.8/", INDICATOR_IP, "8.8.8.8"},
		{"http://[2001:4860::8888]/", INDICATOR_IP, "2001:4860::8888"},
		{"::ffff:8.8.8.8", INDICATOR_IP, "8.8.8.8"},
		{"2001:4860:0:0::8888", INDICATOR_IP, "2001:4860::8888"},
		{"2001[:]4860[:][:]8888", INDICATOR_IP, "2001:4860::8888"},
		{"8.8.8.8/32", INDICATOR_IP, "8.8.8.8"},
		{"8.8.8.8/24", INDICATOR_PREFIX, "8.8.8.0/24"},
		{"2001:4860::1/32", INDICATOR_PREFIX, "2001:4860::/32"},
		{"8.8.8.8:443", INDICATOR_IP_PORT, "8.8.8.8:443"},
		{"8.8.8.8[:]443", INDICATOR_IP_PORT, "8.8.8.8:443"},
		{"[2001:4860::8888]:443", INDICATOR_IP_PORT, "[2001:4860::8888]:443"},
		{"as49352", INDICATOR_ASN, "AS49352"},
		{"AS049352", INDICATOR_ASN, "AS49352"},
	};

	check_good(*state, cases, ARRAY_LEN(cases), COLUMN_ANY);
}

static void test_fingerprints(void **state)
{
	static const struct good ja4[] = {{"t13d1516h2_8DAAF6152771_E5627efa2ab1", INDICATOR_JA4,
		"t13d1516h2_8daaf6152771_e5627efa2ab1"}};
	static const struct good ja3[] = {{"C12F54A3F91DC7BAFD92CB59FE009A35", INDICATOR_JA3,
		"c12f54a3f91dc7bafd92cb59fe009a35"}};
	static const struct good certs[] = {
		{"b0:23:8c:54:7a:90:5b:fa:11:9c:4e:8b:ac:ca:ea:cf:36:49:1f:f6", INDICATOR_CERT_SHA1,
			"b0238c547a905bfa119c4e8baccaeacf36491ff6"},
		{"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
			INDICATOR_CERT_SHA256,
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	};
	static const struct good agents[] = {
		{" Bot/1.0 [.] (X; Y) ", INDICATOR_USER_AGENT, "Bot/1.0 [.] (X; Y)"}};
	static const struct good ja3s[] = {{"C12F54A3F91DC7BAFD92CB59FE009A35", INDICATOR_JA3S,
		"c12f54a3f91dc7bafd92cb59fe009a35"}};
	static const struct good keys[] = {
		{"E3:B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
			INDICATOR_SPKI_SHA256,
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}};
	static const struct good urls[] = {{"8.8.8.8/24", INDICATOR_URL, "8.8.8.8/24"},
		{"8.8.8.8:8080/1/2", INDICATOR_URL, "8.8.8.8:8080/1/2"},
		{"8.8.8.8/", INDICATOR_IP, "8.8.8.8"},
		{"http://8.8.8.8/24", INDICATOR_URL, "http://8.8.8.8/24"},
		{"example.org", INDICATOR_DOMAIN, "example.org"}};
	static const struct good asns[] = {{"49352", INDICATOR_ASN, "AS49352"}};

	check_good(*state, ja4, ARRAY_LEN(ja4), COLUMN_ANY);
	check_good(*state, ja3s, ARRAY_LEN(ja3s), COLUMN_JA3S);
	check_good(*state, urls, ARRAY_LEN(urls), COLUMN_URL);
	check_good(*state, ja3, ARRAY_LEN(ja3), COLUMN_JA3);
	check_good(*state, keys, ARRAY_LEN(keys), COLUMN_SPKI);
	check_good(*state, certs, ARRAY_LEN(certs), COLUMN_CERT);
	check_good(*state, agents, ARRAY_LEN(agents), COLUMN_USER_AGENT);
	check_good(*state, asns, ARRAY_LEN(asns), COLUMN_ASN);
}

static void test_refused(void **state)
{
	static const struct {
		const char *value, *why;
	} cases[] = {
		{"", "no value"},
		{" \t\xc2\xa0\r\n", "no value"},
		{"7,704 Facebook accounts", "prose"},
		{"Using bit[.]ly to hide links", "prose"},
		{"example.org and example.net", "prose"},
		{"@handle", "an account handle"},
		{"@handle.example.org", "an account handle"},
		{"someone@example.org", "an e-mail address"},
		{"someone[@]example[.]org", "an e-mail address"},
		{"10c1f38305792a0f925e8a2cf9482ce3", "the hash of a file"},
		{"b0238c547a905bfa119c4e8baccaeacf36491ff6", "the hash of a file"},
		{"104", "a number"},
		{"/update/microsoft_corp", "a path without a host"},
		{"Facebook", "not a name, an address or a URL"},
		{"*.", "not a name, an address or a URL"},
		{".", "not a name, an address or a URL"},
		{"psiphon3.exe", "a host name whose last label does not exist"},
		{"wiki.bit", "a host name whose last label does not exist"},
		{"server.lab", "a host name whose last label does not exist"},
		{"1.2.3.4.5", "a host name whose last label does not exist"},
		{"8.8.8.8/33", "a wrong address, port or prefix length"},
		{"8.8.8.8:0", "a wrong address, port or prefix length"},
		{"http:///x", "not a host name"},
		{"a..example.org", "not a host name"},
		{"ex|ample.org", "not a host name"},
		{"ex ample.org", "prose"},
		{"https://exa<mple.org/", "not a host name"},
		{"example.org\xff", "not UTF-8"},
		{"http://example.org/\xc3(", "not UTF-8"},
		{"AS0", "not a name, an address or a URL"},
		{"AS4294967296", "not a name, an address or a URL"},
	};
	struct refanged got;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *why = refang(
			&got, cases[i].value, strlen(cases[i].value), COLUMN_ANY, *state);

		if (!why)
			fail_msg("%s: taken as %s", cases[i].value, got.text);
		if (strcmp(why, cases[i].why) != 0)
			fail_msg("%s: %s, not %s", cases[i].value, why, cases[i].why);
	}
	assert_string_equal(refang(&got, "a\0.example.org", 14, COLUMN_ANY, *state), "not UTF-8");
	assert_non_null(refang(&got, "zz", 2, COLUMN_JA3, *state));
	assert_non_null(refang(&got, "zz", 2, COLUMN_CERT, *state));
	assert_non_null(refang(&got, "zz", 2, COLUMN_ASN, *state));
}

/* Lengths round every limit, and every prefix of a value that has everything in it. */
static void test_limits(void **state)
{
	static const char all[] =
		"hXXps[://]us[@]er@m\xc3\xbcnchen(.)example{.}org[:]443/a?b#c (note)";
	char text[REFANG_BYTES_MAX + 64];
	struct refanged got;

	memset(text, 'a', sizeof(text));
	memcpy(text, "example.org/", 12);
	assert_null(refang(&got, text, REFANG_BYTES_MAX, COLUMN_ANY, *state));
	assert_int_equal(strlen(got.text), REFANG_BYTES_MAX);
	assert_string_equal(refang(&got, text, REFANG_BYTES_MAX + 1, COLUMN_ANY, *state),
		"longer than 2048 octets");
	assert_string_equal(refang(&got, text, REFANG_BYTES_MAX + 1, COLUMN_USER_AGENT, *state),
		"longer than 2048 octets");
	assert_null(refang(&got, text, REFANG_BYTES_MAX, COLUMN_USER_AGENT, *state));

	memset(text, 'a', 63);
	memcpy(text + 63, ".org", 5);
	assert_null(refang(&got, text, 67, COLUMN_ANY, *state));
	text[63] = 'a';
	memcpy(text + 64, ".org", 5);
	assert_non_null(refang(&got, text, 68, COLUMN_ANY, *state));

	for (size_t i = 0; i < 128; i++)
		memcpy(text + 2 * i, "a.", 2);
	memcpy(text + 250, "org", 4);
	assert_null(refang(&got, text, 253, COLUMN_ANY, *state));
	memcpy(text + 252, "org", 4);
	assert_non_null(refang(&got, text, 255, COLUMN_ANY, *state));

	for (size_t bytes = 0; bytes < sizeof(all); bytes++)
		(void)refang(&got, all, bytes, COLUMN_ANY, *state);
	assert_null(refang(&got, all, sizeof(all) - 1, COLUMN_ANY, *state));
	assert_string_equal(got.text, "https://us@er@xn--mnchen-3ya.example.org:443/a?b#c");
}

struct review_case {
	enum indicator_type type;
	const char *value;
	enum indicator_advice advice;
	enum indicator_scope scope;
};

static void review_all(
	const struct suffix_list *suffixes, const struct review_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct review got = review_value(suffixes, cases[i].type, cases[i].value);

		if (got.advice != cases[i].advice || got.scope != cases[i].scope)
			fail_msg("%s: %s, %s", cases[i].value, indicator_advice_name(got.advice),
				indicator_scope_name(got.scope));
		assert_int_equal(got.reason == NULL, got.advice == ADVICE_MATCH);
	}
}

static void test_review(void **state)
{
	static const struct review_case cases[] = {
		{INDICATOR_DOMAIN, "example.org", ADVICE_MATCH, SCOPE_SUBDOMAINS},
		{INDICATOR_DOMAIN, "co.uk", ADVICE_REVIEW, SCOPE_EXACT},
		{INDICATOR_DOMAIN, "ngrok.io", ADVICE_REVIEW, SCOPE_EXACT},
		{INDICATOR_DOMAIN, "blogspot.com", ADVICE_REVIEW, SCOPE_EXACT},
		{INDICATOR_DOMAIN, "x.blogspot.com", ADVICE_MATCH, SCOPE_SUBDOMAINS},
		{INDICATOR_URL, "https://t.me/x", ADVICE_URL_ONLY, SCOPE_URL_ONLY},
		{INDICATOR_IP, "8.8.8.8", ADVICE_MATCH, SCOPE_EXACT},
		{INDICATOR_IP, "10.1.2.3", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_IP, "127.0.0.1", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_IP, "192.0.2.1", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_IP, "255.255.255.255", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_IP, "172.15.0.1", ADVICE_MATCH, SCOPE_EXACT},
		{INDICATOR_IP, "172.31.255.255", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_IP, "::1", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_IP, "fe80::1", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_IP, "2001:db8::1", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_IP_PORT, "10.1.2.3:80", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_PREFIX, "8.8.8.0/24", ADVICE_MATCH, SCOPE_PREFIX},
		{INDICATOR_PREFIX, "8.0.0.0/15", ADVICE_REVIEW, SCOPE_PREFIX},
		{INDICATOR_PREFIX, "0.0.0.0/0", ADVICE_REFUSE, SCOPE_PREFIX},
		{INDICATOR_PREFIX, "192.0.0.0/16", ADVICE_REFUSE, SCOPE_PREFIX},
		{INDICATOR_PREFIX, "2a00::/16", ADVICE_REVIEW, SCOPE_PREFIX},
		{INDICATOR_PREFIX, "::/0", ADVICE_REFUSE, SCOPE_PREFIX},
		{INDICATOR_UA_PATTERN, "bot", ADVICE_REVIEW, SCOPE_EXACT},
		{INDICATOR_JA3, "c12f54a3f91dc7bafd92cb59fe009a35", ADVICE_MATCH, SCOPE_EXACT},
	};

	review_all(*state, cases, ARRAY_LEN(cases));
}

/* Hosts of URLs, and addresses that others are written or reached by. */
static void test_review_hosts(void **state)
{
	static const struct review_case cases[] = {
		{INDICATOR_URL, "http://192.168.1.1/cgi-bin/luci", ADVICE_REFUSE, SCOPE_URL_ONLY},
		{INDICATOR_URL, "http://127.0.0.1:8080/stats/all", ADVICE_REFUSE, SCOPE_URL_ONLY},
		{INDICATOR_URL, "ftp://a:b@10.0.0.1/x", ADVICE_REFUSE, SCOPE_URL_ONLY},
		{INDICATOR_URL, "http://[2001:db8::1]:80/x", ADVICE_REFUSE, SCOPE_URL_ONLY},
		{INDICATOR_URL, "192.0.2.1:80/x?y@z", ADVICE_REFUSE, SCOPE_URL_ONLY},
		{INDICATOR_URL, "http://a@8.8.8.8/10.0.0.1", ADVICE_URL_ONLY, SCOPE_URL_ONLY},
		{INDICATOR_URL, "http://box.home.arpa/x", ADVICE_REFUSE, SCOPE_URL_ONLY},
		{INDICATOR_URL, "http://Cloudflare-ECH.com./x", ADVICE_REVIEW, SCOPE_URL_ONLY},
		{INDICATOR_URL, "http://co.uk/x", ADVICE_URL_ONLY, SCOPE_URL_ONLY},
		{INDICATOR_DOMAIN, "cloudflare-ech.com", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_DOMAIN, "box.home.arpa", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_DOMAIN, "nothome.arpa", ADVICE_MATCH, SCOPE_SUBDOMAINS},
		{INDICATOR_IP, "64:ff9b::8.8.8.8", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_IP, "64:ff9b::a00:1", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_IP, "64:ff9b:1::1", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_IP, "64:ff9b:2::1", ADVICE_MATCH, SCOPE_EXACT},
		{INDICATOR_IP, "::8.8.8.8", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_IP, "::ffff:0:8.8.8.8", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_IP, "2001::1", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_IP, "2001:4860::1", ADVICE_MATCH, SCOPE_EXACT},
		{INDICATOR_IP, "2002:a00:1::1", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_IP, "2002:c0a8:101::1", ADVICE_REFUSE, SCOPE_EXACT},
		{INDICATOR_IP, "2002:808:808::1", ADVICE_MATCH, SCOPE_EXACT},
		{INDICATOR_PREFIX, "64:ff9b::/96", ADVICE_REFUSE, SCOPE_PREFIX},
		{INDICATOR_PREFIX, "64:ff9b:1::/48", ADVICE_REFUSE, SCOPE_PREFIX},
		{INDICATOR_PREFIX, "2001::/32", ADVICE_REFUSE, SCOPE_PREFIX},
		{INDICATOR_PREFIX, "2002::/16", ADVICE_REFUSE, SCOPE_PREFIX},
		{INDICATOR_PREFIX, "2002:a00::/24", ADVICE_REFUSE, SCOPE_PREFIX},
		{INDICATOR_PREFIX, "2002:808:800::/40", ADVICE_MATCH, SCOPE_PREFIX},
		{INDICATOR_PREFIX, "2000::/3", ADVICE_REFUSE, SCOPE_PREFIX},
	};

	review_all(*state, cases, ARRAY_LEN(cases));
}

static void test_ranges(void **state)
{
	static const char *const bad[] = {"", "/", "1.2.3.4/", "1.2.3.4/x", "1.2.3.4/-1",
		"1.2.3.4/999999", "1.2.3.4:", "1.2.3.4:65536", "2001:db8::/129", "[::1]",
		"[::1]:", "[]:80", ":80", "1.2.3/8", "1.2.3.4:80/24"};
	struct address_range range;
	char text[ADDRESS_RANGE_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(address_range_parse(&range, bad[i], strlen(bad[i])));
	for (uint8_t bits = 0; bits <= 128; bits++) {
		uint8_t all[16], none[16] = {0};
		struct address_range half = {.bits = bits};

		memset(all, 0xff, sizeof(all));
		memcpy(half.address, all, sizeof(all));
		address_mask(half.address, bits);
		assert_true(address_range_covers(&half, all, 7));
		assert_int_equal(address_range_covers(&half, none, 7), bits == 0);
		address_range_text(text, &half);
		assert_true(address_range_parse(&range, text, strlen(text)));
		assert_memory_equal(range.address, half.address, 16);
		assert_int_equal(range.bits, bits);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_fingerprints),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_review),
		cmocka_unit_test(test_review_hosts),
		cmocka_unit_test(test_ranges),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
