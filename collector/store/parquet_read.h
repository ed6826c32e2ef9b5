/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a DuckDB result as cells and records. */
#pragma once

#include "collector/store.h"
#include "collector/store/sql.h"

struct _duckdb_connection;

struct parquet_reader {
	struct _duckdb_connection *connection;
	query_row *row; /* where rows go */
	void *context;
	char *error; /* a sentence when a call fails */
	size_t error_size;
};

/* Which columns of the kind `from` has, in the type that we write; -EBADMSG when it cannot be read.
 */
int parquet_present(struct parquet_reader *reader, const struct columns *columns, const char *from,
	bool *ret_present);
/* Run a statement and hand its rows on. `columns`: those of the kind for QUERY_RECORDS. */
int parquet_rows(struct parquet_reader *reader, const struct sql *statement, enum query_name name,
	const struct columns *columns);
