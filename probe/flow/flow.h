/* SPDX-License-Identifier: Apache-2.0 */
/* A flow: all packets of one key until it ends. It belongs to one worker. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/classify.h"
#include "probe/pkt.h"

struct inspection;

enum flow_flag {
	FLOW_SYN_SEEN = 1,    /* a SYN without ACK: its sender is the initiator */
	FLOW_ESTABLISHED = 2, /* something besides a SYN was seen */
	FLOW_CLOSED = 4,      /* RST, or FIN from both sides */
	FLOW_APP_FINAL = 8,   /* the application is decided */
	FLOW_INSPECTED = 16,  /* no dissector and no engine wants more of it */
	FLOW_PAYLOAD = 32,    /* it had payload */
	FLOW_TOUCHED = 64,    /* what signatures ask for was seen */
	FLOW_TELLS = 128,     /* something was found that no record of it has yet */
};

enum flow_end_reason { /* RFC 5102 section 5.11.3 */
	END_IDLE = 1,
	END_ACTIVE = 2,
	END_DETECTED = 3,
	END_FORCED = 4,
	END_RESOURCES = 5,
};

struct flow {
	/* touched by every packet: two lines of the cache */
	struct flow_key key;
	uint64_t last_clock_ns;     /* pkt.clock_ns of the last packet: what timeouts run by */
	uint64_t last_ns;           /* highest pkt.time_ns of this record */
	uint64_t pkts[2], bytes[2]; /* by side of the key, since the last record */
	uint8_t tcp_flags[2];       /* by side */
	uint8_t flags;              /* enum flow_flag */
	uint8_t initiator;          /* side */
	uint8_t dissector;          /* of its first octets: 1 + index in dissectors[]; 0: none */
	uint8_t vlan_count;
	uint8_t icmp_type, icmp_code;  /* of the first packet */
	struct inspection *inspection; /* while its first bytes are read */
	void *facts; /* what was found in it, as the values of a record; of the worker's slab */
	uint32_t facts_bytes;
	uint8_t syn_sides;    /* bits of the sides whose SYN was seen ... */
	uint32_t syn_next[2]; /* ... and the sequence number behind it */
	/* touched at its beginning and its ends */
	uint64_t start_clock_ns; /* of this record */
	uint64_t start_ns;       /* of this record: lowest pkt.time_ns */
	uint64_t number;         /* pkt.number of the first packet of the flow */
	uint64_t id;             /* as exported */
	uint16_t vlan[PKT_VLANS_MAX];
	struct application app;
	uint32_t slot;           /* of the wheel */
	uint32_t next, previous; /* in that slot */
	uint32_t hit_count;
};

_Static_assert(offsetof(struct flow, start_clock_ns) == 128, "two lines for every packet");
_Static_assert(sizeof(struct flow) == 192, "no line is shared with another flow");
