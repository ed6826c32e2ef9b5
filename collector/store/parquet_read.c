/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/parquet_read.h"

#include <duckdb.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "collector/store/parquet_types.h"
#include "collector/store/rows.h"

/* One column of the chunk at hand. */
struct slot {
	enum field_type type;
	bool list;
	void *data;
	uint64_t *validity; /* NULL: every value is there */
	duckdb_vector child;
	void *child_data;
	uint64_t *child_validity;
};

static int refuse(struct parquet_reader *reader, int code, const char *cause)
{
	(void)snprintf(reader->error, reader->error_size, "%s", cause ? cause : "unknown cause");
	reader->error[strcspn(reader->error, "\n")] = 0;
	return code;
}

static bool has_type(duckdb_prepared_statement statement, idx_t i, const struct field *f)
{
	duckdb_logical_type type = duckdb_prepared_statement_column_logical_type(statement, i),
			    child;
	duckdb_type id = duckdb_get_type_id(type);

	if (id == DUCKDB_TYPE_LIST && (f->flags & FIELD_LIST)) {
		child = duckdb_list_type_child_type(type);
		id = duckdb_get_type_id(child);
		duckdb_destroy_logical_type(&child);
	} else if (f->flags & FIELD_LIST) {
		id = DUCKDB_TYPE_INVALID;
	}
	duckdb_destroy_logical_type(&type);
	return id == parquet_type(f);
}

static int prepare(struct parquet_reader *reader, const char *text, duckdb_prepared_statement *ret)
{
	int r;

	if (duckdb_prepare(reader->connection, text, ret) == DuckDBSuccess)
		return 0;
	r = refuse(reader, -EBADMSG, duckdb_prepare_error(*ret));
	duckdb_destroy_prepare(ret);
	return r;
}

int parquet_present(struct parquet_reader *reader, const struct columns *columns, const char *from,
	bool *ret_present)
{
	_cleanup_(sql_done) struct sql s = {0};
	duckdb_prepared_statement statement;
	int r;

	sql_add(&s, "SELECT * FROM %s", from);
	if (s.failed)
		return -ENOMEM;
	r = prepare(reader, s.text, &statement);
	if (r)
		return r;
	for (size_t i = 0; i < columns->count; i++)
		ret_present[i] = false;
	for (idx_t i = 0; i < duckdb_prepared_statement_column_count(statement); i++) {
		const char *name = duckdb_prepared_statement_column_name(statement, i);

		for (size_t j = 0; j < columns->count; j++) {
			if (strcmp(columns->names[j], name) == 0)
				ret_present[j] = has_type(statement, i, columns->fields[j]);
		}
		duckdb_free((void *)(uintptr_t)name);
	}
	duckdb_destroy_prepare(&statement);
	return 0;
}

static duckdb_value number_value(const struct sql_value *v)
{
	switch (v->type) {
	case FIELD_U8:
		return duckdb_create_uint8((uint8_t)v->number);
	case FIELD_U16:
		return duckdb_create_uint16((uint16_t)v->number);
	case FIELD_U32:
		return duckdb_create_uint32((uint32_t)v->number);
	case FIELD_TIME:
		return duckdb_create_timestamp_ns((duckdb_timestamp_ns){(int64_t)v->number});
	default:
		return duckdb_create_uint64(v->number);
	}
}

static int bind(
	struct parquet_reader *reader, duckdb_prepared_statement statement, const struct sql *s)
{
	duckdb_state state = DuckDBSuccess;

	for (idx_t i = 0; i < s->value_count && state == DuckDBSuccess; i++) {
		const struct sql_value *v = &s->values[i];
		duckdb_value number;

		if (v->form == SQL_TEXT) {
			state = duckdb_bind_varchar_length(
				statement, i + 1, v->octets ? v->octets : v->address, v->bytes);
		} else if (v->form == SQL_OCTETS) {
			state = duckdb_bind_blob(statement, i + 1, v->octets, v->bytes);
		} else {
			number = number_value(v);
			state = duckdb_bind_value(statement, i + 1, number);
			duckdb_destroy_value(&number);
		}
	}
	return state == DuckDBSuccess ? 0 : refuse(reader, -EIO, duckdb_prepare_error(statement));
}

static bool is_there(const uint64_t *validity, idx_t row)
{
	return !validity || (validity[row / 64] >> (row % 64) & 1);
}

static void look_at(struct slot *slot, duckdb_data_chunk chunk, idx_t i)
{
	duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);

	slot->data = duckdb_vector_get_data(vector);
	slot->validity = duckdb_vector_get_validity(vector);
	if (slot->list) {
		slot->child = duckdb_list_vector_get_child(vector);
		slot->child_data = duckdb_vector_get_data(slot->child);
		slot->child_validity = duckdb_vector_get_validity(slot->child);
	}
}

/* A number, or the octets of a text. */
static const void *octets_at(const struct slot *slot, void *data, idx_t row, size_t *ret_bytes)
{
	if (slot->type == FIELD_TEXT || slot->type == FIELD_ADDRESS) {
		duckdb_string_t *text = (duckdb_string_t *)data + row;

		*ret_bytes = duckdb_string_t_length(*text);
		return duckdb_string_t_data(text);
	}
	*ret_bytes = field_width(slot->type);
	return (const uint8_t *)data + row * *ret_bytes;
}

static void add_value(struct record *r, const struct field *f, const void *octets, size_t bytes)
{
	uint8_t address[16];

	if (f->type != FIELD_ADDRESS)
		(void)record_octets(r, f, octets, bytes);
	else if (text_to_address(octets, bytes, address))
		(void)record_octets(r, f, address, sizeof(address));
	else
		r->lost_values++;
}

static void record_at(
	struct record *r, const struct slot *slots, const struct columns *c, idx_t row)
{
	size_t bytes;

	for (size_t i = 0; i < c->count; i++) {
		const struct slot *slot = &slots[i];
		const duckdb_list_entry *list;
		const void *octets;

		if (!is_there(slot->validity, row))
			continue;
		if (!slot->list) {
			octets = octets_at(slot, slot->data, row, &bytes);
			add_value(r, c->fields[i], octets, bytes);
			continue;
		}
		list = (const duckdb_list_entry *)slot->data + row;
		for (idx_t j = list->offset; j < list->offset + list->length; j++) {
			if (!is_there(slot->child_validity, j))
				continue;
			octets = octets_at(slot, slot->child_data, j, &bytes);
			add_value(r, c->fields[i], octets, bytes);
		}
	}
}

/* What the rows of one query need. */
struct rows {
	struct parquet_reader *reader;
	const struct columns *columns;     /* QUERY_RECORDS */
	const struct query_columns *query; /* the others */
	struct slot *slots;
	struct row row;
	uint8_t *storage; /* ROW_RECORD_BYTES */
};

static void rows_done(struct rows *rows)
{
	free(rows->slots);
	free(rows->storage);
	if (rows->columns)
		row_done(&rows->row);
}

static int rows_init(struct rows *rows)
{
	size_t count = rows->columns ? rows->columns->count : rows->query->count;

	rows->slots = calloc(count, sizeof(*rows->slots));
	rows->storage = malloc(ROW_RECORD_BYTES);
	if (!rows->slots || !rows->storage ||
		(rows->columns && row_init(&rows->row, rows->columns)))
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		rows->slots[i].type = rows->columns ? rows->columns->fields[i]->type
						    : rows->query->types[i];
		rows->slots[i].list = rows->columns &&
				      (rows->columns->fields[i]->flags & FIELD_LIST);
	}
	return 0;
}

static int give_record(struct rows *rows, idx_t row)
{
	struct query_result result;
	struct record record;
	int r;

	record_init(&record, rows->columns->kind, rows->storage, ROW_RECORD_BYTES);
	record_at(&record, rows->slots, rows->columns, row);
	r = row_set(&rows->row, &record, &result);
	return r ? r : rows->reader->row(rows->reader->context, &result);
}

static int give_computed(struct rows *rows, idx_t row)
{
	static const struct field *const none[6];
	struct cell cells[6];
	struct query_result result = {.columns = rows->query->count,
		.names = rows->query->names,
		.cells = cells,
		.fields = none};

	for (size_t i = 0; i < result.columns; i++) {
		const struct slot *slot = &rows->slots[i];
		const void *octets;
		size_t bytes;

		cells[i] = (struct cell){
			.type = slot->type, .absent = !is_there(slot->validity, row)};
		if (cells[i].absent)
			continue;
		octets = octets_at(slot, slot->data, row, &bytes);
		if (slot->type == FIELD_TEXT) {
			cells[i].text = octets;
			cells[i].bytes = bytes;
		} else {
			memcpy(&cells[i].number, octets, bytes);
		}
	}
	return rows->reader->row(rows->reader->context, &result);
}

static int give_chunk(struct rows *rows, duckdb_data_chunk chunk)
{
	size_t count = rows->columns ? rows->columns->count : rows->query->count;
	int r = 0;

	for (size_t i = 0; i < count; i++)
		look_at(&rows->slots[i], chunk, i);
	for (idx_t row = 0; r == 0 && row < duckdb_data_chunk_get_size(chunk); row++)
		r = rows->columns ? give_record(rows, row) : give_computed(rows, row);
	return r;
}

static int fetch_all(struct rows *rows, duckdb_result *result)
{
	duckdb_data_chunk chunk;
	const char *error;
	int r = 0;

	while (r == 0 && (chunk = duckdb_fetch_chunk(*result))) {
		r = give_chunk(rows, chunk);
		duckdb_destroy_data_chunk(&chunk);
	}
	error = r ? NULL : duckdb_result_error(result);
	return error && *error ? refuse(rows->reader, -EBADMSG, error) : r;
}

int parquet_rows(struct parquet_reader *reader, const struct sql *statement, enum query_name name,
	const struct columns *columns)
{
	_cleanup_(rows_done) struct rows rows = {.reader = reader, .query = query_columns(name)};
	duckdb_prepared_statement prepared;
	duckdb_result result;
	int r;

	if (name == QUERY_RECORDS)
		rows.columns = columns;
	r = statement->failed ? -ENOMEM : rows_init(&rows);
	if (r == 0)
		r = prepare(reader, statement->text, &prepared);
	if (r)
		return r;
	r = bind(reader, prepared, statement);
	if (r == 0) {
		/* streaming: a result of any size in bounded memory */
		if (duckdb_execute_prepared_streaming(prepared, &result) == DuckDBSuccess)
			r = fetch_all(&rows, &result);
		else
			r = refuse(reader, -EBADMSG, duckdb_result_error(&result));
		duckdb_destroy_result(&result);
	}
	duckdb_destroy_prepare(&prepared);
	return r;
}
