/* SPDX-License-Identifier: Apache-2.0 */
/* QUIC's long headers and the keys of client Initials: RFC 9000 section 17.2, RFC 9001 section 5,
 * RFC 9369. The keys follow from the version and from the first connection identifier that the
 * client chose, so anybody on the path may read them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

#define QUIC_ID_BYTES_MAX 20

enum quic_packet_type { QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE, QUIC_RETRY };

struct quic_keys {
	uint32_t version; /* 0: none derived */
	uint8_t id_bytes;
	uint8_t id[QUIC_ID_BYTES_MAX];
	uint8_t key[16], iv[12], hp[16];
};

/* What a long header says; all lengths have been checked. The cursors are views into the datagram.
 */
struct quic_packet {
	uint8_t first;
	enum quic_packet_type type;
	uint32_t version;
	struct cursor to; /* destination: an identifier of at most QUIC_ID_BYTES_MAX octets */
	bool has_token;
	const uint8_t *begin;
	size_t header_bytes;   /* up to the packet number */
	struct cursor payload; /* packet number, sealed octets and tag; of a Retry the rest */
};

/* Moves `in` behind the packet. False: not a long header of a version we have keys for, or its
 * lengths do not fit. */
bool quic_long_header(struct cursor *in, struct quic_packet *ret);
/* A version negotiation packet that offers a version we know (RFC 9000 section 17.2.1). */
bool quic_negotiation(struct cursor in);
/* Those of the client that chose `id` (at most QUIC_ID_BYTES_MAX octets); the version is one that
 * quic_long_header took. */
void quic_keys_derive(struct quic_keys *ret, uint32_t version, struct cursor id);
/* Take the header protection off and open an Initial. The frames lie in `space` then; a bad cursor:
 * it cannot be opened with these keys, or does not fit. */
struct cursor quic_open(
	const struct quic_keys *k, const struct quic_packet *p, uint8_t *space, size_t space_bytes);
/* Variable-length integer, RFC 9000 section 16. */
uint64_t quic_integer(struct cursor *in);
/* A block that a variable-length integer gives the length of. */
struct cursor quic_block(struct cursor *in);
