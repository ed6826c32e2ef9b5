/* SPDX-License-Identifier: Apache-2.0 */
/* A report for people to read: which of its words are indicators. One that is defanged is, wherever
 * it stands: it was made so because nobody should follow it. What stands in the clear is one in a
 * table whose header speaks of indicators; elsewhere only below a heading that does, on a line of
 * its own or in a column of names or addresses, and only when the report defangs nothing at all:
 * whoever defangs means the rest to be followed. */
#pragma once

#include "signatures/builder.h"
#include "signatures/table_columns.h"

#define REPORT_LEVELS 6

struct report {
	struct builder *builder;
	struct import_report *import;
	struct span headings[REPORT_LEVELS + 1]; /* of each level above what is read now */
	unsigned level;                          /* of the last one; 0: none yet */
	unsigned title_level;
	struct span title;
	bool below_indicators; /* the headings above say that they follow */
	bool defangs;          /* somewhere in it */
	uint32_t line;

	bool has_columns; /* of the table that is read now */
	struct columns columns;
	char *words; /* owned: of one row */
};

int report_init(struct report *r, struct builder *b, struct import_report *import, bool defangs);
void report_done(struct report *r);

void report_heading(struct report *r, unsigned level, struct span text);
/* A line of running text, an item of a list, or a line of code. */
int report_line(struct report *r, struct span text, bool code);
/* A table begins: its first row, whether it is a header or not. */
int report_table(struct report *r, const struct span *header, size_t count);
int report_row(struct report *r, const struct span *cells, size_t count);
