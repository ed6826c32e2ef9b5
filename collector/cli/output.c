/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

#define TEXT_CHAR_SHOWN 20 /* one character, each of its octets as \xNN */

bool output_format_of(const char *name, enum output_format *ret)
{
	static const char *const names[] = {
		[OUTPUT_TABLE] = "table", [OUTPUT_JSON] = "json", [OUTPUT_CSV] = "csv"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i], name) == 0) {
			*ret = (enum output_format)i;
			return true;
		}
	}
	return false;
}

/* For a terminal, which would do what the octets say; a file keeps them. */
static void put_shown(const char *text, size_t bytes)
{
	char shown[TEXT_CHAR_SHOWN];
	uint32_t character;

	while (bytes) {
		size_t of_one = text_char((const uint8_t *)text, bytes, &character);

		of_one = of_one ? of_one : 1;
		(void)text_terminal(shown, sizeof(shown), text, of_one);
		(void)fputs(*text == '"' ? "\"\"" : shown, stdout);
		text += of_one;
		bytes -= of_one;
	}
}

/* RFC 4180. A program that opens it as a spreadsheet takes a cell that begins with one of these for
 * a formula (OWASP, CSV injection): an apostrophe goes before it. */
static void csv_text(const struct output *o, const char *text, size_t bytes)
{
	/* full-width = + - @ are taken for the plain ones */
	static const char wide[][4] = {"\uff1d", "\uff0b", "\uff0d", "\uff20"};
	bool formula = bytes && strchr("=+-@\t\r\n", text[0]);

	for (size_t i = 0; i < ARRAY_LEN(wide); i++)
		formula = formula || (bytes >= 3 && memcmp(text, wide[i], 3) == 0);

	(void)putchar('"');
	if (formula)
		(void)putchar('\'');
	if (o->to_terminal)
		put_shown(text, bytes);
	for (size_t i = 0; !o->to_terminal && i < bytes; i++) {
		if (text[i] == '"')
			(void)putchar('"');
		(void)putchar(text[i]);
	}
	(void)putchar('"');
}

static void csv_number(const struct output *o, const struct cell *cell, const struct field *f)
{
	const char *name = f && f->name_of ? f->name_of(cell->number) : NULL;

	if (name)
		csv_text(o, name, strlen(name));
	else if (f && (f->flags & FIELD_HEX))
		(void)printf(
			"%0*llx", 2 * (int)field_width(f->type), (unsigned long long)cell->number);
	else
		(void)printf("%llu", (unsigned long long)cell->number);
}

static void csv_cell(const struct output *o, const struct cell *cell, const struct field *f)
{
	char text[TEXT_ADDRESS_BYTES];

	if (cell->absent)
		return;
	if (f && (f->flags & FIELD_LIST)) {
		csv_text(o, cell->text, cell->bytes);
		return;
	}
	switch (cell->type) {
	case FIELD_TEXT:
		csv_text(o, cell->text, cell->bytes);
		return;
	case FIELD_ADDRESS:
		(void)text_address(text, cell->address);
		(void)fputs(text, stdout);
		return;
	case FIELD_TIME:
		(void)text_time(text, cell->number);
		(void)fputs(text, stdout);
		return;
	default:
		csv_number(o, cell, f);
	}
}

static void csv_row(struct output *o, const struct query_result *row)
{
	if (o->rows == 0)
		o->to_terminal = isatty(STDOUT_FILENO);
	for (size_t i = 0; o->rows == 0 && i < row->columns; i++)
		(void)printf("%s%s", i ? "," : "", row->names[i]);
	if (o->rows == 0)
		(void)putchar('\n');
	for (size_t i = 0; i < row->columns; i++) {
		if (i)
			(void)putchar(',');
		csv_cell(o, &row->cells[i], row->fields[i]);
	}
	(void)putchar('\n');
}

static void json_cell(struct json *j, const char *name, const struct cell *cell)
{
	char text[TEXT_TIME_BYTES];

	if (cell->absent)
		return;
	if (cell->type == FIELD_TEXT)
		json_text(j, name, cell->text, cell->bytes);
	else if (cell->type == FIELD_TIME)
		json_text(j, name, text, text_time(text, cell->number));
	else
		json_number(j, name, cell->number);
}

static void json_row(struct output *o, const struct query_result *row)
{
	json_clear(&o->text);
	if (row->record) {
		json_record(&o->text, row->record, row->tables);
	} else {
		json_open(&o->text, NULL, '{');
		for (size_t i = 0; i < row->columns; i++)
			json_cell(&o->text, row->names[i], &row->cells[i]);
		json_close(&o->text, '}');
	}
	json_raw_line_end(&o->text);
	if (!o->text.failed)
		(void)fwrite(o->text.text, 1, o->text.used, stdout);
}

static int table_put(struct output *o, const struct query_result *row)
{
	int r;

	if (o->rows == 0) {
		o->table = (struct table){.to = stdout,
			.columns = o->view->columns,
			.optional = o->view->optional,
			.count = o->view->count,
			.width = o->width};
		r = table_begin(&o->table);
		if (r)
			return r;
	}
	o->view->put(&o->table, row);
	table_row(&o->table);
	return 0;
}

int output_row(void *context, const struct query_result *row)
{
	struct output *o = context;
	int r = 0;

	if (o->format == OUTPUT_TABLE)
		r = table_put(o, row);
	else if (o->format == OUTPUT_JSON)
		json_row(o, row);
	else
		csv_row(o, row);
	o->rows++;
	if (r == 0 && o->text.failed)
		r = -ENOMEM;
	return r == 0 && ferror(stdout) ? -EPIPE : r;
}

void output_end(struct output *o)
{
	if (o->format == OUTPUT_TABLE)
		table_end(&o->table);
	json_done(&o->text);
}
