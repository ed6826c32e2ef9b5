/* SPDX-License-Identifier: Apache-2.0 */
/* QUIC: the packets of RFC 9001 and RFC 9369 appendix A, made here from their octets in clear, and
 * what a client or a liar may do with them. */
#include <stdio.h>

#include "tests/unit/quic_packet.h"

extern const struct dissector quic_dissector;

#define DATAGRAM_BYTES 1200

/* RFC 9001 appendix A.2: a CRYPTO frame. */
static const char hello_frame[] = "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868"
				  "04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578"
				  "616d706c652e636f6dff01000100000a00080006001d00170018001000070005"
				  "04616c706e000500050100000000003300260024001d00209370b2c9caa47fba"
				  "baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400"
				  "0d0010000e0403050306030203080408050806002d00020101001c0002400100"
				  "3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000"
				  "75300901100f088394c8f03e51570806048000ffff";
#define HELLO_BYTES 241 /* behind the four octets of the frame's header */

static struct trial t; /* too large for a stack frame */

static const uint8_t first_id[8] = {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08};

/* Under first_id and version 1 if nothing else is said. */
static size_t make_initial(uint8_t *to, const struct seal_packet *p)
{
	struct seal_packet full = *p;

	full.version = p->version ? p->version : QUIC_V1;
	full.id = p->id ? p->id : first_id;
	full.key_id = p->key_id ? p->key_id : first_id;
	return seal_initial(to, &full);
}

static size_t appendix_packet(uint8_t to[DATAGRAM_BYTES], bool v2)
{
	uint8_t frames[256];
	size_t bytes = from_hex(frames, sizeof(frames), hello_frame);

	return make_initial(to, &(struct seal_packet){.version = v2 ? QUIC_V2 : QUIC_V1,
					.number = 2,
					.frames = frames,
					.frames_bytes = bytes,
					.bytes = DATAGRAM_BYTES});
}

static void begin(void)
{
	trial_begin(&t, &quic_dissector, DISSECT_UDP);
}

static void check_example(const char *version)
{
	char shown[16];
	struct record_value v = {0};

	assert_field(&t, "quic.sni", "example.com");
	assert_field(&t, "quic.alpn", "alpn");
	assert_field(&t, "quic.ja4", "q13d0211an_62ed6f6ca7ad_4d634acda6c0");
	assert_field(&t, "quic.ja3.hash", "41bc9ae914d6cb3bd0bd0a5453ab7d7f");
	while (record_next(&t.flow, &v) && strcmp(v.field->key, "quic.version") != 0)
		;
	assert_non_null(v.field);
	(void)snprintf(shown, sizeof(shown), "%llx", (unsigned long long)v.number);
	assert_string_equal(shown, version);
}

static void test_rfc9001_appendix_a(void **state)
{
	uint8_t packet[DATAGRAM_BYTES], want[48];

	(void)state;
	appendix_packet(packet, false);
	from_hex(want, sizeof(want),
		"c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11");
	assert_memory_equal(packet, want, 32);
	from_hex(want, sizeof(want), "e221af44860018ab0856972e194cd934");
	assert_memory_equal(packet + DATAGRAM_BYTES - 16, want, 16);
	begin();
	assert_int_equal(trial_probe(&t, packet, sizeof(packet)), GUESS_YES);
	assert_int_equal(trial_parse(&t, packet, sizeof(packet)), DISSECT_DONE);
	check_example("1");
	assert_field(&t, "quic.version", "1");
	assert_int_equal(t.more_asked, quic_dissector.more_bytes);
	/* without memory for its frames nothing but the version is known */
	begin();
	t.spent = true;
	assert_int_equal(trial_parse(&t, packet, sizeof(packet)), DISSECT_DONE);
	assert_no_field(&t, "quic.sni");
	assert_field(&t, "quic.version", "1");
	assert_int_equal(t.flow.lost_values, 1);
}

static void test_rfc9369_appendix_a(void **state)
{
	uint8_t packet[DATAGRAM_BYTES], want[48];

	(void)state;
	appendix_packet(packet, true);
	from_hex(want, sizeof(want),
		"d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485");
	assert_memory_equal(packet, want, 32);
	begin();
	assert_int_equal(trial_probe(&t, packet, sizeof(packet)), GUESS_YES);
	assert_int_equal(trial_parse(&t, packet, sizeof(packet)), DISSECT_DONE);
	check_example("6b3343cf");
}

/* A CRYPTO frame with [from, to) of the hello. */
static size_t crypto_frame(uint8_t *to, size_t from, size_t until)
{
	uint8_t frame[256];

	from_hex(frame, sizeof(frame), hello_frame);
	to[0] = 0x06;
	to[1] = (uint8_t)(0x40 | from >> 8);
	to[2] = (uint8_t)from;
	to[3] = (uint8_t)(0x40 | (until - from) >> 8);
	to[4] = (uint8_t)(until - from);
	memcpy(to + 5, frame + 4 + from, until - from);
	return 5 + until - from;
}

static void test_pieces_in_any_order(void **state)
{
	static const uint8_t other_id[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	uint8_t frames[512], first[DATAGRAM_BYTES], second[DATAGRAM_BYTES];
	size_t used;

	(void)state;
	/* the tail, PING, an ACK and a piece of the middle; the head comes in a second datagram,
	 * under the server's identifier and the first one's keys */
	used = crypto_frame(frames, 150, HELLO_BYTES);
	frames[used++] = 0x01;
	memcpy(frames + used, "\x02\x00\x00\x00\x00", 5);
	used += 5;
	used += crypto_frame(frames + used, 40, 90);
	make_initial(
		first, &(struct seal_packet){
			       .frames = frames, .frames_bytes = used, .bytes = DATAGRAM_BYTES});
	used = crypto_frame(frames, 80, 160);
	used += crypto_frame(frames + used, 0, 45);
	make_initial(second, &(struct seal_packet){.id = other_id,
				     .number = 1,
				     .frames = frames,
				     .frames_bytes = used,
				     .bytes = DATAGRAM_BYTES});
	begin();
	assert_int_equal(trial_parse(&t, first, sizeof(first)), DISSECT_MORE);
	assert_no_field(&t, "quic.sni");
	assert_int_equal(trial_parse(&t, second, sizeof(second)), DISSECT_DONE);
	check_example("1");
}

static void test_coalesced(void **state)
{
	uint8_t frames[512], both[DATAGRAM_BYTES];
	size_t used, bytes;

	(void)state;
	used = crypto_frame(frames, 100, HELLO_BYTES);
	bytes = make_initial(
		both, &(struct seal_packet){
			      .frames = frames, .frames_bytes = used, .bytes = DATAGRAM_BYTES / 2});
	used = crypto_frame(frames, 0, 100);
	bytes += make_initial(both + bytes, &(struct seal_packet){.number = 1,
						    .frames = frames,
						    .frames_bytes = used,
						    .bytes = DATAGRAM_BYTES / 2});
	begin();
	assert_int_equal(trial_parse(&t, both, bytes), DISSECT_DONE);
	check_example("1");
}

/* After a Retry the client starts again with keys of a new identifier (RFC 9001 section 5.2). */
static void test_second_key(void **state)
{
	static const uint8_t retry_id[8] = {9, 9, 9, 9, 9, 9, 9, 9};
	uint8_t frames[512], packet[DATAGRAM_BYTES];
	size_t used = crypto_frame(frames, 0, 100);

	(void)state;
	make_initial(
		packet, &(struct seal_packet){
				.frames = frames, .frames_bytes = used, .bytes = DATAGRAM_BYTES});
	begin();
	assert_int_equal(trial_parse(&t, packet, sizeof(packet)), DISSECT_MORE);
	used = crypto_frame(frames, 0, HELLO_BYTES);
	make_initial(packet, &(struct seal_packet){.id = retry_id,
				     .key_id = retry_id,
				     .frames = frames,
				     .frames_bytes = used,
				     .bytes = DATAGRAM_BYTES});
	assert_int_equal(trial_parse(&t, packet, sizeof(packet)), DISSECT_DONE);
	check_example("1");
}

/* An Initial after a Retry: a token, and an identifier as short as the server likes. */
static void test_short_id(void **state)
{
	uint8_t packet[DATAGRAM_BYTES], nonce[12], mask[16];

	(void)state;
	for (size_t id_bytes = 0; id_bytes < 8; id_bytes++) {
		for (size_t token = 0; token < 3; token++) {
			struct seal_keys k = seal_keys_of(QUIC_V1, first_id, id_bytes);
			size_t at = 6 + id_bytes, header = at + 2 + token + 2 + 4;
			size_t sealed = sizeof(packet) - header - 16, rest = 4 + sealed + 16;

			memset(packet, 0, sizeof(packet));
			packet[0] = 0xc3;
			packet[4] = 1;
			packet[5] = (uint8_t)id_bytes;
			memcpy(packet + 6, first_id, id_bytes);
			packet[at + 1] = (uint8_t)token;
			packet[header - 6] = (uint8_t)(0x40 | rest >> 8);
			packet[header - 5] = (uint8_t)rest;
			from_hex(packet + header, sealed, hello_frame);
			memcpy(nonce, k.iv, 12);
			seal(packet + header, sealed, k.key, nonce, packet, header);
			assert_true(crypto_aes128_block(mask, k.hp, packet + header));
			packet[0] ^= mask[0] & 0x0f;
			for (size_t i = 0; i < 4; i++)
				packet[header - 4 + i] ^= mask[1 + i];
			begin();
			assert_int_equal(trial_parse(&t, packet, sizeof(packet)),
				token ? DISSECT_DONE : DISSECT_MORE);
			if (token)
				check_example("1");
		}
	}
}

/* Forged Initials cost two derivations and eight packets, no more. */
static void test_limits(void **state)
{
	uint8_t packet[DATAGRAM_BYTES];
	int calls = 0;

	(void)state;
	appendix_packet(packet, false);
	packet[100] ^= 1;
	begin();
	for (; calls < 20; calls++) {
		packet[6] = (uint8_t)calls;
		if (trial_parse(&t, packet, sizeof(packet)) != DISSECT_MORE)
			break;
	}
	assert_int_equal(calls, 8);
	assert_no_field(&t, "quic.sni");
	assert_field(&t, "quic.version", "1");
	/* datagrams that are no Initials have their limit too */
	begin();
	for (calls = 0; calls < 40; calls++) {
		if (trial_parse(&t, "junk", 4) != DISSECT_MORE)
			break;
	}
	assert_int_equal(calls, 16);
}

static void test_not_quic(void **state)
{
	static const char *const not_quic[] = {"", "c0", "c000000001", "40000000010000",
		"c0000000020000004000", /* a version nobody knows */
		"c00000000115000102030405060708090a0b0c0d0e0f1011121314000000", /* an identifier of
										   21 */
		"c0000000010000ffffffffffffffff", /* a token longer than there is memory */
		"c0000000010000004020",           /* a payload longer than the datagram */
		"800000000000000001",             /* version negotiation is the server's */
		"f0000000010000000000"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(not_quic); i++) {
		uint8_t bytes[64];
		size_t count = from_hex(bytes, sizeof(bytes), not_quic[i]);

		begin();
		assert_int_equal(trial_probe(&t, bytes, count), GUESS_NO);
		assert_int_equal(trial_parse(&t, bytes, count), DISSECT_MORE);
		assert_int_equal(t.flow.used, 0);
	}
}

static void test_every_prefix(void **state)
{
	uint8_t packet[DATAGRAM_BYTES];

	(void)state;
	appendix_packet(packet, false);
	for (size_t bytes = 0; bytes < sizeof(packet); bytes++) {
		begin();
		assert_int_equal(trial_probe(&t, packet, bytes), GUESS_NO);
		assert_int_equal(trial_parse(&t, packet, bytes), DISSECT_MORE);
		assert_no_field(&t, "quic.sni");
	}
}

/* Frames that break off anywhere; the packet itself is genuine. */
static void test_frames_of_every_length(void **state)
{
	uint8_t frames[300], packet[DATAGRAM_BYTES];
	size_t all;

	(void)state;
	all = from_hex(frames, sizeof(frames), "0240010202010102014003404040");
	all += from_hex(frames + all, sizeof(frames) - all, hello_frame);
	for (size_t bytes = 1; bytes < all; bytes++) {
		size_t size = 22 + bytes + 16 < 60 ? 60 : 22 + bytes + 16;

		make_initial(
			packet, &(struct seal_packet){
					.frames = frames, .frames_bytes = bytes, .bytes = size});
		begin();
		assert_int_equal(trial_parse(&t, packet, size), DISSECT_MORE);
		assert_no_field(&t, "quic.sni");
	}
}

/* What is in the CRYPTO stream is no ClientHello. */
static void test_other_handshake(void **state)
{
	static const uint8_t frames[] = {0x06, 0x00, 0x04, 0x02, 0x00, 0x00, 0x00};
	static const uint8_t endless[] = {0x06, 0x00, 0x04, 0x01, 0xff, 0xff, 0xff};
	uint8_t packet[100];

	(void)state;
	begin();
	make_initial(packet,
		&(struct seal_packet){
			.frames = frames, .frames_bytes = sizeof(frames), .bytes = sizeof(packet)});
	assert_int_equal(trial_parse(&t, packet, sizeof(packet)), DISSECT_BAD);
	begin();
	make_initial(packet, &(struct seal_packet){.frames = endless,
				     .frames_bytes = sizeof(endless),
				     .bytes = sizeof(packet)});
	assert_int_equal(trial_parse(&t, packet, sizeof(packet)), DISSECT_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc9001_appendix_a),
		cmocka_unit_test(test_rfc9369_appendix_a),
		cmocka_unit_test(test_pieces_in_any_order),
		cmocka_unit_test(test_coalesced),
		cmocka_unit_test(test_second_key),
		cmocka_unit_test(test_short_id),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_not_quic),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_frames_of_every_length),
		cmocka_unit_test(test_other_handshake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
