/* SPDX-License-Identifier: Apache-2.0 */
/* Records of one kind, gathered in a table in memory and written out as one Parquet file. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "collector/columns.h"

struct _duckdb_connection;
struct segment_writer;

int segment_writer_new(struct segment_writer **ret, struct _duckdb_connection *connection,
	const struct columns *columns);
void segment_writer_free(struct segment_writer *w);
int segment_writer_add(struct segment_writer *w, const struct record *r);
size_t segment_writer_rows(const struct segment_writer *w);
/* All rows go to `path`, which needs no quoting; then it is empty again. On failure the rows are
 * kept. */
int segment_writer_write(struct segment_writer *w, const char *path);
const char *segment_writer_error(const struct segment_writer *w);
