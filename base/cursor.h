/* SPDX-License-Identifier: Apache-2.0 */
/* The bounded reader every parser uses. It knows where its bytes end and remembers failure: read
 * on, check `bad` once. Every read past the end gives zero and marks the cursor bad; a bad cursor
 * stays bad and never moves again. A nested block is a child cursor that cannot see its parent's
 * bytes. Nothing here allocates or copies. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *begin; /* where this window starts; for offsets in error messages */
	const uint8_t *pos;   /* the next unread byte */
	const uint8_t *end;   /* one past the last byte */
	bool bad;             /* a read went past the end, or the parser said so with cur_fail */
};

static inline struct cursor cur_init(const void *data, size_t bytes)
{
	const uint8_t *p = data;

	return (struct cursor){.begin = p, .pos = p, .end = bytes ? p + bytes : p, .bad = false};
}

/* Unread bytes; 0 when bad. */
static inline size_t cur_left(const struct cursor *c)
{
	return c->bad ? 0 : (size_t)(c->end - c->pos);
}

/* Bytes read since the window's start: the offset of an error. */
static inline size_t cur_offset(const struct cursor *c)
{
	return (size_t)(c->pos - c->begin);
}

static inline void cur_fail(struct cursor *c)
{
	c->bad = true;
}

/* Borrow `bytes` bytes and move on; NULL (and bad) when there are not so many. */
static inline const uint8_t *cur_take(struct cursor *c, size_t bytes)
{
	const uint8_t *p = c->pos;

	if (cur_left(c) < bytes) {
		c->bad = true;
		return NULL;
	}
	if (bytes)
		c->pos += bytes;
	return p;
}

static inline void cur_skip(struct cursor *c, size_t bytes)
{
	(void)cur_take(c, bytes);
}

/* A child window of `bytes` bytes; when they are not there, both parent and child are bad. */
static inline struct cursor cur_sub(struct cursor *c, size_t bytes)
{
	const uint8_t *p = cur_take(c, bytes);
	struct cursor sub = cur_init(p, p ? bytes : 0);

	sub.bad = c->bad;
	return sub;
}

static inline uint8_t cur_u8(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 1);

	return p ? p[0] : 0;
}

static inline uint16_t cur_u16(struct cursor *c) /* network byte order, as are all below */
{
	const uint8_t *p = cur_take(c, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t cur_u24(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 3);

	return p ? (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2] : 0;
}

static inline uint32_t cur_u32(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

static inline uint64_t cur_u64(struct cursor *c)
{
	uint64_t high = cur_u32(c);

	return high << 32 | cur_u32(c);
}

/* Look without moving; 0 when `at` is past the end (that does not mark the cursor bad). */
static inline uint8_t cur_peek(const struct cursor *c, size_t at)
{
	return at < cur_left(c) ? c->pos[at] : 0;
}

/* Whether the next bytes are just these; does not move. */
static inline bool cur_is(const struct cursor *c, const void *want, size_t bytes)
{
	return cur_left(c) >= bytes && memcmp(c->pos, want, bytes) == 0;
}
