/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/facts.h"

#include <string.h>

void facts_load(struct worker *w, const struct flow *f)
{
	record_clear(&w->facts);
	if (f->facts_bytes)
		memcpy(w->facts.bytes, f->facts, f->facts_bytes);
	w->facts.used = f->facts_bytes;
}

void facts_store(struct worker *w, struct flow *f)
{
	void *piece;

	w->ledger.n[LEDGER_VALUES_LOST] += w->facts.lost_values;
	if (w->facts.used == f->facts_bytes)
		return;
	piece = slab_get(&w->slab, w->facts.used);
	if (!piece) {
		w->ledger.n[LEDGER_VALUES_LOST]++;
		return;
	}
	slab_put(&w->slab, f->facts, f->facts_bytes);
	memcpy(piece, w->facts.bytes, w->facts.used);
	f->facts = piece;
	f->flags |= FLOW_TELLS;
	f->facts_bytes = w->facts.used;
}

void facts_end(struct worker *w, struct flow *f)
{
	slab_put(&w->slab, f->facts, f->facts_bytes);
	f->facts = NULL;
	f->facts_bytes = 0;
}
