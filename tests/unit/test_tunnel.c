/* SPDX-License-Identifier: Apache-2.0 */
/* Packets inside packets, each also cut at every length. */
#include <stdio.h>
#include <stdlib.h>

#include "probe/decode.h"
#include "tests/unit/unit.h"

#define PACKET_BYTES 512

#define MACS  "020000000001 020000000002 "
#define ENDS4 "c0000201 c6336402 "
#define IPV6  "20010db8000000000000000000000001 20010db8000000000000000000000002 "
/* the innermost: ports 1000 to 53, four octets */
#define UDP "03e8 0035 000c 0000 61626364 "
#define IP4 "45000020 00010000 40110000 c0a80001 c0a80002 " UDP
#define IP6                                                                                        \
	"60000000 000c 11 40 20010db8000000000000000000000011 "                                    \
	"20010db8000000000000000000000012 " UDP
#define FRAME        MACS "0800 " IP4
#define FRAME_TAGGED MACS "8100 0007 0800 " IP4
/* outer: protocol and payload follow; total lengths of zero mean all there is */
#define OUTER(protocol)  "45000000 00010000 40" protocol "0000 " ENDS4
#define OUTER6(protocol) "60000000 0000 " protocol " 40 " IPV6
#define TO(port)         OUTER("11") "c000 " port " 0000 0000 "

struct sample {
	const char *name, *hex;
	enum pkt_tunnel_type type;
	uint32_t id;
	unsigned depth;
};

static const struct sample samples[] = {
	{"ipip", OUTER("04") IP4, TUNNEL_IPIP, 0, 1},
	{"6in4", OUTER("29") IP6, TUNNEL_6IN4, 0, 1},
	{"4in6", OUTER6("04") IP4, TUNNEL_4IN6, 0, 1},
	{"6in6", OUTER6("29") IP6, TUNNEL_6IN6, 0, 1},
	{"gre", OUTER("2f") "0000 0800 " IP4, TUNNEL_GRE, 0, 1},
	{"gre, checksum, key, sequence", OUTER("2f") "b000 86dd 12340000 00000005 00000001 " IP6,
		TUNNEL_GRE, 5, 1},
	{"gre, routing", OUTER("2f") "4000 0800 00000000 0000 00 04 01020304 00000000 " IP4,
		TUNNEL_GRE, 0, 1},
	{"gre, ethernet", OUTER("2f") "0000 6558 " FRAME, TUNNEL_GRE, 0, 1},
	{"gre, mpls", OUTER("2f") "0000 8847 000010ff 000021ff " IP4, TUNNEL_GRE, 0, 1},
	{"pptp", OUTER("2f") "3081 880b 0024 002a 00000001 00000002 ff03 0021 " IP4, TUNNEL_GRE, 42,
		1},
	{"pptp, short", OUTER("2f") "3001 880b 0022 002a 00000001 21 " IP4, TUNNEL_GRE, 42, 1},
	{"erspan I", OUTER("2f") "0000 88be " FRAME, TUNNEL_ERSPAN, 0, 1},
	{"erspan II", OUTER("2f") "1000 88be 00000001 1001 0064 00000000 " FRAME, TUNNEL_ERSPAN,
		100, 1},
	{"erspan III", OUTER("2f") "1000 22eb 00000001 2001 0064 00000000 0000 0000 " FRAME,
		TUNNEL_ERSPAN, 100, 1},
	{"erspan III, subheader",
		OUTER("2f") "1000 22eb 00000001 2001 0064 00000000 0000 0001 "
			    "0000000000000000 " FRAME,
		TUNNEL_ERSPAN, 100, 1},
	{"vxlan", TO("12b5") "08000000 00007b00 " FRAME, TUNNEL_VXLAN, 123, 1},
	{"vxlan, tagged", TO("12b5") "08000000 00007b00 " FRAME_TAGGED, TUNNEL_VXLAN, 123, 1},
	{"vxlan-gpe", TO("12b6") "0c000001 00007b00 " IP4, TUNNEL_VXLAN_GPE, 123, 1},
	{"vxlan-gpe, nsh", TO("12b6") "0c000004 00007b00 0fc2 0201 000001ff " IP6, TUNNEL_VXLAN_GPE,
		123, 1},
	{"geneve", TO("17c1") "00006558 00000900 " FRAME, TUNNEL_GENEVE, 9, 1},
	{"geneve, options", TO("17c1") "02400800 00000900 0102030401020304 " IP4, TUNNEL_GENEVE, 9,
		1},
	{"gtp", TO("0868") "30ff 0020 0000beef " IP4, TUNNEL_GTP, 0xbeef, 1},
	{"gtp, extensions", TO("0868") "34ff 0028 0000beef 0000 00 85 01 1009 00 " IP6, TUNNEL_GTP,
		0xbeef, 1},
	{"gtp v0", TO("0d3a") "1eff 0020 0001 0000 ff ffffff 0000000000000000 " IP4, TUNNEL_GTP, 0,
		1},
	{"teredo", TO("0dd8") IP6, TUNNEL_TEREDO, 0, 1},
	{"teredo, authentication and origin",
		TO("0dd8") "0001 00 00 0000000000000000 00 0000 0000 00000000 " IP6, TUNNEL_TEREDO,
		0, 1},
	{"l2tp", TO("06a5") "4802 0030 0001 0002 00000000 ff03 0021 " IP4, TUNNEL_L2TP, 2, 1},
	{"l2tp, offset", TO("06a5") "0202 0001 0002 0002 0000 0021 " IP4, TUNNEL_L2TP, 2, 1},
	{"l2tpv3 over udp", TO("06a5") "0003 0000 00000007 " FRAME, TUNNEL_L2TP, 7, 1},
	{"l2tpv3", OUTER("73") "00000007 0102030405060708 00000000 " FRAME, TUNNEL_L2TP, 7, 1},
	{"etherip", OUTER("61") "3000 " FRAME, TUNNEL_ETHERIP, 0, 1},
	{"mpls in ip", OUTER("89") "000011ff " IP4, TUNNEL_MPLS, 0, 1},
	{"mpls in udp", TO("19eb") "000011ff " IP4, TUNNEL_MPLS, 0, 1},
	{"ah, tunnel mode",
		OUTER("33") "04 04 0000 00000001 00000001 000000000000000000000000 " IP4, TUNNEL_AH,
		0, 1},
	{"pim register", OUTER("67") "21 00 0000 00000000 " IP4, TUNNEL_PIM, 0, 1},
	{"capwap, 802.3", TO("147f") "00100200 00000000 " FRAME, TUNNEL_CAPWAP, 0, 1},
	{"capwap, 802.11",
		TO("147f") "00100300 00000000 0108 0000 020000000001020000000002020000000003 0000 "
			   "aaaa03000000 0800 " IP4,
		TUNNEL_CAPWAP, 0, 1},
	{"srv6", OUTER6("8f") FRAME, TUNNEL_SRV6, 0, 1},
	{"gtp in vxlan in gre",
		OUTER("2f") "2000 0800 00000001 " TO("12b5") "08000000 00007b00 " MACS "0800 " TO(
			"0868") "30ff 0020 0000beef " IP4,
		TUNNEL_GRE, 1, 3},
};

/* Octets in a piece of memory of just their size. */
static struct pkt decoded(const uint8_t *octets, size_t bytes, uint16_t link, bool keep)
{
	static uint8_t *piece;
	struct pkt p = {.captured = (uint32_t)bytes,
		.wire = (uint32_t)bytes,
		.link = link,
		.keep_tunnels = keep};

	free(piece);
	piece = malloc(bytes ? bytes : 1);
	assert_non_null(piece);
	memcpy(piece, octets, bytes);
	p.bytes = piece;
	decode(&p);
	return p;
}

static bool is_inner(const struct pkt *p)
{
	return p->key.protocol == 17 && p->key.ported && p->key.port[p->side] == 1000 &&
	       p->key.port[!p->side] == 53;
}

static void opened(void **state)
{
	uint8_t octets[PACKET_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const struct sample *s = &samples[i];
		size_t bytes = unit_octets(octets, s->hex);
		struct pkt p = decoded(octets, bytes, 101, false);

		if (p.verdict != PKT_FLOW || !is_inner(&p) || p.tunnel.type != s->type ||
			p.tunnel.id != s->id || p.tunnel_count != s->depth)
			fail_msg("%s: verdict %d, type %d, id %u, depth %d", s->name, p.verdict,
				p.tunnel.type, p.tunnel.id, p.tunnel_count);
		assert_int_equal(p.payload_bytes, 4);
		assert_memory_equal(p.bytes + p.payload_offset, "abcd", 4);
		if (octets[0] >> 4 == 4)
			assert_memory_equal(p.tunnel.address[0] + 12, "\xc0\0\2\1", 4);
		assert_int_equal(p.ip_bytes, p.bytes[p.ip_offset] >> 4 == 4 ? 32 : 52);
	}
}

static void kept_closed(void **state)
{
	uint8_t octets[PACKET_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		struct pkt p = decoded(octets, unit_octets(octets, samples[i].hex), 101, true);

		assert_int_equal(p.verdict, PKT_FLOW);
		assert_int_equal(p.tunnel_count, 0);
		assert_int_equal(p.ip_offset, 0);
		assert_false(is_inner(&p));
	}
}

/* Cut anywhere it is the inner flow or the outer one, and nothing is read past the end. */
static void cut(void **state)
{
	uint8_t octets[PACKET_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		size_t bytes = unit_octets(octets, samples[i].hex);

		for (size_t cut = bytes; cut-- > 40;) {
			struct pkt p = decoded(octets, cut, 101, false);

			assert_int_equal(p.verdict, PKT_FLOW);
			assert_int_equal(p.tunnel_count > 0, p.ip_offset > 0);
			assert_true(p.payload_offset + p.payload_bytes <= cut);
		}
	}
}

/* Whatever an octet is changed to, decode ends with an answer. */
static void one_octet_wrong(void **state)
{
	static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
	uint8_t octets[PACKET_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		size_t bytes = unit_octets(octets, samples[i].hex);

		for (size_t at = 0; at < bytes; at++) {
			uint8_t right = octets[at];

			for (size_t v = 0; v < ARRAY_LEN(values); v++) {
				octets[at] = values[v];
				struct pkt p = decoded(octets, bytes, 101, false);

				assert_true(p.verdict <= PKT_TOO_DEEP);
				assert_true(p.tunnel_count <= 3 && p.layer_count <= 8);
			}
			octets[at] = right;
		}
	}
}

/* A fourth tunnel stays closed: the flow is the third's. */
static void too_deep(void **state)
{
	uint8_t octets[PACKET_BYTES];
	struct pkt p = decoded(octets,
		unit_octets(octets, OUTER("04") OUTER("04") OUTER("04") OUTER("04") IP4), 101,
		false);

	(void)state;
	assert_int_equal(p.verdict, PKT_FLOW);
	assert_int_equal(p.tunnel_count, 3);
	assert_int_equal(p.key.protocol, 4);
	assert_int_equal(p.ip_offset, 60);
}

/* What a port promises and the octets do not hold. */
static void no_tunnel(void **state)
{
	static const char *const wrong[] = {
		TO("12b5") "00000000 00007b00 " FRAME,            /* VXLAN without its flag */
		TO("12b5") "08000000 00007b00 " MACS "0806 0001", /* ARP */
		TO("17c1") "40006558 00000900 " FRAME,            /* GENEVE of another version */
		TO("0868") "3001 0004 00000000 0000",             /* GTP echo */
		TO("0868") "34ff 0020 0000beef 0000 00 85 00 " IP4,
		TO("06a5") "c802 000c 0000 0000 0000 0000", /* L2TP control */
		TO("147f") "01000000 00000000 " FRAME,      /* CAPWAP under DTLS */
		OUTER("2f") "0002 0800 " IP4,               /* GRE of another version */
		OUTER("2f") "0000 0000 00000000",           /* keepalive without packet */
		OUTER("67") "23 00 0000 00000000 " IP4,     /* PIM Join */
		OUTER("33") "11 04 0000 00000001 00000001 000000000000000000000000 " UDP,
		OUTER("04") IP6,
	};
	uint8_t octets[PACKET_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct pkt p = decoded(octets, unit_octets(octets, wrong[i]), 101, false);

		assert_int_equal(p.verdict, PKT_FLOW);
		assert_int_equal(p.tunnel_count, 0);
		assert_int_equal(p.ip_offset, 0);
		assert_memory_equal(p.key.address[p.side] + 12, "\xc0\0\2\1", 4);
	}
}

static void links(void **state)
{
	static const struct {
		uint16_t link;
		const char *hex;
	} of[] = {
		{9, "ff03 0021 " IP4},
		{9, "21 " IP4},
		{9, "0057 " IP6},
		{50, "0f00 0800 " IP4},
		{51, "1100 0001 0024 0021 " IP4},
		{104, "8f00 86dd " IP6},
		{107, "1841 03 cc " IP4},
		{107, "1841 03 00 80 000000 0800 " IP4},
		{107, "1841 0800 " IP4},
		{10, "50 " MACS "aaaa03 000000 0800 " IP4},
		{100, "aaaa03 000000 0800 " IP4},
		{8, "00000000 00000000 00000000 00000000 " IP4},
		{105, "0801 0000 020000000001 020000000002 020000000003 0000 aaaa03000000 "
		      "0800 " IP4},
		{105, "8803 0000 020000000001 020000000002 020000000003 0000 020000000004 0000 "
		      "aaaa03000000 0800 " IP4},
		{127, "0000 0900 02000000 20 0801 0000 020000000001 020000000002 020000000003 0000 "
		      "aaaa03000000 0800 " IP4},
		{127, "0000 0900 02000000 20 8801 0000 020000000001 020000000002 020000000003 0000 "
		      "0000 0000 aaaa03000000 0800 " IP4},
		{129, "01 02 0000 d4 000000 " IP4},
		{192, "00 00 0800 69000000 0801 0000 020000000001 020000000002 020000000003 0000 "
		      "aaaa03000000 0800 " IP4},
		{204, "00 ff03 0021 " IP4},
		{226, "02 02 0000 00000000 00000000 00000000 00000000 00000000 " IP4},
		{239, "02 00 0000 0800 0100 00000000 2400 0900 " IP4},
		{239, "02 00 0000 0008 0001 00000000 0024 0009 " IP4},
		{242, "0000000000000000 0000000000000000 0000000000000000 0000000000000000 "
		      "0000000000000000 0800 0000 " IP4},
		{281, MACS "20000000 0800 " IP4},
		{282, "20000000 " MACS "0800 " IP4},
		{284, MACS "dada 0000 c0000000 0800 " IP4},
		{1, MACS "0800 " IP4},
		{1, MACS "8847 000011ff 00000000 " FRAME},
		{1, MACS "8847 000011ff " FRAME},
		{1, MACS "894f 0fc2 0203 000001ff " FRAME},
		{1, MACS "22f3 0000 0001 0002 " FRAME},
		{1, MACS "002e aaaa03 000000 8100 0007 0800 " IP4},
		{1, MACS "0023 060603 " IP4},
	};
	uint8_t octets[PACKET_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		size_t bytes = unit_octets(octets, of[i].hex);
		struct pkt p = decoded(octets, bytes, of[i].link, false);

		if (p.verdict != PKT_FLOW || !is_inner(&p) || p.tunnel_count)
			fail_msg("link %d, the one of %zu: verdict %d", of[i].link, i, p.verdict);
		for (size_t cut = bytes; cut-- > 0;) {
			p = decoded(octets, cut, of[i].link, false);
			assert_true(p.verdict <= PKT_TOO_DEEP);
		}
	}
}

/* Frames of 802.11 that are no flow: encrypted, without data, a later fragment, of management. */
static void wlan_is_no_flow(void **state)
{
	static const char *const frames[] = {
		"0841 0000 020000000001 020000000002 020000000003 0000 aaaa03000000 0800 " IP4,
		"4801 0000 020000000001 020000000002 020000000003 0000 aaaa03000000 0800 " IP4,
		"0801 0000 020000000001 020000000002 020000000003 0100 aaaa03000000 0800 " IP4,
		"8000 0000 020000000001 020000000002 020000000003 0000 aaaa03000000 0800 " IP4,
	};
	uint8_t octets[PACKET_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		struct pkt p = decoded(octets, unit_octets(octets, frames[i]), 105, false);

		assert_int_equal(p.verdict, PKT_NONFLOW);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opened),
		cmocka_unit_test(kept_closed),
		cmocka_unit_test(cut),
		cmocka_unit_test(one_octet_wrong),
		cmocka_unit_test(too_deep),
		cmocka_unit_test(no_tunnel),
		cmocka_unit_test(links),
		cmocka_unit_test(wlan_is_no_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
