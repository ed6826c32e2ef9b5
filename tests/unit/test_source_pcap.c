/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "probe/source.h"
#include "tests/unit/capture_make.h"

#define READ_MAX 4096

extern const struct source_ops pcap_source;

struct result {
	unsigned count, bursts, problem_count;
	unsigned first_of_burst[READ_MAX];
	uint64_t time_ns[READ_MAX];
	uint32_t captured[READ_MAX], wire[READ_MAX];
	uint16_t link[READ_MAX];
	uint8_t first_octet[READ_MAX];
	char problem[8][256];
	struct source_progress progress;
	struct ledger ledger;
};

static int read_all(const char *const *names, size_t name_count, struct result *ret)
{
	static struct burst b;
	static uint8_t storage[BURST_BYTES];
	struct source_config config = {.names = names, .name_count = name_count};
	struct source *s;
	const char *problem;
	int r;

	memset(ret, 0, sizeof(*ret));
	b.bytes = storage;
	r = pcap_source.open(&s, &config, ret->problem[0], sizeof(ret->problem[0]));
	if (r < 0)
		return r;
	while ((r = pcap_source.burst(s, &b)) >= 0) {
		assert_int_equal(r, b.count);
		assert_true(b.bytes_used <= BURST_BYTES);
		ret->first_of_burst[ret->bursts++] = ret->count;
		for (unsigned i = 0; i < b.count && ret->count < READ_MAX; i++) {
			ret->time_ns[ret->count] = b.pkts[i].time_ns;
			ret->captured[ret->count] = b.pkts[i].captured;
			ret->wire[ret->count] = b.pkts[i].wire;
			ret->link[ret->count] = b.pkts[i].link;
			ret->first_octet[ret->count++] = b.pkts[i].captured ? b.pkts[i].bytes[0]
									    : 0;
		}
		pcap_source.release(s, &b);
	}
	assert_int_equal(r, -ENODATA);
	assert_int_equal(pcap_source.burst(s, &b), -ENODATA);
	while ((problem = pcap_source.problem(s)) && ret->problem_count < 8)
		(void)snprintf(
			ret->problem[ret->problem_count++], sizeof(ret->problem[0]), "%s", problem);
	pcap_source.progress(s, &ret->progress);
	pcap_source.stats(s, &ret->ledger);
	assert_int_equal(ret->ledger.n[LEDGER_WIRE_SEEN], ret->count);
	assert_int_equal(ret->ledger.n[LEDGER_FILE_ERROR], ret->problem_count);
	pcap_source.close(s);
	return 0;
}

static void read_octets(const void *octets, size_t bytes, struct result *ret)
{
	struct made_file f = made_file(octets, bytes);
	const char *name = f.name;

	assert_int_equal(read_all(&name, 1, ret), 0);
	(void)close(f.fd);
}

static void test_byte_order_and_precision(void **state)
{
	static struct result got;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct made m = {.big_endian = i & 1};
		bool nano = i & 2;

		made_pcap(&m, nano ? 0xa1b23c4d : 0xa1b2c3d4, 101);
		made_packet(&m, 1700000000, nano ? 123456789 : 123456, 60);
		made_packet(&m, 4000000000, 0, 0); /* beyond 2038 */
		read_octets(m.bytes, m.count, &got);
		assert_int_equal(got.count, 2);
		assert_int_equal(got.problem_count, 0);
		assert_int_equal(got.time_ns[0], nano ? 1700000000123456789 : 1700000000123456000);
		assert_int_equal(got.time_ns[1], 4000000000000000000);
		assert_int_equal(got.captured[0], 60);
		assert_int_equal(got.wire[0], 61);
		assert_int_equal(got.captured[1], 0);
		assert_int_equal(got.first_octet[0], 1700000000 & 0xff);
		assert_int_equal(got.progress.bytes_read, m.count);
		assert_int_equal(got.progress.bytes_total, m.count);
		assert_int_equal(got.progress.packets, 2);
	}
}

static void test_link_types(void **state)
{
	static const struct {
		uint32_t in_file;
		uint16_t link;
	} cases[] = {{1, 1}, {0, 0}, {101, 101}, {12, 101}, {108, 108}, {113, 113}, {276, 276},
		{228, 228}, {229, 229}, {100, 100}, {3145728, 0xffff}};
	static struct result got;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct made m = {0};

		made_pcap(&m, 0xa1b2c3d4, cases[i].in_file);
		made_packet(&m, 1, 0, 20);
		read_octets(m.bytes, m.count, &got);
		assert_int_equal(got.count, 1);
		assert_int_equal(got.link[0], cases[i].link);
	}
}

/* A capture cut at any octet gives its whole packets, and says where it ends unless that is between
 * two packets. */
static void test_every_prefix(void **state)
{
	static struct result got;
	static struct made m;
	size_t ends[4];

	(void)state;
	made_pcap(&m, 0xa1b2c3d4, 1);
	for (unsigned i = 0; i < 4; i++) {
		ends[i] = m.count;
		made_packet(&m, 10 + i, 0, 20 * i);
	}
	for (size_t bytes = 0; bytes <= m.count; bytes++) {
		unsigned whole = 0;
		bool between = bytes == m.count;
		char want[64];

		for (unsigned i = 0; i < 4; i++) {
			whole += bytes >= (i < 3 ? ends[i + 1] : m.count);
			between |= bytes == ends[i];
		}
		read_octets(m.bytes, bytes, &got);
		assert_int_equal(got.count, whole);
		assert_int_equal(got.problem_count, !between);
		if (between)
			continue;
		(void)snprintf(want, sizeof(want), ": offset %zu: ", bytes <= 4 ? 0 : bytes);
		assert_non_null(strstr(got.problem[0], want));
		assert_ptr_equal(strstr(got.problem[0], "/proc/self/fd/"), got.problem[0]);
	}
}

static void test_not_captures(void **state)
{
	static struct result got;
	const char *folder = "/", *missing = "/nonexistent/x.pcap";
	struct made m = {0};

	(void)state;
	read_octets("", 0, &got);
	assert_non_null(strstr(got.problem[0], ": offset 0: not a capture file"));
	read_octets("hello, world", 12, &got);
	assert_non_null(strstr(got.problem[0], ": offset 0: not a capture file"));
	assert_int_equal(read_all(&missing, 1, &got), -ENOENT);
	assert_string_equal(got.problem[0], "/nonexistent/x.pcap: No such file or directory");
	assert_int_equal(read_all(&folder, 1, &got), -EISDIR);
	made_pcap(&m, 0xa1b2c3d4, 1);
	made_packet(&m, 1, 0, 20);
	made_number(&m, 2, 8);
	made_number(&m, 0xfffffff0, 4); /* captured length beyond all limits */
	made_number(&m, 60, 4);
	read_octets(m.bytes, m.count, &got);
	assert_int_equal(got.count, 1);
	assert_int_equal(got.problem_count, 1);
	assert_non_null(strstr(got.problem[0], ": offset 76: "));
}

static void test_time_order(void **state)
{
	static const uint32_t seconds[4][4] = {
		{30, 31, 40, 0}, {10, 11, 12, 0}, {31, 33, 35, 41}, {20, 22, 21, 0}};
	static const uint32_t want[] = {10, 11, 12, 20, 22, 21, 30, 31, 31, 33, 35, 40, 41};
	static struct result got;
	struct made_file f[5];
	const char *names[5];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct made m = {0};

		made_pcap(&m, 0xa1b2c3d4, i == 2 ? 101 : 1);
		for (size_t j = 0; j < 4; j++)
			if (seconds[i][j])
				made_packet(&m, seconds[i][j], 0, 20);
		f[i] = made_file(m.bytes, m.count);
		names[i] = f[i].name;
	}
	f[4] = made_file("junk", 4);
	names[4] = f[4].name;
	assert_int_equal(read_all(names, 5, &got), 0);
	assert_int_equal(got.count, ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		assert_int_equal(got.time_ns[i] / 1000000000, want[i]);
	assert_int_equal(got.link[7], 1); /* of two equal stamps, the file named first */
	assert_int_equal(got.link[8], 101);
	assert_int_equal(got.problem_count, 1);
	assert_int_equal(got.progress.bytes_read, got.progress.bytes_total);
	for (size_t i = 0; i < 5; i++)
		(void)close(f[i].fd);
}

/* More captures at one time than may be open: each packet still comes once. */
static void test_many_overlap(void **state)
{
	static struct result got;
	struct made_file f[100];
	const char *names[100];
	uint64_t sum = 0;

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		struct made m = {0};

		made_pcap(&m, 0xa1b2c3d4, 1);
		for (uint32_t j = 0; j < 10; j++)
			made_packet(&m, 1000 + i + 100 * j, 0, 20);
		f[i] = made_file(m.bytes, m.count);
		names[i] = f[i].name;
	}
	assert_int_equal(read_all(names, 100, &got), 0);
	assert_int_equal(got.count, 1000);
	assert_int_equal(got.problem_count, 0);
	for (unsigned i = 0; i < got.count; i++)
		sum += got.time_ns[i] / 1000000000;
	assert_int_equal(sum, (1000ull + 1999) * 1000 / 2);
	for (size_t i = 0; i < 100; i++)
		(void)close(f[i].fd);
}

static void test_standard_input(void **state)
{
	static struct result got;
	struct made m = {0};
	const char *const names[] = {"-", "-"};
	int saved = dup(STDIN_FILENO), fds[2];

	(void)state;
	made_pcap(&m, 0xa1b2c3d4, 1);
	made_packet(&m, 7, 0, 20);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(write(fds[1], m.bytes, m.count), m.count);
	(void)close(fds[1]);
	assert_int_equal(read_all(names, 1, &got), 0);
	assert_int_equal(got.count, 1);
	assert_int_equal(got.progress.bytes_total, 0);
	assert_int_equal(read_all(names, 2, &got), -EINVAL);
	assert_string_equal(got.problem[0], "-: standard input can be read only once");
	assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
	(void)close(fds[0]);
	(void)close(saved);
}

static void test_burst_limits(void **state)
{
	static struct made head, packet;
	static struct result got;
	_cleanup_(free_ptr) uint8_t *all = malloc(10u << 20);
	size_t at;

	(void)state;
	made_pcap(&head, 0xa1b2c3d4, 1);
	memcpy(all, head.bytes, head.count);
	at = head.count;
	for (unsigned i = 0; i < 9; i++) {
		packet.count = 0;
		made_number(&packet, i, 8);
		made_number(&packet, 262143, 4);
		made_number(&packet, 262143, 4);
		memcpy(all + at, packet.bytes, packet.count);
		memset(all + at + packet.count, (int)i, 262143);
		at += packet.count + 262143;
	}
	read_octets(all, at, &got);
	assert_int_equal(got.count, 9);
	assert_int_equal(got.bursts, 3);
	for (unsigned i = 0; i < 9; i++) {
		assert_int_equal(got.captured[i], 262143);
		assert_int_equal(got.first_octet[i], i);
	}
}

#define HELD 12

static void check_held(const struct burst *b, unsigned *seen)
{
	for (unsigned i = 0; i < b->count; i++, ++*seen) {
		const struct pkt *p = &b->pkts[i];

		assert_int_equal(p->captured, 40 + *seen * 37 % 1460);
		for (uint32_t k = 0; k < p->captured; k++)
			assert_int_equal(p->bytes[k], (uint8_t)(*seen + k));
	}
}

/* Packets stay as they are until their burst is given back, while many more are read. */
static void test_held_bursts(void **state)
{
	static struct burst bursts[HELD];
	static uint8_t storage[HELD][BURST_BYTES];
	struct made_file f = made_file("", 0);
	const char *name = f.name;
	struct source_config config = {.names = &name, .name_count = 1};
	struct source *s;
	struct made m = {0};
	char error[200];
	unsigned read = 0, seen = 0;

	(void)state;
	made_pcap(&m, 0xa1b23c4d, 1);
	for (unsigned i = 0; i < 5000; i++) {
		made_number(&m, 1000, 4);
		made_number(&m, i, 4);
		made_number(&m, 40 + i * 37 % 1460, 4);
		made_number(&m, 1500, 4);
		for (unsigned k = 0; k < 40 + i * 37 % 1460; k++)
			made_number(&m, (uint8_t)(i + k), 1);
		assert_int_equal(write(f.fd, m.bytes, m.count), m.count);
		m.count = 0;
	}
	assert_int_equal(pcap_source.open(&s, &config, error, sizeof(error)), 0);
	for (;; read++) {
		struct burst *b = &bursts[read % HELD];

		if (read >= HELD) {
			check_held(b, &seen);
			pcap_source.release(s, b);
		}
		b->bytes = storage[read % HELD];
		if (pcap_source.burst(s, b) < 0)
			break;
	}
	for (unsigned i = 1; i < HELD; i++)
		check_held(&bursts[(read + i) % HELD], &seen);
	assert_int_equal(seen, 5000);
	pcap_source.close(s); /* with bursts that nobody gives back any more */
	(void)close(f.fd);
}

/* A stamp that leaps is not the last one of a burst, where it could not be told from a wrong one.
 */
static void test_a_leap_has_company(void **state)
{
	static struct result got;

	(void)state;
	for (unsigned before = BURST_PACKETS_MAX - 2; before <= BURST_PACKETS_MAX; before++) {
		struct made m = {0};

		made_pcap(&m, 0xa1b2c3d4, 1);
		for (unsigned i = 0; i < before + 4; i++)
			made_packet(&m, i < before ? 1000 : 1000000, 0, 0);
		read_octets(m.bytes, m.count, &got);
		assert_int_equal(got.count, before + 4);
		assert_int_equal(got.bursts, 2);
		assert_int_equal(got.first_of_burst[1],
			before == BURST_PACKETS_MAX - 2 ? BURST_PACKETS_MAX : before);
	}
}

/* Two interfaces of different link types: libpcap stops there. */
static void test_pcapng(void **state)
{
	static struct result got;
	struct made m = {0};

	(void)state;
	made_number(&m, 0x0a0d0d0a, 4);
	made_number(&m, 28, 4);
	made_number(&m, 0x1a2b3c4d, 4);
	made_number(&m, 1, 2);
	made_number(&m, 0, 2);
	made_number(&m, UINT64_MAX, 8);
	made_number(&m, 28, 4);
	for (uint32_t link = 1; link < 3; link++) {
		made_number(&m, 1, 4);
		made_number(&m, 20, 4);
		made_number(&m, link, 4);
		made_number(&m, 65535, 4);
		made_number(&m, 20, 4);
		made_number(&m, 6, 4); /* enhanced packet block of interface 0 */
		made_number(&m, 36, 4);
		made_number(&m, 0, 4);
		made_number(&m, 0, 4);
		made_number(&m, 1000001, 4);
		made_number(&m, 4, 4);
		made_number(&m, 4, 4);
		made_number(&m, 0x61616161, 4);
		made_number(&m, 36, 4);
	}
	read_octets(m.bytes, m.count, &got);
	assert_int_equal(got.count, 1);
	assert_int_equal(got.time_ns[0], 1000001000);
	assert_int_equal(got.problem_count, 1);
	assert_non_null(strstr(got.problem[0], "split it by interface"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_byte_order_and_precision),
		cmocka_unit_test(test_link_types),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_not_captures),
		cmocka_unit_test(test_time_order),
		cmocka_unit_test(test_many_overlap),
		cmocka_unit_test(test_standard_input),
		cmocka_unit_test(test_burst_limits),
		cmocka_unit_test(test_held_bursts),
		cmocka_unit_test(test_a_leap_has_company),
		cmocka_unit_test(test_pcapng),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
