/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/schema.h"
#include "dissectors/dns.h"
#include "probe/hit.h"
#include "probe/inspect.h"
#include "probe/naming.h"
#include "probe/summarise.h"

#define PROTOCOL_TCP   6
#define LOOK_AHEAD     6 /* packets, so that what hangs on their flows is there when they come */
#define SYN_OCTETS_MAX 65535u /* that it may carry: RFC 7413 */

enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

static void worker_free_ptr(struct worker **w)
{
	worker_free(*w);
}

int worker_new(struct worker **ret, const struct worker_parts *parts)
{
	_cleanup_(worker_free_ptr) struct worker *w = calloc(1, sizeof(*w));
	int error;

	if (!w)
		return -ENOMEM;
	w->settings = parts->settings;
	w->classify = parts->classify;
	w->asn = parts->asn;
	w->number = parts->number;
	w->outlet = parts->outlet;
	record_init(&w->facts, &kind_flow, w->facts_bytes, sizeof(w->facts_bytes));
	record_init(&w->message, NULL, w->message_bytes, sizeof(w->message_bytes));
	error = flow_table_init(&w->table, parts->settings->flow_count, &parts->key);
	if (!error)
		error = slab_init(&w->slab, parts->settings->memory_bytes);
	if (!error)
		error = w->classify->open(&w->classifier, parts->settings->engine_states);
	if (!error)
		*ret = steal(w);
	return error;
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	if (w->classifier)
		w->classify->close(w->classifier);
	slab_done(&w->slab);
	flow_table_done(&w->table);
	free(w);
}

void worker_use(struct worker *w, const struct signature_set *set)
{
	struct sigdb_span signatures = sigdb_of_type(set->db, INDICATOR_SIGNATURE);

	w->set = set;
	w->db = set->db;
	w->asks_as = sigdb_as_count(w->db);
	w->has_signatures = signatures.end > signatures.begin;
	w->match = set->match;
	w->matcher = set->matchers[w->number];
	w->tally = set->guard ? guard_tally(set->guard, w->number) : NULL;
}

void worker_send(struct worker *w, const struct record *r)
{
	w->ledger.n[LEDGER_CREATED]++;
	w->ledger.n[LEDGER_DNS_CLEAR] += r->kind == &dns_kind;
	w->ledger.n[LEDGER_VALUES_LOST] += r->lost_values;
	if (!w->error)
		w->error = w->outlet.send(w->outlet.context, &w->order, r);
	w->order.part++;
}

static enum encrypted_dns send_flow(struct worker *w, struct flow *f, enum flow_end_reason reason)
{
	enum encrypted_dns dns;
	struct record r;

	naming_decide(w, f);
	dns = encrypted_dns_of(f, w->classify->app_name(w->classifier, f->app.app));
	/* all of it went out with the record of an active timeout; but what was in fragments of
	 * others is told though it counts no packet */
	if (f->pkts[0] + f->pkts[1] == 0 && !(f->flags & FLOW_TELLS))
		return dns;
	if (f->pkts[0] + f->pkts[1] == 0 && f->last_ns < f->start_ns)
		f->last_ns = f->start_ns;
	f->flags &= (uint8_t)~FLOW_TELLS;
	record_init(&r, &kind_flow, w->record_bytes, sizeof(w->record_bytes));
	summarise_flow(&r, f, reason, dns, w->classify, w->classifier);
	worker_send(w, &r);
	w->ledger.n[LEDGER_FLOW_RECORDS]++;
	w->ledger.n[LEDGER_EXPORTED_PKTS] += f->pkts[0] + f->pkts[1];
	w->ledger.n[LEDGER_EXPORTED_BYTES] += f->bytes[0] + f->bytes[1];
	return dns;
}

static void flow_end(struct worker *w, uint32_t index, enum flow_end_reason reason)
{
	struct flow *f = &w->table.flows[index];

	if (f->flags & FLOW_TOUCHED)
		hit_end(w, f);
	encrypted_dns_count(&w->ledger, send_flow(w, f, reason));
	inspect_end(w, f);
	flow_table_remove(&w->table, index);
}

static uint64_t idle_ns(const struct settings *s, const struct flow *f)
{
	if (f->flags & FLOW_CLOSED)
		return s->closed_ns;
	if (f->key.protocol == PROTOCOL_TCP && !(f->flags & FLOW_ESTABLISHED))
		return s->unestablished_ns;
	return s->idle_ns;
}

static uint64_t due_idle(const struct worker *w, const struct flow *f)
{
	return wheel_tick_of(f->last_clock_ns + idle_ns(w->settings, f));
}

static uint64_t due_active(const struct worker *w, const struct flow *f)
{
	return wheel_tick_of(f->start_clock_ns + w->settings->active_ns);
}

static uint64_t flow_due(void *context, uint32_t index)
{
	const struct worker *w = context;
	const struct flow *f = &w->table.flows[index];
	uint64_t idle = due_idle(w, f), active = due_active(w, f);

	return idle < active ? idle : active;
}

static void flow_timeout(void *context, uint32_t index, uint64_t tick)
{
	struct worker *w = context;
	struct flow *f = &w->table.flows[index];

	w->order = (struct order){.clock_ns = tick * WHEEL_TICK_NS, .number = f->number};
	if (due_idle(w, f) <= tick) {
		flow_end(w, index, f->flags & FLOW_CLOSED ? END_DETECTED : END_IDLE);
		return;
	}
	(void)send_flow(w, f, END_ACTIVE);
	memset(f->pkts, 0, sizeof(f->pkts));
	memset(f->bytes, 0, sizeof(f->bytes));
	f->start_clock_ns = tick * WHEEL_TICK_NS;
	wheel_add(&w->wheel, index, flow_due(w, index));
}

void worker_turn(struct worker *w, uint64_t clock_ns)
{
	if (!w->begun) {
		wheel_init(&w->wheel, &w->table, clock_ns);
		w->begun = true;
	}
	wheel_turn(&w->wheel, clock_ns, flow_due, flow_timeout, w);
}

static uint32_t flow_begin(struct worker *w, uint64_t hash, const struct pkt *p)
{
	uint32_t index = flow_table_add(&w->table, hash, &p->key);
	struct flow *f;

	if (index == FLOW_NONE)
		return index;
	f = &w->table.flows[index];
	f->start_clock_ns = f->last_clock_ns = p->clock_ns;
	f->start_ns = p->time_ns;
	f->number = p->number;
	/* A SYN with ACK answers one that was not seen here. */
	f->initiator = p->side ^ ((p->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK));
	f->vlan_count = p->vlan_count;
	memcpy(f->vlan, p->vlan, sizeof(f->vlan));
	f->icmp_type = p->icmp_type;
	f->icmp_code = p->icmp_code;
	f->id = summarise_flow_id(f);
	w->ledger.n[LEDGER_FLOWS]++;
	if (w->tally)
		guard_client(w->tally, f->key.address[f->initiator], p->clock_ns);
	inspect_begin(w, f, p);
	wheel_add(&w->wheel, index, flow_due(w, index));
	return index;
}

/* A new connection with the ports of one that has ended. Of one whose other side is not seen its
 * own end is enough, unless the SYN is that of this connection. */
static bool is_reuse(const struct flow *f, const struct pkt *p)
{
	unsigned side = p->side;

	if ((p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
		return false;
	if (f->flags & FLOW_CLOSED)
		return true;
	return f->tcp_flags[side] & TCP_FIN && !f->tcp_flags[!side] && f->syn_sides & 1u << side &&
	       f->syn_next[side] != p->tcp_seq + 1;
}

/* Where a side begins. The last SYN counts until the peer answers, and then the one that it
 * answers; so does the last answer until the peer acknowledges, for a server may forget between two
 * of them (RFC 4987 section 3.6). */
static void tcp_syn(struct flow *f, const struct pkt *p)
{
	uint8_t side = p->side, bit = (uint8_t)(1u << side), other = bit ^ 3;
	uint32_t differs = p->tcp_ack - f->syn_next[!side];

	if (p->tcp_flags & TCP_FIN)
		return;
	if (p->tcp_flags & TCP_ACK && f->syn_sides & other &&
		differs + SYN_OCTETS_MAX > 2 * SYN_OCTETS_MAX) {
		f->syn_next[!side] = p->tcp_ack;
		f->syn_sides &= (uint8_t)~bit;
	}
	if (f->syn_sides & bit && f->syn_sides & other &&
		(!(p->tcp_flags & TCP_ACK) || f->tcp_flags[!side] & TCP_ACK))
		return;
	f->syn_sides |= bit;
	f->syn_next[side] = p->tcp_seq + 1;
}

/* What the flags of a TCP packet say of its flow; true when the flow may now end sooner. */
static bool tcp_state(struct flow *f, const struct pkt *p)
{
	uint8_t before = f->flags;

	f->tcp_flags[p->side] |= p->tcp_flags;
	if (p->tcp_flags & TCP_SYN)
		tcp_syn(f, p);
	if ((p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && !(f->flags & FLOW_SYN_SEEN)) {
		f->flags |= FLOW_SYN_SEEN;
		f->initiator = p->side;
	}
	if (!(p->tcp_flags & TCP_SYN) || p->tcp_flags & TCP_ACK)
		f->flags |= FLOW_ESTABLISHED;
	if (p->tcp_flags & TCP_RST || (f->tcp_flags[0] & f->tcp_flags[1] & TCP_FIN))
		f->flags |= FLOW_CLOSED;
	return f->flags & ~before & FLOW_CLOSED;
}

static void account(struct worker *w, uint32_t index, const struct pkt *p)
{
	struct flow *f = &w->table.flows[index];
	uint8_t initiator = f->initiator;
	bool sooner = false;

	if (f->pkts[0] + f->pkts[1] == 0)
		f->start_ns = f->last_ns = p->time_ns;
	f->pkts[p->side]++;
	f->bytes[p->side] += p->ip_bytes;
	w->ledger.n[LEDGER_FLOW_PKTS]++;
	w->ledger.n[LEDGER_FLOW_BYTES] += p->ip_bytes;
	f->last_clock_ns = p->clock_ns;
	if (p->time_ns > f->last_ns)
		f->last_ns = p->time_ns;
	if (p->time_ns < f->start_ns)
		f->start_ns = p->time_ns;
	w->ledger.n[LEDGER_REFUSED_UDP] += p->unread;
	if (p->key.protocol == PROTOCOL_TCP)
		sooner = tcp_state(f, p);
	if (sooner) {
		wheel_remove(&w->wheel, index);
		wheel_add(&w->wheel, index, flow_due(w, index));
	}
	if (f->initiator != initiator)
		inspect_turn(w, f);
	if (!(f->flags & FLOW_INSPECTED))
		inspect_packet(w, f, p);
}

static void packet(struct worker *w, uint64_t hash, uint32_t candidate, const struct pkt *p)
{
	uint32_t index = candidate;

	worker_turn(w, p->clock_ns);
	w->order = (struct order){.clock_ns = p->clock_ns, .number = p->number, .packet = true};
	if (!flow_table_is(&w->table, candidate, &p->key))
		index = flow_table_find(&w->table, hash, &p->key);
	if (p->reassembled) { /* its fragments were counted, mostly the first of them in this flow
			       */
		if (index == FLOW_NONE)
			index = flow_begin(w, hash, p);
		if (index != FLOW_NONE && !(w->table.flows[index].flags & FLOW_INSPECTED))
			inspect_packet(w, &w->table.flows[index], p);
		return;
	}
	if (index != FLOW_NONE && is_reuse(&w->table.flows[index], p)) {
		wheel_remove(&w->wheel, index);
		flow_end(w, index, END_DETECTED);
		index = FLOW_NONE;
	}
	if (index == FLOW_NONE)
		index = flow_begin(w, hash, p);
	if (index != FLOW_NONE) {
		account(w, index, p);
	} else {
		w->ledger.n[LEDGER_OVERFLOW_PKTS]++;
		w->ledger.n[LEDGER_OVERFLOW_BYTES] += p->ip_bytes;
	}
}

void worker_burst(struct worker *w, const struct pkt *pkts, const uint8_t *indices, unsigned count)
{
	uint64_t hashes[BURST_PACKETS_MAX + BURST_WHOLES_MAX];
	uint32_t candidates[BURST_PACKETS_MAX + BURST_WHOLES_MAX];

	for (unsigned i = 0; i < count; i++) {
		hashes[i] = flow_hash(&w->table, &pkts[indices[i]].key);
		flow_table_prefetch(&w->table, hashes[i]);
	}
	for (unsigned i = 0; i < count; i++)
		candidates[i] = flow_table_candidate(&w->table, hashes[i]);
	for (unsigned i = 0; i < count; i++) {
		if (i + LOOK_AHEAD < count && candidates[i + LOOK_AHEAD] != FLOW_NONE)
			inspect_prefetch(&w->table.flows[candidates[i + LOOK_AHEAD]]);
		packet(w, hashes[i], candidates[i], &pkts[indices[i]]);
	}
}

void worker_finish(struct worker *w, enum flow_end_reason reason)
{
	struct flow *flows = w->table.flows;
	uint32_t list = FLOW_NONE;

	if (!w->begun)
		return;
	for (unsigned slot = 0; slot < WHEEL_SLOTS; slot++) {
		uint32_t flow = w->wheel.heads[slot];

		while (flow != FLOW_NONE) {
			uint32_t next = flows[flow].next;

			flows[flow].next = list;
			list = flow;
			flow = next;
		}
	}
	list = flow_list_sort(flows, list);
	while (list != FLOW_NONE) {
		uint32_t next = flows[list].next;

		if (next != FLOW_NONE) {
			flow_table_prefetch(&w->table, flow_hash(&w->table, &flows[next].key));
			flow_prefetch_end(&flows[next]);
		}
		w->order = (struct order){.clock_ns = UINT64_MAX, .number = flows[list].number};
		flow_end(w, list, flows[list].flags & FLOW_CLOSED ? END_DETECTED : reason);
		list = next;
	}
	w->begun = false;
}

void worker_live(const struct worker *w, struct ledger *l)
{
	for (uint32_t i = 0; w->begun && i < WHEEL_SLOTS; i++) {
		for (uint32_t flow = w->wheel.heads[i]; flow != FLOW_NONE;
			flow = w->table.flows[flow].next) {
			const struct flow *f = &w->table.flows[flow];

			l->n[LEDGER_LIVE_PKTS] += f->pkts[0] + f->pkts[1];
			l->n[LEDGER_LIVE_BYTES] += f->bytes[0] + f->bytes[1];
		}
	}
}
