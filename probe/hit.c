/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/hit.h"

#include <stdio.h>
#include <string.h>

#include "base/schema.h"
#include "base/text.h"
#include "probe/hit_signatures.h"
#include "probe/summarise.h"
#include "signatures/hit_record.h"
#include "signatures/url.h"

#define HITS_OF_A_FLOW 64
#define NAME_BYTES     1024
#define SECOND_NS      1000000000u

/* Whether the flow has a hit of this indicator already. */
static bool hit_known(const struct record *facts, const char *value)
{
	struct record_value v = {0};

	while (record_next(facts, &v)) {
		if (v.field == &flow_fields[FLOW_HITS] && v.bytes == strlen(value) &&
			memcmp(v.text, value, v.bytes) == 0)
			return true;
	}
	return false;
}

/* A crowd of clients that an indicator comes to says nothing of it: who scans would be quarantined
 * by scanning. */
static bool is_quarantined(struct worker *w, const struct flow *f, uint32_t index, bool is_source)
{
	enum guard_answer answer = GUARD_FINE;

	if (w->tally && is_source)
		answer = guard_is_quarantined(w->set->guard, index) ? GUARD_QUARANTINED
								    : GUARD_FINE;
	else if (w->tally)
		answer = guard_touch(w->tally, index, f->key.address[f->initiator]);
	w->ledger.n[LEDGER_MATCH_UNGUARDED] += answer == GUARD_UNCOUNTED;
	w->ledger.n[LEDGER_MATCH_QUARANTINED] += answer == GUARD_QUARANTINED;
	return answer == GUARD_QUARANTINED;
}

static bool is_stale(const struct worker *w, uint64_t now_ns)
{
	uint64_t created_ns = (uint64_t)sigdb_stamp(w->db).created * SECOND_NS;

	return created_ns && w->settings->set_age_ns &&
	       now_ns > created_ns + w->settings->set_age_ns;
}

/* Neither expired nor quarantined. */
static bool is_to_be_told(struct worker *w, const struct flow *f, const char *field,
	const struct indicator *indicator, uint32_t index)
{
	uint64_t clock_ns = f->last_clock_ns;

	if (w->settings->skips_expired && indicator->expires &&
		indicator->expires <= clock_ns / SECOND_NS) {
		w->ledger.n[LEDGER_MATCH_EXPIRED]++;
		return false;
	}
	if (is_quarantined(w, f, index, strcmp(field, common_fields[COMMON_SRC_IP].key) == 0))
		return false;
	w->ledger.n[LEDGER_MATCH_STALE] += is_stale(w, clock_ns);
	return true;
}

/* What the flow keeps of a hit: a protected name was not touched itself, and the name of a
 * signature is no value of the network. */
static const char *name_of(const struct indicator *indicator, char to[NAME_BYTES])
{
	const char *kind = indicator_type_name(indicator->type);

	if (indicator->type != INDICATOR_LOOK_ALIKE && indicator->type != INDICATOR_SIGNATURE)
		return indicator->value;
	(void)snprintf(to, NAME_BYTES, "%s:%s", kind, indicator->value);
	return to;
}

void hit_send(struct worker *w, struct flow *f, uint64_t time_ns, const char *field,
	const struct record_value *v, uint32_t index)
{
	struct indicator indicator = sigdb_get(w->db, index);
	char storage[NAME_BYTES];
	const char *name = name_of(&indicator, storage);
	struct look_alike look;
	struct record r;

	if (hit_known(&w->facts, name) || !is_to_be_told(w, f, field, &indicator, index))
		return;
	if (f->hit_count == HITS_OF_A_FLOW) {
		w->ledger.n[LEDGER_MATCH_CAP]++;
		return;
	}
	/* where it cannot be noted it would be found again and again */
	if (!record_text(&w->facts, &flow_fields[FLOW_HITS], name, strlen(name))) {
		w->ledger.n[LEDGER_MATCH_CAP]++;
		return;
	}
	f->hit_count++;
	w->ledger.n[LEDGER_MATCH_HITS]++;
	record_init(&r, &kind_hit, w->record_bytes, sizeof(w->record_bytes));
	summarise_common(&r, f, time_ns);
	hit_record_add(&r, &indicator, field, w->db);
	if (indicator.type == INDICATOR_LOOK_ALIKE &&
		w->match->tell(w->matcher, index, v->text, v->bytes, &look))
		hit_record_look_alike(&r, &look);
	worker_send(w, &r);
}

static void ask(struct worker *w, struct flow *f, const struct pkt *p, const struct record_value *v,
	enum field_match kind, uint16_t port)
{
	struct match_found found;
	unsigned count;

	w->ledger.n[LEDGER_MATCH_CALLS]++;
	count = w->match->find(w->matcher, kind, v->text, v->bytes, port, &found);
	w->ledger.n[LEDGER_MATCH_VALUE_CAP] += found.left_out;
	for (unsigned i = 0; i < count; i++)
		hit_send(w, f, p->time_ns, v->field->key, v, found.indices[i]);
}

void hit_find(struct worker *w, struct flow *f, const struct pkt *p, const struct record_value *v,
	uint16_t port)
{
	enum field_match kind = v->field->match;
	struct record_value asked = *v;
	uint8_t address[16];

	/* Answers of DNS are addresses or names as the case may be. */
	if (kind == MATCH_ADDRESS && v->field->type == FIELD_TEXT) {
		if (text_to_address((const char *)v->text, v->bytes, address)) {
			asked.text = address;
			asked.bytes = sizeof(address);
		} else {
			kind = MATCH_NAME;
		}
	}
	ask(w, f, p, &asked, kind, port);
}

/* What a request asks for, of the host that stands before it in its record; the packet is of who
 * asks. */
static void find_url(struct worker *w, struct flow *f, const struct pkt *p,
	const struct record_value *host, const struct record_value *target)
{
	char url[URL_BYTES_MAX];
	struct record_value asked = {.field = target->field, .text = (const uint8_t *)url};

	asked.bytes = url_of_request(url, host->field ? host : NULL, f->key.port[!p->side], target);
	if (asked.bytes)
		ask(w, f, p, &asked, MATCH_URL, 0);
}

/* Whether the flow's own fields have this value of a message, and were matched. */
static bool is_fact(const struct record *facts, const struct record_value *of)
{
	struct record_value v = {0};

	while (record_next(facts, &v)) {
		if (v.field == of->field && v.bytes == of->bytes &&
			memcmp(v.text, of->text, v.bytes) == 0)
			return true;
	}
	return false;
}

void hit_find_new(struct worker *w, struct flow *f, const struct pkt *p, const struct record *r,
	uint32_t from)
{
	struct record_value v = {.next = from}, host = {0};
	uint32_t until = r->used; /* hits are added behind it */
	bool is_message = r != &w->facts, is_new_host = false, touched = false;

	if (!w->matcher)
		return;
	while (v.next < until && record_next(r, &v)) {
		bool is_new = v.field->match != MATCH_NONE &&
			      !(is_message && is_fact(&w->facts, &v));

		if (w->has_signatures && !touched)
			touched = w->match->touches(w->matcher, v.field, v.text, v.bytes);
		if (v.field->flags & FIELD_HOST) {
			host = v;
			is_new_host = is_new;
		}
		if (v.field->match == MATCH_URL && (is_new || is_new_host))
			find_url(w, f, p, &host, &v);
		else if (is_new)
			hit_find(w, f, p, &v, 0);
	}
	if (touched)
		hit_signatures(w, f, p->time_ns, r == &w->facts ? NULL : r);
}
