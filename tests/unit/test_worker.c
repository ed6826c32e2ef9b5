/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker makes of packets: directions, ends, sums, order. */
#include "probe/worker.h"

#include <stdlib.h>

#include "base/schema.h"
#include "probe/inspect.h"
#include "tests/unit/unit.h"

#define SECOND 1000000000ull
#define SYN    0x02
#define ACK    0x10
#define FIN    0x01
#define RST    0x04

#define RECORDS_MAX 64

struct bench {
	struct worker *worker;
	struct settings settings;
	struct ledger ledger;
	uint64_t number;
	unsigned count;
	struct record records[RECORDS_MAX];
	struct order orders[RECORDS_MAX];
	uint8_t bytes[RECORDS_MAX][1024];
};

static int keep(void *context, const struct order *order, const struct record *r)
{
	struct bench *b = context;

	assert_true(b->count < RECORDS_MAX);
	if (b->count)
		assert_true(order_compare(&b->orders[b->count - 1], order) <= 0);
	b->orders[b->count] = *order;
	record_move(&b->records[b->count], r, b->bytes[b->count], sizeof(b->bytes[0]));
	b->count++;
	return 0;
}

static struct bench *bench_new(uint32_t flows)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct worker_parts parts = {
		.classify = &classify_none, .key = {1, 2}, .outlet = {.send = keep, .context = b}};

	b->settings = (struct settings)SETTINGS_DEFAULT;
	b->settings.flow_count = flows;
	b->settings.memory_bytes = 1 << 20;
	parts.settings = &b->settings;
	assert_int_equal(worker_new(&b->worker, &parts), 0);
	return b;
}

static void bench_free(struct bench *b)
{
	worker_free(b->worker);
	free(b);
}

/* Host 1 or 2 (of a pair of ports) sends a packet of 100 octets. */
static void tcp(struct bench *b, uint64_t time_ns, uint16_t port, unsigned side, uint8_t flags)
{
	struct pkt p = {.time_ns = time_ns,
		.clock_ns = time_ns,
		.number = ++b->number,
		.tcp_flags = flags,
		.side = (uint8_t)side,
		.ip_bytes = 100,
		.key = {.protocol = 6, .port = {port, 443}}};
	uint8_t index = 0;

	p.key.address[0][15] = 1;
	p.key.address[1][15] = 2;
	worker_burst(b->worker, &p, &index, 1);
}

static uint64_t number(const struct bench *b, unsigned record, enum flow_field field)
{
	return record_get(&b->records[record], &flow_fields[field]);
}

static uint16_t source_port(const struct bench *b, unsigned record)
{
	return (uint16_t)record_get(&b->records[record], &common_fields[COMMON_SRC_PORT]);
}

/* The identities P3 and P4 on what the worker counted. */
static void expect_closed_books(struct bench *b)
{
	struct ledger l = b->worker->ledger;

	worker_live(b->worker, &l);
	assert_int_equal(l.n[LEDGER_FLOW_PKTS], l.n[LEDGER_EXPORTED_PKTS] + l.n[LEDGER_LIVE_PKTS]);
	assert_int_equal(
		l.n[LEDGER_FLOW_BYTES], l.n[LEDGER_EXPORTED_BYTES] + l.n[LEDGER_LIVE_BYTES]);
	assert_int_equal(b->number, l.n[LEDGER_FLOW_PKTS] + l.n[LEDGER_OVERFLOW_PKTS]);
}

static void who_sent_the_syn_is_the_initiator(void **state)
{
	struct bench *b = bench_new(64);

	(void)state;
	tcp(b, SECOND, 1000, 1, SYN | ACK); /* the SYN was not seen yet */
	tcp(b, SECOND, 2000, 1, ACK);       /* nor any SYN of this one: first seen */
	tcp(b, SECOND, 3000, 1, ACK);       /* a late SYN decides */
	tcp(b, SECOND, 3000, 0, SYN);
	expect_closed_books(b);
	worker_finish(b->worker, END_FORCED);
	assert_int_equal(b->count, 3);
	assert_int_equal(source_port(b, 0), 1000);
	assert_int_equal(number(b, 0, FLOW_PKTS_TOCLIENT), 1);
	assert_int_equal(source_port(b, 1), 443);
	assert_int_equal(number(b, 1, FLOW_PKTS_TOSERVER), 1);
	assert_int_equal(source_port(b, 2), 3000);
	assert_int_equal(number(b, 2, FLOW_PKTS_TOSERVER), 1);
	assert_int_equal(number(b, 2, FLOW_PKTS_TOCLIENT), 1);
	assert_int_equal(number(b, 2, FLOW_REASON), END_FORCED);
	bench_free(b);
}

static void timeouts(void **state)
{
	struct bench *b = bench_new(64);

	(void)state;
	tcp(b, 10 * SECOND, 1000, 0, SYN); /* never answered */
	tcp(b, 10 * SECOND, 2000, 0, SYN);
	tcp(b, 11 * SECOND, 2000, 1, SYN | ACK);
	tcp(b, 12 * SECOND, 3000, 0, SYN);
	tcp(b, 12 * SECOND, 3000, 1, RST | ACK);
	worker_turn(b->worker, 17 * SECOND);
	assert_int_equal(b->count, 0);
	worker_turn(b->worker, 18 * SECOND);
	assert_int_equal(b->count, 1); /* reset: five seconds */
	assert_int_equal(source_port(b, 0), 3000);
	assert_int_equal(number(b, 0, FLOW_REASON), END_DETECTED);
	worker_turn(b->worker, 21 * SECOND);
	assert_int_equal(b->count, 2); /* nothing but a SYN: ten */
	assert_int_equal(source_port(b, 1), 1000);
	assert_int_equal(number(b, 1, FLOW_REASON), END_IDLE);
	worker_turn(b->worker, 130 * SECOND);
	assert_int_equal(b->count, 2);
	worker_turn(b->worker, 132 * SECOND);
	assert_int_equal(b->count, 3); /* established: 120 from its last packet */
	assert_int_equal(source_port(b, 2), 2000);
	assert_int_equal(number(b, 2, FLOW_END), 11 * SECOND);
	expect_closed_books(b);
	bench_free(b);
}

static void ports_are_used_again(void **state)
{
	struct bench *b = bench_new(64);

	(void)state;
	tcp(b, SECOND, 1000, 0, SYN);
	tcp(b, SECOND, 1000, 1, FIN | ACK);
	tcp(b, SECOND, 1000, 0, FIN | ACK);
	tcp(b, 2 * SECOND, 1000, 0, SYN);
	assert_int_equal(b->count, 1);
	assert_int_equal(number(b, 0, FLOW_PKTS_TOSERVER), 2);
	assert_int_equal(number(b, 0, FLOW_TCP_FLAGS_TOSERVER), SYN | FIN | ACK);
	worker_finish(b->worker, END_FORCED);
	assert_int_equal(b->count, 2);
	assert_int_not_equal(record_get(&b->records[0], &common_fields[COMMON_FLOW_ID]),
		record_get(&b->records[1], &common_fields[COMMON_FLOW_ID]));
	expect_closed_books(b);
	bench_free(b);
}

static void a_long_flow_is_reported_in_parts(void **state)
{
	struct bench *b = bench_new(64);
	uint64_t packets = 0;

	(void)state;
	for (uint64_t at = 0; at <= 4000; at += 100)
		tcp(b, at * SECOND, 1000, 0, ACK);
	worker_turn(b->worker, 10000 * SECOND);
	assert_int_equal(b->count, 3);
	for (unsigned i = 0; i < b->count; i++) {
		packets += number(b, i, FLOW_PKTS_TOSERVER);
		assert_true(number(b, i, FLOW_START) <= number(b, i, FLOW_END));
		if (i)
			assert_true(number(b, i - 1, FLOW_END) < number(b, i, FLOW_START));
	}
	assert_int_equal(packets, 41);
	assert_int_equal(number(b, 0, FLOW_REASON), END_ACTIVE);
	assert_int_equal(number(b, 2, FLOW_REASON), END_IDLE);
	assert_int_equal(b->worker->table.live, 0);
	expect_closed_books(b);
	bench_free(b);
}

static void a_full_table_counts_what_it_cannot_hold(void **state)
{
	struct bench *b = bench_new(16);

	(void)state;
	for (uint16_t port = 1; port <= 20; port++)
		tcp(b, SECOND, port, 0, ACK);
	tcp(b, SECOND, 3, 1, ACK); /* what lives is not touched */
	assert_int_equal(b->worker->ledger.n[LEDGER_OVERFLOW_PKTS], 4);
	assert_int_equal(b->worker->ledger.n[LEDGER_OVERFLOW_BYTES], 400);
	expect_closed_books(b);
	worker_finish(b->worker, END_FORCED);
	assert_int_equal(b->count, 16);
	bench_free(b);
}

static void time_may_go_back(void **state)
{
	struct bench *b = bench_new(64);
	struct pkt p = {.clock_ns = 10 * SECOND, .ip_bytes = 1, .key = {.protocol = 17}};
	uint8_t index = 0;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		static const uint64_t times[] = {10, 4, 7};

		p.time_ns = times[i] * SECOND;
		p.number = ++b->number;
		worker_burst(b->worker, &p, &index, 1);
	}
	worker_finish(b->worker, END_FORCED);
	assert_int_equal(b->count, 1);
	assert_int_equal(number(b, 0, FLOW_START), 4 * SECOND);
	assert_int_equal(number(b, 0, FLOW_END), 10 * SECOND);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_sent_the_syn_is_the_initiator),
		cmocka_unit_test(timeouts),
		cmocka_unit_test(ports_are_used_again),
		cmocka_unit_test(a_long_flow_is_reported_in_parts),
		cmocka_unit_test(a_full_table_counts_what_it_cannot_hold),
		cmocka_unit_test(time_may_go_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
