/* SPDX-License-Identifier: Apache-2.0 */
/* What all stores share: the form in which values are kept, and a record as a row of cells. */
#pragma once

#include "base/json.h"
#include "collector/columns.h"
#include "collector/store.h"

/* A value of RECORD_TEXT_BYTES_MAX octets can grow fourfold in valid UTF-8. */
#define ROW_TEXT_BYTES   (4 * RECORD_TEXT_BYTES_MAX + 1)
#define ROW_RECORD_BYTES (4 * RECORD_BYTES_MAX + 4096)

struct row {
	const struct columns *columns; /* borrowed */
	struct cell *cells;
	struct json lists; /* the text of the list cells */
};

int row_init(struct row *row, const struct columns *columns);
void row_done(struct row *row);
/* The result borrows from `row` and `r` until the next call. */
int row_set(struct row *row, const struct record *r, struct query_result *ret);
/* The same record with its texts in valid UTF-8; -ENOSPC when `to` is too small. */
int row_normalise(struct record *to, const struct record *from);

/* Columns of the queries that compute theirs. */
struct query_columns {
	size_t count;
	const char *names[6];
	enum field_type types[6];
};

/* The column beside `f` in the same array of objects, `dns.answers[].rdata` for `rdata`; NULL when
 * there is none. */
const struct field *row_sibling(const struct columns *c, const struct field *f, const char *name);
/* Whether `f` is the first of the three columns of records that DNS answered: rrname, rrtype,
 * rdata. */
bool row_is_answer(const struct columns *c, const struct field *f);

/* What a name in that field was seen in: `http` of a flow's fields and of a message's own. */
const char *row_seen_in(const struct columns *c, const struct field *f, size_t *ret_bytes);

/* NULL for QUERY_RECORDS. */
const struct query_columns *query_columns(enum query_name name);
