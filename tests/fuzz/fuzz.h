/* SPDX-License-Identifier: Apache-2.0 */
/* A fuzz target is one file, fuzz_NAME.c, that defines this function, one line in meson.build and a
 * folder corpus/NAME. It stops the program (assert) where a promise is broken and returns 0.
 * Without an engine, replay.c calls it for the corpus. */
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same octets in memory of just that size, so that a read past their end is seen; free it. */
static inline uint8_t *fuzz_copy(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size);

	assert(copy || !size);
	if (size)
		memcpy(copy, data, size);
	return copy;
}

/* The first octet, 0 when there is none. */
static inline uint8_t fuzz_take(const uint8_t **data, size_t *size)
{
	if (!*size)
		return 0;
	(*size)--;
	return *(*data)++;
}
