/* SPDX-License-Identifier: Apache-2.0 */
/* TLS from one hello to the next: the server's certificate in records and segments of any size,
 * what comes instead of one, the second hellos of TLS 1.3. */
#include "tests/unit/tls_make.h"

#define RANDOM "0000000000000000000000000000000000000000000000000000000000000000"
/* octets of a Certificate message before the first one */
#define FIRST_CERTIFICATE 10

#define SERVER_13 "160303003a 02000036 0303" RANDOM "00 1301 00 000e 002b00020304 003300040000 0000"

extern const struct dissector tls_dissector;

static struct trial t; /* too large for a stack frame */
static struct out records, answer;

/* One direction in segments of `step` octets, as a stream is shown to a dissector. */
static enum dissect_result feed(const uint8_t *bytes, size_t count, size_t step)
{
	enum dissect_result result = DISSECT_MORE;
	size_t from = 0, have = 0, want = 0;

	while (have < count && result == DISSECT_MORE) {
		have = count - have < step ? count : have + step;
		if (have - from < want)
			continue;
		result = trial_parse(&t, bytes + from, have - from);
		from += t.offset;
		want = t.d.want_bytes;
		assert_true(result != DISSECT_MORE || want > have - from);
	}
	return result;
}

static void server_begin(void)
{
	trial_begin(&t, &tls_dissector, DISSECT_TCP);
	t.d.direction = DISSECT_TO_CLIENT;
	records.used = 0;
}

static void put_server_hello(struct out *o, const char *version)
{
	size_t start;

	put(o, "02");
	start = open_block(o, 3);
	put(o, version);
	put(o, RANDOM "00 c02f 00 0009 00100005 0003026832");
	close_block(o, start, 3);
}

static void put_certificate_message(struct out *o)
{
	size_t start;

	put(o, "0b");
	start = open_block(o, 3);
	put_certificate_list(o);
	close_block(o, start, 3);
}

static void check_certificate(void)
{
	assert_field(&t, "tls.version", "TLS 1.2");
	assert_field(&t, "tls.server_cipher", "49199");
	assert_field(&t, "tls.server_alpn", "h2");
	assert_non_null(trial_text(&t, "tls.ja3s.hash", 0));
	assert_field(&t, "tls.issuerdn", "C=NL, O=Example, B.");
	assert_field(&t, "tls.serial", "00:C7:D4:28:8B");
	assert_field(&t, "tls.notafter", "9999-12-31T23:59:59");
	assert_field(&t, "tls.subjectaltname[]", "example.org");
	assert_string_equal(trial_text(&t, "tls.subjectaltname[]", 3), "2001:db8::1");
	assert_non_null(trial_text(&t, "tls.fingerprint_sha256", 0));
	assert_null(trial_text(&t, "tls.fingerprint", 1));
	assert_int_equal(strlen(trial_text(&t, "tls.fingerprint", 0)), 59);
}

/* Both messages in one record, in records of any size, in segments of any size. */
static void test_certificate(void **state)
{
	static const size_t steps[] = {1, 7, 100, 536, 20000};
	static const size_t pieces[] = {1, 3, 50, 200, 16384};

	(void)state;
	answer.used = 0;
	put_server_hello(&answer, "0303");
	put_certificate_message(&answer);
	put(&answer, "0c000003 aabbcc");
	for (size_t p = 0; p < ARRAY_LEN(pieces); p++) {
		for (size_t s = 0; s < ARRAY_LEN(steps); s++) {
			server_begin();
			for (size_t at = 0; at < answer.used; at += pieces[p]) {
				size_t left = answer.used - at;

				put_record(&records, answer.bytes + at,
					left < pieces[p] ? left : pieces[p]);
			}
			assert_int_equal(feed(records.bytes, records.used, steps[s]), DISSECT_DONE);
			check_certificate();
		}
	}
}

/* The certificate counts as soon as it is there, without those behind it; and not before. */
static void test_certificate_cut(void **state)
{
	size_t leaf;

	(void)state;
	answer.used = 0;
	put_certificate(&answer);
	leaf = answer.used;
	answer.used = 0;
	put_server_hello(&answer, "0303");
	leaf += answer.used + FIRST_CERTIFICATE;
	put_certificate_message(&answer);
	server_begin();
	put_record(&records, answer.bytes, answer.used);
	for (size_t bytes = 5; bytes < 5 + leaf; bytes++) {
		trial_begin(&t, &tls_dissector, DISSECT_TCP);
		assert_int_equal(feed(records.bytes, bytes, bytes), DISSECT_MORE);
		assert_no_field(&t, "tls.fingerprint");
	}
	trial_begin(&t, &tls_dissector, DISSECT_TCP);
	assert_int_equal(feed(records.bytes, 5 + leaf, 536), DISSECT_DONE);
	check_certificate();
	/* the connection ends in it: the hello stands */
	trial_begin(&t, &tls_dissector, DISSECT_TCP);
	t.d.end_of_stream = true;
	assert_int_equal(trial_parse(&t, records.bytes, leaf), DISSECT_DONE);
	assert_field(&t, "tls.version", "TLS 1.2");
}

/* Without a certificate, and with one that lies. */
static void test_no_certificate(void **state)
{
	static const char *const after[] = {
		"1403030001 01",                     /* resumed */
		"1603030004 04000000 1403030001 01", /* resumed, with a new ticket */
		"1503030002 0228",
		"1703030001 00",
		"1603030004 0c000003",
		"1603030007 0b000003 000000",                       /* an empty list */
		"160303000e 0b00000a 000007 000008 30030201",       /* longer than its list */
		"160303000e 0b000004 000007 000004 30020500",       /* longer than its message */
		"1603030011 0b00000d 00000a 0fffff 30030201050000", /* longer than all */
		"160303000a 0b000006 000003 000000",
		"1603030000 1503030002 0228",
		"16ff030004 0b000000",
		"474554202f",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(after); i++) {
		server_begin();
		answer.used = 0;
		put_server_hello(&answer, "0302");
		put_record(&records, answer.bytes, answer.used);
		put(&records, after[i]);
		assert_int_equal(feed(records.bytes, records.used, 30), DISSECT_DONE);
		assert_field(&t, "tls.version", "TLS 1.1");
		assert_no_field(&t, "tls.fingerprint");
		assert_no_field(&t, "tls.subject");
	}
	/* a client's is not read */
	trial_begin(&t, &tls_dissector, DISSECT_TCP);
	records.used = 0;
	put(&records, "1603010031 0100002d 0303" RANDOM "00 0006 c02f00040005 0100");
	put(&records, "1603030011 0b00000d 00000a 000007 30030201050000");
	assert_int_equal(feed(records.bytes, records.used, 600), DISSECT_DONE);
	assert_no_field(&t, "tls.fingerprint");
	assert_memory_equal(trial_text(&t, "tls.ja4", 0), "t12i030000_", 11);
}

#define RETRY_RANDOM "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
#define CCS          "1403030001 01"

/* HelloRetryRequest: two hellos of each side. */
static void test_retry(void **state)
{
	static const char client[] = "160301003a 01000036 0303" RANDOM
				     "00 0004 13011302 0100 0009 002b00050403040303" CCS
				     "1603030038 01000034 0303" RANDOM
				     "00 0002 1301 0100 0009 002b00050403040303";
	static const char server[] = "1603030038 02000034 0303" RETRY_RANDOM
				     "00 1301 00 000c 002b00020304 00330002001d" CCS SERVER_13
				     "1703030001 00";
	static const size_t steps[] = {1, 7, 100, 536};

	(void)state;
	for (size_t s = 0; s < 2 * ARRAY_LEN(steps); s++) {
		trial_begin(&t, &tls_dissector, DISSECT_TCP);
		for (int side = 0; side < 2; side++) {
			t.d.direction = side == (s % 2 == 0) ? DISSECT_TO_CLIENT
							     : DISSECT_TO_SERVER;
			answer.used = 0;
			put(&answer, t.d.direction == DISSECT_TO_CLIENT ? server : client);
			assert_int_equal(
				feed(answer.bytes, answer.used, steps[s / 2]), DISSECT_DONE);
		}
		assert_field(&t, "tls.version", "TLS 1.3");
		assert_memory_equal(trial_text(&t, "tls.ja4", 0), "t13i020100_", 11);
		assert_memory_equal(trial_text(&t, "tls.retry.ja4", 0), "t13i010100_", 11);
		assert_non_null(trial_text(&t, "tls.retry.ja3", 0));
		assert_null(trial_text(&t, "tls.ja4", 1));
		assert_field(&t, "tls.ja3s.hash", "f4febc55ea12b31ae17cfb7e614afda8");
		assert_no_field(&t, "tls.retry.ja3s"); /* the same */
	}
	/* without a retry what follows is encrypted */
	trial_begin(&t, &tls_dissector, DISSECT_TCP);
	t.d.direction = DISSECT_TO_CLIENT;
	answer.used = 0;
	put(&answer, SERVER_13);
	assert_int_equal(feed(answer.bytes, answer.used, 600), DISSECT_DONE);
	t.d.direction = DISSECT_TO_SERVER;
	answer.used = 0;
	put(&answer, client);
	assert_int_equal(feed(answer.bytes, answer.used, 600), DISSECT_DONE);
	assert_no_field(&t, "tls.retry.ja4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificate),
		cmocka_unit_test(test_certificate_cut),
		cmocka_unit_test(test_no_certificate),
		cmocka_unit_test(test_retry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
