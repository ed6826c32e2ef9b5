/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces in any order, beside the plainest reference: one flag per octet. A piece is its offset
 * (two octets), its length (one octet) and its octets. */
#include <stdbool.h>

#include "base/assemble.h"
#include "tests/fuzz/fuzz.h"

#define STORAGE_BYTES 304

struct plain {
	uint8_t octets[STORAGE_BYTES];
	bool there[STORAGE_BYTES], conflict;
};

static void plain_add(struct plain *p, size_t offset, const uint8_t *piece, size_t bytes)
{
	for (size_t i = 0; i < bytes && offset + i < STORAGE_BYTES; i++) {
		if (!p->there[offset + i])
			p->octets[offset + i] = piece[i];
		else if (p->octets[offset + i] != piece[i])
			p->conflict = true;
		p->there[offset + i] = true;
	}
}

static void equal(const struct assemble *a, const struct plain *p)
{
	size_t ready = 0;

	while (ready < STORAGE_BYTES && p->there[ready])
		ready++;
	assert(assemble_ready(a) == ready && a->conflict == p->conflict);
	for (size_t i = 0; i < STORAGE_BYTES; i++)
		assert(!p->there[i] || a->bytes[i] == p->octets[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plain plain = {0};
	uint8_t *storage = malloc(ASSEMBLE_STORAGE_BYTES(STORAGE_BYTES));
	struct assemble a;

	assert(storage);
	assemble_init(&a, storage, STORAGE_BYTES);
	while (size > 3) {
		size_t offset = fuzz_take(&data, &size), bytes;

		offset = offset << 8 | fuzz_take(&data, &size);
		bytes = fuzz_take(&data, &size);
		if (bytes > size)
			bytes = size;
		assemble_add(&a, offset, data, bytes);
		plain_add(&plain, offset, data, bytes);
		equal(&a, &plain);
		data += bytes;
		size -= bytes;
	}
	free(storage);
	return 0;
}
