/* SPDX-License-Identifier: Apache-2.0 */
/* What was found in a flow lies in a piece of just its size; it is written in the worker's scratch
 * (worker.facts): load, add, store. */
#pragma once

#include "probe/worker.h"

void facts_load(struct worker *w, const struct flow *f);
void facts_store(struct worker *w, struct flow *f);
void facts_end(struct worker *w, struct flow *f);
