/* SPDX-License-Identifier: Apache-2.0 */
/* Any table with a header, separated by commas, tabs, semicolons or strokes (RFC 4180 as it comes,
 * see csv.h). Lines that begin with `#` are comments; the header may be the last of them before the
 * rows, as abuse.ch writes it. */
#include <errno.h>

#include "base/cleanup.h"
#include "signatures/csv.h"
#include "signatures/format.h"
#include "signatures/span.h"
#include "signatures/table_columns.h"

struct table {
	struct csv csv;
	struct columns columns;
	bool by_comment; /* the header was one */
};

/* What stands before the first row: where it is, and the last comment that says something. */
struct preamble {
	struct cursor rows;
	uint32_t line;
	struct span comment;
	bool certificates; /* it speaks of them */
};

static struct span without_signs(struct span comment)
{
	while (comment.bytes && (*comment.at == '#' || span_blank_at(comment, 0)))
		comment = span_from(comment, 1);
	while (comment.bytes && comment.at[comment.bytes - 1] == '#')
		comment.bytes--;
	return span_trim(comment);
}

static struct preamble read_preamble(struct cursor text)
{
	struct preamble p = {.rows = text, .line = 1};
	struct span line;

	while (span_line(&text, &line)) {
		line = span_trim(line);
		if (line.bytes && *line.at != '#')
			break;
		line = without_signs(line);
		if (line.bytes)
			p.comment = line;
		p.certificates |= span_has(line, "certificate");
		p.rows = text;
		p.line++;
	}
	return p;
}

static size_t spans_of(const struct csv *c, struct span to[COLUMNS_MAX])
{
	for (size_t i = 0; i < c->field_count; i++)
		to[i] = (struct span){c->fields[i].text, c->fields[i].bytes};
	return c->field_count;
}

/* The header of a text read with that separator; 1, 0 when it is none, -ENOMEM. */
static int read_header(struct columns *ret, struct cursor text, char separator,
	const struct feed *feed, bool certificates)
{
	struct span names[COLUMNS_MAX];
	struct csv c;
	int r = csv_init(&c, text, separator);

	if (r < 0)
		return r;
	r = csv_next(&c) == 1 && !c.damage &&
	    columns_read(ret, names, spans_of(&c, names), feed, certificates);
	csv_done(&c);
	return r;
}

/* With the separator that makes the most of it; *ret_separator 0: it is no header. */
static int find_separator(struct columns *ret, char *ret_separator, struct cursor text,
	const struct feed *feed, bool certificates)
{
	static const char separators[] = {',', '\t', ';', '|'};
	struct columns columns = {.known = 0};

	*ret_separator = '\0';
	*ret = columns;
	for (size_t i = 0; i < ARRAY_LEN(separators); i++) {
		int r = read_header(&columns, text, separators[i], feed, certificates);

		if (r < 0)
			return r;
		if (r == 0 || (*ret_separator && columns.count <= ret->count))
			continue;
		*ret = columns;
		*ret_separator = separators[i];
	}
	return 0;
}

/* A comment is one only when it names two columns that are known: else a list below the word
 * `domain` would be a table, and a rule that was commented out. Zeek writes `#fields` and is
 * another format. */
static int header_of_comment(
	struct table *t, char *ret_separator, const struct preamble *p, const struct feed *feed)
{
	int r = find_separator(&t->columns, ret_separator,
		cur_init(p->comment.at, p->comment.bytes), feed, p->certificates);

	if (t->columns.count < 2 || t->columns.known < 2 || span_begins(p->comment, "fields"))
		*ret_separator = '\0';
	t->by_comment = *ret_separator;
	return r;
}

/* Reads up to the first row below the header; -EBADMSG: there is none, *ret_line is where it should
 * be. */
static int open_table(
	struct table *t, struct cursor text, const struct feed *feed, uint32_t *ret_line)
{
	struct preamble p = read_preamble(text);
	char separator;
	int r;

	*t = (struct table){.by_comment = false};
	*ret_line = p.line;
	r = find_separator(&t->columns, &separator, p.rows, feed, p.certificates);
	if (r == 0 && !separator)
		r = header_of_comment(t, &separator, &p, feed);
	if (r == 0 && !separator)
		return -EBADMSG;
	if (r == 0)
		r = csv_init(&t->csv, p.rows, separator);
	if (r < 0)
		return r;
	t->csv.next_line = p.line;
	if (!t->by_comment)
		(void)csv_next(&t->csv);
	return 0;
}

/* Less than any format that knows its own columns. */
static unsigned recognise(const struct document *d)
{
	static const struct feed nothing_said;
	unsigned score;
	struct table t;
	uint32_t line;

	if (d->syntax != SYNTAX_TEXT || cur_peek(&d->text, 0) == '|' ||
		open_table(&t, d->text, &nothing_said, &line) < 0)
		return 0;
	score = t.columns.count < 2 ? 20 : t.columns.known < 2 ? 40 : 50;
	csv_done(&t.csv);
	return score;
}

static bool is_blank(const struct span *fields, size_t from, size_t count)
{
	while (from < count && !span_trim(fields[from]).bytes)
		from++;
	return from >= count;
}

static int offer_row(struct builder *b, struct import_report *report, const struct table *t)
{
	struct span fields[COLUMNS_MAX];
	struct columns_row row = {fields, spans_of(&t->csv, fields), .base = {.line = t->csv.line}};

	if (is_blank(fields, 0, row.count))
		return 0;
	if (t->csv.damage)
		builder_refuse(report, t->csv.line, t->csv.damage);
	else if (row.count < t->columns.count || !is_blank(fields, t->columns.count, row.count))
		builder_refuse(report, t->csv.line, "not as many fields as the header has");
	else
		return columns_offer(&t->columns, b, report, &row);
	return 0;
}

static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	struct table t;
	uint32_t line;
	int r = open_table(&t, d->text, b->feed, &line), more = 1;

	if (r == -EBADMSG)
		builder_break(report, line, "the header does not name the columns that are needed");
	if (r < 0)
		return r == -EBADMSG ? 0 : r;
	while (r == 0 && more == 1) {
		if (cur_peek(&t.csv.in, 0) == '#') {
			(void)csv_skip_line(&t.csv);
			continue;
		}
		more = csv_next(&t.csv);
		if (more == 1)
			r = offer_row(b, report, &t);
	}
	if (more == -EBADMSG)
		builder_break(report, t.csv.line, "a quotation mark is never closed");
	csv_done(&t.csv);
	return r;
}

const struct format csv_table_format = {
	.name = "csv",
	.summary = "table with a header, separated by , tab ; or |",
	.recognise = recognise,
	.load = load,
};
