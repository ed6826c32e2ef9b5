/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1: what a first request and a first response say, and what only looks like one. */
#include <stdio.h>

#include "tests/unit/dissect_test.h"

extern const struct dissector http_dissector;

static struct trial t; /* too large for a stack frame */

static int setup(void **state)
{
	(void)state;
	trial_begin(&t, &http_dissector, DISSECT_TCP);
	return 0;
}

static enum dissect_guess probe(const char *text)
{
	setup(NULL);
	return trial_probe(&t, text, strlen(text));
}

static enum dissect_result parse(const char *text)
{
	setup(NULL);
	return trial_parse(&t, text, strlen(text));
}

static const char plain[] = "GET /news/a.html?id=7&u=secret#top HTTP/1.1\r\n"
			    "Accept: */*\r\n"
			    "HOST:\t News.Example.ORG:8080 \r\n"
			    "user-agent:  Mozilla/5.0 (X11; Linux)  \r\n"
			    "Host: second.example\r\n"
			    "\r\n"
			    "body";

static void check_plain(void)
{
	assert_field(&t, "http.hostname", "news.example.org");
	assert_field(&t, "http.http_method", "GET");
	assert_field(&t, "http.url", "/news/a.html");
	assert_field(&t, "http.http_user_agent", "Mozilla/5.0 (X11; Linux)");
	assert_no_field(&t, "http.status");
}

static void test_request(void **state)
{
	(void)state;
	assert_int_equal(probe(plain), GUESS_YES);
	assert_int_equal(parse(plain), DISSECT_MESSAGE);
	check_plain();
}

static void test_every_prefix(void **state)
{
	size_t line = strcspn(plain, "\n") + 1, header = sizeof(plain) - 1 - 4;

	(void)state;
	for (size_t bytes = 1; bytes <= header; bytes++) {
		setup(NULL);
		assert_int_equal(
			trial_probe(&t, plain, bytes), bytes < line ? GUESS_MORE : GUESS_YES);
		if (bytes == header)
			break;
		assert_int_equal(trial_parse(&t, plain, bytes), DISSECT_MORE);
		assert_int_equal(t.d.want_bytes, bytes + 1);
		assert_int_equal(t.flow.used, 0);
		/* at the end of a stream the whole lines count */
		t.d.end_of_stream = true;
		assert_int_equal(trial_parse(&t, plain, bytes),
			bytes < line ? DISSECT_BAD : DISSECT_MESSAGE);
		if (bytes >= line)
			assert_field(&t, "http.url", "/news/a.html");
		else
			assert_int_equal(t.flow.used, 0);
	}
	setup(NULL);
	assert_int_equal(trial_parse(&t, plain, header), DISSECT_MESSAGE);
	assert_int_equal(t.offset, header);
	check_plain();
}

static void test_targets(void **state)
{
	static const struct {
		const char *request, *hostname, *url;
	} cases[] = {
		{"GET / HTTP/1.0\n\n", NULL, "/"},
		{"GET http://Example.org:81/x?y HTTP/1.1\r\n\r\n", "example.org",
			"http://Example.org:81/x"},
		{"GET http://a.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n", "a.example",
			"http://a.example/"},
		{"GET http://a.example?q HTTP/1.1\r\n\r\n", "a.example", "http://a.example"},
		{"CONNECT c.example:443 HTTP/1.1\r\nHost: proxy.example\r\n\r\n", "c.example",
			"c.example:443"},
		{"OPTIONS * HTTP/1.1\r\nHost: [2001:DB8::1]:80\r\n\r\n", "[2001:db8::1]", "*"},
		{"GET /a b c HTTP/1.1\r\nHost: u:p@d.example:1\r\n\r\n", "d.example", "/a b c"},
		{"PROPFIND /dav HTTP/1.1\r\nHost:\r\n\r\n", NULL, "/dav"},
		{"VERSION-CONTROL /x HTTP/1.1\r\nHost: e\r\n\r\n", "e", "/x"},
		{"GET : HTTP/1.1\r\n\r\n", NULL, ":"},
		{"GET a:// HTTP/1.1\r\n\r\n", NULL, "a://"},
		{"GET //a.example/ HTTP/1.1\r\n\r\n", NULL, "//a.example/"},
		{"GET http://u:secret@a.example:8/x@y?z HTTP/1.1\r\n\r\n", "a.example",
			"http://a.example:8/x@y"},
		{"CONNECT u:secret@c.example:443 HTTP/1.1\r\n\r\n", "c.example", "c.example:443"},
		{"CONNECT u:s/c@c.example:443 HTTP/1.1\r\n\r\n", "c.example", "c.example:443"},
		{"GET http://bob:s#cret@w.example/a HTTP/1.1\r\n\r\n", "w.example",
			"http://w.example/a"},
		{"GET mailto:alice@mail.example HTTP/1.1\r\nHost: b.example\r\n\r\n", "b.example",
			"mailto:"},
		{"GET /a;JSESSIONID=1F/b;c HTTP/1.1\r\nHost: b.example\r\n\r\n", "b.example",
			"/a/b"},
		{"GET a?b://c/d HTTP/1.1\r\n\r\n", NULL, "a"},
		{"GET /x#y?z HTTP/1.1\r\n\r\n", NULL, "/x"},
		{"GET /x HTTP/1.1\r\nHost: \r\n e.example\r\n\r\n", "e.example", "/x"},
		{"GET /x HTTP/1.1\r\n Host: no.example\r\nHost : no.example\r\n\r\n", NULL, "/x"},
		{"get /x HTTP/1.2\t\r\nHost: f.example\r\n\r\n", "f.example", "/x"},
		{"\r\n\nGET /x HTTP/1.1\nHost: g.example\n\n", "g.example", "/x"},
		{"GET /x\r\nHost: h.example\r\n\r\n", "h.example", "/x"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(probe(cases[i].request), GUESS_YES);
		assert_int_equal(parse(cases[i].request), DISSECT_MESSAGE);
		assert_field(&t, "http.url", cases[i].url);
		if (cases[i].hostname)
			assert_field(&t, "http.hostname", cases[i].hostname);
		else
			assert_no_field(&t, "http.hostname");
	}
}

#define CRLF4  "\r\n\r\n\r\n\r\n"
#define CRLF16 CRLF4 CRLF4 CRLF4 CRLF4

static void test_not_http(void **state)
{
	static const char *const not_http[] = {"EHLO mail.example\r\n", "USER anonymous\r\n",
		"GET / HTTP/2.0\r\n", "GET /\r\n\r\n", "PUT /x\r\n", "GET  HTTP/1.1\r\n",
		"GET / RTSP/1.0\r\n", "OPTIONS sip:a SIP/2.0\r\n", "PRI * HTTP/2.0\r\n\r\n",
		"GET /\x01 HTTP/1.1\r\n", "G(T / HTTP/1.1\r\n", "PUT /HTTP/1.1\r\n",
		"GET / http/1.1\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "220 mail ESMTP\r\n",
		"HTTP/1.1 20 OK\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1  200\r\n",
		"HTTP/2.0 200 OK\r\n", "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1-200\r\n",
		CRLF16 CRLF16 "\r\n", " GET / HTTP/1.1\r\n", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG",
		"GET\t/", "GET /\x01"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(not_http); i++) {
		if (probe(not_http[i]) != GUESS_NO)
			fail_msg("%s", not_http[i]);
		/* what begins like an answer is read by what the guess says of its header */
		if (strchr(not_http[i], '\n') && not_http[i][0] != '\r' && not_http[i][0] != 'H') {
			assert_int_equal(parse(not_http[i]), DISSECT_BAD);
			assert_int_equal(t.flow.used, 0);
		}
	}
	assert_int_equal(trial_probe(&t, "\x16\x03\x01\x00", 4), GUESS_NO);
}

/* A server that hides, seen alone: its whole header tells. */
static void test_odd_answers(void **state)
{
	static const char *const lines[] = {"HTTP/2.0 200 ok", "HTTP/1.01 200 ok", "HTTP/0.9 200",
		"HTTP/1.1\t 200 ok", "HTTP/1.1  200 ok"};
	char answer[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		int bytes = snprintf(
			answer, sizeof(answer), "%s\r\nContent-Length: 0\r\n\r\n", lines[i]);

		assert_int_equal(probe(answer), GUESS_YES);
		assert_int_equal(parse(answer), DISSECT_MESSAGE);
		assert_field(&t, "http.status", "200");
		answer[bytes - 4] = '\0'; /* not whole */
		assert_int_equal(probe(answer), GUESS_NO);
		(void)snprintf(answer, sizeof(answer), "%s\r\nno field\r\n\r\n", lines[i]);
		assert_int_equal(probe(answer), GUESS_NO);
	}
}

static void test_empty_lines(void **state)
{
	static const char many[] = CRLF16 CRLF4 CRLF4 CRLF4 CRLF4 "GET /x HTTP/1.1\r\n\r\n";

	(void)state;
	for (size_t skip = 0; skip <= 64; skip += 2)
		assert_int_equal(probe(many + skip), GUESS_YES);
	assert_int_equal(parse(many), DISSECT_MESSAGE);
	assert_field(&t, "http.url", "/x");
}

/* A header without end costs 16 KiB, no more, and what it said so far counts. */
static void test_limit(void **state)
{
	static char large[20000];
	int head = snprintf(large, sizeof(large), "GET /x HTTP/1.1\r\nHost: f.example\r\nX: ");

	(void)state;
	memset(large + head, 'a', sizeof(large) - (size_t)head);
	setup(NULL);
	assert_int_equal(trial_parse(&t, large, 16383), DISSECT_MORE);
	assert_int_equal(trial_parse(&t, large, 16384), DISSECT_MESSAGE);
	assert_field(&t, "http.hostname", "f.example");
	assert_int_equal(trial_parse(&t, large, 100), DISSECT_MORE);
	t.d.end_of_stream = true;
	assert_int_equal(trial_parse(&t, large, 100), DISSECT_MORE);
	assert_int_equal(t.offset, 100);
	setup(NULL);
	memset(large, 'A', sizeof(large));
	assert_int_equal(trial_probe(&t, large, 16384), GUESS_NO);
	memcpy(large, "GET /", 5);
	assert_int_equal(trial_probe(&t, large, 16383), GUESS_MORE);
	assert_int_equal(trial_probe(&t, large, 16384), GUESS_NO);
	assert_int_equal(trial_parse(&t, large, sizeof(large)), DISSECT_BAD);
}

static void test_odd_values(void **state)
{
	static const char odd[] =
		"POST /\xff\xfe HTTP/1.1\r\nUser-Agent: a\0b\xc3\r\nHost: x\0y\r\n\r\n";

	(void)state;
	assert_int_equal(trial_parse(&t, odd, sizeof(odd) - 1), DISSECT_MESSAGE);
	assert_field(&t, "http.url", "/\xff\xfe");
	assert_memory_equal(trial_text(&t, "http.http_user_agent", 0), "a\0b\xc3", 5);
	assert_field(&t, "http.hostname", "x");
}

static void test_applications(void **state)
{
	static const struct {
		const char *request, *application;
	} cases[] = {
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", NULL},
		{"CONNECT c.example:443 HTTP/1.1\r\n\r\n", "HTTP_Connect.HTTP"},
		{"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "HTTP_Connect"},
		{"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP.HTTP_Proxy"},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/ocsp-request\r\n\r\n",
			"HTTP.OCSP"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		setup(NULL);
		assert_int_equal(parse(cases[i].request), DISSECT_MESSAGE);
		if (cases[i].application)
			assert_string_equal(t.d.application, cases[i].application);
		else
			assert_null(t.d.application);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_request, setup),
		cmocka_unit_test_setup(test_every_prefix, setup),
		cmocka_unit_test_setup(test_targets, setup),
		cmocka_unit_test_setup(test_not_http, setup),
		cmocka_unit_test_setup(test_odd_answers, setup),
		cmocka_unit_test_setup(test_empty_lines, setup),
		cmocka_unit_test_setup(test_limit, setup),
		cmocka_unit_test_setup(test_odd_values, setup),
		cmocka_unit_test_setup(test_applications, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
