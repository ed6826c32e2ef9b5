/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of fixed total size in pieces of a few sizes, for one thread. It is handed out in chunks,
 * each of pieces of one size; a chunk whose pieces are all given back serves any size again. The
 * pages are the kernel's until they are first written, so that a small capture costs little. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLAB_CLASSES 88
#define SLAB_NONE    UINT32_MAX

struct slab_chunk {
	void *free;            /* pieces given back, linked through their first word */
	uint32_t used, live;   /* octets ever handed out; pieces that are out */
	uint32_t next, before; /* in the list of its class, while it has room */
	uint8_t class;
	uint8_t listed;
};

struct slab {
	uint8_t *memory;           /* owned */
	struct slab_chunk *chunks; /* owned */
	size_t size, chunk_bytes;
	uint32_t chunk_count, unused; /* chunks from `unused` on were never used */
	uint32_t empty, empty_count;  /* chunks that were, linked by next */
	uint32_t roomy[SLAB_CLASSES]; /* chunks with room for a piece, by class */
};

int slab_init(struct slab *s, size_t bytes);
void slab_done(struct slab *s);
/* Whether less than an eighth is left for what needs it most. */
static inline bool slab_is_short(const struct slab *s)
{
	return s->chunk_count - s->unused + s->empty_count < s->chunk_count / 8;
}

/* At least `bytes` octets aligned to 16, not zeroed; NULL when the memory is spent. */
void *slab_get(struct slab *s, size_t bytes);
/* With the size it was asked for; NULL is fine. */
void slab_put(struct slab *s, void *piece, size_t bytes);

/* Zeroed pages of the kernel's, taken when they are first written; NULL when there are none. */
void *pages_map(size_t bytes);
/* The same, huge where the kernel can: for what is touched here and there by every packet. */
void *pages_map_huge(size_t bytes);
void pages_unmap(void *memory, size_t bytes);
