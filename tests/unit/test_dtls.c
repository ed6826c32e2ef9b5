/* SPDX-License-Identifier: Apache-2.0 */
/* DTLS: hellos and a certificate in fragments of any order, neighbours on the same port, lies. */
#include "tests/unit/tls_make.h"

extern const struct dissector dtls_dissector;

static struct trial t; /* too large for a stack frame */
static struct out hello, server, certificate, datagram;

#define RANDOM "0000000000000000000000000000000000000000000000000000000000000000"
/* RFC 8489 section 5: a binding request without attributes */
#define STUN "000100002112a442 000000000000000000000000"

static int setup(void **state)
{
	(void)state;
	hello.used = server.used = certificate.used = datagram.used = 0;
	put(&hello, "fefd" RANDOM "02 0102 03 aabbcc 0004 c02bc02f 0100 0012 0000000e000c000009 "
		    "612e6578616d706c65");
	put(&server, "fefd" RANDOM "00 c02b 00");
	put_certificate_list(&certificate);
	trial_begin(&t, &dtls_dissector, DISSECT_UDP);
	return 0;
}

/* A record with one fragment. */
static void put_fragment(struct out *o, unsigned type, unsigned sequence, const struct out *message,
	size_t from, size_t bytes)
{
	char header[64];
	size_t start;

	put(o, "16fefd0000000000000001");
	start = open_block(o, 2);
	(void)snprintf(header, sizeof(header), "%02x%06zx%04x%06zx%06zx", type, message->used,
		sequence, from, bytes);
	put(o, header);
	memcpy(o->bytes + o->used, message->bytes + from, bytes);
	o->used += bytes;
	close_block(o, start, 2);
}

static enum dissect_result show(enum dissect_direction direction)
{
	enum dissect_result result;

	t.d.direction = direction;
	result = trial_parse(&t, datagram.bytes, datagram.used);
	datagram.used = 0;
	return result;
}

static void check_hello(void)
{
	assert_field(&t, "tls.sni", "a.example");
	assert_memory_equal(trial_text(&t, "tls.ja4", 0), "dd2d020100_", 11);
	assert_non_null(trial_text(&t, "tls.ja3.hash", 0));
	assert_null(trial_text(&t, "tls.ja3.hash", 1));
	assert_no_field(&t, "tls.retry.ja3");
}

static void check_certificate(void)
{
	assert_field(&t, "tls.version", "DTLS 1.2");
	assert_field(&t, "tls.server_cipher", "49195");
	assert_non_null(trial_text(&t, "tls.ja3s.hash", 0));
	assert_field(&t, "tls.serial", "00:C7:D4:28:8B");
	assert_field(&t, "tls.subjectaltname[]", "example.org");
	assert_null(trial_text(&t, "tls.fingerprint", 1));
}

static void whole_hello(void **state)
{
	(void)state;
	put_fragment(&datagram, 1, 0, &hello, 0, hello.used);
	assert_int_equal(trial_probe(&t, datagram.bytes, datagram.used), GUESS_YES);
	for (size_t bytes = 0; bytes < datagram.used; bytes++) {
		assert_int_not_equal(trial_probe(&t, datagram.bytes, bytes), GUESS_YES);
		assert_int_equal(trial_parse(&t, datagram.bytes, bytes), DISSECT_MORE);
		assert_int_equal(t.flow.used, 0);
		trial_begin(&t, &dtls_dissector, DISSECT_UDP);
	}
	assert_int_equal(show(DISSECT_TO_SERVER), DISSECT_DONE);
	check_hello();
	assert_field(&t, "tls.version", "DTLS 1.2");
	assert_int_equal(t.more_asked, 0);
}

/* Memory is asked for once, for what comes in pieces; without it nothing is read of them. */
static void no_memory(void **state)
{
	(void)state;
	put_fragment(&datagram, 1, 0, &hello, 0, 10);
	assert_int_equal(show(DISSECT_TO_SERVER), DISSECT_MORE);
	put_fragment(&datagram, 1, 0, &hello, 10, hello.used - 10);
	assert_int_equal(show(DISSECT_TO_SERVER), DISSECT_DONE);
	check_hello();
	assert_int_equal(t.more_asked, dtls_dissector.more_bytes);
	trial_begin(&t, &dtls_dissector, DISSECT_UDP);
	t.spent = true;
	put_fragment(&datagram, 1, 0, &hello, 0, 10);
	assert_int_equal(show(DISSECT_TO_SERVER), DISSECT_DONE);
	assert_int_equal(t.flow.used, 0);
	assert_int_equal(t.flow.lost_values, 1);
}

/* Both flights in pieces, the last piece first, each of them twice, all in one datagram or one
 * each.
 */
static void fragments(void **state)
{
	static const size_t pieces[] = {1, 7, 100, 536};

	for (size_t p = 0; p < 2 * ARRAY_LEN(pieces); p++) {
		const struct out *messages[] = {&hello, &server, &certificate};
		enum dissect_result result = DISSECT_MORE;

		setup(state);
		for (unsigned m = 0; m < ARRAY_LEN(messages); m++) {
			const struct out *o = messages[m];
			size_t step = pieces[p / 2], end = o->used;

			for (; end > 0; end -= end < step ? end : step) {
				size_t from = end < step ? 0 : end - step;

				put_fragment(
					&datagram, m == 2 ? 11 : m + 1, m, o, from, end - from);
				put_fragment(
					&datagram, m == 2 ? 11 : m + 1, m, o, from, end - from);
				t.d.direction = m ? DISSECT_TO_CLIENT : DISSECT_TO_SERVER;
				/* small ones many in a datagram: not more than 32 are looked at */
				if ((p % 2 || step < 100) && datagram.used < 1400)
					continue;
				result = show(t.d.direction);
				if (result != DISSECT_MORE)
					break;
			}
			if (datagram.used)
				result = show(m ? DISSECT_TO_CLIENT : DISSECT_TO_SERVER);
			assert_int_equal(result, m == 1 ? DISSECT_MORE : DISSECT_DONE);
			datagram.used = 0;
		}
		check_hello();
		check_certificate();
	}
}

/* The certificate before the hello of its server; a client's own is not read. */
static void other_order(void **state)
{
	(void)state;
	put_fragment(&datagram, 11, 2, &certificate, 0, certificate.used);
	assert_int_equal(show(DISSECT_TO_SERVER), DISSECT_MORE);
	put_fragment(&datagram, 1, 0, &hello, 0, hello.used);
	assert_int_equal(show(DISSECT_TO_SERVER), DISSECT_DONE);
	put_fragment(&datagram, 2, 1, &server, 0, server.used);
	assert_int_equal(show(DISSECT_TO_CLIENT), DISSECT_MORE);
	assert_no_field(&t, "tls.fingerprint");
	put_fragment(&datagram, 11, 2, &certificate, 0, certificate.used);
	assert_int_equal(show(DISSECT_TO_SERVER), DISSECT_MORE);
	assert_no_field(&t, "tls.fingerprint");
	put_fragment(&datagram, 11, 2, &certificate, 0, certificate.used);
	assert_int_equal(show(DISSECT_TO_CLIENT), DISSECT_DONE);
	check_certificate();
	setup(state);
	put_fragment(&datagram, 11, 2, &certificate, 0, certificate.used);
	assert_int_equal(show(DISSECT_TO_CLIENT), DISSECT_MORE);
	put_fragment(&datagram, 2, 1, &server, 0, server.used);
	assert_int_equal(show(DISSECT_TO_CLIENT), DISSECT_DONE);
	check_certificate();
}

/* Where it is certain who the server is, it says no client's hello. */
static void server_is_no_client(void **state)
{
	(void)state;
	t.d.certain = true;
	put_fragment(&datagram, 1, 0, &hello, 0, hello.used);
	assert_int_equal(show(DISSECT_TO_CLIENT), DISSECT_MORE);
	assert_int_equal(t.flow.used, 0);
	put_fragment(&datagram, 1, 0, &hello, 0, hello.used);
	assert_int_equal(show(DISSECT_TO_SERVER), DISSECT_DONE);
	check_hello();
	setup(state);
	put_fragment(&datagram, 1, 0, &hello, 0, hello.used);
	assert_int_equal(show(DISSECT_TO_CLIENT), DISSECT_DONE);
	check_hello();
}

/* A hello with a cookie, a retransmission, DTLS 1.3 with a second hello. */
static void hellos_again(void **state)
{
	(void)state;
	put(&datagram, "16feff0000000000000000 001f 03 000013 0000 000000 000013 feff 10 "
		       "00112233445566778899aabbccddeeff");
	assert_int_equal(trial_probe(&t, datagram.bytes, datagram.used), GUESS_YES);
	assert_int_equal(show(DISSECT_TO_CLIENT), DISSECT_MORE);
	for (int i = 0; i < 2; i++) {
		put_fragment(&datagram, 1, (unsigned)i, &hello, 0, hello.used);
		assert_int_equal(show(DISSECT_TO_SERVER), DISSECT_DONE);
	}
	check_hello();
	setup(state);
	hello.used = 0;
	put(&hello, "fefd" RANDOM "00 00 0002 1301 0100 0009 002b000504fefcfefd");
	for (int i = 0; i < 2; i++) {
		put_fragment(&datagram, 1, 0, &hello, 0, hello.used);
		assert_int_equal(show(DISSECT_TO_SERVER), DISSECT_MORE);
	}
	assert_field(&t, "tls.version", "DTLS 1.3");
	hello.used = 0;
	put(&hello, "fefd" RANDOM "00 00 0002 1302 0100 0009 002b000504fefcfefd");
	put_fragment(&datagram, 1, 1, &hello, 0, hello.used);
	assert_int_equal(show(DISSECT_TO_SERVER), DISSECT_DONE);
	assert_memory_equal(trial_text(&t, "tls.retry.ja4", 0), "dd3i010100_", 11);
	server.used = 0;
	put(&server, "fefd" RANDOM "00 1302 00 0006 002b0002fefc");
	put_fragment(&datagram, 2, 1, &server, 0, server.used);
	assert_int_equal(show(DISSECT_TO_CLIENT), DISSECT_DONE);
	assert_field(&t, "tls.version", "DTLS 1.3");
}

static void neighbours(void **state)
{
	static const char *const more[] = {STUN, "17fefd00010000000000010004aabbccdd",
		"15feff00000000000000000002 0228", "16feff 0000 000000000000 0004 feffffa4"};
	static const char *const no[] = {"00", "80000001", "16030100310100002d0303",
		"16fefb00000000000000000002 0228", "000100082112a442 000000000000000000000000", ""};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		datagram.used = 0;
		put(&datagram, more[i]);
		assert_int_equal(trial_probe(&t, datagram.bytes, datagram.used), GUESS_MORE);
		assert_int_equal(show(DISSECT_TO_SERVER), DISSECT_MORE);
	}
	for (size_t i = 0; i < ARRAY_LEN(no); i++) {
		datagram.used = 0;
		put(&datagram, no[i]);
		assert_int_equal(trial_probe(&t, datagram.bytes, datagram.used), GUESS_NO);
		assert_int_equal(show(DISSECT_TO_SERVER), DISSECT_MORE);
	}
	/* CAPWAP: its discovery, then DTLS behind four octets */
	t.d.port_server = 5246;
	put(&datagram, "0010");
	assert_int_equal(trial_probe(&t, datagram.bytes, datagram.used), GUESS_MORE);
	datagram.used = 0;
	put(&datagram, "01000000");
	put_fragment(&datagram, 1, 0, &hello, 0, hello.used);
	assert_int_equal(trial_probe(&t, datagram.bytes, datagram.used), GUESS_YES);
	assert_int_equal(show(DISSECT_TO_SERVER), DISSECT_DONE);
	check_hello();
}

/* Each octet of a hello in turn is another one. */
static void lies(void **state)
{
	unsigned found = 0;

	(void)state;
	put_fragment(&datagram, 1, 0, &hello, 0, hello.used);
	for (size_t at = 0; at < datagram.used; at++) {
		uint8_t genuine = datagram.bytes[at];

		for (int value = 0; value < 256; value += 17) {
			trial_begin(&t, &dtls_dissector, DISSECT_UDP);
			datagram.bytes[at] = (uint8_t)value;
			(void)trial_parse(&t, datagram.bytes, datagram.used);
			found += t.flow.used > 0;
		}
		datagram.bytes[at] = genuine;
	}
	assert_true(found > 0);
	/* a certificate that is longer than its message; then no more datagrams than the limit */
	setup(state);
	put_fragment(&datagram, 2, 1, &server, 0, server.used);
	assert_int_equal(show(DISSECT_TO_CLIENT), DISSECT_MORE);
	certificate.bytes[3] = 0xff;
	put_fragment(&datagram, 11, 2, &certificate, 0, certificate.used);
	assert_int_equal(show(DISSECT_TO_CLIENT), DISSECT_DONE);
	assert_no_field(&t, "tls.fingerprint");
	trial_begin(&t, &dtls_dissector, DISSECT_UDP);
	for (int i = 0; i < 33; i++)
		assert_int_equal(show(DISSECT_TO_CLIENT), i == 32 ? DISSECT_DONE : DISSECT_MORE);
}

/* A certificate that is larger than what is kept of one. */
static void large(void **state)
{
	size_t whole;

	(void)state;
	certificate.used = 0;
	put(&certificate, "003a9b 003a98");
	whole = 6 + 15000;
	certificate.used = whole;
	put_fragment(&datagram, 2, 1, &server, 0, server.used);
	assert_int_equal(show(DISSECT_TO_CLIENT), DISSECT_MORE);
	put_fragment(&datagram, 11, 2, &certificate, 0, 1000);
	assert_int_equal(show(DISSECT_TO_CLIENT), DISSECT_DONE);
	assert_no_field(&t, "tls.fingerprint");
	assert_int_equal(t.flow.lost_values, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(whole_hello, setup),
		cmocka_unit_test_setup(no_memory, setup),
		cmocka_unit_test_setup(fragments, setup),
		cmocka_unit_test_setup(other_order, setup),
		cmocka_unit_test_setup(server_is_no_client, setup),
		cmocka_unit_test_setup(hellos_again, setup),
		cmocka_unit_test_setup(neighbours, setup),
		cmocka_unit_test_setup(lies, setup),
		cmocka_unit_test_setup(large, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
