/* SPDX-License-Identifier: Apache-2.0 */
/* A context of the new interface allocates, and so cannot lie in a flow's state. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/crypto.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* Why there is state here although the interface has none: in OpenSSL 3 looking an algorithm up
 * costs several times what hashing a JA3 string does, and a context allocates when it is given
 * its algorithm. So the algorithms are looked up once per process and never change after
 * (pthread_once), and each thread keeps one context per algorithm until it ends. Nothing that
 * a caller could see outlives a call.
 *
 * They come from a library context of our own with the default provider: what the machine's
 * openssl.cnf says (FIPS only, say) cannot take MD5 away from JA3, and reading it is saved. */
enum { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGESTS };
enum { CIPHER_BLOCK, CIPHER_GCM, CIPHERS };

static const char *const digest_names[DIGESTS] = {"MD5", "SHA1", "SHA256"};
static const char *const cipher_names[CIPHERS] = {"AES-128-ECB", "AES-128-GCM"};

struct contexts {
	EVP_MD_CTX *digest[DIGESTS];
	EVP_CIPHER_CTX *cipher[CIPHERS];
};

static struct {
	pthread_key_t key; /* only for its destructor */
	EVP_MD *digest[DIGESTS];
	EVP_CIPHER *cipher[CIPHERS];
} algorithms;

static pthread_once_t algorithms_once = PTHREAD_ONCE_INIT;
static _Thread_local struct contexts *thread_contexts;

/* Without its algorithms the program cannot do what it is for, and no caller could mend that. */
static void must(bool fine)
{
	assert(fine);
	(void)fine;
}

static void contexts_free(void *p)
{
	struct contexts *c = p;

	for (size_t i = 0; i < DIGESTS; i++)
		EVP_MD_CTX_free(c->digest[i]);
	for (size_t i = 0; i < CIPHERS; i++)
		EVP_CIPHER_CTX_free(c->cipher[i]);
	free(c);
}

static void algorithms_make(void)
{
	OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();

	must(library && OSSL_PROVIDER_load(library, "default"));
	must(pthread_key_create(&algorithms.key, contexts_free) == 0);
	for (size_t i = 0; i < DIGESTS; i++) {
		algorithms.digest[i] = EVP_MD_fetch(library, digest_names[i], NULL);
		must(algorithms.digest[i]);
	}
	for (size_t i = 0; i < CIPHERS; i++) {
		algorithms.cipher[i] = EVP_CIPHER_fetch(library, cipher_names[i], NULL);
		must(algorithms.cipher[i]);
	}
}

static const struct contexts *contexts_make(void)
{
	struct contexts *c = calloc(1, sizeof(*c));

	must(c && pthread_once(&algorithms_once, algorithms_make) == 0);
	for (size_t i = 0; i < DIGESTS; i++) {
		c->digest[i] = EVP_MD_CTX_new();
		must(c->digest[i] && EVP_DigestInit_ex2(c->digest[i], algorithms.digest[i], NULL));
	}
	for (size_t i = 0; i < CIPHERS; i++) {
		c->cipher[i] = EVP_CIPHER_CTX_new();
		must(c->cipher[i] && EVP_CipherInit_ex2(c->cipher[i], algorithms.cipher[i], NULL,
					     NULL, i == CIPHER_BLOCK, NULL));
	}
	must(EVP_CIPHER_CTX_set_padding(c->cipher[CIPHER_BLOCK], 0));
	must(pthread_setspecific(algorithms.key, c) == 0);
	thread_contexts = c;
	return c;
}

static inline const struct contexts *contexts(void)
{
	return thread_contexts ? thread_contexts : contexts_make();
}

struct piece {
	const void *octets;
	size_t bytes;
};

static void digest(int which, uint8_t *ret, const struct piece *pieces, size_t count)
{
	EVP_MD_CTX *c = contexts()->digest[which];

	must(EVP_DigestInit_ex2(c, NULL, NULL));
	for (size_t i = 0; i < count; i++)
		must(EVP_DigestUpdate(c, pieces[i].octets, pieces[i].bytes));
	must(EVP_DigestFinal_ex(c, ret, NULL));
}

void crypto_md5(uint8_t ret[16], const void *octets, size_t bytes)
{
	digest(DIGEST_MD5, ret, &(struct piece){octets, bytes}, 1);
}

void crypto_sha1(uint8_t ret[20], const void *octets, size_t bytes)
{
	digest(DIGEST_SHA1, ret, &(struct piece){octets, bytes}, 1);
}

void crypto_sha256(uint8_t ret[32], const void *octets, size_t bytes)
{
	digest(DIGEST_SHA256, ret, &(struct piece){octets, bytes}, 1);
}

/* HMAC with SHA-256, RFC 2104 section 2; the message in at most three pieces. */
static void hmac(uint8_t ret[32], struct piece key, const struct piece *message, size_t count)
{
	uint8_t block[64] = {0}, inner[32];
	struct piece pieces[4] = {{block, sizeof(block)}};

	assert(count <= 3);
	if (key.bytes > sizeof(block))
		crypto_sha256(block, key.octets, key.bytes);
	else if (key.bytes)
		memcpy(block, key.octets, key.bytes);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] ^= 0x36;
	memcpy(pieces + 1, message, count * sizeof(*message));
	digest(DIGEST_SHA256, inner, pieces, 1 + count);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] ^= 0x36 ^ 0x5c;
	pieces[1] = (struct piece){inner, sizeof(inner)};
	digest(DIGEST_SHA256, ret, pieces, 2);
}

void crypto_hkdf_extract(uint8_t ret[32], const void *salt, size_t salt_bytes, const void *secret,
	size_t secret_bytes)
{
	hmac(ret, (struct piece){salt, salt_bytes}, &(struct piece){secret, secret_bytes}, 1);
}

bool crypto_hkdf_expand(uint8_t *ret, size_t ret_bytes, const uint8_t secret[32], const void *info,
	size_t info_bytes)
{
	uint8_t block[32];
	size_t done = 0;

	if (ret_bytes > 2 * sizeof(block))
		return false;
	for (uint8_t count = 1; done < ret_bytes; count++) {
		struct piece message[3] = {
			{block, count > 1 ? sizeof(block) : 0}, {info, info_bytes}, {&count, 1}};
		size_t bytes = ret_bytes - done;

		hmac(block, (struct piece){secret, 32}, message, ARRAY_LEN(message));
		if (bytes > sizeof(block))
			bytes = sizeof(block);
		memcpy(ret + done, block, bytes);
		done += bytes;
	}
	return true;
}

bool crypto_aes128_block(uint8_t ret[16], const uint8_t key[16], const uint8_t block[16])
{
	EVP_CIPHER_CTX *c = contexts()->cipher[CIPHER_BLOCK];
	int bytes;

	return EVP_EncryptInit_ex2(c, NULL, key, NULL, NULL) &&
	       EVP_EncryptUpdate(c, ret, &bytes, block, 16) && bytes == 16;
}

bool crypto_aes128_gcm_open(uint8_t *ret, const uint8_t key[16], const uint8_t nonce[12],
	const void *associated, size_t associated_bytes, const void *sealed, size_t sealed_bytes)
{
	EVP_CIPHER_CTX *c = contexts()->cipher[CIPHER_GCM];
	uint8_t tag[16], none[16];
	int bytes;

	if (sealed_bytes < sizeof(tag) || sealed_bytes > INT32_MAX || associated_bytes > INT32_MAX)
		return false;
	sealed_bytes -= sizeof(tag);
	memcpy(tag, (const uint8_t *)sealed + sealed_bytes, sizeof(tag));
	return EVP_DecryptInit_ex2(c, NULL, key, nonce, NULL) &&
	       (associated_bytes == 0 ||
		       EVP_DecryptUpdate(c, NULL, &bytes, associated, (int)associated_bytes)) &&
	       (sealed_bytes == 0 ||
		       EVP_DecryptUpdate(c, ret, &bytes, sealed, (int)sealed_bytes)) &&
	       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) &&
	       EVP_DecryptFinal_ex(c, none, &bytes) > 0;
}

_Static_assert(sizeof(MD5_CTX) <= sizeof(struct crypto_md5_pieces), "MD5 state too large");

static MD5_CTX *md5_of(struct crypto_md5_pieces *m)
{
	return (MD5_CTX *)(void *)m->internal;
}

void crypto_md5_begin(struct crypto_md5_pieces *m)
{
	must(MD5_Init(md5_of(m)) == 1);
}

void crypto_md5_add(struct crypto_md5_pieces *m, const void *octets, size_t bytes)
{
	if (bytes)
		must(MD5_Update(md5_of(m), octets, bytes) == 1);
}

void crypto_md5_end(struct crypto_md5_pieces *m, uint8_t ret[16])
{
	must(MD5_Final(ret, md5_of(m)) == 1);
}
