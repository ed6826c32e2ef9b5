/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/outlet.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#include "probe/flow/slab.h"

/* Before each record in the ring; the values follow. A record never wraps: `size` with no kind and
 * no order skips to the start. */
struct slot {
	uint32_t size; /* of header and values, a multiple of 16 */
	uint32_t used;
	struct order order;
	const struct record_kind *kind; /* NULL: a mark, nothing to send */
	bool skip;
};

int order_compare(const struct order *a, const struct order *b)
{
	if (a->clock_ns != b->clock_ns)
		return a->clock_ns < b->clock_ns ? -1 : 1;
	if (a->packet != b->packet)
		return a->packet ? 1 : -1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return (a->part > b->part) - (a->part < b->part);
}

void wait_a_moment(unsigned *turns)
{
	static const struct timespec nap = {.tv_nsec = 50000};

	if (++*turns < 64)
		(void)sched_yield();
	else
		(void)nanosleep(&nap, NULL);
}

int record_ring_init(struct record_ring *ring, size_t bytes)
{
	assert((bytes & (bytes - 1)) == 0 && bytes > 4 * (size_t)RECORD_BYTES_MAX);
	*ring = (struct record_ring){.mask = bytes - 1};
	ring->bytes = pages_map(bytes);
	return ring->bytes ? 0 : -ENOMEM;
}

void record_ring_done(struct record_ring *ring)
{
	pages_unmap(ring->bytes, ring->mask + 1);
	ring->bytes = NULL;
}

/* Waits for room for `size` octets in one piece; where to write them, the end of the ring skipped.
 */
static uint64_t reserve(struct record_ring *ring, uint32_t size)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	size_t to_end = ring->mask + 1 - (head & ring->mask);
	size_t need = size <= to_end ? size : to_end + size;
	unsigned turns = 0;

	while (ring->mask + 1 - (head - atomic_load_explicit(&ring->tail, memory_order_acquire)) <
		need)
		wait_a_moment(&turns);
	if (size > to_end) {
		struct slot skip = {.size = (uint32_t)to_end, .skip = true};

		/* The end may be shorter than a header: it is a multiple of 16, the size fits. */
		memcpy(ring->bytes + (head & ring->mask), &skip,
			to_end < sizeof(skip) ? to_end : sizeof(skip));
		head += to_end;
	}
	return head;
}

void record_ring_send(struct record_ring *ring, const struct order *order, const struct record *r)
{
	uint32_t used = r ? r->used : 0;
	struct slot slot = {.size = (uint32_t)((sizeof(slot) + used + 15) & ~(size_t)15),
		.used = used,
		.order = *order,
		.kind = r ? r->kind : NULL};
	uint64_t head;

	assert(used <= 2 * RECORD_BYTES_MAX);
	head = reserve(ring, slot.size);
	memcpy(ring->bytes + (head & ring->mask), &slot, sizeof(slot));
	if (used)
		memcpy(ring->bytes + (head & ring->mask) + sizeof(slot), r->bytes, used);
	atomic_store_explicit(&ring->head, head + slot.size, memory_order_release);
}

void record_ring_close(struct record_ring *ring)
{
	atomic_store_explicit(&ring->closed, true, memory_order_release);
}

/* What the writer knows of one ring. */
struct front {
	struct slot slot;   /* the first one, if `there` */
	struct order bound; /* all that comes is after it */
	bool there, finished;
};

static void front_poll(struct front *f, struct record_ring *ring)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	bool closed = atomic_load_explicit(&ring->closed, memory_order_acquire);

	while (!f->there && !f->finished) {
		size_t to_end = ring->mask + 1 - (tail & ring->mask);

		if (tail == atomic_load_explicit(&ring->head, memory_order_acquire)) {
			f->finished = closed;
			return;
		}
		f->slot = (struct slot){.skip = true};
		memcpy(&f->slot, ring->bytes + (tail & ring->mask),
			to_end < sizeof(f->slot) ? to_end : sizeof(f->slot));
		if (to_end < sizeof(f->slot) || f->slot.skip) {
			tail += f->slot.size;
			atomic_store_explicit(&ring->tail, tail, memory_order_release);
		} else {
			f->there = true;
		}
	}
}

static int front_send(const struct front *f, struct record_ring *ring, const struct outlet *to)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	struct record r = {.kind = f->slot.kind,
		.bytes = ring->bytes + (tail & ring->mask) + sizeof(f->slot),
		.size = f->slot.used,
		.used = f->slot.used};

	return f->slot.kind ? to->send(to->context, &f->slot.order, &r) : 0;
}

static void front_pop(struct front *f, struct record_ring *ring)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	f->bound = f->slot.order;
	f->there = false;
	atomic_store_explicit(&ring->tail, tail + f->slot.size, memory_order_release);
}

/* The ring whose first slot comes before all that is and will be in the others; `count` if that is
 * not known yet. */
static unsigned front_first(const struct front *fronts, unsigned count)
{
	unsigned first = count;

	for (unsigned i = 0; i < count; i++) {
		if (fronts[i].there && (first == count || order_compare(&fronts[i].slot.order,
								  &fronts[first].slot.order) < 0))
			first = i;
	}
	for (unsigned i = 0; i < count && first < count; i++) {
		if (!fronts[i].there && !fronts[i].finished &&
			order_compare(&fronts[first].slot.order, &fronts[i].bound) > 0)
			return count;
	}
	return first;
}

int record_rings_merge(struct record_ring *const *rings, unsigned count, const struct outlet *to)
{
	struct front fronts[RINGS_MAX] = {0};
	unsigned turns = 0, finished;
	int error = 0;

	assert(count <= RINGS_MAX);
	do {
		unsigned first;

		finished = 0;
		for (unsigned i = 0; i < count; i++) {
			front_poll(&fronts[i], rings[i]);
			finished += fronts[i].finished;
		}
		first = front_first(fronts, count);
		if (first == count) {
			if (to->idle)
				to->idle(to->context);
			wait_a_moment(&turns);
			continue;
		}
		turns = 0;
		if (!error)
			error = front_send(&fronts[first], rings[first], to);
		front_pop(&fronts[first], rings[first]);
	} while (finished < count);
	return error;
}
