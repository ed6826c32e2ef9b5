/* SPDX-License-Identifier: Apache-2.0 */
/* What a probe can be told; main.c fills it, nothing else changes it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* budget.h says what for; about a fifth of a worker's time. */
#define DECRYPTS_PER_S_LIVE 50000

struct settings {
	uint32_t flow_count;       /* flows a worker holds at the most */
	uint64_t idle_ns;          /* a flow without packets for so long has ended */
	uint64_t active_ns;        /* a flow that goes on is reported so often */
	uint64_t unestablished_ns; /* idle timeout of connections that are nothing but a SYN */
	uint64_t closed_ns;        /* after RST or both FIN */
	uint32_t engine_states;    /* flows that nDPI's packet engine looks at, at one time */
	uint32_t inspect_packets;  /* packets with payload of one flow that dissectors are given */
	bool keep_tunnels;         /* a flow is between the ends of a tunnel, not inside */
	uint32_t decrypts_per_s;   /* key derivations and decryptions of a worker; 0: no limit */
	bool skips_expired;        /* an indicator counts until it expires, by the packets' clock */
	uint64_t set_age_ns;       /* hits of a set that is older are counted; 0: of none */
	uint64_t memory_bytes;     /* for what was found in flows, and for their first octets */
};

#define SETTINGS_DEFAULT                                                                           \
	{                                                                                          \
		.flow_count = 2000000, .idle_ns = 120000000000u, .active_ns = 1800000000000u,      \
		.unestablished_ns = 10000000000u, .closed_ns = 5000000000u,                        \
		.engine_states = 262144, .inspect_packets = 32, .memory_bytes = 2048u << 20        \
	}
