/* SPDX-License-Identifier: Apache-2.0 */
/* The first octets of a flow: dissect, classify, match. */
#pragma once

#include "probe/worker.h"

/* A new flow: its addresses go through the matcher. */
void inspect_begin(struct worker *w, struct flow *f, const struct pkt *p);
/* A packet of a flow that is not FLOW_INSPECTED. */
void inspect_packet(struct worker *w, struct flow *f, const struct pkt *p);
/* Its first packet was the responder's: what was read so far took one side for the other. */
void inspect_turn(struct worker *w, struct flow *f);
/* Give back all that inspection and facts hold. */
void inspect_end(struct worker *w, struct flow *f);
