/* SPDX-License-Identifier: Apache-2.0 */
/* TLS hellos: the fingerprint example of the JA4 specification, hellos in many pieces, and lies. */
#include <stdio.h>

#include "tests/unit/tls_make.h"

extern const struct dissector tls_dissector;

static struct trial t; /* too large for a stack frame */

/* The hello of the JA4 specification's example, with GREASE where Chrome has it. */
static void put_extensions(struct out *o)
{
	size_t start = open_block(o, 2);

	put_extension(o, "2a2a", "");
	put_extension(o, "0000", "000e00000b 6578616d706c652e6f7267"); /* example.org */
	put_extension(o, "0017", "");
	put_extension(o, "ff01", "00");
	put_extension(o, "000a", "00086a6a001d00170018");
	put_extension(o, "000b", "0100");
	put_extension(o, "0023", "");
	put_extension(o, "0010", "000c02683208687474702f312e31");
	put_extension(o, "0005", "0100000000");
	put_extension(o, "000d", "001004030804040105030805050108060601");
	put_extension(o, "0012", "");
	put_extension(o, "0033", "0000");
	put_extension(o, "002d", "0101");
	put_extension(o, "002b", "068a8a03040303");
	put_extension(o, "001b", "020002");
	put_extension(o, "4469", "000302683200");
	put_extension(o, "dada", "00");
	put_extension(o, "0015", "0000000000");
	close_block(o, start, 2);
}

/* A handshake message without record header. */
static void put_client_hello(struct out *o)
{
	size_t start;

	put(o, "01");
	start = open_block(o, 3);
	put(o, "0303");
	put_random(o);
	put(o, "04 01020304");
	put(o, "0020 0a0a 130113021303 c02bc02fc02cc030cca9cca8c013c014009c009d002f0035");
	put(o, "0100");
	put_extensions(o);
	close_block(o, start, 3);
}

static struct out hello, records, answer;

static int setup(void **state)
{
	(void)state;
	hello.used = records.used = 0;
	put_client_hello(&hello);
	put_record(&records, hello.bytes, hello.used);
	trial_begin(&t, &tls_dissector, DISSECT_TCP);
	return 0;
}

static void check_hello(void)
{
	assert_field(&t, "tls.sni", "example.org");
	assert_field(&t, "tls.version", "TLS 1.3");
	assert_field(&t, "tls.alpn", "h2,http/1.1");
	assert_field(&t, "tls.ja4", "t13d1516h2_8daaf6152771_e5627efa2ab1");
	assert_field(&t, "tls.ja3.hash", "cd08e31494f9531f560d64c695473da9");
	assert_no_field(&t, "tls.ech");
	assert_no_field(&t, "tls.ja3s.hash");
}

/* All is read; a server of TLS 1.3 may ask for more. */
static void check_whole(void)
{
	assert_int_equal(trial_parse(&t, records.bytes, records.used), DISSECT_MORE);
	assert_int_equal(t.offset, records.used);
	check_hello();
}

static void test_client_hello(void **state)
{
	(void)state;
	assert_int_equal(trial_probe(&t, records.bytes, records.used), GUESS_YES);
	check_whole();
}

/* With each prefix the dissector asks for more, and says how much. */
static void test_every_prefix(void **state)
{
	(void)state;
	for (size_t bytes = 0; bytes < records.used; bytes++) {
		assert_int_equal(
			trial_probe(&t, records.bytes, bytes), bytes < 11 ? GUESS_MORE : GUESS_YES);
		assert_int_equal(trial_parse(&t, records.bytes, bytes), DISSECT_MORE);
		assert_true(t.d.want_bytes > bytes && t.d.want_bytes <= records.used);
		if (bytes >= 9)
			assert_int_equal(t.d.want_bytes, records.used);
		assert_int_equal(t.flow.used, 0);
	}
	t.d.end_of_stream = true;
	assert_int_equal(trial_parse(&t, records.bytes, records.used - 1), DISSECT_BAD);
	t.d.end_of_stream = false;
	check_whole();
}

static void test_several_records(void **state)
{
	static const size_t pieces[] = {1, 3, 4, 5, 100, 255};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		setup(NULL);
		records.used = 0;
		for (size_t at = 0; at < hello.used; at += pieces[i]) {
			size_t left = hello.used - at;

			put_record(&records, hello.bytes + at, left < pieces[i] ? left : pieces[i]);
		}
		assert_int_equal(trial_probe(&t, records.bytes, records.used), GUESS_YES);
		for (size_t bytes = 0; bytes < records.used; bytes += 7) {
			assert_int_equal(trial_parse(&t, records.bytes, bytes), DISSECT_MORE);
			assert_true(t.d.want_bytes > bytes && t.d.want_bytes <= records.used);
		}
		check_whole();
	}
}

/* Records of an octet, segments too: the work of all calls together is no square. */
static void test_work_is_linear(void **state)
{
	size_t want = 0, calls = 0;

	(void)state;
	records.used = 0;
	for (size_t at = 0; at < hello.used; at++)
		put_record(&records, hello.bytes + at, 1);
	for (size_t bytes = 0; bytes < records.used; bytes++) {
		if (bytes < want)
			continue;
		assert_int_equal(trial_parse(&t, records.bytes, bytes), DISSECT_MORE);
		want = t.d.want_bytes;
		calls++;
	}
	assert_true(calls < 64);
	check_whole();
}

/* A hello of nearly 16 KiB, and one of more. */
static void test_large(void **state)
{
	(void)state;
	for (int larger = 0; larger < 2; larger++) {
		size_t grow, body, all;

		setup(NULL);
		grow = (larger ? 16400 : 16384) - hello.used;
		/* the padding extension is the last one */
		memset(hello.bytes + hello.used, 0, grow);
		hello.used += grow;
		close_block(&hello, 4, 3);
		body = 4 + 2 + 32 + 5 + 34 + 2 + 2;
		close_block(&hello, body, 2);
		all = hello.used - grow - 5;
		close_block(&hello, all, 2);
		records.used = 0;
		put_record(&records, hello.bytes, 9000);
		put_record(&records, hello.bytes + 9000, hello.used - 9000);
		assert_int_equal(trial_parse(&t, records.bytes, records.used),
			larger ? DISSECT_BAD : DISSECT_MORE);
		if (!larger)
			check_hello();
	}
}

/* Each length field in turn says too much or too little: no crash, and nothing but BAD, MORE, or a
 * hello that holds together. */
static void test_lies(void **state)
{
	unsigned bad = 0;

	(void)state;
	for (size_t at = 5; at < records.used; at++) {
		for (int value = 0; value < 256; value += 51) {
			enum dissect_result result;
			uint8_t genuine = records.bytes[at];

			trial_begin(&t, &tls_dissector, DISSECT_TCP);
			t.d.end_of_stream = true;
			records.bytes[at] = (uint8_t)value;
			result = trial_parse(&t, records.bytes, records.used);
			records.bytes[at] = genuine;
			assert_true(result == DISSECT_BAD || result == DISSECT_DONE);
			if (result == DISSECT_BAD)
				assert_int_equal(t.flow.used, 0);
			bad += result == DISSECT_BAD;
		}
	}
	assert_true(bad > 100);
}

static void test_cut_inside(void **state)
{
	(void)state;
	/* the message says its true, shorter length: every block in it is cut somewhere */
	for (size_t bytes = 4; bytes < hello.used; bytes++) {
		trial_begin(&t, &tls_dissector, DISSECT_TCP);
		hello.bytes[2] = (uint8_t)((bytes - 4) >> 8);
		hello.bytes[3] = (uint8_t)(bytes - 4);
		records.used = 0;
		put_record(&records, hello.bytes, bytes);
		/* a hello may end before its extensions (RFC 5246 section 7.4.1.2) */
		if (bytes == 4 + 2 + 32 + 5 + 34 + 2)
			assert_int_equal(
				trial_parse(&t, records.bytes, records.used), DISSECT_DONE);
		else
			assert_int_equal(trial_parse(&t, records.bytes, records.used), DISSECT_BAD);
	}
}

static void parse_hex(const char *digits)
{
	records.used = 0;
	put(&records, digits);
	trial_begin(&t, &tls_dissector, DISSECT_TCP);
	t.d.end_of_stream = true; /* nothing more is waited for */
	assert_int_equal(trial_probe(&t, records.bytes, records.used), GUESS_YES);
	assert_int_equal(trial_parse(&t, records.bytes, records.used), DISSECT_DONE);
}

#define RANDOM "0000000000000000000000000000000000000000000000000000000000000000"

static void test_bare_hello(void **state)
{
	(void)state;
	/* SSLv3, no extensions: JA3 ends with three empty lists, JA4 has zeros */
	parse_hex("1603000031 0100002d 0300" RANDOM "00 0006 000400050a0a 0100");
	assert_no_field(&t, "tls.sni");
	assert_field(&t, "tls.version", "SSLv3");
	assert_field(&t, "tls.ja3.hash", "b83fc53c3f3f7050efc5ad1a39c4a209");
	assert_field(&t, "tls.ja4", "ts3i020000_6e254592683c_000000000000");
	/* no cipher at all */
	parse_hex("160301002b 01000027 0301" RANDOM "00 0000 0100");
	assert_field(&t, "tls.ja4", "t10i000000_000000000000_000000000000");
}

/* OpenSSL answers all of these. */
static void test_any_version(void **state)
{
	static const uint8_t versions[][2] = {{5, 0}, {3, 5}, {4, 4}, {0xff, 0xff}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		setup(NULL);
		records.bytes[2] = versions[i][1];
		records.bytes[9] = versions[i][0];
		records.bytes[10] = versions[i][1];
		assert_int_equal(trial_probe(&t, records.bytes, records.used), GUESS_YES);
		assert_int_equal(trial_parse(&t, records.bytes, records.used), DISSECT_MORE);
		assert_field(&t, "tls.sni", "example.org");
		assert_field(&t, "tls.version", "TLS 1.3");
	}
}

static void test_empty_records(void **state)
{
	(void)state;
	for (unsigned count = 1; count <= 33; count++) {
		records.used = 0;
		for (unsigned i = 0; i < count; i++)
			put(&records, "1603010000");
		put_record(&records, hello.bytes, hello.used);
		trial_begin(&t, &tls_dissector, DISSECT_TCP);
		assert_int_equal(trial_probe(&t, records.bytes, records.used),
			count <= 32 ? GUESS_YES : GUESS_NO);
		for (unsigned i = 1; i <= count && i <= 32; i++)
			assert_int_equal(trial_probe(&t, records.bytes, 5 * i), GUESS_MORE);
		if (count <= 32)
			check_whole();
		else
			assert_int_equal(trial_parse(&t, records.bytes, records.used), DISSECT_BAD);
	}
}

static void test_malformed_extensions(void **state)
{
	static const char *const extensions[] = {
		"000b 0002 0500", "000a 0003 0005 00", "0010 0004 0005 0268", "000d 0002 0009"};
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(extensions); i++) {
		size_t bytes = 4 + (size_t)(extensions[i][8] - 48), all = 16 + bytes;

		(void)snprintf(text, sizeof(text),
			"16030100%02zx 010000%02zx 0303" RANDOM "00 0002 1301 0100 %04zx %s"
			"0000 000c 000a 00 0007 612e622e632e64",
			4 + 43 + all, 43 + all, all, extensions[i]);
		parse_hex(text);
		assert_field(&t, "tls.sni", "a.b.c.d");
		assert_no_field(&t, "tls.alpn");
	}
}

/* A comma in a name is not the one between names: this is no DNS over TLS. */
static void test_comma(void **state)
{
	(void)state;
	parse_hex("160301003d 01000039 0303" RANDOM "00 0002 1301 0100 000e"
		  "0010 000a 0008 07 68322c646f7478");
	assert_field(&t, "tls.alpn", "h2\\x2cdotx");
}

static void test_odd_values(void **state)
{
	(void)state;
	/* ALPN of octets that are no letters; ECH; a name with a zero octet; an empty SNI twice */
	parse_hex("1603010062 0100005e 0303" RANDOM "00 0002 1301 0100 0033"
		  "0010 0007 0005 02baad0168"
		  "fe0d 0001 00"
		  "0000 000e 000c 00 0003 610062 00 0003 786f78"
		  "0000 0000"
		  "000d 0002 0000"
		  "002b 0003 02 3a3a");
	assert_field(&t, "tls.ech", "1");
	assert_field(&t, "tls.version", "TLS 1.2");
	assert_field(&t, "tls.alpn", "\xba\xad,h");
	assert_memory_equal(trial_text(&t, "tls.ja4", 0), "t12d0106bd_", 11);
	assert_memory_equal(trial_text(&t, "tls.sni", 0), "a\0b", 4);
}

/* More ciphers than fit into a string: no fingerprint, and it is said. */
static void test_many_ciphers(void **state)
{
	size_t start, list;

	(void)state;
	for (unsigned count = 1000; count <= 4000; count += 3000) {
		hello.used = records.used = 0;
		put(&hello, "01");
		start = open_block(&hello, 3);
		put(&hello, "0303" RANDOM "00");
		list = open_block(&hello, 2);
		for (unsigned i = 0; i < count; i++) {
			hello.bytes[hello.used++] = (uint8_t)(i * 7 >> 8);
			hello.bytes[hello.used++] = (uint8_t)(i * 7);
		}
		close_block(&hello, list, 2);
		put(&hello, "0100");
		close_block(&hello, start, 3);
		put_record(&records, hello.bytes, hello.used);
		trial_begin(&t, &tls_dissector, DISSECT_TCP);
		assert_int_equal(trial_parse(&t, records.bytes, records.used), DISSECT_DONE);
		assert_field(&t, "tls.version", "TLS 1.2");
		if (count == 1000) {
			assert_memory_equal(trial_text(&t, "tls.ja4", 0), "t12i990000_", 11);
			assert_int_equal(t.flow.lost_values, 0);
		} else {
			assert_no_field(&t, "tls.ja4");
			assert_no_field(&t, "tls.ja3.hash");
			assert_int_equal(t.flow.lost_values, 2);
		}
		assert_true(t.d.steps >= count);
	}
}

#define SERVER_13 "160303003a 02000036 0303" RANDOM "00 1301 00 000e 002b00020304 003300040000 0000"

static void test_server_hello(void **state)
{
	(void)state;
	parse_hex(SERVER_13);
	assert_field(&t, "tls.version", "TLS 1.3");
	assert_field(&t, "tls.ja3s.hash", "f4febc55ea12b31ae17cfb7e614afda8");
	/* a draft's that says it is the standard */
	parse_hex("160301002e 0200002a 0304" RANDOM "1301 0004 00280000");
	assert_field(&t, "tls.version", "TLS 1.3");
	/* a draft's, without session identifier and compression method */
	parse_hex("1603010034 02000030 7f12" RANDOM "1301 000a 00280006 001d0002aabb");
	assert_field(&t, "tls.version", "TLS 1.3 draft-18");
	assert_field(&t, "tls.ja3s.hash", "b8a8031b301aef7618403061e9f33065");
	parse_hex("160302002a 02000026 0302" RANDOM "00 c014 00");
	assert_field(&t, "tls.version", "TLS 1.1");
	assert_field(&t, "tls.server_cipher", "49172");
	trial_begin(&t, &tls_dissector, DISSECT_TCP);
	for (size_t bytes = 0; bytes < records.used; bytes++)
		assert_int_equal(trial_parse(&t, records.bytes, bytes), DISSECT_MORE);
	records.bytes[records.used] = 0; /* an extensions' length of one octet */
	records.bytes[4]++;
	records.bytes[8]++;
	assert_int_equal(trial_parse(&t, records.bytes, records.used + 1), DISSECT_BAD);
}

/* The server's choice stands, whichever hello is read first. */
static void test_both_hellos(void **state)
{
	static const char server[] = "160303002a 02000026 0303" RANDOM "00 c02f 00";

	(void)state;
	answer.used = from_hex(answer.bytes, sizeof(answer.bytes), server);
	for (int server_first = 0; server_first < 2; server_first++) {
		setup(NULL);
		t.d.end_of_stream = true;
		for (int i = 0; i < 2; i++) {
			const struct out *o = (i == 0) == server_first ? &answer : &records;

			t.d.direction = o == &answer ? DISSECT_TO_CLIENT : DISSECT_TO_SERVER;
			assert_int_equal(trial_parse(&t, o->bytes, o->used), DISSECT_DONE);
		}
		assert_field(&t, "tls.version", "TLS 1.2");
		assert_null(trial_text(&t, "tls.version", 1));
		assert_field(&t, "tls.sni", "example.org");
		assert_non_null(trial_text(&t, "tls.ja3s.hash", 0));
	}
}

/* The hello of SSLv2: a version and no more. */
static void test_ssl2(void **state)
{
	static const char *const wrong[] = {"802e 01 0304 0015 0000 0010",
		"802e 01 0302 0015 0000 0011", "802e 01 0302 0014 0000 0011",
		"802e 01 0302 0015 0001 000f", "802e 01 0302 0000 0000 0025",
		"802e 02 0302 0015 0000 0010", "802e 01 0202"};

	(void)state;
	parse_hex("802e 01 0302 0015 0000 0010 07 00c0 050080");
	assert_field(&t, "tls.version", "TLS 1.1");
	parse_hex("802e 01 0002 0015 0000 0010");
	assert_field(&t, "tls.version", "SSLv2");
	for (size_t bytes = 1; bytes < 11; bytes++)
		assert_int_equal(trial_probe(&t, records.bytes, bytes), GUESS_MORE);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		records.used = 0;
		put(&records, wrong[i]);
		trial_begin(&t, &tls_dissector, DISSECT_TCP);
		assert_int_equal(trial_probe(&t, records.bytes, records.used), GUESS_NO);
		assert_int_equal(trial_parse(&t, records.bytes, records.used), DISSECT_BAD);
	}
}

static void test_not_tls(void **state)
{
	static const char *const not_tls[] = {"1503010002 0228", /* an alert */
		"1603010004 0e000000", "16030148010100",         /* too long a record */
		"1602010031 0100002d 0300", "1604010031 0100002d 0303", "1603010031 0200002d 0203",
		"1603010031 01000001 0303", "1603010031 01010000 0303",
		"474554202f20485454502f312e310d0a"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(not_tls); i++) {
		records.used = 0;
		put(&records, not_tls[i]);
		assert_int_equal(trial_probe(&t, records.bytes, records.used), GUESS_NO);
	}
	/* recognised, and then something else comes */
	records.used = 0;
	put(&records, "1503010002 0228");
	assert_int_equal(trial_parse(&t, records.bytes, records.used), DISSECT_BAD);
	records.used = 0;
	put(&records, "1603010004 0e000000");
	assert_int_equal(trial_parse(&t, records.bytes, records.used), DISSECT_BAD);
	records.used = 0;
	put(&records, "1603010001 01 1703010001 00");
	assert_int_equal(trial_parse(&t, records.bytes, records.used), DISSECT_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_client_hello, setup),
		cmocka_unit_test_setup(test_every_prefix, setup),
		cmocka_unit_test_setup(test_several_records, setup),
		cmocka_unit_test_setup(test_work_is_linear, setup),
		cmocka_unit_test_setup(test_large, setup),
		cmocka_unit_test_setup(test_lies, setup),
		cmocka_unit_test_setup(test_cut_inside, setup),
		cmocka_unit_test_setup(test_bare_hello, setup),
		cmocka_unit_test_setup(test_any_version, setup),
		cmocka_unit_test_setup(test_empty_records, setup),
		cmocka_unit_test_setup(test_malformed_extensions, setup),
		cmocka_unit_test_setup(test_comma, setup),
		cmocka_unit_test_setup(test_odd_values, setup),
		cmocka_unit_test_setup(test_many_ciphers, setup),
		cmocka_unit_test_setup(test_server_hello, setup),
		cmocka_unit_test_setup(test_both_hellos, setup),
		cmocka_unit_test_setup(test_ssl2, setup),
		cmocka_unit_test_setup(test_not_tls, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
