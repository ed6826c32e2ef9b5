/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that need neither root nor hugepages; DPDK starts once in a process, so the errors that
 * are found before come first. */
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

#define LONG_BYTES 20000u

extern const struct source_ops dpdk_source;

static int open_device(const char *device, struct source **ret, char *error, size_t size)
{
	struct source_config config = {.names = &device, .name_count = 1, .queue_bytes_mib = 32};

	return dpdk_source.open(ret, &config, error, size);
}

static void test_errors(void **state)
{
	static const struct {
		const char *device;
		int error;
		const char *text;
	} cases[] = {
		{"net_af_packet0,iface=nosuch0", -ENODEV,
			"net_af_packet0,iface=nosuch0: there is no network interface nosuch0; `ip "
			"link` "
			"lists them"},
		{"net_pcap0,rx_pcap=/nonexistent.pcap,x=1", -ENOENT,
			"net_pcap0,rx_pcap=/nonexistent.pcap,x=1: /nonexistent.pcap: No such file "
			"or "
			"directory"},
		{"ffff:1f.7", -ENODEV,
			"ffff:1f.7: there is no PCI device 0000:ffff:1f.7; `dpdk-devbind.py -s` "
			"lists "
			"them"},
		{"abcd:01:00.0,x=1", -ENODEV,
			"abcd:01:00.0,x=1: there is no PCI device abcd:01:00.0; `dpdk-devbind.py "
			"-s` "
			"lists them"},
	};
	struct source_config none = {0};
	struct source *s;
	char error[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(
			open_device(cases[i].device, &s, error, sizeof(error)), cases[i].error);
		assert_string_equal(error, cases[i].text);
	}
	assert_int_equal(dpdk_source.open(&s, &none, error, sizeof(error)), -EINVAL);
	assert_string_equal(error, "dpdk: 1 to 16 devices, not 0");
}

/* A capture with one packet longer than an mbuf, as a device, and one that gives 64 octets for
 * ever. */
static struct made_file long_packet(void)
{
	static struct made m;
	static uint8_t all[LONG_BYTES + 100];
	size_t head;

	m.count = 0;
	made_pcap(&m, 0xa1b2c3d4, 1);
	made_number(&m, 1, 8);
	made_number(&m, LONG_BYTES, 4);
	made_number(&m, LONG_BYTES, 4);
	head = m.count;
	memcpy(all, m.bytes, head);
	for (size_t i = 0; i < LONG_BYTES; i++)
		all[head + i] = (uint8_t)(i * 7 + i / 256);
	return made_file(all, head + LONG_BYTES);
}

static void check_packet(const struct pkt *p, unsigned *long_count, unsigned *short_count)
{
	assert_int_equal(p->link, 1);
	assert_int_equal(p->captured, p->wire);
	assert_true(p->time_ns > 1700000000000000000);
	if (p->captured == 64) {
		++*short_count;
		return;
	}
	++*long_count;
	assert_int_equal(p->captured, LONG_BYTES);
	for (size_t i = 0; i < LONG_BYTES; i++)
		assert_int_equal(p->bytes[i], (uint8_t)(i * 7 + i / 256));
}

static void test_two_devices(void **state)
{
	static struct burst b;
	static uint8_t storage[BURST_BYTES];
	struct made_file f = long_packet();
	char device[64], error[512] = "";
	const char *const devices[] = {device, "net_null0"};
	struct source_config config = {.names = devices, .name_count = 2, .queue_bytes_mib = 32};
	struct source *s;
	struct ledger ledger = {0};
	unsigned bursts = 0, packets = 0, longs = 0, shorts = 0;

	(void)state;
	(void)snprintf(device, sizeof(device), "net_pcap0,rx_pcap=%s", f.name);
	b.bytes = storage;
	if (dpdk_source.open(&s, &config, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	for (; bursts < 2000;
		bursts++) { /* more than there are buffers, if one were not given back */
		int r = dpdk_source.burst(s, &b);

		assert_in_range(r, 0, BURST_PACKETS_MAX);
		for (int i = 0; i < r; i++)
			check_packet(&b.pkts[i], &longs, &shorts);
		packets += (unsigned)r;
		dpdk_source.release(s, &b);
	}
	assert_int_equal(longs, 1);
	assert_true(shorts > 100000);
	dpdk_source.stats(s, &ledger);
	assert_int_equal(ledger.n[LEDGER_WIRE_SEEN], packets + ledger.n[LEDGER_NIC_MISSED]);
	assert_null(dpdk_source.problem(s));
	dpdk_source.close(s);
	(void)close(f.fd);
	assert_true(open_device("net_null0", &s, error, sizeof(error)) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_two_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
