/* SPDX-License-Identifier: Apache-2.0 */
/* A feed in memory through one format, for the tests of the formats. */
#pragma once

#include <errno.h>
#include <stdlib.h>

#include "signatures/import.h"
#include "tests/unit/unit.h"

struct feed_read {
	struct suffix_list *suffixes;
	struct builder builder;
	struct import_report report;
	char error[256];
};

static int feed_set_up(void **state)
{
	struct feed_read *f = calloc(1, sizeof(*f));

	if (!f || suffix_list_new(&f->suffixes) < 0)
		return -1;
	builder_init(&f->builder, f->suffixes);
	*state = f;
	return 0;
}

static int feed_tear_down(void **state)
{
	struct feed_read *f = *state;

	builder_done(&f->builder);
	suffix_list_free(f->suffixes);
	free(f);
	return 0;
}

/* In memory of just that size, so that a read past its end is seen. */
static inline int feed_read_octets(
	struct feed_read *f, const char *format, const char *text, size_t bytes)
{
	struct import_options options = {.path = "feed", .format = import_format(format)};
	_cleanup_(free_ptr) char *copy = malloc(bytes + !bytes);
	int r;

	assert_non_null(copy);
	assert_non_null(options.format);
	memcpy(copy, text, bytes);
	r = import_text(&f->builder, cur_init(copy, bytes), &options, &f->report, f->error,
		sizeof(f->error));
	if (r == 0)
		assert_int_equal(f->report.read, f->report.accepted + f->report.reviewed +
							 f->report.refused + f->report.duplicates);
	return r;
}

/* Reads it as that format, and checks that it is recognised as that. */
static inline void feed_read(struct feed_read *f, const char *format, const char *text)
{
	struct import_options options = {.path = "feed"};

	assert_int_equal(import_text(&f->builder, cur_init(text, strlen(text)), &options,
				 &f->report, f->error, sizeof(f->error)),
		0);
	assert_string_equal(f->report.format, format);
	assert_int_equal(feed_read_octets(f, format, text, strlen(text)), 0);
}

/* The indicator of that value in what was read last; NULL: there is none. */
static inline const struct indicator *feed_find(const struct feed_read *f, const char *value)
{
	for (size_t i = f->builder.file_begin; i < f->builder.count; i++) {
		if (strcmp(f->builder.items[i].value, value) == 0)
			return &f->builder.items[i];
	}
	return NULL;
}

static inline const struct indicator *feed_expect(const struct feed_read *f,
	enum indicator_type type, const char *value, enum indicator_advice advice)
{
	const struct indicator *item = feed_find(f, value);

	if (!item)
		fail_msg("%s was not read", value);
	assert_string_equal(indicator_type_name(item->type), indicator_type_name(type));
	assert_string_equal(indicator_advice_name(item->advice), indicator_advice_name(advice));
	return item;
}

/* How often something was refused for that reason. */
static inline uint64_t feed_refused(const struct feed_read *f, const char *why)
{
	for (size_t i = 0; i < f->report.reason_count; i++) {
		if (strcmp(f->report.reasons[i].text, why) == 0 &&
			f->report.reasons[i].advice == ADVICE_REFUSE)
			return f->report.reasons[i].count;
	}
	return 0;
}

/* Cut off anywhere: it is read as far as it goes, or refused with a reason. */
static inline void feed_read_prefixes(struct feed_read *f, const char *format, const char *text)
{
	for (size_t bytes = 0; bytes <= strlen(text); bytes++) {
		int r = feed_read_octets(f, format, text, bytes);

		assert_true(r == 0 || (r == -EBADMSG && *f->error));
	}
}
