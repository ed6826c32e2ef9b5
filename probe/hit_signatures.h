/* SPDX-License-Identifier: Apache-2.0 */
/* Hand-written signatures over what is known of a flow, for the files of hits. */
#pragma once

#include "probe/worker.h"

/* Notes and sends a hit, once a flow. The facts must be loaded. `v`: the value that was found, NULL
 * where it is not one. */
void hit_send(struct worker *w, struct flow *f, uint64_t time_ns, const char *field,
	const struct record_value *v, uint32_t index);
/* What can be decided now; `message` is the one that was read, or NULL. The facts must be loaded.
 */
void hit_signatures(
	struct worker *w, struct flow *f, uint64_t time_ns, const struct record *message);
