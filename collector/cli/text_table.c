/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/cli/text_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define GAP       2 /* blanks between columns */
#define NARROWEST 8 /* a column is not made narrower than this */

int table_begin(struct table *t)
{
	t->cells = calloc((TABLE_ROWS_HELD + 1) * t->count, sizeof(*t->cells));
	t->held = 0;
	t->flowing = false;
	t->hidden = t->optional;
	return t->cells ? 0 : -ENOMEM;
}

char *table_cell(struct table *t, size_t column)
{
	return t->cells[t->held * t->count + column];
}

void table_text(struct table *t, size_t column, const void *octets, size_t bytes)
{
	(void)text_terminal(table_cell(t, column), TABLE_CELL_BYTES, octets, bytes);
}

/* Characters of valid UTF-8. */
static size_t text_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* As much of a text as fits, with a mark where something is missing. */
static void put_cell(FILE *to, const char *text, size_t width)
{
	size_t have = text_width(text), at = 0, bytes = 0;

	if (have <= width) {
		(void)fputs(text, to);
		return;
	}
	for (; text[bytes]; bytes++) {
		if (((unsigned char)text[bytes] & 0xc0) != 0x80 && at++ == width - 1)
			break;
	}
	(void)fwrite(text, 1, bytes, to);
	(void)fputs("\xe2\x80\xa6", to); /* an ellipsis */
}

static bool is_hidden(const struct table *t, size_t column)
{
	return t->hidden >> column & 1;
}

static void put_row(
	struct table *t, const char *(*text)(const struct table *, size_t, size_t), size_t row)
{
	size_t last = t->count;

	while (last > 1 && (is_hidden(t, last - 1) || !*text(t, row, last - 1)))
		last--;
	(void)fputs(t->indent ? t->indent : "", t->to);
	for (size_t i = 0; i < last; i++) {
		const char *cell = text(t, row, i);
		size_t have = text_width(cell), width = t->widths[i];
		int pad = have < width ? (int)(width - have) : 0;

		if (is_hidden(t, i))
			continue;
		if (t->columns[i].right)
			(void)fprintf(t->to, "%*s", pad, "");
		put_cell(t->to, cell, width);
		if (i + 1 < last)
			(void)fprintf(t->to, "%*s", (t->columns[i].right ? 0 : pad) + GAP, "");
	}
	(void)fputc('\n', t->to);
}

static const char *title_of(const struct table *t, size_t row, size_t column)
{
	(void)row;
	return t->columns[column].title;
}

static const char *cell_of(const struct table *t, size_t row, size_t column)
{
	return t->cells[row * t->count + column];
}

/* Take from the widest column until all fit. */
static void fit(struct table *t)
{
	size_t room = t->width - (t->indent ? strlen(t->indent) : 0);

	for (;;) {
		size_t total = 0, widest = 0;

		for (size_t i = 0; i < t->count; i++) {
			if (is_hidden(t, i))
				continue;
			total += t->widths[i] + (i ? GAP : 0);
			if (!t->columns[i].right &&
				(t->columns[widest].right || t->widths[i] > t->widths[widest]))
				widest = i;
		}
		if (total <= room || t->columns[widest].right || t->widths[widest] <= NARROWEST)
			return;
		t->widths[widest]--;
	}
}

/* The rows at hand say how wide the columns are; from here on rows are written as they come. */
static void flow(struct table *t)
{
	bool titled = false;

	for (size_t i = 0; i < t->count; i++) {
		t->widths[i] = text_width(t->columns[i].title);
		titled = titled || *t->columns[i].title;
		for (size_t row = 0; row < t->held; row++) {
			size_t width = text_width(cell_of(t, row, i));

			t->hidden &= ~((unsigned)(width > 0) << i);
			t->widths[i] = width > t->widths[i] ? width : t->widths[i];
		}
	}
	if (t->width)
		fit(t);
	if (titled)
		put_row(t, title_of, 0);
	for (size_t row = 0; row < t->held; row++)
		put_row(t, cell_of, row);
	t->held = 0;
	t->flowing = true;
	memset(t->cells, 0, t->count * sizeof(*t->cells));
}

/* A column that was left out and is needed now: from here on the table has it. */
static void show_new(struct table *t)
{
	unsigned before = t->hidden;

	for (size_t i = 0; i < t->count; i++) {
		size_t width = text_width(cell_of(t, 0, i));

		if (!is_hidden(t, i) || !width)
			continue;
		t->hidden &= ~(1u << i);
		t->widths[i] = width > t->widths[i] ? width : t->widths[i];
	}
	if (t->hidden == before)
		return;
	if (t->width)
		fit(t);
	put_row(t, title_of, 0);
}

void table_row(struct table *t)
{
	if (t->flowing) {
		show_new(t);
		for (size_t i = 0; t->width == 0 && i < t->count; i++) {
			size_t width = text_width(cell_of(t, 0, i));

			t->widths[i] = width > t->widths[i] ? width : t->widths[i];
		}
		put_row(t, cell_of, 0);
		memset(t->cells, 0, t->count * sizeof(*t->cells));
		return;
	}
	if (++t->held == TABLE_ROWS_HELD)
		flow(t);
}

void table_end(struct table *t)
{
	if (t->cells && !t->flowing && t->held)
		flow(t);
	free(t->cells);
	t->cells = NULL;
}
