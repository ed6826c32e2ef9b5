/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/inspect.h"

#include "base/schema.h"
#include "probe/dissection.h"
#include "probe/facts.h"
#include "probe/hit.h"
#include "probe/naming.h"

#define LATE_PACKETS 16 /* of a connection that is nothing we know, in which TLS may yet begin */
#define SLICE        (STREAM_BYTES_MAX / 2)
#define TCP_FIN      1
#define TCP_SYN      2

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

static struct inspection *inspection_of(struct worker *w, struct flow *f)
{
	if (!f->inspection) {
		f->inspection = slab_get(&w->slab, sizeof(*f->inspection));
		if (f->inspection)
			*f->inspection = (struct inspection){.packets = 0};
	}
	return f->inspection;
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

/* Whether a segment stands behind all that is there of a side, which nobody took by then. */
static bool follows_unknown(const struct stream *s, uint32_t seq)
{
	struct cursor window;

	return s->done || (stream_waiting(s, &window) &&
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
		if (follows_unknown(s, p->tcp_seq))
			restart(i, &w->slab, p, 1);
	} else if (s->done && !f->syn_sides && dissection_midstream(w, f, p, segment)) {
		restart(i, &w->slab, p, 0);
		i->gap[0] = i->gap[1] = GAP_BEGINNING;
		if (!f->app.app) /* nobody knew it by then */
			f->flags &= (uint8_t)~FLOW_APP_FINAL;
	}
}

/* What cannot be kept may be forged, and is believed only when the next segment follows it. */
static bool is_believed(struct inspection *i, unsigned side, uint32_t seq, size_t bytes)
{
	bool follows = i->is_ahead[side] && i->ahead[side] == seq;

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
	if (!is_believed(i, p->side, seq, cur_left(&segment)))
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

static void dissect_tcp(struct worker *w, struct flow *f, const struct pkt *p)
{
	struct stream *s = &f->inspection->streams[p->side];
	struct cursor segment = cur_init(p->bytes + p->payload_offset, p->payload_bytes), window;
	/* a SYN takes one number before the octets that it may carry (RFC 7413) */
	uint32_t seq = p->tcp_seq + !!(p->tcp_flags & TCP_SYN);

	late_begin(w, f, p, segment);
	if (!s->based && !f->inspection->layer[p->side]) {
		if (f->syn_sides & 1u << p->side)
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

static void dissect_udp(struct worker *w, struct flow *f, const struct pkt *p)
{
	struct cursor datagram = cur_init(p->bytes + p->payload_offset, p->payload_bytes);
	const struct dissector *reader;
	struct stream_wish wish;

	if (f->inspection->streams[p->side].done)
		return;
	switch (dissection_read(w, f, p, &datagram, &wish)) {
	case DISSECT_MORE:
		break;
	case DISSECT_BAD: /* one forged datagram must not end the reading of messages */
		reader = reader_of(f->inspection, p->side);
		if (reader && reader->message)
			break;
		__attribute__((fallthrough));
	default:
		f->inspection->streams[p->side].done = true;
	}
}

/* Nothing more is wanted of the flow. Messages are read as long as there are any. */
static bool satisfied(const struct worker *w, const struct flow *f)
{
	const struct inspection *i = f->inspection;
	const struct dissector *readers[2] = {reader_of(i, 0), reader_of(i, 1)};
	const struct dissector *reader = readers[f->initiator];

	if (i->engine)
		return false;
	if (i->streams[0].done && i->streams[1].done)
		return f->dissector || i->layer[0] || i->layer[1] ||
		       f->key.protocol != PROTOCOL_TCP || i->packets >= LATE_PACKETS;
	if (reader && reader->client_only && i->streams[f->initiator].done)
		return true;
	for (unsigned side = 0; side < 2; side++) {
		if (readers[side] && readers[side]->message && !i->streams[side].done)
			return false;
	}
	/* a buffer ends by its octets; one a packet is the most that it can take */
	if (i->streams[0].buffer || i->streams[1].buffer)
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
	for (unsigned side = 0; side < 2; side++) {
		w->ledger.n[LEDGER_REASSEMBLY_CONFLICT] += i->streams[side].conflict;
		stream_end(&i->streams[side], &w->slab);
	}
	dissection_end(w, i);
	slab_put(&w->slab, i, sizeof(*i));
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

void inspect_packet(struct worker *w, struct flow *f, const struct pkt *p)
{
	if (p->payload_bytes == 0) {
		if (p->tcp_flags & TCP_FIN && f->inspection) {
			finish_tcp(w, f, p);
			settle(w, f);
		}
		return;
	}
	f->flags |= FLOW_PAYLOAD;
	if (f->inspection && !f->inspection->engine && !(p->tcp_flags & TCP_FIN) &&
		stream_pass(&f->inspection->streams[p->side], p->tcp_seq, p->payload_bytes))
		return;
	if (!inspection_of(w, f)) {
		f->flags |= FLOW_INSPECTED;
		w->ledger.n[LEDGER_REASSEMBLY_FULL]++;
		return;
	}
	f->inspection->packets++;
	f->inspection->octets += p->payload_bytes;
	if (f->key.protocol == PROTOCOL_TCP)
		dissect_tcp(w, f, p);
	else if (f->key.protocol == PROTOCOL_UDP)
		dissect_udp(w, f, p);
	else
		f->inspection->streams[0].done = f->inspection->streams[1].done = true;
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
