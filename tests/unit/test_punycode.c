/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/punycode.h"

#include <string.h>

#include "signatures/confusable.h"
#include "tests/unit/unit.h"

struct sample {
	const char *text;
	unsigned count;
	uint32_t characters[40];
};

/* RFC 3492 section 7.1, in lower case: Arabic, simplified Chinese, Czech, Japanese, Spanish, a mix,
 * and one that ends with ASCII. */
static const struct sample samples[] = {
	{"egbpdaj6bu4bxfgehfvwxn", 17,
		{0x644, 0x64a, 0x647, 0x645, 0x627, 0x628, 0x62a, 0x643, 0x644, 0x645, 0x648, 0x634,
			0x639, 0x631, 0x628, 0x64a, 0x61f}},
	{"ihqwcrb4cv8a8dqg056pqjye", 9,
		{0x4ed6, 0x4eec, 0x4e3a, 0x4ec0, 0x4e48, 0x4e0d, 0x8bf4, 0x4e2d, 0x6587}},
	{"proprostnemluvesky-uyb24dma41a", 22,
		{'p', 'r', 'o', 0x10d, 'p', 'r', 'o', 's', 't', 0x11b, 'n', 'e', 'm', 'l', 'u', 'v',
			0xed, 0x10d, 'e', 's', 'k', 'y'}},
	{"n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa", 18,
		{0x306a, 0x305c, 0x307f, 0x3093, 0x306a, 0x65e5, 0x672c, 0x8a9e, 0x3092, 0x8a71,
			0x3057, 0x3066, 0x304f, 0x308c, 0x306a, 0x3044, 0x306e, 0x304b}},
	{"porqunopuedensimplementehablarenespaol-fmd56a", 40,
		{'p', 'o', 'r', 'q', 'u', 0xe9, 'n', 'o', 'p', 'u', 'e', 'd', 'e', 'n', 's', 'i',
			'm', 'p', 'l', 'e', 'm', 'e', 'n', 't', 'e', 'h', 'a', 'b', 'l', 'a', 'r',
			'e', 'n', 'e', 's', 'p', 'a', 0xf1, 'o', 'l'}},
	{"3b-ww4c5e180e575a65lsy2b", 8, {'3', 0x5e74, 'b', 0x7d44, 0x91d1, 0x516b, 0x5148, 0x751f}},
	{"bcher-kva", 6, {'b', 0xfc, 'c', 'h', 'e', 'r'}},
	{"p1ai", 2, {0x440, 0x444}},
	{"ls8h", 1, {0x1f4a9}},
};

static void decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		uint32_t have[PUNYCODE_CHARACTERS_MAX];
		unsigned count = punycode_decode(
			have, (const uint8_t *)samples[i].text, strlen(samples[i].text));

		assert_int_equal(count, samples[i].count);
		assert_memory_equal(have, samples[i].characters, count * sizeof(*have));
	}
}

static void refused(void **state)
{
	static const char *const texts[] = {"", "-", "abc-", "-abc", "--", "a-b-", "\xc3\xbc-kva",
		"bcher-kva.", "BCHER-KVA", "999999999999", "zzzz", "a-9999999",
		/* one character more than a label has */
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-kva",
		/* a surrogate */
		"ib9b"};
	uint32_t have[PUNYCODE_CHARACTERS_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (punycode_decode(have, (const uint8_t *)texts[i], strlen(texts[i])))
			fail_msg("%s was read", texts[i]);
	}
}

static void folded(void **state)
{
	static const struct {
		uint32_t character, looks;
	} cases[] = {{'a', 'a'}, {'A', 'a'}, {'0', 'o'}, {'1', 'l'}, {'-', '-'}, {0xfc, 'u'},
		{0xe9, 'e'}, {0xdf, 'b'}, {0xe6, 0xe6}, {0x131, 'i'}, {0x261, 'g'}, {0x3bf, 'o'},
		{0x430, 'a'}, {0x435, 'e'}, {0x455, 's'}, {0x456, 'i'}, {0x4cf, 'l'}, {0x585, 'o'},
		{0x1eb9, 'e'}, {0x1ef9, 'y'}, {0x301, CONFUSABLE_NONE}, {0x4e2d, 0x4e2d},
		{0x10ffff, 0x10ffff}, {0x80, 0x80}, {0x2184, 'c'}, {0x2185, 0x2185}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(confusable_fold(cases[i].character), cases[i].looks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decoded),
		cmocka_unit_test(refused),
		cmocka_unit_test(folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
