/* SPDX-License-Identifier: Apache-2.0 */
/* Which URLs of indicators a request can tell, and what is asked for a request. */
#include "signatures/url.h"

#include <stdio.h>

#include "signatures/visible.h"
#include "tests/unit/unit.h"

static const char *limit_of(enum indicator_type type, const char *value)
{
	const struct indicator i = {.type = type, .value = value};
	const char *limit = visible_limit(&i);

	return limit ? limit : "looked for";
}

static void test_limits(void **state)
{
	static const struct {
		enum indicator_type type;
		const char *value, *limit;
	} cases[] = {
		{INDICATOR_URL, "http://example.org/a", "looked for"},
		{INDICATOR_URL, "example.org:8080/a", "looked for"},
		{INDICATOR_URL, "example.org/a:b://c", "looked for"},
		{INDICATOR_URL, "http://[2001:db8::1]:8080/a", "looked for"},
		{INDICATOR_URL, "https://example.org/a", "https shows no more than its host"},
		{INDICATOR_URL, "ftp://example.org/a", "its scheme is not http"},
		{INDICATOR_URL, "http://u@example.org/a",
			"it has a user, of which a request shows nothing"},
		{INDICATOR_URL, "http://example.org/a?b", "it has a query, which is not kept"},
		{INDICATOR_URL, "http://example.org?b", "it has a query, which is not kept"},
		{INDICATOR_URL, "http://example.org/a#b", "it has a fragment, which is never sent"},
		{INDICATOR_URL, "http://example.org/a;b/c",
			"it has parameters, which are not kept"},
		{INDICATOR_URL, "http://example.org/a&b=c",
			"it has parts that are not kept of a path"},
		{INDICATOR_URL, "http://example.org/a%3Fb",
			"it has parts that are not kept of a path"},
		{INDICATOR_URL, "http://example.org/r&d.pdf", "looked for"},
		{INDICATOR_URL, "http://example.org:8080/", "it asks for no more than its host"},
		{INDICATOR_URL, "http://example.org:8080", "it asks for no more than its host"},
		{INDICATOR_URL, "http://example.org//", "it asks for no more than its host"},
		{INDICATOR_URL, "http://example.org:0080/a",
			"its host or port is none, or not in its normal form"},
		{INDICATOR_URL, "http://example.org:65536/a",
			"its host or port is none, or not in its normal form"},
		{INDICATOR_URL, "http://example.org:/a",
			"its host or port is none, or not in its normal form"},
		{INDICATOR_URL, "http://Example.org/a",
			"its host or port is none, or not in its normal form"},
		{INDICATOR_URL, "http:///a", "its host or port is none, or not in its normal form"},
		{INDICATOR_URL, "http://[2001:DB8::1]/a",
			"its host or port is none, or not in its normal form"},
		{INDICATOR_URL_PATH, "/gate/panel.php", "looked for"},
		{INDICATOR_URL_PATH, "gate/panel.php", "it does not begin as a path"},
		{INDICATOR_URL_PATH, "/gate/panel.php?x", "it has a query, which is not kept"},
		{INDICATOR_URL_PATH, "/", "it asks for no more than its host"},
		{INDICATOR_DOMAIN, "example.org", "looked for"},
		{INDICATOR_JA3S, "c12f54a3f91dc7bafd92cb59fe009a35", "looked for"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(limit_of(cases[i].type, cases[i].value), cases[i].limit);
}

/* As long as a text of a record, which may have been cut there, and one octet less. */
static void test_long(void **state)
{
	char value[sizeof("example.org") + RECORD_TEXT_BYTES_MAX] = "example.org/";
	char to[URL_BYTES_MAX];
	const struct record_value host = {.text = (const uint8_t *)value, .bytes = 11};
	struct record_value target = {.text = (const uint8_t *)value + 11};

	(void)state;
	memset(value + 12, 'a', RECORD_TEXT_BYTES_MAX - 1);
	assert_string_equal(
		limit_of(INDICATOR_URL, value), "its path is longer than what is kept of one");
	target.bytes = RECORD_TEXT_BYTES_MAX;
	assert_int_equal(url_of_request(to, &host, 80, &target), 0);
	target.bytes--;
	value[11 + RECORD_TEXT_BYTES_MAX - 1] = '\0';
	assert_string_equal(limit_of(INDICATOR_URL, value), "looked for");
	assert_int_equal(url_of_request(to, &host, 80, &target), 11 + 3 + target.bytes);
}

static void test_common_paths(void **state)
{
	static const char *const common[] = {"", "/", "/index.php", "/gate.php", "/a/b.php",
		"/wp-login.php", "/longer/?and=a-query", "/abc/?longquery", "abc/def/ghi"};
	static const char *const own[] = {"/gate/x.php", "/a8f3k2l9d8s7f6q1", "/panel/in/gate.php"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(common); i++)
		assert_string_equal(url_path_is_common(common[i]), "a path that any host may have");
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		assert_null(url_path_is_common(own[i]));
}

static void test_requests(void **state)
{
	static const struct {
		const char *host;
		uint16_t port;
		const char *target, *asked;
	} cases[] = {
		{"www.example.org", 80, "/a/b", "www.example.org:80/a/b"},
		{"WWW.Example.Org.", 8080, "/A", "www.example.org:8080/A"},
		{"9.9.9.9", 81, "/", "9.9.9.9:81/"},
		{"[2001:DB8:0::1]", 80, "/a", "[2001:db8::1]:80/a"},
		{"[nonsense]", 80, "/a", "[nonsense]:80/a"},
		{NULL, 80, "/a/b", "/a/b"},
		{".", 80, "/a/b", "/a/b"},
		{"p.example.org", 3128, "HTTP://www.Example.org/a", "www.example.org:80/a"},
		{"p.example.org", 3128, "http://www.example.org:8080/a", "www.example.org:8080/a"},
		{"p.example.org", 3128, "http://[2001:db8::1]:81/a", "[2001:db8::1]:81/a"},
		{"p.example.org", 3128, "http://www.example.org:/a", "www.example.org:80/a"},
		{"p.example.org", 3128, "http://www.example.org:080/a", "www.example.org:80/a"},
		{"p.example.org", 3128, "http://www.example.org:000000008080/a",
			"www.example.org:8080/a"},
		{"p.example.org", 3128, "http://www.example.org:0/a", ""},
		{"p.example.org", 3128, "http://www.example.org::80/a", ""},
		{"p.example.org", 3128, "http://www.example.org", ""},
		{"p.example.org", 3128, "http://www.example.org:99999/a", ""},
		{"p.example.org", 3128, "http:///a", ""},
		{"p.example.org", 3128, "https://www.example.org/a", ""},
		{"p.example.org", 3128, "www.example.org:443", ""},
		{"p.example.org", 80, "*", ""},
		{"p.example.org", 80, "", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct record_value host = {.text = (const uint8_t *)cases[i].host,
			.bytes = cases[i].host ? strlen(cases[i].host) : 0};
		const struct record_value target = {
			.text = (const uint8_t *)cases[i].target, .bytes = strlen(cases[i].target)};
		char to[URL_BYTES_MAX];
		size_t bytes = url_of_request(
			to, cases[i].host ? &host : NULL, cases[i].port, &target);

		if (bytes != strlen(cases[i].asked) || memcmp(to, cases[i].asked, bytes) != 0)
			fail_msg("%s: %.*s", cases[i].target, (int)bytes, to);
	}
}

/* The longest of all parts. */
static void test_room(void **state)
{
	char host_text[URL_HOST_BYTES_MAX + 2], path[RECORD_TEXT_BYTES_MAX], to[URL_BYTES_MAX];
	struct record_value host = {
		.text = (const uint8_t *)host_text, .bytes = URL_HOST_BYTES_MAX};
	const struct record_value target = {
		.text = (const uint8_t *)path, .bytes = sizeof(path) - 1};

	(void)state;
	memset(host_text, 'a', sizeof(host_text));
	memset(path, '/', sizeof(path));
	assert_int_equal(url_of_request(to, &host, 65535, &target),
		URL_HOST_BYTES_MAX + 6 + sizeof(path) - 1);
	host.bytes++;
	assert_int_equal(url_of_request(to, &host, 65535, &target), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_common_paths),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
