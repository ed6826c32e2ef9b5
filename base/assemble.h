/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that arrive in pieces, in any order, put together from offset 0 in a buffer of fixed size:
 * TCP segments, QUIC CRYPTO frames, DTLS and IP fragments. Where two pieces overlap the first one
 * wins and a difference is flagged. One bit for each octet says whether it is there, so that pieces
 * may be of any number and size. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Storage for `size` octets (a multiple of 8) and their bits. */
#define ASSEMBLE_STORAGE_BYTES(size) ((size) + (size) / 8)

struct assemble {
	uint8_t *bytes; /* borrowed, `size` octets; their bits behind them */
	uint32_t size;
	uint32_t ready; /* octets from offset 0 on without a hole */
	uint32_t end;   /* behind the last octet that is there */
	bool conflict;  /* two pieces had different octets for one place */
	bool full;      /* something lay past the end and was left out */
};

void assemble_init(struct assemble *a, void *storage, size_t size);
void assemble_add(struct assemble *a, uint64_t offset, const void *piece, size_t bytes);
/* The same octets in a larger storage. */
void assemble_move(struct assemble *a, void *storage, size_t size);
/* The first `count` octets (a multiple of 8, at most `ready`) leave; all others move up. */
void assemble_shift(struct assemble *a, uint32_t count);
/* What is missing before `offset` is wanted no more: it counts as there, whatever is in it. */
void assemble_give_up(struct assemble *a, uint32_t offset);

/* Octets from offset 0 on without a hole. */
static inline size_t assemble_ready(const struct assemble *a)
{
	return a->ready;
}
