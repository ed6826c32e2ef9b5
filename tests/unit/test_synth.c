/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "probe/source.h"
#include "probe/source/frames.h"

#define FLOWS_MAX 4096

extern const struct source_ops synth_source;

/* What an independent reading of the frames finds. */
struct seen {
	uint64_t packets, bytes, syns, queries, hellos, requests, v6, first_ns, last_ns;
	uint64_t digest;
	size_t flow_count;
	struct {
		uint8_t tuple[40];
		uint32_t next_seq[2];
	} flows[FLOWS_MAX];
};

static unsigned sum_of(const uint8_t *octets, size_t bytes, unsigned sum)
{
	for (size_t i = 0; i < bytes; i++)
		sum += i % 2 ? octets[i] : (unsigned)octets[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The flow of a tuple whose smaller end comes first; `ret_side` is the end that sent. */
static size_t flow_of(struct seen *s, const uint8_t *from, const uint8_t *to, unsigned protocol,
	unsigned *ret_side)
{
	uint8_t tuple[40] = {0};
	size_t i;

	*ret_side = memcmp(from, to, 18) > 0;
	memcpy(tuple, *ret_side ? to : from, 18);
	memcpy(tuple + 18, *ret_side ? from : to, 18);
	tuple[36] = (uint8_t)protocol;
	for (i = 0; i < s->flow_count; i++)
		if (memcmp(s->flows[i].tuple, tuple, sizeof(tuple)) == 0)
			return i;
	assert_true(i < FLOWS_MAX);
	memcpy(s->flows[s->flow_count++].tuple, tuple, sizeof(tuple));
	return i;
}

static void see_tcp(struct seen *s, struct cursor c, const uint8_t ends[2][18])
{
	unsigned side, flags;
	uint32_t seq;
	size_t flow = flow_of(s, ends[0], ends[1], 6, &side), payload, header;

	cur_skip(&c, 4);
	seq = cur_u32(&c);
	cur_skip(&c, 4);
	header = (size_t)(cur_u8(&c) >> 4) * 4;
	flags = cur_u8(&c);
	cur_skip(&c, header - 14);
	payload = cur_left(&c);
	if (flags & FRAME_SYN)
		s->syns++;
	else
		assert_int_equal(seq, s->flows[flow].next_seq[side]);
	s->flows[flow].next_seq[side] = seq + (uint32_t)payload +
					((flags & (FRAME_SYN | FRAME_FIN)) != 0);
	s->hellos += cur_peek(&c, 0) == 22 && cur_peek(&c, 5) == 1 &&
		     memmem(c.pos, payload, "example", 7) != NULL;
	s->requests += cur_is(&c, "GET /", 5) && memmem(c.pos, payload, "\r\nHost: ", 8) != NULL;
	assert_false(c.bad);
}

static void see_ip(struct seen *s, struct cursor c)
{
	bool v4 = cur_u16(&c) == 0x0800;
	const uint8_t *ip = c.pos;
	size_t address = v4 ? 4 : 16, bytes = cur_left(&c) - (v4 ? 20 : 40);
	uint8_t ends[2][18] = {0};
	const uint8_t *from = ip + (v4 ? 12 : 8);
	unsigned protocol = ip[v4 ? 9 : 6], pseudo, side;

	if (v4)
		assert_int_equal(sum_of(ip, 20, 0), 0xffff);
	assert_int_equal(v4 ? (unsigned)ip[2] << 8 | ip[3] : ((unsigned)ip[4] << 8 | ip[5]) + 40u,
		cur_left(&c));
	cur_skip(&c, v4 ? 20 : 40);
	pseudo = sum_of(from, 2 * address, protocol + (unsigned)bytes);
	assert_int_equal(sum_of(c.pos, bytes, pseudo), 0xffff);
	for (unsigned i = 0; i < 2; i++) {
		memcpy(ends[i], from + i * address, address);
		memcpy(ends[i] + 16, c.pos + 2 * i, 2);
	}
	s->v6 += !v4;
	if (protocol == 6) {
		see_tcp(s, c, (const uint8_t(*)[18])ends);
		return;
	}
	assert_int_equal(protocol, 17);
	(void)flow_of(s, ends[0], ends[1], 17, &side);
	s->queries += cur_peek(&c, 10) == 0x01 && cur_peek(&c, 3) == 53;
}

static int run(const char *const *words, size_t word_count, struct seen *ret)
{
	static struct burst b;
	static uint8_t storage[BURST_BYTES];
	struct source_config config = {.names = words, .name_count = word_count};
	struct ledger ledger = {0};
	char error[256];
	struct source *s;
	int r = synth_source.open(&s, &config, error, sizeof(error));

	memset(ret, 0, sizeof(*ret));
	b.bytes = storage;
	if (r < 0)
		return r;
	while (synth_source.burst(s, &b) >= 0) {
		assert_true(b.count > 0 && b.bytes_used <= BURST_BYTES);
		for (unsigned i = 0; i < b.count; i++) {
			const struct pkt *p = &b.pkts[i];
			struct cursor c = cur_init(p->bytes, p->captured);

			if (!ret->packets++)
				ret->first_ns = p->time_ns;
			assert_true(p->time_ns >= ret->last_ns);
			ret->last_ns = p->time_ns;
			ret->bytes += p->captured;
			for (uint32_t j = 0; j < p->captured; j++)
				ret->digest = (ret->digest ^ p->bytes[j]) * 0x100000001b3;
			assert_int_equal(p->link, 1);
			cur_skip(&c, 12);
			see_ip(ret, c);
		}
		synth_source.release(s, &b);
	}
	synth_source.stats(s, &ledger);
	assert_int_equal(ledger.n[LEDGER_WIRE_SEEN], ret->packets);
	assert_null(synth_source.problem(s));
	synth_source.close(s);
	return 0;
}

static void test_counts(void **state)
{
	static const char *const given[] = {"flows=1001", "seed=7", "rate=1000", "v6=40"};
	static struct seen seen;

	(void)state;
	assert_int_equal(run(given, ARRAY_LEN(given), &seen), 0);
	assert_int_equal(seen.flow_count, 1001);
	assert_in_range(seen.queries, 500, 501 + 64);
	assert_int_equal(seen.queries + seen.syns / 2, 1001);
	assert_int_equal(seen.syns % 2, 0);
	assert_int_equal(seen.hellos + seen.requests, seen.syns / 2);
	assert_in_range(seen.hellos, 2 * seen.requests, 5 * seen.requests);
	assert_in_range(seen.v6, seen.packets / 4, seen.packets / 2);
	assert_int_equal(seen.first_ns, 1700000000000000000);
	assert_int_equal(seen.last_ns - seen.first_ns, (seen.packets - 1) * 1000000);
}

static void test_same_seed_same_octets(void **state)
{
	static const char *const one[] = {"seed=1", "flows=300"};
	static const char *const two[] = {"seed=2", "flows=300"};
	static struct seen first, again, other;

	(void)state;
	assert_int_equal(run(one, 2, &first), 0);
	assert_int_equal(run(one, 2, &again), 0);
	assert_int_equal(run(two, 2, &other), 0);
	assert_memory_equal(&first, &again, sizeof(first));
	assert_int_not_equal(first.digest, other.digest);
}

static void test_packets_end_it(void **state)
{
	static const char *const given[] = {"flows=0", "packets=1234", "active=3"};
	static struct seen seen;

	(void)state;
	assert_int_equal(run(given, ARRAY_LEN(given), &seen), 0);
	assert_int_equal(seen.packets, 1234);
}

static void test_scan(void **state)
{
	static const char *const given[] = {"flows=500", "scan=100"};
	static struct seen seen;

	(void)state;
	assert_int_equal(run(given, ARRAY_LEN(given), &seen), 0);
	assert_int_equal(seen.packets, 500);
	assert_int_equal(seen.syns, 500);
	assert_int_equal(seen.queries, 0);
}

static void test_wrong_words(void **state)
{
	static const char *const wrong[] = {"", "=", "flows", "flows=", "flows=x", "flows=-1",
		"flows=1x", "flow=1", "scan=101", "rate=0", "seed=99999999999999999999", "seed= 1"};
	static struct seen seen;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(run(&wrong[i], 1, &seen), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_same_seed_same_octets),
		cmocka_unit_test(test_packets_end_it),
		cmocka_unit_test(test_scan),
		cmocka_unit_test(test_wrong_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
