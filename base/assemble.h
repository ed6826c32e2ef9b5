/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that arrive in pieces, in any order, put together from offset 0 in a buffer of fixed size:
 * TCP segments and QUIC CRYPTO frames. Where two pieces overlap the first one wins and a difference
 * is flagged. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ASSEMBLE_RANGES_MAX 32

struct assemble_range {
	uint32_t from, to; /* octets [from, to) are there */
};

struct assemble {
	uint8_t *bytes; /* borrowed, `size` octets */
	uint32_t size;
	uint32_t range_count; /* sorted, never touching */
	struct assemble_range ranges[ASSEMBLE_RANGES_MAX];
	bool conflict; /* two pieces had different octets for one place */
	bool full; /* something lay past the end or needed one range too many, and was left out */
};

void assemble_init(struct assemble *a, void *storage, size_t bytes);
void assemble_add(struct assemble *a, uint64_t offset, const void *piece, size_t bytes);
/* Octets from offset 0 on without a hole. */
size_t assemble_ready(const struct assemble *a);
