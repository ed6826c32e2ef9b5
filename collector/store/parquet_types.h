/* SPDX-License-Identifier: Apache-2.0 */
/* The column types of the segments. */
#pragma once

#include <duckdb.h>

#include "base/field.h"

/* Of a value; that of a list's elements. */
static inline duckdb_type parquet_type(const struct field *f)
{
	static const duckdb_type types[] = {[FIELD_U8] = DUCKDB_TYPE_UTINYINT,
		[FIELD_U16] = DUCKDB_TYPE_USMALLINT,
		[FIELD_U32] = DUCKDB_TYPE_UINTEGER,
		[FIELD_U64] = DUCKDB_TYPE_UBIGINT,
		[FIELD_TIME] = DUCKDB_TYPE_TIMESTAMP_NS,
		[FIELD_ADDRESS] = DUCKDB_TYPE_VARCHAR,
		[FIELD_TEXT] = DUCKDB_TYPE_VARCHAR};

	return types[f->type];
}
