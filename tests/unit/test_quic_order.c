/* SPDX-License-Identifier: Apache-2.0 */
/* QUIC: packets of both sides in any order, versions, identifiers that change, and what that costs.
 */
#include <stdio.h>

#include "tests/unit/quic_packet.h"

extern const struct dissector quic_dissector;

#define DATAGRAM_BYTES 1200
#define HELLO_BYTES    241

static struct trial t;

static const uint8_t id[8] = {1, 2, 3, 4, 5, 6, 7, 8};
static const uint8_t retry_id[8] = {9, 9, 9, 9, 9, 9, 9, 9};
static const uint8_t client_id[8] = {0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8};
static const uint8_t server_id[8] = {0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58};

/* RFC 9001 appendix A.2 without the frame's header. */
static void hello(uint8_t to[HELLO_BYTES])
{
	(void)from_hex(to, HELLO_BYTES,
		"010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868"
		"04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578"
		"616d706c652e636f6dff01000100000a00080006001d00170018001000070005"
		"04616c706e000500050100000000003300260024001d00209370b2c9caa47fba"
		"baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400"
		"0d0010000e0403050306030203080408050806002d00020101001c0002400100"
		"3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000"
		"75300901100f088394c8f03e51570806048000ffff");
}

/* One Initial with octets [from, to) of a hello, and whatever else `p` says. */
static size_t initial_of(uint8_t *packet, const uint8_t octets[HELLO_BYTES], size_t from, size_t to,
	struct seal_packet p)
{
	uint8_t frames[512];
	bool google = p.version == QUIC_T051;

	frames[0] = google ? 0x08 : 0x06;
	frames[1] = (uint8_t)(0x40 | from >> 8);
	frames[2] = (uint8_t)from;
	frames[3] = (uint8_t)(0x40 | (to - from) >> 8);
	frames[4] = (uint8_t)(to - from);
	memcpy(frames + 5, octets + from, to - from);
	p.frames = frames;
	p.frames_bytes = 5 + to - from;
	p.version = p.version ? p.version : QUIC_V1;
	p.id = p.id ? p.id : id;
	p.bytes = p.bytes ? p.bytes : DATAGRAM_BYTES;
	return seal_initial(packet, &p);
}

static size_t initial(uint8_t *packet, size_t from, size_t to, struct seal_packet p)
{
	uint8_t octets[HELLO_BYTES];

	hello(octets);
	return initial_of(packet, octets, from, to, p);
}

static void begin(void)
{
	trial_begin(&t, &quic_dissector, DISSECT_UDP);
}

static enum dissect_result say(enum dissect_direction direction, const void *octets, size_t bytes)
{
	t.d.direction = direction;
	return trial_parse(&t, octets, bytes);
}

static enum dissect_result client(const void *octets)
{
	return say(DISSECT_TO_SERVER, octets, DATAGRAM_BYTES);
}

static void three_initials_in_each_order(void **state)
{
	static const unsigned orders[6][3] = {
		{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	static const size_t cuts[4] = {0, 90, 91, HELLO_BYTES};
	uint8_t packets[3][DATAGRAM_BYTES];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		initial(packets[i], cuts[i], cuts[i + 1],
			(struct seal_packet){.number = (uint8_t)i});
	for (size_t o = 0; o < ARRAY_LEN(orders); o++) {
		begin();
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(
				client(packets[orders[o][i]]), i < 2 ? DISSECT_MORE : DISSECT_DONE);
		assert_field(&t, "quic.sni", "example.com");
		assert_int_equal(t.d.decrypts, 4); /* one derivation */
	}
}

static void each_version(void **state)
{
	static const struct {
		uint32_t version;
		const char *shown;
	} versions[] = {{QUIC_V1, "1"}, {QUIC_V2, "1798521807"}, {0x709a50c4, "1889161412"},
		{0xff00001d, "4278190109"}, {0xff00001b, "4278190107"}, {0xff000016, "4278190102"},
		{0xfaceb002, "4207849474"}, {0x1a2a3a4a, "438975050"}, {QUIC_T051, "T051"}};
	uint8_t packet[DATAGRAM_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		initial(packet, 0, HELLO_BYTES,
			(struct seal_packet){.version = versions[i].version});
		begin();
		assert_int_equal(trial_probe(&t, packet, sizeof(packet)), GUESS_YES);
		assert_int_equal(client(packet), DISSECT_DONE);
		assert_field(&t, "quic.sni", "example.com");
		assert_field(&t, "quic.version", versions[i].shown);
	}
}

/* The server's Initial answers the client's source; it is not tried, and costs nothing. */
/* Octets that come again and differ: the first ones count. */
static void pieces_that_differ(void **state)
{
	uint8_t first[DATAGRAM_BYTES], again[DATAGRAM_BYTES], octets[HELLO_BYTES];

	(void)state;
	hello(octets);
	initial(first, 0, 200, (struct seal_packet){0});
	(void)memset(octets, 'x', 200);
	initial_of(again, octets, 0, HELLO_BYTES, (struct seal_packet){.number = 1});
	begin();
	assert_int_equal(client(first), DISSECT_MORE);
	assert_false(t.d.conflict);
	assert_int_equal(client(again), DISSECT_DONE);
	assert_true(t.d.conflict);
	assert_field(&t, "quic.sni", "example.com");
}

/* Where it is certain who the server is, its packets are no client's, with whatever keys. */
static void server_is_no_client(void **state)
{
	uint8_t packet[DATAGRAM_BYTES];

	(void)state;
	initial(packet, 0, HELLO_BYTES, (struct seal_packet){0});
	begin();
	t.d.certain = true;
	assert_int_equal(say(DISSECT_TO_CLIENT, packet, sizeof(packet)), DISSECT_MORE);
	assert_no_field(&t, "quic.sni");
	assert_int_equal(client(packet), DISSECT_DONE);
	assert_field(&t, "quic.sni", "example.com");
	begin();
	assert_int_equal(say(DISSECT_TO_CLIENT, packet, sizeof(packet)), DISSECT_DONE);
	assert_field(&t, "quic.sni", "example.com");
}

static void server_between(void **state)
{
	uint8_t first[DATAGRAM_BYTES], answer[DATAGRAM_BYTES], second[DATAGRAM_BYTES];

	(void)state;
	initial(first, 0, 100, (struct seal_packet){.source = client_id});
	initial(answer, 0, 9,
		(struct seal_packet){.id = client_id, .key_id = id, .source = server_id});
	initial(second, 100, HELLO_BYTES,
		(struct seal_packet){
			.id = server_id, .key_id = id, .source = client_id, .number = 1});
	begin();
	assert_int_equal(client(first), DISSECT_MORE);
	assert_int_equal(say(DISSECT_TO_CLIENT, answer, sizeof(answer)), DISSECT_DONE);
	assert_int_equal(t.d.decrypts, 2);
	assert_int_equal(client(second), DISSECT_DONE);
	assert_int_equal(t.d.decrypts, 3);
	assert_field(&t, "quic.sni", "example.com");
}

/* The capture begins with the server, or its packets overtook the client's: the flow's initiator is
 * the server. */
static void server_first(void **state)
{
	uint8_t answer[DATAGRAM_BYTES], first[DATAGRAM_BYTES], second[DATAGRAM_BYTES];

	(void)state;
	initial(answer, 0, 9,
		(struct seal_packet){.id = client_id, .key_id = id, .source = server_id});
	initial(first, 0, 100, (struct seal_packet){.source = client_id});
	initial(second, 100, HELLO_BYTES,
		(struct seal_packet){
			.id = server_id, .key_id = id, .source = client_id, .number = 1});
	begin();
	assert_int_equal(trial_probe(&t, answer, sizeof(answer)), GUESS_YES);
	assert_int_equal(say(DISSECT_TO_SERVER, answer, sizeof(answer)), DISSECT_MORE);
	assert_int_equal(say(DISSECT_TO_SERVER, answer, sizeof(answer)), DISSECT_MORE);
	assert_field(&t, "quic.version", "1");
	assert_int_equal(t.d.decrypts, 3); /* one derivation for both */
	assert_int_equal(say(DISSECT_TO_CLIENT, first, sizeof(first)), DISSECT_MORE);
	/* of the initiator's side nothing more is wanted, but it must not end before the hello */
	assert_int_equal(say(DISSECT_TO_SERVER, answer, sizeof(answer)), DISSECT_MORE);
	assert_int_equal(say(DISSECT_TO_CLIENT, second, sizeof(second)), DISSECT_DONE);
	assert_int_equal(say(DISSECT_TO_SERVER, answer, sizeof(answer)), DISSECT_DONE);
	assert_field(&t, "quic.sni", "example.com");
}

/* A server may take the identifier that its client chose as its own, and the client may call itself
 * nothing: Google and Chrome do. */
static void server_echoes_identifier(void **state)
{
	static const char answer[] = "c0 00000001 00 08 0102030405060708 00 4020";
	uint8_t octets[64] = {0}, first[DATAGRAM_BYTES];

	(void)state;
	(void)from_hex(octets, sizeof(octets), answer);
	initial(first, 0, HELLO_BYTES, (struct seal_packet){.number = 1});
	begin();
	assert_int_equal(say(DISSECT_TO_SERVER, octets, 50), DISSECT_MORE);
	assert_int_equal(t.d.decrypts, 0);
	assert_int_equal(say(DISSECT_TO_CLIENT, first, sizeof(first)), DISSECT_DONE);
	assert_field(&t, "quic.sni", "example.com");
}

/* One direction of a connection: the server's long headers have its version, no more. */
static void server_only(void **state)
{
	uint8_t answer[DATAGRAM_BYTES], handshake[64];

	(void)state;
	initial(answer, 0, 9, (struct seal_packet){.id = client_id, .key_id = id});
	memset(handshake, 0, sizeof(handshake));
	(void)from_hex(handshake, sizeof(handshake), "e0 00000001 00 08 5152535455565758 4020");
	begin();
	for (int i = 0; i < 40; i++) {
		enum dissect_result r = i % 2 ? say(DISSECT_TO_CLIENT, answer, sizeof(answer))
					      : say(DISSECT_TO_CLIENT, handshake, 49);

		if (r == DISSECT_DONE)
			break;
		assert_true(i < 16);
	}
	assert_field(&t, "quic.version", "1");
	assert_no_field(&t, "quic.sni");
	assert_true(t.d.decrypts <= 1 + 8);
}

/* The client's hello comes again with keys of the Retry's identifier (RFC 9001 section 5.2). */
static void retry(void **state)
{
	uint8_t packet[DATAGRAM_BYTES], token[64] = {0};

	(void)state;
	(void)from_hex(token, sizeof(token), "f0 00000001 08 c1c2c3c4c5c6c7c8 08 0909090909090909");
	for (int seen = 0; seen < 2; seen++) {
		begin();
		assert_int_equal(trial_probe(&t, token, sizeof(token)), GUESS_YES);
		initial(packet, 0, 100, (struct seal_packet){.source = client_id});
		assert_int_equal(client(packet), DISSECT_MORE);
		if (seen)
			(void)say(DISSECT_TO_CLIENT, token, sizeof(token));
		initial(packet, 0, 90, (struct seal_packet){.id = retry_id, .source = client_id});
		assert_int_equal(client(packet), DISSECT_MORE);
		initial(packet, 90, HELLO_BYTES,
			(struct seal_packet){.id = server_id, .key_id = retry_id, .number = 1});
		assert_int_equal(client(packet), DISSECT_DONE);
		assert_field(&t, "quic.sni", "example.com");
	}
}

/* A forged or broken Initial under another identifier does not take the keys away. */
static void keys_stay(void **state)
{
	uint8_t packet[DATAGRAM_BYTES];

	(void)state;
	begin();
	initial(packet, 0, 100, (struct seal_packet){.number = 0});
	assert_int_equal(client(packet), DISSECT_MORE);
	initial(packet, 0, 100, (struct seal_packet){.id = retry_id});
	packet[600] ^= 1;
	assert_int_equal(client(packet), DISSECT_MORE);
	initial(packet, 100, HELLO_BYTES, (struct seal_packet){.number = 1});
	assert_int_equal(client(packet), DISSECT_DONE);
	assert_field(&t, "quic.sni", "example.com");
}

/* The first Initial was damaged on its way; it comes again. */
static void again_after_damage(void **state)
{
	uint8_t packet[DATAGRAM_BYTES];

	(void)state;
	begin();
	initial(packet, 0, HELLO_BYTES, (struct seal_packet){.number = 0});
	packet[600] ^= 1;
	assert_int_equal(client(packet), DISSECT_MORE);
	packet[600] ^= 1;
	assert_int_equal(client(packet), DISSECT_DONE);
	assert_field(&t, "quic.sni", "example.com");
	assert_int_equal(t.d.decrypts, 3);
}

static void other_version_after_negotiation(void **state)
{
	uint8_t packet[DATAGRAM_BYTES], offer[64];
	size_t bytes = from_hex(offer, sizeof(offer),
		"80 00000000 08 c1c2c3c4c5c6c7c8 08 0102030405060708 6b3343cf 00000001 0a1a2a3a");

	(void)state;
	begin();
	initial(packet, 0, HELLO_BYTES, (struct seal_packet){.version = 0x1a2a3a4a});
	packet[600] ^= 1; /* sealed in a way of its own */
	assert_int_equal(client(packet), DISSECT_MORE);
	assert_int_equal(trial_probe(&t, offer, bytes), GUESS_YES);
	assert_int_equal(say(DISSECT_TO_CLIENT, offer, bytes), DISSECT_MORE);
	initial(packet, 0, HELLO_BYTES, (struct seal_packet){.version = QUIC_V2});
	assert_int_equal(client(packet), DISSECT_DONE);
	assert_field(&t, "quic.version", "1798521807");
	for (size_t cut = 0; cut < bytes; cut++) /* 27: behind the first version, and so on */
		assert_int_equal(
			trial_probe(&t, offer, cut), cut == 27 || cut == 31 ? GUESS_YES : GUESS_NO);
}

/* Early data overtakes the Initial, or stands before it in the datagram. */
static void early_data_first(void **state)
{
	uint8_t both[64 + DATAGRAM_BYTES] = {0};
	size_t bytes = from_hex(both, sizeof(both),
		"d3 00000001 08 0102030405060708 00 14 "
		"0000000000000000000000000000000000000000");

	(void)state;
	begin();
	assert_int_equal(trial_probe(&t, both, bytes), GUESS_YES);
	assert_int_equal(say(DISSECT_TO_SERVER, both, bytes), DISSECT_MORE);
	assert_field(&t, "quic.version", "1");
	initial(both + bytes, 0, HELLO_BYTES, (struct seal_packet){.number = 0});
	assert_int_equal(say(DISSECT_TO_SERVER, both, bytes + DATAGRAM_BYTES), DISSECT_DONE);
	assert_field(&t, "quic.sni", "example.com");
}

/* A link with large packets; what does not fit in the scratch is left alone. */
static void large_datagram(void **state)
{
	static uint8_t packet[DISSECT_SCRATCH_BYTES];

	(void)state;
	for (size_t bytes = 1500; bytes <= DISSECT_SCRATCH_BYTES;
		bytes += bytes < 9000 ? 7500 : 7384) {
		begin();
		initial(packet, 0, HELLO_BYTES, (struct seal_packet){.bytes = bytes});
		assert_int_equal(say(DISSECT_TO_SERVER, packet, bytes), DISSECT_DONE);
		assert_field(&t, "quic.sni", "example.com");
	}
}

/* The budget of the caller is spent. */
static void frugal(void **state)
{
	uint8_t packet[DATAGRAM_BYTES];

	(void)state;
	begin();
	initial(packet, 0, HELLO_BYTES, (struct seal_packet){.number = 0});
	t.d.frugal = true;
	assert_int_equal(client(packet), DISSECT_MORE);
	assert_int_equal(t.d.decrypts, 0);
	assert_int_equal(t.d.decrypts_shed, 1);
	assert_field(&t, "quic.version", "1");
	t.d.frugal = false;
	assert_int_equal(client(packet), DISSECT_DONE);
	assert_field(&t, "quic.sni", "example.com");
}

/* Whatever comes from both sides: two derivations and eight openings for a flow. */
static void cost_has_an_end(void **state)
{
	uint8_t packet[DATAGRAM_BYTES], other[8] = {0};

	(void)state;
	begin();
	for (uint8_t i = 0; i < 40; i++) {
		other[7] = i;
		initial(packet, 0, 100, (struct seal_packet){.id = other});
		if (i & 4)
			packet[700] ^= 1;
		if (say(i % 2 ? DISSECT_TO_CLIENT : DISSECT_TO_SERVER, packet, sizeof(packet)) ==
				DISSECT_DONE &&
			!(i % 2))
			break;
	}
	assert_true(t.d.decrypts <= 2 + 2 + 8);
	assert_no_field(&t, "quic.sni");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_initials_in_each_order),
		cmocka_unit_test(each_version),
		cmocka_unit_test(pieces_that_differ),
		cmocka_unit_test(server_is_no_client),
		cmocka_unit_test(server_between),
		cmocka_unit_test(server_first),
		cmocka_unit_test(server_echoes_identifier),
		cmocka_unit_test(server_only),
		cmocka_unit_test(retry),
		cmocka_unit_test(keys_stay),
		cmocka_unit_test(again_after_damage),
		cmocka_unit_test(other_version_after_negotiation),
		cmocka_unit_test(early_data_first),
		cmocka_unit_test(large_datagram),
		cmocka_unit_test(frugal),
		cmocka_unit_test(cost_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
