/* SPDX-License-Identifier: Apache-2.0 */
/* Reports in Markdown (CommonMark 0.31.2; tables as GitHub Flavored Markdown 0.29, section 4.10)
 * and AsciiDoc (https://docs.asciidoctor.org/asciidoc/latest/): headings, lists, code and tables,
 * as far as they matter for which words are indicators (report.h). */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "signatures/format.h"
#include "signatures/report.h"
#include "signatures/report_text.h"
#include "signatures/span.h"

#define RECOGNISE_LINES_MAX 400

struct reader {
	struct report report;
	struct cursor text;
	struct span last;     /* line before this one, for a heading that is underlined */
	struct span fence;    /* that began the code; empty: not in code */
	struct span settings; /* `[...]` above a block of AsciiDoc */
	bool asciidoc;
};

/* Signs of a heading at the begin of a line, with a blank behind; 0: none. */
static unsigned heading_level(struct span line, char sign)
{
	size_t n = 0;

	while (n < line.bytes && line.at[n] == sign)
		n++;
	return n >= 1 && n <= REPORT_LEVELS && n < line.bytes && line.at[n] == ' ' ? (unsigned)n
										   : 0;
}

/* Three or more of one sign and nothing else. */
static bool is_rule(struct span line, char sign)
{
	const char set[] = {sign, '\0'};

	line = span_trim(line);
	return line.bytes >= 3 && span_is_of(line, set);
}

static bool is_fence(struct span line)
{
	line = span_trim(line);
	return span_begins(line, "```") || span_begins(line, "~~~");
}

/* `|===` of AsciiDoc. */
static bool is_table_mark(struct span line)
{
	line = span_trim(line);
	return line.bytes >= 4 && *line.at == '|' && is_rule(span_from(line, 1), '=');
}

/* `| :--- | --- |` below the header of a table of Markdown. */
static bool is_delimiter(struct span line)
{
	return span_has(line, "-") && span_has(line, "|") && span_is_of(line, "|:- \t");
}

/* Four words and more that begin like a sentence. */
static bool is_prose(struct span line)
{
	struct span first = span_word(&line);

	if (!first.bytes || !isalpha((unsigned char)*first.at) || span_has_any(first, ".:/\\"))
		return false;
	for (unsigned i = 0; i < 3; i++) {
		if (!span_word(&line).bytes)
			return false;
	}
	return true;
}

struct marks {
	unsigned headings, sections, titles, blocks, prose;
};

static void count_marks(struct marks *m, struct span line)
{
	unsigned level = heading_level(line, '#'), title = heading_level(line, '=');

	m->headings += level > 0;
	m->sections += level > 1;
	m->titles += title > 0;
	if (level || title)
		return;
	m->blocks += is_fence(line) || is_delimiter(line) || is_table_mark(line) ||
		     span_has(line, "](");
	m->prose += is_prose(line);
}

/* Lists have comments that look like headings, and rules like prose; neither has tables, code and
 * links. */
static unsigned recognise(const struct document *d)
{
	struct cursor text = d->text;
	struct marks m = {0};
	struct span line;

	if (d->syntax != SYNTAX_TEXT)
		return 0;
	for (unsigned i = 0; i < RECOGNISE_LINES_MAX && span_line(&text, &line); i++)
		count_marks(&m, line);
	if ((m.headings || m.titles) && m.blocks)
		return 60;
	if (m.titles > 1)
		return 40;
	return m.sections && m.prose > 1 ? 25 : 0;
}

static bool is_asciidoc(struct cursor text)
{
	struct marks m = {0};
	struct span line;

	while (span_line(&text, &line))
		count_marks(&m, line);
	return m.titles > m.headings;
}

static bool text_defangs(struct cursor text)
{
	struct span line;

	while (span_line(&text, &line)) {
		if (report_defangs(line))
			return true;
	}
	return false;
}

/* The cells of one line of a table of Markdown. */
static size_t split_row(struct span line, struct span cells[COLUMNS_MAX + 1])
{
	size_t count = 0, begin = 0;

	line = span_trim(line);
	if (line.bytes && *line.at == '|')
		line = span_from(line, 1);
	if (line.bytes && line.at[line.bytes - 1] == '|')
		line.bytes--;
	for (size_t i = 0; i <= line.bytes; i++) {
		if (i < line.bytes && (line.at[i] != '|' || (i > begin && line.at[i - 1] == '\\')))
			continue;
		if (count <= COLUMNS_MAX)
			cells[count++] = span_trim((struct span){line.at + begin, i - begin});
		begin = i + 1;
	}
	return count;
}

/* Below its header, which has been read: the delimiter and the rows. */
static int read_markdown_table(struct reader *rd, struct span header)
{
	struct span cells[COLUMNS_MAX + 1], line;
	int e = report_table(&rd->report, cells, split_row(header, cells));

	(void)span_line(&rd->text, &line);
	rd->report.line++;
	while (e == 0) {
		struct cursor before = rd->text;

		if (!span_line(&rd->text, &line))
			break;
		if (!span_has(line, "|")) {
			rd->text = before;
			break;
		}
		rd->report.line++;
		e = report_row(&rd->report, cells, split_row(line, cells));
	}
	return e;
}

static bool next_is_delimiter(const struct reader *rd)
{
	struct cursor ahead = rd->text;
	struct span line;

	return span_line(&ahead, &line) && is_delimiter(line);
}

/* Up to the mark that ends the table; *ret is what lies before it. */
static void take_table(struct reader *rd, struct span *ret)
{
	const char *begin = (const char *)rd->text.pos;
	struct span line;

	*ret = (struct span){begin, 0};
	while (span_line(&rd->text, &line)) {
		rd->report.line++;
		if (is_table_mark(line))
			return;
		ret->bytes = (size_t)((const char *)rd->text.pos - begin);
	}
}

/* Up to the next stroke that is not escaped; *rest moves behind it. */
static struct span take_cell(struct span *rest)
{
	struct span cell = {rest->at, 0};

	while (cell.bytes < rest->bytes &&
		(rest->at[cell.bytes] != '|' || (cell.bytes && rest->at[cell.bytes - 1] == '\\')))
		cell.bytes++;
	*rest = span_from(*rest, cell.bytes < rest->bytes ? cell.bytes + 1 : cell.bytes);
	return cell;
}

/* One column, or as many as `3*` says. */
static size_t columns_of_part(struct span part)
{
	size_t n = 0, digits = 0;

	part = span_trim(part);
	while (digits < part.bytes && digits < 2 && isdigit((unsigned char)part.at[digits]))
		n = n * 10 + (size_t)(part.at[digits++] - '0');
	return digits && digits < part.bytes && part.at[digits] == '*' ? n : 1;
}

/* `cols="1,2*,1"` in what stands above the table; 0: nothing does. */
static size_t columns_of_settings(struct span settings)
{
	static const char key[] = "cols=";
	size_t count = 0, at = span_find(settings, key), begin;

	if (at == settings.bytes)
		return 0;
	at += sizeof(key) - 1;
	begin = at += at < settings.bytes && settings.at[at] == '"';
	for (; at <= settings.bytes; at++) {
		char c = at < settings.bytes ? settings.at[at] : ']';

		if (c != ',' && c != '"' && c != ']')
			continue;
		count += columns_of_part((struct span){settings.at + begin, at - begin});
		begin = at + 1;
		if (c != ',')
			break;
	}
	return count;
}

/* Without settings a table has as many columns as its first line has cells. */
static size_t columns_of_line(struct span table)
{
	struct cursor lines = cur_init(table.at, table.bytes);
	struct span line = {0};
	size_t count = 0;

	while (!span_trim(line).bytes && span_line(&lines, &line))
		;
	for (size_t i = 0; i < line.bytes; i++)
		count += line.at[i] == '|' && (i == 0 || line.at[i - 1] != '\\');
	return count;
}

static uint32_t line_ends(const char *from, const char *to)
{
	uint32_t n = 0;

	for (; from < to; from++)
		n += *from == '\n' || (*from == '\r' && (from + 1 == to || from[1] != '\n'));
	return n;
}

/* Cells in the order of rows, wherever their lines end. */
static int read_asciidoc_table(struct reader *rd)
{
	struct span cells[COLUMNS_MAX], rest;
	uint32_t line = rd->report.line + 1, last;
	size_t width = columns_of_settings(rd->settings), count = 0;
	bool has_header = false;
	const char *counted;
	int e = 0;

	take_table(rd, &rest);
	last = rd->report.line;
	counted = rest.at;
	if (!width)
		width = columns_of_line(rest);
	width = width < 1 ? 1 : width > COLUMNS_MAX ? COLUMNS_MAX : width;
	rd->settings = (struct span){0};
	(void)take_cell(&rest);
	while (e == 0 && rest.bytes) {
		if (count == 0) {
			line += line_ends(counted, rest.at);
			counted = rest.at;
			rd->report.line = line;
		}
		cells[count++] = take_cell(&rest);
		if (count < width && rest.bytes)
			continue;
		e = has_header ? report_row(&rd->report, cells, count)
			       : report_table(&rd->report, cells, count);
		has_header = true;
		count = 0;
	}
	rd->report.line = last;
	return e;
}

static bool opens_code(const struct reader *rd, struct span line)
{
	return is_fence(line) || (rd->asciidoc && (is_rule(line, '-') || is_rule(line, '.')) &&
					 span_trim(line).bytes >= 4);
}

/* The same sign, at least as often, and nothing behind. */
static bool closes_code(const struct reader *rd, struct span line)
{
	line = span_trim(line);
	return is_rule(line, *rd->fence.at);
}

/* The line before is a heading when this one underlines it. */
static unsigned underline_level(const struct reader *rd, struct span line)
{
	if (rd->asciidoc || !span_trim(rd->last).bytes || span_has(rd->last, "|"))
		return 0;
	return is_rule(line, '=') ? 1 : is_rule(line, '-') ? 2 : 0;
}

static struct span heading_text(struct span line, unsigned level)
{
	line = span_trim(span_from(line, level));
	while (line.bytes && line.at[line.bytes - 1] == '#')
		line.bytes--;
	return line;
}

static int read_line(struct reader *rd, struct span line)
{
	struct report *r = &rd->report;
	unsigned level = heading_level(line, '#');

	if (rd->fence.bytes) {
		if (closes_code(rd, line))
			rd->fence.bytes = 0;
		return rd->fence.bytes ? report_line(r, line, true) : 0;
	}
	if (opens_code(rd, line)) {
		rd->fence = span_trim(line);
		return 0;
	}
	if (!level && rd->asciidoc)
		level = heading_level(line, '=');
	if (level) {
		report_heading(r, level, heading_text(line, level));
		return 0;
	}
	level = underline_level(rd, line);
	if (level) {
		report_heading(r, level, span_trim(rd->last));
		return 0;
	}
	if (rd->asciidoc && is_table_mark(line))
		return read_asciidoc_table(rd);
	if (span_has(line, "|") && next_is_delimiter(rd))
		return read_markdown_table(rd, line);
	return report_line(r, line, false);
}

static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	struct reader rd = {.text = d->text, .asciidoc = is_asciidoc(d->text)};
	struct span line;
	int e = report_init(&rd.report, b, report, text_defangs(d->text));

	while (e == 0 && span_line(&rd.text, &line)) {
		rd.report.line++;
		e = read_line(&rd, line);
		if (span_begins(line, "[") || !span_trim(line).bytes)
			rd.settings = line;
		rd.last = line;
	}
	report_done(&rd.report);
	return e;
}

const struct format markdown_format = {
	.name = "markdown",
	.summary = "report in Markdown or AsciiDoc: what is defanged, and tables of indicators",
	.recognise = recognise,
	.load = load,
};
