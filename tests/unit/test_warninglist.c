/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/warninglist.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "tests/unit/unit.h"

struct lists {
	struct suffix_list *suffixes;
	struct warninglists *w;
	char error[256];
};

static int set_up(void **state)
{
	struct lists *l = calloc(1, sizeof(*l));

	if (!l || suffix_list_new(&l->suffixes) < 0 || warninglists_new(&l->w, l->suffixes) < 0)
		return -1;
	*state = l;
	return 0;
}

static int tear_down(void **state)
{
	struct lists *l = *state;

	warninglists_free(l->w);
	suffix_list_free(l->suffixes);
	free(l);
	return 0;
}

static int add(struct lists *l, const char *path, const char *text)
{
	int r = warninglists_add(
		l->w, cur_init(text, strlen(text)), path, l->error, sizeof(l->error));

	assert_int_equal(warninglists_ready(l->w), 0);
	return r;
}

static const char *reason(const struct lists *l, enum indicator_type type, const char *value)
{
	return warninglists_find(l->w, type, value).reason;
}

static const struct warninglist *last(const struct lists *l)
{
	return warninglists_get(l->w, warninglists_count(l->w) - 1);
}

static void built_in_lists_are_whole(void **state)
{
	static const char *const never[] = {"t.me", "reddit.com", "x.com", "www.youtube.com",
		"bit.ly", "google.com", "spiegel.de", "bbc.co.uk", "www.lemonde.fr", "github.com",
		"blogspot.com", "telegram.org", "dns.google"};
	struct lists *l = *state;

	assert_int_equal(warninglists_ready(l->w), 0);
	assert_true(warninglists_count(l->w) >= 5);
	for (size_t i = 0; i < warninglists_count(l->w); i++) {
		const struct warninglist *list = warninglists_get(l->w, i);

		assert_int_equal(list->skipped, 0);
		assert_true(list->entries > 20);
		assert_null(list->unused);
		assert_int_not_equal(list->kind, WARNING_LISTED);
	}
	for (size_t i = 0; i < ARRAY_LEN(never); i++)
		assert_non_null(reason(l, INDICATOR_DOMAIN, never[i]));
	assert_string_equal(
		reason(l, INDICATOR_DOMAIN, "t.me"), "a shared platform (platforms, built in)");
	assert_string_equal(reason(l, INDICATOR_IP, "8.8.8.8"), "a resolver (resolvers, built in)");
	assert_non_null(reason(l, INDICATOR_IP_PORT, "104.16.1.1:443"));
	assert_non_null(reason(l, INDICATOR_IP, "2606:4700::1"));
	assert_null(reason(l, INDICATOR_IP, "8.8.8.9"));
}

static void names_are_compared_whole(void **state)
{
	struct lists *l = *state;

	assert_int_equal(add(l, "mine.list",
				 "# name: Mine\n# kind: popular\n\n  Listed.Example.ORG  note\r\n"
				 "\xc3\xa4.example.org\n.below.example.org\nno\n"),
		0);
	assert_int_equal(last(l)->entries, 3);
	assert_int_equal(last(l)->skipped, 1);
	assert_string_equal(
		reason(l, INDICATOR_DOMAIN, "listed.example.org"), "a popular site (Mine)");
	assert_non_null(reason(l, INDICATOR_DOMAIN, "www.listed.example.org"));
	assert_non_null(reason(l, INDICATOR_DOMAIN, "xn--4ca.example.org"));
	assert_null(reason(l, INDICATOR_DOMAIN, "m.listed.example.org"));
	assert_null(reason(l, INDICATOR_DOMAIN, "wwww.listed.example.org"));
	assert_null(reason(l, INDICATOR_DOMAIN, "www.m.listed.example.org"));
	assert_non_null(reason(l, INDICATOR_DOMAIN, "www.www.www.listed.example.org"));
	assert_null(reason(l, INDICATOR_DOMAIN, "www.wwww.listed.example.org"));
	assert_null(reason(l, INDICATOR_DOMAIN, "unlisted.example.org"));
	assert_null(reason(l, INDICATOR_DOMAIN, "example.org"));
	assert_null(reason(l, INDICATOR_DOMAIN, "org"));
	assert_null(reason(l, INDICATOR_URL, "https://listed.example.org"));
	assert_non_null(reason(l, INDICATOR_DOMAIN, "below.example.org"));
	assert_non_null(reason(l, INDICATOR_DOMAIN, "a.b.below.example.org"));
	assert_true(warninglists_find(l->w, INDICATOR_DOMAIN, "m.listed.example.org").parent);
	assert_false(warninglists_find(l->w, INDICATOR_DOMAIN, "listed.example.org").parent);
	assert_null(warninglists_find(NULL, INDICATOR_DOMAIN, "t.me").reason);
}

/* A page of a popular site is what a URL is for; what devices ask on their own is not. */
static void hosts_of_urls(void **state)
{
	static const char *const held[] = {"http://captive.apple.com/hotspot-detect.html",
		"http://www.msftconnecttest.com/connecttest.txt",
		"http://connectivitycheck.gstatic.com:80/generate_204",
		"https://a@Detectportal.Firefox.com./success.txt", "http://1.1.1.1/dns-query",
		"https://[2606:4700:4700::1111]:443/dns-query", "mine.example.org/x"};
	static const char *const free[] = {"https://t.me/x", "https://www.nytimes.com/2024/x",
		"http://104.16.1.1/x", "http://example.org/captive.apple.com",
		"http://captive.apple.com@example.org/x", "http:///x", "x"};
	struct lists *l = *state;

	assert_int_equal(
		add(l, "mine.list", "# name: Mine\n# kind: service\nmine.example.org\n"), 0);
	assert_int_equal(warninglists_ready(l->w), 0);
	for (size_t i = 0; i < ARRAY_LEN(held); i++) {
		if (!reason(l, INDICATOR_URL, held[i]))
			fail_msg("%s passes", held[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(free); i++) {
		if (reason(l, INDICATOR_URL, free[i]))
			fail_msg("%s is held back", free[i]);
	}
}

static void the_longest_prefix_counts(void **state)
{
	struct lists *l = *state;

	assert_int_equal(
		add(l, "wide.txt", "# name: wide\n5.0.0.0/8\n0.0.0.0/0\n5.0.0.0/7\n::/8\n"), 0);
	assert_int_equal(last(l)->entries, 1);
	assert_int_equal(last(l)->skipped, 3);
	assert_int_equal(last(l)->kind, WARNING_SHARED_ADDRESS);
	assert_int_equal(add(l, "near.txt", "# name: near\n5.6.0.0/16\n2001:500::/32\n"), 0);
	assert_string_equal(reason(l, INDICATOR_IP, "5.6.7.8"), "a shared address (near)");
	assert_string_equal(reason(l, INDICATOR_IP_PORT, "5.7.7.8:80"), "a shared address (wide)");
	assert_string_equal(reason(l, INDICATOR_PREFIX, "5.6.7.0/24"), "a shared address (near)");
	assert_string_equal(reason(l, INDICATOR_PREFIX, "5.6.0.0/15"), "a shared address (wide)");
	assert_non_null(reason(l, INDICATOR_PREFIX, "2001:400::/23"));
	assert_null(reason(l, INDICATOR_PREFIX, "2001:600::/23"));
	assert_null(reason(l, INDICATOR_IP, "6.6.7.8"));
	assert_null(reason(l, INDICATOR_IP, "no address"));
}

static void lists_of_misp(void **state)
{
	struct lists *l = *state;

	assert_int_equal(
		add(l, "a/list.json",
			"\xef\xbb\xbf {\"name\": \"Top 10 sites\", \"type\": \"hostname\", "
			"\"matching_attributes\": [\"domain\"], \"list\": [\".one.example.org\", "
			"\"domain\", 7, null, {}, \"two.example.org\"]}"),
		0);
	assert_int_equal(last(l)->kind, WARNING_POPULAR);
	assert_int_equal(last(l)->entries, 2);
	assert_string_equal(
		reason(l, INDICATOR_DOMAIN, "one.example.org"), "a popular site (Top 10 sites)");
	/* before platforms the dot stands too: what is below is no hit */
	assert_null(reason(l, INDICATOR_DOMAIN, "x.one.example.org"));
	assert_int_equal(add(l, "ca.json",
				 "{\"name\": \"Trusted CA\", \"type\": \"string\", "
				 "\"matching_attributes\": [\"md5\", \"x509-fingerprint-sha1\"], "
				 "\"list\": [\"0123456789012345678901234567890123456789\"]}"),
		0);
	assert_string_equal(
		reason(l, INDICATOR_CERT_SHA1, "0123456789012345678901234567890123456789"),
		"a certificate that all trust (Trusted CA)");
	assert_int_equal(add(l, "cloud.json",
				 "{\"name\": \"Some cloud\", \"type\": \"cidr\", \"list\": "
				 "[\"5.5.5.5\", \"6.6.0.0/16\"]}"),
		0);
	assert_int_equal(last(l)->kind, WARNING_SHARED_ADDRESS);
	assert_non_null(reason(l, INDICATOR_IP, "6.6.1.1"));
}

static void lists_that_are_not_used(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"{\"name\": \"a\", \"type\": \"substring\", \"list\": [\"a.example.org\"]}",
			"parts of names"},
		{"{\"name\": \"a\", \"type\": \"regex\", \"list\": [\"/a.example.org/\"]}",
			"regular expressions"},
		{"{\"name\": \"a\", \"type\": \"x\", \"list\": [\"a.example.org\"]}", "type"},
		{"{\"name\": \"a\", \"list\": [\"a.example.org\"]}", "type"},
		{"{\"type\": \"string\", \"matching_attributes\": [\"md5\"], \"list\": "
		 "[\"a.example.org\"]}",
			"packet"},
		{"{\"name\": \"TLDs\", \"type\": \"string\", \"list\": [\"a.example.org\"]}",
			"Public Suffix List"},
		{"{\"name\": \"VPN ranges\", \"type\": \"cidr\", \"list\": [\"5.0.0.0/8\"]}",
			"data centres"},
	};
	struct lists *l = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(add(l, "x.json", rows[i].text), 0);
		assert_non_null(strstr(last(l)->unused, rows[i].why));
		assert_int_equal(last(l)->entries, 0);
		assert_null(reason(l, INDICATOR_DOMAIN, "a.example.org"));
		assert_null(reason(l, INDICATOR_IP, "5.5.5.5"));
	}
}

static void what_is_no_list(void **state)
{
	static const char *const rows[] = {"{", "[]", "[\"a.example.org\"]", "{}", "{\"list\": 1}",
		"{\"list\": {}}", "{\"list\": [}", "words and\nmore words\n",
		"# kind: nonsense\na.example.org\n", "# kind: unused\na.example.org\n",
		"\xff\xfe\x01", "# name: x\n\xff\n"};
	struct lists *l = *state;
	size_t before = warninglists_count(l->w);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(add(l, "x.json", rows[i]), -EBADMSG);
		assert_non_null(strstr(l->error, "x.json: "));
		assert_int_equal(warninglists_count(l->w), before);
	}
	assert_int_equal(add(l, "empty.list", ""), 0); /* an empty list is none of these */
	assert_int_equal(add(l, "comment.list", "# nothing\n"), 0);
}

static void every_beginning_of_a_list(void **state)
{
	static const char text[] = "{\"name\": \"n\", \"type\": \"hostname\", "
				   "\"matching_attributes\": [\"domain\"], "
				   "\"list\": [\"a.example.org\", \"5.5.5.5\"]}";
	struct lists *l = *state;

	for (size_t bytes = 1; bytes + 1 < sizeof(text); bytes++)
		assert_int_equal(warninglists_add(l->w, cur_init(text, bytes), "x", l->error,
					 sizeof(l->error)),
			-EBADMSG);
	assert_int_equal(warninglists_ready(l->w), 0);
	assert_null(reason(l, INDICATOR_DOMAIN, "a.example.org"));
}

static void kinds_follow_names(void **state)
{
	static const struct {
		const char *file, *name;
		bool addresses;
		enum warning_kind kind;
	} rows[] = {
		{"x", "Top 1000 websites from Cisco Umbrella", false, WARNING_POPULAR},
		{"x", "Desktop programs", false, WARNING_LISTED},
		{"tranco10k.json", "", false, WARNING_POPULAR},
		{"x", "List of known URL Shorteners domains", false, WARNING_PLATFORM},
		{"x", "List of known link in Bio domains", false, WARNING_PLATFORM},
		{"x", "List of LOTS (Living Off Trusted Sites) Project Domains", false,
			WARNING_PLATFORM},
		{"x", "Parking domains", true, WARNING_PARKED},
		{"x", "List of known sinkholes", true, WARNING_SINKHOLE},
		{"x", "Censys IP Ranges Used for Scanning", true, WARNING_SCANNER},
		{"x", "List of known IPv6 public DNS resolvers", true, WARNING_RESOLVER},
		{"x", "List of known Microsoft Azure Datacenter IP Ranges", true,
			WARNING_SHARED_ADDRESS},
		{"x", "VPN providers and datacenters", true, WARNING_UNUSED},
		{"x", "University domains", false, WARNING_ORGANISATION},
		{"x", "List of known bank domains", false, WARNING_ORGANISATION},
		{"x", "CRL and OCSP domains", false, WARNING_SERVICE},
		{"x", "", true, WARNING_SHARED_ADDRESS},
		{"", "", false, WARNING_LISTED},
	};
	const char *why;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(
			warning_kind_of(rows[i].file, rows[i].name, rows[i].addresses, &why),
			rows[i].kind);
	for (enum warning_kind k = 0; k < WARNING_KINDS; k++)
		assert_string_not_equal(warning_kind_name(k), "unknown");
	assert_string_equal(warning_kind_name(WARNING_KINDS), "unknown");
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void folders(void **state)
{
	char folder[] = "/tmp/kukla-lists-XXXXXX";
	struct lists *l = *state;
	size_t before = warninglists_count(l->w);

	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(mkdir("b", 0700), 0);
	assert_int_equal(mkdir("empty", 0700), 0);
	put("a.txt", "a.example.org\n");
	put("README.md", "words\n");
	put("b/list.json", "{\"type\": \"hostname\", \"list\": [\"b.example.org\"]}");
	assert_int_equal(warninglists_load(l->w, ".", l->error, sizeof(l->error)), 0);
	assert_int_equal(warninglists_ready(l->w), 0);
	assert_int_equal(warninglists_count(l->w), before + 2);
	assert_string_equal(reason(l, INDICATOR_DOMAIN, "a.example.org"), "on a list (a.txt)");
	assert_non_null(reason(l, INDICATOR_DOMAIN, "b.example.org"));
	put("wrong.json", "{");
	assert_int_equal(warninglists_load(l->w, ".", l->error, sizeof(l->error)), -EBADMSG);
	assert_non_null(strstr(l->error, "wrong.json"));
	assert_int_equal(warninglists_load(l->w, "missing", l->error, sizeof(l->error)), -ENOENT);
	assert_int_equal(remove("wrong.json") | remove("b/list.json") | remove("b") |
				 remove("empty") | remove("README.md") | remove("a.txt"),
		0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(built_in_lists_are_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_are_compared_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(hosts_of_urls, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_longest_prefix_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lists_of_misp, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lists_that_are_not_used, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_list, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_beginning_of_a_list, set_up, tear_down),
		cmocka_unit_test_setup_teardown(folders, set_up, tear_down),
		cmocka_unit_test(kinds_follow_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
