/* SPDX-License-Identifier: Apache-2.0 */
/* Records in memory and every query written out plainly: what the other stores are tested against.
 * Nothing survives the process. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/schema.h"
#include "collector/store.h"
#include "collector/store/rows.h"

#define KEYS_MAX 4

struct store {
	const struct ipfix_schema *schema;
	struct record *records;
	size_t count, visible, size;
	uint8_t *scratch; /* ROW_RECORD_BYTES */
};

static int memory_open(struct store **ret, const struct ipfix_schema *schema, const char *place,
	bool writable, char *ret_error, size_t error_size)
{
	struct store *s = calloc(1, sizeof(*s));

	(void)place;
	(void)writable;
	(void)ret_error;
	(void)error_size;
	if (!s)
		return -ENOMEM;
	s->schema = schema;
	s->scratch = malloc(ROW_RECORD_BYTES);
	if (!s->scratch) {
		free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

static int memory_append(struct store *s, const struct record *r)
{
	struct record normal;
	void *copy;

	if (s->count == s->size) {
		size_t size = s->size ? 2 * s->size : 64;
		struct record *records = realloc(s->records, size * sizeof(*records));

		if (!records)
			return -ENOMEM;
		s->records = records;
		s->size = size;
	}
	record_init(&normal, r->kind, s->scratch, ROW_RECORD_BYTES);
	if (row_normalise(&normal, r))
		return -ENOSPC;
	copy = malloc(normal.used + 1);
	if (!copy)
		return -ENOMEM;
	record_move(&s->records[s->count++], &normal, copy, normal.used);
	return 0;
}

static int memory_commit(struct store *s)
{
	s->visible = s->count;
	return 0;
}

static const char *memory_error(const struct store *s)
{
	(void)s;
	return "";
}

static void memory_close(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		free(s->records[i].bytes);
	free(s->records);
	free(s->scratch);
	free(s);
}

static bool wanted(const struct query *q, const struct record *r)
{
	struct record_value time;

	if (r->kind == &kind_name) {
		if (record_get(r, &name_fields[NAME_LAST]) < q->since_ns ||
			(q->until_ns && record_get(r, &name_fields[NAME_FIRST]) >= q->until_ns))
			return false;
	} else if (record_find(r, &common_fields[COMMON_TIMESTAMP], &time)) {
		if (time.number < q->since_ns || (q->until_ns && time.number >= q->until_ns))
			return false;
	} else if (r->kind->tables[0] == &common_table && (q->since_ns || q->until_ns)) {
		return false;
	}
	return !q->where || filter_matches(q->where, r);
}

static void columns_free_ptr(struct columns **c)
{
	columns_free(*c);
}

static int query_records(struct store *s, const struct query *q, query_row *row, void *context)
{
	_cleanup_(columns_free_ptr) struct columns *c = columns_new(s->schema, q->kind);
	_cleanup_(row_done) struct row cells = {0};
	uint64_t given = 0;
	int r;

	if (!c)
		return -EINVAL;
	r = row_init(&cells, c);
	for (size_t i = 0; r == 0 && i < s->visible && (!q->limit || given < q->limit); i++) {
		struct query_result result;

		if (s->records[i].kind != c->kind || !wanted(q, &s->records[i]))
			continue;
		given++;
		r = row_set(&cells, &s->records[i], &result);
		if (r == 0)
			r = row(context, &result);
	}
	return r;
}

/* A text that may be absent; absent sorts last. */
struct piece {
	const char *text;
	size_t bytes;
};

/* One line of a table that is then grouped by `key`. */
struct fact {
	struct piece key[KEYS_MAX];
	struct piece distinct; /* its different values are counted; absent: each counts as one */
	uint64_t sum[2];
	uint64_t weight; /* how often it was */
	bool timed;
	/* of a group: */
	uint64_t count, distinct_count, first, last; /* the times when `timed` */
};

struct facts {
	struct fact *list;
	size_t count, size;
	char *lowered; /* names in lower case, all of them */
	size_t lowered_used;
};

static struct piece piece_of(const struct record *r, const struct field *f)
{
	struct record_value v;

	if (!record_find(r, f, &v))
		return (struct piece){0};
	return (struct piece){(const char *)v.text, v.bytes};
}

static int piece_order(struct piece a, struct piece b)
{
	int order;

	if (!a.text || !b.text)
		return (a.text == NULL) - (b.text == NULL);
	order = memcmp(a.text, b.text, a.bytes < b.bytes ? a.bytes : b.bytes);
	return order ? order : (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

static int key_order(const struct fact *a, const struct fact *b)
{
	for (size_t i = 0; i < KEYS_MAX; i++) {
		int order = piece_order(a->key[i], b->key[i]);

		if (order)
			return order;
	}
	return 0;
}

static int fact_order(const void *a, const void *b)
{
	const struct fact *x = a, *y = b;
	int order = key_order(x, y);

	return order ? order : piece_order(x->distinct, y->distinct);
}

static int flows_first(const void *a, const void *b)
{
	const struct fact *x = a, *y = b;

	if (x->distinct_count != y->distinct_count)
		return x->distinct_count > y->distinct_count ? -1 : 1;
	return key_order(x, y);
}

static int hits_first(const void *a, const void *b)
{
	const struct fact *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return key_order(x, y);
}

static struct fact *fact_add(struct facts *facts)
{
	if (facts->count == facts->size) {
		size_t size = facts->size ? 2 * facts->size : 64;
		struct fact *list = realloc(facts->list, size * sizeof(*list));

		if (!list)
			return NULL;
		facts->list = list;
		facts->size = size;
	}
	facts->list[facts->count] = (struct fact){.weight = 1};
	return &facts->list[facts->count++];
}

static uint64_t saturated(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static int facts_of_flow(struct facts *facts, const struct record *r)
{
	struct fact *fact = r->kind == &kind_flow ? fact_add(facts) : NULL;

	if (!fact)
		return r->kind == &kind_flow ? -ENOMEM : 0;
	fact->key[0] = piece_of(r, &flow_fields[FLOW_APP_PROTO]);
	fact->distinct = piece_of(r, &common_fields[COMMON_FLOW_ID]);
	fact->sum[0] = saturated(record_get(r, &flow_fields[FLOW_PKTS_TOSERVER]),
		record_get(r, &flow_fields[FLOW_PKTS_TOCLIENT]));
	fact->sum[1] = saturated(record_get(r, &flow_fields[FLOW_BYTES_TOSERVER]),
		record_get(r, &flow_fields[FLOW_BYTES_TOCLIENT]));
	return 0;
}

static int facts_of_hit(struct facts *facts, const struct record *r, bool by_indicator)
{
	static const enum hit_field campaign[] = {HIT_CAMPAIGN, HIT_ROLE},
				    indicator[] = {HIT_CAMPAIGN, HIT_VALUE, HIT_TYPE, HIT_FIELD};
	struct fact *fact = r->kind == &kind_hit ? fact_add(facts) : NULL;
	struct record_value time;

	if (!fact)
		return r->kind == &kind_hit ? -ENOMEM : 0;
	for (size_t i = 0; i < (by_indicator ? ARRAY_LEN(indicator) : ARRAY_LEN(campaign)); i++)
		fact->key[i] = piece_of(r, &hit_fields[by_indicator ? indicator[i] : campaign[i]]);
	fact->distinct = piece_of(r, &hit_fields[HIT_VALUE]);
	fact->timed = record_find(r, &common_fields[COMMON_TIMESTAMP], &time);
	fact->first = fact->last = fact->timed ? time.number : 0;
	return 0;
}

static struct piece lowered(struct facts *facts, struct piece name)
{
	char *to = facts->lowered + facts->lowered_used;

	facts->lowered_used += name.bytes;
	for (size_t i = 0; i < name.bytes; i++)
		to[i] = (char)(name.text[i] >= 'A' && name.text[i] <= 'Z' ? name.text[i] + 32
									  : name.text[i]);
	return (struct piece){to, name.bytes};
}

/* A name with type and data; the time is set by the caller. */
static struct fact *fact_of_name(
	struct facts *facts, struct piece name, struct piece type, struct piece data)
{
	struct fact *fact = fact_add(facts);

	if (!fact)
		return NULL;
	fact->key[0] = lowered(facts, name);
	fact->key[1] = type;
	if (data.bytes)
		fact->key[2] = data;
	return fact;
}

static void at_time(struct fact *fact, const struct record *r)
{
	struct record_value time;

	fact->timed = record_find(r, &common_fields[COMMON_TIMESTAMP], &time);
	fact->first = fact->last = fact->timed ? time.number : 0;
}

/* The n-th value of a field. */
static struct piece nth(const struct record *r, const struct field *f, size_t n)
{
	struct record_value v = {0};

	while (record_next(r, &v)) {
		if (v.field == f && n-- == 0)
			return (struct piece){(const char *)v.text, v.bytes};
	}
	return (struct piece){0};
}

/* How many values of its field come before it. */
static size_t place_of(const struct record *r, const struct record_value *value)
{
	struct record_value v = {0};
	size_t place = 0;

	while (record_next(r, &v) && v.next < value->next)
		place += v.field == value->field;
	return place;
}

static int facts_of_window(struct facts *facts, const struct record *r)
{
	struct piece name = piece_of(r, &name_fields[NAME_RRNAME]);
	struct fact *fact;

	if (!name.text)
		return 0;
	fact = fact_of_name(facts, name, piece_of(r, &name_fields[NAME_RRTYPE]),
		piece_of(r, &name_fields[NAME_RDATA]));
	if (!fact)
		return -ENOMEM;
	fact->weight = record_get(r, &name_fields[NAME_COUNT]);
	fact->timed = true;
	fact->first = record_get(r, &name_fields[NAME_FIRST]);
	fact->last = record_get(r, &name_fields[NAME_LAST]);
	return 0;
}

/* Values of a section's columns that stand at the same place in their lists; else names that were
 * only seen. */
static int facts_of_resolved(struct facts *facts, const struct record *r, const struct columns *c)
{
	struct record_value v = {0};

	if (r->kind == &kind_name)
		return facts_of_window(facts, r);
	while (record_next(r, &v)) {
		struct piece name = {(const char *)v.text, v.bytes}, type, data = {0}, flow = {0};
		struct fact *fact;

		if (row_is_answer(c, v.field)) {
			size_t place = place_of(r, &v);

			type = nth(r, row_sibling(c, v.field, "rrtype"), place);
			data = nth(r, row_sibling(c, v.field, "rdata"), place);
		} else if (v.field->match == MATCH_NAME && v.bytes) {
			type.text = row_seen_in(c, v.field, &type.bytes);
			flow = piece_of(r, &common_fields[COMMON_FLOW_ID]);
		} else {
			continue;
		}
		fact = fact_of_name(facts, name, type, data);
		if (!fact)
			return -ENOMEM;
		fact->distinct = flow;
		at_time(fact, r);
	}
	return 0;
}

static int facts_of_names(struct facts *facts, const struct record *r, const struct columns *c)
{
	struct record_value v = {0};

	while (record_next(r, &v)) {
		struct fact *fact;

		if (v.field->match != MATCH_NAME || v.bytes == 0)
			continue;
		fact = fact_add(facts);
		if (!fact)
			return -ENOMEM;
		fact->key[0] = lowered(facts, (struct piece){(const char *)v.text, v.bytes});
		fact->key[1].text = row_seen_in(c, v.field, &fact->key[1].bytes);
		fact->distinct = piece_of(r, &common_fields[COMMON_FLOW_ID]);
	}
	return 0;
}

static int gather(struct store *s, const struct query *q, struct facts *facts)
{
	size_t bytes = 0;
	int r = 0;

	for (size_t i = 0; i < s->visible; i++)
		bytes += s->records[i].used;
	facts->lowered = malloc(bytes + 1);
	if (!facts->lowered)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < s->visible; i++) {
		const struct record *record = &s->records[i];
		_cleanup_(columns_free_ptr) struct columns *c = NULL;

		if (!wanted(q, record))
			continue;
		if (q->name == QUERY_APPLICATIONS) {
			r = facts_of_flow(facts, record);
		} else if (q->name == QUERY_NAMES) {
			c = columns_new(s->schema, record->kind->event_type);
			r = c ? facts_of_names(facts, record, c) : -ENOMEM;
		} else if (q->name == QUERY_RESOLVED) {
			c = columns_new(s->schema, record->kind->event_type);
			r = c ? facts_of_resolved(facts, record, c) : -ENOMEM;
		} else {
			r = facts_of_hit(facts, record, q->name == QUERY_INDICATORS);
		}
	}
	return r;
}

/* Facts of equal keys become one. */
static void group(struct facts *facts)
{
	size_t groups = 0;

	qsort(facts->list, facts->count, sizeof(*facts->list), fact_order);
	for (size_t i = 0; i < facts->count; i++) {
		struct fact fact = facts->list[i], *g = groups ? &facts->list[groups - 1] : NULL;

		if (!g || key_order(g, &fact) != 0) {
			facts->list[groups++] = fact;
			g = &facts->list[groups - 1];
			g->count = fact.weight;
			g->distinct_count = fact.distinct.text ? 1 : fact.weight;
			continue;
		}
		g->count = saturated(g->count, fact.weight);
		if (!fact.distinct.text)
			g->distinct_count = saturated(g->distinct_count, fact.weight);
		else if (piece_order(g->distinct, fact.distinct) != 0)
			g->distinct_count++;
		g->distinct = fact.distinct;
		g->sum[0] = saturated(g->sum[0], fact.sum[0]);
		g->sum[1] = saturated(g->sum[1], fact.sum[1]);
		if (!fact.timed)
			continue;
		g->first = !g->timed || fact.first < g->first ? fact.first : g->first;
		g->last = !g->timed || fact.last > g->last ? fact.last : g->last;
		g->timed = true;
	}
	facts->count = groups;
}

static void cells_of(const struct fact *g, enum query_name name, struct cell *cells)
{
	static const size_t key_counts[] = {[QUERY_APPLICATIONS] = 1,
		[QUERY_NAMES] = 2,
		[QUERY_RESOLVED] = 3,
		[QUERY_CAMPAIGNS] = 2,
		[QUERY_INDICATORS] = 4};
	size_t keys = key_counts[name];
	const struct query_columns *columns = query_columns(name);

	for (size_t i = 0; i < columns->count; i++)
		cells[i] = (struct cell){.type = columns->types[i]};
	for (size_t i = 0; i < keys; i++) {
		cells[i].absent = g->key[i].text == NULL;
		cells[i].text = g->key[i].text;
		cells[i].bytes = g->key[i].bytes;
	}
	cells[keys].number = name == QUERY_INDICATORS ? g->count : g->distinct_count;
	if (name == QUERY_APPLICATIONS) {
		cells[2].number = g->sum[0];
		cells[3].number = g->sum[1];
	} else if (name == QUERY_CAMPAIGNS || name == QUERY_RESOLVED) {
		cells[3].number = name == QUERY_CAMPAIGNS ? g->count : g->distinct_count;
		cells[4].number = g->first;
		cells[5].number = g->last;
		cells[4].absent = cells[5].absent = !g->timed;
	}
}

static void facts_done(struct facts *facts)
{
	free(facts->list);
	free(facts->lowered);
}

static int memory_query(struct store *s, const struct query *q, query_row *row, void *context)
{
	const struct query_columns *columns = query_columns(q->name);
	_cleanup_(facts_done) struct facts facts = {0};
	bool by_hits = q->name == QUERY_CAMPAIGNS || q->name == QUERY_INDICATORS;
	static const struct field *const none[6];
	struct cell cells[6];
	int r;

	if (!columns)
		return query_records(s, q, row, context);
	r = gather(s, q, &facts);
	if (r || facts.count == 0)
		return r;
	group(&facts);
	qsort(facts.list, facts.count, sizeof(*facts.list), by_hits ? hits_first : flows_first);
	for (size_t i = 0; r == 0 && i < facts.count && (!q->limit || i < q->limit); i++) {
		struct query_result result = {.columns = columns->count,
			.names = columns->names,
			.cells = cells,
			.fields = none};

		cells_of(&facts.list[i], q->name, cells);
		r = row(context, &result);
	}
	return r;
}

const struct store_ops memory_store = {
	.name = "memory",
	.open = memory_open,
	.append = memory_append,
	.commit = memory_commit,
	.query = memory_query,
	.error = memory_error,
	.close = memory_close,
};
