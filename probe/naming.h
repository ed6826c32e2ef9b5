/* SPDX-License-Identifier: Apache-2.0 */
/* Which application a flow is: by the name that a dissector found, by nDPI's packet engine, by port
 * and address; docs/ndpi.md. */
#pragma once

#include "probe/inspection.h"

/* nDPI's name for what the dissector of the first octets recognises; NULL: nDPI is asked. */
const char *naming_dissector(const struct flow *f);
/* Once there is a host name in `r`, or with `last` when there will be none. `name` says more than
 * the dissector's own one, or is NULL. */
void naming_by_host(
	struct worker *w, struct flow *f, const struct record *r, const char *name, bool last);
/* One packet for the engine, if it is asked at all. */
void naming_packet(struct worker *w, struct flow *f, const struct pkt *p);
/* The engine's state goes back. */
void naming_end(struct worker *w, struct inspection *i);
/* The flow ends, or a record of it is made: with what there is. */
void naming_decide(struct worker *w, struct flow *f);
