/* SPDX-License-Identifier: Apache-2.0 */
/* A timer wheel over the flows of a table. A flow stands in the slot of the tick at which it may
 * end; its packets do not move it: when the slot comes it is asked again. Ends come in order of
 * (tick, first packet), so that a capture gives the same order whatever worker holds the flow. */
#pragma once

#include <stdint.h>

#include "probe/flow/table.h"

#define WHEEL_TICK_NS 100000000ull /* 0.1 s */
#define WHEEL_SLOTS   16384u
/* 27 minutes: the longest idle timeout. */
#define WHEEL_HORIZON_NS (WHEEL_TICK_NS * (WHEEL_SLOTS - 2))

struct wheel {
	struct flow_table *table; /* borrowed */
	uint64_t tick;            /* the last one that was turned to */
	uint32_t heads[WHEEL_SLOTS];
};

/* The tick at which something that is due at `ns` happens. */
static inline uint64_t wheel_tick_of(uint64_t ns)
{
	return ns / WHEEL_TICK_NS + 1;
}

void wheel_init(struct wheel *w, struct flow_table *table, uint64_t clock_ns);
void wheel_add(struct wheel *w, uint32_t flow, uint64_t tick);
void wheel_remove(struct wheel *w, uint32_t flow);

/* The tick at which a flow is due. */
typedef uint64_t wheel_due(void *context, uint32_t flow);
/* It is due now and in no slot: remove it from the table, or add it to the wheel again. */
typedef void wheel_end(void *context, uint32_t flow, uint64_t tick);

void wheel_turn(struct wheel *w, uint64_t clock_ns, wheel_due *due, wheel_end *end, void *context);
/* All flows of a list linked by `next`, by first packet; needs no memory. */
uint32_t flow_list_sort(struct flow *flows, uint32_t list);
