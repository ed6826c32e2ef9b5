/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/flow/stream.h"

#include "tests/unit/unit.h"

#define ISN 0xfffffff0u /* sequence numbers wrap within the text */

static const char text[] = "The quick brown fox jumps over the lazy dog and comes home late.";

static struct slab slab;

static int slab_make(void **state)
{
	(void)state;
	return slab_init(&slab, 1 << 20);
}

static int slab_drop(void **state)
{
	(void)state;
	slab_done(&slab);
	return 0;
}

/* The reader has consumed the window so far and waits for `want` octets. */
static void keep(struct stream *s, struct cursor *window, size_t want)
{
	const struct stream_wish wish = {.want_bytes = want};

	assert_false(stream_keep(s, &slab, window, &wish, window));
}

static bool feed(struct stream *s, size_t from, size_t bytes, struct cursor *ret_window)
{
	return stream_feed(
		s, &slab, ISN + (uint32_t)from, cur_init(text + from, bytes), ret_window);
}

static void in_order_needs_no_buffer(void **state)
{
	struct stream s = {0};
	struct cursor window;

	(void)state;
	stream_begin(&s, ISN);
	for (size_t at = 0; at < 60; at += 10) {
		assert_true(feed(&s, at, 10, &window));
		assert_int_equal(cur_left(&window), 10);
		assert_ptr_equal(window.pos, text + at);
		cur_skip(&window, 10);
		keep(&s, &window, 0);
		assert_null(s.buffer);
	}
	assert_false(feed(&s, 20, 10, &window)); /* sent again */
	assert_true(feed(&s, 50, 14, &window));  /* half new */
	assert_int_equal(cur_left(&window), 4);
	stream_end(&s, &slab);
	assert_false(feed(&s, 64, 1, &window));
}

/* One octet a segment, backwards: nothing can be read until the first one comes. */
static void backwards(void **state)
{
	struct stream s = {0};
	struct cursor window;

	(void)state;
	stream_begin(&s, ISN);
	for (size_t at = 30; at-- > 1;)
		assert_false(feed(&s, at, 1, &window));
	assert_true(feed(&s, 0, 1, &window));
	assert_int_equal(cur_left(&window), 30);
	assert_memory_equal(window.pos, text, 30);
	cur_skip(&window, 12);
	keep(&s, &window, 20); /* 18 are there, 20 wanted */
	assert_false(feed(&s, 30, 1, &window));
	assert_true(feed(&s, 31, 1, &window));
	assert_int_equal(cur_left(&window), 20);
	assert_memory_equal(window.pos, text + 12, 20);
	cur_skip(&window, 20);
	keep(&s, &window, 0);
	assert_null(s.buffer); /* all read: the buffer is given back */
	assert_true(feed(&s, 32, 5, &window));
	assert_ptr_equal(window.pos, text + 32);
	stream_end(&s, &slab);
}

static void conflict_is_flagged_and_the_first_wins(void **state)
{
	struct stream s = {0};
	struct cursor window;

	(void)state;
	stream_begin(&s, ISN);
	assert_false(feed(&s, 4, 10, &window));
	assert_false(stream_feed(&s, &slab, ISN + 5, cur_init("XXX", 3), &window));
	assert_true(s.conflict);
	assert_true(feed(&s, 0, 4, &window));
	assert_memory_equal(window.pos, text, 14);
	stream_end(&s, &slab);
}

/* Nine pieces backwards, longer than the first buffer: what was there moves to the larger one. */
static void buffer_grows(void **state)
{
	struct stream s = {0};
	struct cursor window;
	static uint8_t long_text[9 * 1000];

	(void)state;
	for (size_t i = 0; i < sizeof(long_text); i++)
		long_text[i] = (uint8_t)(i * 2654435761u >> 13);
	stream_begin(&s, 5);
	for (uint32_t at = 8000; at > 0; at -= 1000)
		assert_false(
			stream_feed(&s, &slab, 5 + at, cur_init(long_text + at, 1000), &window));
	assert_true(stream_feed(&s, &slab, 5, cur_init(long_text, 1000), &window));
	assert_int_equal(cur_left(&window), sizeof(long_text));
	assert_memory_equal(window.pos, long_text, sizeof(long_text));
	stream_end(&s, &slab);
}

/* A body of 40 octets is not wanted: seen, unseen or seen in part. */
static void skips(void **state)
{
	const struct stream_wish wish = {.skip_bytes = 40};
	struct cursor window;

	(void)state;
	for (size_t way = 0; way < 3; way++) {
		struct stream s = {0};

		stream_begin(&s, ISN);
		assert_true(feed(&s, 0, 14, &window));
		cur_skip(&window, 4);
		assert_false(stream_keep(&s, &slab, &window, &wish, &window)); /* to 44 */
		if (way == 0) {
			assert_false(feed(&s, 14, 10, &window));
			assert_false(feed(&s, 30, 14, &window)); /* 6 missing before */
			assert_false(feed(&s, 24, 6, &window));
		} else if (way == 1) {
			assert_false(feed(&s, 46, 4, &window)); /* waits for 44 and 45 */
		}
		if (way < 2)
			assert_true(feed(&s, 44, 2, &window));
		else
			assert_true(feed(&s, 40, 10, &window));
		assert_ptr_equal(window.end - window.pos, way == 0 ? 2 : 6);
		assert_memory_equal(window.pos, text + 44, way == 0 ? 2 : 6);
		stream_end(&s, &slab);
	}
}

/* What was not wanted is the hole that octets wait behind. */
static void skips_a_hole(void **state)
{
	const struct stream_wish wish = {.skip_bytes = 20};
	struct stream s = {0};
	struct cursor window;

	(void)state;
	stream_begin(&s, ISN);
	assert_false(feed(&s, 30, 10, &window));
	assert_true(feed(&s, 0, 12, &window));
	cur_skip(&window, 12);
	assert_true(stream_keep(&s, &slab, &window, &wish, &window));
	assert_int_equal(cur_left(&window), 8);
	assert_memory_equal(window.pos, text + 32, 8);
	stream_end(&s, &slab);
}

static void restarts(void **state)
{
	struct stream s = {0};
	struct cursor window;

	(void)state;
	stream_begin(&s, ISN);
	assert_false(feed(&s, 10, 10, &window));
	stream_restart(&s, &slab, ISN + 40);
	assert_true(feed(&s, 40, 3, &window));
	assert_memory_equal(window.pos, text + 40, 3);
	stream_end(&s, &slab);
}

static void limits(void **state)
{
	struct stream s = {0};
	struct cursor window;
	uint8_t zeros[1000] = {0};

	(void)state;
	stream_begin(&s, 0);
	for (uint32_t at = 0; at < STREAM_BYTES_MAX - 1000; at += 1000) {
		assert_true(stream_feed(&s, &slab, at, cur_init(zeros, 1000), &window));
		keep(&s, &window, 0);
	}
	(void)stream_feed(&s, &slab, 16000, cur_init(zeros, 1000), &window);
	assert_true(s.full);
	keep(&s, &window, 0);
	assert_true(s.done);
	assert_null(s.buffer);
	/* a reader that waits for more than there can be */
	s = (struct stream){0};
	assert_true(stream_feed(&s, &slab, 7, cur_init(zeros, 10), &window));
	keep(&s, &window, STREAM_BYTES_MAX + 1);
	assert_true(s.done && s.full);
	/* far ahead of what is expected */
	s = (struct stream){0};
	stream_begin(&s, 0);
	assert_false(stream_feed(&s, &slab, 1u << 30, cur_init(zeros, 10), &window));
	assert_true(s.full);
	stream_end(&s, &slab);
}

static void no_memory(void **state)
{
	struct slab small;
	struct stream s = {0};
	struct cursor window;

	(void)state;
	assert_int_equal(slab_init(&small, 256), 0);
	stream_begin(&s, 0);
	assert_false(stream_feed(&s, &small, 5, cur_init("abc", 3), &window));
	assert_true(s.full);
	slab_done(&small);
}

/* A buffer is for what waits, and grows with it. */
static void buffers_are_small(void **state)
{
	static struct stream all[800];
	struct stream *s = &all[0];
	struct slab small;
	struct cursor window;

	(void)state;
	assert_int_equal(slab_init(&small, 256u << 10), 0);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		stream_begin(&all[i], 0);
		assert_false(stream_feed(&all[i], &small, 1, cur_init("b", 1), &window));
		assert_false(all[i].full);
	}
	for (size_t i = 1; i < ARRAY_LEN(all); i++)
		stream_end(&all[i], &small);
	for (uint32_t at = 2; at < STREAM_BYTES_MAX; at++)
		assert_false(stream_feed(s, &small, at, cur_init("b", 1), &window));
	assert_false(s->full);
	assert_true(stream_feed(s, &small, 0, cur_init("a", 1), &window));
	assert_int_equal(cur_left(&window), STREAM_BYTES_MAX);
	assert_memory_equal(window.pos, "abb", 3);
	assert_int_equal(window.end[-1], 'b');
	stream_end(s, &small);
	slab_done(&small);
}

static void slab_gives_and_takes(void **state)
{
	struct slab small;
	void *pieces[64];
	unsigned count = 0, again = 0;

	(void)state;
	assert_int_equal(slab_init(&small, 8192), 0);
	while ((pieces[count] = slab_get(&small, 150)))
		memset(pieces[count++], 0xab, 150);
	assert_int_equal(count, 8192 / 160);
	assert_null(slab_get(&small, 3u << 20));
	for (unsigned i = 0; i < count; i++)
		slab_put(&small, pieces[i], 150);
	while (slab_get(&small, 160))
		again++;
	assert_int_equal(again, count);
	slab_done(&small);
}

/* Pieces of one size take all there is; given back, they serve another size. */
static void slab_serves_any_size_again(void **state)
{
	static void *pieces[16384];
	struct slab small;
	size_t count = 0, large = 0;

	(void)state;
	assert_int_equal(slab_init(&small, 1 << 20), 0);
	while (count < ARRAY_LEN(pieces) && (pieces[count] = slab_get(&small, 100)))
		count++;
	assert_int_equal(count, 8 * ((128 << 10) / 112));
	assert_null(slab_get(&small, 20000));
	for (size_t i = 0; i < count; i++)
		slab_put(&small, pieces[i], 100);
	while ((pieces[large] = slab_get(&small, 20000)))
		large++;
	assert_int_equal(large, 8 * 6);
	assert_null(slab_get(&small, 100));
	slab_put(&small, pieces[0], 20000); /* its chunk has others: not for another size */
	assert_null(slab_get(&small, 100));
	assert_ptr_equal(slab_get(&small, 20000), pieces[0]);
	slab_done(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order_needs_no_buffer),
		cmocka_unit_test(backwards),
		cmocka_unit_test(conflict_is_flagged_and_the_first_wins),
		cmocka_unit_test(buffer_grows),
		cmocka_unit_test(skips),
		cmocka_unit_test(skips_a_hole),
		cmocka_unit_test(restarts),
		cmocka_unit_test(limits),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(buffers_are_small),
		cmocka_unit_test(slab_gives_and_takes),
		cmocka_unit_test(slab_serves_any_size_again),
	};

	return cmocka_run_group_tests(tests, slab_make, slab_drop);
}
