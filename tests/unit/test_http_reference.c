/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1: what of targets, Locations, Host and Content-Type is kept, and that no secret is. */
#include <stdio.h>

#include "dissectors/http_reference.h"
#include "tests/unit/dissect_test.h"

extern const struct dissector http_dissector;

static struct trial t; /* too large for a stack frame */

#define SECRET "S3CR3T"

static void parse(const char *text)
{
	trial_begin(&t, &http_dissector, DISSECT_TCP);
	assert_int_equal(trial_parse(&t, text, strlen(text)), DISSECT_MESSAGE);
}

static const char *of_message(const char *key)
{
	struct record_value v = {0};

	t.text[0] = '\0';
	while (record_next(&t.message, &v)) {
		if (strcmp(v.field->key, key) == 0)
			(void)snprintf(
				t.text, sizeof(t.text), "%.*s", (int)v.bytes, (const char *)v.text);
	}
	return t.text;
}

static void assert_no_secret(const char *text)
{
	struct record_value v = {0};

	while (record_next(&t.message, &v)) {
		if (v.field->type == FIELD_TEXT && v.bytes &&
			memmem(v.text, v.bytes, SECRET, strlen(SECRET)))
			fail_msg("%s: %s", text, v.field->key);
	}
}

struct wanted {
	const char *text, *hostname, *url;
};

static void expect(const char *request, const struct wanted *w)
{
	parse(request);
	assert_no_secret(w->text);
	if (w->url)
		assert_string_equal(of_message("http.url"), w->url);
	if (strcmp(of_message("http.hostname"), w->hostname) != 0)
		fail_msg("%s: %s", w->text, t.text);
}

static void test_targets(void **state)
{
	static const struct wanted cases[] = {
		{"http://u:S3CR3T@h.example/p", "h.example", "http://h.example/p"},
		{"http://u:S3C/S3CR3T@h.example/p", "h.example", "http://h.example/p"},
		{"http://u:S3CR3T/x@h.example/p", "h.example", "http://h.example/p"},
		{"http://u:S3CR3T/w@h.example/x?m=b@c.example", "h.example", "http://h.example/x"},
		{"http://S3CR3T:/w@h.example/", "h.example", "http://h.example/"},
		{"http://S3CR3T:\\w@h.example/", "h.example", "http://h.example/"},
		{"http://u.v:S3CR3T/@h.example/p", "h.example", "http://h.example/p"},
		{"http://a.example:80/@u/p", "a.example", "http://a.example:80/@u/p"},
		{"http://a.example tok=S3CR3T/x", "a.example", "http://a.example/x"},
		{"http://a.example&tok=S3CR3T/x", "a.example", "http://a.example/x"},
		{"http://[2001:db8::1]:80/x", "[2001:db8::1]", "http://[2001:db8::1]:80/x"},
		{"http://[S3CR3T=]:80/x", "b.example", "http:///x"},
		{"u:S3CR3T@h.example/p", "b.example", "u:"},
		{"//u:S3CR3T@h.example/p", "b.example", "//h.example/p"},
		{"//u:S3CR3T/w@h.example/p", "b.example", "//h.example/p"},
		{"/\\u:S3CR3T@h.example/p", "b.example", "/\\h.example/p"},
		{"http:///u:S3CR3T@h.example/p", "b.example", "http:///h.example/p"},
		{"/fetch/http://u:S3CR3T@h.example/p", "b.example", "/fetch/http://h.example/p"},
		{"/fetch/http://u@//u:S3CR3T@h/p", "b.example", "/fetch/http:////h/p"},
		{"/fetch/http://h/@u/http://u:S3CR3T@h/", "b.example",
			"/fetch/http://h/@u/http://h/"},
		{"/fetch/http%3A%2F%2fu%3AS3CR3T%40h.example%2Fp", "b.example",
			"/fetch/http%3A%2F%2fh.example%2Fp"},
		{"/fetch/http%253A%252F%252Fu:S3CR3T%2540h", "b.example",
			"/fetch/http%253A%252F%252Fh"},
		{"/web/2020/https://blog.example/@user/post", "b.example",
			"/web/2020/https://blog.example/@user/post"},
		{"/a&tok=S3CR3T", "b.example", "/a"},
		{"/a%26tok%3dS3CR3T", "b.example", "/a"},
		{"/a/tok=S3CR3T&b/c", "b.example", "/a/"},
		{"/a/u=x/y/S3CR3T&b=c", "b.example", "/a/"},
		{"/R&D/black-&-white.jpg", "b.example", "/R&D/black-&-white.jpg"},
		{"/a%3Ftok=S3CR3T", "b.example", "/a"},
		{"/a%253Ftok=S3CR3T", "b.example", "/a"},
		{"/a%23tok=S3CR3T", "b.example", "/a"},
		{"/c%23/x%25/y%", "b.example", "/c%23/x%25/y%"},
		{"/a;sid=S3CR3T/b", "b.example", "/a/b"},
		{"/a%3Bsid=S3CR3T%2FS3CR3T/b", "b.example", "/a/b"},
		{"/a;x&u=/S3CR3T", "b.example", "/a"},
		{"x?tok=S3CR3T", "b.example", "x"},
	};
	char request[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		(void)snprintf(request, sizeof(request),
			"GET %s HTTP/1.1\r\nHost: b.example\r\n\r\n", cases[i].text);
		expect(request, &cases[i]);
	}
}

static void test_hosts(void **state)
{
	static const struct wanted cases[] = {
		{"a.example/?tok=S3CR3T", "a.example", NULL},
		{"a.example/S3CR3T", "a.example", NULL},
		{"a.example?m=u@S3CR3T", "a.example", NULL},
		{"a.example Cookie=S3CR3T", "a.example", NULL},
		{"a.example:80 Cookie=S3CR3T@x", "a.example", NULL},
		{"a.example\r\n Cookie: S3CR3T", "a.example", NULL},
		{"a.example\rCookie: S3CR3T", "a.example", NULL},
		{"a.example&tok=S3CR3T", "a.example", NULL},
		{"u:S3CR3T@a.example", "a.example", NULL},
		{"u:S3CR3T/x@a.example:80", "a.example", NULL},
		{"http://u:S3CR3T@a.example/x?y=S3CR3T", "a.example", NULL},
		{"http://A.example/", "a.example", NULL},
		{"=S3CR3T", "", NULL},
		{"[::1", "", NULL},
		{"b\xc3\xbc"
		 "cher_1.example:8080",
			"b\xc3\xbc"
			"cher_1.example",
			NULL},
	};
	char request[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		(void)snprintf(request, sizeof(request), "GET / HTTP/1.1\r\nHost: %s\r\n\r\n",
			cases[i].text);
		expect(request, &cases[i]);
	}
	expect("CONNECT h.example:443/S3CR3T HTTP/1.1\r\n\r\n",
		&(struct wanted){"CONNECT", "h.example", "h.example:443"});
	expect("CONNECT h.example:443S3CR3T HTTP/1.1\r\n\r\n",
		&(struct wanted){"CONNECT", "h.example", "h.example:443"});
}

static void test_locations(void **state)
{
	static const struct wanted cases[] = {
		{"https://u:S3CR3T@h.example/x?code=S3CR3T#S3CR3T", "h.example",
			"https://h.example/x"},
		{"https://u:S3C/S3CR3T@h.example/x", "h.example", "https://h.example/x"},
		{"///u:S3CR3T@h.example/x", "h.example", "///h.example/x"},
		{"https:///u:S3CR3T@h.example/x", "h.example", "https:///h.example/x"},
		{"\\\\u:S3CR3T@h.example/x", "h.example", "\\\\h.example/x"},
		{"/\\h.example/x", "h.example", "/\\h.example/x"},
		{"https://lure.example\\@h.example/", "lure.example",
			"https://lure.example\\@h.example/"},
		{"/a/https://u:S3CR3T@h.example/x", "", "/a/https://h.example/x"},
		{"intent://u:S3CR3T@h/x", "h", "intent://h/x"},
	};
	char answer[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		(void)snprintf(answer, sizeof(answer), "HTTP/1.1 302 Found\r\nLocation: %s\r\n\r\n",
			cases[i].text);
		parse(answer);
		assert_no_secret(cases[i].text);
		assert_string_equal(of_message("http.redirect"), cases[i].url);
		assert_string_equal(of_message("http.redirect_host"), cases[i].hostname);
	}
}

static void test_media_types(void **state)
{
	static const struct {
		const char *value, *type;
	} cases[] = {{"text/html; charset=utf-8", "text/html"}, {"Text/HTML", "Text/HTML"},
		{"text/html boundary=S3CR3T", "text/html"}, {"image/svg+xml", "image/svg+xml"},
		{"text/html, S3CR3T/x", "text/html"}, {"S3CR3T payload of any kind", ""},
		{"S3CR3T", ""}, {"S3CR3T/", ""}, {"/S3CR3T", ""}, {"", ""}};
	char answer[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		(void)snprintf(answer, sizeof(answer),
			"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n", cases[i].value);
		parse(answer);
		assert_string_equal(of_message("http.http_content_type"), cases[i].type);
	}
}

/* Slashes and percents that promise a user each time are walked over a few times all the same. */
static void test_long_paths(void **state)
{
	static const char *const pieces[] = {"//a", "//a:b", "//a@b", "%252F%2f", "%25", "&;=%"};
	static char path[65536], copy[65536];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		size_t bytes = strlen(pieces[i]);

		for (size_t at = 0; at + bytes < sizeof(path); at += bytes)
			memcpy(path + at, pieces[i], bytes);
		path[sizeof(path) - 1] = '@';
		for (size_t room = 0; room <= sizeof(copy); room += 4681) {
			size_t used = http_copy_path(
				copy, room, (struct http_text){path, sizeof(path)});

			assert_true(used <= room);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_locations),
		cmocka_unit_test(test_media_types),
		cmocka_unit_test(test_long_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
