/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/rows.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int row_init(struct row *row, const struct columns *columns)
{
	*row = (struct row){.columns = columns};
	row->cells = calloc(columns->count, sizeof(*row->cells));
	return row->cells ? 0 : -ENOMEM;
}

void row_done(struct row *row)
{
	free(row->cells);
	json_done(&row->lists);
}

static void list_element(struct json *j, const struct record_value *v)
{
	const char *name = v->field->name_of ? v->field->name_of(v->number) : NULL;
	char address[TEXT_ADDRESS_BYTES];

	if (v->field->type == FIELD_ADDRESS)
		json_text(j, NULL, address, text_address(address, v->text));
	else if (v->field->type == FIELD_TEXT)
		json_text(j, NULL, v->text, v->bytes);
	else if (name)
		json_text(j, NULL, name, strlen(name));
	else
		json_number(j, NULL, v->number);
}

/* The values of one list as a JSON array; the text is at `number` until the buffer stands still. */
static void list_cell(
	struct row *row, struct cell *cell, const struct record *r, const struct field *f)
{
	struct record_value v = {0};

	cell->number = row->lists.used;
	json_open(&row->lists, NULL, '[');
	while (record_next(r, &v)) {
		if (v.field == f)
			list_element(&row->lists, &v);
	}
	json_close(&row->lists, ']');
	cell->bytes = row->lists.used - cell->number;
	row->lists.comma = false;
}

int row_set(struct row *row, const struct record *r, struct query_result *ret)
{
	const struct columns *c = row->columns;
	struct record_value v = {0};
	struct cell *cells = row->cells;

	assert(cells);
	json_clear(&row->lists);
	for (size_t i = 0; i < c->count; i++)
		cells[i] = (struct cell){.type = c->fields[i]->type, .absent = true};
	while (record_next(r, &v)) {
		size_t i = column_of(c, v.field);
		struct cell *cell = i == COLUMN_NONE ? NULL : &cells[i];

		if (!cell || !cell->absent)
			continue;
		cell->absent = false;
		cell->number = v.number;
		if (v.field->flags & FIELD_LIST) {
			list_cell(row, cell, r, v.field);
		} else if (v.field->type == FIELD_ADDRESS) {
			cell->address = v.text;
		} else {
			cell->text = (const char *)v.text;
			cell->bytes = v.bytes;
		}
	}
	if (row->lists.failed)
		return -ENOMEM;
	for (size_t i = 0; i < c->count; i++) {
		struct cell *cell = &cells[i];

		if (cell->absent || !(c->fields[i]->flags & FIELD_LIST))
			continue;
		cell->text = row->lists.text + cell->number;
		cell->number = 0;
	}
	*ret = (struct query_result){.columns = c->count,
		.names = c->names,
		.cells = cells,
		.fields = c->fields,
		.record = r,
		.tables = c->tables};
	return 0;
}

int row_normalise(struct record *to, const struct record *from)
{
	struct record_value v = {0};
	char text[ROW_TEXT_BYTES];

	while (record_next(from, &v)) {
		const void *octets = v.text;
		size_t bytes = v.bytes;

		if (v.field->type == FIELD_TEXT) {
			bytes = text_utf8(text, sizeof(text), v.text, v.bytes);
			octets = text;
		}
		if (!record_octets(to, v.field, octets, bytes))
			return -ENOSPC;
	}
	return 0;
}

const struct field *row_sibling(const struct columns *c, const struct field *f, const char *name)
{
	const char *list = strstr(f->key, "[].");
	size_t prefix = list ? (size_t)(list - f->key) + 3 : 0;

	for (size_t i = 0; prefix && i < c->count; i++) {
		if (strncmp(c->fields[i]->key, f->key, prefix) == 0 &&
			strcmp(c->fields[i]->key + prefix, name) == 0)
			return c->fields[i];
	}
	return NULL;
}

bool row_is_answer(const struct columns *c, const struct field *f)
{
	return row_sibling(c, f, "rrname") == f && row_sibling(c, f, "rrtype") &&
	       row_sibling(c, f, "rdata");
}

const char *row_seen_in(const struct columns *c, const struct field *f, size_t *ret_bytes)
{
	const char *table = field_table_of(c->tables, f)->name;

	*ret_bytes = strcspn(table, " ");
	return table;
}

const struct query_columns *query_columns(enum query_name name)
{
	static const struct query_columns columns[] = {
		[QUERY_APPLICATIONS] = {4, {"app_proto", "flows", "packets", "octets"},
			{FIELD_TEXT, FIELD_U64, FIELD_U64, FIELD_U64}},
		[QUERY_NAMES] = {3, {"name", "from", "flows"}, {FIELD_TEXT, FIELD_TEXT, FIELD_U64}},
		[QUERY_RESOLVED] = {6, {"name", "type", "data", "count", "first", "last"},
			{FIELD_TEXT, FIELD_TEXT, FIELD_TEXT, FIELD_U64, FIELD_TIME, FIELD_TIME}},
		[QUERY_CAMPAIGNS] = {6, {"campaign", "role", "indicators", "hits", "first", "last"},
			{FIELD_TEXT, FIELD_TEXT, FIELD_U64, FIELD_U64, FIELD_TIME, FIELD_TIME}},
		[QUERY_INDICATORS] = {5, {"campaign", "indicator", "type", "field", "hits"},
			{FIELD_TEXT, FIELD_TEXT, FIELD_TEXT, FIELD_TEXT, FIELD_U64}},
	};

	return name == QUERY_RECORDS ? NULL : &columns[name];
}
