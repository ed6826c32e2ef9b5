/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/flow/slab.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define SLAB_BYTES_MIN 64

/* Sizes 64, 96, 128, 192, 256, 384 ...: at most a third is wasted. */
static unsigned class_of(size_t bytes, size_t *ret_size)
{
	size_t size = SLAB_BYTES_MIN;

	for (unsigned class = 0; class < SLAB_CLASSES; class += 2, size *= 2) {
		*ret_size = size;
		if (bytes <= size)
			return class;
		*ret_size = size + size / 2;
		if (bytes <= *ret_size)
			return class + 1;
	}
	return SLAB_CLASSES;
}

void *pages_map(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void pages_unmap(void *memory, size_t bytes)
{
	if (memory)
		(void)munmap(memory, bytes);
}

int slab_init(struct slab *s, size_t bytes)
{
	*s = (struct slab){.size = bytes};
	s->memory = pages_map(bytes);
	return s->memory ? 0 : -ENOMEM;
}

void slab_done(struct slab *s)
{
	pages_unmap(s->memory, s->size);
	*s = (struct slab){.size = 0};
}

void *slab_get(struct slab *s, size_t bytes)
{
	size_t size;
	unsigned class = class_of(bytes, &size);
	void *piece;

	if (class == SLAB_CLASSES)
		return NULL;
	piece = s->free[class];
	if (piece) {
		memcpy(&s->free[class], piece, sizeof(void *));
		return piece;
	}
	if (s->size - s->used < size)
		return NULL;
	piece = s->memory + s->used;
	s->used += size;
	return piece;
}

void slab_put(struct slab *s, void *piece, size_t bytes)
{
	size_t size;
	unsigned class = class_of(bytes, &size);

	if (!piece)
		return;
	assert(class < SLAB_CLASSES);
	memcpy(piece, &s->free[class], sizeof(void *));
	s->free[class] = piece;
}
