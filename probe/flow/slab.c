/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/flow/slab.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define SLAB_STEP        16
#define SLAB_BYTES_EVEN  128          /* up to there each multiple of the step is a size */
#define SLAB_CHUNK_BYTES (128u << 10) /* holds the largest piece */

/* Beyond, eight sizes from one power of two to the next, all multiples of 16: little is wasted. */
static unsigned class_of(size_t bytes, size_t *ret_size)
{
	size_t base = SLAB_BYTES_EVEN, step = SLAB_STEP;
	unsigned class = SLAB_BYTES_EVEN / SLAB_STEP, above;

	if (bytes <= SLAB_BYTES_EVEN) {
		class = bytes ? (unsigned)((bytes - 1) / SLAB_STEP) : 0;
		*ret_size = ((size_t) class + 1) * SLAB_STEP;
		return class;
	}
	while (bytes > 2 * base && class < SLAB_CLASSES) {
		base *= 2;
		step *= 2;
		class += 8;
	}
	above = (unsigned)((bytes - base - 1) / step);
	*ret_size = base + ((size_t)above + 1) * step;
	return class + above < SLAB_CLASSES ? class + above : SLAB_CLASSES;
}

void *pages_map(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void *pages_map_huge(size_t bytes)
{
	void *memory = pages_map(bytes);

	if (memory) /* a kernel that has none, or none left: slower, no error */
		(void)madvise(memory, bytes, MADV_HUGEPAGE);
	return memory;
}

void pages_unmap(void *memory, size_t bytes)
{
	if (memory)
		(void)munmap(memory, bytes);
}

int slab_init(struct slab *s, size_t bytes)
{
	*s = (struct slab){.size = bytes, .empty = SLAB_NONE};
	for (unsigned i = 0; i < SLAB_CLASSES; i++)
		s->roomy[i] = SLAB_NONE;
	s->chunk_bytes = bytes < SLAB_CHUNK_BYTES ? bytes : SLAB_CHUNK_BYTES;
	s->chunk_count = (uint32_t)(bytes / s->chunk_bytes);
	s->memory = pages_map_huge(bytes);
	s->chunks = pages_map(s->chunk_count * sizeof(struct slab_chunk));
	if (s->memory && s->chunks)
		return 0;
	slab_done(s);
	return -ENOMEM;
}

void slab_done(struct slab *s)
{
	pages_unmap(s->memory, s->size);
	pages_unmap(s->chunks, s->chunk_count * sizeof(struct slab_chunk));
	*s = (struct slab){.size = 0};
}

static void roomy_add(struct slab *s, uint32_t index)
{
	struct slab_chunk *c = &s->chunks[index];
	uint32_t *head = &s->roomy[c->class];

	c->before = SLAB_NONE;
	c->next = *head;
	if (*head != SLAB_NONE)
		s->chunks[*head].before = index;
	*head = index;
	c->listed = 1;
}

static void roomy_remove(struct slab *s, uint32_t index)
{
	struct slab_chunk *c = &s->chunks[index];

	*(c->before == SLAB_NONE ? &s->roomy[c->class] : &s->chunks[c->before].next) = c->next;
	if (c->next != SLAB_NONE)
		s->chunks[c->next].before = c->before;
	c->listed = 0;
}

/* A chunk for a class that has none with room. */
static uint32_t chunk_take(struct slab *s, unsigned class)
{
	uint32_t index = s->empty;

	if (index != SLAB_NONE) {
		s->empty = s->chunks[index].next;
		s->empty_count--;
	} else if (s->unused < s->chunk_count) {
		index = s->unused++;
	} else {
		return SLAB_NONE;
	}
	s->chunks[index] = (struct slab_chunk){.class = (uint8_t) class};
	roomy_add(s, index);
	return index;
}

void *slab_get(struct slab *s, size_t bytes)
{
	size_t size;
	unsigned class = class_of(bytes, &size);
	struct slab_chunk *c;
	uint32_t index;
	void *piece;

	if (class == SLAB_CLASSES || size > s->chunk_bytes)
		return NULL;
	index = s->roomy[class];
	if (index == SLAB_NONE)
		index = chunk_take(s, class);
	if (index == SLAB_NONE)
		return NULL;
	c = &s->chunks[index];
	piece = c->free;
	if (piece) {
		memcpy(&c->free, piece, sizeof(void *));
	} else {
		piece = s->memory + index * s->chunk_bytes + c->used;
		c->used += (uint32_t)size;
	}
	c->live++;
	if (!c->free && s->chunk_bytes - c->used < size)
		roomy_remove(s, index);
	return piece;
}

void slab_put(struct slab *s, void *piece, size_t bytes)
{
	size_t size;
	unsigned class = class_of(bytes, &size);
	uint32_t index;
	struct slab_chunk *c;

	if (!piece)
		return;
	index = (uint32_t)((size_t)((uint8_t *)piece - s->memory) / s->chunk_bytes);
	c = &s->chunks[index];
	assert(class < SLAB_CLASSES && c->class == class && c->live);
	if (--c->live == 0) { /* all of it is free: for any class */
		if (c->listed)
			roomy_remove(s, index);
		c->next = s->empty;
		s->empty = index;
		s->empty_count++;
		return;
	}
	memcpy(piece, &c->free, sizeof(void *));
	c->free = piece;
	if (!c->listed)
		roomy_add(s, index);
}
