/* SPDX-License-Identifier: Apache-2.0 */
/* Indicators out through an export and in again: what is not the same any more. */
#pragma once

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "signatures/export.h"
#include "signatures/import.h"
#include "signatures/review.h"
#include "signatures/said.h"

static const struct {
	const char *name, *format; /* to write, to read it again */
} export_identities[] = {
	{"pack", "pack"}, {"stix", "stix2"}, {"misp", "misp"}, {"zeek", "zeek-intel"}};

/* Zeek has no schemes. */
static inline const char *identity_value(const struct indicator *item, const char *name)
{
	const char *host = strcmp(name, "zeek") == 0 && item->type == INDICATOR_URL
				   ? strstr(item->value, "://")
				   : NULL;

	return host ? host + 3 : item->value;
}

static inline bool identity_is_utf8(const char *text)
{
	size_t left = strlen(text);

	while (left) {
		uint32_t c;
		unsigned used = text_char((const uint8_t *)text, left, &c);

		if (!used)
			return false;
		text += used;
		left -= used;
	}
	return true;
}

/* Texts that are not UTF-8 are written as what stands for them. */
static inline bool identity_is_text(const struct indicator *item)
{
	bool is_text = identity_is_utf8(item->value) &&
		       identity_is_utf8(item->expression ? item->expression : "");

	for (enum said key = 0; key < SAID_KEYS; key++) {
		char room[SAID_BYTES];

		is_text &= identity_is_utf8(said_text(item, key, room));
	}
	return is_text;
}

static inline const struct indicator *identity_find(
	const struct builder *b, const struct indicator *item, const char *name)
{
	for (size_t i = 0; i < b->count; i++) {
		if (b->items[i].type == item->type &&
			strcmp(identity_value(&b->items[i], name), identity_value(item, name)) == 0)
			return &b->items[i];
	}
	return NULL;
}

/* The key that says something else; NULL: all is the same. */
static inline const char *identity_difference(
	const struct indicator *item, const struct indicator *again)
{
	for (enum said key = 0; key < SAID_KEYS; key++) {
		char a[SAID_BYTES], b[SAID_BYTES];

		if (strcmp(said_text(item, key, a), said_text(again, key, b)) != 0)
			return said_key(key);
	}
	if (item->look.kinds != again->look.kinds ||
		strcmp(item->look.except, again->look.except) != 0)
		return "kinds and exceptions";
	if (item->type == INDICATOR_SIGNATURE && strcmp(item->expression, again->expression) != 0)
		return "condition";
	return item->scope == again->scope && item->advice == again->advice ? NULL : "advice";
}

#define IDENTITY_MADE 1767225600 /* 2026-01-01 */

/* Owned by the caller. */
static inline char *identity_write(const char *name, const struct indicator *items, size_t count,
	size_t *ret_bytes, struct export_report *ret_report)
{
	const struct export_set set = {items, count, IDENTITY_MADE};
	char *text = NULL;
	FILE *to = open_memstream(&text, ret_bytes);
	int r;

	assert(to);
	r = export_write(to, export_format(name), &set, ret_report);
	assert(r == 0 && fclose(to) == 0);
	return text;
}

/* Says what is lost or another, or "". The items are without repeats, and pass the gate. */
static inline void identity_check(char to[512], size_t number, const struct suffix_list *suffixes,
	const struct indicator *items, size_t count)
{
	const char *name = export_identities[number].name;
	struct import_options options = {
		.path = "again", .format = import_format(export_identities[number].format)};
	struct export_report written;
	_cleanup_(free_ptr) struct import_report *report = calloc(1, sizeof(*report));
	struct builder b;
	char error[256] = "";
	size_t bytes;
	char *text = identity_write(name, items, count, &bytes, &written);
	int r;

	assert(report);
	builder_init(&b, suffixes);
	r = import_text(&b, cur_init(text, bytes), &options, report, error, sizeof(error));
	to[0] = '\0';
	if (r < 0 || report->broken_line)
		(void)snprintf(to, 512, "%s: line %u: %s", name, report->broken_line,
			r < 0 ? error : report->broken_why);
	for (size_t i = 0; i < count && !*to; i++) {
		const struct indicator *again = identity_find(&b, &items[i], name);
		const char *key = "value";

		if (export_format(name)->why_not(&items[i]) || !identity_is_text(&items[i]))
			continue;
		if (again && again->advice == ADVICE_NOT_AN_INDICATOR)
			continue; /* also the address of a report, in MISP */
		if (again)
			key = identity_difference(&items[i], again);
		if (key)
			(void)snprintf(to, 512, "%s: %s of %.200s", name, key, items[i].value);
	}
	builder_done(&b);
	free(text);
}
