/* SPDX-License-Identifier: Apache-2.0 */
/* DNS messages, and names made to hurt. */
#include <stdio.h>

#include "tests/unit/dissect_test.h"

extern const struct dissector dns_dissector;

static struct trial t; /* too large for a stack frame */
static uint8_t message[70000];

static void begin(enum dissect_transport transport, uint16_t port)
{
	trial_begin(&t, &dns_dissector, transport);
	t.d.port_server = port;
}

static enum dissect_result parse(size_t bytes)
{
	begin(DISSECT_UDP, 53);
	return trial_parse(&t, message, bytes);
}

static enum dissect_guess guess(size_t bytes, uint16_t port)
{
	begin(DISSECT_UDP, port);
	return trial_probe(&t, message, bytes);
}

static size_t put(size_t at, const char *digits)
{
	return at + from_hex(message + at, sizeof(message) - at, digits);
}

#define WWW_EXAMPLE_ORG "03777777 076578616d706c65 036f7267 00"

static size_t make_query(void)
{
	return put(0, "1234 0100 0001 0000 0000 0001" WWW_EXAMPLE_ORG "0041 0001"
		      "00 0029 1000 00000000 0000");
}

static void test_query(void **state)
{
	size_t bytes = make_query();

	(void)state;
	assert_int_equal(guess(bytes, 53), GUESS_YES);
	assert_int_equal(guess(bytes, 5300), GUESS_YES);
	assert_int_equal(parse(bytes), DISSECT_MESSAGE);
	assert_int_equal(t.offset, bytes);
	assert_field(&t, "dns.type", "query");
	assert_field(&t, "dns.id", "4660");
	assert_no_field(&t, "dns.rcode");
	assert_field(&t, "dns.queries[].rrname", "www.example.org");
	assert_field(&t, "dns.queries[].rrtype", "HTTPS");
	assert_no_field(&t, "dns.answers[].rrname");
	assert_int_equal(t.flow.used, 0);
	assert_int_equal(trial_parse(&t, message, 0), DISSECT_MORE);
}

/* A chain of aliases to addresses of both families, and one of each type that is shown. */
static size_t make_answer(void)
{
	return put(0, "0000 8180 0001 000b 0000 0000" WWW_EXAMPLE_ORG "0001 0001"
		      "c00c 0005 0001 0000012c 0006 03636474 c010" /* cdt.example.org */
		      "c02d 0001 0001 0000003c 0004 c0000201"
		      "c02d 001c 0001 0000003c 0010 20010db8000000000000000000000001"
		      "c010 0002 0001 00000000 0005 026e73 c010 c0"
		      "10 000f 0001 00000001 0007 000a 026d78 c010"
		      "c010 0010 0001 00000001 000d 04763d7370 0766 31202d616c6c"
		      "c010 0021 0001 00000001 0008 0001 0002 01bb c010"
		      "c010 0006 0001 00000001 0018 c010 c010 00000001 00000002 00000003 00000004"
		      "00000005"
		      "c010 000c 0001 00000001 0001 00"
		      "c010 002e 0001 00000001 0013 0001 08 02 00000e10 00000000 3b9ac9ff 0007 00"
		      "c010 ff78 0001 ffffffff 0000");
}

static void test_answer(void **state)
{
	static const char *const want[][4] = {
		{"www.example.org", "CNAME", "300", "cdt.example.org"},
		{"cdt.example.org", "A", "60", "192.0.2.1"},
		{"cdt.example.org", "AAAA", "60", "2001:db8::1"},
		{"example.org", "NS", "0", "ns.example.org"},
		{"example.org", "MX", "1", "mx.example.org"},
		{"example.org", "TXT", "1", "v=spf1 -all"},
		{"example.org", "SRV", "1", "example.org"},
		{"example.org", "SOA", "1", "example.org example.org 1 2 3 4 5"},
		{"example.org", "PTR", "1", ""},
		{"example.org", "RRSIG", "1", "A 8 2 3600 19700101000000 20010909014639 7 ."},
		{"example.org", "TYPE65400", "4294967295", ""},
	};
	size_t bytes = make_answer();

	(void)state;
	assert_int_equal(guess(bytes, 53), GUESS_YES);
	assert_int_equal(guess(bytes, 4444), GUESS_YES);
	assert_int_equal(parse(bytes), DISSECT_MESSAGE);
	assert_field(&t, "dns.type", "answer");
	assert_field(&t, "dns.id", "0");
	assert_field(&t, "dns.rcode", "NOERROR");
	assert_field(&t, "dns.queries[].rrtype", "A");
	for (unsigned i = 0; i < ARRAY_LEN(want); i++) {
		assert_string_equal(trial_text(&t, "dns.answers[].rrname", i), want[i][0]);
		assert_string_equal(trial_text(&t, "dns.answers[].rrtype", i), want[i][1]);
		assert_string_equal(trial_text(&t, "dns.answers[].ttl", i), want[i][2]);
		assert_string_equal(trial_text(&t, "dns.answers[].rdata", i), want[i][3]);
	}
	assert_null(trial_text(&t, "dns.answers[].rrname", ARRAY_LEN(want)));
}

/* Cut anywhere: BAD before the question ends, else the records that are whole. */
static void test_every_prefix(void **state)
{
	size_t bytes = make_answer(), question = 12 + 17 + 4;
	unsigned before = 0;

	(void)state;
	for (size_t cut = 1; cut < bytes; cut++) {
		unsigned count = 0;

		assert_int_equal(parse(cut), cut < question ? DISSECT_BAD : DISSECT_MESSAGE);
		assert_int_equal(guess(cut, 53), cut < question ? GUESS_NO : GUESS_YES);
		assert_int_equal(guess(cut, 5300), GUESS_NO);
		parse(cut);
		while (trial_text(&t, "dns.answers[].rdata", count))
			count++;
		assert_true(count >= before && count <= 11);
		before = count;
	}
	assert_int_equal(before, 10);
}

static void test_rcode(void **state)
{
	(void)state;
	put(0, "0001 8183 0001 0000 0000 0000" WWW_EXAMPLE_ORG "0001 0001");
	assert_int_equal(parse(12 + 21), DISSECT_MESSAGE);
	assert_field(&t, "dns.rcode", "NXDOMAIN");
	/* an error without its question */
	put(0, "0001 8185 0000 0000 0000 0000");
	assert_int_equal(guess(12, 53), GUESS_YES);
	assert_int_equal(guess(12, 5300), GUESS_NO);
	assert_int_equal(parse(12), DISSECT_MESSAGE);
	assert_field(&t, "dns.rcode", "REFUSED");
	assert_no_field(&t, "dns.queries[].rrname");
}

static enum dissect_result parse_name(const char *digits)
{
	size_t bytes = put(0, "0001 0100 0001 0000 0000 0000");

	bytes = put(bytes, digits);
	bytes = put(bytes, "0001 0001");
	return parse(bytes);
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(parse_name("00"), DISSECT_MESSAGE);
	assert_string_equal(trial_text(&t, "dns.queries[].rrname", 0), "");
	assert_int_equal(parse_name("04 612e5c62 05 4100ff20ab 00"), DISSECT_MESSAGE);
	assert_field(&t, "dns.queries[].rrname", "a\\.\\\\b.A\\000\\255\\032\\171");
	/* pointers: to itself, ahead, into the header, cut off; a label type nobody has */
	assert_int_equal(parse_name("c00c"), DISSECT_BAD);
	assert_int_equal(parse_name("c00d"), DISSECT_BAD);
	assert_int_equal(parse_name("01 61 c00c"), DISSECT_BAD);
	assert_int_equal(parse_name("ffff"), DISSECT_BAD);
	assert_int_equal(parse_name("40"), DISSECT_BAD);
	assert_int_equal(parse_name("80 00"), DISSECT_BAD);
	assert_int_equal(parse_name("3f 61"), DISSECT_BAD);
	assert_int_equal(parse_name("c002"), DISSECT_MESSAGE); /* the flags read as a label */
	assert_field(&t, "dns.queries[].rrname", "\\000");
}

/* Names as long as may be, and one octet longer; as text they are four times that. */
static void test_long_names(void **state)
{
	(void)state;
	for (size_t last = 61; last <= 62; last++) {
		size_t at = put(0, "0001 0100 0001 0000 0000 0000");

		for (int i = 0; i < 4; i++) {
			size_t length = i == 3 ? last : 63;

			message[at++] = (uint8_t)length;
			memset(message + at, 0xff, length);
			at += length;
		}
		at = put(at, "00 0001 0001");
		assert_int_equal(parse(at), last == 61 ? DISSECT_MESSAGE : DISSECT_BAD);
		if (last == 61)
			assert_int_equal(
				strlen(trial_text(&t, "dns.queries[].rrname", 0)), 250 * 4 + 3);
	}
	/* 127 labels are the most that fit */
	for (size_t labels = 127; labels <= 128; labels++) {
		size_t at = put(0, "0001 0100 0001 0000 0000 0000");

		for (size_t i = 0; i < labels; i++)
			at = put(at, "01 61");
		at = put(at, "00 0001 0001");
		assert_int_equal(parse(at), labels == 127 ? DISSECT_MESSAGE : DISSECT_BAD);
	}
}

/* Many pointers one behind the other: 64 are followed. */
static void test_jumps(void **state)
{
	(void)state;
	for (unsigned jumps = 64; jumps <= 65; jumps++) {
		size_t at = put(0, "0001 8400 0000 0002 0000 0000"), previous;
		char pointer[8];

		/* the data of an opaque record holds the chain */
		at = put(at, "00 ff00 0001 00000000");
		at = put(at, "0083"); /* 131: room for the root and 65 pointers */
		previous = at;
		at = put(at, "00");
		for (unsigned i = 0; i < 65; i++) {
			if (i + 1 < jumps) {
				(void)snprintf(
					pointer, sizeof(pointer), "c0%02x", (unsigned)previous);
				previous = at;
			} else {
				(void)snprintf(pointer, sizeof(pointer), "0000");
			}
			at = put(at, pointer);
		}
		(void)snprintf(pointer, sizeof(pointer), "c0%02x", (unsigned)previous);
		at = put(at, pointer);
		at = put(at, "0001 0001 00000000 0004 7f000001");
		assert_int_equal(parse(at), DISSECT_MESSAGE);
		assert_string_equal(trial_text(&t, "dns.answers[].rrtype", 0), "TYPE65280");
		if (jumps == 64)
			assert_string_equal(trial_text(&t, "dns.answers[].rdata", 1), "127.0.0.1");
		else
			assert_null(trial_text(&t, "dns.answers[].rdata", 1));
	}
}

/* A message of 64 KiB with thousands of records: bounded work, whole rows. */
static void test_large(void **state)
{
	size_t at = put(0, "0001 8400 0001 ffff 0000 0000" WWW_EXAMPLE_ORG "0001 0001");
	unsigned names = 0, data = 0;

	(void)state;
	while (at + 16 <= 65535)
		at = put(at, "c00c 0001 0001 00000000 0004 7f000001");
	assert_int_equal(parse(at), DISSECT_MESSAGE);
	while (trial_text(&t, "dns.answers[].rrname", names))
		names++;
	while (trial_text(&t, "dns.answers[].rdata", data))
		data++;
	assert_int_equal(names, data);
	assert_true(names > 50 && names < 256);
	assert_true(t.message.used <= RECORD_BYTES_MAX - 512);
	assert_int_equal(t.message.lost_values, 1);
	assert_true(t.d.steps <= 6 * 257);
	/* the same with records whose data is not read: 256 of them */
	at = put(0, "0001 8400 0000 ffff 0000 0000");
	while (at + 11 <= 65535)
		at = put(at, "00 ff00 0001 00000000 0000");
	assert_int_equal(parse(at), DISSECT_MESSAGE);
	assert_true(t.d.steps <= 2 * 256 + 2);
}

static void test_bad_data(void **state)
{
	static const char *const bad[] = {"0001 0001 00000000 0003 7f0000",
		"001c 0001 00000000 0004 7f000001", "0005 0001 00000000 0000",
		"0005 0001 00000000 0002 0161", "000f 0001 00000000 0001 00",
		"0010 0001 00000000 0002 0561", "0021 0001 00000000 0006 000000000000",
		"0006 0001 00000000 0003 000000"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		size_t at = put(0, "0001 8400 0000 0001 0000 0000 00");

		at = put(at, bad[i]);
		assert_int_equal(parse(at), DISSECT_MESSAGE);
		assert_field(&t, "dns.type", "answer");
		assert_field(&t, "dns.answers[].rdata", "");
	}
}

static void test_tcp(void **state)
{
	size_t bytes = make_query(), all;

	(void)state;
	memmove(message + 2, message, bytes);
	message[0] = 0;
	message[1] = (uint8_t)bytes;
	memcpy(message + 2 + bytes, message, 2 + bytes);
	all = 2 * (2 + bytes);
	for (size_t cut = 0; cut < 2 + bytes; cut++) {
		begin(DISSECT_TCP, 53);
		/* enough when the question is there */
		assert_int_equal(trial_probe(&t, message, cut),
			cut < 2 + 12 + 17 + 4 ? GUESS_MORE : GUESS_YES);
		assert_int_equal(trial_parse(&t, message, cut), DISSECT_MORE);
		assert_int_equal(t.d.want_bytes, cut == 0 ? 1 : cut < 2 ? 2 : 2 + bytes);
	}
	begin(DISSECT_TCP, 53);
	assert_int_equal(trial_parse(&t, message, all), DISSECT_MESSAGE);
	assert_int_equal(t.offset, 2 + bytes);
	assert_field(&t, "dns.queries[].rrname", "www.example.org");
	t.d.end_of_stream = true;
	assert_int_equal(trial_parse(&t, message, 5), DISSECT_BAD);
	assert_int_equal(trial_parse(&t, message, 0), DISSECT_DONE);
	/* a message of no octets is none */
	assert_int_equal(trial_parse(&t, "\0\0", 2), DISSECT_BAD);
}

static void test_not_dns(void **state)
{
	static const char *const never[] = {"", "0001", "0001 0100 0001 0000 0000 00",
		"0001 0140 0001 0000 0000 0000 00 0001 0001 00", /* the Z bit, and an octet */
		"0001 3900 0001 0000 0000 0000 00 0001 0001",    /* operation code 7 */
		"0001 0100 0000 0000 0000 0000",                 /* a query for nothing */
		"0001 0100 0101 0000 0000 0000 00 0001 0001",    /* 257 questions */
		"0001 0100 0001 0000 0000 0000 00 0001 00",      /* cut */
		"0001 0100 0001 0000 0000 0000 c00c 0001 0001" /* a name that never ends */};
	static const char *const not_elsewhere[] = {
		"0001 0100 0001 0000 0000 0000 00 0001 0001",           /* the root */
		"0001 0100 0001 0000 0000 0000 0161 0162 00 0020 0001", /* NetBIOS' NB */
		"0001 0100 0001 0000 0000 0000 0161 0162 00 0001 0004",
		"0001 0100 0001 0000 0000 0000 0161 0162 00 0001 0001 00",
		"0001 0100 0001 0000 0000 0000 0161 0100 00 0001 0001",
		"0001 0101 0001 0000 0000 0000 0161 0162 00 0001 0001",
		"0001 8100 0001 0001 0000 0000 0161 0162 00 0001 0001",
		"0001 2100 0001 0000 0000 0000 0161 0162 00 0001 0001"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(never); i++)
		assert_int_equal(guess(put(0, never[i]), 53), GUESS_NO);
	for (size_t i = 0; i < ARRAY_LEN(not_elsewhere); i++) {
		size_t bytes = put(0, not_elsewhere[i]);

		assert_int_equal(guess(bytes, 53), GUESS_YES);
		assert_int_equal(guess(bytes, 137), GUESS_NO);
	}
	begin(DISSECT_TCP, 80);
	assert_int_equal(trial_probe(&t, "GET / HTTP/1.1\r\nHost: a\r\n", 25), GUESS_NO);
	assert_int_equal(
		trial_probe(&t, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\0\0\0\0\0\0", 16),
		GUESS_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_rcode),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_bad_data),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_not_dns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
