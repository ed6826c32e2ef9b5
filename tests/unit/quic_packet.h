/* SPDX-License-Identifier: Apache-2.0 */
/* Client Initials for tests, sealed here: keys of RFC 9001 section 5.2, AES-128-GCM of NIST SP
 * 800-38D in its plainest form over the block cipher of base/crypto.h. */
#pragma once

#include "base/crypto.h"
#include "tests/unit/dissect_test.h"

#define QUIC_V1   1u
#define QUIC_V2   0x6b3343cfu
#define QUIC_Q050 0x51303530u
#define QUIC_T051 0x54303531u

struct seal_keys {
	uint8_t key[16], iv[12], hp[16];
};

static inline struct seal_keys seal_keys_of(uint32_t version, const uint8_t *id, size_t id_bytes)
{
	static const struct {
		uint32_t version;
		const char *salt;
	} salts[] = {{QUIC_V1, "38762cf7f55934b34d179ae6a4c80cadccbb7f0a"},
		{QUIC_V2, "0dede3def700a6db819381be6e269dcbf9bd2ed9"},
		{0x709a50c4, "a707c203a59b47184a1d62ca570406ea7ae3e5d3"},
		{0xff00001d, "afbfec289993d24c9e9786f19c6111e04390a899"},
		{0x1a2a3a4a, "afbfec289993d24c9e9786f19c6111e04390a899"},
		{0xff00001b, "c3eef712c72ebb5a11a7d2432bb46365bef9f502"},
		{0xfaceb002, "c3eef712c72ebb5a11a7d2432bb46365bef9f502"},
		{0xff000016, "7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a"},
		{QUIC_Q050, "504574efd066fe2f9d945cfcdbd3a7f0d3b56b45"},
		{QUIC_T051, "7a4edef4e7ccee5fa4506c19124fc8ccda6e033d"}};
	const bool v2 = version == QUIC_V2 || version == 0x709a50c4;
	uint8_t salt[20] = {0}, initial[32], client[32];
	struct seal_keys k;

	for (size_t i = 0; i < ARRAY_LEN(salts); i++)
		if (salts[i].version == version)
			from_hex(salt, sizeof(salt), salts[i].salt);
	crypto_hkdf_extract(initial, salt, sizeof(salt), id, id_bytes);
	crypto_hkdf_labels(initial, &(struct crypto_label){"client in", client, 32}, 1);
	crypto_hkdf_labels(client,
		(struct crypto_label[]){{v2 ? "quicv2 key" : "quic key", k.key, 16},
			{v2 ? "quicv2 iv" : "quic iv", k.iv, 12},
			{v2 ? "quicv2 hp" : "quic hp", k.hp, 16}},
		3);
	return k;
}

/* x times h in GF(2^128), NIST SP 800-38D section 6.3. */
static inline void ghash_multiply(uint8_t x[16], const uint8_t h[16])
{
	uint8_t z[16] = {0}, v[16];

	memcpy(v, h, 16);
	for (int bit = 0; bit < 128; bit++) {
		uint8_t carry = v[15] & 1;

		for (int i = 0; i < 16 && x[bit / 8] & 0x80 >> bit % 8; i++)
			z[i] ^= v[i];
		for (int i = 15; i > 0; i--)
			v[i] = (uint8_t)(v[i] >> 1 | v[i - 1] << 7);
		v[0] = (uint8_t)(v[0] >> 1 ^ (carry ? 0xe1 : 0));
	}
	memcpy(x, z, 16);
}

static inline void ghash_add(
	uint8_t x[16], const uint8_t h[16], const uint8_t *octets, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += 16) {
		for (size_t i = 0; i < 16 && at + i < bytes; i++)
			x[i] ^= octets[at + i];
		ghash_multiply(x, h);
	}
}

/* AES-128-GCM in place; the tag follows. */
static inline void seal(uint8_t *octets, size_t bytes, const uint8_t key[16],
	const uint8_t nonce[12], const uint8_t *associated, size_t associated_bytes)
{
	uint8_t h[16] = {0}, counter[16] = {0}, mask[16], x[16] = {0}, lengths[16] = {0};

	assert_true(crypto_aes128_block(h, key, h));
	memcpy(counter, nonce, 12);
	for (size_t at = 0; at < bytes; at++) {
		if (at % 16 == 0) {
			counter[14] = (uint8_t)((at / 16 + 2) >> 8);
			counter[15] = (uint8_t)(at / 16 + 2);
			assert_true(crypto_aes128_block(mask, key, counter));
		}
		octets[at] ^= mask[at % 16];
	}
	ghash_add(x, h, associated, associated_bytes);
	ghash_add(x, h, octets, bytes);
	lengths[6] = (uint8_t)(associated_bytes * 8 >> 8);
	lengths[7] = (uint8_t)(associated_bytes * 8);
	lengths[13] = (uint8_t)(bytes * 8 >> 16);
	lengths[14] = (uint8_t)(bytes * 8 >> 8);
	lengths[15] = (uint8_t)(bytes * 8);
	ghash_add(x, h, lengths, 16);
	counter[14] = 0;
	counter[15] = 1;
	assert_true(crypto_aes128_block(mask, key, counter));
	for (int i = 0; i < 16; i++)
		octets[bytes + (size_t)i] = x[i] ^ mask[i];
}

struct seal_packet {
	uint32_t version;
	const uint8_t *id; /* of this packet, eight octets; the keys are those of key_id if given */
	const uint8_t *key_id;
	const uint8_t *source; /* eight octets, or none */
	uint8_t number;
	const uint8_t *frames;
	size_t frames_bytes;
	size_t bytes; /* of the whole packet; padded */
};

/* A client's Initial with a packet number of four octets. */
static inline size_t seal_initial(uint8_t *to, const struct seal_packet *p)
{
	const bool v2 = p->version == QUIC_V2 || p->version == 0x709a50c4;
	struct seal_keys k = seal_keys_of(p->version, p->key_id ? p->key_id : p->id, 8);
	size_t length_at = 1 + 4 + 1 + 8 + 1 + (p->source ? 8 : 0) + 1;
	size_t header = length_at + 2 + 4, sealed = p->bytes - header - 16;
	uint8_t nonce[12], mask[16];

	memset(to, 0, p->bytes);
	to[0] = v2 ? 0xd3 : 0xc3;
	for (int i = 0; i < 4; i++)
		to[1 + i] = (uint8_t)(p->version >> (24 - 8 * i));
	to[5] = 8;
	memcpy(to + 6, p->id, 8);
	if (p->source) {
		to[14] = 8;
		memcpy(to + 15, p->source, 8);
	}
	to[length_at] = (uint8_t)(0x40 | (4 + sealed + 16) >> 8);
	to[length_at + 1] = (uint8_t)(4 + sealed + 16);
	to[header - 1] = p->number;
	memcpy(to + header, p->frames, p->frames_bytes);
	memcpy(nonce, k.iv, 12);
	nonce[11] ^= p->number;
	seal(to + header, sealed, k.key, nonce, to, header);
	assert_true(crypto_aes128_block(mask, k.hp, to + header));
	to[0] ^= mask[0] & 0x0f;
	for (size_t i = 0; i < 4; i++)
		to[header - 4 + i] ^= mask[1 + i];
	return p->bytes;
}
