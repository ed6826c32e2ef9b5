/* SPDX-License-Identifier: Apache-2.0 */
/* Queries as SQL of DuckDB. What a user or the traffic supplied is bound, never written into the
 * text: the text holds names of our field tables and nothing else. */
#pragma once

#include "base/text.h"
#include "collector/columns.h"
#include "collector/store.h"

/* Times are TIMESTAMP_NS columns, so that other tools see times. That type is a signed number of
 * nanoseconds from 1970; ours is unsigned and never before 1970. Times past the year 2262 are kept
 * in the half before 1970, which is otherwise unused: every 64-bit value survives, and comparisons
 * here mind the fold. */

struct sql_value {
	enum { SQL_NUMBER, SQL_TEXT, SQL_OCTETS } form;
	enum field_type type; /* of SQL_NUMBER */
	uint64_t number;
	const void *octets; /* borrowed from the query */
	size_t bytes;
	char address[TEXT_ADDRESS_BYTES]; /* SQL_TEXT where octets is NULL */
};

struct sql {
	char *text;
	size_t used, size;
	struct sql_value *values; /* in the order of the `?` */
	size_t value_count, value_size;
	bool failed; /* out of memory */
};

/* One kind of records as the FROM of a query. */
struct sql_source {
	const struct columns *columns;
	const bool *present; /* which columns the segments have */
	const char *from;
};

/* The function of (VARCHAR, BLOB of 16 octets, UTINYINT bits) that stands for a prefix test. */
#define SQL_WITHIN_PREFIX "within_prefix"

void sql_done(struct sql *s);
void sql_add(struct sql *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The type of a field's column. */
void sql_add_type(struct sql *s, const struct field *f);
/* QUERY_RECORDS, APPLICATIONS, CAMPAIGNS, INDICATORS: one source; QUERY_NAMES, RESOLVED: all that
 * have names. No text at all when nothing can be found. */
void sql_query(
	struct sql *s, const struct query *q, const struct sql_source *sources, size_t count);
