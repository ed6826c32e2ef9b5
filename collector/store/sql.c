/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/sql.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/schema.h"
#include "collector/store/rows.h"

#define EPOCH "make_timestamp_ns(0)"

void sql_done(struct sql *s)
{
	free(s->text);
	free(s->values);
	*s = (struct sql){0};
}

void sql_add(struct sql *s, const char *format, ...)
{
	va_list arguments;
	int bytes;

	for (int attempt = 0; attempt < 2 && !s->failed; attempt++) {
		size_t room = s->size - s->used;
		char *text;

		va_start(arguments, format);
		bytes = vsnprintf(s->text ? s->text + s->used : NULL, room, format, arguments);
		va_end(arguments);
		if (bytes >= 0 && (size_t)bytes < room) {
			s->used += (size_t)bytes;
			return;
		}
		text = bytes < 0 ? NULL : realloc(s->text, 2 * s->size + (size_t)bytes + 1024);
		s->failed = text == NULL;
		if (text) {
			s->text = text;
			s->size = 2 * s->size + (size_t)bytes + 1024;
		}
	}
}

void sql_add_type(struct sql *s, const struct field *f)
{
	static const char *const types[] = {[FIELD_U8] = "UTINYINT",
		[FIELD_U16] = "USMALLINT",
		[FIELD_U32] = "UINTEGER",
		[FIELD_U64] = "UBIGINT",
		[FIELD_TIME] = "TIMESTAMP_NS",
		[FIELD_ADDRESS] = "VARCHAR",
		[FIELD_TEXT] = "VARCHAR"};

	sql_add(s, "%s%s", types[f->type], f->flags & FIELD_LIST ? "[]" : "");
}

static struct sql_value *bind(struct sql *s)
{
	if (s->value_count == s->value_size) {
		size_t size = 2 * s->value_size + 16;
		struct sql_value *values = realloc(s->values, size * sizeof(*values));

		if (!values) {
			s->failed = true;
			return NULL;
		}
		s->values = values;
		s->value_size = size;
	}
	s->values[s->value_count] = (struct sql_value){0};
	return &s->values[s->value_count++];
}

static void bind_number(struct sql *s, enum field_type type, uint64_t number)
{
	struct sql_value *v = bind(s);

	if (v)
		*v = (struct sql_value){.form = SQL_NUMBER, .type = type, .number = number};
}

static void bind_text(struct sql *s, const char *text)
{
	struct sql_value *v = bind(s);

	if (v)
		*v = (struct sql_value){.form = SQL_TEXT, .octets = text, .bytes = strlen(text)};
}

static void bind_address(struct sql *s, const uint8_t address[16])
{
	struct sql_value *v = bind(s);

	if (!v)
		return;
	v->form = SQL_TEXT;
	v->bytes = text_address(v->address, address);
}

static const char *sign(enum filter_op op)
{
	static const char *const signs[] = {[FILTER_EQ] = "=",
		[FILTER_LT] = "<",
		[FILTER_LE] = "<=",
		[FILTER_GT] = ">",
		[FILTER_GE] = ">="};

	return signs[op];
}

/* See the head of sql.h: the order is that of unsigned numbers. */
static void time_test(struct sql *s, const char *value, enum filter_op op, uint64_t ns)
{
	bool less = op == FILTER_LT || op == FILTER_LE, folded = ns > INT64_MAX;

	bind_number(s, FIELD_TIME, ns);
	if (op == FILTER_EQ)
		sql_add(s, "%s = ?", value);
	else if (less)
		sql_add(s, "(%s %s ? %s %s >= " EPOCH ")", value, sign(op), folded ? "OR" : "AND",
			value);
	else
		sql_add(s, "(%s %s ? %s %s < " EPOCH ")", value, sign(op), folded ? "AND" : "OR",
			value);
}

/* lower() knows all of Unicode, for which the plain reference has no table; on ASCII they agree,
 * and it is fifteen times as fast as translate(). */
static void lower(struct sql *s, const char *value)
{
	sql_add(s,
		"CASE WHEN strlen(%s) = length(%s) THEN lower(%s) ELSE translate(%s, "
		"'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') END",
		value, value, value, value);
}

static void text_test(struct sql *s, const char *value, const struct filter *f, enum filter_op op)
{
	if (op == FILTER_CONTAINS) {
		sql_add(s, "contains(");
		lower(s, value);
		sql_add(s, ", translate(?, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', "
			   "'abcdefghijklmnopqrstuvwxyz'))");
	} else {
		sql_add(s, "%s %s ?", value, sign(op));
	}
	bind_text(s, f->text);
}

static void address_test(struct sql *s, const char *value, const struct filter *f)
{
	struct sql_value *v;

	if (f->prefix_bits == 128) {
		sql_add(s, "%s = ?", value);
		bind_address(s, f->address);
		return;
	}
	sql_add(s, SQL_WITHIN_PREFIX "(%s, ?, ?)", value);
	v = bind(s);
	if (v)
		*v = (struct sql_value){.form = SQL_OCTETS, .octets = f->address, .bytes = 16};
	bind_number(s, FIELD_U8, f->prefix_bits);
}

static void value_test(struct sql *s, const char *value, const struct filter *f, enum filter_op op)
{
	switch (f->field->type) {
	case FIELD_TEXT:
		text_test(s, value, f, op);
		return;
	case FIELD_ADDRESS:
		address_test(s, value, f);
		return;
	case FIELD_TIME:
		time_test(s, value, op, f->number);
		return;
	default:
		sql_add(s, "%s %s ?", value, sign(op));
		bind_number(s, f->field->type, f->number);
	}
}

static void comparison(
	struct sql *s, const struct sql_source *from, const struct filter *f, enum filter_op op)
{
	size_t i = column_of(from->columns, f->field);
	char name[COLUMN_NAME_BYTES + 2];

	if (i == COLUMN_NONE || !from->present[i]) {
		sql_add(s, "false");
		return;
	}
	(void)snprintf(name, sizeof(name), "\"%s\"", from->columns->names[i]);
	if (op == FILTER_EXISTS) {
		sql_add(s, "%s IS NOT NULL", name);
	} else if (f->field->flags & FIELD_LIST) {
		sql_add(s, "len(list_filter(%s, lambda x_: ", name);
		value_test(s, "x_", f, op);
		sql_add(s, ")) > 0");
	} else {
		value_test(s, name, f, op);
	}
}

/* NULL and false are one; only `not` could tell them apart, so it asks for IS NOT TRUE. */
static void condition(struct sql *s, const struct sql_source *from, const struct filter *f)
{
	switch (f->op) {
	case FILTER_AND:
	case FILTER_OR:
		sql_add(s, "(");
		condition(s, from, f->left);
		sql_add(s, f->op == FILTER_AND ? " AND " : " OR ");
		condition(s, from, f->right);
		sql_add(s, ")");
		return;
	case FILTER_NOT:
		sql_add(s, "((");
		condition(s, from, f->left);
		sql_add(s, ") IS NOT TRUE)");
		return;
	case FILTER_NE:
		sql_add(s, "((");
		comparison(s, from, f, FILTER_EQ);
		sql_add(s, ") IS NOT TRUE)");
		return;
	default:
		comparison(s, from, f, f->op);
	}
}

static const char *column_name_of(const struct sql_source *from, const struct field *f)
{
	size_t i = column_of(from->columns, f);

	return i != COLUMN_NONE && from->present[i] ? from->columns->names[i] : NULL;
}

/* The column, or a NULL of its type where no segment has it. */
static void column(struct sql *s, const struct sql_source *from, const struct field *f)
{
	const char *name = column_name_of(from, f);

	if (name) {
		sql_add(s, "\"%s\"", name);
		return;
	}
	sql_add(s, "NULL::");
	sql_add_type(s, f);
}

/* By the time of the record; of a window by its end or its beginning. */
static void narrow_time(
	struct sql *s, const struct sql_source *from, enum filter_op op, uint64_t ns)
{
	const struct field *f = &common_fields[COMMON_TIMESTAMP];
	char name[COLUMN_NAME_BYTES + 2];

	if (from->columns->kind == &kind_name)
		f = &name_fields[op == FILTER_GE ? NAME_LAST : NAME_FIRST];
	if (column_of(from->columns, f) == COLUMN_NONE)
		return;
	sql_add(s, " AND ");
	if (column_name_of(from, f)) {
		(void)snprintf(name, sizeof(name), "\"%s\"", column_name_of(from, f));
		time_test(s, name, op, ns);
	} else {
		sql_add(s, "false");
	}
}

static void from_where(struct sql *s, const struct query *q, const struct sql_source *from)
{
	sql_add(s, " FROM %s WHERE true", from->from);
	if (q->since_ns)
		narrow_time(s, from, FILTER_GE, q->since_ns);
	if (q->until_ns)
		narrow_time(s, from, FILTER_LT, q->until_ns);
	if (q->where) {
		sql_add(s, " AND ");
		condition(s, from, q->where);
	}
}

static void records(struct sql *s, const struct query *q, const struct sql_source *from)
{
	sql_add(s, "SELECT ");
	for (size_t i = 0; i < from->columns->count; i++) {
		sql_add(s, i ? ", " : "");
		column(s, from, from->columns->fields[i]);
	}
	from_where(s, q, from);
}

/* A record without flow_id (of a foreign exporter) counts as a flow of its own. */
static void count_distinct(struct sql *s, const struct sql_source *from, const struct field *f)
{
	sql_add(s, "(count(DISTINCT ");
	column(s, from, f);
	sql_add(s, ") + count(*) FILTER (WHERE ");
	column(s, from, f);
	sql_add(s, " IS NULL))::UBIGINT");
}

static void sum_both(
	struct sql *s, const struct sql_source *from, const struct field *a, const struct field *b)
{
	sql_add(s, "least(coalesce(sum(");
	column(s, from, a);
	sql_add(s, "), 0) + coalesce(sum(");
	column(s, from, b);
	sql_add(s, "), 0), 18446744073709551615)::UBIGINT");
}

static void applications(struct sql *s, const struct query *q, const struct sql_source *from)
{
	sql_add(s, "SELECT ");
	column(s, from, &flow_fields[FLOW_APP_PROTO]);
	sql_add(s, ", ");
	count_distinct(s, from, &common_fields[COMMON_FLOW_ID]);
	sql_add(s, ", ");
	sum_both(s, from, &flow_fields[FLOW_PKTS_TOSERVER], &flow_fields[FLOW_PKTS_TOCLIENT]);
	sql_add(s, ", ");
	sum_both(s, from, &flow_fields[FLOW_BYTES_TOSERVER], &flow_fields[FLOW_BYTES_TOCLIENT]);
	from_where(s, q, from);
	sql_add(s, " GROUP BY 1 ORDER BY 2 DESC, 1 NULLS LAST");
}

/* The first or last time in the order of unsigned numbers: the half before 1970 is the later one.
 */
static void extreme_of(struct sql *s, const char *value, const char *which, const char *half)
{
	sql_add(s, "coalesce(%s(%s) FILTER (WHERE %s %s " EPOCH "), %s(%s))", which, value, value,
		half, which, value);
}

static void extreme_time(
	struct sql *s, const struct sql_source *from, const char *which, const char *half)
{
	const struct field *f = &common_fields[COMMON_TIMESTAMP];

	if (!column_name_of(from, f)) {
		column(s, from, f);
		return;
	}
	extreme_of(s, "\"timestamp\"", which, half);
}

static void campaigns(struct sql *s, const struct query *q, const struct sql_source *from)
{
	sql_add(s, "SELECT ");
	column(s, from, &hit_fields[HIT_CAMPAIGN]);
	sql_add(s, ", ");
	column(s, from, &hit_fields[HIT_ROLE]);
	sql_add(s, ", ");
	count_distinct(s, from, &hit_fields[HIT_VALUE]);
	sql_add(s, ", count(*)::UBIGINT, ");
	extreme_time(s, from, "min", ">=");
	sql_add(s, ", ");
	extreme_time(s, from, "max", "<");
	from_where(s, q, from);
	sql_add(s, " GROUP BY 1, 2 ORDER BY 4 DESC, 1 NULLS LAST, 2 NULLS LAST");
}

static void indicators(struct sql *s, const struct query *q, const struct sql_source *from)
{
	static const enum hit_field keys[] = {HIT_CAMPAIGN, HIT_VALUE, HIT_TYPE, HIT_FIELD};

	sql_add(s, "SELECT ");
	for (size_t i = 0; i < 4; i++) {
		column(s, from, &hit_fields[keys[i]]);
		sql_add(s, ", ");
	}
	sql_add(s, "count(*)::UBIGINT");
	from_where(s, q, from);
	sql_add(s, " GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1 NULLS LAST, 2 NULLS LAST, 3 NULLS "
		   "LAST, 4 NULLS LAST");
}

/* One column of names: a line for each value. */
static void names_of(
	struct sql *s, const struct query *q, const struct sql_source *from, const struct field *f)
{
	const char *seen_in;
	size_t bytes;

	sql_add(s, s->used ? " UNION ALL SELECT " : "FROM (SELECT ");
	lower(s, "x_");
	seen_in = row_seen_in(from->columns, f, &bytes);
	sql_add(s, " AS n_, '%.*s' AS t_, f_ FROM (SELECT %s(", (int)bytes, seen_in,
		f->flags & FIELD_LIST ? "unnest" : "");
	column(s, from, f);
	sql_add(s, ") AS x_, ");
	column(s, from, &common_fields[COMMON_FLOW_ID]);
	sql_add(s, " AS f_");
	from_where(s, q, from);
	sql_add(s, ") WHERE x_ <> ''");
}

static void names(
	struct sql *s, const struct query *q, const struct sql_source *sources, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct columns *c = sources[i].columns;

		for (size_t j = 0; j < c->count; j++) {
			if (c->fields[j]->match == MATCH_NAME && sources[i].present[j])
				names_of(s, q, &sources[i], c->fields[j]);
		}
	}
	if (s->used)
		sql_add(s, ") SELECT n_, t_, (count(DISTINCT f_) + count(*) FILTER (WHERE f_ IS "
			   "NULL))::UBIGINT "
			   "GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2");
}

/* One more SELECT of n_, t_, d_, c_, f_, a_, z_: name, type, data, count, flow (that is counted
 * once in place of the count), first, last. */
static void select_more(struct sql *s)
{
	sql_add(s, s->used ? " UNION ALL SELECT " : "FROM (SELECT ");
}

static void no_flow(struct sql *s)
{
	sql_add(s, "NULL::");
	sql_add_type(s, &common_fields[COMMON_FLOW_ID]);
	sql_add(s, " AS f_");
}

/* The records of one section: its columns are as long as each other, and unnest zips them. */
static void answers_of(
	struct sql *s, const struct query *q, const struct sql_source *from, const struct field *f)
{
	select_more(s);
	lower(s, "x_");
	sql_add(s, " AS n_, t_, nullif(d_, '') AS d_, 1::UBIGINT AS c_, ");
	no_flow(s);
	sql_add(s, ", a_, a_ AS z_ FROM (SELECT unnest(");
	column(s, from, f);
	sql_add(s, ") AS x_, unnest(");
	column(s, from, row_sibling(from->columns, f, "rrtype"));
	sql_add(s, ") AS t_, unnest(");
	column(s, from, row_sibling(from->columns, f, "rdata"));
	sql_add(s, ") AS d_, ");
	column(s, from, &common_fields[COMMON_TIMESTAMP]);
	sql_add(s, " AS a_");
	from_where(s, q, from);
	sql_add(s, ") WHERE x_ IS NOT NULL");
}

/* A name that was seen, with nothing that it stands for. */
static void seen_of(
	struct sql *s, const struct query *q, const struct sql_source *from, const struct field *f)
{
	const char *seen_in;
	size_t bytes;

	select_more(s);
	lower(s, "x_");
	seen_in = row_seen_in(from->columns, f, &bytes);
	sql_add(s,
		" AS n_, '%.*s' AS t_, NULL::VARCHAR AS d_, 1::UBIGINT AS c_, f_, a_, a_ AS z_ "
		"FROM (SELECT %s(",
		(int)bytes, seen_in, f->flags & FIELD_LIST ? "unnest" : "");
	column(s, from, f);
	sql_add(s, ") AS x_, ");
	column(s, from, &common_fields[COMMON_FLOW_ID]);
	sql_add(s, " AS f_, ");
	column(s, from, &common_fields[COMMON_TIMESTAMP]);
	sql_add(s, " AS a_");
	from_where(s, q, from);
	sql_add(s, ") WHERE x_ <> ''");
}

/* What the probe has added up already. */
static void windows_of(struct sql *s, const struct query *q, const struct sql_source *from)
{
	static const enum name_field rest[] = {NAME_RDATA, NAME_COUNT, NAME_FIRST, NAME_LAST};
	static const char *const as[] = {"d_", "c_", "a_", "z_"};

	select_more(s);
	lower(s, "x_");
	sql_add(s, " AS n_, t_, nullif(d_, '') AS d_, c_, ");
	no_flow(s);
	sql_add(s, ", a_, z_ FROM (SELECT ");
	column(s, from, &name_fields[NAME_RRNAME]);
	sql_add(s, " AS x_, ");
	column(s, from, &name_fields[NAME_RRTYPE]);
	sql_add(s, " AS t_");
	for (size_t i = 0; i < 4; i++) {
		sql_add(s, ", ");
		column(s, from, &name_fields[rest[i]]);
		sql_add(s, " AS %s", as[i]);
	}
	from_where(s, q, from);
	sql_add(s, ") WHERE x_ IS NOT NULL");
}

static void resolved(
	struct sql *s, const struct query *q, const struct sql_source *sources, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct columns *c = sources[i].columns;

		if (c->kind == &kind_name)
			windows_of(s, q, &sources[i]);
		for (size_t j = 0; c->kind != &kind_name && j < c->count; j++) {
			if (!sources[i].present[j])
				continue;
			if (row_is_answer(c, c->fields[j]))
				answers_of(s, q, &sources[i], c->fields[j]);
			else if (c->fields[j]->match == MATCH_NAME)
				seen_of(s, q, &sources[i], c->fields[j]);
		}
	}
	if (!s->used)
		return;
	sql_add(s, ") SELECT n_, t_, d_, least(coalesce(sum(c_) FILTER (WHERE f_ IS NULL), 0) + "
		   "count(DISTINCT f_), 18446744073709551615)::UBIGINT, ");
	extreme_of(s, "a_", "min", ">=");
	sql_add(s, ", ");
	extreme_of(s, "z_", "max", "<");
	sql_add(s, " GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2 NULLS LAST, 3 NULLS LAST");
}

void sql_query(struct sql *s, const struct query *q, const struct sql_source *sources, size_t count)
{
	if (count == 0)
		return;
	switch (q->name) {
	case QUERY_RECORDS:
		records(s, q, sources);
		break;
	case QUERY_APPLICATIONS:
		applications(s, q, sources);
		break;
	case QUERY_NAMES:
		names(s, q, sources, count);
		break;
	case QUERY_RESOLVED:
		resolved(s, q, sources, count);
		break;
	case QUERY_CAMPAIGNS:
		campaigns(s, q, sources);
		break;
	case QUERY_INDICATORS:
		indicators(s, q, sources);
		break;
	}
	if (q->limit && s->used)
		sql_add(s, " LIMIT %llu",
			(unsigned long long)(q->limit < INT64_MAX ? q->limit : INT64_MAX));
}
