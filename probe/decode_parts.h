/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of decode: each takes what is left of a packet and ends with a verdict. */
#pragma once

#include "base/cursor.h"
#include "probe/pkt.h"

#define LAYERS_MAX  8 /* headers below IP, in one packet all together */
#define TUNNELS_MAX 3

enum ethertype {
	ETHER_IPV4 = 0x0800,
	ETHER_TRILL = 0x22f3,
	ETHER_TEB = 0x6558, /* an Ethernet frame, in tunnels */
	ETHER_VLAN = 0x8100,
	ETHER_IPV6 = 0x86dd,
	ETHER_PPP = 0x880b,
	ETHER_MPLS = 0x8847,
	ETHER_MPLS_MULTICAST = 0x8848,
	ETHER_PPPOE = 0x8864,
	ETHER_QINQ = 0x88a8,
	ETHER_MACSEC = 0x88e5,
	ETHER_PBB = 0x88e7,
	ETHER_FABRICPATH = 0x8903,
	ETHER_CMD = 0x8909, /* Cisco MetaData: a security group tag before the EtherType */
	ETHER_ETAG = 0x893f,
	ETHER_NSH = 0x894f,
	ETHER_QINQ_OLD = 0x9100,
	ETHER_ARISTA = 0xd28b,
	ETHER_LENGTH_MAX = 1500, /* below: IEEE 802.3 with LLC */
	/* none of the above, and a stack that does not end: no frame has these */
	ETHER_OTHER = 0xffff,
	ETHER_TOO_DEEP = 0xfffe,
};

enum protocol {
	PROTOCOL_HOPOPTS = 0,
	PROTOCOL_ICMP = 1,
	PROTOCOL_IPV4 = 4,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_IPV6 = 41,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_GRE = 47,
	PROTOCOL_AH = 51,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_NONE = 59,
	PROTOCOL_DSTOPTS = 60,
	PROTOCOL_ETHERIP = 97,
	PROTOCOL_PIM = 103,
	PROTOCOL_L2TP = 115,
	PROTOCOL_SCTP = 132,
	PROTOCOL_MPLS = 137,
	PROTOCOL_SHIM6 = 140,
	PROTOCOL_ETHERNET = 143, /* RFC 8986 section 10.1 */
};

/* A frame of a link type of the pcap registry. */
void decode_link(struct pkt *p, struct cursor in, uint32_t link);
/* What stands behind an EtherType. */
void decode_ethertype(struct pkt *p, struct cursor in, uint16_t type);
/* An Ethernet frame from its destination address on. */
void decode_ethernet(struct pkt *p, struct cursor in);
/* A PPP frame, with or without address and control (RFC 1662, RFC 1661 section 6.5). */
void decode_ppp(struct pkt *p, struct cursor in);
/* IEEE 802.2, perhaps with SNAP. */
void decode_llc(struct pkt *p, struct cursor in);
/* An IEEE 802.11 frame. */
enum wlan_how {
	WLAN_ALIGNED = 1, /* its header is filled up to four octets (radiotap) */
	WLAN_SWAPPED = 2, /* the octets of its frame control are in the other order (CAPWAP) */
};

void decode_wlan(struct pkt *p, struct cursor in, unsigned how);
void decode_radiotap(struct pkt *p, struct cursor in);
void decode_ip(struct pkt *p, struct cursor in);

/* `in` is what is behind the headers of a packet that has its verdict and key. What is inside takes
 * their place, if there is something that can be decoded. */
void decode_tunnel(struct pkt *p, struct cursor in);
