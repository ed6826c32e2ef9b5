/* SPDX-License-Identifier: Apache-2.0 */
/* Hand-written signatures over what is stored. The probe evaluates them as a flow goes on: when it
 * begins, when its facts change, with each message, in the end; here the same is asked at the same
 * moments, by the same evaluator. A flow's record has no order of its facts: of a flow with
 * messages what came before the first one is what a proxy (SOCKS) was told. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/community_id.h"
#include "base/ledger.h"
#include "base/schema.h"
#include "collector/hunt_parts.h"
#include "signatures/expression.h"
#include "signatures/hit_record.h"
#include "signatures/signature_field.h"

#define MESSAGE_BYTES_MAX (256u << 20)
#define REASON_ACTIVE     2 /* flowEndReason, RFC 5102 section 5.11.3: the flow goes on */
#define PROTOCOL_ICMP     1
#define PROTOCOL_ICMP6    58

/* A message that touches a signature, until its flow is looked at. */
struct kept {
	uint64_t flow;
	size_t begin; /* of its values, in `octets` */
	uint32_t bytes;
	const struct record_kind *kind;
	bool used;
};

struct looking {
	struct hunt *h;
	struct signature_fields fields;
	bool *skipped; /* owned, as all below: of each signature that it cannot be looked for */
	struct kept *kept;
	size_t kept_count, kept_size;
	uint8_t *octets;
	size_t octet_count, octet_size, octets_max;
	uint8_t *storage; /* of a record */
	bool has_names, is_foreign;
};

static void looking_done(struct looking *l)
{
	free(l->skipped);
	free(l->kept);
	free(l->octets);
	free(l->storage);
}

/* Passive DNS has no messages. */
static int see_name(void *context, const struct query_result *row)
{
	struct looking *l = context;

	(void)row;
	l->has_names = true;
	return 0;
}

/* Books of an exporter that is none of ours: it has no names and no fingerprints. */
static int see_books(void *context, const struct query_result *row)
{
	struct looking *l = context;
	struct ledger books = {0};

	ledger_from_record(&books, row->record);
	l->is_foreign |= books.n[LEDGER_FOREIGN] != 0;
	return 0;
}

/* Bits of the fields that some of what is stored does not have. */
static uint64_t lacking(const struct looking *l)
{
	uint64_t lacks = 0;

	for (size_t id = 0; id < signature_field_count(); id++) {
		bool is_own = id >= FIELD_OF_RECORDS || id == FIELD_OF_APP_PROTO;
		bool is_dns = strncmp(signature_field(id)->key, "dns.", 4) == 0;

		if ((id == FIELD_OF_DEST_ASN && !l->h->asn) || (is_own && l->is_foreign) ||
			(is_dns && l->has_names))
			lacks |= 1ULL << id;
	}
	return lacks;
}

/* Of messages a probe, too, decides what is absent before all is known. */
static uint64_t of_flows(uint64_t fields)
{
	for (size_t id = 0; id < signature_field_count(); id++) {
		if (signature_field(id)->of_message)
			fields &= ~(1ULL << id);
	}
	return fields;
}

static bool may_hold(void *context, const struct expression_node *leaf)
{
	const uint64_t *lacks = context;

	return !(*lacks >> leaf->field & 1);
}

static void report(struct hunt_report *to, const char *name, uint64_t fields, bool never)
{
	size_t i = to->never + to->partly;

	*(never ? &to->never : &to->partly) += 1;
	if (i < HUNT_EXAMPLES_MAX)
		to->examples[i] = (struct hunt_example){name, fields, never};
}

/* Which signatures can be looked for, and in how much of what is stored. */
static int judge(struct looking *l, struct sigdb_span all)
{
	_cleanup_(free_ptr) struct expression *e = malloc(sizeof(*e));
	uint64_t lacks = lacking(l);

	if (!e)
		return -ENOMEM;
	for (size_t i = all.begin; i < all.end; i++) {
		struct indicator item = sigdb_get(l->h->db, i);
		uint64_t lacked;

		if (expression_parse(e, item.expression) < 0)
			continue; /* a database with such a one is not opened */
		lacked = expression_asks(e->nodes, 0) & lacks;
		l->skipped[i - all.begin] = !expression_can_hold(e->nodes, may_hold, &lacks) ||
					    expression_denies(e->nodes, of_flows(lacks));
		if (lacked)
			report(&l->h->report, item.value, lacked, l->skipped[i - all.begin]);
	}
	return 0;
}

static int ask(struct looking *l, const struct hunt_ground *ground, const char *kind,
	uint64_t limit, query_row *row)
{
	const struct query query = {.name = QUERY_RECORDS,
		.kind = kind,
		.since_ns = ground->since_ns,
		.until_ns = ground->until_ns,
		.limit = limit};

	return ground->ops->query(ground->store, &query, row, l);
}

/* ICMP has types in the place of ports, and a later fragment has none: only what has a community ID
 * may have the port 0. */
static int32_t port_of(const struct record *r, uint8_t protocol)
{
	uint64_t port = record_get(r, &common_fields[COMMON_DEST_PORT]);
	struct record_value id;

	if (protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMP6)
		return -1;
	if (port || (community_id_has_ports(protocol) &&
			    record_find(r, &common_fields[COMMON_COMMUNITY_ID], &id)))
		return (int32_t)port;
	return -1;
}

/* The ends of the flow that a record is of. */
static struct evidence ends_of(const struct looking *l, const struct record *r)
{
	uint8_t protocol = (uint8_t)record_get(r, &common_fields[COMMON_PROTO]);
	struct evidence e = {.proto = protocol, .dest_port = port_of(r, protocol)};
	struct record_value v;

	if (record_find(r, &common_fields[COMMON_SRC_IP], &v))
		e.src_ip = v.text;
	if (record_find(r, &common_fields[COMMON_DEST_IP], &v))
		e.dest_ip = v.text;
	if (e.dest_ip && l->h->asn)
		e.dest_asn = asn_find(l->h->asn, e.dest_ip);
	return e;
}

static void evaluate(struct looking *l, const struct evidence *e, const struct record *of)
{
	struct sigdb_span all = sigdb_of_type(l->h->db, INDICATOR_SIGNATURE);
	struct signature_hit hits[SIGNATURE_HITS_MAX];
	unsigned count = match_sets.evaluate(l->h->matcher, e, hits, &l->h->left_out);
	char fields[HIT_FIELDS_BYTES];

	l->h->ended_early += match_sets.ended_early(l->h->matcher);
	for (unsigned i = 0; i < count; i++) {
		if (l->skipped[hits[i].index - all.begin])
			continue;
		hit_record_fields(fields, hits[i].fields);
		hunt_hit(l->h, of, fields, NULL, hits[i].index);
	}
}

static bool touches(const struct looking *l, const struct record *r)
{
	struct record_value v = {0};

	while (record_next(r, &v)) {
		if (match_sets.touches(l->h->matcher, v.field, v.text, v.bytes))
			return true;
	}
	return false;
}

static uint64_t flow_of(const struct record *r)
{
	return record_get(r, &common_fields[COMMON_FLOW_ID]);
}

static void look_alone(struct looking *l, const struct record *message)
{
	struct evidence e = ends_of(l, message);

	e.message = message;
	l->h->flow = flow_of(message);
	l->h->report.alone++;
	evaluate(l, &e, message);
}

static int grow(void *items, size_t *size, size_t wanted, size_t item_bytes)
{
	size_t more = 2 * wanted;
	void *bigger;

	if (wanted <= *size)
		return 0;
	bigger = reallocarray(*(void **)items, more, item_bytes);
	if (!bigger)
		return -ENOMEM;
	*(void **)items = bigger;
	*size = more;
	return 0;
}

static int look_at_message(void *context, const struct query_result *row)
{
	const struct record *r = row->record;
	struct looking *l = context;

	if (!touches(l, r))
		return 0;
	if (r->used > l->octets_max - l->octet_count) {
		look_alone(l, r);
		return l->h->error;
	}
	if (grow(&l->octets, &l->octet_size, l->octet_count + r->used, 1) < 0 ||
		grow(&l->kept, &l->kept_size, l->kept_count + 1, sizeof(*l->kept)) < 0)
		return -ENOMEM;
	memcpy(l->octets + l->octet_count, r->bytes, r->used);
	l->kept[l->kept_count++] = (struct kept){
		.flow = flow_of(r), .begin = l->octet_count, .bytes = r->used, .kind = r->kind};
	l->octet_count += r->used;
	return 0;
}

static int compare_kept(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->flow != y->flow)
		return x->flow < y->flow ? -1 : 1;
	return (x->begin > y->begin) - (x->begin < y->begin);
}

static struct record record_of(const struct looking *l, const struct kept *kept)
{
	return (struct record){.kind = kept->kind,
		.bytes = l->octets + kept->begin,
		.size = kept->bytes,
		.used = kept->bytes};
}

/* The first message of a flow; behind the last one when there is none. */
static size_t first_kept(const struct looking *l, uint64_t flow)
{
	size_t low = 0, high = l->kept_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->kept[middle].flow < flow)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What the flow said before its first message; false: it had none. */
static bool before_messages(struct looking *l, const struct record *flow, struct record *ret)
{
	struct record_value v = {0};
	bool has_message = false;

	record_init(ret, flow->kind, l->storage, RECORD_BYTES_MAX);
	while (record_next(flow, &v)) {
		int id = signature_fields_find(&l->fields, v.field);

		has_message |= id >= 0 && signature_field((size_t)id)->of_message;
		if (strncmp(v.field->key, "socks.", 6) == 0)
			(void)record_octets(ret, v.field, v.text, v.bytes);
	}
	return has_message;
}

static void evaluate_flow(struct looking *l, const struct evidence *ends, const struct record *flow)
{
	struct evidence e = *ends;
	struct record before;

	evaluate(l, &e, flow);
	if (before_messages(l, flow, &before)) {
		e.facts = &before;
		evaluate(l, &e, flow);
	}
	e.facts = flow;
	evaluate(l, &e, flow);
}

static void evaluate_end(struct looking *l, const struct evidence *ends, const struct record *flow)
{
	char application[RECORD_TEXT_BYTES_MAX + 1] = "";
	struct evidence e = *ends;
	struct record_value v;

	if (record_get(flow, &flow_fields[FLOW_REASON]) == REASON_ACTIVE)
		return;
	if (record_find(flow, &flow_fields[FLOW_APP_PROTO], &v) && v.bytes < sizeof(application)) {
		memcpy(application, v.text, v.bytes);
		application[v.bytes] = '\0';
	}
	e.facts = flow;
	e.moment = EVIDENCE_ENDED;
	e.app_proto = application;
	evaluate(l, &e, flow);
}

static int look_at_flow(void *context, const struct query_result *row)
{
	const struct record *flow = row->record;
	struct looking *l = context;
	struct evidence ends = ends_of(l, flow);
	uint64_t id = flow_of(flow);
	bool touched = touches(l, flow) || match_sets.touches_ends(l->h->matcher, &ends);

	l->h->flow = id;
	if (touched)
		evaluate_flow(l, &ends, flow);
	for (size_t i = first_kept(l, id); i < l->kept_count && l->kept[i].flow == id; i++) {
		struct record message = record_of(l, &l->kept[i]);
		struct evidence e = ends;

		e.facts = flow;
		e.message = &message;
		l->kept[i].used = true;
		evaluate(l, &e, &message);
	}
	if (touched)
		evaluate_end(l, &ends, flow);
	return l->h->error;
}

/* Messages that touch something, then the flows with them, then those whose flow is not there. */
static int look(struct looking *l, const struct hunt_ground *ground)
{
	bool is_damaged = false;
	int r = 0;

	for (size_t i = 0; ground->kinds[i]; i++) {
		const struct record_kind *kind = ground->kinds[i];

		if (kind == &kind_flow || kind == &kind_hit || kind == &kind_ledger ||
			kind == &kind_name)
			continue;
		r = ask(l, ground, kind->event_type, 0, look_at_message);
		if (r < 0 && r != -EBADMSG)
			return r;
		is_damaged |= r == -EBADMSG;
	}
	if (l->kept_count)
		qsort(l->kept, l->kept_count, sizeof(*l->kept), compare_kept);
	r = ask(l, ground, kind_flow.event_type, 0, look_at_flow);
	if (r < 0 && r != -EBADMSG)
		return r;
	is_damaged |= r == -EBADMSG;
	for (size_t i = 0; i < l->kept_count; i++) {
		struct record message = record_of(l, &l->kept[i]);

		if (!l->kept[i].used)
			look_alone(l, &message);
	}
	return l->h->error ? l->h->error : is_damaged ? -EBADMSG : 0;
}

int hunt_signatures(struct hunt *h, const struct hunt_ground *ground)
{
	struct sigdb_span all = sigdb_of_type(h->db, INDICATOR_SIGNATURE);
	_cleanup_(looking_done) struct looking l = {.h = h,
		.octets_max = ground->message_bytes_max ? ground->message_bytes_max
							: MESSAGE_BYTES_MAX};
	int r;

	h->report.signatures = all.end - all.begin;
	if (!h->report.signatures)
		return 0;
	h->report.never = h->report.partly = h->report.alone = 0;
	signature_fields_init(&l.fields);
	l.skipped = calloc(h->report.signatures, sizeof(*l.skipped));
	l.storage = malloc(RECORD_BYTES_MAX);
	if (!l.skipped || !l.storage)
		return -ENOMEM;
	/* what is damaged is told by those who read all of it */
	r = ask(&l, ground, kind_name.event_type, 1, see_name);
	if (r == 0 || r == -EBADMSG)
		r = ask(&l, ground, kind_ledger.event_type, 0, see_books);
	if (r == 0 || r == -EBADMSG)
		r = judge(&l, all);
	return r < 0 ? r : look(&l, ground);
}
