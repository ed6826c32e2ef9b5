/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/defrag.h"

#include <stdlib.h>

#include "probe/decode.h"
#include "tests/unit/unit.h"

#define PAYLOAD_BYTES 4096
#define SECOND        1000000000ull

/* Pieces of one datagram of UDP, whose payload counts upwards. */
struct bench {
	struct defrag *defrag;
	struct ledger ledger;
	struct defrag_room room;
	struct pkt whole;
	uint8_t payload[PAYLOAD_BYTES];
	uint8_t packets[128][1600];
	uint64_t clock_ns;
	unsigned count;
	uint16_t id;
	bool v6;
};

static int bench_make(void **state)
{
	static const struct siphash_key key = {1, 2};
	struct bench *b = aligned_alloc(_Alignof(struct bench), sizeof(*b));

	assert_non_null(b);
	memset(b, 0, sizeof(*b));
	for (size_t i = 0; i < PAYLOAD_BYTES; i++)
		b->payload[i] = (uint8_t)(i ^ i >> 8);
	memcpy(b->payload, "\x03\xe8\0\x35\x10\0\0\0", 8);
	b->room = (struct defrag_room){.bytes = malloc(1 << 20), .size = 1 << 20};
	b->id = 7;
	b->clock_ns = SECOND;
	*state = b;
	return defrag_new(&b->defrag, &key);
}

static int bench_drop(void **state)
{
	struct bench *b = *state;

	defrag_free(b->defrag);
	free(b->room.bytes);
	free(b);
	return 0;
}

static size_t headers(const struct bench *b, uint8_t *to, size_t from, size_t bytes, bool more)
{
	uint16_t length = (uint16_t)(bytes + (b->v6 ? 8 : 20)),
		 where = (uint16_t)(b->v6 ? from | more : from / 8 | (more ? 0x2000u : 0));

	if (b->v6) {
		memcpy(to, "\x60\0\0\0\0\0\x2c\x40", 8);
		for (unsigned i = 8; i < 40; i++)
			to[i] = 0xfd;
		to[39] = 1;
		memcpy(to + 40, "\x11\0\0\0\0\0\0\0", 8);
		to[4] = (uint8_t)(length >> 8);
		to[5] = (uint8_t)length;
		to[42] = (uint8_t)(where >> 8);
		to[43] = (uint8_t)where;
		to[47] = (uint8_t)b->id;
		return 48;
	}
	memcpy(to, "\x45\0\0\0\0\0\0\0\x40\x11\0\0\xc0\0\2\1\xc6\x33\x64\2", 20);
	to[2] = (uint8_t)(length >> 8);
	to[3] = (uint8_t)length;
	to[5] = (uint8_t)b->id;
	to[6] = (uint8_t)(where >> 8);
	to[7] = (uint8_t)where;
	return 20;
}

/* The octets [from, to) of the payload, the last piece where `to` is its end. */
static enum defrag_result piece_of(struct bench *b, size_t from, size_t to, bool more)
{
	uint8_t *packet = b->packets[b->count++ % 128];
	size_t header_bytes = headers(b, packet, from, to - from, more);
	struct pkt p = {.bytes = packet, .link = 101, .clock_ns = b->clock_ns};

	memcpy(packet + header_bytes, b->payload + from, to - from);
	p.captured = p.wire = (uint32_t)(header_bytes + to - from);
	decode(&p);
	assert_int_equal(p.verdict, PKT_FLOW);
	assert_true(p.piece.is);
	return defrag_add(b->defrag, &p, &b->ledger, &b->room, &b->whole);
}

static enum defrag_result piece(struct bench *b, size_t from, size_t to)
{
	return piece_of(b, from, to, to < PAYLOAD_BYTES);
}

static void is_whole(struct bench *b, size_t bytes)
{
	assert_true(b->whole.reassembled);
	decode(&b->whole);
	assert_int_equal(b->whole.verdict, PKT_FLOW);
	assert_false(b->whole.piece.is);
	assert_int_equal(b->whole.key.port[b->whole.side], 1000);
	assert_int_equal(b->whole.payload_bytes, bytes - 8);
	assert_memory_equal(b->whole.bytes + b->whole.payload_offset, b->payload + 8, bytes - 8);
}

static void in_any_order(void **state)
{
	static const unsigned orders[][4] = {
		{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 0, 3, 2}, {2, 3, 0, 1}, {3, 0, 1, 2}};
	struct bench *b = *state;

	for (unsigned v6 = 0; v6 < 2; v6++) {
		b->v6 = v6;
		for (size_t i = 0; i < ARRAY_LEN(orders); i++, b->id++) {
			for (unsigned k = 0; k < 4; k++) {
				size_t from = (size_t)1024 * orders[i][k];

				assert_int_equal(piece(b, from, from + 1024),
					k < 3 ? DEFRAG_KEPT : DEFRAG_WHOLE);
			}
			is_whole(b, PAYLOAD_BYTES);
		}
	}
	assert_int_equal(b->ledger.n[LEDGER_FRAG_REASSEMBLED], 2 * ARRAY_LEN(orders));
	assert_false(defrag_expire(b->defrag, UINT64_MAX, &b->ledger, &b->room, &b->whole));
}

static void twice_the_same_is_once(void **state)
{
	struct bench *b = *state;

	assert_int_equal(piece(b, 0, 1024), DEFRAG_KEPT);
	assert_int_equal(piece(b, 0, 1024), DEFRAG_KEPT);
	assert_int_equal(piece(b, 2048, 3072), DEFRAG_KEPT);
	assert_int_equal(piece(b, 2048, 3072), DEFRAG_KEPT);
	assert_int_equal(piece(b, 1024, 2048), DEFRAG_KEPT);
	assert_int_equal(piece(b, 3072, 4096), DEFRAG_WHOLE);
	is_whole(b, PAYLOAD_BYTES);
	assert_int_equal(b->ledger.n[LEDGER_FRAG_OVERLAP], 0);
}

/* An overlap, also one of an octet; two ends; octets behind the end: none is read. */
static void contradictions(void **state)
{
	struct bench *b = *state;

	assert_int_equal(piece(b, 0, 1024), DEFRAG_KEPT);
	assert_int_equal(piece(b, 1016, 2040), DEFRAG_KEPT);
	assert_int_equal(piece(b, 1024, 4096), DEFRAG_KEPT);
	assert_int_equal(b->ledger.n[LEDGER_FRAG_OVERLAP], 1);
	b->id++;
	assert_int_equal(piece(b, 0, 1024), DEFRAG_KEPT);
	b->payload[100] ^= 1; /* the same place, other octets */
	assert_int_equal(piece(b, 0, 1024), DEFRAG_KEPT);
	b->payload[100] ^= 1;
	assert_int_equal(piece(b, 1024, 4096), DEFRAG_KEPT);
	assert_int_equal(b->ledger.n[LEDGER_FRAG_OVERLAP], 2);
	b->id++;
	assert_int_equal(piece_of(b, 1024, 2048, false), DEFRAG_KEPT);
	assert_int_equal(piece_of(b, 2048, 3072, false), DEFRAG_KEPT);
	assert_int_equal(b->ledger.n[LEDGER_FRAG_OVERLAP], 3);
	b->id++;
	assert_int_equal(piece(b, 2048, 3072), DEFRAG_KEPT);
	assert_int_equal(piece_of(b, 1024, 2048, false), DEFRAG_KEPT);
	assert_int_equal(b->ledger.n[LEDGER_FRAG_OVERLAP], 4);
	assert_int_equal(b->ledger.n[LEDGER_FRAG_REASSEMBLED], 0);
	/* and nothing of them comes when their time is up */
	assert_false(defrag_expire(b->defrag, UINT64_MAX, &b->ledger, &b->room, &b->whole));
	assert_int_equal(b->ledger.n[LEDGER_FRAG_TIMEOUT], 0);
}

static void impossible_lengths(void **state)
{
	struct bench *b = *state;
	uint8_t *packet;
	struct pkt p = {.link = 101, .clock_ns = SECOND};

	assert_int_equal(piece_of(b, 0, 1021, true), DEFRAG_LEFT); /* no multiple of eight */
	packet = b->packets[b->count % 128];
	(void)headers(b, packet, 65528, 1000, false); /* the ping of death */
	p.bytes = packet;
	p.captured = p.wire = 1020;
	decode(&p);
	assert_int_equal(defrag_add(b->defrag, &p, &b->ledger, &b->room, &b->whole), DEFRAG_LEFT);
	(void)headers(b, packet, 0, 1000, true);
	p.captured = 500; /* cut by the snap length */
	decode(&p);
	assert_int_equal(defrag_add(b->defrag, &p, &b->ledger, &b->room, &b->whole), DEFRAG_LEFT);
	assert_int_equal(b->ledger.n[LEDGER_FRAG_BAD], 3);
}

static void too_many_pieces(void **state)
{
	struct bench *b = *state;

	for (size_t at = 0; at < 64; at++)
		assert_int_equal(piece(b, at * 8, at * 8 + 8), DEFRAG_KEPT);
	assert_int_equal(piece(b, 512, 520), DEFRAG_LEFT);
	assert_int_equal(b->ledger.n[LEDGER_FRAG_FULL], 1);
}

/* What was there is read when the rest does not come: up to the first hole. */
static void time_is_up(void **state)
{
	struct bench *b = *state;

	assert_int_equal(piece(b, 0, 1024), DEFRAG_KEPT);
	assert_int_equal(piece(b, 1024, 2048), DEFRAG_KEPT);
	assert_int_equal(piece(b, 3072, 4096), DEFRAG_KEPT);
	b->id++;
	b->clock_ns += SECOND;
	assert_int_equal(piece(b, 1024, 2048), DEFRAG_KEPT); /* without its beginning */
	assert_false(defrag_expire(b->defrag, 30 * SECOND, &b->ledger, &b->room, &b->whole));
	assert_true(defrag_expire(b->defrag, 31 * SECOND, &b->ledger, &b->room, &b->whole));
	is_whole(b, 2048);
	assert_false(defrag_expire(b->defrag, UINT64_MAX, &b->ledger, &b->room, &b->whole));
	assert_int_equal(b->ledger.n[LEDGER_FRAG_TIMEOUT], 2);
}

/* More datagrams than there are trackers, and more octets than memory; then all is free again. */
static void full(void **state)
{
	struct bench *b = *state;
	unsigned left = 0;

	b->v6 = true;
	for (unsigned i = 0; i < 70000; i++) {
		uint8_t *packet = b->packets[0];
		size_t header_bytes = headers(b, packet, 0, 1024, true);
		struct pkt p = {.bytes = packet, .link = 101, .clock_ns = SECOND};

		packet[44] = (uint8_t)(i >> 16);
		packet[45] = (uint8_t)(i >> 8);
		packet[46] = (uint8_t)i;
		memcpy(packet + header_bytes, b->payload, 1024);
		p.captured = p.wire = (uint32_t)header_bytes + 1024;
		decode(&p);
		left += defrag_add(b->defrag, &p, &b->ledger, &b->room, &b->whole) == DEFRAG_LEFT;
	}
	assert_int_equal(b->ledger.n[LEDGER_FRAG_FULL], left);
	assert_in_range(left, 70000 - 33000, 70000 - 20000);
	for (unsigned i = 0; i < 70000 - left; i++) {
		b->room.used = 0;
		assert_true(defrag_expire(b->defrag, UINT64_MAX, &b->ledger, &b->room, &b->whole));
	}
	assert_false(defrag_expire(b->defrag, UINT64_MAX, &b->ledger, &b->room, &b->whole));
	b->v6 = false;
	assert_int_equal(piece(b, 0, 1024), DEFRAG_KEPT);
}

int main(void)
{
#define BENCH_TEST(test) cmocka_unit_test_setup_teardown(test, bench_make, bench_drop)
	const struct CMUnitTest tests[] = {
		BENCH_TEST(in_any_order),
		BENCH_TEST(twice_the_same_is_once),
		BENCH_TEST(contradictions),
		BENCH_TEST(impossible_lengths),
		BENCH_TEST(too_many_pieces),
		BENCH_TEST(time_is_up),
		BENCH_TEST(full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
