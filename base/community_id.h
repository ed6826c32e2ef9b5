/* SPDX-License-Identifier: Apache-2.0 */
/* Community ID version 1 with seed 0: one text for both directions of a flow, the same in every
 * tool that knows it (https://github.com/corelight/community-id-spec). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMMUNITY_ID_BYTES 40 /* more than the text and its zero need */

struct community_tuple {
	uint8_t src[16], dst[16]; /* IPv4 as ::ffff:a.b.c.d */
	uint16_t sport, dport;    /* of ICMP (1) and ICMPv6 (58) type and code; where another type
				     answers the type, dport does not matter */
	uint8_t protocol;
	bool has_ports; /* the protocol has ports and they were seen: not in later fragments */
};

/* Whether flows of this protocol are told apart by ports, ICMP types included. */
bool community_id_has_ports(uint8_t protocol);
/* Returns the length of the text. */
size_t community_id(char to[COMMUNITY_ID_BYTES], const struct community_tuple *tuple);
