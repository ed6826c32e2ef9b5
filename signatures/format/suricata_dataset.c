/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets and reputation lists of Suricata (docs.suricata.io, chapters Datasets and IP
 * Reputation): one value a line, of a string in base64 (RFC 4648 section 4), of an address or hash
 * as it is; behind a comma a reputation (datarep), or category and score of an address (iprep).
 * What the strings are, the rule says that loads them: only names, addresses and URLs show
 * themselves. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "signatures/address.h"
#include "signatures/format.h"
#include "signatures/span.h"

#define RECOGNISE_LINES_MAX 64
#define STRING_BYTES_MAX    REFANG_BYTES_MAX
#define CATEGORY_MAX        60
#define SCORE_MAX           127

enum kind {
	OTHER,
	STRING,
	STRING_RATED,
	ADDRESS,       /* alone: as likely a plain list */
	ADDRESS_RATED, /* address,reputation */
	ADDRESS_SCORED,
	HASH,
	HASH_RATED,
};

struct row {
	enum kind kind;
	struct span value;
	uint32_t number; /* reputation or score */
};

static const char why_category[] = "what the category of its reputation means stands elsewhere";

static int base64_digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* False: it is no base64, or too long. */
static bool decode(struct span s, char to[STRING_BYTES_MAX], size_t *ret_bytes)
{
	size_t padding = 0, used = 0;

	while (padding < 2 && padding < s.bytes && s.at[s.bytes - 1 - padding] == '=')
		padding++;
	if (!s.bytes || s.bytes % 4 || s.bytes / 4 * 3 > STRING_BYTES_MAX)
		return false;
	for (size_t i = 0; i < s.bytes; i += 4) {
		uint32_t group = 0;

		for (size_t j = i; j < i + 4; j++) {
			int digit = j >= s.bytes - padding ? 0 : base64_digit(s.at[j]);

			if (digit < 0)
				return false;
			group = group << 6 | (uint32_t)digit;
		}
		to[used++] = (char)(group >> 16);
		to[used++] = (char)(group >> 8);
		to[used++] = (char)group;
	}
	*ret_bytes = used - padding;
	return true;
}

/* UTF-8 without control characters: what a set of strings holds, and words are not by chance. */
static bool is_text(const char *text, size_t bytes)
{
	uint32_t c;

	for (size_t at = 0; at < bytes;) {
		unsigned n = text_char((const uint8_t *)text + at, bytes - at, &c);

		if (!n || c < ' ' || (c >= 0x7f && c < 0xa0))
			return false;
		at += n;
	}
	return bytes > 0;
}

static bool is_hash(struct span s)
{
	for (size_t i = 0; i < s.bytes; i++) {
		if (span_hex(s.at[i]) < 0)
			return false;
	}
	return s.bytes == 32 || s.bytes == 64;
}

static struct row read_row(struct span line)
{
	char decoded[STRING_BYTES_MAX];
	struct address_range range;
	struct span rest = line, first = span_trim(span_cut(&rest, ','));
	struct span second = span_trim(span_cut(&rest, ','));
	struct row row = {.kind = OTHER, .value = first};
	bool is_rated = second.bytes > 0, is_scored = rest.bytes > 0;
	size_t bytes = 0;

	if (is_rated && !span_number(second, is_scored ? CATEGORY_MAX : UINT16_MAX, &row.number))
		return row;
	if (is_scored && !span_number(span_trim(rest), SCORE_MAX, &row.number))
		return row;
	if (first.bytes && address_range_parse(&range, first.at, first.bytes) && !range.port)
		row.kind = is_scored ? ADDRESS_SCORED : is_rated ? ADDRESS_RATED : ADDRESS;
	else if (!is_scored && is_hash(first))
		row.kind = is_rated ? HASH_RATED : HASH;
	else if (!is_scored && decode(first, decoded, &bytes) && is_text(decoded, bytes))
		row.kind = is_rated ? STRING_RATED : STRING;
	return row;
}

/* All lines must be of one kind: what stands in a list by chance is not. */
static unsigned recognise(const struct document *d)
{
	static const unsigned scores[] = {[STRING] = 50,
		[STRING_RATED] = 60,
		[ADDRESS] = 20,
		[ADDRESS_RATED] = 50,
		[ADDRESS_SCORED] = 50,
		[HASH] = 25,
		[HASH_RATED] = 40};
	struct span_lines lines = span_lines(d->text);
	enum kind kind = OTHER;
	struct span line;

	if (d->syntax != SYNTAX_TEXT)
		return 0;
	while (lines.line < RECOGNISE_LINES_MAX && span_next_line(&lines, &line)) {
		struct row row;

		line = span_trim(line);
		if (!line.bytes || *line.at == '#')
			continue;
		row = read_row(line);
		if (row.kind == OTHER || (kind != OTHER && row.kind != kind))
			return 0;
		kind = row.kind;
	}
	return scores[kind];
}

static int offer_row(
	struct builder *b, struct import_report *report, const struct row *row, uint32_t line)
{
	char decoded[STRING_BYTES_MAX];
	struct candidate c = {.value = row->value, .line = line};
	size_t bytes = 0;

	if (row->kind == OTHER) {
		builder_refuse(report, line, "neither base64 of a text nor an address nor a hash");
		return 0;
	}
	if (row->kind == STRING || row->kind == STRING_RATED) {
		(void)decode(row->value, decoded, &bytes);
		c.value = (struct span){decoded, bytes};
	}
	if (row->kind == ADDRESS_SCORED) {
		c.confidence = (uint8_t)(row->number > 100 ? 100 : row->number);
		c.advice = ADVICE_REVIEW;
		c.why = why_category;
	}
	return builder_offer(b, report, &c);
}

static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	struct span_lines lines = span_lines(d->text);
	struct span line;
	int r = 0;

	while (r == 0 && span_next_line(&lines, &line)) {
		struct row row;

		line = span_trim(line);
		if (!line.bytes || *line.at == '#')
			continue;
		row = read_row(line);
		r = offer_row(b, report, &row, lines.line);
	}
	return r;
}

const struct format suricata_dataset_format = {
	.name = "suricata-dataset",
	.summary = "Suricata datasets (base64 strings, addresses, hashes) and reputation lists",
	.recognise = recognise,
	.load = load,
};
