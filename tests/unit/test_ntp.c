/* SPDX-License-Identifier: Apache-2.0 */
/* NTP: the first messages of both sides, and what only looks like one. */
#include "tests/unit/dissect_test.h"

extern const struct dissector ntp_dissector;

static struct trial t; /* too large for a stack frame */

static void begin(enum dissect_direction direction)
{
	trial_begin(&t, &ntp_dissector, DISSECT_UDP);
	t.d.direction = direction;
	t.d.port_server = 123;
}

static const uint8_t *message(uint8_t first, uint8_t stratum, const char *reference)
{
	static uint8_t octets[72];

	memset(octets, 0, sizeof(octets));
	octets[0] = first;
	octets[1] = stratum;
	memcpy(octets + 12, reference, 4);
	return octets;
}

static void question_and_answer(void **state)
{
	(void)state;
	begin(DISSECT_TO_SERVER);
	assert_int_equal(trial_probe(&t, message(0x23, 0, "\0\0\0\0"), 48), GUESS_YES);
	assert_int_equal(trial_parse(&t, message(0x23, 0, "\0\0\0\0"), 48), DISSECT_DONE);
	assert_no_field(&t, "ntp.stratum");
	t.d.direction = DISSECT_TO_CLIENT;
	assert_int_equal(trial_parse(&t, message(0x24, 1, "GPS\0"), 68), DISSECT_DONE);
	assert_field(&t, "ntp.version", "4");
	assert_field(&t, "ntp.mode", "3");
	assert_field(&t, "ntp.stratum", "1");
	assert_field(&t, "ntp.reference_id", "GPS");
	assert_null(trial_text(&t, "ntp.mode", 1));
}

static void one_side(void **state)
{
	static const struct {
		uint8_t first, stratum;
		const char *reference, *mode, *stratum_text, *reference_text;
	} cases[] = {
		{0x24, 0, "RATE", "4", NULL, "RATE"},
		{0x1c, 2, "\xc0\0\2\1", "4", "2", NULL},
		{0x1c, 1, "A\0B\0", "4", "1", NULL},
		{0x1c, 1, "\xff\0\0\0", "4", "1", NULL},
		{0x25, 3, "abcd", "5", "3", NULL},
		{0x21, 1, "DCF ", "1", "1", "DCF"},
		{0x16, 2, "\0\0\0\0", "6", NULL, NULL},
		{0x17, 0, "\0\0\0\0", "7", NULL, NULL},
		{0x97, 42, "\0\0\0\0", "7", NULL, NULL},
		{0x16, 0xe2, "\0\0\0\0", "6", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const uint8_t *octets = message(
			cases[i].first, cases[i].stratum, cases[i].reference);

		begin(DISSECT_TO_SERVER);
		assert_int_equal(trial_probe(&t, octets, 48), GUESS_YES);
		assert_int_equal(trial_parse(&t, octets, 48), DISSECT_DONE);
		assert_field(&t, "ntp.mode", cases[i].mode);
		if (cases[i].stratum_text)
			assert_field(&t, "ntp.stratum", cases[i].stratum_text);
		if (cases[i].reference_text)
			assert_field(&t, "ntp.reference_id", cases[i].reference_text);
		else
			assert_no_field(&t, "ntp.reference_id");
	}
}

static void wrong_ones(void **state)
{
	const uint8_t *octets = message(0x24, 1, "GPS\0");

	(void)state;
	for (size_t bytes = 0; bytes <= 72; bytes++) {
		bool good = bytes >= 48 && bytes % 4 == 0;

		begin(DISSECT_TO_SERVER);
		assert_int_equal(trial_probe(&t, octets, bytes), good ? GUESS_YES : GUESS_NO);
		assert_int_equal(trial_parse(&t, octets, bytes), good ? DISSECT_DONE : DISSECT_BAD);
		assert_int_equal(t.flow.used != 0, good);
	}
	begin(DISSECT_TO_SERVER);
	assert_int_equal(trial_probe(&t, message(0x03, 0, "\0\0\0\0"), 48), GUESS_NO);
	assert_int_equal(trial_probe(&t, message(0x2b, 0, "\0\0\0\0"), 48), GUESS_NO);
	assert_int_equal(trial_probe(&t, message(0x24, 17, "\0\0\0\0"), 48), GUESS_NO);
	assert_int_equal(trial_probe(&t, message(0x16, 0, "\0\0\0\0"), 11), GUESS_NO);
	assert_int_equal(trial_probe(&t, message(0x17, 0, "\0\0\0\0"), 7), GUESS_NO);
	t.d.port_server = 124;
	assert_int_equal(trial_probe(&t, message(0x24, 1, "GPS\0"), 48), GUESS_NO);
	t.d.port_client = 123;
	assert_int_equal(trial_probe(&t, message(0x24, 1, "GPS\0"), 48), GUESS_YES);
}

/* Modes 6 and 7 are short: what their few fields may be tells them from anything else. */
static void control_and_private(void **state)
{
	static const struct {
		const char *digits;
		enum dissect_guess guess;
	} cases[] = {
		{"16 02 0001 0000 0000 0000 0000", GUESS_YES},
		{"16 82 0001 0000 0000 0000 0002 6162", GUESS_YES},
		{"16 82 0001 0000 0000 0000 0002 6162 0000", GUESS_YES},
		{"16 82 0001 0000 0000 0000 0003 6162", GUESS_NO},
		{"16 82 0001 0000 0000 0000 ffff 6162", GUESS_NO},
		{"16 c2 0001 0000 0000 0000 0000", GUESS_YES},
		{"16 42 0001 0000 0000 0000 0000", GUESS_NO},
		{"16 22 0001 0000 0000 0000 0000", GUESS_NO},
		{"17 00 03 2a 00000000", GUESS_YES},
		{"d7 00 02 2a 70000000", GUESS_YES},
		{"17 00 00 2a 00000000", GUESS_YES},
		{"17 00 01 2a 00000000", GUESS_NO},
		{"17 00 04 2a 00000000", GUESS_NO},
		{"17 00 03 2a 80000000", GUESS_NO},
	};
	uint8_t octets[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t bytes = from_hex(octets, sizeof(octets), cases[i].digits);

		begin(DISSECT_TO_SERVER);
		assert_int_equal(trial_probe(&t, octets, bytes), cases[i].guess);
		for (size_t cut = 0; cut < (octets[0] == 0x16 ? 12u : 8u); cut++)
			assert_int_equal(trial_probe(&t, octets, cut), GUESS_NO);
	}
	assert_int_equal(trial_probe(&t, message(0x08, 1, "GPS\0"), 48), GUESS_YES);
	for (unsigned first = 0x10; first < 0x28; first += 8) /* no mode, and no version 1 */
		assert_int_equal(
			trial_probe(&t, message((uint8_t)first, 1, "GPS\0"), 48), GUESS_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(question_and_answer),
		cmocka_unit_test(one_side),
		cmocka_unit_test(wrong_ones),
		cmocka_unit_test(control_and_private),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
