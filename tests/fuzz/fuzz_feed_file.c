/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a feed definition: what is read has a pattern and values within their bounds; what is
 * not has told why. */
#include "signatures/feed_file.h"
#include "tests/fuzz/fuzz.h"

static void check(const struct feed_entry *e)
{
	assert(e->pattern && *e->pattern && e->line > 0);
	assert(e->feed.confidence <= 100 && e->feed.dates <= DATES_MONTH_FIRST);
	assert(e->feed.expires_after_s <= FEED_DAYS_MAX * 86400u);
	assert(!e->approval || e->category);
	assert(!e->feed.only_column || !e->feed.only_value != !e->feed.not_value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems problems = {.count = 0};
	struct feed_file *f = NULL;
	int r;

	(void)feed_file_recognise(cur_init(data, size));
	r = feed_file_read(&f, cur_init(data, size), &problems);
	assert((r == 0) == (f != NULL) && (r == 0) == (problems.count == 0));
	for (size_t i = 0; i < problems.count && i < PROBLEMS_MAX; i++)
		assert(memchr(problems.all[i].text, 0, PROBLEM_TEXT_BYTES));
	if (r < 0)
		return 0;
	assert(feed_file_count(f) > 0);
	for (size_t i = 0; i < feed_file_count(f); i++)
		check(feed_file_get(f, i));
	(void)feed_file_match(f, "");
	(void)feed_file_match(f, "/some/where/publisher/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.csv");
	feed_file_free(f);
	return 0;
}
