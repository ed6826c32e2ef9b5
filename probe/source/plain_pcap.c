/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/source/plain_pcap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "probe/pkt.h"

#define HEADER_BYTES       24
#define RECORD_BYTES       16 /* before a packet */
#define MAGIC_MICROSECONDS 0xa1b2c3d4u
#define MAGIC_NANOSECONDS  0xa1b23c4du
#define READ_BYTES         (128u << 10) /* small enough to stay in the second cache */
#define BLOCK_BYTES        (READ_BYTES + RECORD_BYTES + PACKET_BYTES_MAX)

struct plain_block {
	struct plain_block *older, *next; /* of all; of those that are free */
	unsigned holders;
	uint8_t octets[BLOCK_BYTES];
};

struct plain {
	struct plain_pool *pool;
	struct plain_block *block; /* held */
	int fd;
	bool swapped, nanoseconds;
	uint32_t longest;
	uint64_t read, offset; /* of the file: behind what was read; of the packet that came last */
	size_t at, end;        /* in the block: what comes next, behind what was read */
};

static struct plain_block *block_take(struct plain_pool *pool)
{
	struct plain_block *b = pool->free;

	if (b) {
		pool->free = b->next;
	} else {
		b = malloc(sizeof(*b));
		if (!b)
			return NULL;
		b->older = pool->all;
		pool->all = b;
	}
	b->holders = 1;
	return b;
}

void plain_hold(struct plain_block *b)
{
	b->holders++;
}

void plain_release(struct plain_pool *pool, struct plain_block *b)
{
	if (--b->holders)
		return;
	b->next = pool->free;
	pool->free = b;
}

void plain_pool_done(struct plain_pool *pool)
{
	while (pool->all) {
		struct plain_block *b = pool->all;

		pool->all = b->older;
		free(b);
	}
	pool->free = NULL;
}

/* What was read and not given goes to the start of another block, unless nobody holds this one. */
static bool block_turn(struct plain *p)
{
	struct plain_block *b = p->block;

	if (b->holders > 1)
		b = block_take(p->pool);
	if (!b)
		return false;
	memmove(b->octets, p->block->octets + p->at, p->end - p->at);
	if (b != p->block)
		plain_release(p->pool, p->block);
	p->block = b;
	p->end -= p->at;
	p->at = 0;
	return true;
}

/* Whether so many octets of one record are in the block. */
static bool fill(struct plain *p, size_t count)
{
	if (p->end - p->at >= count)
		return true;
	if (!block_turn(p))
		return false;
	while (p->end < count) {
		ssize_t n = pread(p->fd, p->block->octets + p->end, READ_BYTES, (off_t)p->read);

		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		if (n > 0) {
			p->end += (size_t)n;
			p->read += (size_t)n;
		}
	}
	return true;
}

static uint32_t number(const struct plain *p, const uint8_t *at)
{
	uint32_t n;

	memcpy(&n, at, sizeof(n));
	return p->swapped ? __builtin_bswap32(n) : n;
}

/* False: another format, or not version 2.4 of this one: others have lengths in another order. */
static bool read_header(struct plain *p)
{
	static const uint8_t big[] = {0, 2, 0, 4}, little[] = {2, 0, 4, 0};
	const uint8_t *header = p->block->octets;
	uint32_t magic;
	bool is_big;

	if (!fill(p, HEADER_BYTES))
		return false;
	is_big = header[0] == 0xa1;
	p->swapped = is_big == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
	magic = number(p, header);
	p->nanoseconds = magic == MAGIC_NANOSECONDS;
	p->at = HEADER_BYTES;
	return (p->nanoseconds || magic == MAGIC_MICROSECONDS) &&
	       memcmp(header + 4, is_big ? big : little, sizeof(big)) == 0;
}

static void plain_free_ptr(struct plain **p)
{
	plain_free(*p);
}

int plain_open(struct plain **ret, struct plain_pool *pool, int fd, uint32_t longest)
{
	_cleanup_(plain_free_ptr) struct plain *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->pool = pool;
	p->fd = fd;
	p->longest = longest;
	p->offset = HEADER_BYTES;
	p->block = block_take(pool);
	if (!p->block)
		return -ENOMEM;
	if (!read_header(p))
		return -ENOTSUP;
	*ret = steal(p);
	return 0;
}

bool plain_next(struct plain *p, struct plain_packet *ret)
{
	const uint8_t *at;

	p->offset = p->read - (p->end - p->at);
	if (!fill(p, RECORD_BYTES))
		return false;
	at = p->block->octets + p->at;
	ret->captured = number(p, at + 8);
	if (ret->captured > p->longest || !fill(p, RECORD_BYTES + (size_t)ret->captured))
		return false;
	at = p->block->octets + p->at;
	ret->s = (int32_t)number(p, at);
	ret->ns = (int64_t)(int32_t)number(p, at + 4) * (p->nanoseconds ? 1 : 1000);
	ret->wire = number(p, at + 12);
	ret->bytes = at + RECORD_BYTES;
	ret->block = p->block;
	p->at += RECORD_BYTES + (size_t)ret->captured;
	return true;
}

uint64_t plain_offset(const struct plain *p)
{
	return p->offset;
}

void plain_free(struct plain *p)
{
	if (p && p->block)
		plain_release(p->pool, p->block);
	free(p);
}
