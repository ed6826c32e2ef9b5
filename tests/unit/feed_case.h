/* SPDX-License-Identifier: Apache-2.0 */
/* A feed in the test's own words, imported; what of it was kept and why the rest was not. */
#pragma once

#include <errno.h>
#include <stdio.h>

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

static inline int feed_case_bytes(
	struct feed_case *f, const char *format, const char *text, size_t bytes)
{
	struct import_options options = {.path = "a_feed.txt", .feed = &f->feed};
	int r;

	if (format)
		assert_non_null(options.format = import_format(format));
	r = import_text(&f->builder, cur_init(text, bytes), &options, &f->report, f->error,
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

/* At every length, as what it is recognised as and by force; by force nothing is an error. */
static inline void feed_case_prefixes(struct feed_case *f, const char *format, const char *text)
{
	for (size_t bytes = 0; bytes <= strlen(text); bytes++) {
		/* of its own, so that the address sanitizer sees its end */
		_cleanup_(free_ptr) char *copy = malloc(bytes ? bytes : 1);

		assert_non_null(copy);
		memcpy(copy, text, bytes);
		(void)feed_case_bytes(f, NULL, copy, bytes);
		assert_int_equal(feed_case_bytes(f, format, copy, bytes), 0);
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

static inline uint64_t feed_case_reason(const struct feed_case *f, const char *text)
{
	for (size_t n = 0; n < f->report.reason_count; n++) {
		if (strcmp(f->report.reasons[n].text, text) == 0)
			return f->report.reasons[n].count;
	}
	return 0;
}

#define assert_values(f, text)                                                                     \
	do {                                                                                       \
		char values_[4096];                                                                \
		assert_string_equal(feed_case_values(f, values_, sizeof(values_)), text);          \
	} while (0)
