/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-1-3 (Aumasson and Bernstein 2012, with one compression and three finalisation rounds): a
 * keyed hash whose collisions cannot be made without the key. For a few dozen octets; the key is an
 * argument. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct siphash_key {
	uint64_t k0, k1;
};

#define SIP_ROTATE(x, b) ((x) << (b) | (x) >> (64 - (b)))

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = SIP_ROTATE(v[1], 13) ^ v[0];
	v[3] = SIP_ROTATE(v[3], 16) ^ v[2];
	v[0] = SIP_ROTATE(v[0], 32) + v[3];
	v[2] += v[1];
	v[1] = SIP_ROTATE(v[1], 17) ^ v[2];
	v[3] = SIP_ROTATE(v[3], 21) ^ v[0];
	v[2] = SIP_ROTATE(v[2], 32);
}

/* Word by word, for what is hashed in pieces; siphash13 below says how. */
static inline void siphash13_begin(uint64_t v[4], const struct siphash_key *key)
{
	v[0] = key->k0 ^ 0x736f6d6570736575ULL;
	v[1] = key->k1 ^ 0x646f72616e646f6dULL;
	v[2] = key->k0 ^ 0x6c7967656e657261ULL;
	v[3] = key->k1 ^ 0x7465646279746573ULL;
}

static inline void siphash13_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

/* `last` has what is left of the octets, and their number in its highest octet. */
static inline uint64_t siphash13_end(uint64_t v[4], uint64_t last)
{
	siphash13_word(v, last);
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static inline uint64_t siphash13(const struct siphash_key *key, const void *octets, size_t bytes)
{
	const uint8_t *in = octets;
	uint64_t v[4], word;
	size_t left = bytes;

	siphash13_begin(v, key);
	for (; left >= 8; left -= 8, in += 8) {
		memcpy(&word, in, 8);
		siphash13_word(v, word);
	}
	word = 0;
	if (left)
		memcpy(&word, in, left);
	return siphash13_end(v, word | (uint64_t)bytes << 56);
}
