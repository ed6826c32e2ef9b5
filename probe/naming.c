/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/naming.h"

#include "probe/facts.h"

const char *naming_dissector(const struct flow *f)
{
	const struct dissector *d = f->dissector ? dissectors[f->dissector - 1] : NULL;

	return d && d->applications ? d->applications[f->key.protocol == PROTOCOL_UDP] : NULL;
}

void naming_by_host(
	struct worker *w, struct flow *f, const struct record *r, const char *name, bool last)
{
	struct pkt p = {.key = f->key, .side = f->initiator};
	struct record_value v = {0}, host = {0};

	last = last || name;
	if (!name)
		name = naming_dissector(f);
	if (f->flags & FLOW_APP_FINAL || !naming_dissector(f))
		return;
	while (!host.field && record_next(r, &v)) {
		if (v.field->flags & FIELD_HOST)
			host = v;
	}
	if (!host.field && !last)
		return;
	w->ledger.n[LEDGER_NDPI_NAMES]++;
	f->app = w->classify->by_name(w->classifier, &p, name, (const char *)host.text, host.bytes);
	f->flags |= FLOW_APP_FINAL;
}

void naming_end(struct worker *w, struct inspection *i)
{
	if (i->engine)
		w->classify->end(w->classifier, i->engine);
	i->engine = NULL;
}

void naming_packet(struct worker *w, struct flow *f, const struct pkt *p)
{
	struct inspection *i = f->inspection;

	if (naming_dissector(f) || f->flags & FLOW_APP_FINAL)
		return;
	if (!i->engine && !i->engine_tried) {
		i->engine_tried = true;
		i->engine = w->classify->begin(w->classifier, p);
		w->ledger.n[LEDGER_NDPI_SHED] += !i->engine;
	}
	if (!i->engine)
		return;
	w->ledger.n[LEDGER_NDPI_PACKETS]++;
	if (w->classify->packet(w->classifier, i->engine, p, p->side == f->initiator, &f->app)) {
		w->ledger.n[LEDGER_NDPI_GIVEUP] += f->app.by != CLASSIFY_ENGINE;
		f->flags |= FLOW_APP_FINAL;
		naming_end(w, i);
	}
}

void naming_decide(struct worker *w, struct flow *f)
{
	if (f->flags & FLOW_APP_FINAL)
		return;
	if (naming_dissector(f)) {
		facts_load(w, f);
		naming_by_host(w, f, &w->facts, NULL, true);
	} else if (f->inspection && f->inspection->engine) {
		f->app = w->classify->give_up(w->classifier, f->inspection->engine);
	} else {
		struct pkt p = {.key = f->key, .side = f->initiator};

		f->app = w->classify->by_port(w->classifier, &p);
	}
}
