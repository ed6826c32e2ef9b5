/* SPDX-License-Identifier: Apache-2.0 */
/* From a link layer to IP: Ethernet (IEEE 802.3, 802.1Q, 802.1ad) and what may stand before IP in
 * it, PPP (RFC 1661, 1662), and the other link types of the pcap registry that carry IP. */
#include "probe/decode.h"

#include <string.h>

#include "probe/decode_parts.h"

#define MPLS_LABELS_MAX 8
#define MAC_BYTES       ((size_t)6)

enum linktype {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_SLIP = 8,
	LINK_PPP = 9,
	LINK_FDDI = 10,
	LINK_RAW_BSD = 12,
	LINK_RAW_OPENBSD = 14,
	LINK_PPP_HDLC = 50,
	LINK_PPP_ETHER = 51,
	LINK_ATM_RFC1483 = 100,
	LINK_RAW = 101,
	LINK_C_HDLC = 104,
	LINK_IEEE802_11 = 105,
	LINK_FRELAY = 107,
	LINK_LOOP = 108,
	LINK_LINUX_SLL = 113,
	LINK_PRISM = 119,
	LINK_RADIOTAP = 127,
	LINK_ARCNET_LINUX = 129,
	LINK_AVS = 163,
	LINK_PPP_PPPD = 166,
	LINK_PPI = 192,
	LINK_PPP_WITH_DIR = 204,
	LINK_IPNET = 226,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_NFLOG = 239,
	LINK_IPOIB = 242,
	LINK_PKTAP = 258,
	LINK_LINUX_SLL2 = 276,
	LINK_DSA_BRCM = 281,
	LINK_DSA_BRCM_PREPEND = 282,
	LINK_DSA = 283,
	LINK_EDSA = 284,
};

void decode_llc(struct pkt *p, struct cursor in)
{
	static const uint8_t snap[] = {0xaa, 0xaa, 0x03}, ip[] = {0x06, 0x06, 0x03};
	uint32_t organisation;

	p->verdict = PKT_NONFLOW;
	if (cur_is(&in, ip, sizeof(ip))) {
		cur_skip(&in, sizeof(ip));
		decode_ip(p, in);
		return;
	}
	if (!cur_is(&in, snap, sizeof(snap)))
		return;
	cur_skip(&in, sizeof(snap));
	organisation = cur_u24(&in);
	uint16_t type = cur_u16(&in);
	/* RFC 1042; and 802.1H, for what cannot be told from it otherwise */
	if (!in.bad && (organisation == 0 || organisation == 0x0000f8) && type > ETHER_LENGTH_MAX)
		decode_ethertype(p, in, type);
}

/* More tags than there is room for are an error of the frame, but not in a tunnel: there the outer
 * ones count. */
static bool vlan_push(struct pkt *p, uint16_t tag)
{
	if (p->vlan_count == PKT_VLANS_MAX)
		return p->tunnel_count > 0;
	p->vlan[p->vlan_count++] = tag & 0x0fff;
	return true;
}

static uint16_t type_at(const struct cursor *in, size_t at)
{
	return (uint16_t)(cur_peek(in, at) << 8 | cur_peek(in, at + 1));
}

/* Whether an Ethernet frame may begin here: its type is one that is carried over MPLS. */
static bool may_be_frame(const struct cursor *in, size_t at)
{
	uint16_t type = type_at(in, at + 2 * MAC_BYTES);

	if (cur_left(in) < at + 14)
		return false;
	return type == ETHER_IPV4 || type == ETHER_IPV6 || type == ETHER_VLAN ||
	       type == ETHER_QINQ || type == ETHER_MPLS || type == ETHER_PPPOE || type == 0x0806;
}

/* An IP header that fits what there is. */
static bool may_be_ip(const struct cursor *in)
{
	uint8_t first = cur_peek(in, 0);

	if (first >> 4 == 4)
		return (first & 15) >= 5 && type_at(in, 2) >= 20 && cur_left(in) >= 20;
	return first >> 4 == 6 && cur_left(in) >= 40;
}

/* Below the last label: IP, or a pseudowire of Ethernet with a control word (RFC 4448, RFC 4385) or
 * without. The first nibble tells (RFC 4928 section 3), but of a frame without control word it is
 * that of an address. */
static uint16_t below_mpls(struct cursor *in)
{
	uint8_t nibble = cur_peek(in, 0) >> 4;

	if (may_be_ip(in))
		return nibble == 4 ? ETHER_IPV4 : ETHER_IPV6;
	if (nibble == 0 && may_be_frame(in, 4)) {
		cur_skip(in, 4);
		return ETHER_TEB;
	}
	return may_be_frame(in, 0) ? ETHER_TEB : ETHER_OTHER;
}

/* The label stack of RFC 3032. */
static uint16_t mpls(struct cursor *in)
{
	for (unsigned labels = 0; labels < MPLS_LABELS_MAX; labels++) {
		if (cur_u32(in) & 0x100)
			return below_mpls(in);
		if (in->bad)
			return ETHER_OTHER;
	}
	return ETHER_TOO_DEEP;
}

/* The protocol field of PPP: one octet where it is compressed, RFC 1661 section 6.5. */
static uint16_t ppp_type(struct cursor *in)
{
	uint16_t protocol = cur_u8(in);

	if (!(protocol & 1))
		protocol = (uint16_t)(protocol << 8 | cur_u8(in));
	switch (protocol) {
	case 0x0021:
		return ETHER_IPV4;
	case 0x0057:
		return ETHER_IPV6;
	case 0x0281:
	case 0x0283:
		return ETHER_MPLS;
	default:
		return ETHER_OTHER;
	}
}

/* RFC 8300 section 2: path and metadata before the packet. */
static uint16_t nsh(struct cursor *in)
{
	static const uint16_t types[] = {[1] = ETHER_IPV4,
		[2] = ETHER_IPV6,
		[3] = ETHER_TEB,
		[4] = ETHER_NSH,
		[5] = ETHER_MPLS};
	uint16_t base = cur_u16(in);
	uint8_t next;

	cur_skip(in, 1);
	next = cur_u8(in);
	if ((base & 0x3f) < 2)
		return ETHER_OTHER;
	cur_skip(in, (size_t)(base & 0x3f) * 4 - 4);
	return next < sizeof(types) / sizeof(types[0]) && types[next] ? types[next] : ETHER_OTHER;
}

/* IEEE 802.1AE section 9: what is only signed can be read. */
static uint16_t macsec(struct cursor *in)
{
	uint8_t control = cur_u8(in);

	cur_skip(in, 5 + (control & 0x20 ? 8 : 0)); /* short length, number, channel */
	return control & 0x0c ? ETHER_OTHER : cur_u16(in);
}

/* Time stamps of Arista's switches: the format says how long they are. */
static uint16_t arista(struct cursor *in)
{
	uint16_t kind = cur_u16(in), format = cur_u16(in);

	if (kind != 1)
		return ETHER_OTHER;
	cur_skip(in, format & 0x10 ? 8 : 6);
	return cur_u16(in);
}

/* The type behind a header that only leads to another one. */
static uint16_t next_type(struct pkt *p, struct cursor *in, uint16_t type)
{
	switch (type) {
	case ETHER_VLAN:
	case ETHER_QINQ:
	case ETHER_QINQ_OLD:
		if (!vlan_push(p, cur_u16(in)))
			return ETHER_TOO_DEEP;
		return cur_u16(in);
	case ETHER_MACSEC:
		return macsec(in);
	case ETHER_ARISTA:
		return arista(in);
	case ETHER_ETAG: /* IEEE 802.1BR: six octets of it */
	case ETHER_CMD:  /* version, length, option (two), tag (two) */
		cur_skip(in, 6);
		return cur_u16(in);
	case ETHER_FABRICPATH: /* tag and time to live (two); then a whole frame */
		cur_skip(in, 2 + 2 * MAC_BYTES);
		return cur_u16(in);
	case ETHER_PBB: /* service tag (four); then a whole frame: IEEE 802.1ah */
		cur_skip(in, 4 + 2 * MAC_BYTES);
		return cur_u16(in);
	case ETHER_TRILL: /* RFC 6325 section 3: options, hops, two nicknames; then a frame */
		cur_skip(in, (size_t)(type_at(in, 0) >> 6 & 31) * 4 + 6 + 2 * MAC_BYTES);
		return cur_u16(in);
	case ETHER_TEB:
		cur_skip(in, 2 * MAC_BYTES);
		return cur_u16(in);
	case ETHER_MPLS:
	case ETHER_MPLS_MULTICAST:
		return mpls(in);
	case ETHER_PPPOE: /* RFC 2516 section 4: version and type, code, session, length */
		cur_skip(in, 6);
		return ppp_type(in);
	case ETHER_PPP:
		return ppp_type(in);
	case ETHER_NSH:
		return nsh(in);
	default:
		return type;
	}
}

void decode_ethertype(struct pkt *p, struct cursor in, uint16_t type)
{
	for (; p->layer_count < LAYERS_MAX; p->layer_count++) {
		const uint8_t *before = in.pos;

		if (type == ETHER_IPV4 || type == ETHER_IPV6) {
			decode_ip(p, in);
			return;
		}
		if (type <= ETHER_LENGTH_MAX) {
			decode_llc(p, in);
			return;
		}
		type = next_type(p, &in, type);
		if (in.bad) {
			p->verdict = PKT_TRUNCATED;
			return;
		}
		if (type == ETHER_TOO_DEEP)
			break;
		if (in.pos == before || type == ETHER_OTHER) {
			p->verdict = PKT_NONFLOW;
			return;
		}
	}
	p->verdict = PKT_TOO_DEEP;
}

/* A type that stands `skip` octets from here, and what it is the type of behind it. */
static void typed(struct pkt *p, struct cursor in, size_t skip, size_t behind)
{
	cur_skip(&in, skip);
	uint16_t type = cur_u16(&in);

	cur_skip(&in, behind);
	if (in.bad)
		p->verdict = PKT_TRUNCATED;
	else
		decode_ethertype(p, in, type);
}

void decode_ethernet(struct pkt *p, struct cursor in)
{
	typed(p, in, 2 * MAC_BYTES, 0);
}

void decode_ppp(struct pkt *p, struct cursor in)
{
	static const uint8_t address_and_control[] = {0xff, 0x03};

	if (cur_is(&in, address_and_control, 2))
		cur_skip(&in, 2);
	decode_ethertype(p, in, ETHER_PPP);
}

/* Cisco's HDLC has its own address octets, and EtherTypes (RFC 1547 has PPP's). */
static void hdlc(struct pkt *p, struct cursor in)
{
	uint8_t address = cur_peek(&in, 0);

	if (address == 0x0f || address == 0x8f)
		typed(p, in, 2, 0);
	else
		decode_ppp(p, in);
}

/* RFC 2427: address of two to four octets, control, protocol identifier. Cisco's has an EtherType
 * in place of the last two. */
static void frame_relay(struct pkt *p, struct cursor in)
{
	for (unsigned i = 0; i < 4 && !(cur_u8(&in) & 1); i++)
		;
	p->verdict = PKT_NONFLOW;
	if (cur_peek(&in, 0) != 0x03) {
		typed(p, in, 0, 0);
		return;
	}
	cur_skip(&in, 1);
	if (cur_left(&in) && cur_peek(&in, 0) == 0)
		cur_skip(&in, 1);
	switch (cur_u8(&in)) {
	case 0xcc:
	case 0x8e:
		decode_ip(p, in);
		break;
	case 0x80: /* SNAP without its first three octets */
		if (cur_u24(&in) == 0)
			typed(p, in, 0, 0);
		break;
	default:
		break;
	}
}

/* BSD loopback: the sender's address family, in its byte order (NULL) or the network's (LOOP). IPv6
 * has as many numbers as there are BSDs, so the version in the packet decides. */
static void bsd_loopback(struct pkt *p, struct cursor in)
{
	uint32_t family = cur_u32(&in);
	uint8_t low = (uint8_t)(family >> 24 ? family >> 24 : family);
	uint16_t type = (uint16_t)family; /* some write an EtherType in place of its upper half */

	if (in.bad)
		p->verdict = PKT_TRUNCATED;
	else if (type == ETHER_IPV4 || type == ETHER_IPV6 || low == 2 || low == 10 || low == 24 ||
		 low == 28 || low == 30)
		decode_ip(p, in);
	else
		p->verdict = PKT_NONFLOW;
}

static uint32_t little_endian(const struct cursor *in, size_t at, unsigned octets)
{
	uint32_t value = 0;

	while (octets-- > 0)
		value = value << 8 | cur_peek(in, at + octets);
	return value;
}

/* Headers that say their length and the link type behind them: PPI and PKTAP. */
static void linked(struct pkt *p, struct cursor in, uint32_t header_bytes, uint32_t link)
{
	cur_skip(&in, header_bytes);
	if (in.bad || header_bytes == 0)
		p->verdict = PKT_TRUNCATED;
	else if (link == LINK_PPI || link == LINK_PKTAP)
		p->verdict = PKT_TOO_DEEP; /* in itself: nobody sends that */
	else
		decode_link(p, in, link);
}

/* Attributes with length and type; the packet is one of them. The byte order is that of the machine
 * that captured. */
static void nflog(struct pkt *p, struct cursor in)
{
	cur_skip(&in, 4);
	for (unsigned i = 0; i < 64 && cur_left(&in) >= 4; i++) {
		bool big = little_endian(&in, 0, 2) > cur_left(&in);
		uint32_t bytes = big ? type_at(&in, 0) : little_endian(&in, 0, 2);
		uint32_t type = big ? type_at(&in, 2) : little_endian(&in, 2, 2);

		if (bytes < 4)
			break;
		if ((type & 0x7fff) == 9) {
			cur_skip(&in, 4);
			decode_ip(p, in);
			return;
		}
		cur_skip(&in, (bytes + 3) & ~3u);
	}
	p->verdict = in.bad ? PKT_TRUNCATED : PKT_NONFLOW;
}

/* RFC 1201: the protocol, and where a packet is in pieces their number; RFC 1051: the protocol. */
static void arcnet(struct pkt *p, struct cursor in)
{
	uint8_t type = cur_peek(&in, 4);

	cur_skip(&in, type == 240 || type == 241 ? 5 : 8);
	if (in.bad)
		p->verdict = PKT_TRUNCATED;
	else if (type == 212 || type == 196 || type == 240)
		decode_ip(p, in);
	else
		p->verdict = PKT_NONFLOW;
}

/* So many octets of no interest, then an IP packet. */
static void ip_behind(struct pkt *p, struct cursor in, size_t bytes)
{
	cur_skip(&in, bytes);
	if (in.bad)
		p->verdict = PKT_TRUNCATED;
	else
		decode_ip(p, in);
}

static void llc_behind(struct pkt *p, struct cursor in, size_t bytes)
{
	cur_skip(&in, bytes);
	if (in.bad)
		p->verdict = PKT_TRUNCATED;
	else
		decode_llc(p, in);
}

/* Links of wide areas and of machines: those that are not met every day. */
static void rare_link(struct pkt *p, struct cursor in, uint32_t link)
{
	switch (link) {
	case LINK_SLIP:
		ip_behind(p, in, 16); /* as libpcap has it */
		break;
	case LINK_FDDI:
		llc_behind(p, in, 13);
		break;
	case LINK_ATM_RFC1483:
		decode_llc(p, in);
		break;
	case LINK_C_HDLC:
		hdlc(p, in);
		break;
	case LINK_FRELAY:
		frame_relay(p, in);
		break;
	case LINK_PRISM:
		cur_skip(&in, 144);
		decode_wlan(p, in, 0);
		break;
	case LINK_AVS: /* says its length in the network's byte order */
		cur_skip(&in, (size_t)type_at(&in, 4) << 16 | type_at(&in, 6));
		decode_wlan(p, in, 0);
		break;
	case LINK_ARCNET_LINUX:
		arcnet(p, in);
		break;
	case LINK_PPI:
		linked(p, in, little_endian(&in, 2, 2), little_endian(&in, 4, 4));
		break;
	case LINK_PKTAP:
		linked(p, in, little_endian(&in, 0, 4), little_endian(&in, 8, 4));
		break;
	case LINK_IPNET:
		ip_behind(p, in, 24);
		break;
	case LINK_NFLOG:
		nflog(p, in);
		break;
	case LINK_IPOIB: /* global route header; type and two reserved octets */
		typed(p, in, 40, 2);
		break;
	case LINK_DSA_BRCM:
		typed(p, in, 2 * MAC_BYTES + 4, 0);
		break;
	case LINK_DSA_BRCM_PREPEND:
		typed(p, in, 4 + 2 * MAC_BYTES, 0);
		break;
	case LINK_DSA:
		typed(p, in, 2 * MAC_BYTES + 4, 0);
		break;
	case LINK_EDSA:
		typed(p, in, 2 * MAC_BYTES + 8, 0);
		break;
	default:
		p->verdict = PKT_BAD_LINK;
	}
}

void decode_link(struct pkt *p, struct cursor in, uint32_t link)
{
	switch (link) {
	case LINK_ETHERNET:
		decode_ethernet(p, in);
		break;
	case LINK_LINUX_SLL:
		typed(p, in, 14, 0);
		break;
	case LINK_LINUX_SLL2:
		typed(p, in, 0, 18);
		break;
	case LINK_RAW:
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
		decode_ip(p, in);
		break;
	case LINK_IPV4:
	case LINK_IPV6:
		if (cur_left(&in) && cur_peek(&in, 0) >> 4 != (link == LINK_IPV4 ? 4 : 6))
			p->verdict = PKT_BAD_IP;
		else
			decode_ip(p, in);
		break;
	case LINK_NULL:
	case LINK_LOOP:
		bsd_loopback(p, in);
		break;
	case LINK_PPP:
	case LINK_PPP_HDLC:
	case LINK_PPP_PPPD:
		hdlc(p, in);
		break;
	case LINK_PPP_WITH_DIR:
		cur_skip(&in, 1);
		decode_ppp(p, in);
		break;
	case LINK_PPP_ETHER:
		decode_ethertype(p, in, ETHER_PPPOE);
		break;
	case LINK_IEEE802_11:
		decode_wlan(p, in, 0);
		break;
	case LINK_RADIOTAP:
		decode_radiotap(p, in);
		break;
	default:
		rare_link(p, in, link);
	}
}

void decode(struct pkt *p)
{
	memset(&p->verdict, 0, sizeof(*p) - offsetof(struct pkt, verdict));
	if (p->wire < p->captured) /* what a capture file says */
		p->wire = p->captured;
	decode_link(p, cur_init(p->bytes, p->captured), p->link);
}
