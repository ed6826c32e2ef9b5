/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/conjunction.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "signatures/address.h"
#include "signatures/span.h"

const char conjunction_dropped[] = "its other conditions would be dropped";

static const char why_substring[] = "a substring rule";
static const char why_negation[] = "it says what it is not";
static const char why_port[] = "a port without an address";
static const char why_hash[] = "the hash of a file";

static const enum value_column columns[] = {
	[PART_NAME] = COLUMN_ANY,
	[PART_ADDRESS] = COLUMN_ANY,
	[PART_URL] = COLUMN_URL,
	[PART_PATH] = COLUMN_URL_PATH,
	[PART_AGENT] = COLUMN_USER_AGENT,
	[PART_CERT] = COLUMN_CERT,
	[PART_ASN] = COLUMN_ASN,
	[PART_OTHER] = COLUMN_ANY,
};

static size_t kept(const struct conjunction *c)
{
	return c->count < CONJUNCTION_PARTS_MAX ? c->count : CONJUNCTION_PARTS_MAX;
}

void conjunction_add(struct conjunction *c, const struct part *part)
{
	struct address_range range;

	if (c->count < CONJUNCTION_PARTS_MAX) {
		struct part *to = &c->parts[c->count];

		*to = *part;
		if (to->kind == PART_NAME &&
			address_range_parse(&range, to->value.at, to->value.bytes))
			to->kind = PART_ADDRESS;
	}
	c->count++;
	c->last_line = part->line;
}

void conjunction_refuse(const struct conjunction *c, const char *why, struct import_report *report)
{
	for (size_t i = 0; i < kept(c); i++)
		builder_refuse(report, c->parts[i].line, why);
	for (size_t i = CONJUNCTION_PARTS_MAX; i < c->count; i++)
		builder_refuse(report, c->last_line, why);
}

/* The value before the next delimiter; *rest is then behind it. */
static struct span next_value(struct span *rest, struct span delimiter)
{
	struct span first = *rest;
	const char *at = delimiter.bytes && rest->bytes
				 ? memmem(rest->at, rest->bytes, delimiter.at, delimiter.bytes)
				 : NULL;

	if (!at) {
		*rest = (struct span){"", 0};
		return first;
	}
	first.bytes = (size_t)(at - first.at);
	rest->at = at + delimiter.bytes;
	rest->bytes -= first.bytes + delimiter.bytes;
	return first;
}

/* A part that stands alone. */
static int offer_part(const struct part *part, const struct candidate *about, struct builder *b,
	struct import_report *report)
{
	const char *why = part->match == PART_IS_NOT ? why_negation
			  : part->kind == PART_PORT  ? why_port
			  : part->kind == PART_HASH  ? why_hash
			  : part->kind == PART_OTHER ? part->why
						     : NULL;
	struct candidate candidate = *about;
	struct span rest = part->value;
	int r;

	if (why) {
		builder_refuse(report, part->line, why);
		return 0;
	}
	candidate.line = part->line;
	candidate.column = columns[part->kind];
	if (part->match == PART_SUBSTRING) {
		candidate.advice = ADVICE_REFUSE;
		candidate.why = why_substring;
		if (part->kind == PART_AGENT)
			candidate.column = COLUMN_UA_PATTERN;
	}
	do {
		candidate.value = next_value(&rest, part->delimiter);
		r = builder_offer(b, report, &candidate);
	} while (r == 0 && rest.bytes);
	return r;
}

/* What there is of each kind; false when a part is no plain value. */
static bool count_kinds(const struct conjunction *c, unsigned ret_counts[PART_OTHER + 1],
	size_t ret_at[PART_OTHER + 1])
{
	for (size_t i = 0; i < kept(c); i++) {
		const struct part *part = &c->parts[i];
		struct span rest = part->value;

		(void)next_value(&rest, part->delimiter);
		if (part->match != PART_EQUALS || rest.bytes)
			return false;
		ret_counts[part->kind]++;
		ret_at[part->kind] = i;
	}
	return c->count <= CONJUNCTION_PARTS_MAX;
}

/* Nothing of it is seen on the wire: each part says why. */
static bool is_of_host(const struct conjunction *c)
{
	for (size_t i = 0; i < kept(c); i++) {
		if (c->parts[i].kind != PART_OTHER && c->parts[i].kind != PART_HASH)
			return false;
	}
	return c->count <= CONJUNCTION_PARTS_MAX;
}

/* Two parts that make one value: address and port, name and port, name and path. */
static int offer_pair(const struct conjunction *c, const struct part *first,
	const struct part *second, const struct candidate *about, struct builder *b,
	struct import_report *report)
{
	struct span a = span_trim(first->value), z = span_trim(second->value);
	bool is_v6 = first->kind == PART_ADDRESS && memchr(a.at, ':', a.bytes);
	bool is_path = second->kind == PART_PATH;
	struct candidate candidate = *about;
	char text[REFANG_BYTES_MAX];
	uint32_t port = 0;
	int n;

	if (a.bytes + z.bytes + 16 > sizeof(text) || memchr(a.at, '/', a.bytes) ||
		(is_path ? !span_begins(z, "/") : !span_number(z, UINT16_MAX, &port))) {
		conjunction_refuse(c, conjunction_dropped, report);
		return 0;
	}
	n = snprintf(text, sizeof(text), "%s%.*s%s%s%.*s",
		is_path ? "http://"
		: is_v6 ? "["
			: "",
		(int)a.bytes, a.at, is_v6 ? "]" : "", is_path ? "" : ":", (int)z.bytes, z.at);
	candidate.value = (struct span){text, (size_t)n};
	candidate.column = COLUMN_URL;
	candidate.line = first->line;
	return builder_offer(b, report, &candidate);
}

/* One part is offered, the others are refused. */
static int offer_one(const struct conjunction *c, size_t one, const struct candidate *about,
	struct builder *b, struct import_report *report)
{
	for (size_t i = 0; i < kept(c); i++) {
		if (i != one)
			builder_refuse(report, c->parts[i].line, conjunction_dropped);
	}
	return offer_part(&c->parts[one], about, b, report);
}

int conjunction_offer(const struct conjunction *c, const struct candidate *about, struct builder *b,
	struct import_report *report)
{
	unsigned counts[PART_OTHER + 1] = {0};
	size_t at[PART_OTHER + 1] = {0};
	bool is_plain = count_kinds(c, counts, at);
	const struct part *name = &c->parts[at[PART_NAME]], *address = &c->parts[at[PART_ADDRESS]];
	unsigned pairs = counts[PART_NAME] + counts[PART_ADDRESS];
	int r = 0;

	if (c->count <= 1)
		return c->count ? offer_part(&c->parts[0], about, b, report) : 0;
	if ((is_plain && counts[PART_CERT] == c->count) || is_of_host(c)) {
		for (size_t i = 0; r == 0 && i < c->count; i++)
			r = offer_part(&c->parts[i], about, b, report);
		return r;
	}
	/* a URL has name, address and port in it; a name that resolves to an address is enough */
	if (is_plain && counts[PART_URL] == 1 && c->count == 1 + pairs + counts[PART_PORT])
		return offer_one(c, at[PART_URL], about, b, report);
	if (is_plain && counts[PART_NAME] == 1 && c->count == pairs)
		return offer_one(c, at[PART_NAME], about, b, report);
	if (is_plain && c->count == 2 && pairs == 1 && counts[PART_PORT] == 1)
		return offer_pair(c, counts[PART_NAME] ? name : address, &c->parts[at[PART_PORT]],
			about, b, report);
	if (is_plain && c->count == 2 && counts[PART_NAME] == 1 && counts[PART_PATH] == 1)
		return offer_pair(c, name, &c->parts[at[PART_PATH]], about, b, report);
	conjunction_refuse(c, conjunction_dropped, report);
	return 0;
}
