/* SPDX-License-Identifier: Apache-2.0 */
/* What is found in the first octets of flows, through decoding, table and dissectors. */
#include "probe/inspect.h"

#include "tests/unit/talk.h"

#define SYN FRAME_SYN
#define ACK FRAME_ACK

static uint64_t http_status(const struct talk *t)
{
	struct record_value v;

	assert_true(talk_value(t, "http.status", &v));
	return v.number;
}

static struct frame hello_make(uint8_t bytes[FRAME_BYTES_MAX])
{
	static const uint8_t random[32] = {1, 2, 3};
	struct frame hello = {.bytes = bytes};

	frame_client_hello(&hello, "www.example.org", random);
	return hello;
}

/* In segments of every size, in order and turned round. */
static void hello_in_pieces(void **state)
{
	uint8_t bytes[FRAME_BYTES_MAX];
	struct frame hello = hello_make(bytes);

	(void)state;
	for (size_t piece = 1; piece <= hello.count; piece = piece * 3 + 1) {
		for (int backwards = 0; backwards < 2; backwards++) {
			struct talk *t = talk_new(25);
			size_t pieces = (hello.count + piece - 1) / piece;

			talk_say(t, 0, SYN, "", 0);
			for (size_t i = 0; i < pieces; i++) {
				size_t at = (backwards ? pieces - 1 - i : i) * piece;
				size_t left = hello.count - at;

				talk_at(t, 0, 1 + (uint32_t)at, ACK, bytes + at,
					left < piece ? left : piece);
			}
			worker_finish(t->worker, END_FORCED);
			assert_true(talk_has(t, "tls.sni", "www.example.org"));
			talk_end(t);
		}
	}
}

static void tls_after_other_words(void **state)
{
	uint8_t bytes[FRAME_BYTES_MAX];
	struct frame hello = hello_make(bytes);
	struct talk *t = talk_new(25);

	(void)state;
	talk_say(t, 0, SYN, "", 0);
	talk_say(t, 1, SYN | ACK, "", 0);
	talk_say(t, 1, ACK, "220 mail.example.org\r\n", 22);
	talk_say(t, 0, ACK, "STARTTLS\r\n", 10);
	talk_say(t, 1, ACK, "220 go ahead\r\n", 14);
	talk_say(t, 0, ACK, bytes, 200);
	talk_say(t, 0, ACK, bytes + 200, hello.count - 200);
	worker_finish(t->worker, END_FORCED);
	assert_true(talk_has(t, "tls.sni", "www.example.org"));
	talk_end(t);
}

/* RFC 7413: octets on the SYN itself. */
static void request_on_the_syn(void **state)
{
	static const char request[] = "GET /a?b=c HTTP/1.1\r\nHost: www.example.net\r\n\r\n";
	struct talk *t = talk_new(25);

	(void)state;
	talk_say(t, 0, SYN, request, sizeof(request) - 1);
	worker_finish(t->worker, END_FORCED);
	assert_true(talk_has(t, "http.hostname", "www.example.net"));
	assert_true(talk_has(t, "http.url", "/a"));
	talk_end(t);
}

#define GET "GET /a HTTP/1.1\r\nHost: www.example.net\r\n\r\n"

static void say_text(struct talk *t, unsigned side, const char *text)
{
	talk_say(t, side, ACK, text, strlen(text));
}

/* Messages of a connection are records, and the flow's fields are those of the first. Bodies pass
 * by whatever is lost of them. */
static void bodies_pass_by(void **state)
{
	static const char body[1000];
	struct talk *t = talk_new(25);

	(void)state;
	talk_say(t, 0, SYN, "", 0);
	talk_say(t, 1, SYN | ACK, "", 0);
	say_text(t, 0, GET);
	say_text(t, 1, "HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n");
	assert_int_equal(t->count, 2);
	for (unsigned i = 0; i < 90; i++) {
		if (i % 9 == 0) /* lost */
			t->seq[1] += (uint32_t)sizeof(body);
		else
			talk_say(t, 1, ACK, body, sizeof(body));
	}
	assert_int_equal(t->count, 2);
	say_text(t, 0, GET);
	say_text(t, 1, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\nHTTP/1.1 403 No");
	say_text(t, 1, " access\r\nContent-Length: 2\r\n\r\nnoHTTP/1.1 402 Pay\r\n\r\n");
	assert_int_equal(t->count, 6);
	worker_finish(t->worker, END_FORCED);
	assert_int_equal(t->count, 7);
	assert_int_equal(http_status(t), 200);
	assert_true(talk_has(t, "http.url", "/a"));
	talk_end(t);
}

/* Octets are missing that nobody can do without: what comes later is read again. */
static void reading_goes_on_after_loss(void **state)
{
	static const char line[1000] = "no header";
	struct talk *t = talk_new(25);

	(void)state;
	talk_say(t, 0, SYN, "", 0);
	talk_say(t, 1, SYN | ACK, "", 0);
	say_text(t, 0, GET);
	say_text(t, 1, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	t->seq[1] += 500;
	for (unsigned i = 0; i < 40; i++) {
		talk_say(t, 1, ACK, line, sizeof(line));
		if (i % 2)
			talk_say(t, 0, ACK, "", 0);
	}
	assert_int_equal(t->worker->ledger.n[LEDGER_REASSEMBLY_FULL], 1);
	say_text(t, 1, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(t->count, 3);
	talk_end(t);
}

/* The last octets, with FIN, come before those in the middle: no end until all is there. */
static void an_end_before_a_hole(void **state)
{
	struct talk *t = talk_new(25);

	(void)state;
	talk_say(t, 0, SYN, "", 0);
	talk_at(t, 0, 1, ACK, "GET /a HT", 9);
	talk_at(t, 0, 19, ACK | FRAME_FIN, "Host: www.example.net\r\n\r\n", 25);
	talk_at(t, 0, 10, ACK, "TP/1.1\r\nX", 9);
	worker_finish(t->worker, END_FORCED);
	assert_true(talk_has(t, "http.url", "/a"));
	talk_end(t);
}

/* A header that is cut, and the usual end: a FIN without octets. */
static void an_end_alone(void **state)
{
	struct talk *t = talk_new(25);

	(void)state;
	talk_say(t, 0, SYN, "", 0);
	say_text(t, 0, "GET /cut HTTP/1.1\r\nHost: www.example.net\r\n");
	assert_int_equal(t->count, 0);
	talk_say(t, 0, ACK | FRAME_FIN, "", 0);
	assert_int_equal(t->count, 1);
	worker_finish(t->worker, END_FORCED);
	assert_true(talk_has(t, "http.hostname", "www.example.net"));
	talk_end(t);
}

/* One octet far ahead changes nothing, whoever sent it. */
static void one_octet_far_ahead(void **state)
{
	struct talk *t = talk_new(25);

	(void)state;
	talk_say(t, 0, SYN, "", 0);
	say_text(t, 0, GET);
	talk_at(t, 0, t->seq[0] + 0x40000000, ACK, "x", 1);
	say_text(t, 0, GET);
	say_text(t, 0, GET);
	assert_int_equal(t->count, 3);
	talk_end(t);
}

/* A SYN that comes late says that the first packet was the responder's. */
static void a_late_syn_turns_it(void **state)
{
	struct talk *t = talk_new(25);

	(void)state;
	say_text(t, 0, "GET /first HTTP/1.1\r\nX: 1\r\nX: 2\r\nX: 3\r\n");
	talk_say(t, 1, SYN, "", 0);
	talk_say(t, 1, ACK | FRAME_FIN, "GET /second HTTP/1.1\r\n", 22);
	worker_finish(t->worker, END_FORCED);
	assert_true(talk_has(t, "http.url", "/second"));
	talk_end(t);
}

static void a_proxy_asks_twice(void **state)
{
	static const char connect[] = "CONNECT www.example.org:443 HTTP/1.1\r\n\r\n";
	uint8_t bytes[FRAME_BYTES_MAX];
	struct frame hello = hello_make(bytes);
	struct talk *t = talk_new(25);

	(void)state;
	talk_say(t, 0, SYN, "", 0);
	talk_say(t, 1, SYN | ACK, "", 0);
	say_text(t, 0, connect);
	say_text(t, 1, "HTTP/1.1 407 Who are you\r\nContent-Length: 2\r\n\r\n??");
	say_text(t, 0, connect);
	say_text(t, 1, "HTTP/1.1 200 Go\r\n\r\n");
	talk_say(t, 0, ACK, bytes, 200);
	talk_say(t, 0, ACK, bytes + 200, hello.count - 200);
	assert_int_equal(t->count, 4);
	worker_finish(t->worker, END_FORCED);
	assert_true(talk_has(t, "tls.sni", "www.example.org"));
	assert_int_equal(http_status(t), 407);
	talk_end(t);
}

/* The capture begins within a body: without SYN a message is found at the start of a segment. With
 * one it is part of what somebody else says. */
static void a_capture_begins_in_the_middle(void **state)
{
	(void)state;
	for (unsigned seen = 0; seen < 2; seen++) {
		struct talk *t = talk_new(25);

		if (seen) {
			talk_say(t, 0, SYN, "", 0);
			talk_say(t, 1, SYN | ACK, "", 0);
		}
		say_text(t, 1, "the rest of a body\n");
		say_text(t, 1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
		say_text(t, 0, GET);
		say_text(t, 1, "HTTP/1.1 304 Not Modified\r\nServer: x\r\n\r\n");
		worker_finish(t->worker, END_FORCED);
		assert_int_equal(t->count, seen ? 2 : 4);
		assert_true(talk_has(t, "http.url", "/a"));
		talk_end(t);
	}
}

static void one_forged_datagram_blinds_nobody(void **state)
{
	uint8_t dns_bytes[FRAME_BYTES_MAX], frame_bytes[FRAME_BYTES_MAX];
	struct frame_end server = {.address = {[10] = 0xff, 0xff, 192, 0, 2, 53}, .port = 53};
	struct talk *t = talk_new(25);

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		struct frame query = {.bytes = dns_bytes}, f = {.bytes = frame_bytes};

		frame_dns_query(&query, (uint16_t)i, "www.example.org", 1);
		if (i == 1)
			memset(dns_bytes + 12, 0xff, query.count - 12);
		frame_udp(&f, &t->ends[0], &server, &query);
		talk_packet(t, &f);
	}
	assert_int_equal(
		t->count, 59); /* messages, also beyond what other flows are inspected for */
	assert_int_equal(t->worker->ledger.n[LEDGER_DISSECT_BAD], 1);
	talk_end(t);
}

/* Two derivations and as many openings are the share of a second; forged Initials of many flows
 * want more. Of a capture (no limit) nothing is shed. */
static void decrypting_has_a_budget(void **state)
{
	static const uint8_t forged[64] = {0xc3, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 47};

	(void)state;
	for (int limited = 0; limited < 2; limited++) {
		struct talk *t = talk_new(25);

		t->settings.decrypts_per_s = limited ? 4 : 0;
		for (uint16_t i = 0; i < 5; i++) {
			uint8_t payload_bytes[FRAME_BYTES_MAX], frame_bytes[FRAME_BYTES_MAX];
			struct frame payload = {.bytes = payload_bytes, .count = sizeof(forged)};
			struct frame f = {.bytes = frame_bytes};
			struct frame_end client = t->ends[0];

			client.port = (uint16_t)(50000 + i);
			memcpy(payload_bytes, forged, sizeof(forged));
			frame_udp(&f, &client, &t->ends[1], &payload);
			talk_packet(t, &f);
		}
		assert_int_equal(t->worker->ledger.n[LEDGER_QUIC_DECRYPTS], limited ? 4 : 10);
		assert_int_equal(t->worker->ledger.n[LEDGER_QUIC_DECRYPT_SHED], limited ? 3 : 0);
		assert_false(budget_is_spent(&t->worker->budget, 4, 1000000000u));
		talk_end(t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hello_in_pieces),
		cmocka_unit_test(tls_after_other_words),
		cmocka_unit_test(request_on_the_syn),
		cmocka_unit_test(bodies_pass_by),
		cmocka_unit_test(reading_goes_on_after_loss),
		cmocka_unit_test(an_end_before_a_hole),
		cmocka_unit_test(an_end_alone),
		cmocka_unit_test(one_octet_far_ahead),
		cmocka_unit_test(a_late_syn_turns_it),
		cmocka_unit_test(a_proxy_asks_twice),
		cmocka_unit_test(a_capture_begins_in_the_middle),
		cmocka_unit_test(one_forged_datagram_blinds_nobody),
		cmocka_unit_test(decrypting_has_a_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
