/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/conditions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "signatures/conditions_build.h"

#define AS_TEXT_BYTES 16

struct condition_asking {
	const struct conditions *c;
	struct pattern_scratch *scratch; /* NULL: there are no patterns */
	const struct evidence *evidence; /* that is looked at */
	uint64_t *is_touched;            /* bits of the atoms; of those in the list */
	uint32_t *asked;                 /* of each signature: the number of the last asking */
	uint32_t asking;
	uint32_t work_left; /* nodes that this asking may still look at */
	bool ended_early;   /* it came to that end */
	unsigned touched_count;
	uint32_t *touched; /* owned: room for all atoms */
	uint32_t *found;   /* owned: room for all ranges, or all patterns of a class */
	char value[SIGNATURE_VALUE_BYTES_MAX];
};

/* The most that one look-up finds. */
static size_t found_most(const struct conditions *c)
{
	size_t most = c->addresses.count;

	for (size_t i = 0; i < PATTERN_CLASSES; i++)
		most = c->list.counts[i] > most ? c->list.counts[i] : most;
	return most;
}

int condition_asking_new(struct condition_asking **ret, const struct conditions *c)
{
	struct condition_asking *a = calloc(1, sizeof(*a));
	int r = a ? 0 : -ENOMEM;

	if (r == 0) {
		a->c = c;
		a->is_touched = calloc(c->atom_count / 64 + 1, sizeof(*a->is_touched));
		a->asked = calloc(c->signature_count + 1, sizeof(*a->asked));
		a->touched = calloc(c->atom_count + 1, sizeof(*a->touched));
		a->found = calloc(found_most(c) + 1, sizeof(*a->found));
		r = a->is_touched && a->asked && a->touched && a->found ? 0 : -ENOMEM;
	}
	if (r == 0 && c->patterns)
		r = pattern_scratch_new(&a->scratch, c->patterns);
	if (r < 0) {
		condition_asking_free(a);
		return r;
	}
	*ret = a;
	return 0;
}

void condition_asking_free(struct condition_asking *a)
{
	if (!a)
		return;
	pattern_scratch_free(a->scratch);
	free(a->is_touched);
	free(a->asked);
	free(a->touched);
	free(a->found);
	free(a);
}

unsigned conditions_find_agents(
	struct condition_asking *a, const void *value, size_t bytes, uint32_t *ret_indices)
{
	unsigned count = a->scratch ? patterns_find(a->c->patterns, a->scratch, PATTERNS_AGENTS,
					      value, bytes, ret_indices)
				    : 0;

	for (unsigned i = 0; i < count; i++)
		ret_indices[i] += a->c->agents_begin;
	return count;
}

static void touch(struct condition_asking *a, uint32_t atom)
{
	uint64_t bit = 1ULL << atom % 64, *word = &a->is_touched[atom / 64];

	if (*word & bit)
		return;
	*word |= bit;
	a->touched[a->touched_count++] = atom;
}

static void forget(struct condition_asking *a)
{
	for (unsigned i = 0; i < a->touched_count; i++)
		a->is_touched[a->touched[i] / 64] = 0;
	a->touched_count = 0;
}

static void touch_address(struct condition_asking *a, unsigned id, const uint8_t address[16])
{
	const struct address_set *ranges = &a->c->addresses;
	unsigned count;

	if (!(a->c->kinds[id] & 1u << LEAF_ADDRESS))
		return;
	count = address_set_find(ranges, address, 0, a->found, (unsigned)ranges->count);
	for (unsigned i = 0; i < count; i++) {
		if (a->c->atoms[a->found[i]].field == id)
			touch(a, a->found[i]);
	}
}

static void touch_exact(struct condition_asking *a, unsigned id, enum leaf_kind kind,
	const char *text, size_t bytes)
{
	uint32_t atom = exact_set_find(&a->c->texts_of, leaf_key(id, kind), text, bytes);

	if (atom != EXACT_NONE)
		touch(a, atom);
}

/* A name and each of its endings that begins behind a dot. */
static void touch_suffixes(struct condition_asking *a, unsigned id, const char *name, size_t bytes)
{
	touch_exact(a, id, LEAF_SUFFIX, name, bytes);
	for (size_t i = 1; i < bytes; i++) {
		if (name[i - 1] == '.')
			touch_exact(a, id, LEAF_SUFFIX, name + i, bytes - i);
	}
}

static void touch_patterns(struct condition_asking *a, unsigned id, enum signature_class class,
	const char *text, size_t bytes)
{
	enum pattern_class scanned = pattern_class_of(class);
	unsigned count = patterns_find(a->c->patterns, a->scratch, scanned, text, bytes, a->found);

	for (unsigned i = 0; i < count; i++) {
		uint32_t atom = a->c->pattern_atoms[scanned][a->found[i]];

		for (; atom != ATOM_NONE; atom = a->c->atoms[atom].next) {
			if (a->c->atoms[atom].field == id)
				touch(a, atom);
		}
	}
}

static void touch_text(struct condition_asking *a, unsigned id, const void *value, size_t bytes)
{
	static const unsigned patterned = 1u << LEAF_PREFIX | 1u << LEAF_WILDCARD |
					  1u << LEAF_REGEX;
	enum signature_class class = signature_field(id)->class;
	unsigned kinds = a->c->kinds[id];
	uint8_t address[16];

	if (!kinds)
		return;
	if (class == CLASS_DATA && text_to_address(value, bytes, address)) {
		touch_address(a, id, address);
		return;
	}
	bytes = signature_value(a->value, class, value, bytes);
	if (!bytes)
		return;
	if (kinds & 1u << LEAF_EXACT)
		touch_exact(a, id, LEAF_EXACT, a->value, bytes);
	if (kinds & 1u << LEAF_SUFFIX)
		touch_suffixes(a, id, a->value, bytes);
	if (kinds & patterned)
		touch_patterns(a, id, class, a->value, bytes);
}

static void touch_as(struct condition_asking *a, uint32_t number)
{
	char text[AS_TEXT_BYTES];
	int bytes;

	if (!number || !a->c->kinds[FIELD_OF_DEST_ASN])
		return;
	bytes = snprintf(text, sizeof(text), "AS%u", number);
	touch_text(a, FIELD_OF_DEST_ASN, text, (size_t)bytes);
}

static void touch_ends(struct condition_asking *a, const struct evidence *e)
{
	if (e->src_ip)
		touch_address(a, FIELD_OF_SRC_IP, e->src_ip);
	if (e->dest_ip)
		touch_address(a, FIELD_OF_DEST_IP, e->dest_ip);
	touch_as(a, e->dest_asn);
}

bool conditions_touched(
	struct condition_asking *a, const struct field *field, const void *value, size_t bytes)
{
	int id = signature_fields_find(&a->c->fields, field);
	bool any;

	if (id < FIELD_OF_RECORDS)
		return false;
	touch_text(a, (unsigned)id, value, bytes);
	any = a->touched_count;
	forget(a);
	return any;
}

bool conditions_touched_ends(struct condition_asking *a, const struct evidence *e)
{
	bool any;

	touch_ends(a, e);
	any = a->touched_count;
	forget(a);
	return any;
}

/* The values of a record but those of some fields; returns the fields that it has. */
static uint64_t touch_record(struct condition_asking *a, const struct record *r, uint64_t but)
{
	struct record_value v = {0};
	uint64_t fields = 0;

	while (r && record_next(r, &v)) {
		int id = signature_fields_find(&a->c->fields, v.field);

		if (id < FIELD_OF_RECORDS || but & 1ULL << id)
			continue;
		fields |= 1ULL << id;
		touch_text(a, (unsigned)id, v.text, v.bytes);
	}
	return fields;
}

static bool is_in(const struct expression_node *leaf, int32_t number)
{
	return number >= leaf->low && number <= leaf->high;
}

static bool holds(void *context, const struct expression_node *leaf)
{
	const struct condition_asking *a = context;
	uint32_t atom = a->c->atom_of[leaf - a->c->nodes];

	if (leaf->kind == LEAF_RANGE)
		return is_in(leaf, leaf->field == FIELD_OF_PROTO ? a->evidence->proto
								 : a->evidence->dest_port);
	return a->is_touched[atom / 64] >> atom % 64 & 1;
}

/* How many hold: of more than there is room for the first ones stay. */
static void evaluate(
	struct condition_asking *a, uint32_t number, struct signature_hit *hits, unsigned *count)
{
	unsigned kept = *count < SIGNATURE_HITS_MAX ? *count : SIGNATURE_HITS_MAX;
	const struct condition *s = &a->c->signatures[number];
	const struct expression_node *nodes = &a->c->nodes[s->node];
	enum evidence_moment moment = a->evidence->moment;

	a->asked[number] = a->asking;
	a->work_left--;
	if (moment != EVIDENCE_WHOLE && s->late != (moment == EVIDENCE_ENDED))
		return;
	a->work_left -= nodes->end < a->work_left ? nodes->end : a->work_left;
	if (!expression_holds(nodes, holds, a))
		return;
	for (unsigned at = kept;; at--) { /* by insertion: there are few */
		if (at && hits[at - 1].index > s->index) {
			if (at < SIGNATURE_HITS_MAX)
				hits[at] = hits[at - 1];
			continue;
		}
		if (at < SIGNATURE_HITS_MAX)
			hits[at] = (struct signature_hit){
				s->index, expression_fields(nodes, holds, a)};
		break;
	}
	(*count)++;
}

/* Those that wait for atoms that are touched seldom, or those that wait for the others. The work
 * has an end, whoever wrote the signatures; false when it came before all were evaluated. */
static bool evaluate_some(
	struct condition_asking *a, bool seldom, struct signature_hit *hits, unsigned *count)
{
	const struct conditions *c = a->c;

	for (unsigned i = 0; i < a->touched_count; i++) {
		uint32_t atom = a->touched[i], t = c->trigger_begin[atom];

		if ((c->atoms[atom].weight < CONDITIONS_SELDOM) != seldom)
			continue;
		for (; t < c->trigger_begin[atom + 1]; t++) {
			if (a->asked[c->triggers[t].signature] == a->asking)
				continue;
			if (!a->work_left)
				return false;
			evaluate(a, c->triggers[t].signature, hits, count);
		}
	}
	return true;
}

unsigned conditions_find(struct condition_asking *a, const struct evidence *e,
	struct signature_hit ret_hits[SIGNATURE_HITS_MAX], uint64_t *left_out)
{
	const struct conditions *c = a->c;
	unsigned count = 0;
	uint64_t said;

	a->evidence = e;
	a->work_left = CONDITIONS_WORK_MAX;
	if (++a->asking == 0) { /* it begins anew */
		memset(a->asked, 0, c->signature_count * sizeof(*a->asked));
		a->asking = 1;
	}
	touch_ends(a, e);
	said = touch_record(a, e->message, 0);
	(void)touch_record(a, e->facts, said);
	if (e->app_proto)
		touch_text(a, FIELD_OF_APP_PROTO, e->app_proto, strlen(e->app_proto));
	a->ended_early = !evaluate_some(a, true, ret_hits, &count) ||
			 !evaluate_some(a, false, ret_hits, &count);
	forget(a);
	if (count <= SIGNATURE_HITS_MAX)
		return count;
	*left_out += count - SIGNATURE_HITS_MAX;
	return SIGNATURE_HITS_MAX;
}

bool conditions_ended_early(const struct condition_asking *a)
{
	return a->ended_early;
}
