/* SPDX-License-Identifier: Apache-2.0 */
/* The traffic guard: an indicator that a crowd touches is a mistake or an ordinary medium, and is
 * quarantined. Clients are counted without being kept: in sketches of fixed size, under a key that
 * nobody knows and that is gone with the program; of indicators that are touched only. A day is
 * one of the packets' clock. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"

#define GUARD_TOUCHED_MAX 1024 /* indicators of a worker and a day that have a sketch */

struct guard;
struct guard_tally; /* what one worker counted */

struct guard_limits {
	uint32_t share_ppm;   /* of a day's active clients, in millionths */
	uint32_t clients_max; /* whatever the share */
	uint32_t clients_min; /* so many may always touch it */
};

/* design/detection 2.8, and a floor without which a small network could see nothing. */
#define GUARD_LIMITS_DEFAULT                                                                       \
	{                                                                                          \
		.share_ppm = 1000, .clients_max = 1000, .clients_min = 10                          \
	}

int guard_new(struct guard **ret, size_t indicator_count, unsigned worker_count,
	const struct guard_limits *limits, const struct siphash_key *key);
void guard_free(struct guard *g);
struct guard_tally *guard_tally(const struct guard *g, unsigned worker);

/* For the worker whose tally it is. A client is an IPv4 address, or the first half of an IPv6 one
 * (a host takes many of a /64). */

/* A client begins a flow. */
void guard_client(struct guard_tally *t, const uint8_t address[16], uint64_t clock_ns);
enum guard_answer { GUARD_FINE, GUARD_UNCOUNTED /* no room for a sketch */, GUARD_QUARANTINED };
/* A client touches an indicator. */
enum guard_answer guard_touch(struct guard_tally *t, uint32_t index, const uint8_t address[16]);
bool guard_is_quarantined(const struct guard *g, uint32_t index);

/* Outside of the packets' path, for one thread. */
struct guard_verdict {
	uint32_t index;
	uint64_t clients, active; /* estimates */
};

/* Quarantines what too many clients touched; returns how many, the first `room` in `ret`. */
unsigned guard_judge(struct guard *g, struct guard_verdict *ret, unsigned room);
