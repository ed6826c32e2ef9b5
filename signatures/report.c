/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/report.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "signatures/report_text.h"
#include "signatures/span.h"

#define WORDS_BYTES_MAX   65536
#define HEADING_BYTES_MAX 256

static const char why_clear[] = "in the clear, in a report that defangs its indicators";

int report_init(struct report *r, struct builder *b, struct import_report *import, bool defangs)
{
	*r = (struct report){.builder = b, .import = import, .defangs = defangs};
	r->words = malloc(WORDS_BYTES_MAX);
	return r->words ? 0 : -ENOMEM;
}

void report_done(struct report *r)
{
	free(steal(r->words));
}

/* Not a part of another word: "ioc" is in "sociocultural". */
static bool has_word(struct span text, const char *word)
{
	size_t bytes = strlen(word), at = 0;

	for (;;) {
		struct span rest = span_from(text, at);

		at += span_find(rest, word);
		if (at >= text.bytes)
			return false;
		if ((at == 0 || !isalnum((unsigned char)text.at[at - 1])) &&
			(at + bytes == text.bytes || !isalnum((unsigned char)text.at[at + bytes])))
			return true;
		at++;
	}
}

static bool has_one_of(struct span text, const char *const *words)
{
	for (; *words; words++) {
		if (has_word(text, *words))
			return true;
	}
	return false;
}

static bool speaks_of_indicators(struct span text)
{
	static const char *const words[] = {"indicator", "indicators", "ioc", "iocs", "malicious",
		"command and control", "c&c", "c2", NULL};

	return has_one_of(text, words);
}

/* What stands below may look like names and is none of the network, or not of the operation. */
static bool speaks_of_others(struct span text)
{
	static const char *const words[] = {"hash", "hashes", "file", "files", "sample", "samples",
		"mutex", "registry", "e-mail", "email", "emails", "account", "accounts", "handles",
		"personas", "wallets", "reference", "references", "links", "mitigation",
		"mitigations", "detection", "yara", "rules", "victims", "targets", "legitimate",
		"impersonated", "spoofed", NULL};

	return has_one_of(text, words);
}

/* The headings above say that indicators follow. The title of the whole report says so of what
 * stands right below it only. */
static bool heads_indicators(const struct report *r)
{
	if (speaks_of_others(r->headings[r->level]))
		return false;
	if (speaks_of_indicators(r->headings[r->level]))
		return true;
	for (unsigned level = r->title_level + 1; level < r->level; level++) {
		if (speaks_of_indicators(r->headings[level]))
			return true;
	}
	return false;
}

/* "Indicators of Compromise: X" and "X -- IOCs" are about X. */
static struct span subject_of(struct span title)
{
	static const char *const phrases[] = {"indicators of compromise", "iocs", NULL};

	for (const char *const *p = phrases; *p; p++) {
		size_t at = span_find(title, *p), bytes = strlen(*p);

		if (at == title.bytes)
			continue;
		if (at)
			title.bytes = at;
		else
			title = span_from(title, bytes);
		break;
	}
	title = span_trim(title);
	while (title.bytes && *title.at && strchr(":-(| ", *title.at))
		title = span_from(title, 1);
	while (title.bytes && title.at[title.bytes - 1] &&
		strchr(":-(| ", title.at[title.bytes - 1]))
		title.bytes--;
	return title;
}

void report_heading(struct report *r, unsigned level, struct span text)
{
	if (level < 1 || level > REPORT_LEVELS)
		return;
	text = report_bare(text);
	if (text.bytes > HEADING_BYTES_MAX)
		text.bytes = HEADING_BYTES_MAX;
	for (unsigned l = level; l <= REPORT_LEVELS; l++)
		r->headings[l] = (struct span){0};
	r->headings[level] = text;
	if (!r->level) {
		r->title_level = level;
		r->title = subject_of(text);
	}
	r->level = level;
	r->below_indicators = heads_indicators(r);
}

static struct candidate candidate_of(const struct report *r)
{
	return (struct candidate){
		.context = r->headings[r->level], .campaign = r->title, .line = r->line};
}

static int offer(struct report *r, struct span value)
{
	struct candidate candidate = candidate_of(r);

	candidate.value = value;
	return builder_offer(r->builder, r->import, &candidate);
}

static int offer_defanged(struct report *r, struct span text, bool *ret_any)
{
	struct span word;
	int e = 0;

	while (e == 0 && (word = report_word(&text)).bytes) {
		if (!report_is_defanged(word))
			continue;
		*ret_any = true;
		e = offer(r, word);
	}
	return e;
}

/* `- x`, `* x`, `1. x` */
static struct span without_mark(struct span text)
{
	struct span rest = span_trim(text), mark = span_word(&rest);

	if (rest.bytes && mark.bytes < 5 &&
		(span_is_of(mark, "-*+.") || span_is_of(mark, "0123456789.)")))
		return rest;
	return text;
}

/* One word in the clear that could be an indicator. Links are for people to follow. */
static int offer_clear(struct report *r, struct span text, bool code)
{
	struct span rest = report_bare(without_mark(text)), word = report_word(&rest);
	struct refanged value;

	if (!word.bytes || span_trim(rest).bytes || (!code && span_has(word, "://")) ||
		!r->below_indicators ||
		refang(&value, word.at, word.bytes, COLUMN_ANY, r->builder->suffixes))
		return 0;
	if (!r->defangs)
		return offer(r, word);
	builder_refuse(r->import, r->line, why_clear);
	return 0;
}

int report_line(struct report *r, struct span text, bool code)
{
	bool any = false;
	int e = offer_defanged(r, text, &any);

	return e == 0 && !any ? offer_clear(r, text, code) : e;
}

static int words_of_cells(struct report *r, const struct span *cells, size_t count, bool values)
{
	bool any = false;
	int e = 0;

	for (size_t i = 0; e == 0 && i < count; i++) {
		if (values || !r->has_columns || !columns_is_value(&r->columns, i))
			e = offer_defanged(r, cells[i], &any);
	}
	return e;
}

int report_table(struct report *r, const struct span *header, size_t count)
{
	struct span names[COLUMNS_MAX];
	bool outright = false;

	r->has_columns = false;
	for (size_t i = 0; i < count && i < COLUMNS_MAX; i++) {
		names[i] = report_bare(header[i]);
		outright |= has_word(names[i], "indicator") || has_word(names[i], "ioc") ||
			    has_word(names[i], "indicators") || has_word(names[i], "iocs");
	}
	if (count <= COLUMNS_MAX && (outright || r->below_indicators))
		r->has_columns = columns_read(&r->columns, names, count, r->builder->feed, false);
	if (!r->has_columns)
		return words_of_cells(r, header, count, true);
	if (!outright && r->defangs)
		r->columns.defanged_only = why_clear;
	return 0;
}

int report_row(struct report *r, const struct span *cells, size_t count)
{
	struct span fields[COLUMNS_MAX];
	struct columns_row row = {fields, count, candidate_of(r)};
	size_t used = 0;
	int e;

	if (!r->has_columns || count > COLUMNS_MAX)
		return words_of_cells(r, cells, count, true);
	for (size_t i = 0; i < count; i++) {
		size_t bytes = 0;

		if (columns_is_value(&r->columns, i))
			bytes = report_collect(r->words + used, WORDS_BYTES_MAX - used, cells[i]);
		fields[i] = bytes ? (struct span){r->words + used, bytes} : report_bare(cells[i]);
		used += bytes;
	}
	e = columns_offer(&r->columns, r->builder, r->import, &row);
	return e == 0 ? words_of_cells(r, cells, count, false) : e;
}
