/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/decode.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

#define ETHERNET "020000000001 020000000002 "
#define IPV4_TCP "4500002c 00010000 40060000 c0000201 c6336402 "
#define TCP      "c000 01bb 00000001 00000000 50180000 00000000 "
#define IPV6     "20010db8000000000000000000000001 20010db8000000000000000000000002 "

/* Decode hexadecimal octets as a packet of `link`; the octets lie in a piece of just their size. */
static struct pkt decoded(uint16_t link, const char *hex)
{
	static uint8_t *octets;
	uint8_t all[512];
	size_t bytes = unit_octets(all, hex);
	struct pkt p = {.captured = (uint32_t)bytes, .wire = (uint32_t)bytes, .link = link};

	free(octets);
	octets = malloc(bytes ? bytes : 1);
	memcpy(octets, all, bytes);
	p.bytes = octets;
	decode(&p);
	return p;
}

static void expect_tcp(const struct pkt *p)
{
	assert_int_equal(p->verdict, PKT_FLOW);
	assert_int_equal(p->key.protocol, 6);
	assert_int_equal(p->key.port[p->side], 0xc000);
	assert_int_equal(p->key.port[!p->side], 443);
	assert_int_equal(p->tcp_flags, 0x18);
	assert_int_equal(p->tcp_seq, 1);
	assert_int_equal(p->payload_bytes, 4);
	assert_memory_equal(p->bytes + p->payload_offset, "abcd", 4);
}

static void links(void **state)
{
	struct pkt p = decoded(1, ETHERNET "0800" IPV4_TCP TCP "61626364 000000000000");

	(void)state;
	expect_tcp(&p);
	assert_int_equal(p.ip_bytes, 44);
	assert_int_equal(p.ip_offset, 14);
	p = decoded(101, IPV4_TCP TCP "61626364");
	expect_tcp(&p);
	p = decoded(113, "0000 0001 0006 0200000000010000 0800" IPV4_TCP TCP "61626364");
	expect_tcp(&p);
	p = decoded(276, "0800 0000 00000001 0001 00 06 0200000000010000" IPV4_TCP TCP "61626364");
	expect_tcp(&p);
	p = decoded(0, "02000000" IPV4_TCP TCP "61626364");
	expect_tcp(&p);
	p = decoded(108, "00000002" IPV4_TCP TCP "61626364");
	expect_tcp(&p);
	p = decoded(147, "00");
	assert_int_equal(p.verdict, PKT_BAD_LINK);
}

static void vlans(void **state)
{
	struct pkt p = decoded(1, ETHERNET "88a8 2064 8100 0007 0800" IPV4_TCP TCP "61626364");

	(void)state;
	expect_tcp(&p);
	assert_int_equal(p.vlan_count, 2);
	assert_int_equal(p.vlan[0], 100);
	assert_int_equal(p.vlan[1], 7);
	p = decoded(1, ETHERNET "8100 0001 8100 0002 8100 0003 8100 0004 8100 0005 0800" IPV4_TCP);
	assert_int_equal(p.verdict, PKT_TOO_DEEP);
	p = decoded(1, ETHERNET "0806 0001080006040001");
	assert_int_equal(p.verdict, PKT_NONFLOW);
	p = decoded(1, ETHERNET "0026 4242030000");
	assert_int_equal(p.verdict, PKT_NONFLOW);
}

static void other_headers_before_ip(void **state)
{
	struct pkt p = decoded(1, ETHERNET "8847 00010040 00011140" IPV4_TCP TCP "61626364");

	(void)state;
	expect_tcp(&p);
	p = decoded(1, ETHERNET "8864 1100 0007 002e 0021" IPV4_TCP TCP "61626364");
	expect_tcp(&p);
	p = decoded(1, ETHERNET "8903 0040" ETHERNET "8100 0005 0800" IPV4_TCP TCP "61626364");
	expect_tcp(&p);
	assert_int_equal(p.vlan[0], 5);
	p = decoded(1, ETHERNET "88e7 00000007" ETHERNET "0800" IPV4_TCP TCP "61626364");
	expect_tcp(&p);
	p = decoded(1, ETHERNET "8909 0101 0001 0002 0800" IPV4_TCP TCP "61626364");
	expect_tcp(&p);
	p = decoded(1, ETHERNET "8847 00011140 00000000"); /* a pseudowire */
	assert_int_equal(p.verdict, PKT_NONFLOW);
	p = decoded(1, ETHERNET "8864 1100 0007 0004 c021 0101"); /* LCP */
	assert_int_equal(p.verdict, PKT_NONFLOW);
	p = decoded(1, ETHERNET "8847 00010040 00010040 00010040 00010040 00010040 00010040"
				"00010040 00010040 00010140" IPV4_TCP);
	assert_int_equal(p.verdict, PKT_TOO_DEEP);
	p = decoded(1, ETHERNET "8847 000100");
	assert_int_equal(p.verdict, PKT_TRUNCATED);
	p = decoded(229, IPV4_TCP TCP);
	assert_int_equal(p.verdict, PKT_BAD_IP);
}

static void ipv6_extensions(void **state)
{
	/* hop-by-hop, then a fragment header of a whole datagram, then UDP */
	struct pkt p = decoded(1,
		ETHERNET "86dd 60000000 001c 00 40" IPV6
			 "2c00050200000000 1100000000000001 0035 d431 000c 0000 61626364");

	(void)state;
	assert_int_equal(p.verdict, PKT_FLOW);
	assert_int_equal(p.key.protocol, 17);
	assert_int_equal(p.key.port[p.side], 53);
	assert_int_equal(p.payload_bytes, 4);
	assert_int_equal(p.ip_bytes, 68);
	/* the same, but a later fragment: no ports */
	p = decoded(1, ETHERNET "86dd 60000000 001c 00 40" IPV6
				"2c00050200000000 1100000900000001 0035 d431 000c 0000 61626364");
	assert_true(p.fragment);
	assert_int_equal(p.key.protocol, 17);
	assert_int_equal(p.key.port[0] | p.key.port[1], 0);
	assert_int_equal(p.payload_bytes, 0);
	/* an extension that is longer than the packet: still counted, without ports */
	p = decoded(1, ETHERNET "86dd 60000000 0008 00 40" IPV6 "11ff050200000000");
	assert_int_equal(p.verdict, PKT_FLOW);
	assert_int_equal(p.payload_bytes, 0);
}

static void ipv4_broken(void **state)
{
	struct pkt p = decoded(101, "4400002c 00010000 40060000 c0000201 c6336402");

	(void)state;
	assert_int_equal(p.verdict, PKT_BAD_IP); /* header of 16 octets */
	p = decoded(101, "45000013 00010000 40060000 c0000201 c6336402");
	assert_int_equal(p.verdict, PKT_BAD_IP); /* shorter than its header */
	p = decoded(101, "35000014 00010000 40060000 c0000201 c6336402");
	assert_int_equal(p.verdict, PKT_BAD_IP);
	p = decoded(101, "45000028 00010000 40060000 c0000201 c63364");
	assert_int_equal(p.verdict, PKT_TRUNCATED);
	p = decoded(101, "");
	assert_int_equal(p.verdict, PKT_TRUNCATED);
	p = decoded(101, "4500002c 00010000 40060000 c0000201 c6336402 c000"); /* half a port */
	assert_int_equal(p.verdict, PKT_FLOW);
	assert_int_equal(p.key.port[0] | p.key.port[1], 0);
	p = decoded(101, "4500ffff 00010000 40110000 c0000201 c6336402 0035 d431 000c 0000 61");
	assert_int_equal(p.verdict, PKT_FLOW); /* claims more than there is */
	assert_int_equal(p.ip_bytes, 0xffff);
	assert_int_equal(p.payload_bytes, 1);
	p = decoded(101, "45000000 00010000 40110000 c0000201 c6336402 0035 d431 000c 0000 61");
	assert_int_equal(p.ip_bytes, 29); /* offload leaves 0: what was there */
}

static void both_directions_have_one_key(void **state)
{
	struct pkt request = decoded(
		101, "4500001c 00010000 40010000 c0000201 c6336402 0800000000000000");
	struct pkt reply = decoded(
		101, "4500001c 00010000 40010000 c6336402 c0000201 0000000000000000");
	struct pkt error = decoded(
		101, "4500001c 00010000 40010000 c0000201 c6336402 0301000000000000");
	struct pkt back = decoded(
		101, "4500001c 00010000 40010000 c6336402 c0000201 0301000000000000");

	(void)state;
	assert_memory_equal(&request.key, &reply.key, sizeof(request.key));
	assert_int_not_equal(request.side, reply.side);
	assert_int_equal(request.icmp_type, 8);
	/* errors have no answer: each direction is its own flow */
	assert_memory_not_equal(&error.key, &back.key, sizeof(error.key));
}

/* Every prefix of a packet decodes without a read past it (the octets are a piece of their size).
 */
static void every_prefix(void **state)
{
	const char *hex = "0200000000010200000000028100000186dd60000000001c0040"
			  "20010db800000000000000000000000120010db8000000000000000000000002"
			  "2c000502000000001100000000000001003535d4000c000061626364";
	char prefix[256];

	(void)state;
	for (size_t digits = 0; digits <= strlen(hex); digits += 2) {
		struct pkt p;

		memcpy(prefix, hex, digits);
		prefix[digits] = 0;
		p = decoded(1, prefix);
		assert_true(p.verdict == PKT_FLOW || p.verdict == PKT_TRUNCATED);
		assert_true(p.payload_bytes <= p.captured);
	}
}

/* A capture file may say that there were fewer octets than it holds. */
static void shorter_on_the_wire(void **state)
{
	uint8_t octets[64];
	size_t bytes = unit_octets(octets, "45000000 00010000 40060000 c0000201 c6336402 " TCP);
	struct pkt p = {.bytes = octets, .captured = (uint32_t)bytes, .wire = 10, .link = 101};

	(void)state;
	decode(&p);
	assert_int_equal(p.verdict, PKT_FLOW);
	assert_int_equal(p.ip_bytes, bytes);
	bytes = unit_octets(octets, "60000000 0000 11 40 " IPV6 "0000");
	p = (struct pkt){.bytes = octets, .captured = (uint32_t)bytes, .wire = 10, .link = 101};
	decode(&p);
	assert_int_equal(p.verdict, PKT_FLOW);
	assert_int_equal(p.ip_bytes, bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links),
		cmocka_unit_test(shorter_on_the_wire),
		cmocka_unit_test(vlans),
		cmocka_unit_test(other_headers_before_ip),
		cmocka_unit_test(ipv6_extensions),
		cmocka_unit_test(ipv4_broken),
		cmocka_unit_test(both_directions_have_one_key),
		cmocka_unit_test(every_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
