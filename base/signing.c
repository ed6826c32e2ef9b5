/* SPDX-License-Identifier: Apache-2.0 */
#include "base/signing.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/text.h"

static void key_free_ptr(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void context_free_ptr(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}

static void bio_free_ptr(BIO **bio)
{
	(void)BIO_free(*bio);
}

static EVP_PKEY *key_of_secret(const uint8_t secret[SIGNING_KEY_BYTES])
{
	return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, SIGNING_KEY_BYTES);
}

static EVP_PKEY *key_of_public(const uint8_t public_key[SIGNING_KEY_BYTES])
{
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, SIGNING_KEY_BYTES);
}

int signing_key_make(uint8_t ret_secret[SIGNING_KEY_BYTES])
{
	_cleanup_(key_free_ptr) EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	size_t bytes = SIGNING_KEY_BYTES;

	return key && EVP_PKEY_get_raw_private_key(key, ret_secret, &bytes) == 1 ? 0 : -EIO;
}

int signing_key_public(
	uint8_t ret_public[SIGNING_KEY_BYTES], const uint8_t secret[SIGNING_KEY_BYTES])
{
	_cleanup_(key_free_ptr) EVP_PKEY *key = key_of_secret(secret);
	size_t bytes = SIGNING_KEY_BYTES;

	return key && EVP_PKEY_get_raw_public_key(key, ret_public, &bytes) == 1 ? 0 : -EIO;
}

/* A key that wants a passphrase gets none: nobody sits there when a set is compiled. */
static int no_passphrase(char *to, int size, int writes, void *context)
{
	(void)to;
	(void)size;
	(void)writes;
	(void)context;
	return -1;
}

typedef EVP_PKEY *pem_reader(BIO *from, EVP_PKEY **reuse, pem_password_cb *ask, void *context);
typedef int raw_getter(const EVP_PKEY *key, unsigned char *to, size_t *bytes);

static EVP_PKEY *read_pem(const char *pem, size_t bytes, pem_reader *reader)
{
	_cleanup_(bio_free_ptr) BIO *from = bytes <= SIGNING_PEM_BYTES_MAX
						    ? BIO_new_mem_buf(pem, (int)bytes)
						    : NULL;

	return from ? reader(from, NULL, no_passphrase, NULL) : NULL;
}

static int raw_of(uint8_t ret[SIGNING_KEY_BYTES], const EVP_PKEY *key, raw_getter *get)
{
	size_t bytes = SIGNING_KEY_BYTES;
	uint8_t raw[SIGNING_KEY_BYTES];

	if (!key || !EVP_PKEY_is_a(key, "ED25519") || get(key, raw, &bytes) != 1 ||
		bytes != sizeof(raw))
		return -EBADMSG;
	memcpy(ret, raw, sizeof(raw));
	return 0;
}

int signing_secret_read(uint8_t ret_secret[SIGNING_KEY_BYTES], const char *pem, size_t bytes)
{
	_cleanup_(key_free_ptr) EVP_PKEY *key = read_pem(pem, bytes, PEM_read_bio_PrivateKey);

	return raw_of(ret_secret, key, EVP_PKEY_get_raw_private_key);
}

int signing_public_read(uint8_t ret_public[SIGNING_KEY_BYTES], const char *pem, size_t bytes)
{
	_cleanup_(key_free_ptr) EVP_PKEY *key = read_pem(pem, bytes, PEM_read_bio_PUBKEY);

	return raw_of(ret_public, key, EVP_PKEY_get_raw_public_key);
}

/* What lies in the buffer, with a zero. */
static int take_text(char *ret_pem, size_t size, BIO *from)
{
	const char *octets;
	long bytes = BIO_get_mem_data(from, &octets);

	if (bytes < 0 || (size_t)bytes >= size)
		return -ENOBUFS;
	memcpy(ret_pem, octets, (size_t)bytes);
	ret_pem[bytes] = '\0';
	return 0;
}

int signing_secret_write(char *ret_pem, size_t size, const uint8_t secret[SIGNING_KEY_BYTES])
{
	_cleanup_(key_free_ptr) EVP_PKEY *key = key_of_secret(secret);
	_cleanup_(bio_free_ptr) BIO *to = BIO_new(BIO_s_secmem());

	if (!key || !to || !PEM_write_bio_PKCS8PrivateKey(to, key, NULL, NULL, 0, NULL, NULL))
		return -EIO;
	return take_text(ret_pem, size, to);
}

int signing_public_write(char *ret_pem, size_t size, const uint8_t public_key[SIGNING_KEY_BYTES])
{
	_cleanup_(key_free_ptr) EVP_PKEY *key = key_of_public(public_key);
	_cleanup_(bio_free_ptr) BIO *to = BIO_new(BIO_s_mem());

	if (!key || !to || !PEM_write_bio_PUBKEY(to, key))
		return -EIO;
	return take_text(ret_pem, size, to);
}

void signing_key_name(
	char ret_name[SIGNING_NAME_BYTES], const uint8_t public_key[SIGNING_KEY_BYTES])
{
	uint8_t sum[32];

	crypto_sha256(sum, public_key, SIGNING_KEY_BYTES);
	text_hex(ret_name, sum, (SIGNING_NAME_BYTES - 1) / 2);
}

int signing_sign(uint8_t ret_signature[SIGNING_SIGNATURE_BYTES],
	const uint8_t secret[SIGNING_KEY_BYTES], const void *message, size_t bytes)
{
	_cleanup_(key_free_ptr) EVP_PKEY *key = key_of_secret(secret);
	_cleanup_(context_free_ptr) EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t used = SIGNING_SIGNATURE_BYTES;

	if (!key || !context || EVP_DigestSignInit(context, NULL, NULL, NULL, key) != 1 ||
		EVP_DigestSign(context, ret_signature, &used, message, bytes) != 1)
		return -EIO;
	return 0;
}

bool signing_is_good(const uint8_t signature[SIGNING_SIGNATURE_BYTES],
	const uint8_t public_key[SIGNING_KEY_BYTES], const void *message, size_t bytes)
{
	_cleanup_(key_free_ptr) EVP_PKEY *key = key_of_public(public_key);
	_cleanup_(context_free_ptr) EVP_MD_CTX *context = EVP_MD_CTX_new();

	return key && context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
	       EVP_DigestVerify(context, signature, SIGNING_SIGNATURE_BYTES, message, bytes) == 1;
}
