/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdlib.h>
#include <time.h>

#include "tests/unit/unit.h"

typedef size_t (*sanitiser)(char *to, size_t size, const void *octets, size_t bytes);

static void expect(sanitiser clean, const char *in, size_t bytes, const char *want)
{
	char out[256];

	assert_int_equal(clean(out, sizeof(out), in, bytes), strlen(want));
	assert_string_equal(out, want);
}

#define UTF8(in, want)     expect(text_utf8, in, sizeof(in) - 1, want)
#define TERMINAL(in, want) expect(text_terminal, in, sizeof(in) - 1, want)

static void utf8_keeps_what_is_valid(void **state)
{
	(void)state;
	UTF8("", "");
	UTF8("plain\n\x1b[0m", "plain\n\x1b[0m");
	UTF8("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
	UTF8("\xef\xbf\xbf \xf4\x8f\xbf\xbf", "\xef\xbf\xbf \xf4\x8f\xbf\xbf");
}

static void utf8_escapes_the_rest(void **state)
{
	(void)state;
	UTF8("a\0b", "a\\x00"
		     "b");
	UTF8("\xff", "\\xff");
	UTF8("\x80z", "\\x80z");
	UTF8("\xc3", "\\xc3");
	UTF8("\xe2\x82", "\\xe2\\x82");
	UTF8("\xc0\xaf", "\\xc0\\xaf"); /* overlong '/' */
	UTF8("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
	UTF8("\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf");
	UTF8("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* surrogate */
	UTF8("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* past U+10FFFF */
	UTF8("\xc3(", "\\xc3(");
	UTF8("\xe2\x82\xc3\xa9", "\\xe2\\x82\xc3\xa9"); /* resumes at the next character */
}

static void terminal_is_inert(void **state)
{
	(void)state;
	TERMINAL("\x1b[31mred\x07", "\\x1b[31mred\\x07");
	TERMINAL("a\r\nb\tc\x7f", "a\\x0d\\x0ab\\x09c\\x7f");
	TERMINAL("\xc2\x9b"
		 "1m",
		"\\xc2\\x9b1m");                         /* CSI as C1 */
	TERMINAL("x\xe2\x80\xaey", "x\\xe2\\x80\\xaey"); /* right-to-left override */
	TERMINAL("\xe2\x81\xa6\xe2\x81\xa9", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9");
	TERMINAL("\xe2\x80\xa8", "\\xe2\\x80\\xa8"); /* line separator */
	TERMINAL("\xd8\x9c", "\\xd8\\x9c");
	TERMINAL("\xd8\xa7\xd9\x84", "\xd8\xa7\xd9\x84"); /* Arabic itself is fine */
	TERMINAL("\x9b", "\\x9b");
	TERMINAL("a\xe2\x80\x8b", "a\\xe2\\x80\\x8b"); /* no width at all */
	TERMINAL("\xe2\x81\xa0", "\\xe2\\x81\\xa0");
	TERMINAL("\xc2\xad", "\\xc2\\xad"); /* soft hyphen */
}

static void sanitiser_never_cuts(void **state)
{
	char out[8];

	(void)state;
	memset(out, 'Z', sizeof(out));
	assert_int_equal(text_utf8(out, 0, "abc", 3), 0);
	assert_int_equal(out[0], 'Z');
	assert_int_equal(text_utf8(out, 1, "abc", 3), 0);
	assert_string_equal(out, "");
	assert_int_equal(text_utf8(out, 4, "abcd", 4), 3);
	assert_string_equal(out, "abc");
	assert_int_equal(text_utf8(out, 3, "a\xc3\xa9", 3), 1);
	assert_string_equal(out, "a");
	assert_int_equal(text_utf8(out, 4, "a\xc3\xa9", 3), 3);
	assert_int_equal(text_utf8(out, 5, "a\xff", 2), 1);
	assert_string_equal(out, "a");
	assert_int_equal(text_utf8(out, 6, "a\xff", 2), 5);
	assert_int_equal(text_terminal(out, 8, "\xe2\x80\xae", 3), 0); /* 12 octets or none */
	assert_int_equal(text_utf8(out, sizeof(out), NULL, 0), 0);
}

static void every_octet_string_becomes_valid(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint8_t in[24];
		char out[128];
		size_t bytes = (size_t)round % sizeof(in), used, at = 0;
		uint32_t c;

		for (size_t i = 0; i < bytes; i++) {
			seed = seed * 1664525 + 1013904223;
			in[i] = (uint8_t)(seed >> 24 | (round & 1 ? 0x80 : 0));
		}
		used = text_terminal(out, sizeof(out), in, bytes);
		while (at < used) {
			unsigned length = text_char((uint8_t *)out + at, used - at, &c);

			assert_in_range(length, 1, 4);
			assert_true(c >= 0x20 && (c < 0x7f || c >= 0xa0));
			at += length;
		}
		assert_int_equal(out[used], 0);
	}
}

static void address_is(const char *in, const char *want)
{
	uint8_t address[16];
	char out[TEXT_ADDRESS_BYTES];

	if (!text_to_address(in, strlen(in), address))
		fail_msg("%s is not accepted", in);
	assert_int_equal(text_address(out, address), strlen(want));
	assert_string_equal(out, want);
}

static void addresses_as_rfc5952(void **state)
{
	(void)state;
	address_is("192.0.2.1", "192.0.2.1");
	address_is("0.0.0.0", "0.0.0.0");
	address_is("255.255.255.255", "255.255.255.255");
	address_is("::ffff:192.0.2.1", "192.0.2.1");
	address_is("::ffff:c000:201", "192.0.2.1");
	address_is("::", "::");
	address_is("::1", "::1");
	address_is("1::", "1::");
	address_is("2001:DB8::0001", "2001:db8::1");
	address_is("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"); /* section 4.2.3: the first run */
	address_is("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");       /* the longest */
	address_is("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"); /* 4.2.2: one group is none */
	address_is("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
	address_is("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8");
	address_is("fe80::a:b:0:0", "fe80::a:b:0:0");
	address_is("1:0:0:2:3:4:0:0", "1::2:3:4:0:0");
	address_is("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::");
	address_is("64:ff9b::192.0.2.33", "64:ff9b::c000:221");
	address_is("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

static void addresses_refused(void **state)
{
	static const char *const bad[] = {"", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4",
		"1.2.3.4 ", " 1.2.3.4", "1.2.3.4/32", "0x1.2.3.4", "1..2.3", "1.2.3.", "::1%eth0",
		"[::1]", ":::", "1::2::3", "12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
		"::1.2.3", "::g", ":", "1.2.3.-4", "1.2.3.4a",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"};
	uint8_t address[16];

	(void)state;
	memset(address, 0xaa, sizeof(address));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (text_to_address(bad[i], strlen(bad[i]), address))
			fail_msg("%s is accepted", bad[i]);
	assert_false(text_to_address("1.2.3.4\0", 8, address));
	assert_int_equal(address[0], 0xaa);                   /* untouched on failure */
	assert_true(text_to_address("1.2.3.45", 7, address)); /* not zero-ended */
	assert_int_equal(address[15], 4);
	assert_true(address_is_v4(address));
	assert_true(text_to_address("::1", 3, address));
	assert_false(address_is_v4(address));
}

static void times_equal_the_c_library(void **state)
{
	static const uint64_t fixed[] = {0, 1, 999, 1000, 951782400, 951868799, 951868800,
		1684047600, 4107542400, 4102444799, 18446744073};
	char out[TEXT_TIME_BYTES], want[64];
	uint64_t seed = 7;

	(void)state;
	for (size_t i = 0; i < 40000; i++) {
		uint64_t ns = i < ARRAY_LEN(fixed) ? fixed[i] * 1000000000 : seed;
		time_t seconds = (time_t)(ns / 1000000000);
		struct tm tm;

		assert_non_null(gmtime_r(&seconds, &tm));
		(void)snprintf(want, sizeof(want), "%04d-%02d-%02dT%02d:%02d:%02d.%06u+0000",
			tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			tm.tm_sec, (unsigned)(ns % 1000000000 / 1000));
		assert_int_equal(text_time(out, ns), strlen(want));
		assert_string_equal(out, want);
		seed = seed * 6364136223846793005u + 1442695040888963407u;
	}
	(void)text_time(out, 1684047600000001999);
	assert_string_equal(out, "2023-05-14T07:00:00.000001+0000");
	(void)text_time(out, UINT64_MAX);
	assert_string_equal(out, "2554-07-21T23:34:33.709551+0000");
}

static void numbers_and_hex(void **state)
{
	char out[TEXT_NUMBER_BYTES], hex[9];

	(void)state;
	assert_int_equal(text_number(out, 0), 1);
	assert_string_equal(out, "0");
	assert_int_equal(text_number(out, UINT64_MAX), 20);
	assert_string_equal(out, "18446744073709551615");
	text_hex(hex, "\x00\x9a\xff\x10", 4);
	assert_string_equal(hex, "009aff10");
	text_hex(hex, NULL, 0);
	assert_string_equal(hex, "");
}

static void distances(void **state)
{
	char long_a[80], long_b[80];

	(void)state;
	assert_int_equal(text_distance("", "", 3), 0);
	assert_int_equal(text_distance("abc", "", 3), 3);
	assert_int_equal(text_distance("workers", "workers", 0), 0);
	assert_int_equal(text_distance("worker", "workers", 3), 1);
	assert_int_equal(text_distance("wrokers", "workers", 3), 1); /* a swap is one */
	assert_int_equal(text_distance("kitten", "sitting", 5), 3);
	assert_int_equal(text_distance("kitten", "sitting", 2), 3); /* limit + 1 */
	assert_int_equal(text_distance("kitten", "sitting", 1), 2);
	assert_int_equal(text_distance("ca", "abc", 5), 3);
	memset(long_a, 'a', sizeof(long_a));
	long_a[79] = 0;
	memcpy(long_b, long_a, sizeof(long_b));
	assert_int_equal(text_distance(long_a, long_b, 3), 0);
	long_b[3] = 'b';
	assert_int_equal(text_distance(long_a, long_b, 3), 4);
}

static const char *nearest_of(const char *word)
{
	struct text_nearest n = {.word = word};

	text_nearest(&n, "workers");
	text_nearest(&n, "feed");
	text_nearest(&n, "signatures");
	text_nearest(&n, "seed");
	return n.best ? n.best : "none";
}

static void nearest(void **state)
{
	(void)state;
	assert_string_equal(nearest_of("worker"), "workers");
	assert_string_equal(nearest_of("wrokers"), "workers");
	assert_string_equal(nearest_of("sig"), "signatures"); /* its beginning */
	assert_string_equal(nearest_of("sead"), "seed");
	assert_string_equal(nearest_of("feeds"), "feed");
	assert_string_equal(nearest_of("colour"), "none");
	assert_string_equal(nearest_of("x"), "none");
	assert_string_equal(nearest_of(""), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_keeps_what_is_valid),
		cmocka_unit_test(utf8_escapes_the_rest),
		cmocka_unit_test(terminal_is_inert),
		cmocka_unit_test(sanitiser_never_cuts),
		cmocka_unit_test(every_octet_string_becomes_valid),
		cmocka_unit_test(addresses_as_rfc5952),
		cmocka_unit_test(addresses_refused),
		cmocka_unit_test(times_equal_the_c_library),
		cmocka_unit_test(numbers_and_hex),
		cmocka_unit_test(distances),
		cmocka_unit_test(nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
