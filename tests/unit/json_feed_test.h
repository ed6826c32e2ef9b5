/* SPDX-License-Identifier: Apache-2.0 */
/* A feed as text through one format, and what came of it. */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "signatures/import.h"
#include "tests/unit/unit.h"

struct import {
	struct suffix_list *suffixes;
	struct builder builder;
	struct import_report report;
	struct feed feed;
	char error[256];
};

static inline int set_up(void **state)
{
	struct import *i = calloc(1, sizeof(*i));

	if (!i || suffix_list_new(&i->suffixes) < 0)
		return -1;
	builder_init(&i->builder, i->suffixes);
	*state = i;
	return 0;
}

static inline int tear_down(void **state)
{
	struct import *i = *state;

	builder_done(&i->builder);
	suffix_list_free(i->suffixes);
	free(i);
	return 0;
}

/* As the format that is recognised; its name is in the report. Of text that is not JSON a copy of
 * just that size, so that a read past its end is seen. */
static inline int run_bytes(struct import *i, const char *text, size_t bytes)
{
	struct import_options options = {.path = "feed.json", .feed = &i->feed};
	_cleanup_(free_ptr) char *copy = malloc(bytes + !bytes);
	int r;

	assert_non_null(copy);
	memcpy(copy, text, bytes);
	i->report = (struct import_report){.read = 0};
	r = import_text(&i->builder, cur_init(copy, bytes), &options, &i->report, i->error,
		sizeof(i->error));
	if (r == 0)
		assert_int_equal(i->report.read, i->report.accepted + i->report.reviewed +
							 i->report.refused + i->report.duplicates);
	return r;
}

static inline void run(struct import *i, const char *format, const char *text)
{
	assert_int_equal(run_bytes(i, text, strlen(text)), 0);
	assert_string_equal(i->report.format, format);
}

static inline size_t count(const struct import *i)
{
	return i->builder.count - i->builder.file_begin;
}

static inline const struct indicator *item(const struct import *i, size_t number)
{
	assert_in_range(number, 0, count(i) - 1);
	return &i->builder.items[i->builder.file_begin + number];
}

static inline uint64_t reason(const struct import *i, const char *text)
{
	uint64_t sum = 0;

	for (size_t n = 0; n < i->report.reason_count; n++) {
		if (strcmp(i->report.reasons[n].text, text) == 0)
			sum += i->report.reasons[n].count;
	}
	return sum;
}

/* Every prefix of a feed: it is recognised or not, and an end anywhere is only an end. */
static inline void run_prefixes(struct import *i, const char *text)
{
	for (size_t bytes = 0; bytes <= strlen(text); bytes++) {
		int r = run_bytes(i, text, bytes);

		assert_true(r == 0 || r == -EBADMSG);
	}
}
