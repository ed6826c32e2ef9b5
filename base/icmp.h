/* SPDX-License-Identifier: Apache-2.0 */
/* Which ICMP type answers which, as Community ID version 1 pairs them: a request and its reply are
 * one flow. The numbers are those of IANA's "ICMP Parameters" and "ICMPv6 Parameters". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

/* False, and nothing set, for a type that nothing answers (an error message). */
static inline bool icmp_counterpart(bool v6, uint8_t type, uint8_t *ret_counterpart)
{
	/* echo; router, timestamp, information and mask requests of RFC 792, 950 and 1256 */
	static const uint8_t v4_pairs[][2] = {{8, 0}, {10, 9}, {13, 14}, {15, 16}, {17, 18}};
	/* echo, listener, router and neighbour discovery, node information, home agent (RFC 4443,
	 * 2710, 4861, 4620, 6275) */
	static const uint8_t v6_pairs[][2] = {
		{128, 129}, {130, 131}, {133, 134}, {135, 136}, {139, 140}, {144, 145}};
	const uint8_t(*pairs)[2] = v6 ? v6_pairs : v4_pairs;
	unsigned count = v6 ? ARRAY_LEN(v6_pairs) : ARRAY_LEN(v4_pairs);

	for (unsigned i = 0; i < count; i++) {
		if (pairs[i][0] == type || pairs[i][1] == type) {
			*ret_counterpart = pairs[i][pairs[i][0] == type];
			return true;
		}
	}
	return false;
}
