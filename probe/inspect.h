/* SPDX-License-Identifier: Apache-2.0 */
/* The first octets of a flow: dissect, classify, match. */
#pragma once

#include "probe/worker.h"

/* A new flow: its addresses go through the matcher. */
void inspect_begin(struct worker *w, struct flow *f, const struct pkt *p);
/* Some packets before one of the flow: what reading it begins with. */
static inline void inspect_prefetch(const struct flow *f)
{
	const char *inspection = (const char *)f->inspection;

	if (!inspection)
		return;
	for (size_t at = 0; at < 256; at += 64)
		__builtin_prefetch(inspection + at);
	__builtin_prefetch(f->facts);
}

/* A packet of a flow that is not FLOW_INSPECTED. */
void inspect_packet(struct worker *w, struct flow *f, const struct pkt *p);
/* Its first packet was the responder's: what was read so far took one side for the other. */
void inspect_turn(struct worker *w, struct flow *f);
/* Give back all that inspection and facts hold. */
void inspect_end(struct worker *w, struct flow *f);
