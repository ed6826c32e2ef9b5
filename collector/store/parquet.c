/* SPDX-License-Identifier: Apache-2.0 */
/* Records as Parquet segments in a folder, written and read through DuckDB. Any tool that reads
 * Parquet reads them: times are timestamps (see sql.h), addresses the text that people write (a
 * comparable form would be sixteen octets that no tool shows as an address; a prefix is tested by a
 * function of ours instead), lists are lists.
 *
 * DuckDB sees the folder as /proc/self/fd/N: no character of the user's path gets into SQL or into
 * a file pattern, a folder that is renamed stays the same one, and the one place outside memory
 * that DuckDB may touch is that. */
#include <duckdb.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/schema.h"
#include "collector/store.h"
#include "collector/store/parquet_read.h"
#include "collector/store/parquet_write.h"
#include "collector/store/segments.h"

#define SEGMENT_ROWS_MAX                                                                           \
	((size_t)2 * 122880) /* two row groups; bounds the memory before a commit */
#define KINDS_MAX 32

/* Records of one kind. */
struct shelf {
	struct columns *columns;
	struct segment_writer *writer;
	uint64_t next_number;
};

struct store {
	int folder;
	bool writable;
	duckdb_database database;
	duckdb_connection connection;
	struct shelf shelves[KINDS_MAX];
	size_t shelf_count;
	char error[512];
};

/* All of DuckDB that reaches out is shut off, and the lock on the configuration keeps it so. */
static const char *const settings[][2] = {
	{"threads", "2"},
	{"memory_limit", "1GB"},
	{"temp_directory", ""},
	{"autoload_known_extensions", "false"},
	{"autoinstall_known_extensions", "false"},
	{"allow_community_extensions", "false"},
	{"allow_persistent_secrets", "false"},
	{"preserve_insertion_order", "true"},
};

static int open_database(struct store *s, char *ret_error, size_t error_size)
{
	duckdb_config config = NULL;
	duckdb_state state = duckdb_create_config(&config);
	duckdb_result result;
	char *error = NULL, text[256];

	for (size_t i = 0; i < ARRAY_LEN(settings) && state == DuckDBSuccess; i++)
		state = duckdb_set_config(config, settings[i][0], settings[i][1]);
	if (state == DuckDBSuccess)
		state = duckdb_open_ext(NULL, &s->database, config, &error);
	if (state == DuckDBSuccess)
		state = duckdb_connect(s->database, &s->connection);
	duckdb_destroy_config(&config);
	(void)snprintf(ret_error, error_size, "DuckDB does not start: %s", error ? error : "");
	duckdb_free(error);
	if (state == DuckDBError)
		return -EIO;
	(void)snprintf(text, sizeof(text),
		"SET allowed_directories = ['/proc/self/fd/%d/']; SET enable_external_access = "
		"false; "
		"SET lock_configuration = true",
		s->folder);
	state = duckdb_query(s->connection, text, &result);
	if (state == DuckDBError)
		(void)snprintf(ret_error, error_size, "DuckDB: %s", duckdb_result_error(&result));
	duckdb_destroy_result(&result);
	return state == DuckDBError ? -EIO : 0;
}

/* within_prefix(address as text, 16 octets, bits) */
static void within_prefix(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
	duckdb_vector vectors[3];
	uint64_t *validity;
	bool *result = duckdb_vector_get_data(output);

	(void)info;
	for (idx_t i = 0; i < 3; i++)
		vectors[i] = duckdb_data_chunk_get_vector(input, i);
	validity = duckdb_vector_get_validity(vectors[0]);
	for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); row++) {
		duckdb_string_t *text = (duckdb_string_t *)duckdb_vector_get_data(vectors[0]) + row;
		duckdb_string_t *prefix = (duckdb_string_t *)duckdb_vector_get_data(vectors[1]) +
					  row;
		unsigned bits = ((const uint8_t *)duckdb_vector_get_data(vectors[2]))[row];
		uint8_t address[16];

		result[row] = (!validity || duckdb_validity_row_is_valid(validity, row)) &&
			      duckdb_string_t_length(*prefix) == sizeof(address) &&
			      text_to_address(duckdb_string_t_data(text),
				      duckdb_string_t_length(*text), address) &&
			      address_within(
				      address, (const uint8_t *)duckdb_string_t_data(prefix), bits);
	}
}

static int add_function(struct store *s)
{
	static const duckdb_type types[] = {
		DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_BLOB, DUCKDB_TYPE_UTINYINT};
	duckdb_scalar_function function = duckdb_create_scalar_function();
	duckdb_logical_type type;
	duckdb_state state;

	duckdb_scalar_function_set_name(function, SQL_WITHIN_PREFIX);
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		type = duckdb_create_logical_type(types[i]);
		duckdb_scalar_function_add_parameter(function, type);
		duckdb_destroy_logical_type(&type);
	}
	type = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
	duckdb_scalar_function_set_return_type(function, type);
	duckdb_destroy_logical_type(&type);
	duckdb_scalar_function_set_function(function, within_prefix);
	state = duckdb_register_scalar_function(s->connection, function);
	duckdb_destroy_scalar_function(&function);
	return state == DuckDBSuccess ? 0 : -EIO;
}

static int open_shelves(struct store *s, const struct ipfix_schema *schema)
{
	for (size_t i = 0; schema->kinds[i]; i++) {
		struct shelf *shelf = &s->shelves[i];
		_cleanup_(free_ptr) uint64_t *numbers = NULL;
		const char *kind = schema->kinds[i]->event_type;
		size_t count;
		int r;

		if (i == KINDS_MAX)
			return -E2BIG;
		shelf->columns = columns_new(schema, kind);
		if (!shelf->columns)
			return -ENOMEM;
		s->shelf_count++;
		r = segments_list(s->folder, kind, &numbers, &count);
		if (r == 0)
			r = segment_writer_new(&shelf->writer, s->connection, shelf->columns);
		if (r)
			return r;
		shelf->next_number = count ? numbers[count - 1] + 1 : 1;
	}
	return 0;
}

static void parquet_close(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->shelf_count; i++) {
		segment_writer_free(s->shelves[i].writer);
		columns_free(s->shelves[i].columns);
	}
	duckdb_disconnect(&s->connection);
	duckdb_close(&s->database);
	close_ptr(&s->folder);
	free(s);
}

static int parquet_open(struct store **ret, const struct ipfix_schema *schema, const char *place,
	bool writable, char *ret_error, size_t error_size)
{
	struct store *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->folder = -1;
	s->writable = writable;
	r = segments_open(place, writable, &s->folder);
	if (r) {
		(void)snprintf(ret_error, error_size, "%s",
			r == -EBUSY ? "another process writes there" : strerror(-r));
	} else {
		r = open_database(s, ret_error, error_size);
	}
	if (r == 0) {
		r = add_function(s);
		if (r == 0)
			r = open_shelves(s, schema);
		if (r)
			(void)snprintf(ret_error, error_size, "%s", strerror(-r));
	}
	if (r) {
		parquet_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

static const char *parquet_error(const struct store *s)
{
	return s->error;
}

static int publish(struct store *s, struct shelf *shelf)
{
	const char *kind = shelf->columns->kind->event_type;
	char name[SEGMENT_NAME_BYTES], path[2 * SEGMENT_NAME_BYTES];
	int r;

	if (segment_writer_rows(shelf->writer) == 0)
		return 0;
	segment_draft_name(name, kind, shelf->next_number);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", s->folder, name);
	r = segment_writer_write(shelf->writer, path);
	if (r) {
		(void)snprintf(
			s->error, sizeof(s->error), "%s", segment_writer_error(shelf->writer));
		return r;
	}
	r = segment_publish(s->folder, kind, shelf->next_number);
	if (r)
		(void)snprintf(s->error, sizeof(s->error), "%s: %s", name, strerror(-r));
	else
		shelf->next_number++;
	return r;
}

static struct shelf *shelf_of(struct store *s, const char *event_type)
{
	for (size_t i = 0; i < s->shelf_count; i++) {
		if (strcmp(s->shelves[i].columns->kind->event_type, event_type) == 0)
			return &s->shelves[i];
	}
	return NULL;
}

static int parquet_append(struct store *s, const struct record *r)
{
	struct shelf *shelf = s->writable ? shelf_of(s, r->kind->event_type) : NULL;
	int code;

	if (!shelf) {
		(void)snprintf(s->error, sizeof(s->error), "%s",
			s->writable ? "a record of no known kind"
				    : "the store is open for reading only");
		return -EINVAL;
	}
	code = segment_writer_add(shelf->writer, r);
	if (code)
		(void)snprintf(
			s->error, sizeof(s->error), "%s", segment_writer_error(shelf->writer));
	else if (segment_writer_rows(shelf->writer) >= SEGMENT_ROWS_MAX)
		code = publish(s, shelf);
	return code;
}

static int parquet_commit(struct store *s)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->shelf_count; i++)
		r = publish(s, &s->shelves[i]);
	return r;
}

/* A shelf as the source of a query. */
struct source {
	char *from; /* NULL: there are no rows */
	bool *present;
};

static void source_done(struct source *source)
{
	free(source->from);
	free(source->present);
}

/* `read_parquet([...])` of the segments that are not 0. */
static char *read_list(
	const struct store *s, const char *kind, const uint64_t *numbers, size_t count)
{
	struct sql from = {0};
	char name[SEGMENT_NAME_BYTES];
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if (!numbers[i])
			continue;
		segment_name(name, kind, numbers[i]);
		sql_add(&from, "%s'/proc/self/fd/%d/%s'", any ? ", " : "read_parquet([", s->folder,
			name);
		any = true;
	}
	if (any)
		sql_add(&from, "], union_by_name = true)");
	if (from.failed)
		sql_done(&from);
	return from.text;
}

/* Numbers of segments that cannot be read become 0; the last cause is kept. */
static void leave_out_bad(
	struct store *s, const struct shelf *shelf, uint64_t *numbers, size_t count, bool *present)
{
	const char *kind = shelf->columns->kind->event_type;
	char cause[256], name[SEGMENT_NAME_BYTES];
	struct parquet_reader reader = {
		.connection = s->connection, .error = cause, .error_size = sizeof(cause)};

	for (size_t i = 0; i < count; i++) {
		_cleanup_(free_ptr) char *from = read_list(s, kind, &numbers[i], 1);

		if (from && parquet_present(&reader, shelf->columns, from, present) == 0)
			continue;
		segment_name(name, kind, numbers[i]);
		(void)snprintf(s->error, sizeof(s->error), "%s is left out: %s", name, cause);
		numbers[i] = 0;
	}
}

static int open_source(struct store *s, const struct shelf *shelf, struct source *ret)
{
	const char *kind = shelf->columns->kind->event_type;
	struct parquet_reader reader = {
		.connection = s->connection, .error = s->error, .error_size = sizeof(s->error)};
	_cleanup_(free_ptr) uint64_t *numbers = NULL;
	size_t count;
	int r = segments_list(s->folder, kind, &numbers, &count);

	if (r || count == 0)
		return r;
	ret->present = calloc(shelf->columns->count, sizeof(bool));
	ret->from = read_list(s, kind, numbers, count);
	if (!ret->present || !ret->from)
		return -ENOMEM;
	if (parquet_present(&reader, shelf->columns, ret->from, ret->present) == 0)
		return 0;
	leave_out_bad(s, shelf, numbers, count, ret->present);
	free(ret->from);
	ret->from = read_list(s, kind, numbers, count);
	if (ret->from && parquet_present(&reader, shelf->columns, ret->from, ret->present))
		return -EIO;
	return -EBADMSG;
}

static bool has_names(const struct columns *c)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->fields[i]->match == MATCH_NAME)
			return true;
	}
	return false;
}

static bool is_asked(const struct query *q, const struct columns *c)
{
	switch (q->name) {
	case QUERY_RECORDS:
		return strcmp(c->kind->event_type, q->kind) == 0;
	case QUERY_APPLICATIONS:
		return c->kind == &kind_flow;
	case QUERY_NAMES:
	case QUERY_RESOLVED:
		return has_names(c);
	default:
		return c->kind == &kind_hit;
	}
}

static int parquet_query(struct store *s, const struct query *q, query_row *row, void *context)
{
	struct parquet_reader reader = {.connection = s->connection,
		.row = row,
		.context = context,
		.error = s->error,
		.error_size = sizeof(s->error)};
	_cleanup_(sql_done) struct sql statement = {0};
	struct source opened[KINDS_MAX] = {0};
	struct sql_source sources[KINDS_MAX];
	size_t count = 0;
	bool partial = false;
	int r = 0;

	s->error[0] = 0;
	if (q->name == QUERY_RECORDS && !shelf_of(s, q->kind))
		return -EINVAL;
	for (size_t i = 0; r == 0 && i < s->shelf_count; i++) {
		const struct columns *c = s->shelves[i].columns;

		if (!is_asked(q, c))
			continue;
		r = open_source(s, &s->shelves[i], &opened[i]);
		partial = partial || r == -EBADMSG;
		r = r == -EBADMSG ? 0 : r;
		if (r == 0 && opened[i].from)
			sources[count++] = (struct sql_source){
				c, opened[i].present, opened[i].from};
	}
	if (r == 0 && count)
		sql_query(&statement, q, sources, count);
	if (r == 0 && (statement.used || statement.failed))
		r = parquet_rows(&reader, &statement, q->name, sources[0].columns);
	for (size_t i = 0; i < s->shelf_count; i++)
		source_done(&opened[i]);
	return r == 0 && partial ? -EBADMSG : r;
}

const struct store_ops parquet_store = {
	.name = "parquet",
	.open = parquet_open,
	.append = parquet_append,
	.commit = parquet_commit,
	.query = parquet_query,
	.error = parquet_error,
	.close = parquet_close,
};
