/* SPDX-License-Identifier: Apache-2.0 */
/* SOCKS: requests and answers of all versions, each side alone, and where what is carried begins.
 */
#include "base/text.h"
#include "tests/unit/dissect_stream.h"

extern const struct dissector socks_dissector;

static struct trial t; /* too large for a stack frame */

#define BEHIND       "\x16\3\1"
#define BEHIND_BYTES (sizeof(BEHIND) - 1)
#define OCTETS(text) text, sizeof(text) - 1

static void begin(enum dissect_direction direction)
{
	trial_begin(&t, &socks_dissector, DISSECT_TCP);
	t.d.direction = direction;
	t.d.port_server = 1080;
}

static const struct {
	const char *said;
	size_t bytes;
	const char *version, *command, *host, *address, *port, *status;
	enum dissect_result result;
} talks[] = {
	/* clients */
	{OCTETS("\5\1\0\5\1\0\3\x0fwww.example.org\1\xbb" BEHIND), "5", "connect",
		"www.example.org", NULL, "443", NULL, DISSECT_NEXT},
	{OCTETS("\5\2\0\2\1\4user\6secret\5\1\0\1\xc0\0\2\1\0\x50" BEHIND), "5", "connect", NULL,
		"192.0.2.1", "80", NULL, DISSECT_NEXT},
	{OCTETS("\5\1\0\5\2\0\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\x50" BEHIND), "5", "bind",
		NULL, "2001:db8::1", "80", NULL, DISSECT_NEXT},
	{OCTETS("\5\1\0\5\1\0\3\x09"
		"192.0.2.7\0\x50" BEHIND),
		"5", "connect", NULL, "192.0.2.7", "80", NULL, DISSECT_NEXT},
	{OCTETS("\5\1\0\5\3\0\1\0\0\0\0\x04\0"), "5", "udp associate", NULL, NULL, "1024", NULL,
		DISSECT_DONE},
	{OCTETS("\5\1\0\5\xf0\0\3\x0b"
		"example.org\0\1"),
		"5", "resolve", "example.org", NULL, "1", NULL, DISSECT_DONE},
	{OCTETS("\4\1\0\x50\xc0\0\2\1user\0" BEHIND), "4", "connect", NULL, "192.0.2.1", "80", NULL,
		DISSECT_NEXT},
	{OCTETS("\4\1\1\xbb\0\0\0\1\0www.example.org\0" BEHIND), "4", "connect", "www.example.org",
		NULL, "443", NULL, DISSECT_NEXT},
	/* servers */
	{OCTETS("\5\0\5\0\0\1\xc0\0\2\2\x04\0" BEHIND), "5", NULL, NULL, NULL, NULL, "succeeded",
		DISSECT_NEXT},
	{OCTETS("\5\2\1\0\5\0\0\3\3xyz\x04\0" BEHIND), "5", NULL, NULL, NULL, NULL, "succeeded",
		DISSECT_NEXT},
	{OCTETS("\0\x5a\0\0\0\0\0\0" BEHIND), "4", NULL, NULL, NULL, NULL, "granted", DISSECT_NEXT},
	{OCTETS("\5\0\5\5\0\1\0\0\0\0\0\0"), "5", NULL, NULL, NULL, NULL, "connection refused",
		DISSECT_DONE},
};

static void expect(const char *key, const char *want)
{
	if (want)
		assert_field(&t, key, want);
	else
		assert_no_field(&t, key);
}

static void expect_address(const char *want)
{
	char text[TEXT_ADDRESS_BYTES] = "";
	struct record_value v = {0};

	while (record_next(&t.flow, &v)) {
		if (strcmp(v.field->key, "socks.dest_ip") == 0)
			text_address(text, v.text);
	}
	assert_string_equal(text, want ? want : "");
}

static void each_side_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(talks); i++) {
		for (size_t j = 0; j < 2 * ARRAY_LEN(trial_steps); j++) {
			struct played p;
			size_t behind = talks[i].result == DISSECT_NEXT ? BEHIND_BYTES : 0;

			begin(j % 2 ? DISSECT_TO_CLIENT : DISSECT_TO_SERVER);
			p = trial_play(
				&t, false, talks[i].said, talks[i].bytes, trial_steps[j / 2]);
			assert_int_equal(p.guess, GUESS_YES);
			assert_int_equal(p.result, talks[i].result);
			assert_int_equal(p.used, talks[i].bytes - behind);
			expect("socks.version", talks[i].version);
			expect("socks.command", talks[i].command);
			expect("socks.host", talks[i].host);
			expect("socks.port", talks[i].port);
			expect("socks.status", talks[i].status);
			expect_address(talks[i].address);
		}
	}
}

/* No user name, no password: whatever is cut off, no text but a host and a status is there. */
static void every_prefix(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(talks); i++) {
		for (size_t bytes = 1; bytes < talks[i].bytes - BEHIND_BYTES; bytes++) {
			for (int end = 0; end < 2; end++) {
				struct record_value v = {0};

				begin(DISSECT_TO_SERVER);
				t.d.end_of_stream = end;
				(void)trial_play(&t, false, talks[i].said, bytes, bytes);
				while (record_next(&t.flow, &v))
					assert_int_not_equal(v.field->match, MATCH_NAME);
			}
		}
	}
}

static void a_conversation(void **state)
{
	struct played p;

	(void)state;
	begin(DISSECT_TO_SERVER);
	assert_int_equal(trial_play(&t, false, OCTETS("\5\2\0\2"), 1).result, DISSECT_MORE);
	t.d.direction = DISSECT_TO_CLIENT;
	assert_int_equal(trial_play(&t, true, OCTETS("\5\0"), 1).result, DISSECT_MORE);
	t.d.direction = DISSECT_TO_SERVER;
	p = trial_play(&t, true, OCTETS("\5\2\0\1\xc0\0\2\1\0\x50"), 1);
	assert_int_equal(p.result, DISSECT_NEXT);
	t.d.direction = DISSECT_TO_CLIENT; /* a BIND is answered twice */
	p = trial_play(
		&t, true, OCTETS("\5\0\0\1\xc0\0\2\2\0\x51\5\0\0\1\xc0\0\2\3\0\x52" BEHIND), 1);
	assert_int_equal(p.result, DISSECT_NEXT);
	assert_int_equal(p.used, 20);
	assert_field(&t, "socks.version", "5");
	assert_null(trial_text(&t, "socks.version", 1));
	assert_null(trial_text(&t, "socks.status", 1));

	begin(DISSECT_TO_SERVER);
	p = trial_play(&t, false, OCTETS("\4\1\0\x50\xc0\0\2\1\0"), 1);
	assert_int_equal(p.result, DISSECT_NEXT);
	t.d.direction = DISSECT_TO_CLIENT;
	p = trial_play(&t, true, OCTETS("\0\x5a\0\0\0\0\0\0" BEHIND), 1);
	assert_int_equal(p.result, DISSECT_NEXT);
	assert_int_equal(p.used, 8);
	assert_field(&t, "socks.status", "granted");

	begin(DISSECT_TO_SERVER); /* methods that nobody has in common, or that we do not know */
	(void)trial_play(&t, false, OCTETS("\5\1\0"), 9);
	t.d.direction = DISSECT_TO_CLIENT;
	assert_int_equal(trial_play(&t, true, OCTETS("\5\xff"), 9).result, DISSECT_DONE);
	assert_int_equal(t.flow.used, 0);
}

static void guesses(void **state)
{
	static const struct {
		const char *said;
		size_t bytes;
		enum dissect_guess guess;
	} cases[] = {
		{OCTETS("\5"), GUESS_MORE}, {OCTETS("\5\1"), GUESS_MORE},
		{OCTETS("\5\1\0"), GUESS_YES}, {OCTETS("\5\1\x20"), GUESS_NO},
		{OCTETS("\5\1\0x"), GUESS_NO}, {OCTETS("\5\0"), GUESS_MORE},
		{OCTETS("\5\0\5\0\0\1"), GUESS_YES},
		{OCTETS("\5\0\x0b\3\x10\0\0\0"), GUESS_NO}, /* DCE RPC */
		{OCTETS("\5\0\5\x09\0\1"), GUESS_NO}, {OCTETS("\5\2\1\0"), GUESS_MORE},
		{OCTETS("\5\2\1\0\5\1"), GUESS_MORE}, {OCTETS("\5\2\1\1"), GUESS_YES},
		{OCTETS("\4"), GUESS_MORE}, {OCTETS("\4\3"), GUESS_NO},
		{OCTETS("\4\1\0\x50\xc0\0\2\1user"), GUESS_MORE},
		{OCTETS("\4\1\0\x50\xc0\0\2\1us\1r\0"), GUESS_NO},
		{OCTETS("\4\1\0\x50\0\0\0\0\0"), GUESS_NO},
		{OCTETS("\4\1\0\x50\0\0\0\1\0"), GUESS_MORE},
		{OCTETS("\4\1\0\x50\0\0\0\1\0\0"), GUESS_NO},
		{OCTETS("\4\1\0\x2b\0\0\1\0"), GUESS_NO}, /* TDS */
		{OCTETS("\4\1\0\x2b\0\0\1\0\0\x1e\0"), GUESS_NO},
		{OCTETS("\4\1\0\x50\0\1\0\1\0"), GUESS_NO}, {OCTETS("GET /"), GUESS_NO},
		{OCTETS("\0"), GUESS_MORE}, {OCTETS("\0\x5b\0\0\0\0\0\0" BEHIND), GUESS_NO},
		{OCTETS("\0\x5a\0\0\0\0\0\0"), GUESS_MORE},
		{OCTETS("\0\x5a\0\0\0\0\0\0HTTP"), GUESS_MORE},
		{OCTETS("\0\x5a\0\0\0\0\0\0HTTP/"), GUESS_YES},
		{OCTETS("\0\x5a\0\0\0\0\0\0\1x"), GUESS_NO}, /* DNS over TCP */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		begin(DISSECT_TO_SERVER);
		assert_int_equal(trial_probe(&t, cases[i].said, cases[i].bytes), cases[i].guess);
		t.d.end_of_stream = true;
		assert_int_not_equal(trial_probe(&t, cases[i].said, cases[i].bytes), GUESS_MORE);
	}
}

static void wrong_ones(void **state)
{
	static const struct {
		const char *said;
		size_t bytes;
	} cases[] = {
		{OCTETS("\5\1\0\5\0\0\1\0\0\0\0\0\0")},
		{OCTETS("\5\1\0\5\4\0\1\0\0\0\0\0\0")},
		{OCTETS("\5\1\0\5\1\1\1\0\0\0\0\0\0")},
		{OCTETS("\5\1\0\5\1\0\2\0\0\0\0\0\0")},
		{OCTETS("\5\1\0\6\1\0\1\0\0\0\0\0\0")},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		begin(DISSECT_TO_SERVER);
		assert_int_equal(trial_parse(&t, cases[i].said, 3), DISSECT_MORE);
		assert_int_equal(
			trial_parse(&t, cases[i].said + 3, cases[i].bytes - 3), DISSECT_BAD);
		assert_int_equal(t.flow.used, 0);
	}
	begin(DISSECT_TO_SERVER); /* a third login */
	assert_int_equal(trial_play(&t, false, OCTETS("\5\1\2\1\1a\1a\1\1a\1a\1\1a\1a"), 99).result,
		DISSECT_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_side_alone),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(a_conversation),
		cmocka_unit_test(guesses),
		cmocka_unit_test(wrong_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
