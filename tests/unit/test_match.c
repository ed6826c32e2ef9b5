/* SPDX-License-Identifier: Apache-2.0 */
/* Both matchers, by hand-made cases and against each other. */
#include "signatures/match.h"

#include "base/text.h"
#include "signatures/url.h"
#include "tests/unit/chance.h"
#include "tests/unit/match_world.h"

#define QUESTIONS 20000
#define NAMES     400

/* Returns how many, the first one's value in *ret_first. */
static unsigned ask(struct world *w, enum field_match kind, const void *value, size_t bytes,
	uint16_t port, const char **ret_first)
{
	struct match_found found;
	unsigned count = world_find(w, kind, value, bytes, port, &found);

	*ret_first = count ? sigdb_get(w->db, found.indices[0]).value : "";
	return count;
}

static void expect(struct world *w, enum field_match kind, const char *value, unsigned count,
	const char *first)
{
	const char *got;
	unsigned n = ask(w, kind, value, strlen(value), 0, &got);

	if (n != count || strcmp(got, first) != 0)
		fail_msg("%s: %u, first %s", value, n, got);
}

static void test_names(void **state)
{
	const struct indicator items[] = {
		world_item(INDICATOR_DOMAIN, SCOPE_SUBDOMAINS, "example.org"),
		world_item(INDICATOR_DOMAIN, SCOPE_SUBDOMAINS, "news.example.org"),
		world_item(INDICATOR_DOMAIN, SCOPE_EXACT, "exact.example.net"),
		world_item(INDICATOR_URL, SCOPE_URL_ONLY, "https://example.com/x"),
		world_item(INDICATOR_JA3, SCOPE_EXACT, "c12f54a3f91dc7bafd92cb59fe009a35"),
	};
	struct world w;
	char longest[MATCH_NAME_BYTES_MAX + 3];
	const char *first;

	(void)state;
	world_open(&w, items, ARRAY_LEN(items));
	expect(&w, MATCH_NAME, "example.org", 1, "example.org");
	expect(&w, MATCH_NAME, "EXAMPLE.Org.", 1, "example.org");
	expect(&w, MATCH_NAME, "www.example.org", 1, "example.org");
	expect(&w, MATCH_NAME, "a.b.news.example.org", 2, "example.org");
	expect(&w, MATCH_NAME, ".example.org", 1, "example.org");
	expect(&w, MATCH_NAME, "notexample.org", 0, "");
	expect(&w, MATCH_NAME, "example.org.evil.net", 0, "");
	expect(&w, MATCH_NAME, "example.orgs", 0, "");
	expect(&w, MATCH_NAME, "example.org..", 0, "");
	expect(&w, MATCH_NAME, "org", 0, "");
	expect(&w, MATCH_NAME, "", 0, "");
	expect(&w, MATCH_NAME, ".", 0, "");
	expect(&w, MATCH_NAME, "exact.example.net", 1, "exact.example.net");
	expect(&w, MATCH_NAME, "Exact.Example.Net.", 1, "exact.example.net");
	expect(&w, MATCH_NAME, "www.exact.example.net", 0, "");
	expect(&w, MATCH_NAME, ".exact.example.net", 0, "");
	expect(&w, MATCH_NAME, "x|.exact.example.net", 0, "");
	expect(&w, MATCH_NAME, "exact.example.net|", 0, "");
	expect(&w, MATCH_NAME, "www.example.org|x", 0, "");
	expect(&w, MATCH_NAME, "www.example.org|", 0, "");
	expect(&w, MATCH_NAME, "|.example.org", 1, "example.org");
	expect(&w, MATCH_NAME, "example.com", 0, ""); /* a URL is never widened to its host */
	expect(&w, MATCH_NAME, "c12f54a3f91dc7bafd92cb59fe009a35", 0, "");
	expect(&w, MATCH_NONE, "example.org", 0, "");
	assert_int_equal(ask(&w, MATCH_NAME, "www.example.org\0", 16, 0, &first), 0);
	assert_int_equal(ask(&w, MATCH_NAME, "\0.example.org", 13, 0, &first), 1);
	assert_int_equal(ask(&w, MATCH_NAME, "exa\0ple.org", 11, 0, &first), 0);

	memset(longest, 'a', sizeof(longest));
	memcpy(longest + MATCH_NAME_BYTES_MAX - 12, ".example.org.", 13);
	assert_int_equal(ask(&w, MATCH_NAME, longest, MATCH_NAME_BYTES_MAX, 0, &first), 1);
	assert_int_equal(ask(&w, MATCH_NAME, longest, MATCH_NAME_BYTES_MAX + 1, 0, &first), 1);
	memcpy(longest + MATCH_NAME_BYTES_MAX - 11, ".example.org.", 13);
	assert_int_equal(ask(&w, MATCH_NAME, longest, MATCH_NAME_BYTES_MAX + 1, 0, &first), 0);
	assert_int_equal(ask(&w, MATCH_NAME, longest, MATCH_NAME_BYTES_MAX + 2, 0, &first), 0);
	world_close(&w);
}

static void test_others(void **state)
{
	const struct indicator items[] = {
		world_item(INDICATOR_IP, SCOPE_EXACT, "8.8.8.8"),
		world_item(INDICATOR_IP_PORT, SCOPE_EXACT, "8.8.8.8:443"),
		world_item(INDICATOR_PREFIX, SCOPE_PREFIX, "8.8.8.0/24"),
		world_item(INDICATOR_PREFIX, SCOPE_PREFIX, "8.8.8.8/31"),
		world_item(INDICATOR_IP, SCOPE_EXACT, "2001:4860::8888"),
		world_item(INDICATOR_PREFIX, SCOPE_PREFIX, "2001:4860::/32"),
		world_item(INDICATOR_JA3, SCOPE_EXACT, "c12f54a3f91dc7bafd92cb59fe009a35"),
		world_item(INDICATOR_JA4, SCOPE_EXACT, "t13d1516h2_8daaf6152771_e5627efa2ab1"),
		world_item(INDICATOR_USER_AGENT, SCOPE_EXACT, "Bot/1.0"),
		world_item(INDICATOR_USER_AGENT, SCOPE_EXACT, "c12f54a3f91dc7bafd92cb59fe009a35"),
	};
	const char *first;
	struct world w;
	uint8_t address[16];

	(void)state;
	world_open(&w, items, ARRAY_LEN(items));
	expect(&w, MATCH_ADDRESS, "8.8.8.8", 3, "8.8.8.8");
	expect(&w, MATCH_ADDRESS, "8.8.8.9", 2, "8.8.8.0/24");
	expect(&w, MATCH_ADDRESS, "8.8.9.8", 0, "");
	expect(&w, MATCH_ADDRESS, "8.8.8", 0, "");
	expect(&w, MATCH_ADDRESS, "", 0, "");
	expect(&w, MATCH_ADDRESS, "2001:4860::8888", 2, "2001:4860::8888");
	expect(&w, MATCH_ADDRESS, "2001:4860:1:2::3", 1, "2001:4860::/32");
	expect(&w, MATCH_ADDRESS, "2001:4861::", 0, "");
	expect(&w, MATCH_JA3, "C12f54a3f91dc7bafd92cb59fe009a35", 1,
		"c12f54a3f91dc7bafd92cb59fe009a35");
	expect(&w, MATCH_JA3, "c12f54a3f91dc7bafd92cb59fe009a3", 0, "");
	expect(&w, MATCH_JA4, "t13d1516h2_8daaf6152771_e5627efa2ab1", 1,
		"t13d1516h2_8daaf6152771_e5627efa2ab1");
	expect(&w, MATCH_JA4, "c12f54a3f91dc7bafd92cb59fe009a35", 0, "");
	expect(&w, MATCH_USER_AGENT, "Bot/1.0", 1, "Bot/1.0");
	expect(&w, MATCH_USER_AGENT, "bot/1.0", 0, "");
	expect(&w, MATCH_USER_AGENT, "", 0, "");
	expect(&w, MATCH_NAME, "8.8.8.8", 0, "");

	assert_true(text_to_address("8.8.8.8", 7, address));
	assert_int_equal(ask(&w, MATCH_ADDRESS, address, 16, 443, &first), 4);
	assert_int_equal(ask(&w, MATCH_ADDRESS, address, 16, 444, &first), 3);
	assert_int_equal(ask(&w, MATCH_ADDRESS, address, 15, 443, &first), 0);
	assert_int_equal(ask(&w, MATCH_ADDRESS, "2001:4860:1:2::3", 16, 443, &first), 1);
	world_close(&w);
}

/* Networks of IPv6 alone reach IPv4 by NAT64 and 6to4: an indicator is met there as well, and once.
 */
static void addresses_within_addresses(void **state)
{
	const struct indicator items[] = {
		world_item(INDICATOR_IP, SCOPE_EXACT, "8.8.8.8"),
		world_item(INDICATOR_PREFIX, SCOPE_PREFIX, "8.8.8.0/24"),
		world_item(INDICATOR_IP_PORT, SCOPE_EXACT, "8.8.8.8:443"),
		world_item(INDICATOR_IP, SCOPE_EXACT, "2002:808:808::7"),
		world_item(INDICATOR_PREFIX, SCOPE_PREFIX, "::/2"),
		world_item(INDICATOR_PREFIX, SCOPE_PREFIX, "2002:900::/24"),
	};
	const char *first;
	struct world w;
	uint8_t address[16];

	(void)state;
	world_open(&w, items, ARRAY_LEN(items));
	expect(&w, MATCH_ADDRESS, "64:ff9b::8.8.8.8", 3, "8.8.8.8");
	expect(&w, MATCH_ADDRESS, "64:ff9b::808:809", 2, "8.8.8.0/24");
	expect(&w, MATCH_ADDRESS, "64:ff9b::9.8.8.8", 1, "::/2");
	expect(&w, MATCH_ADDRESS, "64:ff9b:0:1::8.8.8.8", 1, "::/2");
	expect(&w, MATCH_ADDRESS, "64:ff9b:1::8.8.8.8", 1, "::/2");
	expect(&w, MATCH_ADDRESS, "2002:808:808::7", 4, "2002:808:808::7");
	expect(&w, MATCH_ADDRESS, "2002:808:808:1:2:3:4:5", 3, "8.8.8.8");
	expect(&w, MATCH_ADDRESS, "2002:900:1::1", 2, "2002:900::/24");
	expect(&w, MATCH_ADDRESS, "2003:808:808::7", 1, "::/2");
	expect(&w, MATCH_ADDRESS, "8.8.8.8", 3, "8.8.8.8");
	assert_true(text_to_address("64:ff9b::808:808", 16, address));
	assert_int_equal(ask(&w, MATCH_ADDRESS, address, 16, 443, &first), 4);
	assert_int_equal(ask(&w, MATCH_ADDRESS, address, 16, 80, &first), 3);
	world_close(&w);
}

#define SHA256_OF_NONE "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void test_fingerprints(void **state)
{
	static const char sha1[] = "b0238c547a905bfa119c4e8baccaeacf36491ff6";
	const struct indicator items[] = {
		world_item(INDICATOR_CERT_SHA1, SCOPE_EXACT, sha1),
		world_item(INDICATOR_CERT_SHA256, SCOPE_EXACT, SHA256_OF_NONE),
		world_item(INDICATOR_SPKI_SHA256, SCOPE_EXACT, SHA256_OF_NONE),
		world_item(INDICATOR_JA3, SCOPE_EXACT, "c12f54a3f91dc7bafd92cb59fe009a35"),
		world_item(INDICATOR_JA3S, SCOPE_EXACT, "d12f54a3f91dc7bafd92cb59fe009a35"),
	};
	struct world w;

	(void)state;
	world_open(&w, items, ARRAY_LEN(items));
	expect(&w, MATCH_CERT_SHA1, sha1, 1, sha1);
	expect(&w, MATCH_CERT_SHA1, "B0:23:8c:54:7a:90:5b:fa:11:9c:4e:8b:ac:ca:ea:cf:36:49:1f:f6",
		1, sha1);
	expect(&w, MATCH_CERT_SHA1, "b0:23:8c:54:7a:90:5b:fa:11:9c:4e:8b:ac:ca:ea:cf:36:49:1f", 0,
		"");
	expect(&w, MATCH_CERT_SHA1, "b0238c547a905bfa119c4e8baccaeacf36491ff60", 0, "");
	expect(&w, MATCH_CERT_SHA1, "", 0, "");
	expect(&w, MATCH_CERT_SHA1, SHA256_OF_NONE, 0, "");
	expect(&w, MATCH_CERT_SHA256, SHA256_OF_NONE, 1, SHA256_OF_NONE);
	expect(&w, MATCH_CERT_SHA256, SHA256_OF_NONE "0", 0, "");
	expect(&w, MATCH_SPKI_SHA256, SHA256_OF_NONE, 1, SHA256_OF_NONE);
	expect(&w, MATCH_SPKI_SHA256, sha1, 0, "");
	expect(&w, MATCH_JA3S, "D12f54a3f91dc7bafd92cb59fe009a35", 1,
		"d12f54a3f91dc7bafd92cb59fe009a35");
	expect(&w, MATCH_JA3S, "c12f54a3f91dc7bafd92cb59fe009a35", 0, "");
	expect(&w, MATCH_JA3S, "d1:2f54a3f91dc7bafd92cb59fe009a35", 0, "");
	expect(&w, MATCH_JA3, "d12f54a3f91dc7bafd92cb59fe009a35", 0, "");
	world_close(&w);
}

/* Every way in which a URL must not be widened: its host alone touches nothing. */
static void test_urls(void **state)
{
	const struct indicator items[] = {
		world_item(INDICATOR_URL, SCOPE_URL_ONLY, "http://example.com/a/b.php"),
		world_item(INDICATOR_URL, SCOPE_URL_ONLY, "example.com/a/b.php"),
		world_item(INDICATOR_URL, SCOPE_URL_ONLY, "http://example.com:80/a/b.php"),
		world_item(INDICATOR_URL, SCOPE_URL_ONLY, "http://example.com:8080/a/b.php"),
		world_item(INDICATOR_URL, SCOPE_URL_ONLY, "http://example.net/"),
		world_item(INDICATOR_URL, SCOPE_URL_ONLY, "http://example.net:8080/"),
		world_item(INDICATOR_URL, SCOPE_URL_ONLY, "http://example.net:8080"),
		world_item(INDICATOR_URL, SCOPE_URL_ONLY, "https://example.org/secret"),
		world_item(INDICATOR_URL, SCOPE_URL_ONLY, "http://example.org/q?a=b"),
		world_item(INDICATOR_URL, SCOPE_URL_ONLY, "http://example.org/f#part"),
		world_item(INDICATOR_URL, SCOPE_URL_ONLY, "http://[2001:db8::1]/a"),
		world_item(INDICATOR_URL, SCOPE_URL_ONLY, "http://UPPER.example.org/a"),
		world_item(INDICATOR_URL_PATH, SCOPE_EXACT, "/gate/panel.php"),
		world_item(INDICATOR_URL_PATH, SCOPE_EXACT, "/gate/panel.php?a=b"),
		world_item(INDICATOR_URL_PATH, SCOPE_EXACT, "/"),
	};
	static const char *const nothing[] = {"example.com:80/", "example.com:80/a/b.ph",
		"example.com:80/a/b.phpx", "example.com:80/A/b.php", "example.com:81/a/b.php",
		"www.example.com:80/a/b.php", "example.net:80/", "example.net:8080/",
		"example.net:80", "/a/b.php", "example.org:443/secret", "example.org:80/secret",
		"example.org:80/q", "example.org:80/f", "[2001:db8::1]:80/b",
		"upper.example.org:80/a", "/", "//", "", "example.com:80/gate/panel.php/"};
	struct world w;

	(void)state;
	world_open(&w, items, ARRAY_LEN(items));
	for (size_t i = 0; i < ARRAY_LEN(nothing); i++)
		expect(&w, MATCH_URL, nothing[i], 0, "");
	expect(&w, MATCH_URL, "example.com:80/a/b.php", 3, "example.com/a/b.php");
	expect(&w, MATCH_URL, "example.com:8080/a/b.php", 1, "http://example.com:8080/a/b.php");
	expect(&w, MATCH_URL, "[2001:db8::1]:80/a", 1, "http://[2001:db8::1]/a");
	expect(&w, MATCH_URL, "a.example:80/gate/panel.php", 1, "/gate/panel.php");
	expect(&w, MATCH_URL, "/gate/panel.php", 1, "/gate/panel.php");
	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		const char *host = strstr(items[i].value, "://");

		host = host ? host + 3 : items[i].value;
		expect(&w, MATCH_NAME, items[i].value, 0, "");
		assert_int_equal(
			ask(&w, MATCH_NAME, host, strcspn(host, "/:?#"), 0, &(const char *){NULL}),
			0);
	}
	world_close(&w);
}

static void test_nothing(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NULL, 0);
	expect(&w, MATCH_NAME, "example.org", 0, "");
	expect(&w, MATCH_ADDRESS, "8.8.8.8", 0, "");
	expect(&w, MATCH_JA3, "c12f54a3f91dc7bafd92cb59fe009a35", 0, "");
	world_close(&w);
}

/* More than there is place for: all names of `x.x.x.x...`. */
static void test_full(void **state)
{
	static char names[126][256];
	static struct indicator items[126];
	const char *first;
	struct world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		for (size_t label = 0; label <= i; label++)
			memcpy(names[i] + 2 * label, label < i ? "x." : "x\0", 2);
		items[i] = world_item(INDICATOR_DOMAIN, SCOPE_SUBDOMAINS, names[i]);
	}
	world_open(&w, items, ARRAY_LEN(items));
	for (unsigned i = 0; i < ARRAY_LEN(items); i++) {
		unsigned most = i < MATCH_RESULTS_MAX ? i + 1 : MATCH_RESULTS_MAX;

		assert_int_equal(ask(&w, MATCH_NAME, names[i], strlen(names[i]), 0, &first), most);
		assert_string_equal(first, "x");
		assert_int_equal(w.left_out, i + 1 - most);
	}
	world_close(&w);
}

/* One address lies in a prefix of each length, and is there with its port. */
static void test_full_of_prefixes(void **state)
{
	static char texts[130][64];
	static struct indicator items[130];
	const char *first;
	struct world w;

	(void)state;
	for (unsigned i = 0; i < 128; i++) {
		snprintf(texts[i], sizeof(texts[i]), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/%u",
			i + 1);
		items[i] = world_item(INDICATOR_PREFIX, SCOPE_PREFIX, texts[i]);
	}
	items[128] = world_item(
		INDICATOR_IP, SCOPE_EXACT, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	items[129] = world_item(
		INDICATOR_IP_PORT, SCOPE_EXACT, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:443");
	world_open(&w, items, ARRAY_LEN(items));
	for (unsigned port = 442; port < 444; port++) {
		assert_int_equal(ask(&w, MATCH_ADDRESS, items[128].value, strlen(items[128].value),
					 (uint16_t)port, &first),
			MATCH_RESULTS_MAX);
		assert_int_equal(w.left_out, port - 377);
	}
	assert_int_equal(ask(&w, MATCH_ADDRESS, "ffff::", 6, 443, &first), 16);
	assert_int_equal(w.left_out, 0);
	world_close(&w);
}

/* Names of few letters, so that they are often parents, tails and neighbours of each other. */
static size_t random_name(uint64_t *chance, char *to, unsigned labels_max)
{
	static const char letters[] = "abxy-1";
	unsigned labels = 1 + chance_below(chance, labels_max);
	size_t used = 0;

	for (unsigned i = 0; i < labels; i++) {
		unsigned bytes = 1 + chance_below(chance, chance_below(chance, 50) ? 3 : 20);

		for (unsigned n = 0; n < bytes; n++)
			to[used++] = letters[chance_below(chance, sizeof(letters) - 1)];
		to[used++] = '.';
	}
	memcpy(to + used, chance_below(chance, 2) ? "org" : "net", 4);
	return used + 3;
}

/* What a name on the wire may be done to. */
static size_t disturb(uint64_t *chance, char *name, size_t bytes)
{
	static const char odd[] = {'|', '\0', '.', 'A', (char)0xff, ' '};

	switch (chance_below(chance, 8)) {
	case 0:
		name[bytes++] = '.';
		break;
	case 1:
		for (size_t i = 0; i < bytes; i++)
			name[i] = (char)(name[i] >= 'a' && chance_below(chance, 2) ? name[i] & ~0x20
										   : name[i]);
		break;
	case 2:
		name[chance_below(chance, (uint32_t)bytes)] =
			odd[chance_below(chance, sizeof(odd))];
		break;
	case 3:
		name[bytes++] = odd[chance_below(chance, sizeof(odd))];
		break;
	case 4:
		memmove(name + 1, name, bytes++);
		name[0] = odd[chance_below(chance, sizeof(odd))];
		break;
	default:
		break;
	}
	return bytes;
}

static void test_against_each_other(void **state)
{
	static char names[NAMES][256], name[600];
	static struct indicator items[NAMES];
	uint64_t chance = 1234567;
	struct world asked;
	unsigned hits = 0;
	const char *first;

	(void)state;
	for (size_t i = 0; i < NAMES; i++) {
		(void)random_name(&chance, names[i], 3);
		items[i] = world_item(INDICATOR_DOMAIN,
			chance_below(&chance, 4) ? SCOPE_SUBDOMAINS : SCOPE_EXACT, names[i]);
	}
	world_open(&asked, items, NAMES);
	chance = CHANCE_BEGIN;
	for (unsigned i = 0; i < QUESTIONS; i++) {
		size_t bytes = random_name(&chance, name, chance_below(&chance, 100) ? 4 : 90);

		if (chance_below(&chance, 2)) {
			const char *known = names[chance_below(&chance, NAMES)];

			bytes -= chance_below(&chance, 4) ? 3 : 4; /* below it, or glued to it */
			memcpy(name + bytes, known, strlen(known));
			bytes += strlen(known);
		}
		bytes = disturb(&chance, name, bytes);
		hits += ask(&asked, MATCH_NAME, name, bytes, 0, &first) > 0;
	}
	assert_in_range(hits, QUESTIONS / 10, QUESTIONS - QUESTIONS / 10);
	world_close(&asked);
}

/* Hosts, ports and paths of few kinds, so that they often differ in one thing only. */
static const char *random_url(uint64_t *chance, char to[64], bool is_indicator)
{
	static const char *const schemes[] = {"http://", "", "http://", "https://"};
	static const char *const hosts[] = {
		"a.org", "b.org", "x.a.org", "9.9.9.9", "[2001:db8::1]"};
	static const char *const ports[] = {"", ":80", ":8080", ":81"};
	static const char *const paths[] = {
		"/", "", "/a", "/a/", "/b", "/a/b", "/a?x", "/a;x", "/A"};

	snprintf(to, 64, "%s%s%s%s",
		is_indicator ? schemes[chance_below(chance, ARRAY_LEN(schemes))] : "",
		hosts[chance_below(chance, ARRAY_LEN(hosts))],
		is_indicator ? ports[chance_below(chance, ARRAY_LEN(ports))]
			     : ports[1 + chance_below(chance, 3)],
		paths[chance_below(chance, ARRAY_LEN(paths))]);
	return to;
}

static void test_urls_against_each_other(void **state)
{
	static char texts[NAMES][64];
	static struct indicator items[NAMES];
	uint64_t chance = 97531;
	struct world asked;
	unsigned hits = 0;
	const char *first;
	char text[64];

	(void)state;
	for (size_t i = 0; i < NAMES; i++) {
		(void)random_url(&chance, texts[i], true);
		items[i] = world_item(INDICATOR_URL, SCOPE_URL_ONLY, texts[i]);
		if (chance_below(&chance, 8) == 0)
			items[i] = world_item(
				INDICATOR_URL_PATH, SCOPE_EXACT, texts[i] + strcspn(texts[i], "/"));
		if (!*items[i].value)
			items[i].value = "/c";
	}
	world_open(&asked, items, NAMES);
	chance = CHANCE_BEGIN;
	for (unsigned i = 0; i < QUESTIONS; i++) {
		size_t bytes = strlen(random_url(&chance, text, false));

		bytes = disturb(&chance, text, bytes);
		hits += ask(&asked, MATCH_URL, text, bytes, 0, &first) > 0;
		(void)ask(&asked, MATCH_NAME, text, bytes, 0, &first);
	}
	assert_in_range(hits, QUESTIONS / 20, QUESTIONS - QUESTIONS / 10);
	world_close(&asked);
}

/* Some of them by NAT64 and 6to4. */
static void reach(uint64_t *chance, uint8_t address[16])
{
	static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
	uint32_t way = chance_below(chance, 4);

	if (way == 0) {
		memcpy(address, nat64, sizeof(nat64));
	} else if (way == 1) {
		memcpy(address + 2, address + 12, 4);
		memcpy(address, "\x20\x02", 2);
		memset(address + 6, 0, 10);
	}
}

static void test_addresses_against_each_other(void **state)
{
	static char texts[NAMES][64];
	static struct indicator items[NAMES];
	uint64_t chance = 7654321;
	struct world asked;
	unsigned hits = 0;
	const char *first;

	(void)state;
	for (size_t i = 0; i < NAMES; i++) {
		static const enum indicator_type types[] = {
			INDICATOR_IP, INDICATOR_PREFIX, INDICATOR_IP_PORT};
		uint32_t form = chance_below(&chance, 3), a = chance_below(&chance, 2),
			 b = chance_below(&chance, 3), c = chance_below(&chance, 9);

		if (form == 0)
			snprintf(texts[i], sizeof(texts[i]), "8.%u.%u.%u", a, b, c);
		else if (chance_below(&chance, 4) == 0)
			snprintf(texts[i], sizeof(texts[i]),
				form == 1 ? "2a00:%x::%x/%u" : "[2a00:%x::%x]:%u", a, b,
				form == 1 ? 16 + chance_below(&chance, 113)
					  : 1 + chance_below(&chance, 3));
		else
			snprintf(texts[i], sizeof(texts[i]),
				form == 1 ? "8.%u.%u.%u/%u" : "8.%u.%u.%u:%u", a, b, c,
				form == 1 ? 20 + chance_below(&chance, 13)
					  : 1 + chance_below(&chance, 3));
		items[i] = world_item(types[form], SCOPE_EXACT, texts[i]);
	}
	world_open(&asked, items, NAMES);
	chance = CHANCE_BEGIN;
	for (unsigned i = 0; i < QUESTIONS / 4; i++) {
		uint8_t address[16] = {0x2a};

		if (chance_below(&chance, 3)) {
			char text[64];
			int n = snprintf(text, sizeof(text), "8.%u.%u.%u", chance_below(&chance, 2),
				chance_below(&chance, 17), chance_below(&chance, 12));

			assert_true(text_to_address(text, (size_t)n, address));
			reach(&chance, address);
		} else {
			address[3] = (uint8_t)chance_below(&chance, 3);
			address[15] = (uint8_t)chance_below(&chance, 4);
		}
		hits += ask(&asked, MATCH_ADDRESS, address, 16, (uint16_t)chance_below(&chance, 5),
				&first) > 0;
	}
	assert_in_range(hits, QUESTIONS / 40, QUESTIONS / 4 - 1);
	world_close(&asked);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_fingerprints),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_urls_against_each_other),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_full_of_prefixes),
		cmocka_unit_test(test_against_each_other),
		cmocka_unit_test(addresses_within_addresses),
		cmocka_unit_test(test_addresses_against_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
