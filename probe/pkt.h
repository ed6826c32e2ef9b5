/* SPDX-License-Identifier: Apache-2.0 */
/* A packet is borrowed from its source and dies with its burst. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BURST_PACKETS_MAX 64
#define BURST_WHOLES_MAX  64         /* reassembled datagrams behind them */
#define BURST_BYTES       (1u << 20) /* storage of a burst that copies: holds the largest packet */
#define PACKET_BYTES_MAX  262144u    /* largest captured length, libpcap's own limit */
#define PKT_VLANS_MAX     4

/* Both directions of a flow have one key: the smaller of (address, port) comes first. Hashed and
 * compared as octets, so there is no padding. ICMP and ICMPv6 have their type and the type it
 * answers (or the code) in the place of ports, as Community ID does; other protocols have zeros. */
struct flow_key {
	uint8_t address[2][16]; /* IPv4 as ::ffff:a.b.c.d */
	uint16_t port[2];       /* host byte order */
	uint8_t protocol;
	bool ported; /* the protocol has ports (or ICMP types) and they were seen: not in later
			fragments */
	bool tunnel; /* in one: nobody there speaks in a flow outside */
	uint8_t zero;
};

_Static_assert(sizeof(struct flow_key) == 40, "hashed as octets: no padding");

/* What encloses the IP header that the key is from. */
enum pkt_tunnel_type {
	TUNNEL_NONE,
	TUNNEL_IPIP, /* IPv4 in IPv4, RFC 2003 */
	TUNNEL_6IN4, /* RFC 4213 */
	TUNNEL_4IN6, /* RFC 2473 */
	TUNNEL_6IN6, /* RFC 2473 */
	TUNNEL_GRE,
	TUNNEL_ERSPAN,
	TUNNEL_VXLAN,
	TUNNEL_VXLAN_GPE,
	TUNNEL_GENEVE,
	TUNNEL_GTP,
	TUNNEL_TEREDO,
	TUNNEL_L2TP,
	TUNNEL_ETHERIP,
	TUNNEL_MPLS,
	TUNNEL_AH,
	TUNNEL_PIM,
	TUNNEL_CAPWAP,
	TUNNEL_SRV6,
};

/* The outermost one, when there are several. */
struct pkt_tunnel {
	uint8_t address[2][16]; /* source, destination */
	uint32_t id;            /* VNI, TEID, key of GRE, session: by its type; 0: none */
	uint8_t type;
};

/* A part of an IP datagram that was sent in fragments. */
struct pkt_piece {
	bool is, more, in_tunnel;
	uint16_t ip_offset, payload_offset; /* of its IP header and of what is in it, in `bytes` */
	uint32_t offset;                    /* in the datagram's payload */
	uint32_t bytes;                     /* that were captured */
	uint32_t ip_bytes;                  /* of its packet, as its header says */
	uint32_t id;
};

enum pkt_verdict {
	PKT_FLOW,     /* key and the rest below are set */
	PKT_NONFLOW,  /* understood, not IP */
	PKT_BAD_LINK, /* link type not read */
	PKT_TRUNCATED,
	PKT_BAD_IP,
	PKT_TOO_DEEP,
};

struct pkt {
	const uint8_t *bytes;
	uint32_t captured; /* octets there are */
	uint32_t wire;     /* octets there were */
	uint64_t time_ns;  /* since 1970 */
	uint64_t clock_ns; /* the highest time_ns of this and all packets before: what timers run by
			    */
	uint64_t number;   /* from 1, in the order of the source */
	uint16_t link;     /* LINKTYPE_ number (pcap's registry) */
	bool keep_tunnels; /* do not look into them */
	bool in_tunnel;    /* of fragments that were in a tunnel */
	bool reassembled;  /* made of fragments: what is in it counts, its octets were counted */

	struct pkt_tunnel tunnel; /* set by decode when tunnel_count is */

	/* set by decode */
	uint8_t verdict; /* enum pkt_verdict */
	uint8_t side;    /* which end of the key sent it: 0 or 1 */
	bool unread;     /* of UDP, with a length that hosts refuse: the payload is not read */
	bool fragment;   /* a fragment after the first: no ports, no payload to read */
	uint8_t tcp_flags;
	uint8_t tunnel_count;
	uint8_t layer_count; /* below IP */
	uint8_t vlan_count;
	uint8_t icmp_type, icmp_code;
	uint16_t vlan[PKT_VLANS_MAX]; /* outer first */
	uint16_t ip_offset;           /* of the IP header that the key is from, in `bytes` */
	uint16_t payload_offset;      /* of what is behind TCP or UDP */
	uint32_t ip_bytes; /* IP header and payload as the header says, or as captured where it says
			      0 (TSO) */
	uint32_t payload_bytes; /* captured octets of the payload, without padding */
	uint32_t payload_wire;  /* octets of the payload as the headers say */
	uint32_t tcp_seq, tcp_ack;
	struct pkt_piece piece;
	struct flow_key key;
};

struct burst {
	struct pkt pkts[BURST_PACKETS_MAX + BURST_WHOLES_MAX];
	void *owners[BURST_PACKETS_MAX]; /* the source's own, e.g. its mbufs */
	unsigned count;
	uint8_t *bytes; /* BURST_BYTES for sources that copy */
	size_t bytes_used;
};
