/* SPDX-License-Identifier: Apache-2.0 */
#include "base/signing.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/unit.h"

/* RFC 8032 section 7.1, tests 2 and 3. */
static void test_vectors(void **state)
{
	static const struct {
		const char *secret, *public_key, *message, *signature;
	} vectors[] = {
		{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
			"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
			"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
			"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
		{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
			"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
			"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
			"18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		uint8_t secret[32], want_public[32], message[8], want[64], got[64], public_key[32];
		size_t bytes = unit_octets(message, vectors[i].message);

		unit_octets(secret, vectors[i].secret);
		unit_octets(want_public, vectors[i].public_key);
		unit_octets(want, vectors[i].signature);
		assert_int_equal(signing_key_public(public_key, secret), 0);
		assert_memory_equal(public_key, want_public, sizeof(want_public));
		assert_int_equal(signing_sign(got, secret, message, bytes), 0);
		assert_memory_equal(got, want, sizeof(want));
		assert_true(signing_is_good(got, public_key, message, bytes));
		got[40] ^= 1;
		assert_false(signing_is_good(got, public_key, message, bytes));
		message[0] ^= 1;
		assert_false(signing_is_good(want, public_key, message, bytes));
	}
}

static void test_pem(void **state)
{
	uint8_t secret[32], public_key[32], got[32];
	char pem[512], name[SIGNING_NAME_BYTES];

	(void)state;
	assert_int_equal(signing_key_make(secret), 0);
	assert_int_equal(signing_key_public(public_key, secret), 0);
	assert_int_equal(signing_secret_write(pem, sizeof(pem), secret), 0);
	assert_non_null(strstr(pem, "-----BEGIN PRIVATE KEY-----"));
	assert_int_equal(signing_secret_read(got, pem, strlen(pem)), 0);
	assert_memory_equal(got, secret, sizeof(got));
	assert_int_equal(signing_public_read(got, pem, strlen(pem)), -EBADMSG);
	for (size_t bytes = 0; bytes + 2 < strlen(pem); bytes++)
		assert_int_equal(signing_secret_read(got, pem, bytes), -EBADMSG);
	assert_int_equal(signing_public_write(pem, sizeof(pem), public_key), 0);
	assert_int_equal(signing_public_read(got, pem, strlen(pem)), 0);
	assert_memory_equal(got, public_key, sizeof(got));
	assert_int_equal(signing_secret_read(got, pem, strlen(pem)), -EBADMSG);
	assert_int_equal(signing_public_write(pem, 20, public_key), -ENOBUFS);
	signing_key_name(name, public_key);
	assert_int_equal(strlen(name), 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_pem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
