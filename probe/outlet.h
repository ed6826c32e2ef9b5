/* SPDX-License-Identifier: Apache-2.0 */
/* How records leave workers: in one order that does not depend on how flows are spread over them.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/record.h"

/* What a record is ordered by. Timeouts come before packets of the same moment. */
struct order {
	uint64_t clock_ns; /* of the packet that caused it, or the moment it was due */
	uint64_t number;   /* of that packet, or of the first packet of the flow that timed out */
	uint32_t part;     /* several records of one cause */
	bool packet;       /* caused by a packet */
};

int order_compare(const struct order *a, const struct order *b);

struct outlet {
	/* Nonzero: the records have nowhere to go any more. */
	int (*send)(void *context, const struct order *order, const struct record *r);
	void (*idle)(void *context); /* of record_rings_merge: there is nothing to send now; may be
					NULL */
	void *context;
};

/* A ring between one worker and the writer: no lock, fixed size. */
struct record_ring {
	uint8_t *bytes;
	size_t mask;
	_Atomic uint64_t head; /* written by the worker */
	_Atomic uint64_t tail; /* written by the writer */
	_Atomic bool closed;   /* by the worker: nothing more comes */
};

int record_ring_init(struct record_ring *ring, size_t bytes);
void record_ring_done(struct record_ring *ring);
/* Waits while the ring is full; with `r` NULL it says that all that comes later is after `order`.
 */
void record_ring_send(struct record_ring *ring, const struct order *order, const struct record *r);
void record_ring_close(struct record_ring *ring);
/* Merges the rings in order into `to` until all are closed; returns the first error of `to`, after
 * which the rest is taken and thrown away. At most RINGS_MAX rings. */
int record_rings_merge(struct record_ring *const *rings, unsigned count, const struct outlet *to);

#define RINGS_MAX 64

/* Wait a moment for another thread: first yield, then sleep. */
void wait_a_moment(unsigned *turns);
