/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/exact_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/siphash.h"

/* The key need not be secret: traffic chooses what is looked up, but not what is in the set. */
static uint32_t hash(uint32_t kind, const void *text, size_t bytes)
{
	const struct siphash_key key = {0x6b756b6c61736967ULL, kind};

	return (uint32_t)siphash13(&key, text, bytes);
}

int exact_set_init(struct exact_set *s, size_t count_max)
{
	size_t size = 2;

	while (size < 2 * count_max)
		size *= 2;
	s->slots = calloc(size, sizeof(*s->slots));
	s->mask = size - 1;
	return s->slots ? 0 : -ENOMEM;
}

void exact_set_done(struct exact_set *s)
{
	free(steal(s->slots));
}

static struct exact_slot *find(
	const struct exact_set *s, uint32_t kind, const void *text, size_t bytes)
{
	uint32_t wanted = hash(kind, text, bytes);
	size_t at = wanted & s->mask;
	struct exact_slot *slot = &s->slots[at];

	for (; slot->text; slot = &s->slots[at]) {
		if (slot->hash == wanted && slot->kind == kind && slot->bytes == bytes &&
			memcmp(slot->text, text, bytes) == 0)
			break;
		at = (at + 1) & s->mask;
	}
	return slot;
}

void exact_set_add(struct exact_set *s, uint32_t kind, const char *text, uint32_t index)
{
	size_t bytes = strlen(text);
	struct exact_slot *slot = find(s, kind, text, bytes);

	if (!slot->text)
		*slot = (struct exact_slot){
			text, (uint32_t)bytes, index, kind, hash(kind, text, bytes)};
}

uint32_t exact_set_find(const struct exact_set *s, uint32_t kind, const void *text, size_t bytes)
{
	const struct exact_slot *slot = find(s, kind, text, bytes);

	return slot->text ? slot->index : EXACT_NONE;
}
