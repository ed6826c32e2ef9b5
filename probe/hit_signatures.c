/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/hit_signatures.h"

#include <string.h>

#include "probe/facts.h"
#include "probe/hit.h"
#include "probe/naming.h"
#include "signatures/asn.h"
#include "signatures/hit_record.h"
#include "signatures/signature_field.h"

#define PROTOCOL_ICMP  1
#define PROTOCOL_ICMP6 58

static uint32_t server_as(const struct worker *w, const struct flow *f)
{
	return w->asks_as && w->asn ? asn_find(w->asn, f->key.address[!f->initiator]) : 0;
}

/* ICMP has types in the place of ports. */
static bool has_port(const struct flow *f)
{
	return f->key.ported && f->key.protocol != PROTOCOL_ICMP &&
	       f->key.protocol != PROTOCOL_ICMP6;
}

static struct evidence evidence_of(const struct worker *w, const struct flow *f)
{
	return (struct evidence){.facts = &w->facts,
		.src_ip = f->key.address[f->initiator],
		.dest_ip = f->key.address[!f->initiator],
		.dest_port = has_port(f) ? f->key.port[!f->initiator] : -1,
		.proto = f->key.protocol,
		.dest_asn = server_as(w, f)};
}

static void evaluate(struct worker *w, struct flow *f, uint64_t time_ns, const struct evidence *e)
{
	struct signature_hit hits[SIGNATURE_HITS_MAX];
	char fields[HIT_FIELDS_BYTES];
	unsigned count = w->match->evaluate(
		w->matcher, e, hits, &w->ledger.n[LEDGER_MATCH_SIGNATURE_CAP]);
	w->ledger.n[LEDGER_MATCH_WORK_CAP] += w->match->ended_early(w->matcher);

	for (unsigned i = 0; i < count; i++) {
		hit_record_fields(fields, hits[i].fields);
		hit_send(w, f, time_ns, fields, NULL, hits[i].index);
	}
}

void hit_signatures(
	struct worker *w, struct flow *f, uint64_t time_ns, const struct record *message)
{
	struct evidence e = evidence_of(w, f);

	f->flags |= FLOW_TOUCHED;
	e.message = message;
	evaluate(w, f, time_ns, &e);
}

void hit_begin(struct worker *w, struct flow *f, uint64_t time_ns)
{
	struct evidence e = evidence_of(w, f);
	struct match_found found;
	unsigned count = 0;

	if (w->asks_as && !e.dest_asn)
		w->ledger.n[LEDGER_MATCH_NO_AS]++;
	if (e.dest_asn) {
		w->ledger.n[LEDGER_MATCH_CALLS]++;
		count = w->match->find(
			w->matcher, MATCH_AS, &e.dest_asn, sizeof(e.dest_asn), 0, &found);
		w->ledger.n[LEDGER_MATCH_VALUE_CAP] += found.left_out;
	}
	for (unsigned i = 0; i < count; i++)
		hit_send(w, f, time_ns, signature_field(FIELD_OF_DEST_ASN)->key, NULL,
			found.indices[i]);
	if (w->has_signatures && w->match->touches_ends(w->matcher, &e)) {
		f->flags |= FLOW_TOUCHED;
		evaluate(w, f, time_ns, &e);
	}
}

void hit_end(struct worker *w, struct flow *f)
{
	char name[CLASSIFY_NAME_BYTES + 1];
	struct evidence e;
	size_t bytes;

	naming_decide(w, f);
	facts_load(w, f);
	e = evidence_of(w, f);
	e.moment = EVIDENCE_ENDED;
	bytes = w->classify->both(w->classifier, &f->app, name);
	name[bytes] = '\0';
	e.app_proto = name;
	evaluate(w, f, f->last_ns, &e);
	facts_store(w, f);
}
