/* SPDX-License-Identifier: Apache-2.0 */
/* A ClientHello behind what other protocols say first, through stream and dissectors: in segments
 * of several sizes, in order and shuffled, from both sides and from the client's alone. */
#include <stdlib.h>

#include "probe/decode.h"
#include "probe/inspect.h"
#include "probe/source/frames.h"
#include "tests/unit/unit.h"

#define SHUFFLED 8 /* segments of which the order is turned round */

struct talk {
	struct worker *worker;
	struct settings settings;
	uint64_t number;
	uint32_t seq[2];
	struct record flow; /* the last one */
	uint8_t bytes[8192];
};

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
	{"rdp", 3389, "starttls.protocol", NULL,
		{C("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\1\0\0\0"),
			S("\3\0\0\x13\x0e\xd0\0\0\0\0\0\2\0\x08\0\1\0\0\0")}},
	{"socks", 1080, "socks.host", "www.example.org",
		{C("\5\1\0"), S("\5\0"), C("\5\1\0\3\x0fwww.example.org\1\xbb"),
			S("\5\0\0\1\xc0\0\2\2\4\0")}},
};

static int keep(void *context, const struct order *order, const struct record *r)
{
	struct talk *t = context;

	(void)order;
	record_move(&t->flow, r, t->bytes, sizeof(t->bytes));
	return 0;
}

static struct talk *talk_new(void)
{
	struct talk *t = calloc(1, sizeof(*t));
	struct worker_parts parts = {
		.classify = &classify_none, .key = {1, 2}, .outlet = {.send = keep, .context = t}};

	t->settings = (struct settings)SETTINGS_DEFAULT;
	t->settings.flow_count = 64;
	t->settings.memory_bytes = 1 << 20;
	parts.settings = &t->settings;
	assert_int_equal(worker_new(&t->worker, &parts), 0);
	return t;
}

static void segment(struct talk *t, uint16_t port, unsigned side, uint32_t seq, uint8_t flags,
	struct frame payload)
{
	struct frame_end ends[2] = {
		{.address = {[10] = 0xff, 0xff, 192, 0, 2, 1}, .port = 40000},
		{.address = {[10] = 0xff, 0xff, 192, 0, 2, 2}, .port = port},
	};
	uint8_t bytes[FRAME_BYTES_MAX], index = 0;
	struct frame f = {.bytes = bytes};
	struct frame_tcp header = {.seq = seq, .flags = flags};
	struct pkt p;

	frame_tcp(&f, &ends[side], &ends[!side], &header, &payload);
	p = (struct pkt){.bytes = bytes,
		.captured = (uint32_t)f.count,
		.wire = (uint32_t)f.count,
		.link = 1,
		.number = ++t->number};
	decode(&p);
	assert_int_equal(p.verdict, PKT_FLOW);
	worker_burst(t->worker, &p, &index, 1);
}

/* In segments of a size; `shuffle`: of each so many the last one comes first. */
static void say(
	struct talk *t, uint16_t port, unsigned side, struct frame text, const size_t size[2])
{
	size_t count = (text.count + size[0] - 1) / size[0], shuffled = size[1];

	for (size_t i = 0; i < count; i++) {
		size_t group = i / shuffled * shuffled;
		size_t last = group + shuffled < count ? group + shuffled : count;
		size_t at = (last - 1 - (i - group)) * size[0];
		size_t left = text.count - at < size[0] ? text.count - at : size[0];

		segment(t, port, side, t->seq[side] + (uint32_t)at, FRAME_ACK,
			(struct frame){text.bytes + at, left});
	}
	t->seq[side] += (uint32_t)text.count;
}

static bool has(const struct record *flow, const char *key, const char *value)
{
	struct record_value v = {0};

	while (record_next(flow, &v)) {
		if (strcmp(v.field->key, key) != 0)
			continue;
		if (v.field->type != FIELD_TEXT)
			return strcmp(v.field->name_of(v.number), value) == 0;
		return v.bytes == strlen(value) && memcmp(v.text, value, v.bytes) == 0;
	}
	return false;
}

static void converse(const struct dialogue *d, const size_t size[2], bool client_only)
{
	uint8_t bytes[FRAME_BYTES_MAX], random[32] = {9};
	struct frame hello = {.bytes = bytes};
	struct talk *t = talk_new();

	segment(t, d->port, 0, t->seq[0]++, FRAME_SYN, (struct frame){bytes, 0});
	if (!client_only)
		segment(t, d->port, 1, t->seq[1]++, FRAME_SYN | FRAME_ACK,
			(struct frame){bytes, 0});
	for (size_t i = 0; i < ARRAY_LEN(d->said) && d->said[i].text; i++) {
		struct frame text = {.bytes = bytes, .count = d->said[i].bytes};

		memcpy(bytes, d->said[i].text, text.count);
		if (!d->said[i].side || !client_only)
			say(t, d->port, d->said[i].side, text, size);
	}
	frame_client_hello(&hello, "tls.example.org", random);
	say(t, d->port, 0, hello, size);
	worker_finish(t->worker, END_FORCED);
	if (!has(&t->flow, "tls.sni", "tls.example.org") ||
		!has(&t->flow, d->key, d->value ? d->value : d->name))
		fail_msg("%s: segments of %zu, %zu turned round", d->name, size[0], size[1]);
	worker_free(t->worker);
	free(t);
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

/* A conversation that is only that does not hold its inspection for ever. */
static void plain_text_ends(void **state)
{
	struct talk *t = talk_new();
	uint8_t bytes[FRAME_BYTES_MAX];
	const size_t size[2] = {100, 1};

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		struct frame text = {.bytes = bytes, .count = 20};

		memcpy(bytes, i % 2 ? "* OK [CAPABILITY x\r\n" : "a001 CAPABILITY x\r\n ", 20);
		say(t, 143, i % 2, text, size);
	}
	assert_true(t->worker->ledger.n[LEDGER_DISSECT_CALLS] < 256);
	worker_finish(t->worker, END_FORCED);
	assert_false(has(&t->flow, "starttls.protocol", "imap"));
	worker_free(t->worker);
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hello_is_found),
		cmocka_unit_test(plain_text_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
