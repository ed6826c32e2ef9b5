/* SPDX-License-Identifier: Apache-2.0 */
/* STUN over UDP and TCP, with and without the cookie; neither names of users nor addresses. */
#include "tests/unit/dissect_stream.h"

extern const struct dissector stun_dissector;

static struct trial t; /* too large for a stack frame */
static uint8_t octets[4096];
static size_t used, start;

static void begin(enum dissect_transport transport)
{
	trial_begin(&t, &stun_dissector, transport);
	t.d.port_server = 3478;
	used = start = 0;
}

static void add(const void *bytes, size_t count)
{
	memcpy(octets + used, bytes, count);
	used += count;
}

static void add_u16(unsigned n)
{
	uint8_t bytes[] = {(uint8_t)(n >> 8), (uint8_t)n};

	add(bytes, 2);
}

/* A message without attributes; those that are added make it longer. */
static void add_header(unsigned type, const char *cookie)
{
	start = used;
	add_u16(type);
	add_u16(0);
	add(cookie, 4);
	add("transaction", 12);
}

static void add_attribute(unsigned type, const char *value, size_t bytes)
{
	add_u16(type);
	add_u16((unsigned)bytes);
	add(value, bytes);
	add("\0\0\0", (4 - bytes % 4) % 4);
	octets[start + 2] = (uint8_t)((used - start - 20) >> 8);
	octets[start + 3] = (uint8_t)(used - start - 20);
}

#define COOKIE "\x21\x12\xa4\x42"

static void add_answer(void)
{
	add_header(0x0113, COOKIE);
	add_attribute(0x0006, "user", 4);
	add_attribute(0x0020, "\0\1\1\2\3\4\5\6", 8);
	add_attribute(0x8022, "Server 1.0", 10);
	add_attribute(0x0014, "turn.example.org", 16);
	add_attribute(0x0014, "second", 6);
}

static void expect_answer(void)
{
	struct record_value v = {0};
	unsigned values = 0;

	assert_field(&t, "stun.type", "allocate error response");
	assert_field(&t, "stun.software", "Server 1.0");
	assert_field(&t, "stun.realm", "turn.example.org");
	while (record_next(&t.flow, &v))
		values++;
	assert_int_equal(values, 3);
}

static void udp(void **state)
{
	(void)state;
	begin(DISSECT_UDP);
	add_answer();
	assert_int_equal(trial_probe(&t, octets, used), GUESS_YES);
	assert_int_equal(trial_parse(&t, octets, used), DISSECT_MORE);
	expect_answer();
	used = 0; /* the other side's adds nothing that is known */
	add_header(0x0003, COOKIE);
	add_attribute(0x8022, "client", 6);
	t.d.direction = DISSECT_TO_CLIENT;
	assert_int_equal(trial_parse(&t, octets, used), DISSECT_MORE);
	expect_answer();
	for (size_t bytes = 0; bytes < used; bytes++) {
		begin(DISSECT_UDP);
		add_header(0x0003, COOKIE);
		add_attribute(0x8022, "client", 6);
		assert_int_equal(trial_probe(&t, octets, bytes), GUESS_NO);
		assert_int_equal(trial_parse(&t, octets, bytes), DISSECT_BAD);
		assert_int_equal(t.flow.used, 0);
	}
}

static void tcp(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(trial_steps); i++) {
		for (int framed = 0; framed < 2; framed++) {
			struct played p;

			begin(DISSECT_TCP);
			if (framed)
				add_u16(104);
			add_answer();
			if (framed)
				octets[1] = (uint8_t)(used - 2);
			add("more", 4);
			p = trial_play(&t, false, octets, used, trial_steps[i]);
			assert_int_equal(p.guess, GUESS_YES);
			assert_int_equal(p.result, DISSECT_DONE);
			expect_answer();
		}
	}
}

/* What is no STUN on the same ports belongs to who comes next; not before something was read. */
static void another_protocol_behind_it(void **state)
{
	static const uint8_t dtls[] = {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0};

	(void)state;
	begin(DISSECT_UDP);
	add_answer();
	assert_int_equal(trial_parse(&t, octets, used), DISSECT_MORE);
	assert_int_equal(trial_parse(&t, dtls, sizeof(dtls)), DISSECT_NEXT);
	assert_int_equal(t.offset, 0);
	begin(DISSECT_UDP);
	add_answer();
	for (int i = 0; i < 15; i++)
		assert_int_equal(trial_parse(&t, octets, used), DISSECT_MORE);
	assert_int_equal(trial_parse(&t, octets, used), DISSECT_DONE);
	expect_answer();
}

static void classic(void **state)
{
	(void)state;
	begin(DISSECT_UDP);
	add_header(0x0001, "\1\2\3\4");
	assert_int_equal(trial_probe(&t, octets, used), GUESS_NO);
	add_attribute(0x0003, "\0\0\0\0", 4);
	assert_int_equal(trial_probe(&t, octets, used), GUESS_YES);
	assert_int_equal(trial_parse(&t, octets, used), DISSECT_MORE);
	assert_field(&t, "stun.type", "binding request");
	add_attribute(0x0123, "\0\0\0\0", 4);
	assert_int_equal(trial_probe(&t, octets, used), GUESS_NO);
	begin(DISSECT_UDP);
	add_header(0x0003, "\1\2\3\4");
	add_attribute(0x0003, "\0\0\0\0", 4);
	assert_int_equal(trial_probe(&t, octets, used), GUESS_NO);
	begin(DISSECT_TCP);
	add_header(0x0001, "\1\2\3\4");
	add_attribute(0x0003, "\0\0\0\0", 4);
	assert_int_equal(trial_probe(&t, octets, used), GUESS_NO);
}

static void types(void **state)
{
	static const struct {
		unsigned type;
		const char *name;
	} cases[] = {
		{0x0001, "binding request"},
		{0x0011, "binding indication"},
		{0x0101, "binding success response"},
		{0x0111, "binding error response"},
		{0x0016, "send indication"},
		{0x0009, "channel bind request"},
		{0x010b, "connection bind success response"},
		{0x3fff, "16383"},
		{0x0005, "5"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		begin(DISSECT_UDP);
		add_header(cases[i].type, COOKIE);
		assert_int_equal(trial_probe(&t, octets, used), GUESS_YES);
		assert_int_equal(trial_parse(&t, octets, used), DISSECT_MORE);
		assert_field(&t, "stun.type", cases[i].name);
	}
}

static void wrong_ones(void **state)
{
	(void)state;
	begin(DISSECT_UDP);
	add_header(0x4001, COOKIE);
	assert_int_equal(trial_probe(&t, octets, used), GUESS_NO);
	add_header(0x0001, COOKIE); /* longer than it says */
	assert_int_equal(trial_probe(&t, octets + start, 24), GUESS_NO);
	begin(DISSECT_UDP); /* an attribute that lies */
	add_header(0x0001, COOKIE);
	add_attribute(0x8022, "name", 4);
	octets[23] = 0xff;
	assert_int_equal(trial_parse(&t, octets, used), DISSECT_MORE);
	assert_no_field(&t, "stun.software");
	begin(DISSECT_TCP);
	assert_int_equal(trial_probe(&t, "GET / HTTP/1.1\r\n", 16), GUESS_NO);
	assert_int_equal(trial_probe(&t, "\0\1\0\0\x21\x12\xa4\x43", 8), GUESS_NO);
	assert_int_equal(trial_probe(&t, "\0\1\0\0\x21\x12\xa4\x42", 8), GUESS_MORE);
	add_header(0x0001, COOKIE);
	add_attribute(0x8022, "name", 4);
	octets[2] = 0x40; /* longer than any */
	assert_int_equal(trial_probe(&t, octets, used), GUESS_NO);
	assert_int_equal(trial_parse(&t, octets, used), DISSECT_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(udp),
		cmocka_unit_test(tcp),
		cmocka_unit_test(another_protocol_behind_it),
		cmocka_unit_test(classic),
		cmocka_unit_test(types),
		cmocka_unit_test(wrong_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
