/* SPDX-License-Identifier: Apache-2.0 */
/* Comma-separated values, RFC 4180, as they come: any line end, quotes with line ends inside, any
 * separator, rows of any width, and blanks before a quoted field (`"a", "b"`). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

#define CSV_FIELDS_MAX    64
#define CSV_ROW_BYTES_MAX 65536

struct csv_field {
	const char *text; /* borrowed until the next row; not zero-ended */
	size_t bytes;
};

struct csv {
	struct cursor in;
	char separator;
	uint32_t next_line;
	char *storage; /* owned */

	/* the row read last */
	uint32_t line; /* where it starts, from 1 */
	size_t field_count;
	struct csv_field fields[CSV_FIELDS_MAX];
	const char *damage; /* why it cannot be trusted; NULL: it is sound */
};

int csv_init(struct csv *c, struct cursor in, char separator);
void csv_done(struct csv *c);
/* 1: a row was read (one of a single empty field: an empty line); 0: the end; -EBADMSG: a quoted
 * field that begins in row `line` has no end, so that nothing from there on can be read. */
int csv_next(struct csv *c);
/* The rest of the line as it stands, quotation marks and all: for comments between rows. */
struct csv_field csv_skip_line(struct csv *c);
/* A field of the row; empty when the row has not so many. */
struct csv_field csv_field(const struct csv *c, size_t number);
