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

/* One name of 100 labels and as many pointers to it as fit, plain ones or each to another label:
 * no label is walked for every pointer, and none of any name once no more is kept. */
static void test_many_pointers(void **state)
{
	char record[64], longest[200];
	unsigned rows;

	(void)state;
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = "a."[i % 2];
	longest[sizeof(longest) - 1] = '\0';
	for (unsigned other = 0; other <= 1; other++) {
		size_t at = put(0, "0001 8180 0001 0100 0000 0000"), before;

		for (size_t i = 0; i < 100; i++)
			at = put(at, "0161");
		at = put(at, "00 0001 0001");
		before = at;
		for (unsigned i = 0; at + 16 <= 1472; i++) {
			(void)snprintf(record, sizeof(record),
				"c0%02x 0001 0001 00000000 0004 7f000001",
				12 + 2 * (other * i % 40));
			at = put(at, record);
		}
		assert_int_equal(parse(at), DISSECT_MESSAGE);
		assert_string_equal(trial_text(&t, "dns.answers[].rrname", 0), longest);
		for (rows = 0; trial_text(&t, "dns.answers[].rrname", rows); rows++)
			assert_string_equal(trial_text(&t, "dns.answers[].rrname", rows),
				longest + (size_t)2 * (other * rows % 40));
		assert_true(rows > 30 && rows < (at - before) / 16);
		assert_true(t.d.steps <= (other ? 4096 + 600 : 600));
	}
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
		assert_int_equal(t.d.want_bytes, cut == 0   ? 1
						 : cut < 2  ? 2
						 : cut < 14 ? 14
							    : 2 + bytes);
	}
	begin(DISSECT_TCP, 53);
	assert_int_equal(trial_parse(&t, message, all), DISSECT_MESSAGE);
	assert_int_equal(t.offset, 2 + bytes);
	assert_field(&t, "dns.queries[].rrname", "www.example.org");
	t.d.end_of_stream = true;
	assert_int_equal(trial_parse(&t, message, 5), DISSECT_DONE);
	assert_int_equal(trial_parse(&t, message, 0), DISSECT_DONE);
	/* a message of no octets is none */
	begin(DISSECT_TCP, 53);
	t.d.end_of_stream = true;
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

/* Sections, flags and EDNS of an answer that is refused; options are not kept. */
static void test_edns(void **state)
{
	size_t at = put(0, "0001 81a5 0001 0000 0002 0003" WWW_EXAMPLE_ORG "0001 0001"
			   "c010 0002 0001 00000e10 0005 026e73 c010"
			   "c010 002b 0001 00000e10 0004 ec45 05" /* cut: no digest type */ "01"
			   "c02d 0001 0001 0000003c 0004 c0000201"
			   "00 0029 04d0 01 00 8000 0018"
			   "0008 0007 0001 18 00 c00002" /* a client's network */
			   "000f 0004 000f 6162 000a 0001 ff"
			   "00 0029 0001 00000000 0000"); /* a second one does not count */

	(void)state;
	assert_int_equal(parse(at), DISSECT_MESSAGE);
	assert_field(&t, "dns.flags", "33189");
	assert_field(&t, "dns.rcode", "BADALG"); /* 1 of EDNS, 5 of the header: 21 */
	assert_field(&t, "dns.edns.udp_size", "1232");
	assert_field(&t, "dns.edns.flags", "32768");
	assert_field(&t, "dns.edns.error", "Blocked");
	assert_no_field(&t, "dns.edns.version");
	assert_no_field(&t, "dns.answers[].rrname");
	assert_field(&t, "dns.authorities[].rdata", "ns.example.org");
	assert_string_equal(trial_text(&t, "dns.authorities[].rdata", 1), "60485 5 1 ");
	assert_field(&t, "dns.additionals[].rrname", "ns.example.org");
	assert_field(&t, "dns.additionals[].rdata", "192.0.2.1");
	assert_null(trial_text(&t, "dns.additionals[].rdata", 1));
	for (size_t cut = at - 1; cut > 33; cut--) {
		assert_int_equal(parse(cut), DISSECT_MESSAGE);
		assert_true(t.d.steps <= 64 + 8 * cut);
	}
}

/* Of an update the zone is shown, and none of its conditions and commands. */
static void test_update(void **state)
{
	size_t at = put(0, "0001 2800 0001 0001 0001 0000 076578616d706c65036f726700 0006 0001"
			   "c00c 00ff 00fe 00000000 0000"
			   "03777777 c00c 0001 0001 0000003c 0004 c0000201");

	(void)state;
	assert_int_equal(guess(at, 53), GUESS_YES);
	assert_int_equal(parse(at), DISSECT_MESSAGE);
	assert_field(&t, "dns.opcode", "5");
	assert_field(&t, "dns.queries[].rrname", "example.org");
	assert_field(&t, "dns.queries[].rrtype", "SOA");
	assert_no_field(&t, "dns.answers[].rrname");
	assert_no_field(&t, "dns.authorities[].rrname");
	at = put(0, "0001 a800 0000 0000 0000 0000"); /* done */
	assert_int_equal(guess(at, 53), GUESS_YES);
	assert_int_equal(parse(at), DISSECT_MESSAGE);
	assert_field(&t, "dns.rcode", "NOERROR");
}

/* Questions of multicast want a unicast answer, answers flush caches: bits of the class. */
static void test_multicast(void **state)
{
	size_t at = put(0, "0000 8400 0000 0002 0000 0000 0161 056c6f63616c 00 0001 8001 00000078"
			   "0004 c0000201 c00c 002f 8001 00000078 0005 c00c 00 01 40");

	(void)state;
	begin(DISSECT_UDP, 5353);
	assert_int_equal(trial_parse(&t, message, at), DISSECT_MESSAGE);
	assert_field(&t, "dns.answers[].rdata", "192.0.2.1");
	assert_string_equal(trial_text(&t, "dns.answers[].rdata", 1), "a.local A");
	at = put(0, "0000 0000 0001 0000 0000 0000 0161 056c6f63616c 00 0001 8001");
	assert_int_equal(trial_parse(&t, message, at), DISSECT_MESSAGE);
	assert_field(&t, "dns.queries[].rrname", "a.local");
}

/* A message of a zone transfer with `count` records behind its length. */
static size_t put_transfer(size_t at, unsigned count)
{
	size_t length = at;

	at = put(at + 2, "0001 8400 0001 0000 0000 0000 076578616d706c65036f726700 00fc 0001");
	message[length + 2 + 6] = (uint8_t)(count >> 8);
	message[length + 2 + 7] = (uint8_t)count;
	for (unsigned i = 0; i < count; i++)
		at = put(at, "03777777 c00c 0001 0001 0000003c 0004 c0000201");
	message[length] = (uint8_t)((at - length - 2) >> 8);
	message[length + 1] = (uint8_t)(at - length - 2);
	return at;
}

/* Longer than a stream's buffer: the beginning is read, the rest is skipped. */
static void test_transfer(void **state)
{
	size_t at = put_transfer(0, 2500), whole = 2 + 12288;

	(void)state;
	assert_true(at > 40000);
	begin(DISSECT_TCP, 53);
	assert_int_equal(trial_parse(&t, message, whole - 1), DISSECT_MORE);
	assert_int_equal(t.d.want_bytes, whole);
	assert_int_equal(trial_parse(&t, message, whole), DISSECT_MESSAGE);
	assert_int_equal(t.offset, whole);
	assert_int_equal(t.d.skip_bytes, at - whole);
	assert_string_equal(trial_text(&t, "dns.answers[].rdata", 100), "192.0.2.1");
	assert_true(t.d.steps <= 64 + 8 * whole);
}

/* In the middle of a stream, after a hole, and where a length lies: the next message is found. */
static void test_middle(void **state)
{
	size_t first = put_transfer(0, 3), second = put_transfer(first, 4), third;

	(void)state;
	for (size_t from = 1; from < first; from++) {
		begin(DISSECT_TCP, 53);
		assert_int_equal(trial_probe(&t, message + from, second - from), GUESS_YES);
		t.d.gap = true;
		assert_int_equal(trial_parse(&t, message + from, second - from), DISSECT_MESSAGE);
		assert_int_equal(t.offset, second - from);
		assert_string_equal(trial_text(&t, "dns.answers[].rdata", 3), "192.0.2.1");
		assert_null(trial_text(&t, "dns.answers[].rdata", 4));
		assert_true(t.d.steps <= 64 + 8 * second);
	}
	/* one octet too many in a length: it is read, the next is lost, the one behind is found */
	second = put_transfer(first, 20);
	third = put_transfer(second, 2);
	message[1]++;
	begin(DISSECT_TCP, 53);
	assert_int_equal(trial_parse(&t, message, second), DISSECT_MESSAGE);
	assert_int_equal(t.offset, first + 1);
	record_clear(&t.message);
	assert_int_equal(trial_parse(&t, message + first + 1, third - first - 1), DISSECT_MESSAGE);
	assert_int_equal(t.offset, third - first - 1);
	assert_string_equal(trial_text(&t, "dns.answers[].rdata", 1), "192.0.2.1");
	assert_null(trial_text(&t, "dns.answers[].rdata", 2));
}

/* What is no DNS is given up, with work that is linear. */
static void test_noise(void **state)
{
	enum dissect_result result = DISSECT_MORE;
	size_t shown = 0;

	(void)state;
	for (int fill = 0; fill < 256; fill += 5) {
		memset(message, fill, sizeof(message));
		begin(DISSECT_TCP, 53);
		t.d.gap = true;
		for (shown = 0, result = DISSECT_MORE; result == DISSECT_MORE && shown < 1u << 20;
			shown += 16384) {
			t.d.steps = 0;
			result = trial_parse(&t, message, 16384);
			assert_true(t.d.steps <= 64 + 8 * 16384);
		}
		assert_true(result == DISSECT_BAD || result == DISSECT_MESSAGE);
	}
	begin(DISSECT_TCP, 53);
	assert_int_equal(trial_probe(&t, message, 100), GUESS_MORE);
	assert_int_equal(trial_probe(&t, message, 2 + 512), GUESS_NO);
	for (size_t bytes = 2 + 12; bytes < 40; bytes++) /* few octets hold no message */
		assert_int_equal(trial_probe(&t, message, bytes), GUESS_MORE);
	t.d.end_of_stream = true;
	for (size_t bytes = 0; bytes <= 100; bytes++)
		assert_int_equal(trial_probe(&t, message, bytes), GUESS_NO);
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
		cmocka_unit_test(test_many_pointers),
		cmocka_unit_test(test_bad_data),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_not_dns),
		cmocka_unit_test(test_edns),
		cmocka_unit_test(test_update),
		cmocka_unit_test(test_multicast),
		cmocka_unit_test(test_transfer),
		cmocka_unit_test(test_middle),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
