/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/flow/wheel.h"

#include <stddef.h>

#define RUNS_MAX 33 /* run i holds 2^i flows */

void wheel_init(struct wheel *w, struct flow_table *table, uint64_t clock_ns)
{
	w->table = table;
	w->tick = clock_ns / WHEEL_TICK_NS;
	for (unsigned i = 0; i < WHEEL_SLOTS; i++)
		w->heads[i] = FLOW_NONE;
}

void wheel_add(struct wheel *w, uint32_t flow, uint64_t tick)
{
	struct flow *flows = w->table->flows;
	uint64_t far = w->tick + WHEEL_SLOTS - 1;
	uint32_t slot;

	if (tick <= w->tick)
		tick = w->tick + 1;
	slot = (uint32_t)((tick < far ? tick : far) % WHEEL_SLOTS);
	flows[flow].slot = slot;
	flows[flow].previous = FLOW_NONE;
	flows[flow].next = w->heads[slot];
	if (w->heads[slot] != FLOW_NONE)
		flows[w->heads[slot]].previous = flow;
	w->heads[slot] = flow;
}

void wheel_remove(struct wheel *w, uint32_t flow)
{
	struct flow *flows = w->table->flows;
	struct flow *f = &flows[flow];

	if (f->previous != FLOW_NONE)
		flows[f->previous].next = f->next;
	else
		w->heads[f->slot] = f->next;
	if (f->next != FLOW_NONE)
		flows[f->next].previous = f->previous;
}

static uint32_t merge(struct flow *flows, uint32_t a, uint32_t b)
{
	uint32_t head = FLOW_NONE, *tail = &head;

	while (a != FLOW_NONE && b != FLOW_NONE) {
		uint32_t *from = flows[a].number <= flows[b].number ? &a : &b;

		*tail = *from;
		tail = &flows[*from].next;
		*from = *tail;
	}
	*tail = a != FLOW_NONE ? a : b;
	return head;
}

uint32_t flow_list_sort(struct flow *flows, uint32_t list)
{
	uint32_t runs[RUNS_MAX];
	unsigned count = 0;

	while (list != FLOW_NONE) {
		uint32_t run = list;
		unsigned i;

		list = flows[run].next;
		flows[run].next = FLOW_NONE;
		for (i = 0; i < count && runs[i] != FLOW_NONE; i++) {
			run = merge(flows, runs[i], run);
			runs[i] = FLOW_NONE;
		}
		if (i == count)
			count++;
		runs[i] = run;
	}
	for (unsigned i = 0; i < count; i++)
		list = merge(flows, runs[i], list);
	return list;
}

static void turn_one(struct wheel *w, wheel_due *due, wheel_end *end, void *context)
{
	struct flow *flows = w->table->flows;
	uint32_t *head = &w->heads[w->tick % WHEEL_SLOTS];
	uint32_t flow = *head, ended = FLOW_NONE;

	*head = FLOW_NONE;
	while (flow != FLOW_NONE) {
		uint32_t next = flows[flow].next;
		uint64_t tick = due(context, flow);

		if (tick > w->tick) {
			wheel_add(w, flow, tick);
		} else {
			flows[flow].next = ended;
			ended = flow;
		}
		flow = next;
	}
	ended = flow_list_sort(flows, ended);
	while (ended != FLOW_NONE) {
		uint32_t next = flows[ended].next;

		if (next != FLOW_NONE)
			flow_prefetch_end(&flows[next]);
		end(context, ended, w->tick);
		ended = next;
	}
}

void wheel_turn(struct wheel *w, uint64_t clock_ns, wheel_due *due, wheel_end *end, void *context)
{
	uint64_t to = clock_ns / WHEEL_TICK_NS;

	/* Every live flow ends within the horizon, so that a leap of years costs one round. */
	while (w->tick < to && w->table->live) {
		w->tick++;
		turn_one(w, due, end, context);
	}
	if (w->tick < to)
		w->tick = to;
}
