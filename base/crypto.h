/* SPDX-License-Identifier: Apache-2.0 */
/* What we need of OpenSSL; crypto.c is the only file that knows it. A context belongs to one thread
 * and allocates only when it is made. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void crypto_md5(uint8_t ret[16], const void *octets, size_t bytes);
void crypto_sha1(uint8_t ret[20], const void *octets, size_t bytes);
void crypto_sha256(uint8_t ret[32], const void *octets, size_t bytes);
/* HKDF-Extract with SHA-256, RFC 5869 section 2.2. */
void crypto_hkdf_extract(uint8_t ret[32], const void *salt, size_t salt_bytes, const void *secret,
	size_t secret_bytes);

/* What is wanted of a secret: at most 32 octets, under a label of at most 53. */
struct crypto_label {
	const char *label;
	uint8_t *ret;
	uint8_t bytes;
};

/* HKDF-Expand-Label with SHA-256 and an empty context, RFC 8446 section 7.1: each of `count`. */
void crypto_hkdf_labels(const uint8_t secret[32], const struct crypto_label *labels, size_t count);
/* One AES-128 block. */
bool crypto_aes128_block(uint8_t ret[16], const uint8_t key[16], const uint8_t block[16]);
/* AES-128-GCM, `sealed` ends with its 16-octet tag; false when it does not authenticate (ret is
 * then unspecified). `ret` holds sealed_bytes - 16. */
bool crypto_aes128_gcm_open(uint8_t *ret, const uint8_t key[16], const uint8_t nonce[12],
	const void *associated, size_t associated_bytes, const void *sealed, size_t sealed_bytes);

/* MD5 of what comes in pieces, kept between calls by the caller; holds no memory, needs no end. */
struct crypto_md5_pieces {
	uint64_t internal[12];
};

void crypto_md5_begin(struct crypto_md5_pieces *m);
void crypto_md5_add(struct crypto_md5_pieces *m, const void *octets, size_t bytes);
void crypto_md5_end(struct crypto_md5_pieces *m, uint8_t ret[16]);
