/* SPDX-License-Identifier: Apache-2.0 */
#define OPENSSL_SUPPRESS_DEPRECATED /* for the hash functions, see below */
#include "base/crypto.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/provider.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* Hashes are OpenSSL's plain functions. It would rather have them called by EVP, which allocates
 * for each hash and costs more than the hash itself does of our few octets; nor could the keyed
 * state of an HMAC be kept, which derives QUIC's keys with 16 blocks instead of 20. They are the
 * same code in the end, and what the machine's openssl.cnf says (FIPS only, say) cannot take MD5
 * away from JA3.
 *
 * Why there is state here although the interface has none: of AES the fast code is behind EVP only,
 * where looking an algorithm up costs several times what it does, and a context allocates when it
 * is given its algorithm. So the algorithms are looked up once per process and never change after
 * (pthread_once), and each thread keeps one context per algorithm until it ends. Nothing that a
 * caller could see outlives a call. They come from a library context of our own with the default
 * provider: reading openssl.cnf is saved. */
enum { CIPHER_BLOCK, CIPHER_GCM, CIPHERS };

static const char *const cipher_names[CIPHERS] = {"AES-128-ECB", "AES-128-GCM"};

struct contexts {
	EVP_CIPHER_CTX *cipher[CIPHERS];
};

static struct {
	pthread_key_t key; /* only for its destructor */
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

	for (size_t i = 0; i < CIPHERS; i++)
		EVP_CIPHER_CTX_free(c->cipher[i]);
	free(c);
}

static void algorithms_make(void)
{
	OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();

	must(library && OSSL_PROVIDER_load(library, "default"));
	must(pthread_key_create(&algorithms.key, contexts_free) == 0);
	for (size_t i = 0; i < CIPHERS; i++) {
		algorithms.cipher[i] = EVP_CIPHER_fetch(library, cipher_names[i], NULL);
		must(algorithms.cipher[i]);
	}
}

static const struct contexts *contexts_make(void)
{
	struct contexts *c = calloc(1, sizeof(*c));

	must(c && pthread_once(&algorithms_once, algorithms_make) == 0);
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

void crypto_md5(uint8_t ret[16], const void *octets, size_t bytes)
{
	MD5_CTX c;

	must(MD5_Init(&c) && MD5_Update(&c, octets, bytes) && MD5_Final(ret, &c));
}

void crypto_sha1(uint8_t ret[20], const void *octets, size_t bytes)
{
	SHA_CTX c;

	must(SHA1_Init(&c) && SHA1_Update(&c, octets, bytes) && SHA1_Final(ret, &c));
}

void crypto_sha256(uint8_t ret[32], const void *octets, size_t bytes)
{
	SHA256_CTX c;

	must(SHA256_Init(&c) && SHA256_Update(&c, octets, bytes) && SHA256_Final(ret, &c));
}

/* HMAC with SHA-256, RFC 2104 section 2, when it has read its key: good for any number of messages.
 */
struct hmac {
	SHA256_CTX inner, outer;
};

static void hmac_key(struct hmac *h, const void *key, size_t key_bytes)
{
	uint8_t block[SHA256_CBLOCK] = {0};

	if (key_bytes > sizeof(block))
		crypto_sha256(block, key, key_bytes);
	else if (key_bytes)
		memcpy(block, key, key_bytes);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] ^= 0x36;
	must(SHA256_Init(&h->inner) && SHA256_Update(&h->inner, block, sizeof(block)));
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] ^= 0x36 ^ 0x5c;
	must(SHA256_Init(&h->outer) && SHA256_Update(&h->outer, block, sizeof(block)));
}

static void hmac(uint8_t ret[32], const struct hmac *h, const void *message, size_t bytes)
{
	SHA256_CTX c = h->inner;
	uint8_t inner[32];

	must(SHA256_Update(&c, message, bytes) && SHA256_Final(inner, &c));
	c = h->outer;
	must(SHA256_Update(&c, inner, sizeof(inner)) && SHA256_Final(ret, &c));
}

void crypto_hkdf_extract(uint8_t ret[32], const void *salt, size_t salt_bytes, const void *secret,
	size_t secret_bytes)
{
	struct hmac h;

	hmac_key(&h, salt, salt_bytes);
	hmac(ret, &h, secret, secret_bytes);
}

void crypto_hkdf_labels(const uint8_t secret[32], const struct crypto_label *labels, size_t count)
{
	struct hmac h;

	hmac_key(&h, secret, 32);
	for (size_t i = 0; i < count; i++) {
		const struct crypto_label *l = &labels[i];
		size_t label_bytes = strlen(l->label), used = 3;
		uint8_t info[64] = {0, l->bytes, (uint8_t)(6 + label_bytes)}, block[32];

		/* length, label, empty context; then the number of the only block */
		assert(l->bytes <= sizeof(block) && label_bytes <= sizeof(info) - 11);
		memcpy(info + used, "tls13 ", 6);
		memcpy(info + used + 6, l->label, label_bytes);
		used += 6 + label_bytes + 1;
		info[used++] = 1;
		hmac(block, &h, info, used);
		memcpy(l->ret, block, l->bytes);
	}
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

/* A context of EVP allocates, and so cannot lie in a flow's state. */
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
