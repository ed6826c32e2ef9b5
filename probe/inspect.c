/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/inspect.h"

#include <string.h>

#include "base/schema.h"
#include "probe/dissection.h"
#include "probe/facts.h"
#include "probe/hit.h"
#include "probe/naming.h"

#define LATE_PACKETS  16 /* of a connection that is nothing we know, in which TLS may yet begin */
#define SLICE         (STREAM_BYTES_MAX / 2)
#define DNS_PORT      53
#define SENT_JUMP_MAX (1u << 18)
#define ACK_AHEAD_MAX (1u << 20) /* that may be lost to us */
#define TURNS_MAX     4
#define TCP_FIN       1
#define TCP_SYN       2
#define TCP_RST       4
#define TCP_ACK       16

static void match_addresses(struct worker *w, struct flow *f, const struct pkt *p)
{
	for (unsigned end = 0; end < 2; end++) {
		unsigned side = end ? !f->initiator : f->initiator;
		struct record_value v = {
			.field = &common_fields[end ? COMMON_DEST_IP : COMMON_SRC_IP],
			.text = f->key.address[side],
			.bytes = 16};

		hit_find(w, f, p, &v, f->key.port[side]);
	}
	hit_begin(w, f, p->time_ns);
}

/* The sender of the flow's first packet is its initiator, but for a SYN that comes later. */
static void record_tunnel(struct record *r, const struct flow *f, const struct pkt *p)
{
	bool back = p->side != f->initiator;

	record_number(r, &tunnel_fields[TUNNEL_FIELD_TYPE], p->tunnel.type);
	record_address(r, &tunnel_fields[TUNNEL_FIELD_SRC_IP], p->tunnel.address[back]);
	record_address(r, &tunnel_fields[TUNNEL_FIELD_DEST_IP], p->tunnel.address[!back]);
	record_number(r, &tunnel_fields[TUNNEL_FIELD_ID], p->tunnel.id);
	record_number(r, &tunnel_fields[TUNNEL_FIELD_DEPTH], p->tunnel_count);
}

void inspect_begin(struct worker *w, struct flow *f, const struct pkt *p)
{
	if (!w->matcher && !p->tunnel_count)
		return;
	facts_load(w, f);
	if (p->tunnel_count)
		record_tunnel(&w->facts, f, p);
	if (w->matcher)
		match_addresses(w, f, p);
	facts_store(w, f);
}

static void turn_add(struct worker *w, struct inspection *i)
{
	i->newer = NULL;
	i->older = w->newest;
	*(w->newest ? &w->newest->newer : &w->oldest) = i;
	w->newest = i;
}

static void turn_remove(struct worker *w, struct inspection *i)
{
	*(i->older ? &i->older->newer : &w->oldest) = i->newer;
	*(i->newer ? &i->newer->older : &w->newest) = i->older;
}

static struct inspection *inspection_of(struct worker *w, struct flow *f)
{
	struct inspection *i = f->inspection;

	if (i)
		return i;
	i = f->inspection = slab_get(&w->slab, inspection_bytes(f));
	if (i) {
		memset(i, 0, inspection_bytes(f));
		i->flow = f;
		turn_add(w, i);
	}
	return i;
}

/* Both sides are read anew, from this segment on, as that layer. */
static void restart(struct inspection *i, struct slab *slab, const struct pkt *p, uint8_t layer)
{
	for (unsigned side = 0; side < 2; side++) {
		stream_end(&i->streams[side], slab);
		i->streams[side] = (struct stream){.conflict = i->streams[side].conflict};
		i->layer[side] = layer;
	}
	stream_begin(&i->streams[p->side], p->tcp_seq);
}

static bool is_near(uint32_t number, uint32_t seq, uint32_t octets)
{
	return seq - number + octets <= 2 * octets;
}

/* Whether a segment stands behind all that is there of a side, which nobody took by then. */
static bool follows_unknown(const struct inspection *i, unsigned side, uint32_t seq)
{
	const struct stream *s = &i->streams[side];
	struct cursor window;

	if (s->done)
		return !i->is_sent[side] || is_near(i->sent[side], seq, STREAM_BYTES_MAX);
	return (stream_waiting(s, &window) &&
		s->base + (uint32_t)(window.end - window.begin) == seq);
}

/* At the start of a segment, one side after the other: after a negotiation that no dissector knows
 * TLS begins; in a connection whose beginning was not seen a message of what it speaks. */
static void late_begin(struct worker *w, struct flow *f, const struct pkt *p, struct cursor segment)
{
	struct inspection *i = f->inspection;
	const struct stream *s = &i->streams[p->side];

	if (i->layers[0].dissector || i->layer[0] || i->layer[1])
		return;
	if (cur_left(&segment) >= 6 && cur_peek(&segment, 0) == 22 && cur_peek(&segment, 1) == 3 &&
		cur_peek(&segment, 5) == 1) {
		if (follows_unknown(i, p->side, p->tcp_seq))
			restart(i, &w->slab, p, 1);
	} else if (s->done && !f->syn_sides && dissection_midstream(w, f, p, segment)) {
		restart(i, &w->slab, p, 0);
		i->gap[0] = i->gap[1] = GAP_BEGINNING;
		if (!f->app.app) /* nobody knew it by then */
			f->flags &= (uint8_t)~FLOW_APP_FINAL;
	}
}

/* Whether octets before a segment are lost to us alone: their receiver has got them. Where nothing
 * is heard of it, it may be so but for the first one of all. */
static bool is_loss(const struct flow *f, unsigned side, uint32_t seq)
{
	const struct inspection *i = f->inspection;
	const struct stream *s = &i->streams[side];
	uint32_t hole = s->base;
	struct cursor there;

	if (stream_waiting(s, &there))
		hole += (uint32_t)cur_left(&there);
	if ((int32_t)(seq - hole) <= 0)
		return true;
	if (f->tcp_flags[!side] & TCP_ACK)
		return i->is_acked[side] && (int32_t)(i->acked[side] - hole) > 0;
	return !(f->syn_sides & 1u << side) || hole != f->syn_next[side];
}

/* What cannot be kept may be forged, and is believed only when the next segment follows it. */
static bool is_believed(const struct flow *f, unsigned side, uint32_t seq, size_t bytes)
{
	struct inspection *i = f->inspection;
	bool follows = i->is_ahead[side] && i->ahead[side] == seq && is_loss(f, side, seq);

	i->is_ahead[side] = true;
	i->ahead[side] = seq + (uint32_t)bytes;
	return follows;
}

/* A segment into its stream. What is missing for too long is given up where the reader can go on
 * without it. */
static bool feed(struct worker *w, struct flow *f, const struct pkt *p, uint32_t seq,
	struct cursor segment, struct cursor *ret_window)
{
	struct inspection *i = f->inspection;
	struct stream *s = &i->streams[p->side];
	const struct dissector *reader = reader_of(i, p->side);

	if (stream_feed(s, &w->slab, seq, segment, ret_window))
		return true;
	if (!s->full)
		return false;
	s->full = false;
	if (!is_believed(f, p->side, seq, cur_left(&segment)))
		return false;
	w->ledger.n[LEDGER_REASSEMBLY_FULL]++;
	if (!reader || !reader->resumes) {
		stream_end(s, &w->slab);
		return false;
	}
	stream_restart(s, &w->slab, seq);
	i->gap[p->side] = GAP_WITHIN;
	return stream_feed(s, &w->slab, seq, segment, ret_window);
}

/* What can be read of a side, until it wants more. */
static void read_side(struct worker *w, struct flow *f, const struct pkt *p, struct cursor *window)
{
	struct stream *s = &f->inspection->streams[p->side];
	struct stream_wish wish = {0};

	do {
		if (dissection_read(w, f, p, window, &wish) != DISSECT_MORE) {
			stream_end(s, &w->slab);
			return;
		}
	} while (stream_keep(s, &w->slab, window, &wish, window));
	w->ledger.n[LEDGER_REASSEMBLY_FULL] += s->full;
	s->full = false;
}

/* Nothing is wanted of what is left. */
static void end_reached(struct worker *w, struct stream *s)
{
	if (!s->done && s->ended && !s->buffer && s->end - s->base <= s->skip)
		stream_end(s, &w->slab);
}

/* Whether the SYN that was seen is this segment's: one that nobody answered may be forged. */
static bool fits_syn(const struct flow *f, unsigned side, uint32_t seq)
{
	if (!(f->syn_sides & 1u << side))
		return false;
	return f->syn_sides == 3 || is_near(f->syn_next[side], seq, STREAM_AHEAD_MAX);
}

/* How far a side has come. What is far from all before it is believed when the next follows it. */
static void note_sent(struct inspection *i, const struct pkt *p, uint32_t seq)
{
	uint32_t end = seq + p->payload_wire, *sent = &i->sent[p->side];

	if (i->is_sent[p->side] && !is_near(*sent, end, SENT_JUMP_MAX) && i->jump[p->side] != seq)
		i->jump[p->side] = end;
	else if (!i->is_sent[p->side] || !is_near(*sent, end, SENT_JUMP_MAX) ||
		 (int32_t)(end - *sent) > 0)
		*sent = end;
	i->is_sent[p->side] = true;
}

static void note_acked(struct inspection *i, const struct pkt *p)
{
	unsigned side = !p->side;

	if (!(p->tcp_flags & TCP_ACK) || p->tcp_flags & (TCP_SYN | TCP_RST))
		return;
	if (!i->is_acked[side] || (int32_t)(p->tcp_ack - i->acked[side]) > 0)
		i->acked[side] = p->tcp_ack;
	i->is_acked[side] = true;
}

/* An acknowledgement of what its receiver never sent: hosts drop all of the segment (RFC 9293
 * section 3.10.7.4). Some of it may be lost to us, but before its first octets. */
static bool acks_too_much(const struct flow *f, const struct pkt *p)
{
	const struct inspection *i = f->inspection;
	unsigned side = !p->side;

	if (i && i->is_sent[side])
		return p->tcp_ack - i->sent[side] - 1 < INT32_MAX &&
		       p->tcp_ack - i->sent[side] > ACK_AHEAD_MAX;
	/* a FIN takes a number, too */
	return f->syn_sides & 1u << side && p->tcp_ack - f->syn_next[side] - 2 < INT32_MAX;
}

/* Octets, or an end, that no host takes: read, they would hide what it does take. */
static bool is_refused(const struct flow *f, const struct pkt *p)
{
	bool syn = p->tcp_flags & TCP_SYN;

	if (p->tcp_flags & TCP_RST || (syn && p->tcp_flags & TCP_FIN))
		return true;
	if (syn && f->syn_next[p->side] != p->tcp_seq + 1)
		return true;
	if (!(p->tcp_flags & TCP_ACK)) /* a SYN comes before what answers it */
		return !syn || f->syn_sides & 1u << !p->side;
	return acks_too_much(f, p);
}

static void dissect_tcp(struct worker *w, struct flow *f, const struct pkt *p)
{
	struct stream *s = &f->inspection->streams[p->side];
	struct cursor segment = cur_init(p->bytes + p->payload_offset, p->payload_bytes), window;
	/* a SYN takes one number before the octets that it may carry (RFC 7413) */
	uint32_t seq = p->tcp_seq + !!(p->tcp_flags & TCP_SYN);

	late_begin(w, f, p, segment);
	note_sent(f->inspection, p, seq);
	if (!s->based && !f->inspection->layer[p->side]) {
		if (fits_syn(f, p->side, seq))
			stream_begin(s, f->syn_next[p->side]);
		else
			f->inspection->gap[p->side] = GAP_BEGINNING;
	}
	if (p->tcp_flags & TCP_FIN)
		stream_finish(s, seq + p->payload_bytes);
	/* a segment that is larger than what can wait (offloaded, or of a loopback) goes in slices
	 */
	while (cur_left(&segment) && !s->done) {
		bool waits = s->buffer || (s->based && s->base != seq);
		size_t left = cur_left(&segment), bytes = waits && left > SLICE ? SLICE : left;

		if (feed(w, f, p, seq, cur_sub(&segment, bytes), &window))
			read_side(w, f, p, &window);
		seq += (uint32_t)bytes;
	}
	end_reached(w, s);
}

/* The usual end: a FIN alone. What waits without a hole is all that will be there. */
static void finish_tcp(struct worker *w, struct flow *f, const struct pkt *p)
{
	struct stream *s = &f->inspection->streams[p->side];
	struct cursor window;

	if (s->done || !s->based)
		return;
	stream_finish(s, p->tcp_seq);
	if (stream_waiting(s, &window) && stream_at_end(s, &window))
		read_side(w, f, p, &window);
	end_reached(w, s);
}

static bool on_dns_port(const struct flow *f)
{
	return f->key.port[0] == DNS_PORT || f->key.port[1] == DNS_PORT;
}

static void dissect_udp(struct worker *w, struct flow *f, const struct pkt *p)
{
	struct cursor datagram = cur_init(p->bytes + p->payload_offset, p->payload_bytes);
	enum dissect_result result;

	if (is_done(f, p->side))
		return;
	result = dissection_datagram(w, f, p, datagram);
	/* one forged datagram must not end the reading of others */
	if (result == DISSECT_DONE && !on_dns_port(f))
		f->inspection->done[p->side] = true;
}

static bool has_messages(const struct inspection *i)
{
	for (unsigned l = 0; l < LAYERS_MAX; l++) {
		if (i->layers[l].dissector && dissectors[i->layers[l].dissector - 1]->message)
			return true;
	}
	return false;
}

/* Nothing more is wanted of the flow. Messages are read as long as there are any. */
static bool satisfied(const struct worker *w, const struct flow *f)
{
	const struct inspection *i = f->inspection;
	const struct dissector *readers[2] = {reader_of(i, 0), reader_of(i, 1)};
	const struct dissector *reader = readers[f->initiator];

	if (i->engine)
		return false;
	if (f->key.protocol == PROTOCOL_UDP && (on_dns_port(f) || has_messages(i)))
		return false;
	if (is_done(f, 0) && is_done(f, 1))
		return f->dissector || i->layer[0] || i->layer[1] ||
		       f->key.protocol != PROTOCOL_TCP || i->packets >= LATE_PACKETS;
	if (reader && reader->client_only && is_done(f, f->initiator))
		return true;
	for (unsigned side = 0; side < 2; side++) {
		if (readers[side] && readers[side]->message && !is_done(f, side))
			return false;
	}
	/* a buffer ends by its octets; one a packet is the most that it can take */
	if (f->key.protocol == PROTOCOL_TCP && (i->streams[0].buffer || i->streams[1].buffer))
		return i->packets >= STREAM_BYTES_MAX;
	/* small packets count for less: what comes before TLS may come octet by octet */
	return i->packets >= w->settings->inspect_packets &&
	       (f->key.protocol != PROTOCOL_TCP || i->octets >= STREAM_BYTES_MAX / 4);
}

static void inspection_end(struct worker *w, struct flow *f)
{
	struct inspection *i = f->inspection;

	if (!i)
		return;
	naming_end(w, i);
	for (unsigned side = 0; side < 2 && f->key.protocol == PROTOCOL_TCP; side++) {
		w->ledger.n[LEDGER_REASSEMBLY_CONFLICT] += i->streams[side].conflict;
		stream_end(&i->streams[side], &w->slab);
	}
	dissection_end(w, i);
	turn_remove(w, i);
	slab_put(&w->slab, i, inspection_bytes(f));
	f->inspection = NULL;
}

/* What nobody wants more of is decided and given back. */
static void settle(struct worker *w, struct flow *f)
{
	if (!satisfied(w, f))
		return;
	naming_decide(w, f);
	inspection_end(w, f);
	f->flags |= FLOW_INSPECTED;
}

/* When memory is short those that nothing was heard of since their last turn are let go of, a few
 * for each packet: what was made to fill it is silent. */
static void make_room(struct worker *w, const struct flow *current)
{
	for (unsigned turns = 0; turns < TURNS_MAX && w->oldest; turns++) {
		struct inspection *i = w->oldest;
		struct flow *f = i->flow;

		if (f == current || i->packets > i->packets_seen + 1) {
			i->packets_seen = i->packets;
			turn_remove(w, i);
			turn_add(w, i);
			continue;
		}
		w->ledger.n[LEDGER_REASSEMBLY_SHED]++;
		naming_decide(w, f);
		inspection_end(w, f);
		f->flags |= FLOW_INSPECTED;
	}
}

void inspect_packet(struct worker *w, struct flow *f, const struct pkt *p)
{
	bool tcp = f->key.protocol == PROTOCOL_TCP;

	if (tcp && (p->payload_bytes || p->tcp_flags & TCP_FIN) && is_refused(f, p)) {
		w->ledger.n[LEDGER_REFUSED_TCP]++;
		return;
	}
	if (tcp && f->inspection)
		note_acked(f->inspection, p);
	if (p->payload_bytes == 0) {
		if (p->tcp_flags & TCP_FIN && f->inspection) {
			finish_tcp(w, f, p);
			settle(w, f);
		}
		return;
	}
	f->flags |= FLOW_PAYLOAD;
	if (tcp && f->inspection && !f->inspection->engine && !(p->tcp_flags & TCP_FIN) &&
		stream_pass(&f->inspection->streams[p->side], p->tcp_seq, p->payload_bytes)) {
		note_sent(f->inspection, p, p->tcp_seq);
		return;
	}
	if (slab_is_short(&w->slab))
		make_room(w, f);
	if (!inspection_of(w, f)) {
		f->flags |= FLOW_INSPECTED;
		w->ledger.n[LEDGER_REASSEMBLY_FULL]++;
		return;
	}
	f->inspection->packets++;
	f->inspection->octets += p->payload_bytes;
	if (tcp)
		dissect_tcp(w, f, p);
	else if (f->key.protocol == PROTOCOL_UDP)
		dissect_udp(w, f, p);
	else
		f->inspection->done[0] = f->inspection->done[1] = true;
	naming_packet(w, f, p);
	settle(w, f);
}

void inspect_turn(struct worker *w, struct flow *f)
{
	inspection_end(w, f);
	if (w->asks_as || w->has_signatures) { /* the server is the other one */
		facts_load(w, f);
		hit_begin(w, f, f->last_ns);
		facts_store(w, f);
	}
	if (!(f->flags & FLOW_APP_FINAL))
		f->dissector = 0;
}

void inspect_end(struct worker *w, struct flow *f)
{
	inspection_end(w, f);
	facts_end(w, f);
}
