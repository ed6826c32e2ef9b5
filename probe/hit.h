/* SPDX-License-Identifier: Apache-2.0 */
/* Values that were found in a flow go through the matcher; each indicator is a hit of it once. The
 * flow's facts must be loaded (worker.facts): hits are added to them. */
#pragma once

#include "probe/worker.h"

/* The ends of the flow: signatures, and the server's autonomous system. */
void hit_begin(struct worker *w, struct flow *f, uint64_t time_ns);
/* Before the flow is sent: signatures that wait for its end. Loads and stores the facts itself. */
void hit_end(struct worker *w, struct flow *f);
/* One value; `port`: of an address, 0 elsewhere. */
void hit_find(struct worker *w, struct flow *f, const struct pkt *p, const struct record_value *v,
	uint16_t port);
/* The values of a record from `from` on: new facts, or a message. */
void hit_find_new(struct worker *w, struct flow *f, const struct pkt *p, const struct record *r,
	uint32_t from);
