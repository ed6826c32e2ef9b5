/* SPDX-License-Identifier: Apache-2.0 */
/* Link and network layers to the key of a flow. Ethernet (IEEE 802.3, 802.1Q, 802.1ad) and what may
 * stand before IP in it, IPv4 (RFC 791), IPv6 with extension headers (RFC 8200), the headers of TCP
 * (RFC 9293), UDP (RFC 768), SCTP (RFC 9260), ICMP (RFC 792) and ICMPv6 (RFC 4443). */
#include "probe/decode.h"

#include <string.h>

#include "base/cursor.h"
#include "base/icmp.h"

#define LAYERS_MAX               8 /* of the link, all together */
#define MPLS_LABELS_MAX          8
#define IPV6_EXTENSIONS_MAX      10
#define IPV6_EXTENSION_BYTES_MAX 2048

enum linktype {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW_BSD = 12,
	LINK_RAW_OPENBSD = 14,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_LINUX_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_LINUX_SLL2 = 276,
};

enum ethertype {
	ETHER_IPV4 = 0x0800,
	ETHER_VLAN = 0x8100,
	ETHER_IPV6 = 0x86dd,
	ETHER_QINQ = 0x88a8,
	ETHER_CMD = 0x8909, /* Cisco MetaData: a security group tag before the EtherType */
	ETHER_MPLS = 0x8847,
	ETHER_MPLS_MULTICAST = 0x8848,
	ETHER_PPPOE = 0x8864,
	ETHER_PBB = 0x88e7,
	ETHER_FABRICPATH = 0x8903,
	ETHER_QINQ_OLD = 0x9100,
	ETHER_LENGTH_MAX = 1500, /* below: IEEE 802.3 with LLC */
	/* none of the above, and a stack that does not end: no frame has these */
	ETHER_OTHER = 0xffff,
	ETHER_TOO_DEEP = 0xfffe,
};

enum protocol {
	PROTOCOL_HOPOPTS = 0,
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_DSTOPTS = 60,
	PROTOCOL_SCTP = 132,
	PROTOCOL_MOBILITY = 135,
	PROTOCOL_HIP = 139,
	PROTOCOL_SHIM6 = 140,
};

/* The two ends as the packet has them. */
struct ends {
	uint8_t address[2][16]; /* source, destination */
	uint16_t port[2];
	uint8_t protocol;
	bool ported;
};

static void key_set(struct pkt *p, const struct ends *e)
{
	int order = memcmp(e->address[0], e->address[1], 16);

	if (order == 0)
		order = (int)e->port[0] - (int)e->port[1];
	p->side = order > 0;
	p->key = (struct flow_key){.protocol = e->protocol, .ported = e->ported};
	for (unsigned i = 0; i < 2; i++) {
		memcpy(p->key.address[i ^ p->side], e->address[i], 16);
		p->key.port[i ^ p->side] = e->port[i];
	}
}

static void tcp(struct pkt *p, struct cursor *in)
{
	struct cursor header = *in;
	size_t bytes;

	p->tcp_seq = (cur_skip(&header, 4), cur_u32(&header));
	cur_skip(&header, 4);
	bytes = (size_t)(cur_u8(&header) >> 4) * 4;
	p->tcp_flags = cur_u8(&header);
	if (header.bad || bytes < 20)
		in->bad = true;
	cur_skip(in, bytes);
}

/* As Community ID has it: the type and the type that answers it, or the code where none does. */
static void icmp(const struct pkt *p, struct ends *e)
{
	uint8_t counterpart;

	e->ported = true;
	e->port[0] = p->icmp_type;
	e->port[1] = icmp_counterpart(e->protocol == PROTOCOL_ICMPV6, p->icmp_type, &counterpart)
			     ? counterpart
			     : p->icmp_code;
}

static void transport(struct pkt *p, struct cursor *in, struct ends *e)
{
	struct cursor ports = *in;

	switch (e->protocol) {
	case PROTOCOL_TCP:
	case PROTOCOL_UDP:
	case PROTOCOL_SCTP:
		e->port[0] = cur_u16(&ports);
		e->port[1] = cur_u16(&ports);
		if (ports.bad) { /* cut off: no ports rather than half of them */
			e->port[0] = e->port[1] = 0;
			in->bad = true;
			return;
		}
		e->ported = true;
		break;
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMPV6:
		p->icmp_type = cur_u8(&ports);
		p->icmp_code = cur_u8(&ports);
		if (ports.bad) {
			in->bad = true;
			return;
		}
		icmp(p, e);
		return;
	default:
		return;
	}
	if (e->protocol == PROTOCOL_TCP)
		tcp(p, in);
	else
		cur_skip(in, e->protocol == PROTOCOL_UDP ? 8 : 12);
}

/* `in` holds the captured octets of the IP payload, padding excluded; `wire` is how many there
 * were. */
static void payload(struct pkt *p, struct cursor in, uint32_t wire, struct ends *e)
{
	const uint8_t *begin = in.pos;

	if (!p->fragment)
		transport(p, &in, e);
	key_set(p, e);
	p->verdict = PKT_FLOW;
	if (p->fragment || in.bad || in.pos - p->bytes > UINT16_MAX)
		return;
	p->payload_offset = (uint16_t)(in.pos - p->bytes);
	p->payload_bytes = (uint32_t)cur_left(&in);
	p->payload_wire = wire - (uint32_t)(in.pos - begin);
}

/* The captured octets of an IP packet of `bytes` octets: no padding, no trailer. */
static struct cursor ip_window(struct cursor in, uint32_t bytes)
{
	size_t left = cur_left(&in);

	return cur_init(in.pos, bytes < left ? bytes : left);
}

static void ipv4(struct pkt *p, struct cursor in)
{
	struct ends e = {.protocol = 0};
	uint32_t on_wire = p->wire - (uint32_t)(in.pos - p->bytes);
	struct cursor window;
	size_t header_bytes;
	uint16_t total, fragment;
	const uint8_t *addresses;

	p->ip_offset = (uint16_t)(in.pos - p->bytes);
	header_bytes = (size_t)(cur_peek(&in, 0) & 0x0f) * 4;
	total = (uint16_t)(cur_peek(&in, 2) << 8 | cur_peek(&in, 3));
	if (cur_left(&in) < 20) {
		p->verdict = PKT_TRUNCATED;
		return;
	}
	if (header_bytes < 20 || (total && total < header_bytes)) {
		p->verdict = PKT_BAD_IP;
		return;
	}
	p->ip_bytes = total ? total : on_wire;
	window = ip_window(in, p->ip_bytes);
	cur_skip(&window, 6);
	fragment = cur_u16(&window);
	cur_skip(&window, 1);
	e.protocol = cur_u8(&window);
	cur_skip(&window, 2);
	addresses = cur_take(&window, 8);
	for (unsigned i = 0; i < 2; i++) {
		memset(e.address[i] + 10, 0xff, 2);
		memcpy(e.address[i] + 12, addresses + (size_t)4 * i, 4);
	}
	p->fragment = fragment & 0x1fff;
	cur_skip(&window, header_bytes - 20);
	payload(p, window, p->ip_bytes - (uint32_t)header_bytes, &e);
}

/* Walk the extension headers; what stops it early leaves `in` bad: the flow then has no ports. */
static uint8_t ipv6_upper(struct pkt *p, struct cursor *in, uint8_t next)
{
	const uint8_t *begin = in->pos;

	for (unsigned i = 0; i < IPV6_EXTENSIONS_MAX; i++) {
		size_t bytes;
		uint8_t after;

		switch (next) {
		case PROTOCOL_HOPOPTS:
		case PROTOCOL_ROUTING:
		case PROTOCOL_DSTOPTS:
		case PROTOCOL_MOBILITY:
		case PROTOCOL_HIP:
		case PROTOCOL_SHIM6:
			after = cur_peek(in, 0);
			bytes = ((size_t)cur_peek(in, 1) + 1) * 8;
			break;
		case PROTOCOL_FRAGMENT:
			after = cur_peek(in, 0);
			bytes = 8;
			p->fragment = cur_peek(in, 2) || cur_peek(in, 3) & 0xf8;
			break;
		default:
			return next;
		}
		cur_skip(in, bytes);
		if (in->bad || in->pos - begin > IPV6_EXTENSION_BYTES_MAX) {
			in->bad = true;
			return next;
		}
		next = after;
		if (p->fragment)
			return next;
	}
	in->bad = true;
	return next;
}

static void ipv6(struct pkt *p, struct cursor in)
{
	struct ends e = {.protocol = 0};
	uint32_t on_wire = p->wire - (uint32_t)(in.pos - p->bytes);
	struct cursor window;
	uint16_t said;
	uint8_t next;
	const uint8_t *addresses, *begin;

	p->ip_offset = (uint16_t)(in.pos - p->bytes);
	if (cur_left(&in) < 40) {
		p->verdict = PKT_TRUNCATED;
		return;
	}
	said = (uint16_t)(cur_peek(&in, 4) << 8 | cur_peek(&in, 5));
	p->ip_bytes = said ? said + 40u : on_wire; /* 0: jumbogram (RFC 2675) or offload */
	window = ip_window(in, p->ip_bytes);
	cur_skip(&window, 6);
	next = cur_u8(&window);
	cur_skip(&window, 1);
	addresses = cur_take(&window, 32);
	memcpy(e.address, addresses, 32);
	begin = window.pos;
	e.protocol = ipv6_upper(p, &window, next);
	payload(p, window, p->ip_bytes - 40u - (uint32_t)(window.pos - begin), &e);
}

static void ip(struct pkt *p, struct cursor in)
{
	uint8_t version = cur_peek(&in, 0) >> 4;

	if (cur_left(&in) == 0)
		p->verdict = PKT_TRUNCATED;
	else if (version == 4)
		ipv4(p, in);
	else if (version == 6)
		ipv6(p, in);
	else
		p->verdict = PKT_BAD_IP;
}

static void by_ethertype(struct pkt *p, struct cursor in, uint16_t type);

/* IEEE 802.2: SNAP may carry an EtherType, all else is not ours. */
static void llc(struct pkt *p, struct cursor in)
{
	static const uint8_t snap[] = {0xaa, 0xaa, 0x03, 0, 0, 0};

	p->verdict = PKT_NONFLOW;
	if (!cur_is(&in, snap, sizeof(snap)))
		return;
	cur_skip(&in, sizeof(snap));
	uint16_t type = cur_u16(&in);
	if (!in.bad && (type == ETHER_IPV4 || type == ETHER_IPV6))
		by_ethertype(p, in, type);
}

static bool vlan_push(struct pkt *p, uint16_t tag)
{
	if (p->vlan_count == PKT_VLANS_MAX)
		return false;
	p->vlan[p->vlan_count++] = tag & 0x0fff;
	return true;
}

/* The label stack of RFC 3032; what is below is told by its first nibble (RFC 4928 section 3). */
static uint16_t mpls(struct cursor *in)
{
	for (unsigned labels = 0; labels < MPLS_LABELS_MAX; labels++) {
		if (cur_u32(in) & 0x100) {
			uint8_t version = cur_peek(in, 0) >> 4;

			return version == 4 ? ETHER_IPV4 : version == 6 ? ETHER_IPV6 : ETHER_OTHER;
		}
	}
	return ETHER_TOO_DEEP;
}

/* RFC 2516 section 4: version and type, code, session, length; then PPP's protocol (RFC 1661). */
static uint16_t pppoe(struct cursor *in)
{
	uint16_t protocol;

	cur_skip(in, 6);
	protocol = cur_u16(in);
	return protocol == 0x0021 ? ETHER_IPV4 : protocol == 0x0057 ? ETHER_IPV6 : ETHER_OTHER;
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
	case ETHER_CMD: /* version, length, option (two), tag (two) */
		cur_skip(in, 6);
		return cur_u16(in);
	case ETHER_FABRICPATH: /* tag and time to live (two); then a whole frame */
		cur_skip(in, 2 + 12);
		return cur_u16(in);
	case ETHER_PBB: /* service tag (four); then a whole frame: IEEE 802.1ah */
		cur_skip(in, 4 + 12);
		return cur_u16(in);
	case ETHER_MPLS:
	case ETHER_MPLS_MULTICAST:
		return mpls(in);
	case ETHER_PPPOE:
		return pppoe(in);
	default:
		return type;
	}
}

static void by_ethertype(struct pkt *p, struct cursor in, uint16_t type)
{
	for (unsigned layers = 0; layers < LAYERS_MAX; layers++) {
		const uint8_t *before = in.pos;

		if (type == ETHER_IPV4 || type == ETHER_IPV6) {
			ip(p, in);
			return;
		}
		if (type <= ETHER_LENGTH_MAX) {
			llc(p, in);
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

static void ethernet(struct pkt *p, struct cursor in, size_t skip)
{
	cur_skip(&in, skip);
	uint16_t type = cur_u16(&in);

	if (in.bad)
		p->verdict = PKT_TRUNCATED;
	else
		by_ethertype(p, in, type);
}

/* BSD loopback: the sender's address family, in its byte order (NULL) or the network's (LOOP). IPv6
 * has as many numbers as there are BSDs, so the version in the packet decides. */
static void bsd_loopback(struct pkt *p, struct cursor in)
{
	uint32_t family = cur_u32(&in);
	uint8_t low = (uint8_t)(family >> 24 ? family >> 24 : family);

	if (in.bad)
		p->verdict = PKT_TRUNCATED;
	else if (low == 2 || low == 10 || low == 24 || low == 28 || low == 30)
		ip(p, in);
	else
		p->verdict = PKT_NONFLOW;
}

static void linux_sll2(struct pkt *p, struct cursor in)
{
	uint16_t type = cur_u16(&in);

	cur_skip(&in, 18);
	if (in.bad)
		p->verdict = PKT_TRUNCATED;
	else
		by_ethertype(p, in, type);
}

void decode(struct pkt *p)
{
	struct cursor in = cur_init(p->bytes, p->captured);

	memset(&p->verdict, 0, sizeof(*p) - offsetof(struct pkt, verdict));
	switch (p->link) {
	case LINK_ETHERNET:
		ethernet(p, in, 12);
		break;
	case LINK_LINUX_SLL:
		ethernet(p, in, 14);
		break;
	case LINK_LINUX_SLL2:
		linux_sll2(p, in);
		break;
	case LINK_RAW:
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
		ip(p, in);
		break;
	case LINK_IPV4:
	case LINK_IPV6:
		if (cur_left(&in) && cur_peek(&in, 0) >> 4 != (p->link == LINK_IPV4 ? 4 : 6))
			p->verdict = PKT_BAD_IP;
		else
			ip(p, in);
		break;
	case LINK_NULL:
	case LINK_LOOP:
		bsd_loopback(p, in);
		break;
	default:
		p->verdict = PKT_BAD_LINK;
	}
}
