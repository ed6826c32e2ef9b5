/* SPDX-License-Identifier: Apache-2.0 */
/* What a side of a flow says, through the dissectors: guess, parse, send messages, match, and on to
 * the protocol that follows. */
#pragma once

#include "probe/inspection.h"

/* The window of the packet's side; its cursor moves behind what was consumed. With DISSECT_MORE
 * `ret_wish` is what is wanted next. */
enum dissect_result dissection_read(struct worker *w, struct flow *f, const struct pkt *p,
	struct cursor *window, struct stream_wish *ret_wish);
/* A datagram, which goes to the dissector that knows it. DISSECT_MORE: or nobody does. */
enum dissect_result dissection_datagram(
	struct worker *w, struct flow *f, const struct pkt *p, struct cursor datagram);
/* Whether a dissector knows the middle of a connection by these octets. */
bool dissection_midstream(
	struct worker *w, const struct flow *f, const struct pkt *p, struct cursor segment);
/* The states of all dissectors go back. */
void dissection_end(struct worker *w, struct inspection *i);
