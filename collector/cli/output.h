/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a query on standard output: a table for people, JSON lines or CSV for programs. */
#pragma once

#include "base/json.h"
#include "collector/cli/text_table.h"
#include "collector/store.h"

enum output_format { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_CSV };

/* What a table of the rows shows. */
struct output_view {
	const struct table_column *columns;
	size_t count;
	void (*put)(struct table *t, const struct query_result *row);
	unsigned optional; /* as of a table */
};

struct output {
	enum output_format format;
	const struct output_view *view;
	unsigned width;
	/* internal */
	struct table table;
	struct json text;
	uint64_t rows;
	bool to_terminal; /* what is written */
};

extern const struct output_view output_flows, output_hits, output_names;

/* False when there is no such format. */
bool output_format_of(const char *name, enum output_format *ret);
/* A query_row; the context is the struct output. -EPIPE: the reader has gone. */
int output_row(void *context, const struct query_result *row);
void output_end(struct output *o);
