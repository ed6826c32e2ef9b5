/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of fixed total size in pieces of a few sizes, for one thread. The pages are the kernel's
 * until they are first written, so that a small capture costs little. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SLAB_CLASSES 80

struct slab {
	uint8_t *memory; /* owned */
	size_t size, used;
	void *free[SLAB_CLASSES]; /* by class, linked through their first word */
};

int slab_init(struct slab *s, size_t bytes);
void slab_done(struct slab *s);
/* At least `bytes` octets aligned to 16, not zeroed; NULL when the memory is spent. */
void *slab_get(struct slab *s, size_t bytes);
/* With the size it was asked for; NULL is fine. */
void slab_put(struct slab *s, void *piece, size_t bytes);

/* Zeroed pages of the kernel's, taken when they are first written; NULL when there are none. */
void *pages_map(size_t bytes);
/* The same, huge where the kernel can: for what is touched here and there by every packet. */
void *pages_map_huge(size_t bytes);
void pages_unmap(void *memory, size_t bytes);
