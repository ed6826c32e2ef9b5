/* SPDX-License-Identifier: Apache-2.0 */
/* Google's QUIC: the hello of each form of packet, and what a liar may do with it. */
#include <stdio.h>

#include "tests/unit/quic_packet.h"

extern const struct dissector quic_dissector;

#define PACKET_BYTES 1300

static struct trial t;

struct out {
	uint8_t octets[PACKET_BYTES];
	size_t bytes;
};

static void put(struct out *o, const void *octets, size_t bytes)
{
	assert_true(o->bytes + bytes <= sizeof(o->octets));
	memcpy(o->octets + o->bytes, octets, bytes);
	o->bytes += bytes;
}

static void put_hex(struct out *o, const char *digits)
{
	o->bytes += from_hex(o->octets + o->bytes, sizeof(o->octets) - o->bytes, digits);
}

static void put_low(struct out *o, uint32_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++, value >>= 8)
		put(o, &(uint8_t){(uint8_t)value}, 1);
}

struct tag {
	const char *tag, *value;
};

static const struct tag usual[] = {{"PAD\0", "----------------"}, {"SNI\0", "www.example.com"},
	{"VER\0", "Q043"}, {"UAID", "Example/1.0 Test"}, {"PDMD", "X509"}};

static void put_hello(struct out *o, const struct tag *tags, size_t count)
{
	uint32_t end = 0;

	put(o, "CHLO", 4);
	put_low(o, (uint32_t)count, 4);
	for (size_t i = 0; i < count; i++) {
		put(o, tags[i].tag, 4);
		end += (uint32_t)strlen(tags[i].value);
		put_low(o, end, 4);
	}
	for (size_t i = 0; i < count; i++)
		put(o, tags[i].value, strlen(tags[i].value));
}

/* Header, frames before the hello, the stream frame's header but for its length. */
struct form {
	const char *version, *header, *before, *stream;
	bool low_first;
};

static const struct form forms[] = {
	/* flags, identifier, version, number, hash, private flags */
	{"Q024", "0d 0102030405060708 51303234 01 000000000000000000000000 01", "", "a0 01", true},
	{"Q033", "09 0102030405060708 51303333 01 000000000000000000000000 03 07", "", "a0 01",
		true},
	/* from Q034 on no private flags; the hello behind ACK, STOP_WAITING and the like */
	{"Q034", "1d 0102030405060708 51303334 0100 000000000000000000000000",
		"40 01 0000 01 00 06 0100 07", "a4 01 0000", true},
	{"Q035", "0d 0102030405060708 51303335 01 000000000000000000000000",
		"60 01 0000 01 01 01 01 02 01 00000000 02 0000", "a0 01", true},
	/* from Q039 on the high octet comes first */
	{"Q039", "2d 0102030405060708 51303339 00000001 000000000000000000000000",
		"04 00000001 0000000000000000 05 00000001", "e1 0001", false},
	{"Q043", "3d 0102030405060708 51303433 000000000001 000000000000000000000000",
		"4f 000000000001 0000 000000000001 00", "a0 01", false},
	{"Q044", "ff 51303434 50 0102030405060708 00000001 000000000000000000000000", "", "a0 01",
		false},
	{"Q046", "c3 51303436 50 0102030405060708 00000001 000000000000000000000000", "00 00 07",
		"a0 01", false},
	{"Q046", "c0 51303436 55 0102030405060708 0102030405060708 01 000000000000000000000000", "",
		"a0 01", false},
	/* CRYPTO frames since Q048; a token and a length in Q049 */
	{"Q048", "c3 51303438 50 0102030405060708 00000001 000000000000000000000000", "", "08 00",
		false},
	{"Q049",
		"c3 51303439 08 0102030405060708 00 02 0000 44e2 00000001 "
		"000000000000000000000000",
		"", "08 00", false},
};

static void packet(struct out *o, const struct form *f, const struct tag *tags, size_t count)
{
	struct out message = {.bytes = 0};

	put_hello(&message, tags, count);
	*o = (struct out){.bytes = 0};
	put_hex(o, f->header);
	put_hex(o, f->before);
	put_hex(o, f->stream);
	if (f->stream[0] == '0')
		put(o, (uint8_t[]){(uint8_t)(0x40 | message.bytes >> 8), (uint8_t)message.bytes},
			2);
	else if (f->low_first)
		put_low(o, (uint32_t)message.bytes, 2);
	else
		put(o, (uint8_t[]){(uint8_t)(message.bytes >> 8), (uint8_t)message.bytes}, 2);
	put(o, message.octets, message.bytes);
	memset(o->octets + o->bytes, 0, sizeof(o->octets) - o->bytes);
	if (strcmp(f->version, "Q049") == 0)
		o->bytes = strlen("c3Q049.01020304") + 10 + 0x4e2;
}

static void begin(void)
{
	trial_begin(&t, &quic_dissector, DISSECT_UDP);
}

static void check(const char *version)
{
	assert_field(&t, "quic.version", version);
	assert_field(&t, "quic.sni", "www.example.com");
	assert_field(&t, "quic.ua", "Example/1.0 Test");
	assert_no_field(&t, "quic.ja4");
}

static void each_form(void **state)
{
	struct out o;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		for (int to_client = 0; to_client < 2; to_client++) {
			packet(&o, &forms[i], usual, ARRAY_LEN(usual));
			begin();
			t.d.direction = to_client ? DISSECT_TO_CLIENT : DISSECT_TO_SERVER;
			assert_int_equal(trial_probe(&t, o.octets, o.bytes), GUESS_YES);
			assert_int_equal(trial_parse(&t, o.octets, o.bytes), DISSECT_DONE);
			check(forms[i].version);
		}
	}
}

/* Cut anywhere: no name, or the right one. */
/* Where it is certain who the server is, it says no client's hello. */
static void server_is_no_client(void **state)
{
	struct out o = {0};

	(void)state;
	packet(&o, &forms[0], usual, ARRAY_LEN(usual));
	begin();
	t.d.certain = true;
	t.d.direction = DISSECT_TO_CLIENT;
	assert_int_equal(trial_parse(&t, o.octets, o.bytes), DISSECT_MORE);
	assert_no_field(&t, "quic.sni");
	t.d.direction = DISSECT_TO_SERVER;
	assert_int_equal(trial_parse(&t, o.octets, o.bytes), DISSECT_DONE);
	assert_field(&t, "quic.sni", "www.example.com");
}

static void every_prefix(void **state)
{
	struct out o;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		packet(&o, &forms[i], usual, ARRAY_LEN(usual));
		for (size_t bytes = 0; bytes < o.bytes; bytes++) {
			begin();
			(void)trial_probe(&t, o.octets, bytes);
			if (trial_parse(&t, o.octets, bytes) == DISSECT_DONE)
				check(forms[i].version);
			else
				assert_no_field(&t, "quic.sni");
		}
	}
}

/* Q050: an Initial with CRYPTO frames of Google's kind, in two packets and turned round. */
static void sealed(void **state)
{
	static const uint8_t id[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct out message = {.bytes = 0}, frames;
	uint8_t datagram[1200];

	(void)state;
	put_hello(&message, usual, ARRAY_LEN(usual));
	begin();
	for (int half = 1; half >= 0; half--) {
		size_t from = half ? 60 : 0, to = half ? message.bytes : 60;

		frames = (struct out){.bytes = 0};
		put_hex(&frames, "40 01 0000 01 00 08 40");
		put_low(&frames, (uint32_t)from, 1);
		put_hex(&frames, "40");
		put_low(&frames, (uint32_t)(to - from), 1);
		put(&frames, message.octets + from, to - from);
		(void)seal_initial(datagram, &(struct seal_packet){.version = QUIC_Q050,
						     .id = id,
						     .number = (uint8_t)(1 + half),
						     .frames = frames.octets,
						     .frames_bytes = frames.bytes,
						     .bytes = sizeof(datagram)});
		assert_int_equal(trial_probe(&t, datagram, sizeof(datagram)), GUESS_YES);
		assert_int_equal(trial_parse(&t, datagram, sizeof(datagram)),
			half ? DISSECT_MORE : DISSECT_DONE);
	}
	check("Q050");
}

/* The server's packets, and the client's when they are sealed, tell a version and nothing else. */
static void other_packets(void **state)
{
	static const char *const packets[] = {
		"c3 51303436 05 0102030405060708 00000005 000000000000000000000000 40 04 2420 03 "
		"00",
		"c3 51303436 05 0102030405060708 00000005 000000000000000000000000 a0 01 0008 "
		"52454a00 00000000",
		"0d 0102030405060708 51303436 01 000000000000000000000000",
		"ff 51303433 50 0102030405060708 00000001 000000000000000000000000",
		"08 0102030405060708 01 000000000000000000000000",
		"0f 0102030405060708 51303335 01 000000000000000000000000",
		"05 0102030405060708 51303335 01 000000000000000000000000",
		"0d 0102030405060708 51303231 01 000000000000000000000000 01",
		"0d 0102030405060708 51303a35 01 000000000000000000000000",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(packets); i++) {
		uint8_t octets[64];
		size_t bytes = from_hex(octets, sizeof(octets), packets[i]);

		begin();
		assert_int_equal(trial_probe(&t, octets, bytes), i < 2 ? GUESS_YES : GUESS_NO);
		octets[0] |= 0x40; /* for the old header a bit too many; else a short header of RFC
				      9000 */
		if (i > 3)
			assert_int_equal(trial_probe(&t, octets, bytes), GUESS_MORE);
		octets[0] &= (uint8_t)(i > 3 ? ~0x40 : 0xff);
		assert_int_equal(trial_parse(&t, octets, bytes), DISSECT_MORE);
		assert_no_field(&t, "quic.sni");
		assert_int_equal(t.flow.used > 0, i < 2);
	}
}

/* Lengths and offsets that lie; the packet's own form is sound. */
static void hostile_hellos(void **state)
{
	static const char *const hellos[] = {
		"",                                           /* nothing */
		"43484c4f",                                   /* no count */
		"43484c4f ffff0000",                          /* 65,535 tags */
		"43484c4f 81000000",                          /* more than there may be */
		"43484c4f 02000000 534e4900 04000000",        /* a table that is not all there */
		"43484c4f 01000000 534e4900 ffffffff 616161", /* a value that ends past everything
							       */
		"43484c4f 02000000 534e4900 04000000 55414944 03000000 61616161", /* backwards */
		"52454a00 01000000 534e4900 01000000 61",                         /* the server's */
	};
	struct out o;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hellos); i++) {
		struct out message = {.bytes = 0};

		put_hex(&message, hellos[i]);
		o = (struct out){.bytes = 0};
		put_hex(&o, forms[3].header);
		put_hex(&o, "a0 01");
		put_low(&o, (uint32_t)message.bytes, 2);
		put(&o, message.octets, message.bytes);
		begin();
		assert_int_equal(trial_parse(&t, o.octets, o.bytes), DISSECT_MORE);
		assert_no_field(&t, "quic.sni");
	}
}

/* A tag that comes twice, a name that is too long, empty values. */
static void odd_tags(void **state)
{
	static char name[301];
	const struct tag twice[] = {{"SNI\0", "www.example.com"}, {"SNI\0", "www.example.net"},
		{"UAID", ""}, {"ALPN", "h3"}};
	const struct tag longest[] = {{"SNI\0", name}};
	struct out o;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	packet(&o, &forms[3], twice, ARRAY_LEN(twice));
	begin();
	assert_int_equal(trial_parse(&t, o.octets, o.bytes), DISSECT_DONE);
	assert_string_equal(trial_text(&t, "quic.sni", 0), "www.example.com");
	assert_null(trial_text(&t, "quic.sni", 1));
	assert_no_field(&t, "quic.ua");
	assert_field(&t, "quic.alpn", "h3");
	packet(&o, &forms[3], longest, 1);
	begin();
	assert_int_equal(trial_parse(&t, o.octets, o.bytes), DISSECT_DONE);
	assert_int_equal(strlen(trial_text(&t, "quic.sni", 0)), 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form),
		cmocka_unit_test(server_is_no_client),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(sealed),
		cmocka_unit_test(other_packets),
		cmocka_unit_test(hostile_hellos),
		cmocka_unit_test(odd_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
