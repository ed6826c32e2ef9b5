/* SPDX-License-Identifier: Apache-2.0 */
/* Fragments in any order, beside the plainest reference: one flag for each octet. A datagram comes
 * out when the reference has all of it and no two pieces overlap, and with the same octets. A piece
 * is five octets: datagram and flags, place, length, what its octets are, seconds that pass. */
#include <stdbool.h>

#include "probe/decode.h"
#include "probe/defrag.h"
#include "tests/fuzz/fuzz.h"

#define DATAGRAMS  4
#define UNITS_MAX  (256 + 64)
#define PACKET_MAX 600
#define TIMEOUT_NS 30000000000u
#define SECOND_NS  1000000000u

enum flag { FLAG_MORE = 4, FLAG_V6 = 8 };

/* What is known of one datagram, in units of eight octets; each unit's octets are one value. */
struct plain {
	uint64_t begin_ns;
	bool there[UNITS_MAX], begun, broken;
	uint8_t value[UNITS_MAX];
	unsigned end, pieces; /* 0: not seen */
	struct {
		unsigned from, to;
		uint8_t value;
	} seen[64];
};

enum outcome { LEFT, KEPT, WHOLE };

static bool is_known(const struct plain *d, unsigned from, unsigned to, uint8_t value)
{
	for (unsigned i = 0; i < d->pieces; i++)
		if (d->seen[i].from == from && d->seen[i].to == to && d->seen[i].value == value)
			return true;
	return false;
}

static enum outcome plain_break(struct plain *d, enum outcome outcome)
{
	d->broken = true;
	return outcome;
}

static enum outcome plain_add(struct plain *d, unsigned from, unsigned to, bool more, uint8_t value)
{
	unsigned have = 0;

	d->begun = true;
	if (d->broken || is_known(d, from, to, value))
		return KEPT;
	for (unsigned i = from; i < to; i++)
		if (d->there[i])
			return plain_break(d, KEPT);
	for (unsigned i = to; !more && i < UNITS_MAX; i++)
		if (d->there[i])
			return plain_break(d, KEPT);
	if (d->end && (!more || to > d->end))
		return plain_break(d, KEPT);
	if (d->pieces == 64)
		return plain_break(d, LEFT);
	d->seen[d->pieces].from = from;
	d->seen[d->pieces].to = to;
	d->seen[d->pieces++].value = value;
	for (unsigned i = from; i < to; i++) {
		d->there[i] = true;
		d->value[i] = value;
	}
	if (!more)
		d->end = to;
	for (unsigned i = 0; i < d->end; i++)
		have += d->there[i];
	return d->end && have == d->end ? WHOLE : KEPT;
}

static size_t make(uint8_t packet[PACKET_MAX], unsigned id, const unsigned at[2], unsigned flags)
{
	bool v6 = flags & FLAG_V6, more = flags & FLAG_MORE;
	size_t headers = v6 ? 48 : 20, bytes = (size_t)8 * (at[1] - at[0]);
	uint16_t length = (uint16_t)(bytes + (v6 ? 8 : 20)),
		 where = (uint16_t)(v6 ? 8 * at[0] | more : at[0] | (more ? 0x2000u : 0));
	uint8_t *says = packet + (v6 ? 42 : 6);

	memset(packet, 0, headers);
	packet[0] = v6 ? 0x60 : 0x45;
	packet[v6 ? 4 : 2] = (uint8_t)(length >> 8);
	packet[v6 ? 5 : 3] = (uint8_t)length;
	packet[6] = 44; /* of IPv6: the next header */
	packet[v6 ? 40 : 9] = 17;
	says[0] = (uint8_t)(where >> 8);
	says[1] = (uint8_t)where;
	packet[v6 ? 47 : 5] = (uint8_t)id;
	return headers + bytes;
}

static void check_whole(const struct plain *d, const struct pkt *whole)
{
	size_t headers = whole->bytes[0] >> 4 == 4 ? 20 : 48;
	struct pkt again = *whole;

	decode(&again);
	assert(again.verdict == PKT_FLOW && !again.piece.is && whole->reassembled);
	assert(whole->captured == headers + (size_t)8 * d->end);
	for (size_t i = 0; i < (size_t)8 * d->end; i++)
		assert(whole->bytes[headers + i] == d->value[i / 8]);
}

static void expire(struct defrag *defrag, struct plain *plain, uint64_t now, struct ledger *l,
	struct defrag_room *room)
{
	struct pkt begin;

	for (;;) {
		room->used = 0;
		if (!defrag_expire(defrag, now, l, room, &begin))
			break;
		assert(begin.reassembled && begin.captured <= 65535);
	}
	for (unsigned i = 0; i < 2 * DATAGRAMS; i++)
		if (plain[i].begun && plain[i].begin_ns + TIMEOUT_NS <= now)
			plain[i] = (struct plain){.begun = false};
}

static void step(struct defrag *defrag, struct plain *plain, const uint8_t say[5], struct ledger *l,
	struct defrag_room *room, uint64_t now)
{
	unsigned flags = say[0], id = flags % DATAGRAMS;
	struct plain *d = &plain[id + (flags & FLAG_V6 ? DATAGRAMS : 0)];
	unsigned at[2] = {say[1], say[1] + 1u + say[2] % 64};
	uint8_t *packet = malloc(PACKET_MAX);
	enum outcome want;
	enum defrag_result got;
	size_t bytes;
	struct pkt p = {.link = 101, .clock_ns = now}, whole;

	assert(packet);
	if (at[0] == 0)
		flags |= FLAG_MORE; /* all of it in one piece is no fragment */
	bytes = make(packet, id, at, flags);
	memset(packet + bytes - (size_t)8 * (at[1] - at[0]), say[3], (size_t)8 * (at[1] - at[0]));
	p.bytes = packet;
	p.captured = p.wire = (uint32_t)bytes;
	decode(&p);
	assert(p.verdict == PKT_FLOW && p.piece.is);
	room->used = 0;
	if (!d->begun)
		d->begin_ns = now;
	want = plain_add(d, at[0], at[1], flags & FLAG_MORE, say[3]);
	got = defrag_add(defrag, &p, l, room, &whole);
	assert((got == DEFRAG_WHOLE) == (want == WHOLE) && (got == DEFRAG_LEFT) == (want == LEFT));
	if (want == WHOLE) {
		check_whole(d, &whole);
		*d = (struct plain){.begun = false};
	}
	free(packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct siphash_key key = {3, 4};
	struct defrag_room room = {.bytes = malloc(1 << 17), .size = 1 << 17};
	struct plain *plain = calloc((size_t)2 * DATAGRAMS, sizeof(*plain));
	struct ledger *ledger = aligned_alloc(_Alignof(struct ledger), sizeof(*ledger));
	struct defrag *defrag;
	uint64_t now = SECOND_NS;

	assert(room.bytes && plain && ledger && defrag_new(&defrag, &key) == 0);
	memset(ledger, 0, sizeof(*ledger));
	for (; size >= 5; data += 5, size -= 5) {
		now += (uint64_t)(data[4] % 16) * SECOND_NS;
		expire(defrag, plain, now, ledger, &room);
		step(defrag, plain, data, ledger, &room, now);
	}
	expire(defrag, plain, UINT64_MAX, ledger, &room);
	defrag_free(defrag);
	free(ledger);
	free(plain);
	free(room.bytes);
	return 0;
}
