/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams of IP from their fragments (RFC 791 section 3.2, RFC 8200 section 4.5), in memory of
 * fixed size. Fragments were counted when they came; what is made of them is only read. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ledger.h"
#include "base/siphash.h"
#include "probe/pkt.h"

struct defrag;

/* Where datagrams are put together; the owner resets it when it has done with them. */
struct defrag_room {
	uint8_t *bytes;
	size_t size, used;
};

int defrag_new(struct defrag **ret, const struct siphash_key *key);
void defrag_free(struct defrag *d);

enum defrag_result {
	DEFRAG_LEFT,  /* not kept, because of a limit or an error: read it as it is */
	DEFRAG_KEPT,  /* its octets will be read with the others */
	DEFRAG_WHOLE, /* the datagram is complete: `ret_whole` is set, to be decoded */
};

/* A decoded packet that is a piece of a datagram. Counts in `l` what cannot be put together. */
enum defrag_result defrag_add(struct defrag *d, const struct pkt *p, struct ledger *l,
	struct defrag_room *room, struct pkt *ret_whole);

/* One datagram whose time was up before `clock_ns` (UINT64_MAX: all): its beginning without a hole
 * is read, if there is one. False: there is none (more). */
bool defrag_expire(struct defrag *d, uint64_t clock_ns, struct ledger *l, struct defrag_room *room,
	struct pkt *ret_begin);
