/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/parquet_write.h"

#include <duckdb.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "collector/store/parquet_types.h"
#include "collector/store/rows.h"
#include "collector/store/sql.h"

/* One column of the chunk that is being filled. */
struct slot {
	duckdb_vector vector, child; /* child: the values of a list */
	void *data;                  /* of the vector; of a list its entries */
	uint64_t *validity;
	uint64_t child_used, child_size;
};

struct segment_writer {
	duckdb_connection connection;
	const struct columns *columns;
	duckdb_appender appender; /* NULL: there is no table */
	duckdb_data_chunk chunk;
	struct slot *slots;
	idx_t chunk_rows, chunk_size;
	size_t rows; /* those of the chunk included */
	char error[512];
};

static int fail(struct segment_writer *w, const char *what, const char *cause)
{
	(void)snprintf(w->error, sizeof(w->error), "%s: %s", what, cause ? cause : "unknown cause");
	return -EIO;
}

static int run(struct segment_writer *w, const char *text)
{
	duckdb_result result;
	int r = 0;

	if (duckdb_query(w->connection, text, &result) == DuckDBError)
		r = fail(w, w->columns->kind->event_type, duckdb_result_error(&result));
	duckdb_destroy_result(&result);
	return r;
}

static duckdb_logical_type column_type(const struct field *f)
{
	duckdb_logical_type type = duckdb_create_logical_type(parquet_type(f)), list;

	if (!(f->flags & FIELD_LIST))
		return type;
	list = duckdb_create_list_type(type);
	duckdb_destroy_logical_type(&type);
	return list;
}

static int make_chunk(struct segment_writer *w)
{
	size_t count = w->columns->count;
	duckdb_logical_type *types = calloc(count, sizeof(duckdb_logical_type));

	if (!types)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		types[i] = column_type(w->columns->fields[i]);
	w->chunk = duckdb_create_data_chunk(types, count);
	for (size_t i = 0; i < count; i++)
		duckdb_destroy_logical_type(&types[i]);
	free(types);
	return w->chunk ? 0 : -ENOMEM;
}

int segment_writer_new(struct segment_writer **ret, struct _duckdb_connection *connection,
	const struct columns *columns)
{
	struct segment_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->connection = connection;
	w->columns = columns;
	w->chunk_size = duckdb_vector_size();
	w->slots = calloc(columns->count, sizeof(*w->slots));
	if (!w->slots || make_chunk(w)) {
		segment_writer_free(w);
		return -ENOMEM;
	}
	*ret = w;
	return 0;
}

void segment_writer_free(struct segment_writer *w)
{
	if (!w)
		return;
	if (w->appender)
		(void)duckdb_appender_destroy(&w->appender);
	if (w->chunk)
		duckdb_destroy_data_chunk(&w->chunk);
	free(w->slots);
	free(w);
}

size_t segment_writer_rows(const struct segment_writer *w)
{
	return w->rows;
}

const char *segment_writer_error(const struct segment_writer *w)
{
	return w->error;
}

/* An empty chunk in which every value is NULL until it is set. */
static void begin_chunk(struct segment_writer *w)
{
	duckdb_data_chunk_reset(w->chunk);
	for (size_t i = 0; i < w->columns->count; i++) {
		struct slot *slot = &w->slots[i];

		*slot = (struct slot){.vector = duckdb_data_chunk_get_vector(w->chunk, i)};
		slot->data = duckdb_vector_get_data(slot->vector);
		duckdb_vector_ensure_validity_writable(slot->vector);
		slot->validity = duckdb_vector_get_validity(slot->vector);
		memset(slot->validity, 0, w->chunk_size / 8);
		if (w->columns->fields[i]->flags & FIELD_LIST)
			slot->child = duckdb_list_vector_get_child(slot->vector);
	}
	w->chunk_rows = 0;
}

static int make_table(struct segment_writer *w)
{
	_cleanup_(sql_done) struct sql s = {0};
	const char *kind = w->columns->kind->event_type;
	int r;

	sql_add(&s, "CREATE OR REPLACE TABLE \"%s\" (", kind);
	for (size_t i = 0; i < w->columns->count; i++) {
		sql_add(&s, "%s\"%s\" ", i ? ", " : "", w->columns->names[i]);
		sql_add_type(&s, w->columns->fields[i]);
	}
	sql_add(&s, ")");
	if (s.failed)
		return -ENOMEM;
	r = run(w, s.text);
	if (r)
		return r;
	if (duckdb_appender_create(w->connection, NULL, kind, &w->appender) == DuckDBError) {
		r = fail(w, kind, duckdb_appender_error(w->appender));
		(void)duckdb_appender_destroy(&w->appender);
		w->appender = NULL;
		return r;
	}
	begin_chunk(w);
	return 0;
}

static int flush_chunk(struct segment_writer *w)
{
	if (w->chunk_rows == 0)
		return 0;
	for (size_t i = 0; i < w->columns->count; i++) {
		if (w->slots[i].child)
			(void)duckdb_list_vector_set_size(
				w->slots[i].vector, w->slots[i].child_used);
	}
	duckdb_data_chunk_set_size(w->chunk, w->chunk_rows);
	if (duckdb_append_data_chunk(w->appender, w->chunk) == DuckDBError)
		return fail(w, w->columns->kind->event_type, duckdb_appender_error(w->appender));
	begin_chunk(w);
	return 0;
}

/* Nearly all texts are ASCII, which is valid UTF-8 as it stands. */
static bool is_ascii(const uint8_t *octets, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (octets[i] == 0 || octets[i] >= 0x80)
			return false;
	}
	return true;
}

/* A function of its own: the compiler clears the buffer. */
__attribute__((noinline)) static void put_octets(
	duckdb_vector vector, idx_t row, const struct record_value *v)
{
	char text[ROW_TEXT_BYTES];
	size_t bytes = text_utf8(text, sizeof(text), v->text, v->bytes);

	duckdb_vector_assign_string_element_len(vector, row, text, bytes);
}

static void put(duckdb_vector vector, void *data, idx_t row, const struct record_value *v)
{
	char text[TEXT_ADDRESS_BYTES];
	size_t bytes;

	if (v->field->type == FIELD_TEXT && is_ascii(v->text, v->bytes)) {
		duckdb_vector_assign_string_element_len(
			vector, row, (const char *)v->text, v->bytes);
	} else if (v->field->type == FIELD_TEXT) {
		put_octets(vector, row, v);
	} else if (v->field->type == FIELD_ADDRESS) {
		bytes = text_address(text, v->text);
		duckdb_vector_assign_string_element_len(vector, row, text, bytes);
	} else {
		bytes = field_width(v->field->type);
		memcpy((uint8_t *)data + row * bytes, &v->number, bytes);
	}
}

/* All values of one list of the record, one behind the other in the child vector. */
static int put_list(struct slot *slot, idx_t row, const struct record *r, const struct field *f)
{
	duckdb_list_entry *entry = (duckdb_list_entry *)slot->data + row;
	struct record_value v = {0};

	*entry = (duckdb_list_entry){.offset = slot->child_used};
	while (record_next(r, &v)) {
		if (v.field != f)
			continue;
		if (slot->child_used == slot->child_size) {
			slot->child_size = 2 * slot->child_size + 2048;
			if (duckdb_list_vector_reserve(slot->vector, slot->child_size) ==
				DuckDBError)
				return -ENOMEM;
			(void)duckdb_list_vector_set_size(slot->vector, slot->child_used);
		}
		put(slot->child, duckdb_vector_get_data(slot->child), slot->child_used++, &v);
		entry->length++;
	}
	return 0;
}

int segment_writer_add(struct segment_writer *w, const struct record *r)
{
	struct record_value v = {0};
	idx_t row;
	int code = w->appender ? 0 : make_table(w);

	if (code == 0 && w->chunk_rows == w->chunk_size)
		code = flush_chunk(w);
	if (code)
		return code;
	row = w->chunk_rows;
	while (record_next(r, &v)) {
		size_t i = column_of(w->columns, v.field);
		struct slot *slot = i == COLUMN_NONE ? NULL : &w->slots[i];

		if (!slot || (slot->validity[row / 64] >> (row % 64) & 1))
			continue;
		slot->validity[row / 64] |= UINT64_C(1) << (row % 64);
		if (!slot->child)
			put(slot->vector, slot->data, row, &v);
		else if (put_list(slot, row, r, v.field))
			return -ENOMEM;
	}
	w->chunk_rows++;
	w->rows++;
	return 0;
}

int segment_writer_write(struct segment_writer *w, const char *path)
{
	const char *kind = w->columns->kind->event_type;
	char text[256];
	int r = w->rows ? flush_chunk(w) : 0;

	if (r || w->rows == 0)
		return r;
	if (duckdb_appender_flush(w->appender) == DuckDBError)
		return fail(w, kind, duckdb_appender_error(w->appender));
	(void)snprintf(text, sizeof(text),
		"COPY \"%s\" TO '%s' (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)", kind,
		path);
	r = run(w, text);
	if (r)
		return r;
	(void)duckdb_appender_destroy(&w->appender);
	w->appender = NULL;
	w->rows = 0;
	(void)snprintf(text, sizeof(text), "DROP TABLE \"%s\"", kind);
	return run(w, text);
}
