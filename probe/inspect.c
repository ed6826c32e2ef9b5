/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/inspect.h"

#include <string.h>

#include "base/schema.h"
#include "probe/flow/stream.h"
#include "probe/hit.h"
#include "probe/summarise.h"

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define LATE_PACKETS 16 /* of a connection that is nothing we know, in which TLS may yet begin */
#define LAYERS_MAX   3  /* a proxy, another one in it, TLS in that */
#define TCP_SYN      2
#define TCP_FIN      1

/* One protocol of a connection that may go on as another. */
struct layer {
	void *state;         /* of the dissector */
	uint32_t facts_from; /* facts of the flow when it was recognised */
	uint8_t dissector;   /* 1 + index in dissectors[]; 0: none (yet) */
};

enum gap { GAP_NONE, GAP_WITHIN, GAP_BEGINNING };

/* What reading the first octets of a flow needs; given back as soon as they are read. */
struct inspection {
	struct stream streams[2]; /* by side of the key; of UDP only `done` is used */
	struct layer layers[LAYERS_MAX];
	struct classify_state *engine;
	uint32_t packets, octets; /* with payload; of it */
	uint8_t layer[2];         /* which one the sides speak */
	uint8_t gap[2]; /* enum gap: octets of a side are missing, its dissector was not told yet */
	bool fits[2];   /* a side's octets were what the dissector takes them for */
	bool engine_tried;
};

static struct dissect dissect_of(struct worker *w, const struct flow *f, unsigned side)
{
	return (struct dissect){
		.transport = f->key.protocol == PROTOCOL_TCP ? DISSECT_TCP : DISSECT_UDP,
		.direction = side == f->initiator ? DISSECT_TO_SERVER : DISSECT_TO_CLIENT,
		.port_client = f->key.port[f->initiator],
		.port_server = f->key.port[!f->initiator],
		.scratch = w->dissect_bytes,
		.flow = &w->facts,
		.message = &w->message,
	};
}

static struct layer *layer_of(struct inspection *i, unsigned side)
{
	return &i->layers[i->layer[side]];
}

/* What reads a side now; NULL: nothing does. */
static const struct dissector *reader_of(const struct inspection *i, unsigned side)
{
	uint8_t dissector = i->layers[i->layer[side]].dissector;

	return dissector ? dissectors[dissector - 1] : NULL;
}

/* nDPI's name for what the dissector of the first octets recognises; NULL: nDPI is asked. */
static const char *application_name(const struct flow *f)
{
	const struct dissector *d = f->dissector ? dissectors[f->dissector - 1] : NULL;

	return d && d->applications ? d->applications[f->key.protocol == PROTOCOL_UDP] : NULL;
}

/* Facts lie in a piece of just their size; they are written in the worker's scratch. */
static void facts_load(struct worker *w, const struct flow *f)
{
	record_clear(&w->facts);
	if (f->facts_bytes)
		memcpy(w->facts.bytes, f->facts, f->facts_bytes);
	w->facts.used = f->facts_bytes;
}

static void facts_store(struct worker *w, struct flow *f)
{
	void *piece;

	w->ledger.n[LEDGER_VALUES_LOST] += w->facts.lost_values;
	if (w->facts.used == f->facts_bytes)
		return;
	piece = slab_get(&w->slab, w->facts.used);
	if (!piece) {
		w->ledger.n[LEDGER_VALUES_LOST]++;
		return;
	}
	slab_put(&w->slab, f->facts, f->facts_bytes);
	memcpy(piece, w->facts.bytes, w->facts.used);
	f->facts = piece;
	f->facts_bytes = w->facts.used;
}

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

/* nDPI's name for what a dissector knows, once there is a host name or when there will be none.
 * `name` says more than the dissector's own one, or is NULL. */
static void classify_by_name(
	struct worker *w, struct flow *f, const struct record *r, const char *name, bool last)
{
	struct pkt p = {.key = f->key, .side = f->initiator};
	struct record_value v = {0}, host = {0};

	last = last || name;
	if (!name)
		name = application_name(f);
	if (f->flags & FLOW_APP_FINAL || !application_name(f))
		return;
	while (!host.field && record_next(r, &v)) {
		if (v.field->flags & FIELD_HOST)
			host = v;
	}
	if (!host.field && !last)
		return;
	w->ledger.n[LEDGER_NDPI_NAMES]++;
	f->app = w->classify->by_name(w->classifier, &p, name, (const char *)host.text, host.bytes);
	f->flags |= FLOW_APP_FINAL;
}

static void send_message(
	struct worker *w, struct flow *f, const struct pkt *p, const char *application)
{
	struct record r;

	record_init(&r, w->message.kind, w->record_bytes, sizeof(w->record_bytes));
	summarise_common(&r, f, p->time_ns);
	record_append(&r, &w->message);
	worker_send(w, &r);
	hit_find_new(w, f, p, &w->message, 0);
	classify_by_name(w, f, &w->message, application, false);
}

/* Pass over what the dissector does not want, as far as it is in the window. */
static void skip(struct dissect *d, struct cursor *window)
{
	size_t left = cur_left(window), bytes = d->skip_bytes < left ? (size_t)d->skip_bytes : left;

	cur_skip(window, bytes);
	d->skip_bytes -= bytes;
}

/* One dissector over a window; DISSECT_MESSAGE is dealt with here. */
static enum dissect_result parse(struct worker *w, struct flow *f, const struct pkt *p,
	struct dissect *d, struct cursor *window)
{
	const struct dissector *dissector = reader_of(f->inspection, p->side);
	enum dissect_result result;
	bool passed;

	do {
		const uint8_t *before = window->pos;
		uint32_t facts = w->facts.used;

		w->message.kind = dissector->message;
		record_clear(&w->message);
		d->want_bytes = 0;
		d->skip_bytes = 0;
		result = dissector->parse(d, window);
		d->gap = false;
		w->ledger.n[LEDGER_DISSECT_CALLS]++;
		hit_find_new(w, f, p, &w->facts, facts);
		if (result == DISSECT_MESSAGE) {
			send_message(w, f, p, d->application);
			if (window->pos == before)
				return DISSECT_BAD;
		}
		passed = result == DISSECT_MORE && d->skip_bytes;
		if (result == DISSECT_MESSAGE || result == DISSECT_MORE)
			skip(d, window);
		passed = passed && cur_left(window) >= d->want_bytes;
	} while ((result == DISSECT_MESSAGE || passed) && cur_left(window));
	budget_count(&w->budget, &w->ledger, d);
	return result == DISSECT_MESSAGE ? DISSECT_MORE : result;
}

/* Ask the dissectors in turn; GUESS_MORE when one of them may still take it. */
static enum dissect_guess guess(struct layer *l, const struct dissect *d, struct cursor window)
{
	enum dissect_guess best = GUESS_NO;

	for (unsigned i = 0; dissectors[i]; i++) {
		enum dissect_guess g;

		if (!(dissectors[i]->transports & 1u << d->transport))
			continue;
		g = dissectors[i]->probe(d, window);
		if (g == GUESS_YES) {
			l->dissector = (uint8_t)(i + 1);
			return g;
		}
		if (g == GUESS_MORE)
			best = g;
	}
	return best;
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

static bool state_begin(struct worker *w, struct layer *l)
{
	size_t bytes = dissectors[l->dissector - 1]->state_bytes;

	if (!bytes || l->state)
		return true;
	l->state = slab_get(&w->slab, bytes);
	if (l->state)
		memset(l->state, 0, bytes);
	return l->state;
}

static void engine_end(struct worker *w, struct inspection *i)
{
	if (i->engine)
		w->classify->end(w->classifier, i->engine);
	i->engine = NULL;
}

static void state_end(struct worker *w, struct layer *l)
{
	if (l->state)
		slab_put(&w->slab, l->state, dissectors[l->dissector - 1]->state_bytes);
	l->state = NULL;
}

/* A dissector takes the flow, or what goes on in it. */
static void dissector_begin(struct worker *w, struct flow *f, struct layer *l)
{
	l->facts_from = f->facts_bytes;
	if (l != f->inspection->layers)
		return;
	f->dissector = l->dissector;
	if (application_name(f)) {
		engine_end(w, f->inspection);
		f->inspection->engine_tried = true;
	}
}

/* The dissector was mistaken in its guess: the flow is as before. */
static void dissector_retract(struct worker *w, struct flow *f, struct layer *l)
{
	bool first = l == f->inspection->layers;

	w->ledger.n[LEDGER_DISSECT_BAD]++;
	if (w->facts.used != l->facts_from || (first && f->flags & FLOW_APP_FINAL))
		return;
	state_end(w, l);
	l->dissector = 0;
	if (first) {
		f->inspection->engine_tried = f->inspection->engine;
		f->dissector = 0;
	}
}

/* Whether the side's dissector is told of missing octets now; it is told once. */
static bool gap_told(struct inspection *i, unsigned side)
{
	const struct dissector *reader = reader_of(i, side);
	uint8_t gap = i->gap[side];

	i->gap[side] = GAP_NONE;
	return gap == GAP_WITHIN ? reader->resumes : gap == GAP_BEGINNING && reader->midstream;
}

/* The window of one direction through guess and parse, as one protocol. */
static enum dissect_result dissect_layer(struct worker *w, struct flow *f, const struct pkt *p,
	struct cursor *window, struct stream_wish *ret_wish)
{
	struct inspection *i = f->inspection;
	struct layer *l = layer_of(i, p->side);
	struct dissect d = dissect_of(w, f, p->side);
	enum dissect_result result;

	d.end_of_stream = f->key.protocol == PROTOCOL_TCP && p->tcp_flags & TCP_FIN;
	if (!l->dissector) {
		enum dissect_guess g = guess(l, &d, *window);

		if (g != GUESS_YES)
			return g == GUESS_MORE ? DISSECT_MORE : DISSECT_DONE;
		dissector_begin(w, f, l);
	}
	if (!state_begin(w, l)) {
		w->ledger.n[LEDGER_REASSEMBLY_FULL]++;
		return DISSECT_DONE;
	}
	d.state = l->state;
	d.gap = gap_told(i, p->side);
	d.frugal = budget_is_spent(&w->budget, w->settings->decrypts_per_s, p->clock_ns);
	facts_load(w, f);
	result = parse(w, f, p, &d, window);
	*ret_wish = (struct stream_wish){d.skip_bytes, d.want_bytes};
	i->fits[p->side] |= result != DISSECT_BAD || d.transport == DISSECT_UDP;
	if (result == DISSECT_BAD)
		dissector_retract(w, f, l);
	else if (l == i->layers)
		classify_by_name(w, f, &w->facts, d.application,
			(result == DISSECT_DONE || result == DISSECT_NEXT) &&
				d.direction == DISSECT_TO_SERVER);
	facts_store(w, f);
	/* a side may be something else than the other one, as SSH that answers HTTP */
	return result == DISSECT_BAD && l->dissector && !i->fits[p->side] ? DISSECT_NEXT : result;
}

/* The same through as many protocols as follow each other in it. */
static enum dissect_result dissect(struct worker *w, struct flow *f, const struct pkt *p,
	struct cursor *window, struct stream_wish *ret_wish)
{
	uint8_t *layer = &f->inspection->layer[p->side];
	enum dissect_result result;

	while ((result = dissect_layer(w, f, p, window, ret_wish)) == DISSECT_NEXT) {
		*ret_wish = (struct stream_wish){0};
		if (*layer + 1 == LAYERS_MAX)
			return DISSECT_DONE;
		++*layer;
		if (cur_left(window) == 0)
			return DISSECT_MORE;
	}
	return result;
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

static bool begins_midstream(
	struct worker *w, const struct flow *f, const struct pkt *p, struct cursor segment)
{
	struct dissect d = dissect_of(w, f, p->side);

	d.gap = true;
	for (unsigned i = 0; dissectors[i]; i++) {
		if (dissectors[i]->midstream && dissectors[i]->transports & 1u << DISSECT_TCP &&
			dissectors[i]->probe(&d, segment) == GUESS_YES)
			return true;
	}
	return false;
}

/* At the start of a segment, one side after the other: after a negotiation that no dissector knows
 * TLS begins; in a connection whose beginning was not seen a message of what it speaks. */
static void late_begin(struct worker *w, struct flow *f, const struct pkt *p, struct cursor segment)
{
	struct inspection *i = f->inspection;

	if (i->layers[0].dissector || i->layer[0] || i->layer[1] || !i->streams[p->side].done)
		return;
	if (cur_left(&segment) >= 6 && cur_peek(&segment, 0) == 22 && cur_peek(&segment, 1) == 3 &&
		cur_peek(&segment, 5) == 1) {
		restart(i, &w->slab, p, 1);
	} else if (!f->syn_sides && begins_midstream(w, f, p, segment)) {
		restart(i, &w->slab, p, 0);
		i->gap[0] = i->gap[1] = GAP_BEGINNING;
		if (!f->app.app) /* nobody knew it by then */
			f->flags &= (uint8_t)~FLOW_APP_FINAL;
	}
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
	w->ledger.n[LEDGER_REASSEMBLY_FULL]++;
	if (!reader || !reader->resumes) {
		stream_end(s, &w->slab);
		return false;
	}
	stream_restart(s, &w->slab, seq);
	i->gap[p->side] = GAP_WITHIN;
	return stream_feed(s, &w->slab, seq, segment, ret_window);
}

static void dissect_tcp(struct worker *w, struct flow *f, const struct pkt *p)
{
	struct stream *s = &f->inspection->streams[p->side];
	struct cursor segment = cur_init(p->bytes + p->payload_offset, p->payload_bytes), window;
	struct stream_wish wish = {0};

	late_begin(w, f, p, segment);
	if (!s->based && !f->inspection->layer[p->side]) {
		if (f->syn_sides & 1u << p->side)
			stream_begin(s, f->syn_next[p->side]);
		else
			f->inspection->gap[p->side] = GAP_BEGINNING;
	}
	/* a SYN takes one number before the octets that it may carry (RFC 7413) */
	if (!feed(w, f, p, p->tcp_seq + !!(p->tcp_flags & TCP_SYN), segment, &window))
		return;
	do {
		if (dissect(w, f, p, &window, &wish) != DISSECT_MORE) {
			stream_end(s, &w->slab);
			return;
		}
	} while (stream_keep(s, &w->slab, &window, &wish, &window));
	w->ledger.n[LEDGER_REASSEMBLY_FULL] += s->full;
	s->full = false;
}

static void dissect_udp(struct worker *w, struct flow *f, const struct pkt *p)
{
	struct cursor datagram = cur_init(p->bytes + p->payload_offset, p->payload_bytes);
	const struct dissector *reader;
	struct stream_wish wish;

	if (f->inspection->streams[p->side].done)
		return;
	switch (dissect(w, f, p, &datagram, &wish)) {
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

static void engine_packet(struct worker *w, struct flow *f, const struct pkt *p)
{
	struct inspection *i = f->inspection;

	if (!i->engine && !i->engine_tried) {
		i->engine_tried = true;
		i->engine = w->classify->begin(w->classifier, p);
		w->ledger.n[LEDGER_NDPI_SHED] += !i->engine;
	}
	if (!i->engine)
		return;
	w->ledger.n[LEDGER_NDPI_PACKETS]++;
	if (w->classify->packet(w->classifier, i->engine, p, p->side == f->initiator, &f->app)) {
		w->ledger.n[LEDGER_NDPI_GIVEUP] += f->app.by != CLASSIFY_ENGINE;
		f->flags |= FLOW_APP_FINAL;
		engine_end(w, i);
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
	engine_end(w, i);
	for (unsigned side = 0; side < 2; side++) {
		w->ledger.n[LEDGER_REASSEMBLY_CONFLICT] += i->streams[side].conflict;
		stream_end(&i->streams[side], &w->slab);
	}
	for (unsigned l = 0; l < LAYERS_MAX; l++)
		state_end(w, &i->layers[l]);
	slab_put(&w->slab, i, sizeof(*i));
	f->inspection = NULL;
}

void inspect_packet(struct worker *w, struct flow *f, const struct pkt *p)
{
	if (p->payload_bytes == 0)
		return;
	f->flags |= FLOW_PAYLOAD;
	if (f->inspection && !f->inspection->engine &&
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
	if (!application_name(f) && !(f->flags & FLOW_APP_FINAL))
		engine_packet(w, f, p);
	if (satisfied(w, f)) {
		inspect_decide(w, f);
		inspection_end(w, f);
		f->flags |= FLOW_INSPECTED;
	}
}

void inspect_decide(struct worker *w, struct flow *f)
{
	if (f->flags & FLOW_APP_FINAL)
		return;
	if (application_name(f)) {
		facts_load(w, f);
		classify_by_name(w, f, &w->facts, NULL, true);
	} else if (f->inspection && f->inspection->engine) {
		f->app = w->classify->give_up(w->classifier, f->inspection->engine);
	} else {
		struct pkt p = {.key = f->key, .side = f->initiator};

		f->app = w->classify->by_port(w->classifier, &p);
	}
}

void inspect_end(struct worker *w, struct flow *f)
{
	inspection_end(w, f);
	slab_put(&w->slab, f->facts, f->facts_bytes);
	f->facts = NULL;
	f->facts_bytes = 0;
}
