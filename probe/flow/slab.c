/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/flow/slab.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define SLAB_BYTES_MIN 128

/* Eight sizes from one power of two to the next, all multiples of 16: little is wasted. */
static unsigned class_of(size_t bytes, size_t *ret_size)
{
	size_t base = SLAB_BYTES_MIN;
	unsigned class = 0;

	while (bytes > 2 * base && class < SLAB_CLASSES) {
		base *= 2;
		class += 8;
	}
	for (*ret_size = base; *ret_size < bytes && class < SLAB_CLASSES; class ++)
		*ret_size += base / 8;
	return class < SLAB_CLASSES ? class : SLAB_CLASSES;
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
