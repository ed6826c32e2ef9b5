/* SPDX-License-Identifier: Apache-2.0 */
/* Which values of a file are in an earlier one, and where there. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "signatures/commands.h"

#define EXAMPLES_MAX 3
#define SHOWN_BYTES  1024

struct repeats {
	size_t count;
	struct {
		size_t again, first; /* of the builder's items */
	} examples[EXAMPLES_MAX];
};

static void add(struct repeats *r, size_t again, size_t first)
{
	if (r->count < EXAMPLES_MAX) {
		r->examples[r->count].again = again;
		r->examples[r->count].first = first;
	}
	r->count++;
}

static void show(const struct feed_reader *reader, const struct repeats *r, const char *path)
{
	const struct indicator *items = reader->builder.items;
	char shown[SHOWN_BYTES];

	text_terminal(shown, sizeof(shown), path, strlen(path));
	(void)fprintf(stderr, "%s: %zu in an earlier file as well:", shown, r->count);
	for (size_t i = 0; i < r->count && i < EXAMPLES_MAX; i++) {
		const char *where = cmd_feeds_path(reader, r->examples[i].first);

		text_terminal(shown, sizeof(shown), where, strlen(where));
		(void)fprintf(stderr, "%s line %" PRIu32 " is %s line %" PRIu32, i ? "," : "",
			items[r->examples[i].again].line, shown, items[r->examples[i].first].line);
	}
	(void)fprintf(stderr, "%s\n", r->count > EXAMPLES_MAX ? " ..." : "");
}

/* The work that an item is of. */
static size_t work_of(const struct feed_reader *reader, size_t index)
{
	size_t low = 0, high = reader->work_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (reader->works[middle].begin <= index)
			low = middle;
		else
			high = middle;
	}
	return low;
}

const char *cmd_feeds_path(const struct feed_reader *reader, size_t index)
{
	return reader->works[work_of(reader, index)].path;
}

void cmd_show_repeats(const struct feed_reader *reader)
{
	const struct builder *b = &reader->builder;
	_cleanup_(free_ptr) struct repeats *of = calloc(reader->work_count + 1, sizeof(*of));
	_cleanup_(free_ptr) size_t *order = NULL;
	size_t first = 0;

	if (reader->work_count < 2)
		return;
	if (!of || indicator_sort(b->items, b->count, &order) < 0) {
		log_warning("what several files have is not counted: out of memory");
		return;
	}
	for (size_t i = 1; i < b->count; i++) {
		if (indicator_compare(&b->items[order[first]], &b->items[order[i]]) == 0)
			add(&of[work_of(reader, order[i])], order[i], order[first]);
		else
			first = i;
	}
	for (size_t i = 0; i < reader->work_count; i++) {
		if (of[i].count)
			show(reader, &of[i], reader->works[i].path);
	}
}
