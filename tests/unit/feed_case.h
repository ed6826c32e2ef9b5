/* SPDX-License-Identifier: Apache-2.0 */
/* A feed in the test's own words, imported; what of it was kept and why the rest was not. */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "signatures/import.h"
#include "tests/unit/unit.h"

struct feed_case {
	struct suffix_list *suffixes;
	struct builder builder;
	struct import_report report;
	struct feed feed; /* of the next run */
	char error[256];
};

static inline int feed_case_set_up(void **state)
{
	struct feed_case *f = calloc(1, sizeof(*f));

	if (!f || suffix_list_new(&f->suffixes) < 0)
		return -1;
	builder_init(&f->builder, f->suffixes);
	*state = f;
	return 0;
}

static inline int feed_case_tear_down(void **state)
{
	struct feed_case *f = *state;

	builder_done(&f->builder);
	suffix_list_free(f->suffixes);
	free(f);
	return 0;
}

/* By force as that format, or with NULL as what it is recognised as. In memory of just that size,
 * so that a read past its end is seen. */
static inline int feed_case_bytes(
	struct feed_case *f, const char *format, const char *text, size_t bytes)
{
	struct import_options options = {.path = "a_feed.txt", .feed = &f->feed};
	_cleanup_(free_ptr) char *copy = malloc(bytes + !bytes);
	int r;

	assert_non_null(copy);
	memcpy(copy, text, bytes);
	if (format)
		assert_non_null(options.format = import_format(format));
	f->report = (struct import_report){.read = 0};
	r = import_text(&f->builder, cur_init(copy, bytes), &options, &f->report, f->error,
		sizeof(f->error));
	if (r == 0)
		assert_int_equal(f->report.read, f->report.accepted + f->report.reviewed +
							 f->report.refused + f->report.duplicates);
	return r;
}

/* Recognised as that format, and read. */
static inline void feed_case_read(struct feed_case *f, const char *format, const char *text)
{
	assert_int_equal(feed_case_bytes(f, NULL, text, strlen(text)), 0);
	assert_string_equal(f->report.format, format);
}

/* The same, and then by force. */
static inline void feed_case_read_twice(struct feed_case *f, const char *format, const char *text)
{
	feed_case_read(f, format, text);
	assert_int_equal(feed_case_bytes(f, format, text, strlen(text)), 0);
}

/* Cut off anywhere: it is read as far as it goes, or refused with a reason. */
static inline void feed_case_cuts(struct feed_case *f, const char *format, const char *text)
{
	for (size_t bytes = 0; bytes <= strlen(text); bytes++) {
		int r = feed_case_bytes(f, format, text, bytes);

		assert_true(r == 0 || (r == -EBADMSG && *f->error));
	}
}

/* At every length, as what it is recognised as and by force; by force nothing is an error. */
static inline void feed_case_prefixes(struct feed_case *f, const char *format, const char *text)
{
	for (size_t bytes = 0; bytes <= strlen(text); bytes++) {
		(void)feed_case_bytes(f, NULL, text, bytes);
		assert_int_equal(feed_case_bytes(f, format, text, bytes), 0);
	}
}

static inline size_t feed_case_count(const struct feed_case *f)
{
	return f->builder.count - f->builder.file_begin;
}

static inline const struct indicator *feed_case_item(const struct feed_case *f, size_t number)
{
	assert_true(number < feed_case_count(f));
	return &f->builder.items[f->builder.file_begin + number];
}

/* The values kept, in their order, each with its line: "a.example.org 2, ..." */
static inline const char *feed_case_values(const struct feed_case *f, char *to, size_t size)
{
	size_t used = 0;

	to[0] = '\0';
	for (size_t i = 0; i < feed_case_count(f); i++) {
		const struct indicator *item = feed_case_item(f, i);

		used += (size_t)snprintf(
			to + used, size - used, "%s%s %u", i ? ", " : "", item->value, item->line);
		assert_true(used < size);
	}
	return to;
}

/* The indicator of that value; NULL: there is none. */
static inline const struct indicator *feed_case_find(const struct feed_case *f, const char *value)
{
	for (size_t i = 0; i < feed_case_count(f); i++) {
		if (strcmp(feed_case_item(f, i)->value, value) == 0)
			return feed_case_item(f, i);
	}
	return NULL;
}

static inline const struct indicator *feed_case_expect(const struct feed_case *f,
	enum indicator_type type, const char *value, enum indicator_advice advice)
{
	const struct indicator *item = feed_case_find(f, value);

	if (!item)
		fail_msg("%s was not read", value);
	assert_string_equal(indicator_type_name(item->type), indicator_type_name(type));
	assert_string_equal(indicator_advice_name(item->advice), indicator_advice_name(advice));
	return item;
}

/* What was read last is broken in that line; `why` is in what is said of it. */
static inline void feed_case_expect_broken(
	const struct feed_case *f, const char *text, uint32_t line, const char *why)
{
	if (f->report.broken_line != line || !strstr(f->report.broken_why, why))
		fail_msg("%s: line %u: %s", text, f->report.broken_line,
			f->report.broken_line ? f->report.broken_why : "taken");
}

/* How often that was said. */
static inline uint64_t feed_case_reason(const struct feed_case *f, const char *text)
{
	uint64_t sum = 0;

	for (size_t n = 0; n < f->report.reason_count; n++) {
		if (strcmp(f->report.reasons[n].text, text) == 0)
			sum += f->report.reasons[n].count;
	}
	return sum;
}

/* How often something was refused for that reason. */
static inline uint64_t feed_case_refused(const struct feed_case *f, const char *text)
{
	for (size_t n = 0; n < f->report.reason_count; n++) {
		if (strcmp(f->report.reasons[n].text, text) == 0 &&
			f->report.reasons[n].advice == ADVICE_REFUSE)
			return f->report.reasons[n].count;
	}
	return 0;
}

#define assert_values(f, text)                                                                     \
	do {                                                                                       \
		char values_[4096];                                                                \
		assert_string_equal(feed_case_values(f, values_, sizeof(values_)), text);          \
	} while (0)
