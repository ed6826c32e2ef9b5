/* SPDX-License-Identifier: Apache-2.0 */
/* Aligned columns for a person: widths come from the first rows, and shrink to the terminal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 16
#define TABLE_CELL_BYTES  256
#define TABLE_ROWS_HELD   256 /* that widths are taken from */

struct table_column {
	const char *title;
	bool right; /* numbers */
};

struct table {
	FILE *to;
	const struct table_column *columns;
	size_t count;
	unsigned width;     /* of the terminal; 0: as wide as it wants to be */
	const char *indent; /* before each line */
	unsigned optional;  /* bits of columns that are left out until a row has something there */
	/* internal */
	unsigned hidden; /* bits of those that no row had so far */
	size_t widths[TABLE_COLUMNS_MAX];
	char (*cells)[TABLE_CELL_BYTES]; /* of the rows that are held, and of the current one */
	size_t held;
	bool flowing;
};

/* The members before the internal ones are set by the caller. */
int table_begin(struct table *t);
/* Where the text of a cell of the next row goes; each starts empty. */
char *table_cell(struct table *t, size_t column);
/* Any octets, made fit for a terminal. */
void table_text(struct table *t, size_t column, const void *octets, size_t bytes);
/* The row is complete. */
void table_row(struct table *t);
void table_end(struct table *t);
