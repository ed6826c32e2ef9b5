/* SPDX-License-Identifier: Apache-2.0 */
/* What IP carries besides transport: IP in IP (RFC 2003, 2473, 4213), GRE (RFC 2784, 2890, 2637)
 * with ERSPAN (draft-foschiano-erspan), VXLAN (RFC 7348) and its generic form
 * (draft-ietf-nvo3-vxlan-gpe), GENEVE (RFC 8926), GTP-U (3GPP TS 29.281, GSM 09.60), Teredo (RFC
 * 4380), L2TP (RFC 2661, 3931), EtherIP (RFC 3378), MPLS in IP and UDP (RFC 4023, 7510), AH in
 * tunnel mode (RFC 4302), PIM Register (RFC 7761), CAPWAP (RFC 5415). A port number is no proof:
 * what is inside must decode to a packet of IP, else the outer flow stands. */
#include <string.h>

#include "base/cleanup.h"
#include "probe/decode_parts.h"

enum udp_port {
	PORT_SYSTEM_LAST = 1023, /* RFC 6335 section 6 */
	PORT_L2TP = 1701,
	PORT_GTP_U = 2152,
	PORT_GTP_V0 = 3386,
	PORT_TEREDO = 3544,
	PORT_GRE = 4754, /* RFC 8086 */
	PORT_VXLAN = 4789,
	PORT_VXLAN_GPE = 4790,
	PORT_CAPWAP_DATA = 5247,
	PORT_GENEVE = 6081,
	PORT_MPLS = 6635,
	PORT_VXLAN_LINUX = 8472, /* before it was assigned one */
};

/* The outermost one is what a flow remembers. */
static void tunnel_name(struct pkt *p, enum pkt_tunnel_type type, uint32_t id)
{
	if (p->tunnel_count != 1)
		return;
	p->tunnel.type = (uint8_t)type;
	p->tunnel.id = id;
}

static void ip_in_ip(struct pkt *p, struct cursor in, uint8_t version, bool outer_v4)
{
	if (cur_peek(&in, 0) >> 4 != version)
		return;
	tunnel_name(p,
		version == 4 ? (outer_v4 ? TUNNEL_IPIP : TUNNEL_4IN6)
			     : (outer_v4 ? TUNNEL_6IN4 : TUNNEL_6IN6),
		0);
	decode_ip(p, in);
}

/* Type I has no header, II one of 8 octets, III one of 12 and perhaps 8 more. */
static void erspan(struct pkt *p, struct cursor in, uint16_t type, bool sequence)
{
	uint16_t id = (uint16_t)(cur_peek(&in, 2) << 8 | cur_peek(&in, 3)) & 0x3ff;

	if (type == 0x88be && !sequence) {
		tunnel_name(p, TUNNEL_ERSPAN, 0);
	} else if (type == 0x88be) {
		tunnel_name(p, TUNNEL_ERSPAN, id);
		cur_skip(&in, 8);
	} else {
		tunnel_name(p, TUNNEL_ERSPAN, id);
		cur_skip(&in, cur_peek(&in, 11) & 1 ? 20 : 12);
	}
	if (!in.bad)
		decode_ethernet(p, in);
}

/* The payload of GRE by its type. */
static void gre_payload(struct pkt *p, struct cursor in, uint16_t type, bool sequence)
{
	switch (type) {
	case 0x88be:
	case 0x22eb:
		erspan(p, in, type, sequence);
		break;
	case 0x883e: /* WCCP: version 2 has a redirect header before IP */
		if (cur_peek(&in, 0) >> 4 != 4)
			cur_skip(&in, 4);
		decode_ip(p, in);
		break;
	case ETHER_PPP:
		decode_ppp(p, in);
		break;
	case ETHER_CMD: /* here the type stands before the tag */
		type = cur_u16(&in);
		cur_skip(&in, 6);
		if (!in.bad && type > ETHER_LENGTH_MAX)
			decode_ethertype(p, in, type);
		break;
	default:
		/* Aruba's access points send frames of 802.11 under types of their own */
		if ((type >= 0x8200 && type <= 0x8370 && type != ETHER_VLAN) ||
			((type & 0xff00) == 0x9000 && type != ETHER_QINQ_OLD))
			decode_wlan(p, in, 0);
		else if (type > ETHER_LENGTH_MAX)
			decode_ethertype(p, in, type);
	}
}

static void gre(struct pkt *p, struct cursor in)
{
	uint16_t flags = cur_u16(&in), type = cur_u16(&in);
	uint8_t version = flags & 7;
	uint32_t key = 0;

	if (version > 1)
		return;
	if (version == 0 && flags & 0xc000) /* checksum and offset */
		cur_skip(&in, 4);
	if (flags & 0x2000)
		key = cur_u32(&in);
	if (flags & 0x1000)
		cur_skip(&in, 4);
	if (version == 1 && flags & 0x0080)
		cur_skip(&in, 4); /* acknowledgement, RFC 2637 section 4.1 */
	for (unsigned i = 0; version == 0 && flags & 0x4000 && i < 16; i++) {
		uint32_t entry = cur_u32(&in); /* RFC 1701: family, offset, length */

		if (entry == 0)
			break;
		cur_skip(&in, entry & 0xff);
	}
	if (in.bad)
		return;
	tunnel_name(p, TUNNEL_GRE, version == 1 ? key & 0xffff : key);
	gre_payload(p, in, type, flags & 0x1000);
}

static void vxlan(struct pkt *p, struct cursor in, bool generic)
{
	static const uint16_t types[] = {[1] = ETHER_IPV4,
		[2] = ETHER_IPV6,
		[3] = ETHER_TEB,
		[4] = ETHER_NSH,
		[5] = ETHER_MPLS};
	uint8_t flags = cur_u8(&in), next;
	uint32_t vni;

	cur_skip(&in, 2);
	next = cur_u8(&in);
	vni = cur_u24(&in);
	cur_skip(&in, 1);
	if (in.bad || !(flags & 0x08))
		return;
	tunnel_name(p, generic ? TUNNEL_VXLAN_GPE : TUNNEL_VXLAN, vni);
	if (generic && next < ARRAY_LEN(types) && types[next])
		decode_ethertype(p, in, types[next]);
	else
		decode_ethernet(p, in);
}

static void geneve(struct pkt *p, struct cursor in)
{
	uint8_t first = cur_u8(&in);
	uint16_t type = (cur_skip(&in, 1), cur_u16(&in));
	uint32_t vni = cur_u24(&in);

	cur_skip(&in, 1 + (size_t)(first & 0x3f) * 4);
	if (in.bad || first >> 6 != 0)
		return;
	tunnel_name(p, TUNNEL_GENEVE, vni);
	if (type > ETHER_LENGTH_MAX)
		decode_ethertype(p, in, type);
}

/* The first version, GSM 09.60 section 6: a header of 20 octets. */
static void gtp_v0(struct pkt *p, struct cursor in)
{
	if ((cur_peek(&in, 0) & 0xf0) != 0x10 || cur_peek(&in, 1) != 255)
		return;
	cur_skip(&in, 20);
	tunnel_name(p, TUNNEL_GTP, 0);
	if (!in.bad)
		decode_ip(p, in);
}

/* TS 29.281 section 5.1: message 255 carries a packet; extension headers stand before it. */
static void gtp(struct pkt *p, struct cursor in)
{
	uint8_t flags = cur_u8(&in), message = cur_u8(&in), next = 0, version;
	uint32_t teid;

	cur_skip(&in, 2);
	teid = cur_u32(&in);
	if (in.bad || flags >> 4 != 3 || message != 255)
		return;
	if (flags & 7) {
		cur_skip(&in, 3);
		next = cur_u8(&in);
	}
	for (unsigned i = 0; next && flags & 4 && i < 8; i++) {
		uint8_t words = cur_u8(&in);

		if (words == 0)
			return;
		cur_skip(&in, (size_t)words * 4 - 2);
		next = cur_u8(&in);
	}
	version = cur_peek(&in, 0) >> 4;
	tunnel_name(p, TUNNEL_GTP, teid);
	if (version == 4 || version == 6)
		decode_ip(p, in);
	else if (cur_is(&in, "\xff\x03", 2))
		decode_ppp(p, in);
}

/* RFC 4380 section 5.1.1: authentication and origin may stand before the packet of IPv6. */
static void teredo(struct pkt *p, struct cursor in)
{
	if (cur_is(&in, "\0\1", 2)) {
		size_t client = cur_peek(&in, 2), value = cur_peek(&in, 3);

		cur_skip(&in, 4 + client + value + 9);
	}
	if (cur_is(&in, "\0\0", 2))
		cur_skip(&in, 8);
	if (in.bad || cur_peek(&in, 0) >> 4 != 6)
		return;
	tunnel_name(p, TUNNEL_TEREDO, 0);
	decode_ip(p, in);
}

/* In L2TPv3 only the two ends know what stands before the payload: a cookie of 0, 4 or 8 octets,
 * and a sublayer of 4 or none. A frame or packet must follow. */
static void l2tpv3(struct pkt *p, struct cursor in)
{
	static const uint8_t unknown[] = {0, 4, 8, 12};
	uint32_t session = cur_u32(&in);

	if (in.bad || session == 0) /* control */
		return;
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++) {
		struct cursor inner = in;
		uint16_t type;

		cur_skip(&inner, unknown[i]);
		type = (uint16_t)(cur_peek(&inner, 12) << 8 | cur_peek(&inner, 13));
		tunnel_name(p, TUNNEL_L2TP, session);
		if (cur_is(&inner, "\xff\x03", 2))
			decode_ppp(p, inner);
		else if (type == ETHER_IPV4 || type == ETHER_IPV6 || type == ETHER_VLAN)
			decode_ethernet(p, inner);
		if (p->verdict == PKT_FLOW)
			return;
	}
}

/* RFC 2661 section 3.1: a data message has PPP in it. */
static void l2tp(struct pkt *p, struct cursor in)
{
	uint16_t flags = cur_u16(&in), session;

	if (in.bad || flags & 0x8000)
		return;
	if ((flags & 15) == 3) { /* RFC 3931 section 4.1.2.1 */
		cur_skip(&in, 2);
		l2tpv3(p, in);
		return;
	}
	if ((flags & 15) != 2)
		return;
	cur_skip(&in, flags & 0x4000 ? 2 : 0);
	cur_skip(&in, 2);
	session = cur_u16(&in);
	cur_skip(&in, flags & 0x0800 ? 4 : 0);
	if (flags & 0x0200)
		cur_skip(&in, cur_u16(&in));
	if (in.bad)
		return;
	tunnel_name(p, TUNNEL_L2TP, session);
	decode_ppp(p, in);
}

/* RFC 5415 section 4.3: a frame of 802.3, or the native one of 802.11. */
static void capwap(struct pkt *p, struct cursor in)
{
	struct cursor header = in;
	uint32_t word = cur_u32(&header);
	size_t bytes = (size_t)(word >> 19 & 31) * 4;

	/* type 0: not DTLS; wireless binding 1: IEEE 802.11; no fragment */
	if (header.bad || word >> 24 != 0 || bytes < 8 || word & 0x80)
		return;
	cur_skip(&in, bytes);
	if (in.bad)
		return;
	tunnel_name(p, TUNNEL_CAPWAP, 0);
	if (!(word & 0x100)) {
		decode_ethernet(p, in);
		return;
	}
	/* the octets of the frame control are found in both orders */
	if ((word >> 9 & 31) == 1)
		decode_wlan(p, in, (cur_peek(&in, 0) & 0x0f) == 0x08 ? 0 : WLAN_SWAPPED);
}

static void pim(struct pkt *p, struct cursor in)
{
	if (cur_peek(&in, 0) != 0x21)
		return;
	cur_skip(&in, 8);
	tunnel_name(p, TUNNEL_PIM, 0);
	if (!in.bad)
		decode_ip(p, in);
}

static void ah(struct pkt *p, struct cursor in)
{
	uint8_t next = cur_u8(&in), words = cur_u8(&in);

	cur_skip(&in, ((size_t)words + 2) * 4 - 2);
	if (in.bad || (next != PROTOCOL_IPV4 && next != PROTOCOL_IPV6))
		return;
	tunnel_name(p, TUNNEL_AH, 0);
	decode_ip(p, in);
}

static void by_protocol(struct pkt *p, struct cursor in, uint8_t protocol, bool outer_v4)
{
	switch (protocol) {
	case PROTOCOL_IPV4:
		ip_in_ip(p, in, 4, outer_v4);
		break;
	case PROTOCOL_IPV6:
		ip_in_ip(p, in, 6, outer_v4);
		break;
	case PROTOCOL_GRE:
		gre(p, in);
		break;
	case PROTOCOL_AH:
		ah(p, in);
		break;
	case PROTOCOL_ETHERIP:
		tunnel_name(p, TUNNEL_ETHERIP, 0);
		if (cur_u16(&in) >> 12 == 3)
			decode_ethernet(p, in);
		break;
	case PROTOCOL_PIM:
		pim(p, in);
		break;
	case PROTOCOL_L2TP:
		l2tpv3(p, in);
		break;
	case PROTOCOL_MPLS:
		tunnel_name(p, TUNNEL_MPLS, 0);
		decode_ethertype(p, in, ETHER_MPLS);
		break;
	case PROTOCOL_ETHERNET:
		tunnel_name(p, TUNNEL_SRV6, 0);
		decode_ethernet(p, in);
		break;
	default:
		break;
	}
}

static void by_port(struct pkt *p, struct cursor in, uint16_t port)
{
	switch (port) {
	case PORT_L2TP:
		l2tp(p, in);
		break;
	case PORT_GTP_U:
		gtp(p, in);
		break;
	case PORT_GTP_V0:
		gtp_v0(p, in);
		break;
	case PORT_TEREDO:
		teredo(p, in);
		break;
	case PORT_GRE:
		gre(p, in);
		break;
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX:
		vxlan(p, in, false);
		break;
	case PORT_VXLAN_GPE:
		vxlan(p, in, true);
		break;
	case PORT_CAPWAP_DATA:
		capwap(p, in);
		break;
	case PORT_GENEVE:
		geneve(p, in);
		break;
	case PORT_MPLS:
		tunnel_name(p, TUNNEL_MPLS, 0);
		decode_ethertype(p, in, ETHER_MPLS);
		break;
	default:
		break;
	}
}

static bool is_tunnel_port(uint16_t port)
{
	switch (port) {
	case PORT_L2TP:
	case PORT_GTP_U:
	case PORT_GTP_V0:
	case PORT_TEREDO:
	case PORT_GRE:
	case PORT_VXLAN:
	case PORT_VXLAN_GPE:
	case PORT_CAPWAP_DATA:
	case PORT_GENEVE:
	case PORT_MPLS:
	case PORT_VXLAN_LINUX:
		return true;
	default:
		return false;
	}
}

static bool is_tunnel_protocol(uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_IPV4:
	case PROTOCOL_IPV6:
	case PROTOCOL_GRE:
	case PROTOCOL_AH:
	case PROTOCOL_ETHERIP:
	case PROTOCOL_PIM:
	case PROTOCOL_L2TP:
	case PROTOCOL_MPLS:
	case PROTOCOL_ETHERNET:
		return true;
	default:
		return false;
	}
}

/* Whose packets go to the port from any other (RFC 7348 section 5, RFC 8926 section 3.3). */
static bool is_from_anywhere(uint16_t port)
{
	return port == PORT_VXLAN || port == PORT_VXLAN_LINUX || port == PORT_VXLAN_GPE ||
	       port == PORT_GENEVE || port == PORT_GRE || port == PORT_MPLS;
}

/* Which port says what it is, the destination's first; 0: none does. Most packets end here. A
 * client that asks a service from such a port is no tunnel, whatever it makes its octets look like.
 */
static uint16_t tunnel_port(const struct pkt *p)
{
	uint16_t source = p->key.port[p->side], destination = p->key.port[!p->side];

	if (is_tunnel_port(destination))
		return destination;
	if (!is_tunnel_port(source) ||
		(is_from_anywhere(source) && destination <= PORT_SYSTEM_LAST))
		return 0;
	return source;
}

void decode_tunnel(struct pkt *p, struct cursor in)
{
	static const uint8_t v4[12] = {[10] = 0xff, [11] = 0xff};
	uint8_t protocol = p->key.protocol;
	uint16_t port = 0;
	bool outer_v4;
	struct pkt outer;

	if (protocol == PROTOCOL_TCP)
		return;
	if (protocol == PROTOCOL_UDP)
		port = tunnel_port(p);
	if ((!port && !is_tunnel_protocol(protocol)) || p->tunnel_count == TUNNELS_MAX)
		return;
	outer = *p;
	outer_v4 = memcmp(p->key.address[0], v4, sizeof(v4)) == 0;
	if (p->tunnel_count++ == 0) {
		memcpy(p->tunnel.address[0], p->key.address[p->side], 16);
		memcpy(p->tunnel.address[1], p->key.address[!p->side], 16);
	}
	p->verdict = PKT_NONFLOW;
	p->tcp_flags = 0;
	if (port)
		by_port(p, in, port);
	else
		by_protocol(p, in, protocol, outer_v4);
	if (p->verdict != PKT_FLOW)
		*p = outer;
}
