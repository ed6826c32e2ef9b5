/* SPDX-License-Identifier: Apache-2.0 */
/* A ClientHello behind what other protocols say first, through stream and dissectors: in segments
 * of several sizes, in order and shuffled, from both sides and from the client's alone. */
#include "tests/unit/talk.h"

#define SHUFFLED 8 /* segments of which the order is turned round */

static const struct dialogue {
	const char *name;
	uint16_t port;
	const char *key, *value; /* that the dialogue itself leaves */
	struct {
		unsigned side;
		const char *text;
		size_t bytes;
	} said[8];
} dialogues[] = {
#define C(text)                                                                                    \
	{                                                                                          \
		0, text, sizeof(text) - 1                                                          \
	}
#define S(text)                                                                                    \
	{                                                                                          \
		1, text, sizeof(text) - 1                                                          \
	}
	{"smtp", 25, "smtp.helo", "client.example.net",
		{S("220 mx.example.org ESMTP\r\n"), C("EHLO client.example.net\r\n"),
			S("250-mx.example.org\r\n250-SIZE 10000000\r\n250 STARTTLS\r\n"),
			C("STARTTLS\r\n"), S("220 2.0.0 Ready\r\n")}},
	{"imap", 143, "starttls.protocol", NULL,
		{S("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n"),
			C("a001 STARTTLS\r\n"), S("a001 OK Begin TLS\r\n")}},
	{"pop3", 110, "starttls.protocol", NULL,
		{S("+OK ready\r\n"), C("CAPA\r\n"), S("+OK\r\nSTLS\r\n.\r\n"), C("STLS\r\n"),
			S("+OK\r\n")}},
	{"xmpp", 5222, "starttls.protocol", NULL,
		{C("<?xml version='1.0'?><stream:stream to='example.org' version='1.0'>"),
			S("<?xml version='1.0'?><stream:stream><stream:features><starttls/>"
			  "</stream:features>"),
			C("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
			S("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")}},
	{"ftp", 21, "starttls.protocol", NULL,
		{S("220-Welcome\r\n220 ready\r\n"), C("AUTH TLS\r\n"), S("234 AUTH TLS OK\r\n")}},
	{"ldap", 389, "starttls.protocol", NULL,
		{C("\x30\x1d\2\1\1\x77\x18\x80\x16"
		   "1.3.6.1.4.1.1466.20037"),
			S("\x30\x0c\2\1\1\x78\7\x0a\1\0\4\0\4\0")}},
	{"postgresql", 5432, "starttls.protocol", NULL, {C("\0\0\0\x08\4\xd2\x16\x2f"), S("S")}},
	{"postgresql", 15432, "starttls.protocol", NULL, {C("\0\0\0\x08\4\xd2\x16\x2f"), S("S")}},
	{"rdp", 3389, "starttls.protocol", NULL,
		{C("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\1\0\0\0"),
			S("\3\0\0\x13\x0e\xd0\0\0\0\0\0\2\0\x08\0\1\0\0\0")}},
	{"socks", 1080, "socks.host", "www.example.org",
		{C("\5\1\0"), S("\5\0"), C("\5\1\0\3\x0fwww.example.org\1\xbb"),
			S("\5\0\0\1\xc0\0\2\2\4\0")}},
};

/* In segments of a size; `shuffle`: of each so many the last one comes first. */
static void say_cut(struct talk *t, unsigned side, struct frame text, const size_t size[2])
{
	size_t count = (text.count + size[0] - 1) / size[0], shuffled = size[1];

	for (size_t i = 0; i < count; i++) {
		size_t group = i / shuffled * shuffled;
		size_t last = group + shuffled < count ? group + shuffled : count;
		size_t at = (last - 1 - (i - group)) * size[0];
		size_t left = text.count - at < size[0] ? text.count - at : size[0];

		talk_at(t, side, t->seq[side] + (uint32_t)at, FRAME_ACK, text.bytes + at, left);
	}
	t->seq[side] += (uint32_t)text.count;
}

static void converse(const struct dialogue *d, const size_t size[2], bool client_only)
{
	uint8_t bytes[FRAME_BYTES_MAX], random[32] = {9};
	struct frame hello = {.bytes = bytes};
	struct talk *t = talk_new(d->port);

	talk_say(t, 0, FRAME_SYN, "", 0);
	if (!client_only)
		talk_say(t, 1, FRAME_SYN | FRAME_ACK, "", 0);
	for (size_t i = 0; i < ARRAY_LEN(d->said) && d->said[i].text; i++) {
		struct frame text = {.bytes = bytes, .count = d->said[i].bytes};

		memcpy(bytes, d->said[i].text, text.count);
		if (!d->said[i].side || !client_only)
			say_cut(t, d->said[i].side, text, size);
	}
	frame_client_hello(&hello, "tls.example.org", random);
	say_cut(t, 0, hello, size);
	worker_finish(t->worker, END_FORCED);
	if (!talk_has(t, "tls.sni", "tls.example.org") ||
		!talk_has(t, d->key, d->value ? d->value : d->name))
		fail_msg("%s: segments of %zu, %zu turned round", d->name, size[0], size[1]);
	talk_end(t);
}

static void hello_is_found(void **state)
{
	static const size_t sizes[] = {1, 7, 100, 536, 1400};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(dialogues); i++) {
		for (size_t j = 0; j < ARRAY_LEN(sizes); j++) {
			for (unsigned how = 0; how < 4; how++) {
				const size_t size[2] = {sizes[j], how % 2 ? SHUFFLED : 1};

				converse(&dialogues[i], size, how / 2);
			}
		}
	}
}

/* Behind octets that a dissector would still wait for. */
static void hello_behind_what_is_open(void **state)
{
	static const size_t size[2] = {FRAME_BYTES_MAX, 1};
	uint8_t bytes[FRAME_BYTES_MAX], random[32] = {9};
	struct frame hello = {.bytes = bytes};

	(void)state;
	frame_client_hello(&hello, "tls.example.org", random);
	for (size_t lost = 0; lost < 2; lost++) {
		struct talk *t = talk_new(5433);

		talk_say(t, 0, FRAME_SYN, "", 0);
		talk_say(t, 0, FRAME_ACK, "\0\0\0", 3);
		t->seq[0] += (uint32_t)lost; /* an octet is missing: it may have been anything */
		say_cut(t, 0, hello, size);
		worker_finish(t->worker, END_FORCED);
		assert_int_equal(talk_has(t, "tls.sni", "tls.example.org"), lost == 0);
		assert_false(talk_has(t, "starttls.protocol", "postgresql"));
		talk_end(t);
	}
}

/* A conversation that is only that does not hold its inspection for ever. */
static void plain_text_ends(void **state)
{
	struct talk *t = talk_new(143);
	uint8_t bytes[FRAME_BYTES_MAX];
	const size_t size[2] = {100, 1};

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		struct frame text = {.bytes = bytes, .count = 20};

		memcpy(bytes, i % 2 ? "* OK [CAPABILITY x\r\n" : "a001 CAPABILITY x\r\n ", 20);
		say_cut(t, i % 2, text, size);
	}
	assert_true(t->worker->ledger.n[LEDGER_DISSECT_CALLS] < 256);
	worker_finish(t->worker, END_FORCED);
	assert_false(talk_has(t, "starttls.protocol", "imap"));
	talk_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hello_is_found),
		cmocka_unit_test(hello_behind_what_is_open),
		cmocka_unit_test(plain_text_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
