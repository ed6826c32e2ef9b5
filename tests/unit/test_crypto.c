/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"

#include <pthread.h>

#include "base/text.h"
#include "tests/unit/unit.h"

static void expect(const uint8_t *got, size_t bytes, const char *want)
{
	char hex[257];

	assert_true(bytes <= 128);
	text_hex(hex, got, bytes);
	assert_string_equal(hex, want);
}

static void digests(void **state)
{
	uint8_t out[32];
	char million[1000];

	(void)state;
	/* RFC 1321 appendix A.5 */
	crypto_md5(out, "", 0);
	expect(out, 16, "d41d8cd98f00b204e9800998ecf8427e");
	crypto_md5(out, "message digest", 14);
	expect(out, 16, "f96b697d7cb7938d525a2f31aaf161d0");
	/* FIPS 180-4 examples */
	crypto_sha1(out, "abc", 3);
	expect(out, 20, "a9993e364706816aba3e25717850c26c9cd0d89d");
	crypto_sha256(out, "abc", 3);
	expect(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	crypto_sha256(out, NULL, 0);
	expect(out, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	memset(million, 'a', sizeof(million));
	crypto_md5(out, million, sizeof(million));
	expect(out, 16, "cabe45dcc9ae5b66ba86600cca6b8ba8");
}

/* RFC 5869 appendix A, test cases 1 to 3: the first half of each. */
static void hkdf(void **state)
{
	uint8_t salt[80], ikm[80], prk[32];
	size_t salt_bytes, ikm_bytes;

	(void)state;
	ikm_bytes = unit_octets(ikm, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
	salt_bytes = unit_octets(salt, "000102030405060708090a0b0c");
	crypto_hkdf_extract(prk, salt, salt_bytes, ikm, ikm_bytes);
	expect(prk, 32, "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");

	for (uint8_t i = 0; i < 80; i++) {
		ikm[i] = i;
		salt[i] = (uint8_t)(0x60 + i);
	}
	crypto_hkdf_extract(prk, salt, 80, ikm, 80); /* a salt longer than a block */
	expect(prk, 32, "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244");

	crypto_hkdf_extract(prk, NULL, 0, ikm,
		unit_octets(ikm, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"));
	expect(prk, 32, "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
}

/* QUIC's client Initial of RFC 9001 appendix A: key derivation, header protection mask. */
static void quic_initial(void **state)
{
	uint8_t salt[20], dcid[8], initial[32], client[32], key[16], iv[12], hp[16], sample[16];
	uint8_t mask[16];

	(void)state;
	(void)unit_octets(salt, "38762cf7f55934b34d179ae6a4c80cadccbb7f0a");
	(void)unit_octets(dcid, "8394c8f03e515708");
	crypto_hkdf_extract(initial, salt, sizeof(salt), dcid, sizeof(dcid));
	expect(initial, 32, "7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44");
	crypto_hkdf_labels(initial, &(struct crypto_label){"client in", client, 32}, 1);
	expect(client, 32, "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea");
	crypto_hkdf_labels(client,
		(struct crypto_label[]){
			{"quic key", key, 16}, {"quic iv", iv, 12}, {"quic hp", hp, 16}},
		3);
	expect(key, 16, "1f369613dd76d5467730efcbe3b1a22d");
	expect(iv, 12, "fa044b2f42a3fd3b46fb255c");
	expect(hp, 16, "9f50449e04a0e810283a1e9933adedd2");
	(void)unit_octets(sample, "d1b1c98dd7689fb8ec11d242b123dc9b");
	assert_true(crypto_aes128_block(mask, hp, sample));
	expect(mask, 5, "437b9aec36");
}

static void aes_block(void **state)
{
	uint8_t key[16], block[16], out[16];

	(void)state;
	/* FIPS 197 appendix B, twice: a context that is used again gives the same */
	(void)unit_octets(key, "2b7e151628aed2a6abf7158809cf4f3c");
	(void)unit_octets(block, "3243f6a8885a308d313198a2e0370734");
	for (int i = 0; i < 2; i++) {
		assert_true(crypto_aes128_block(out, key, block));
		expect(out, 16, "3925841d02dc09fbdc118597196a0b32");
	}
}

/* "The Galois/Counter Mode of Operation" (McGrew, Viega) appendix B, test cases 1 to 4. */
static void gcm(void **state)
{
	uint8_t key[16], nonce[12], sealed[96], aad[20], out[96];
	size_t bytes;

	(void)state;
	memset(key, 0, sizeof(key));
	memset(nonce, 0, sizeof(nonce));
	bytes = unit_octets(sealed, "58e2fccefa7e3061367f1d57a4e7455a");
	assert_true(crypto_aes128_gcm_open(out, key, nonce, NULL, 0, sealed, bytes));
	assert_false(crypto_aes128_gcm_open(out, key, nonce, "x", 1, sealed, bytes));
	bytes = unit_octets(
		sealed, "0388dace60b6a392f328c2b971b2fe78 ab6e47d42cec13bdf53a67b21257bddf");
	assert_true(crypto_aes128_gcm_open(out, key, nonce, NULL, 0, sealed, bytes));
	expect(out, 16, "00000000000000000000000000000000");

	(void)unit_octets(key, "feffe9928665731c6d6a8f9467308308");
	(void)unit_octets(nonce, "cafebabefacedbaddecaf888");
	(void)unit_octets(aad, "feedfacedeadbeeffeedfacedeadbeefabaddad2");
	bytes = unit_octets(sealed,
		"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
		"21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
		"5bc94fbc3221a5db94fae95ae7121a47");
	assert_true(crypto_aes128_gcm_open(out, key, nonce, aad, sizeof(aad), sealed, bytes));
	expect(out, 60,
		"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
		"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
	for (size_t i = 0; i < bytes; i++) { /* any octet changed: refused, and no memory of it */
		sealed[i] ^= 1;
		assert_false(
			crypto_aes128_gcm_open(out, key, nonce, aad, sizeof(aad), sealed, bytes));
		sealed[i] ^= 1;
	}
	aad[3] ^= 1;
	assert_false(crypto_aes128_gcm_open(out, key, nonce, aad, sizeof(aad), sealed, bytes));
	aad[3] ^= 1;
	for (size_t i = 0; i < bytes; i++)
		assert_false(crypto_aes128_gcm_open(out, key, nonce, aad, sizeof(aad), sealed, i));
	assert_true(crypto_aes128_gcm_open(out, key, nonce, aad, sizeof(aad), sealed, bytes));
}

static void *in_thread(void *ret)
{
	for (int i = 0; i < 1000; i++)
		crypto_md5(ret, "abc", 3);
	return NULL;
}

static void threads_share_nothing(void **state)
{
	pthread_t threads[4];
	uint8_t out[4][16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, in_thread, out[i]), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		expect(out[i], 16, "900150983cd24fb0d6963f7d28e17f72");
	}
}

/* In pieces of any size it is the same, and two go on beside each other. */
static void md5_in_pieces(void **state)
{
	struct crypto_md5_pieces one, two;
	uint8_t text[300], whole[16], got[16];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 7);
	crypto_md5(whole, text, sizeof(text));
	for (size_t size = 1; size <= sizeof(text); size++) {
		crypto_md5_begin(&one);
		crypto_md5_begin(&two);
		for (size_t at = 0; at < sizeof(text); at += size) {
			size_t bytes = sizeof(text) - at < size ? sizeof(text) - at : size;

			crypto_md5_add(&one, text + at, bytes);
			crypto_md5_add(&two, "x", 0);
		}
		crypto_md5_end(&one, got);
		assert_memory_equal(got, whole, 16);
	}
	crypto_md5_end(&two, got);
	crypto_md5(whole, "", 0);
	assert_memory_equal(got, whole, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(md5_in_pieces),
		cmocka_unit_test(digests),
		cmocka_unit_test(hkdf),
		cmocka_unit_test(quic_initial),
		cmocka_unit_test(aes_block),
		cmocka_unit_test(gcm),
		cmocka_unit_test(threads_share_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
