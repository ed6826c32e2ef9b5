/* SPDX-License-Identifier: Apache-2.0 */
/* ADB: what a phone says of itself, authentication, TLS; nothing of keys, serials and commands. */
#include "tests/unit/dissect_stream.h"

extern const struct dissector adb_dissector;

static struct trial t; /* too large for a stack frame */
static uint8_t octets[32768];
static size_t used;

static void begin(enum dissect_direction direction)
{
	trial_begin(&t, &adb_dissector, DISSECT_TCP);
	t.d.direction = direction;
	t.d.port_server = 5555;
}

static void add_u32(uint32_t n)
{
	for (unsigned i = 0; i < 4; i++)
		octets[used++] = (uint8_t)(n >> 8 * i);
}

static void add(const char *command, uint32_t argument, const char *data, size_t bytes)
{
	assert_true(used + 24 + bytes <= sizeof(octets));
	memcpy(octets + used, command, 4);
	used += 4;
	add_u32(argument);
	add_u32(0x40000);
	add_u32((uint32_t)bytes);
	add_u32(0);
	for (unsigned i = 0; i < 4; i++)
		octets[used++] = (uint8_t)~command[i];
	if (bytes)
		memcpy(octets + used, data, bytes);
	used += bytes;
}

static const char phone[] = "device:SERIAL01:ro.product.name=name_x;ro.product.model=Model X;"
			    "ro.product.device=dev_x;ro.product.model=again;features=shell_v2,cmd";

static void described(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(trial_steps); i++) {
		begin(DISSECT_TO_CLIENT);
		used = 0;
		add("AUTH", 1, "12345678901234567890", 20);
		add("CNXN", 0x01000001, phone, sizeof(phone));
		add("OKAY", 1, NULL, 0);
		assert_int_equal(
			trial_play(&t, false, octets, used, trial_steps[i]).result, DISSECT_DONE);
		assert_field(&t, "adb.version", "16777217");
		assert_field(&t, "adb.auth", "1");
		assert_field(&t, "adb.system_type", "device");
		assert_field(&t, "adb.product", "name_x");
		assert_field(&t, "adb.model", "Model X");
		assert_null(trial_text(&t, "adb.model", 1));
		assert_field(&t, "adb.device", "dev_x");
	}
}

static void host_alone(void **state)
{
	struct record_value v = {0};

	(void)state;
	begin(DISSECT_TO_SERVER);
	used = 0;
	add("CNXN", 0x01000000, "host::features=x", 17);
	add("AUTH", 2, "signature", 9);
	add("AUTH", 3, "key user@host", 14);
	add("OPEN", 1, "shell:id", 9);
	assert_int_equal(trial_play(&t, false, octets, used, 5).result, DISSECT_DONE);
	assert_field(&t, "adb.version", "16777216");
	assert_no_field(&t, "adb.system_type");
	while (record_next(&t.flow, &v))
		assert_int_not_equal(v.field->type, FIELD_TEXT);
}

static void tls_begins(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(trial_steps); i++) {
		struct played p;

		begin(DISSECT_TO_SERVER);
		used = 0;
		add("CNXN", 0x01000001, "host::", 7);
		add("SYNC", 1, NULL, 0);
		add("STLS", 0x01000000, NULL, 0);
		p = trial_play(&t, false, octets, used + 3, trial_steps[i]);
		assert_int_equal(p.result, DISSECT_NEXT);
		assert_int_equal(p.used, used);
	}
	begin(DISSECT_TO_CLIENT); /* a phone begins with it */
	used = 0;
	add("STLS", 0x01000000, NULL, 0);
	assert_int_equal(trial_play(&t, false, octets, used + 3, 24).result, DISSECT_NEXT);
}

static void every_prefix(void **state)
{
	(void)state;
	for (size_t bytes = 1; bytes < 24 + 20 + 24 + sizeof(phone); bytes++) {
		for (int end = 0; end < 2; end++) {
			begin(DISSECT_TO_CLIENT);
			used = 0;
			add("AUTH", 1, "12345678901234567890", 20);
			add("CNXN", 0x01000001, phone, sizeof(phone));
			t.d.end_of_stream = end;
			(void)trial_play(&t, false, octets, bytes, bytes);
			assert_no_field(&t, "adb.model");
		}
	}
}

static void wrong_ones(void **state)
{
	(void)state;
	begin(DISSECT_TO_SERVER);
	used = 0;
	add("CNXN", 1, "x", 1);
	assert_int_equal(trial_probe(&t, octets, 3), GUESS_MORE);
	assert_int_equal(trial_probe(&t, octets, 23), GUESS_MORE);
	assert_int_equal(trial_probe(&t, octets, 24), GUESS_YES);
	octets[23] ^= 1; /* the magic */
	assert_int_equal(trial_probe(&t, octets, 24), GUESS_NO);
	assert_int_equal(trial_parse(&t, octets, used), DISSECT_BAD);
	assert_int_equal(trial_probe(&t, "CNXX", 4), GUESS_NO);
	assert_int_equal(trial_probe(&t, "OPEN", 4), GUESS_NO);
	assert_int_equal(trial_probe(&t, "", 0), GUESS_NO);
	octets[23] ^= 1;
	octets[14] = 1; /* 65,537 octets of banner */
	assert_int_equal(trial_parse(&t, octets, used), DISSECT_BAD);
	assert_int_equal(t.flow.used, 0);

	begin(DISSECT_TO_SERVER); /* a key that is none */
	used = 0;
	add("AUTH", 1, NULL, 0);
	octets[14] = 0x10;
	assert_int_equal(trial_parse(&t, octets, used), DISSECT_DONE);

	begin(DISSECT_TO_SERVER); /* no end of messages */
	used = 0;
	while (used + 24 <= sizeof(octets) / 2)
		add("SYNC", 1, NULL, 0);
	assert_int_equal(trial_play(&t, false, octets, used, 536).result, DISSECT_DONE);

	begin(DISSECT_TO_CLIENT); /* banners of nothing */
	used = 0;
	add("CNXN", 1, "", 0);
	add("CNXN", 0, ";;;=", 4);
	add("CNXN", 2, "device", 6);
	add("CNXN", 1, "device::ro.product.name;=;ro.product.model=", 43);
	assert_int_equal(trial_play(&t, false, octets, used, 536).result, DISSECT_MORE);
	assert_no_field(&t, "adb.product");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(described),
		cmocka_unit_test(host_alone),
		cmocka_unit_test(tls_begins),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(wrong_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
