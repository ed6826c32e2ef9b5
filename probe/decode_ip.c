/* SPDX-License-Identifier: Apache-2.0 */
/* From the IP header to the key of a flow: IPv4 (RFC 791), IPv6 with extension headers (RFC 8200),
 * the headers of TCP (RFC 9293), UDP (RFC 768), SCTP (RFC 9260), ICMP (RFC 792) and ICMPv6 (RFC
 * 4443). */
#include <string.h>

#include "base/icmp.h"
#include "probe/decode_parts.h"

#define IPV6_EXTENSIONS_MAX      10
#define IPV6_EXTENSION_BYTES_MAX 2048
#define UDP_HEADER_BYTES         8
#define SCTP_HEADER_BYTES        12

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
	p->key = (struct flow_key){.protocol = e->protocol,
		.ported = e->ported,
		.tunnel = p->tunnel_count > 0 || p->in_tunnel};
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
	p->tcp_ack = cur_u32(&header);
	bytes = (size_t)(cur_u8(&header) >> 4) * 4;
	p->tcp_flags = cur_u8(&header);
	if (header.bad || bytes < 20)
		in->bad = true;
	cur_skip(in, bytes);
}

/* UDP's own length against the `wire` octets that IP has for it. Hosts drop what says fewer than a
 * header or more than there is; of more octets than it says they read what it says. 0: all there
 * is, of IPv6 (RFC 2675 section 4) and where IP's length is still to be written (offload). A first
 * fragment, and what waited for others in vain, say more. */
static void udp(struct pkt *p, struct cursor *in, uint32_t wire)
{
	const uint8_t *ip = p->bytes + p->ip_offset;
	uint32_t said = (uint32_t)(cur_peek(in, 4) << 8 | cur_peek(in, 5));

	if (said == 0 && (ip[0] >> 4 == 6 || (ip[2] == 0 && ip[3] == 0)))
		said = wire;
	if (cur_left(in) >= UDP_HEADER_BYTES) {
		p->unread = said < UDP_HEADER_BYTES ||
			    (said > wire && !p->piece.is && !p->reassembled);
		if (!p->unread && said < cur_left(in))
			*in = cur_sub(in, said);
	}
	cur_skip(in, UDP_HEADER_BYTES);
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

static void transport(struct pkt *p, struct cursor *in, uint32_t wire, struct ends *e)
{
	struct cursor ports = *in;

	switch (e->protocol) {
	case PROTOCOL_TCP:
	case PROTOCOL_UDP:
	case PROTOCOL_SCTP:
		e->port[0] = cur_u16(&ports);
		e->port[1] = cur_u16(&ports);
		if (e->protocol == PROTOCOL_SCTP && cur_left(in) < SCTP_HEADER_BYTES)
			ports.bad = true; /* shorter than its common header: none of SCTP's */
		if (ports.bad) {          /* cut off: no ports rather than half of them */
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
	else if (e->protocol == PROTOCOL_UDP)
		udp(p, in, wire);
	else
		cur_skip(in, SCTP_HEADER_BYTES);
}

/* `in` holds the captured octets of the IP payload, padding excluded; `wire` is how many there
 * were. */
static void payload(struct pkt *p, struct cursor in, uint32_t wire, struct ends *e)
{
	const uint8_t *begin = in.pos;

	p->payload_offset = 0;
	p->payload_bytes = p->payload_wire = 0;
	p->unread = false;
	if (!p->fragment)
		transport(p, &in, wire, e);
	key_set(p, e);
	p->verdict = PKT_FLOW;
	if (p->fragment || p->unread || in.bad || in.pos - p->bytes > UINT16_MAX)
		return;
	p->payload_offset = (uint16_t)(in.pos - p->bytes);
	p->payload_bytes = (uint32_t)cur_left(&in);
	p->payload_wire = wire - (uint32_t)(in.pos - begin);
	if (!p->keep_tunnels)
		decode_tunnel(p, in);
}

/* The captured octets of an IP packet of `bytes` octets: no padding, no trailer. */
static struct cursor ip_window(struct cursor in, uint32_t bytes)
{
	size_t left = cur_left(&in);

	return cur_init(in.pos, bytes < left ? bytes : left);
}

/* Of several headers in one another the outermost that is in pieces counts. */
static void fragment_set(
	struct pkt *p, const struct cursor *in, uint32_t id, uint32_t offset, bool more)
{
	p->fragment = offset > 0;
	if ((offset == 0 && !more) || p->piece.is || in->pos - p->bytes > UINT16_MAX)
		return;
	p->piece = (struct pkt_piece){.is = true,
		.more = more,
		.in_tunnel = p->tunnel_count > 0 || p->in_tunnel,
		.ip_offset = p->ip_offset,
		.payload_offset = (uint16_t)(in->pos - p->bytes),
		.offset = offset,
		.bytes = (uint32_t)cur_left(in),
		.ip_bytes = p->ip_bytes,
		.id = id};
}

static void ipv4(struct pkt *p, struct cursor in)
{
	struct ends e = {.protocol = 0};
	uint32_t on_wire = p->wire - (uint32_t)(in.pos - p->bytes);
	struct cursor window;
	size_t header_bytes;
	uint16_t total, id, fragment;
	const uint8_t *addresses;

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
	cur_skip(&window, 4);
	id = cur_u16(&window);
	fragment = cur_u16(&window);
	cur_skip(&window, 1);
	e.protocol = cur_u8(&window);
	cur_skip(&window, 2);
	addresses = cur_take(&window, 8);
	for (unsigned i = 0; i < 2; i++) {
		memset(e.address[i] + 10, 0xff, 2);
		memcpy(e.address[i] + 12, addresses + (size_t)4 * i, 4);
	}
	cur_skip(&window, header_bytes - 20);
	fragment_set(p, &window, id, (fragment & 0x1fffu) * 8, fragment & 0x2000);
	payload(p, window, p->ip_bytes - (uint32_t)header_bytes, &e);
}

/* Walk the extension headers; what stops it early leaves `in` bad: the flow then has no ports. */
static uint8_t ipv6_upper(struct pkt *p, struct cursor *in, uint8_t next)
{
	const uint8_t *begin = in->pos;

	for (unsigned i = 0; i < IPV6_EXTENSIONS_MAX; i++) {
		struct cursor header = *in;
		uint8_t after = cur_u8(&header), length = cur_u8(&header);
		uint16_t where;

		switch (next) {
		case PROTOCOL_HOPOPTS:
		case PROTOCOL_ROUTING:
		case PROTOCOL_DSTOPTS:
		case PROTOCOL_SHIM6:
			cur_skip(in, ((size_t)length + 1) * 8);
			break;
		case PROTOCOL_FRAGMENT:
			cur_skip(in, 8);
			where = cur_u16(&header);
			if (!in->bad)
				fragment_set(p, in, cur_u32(&header), where & 0xfff8u, where & 1);
			break;
		default:
			return next;
		}
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

	if (cur_left(&in) < 40) {
		p->verdict = PKT_TRUNCATED;
		return;
	}
	said = (uint16_t)(cur_peek(&in, 4) << 8 | cur_peek(&in, 5));
	next = cur_peek(&in, 6);
	/* 0: nothing, jumbogram (RFC 2675) or offload */
	p->ip_bytes = said || next == PROTOCOL_NONE ? said + 40u : on_wire;
	window = ip_window(in, p->ip_bytes);
	cur_skip(&window, 7);
	cur_skip(&window, 1);
	addresses = cur_take(&window, 32);
	memcpy(e.address, addresses, 32);
	begin = window.pos;
	e.protocol = ipv6_upper(p, &window, next);
	payload(p, window, p->ip_bytes - 40u - (uint32_t)(window.pos - begin), &e);
}

void decode_ip(struct pkt *p, struct cursor in)
{
	uint8_t version = cur_peek(&in, 0) >> 4;

	if (in.pos - p->bytes > UINT16_MAX) {
		p->verdict = PKT_TOO_DEEP;
		return;
	}
	p->ip_offset = (uint16_t)(in.pos - p->bytes);
	if (cur_left(&in) == 0)
		p->verdict = PKT_TRUNCATED;
	else if (version == 4)
		ipv4(p, in);
	else if (version == 6)
		ipv6(p, in);
	else
		p->verdict = PKT_BAD_IP;
}
