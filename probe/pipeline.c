/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/pipeline.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/schema.h"
#include "dissectors/dns.h"
#include "probe/decode.h"
#include "probe/defrag.h"

#define BURSTS_UNDER_WAY 32
#define RING_BYTES       (8u << 20)
#define WHOLES_BYTES     (1u << 20) /* of datagrams put together in one burst */
#define PROGRESS_NS      200000000u
#define FLUSH_NS         1000000000u  /* live, a record waits no longer for others */
#define ALIVE_NS         30000000000u /* live, the collector hears of us that often */

/* One burst on its way through all workers; each takes the packets that are its own. */
struct stage {
	struct burst burst;
	unsigned total; /* packets of the burst and, behind them, datagrams of their fragments */
	struct defrag_room wholes;
	const struct signature_set *set; /* that its packets are matched against */
	uint64_t clock_ns, number;       /* of its last packet */
	unsigned count[RINGS_MAX];
	uint8_t indices[RINGS_MAX][BURST_PACKETS_MAX + BURST_WHOLES_MAX];
};

struct lane {
	struct run *run;
	struct worker *worker;
	struct record_ring ring;
	pthread_t thread;
	bool started;
	_Atomic uint64_t done; /* bursts */
};

struct run {
	struct ledger ledger; /* of the reader */
	struct pipeline *p;
	struct siphash_key shard_key;
	uint64_t number, clock_ns, progress_ns, flushed_ns;
	uint64_t leap_ns; /* stamp of the packet before, when it was far ahead; else 0 */
	struct defrag *defrag;
	bool unflushed; /* records may wait in the writer */
	struct stage *stages;
	unsigned stage_count;
	struct lane *lanes;
	_Atomic uint64_t published; /* bursts */
	_Atomic bool finished, failed;
	enum flow_end_reason reason; /* of flows that live at the end */
};

static int write_failed(struct run *run, int error)
{
	run->p->write_error = error;
	atomic_store(&run->failed, true);
	return error;
}

static int write_one(struct run *run, const struct record *r)
{
	int error = ipfix_write(run->p->writer, r);

	if (!error) {
		run->p->ledger.n[LEDGER_SPOOLED]++;
		run->unflushed = true;
		return 0;
	}
	run->p->ledger.n[LEDGER_DROPPED_ENCODE]++;
	if (error == -EMSGSIZE || error == -ENOSPC)
		return 0; /* this one only */
	return write_failed(run, error);
}

static int write_name(void *context, const struct record *r)
{
	struct run *run = context;

	run->p->ledger.n[LEDGER_CREATED]++;
	return write_one(run, r);
}

/* The names of a window that is over at this moment. */
static int write_names(struct run *run, uint64_t clock_ns)
{
	struct passive_dns *names = run->p->names;

	return names && passive_dns_due(names, clock_ns) ? passive_dns_flush(names, write_name, run)
							 : 0;
}

/* What the traffic guard quarantined. */
static int write_quarantined(struct run *run)
{
	uint8_t octets[KEEPER_RECORD_BYTES + 64];
	struct record r;
	int error = 0;

	record_init(&r, &kind_hit, octets, sizeof(octets));
	while (!error && keeper_tell(run->p->keeper, run->p->now_ns(), &r)) {
		run->p->ledger.n[LEDGER_CREATED]++;
		error = write_one(run, &r);
		record_clear(&r);
	}
	return error;
}

static void flush_when_due(void *context)
{
	struct run *run = context;
	uint64_t now;
	int error;

	if (run->p->keeper)
		(void)write_quarantined(run);
	if (!run->p->source_ops->live)
		return;
	now = run->p->now_ns();
	(void)write_names(run, now);
	if (now - run->flushed_ns < (run->unflushed ? FLUSH_NS : ALIVE_NS))
		return;
	run->flushed_ns = now;
	run->unflushed = false;
	error = ipfix_writer_alive(run->p->writer);
	if (error)
		(void)write_failed(run, error);
}

/* The writer's end: in the thread of the only worker, or in that of the merge. */
static int write_record(void *context, const struct order *order, const struct record *r)
{
	struct run *run = context;
	int error = write_names(run, order->clock_ns);

	if (error || !run->p->names || r->kind != &dns_kind)
		return error ? error : write_one(run, r);
	run->p->ledger.n[LEDGER_NAMES_MERGED]++;
	passive_dns_add(run->p->names, r, order->clock_ns, &run->p->ledger);
	return 0;
}

static int send_to_ring(void *context, const struct order *order, const struct record *r)
{
	record_ring_send(&((struct lane *)context)->ring, order, r);
	return 0;
}

static void count_verdict(struct ledger *l, const struct pkt *p)
{
	static const enum ledger_term terms[] = {
		[PKT_FLOW] = LEDGER_DECODED,
		[PKT_NONFLOW] = LEDGER_DECODED,
		[PKT_BAD_LINK] = LEDGER_UNDECODABLE_LINK,
		[PKT_TRUNCATED] = LEDGER_UNDECODABLE_TRUNCATED,
		[PKT_BAD_IP] = LEDGER_UNDECODABLE_IP,
		[PKT_TOO_DEEP] = LEDGER_UNDECODABLE_DEPTH,
	};

	l->n[LEDGER_DELIVERED]++;
	l->n[terms[p->verdict]]++;
	l->n[LEDGER_NONFLOW] += p->verdict == PKT_NONFLOW;
	l->n[LEDGER_IP_FRAGMENTS] += p->fragment;
}

/* Both directions of a flow, and all fragments of a datagram, meet in one worker. */
static unsigned shard_of(const struct run *run, const struct pkt *p)
{
	uint64_t hash;

	if (run->p->worker_count == 1)
		return 0;
	hash = siphash13(&run->shard_key, p->key.address, sizeof(p->key.address));
	return (unsigned)((hash >> 32) * run->p->worker_count >> 32);
}

static void stage_assign(struct run *run, struct stage *s, unsigned index)
{
	unsigned shard = shard_of(run, &s->burst.pkts[index]);

	s->indices[shard][s->count[shard]++] = (uint8_t)index;
}

/* A datagram that was put together is read like a packet that came now. It may itself be a
 * fragment of what was in a tunnel. */
static void stage_whole(struct run *run, struct stage *s, const struct pkt *whole)
{
	for (struct pkt next = *whole; s->total < BURST_PACKETS_MAX + BURST_WHOLES_MAX;) {
		struct pkt *p = &s->burst.pkts[s->total], inner;
		enum defrag_result result;

		*p = next;
		p->number = ++run->number;
		if (p->clock_ns < run->clock_ns)
			p->clock_ns = run->clock_ns;
		decode(p);
		if (p->verdict != PKT_FLOW)
			return;
		stage_assign(run, s, s->total++);
		if (!p->piece.is)
			return;
		result = defrag_add(run->defrag, p, &run->ledger, &s->wholes, &inner);
		if (result != DEFRAG_LEFT)
			p->payload_bytes = 0;
		if (result != DEFRAG_WHOLE)
			return;
		next = inner;
	}
	run->ledger.n[LEDGER_FRAG_FULL]++;
}

/* Its payload waits for the rest, unless it cannot. */
static void stage_piece(struct run *run, struct stage *s, struct pkt *p)
{
	struct pkt whole;

	switch (defrag_add(run->defrag, p, &run->ledger, &s->wholes, &whole)) {
	case DEFRAG_LEFT:
		break;
	case DEFRAG_KEPT:
		p->payload_bytes = 0;
		break;
	case DEFRAG_WHOLE:
		p->payload_bytes = 0;
		stage_whole(run, s, &whole);
	}
}

/* The beginnings of datagrams that will not be complete. True: there may be more. */
static bool stage_expire(struct run *run, struct stage *s, uint64_t clock_ns)
{
	struct pkt begin;

	while (s->total < BURST_PACKETS_MAX + BURST_WHOLES_MAX) {
		if (!defrag_expire(run->defrag, clock_ns, &run->ledger, &s->wholes, &begin))
			return false;
		stage_whole(run, s, &begin);
	}
	return true;
}

static void stage_reset(const struct run *run, struct stage *s)
{
	memset(s->count, 0, run->p->worker_count * sizeof(s->count[0]));
	s->set = run->p->keeper ? keeper_current(run->p->keeper) : NULL;
	s->total = s->burst.count;
	s->wholes.used = 0;
}

/* Whether timers follow a packet's stamp. A single one of a capture may be wrong by years, and
 * would end every flow and stop all timeouts: a leap counts when the packet before or behind it is
 * there, too. */
static bool is_time(struct run *run, const struct stage *s, unsigned index)
{
	const struct pkt *p = &s->burst.pkts[index];
	uint64_t leap_ns = run->leap_ns;
	bool followed = index + 1 < s->burst.count && p[1].time_ns >= p->time_ns - SOURCE_LEAP_NS;

	if (run->clock_ns == 0 || p->time_ns - run->clock_ns <= SOURCE_LEAP_NS ||
		run->p->source_ops->live)
		return true;
	run->leap_ns = p->time_ns;
	if (followed || (leap_ns && p->time_ns + SOURCE_LEAP_NS >= leap_ns))
		return true;
	run->ledger.n[LEDGER_TIME_LEAP]++;
	return false;
}

static void stage_fill(struct run *run, struct stage *s)
{
	stage_reset(run, s);
	for (unsigned i = 0; i < s->burst.count; i++) {
		struct pkt *p = &s->burst.pkts[i];

		run->ledger.n[LEDGER_TIME_REGRESS] += p->time_ns < run->clock_ns;
		if (p->time_ns > run->clock_ns && is_time(run, s, i))
			run->clock_ns = p->time_ns;
		if (p->time_ns <= run->clock_ns)
			run->leap_ns = 0;
		p->clock_ns = run->clock_ns;
		p->number = ++run->number;
		p->keep_tunnels = run->p->parts.settings->keep_tunnels;
		p->reassembled = p->in_tunnel = false;
		decode(p);
		count_verdict(&run->ledger, p);
		if (p->verdict != PKT_FLOW)
			continue;
		stage_assign(run, s, i);
		if (p->piece.is)
			stage_piece(run, s, p);
	}
	(void)stage_expire(run, s, run->clock_ns);
	s->clock_ns = run->clock_ns;
	s->number = run->number;
}

/* After the source's end: what waits for fragments. False: nothing does. */
static bool stage_drain(struct run *run, struct stage *s)
{
	s->burst.count = 0;
	stage_reset(run, s);
	(void)stage_expire(run, s, UINT64_MAX);
	s->clock_ns = run->clock_ns;
	s->number = run->number;
	return s->total > 0;
}

static void report(struct run *run, bool last)
{
	const struct source_ops *ops = run->p->source_ops;
	const char *text;
	uint64_t now;

	while ((text = ops->problem(run->p->source)))
		run->p->problem(text);
	if (!run->p->progress)
		return;
	now = run->p->now_ns();
	if (last || now - run->progress_ns > PROGRESS_NS) {
		struct source_progress progress = {0};

		run->progress_ns = now;
		ops->progress(run->p->source, &progress);
		run->p->progress(run->p->progress_context, &progress);
	}
}

/* The next burst into a stage; false at the end. */
static bool stage_read(struct run *run, struct stage *s)
{
	const struct source_ops *ops = run->p->source_ops;
	int count;

	if (*run->p->stop || atomic_load_explicit(&run->failed, memory_order_relaxed)) {
		run->reason = END_FORCED;
		report(run, true);
		return false;
	}
	s->burst.count = 0;
	s->burst.bytes_used = 0;
	count = ops->burst(run->p->source, &s->burst);
	report(run, count < 0);
	if (count < 0)
		return false;
	if (count == 0 && ops->live && run->p->now_ns() > run->clock_ns)
		run->clock_ns = run->p->now_ns();
	stage_fill(run, s);
	return true;
}

static void stage_work(
	const struct run *run, struct worker *w, const struct stage *s, unsigned shard)
{
	if (s->set != w->set) {
		worker_use(w, s->set);
		keeper_use(run->p->keeper, shard, s->set);
	}
	worker_burst(w, s->burst.pkts, s->indices[shard], s->count[shard]);
	if (s->clock_ns)
		worker_turn(w, s->clock_ns);
}

static int run_alone(struct run *run)
{
	struct worker_parts parts = run->p->parts;
	struct worker *w;
	int error;

	parts.outlet = (struct outlet){.send = write_record, .context = run};
	error = worker_new(&w, &parts);
	if (error)
		return error;
	while (stage_read(run, run->stages)) {
		stage_work(run, w, run->stages, 0);
		flush_when_due(run);
		run->p->source_ops->release(run->p->source, &run->stages->burst);
	}
	while (stage_drain(run, run->stages))
		stage_work(run, w, run->stages, 0);
	worker_finish(w, run->reason);
	ledger_add(&run->ledger, &w->ledger);
	worker_free(w);
	return 0;
}

static void *lane_main(void *context)
{
	struct lane *lane = context;
	struct run *run = lane->run;
	unsigned shard = (unsigned)(lane - run->lanes), turns = 0;
	uint64_t next = 0;

	for (;;) {
		bool finished = atomic_load_explicit(&run->finished, memory_order_acquire);

		if (next < atomic_load_explicit(&run->published, memory_order_acquire)) {
			const struct stage *s = &run->stages[next % run->stage_count];
			struct order mark = {.clock_ns = s->clock_ns,
				.number = s->number,
				.part = UINT32_MAX,
				.packet = true};

			stage_work(run, lane->worker, s, shard);
			record_ring_send(&lane->ring, &mark, NULL);
			atomic_store_explicit(&lane->done, ++next, memory_order_release);
			turns = 0;
		} else if (finished) {
			break;
		} else {
			wait_a_moment(&turns);
		}
	}
	worker_finish(lane->worker, run->reason);
	record_ring_close(&lane->ring);
	return NULL;
}

/* Until all workers have done with the stage's last burst; then its packets go back to the source.
 */
static void stage_reclaim(struct run *run, uint64_t burst)
{
	unsigned turns = 0;

	if (burst < run->stage_count)
		return;
	for (unsigned i = 0; i < run->p->worker_count; i++) {
		while (atomic_load_explicit(&run->lanes[i].done, memory_order_acquire) <=
			burst - run->stage_count)
			wait_a_moment(&turns);
	}
	run->p->source_ops->release(run->p->source, &run->stages[burst % run->stage_count].burst);
}

static void *reader_main(void *context)
{
	struct run *run = context;
	uint64_t burst = 0;

	assert(run->stage_count);
	for (bool more = true;; burst++) {
		struct stage *s = &run->stages[burst % run->stage_count];

		stage_reclaim(run, burst);
		more = more && stage_read(run, s);
		if (!more && !stage_drain(run, s))
			break;
		atomic_store_explicit(&run->published, burst + 1, memory_order_release);
	}
	atomic_store_explicit(&run->finished, true, memory_order_release);
	return NULL;
}

static int lanes_open(struct run *run)
{
	for (unsigned i = 0; i < run->p->worker_count; i++) {
		struct lane *lane = &run->lanes[i];
		struct worker_parts parts = run->p->parts;
		int error;

		lane->run = run;
		parts.number = i;
		parts.outlet = (struct outlet){.send = send_to_ring, .context = lane};
		error = record_ring_init(&lane->ring, RING_BYTES);
		if (!error)
			error = worker_new(&lane->worker, &parts);
		if (error)
			return error;
	}
	return 0;
}

static void lanes_close(struct run *run)
{
	for (unsigned i = 0; i < run->p->worker_count; i++) {
		if (run->lanes[i].worker)
			ledger_add(&run->ledger, &run->lanes[i].worker->ledger);
		worker_free(run->lanes[i].worker);
		record_ring_done(&run->lanes[i].ring);
	}
}

static int lanes_start(struct run *run)
{
	for (unsigned i = 0; i < run->p->worker_count; i++) {
		int error = pthread_create(&run->lanes[i].thread, NULL, lane_main, &run->lanes[i]);

		if (error)
			return -error;
		run->lanes[i].started = true;
	}
	return 0;
}

/* The caller's thread merges and writes; the reader has a thread of its own. */
static int lanes_run(struct run *run)
{
	struct record_ring *rings[RINGS_MAX];
	struct outlet to = {.send = write_record, .idle = flush_when_due, .context = run};
	pthread_t reader;
	int error = lanes_start(run);

	if (!error)
		error = -pthread_create(&reader, NULL, reader_main, run);
	if (error) {
		atomic_store(&run->finished, true);
	} else {
		for (unsigned i = 0; i < run->p->worker_count; i++)
			rings[i] = &run->lanes[i].ring;
		(void)record_rings_merge(rings, run->p->worker_count, &to);
		(void)pthread_join(reader, NULL);
	}
	for (unsigned i = 0; i < run->p->worker_count; i++) {
		if (run->lanes[i].started)
			(void)pthread_join(run->lanes[i].thread, NULL);
	}
	return error;
}

static int run_lanes(struct run *run)
{
	int error;

	run->lanes = calloc(run->p->worker_count, sizeof(*run->lanes));
	if (!run->lanes)
		return -ENOMEM;
	error = lanes_open(run);
	if (!error)
		error = lanes_run(run);
	lanes_close(run);
	free(run->lanes);
	return error;
}

static int stages_open(struct run *run)
{
	run->stage_count = run->p->worker_count == 1 ? 1 : BURSTS_UNDER_WAY;
	run->stages = calloc(run->stage_count, sizeof(*run->stages));
	if (!run->stages)
		return -ENOMEM;
	for (unsigned i = 0; i < run->stage_count; i++) {
		run->stages[i].burst.bytes = pages_map(BURST_BYTES);
		run->stages[i].wholes.bytes = pages_map(WHOLES_BYTES);
		run->stages[i].wholes.size = WHOLES_BYTES;
		if (!run->stages[i].burst.bytes || !run->stages[i].wholes.bytes)
			return -ENOMEM;
	}
	return defrag_new(&run->defrag, &run->shard_key);
}

static void stages_close(struct run *run)
{
	for (unsigned i = 0; run->stages && i < run->stage_count; i++) {
		pages_unmap(run->stages[i].burst.bytes, BURST_BYTES);
		pages_unmap(run->stages[i].wholes.bytes, WHOLES_BYTES);
	}
	defrag_free(run->defrag);
	free(run->stages);
}

int pipeline_run(struct pipeline *p)
{
	struct run run = {.p = p, .reason = END_FORCED, .shard_key = p->parts.key};
	int error;

	if (p->worker_count == 0 || p->worker_count > RINGS_MAX)
		return -EINVAL;
	run.shard_key.k0 = ~run.shard_key.k0; /* not the key of the flow tables */
	error = stages_open(&run);
	if (!error)
		error = p->worker_count == 1 ? run_alone(&run) : run_lanes(&run);
	if (p->keeper)
		keeper_stop(p->keeper);
	if (!error && !p->write_error && write_names(&run, UINT64_MAX) == 0 && p->keeper)
		(void)write_quarantined(&run);
	if (p->keeper)
		keeper_count(p->keeper, &run.ledger);
	stages_close(&run);
	p->source_ops->stats(p->source, &run.ledger);
	ledger_add(&p->ledger, &run.ledger);
	return error;
}
