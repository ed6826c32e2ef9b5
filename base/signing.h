/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures with Ed25519 (RFC 8032); keys as PEM (RFC 8410), as OpenSSL's programs read and write
 * them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGNING_KEY_BYTES       32 /* a secret or a public one */
#define SIGNING_SIGNATURE_BYTES 64
#define SIGNING_NAME_BYTES      17 /* with its zero */
#define SIGNING_PEM_BYTES_MAX   4096

/* A new key from the randomness of the system. -EIO: there is none. */
int signing_key_make(uint8_t ret_secret[SIGNING_KEY_BYTES]);
/* The public key of a secret one. -EIO: not to be had. */
int signing_key_public(
	uint8_t ret_public[SIGNING_KEY_BYTES], const uint8_t secret[SIGNING_KEY_BYTES]);
/* PEM into a key: `PRIVATE KEY` (PKCS #8, without a passphrase) or `PUBLIC KEY`. -EBADMSG: it is
 * none, or no Ed25519 key. */
int signing_secret_read(uint8_t ret_secret[SIGNING_KEY_BYTES], const char *pem, size_t bytes);
int signing_public_read(uint8_t ret_public[SIGNING_KEY_BYTES], const char *pem, size_t bytes);
/* The other way; with its zero. -ENOBUFS: `size` is too small, -EIO: not to be had. */
int signing_secret_write(char *ret_pem, size_t size, const uint8_t secret[SIGNING_KEY_BYTES]);
int signing_public_write(char *ret_pem, size_t size, const uint8_t public_key[SIGNING_KEY_BYTES]);
/* What persons call a public key by: the first 16 hexadecimal digits of its SHA-256. */
void signing_key_name(
	char ret_name[SIGNING_NAME_BYTES], const uint8_t public_key[SIGNING_KEY_BYTES]);

int signing_sign(uint8_t ret_signature[SIGNING_SIGNATURE_BYTES],
	const uint8_t secret[SIGNING_KEY_BYTES], const void *message, size_t bytes);
bool signing_is_good(const uint8_t signature[SIGNING_SIGNATURE_BYTES],
	const uint8_t public_key[SIGNING_KEY_BYTES], const void *message, size_t bytes);
