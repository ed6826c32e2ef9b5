/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/exact_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"

/* Who writes a feed must not know which texts come to lie beside one another. */
static uint32_t hash(const struct exact_set *s, uint32_t kind, const void *text, size_t bytes)
{
	const struct siphash_key key = {s->key.k0, s->key.k1 ^ kind};

	return (uint32_t)siphash13(&key, text, bytes);
}

int exact_set_init(struct exact_set *s, size_t count_max)
{
	size_t size = 2;

	while (size < 2 * count_max)
		size *= 2;
	if (getrandom(&s->key, sizeof(s->key), 0) != sizeof(s->key))
		return -EIO;
	s->slots = calloc(size, sizeof(*s->slots));
	s->mask = size - 1;
	return s->slots ? 0 : -ENOMEM;
}

void exact_set_done(struct exact_set *s)
{
	free(steal(s->slots));
}

void exact_set_add(struct exact_set *s, uint32_t kind, const char *text, uint32_t index)
{
	size_t bytes = strlen(text);
	uint32_t sum = hash(s, kind, text, bytes);
	size_t at = sum & s->mask;

	while (s->slots[at].text)
		at = (at + 1) & s->mask;
	s->slots[at] = (struct exact_slot){text, (uint32_t)bytes, index, kind, sum};
}

unsigned exact_set_find_all(const struct exact_set *s, uint32_t kind, const void *text,
	size_t bytes, uint32_t *ret_indices, unsigned size)
{
	uint32_t wanted = hash(s, kind, text, bytes);
	size_t at = wanted & s->mask;
	unsigned found = 0;

	for (const struct exact_slot *slot; (slot = &s->slots[at])->text && found < size;
		at = (at + 1) & s->mask) {
		if (slot->hash == wanted && slot->kind == kind && slot->bytes == bytes &&
			memcmp(slot->text, text, bytes) == 0)
			ret_indices[found++] = slot->index;
	}
	return found;
}

uint32_t exact_set_find(const struct exact_set *s, uint32_t kind, const void *text, size_t bytes)
{
	uint32_t index = EXACT_NONE;

	(void)exact_set_find_all(s, kind, text, bytes, &index, 1);
	return index;
}
