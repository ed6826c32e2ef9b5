/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/dissection.h"

#include <string.h>

#include "base/schema.h"
#include "probe/facts.h"
#include "probe/hit.h"
#include "probe/naming.h"
#include "probe/summarise.h"

#define PORTS_OF_SERVICES 1024

/* Who began a connection shows in a SYN, and in the answer to one; of datagrams it is who asked a
 * port of a service from one that is none. */
static bool is_certain(const struct flow *f)
{
	if (f->key.protocol == PROTOCOL_TCP)
		return f->flags & FLOW_SYN_SEEN || f->syn_sides & 1u << !f->initiator;
	return f->key.port[!f->initiator] < PORTS_OF_SERVICES &&
	       f->key.port[f->initiator] >= PORTS_OF_SERVICES;
}

static void *more(void *keeper, size_t bytes)
{
	struct worker *w = keeper;
	void *piece = slab_get(&w->slab, bytes);

	w->ledger.n[LEDGER_REASSEMBLY_FULL] += !piece;
	return piece;
}

static struct dissect dissect_of(struct worker *w, const struct flow *f, unsigned side)
{
	return (struct dissect){
		.transport = f->key.protocol == PROTOCOL_TCP ? DISSECT_TCP : DISSECT_UDP,
		.direction = side == f->initiator ? DISSECT_TO_SERVER : DISSECT_TO_CLIENT,
		.certain = is_certain(f),
		.port_client = f->key.port[f->initiator],
		.port_server = f->key.port[!f->initiator],
		.more = more,
		.keeper = w,
		.scratch = w->dissect_bytes,
		.flow = &w->facts,
		.message = &w->message,
	};
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
	naming_by_host(w, f, &w->message, application, false);
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
		w->ledger.n[LEDGER_REASSEMBLY_CONFLICT] += d->conflict;
		d->conflict = false;
		hit_find_new(w, f, p, &w->facts, facts);
		if (result == DISSECT_MESSAGE) {
			send_message(w, f, p, d->application);
			if (window->pos == before)
				result = DISSECT_BAD;
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

static void state_end(struct worker *w, struct layer *l)
{
	const struct dissector *d;

	if (!l->state)
		return;
	d = dissectors[l->dissector - 1];
	if (d->more_bytes)
		slab_put(&w->slab, *(void **)l->state, d->more_bytes);
	slab_put(&w->slab, l->state, d->state_bytes);
	l->state = NULL;
}

/* Of a flow of datagrams that began as something else, or was made to look so: one that sends
 * messages is what it is. */
static bool names_flow(const struct flow *f, const struct layer *l)
{
	return f->key.protocol == PROTOCOL_UDP && dissectors[l->dissector - 1]->message &&
	       !(f->flags & FLOW_APP_FINAL);
}

/* A dissector takes the flow, or what goes on in it. */
static void dissector_begin(struct worker *w, struct flow *f, struct layer *l)
{
	l->facts_from = f->facts_bytes;
	if (l != f->inspection->layers && !names_flow(f, l))
		return;
	f->dissector = l->dissector;
	if (naming_dissector(f)) {
		naming_end(w, f->inspection);
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

	d.end_of_stream = f->key.protocol == PROTOCOL_TCP &&
			  stream_at_end(&i->streams[p->side], window);
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
		naming_by_host(w, f, &w->facts, d.application,
			(result == DISSECT_DONE || result == DISSECT_NEXT) &&
				d.direction == DISSECT_TO_SERVER);
	facts_store(w, f);
	/* a side may be something else than the other one, as SSH that answers HTTP */
	return result == DISSECT_BAD && l->dissector && !i->fits[p->side] ? DISSECT_NEXT : result;
}

/* Which dissector a datagram is for. Several protocols may share two ports, and anybody may forge a
 * datagram of another one: each goes to the dissector that knows it, and all keep their states.
 * `tried`: who reads the side was asked and did not know it. False: nobody does. */
static bool route(struct worker *w, struct flow *f, const struct pkt *p,
	const struct cursor *datagram, bool tried)
{
	struct inspection *i = f->inspection;
	struct dissect d = dissect_of(w, f, p->side);
	const struct dissector *reader = reader_of(i, p->side);
	struct layer fresh = {0}, *l;
	uint8_t slot = 0;

	/* one that sends messages tells for itself: they are many */
	if (!tried && reader && (reader->message || reader->probe(&d, *datagram) != GUESS_NO))
		return true;
	if (guess(&fresh, &d, *datagram) != GUESS_YES)
		return false;
	while (slot < LAYERS_MAX && i->layers[slot].dissector &&
		i->layers[slot].dissector != fresh.dissector)
		slot++;
	if (slot == LAYERS_MAX)
		slot--; /* the last one gives way */
	i->layer[p->side] = slot;
	l = &i->layers[slot];
	if (l->dissector == fresh.dissector)
		return true;
	if (l->dissector)
		state_end(w, l);
	l->dissector = fresh.dissector;
	dissector_begin(w, f, l);
	return true;
}

enum dissect_result dissection_datagram(
	struct worker *w, struct flow *f, const struct pkt *p, struct cursor datagram)
{
	enum dissect_result result = DISSECT_MORE;
	struct stream_wish wish;
	struct cursor window = datagram;

	if (!route(w, f, p, &datagram, false))
		return DISSECT_MORE;
	result = dissect_layer(w, f, p, &window, &wish);
	if (result == DISSECT_BAD && route(w, f, p, &datagram, true)) {
		window = datagram;
		result = dissect_layer(w, f, p, &window, &wish);
	}
	return result == DISSECT_NEXT ? DISSECT_MORE : result;
}

enum dissect_result dissection_read(struct worker *w, struct flow *f, const struct pkt *p,
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

bool dissection_midstream(
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

void dissection_end(struct worker *w, struct inspection *i)
{
	for (unsigned l = 0; l < LAYERS_MAX; l++)
		state_end(w, &i->layers[l]);
}
