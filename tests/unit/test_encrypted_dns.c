/* SPDX-License-Identifier: Apache-2.0 */
/* Which flows carry DNS that cannot be read. */
#include "base/schema.h"
#include "base/text.h"
#include "probe/encrypted_dns.h"
#include "tests/unit/unit.h"

static const struct field sni = {.key = "tls.sni", .type = FIELD_TEXT, .flags = FIELD_HOST};
static const struct field alpn = {.key = "tls.alpn", .type = FIELD_TEXT};
static const struct field quic_sni = {.key = "quic.sni", .type = FIELD_TEXT, .flags = FIELD_HOST};
static const struct field quic_alpn = {
	.key = "quic.alpn[]", .type = FIELD_TEXT, .flags = FIELD_LIST};
static const struct field http_host = {
	.key = "http.hostname", .type = FIELD_TEXT, .flags = FIELD_HOST};

/* A flow to a port with one fact, or none. */
static const char *kind(uint8_t protocol, uint16_t port, const struct field *f, const char *value,
	const char *application)
{
	uint8_t storage[512];
	struct record facts;
	struct flow flow = {.key = {.port = {40000, port}, .protocol = protocol}};

	record_init(&facts, NULL, storage, sizeof(storage));
	if (f)
		record_text(&facts, f, value, strlen(value));
	flow.facts = storage;
	flow.facts_bytes = facts.used;
	flow.dissector = f != NULL;
	return encrypted_dns_name(encrypted_dns_of(&flow, application));
}

#define assert_kind(want, ...) assert_string_equal(kind(__VA_ARGS__), want)
#define assert_none(...)       assert_null(kind(__VA_ARGS__))

static void test_kinds(void **state)
{
	(void)state;
	assert_kind("doh", 6, 443, &sni, "dns.google", NULL);
	assert_kind("doh", 17, 443, &quic_sni, "DNS.Google", NULL);
	assert_kind("doh", 6, 443, &sni, "abc123.dns.nextdns.io", NULL);
	assert_kind("dot", 6, 853, &sni, "dns.google", NULL);
	assert_kind("dot", 6, 853, &sni, "resolver.example.org", NULL);
	assert_kind("dot", 6, 443, &alpn, "h2,dot", NULL);
	assert_kind("doq", 17, 853, &quic_alpn, "h3", NULL);
	assert_kind("doq", 17, 8853, &quic_alpn, "doq-i02", NULL);
	assert_kind("doq", 17, 784, &quic_alpn, "doq", NULL);
	assert_kind("doh", 6, 443, NULL, NULL, "DoH_DoT");
	assert_kind("doh", 6, 443, &sni, "resolver.example.org", "DoH_DoT");
	assert_none(6, 443, &sni, "www.example.org", "TLS");
	assert_none(6, 443, &sni, "notdns.google", NULL);
	assert_none(6, 443, &sni, "dns.google.example.org", NULL);
	assert_none(6, 443, &alpn, "dots,h2,do", NULL);
	assert_none(6, 853, NULL, NULL, NULL); /* a SYN, or no TLS at all */
	assert_none(6, 80, &http_host, "dns.google", "DoH_DoT");
	assert_none(17, 53, &http_host, "", "DoH_DoT");
}

static void test_counts(void **state)
{
	struct ledger l = {0};

	(void)state;
	encrypted_dns_count(&l, ENCRYPTED_DNS_NOT);
	encrypted_dns_count(&l, ENCRYPTED_DNS_DOT);
	encrypted_dns_count(&l, ENCRYPTED_DNS_DOH);
	encrypted_dns_count(&l, ENCRYPTED_DNS_DOH);
	encrypted_dns_count(&l, ENCRYPTED_DNS_DOQ);
	assert_int_equal(l.n[LEDGER_DNS_DOT], 1);
	assert_int_equal(l.n[LEDGER_DNS_DOH], 2);
	assert_int_equal(l.n[LEDGER_DNS_DOQ], 1);
	assert_int_equal(l.n[LEDGER_DNS_CLEAR], 0);
}

/* Each of the list is found, which it would not be out of order. */
static void test_resolvers(void **state)
{
	static const char *const known[] = {"8888.google", "adguard-dns.com", "cloudflare-dns.com",
		"chrome.cloudflare-dns.com", "mozilla.cloudflare-dns.com", "dns.quad9.net",
		"dns11.quad9.net", "doh.opendns.com", "one.one.one.one", "doh.cleanbrowsing.org",
		"family.adguard-dns.com", "wikimedia-dns.org", "dns0.eu", "zero.dns0.eu",
		"protective.joindns4.eu", "private.canadianshield.cira.ca", "DNS.NextDNS.io"};
	static const char *const unknown[] = {"", ".", "..", "google", "com", "quad9.net",
		"www.quad9.net", "xdns.google", "dns.google.", "one.one.one",
		"one.one.one.one.one1"};
	uint8_t address[16];
	char longest[300];

	(void)state;
	assert_true(text_to_address("8.8.8.8", 7, address) && resolver_is_at(address));
	assert_true(text_to_address("2620:fe::fe", 11, address) && resolver_is_at(address));
	assert_true(text_to_address("192.0.2.8", 9, address) && !resolver_is_at(address));
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		assert_true(resolver_is_known(known[i], strlen(known[i])));
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
		assert_false(resolver_is_known(unknown[i], strlen(unknown[i])));
	memset(longest, '.', sizeof(longest));
	assert_false(resolver_is_known(longest, 253));
	assert_false(resolver_is_known(longest, 254));
	assert_false(resolver_is_known("dns.\0google", 11));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_resolvers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
