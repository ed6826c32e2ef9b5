/* SPDX-License-Identifier: Apache-2.0 */
/* The data of DNS records as text, type by type; each one cut at every octet and with wrong
 * lengths. */
#include <stdio.h>

#include "dissectors/dns_data.h"
#include "tests/unit/dissect_test.h"

/* 12: example.org; then the data. */
#define HEAD "0000 0000 0000 0000 0000 0000 076578616d706c65 036f7267 00"

#define NAME  "03 777777 c00c"
#define PLAIN "03 777777 076578616d706c65 036f7267 00"

static struct dns_text text;

/* Whether data is sound; its text is in `text`. The data lies in memory of just its size. */
static bool read_data(uint16_t type, uint16_t class, const char *digits, size_t cut)
{
	uint8_t message[600];
	size_t head = from_hex(message, sizeof(message), HEAD);
	size_t bytes = from_hex(message + head, sizeof(message) - head, digits);
	_cleanup_(free_ptr) uint8_t *copy = NULL;
	struct dns_reader reader;
	struct cursor all;

	bytes = cut < bytes ? cut : bytes;
	copy = trial_copy(message, head + bytes);
	all = cur_init(copy, head + bytes);
	reader = dns_reader_of(&all);
	cur_skip(&all, head);
	text.used = 0;
	return dns_add_data(&text, type, class, all, &reader);
}

static size_t size_of(const char *digits)
{
	uint8_t octets[600];

	return from_hex(octets, sizeof(octets), digits);
}

struct sample {
	uint16_t type;
	const char *digits, *want;
	size_t whole; /* octets that make it sound; what follows may be cut. 0: all */
};

static const struct sample samples[] = {
	{1, "c0000201", "192.0.2.1", 0},
	{28, "20010db8000000000000000000000001", "2001:db8::1", 0},
	{2, NAME, "www.example.org", 0},
	{5, NAME, "www.example.org", 0},
	{12, "00", "", 0},
	{39, NAME, "www.example.org", 0},
	{15, "000a" NAME, "www.example.org", 0},
	{18, "0001" NAME, "www.example.org", 0},
	{33, "0001 0002 01bb" NAME, "www.example.org", 0},
	{6, NAME "00 00000001 00000002 00000003 00000004 ffffffff",
		"www.example.org . 1 2 3 4 4294967295", 0},
	{13, "03 632261 02 5c78", "\"c\\\"a\" \"\\\\x\"", 0},
	{64, "0000" PLAIN "0001 0003 02 6832", "0 www.example.org", 19},
	{65, "0001 00", "1 .", 0},
	{65, "0001 00 0001 0006 02 6832 02 6833", "1 . alpn=h2,h3", 0},
	{65,
		"0001 00 0000 0004 0001 0004 0001 0004 03 612c62 0002 0000 0003 0002 01bb"
		"0004 0008 c0000201 c0000202 0005 0003 aabbcc 0006 0010 "
		"20010db8000000000000000000000001"
		"0007 0004 2f64 207b 0008 0000 ff00 0002 abcd",
		"1 . mandatory=alpn,ipv4hint alpn=a\\,b no-default-alpn port=443 "
		"ipv4hint=192.0.2.1,192.0.2.2 ech[3] ipv6hint=2001:db8::1 dohpath=/d\\ { ohttp "
		"key65280[2]",
		0},
	{257, "80 05 6973737565 63612e6578616d706c65", "128 issue \"ca.example\"", 7},
	{35, "0064 000a 01 75 07 4532552b736970 00" NAME,
		"100 10 \"u\" \"E2U+sip\" \"\" www.example.org", 0},
	{43, "ec45 05 01 2bb183af", "60485 5 1 2bb183af", 4},
	{48, "0101 03 0d 616263 64", "257 3 13 YWJjZA==", 4},
	{46, "0001 0d 03 0000012c 66000000 65f00000 3039" NAME "deadbeef",
		"A 13 3 300 20240324102712 20240312071056 12345 www.example.org", 24},
	{47, NAME "00 06 40010000 0003", "www.example.org A MX RRSIG NSEC", 0},
	{50, "01 00 000a 02 aabb 05 0102030405 00 01 40", "1 0 10 aabb 04106105 A", 0},
	{51, "01 00 0000 00", "1 0 0 -", 0},
	{52, "03 01 01 ab", "3 1 1 ab", 3},
	{44, "04 02 abcd", "4 2 abcd", 2},
	{256, "000a 0001 6674703a2f2f78", "10 1 \"ftp://x\"", 4},
	{41, "00", "", 1},
	{250, "abcd", "", 1},
	{29, "00", "", 1},
	{10, "ff", "", 1},
};

static void test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const struct sample *s = &samples[i];

		if (!read_data(s->type, 1, s->digits, SIZE_MAX))
			fail_msg("type %u, sample %zu: malformed", s->type, i);
		if (text.used != strlen(s->want) || memcmp(text.bytes, s->want, text.used) != 0)
			fail_msg("type %u, sample %zu: %.*s", s->type, i, (int)text.used,
				text.bytes);
	}
}

/* Parameters of SVCB end where they like; NSEC's windows, too. */
static bool may_end(const struct sample *s, size_t cut)
{
	if (s->type == 64 || s->type == 65 || s->type == 47 || s->type == 50 || s->type == 16)
		return true;
	return s->whole && cut >= s->whole;
}

static void test_every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const struct sample *s = &samples[i];
		size_t bytes = size_of(s->digits);

		for (size_t cut = 0; cut < bytes; cut++) {
			bool sound = read_data(s->type, 1, s->digits, cut);

			if (sound && !may_end(s, cut) && *s->want)
				fail_msg("type %u, sample %zu: sound when cut to %zu", s->type, i,
					cut);
			assert_true(text.used <= sizeof(text.bytes));
		}
	}
}

static void test_malformed(void **state)
{
	static const struct {
		uint16_t type;
		const char *digits;
	} bad[] = {
		{1, "c00002"},
		{1, "c000020100"},
		{28, "c0000201"},
		{2, "05 6161"},
		{2, "c01c"},       /* a pointer to itself */
		{2, "c0ff"},       /* ahead */
		{6, NAME},         /* no numbers */
		{13, "05 61"},     /* a string that is longer than its data */
		{16, "03 6161"},   /* the same */
		{65, "0001 c00c"}, /* RFC 9460 section 2.2: no pointers */
		{65, "0001 00 0003 0001 01"},
		{65, "0001 00 0003 0003 010101"}, /* a port of 1, of 3 */
		{65, "0001 00 0001 0000"},        /* no protocol */
		{65, "0001 00 0001 0002 01"},
		{65, "0001 00 0001 0001 00"}, /* an empty one */
		{65, "0001 00 0004 0003 c00002"},
		{65, "0001 00 0004 0000"},
		{65, "0001 00 0006 0004 c0000201"},
		{65, "0001 00 0002 0001 00"},
		{65, "0001 00 0000 0001 00"},
		{65, "0001 00 0003 0002 01bb 0003 0002 01bb"},    /* twice */
		{65, "0001 00 0003 0002 01bb 0001 0003 02 6832"}, /* out of order */
		{65, "0001 00 0003"},
		{65, "0001"},
		{257, "00 00 61"},
		{257, "00 02 612d 61"},
		{257, "00 09 61"},
		{35, "0064 000a 01 75 07 4532"},
		{43, "ec45 05"},
		{48, "0101 03"},
		{46, "0001 0d 03 0000012c 66000000"},
		{47, NAME "00 00"},                                      /* a window of nothing */
		{47, NAME "00 21" NAME NAME NAME NAME NAME NAME "0000"}, /* of more than 32 */
		{47, NAME "01 01 40 00 01 40"},                          /* out of order */
		{50, "01 00 000a 09 aabb"},
		{50, "01 00 000a 00 09 aabb"},
		{51, "01 00 00"},
		{52, "03 01"},
		{44, "04"},
		{256, "000a 00"},
		{33, "0001 0002 01bb"},
		{15, "000a"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (read_data(bad[i].type, 1, bad[i].digits, SIZE_MAX))
			fail_msg("type %u, %s: sound", bad[i].type, bad[i].digits);
	}
}

/* Data as long as may be: what does not fit is left out, and the work ends. */
static void test_long(void **state)
{
	static const uint16_t types[] = {
		10, 13, 16, 35, 43, 44, 46, 47, 48, 50, 52, 64, 65, 99, 256, 257};
	static uint8_t message[65535];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		for (unsigned fill = 0; fill < 256; fill += 51) {
			struct cursor all = cur_init(message, sizeof(message));
			struct dns_reader reader = dns_reader_of(&all);

			memset(message, (int)fill, sizeof(message));
			text.used = 0;
			(void)dns_add_data(&text, types[i], 1, all, &reader);
			assert_true(text.used <= sizeof(text.bytes));
			assert_true(reader.steps <= reader.steps_max + 1);
		}
	}
}

static void test_class(void **state)
{
	(void)state;
	/* an address of CHAOS is a name and a number */
	assert_true(read_data(1, 3, PLAIN "0001", SIZE_MAX));
	assert_int_equal(text.used, 0);
	assert_true(read_data(1, 0x8001, "c0000201", SIZE_MAX)); /* multicast: flush the cache */
	assert_int_equal(text.used, 9);
}

static void test_type_names(void **state)
{
	(void)state;
	for (unsigned type = 0; type <= UINT16_MAX; type++) {
		const char *name = dns_type_name((uint16_t)type);

		text.used = 0;
		dns_add_type(&text, (uint16_t)type);
		if (name)
			assert_memory_equal(text.bytes, name, text.used);
		else
			assert_memory_equal(text.bytes, "TYPE", 4);
	}
	assert_null(dns_type_name(32)); /* NetBIOS' */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_class),
		cmocka_unit_test(test_type_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
