/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1: connections with many messages, their framing, tunnels, and what goes on after loss. */
#include <stdio.h>

#include "tests/unit/dissect_test.h"

extern const struct dissector http_dissector;

static struct trial t; /* too large for a stack frame */

/* A conversation as the probe leads it: what is skipped, what is waited for; each message as a line
 * of a log. */
#define C DISSECT_TO_SERVER
#define S DISSECT_TO_CLIENT

#define GAP 2 /* added: octets before these are missing */

struct part {
	unsigned who;
	const char *text;
};

static struct {
	struct {
		char bytes[65536];
		size_t used, from, want;
		uint64_t skip;
		bool done, gap;
	} sides[2];
	char log[4096];
	uint64_t steps;
} talk;

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	size_t used = strlen(talk.log);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(talk.log + used, sizeof(talk.log) - used, format, arguments);
	va_end(arguments);
}

static const char *of_message(const char *key)
{
	struct record_value v = {0};

	while (record_next(&t.message, &v)) {
		if (strcmp(v.field->key, key) != 0)
			continue;
		if (v.field->type == FIELD_TEXT)
			(void)snprintf(
				t.text, sizeof(t.text), "%.*s", (int)v.bytes, (const char *)v.text);
		else
			(void)snprintf(t.text, sizeof(t.text), "%u", (unsigned)v.number);
		return t.text;
	}
	return "";
}

static void note_message(void)
{
	static const char *const keys[] = {"http.http_method", "http.hostname", "http.url",
		"http.status", "http.http_content_type", "http.redirect", "http.redirect_host"};

	note("%s", of_message("tx_id"));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *text = of_message(keys[i]);

		if (*text)
			note(" %s", text);
	}
	note("\n");
}

static void pass_over(unsigned side)
{
	size_t left = talk.sides[side].used - talk.sides[side].from;
	size_t bytes = talk.sides[side].skip < left ? (size_t)talk.sides[side].skip : left;

	talk.sides[side].from += bytes;
	talk.sides[side].skip -= bytes;
}

static void read_side(unsigned side)
{
	static const char *const ends[] = {
		[DISSECT_DONE] = "done\n", [DISSECT_NEXT] = "next\n", [DISSECT_BAD] = "bad\n"};
	enum dissect_result result = DISSECT_MESSAGE;
	bool passed = false;

	pass_over(side);
	while ((result == DISSECT_MESSAGE || passed) &&
		talk.sides[side].used > talk.sides[side].from &&
		talk.sides[side].used - talk.sides[side].from >= talk.sides[side].want) {
		t.d.direction = side;
		t.d.gap = talk.sides[side].gap;
		t.d.skip_bytes = 0;
		t.d.steps = 0;
		talk.sides[side].gap = false;
		record_clear(&t.message);
		result = trial_parse(&t, talk.sides[side].bytes + talk.sides[side].from,
			talk.sides[side].used - talk.sides[side].from);
		assert_true(t.d.steps <= 64 + 8 * (talk.sides[side].used - talk.sides[side].from));
		talk.steps += t.d.steps;
		talk.sides[side].from += t.offset;
		talk.sides[side].want = result == DISSECT_MORE ? t.d.want_bytes : 0;
		talk.sides[side].skip = t.d.skip_bytes;
		passed = result == DISSECT_MORE && t.d.skip_bytes;
		pass_over(side);
		if (result == DISSECT_MESSAGE)
			note_message();
		else if (result != DISSECT_MORE)
			note("%s", ends[result]);
	}
	talk.sides[side].done = result != DISSECT_MORE && result != DISSECT_MESSAGE;
}

static void say(unsigned side, const char *text, size_t bytes)
{
	if (talk.sides[side].done)
		return;
	assert_true(bytes < sizeof(talk.sides[side].bytes) - talk.sides[side].used);
	memcpy(talk.sides[side].bytes + talk.sides[side].used, text, bytes);
	talk.sides[side].used += bytes;
	read_side(side);
}

static void lead(const struct part *parts, size_t piece)
{
	trial_begin(&t, &http_dissector, DISSECT_TCP);
	memset(&talk, 0, sizeof(talk));
	for (; parts->text; parts++) {
		size_t bytes = strlen(parts->text);

		unsigned side = parts->who & 1;

		if (parts->who & GAP) {
			talk.sides[side].from = talk.sides[side].used;
			talk.sides[side].gap = true;
			talk.sides[side].want = 0;
			talk.sides[side].skip = 0;
		}
		for (size_t at = 0; at < bytes; at += piece)
			say(side, parts->text + at, bytes - at < piece ? bytes - at : piece);
	}
}

/* In one piece, octet by octet, and between. */
static void expect_talk(const struct part *parts, const char *log)
{
	static const size_t pieces[] = {8000, 1, 2, 3, 7, 50};

	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		lead(parts, pieces[i]);
		assert_string_equal(talk.log, log);
	}
}

#define EXPECT_TALK(log, ...) expect_talk((const struct part[]){__VA_ARGS__, {C, NULL}}, log)

static void test_responses(void **state)
{
	(void)state;
	EXPECT_TALK("0 404 text/html\n1 500\n",
		{S, "HTTP/1.1 404 Not Found\r\nContent-Type: text/html; charset=utf-8\r\n"
		    "Content-Length: 5\r\n\r\nbody\nHTTP/1.0 500\nContent-Length: 0\n\n"});
	/* a response that announces another one has its number */
	EXPECT_TALK("0 100\n0 103\n0 201\n1 204\n2 304\n3 200\n",
		{S, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
		    "HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nabc"
		    "HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n"
		    "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"
		    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"});
	assert_field(&t, "http.status", "201");
	/* servers that hide are not exact */
	EXPECT_TALK("0 GET /\n0 200\n1 GET /\n1 200\n2 GET /\n2 200\ndone\n",
		{C, "GET / HTTP/1.1\r\n\r\n"}, {S, "HTTP/2.0 200 ok\r\nContent-Length: 1\r\n\r\nx"},
		{C, "GET / HTTP/1.1\r\n\r\n"},
		{S, "HTTP/1.01 \t200\tok\r\nContent-Length: 1\r\n\r\nx"},
		{C, "GET / HTTP/1.1\r\n\r\n"}, {S, "\r\n\nHTTP/1.1  200 ok\r\n\r\nx"});
	EXPECT_TALK("0 GET /\n", {C, "GET / HTTP/1.1\r\n\r\n"}, {S, "HTTP/1.1 2000 ok\r\n\r\n"},
		{S, "HTTP/x.1 200 ok\r\n\r\n"});
	/* a server of another protocol */
	EXPECT_TALK("0 GET /\nnext\n", {C, "GET / HTTP/1.1\r\n\r\n"},
		{S, "SSH-2.0-OpenSSH_6.6.1\r\nProtocol mismatch.\n"});
}

#define POST "POST /p HTTP/1.1\r\nHost: a.example\r\n"
#define GET  "GET /g HTTP/1.1\r\nHost: b.example\r\n\r\n"
#define BOTH "0 POST a.example /p\n1 GET b.example /g\n"

static void test_framing(void **state)
{
	(void)state;
	EXPECT_TALK("0 GET b.example /g\n1 GET b.example /g\n2 GET b.example /g\n",
		{C, GET GET "\r\n\r\n" GET});
	assert_field(&t, "http.hostname", "b.example");
	EXPECT_TALK(BOTH, {C, POST "Content-Length: 12\r\n\r\nGET / HTTP/1" GET});
	EXPECT_TALK(BOTH, {C, POST "Content-Length: 3, 3\r\ncontent-length:3\r\n\r\nabc" GET});
	EXPECT_TALK(BOTH, {C, POST "Content-Length:\r\n 0003\r\n\r\nabc" GET});
	EXPECT_TALK(BOTH, {C, POST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET});
	EXPECT_TALK(
		BOTH, {C, POST "Transfer-Encoding: gzip,\r\n Chunked \r\nContent-Length: 70\r\n\r\n"
			       "0a;x=\"y\"\r\nGET / HTTP\r\n000B \r\n/ HTTP/1.1\n\r\n1\nx\n0;\r\n"
			       "Trailer: x\r\nHost: no.example\r\n\r\n" GET});
	/* pipelined, and the body of the answer to HEAD is none */
	EXPECT_TALK("0 HEAD a.example /h\n1 GET b.example /g\n0 200\n1 200\n2 GET b.example /g\n2 "
		    "404\n",
		{C, "HEAD /h HTTP/1.1\r\nHost: a.example\r\n\r\n" GET},
		{S, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"
		    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"},
		{C, GET}, {S, "HTTP/1.1 404 OK\r\nContent-Length: 1\r\n\r\nx"});
	/* until the end */
	EXPECT_TALK("0 GET b.example /g\n0 200\ndone\n", {C, GET},
		{S, "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n"});
	EXPECT_TALK("0 GET b.example /g\n0 200\ndone\n", {C, GET},
		{S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: "
		    "1\r\n\r\nxHTTP"});
	/* no body is as long as this */
	lead((const struct part[]){{C, POST "Content-Length: 999999999999999999\r\n\r\nabc"},
		     {C, GET}, {C, NULL}},
		8000);
	assert_string_equal(talk.log, "0 POST a.example /p\n");
	assert_true(talk.sides[C].skip > 999999999999000000u);
}

/* What a careful reader does not go on after; then only a segment that begins with a message is
 * believed. */
static void test_wrong_framing(void **state)
{
	static const char *const wrong[] = {"Content-Length: -1\r\n\r\n",
		"Content-Length: 3\r\nContent-Length: 4\r\n\r\n", "Content-Length: 1x\r\n\r\n",
		"Content-Length: 3, 4\r\n\r\n", "Content-Length: \r\n\r\n",
		"Content-Length: 9999999999999999999\r\n\r\n",
		"Transfer-Encoding: chunked, identity\r\n\r\n", "Transfer-Encoding: gzip\r\n\r\n",
		"Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n"};
	static const char *const chunks[] = {"x\r\n", "-1\r\n", "1000000000000000\r\n", "\t1\r\n",
		"1x\r\n", ";\r\n", "2\r\nabc\r\n"};
	static char zeros[8193];
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		(void)snprintf(text, sizeof(text), POST "%sxx" GET, wrong[i]);
		lead((const struct part[]){{C, text}, {C, " " GET}, {C, GET}, {C, NULL}}, 8000);
		assert_string_equal(talk.log, BOTH);
	}
	for (size_t i = 0; i < ARRAY_LEN(chunks); i++) {
		(void)snprintf(text, sizeof(text), POST "Transfer-Encoding: chunked\r\n\r\n%s" GET,
			chunks[i]);
		lead((const struct part[]){{C, text}, {C, " " GET}, {C, GET}, {C, NULL}}, 8000);
		assert_string_equal(talk.log, BOTH);
	}
	lead((const struct part[]){{C, GET "what is this\r\n" GET}, {C, GET}, {C, NULL}}, 8000);
	assert_string_equal(talk.log, "0 GET b.example /g\n1 GET b.example /g\n");
	/* a line of a chunk that never ends */
	memset(zeros, '0', sizeof(zeros) - 1);
	lead((const struct part[]){{C, POST "Transfer-Encoding: chunked\r\n\r\n"}, {C, zeros},
		     {C, zeros}, {C, GET}, {C, NULL}},
		8192);
	assert_string_equal(talk.log, BOTH);
}

/* A header that is longer than what is waited for is gone through line by line, and so is the line
 * of a chunk. */
static void test_long_headers(void **state)
{
	static char many[24000], line[24000], text[65536];
	static const size_t pieces[] = {1, 1400, 8000};
	size_t used = 0;

	(void)state;
	while (used < sizeof(many) - 1000)
		used += (size_t)snprintf(many + used, sizeof(many) - used, "X: %0700d\r\n", 0);
	(void)snprintf(line, sizeof(line), "X: %020000d Host: no.example\r\n", 0);
	for (size_t i = 0; i < 2 * ARRAY_LEN(pieces); i++) {
		const char *longer = i % 2 ? many : line;

		(void)snprintf(text, sizeof(text),
			"POST /p HTTP/1.1\r\n%sHost: A.example:1\r\nContent-Length: "
			"3\r\n\r\nabc" GET
			"GET /last HTTP/1.1\r\nHost: c.example\r\n%sUpgrade: x\r\n\r\n",
			longer, longer);
		lead((const struct part[]){{C, text}, {C, GET}, {C, NULL}}, pieces[i / 2]);
		assert_string_equal(talk.log, "0 POST /p\n1 GET b.example /g\n"
					      "2 GET c.example /last\n3 GET b.example /g\n");
		assert_field(&t, "http.hostname", "a.example");
		(void)snprintf(text, sizeof(text),
			"HTTP/1.1 200 OK\r\n%sContent-Length: 2\r\n\r\nok"
			"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n%s\r\n",
			longer, longer);
		lead((const struct part[]){{C, GET GET}, {S, text}, {C, NULL}}, pieces[i / 2]);
		assert_string_equal(
			talk.log, "0 GET b.example /g\n1 GET b.example /g\n0 200\n1 404\n");
		(void)snprintf(text, sizeof(text),
			POST "Transfer-Encoding: chunked\r\n\r\n1;%.12000s\r\nx\r\n0\r\n\r\n" GET,
			line);
		lead((const struct part[]){{C, text}, {C, NULL}}, pieces[i / 2]);
		assert_string_equal(talk.log, BOTH);
	}
	EXPECT_TALK(BOTH, {C, POST "Transfer-Encoding: Identity\r\n\r\n" GET});
	/* there is an end to it */
	lead((const struct part[]){{C, "GET /e HTTP/1.1\r\n"}, {C, NULL}}, 8000);
	for (size_t all = 0; all < 2u << 20; all += 16000) {
		size_t left = talk.sides[C].used - talk.sides[C].from;

		memmove(talk.sides[C].bytes, talk.sides[C].bytes + talk.sides[C].from, left);
		talk.sides[C].used = left;
		talk.sides[C].from = 0;
		say(C, many, 16000);
	}
	assert_true(talk.sides[C].done);
}

#define CONNECT "CONNECT c.example:443 HTTP/1.1\r\n\r\n"
#define TLS     "\x16\x03\x01\x02\x03\x01"

static void test_tunnels(void **state)
{
	(void)state;
	EXPECT_TALK("0 CONNECT c.example c.example:443\n0 200\nnext\nnext\n", {C, CONNECT},
		{S, "HTTP/1.1 200 Connection established\r\nContent-Length: 7\r\n\r\n"}, {C, TLS},
		{S, TLS});
	/* the client waits for nothing */
	EXPECT_TALK("0 CONNECT c.example c.example:443\nnext\n0 200\nnext\n", {C, CONNECT TLS},
		{S, "HTTP/1.1 200 Connection established\r\n\r\n" TLS});
	/* refused, and asked again */
	EXPECT_TALK("0 CONNECT c.example c.example:443\n0 407\n1 CONNECT c.example c.example:443\n"
		    "1 200\nnext\nnext\n",
		{C, CONNECT},
		{S, "HTTP/1.1 407 Authentication required\r\nContent-Length: 3\r\n\r\nno\n"},
		{C, CONNECT}, {S, "HTTP/1.1 200 OK\r\n\r\n"}, {C, TLS}, {S, TLS});
	/* what is in the tunnel is HTTP again: another protocol, too */
	EXPECT_TALK("0 CONNECT c.example c.example:443\n0 200\nnext\nnext\n", {C, CONNECT},
		{S, "HTTP/1.1 200 OK\r\n\r\n"}, {C, GET}, {S, "HTTP/1.1 200 OK\r\n\r\n"});
	EXPECT_TALK("0 GET /chat\n0 101\nnext\nnext\n",
		{C, "GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"},
		{S, "HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05hello"}, {C, "\x81\x85"});
	/* the server does not care for the upgrade */
	EXPECT_TALK("0 GET /chat\n0 200\n1 GET b.example /g\n1 200\n",
		{C, "GET /chat HTTP/1.1\r\nUpgrade: h2c\r\n\r\n"},
		{S, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}, {C, GET},
		{S, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"});
}

static void test_one_side_alone(void **state)
{
	(void)state;
	/* to HEAD perhaps, or not */
	EXPECT_TALK("0 200\n1 200\n2 200\n3 404\n4 200\ndone\n",
		{S, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
		    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 "
		    "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nHTT"
		    "HTTP/1.1 200 OK\r\n\r\nuntil the end"});
	/* a tunnel that nobody asked for here */
	EXPECT_TALK("0 407\n1 200\nnext\n",
		{S, "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" TLS});
	EXPECT_TALK("0 CONNECT c.example c.example:443\n1 CONNECT c.example c.example:443\nnext\n",
		{C, CONNECT CONNECT TLS});
}

static void test_redirects(void **state)
{
	static const struct {
		const char *location, *log;
	} cases[] = {
		{"https://Lure.Example:8443/go?id=7#x",
			"https://Lure.Example:8443/go lure.example"},
		{"https://u:secret@lure.example/", "https://lure.example/ lure.example"},
		{"//lure.example?x", "//lure.example lure.example"},
		{"/go?id=7", "/go"},
		{"go:there/x", "go:"},
		{"mailto:alice@mail.example", "mailto:"},
		{"view-source:http://u:p@lure.example/", "view-source:"},
		{"http://bob:p@ss@lure.example/a", "http://lure.example/a lure.example"},
		{"http://bob:s#cret@lure.example/a?b#c", "http://lure.example/a lure.example"},
		{"http://bob:s?cret@lure.example", "http://lure.example lure.example"},
		{"http://bob:s@a#cret@lure.example", "http://lure.example lure.example"},
		{"//bob:s#@lure.example/", "//lure.example/ lure.example"},
		{"http://lure.example?to=a@b.example", "http://lure.example lure.example"},
		{"http://lure.example:80#a@b.example/c", "http://lure.example:80 lure.example"},
		{"http://u:p@lure.example?to=a@b.example", "http://lure.example lure.example"},
		{"/a;jsessionid=1F/b;x;y=/c.html;phpsessid=7?q", "/a/b/c.html"},
		{"go;sid=7", "go"},
		{"http://lure.example/;sid=7/", "http://lure.example// lure.example"},
		{"/a//b.example/", "/a//b.example/"},
		{"http://[2001:DB8::1]:80/", "http://[2001:DB8::1]:80/ [2001:db8::1]"},
		{"http://", "http://"},
		{"\r\n  https://lure.example/", "https://lure.example/ lure.example"},
	};
	char text[256], log[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		(void)snprintf(text, sizeof(text),
			"HTTP/1.1 302 Found\r\nLocation: %s\r\nLocation: no\r\n\r\n",
			cases[i].location);
		(void)snprintf(log, sizeof(log), "0 302 %s\n", cases[i].log);
		EXPECT_TALK(log, {S, text});
	}
	(void)snprintf(log, sizeof(log), "0 302\n");
	EXPECT_TALK(log, {S, "HTTP/1.1 302 Found\r\nLocation: \r\n\r\n"});
	EXPECT_TALK(log, {S, "HTTP/1.1 302 Found\r\nLocation: ?q\r\n\r\n"});
}

static void test_gaps(void **state)
{
	static const struct part server[] = {{C, GET GET GET},
		{S, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx"},
		{S | GAP, "HTTP/1.1 500 in a body\r\n"}, {S, "\r\n"},
		{S, "octets HTTP/1.1 200 OK\r\n\r\n"}, {S, "HTTP/1.1 200 OK\r\nno header\r\n\r\n"},
		{S, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"}, {C, NULL}};
	static const struct part client[] = {{C, GET},
		{S, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		{S, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		{C | GAP, "GET / HTTP/1.1\r\nX: no host\r\n\r\n"},
		{C, "GET /x HTTP/1.0\r\nHost: a.example\r\nnothing\r\n\r\n"}, {C, "GET / HT"},
		{C, "TP/1.1\r\n\r\n"}, {C, POST}, {C, "\r\n"}, {C, NULL}};

	(void)state;
	lead(server, 8000);
	assert_string_equal(talk.log, "0 GET b.example /g\n1 GET b.example /g\n2 GET b.example /g\n"
				      "0 200\n2 404\n");
	lead(client, 8000);
	assert_string_equal(talk.log, "0 GET b.example /g\n0 200\n1 200\n2 POST a.example /p\n");
}

/* The beginning of the connection was not seen. */
static void test_midstream(void **state)
{
	static const char request[] = POST "\r\n",
			  response[] = "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n";

	(void)state;
	trial_begin(&t, &http_dissector, DISSECT_TCP);
	t.d.gap = true;
	for (size_t bytes = 0; bytes <= sizeof(request) - 1; bytes++)
		assert_int_equal(trial_probe(&t, request, bytes),
			bytes == sizeof(request) - 1 ? GUESS_YES : GUESS_NO);
	for (size_t bytes = 0; bytes <= sizeof(response) - 1; bytes++)
		assert_int_equal(trial_probe(&t, response, bytes),
			bytes == sizeof(response) - 1 ? GUESS_YES : GUESS_NO);
	assert_int_equal(trial_probe(&t, "GET / HTTP/1.1\r\n\r\n", 18), GUESS_NO);
	t.d.gap = false;
	lead((const struct part[]){{S | GAP, "the rest of a body HTTP/1.1 200 OK\r\n\r\n"},
		     {C, POST "\r\n"}, {S, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		     {C, NULL}},
		8000);
	assert_string_equal(talk.log, "0 POST a.example /p\n0 200\n");
	lead((const struct part[]){{S, "no HTTP at all"}, {C, NULL}}, 8000);
	assert_string_equal(talk.log, "bad\n");
}

/* The two directions change places, and what is known of a window meets a smaller one. */
static void test_turned_round(void **state)
{
	static const char lines[] = "GET / HTTP/1.1\r\nHost: a.example\r\nAccept: ",
			  status[] = "HTTP/1.1 200 OK\r\n\r\n";

	(void)state;
	for (size_t bytes = 0; bytes <= sizeof(status) - 1; bytes++) {
		trial_begin(&t, &http_dissector, DISSECT_TCP);
		assert_int_equal(trial_parse(&t, lines, sizeof(lines) - 1), DISSECT_MORE);
		t.d.end_of_stream = bytes % 2;
		(void)trial_parse(&t, status, bytes);
		assert_null(trial_text(&t, "http.hostname", 0));
		assert_true(t.offset <= bytes);
	}
	assert_field(&t, "http.status", "200");
}

/* What is no message any more is not looked through for ever. */
static void test_lost(void **state)
{
	static const char response[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	static char noise[32768];

	(void)state;
	memset(noise, 'x', sizeof(noise));
	trial_begin(&t, &http_dissector, DISSECT_TCP);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(trial_parse(&t, response, sizeof(response) - 1), DISSECT_MESSAGE);
		for (size_t lost = sizeof(noise); lost < 1u << 20; lost += sizeof(noise))
			assert_int_equal(trial_parse(&t, noise, sizeof(noise)), DISSECT_MORE);
	}
	assert_int_equal(trial_parse(&t, noise, sizeof(noise)), DISSECT_DONE);
	assert_int_equal(trial_parse(&t, response, sizeof(response) - 1), DISSECT_DONE);
}

/* A header of 16 KiB octet by octet: each is looked at a few times, whatever is waited for. */
static void test_work_is_linear(void **state)
{
	static char header[8000];
	size_t used = (size_t)snprintf(header, sizeof(header), "GET / HTTP/1.1\r\n");

	(void)state;
	while (used < sizeof(header) - 100)
		used += (size_t)snprintf(header + used, sizeof(header) - used, "A:\r\n");
	lead((const struct part[]){{C, header}, {C, "\r\n"}, {C, NULL}}, 1);
	assert_string_equal(talk.log, "0 GET /\n");
	assert_true(talk.steps < sizeof(header));
	memset(header + 5, 'x', sizeof(header) - 6);
	lead((const struct part[]){{C, header}, {C, " HTTP/1.1\r\n\r\n"}, {C, NULL}}, 1);
	assert_true(strncmp(talk.log, "0 GET /xx", 9) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_framing),
		cmocka_unit_test(test_wrong_framing),
		cmocka_unit_test(test_long_headers),
		cmocka_unit_test(test_tunnels),
		cmocka_unit_test(test_one_side_alone),
		cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_midstream),
		cmocka_unit_test(test_turned_round),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_work_is_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
