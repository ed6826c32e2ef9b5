/* SPDX-License-Identifier: Apache-2.0 */
/* What others put into a flow, or what its hosts do not take, hides nothing of it and adds no name
 * to it. */
#include "probe/inspect.h"

#include "tests/unit/talk.h"

#define SYN FRAME_SYN
#define ACK FRAME_ACK
#define FIN FRAME_FIN
#define RST FRAME_RST

#define GET "GET /a HTTP/1.1\r\nHost: www.example.net\r\n\r\n"

static const uint8_t garbage[20];
/* An Initial of QUIC by its header, which opens with no keys. */
static const uint8_t initial[64] = {0xc3, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 47};

static uint64_t counted(const struct talk *t, enum ledger_term term)
{
	return t->worker->ledger.n[term];
}

static void say_text(struct talk *t, unsigned side, const char *text)
{
	talk_say(t, side, ACK, text, strlen(text));
}

static struct talk *connected(uint16_t port)
{
	struct talk *t = talk_new(port);

	talk_say(t, 0, SYN, "", 0);
	talk_say(t, 1, SYN | ACK, "", 0);
	talk_say(t, 0, ACK, "", 0);
	return t;
}

static void query(struct talk *t, unsigned side)
{
	uint8_t bytes[FRAME_BYTES_MAX];
	struct frame f = {.bytes = bytes};

	frame_dns_query(&f, (uint16_t)t->number, "www.example.org", 1);
	talk_datagram(t, side, bytes, f.count);
}

/* Whatever comes before or between, every query is read. */
static void datagrams_blind_nobody(void **state)
{
	static const uint8_t dtls[] = {
		22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	static const uint8_t stun[20] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1};
	const struct {
		const void *bytes;
		size_t count;
	} first[] = {{garbage, 1}, {garbage, 12}, {initial, sizeof(initial)}, {dtls, sizeof(dtls)},
		{stun, sizeof(stun)}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(first); i++) {
		struct talk *t = talk_new(53);

		for (unsigned k = 0; k < 40; k++) {
			talk_datagram(t, 0, first[i].bytes, first[i].count);
			query(t, 0);
		}
		assert_int_equal(t->count, 40);
		talk_end(t);
	}
}

static void a_query_does_not_hide_quic(void **state)
{
	struct talk *t = talk_new(443);

	(void)state;
	query(t, 0);
	talk_datagram(t, 0, initial, sizeof(initial));
	assert_int_equal(counted(t, LEDGER_QUIC_DECRYPTS), 2);
	worker_finish(t->worker, END_FORCED);
	assert_true(talk_has(t, "quic.version", "1"));
	talk_end(t);
}

/* Below a header, past the packet; one that is shorter than the packet cuts it. */
static void lengths_of_udp(void **state)
{
	static const uint16_t lengths[] = {0, 7, 9999};
	uint8_t query_bytes[FRAME_BYTES_MAX], frame_bytes[FRAME_BYTES_MAX];
	struct frame q = {.bytes = query_bytes}, f = {.bytes = frame_bytes};
	struct talk *t = talk_new(53);

	(void)state;
	frame_dns_query(&q, 1, "www.example.org", 1);
	frame_udp(&f, &t->ends[0], &t->ends[1], &q);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		frame_bytes[14 + 20 + 4] = (uint8_t)(lengths[i] >> 8);
		frame_bytes[14 + 20 + 5] = (uint8_t)lengths[i];
		talk_packet(t, &f);
	}
	assert_int_equal(t->count, 0);
	assert_int_equal(counted(t, LEDGER_REFUSED_UDP), 3);
	assert_int_equal(counted(t, LEDGER_FLOW_PKTS), 3);
	talk_end(t);
}

struct insertion {
	uint8_t flags;
	int32_t ahead;     /* of the client's next octet */
	uint32_t ack_more; /* than the server has sent */
	bool twice, refused;
};

static void insert(struct talk *t, const struct insertion *in)
{
	t->acks[0] += in->ack_more;
	for (unsigned i = 0; i <= in->twice; i++)
		talk_at(t, 0, t->seq[0] + (uint32_t)in->ahead + i * (uint32_t)sizeof(garbage),
			in->flags, garbage, sizeof(garbage));
	t->acks[0] -= in->ack_more;
}

/* Before the request and within it. */
static void what_hosts_refuse_is_not_read(void **state)
{
	static const struct insertion insertions[] = {
		{.flags = FRAME_PSH, .refused = true},
		{.flags = FIN, .refused = true},
		{.flags = FRAME_PSH, .ahead = 5, .refused = true},
		{.flags = SYN | FIN, .ahead = -1, .refused = true},
		{.flags = SYN, .ahead = -1, .refused = true},
		{.flags = SYN, .ahead = 0x40000000, .refused = true},
		{.flags = RST | ACK, .refused = true},
		{.flags = ACK, .ack_more = 1000000, .refused = true},
		{.flags = ACK, .ahead = 10000000, .twice = true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(insertions); i++) {
		for (unsigned within = 0; within < 2; within++) {
			struct talk *t = connected(80);

			if (within)
				talk_say(t, 0, ACK, GET, 3);
			insert(t, &insertions[i]);
			if (!within)
				talk_say(t, 0, ACK, GET, 3);
			talk_say(t, 0, ACK, &GET[3], sizeof(GET) - 4);
			assert_int_equal(counted(t, LEDGER_REFUSED_TCP), insertions[i].refused);
			worker_finish(t->worker, END_FORCED);
			assert_true(talk_has(t, "http.hostname", "www.example.net"));
			talk_end(t);
		}
	}
}

/* A reset far from what was said, then a SYN: nobody answers it. */
static void a_reset_that_is_none(void **state)
{
	struct talk *t = connected(80);

	(void)state;
	talk_at(t, 0, t->seq[0] + 9000000, RST, "", 0);
	talk_at(t, 0, t->seq[0] + 0x40000000, SYN, "", 0);
	say_text(t, 0, GET);
	worker_finish(t->worker, END_FORCED);
	assert_true(talk_has(t, "http.hostname", "www.example.net"));
	talk_end(t);
}

/* Of two SYNs the one counts that is answered; without an answer the one that octets follow. */
static void which_syn_counts(void **state)
{
	(void)state;
	for (unsigned answered = 0; answered < 2; answered++) {
		struct talk *t = talk_new(80);

		talk_say(t, 0, SYN, "", 0);
		talk_at(t, 0, 0x40000000, SYN, "", 0);
		if (answered)
			talk_say(t, 1, SYN | ACK, "", 0);
		say_text(t, 0, GET);
		worker_finish(t->worker, END_FORCED);
		assert_true(talk_has(t, "http.hostname", "www.example.net"));
		talk_end(t);
	}
}

/* A server that forgot the first SYN answers the second one with another number: the client says
 * which of them it took, and an answer after that changes nothing. */
static void which_answer_counts(void **state)
{
	(void)state;
	for (unsigned late = 0; late < 2; late++) {
		struct talk *t = talk_new(80);

		talk_say(t, 0, SYN, "", 0);
		if (!late)
			talk_at(t, 1, 0xb0000000, SYN | ACK, "", 0);
		talk_say(t, 1, SYN | ACK, "", 0);
		talk_say(t, 0, ACK, "", 0);
		if (late)
			talk_at(t, 1, 0xb0000000, SYN | ACK, "", 0);
		say_text(t, 0, GET);
		worker_finish(t->worker, END_FORCED);
		assert_true(talk_has(t, "http.hostname", "www.example.net"));
		assert_int_equal(counted(t, LEDGER_REFUSED_TCP), 0);
		talk_end(t);
	}
}

static void a_server_speaks_for_itself_alone(void **state)
{
	static uint8_t bytes[FRAME_BYTES_MAX], other_bytes[FRAME_BYTES_MAX];
	struct frame hello = {.bytes = bytes}, other = {.bytes = other_bytes};
	static const uint8_t random[32] = {1};
	struct talk *t = connected(443);

	(void)state;
	frame_client_hello(&hello, "www.example.org", random);
	frame_client_hello(&other, "www.example.com", random);
	talk_say(t, 1, ACK, other_bytes, other.count);
	talk_say(t, 0, ACK, bytes, hello.count);
	worker_finish(t->worker, END_FORCED);
	assert_true(talk_has(t, "tls.sni", "www.example.org"));
	talk_end(t);

	t = connected(80);
	say_text(t, 1, "GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n");
	say_text(t, 0, GET);
	assert_int_equal(t->count, 1);
	worker_finish(t->worker, END_FORCED);
	assert_true(talk_has(t, "http.hostname", "www.example.net"));
	talk_end(t);

	t = connected(80);
	say_text(t, 0, GET);
	say_text(t, 1,
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nGET / HTTP/1.1\r\nHost: "
		"x.example\r\n\r\n");
	assert_int_equal(t->count, 2);
	talk_end(t);

	t = connected(25);
	say_text(t, 1, "EHLO www.example.com\r\n");
	say_text(t, 0, "EHLO www.example.org\r\n");
	worker_finish(t->worker, END_FORCED);
	assert_true(talk_has(t, "smtp.helo", "www.example.org"));
	talk_end(t);

	t = connected(1080);
	talk_say(t, 1, ACK, "\4\1\0\x50\0\0\0\1\0www.example.com\0", 25);
	say_text(t, 0, "x");
	worker_finish(t->worker, END_FORCED);
	assert_false(talk_has(t, "socks.host", "www.example.com"));
	talk_end(t);
}

/* Where nobody saw who began, what is said tells. */
static void a_server_alone_is_not_known(void **state)
{
	struct talk *t = talk_new(80);

	(void)state;
	say_text(t, 1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	say_text(t, 0, GET);
	assert_int_equal(t->count, 2);
	talk_end(t);
}

static void a_server_of_names_does_not_ask(void **state)
{
	struct talk *t = talk_new(53);

	(void)state;
	query(t, 0);
	query(t, 1);
	query(t, 0);
	assert_int_equal(t->count, 2);
	talk_end(t);
	t = talk_new(5300); /* nobody knows who is the server */
	query(t, 0);
	query(t, 1);
	assert_int_equal(t->count, 2);
	talk_end(t);
}

/* TLS may begin late, but not anywhere. */
static void a_late_hello_in_its_place(void **state)
{
	uint8_t bytes[FRAME_BYTES_MAX];
	struct frame hello = {.bytes = bytes};
	static const uint8_t random[32] = {1};

	(void)state;
	frame_client_hello(&hello, "www.example.org", random);
	for (unsigned far = 0; far < 2; far++) {
		struct talk *t = connected(9000);
		struct record_value v;

		say_text(t, 0, "\x99\x88hello");
		say_text(t, 1, "\x99\x88");
		talk_at(t, 0, t->seq[0] + (far ? 0x77777777 : 0), ACK, bytes, hello.count);
		worker_finish(t->worker, END_FORCED);
		assert_int_equal(talk_value(t, "tls.sni", &v), !far);
		talk_end(t);
	}
}

/* The victim's addresses and ports, in a tunnel of somebody else's. */
static void a_tunnel_is_elsewhere(void **state)
{
	static uint8_t inner_bytes[FRAME_BYTES_MAX], outer_bytes[FRAME_BYTES_MAX];
	static uint8_t query_bytes[FRAME_BYTES_MAX], payload_bytes[FRAME_BYTES_MAX] = {8};
	struct frame q = {.bytes = query_bytes}, inner = {.bytes = inner_bytes};
	struct frame payload = {.bytes = payload_bytes}, outer = {.bytes = outer_bytes};
	struct frame_end ends[2];
	struct talk *t = talk_new(53);

	(void)state;
	query(t, 0);
	memcpy(ends, t->ends, sizeof(ends));
	ends[0].port = 7777;
	ends[1].port = 4789;
	frame_dns_query(&q, 1, "www.example.com", 1);
	frame_udp(&inner, &t->ends[0], &t->ends[1], &q);
	memcpy(payload_bytes + 8, inner_bytes, inner.count);
	payload.count = 8 + inner.count;
	frame_udp(&outer, &ends[0], &ends[1], &payload);
	talk_packet(t, &outer);
	assert_int_equal(counted(t, LEDGER_FLOWS), 2);
	outer.count = 0; /* the answer, in the same tunnel */
	frame_udp(&outer, &ends[1], &ends[0], &payload);
	talk_packet(t, &outer);
	assert_int_equal(counted(t, LEDGER_FLOWS), 2);
	outer.count = 0; /* who asks a service makes none */
	ends[0].port = 443;
	frame_udp(&outer, &ends[1], &ends[0], &payload);
	talk_packet(t, &outer);
	assert_int_equal(counted(t, LEDGER_FLOWS), 3);
	talk_end(t);
}

/* Only the client is seen: its FIN and another SYN are another connection, the same SYN is not. */
static void ports_are_used_again(void **state)
{
	(void)state;
	for (unsigned again = 0; again < 2; again++) {
		struct talk *t = talk_new(80);

		talk_say(t, 0, SYN, "", 0);
		say_text(t, 0, GET);
		talk_say(t, 0, ACK | FIN, "", 0);
		talk_at(t, 0, again ? 0 : 70000, SYN, "", 0);
		assert_int_equal(counted(t, LEDGER_FLOWS), again ? 1 : 2);
		talk_end(t);
	}
}

/* What was made to fill the memory is let go of, not what comes. */
static void silent_flows_fill_nothing(void **state)
{
	/* the first octet of a certificate of DTLS, for which all of its memory is taken */
	static const uint8_t certificate[] = {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 11, 0,
		16, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0};
	struct talk *t = talk_new(443);

	(void)state;
	for (uint16_t i = 0; i < 60; i++) {
		t->ends[0].port = (uint16_t)(50000 + i);
		talk_datagram(t, 0, certificate, sizeof(certificate));
	}
	assert_true(counted(t, LEDGER_REASSEMBLY_SHED) > 0);
	assert_int_equal(counted(t, LEDGER_REASSEMBLY_FULL), 0);
	assert_int_equal(counted(t, LEDGER_VALUES_LOST), 0);
	worker_finish(t->worker, END_FORCED);
	assert_null(t->worker->oldest);
	assert_null(t->worker->newest);
	talk_end(t);
}

/* What only a datagram of fragments tells is exported, and once. */
static void what_fragments_tell(void **state)
{
	uint8_t frame_bytes[FRAME_BYTES_MAX], payload_bytes[FRAME_BYTES_MAX];
	struct frame payload = {.bytes = payload_bytes, .count = sizeof(initial)};
	struct frame f = {.bytes = frame_bytes};
	struct talk *t = talk_new(443);
	struct pkt p = {.link = 1, .number = 1, .time_ns = 5, .clock_ns = 5, .reassembled = true};
	uint8_t index = 0;

	(void)state;
	memcpy(payload_bytes, initial, sizeof(initial));
	frame_udp(&f, &t->ends[0], &t->ends[1], &payload);
	p.bytes = f.bytes;
	p.captured = p.wire = (uint32_t)f.count;
	decode(&p);
	worker_burst(t->worker, &p, &index, 1);
	worker_finish(t->worker, END_FORCED);
	assert_int_equal(t->count, 1);
	assert_int_equal(counted(t, LEDGER_FLOW_RECORDS), 1);
	assert_int_equal(counted(t, LEDGER_EXPORTED_PKTS), 0);
	assert_true(talk_has(t, "quic.version", "1"));
	talk_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datagrams_blind_nobody),
		cmocka_unit_test(a_query_does_not_hide_quic),
		cmocka_unit_test(lengths_of_udp),
		cmocka_unit_test(what_hosts_refuse_is_not_read),
		cmocka_unit_test(a_reset_that_is_none),
		cmocka_unit_test(which_syn_counts),
		cmocka_unit_test(which_answer_counts),
		cmocka_unit_test(a_server_speaks_for_itself_alone),
		cmocka_unit_test(a_server_alone_is_not_known),
		cmocka_unit_test(a_server_of_names_does_not_ask),
		cmocka_unit_test(a_late_hello_in_its_place),
		cmocka_unit_test(a_tunnel_is_elsewhere),
		cmocka_unit_test(ports_are_used_again),
		cmocka_unit_test(silent_flows_fill_nothing),
		cmocka_unit_test(what_fragments_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
