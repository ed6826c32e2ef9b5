/* SPDX-License-Identifier: Apache-2.0 */
/* Meta's threat research, comma or tab separated, in its two layouts: of 2020 to 2022
 * `indicator_type,indicator_value,comment,ds`; since 2023 by the Online Operations Kill Chain
 * `Tactic,Technique,Procedure,Indicator` and a note, without a type, where the indicator may as
 * well be prose, a count or an account. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "signatures/csv.h"
#include "signatures/format.h"

struct columns {
	size_t value, note, technique; /* CSV_FIELDS_MAX: not there */
};

static struct csv_field trimmed(struct csv_field field)
{
	while (field.bytes && (*field.text == ' ' || *field.text == '\t')) {
		field.text++;
		field.bytes--;
	}
	while (field.bytes && strchr(" \t\r\n", field.text[field.bytes - 1]))
		field.bytes--;
	return field;
}

static bool is_named(struct csv_field field, const char *const *names)
{
	field = trimmed(field);
	for (; *names; names++) {
		if (strlen(*names) == field.bytes &&
			strncasecmp(field.text, *names, field.bytes) == 0)
			return true;
	}
	return false;
}

static size_t find_column(const struct csv *c, const char *const *names)
{
	for (size_t i = 0; i < c->field_count; i++) {
		if (is_named(c->fields[i], names))
			return i;
	}
	return CSV_FIELDS_MAX;
}

/* From the header row, which has been read. */
static bool find_columns(const struct csv *c, struct columns *ret)
{
	static const char *const value[] = {"indicator", "indicator_value", NULL};
	static const char *const before[] = {"procedure", "indicator_type", NULL};
	static const char *const note[] = {
		"comments", "comment", "commernts", "notes", "note", NULL};
	static const char *const technique[] = {"technique", NULL};

	ret->value = find_column(c, value);
	ret->note = find_column(c, note);
	ret->technique = find_column(c, technique);
	return ret->value < CSV_FIELDS_MAX && find_column(c, before) < CSV_FIELDS_MAX;
}

/* Reads the header with either separator. */
static int open_table(struct csv *c, struct columns *ret_columns, struct cursor text)
{
	static const char separators[] = {',', '\t'};

	for (size_t i = 0; i < ARRAY_LEN(separators); i++) {
		int r = csv_init(c, text, separators[i]);

		if (r < 0)
			return r;
		if (csv_next(c) == 1 && find_columns(c, ret_columns))
			return 0;
		csv_done(c);
	}
	return -EBADMSG;
}

static unsigned recognise(const struct document *d)
{
	struct columns columns;
	struct csv c;

	/* Zeek's `#fields` names the same columns */
	if (d->syntax != SYNTAX_TEXT || cur_peek(&d->text, 0) == '#' ||
		open_table(&c, &columns, d->text) < 0)
		return 0;
	csv_done(&c);
	return 90;
}

static bool is_blank_row(const struct csv *c)
{
	for (size_t i = 0; i < c->field_count; i++) {
		if (trimmed(c->fields[i]).bytes)
			return false;
	}
	return true;
}

static int offer_row(struct builder *b, struct import_report *report, const struct csv *c,
	const struct columns *columns)
{
	struct csv_field value = csv_field(c, columns->value);
	struct csv_field note = trimmed(csv_field(c, columns->note));
	struct candidate candidate = {.value = {value.text, value.bytes}, .line = c->line};

	if (c->damage) {
		builder_refuse(report, c->line, c->damage);
		return 0;
	}
	if (!note.bytes)
		note = trimmed(csv_field(c, columns->technique));
	candidate.context = (struct span){note.text, note.bytes};
	return builder_offer(b, report, &candidate);
}

static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	struct columns columns;
	struct csv c;
	int r = open_table(&c, &columns, d->text), more = 0;

	if (r == -EBADMSG)
		builder_break(report, 1, "the header names no column of indicators");
	if (r < 0)
		return r == -EBADMSG ? 0 : r;
	while (r == 0 && (more = csv_next(&c)) == 1) {
		if (!is_blank_row(&c))
			r = offer_row(b, report, &c, &columns);
	}
	if (more == -EBADMSG)
		builder_break(report, c.line, "a quotation mark is never closed");
	csv_done(&c);
	return r;
}

const struct format meta_csv_format = {
	.name = "meta-csv",
	.summary = "Meta threat research, comma or tab separated, with or without a type column",
	.recognise = recognise,
	.load = load,
};
