/* SPDX-License-Identifier: Apache-2.0 */
/* SMTP: the two names, TLS behind STARTTLS, and that nothing of a mail is read. */
#include "tests/unit/dissect_stream.h"

extern const struct dissector smtp_dissector;

static struct trial t; /* too large for a stack frame */

#define HELLO "\x16\3\1\2\0\1\0\1\xfc\3\3"

static void begin(enum dissect_direction direction, uint16_t port)
{
	trial_begin(&t, &smtp_dissector, DISSECT_TCP);
	t.d.direction = direction;
	t.d.port_server = port;
}

static const char client[] = "EHLO client.example.net\r\nSTARTTLS\r\n" HELLO;
static const char server[] =
	"220-mx.example.org ESMTP ready\r\n220 no spam\r\n250-mx.example.org\r\n"
	"250 STARTTLS\r\n220 2.0.0 go ahead\r\n" HELLO;

static void names_and_tls(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(trial_steps); i++) {
		struct played p;

		begin(DISSECT_TO_SERVER, 2600);
		p = trial_play(&t, false, client, sizeof(client) - 1, trial_steps[i]);
		assert_int_equal(p.result, DISSECT_NEXT);
		assert_int_equal(p.used, sizeof(client) - sizeof(HELLO));
		assert_field(&t, "smtp.helo", "client.example.net");
		assert_no_field(&t, "smtp.server");

		begin(DISSECT_TO_CLIENT, 2600);
		p = trial_play(&t, false, server, sizeof(server) - 1, trial_steps[i]);
		assert_int_equal(p.result, DISSECT_NEXT);
		assert_int_equal(p.used, sizeof(server) - sizeof(HELLO));
		assert_field(&t, "smtp.server", "mx.example.org");
		assert_null(trial_text(&t, "smtp.server", 1));
		assert_no_field(&t, "smtp.helo");
	}
}

static void names(void **state)
{
	static const struct {
		const char *line, *key, *name;
	} cases[] = {
		{"helo [192.0.2.1]\r\n", "smtp.helo", "[192.0.2.1]"},
		{"EHLO [IPv6:2001:db8::1]\n", "smtp.helo", "[IPv6:2001:db8::1]"},
		{"LHLO  host_1\r\n", "smtp.helo", "host_1"},
		{"EHLO a\x01\r\n", "smtp.helo", NULL},
		{"EHLO \r\n", "smtp.helo", NULL},
		{"220 mx.example.org\r\n", "smtp.server", "mx.example.org"},
		{"220 ESMTP\r\n", "smtp.server", NULL},
		{"220 2.0.0 ready\r\n", "smtp.server", NULL},
		{"220 ***.***\r\n", "smtp.server", NULL},
		{"220\r\n", "smtp.server", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		begin(DISSECT_TO_SERVER, 25);
		assert_int_equal(
			trial_parse(&t, cases[i].line, strlen(cases[i].line)), DISSECT_MORE);
		if (cases[i].name)
			assert_field(&t, cases[i].key, cases[i].name);
		else
			assert_no_field(&t, cases[i].key);
	}
	begin(DISSECT_TO_SERVER, 25); /* the first one counts */
	(void)trial_parse(&t, "EHLO a.example\r\nEHLO b.example\r\n", 32);
	assert_field(&t, "smtp.helo", "a.example");
	assert_null(trial_text(&t, "smtp.helo", 1));
}

static void ends_where_a_mail_begins(void **state)
{
	static const char *const ends[] = {
		"EHLO a\r\nMAIL FROM:<a@example.org>\r\ndata\r\nEHLO b\r\n",
		"EHLO a\r\nBDAT 5 LAST\r\nEHLO b\r\n", "354 go\r\n220 b.example\r\n",
		"EHLO a\r\n\1\2\3\r\n"};
	static char text[8192];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		begin(DISSECT_TO_SERVER, 25);
		assert_int_equal(
			trial_play(&t, true, ends[i], strlen(ends[i]), 65535).result, DISSECT_DONE);
	}
	/* or after so many octets, or a line without end */
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 10 == 9 ? '\n' : 'a';
	begin(DISSECT_TO_SERVER, 25);
	assert_int_equal(trial_play(&t, true, text, sizeof(text), 7).result, DISSECT_DONE);
	memset(text, 'a', sizeof(text));
	begin(DISSECT_TO_SERVER, 25);
	assert_int_equal(trial_play(&t, true, text, sizeof(text), 7).result, DISSECT_DONE);
	assert_int_equal(t.flow.used, 0);
}

static void guesses(void **state)
{
	static const struct {
		const char *text;
		uint16_t port;
		enum dissect_guess guess;
	} cases[] = {
		{"220 mx.example.org\r\n", 25, GUESS_YES},
		{"220 mx.example.org ESMTP\r\n", 2626, GUESS_YES},
		{"220-hello\r\n220 smtp\r\n", 2626, GUESS_YES},
		{"220 mx.example.org\r\n", 2626, GUESS_MORE},
		{"220 mx.example.org\r\n250-x\r\n", 2626, GUESS_YES},
		{"220 mx.example.org\r\n331 x\r\n", 2626, GUESS_NO},
		{"220 (vsFTPd 3.0.3)\r\n", 2626, GUESS_NO},
		{"220 mx.example.org\r\n", 21, GUESS_NO},
		{"22", 2626, GUESS_MORE},
		{"220x", 25, GUESS_NO},
		{"221 bye\r\n", 25, GUESS_NO},
		{"ehl", 2626, GUESS_MORE},
		{"EhLo x", 2626, GUESS_YES},
		{"HELLO x", 2626, GUESS_NO},
		{"GET / HTTP/1.1\r\n", 25, GUESS_NO},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		begin(DISSECT_TO_CLIENT, cases[i].port);
		assert_int_equal(
			trial_probe(&t, cases[i].text, strlen(cases[i].text)), cases[i].guess);
	}
}

/* A greeting that says nothing is not waited on for long. */
static void long_greeting(void **state)
{
	static char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "220-a b c d e f g h i j k l m n\r\n"[i % 33];
	begin(DISSECT_TO_CLIENT, 2626);
	assert_int_equal(trial_probe(&t, text, 512), GUESS_MORE);
	assert_int_equal(trial_probe(&t, text, 513), GUESS_NO);
	for (size_t i = 0; i < 200; i++)
		text[i] = "220 \n"[i % 5];
	assert_int_equal(trial_probe(&t, text, 31 * 5), GUESS_MORE);
	assert_int_equal(trial_probe(&t, text, 32 * 5), GUESS_NO);
}

static void every_prefix(void **state)
{
	(void)state;
	for (size_t bytes = 1; bytes < sizeof(server) - sizeof(HELLO) + 6; bytes++) {
		begin(DISSECT_TO_CLIENT, 25);
		assert_int_equal(trial_play(&t, true, server, bytes, bytes).result, DISSECT_MORE);
		begin(DISSECT_TO_CLIENT, 25);
		t.d.end_of_stream = true;
		assert_int_not_equal(trial_parse(&t, server, bytes), DISSECT_NEXT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_tls),
		cmocka_unit_test(names),
		cmocka_unit_test(ends_where_a_mail_begins),
		cmocka_unit_test(guesses),
		cmocka_unit_test(long_greeting),
		cmocka_unit_test(every_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
