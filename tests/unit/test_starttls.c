/* SPDX-License-Identifier: Apache-2.0 */
/* What is said before TLS, of every protocol and either side alone: where TLS begins, to the octet.
 */
#include "tests/unit/dissect_stream.h"

extern const struct dissector starttls_dissector;

static struct trial t; /* too large for a stack frame */

#define HELLO       "\x16\3\1\2\0\1\0\1\xfc\3\3"
#define HELLO_BYTES (sizeof(HELLO) - 1)
#define LDAP_REQUEST                                                                               \
	"\x30\x1d\2\1\1\x77\x18\x80\x16"                                                           \
	"1.3.6.1.4.1.1466.20037"
#define MYSQL_GREETING                                                                             \
	"\x0f\0\0\0\x0a"                                                                           \
	"8.0.1\0"                                                                                  \
	"\1\2\3\4"                                                                                 \
	"\0\0\0\0"
#define MYSQL_REQUEST                                                                              \
	"\x20\0\0\1\0\x08\0\0\0\0\0\1\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\2\3\4"

static const struct {
	const char *said;
	size_t bytes;
	uint16_t port;
	const char *protocol;
} dialogues[] = {
#define SAID(text, port, protocol)                                                                 \
	{                                                                                          \
		text HELLO, sizeof(text HELLO) - 1, port, protocol                                 \
	}
	SAID("* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\na OK done\r\n", 143, "imap"),
	SAID("a001 CAPABILITY\r\na002 STARTTLS\r\n", 143, "imap"),
	SAID("+OK ready\r\n-ERR\r\n+OK begin\r\n", 110, "pop3"),
	SAID("CAPA\r\nSTLS\r\n", 110, "pop3"),
	SAID("AUTH\r\nCAPA\r\nSTLS\r\n", 110, "pop3"),
	SAID("220 ProFTPD\r\n234 AUTH TLS\r\n", 2100, "ftp"),
	SAID("220 welcome\r\n234 AUTH TLS\r\n", 2100, "ftp"),
	SAID("auth TLS\r\n", 21, "ftp"),
	SAID("200 news.example.org ready\r\n382 continue\r\n", 119, "nntp"),
	SAID("CAPABILITIES\r\nSTARTTLS\r\n", 119, "nntp"),
	SAID("\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK\r\nOK\r\n", 4190, "sieve"),
	SAID("STARTTLS\r\n", 4190, "other"),
	SAID("CAP LS 302\r\nSTARTTLS\r\n", 6667, "irc"),
	SAID("<?xml version='1.0'?><stream:stream to='example.org'><starttls xmlns='x'/>", 5222,
		"xmpp"),
	SAID("<stream:stream><stream:features/><proceed xmlns='x'/>", 5222, "xmpp"),
	SAID(LDAP_REQUEST, 389, "ldap"),
	SAID("\x30\x84\0\0\0\7\2\1\1\x63\x82\0\0" LDAP_REQUEST, 389, "ldap"),
	SAID("\x30\x0c\2\1\1\x78\7\x0a\1\0\4\0\4\0", 389, "ldap"),
	SAID("\0\0\0\x08\4\xd2\x16\x2f", 5432, "postgresql"),
	SAID("\0\0\0\x08\4\xd2\x16\x30\0\0\0\x08\4\xd2\x16\x2f", 5432, "postgresql"),
	SAID("S", 5432, "postgresql"),
	SAID(MYSQL_GREETING, 3306, "mysql"),
	SAID(MYSQL_REQUEST, 3306, "mysql"),
	SAID("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\1\0\0\0", 3389, "rdp"),
	SAID("\3\0\0\x13\x0e\xd0\0\0\0\0\0\2\0\x08\0\1\0\0\0", 3389, "rdp"),
};

static void begin(enum dissect_direction direction, uint16_t port)
{
	trial_begin(&t, &starttls_dissector, DISSECT_TCP);
	t.d.direction = direction;
	t.d.port_server = port;
}

static void each_side_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(dialogues); i++) {
		for (size_t j = 0; j < ARRAY_LEN(trial_steps) * 2; j++) {
			struct played p;

			begin(j % 2 ? DISSECT_TO_CLIENT : DISSECT_TO_SERVER, dialogues[i].port);
			p = trial_play(&t, false, dialogues[i].said, dialogues[i].bytes,
				trial_steps[j / 2]);
			assert_int_equal(p.guess, GUESS_YES);
			assert_int_equal(p.result, DISSECT_NEXT);
			assert_int_equal(p.used, dialogues[i].bytes - HELLO_BYTES);
			assert_field(&t, "starttls.protocol", dialogues[i].protocol);
		}
	}
}

/* Without TLS nothing is kept, wherever it ends. */
static void every_prefix(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(dialogues); i++) {
		for (size_t bytes = 1; bytes < dialogues[i].bytes - HELLO_BYTES + 6; bytes++) {
			for (int end = 0; end < 2; end++) {
				struct played p;

				begin(DISSECT_TO_SERVER, dialogues[i].port);
				t.d.end_of_stream = end;
				p = trial_play(&t, false, dialogues[i].said, bytes, bytes);
				assert_int_not_equal(p.result, DISSECT_NEXT);
				assert_int_not_equal(p.result, DISSECT_BAD);
				assert_int_equal(t.flow.used, 0);
			}
		}
	}
}

/* The side that cannot be told goes by what the other one is. */
static void both_sides(void **state)
{
	struct played p;

	(void)state;
	begin(DISSECT_TO_CLIENT, 5432);
	assert_int_equal(
		trial_play(&t, false, "\0\0\0\x08\4\xd2\x16\x30", 8, 3).result, DISSECT_MORE);
	t.d.direction = DISSECT_TO_SERVER;
	p = trial_play(&t, true, "NS" HELLO, 2 + HELLO_BYTES, 1);
	assert_int_equal(p.result, DISSECT_NEXT);
	assert_int_equal(p.used, 2);

	begin(DISSECT_TO_SERVER, 1100);
	assert_int_equal(trial_play(&t, false, "USER a\r\nSTLS\r\n", 14, 3).result, DISSECT_MORE);
	t.d.direction = DISSECT_TO_CLIENT;
	p = trial_play(&t, true, "+OK\r\n+OK\r\n" HELLO, 10 + HELLO_BYTES, 536);
	assert_int_equal(p.result, DISSECT_NEXT);
	assert_field(&t, "starttls.protocol", "pop3");
}

static void no_tls(void **state)
{
#define NOT(text)                                                                                  \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}
	static const struct {
		const char *said;
		size_t bytes;
	} cases[] = {
		NOT("* OK ready\r\n\x16\4\1\2\0\1"),
		NOT("* OK ready\r\n\x16\3\5\1\0\1"),
		NOT("* OK ready\r\n\x16\3\1\x7f\0\1"),
		NOT("* OK ready\r\n\x16\3\1\2\0\x0b"),
		NOT(LDAP_REQUEST "\x17\3"),
		NOT(LDAP_REQUEST "\x30\xff"),
		NOT("\0\0\0\x08\4\xd2\x16\x2f\0\0\0\x08\0\3\0\0"),
		NOT("S" HELLO "S"),
		NOT(MYSQL_REQUEST "\x0a"),
		NOT("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\1\0\0\0\3\0"),
	};
	static char text[10000];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		begin(DISSECT_TO_SERVER, 143);
		if (i == 7)
			continue;
		assert_int_equal(
			trial_play(&t, false, cases[i].said, cases[i].bytes, cases[i].bytes).result,
			DISSECT_DONE);
		assert_int_equal(t.flow.used, 0);
	}
	memset(text, 'a', sizeof(text)); /* it ends */
	begin(DISSECT_TO_SERVER, 143);
	assert_int_equal(trial_play(&t, true, text, sizeof(text), 536).result, DISSECT_DONE);
	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "\x30\0", 2);
	begin(DISSECT_TO_SERVER, 389);
	(void)trial_play(&t, false, LDAP_REQUEST, sizeof(LDAP_REQUEST) - 1, 99);
	t.d.direction = DISSECT_TO_CLIENT;
	assert_int_equal(trial_play(&t, true, text, sizeof(text), 536).result, DISSECT_DONE);
	begin(DISSECT_TO_CLIENT, 5432);
	(void)trial_play(&t, false, "\0\0\0\x08\4\xd2\x16\x2f", 8, 8);
	memset(text, 'N', sizeof(text));
	assert_int_equal(trial_play(&t, true, text, sizeof(text), 536).result, DISSECT_DONE);
}

static void not_taken(void **state)
{
	static const struct {
		const char *said;
		size_t bytes;
		uint16_t port;
		enum dissect_guess guess;
	} cases[] = {
		{"220 mx.example.org ESMTP\r\n", 26, 25, GUESS_NO},
		{"220 mx.example.org\r\n", 20, 2600, GUESS_MORE},
		{"GET / HTTP/1.1\r\n", 16, 80, GUESS_NO},
		{"SSH-2.0-x\r\n", 11, 22, GUESS_NO},
		{HELLO, HELLO_BYTES, 443, GUESS_NO},
		{"\x30\x26\2\1\0\4\6public", 12, 161, GUESS_NO},
		{"\x30\x80\2\1\1\x60", 6, 389, GUESS_NO},
		{"\x30\5\2\1\1\x60", 6, 389, GUESS_YES},
		{"\3\0\0\x16\x11\xf0\0\0\0\1\0\xc1\2\1\0", 15, 102, GUESS_NO},
		{"\x0f\0\0\0\x0a\1\0", 7, 3306, GUESS_NO},
		{"\x20\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 36,
			3306, GUESS_NO},
		{"S\x16\3", 3, 5432, GUESS_MORE},
		{"S\0\1", 3, 5432, GUESS_NO},
		{"\0", 1, 5432, GUESS_MORE},
		{"\0\0\0", 3, 5433, GUESS_MORE},
		{"\0\0\1", 3, 5433, GUESS_NO},
		{"\3", 1, 102, GUESS_NO},
		{"a b", 3, 143, GUESS_NO},
		{"a1 no", 5, 143, GUESS_MORE},
		{"waytoolongatag x", 16, 143, GUESS_NO},
		{"* O", 3, 143, GUESS_MORE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		begin(DISSECT_TO_SERVER, cases[i].port);
		assert_int_equal(trial_probe(&t, cases[i].said, cases[i].bytes), cases[i].guess);
		t.d.end_of_stream = true;
		assert_int_not_equal(trial_probe(&t, cases[i].said, cases[i].bytes), GUESS_MORE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_side_alone),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(both_sides),
		cmocka_unit_test(no_tls),
		cmocka_unit_test(not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
