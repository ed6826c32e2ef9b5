/* SPDX-License-Identifier: Apache-2.0 */
/* Values that were found in a flow go through the matcher; each indicator is a hit of it once. The
 * flow's facts must be loaded (worker.facts): hits are added to them. */
#pragma once

#include "probe/worker.h"

/* One value; `port`: of an address, 0 elsewhere. */
void hit_find(struct worker *w, struct flow *f, const struct pkt *p, const struct record_value *v,
	uint16_t port);
/* The values of a record from `from` on: new facts, or a message. */
void hit_find_new(struct worker *w, struct flow *f, const struct pkt *p, const struct record *r,
	uint32_t from);
