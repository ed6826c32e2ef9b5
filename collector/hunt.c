/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/hunt_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/schema.h"
#include "base/text.h"
#include "collector/row_walk.h"
#include "signatures/hit_record.h"
#include "signatures/signature_field.h"
#include "signatures/url.h"

#define SEEN_SIZE_MIN 1024 /* a power of two */

/* An indicator that a flow has met. */
struct met {
	uint64_t flow;
	uint32_t index;
	bool used;
};

static const struct store_ops *memory_ops(void)
{
	for (const struct store_ops *const *ops = stores; *ops; ops++) {
		if (strcmp((*ops)->name, "memory") == 0)
			return *ops;
	}
	return NULL;
}

int hunt_open(struct hunt **ret, const char *database, const struct ipfix_schema *schema,
	const struct asn_database *asn, char *ret_error, size_t error_size)
{
	struct hunt *h = calloc(1, sizeof(*h));
	int r = h ? sigdb_open(&h->db, database, ret_error, error_size) : -ENOMEM;

	if (r == 0)
		r = match_sets.build(&h->set, h->db, ret_error, error_size);
	if (r == 0)
		r = match_sets.open(&h->matcher, h->set);
	if (r == 0) {
		struct sigdb_span systems = sigdb_of_type(h->db, INDICATOR_ASN);

		h->asn = asn;
		h->report.systems = asn ? 0 : systems.end - systems.begin;
		h->ops = memory_ops();
		h->met_size = SEEN_SIZE_MIN;
		h->met = calloc(h->met_size, sizeof(*h->met));
		h->storage = malloc(RECORD_BYTES_MAX);
		h->any = calloc(sigdb_count(h->db) + 1, sizeof(*h->any));
		r = h->met && h->storage && h->any
			    ? h->ops->open(&h->hits, schema, "", true, ret_error, error_size)
			    : -ENOMEM;
	}
	if (r == 0)
		*ret = h;
	else
		hunt_close(h);
	if (r == -ENOMEM)
		(void)snprintf(ret_error, error_size, "out of memory");
	return r;
}

void hunt_close(struct hunt *h)
{
	if (!h)
		return;
	if (h->hits)
		h->ops->close(h->hits);
	match_sets.close(h->matcher);
	match_sets.drop(h->set);
	sigdb_close(h->db);
	free(h->met);
	free(h->storage);
	free(h->any);
	free(h);
}

static struct met *met_place(const struct hunt *h, uint64_t flow, uint32_t index)
{
	size_t at = (size_t)((flow ^ (uint64_t)index << 32) * 0x9e3779b97f4a7c15u >> 20);

	for (;; at++) {
		struct met *m = &h->met[at & (h->met_size - 1)];

		if (!m->used || (m->flow == flow && m->index == index))
			return m;
	}
}

static int met_grow(struct hunt *h)
{
	struct met *old = h->met;
	size_t size = h->met_size;

	h->met = calloc(2 * size, sizeof(*h->met));
	if (!h->met) {
		h->met = old;
		return -ENOMEM;
	}
	h->met_size = 2 * size;
	for (size_t i = 0; i < size; i++) {
		if (old[i].used)
			*met_place(h, old[i].flow, old[i].index) = old[i];
	}
	free(old);
	return 0;
}

/* 1: for the first time; 0: again; negative errno. */
static int meet(struct hunt *h, uint32_t index)
{
	struct met *m = met_place(h, h->flow, index);

	if (m->used)
		return 0;
	*m = (struct met){.flow = h->flow, .index = index, .used = true};
	h->any[index] = true;
	h->met_count++;
	return 2 * h->met_count > h->met_size && met_grow(h) < 0 ? -ENOMEM : 1;
}

/* What all events have; a name of passive DNS was last seen then. */
static void copy_common(struct record *to, const struct record *from)
{
	struct record_value v = {0};

	while (record_next(from, &v)) {
		if (v.field >= common_fields && v.field < common_fields + COMMON_FIELDS)
			(void)record_octets(to, v.field, v.text, v.bytes);
	}
	if (from->kind == &kind_name)
		(void)record_number(to, &common_fields[COMMON_TIMESTAMP],
			record_get(from, &name_fields[NAME_LAST]));
}

void hunt_hit(struct hunt *h, const struct record *of, const char *field,
	const struct record_value *v, uint32_t index)
{
	struct look_alike look = {0};
	struct indicator indicator;
	struct record r;
	int first;

	if (h->error || (of->kind == &kind_name && h->any[index]))
		return;
	first = meet(h, index);
	if (first <= 0) {
		h->error = first;
		return;
	}
	indicator = sigdb_get(h->db, index);
	record_init(&r, &kind_hit, h->storage, RECORD_BYTES_MAX);
	copy_common(&r, of);
	hit_record_add(&r, &indicator, field, h->db);
	if (v && indicator.type == INDICATOR_LOOK_ALIKE &&
		match_sets.tell(h->matcher, index, v->text, v->bytes, &look))
		hit_record_look_alike(&r, &look);
	h->error = h->ops->append(h->hits, &r);
}

static void ask(struct hunt *h, const struct record *of, const struct record_value *v,
	enum field_match kind, uint16_t port)
{
	struct match_found found;
	unsigned count = match_sets.find(h->matcher, kind, v->text, v->bytes, port, &found);

	h->left_out += found.left_out;
	for (unsigned i = 0; i < count; i++)
		hunt_hit(h, of, v->field->key, v, found.indices[i]);
}

/* Answers of DNS are addresses or names as the case may be. */
static void ask_address(struct hunt *h, const struct record *of, const struct record_value *v)
{
	const struct field *port = v->field == &common_fields[COMMON_SRC_IP]
					   ? &common_fields[COMMON_SRC_PORT]
				   : v->field == &common_fields[COMMON_DEST_IP]
					   ? &common_fields[COMMON_DEST_PORT]
					   : NULL;
	struct record_value asked = *v;
	uint8_t address[16];

	if (v->field->type == FIELD_TEXT) {
		if (!text_to_address((const char *)v->text, v->bytes, address)) {
			ask(h, of, v, MATCH_NAME, 0);
			return;
		}
		asked.text = address;
		asked.bytes = sizeof(address);
	}
	ask(h, of, &asked, MATCH_ADDRESS, port ? (uint16_t)record_get(of, port) : 0);
}

/* The host stands before the target of the request. */
static void ask_url(struct hunt *h, const struct record *of, const struct record_value *host,
	const struct record_value *target)
{
	char url[URL_BYTES_MAX];
	struct record_value asked = {.field = target->field, .text = (const uint8_t *)url};

	asked.bytes = url_of_request(url, host->field ? host : NULL,
		(uint16_t)record_get(of, &common_fields[COMMON_DEST_PORT]), target);
	if (asked.bytes)
		ask(h, of, &asked, MATCH_URL, 0);
}

/* The server's system, as the probe asks for it. */
static void ask_system(struct hunt *h, const struct record *of)
{
	struct match_found found = {.left_out = 0};
	struct record_value to;
	unsigned count;
	uint32_t number;

	if (!h->asn || !record_find(of, &common_fields[COMMON_DEST_IP], &to))
		return;
	number = asn_find(h->asn, to.text);
	count = number ? match_sets.find(h->matcher, MATCH_AS, &number, sizeof(number), 0, &found)
		       : 0;
	h->left_out += found.left_out;
	for (unsigned i = 0; i < count; i++)
		hunt_hit(h, of, signature_field(FIELD_OF_DEST_ASN)->key, NULL, found.indices[i]);
}

/* When in a connection the probe learns of a field, as far as the order of tables does not say so:
 * the ends first, then what a proxy was told, and TLS last, which nothing follows. */
enum turn { TURN_ENDS, TURN_PROXY, TURN_TALK, TURN_TLS, TURNS };

static enum turn turn_of(const struct field *f)
{
	if (f >= common_fields && f < common_fields + COMMON_FIELDS)
		return TURN_ENDS;
	if (strncmp(f->key, "socks.", 6) == 0)
		return TURN_PROXY;
	return strncmp(f->key, "tls.", 4) == 0 ? TURN_TLS : TURN_TALK;
}

/* What is of this turn; returns the bits of those that there are. */
static unsigned look_in_turn(struct hunt *h, const struct record *of, enum turn turn)
{
	struct record_value v, host = {0};
	struct row_walk walk;
	unsigned turns = 0;

	row_walk_init(&walk, of);
	while (row_walk_next(&walk, &v) && !h->error) {
		if (v.field->match == MATCH_NONE)
			continue;
		turns |= 1u << turn_of(v.field);
		if (turn_of(v.field) != turn)
			continue;
		if (v.field->flags & FIELD_HOST)
			host = v;
		if (v.field->match == MATCH_ADDRESS)
			ask_address(h, of, &v);
		else if (v.field->match == MATCH_URL)
			ask_url(h, of, &host, &v);
		else
			ask(h, of, &v, v.field->match, 0);
	}
	return turns;
}

static int look_at(void *context, const struct query_result *row)
{
	struct hunt *h = context;
	unsigned turns;

	h->flow = record_get(row->record, &common_fields[COMMON_FLOW_ID]);
	ask_system(h, row->record);
	turns = look_in_turn(h, row->record, TURN_ENDS);
	for (enum turn turn = TURN_ENDS + 1; turn < TURNS && !h->error; turn++) {
		if (turns >> turn & 1)
			(void)look_in_turn(h, row->record, turn);
	}
	return h->error;
}

static int look_at_kind(struct hunt *h, const struct hunt_ground *ground, const char *kind)
{
	struct query all = {.name = QUERY_RECORDS,
		.kind = kind,
		.since_ns = ground->since_ns,
		.until_ns = ground->until_ns};

	return ground->ops->query(ground->store, &all, look_at, h);
}

int hunt_store(struct hunt *h, const struct hunt_ground *ground)
{
	bool is_damaged = false;
	int r = 0;

	for (size_t i = 0; ground->kinds[i]; i++) {
		const struct record_kind *kind = ground->kinds[i];

		if (kind == &kind_hit || kind == &kind_ledger || kind == &kind_name)
			continue;
		r = look_at_kind(h, ground, kind->event_type);
		if (r < 0 && r != -EBADMSG)
			return r;
		is_damaged |= r == -EBADMSG;
	}
	r = hunt_signatures(h, ground);
	if (r < 0 && r != -EBADMSG)
		return r;
	is_damaged |= r == -EBADMSG;
	r = look_at_kind(h, ground, kind_name.event_type);
	if (r < 0 && r != -EBADMSG)
		return r;
	is_damaged |= r == -EBADMSG;
	if (h->ops->commit(h->hits) < 0)
		return -ENOMEM;
	return is_damaged ? -EBADMSG : 0;
}

uint64_t hunt_left_out(const struct hunt *h)
{
	return h->left_out;
}

uint64_t hunt_ended_early(const struct hunt *h)
{
	return h->ended_early;
}

const struct hunt_report *hunt_report(const struct hunt *h)
{
	return &h->report;
}

struct store *hunt_hits(const struct hunt *h, const struct store_ops **ret_ops)
{
	*ret_ops = h->ops;
	return h->hits;
}
