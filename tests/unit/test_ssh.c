/* SPDX-License-Identifier: Apache-2.0 */
/* SSH: identifications and HASSH of either side alone, in segments of any size, and wrong ones. */
#include <stdio.h>

#include "base/crypto.h"
#include "base/text.h"
#include "tests/unit/dissect_stream.h"

extern const struct dissector ssh_dissector;

static struct trial t; /* too large for a stack frame */
static uint8_t octets[65536];
static size_t used;

static void begin(enum dissect_direction direction)
{
	trial_begin(&t, &ssh_dissector, DISSECT_TCP);
	t.d.port_server = 22;
	t.d.direction = direction;
	used = 0;
}

static void add(const void *bytes, size_t count)
{
	assert_true(used + count <= sizeof(octets));
	memcpy(octets + used, bytes, count);
	used += count;
}

static void add_u32(uint32_t n)
{
	uint8_t bytes[] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

	add(bytes, sizeof(bytes));
}

static const char *const lists[10] = {"kex-a,kex-b", "host-a", "enc-cs", "enc-sc,x", "mac-cs",
	"mac-sc", "none", "zlib,none", "", ""};

/* A packet with a KEXINIT; `first` is its first list. Returns where it begins. */
static size_t add_kexinit(const char *first)
{
	static const uint8_t zeros[32];
	size_t begin_at = used, bytes;

	add_u32(0);
	add("\6\24", 2);
	add(zeros, 16);
	for (unsigned i = 0; i < 10; i++) {
		const char *list = i ? lists[i] : first;

		add_u32((uint32_t)strlen(list));
		add(list, strlen(list));
	}
	add(zeros, 5 + 6);
	bytes = used - begin_at - 4;
	octets[begin_at + 2] = (uint8_t)(bytes >> 8);
	octets[begin_at + 3] = (uint8_t)bytes;
	octets[begin_at + 1] = (uint8_t)(bytes >> 16);
	return begin_at;
}

static const char *md5(const char *text)
{
	static char digits[33];
	uint8_t hash[16];

	crypto_md5(hash, text, strlen(text));
	text_hex(digits, hash, sizeof(hash));
	return digits;
}

static void client_and_server(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(trial_steps); i++) {
		struct played p;

		begin(DISSECT_TO_SERVER);
		add("SSH-2.0-PuTTY_Release_0.78\r\n", 28);
		add_kexinit(lists[0]);
		add("later", 5);
		p = trial_play(&t, false, octets, used, trial_steps[i]);
		assert_int_equal(p.guess, GUESS_YES);
		assert_int_equal(p.result, DISSECT_DONE);
		assert_field(&t, "ssh.client.proto_version", "2.0");
		assert_field(&t, "ssh.client.software_version", "PuTTY_Release_0.78");
		assert_no_field(&t, "ssh.client.comments");
		assert_field(&t, "ssh.client.hassh", md5("kex-a,kex-b;enc-cs;mac-cs;none"));
		assert_no_field(&t, "ssh.server.proto_version");

		begin(DISSECT_TO_CLIENT);
		add("SSH-1.99-OpenSSH_8.9p1 Ubuntu-3 x\n", 34);
		add_kexinit(lists[0]);
		p = trial_play(&t, false, octets, used, trial_steps[i]);
		assert_int_equal(p.result, DISSECT_DONE);
		assert_field(&t, "ssh.server.proto_version", "1.99");
		assert_field(&t, "ssh.server.software_version", "OpenSSH_8.9p1");
		assert_field(&t, "ssh.server.comments", "Ubuntu-3 x");
		assert_field(&t, "ssh.server.hassh", md5("kex-a,kex-b;enc-sc,x;mac-sc;zlib,none"));
		assert_no_field(&t, "ssh.client.hassh");
	}
}

/* One packet of every message that is to be ignored, and a list longer than any window. */
static void long_lists(void **state)
{
	static char list[40001], wanted[41000];

	(void)state;
	memset(list, 'k', sizeof(list) - 1);
	(void)snprintf(wanted, sizeof(wanted), "%s;enc-cs;mac-cs;none", list);
	for (size_t i = 0; i < ARRAY_LEN(trial_steps); i++) {
		begin(DISSECT_TO_SERVER);
		add("SSH-2.0-x\r\n", 11);
		add("\0\0\0\x0c\4\2ignored\0\0\0", 16);
		add_kexinit(list);
		assert_int_equal(
			trial_play(&t, false, octets, used, trial_steps[i]).result, DISSECT_DONE);
		assert_field(&t, "ssh.client.hassh", md5(wanted));
	}
}

static void lines_before(void **state)
{
	static const char text[] = "Welcome.\r\nNo way\n\nSSH-2.0-x y\r\n";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(trial_steps); i++) {
		begin(DISSECT_TO_CLIENT);
		add(text, sizeof(text) - 1);
		add_kexinit("");
		assert_int_equal(
			trial_play(&t, false, octets, used, trial_steps[i]).result, DISSECT_DONE);
		assert_field(&t, "ssh.server.software_version", "x");
		assert_field(&t, "ssh.server.hassh", md5(";enc-sc,x;mac-sc;zlib,none"));
	}
	begin(DISSECT_TO_CLIENT);
	t.d.port_server = 2222; /* elsewhere only when it is there already */
	assert_int_equal(trial_probe(&t, text, 9), GUESS_NO);
	assert_int_equal(trial_probe(&t, text, sizeof(text) - 1), GUESS_YES);
	begin(DISSECT_TO_CLIENT);
	assert_int_equal(trial_probe(&t, "\1\2\3", 3), GUESS_NO);
	memset(octets, 'a', 5000);
	assert_int_equal(trial_probe(&t, octets, 5000), GUESS_NO);
}

/* A server that is seen alone is who began; its port says so. */
static void server_alone(void **state)
{
	(void)state;
	begin(DISSECT_TO_SERVER);
	t.d.port_client = 22;
	t.d.port_server = 40000;
	add("SSH-2.0-x\r\n", 11);
	add_kexinit(lists[0]);
	assert_int_equal(trial_play(&t, false, octets, used, 9).result, DISSECT_DONE);
	assert_field(&t, "ssh.server.software_version", "x");
	assert_field(&t, "ssh.server.hassh", md5("kex-a,kex-b;enc-sc,x;mac-sc;zlib,none"));
	assert_no_field(&t, "ssh.client.software_version");
}

static void other_ends_of_a_line(void **state)
{
	(void)state;
	begin(DISSECT_TO_SERVER); /* none: the packet's first octet is zero */
	add("SSH-2.0-x", 9);
	add_kexinit(lists[0]);
	assert_int_equal(trial_play(&t, false, octets, used, 5).result, DISSECT_DONE);
	assert_field(&t, "ssh.client.software_version", "x");
	assert_non_null(trial_text(&t, "ssh.client.hassh", 0));

	begin(DISSECT_TO_SERVER);
	t.d.end_of_stream = true;
	assert_int_equal(trial_parse(&t, "SSH-2.0-cut", 11), DISSECT_MORE);
	assert_field(&t, "ssh.client.software_version", "cut");

	begin(DISSECT_TO_SERVER); /* version 1 has other packets */
	assert_int_equal(trial_parse(&t, "SSH-1.5-old\n\0\0\1\13\0\0\0\0\0\2", 22), DISSECT_DONE);
	assert_field(&t, "ssh.client.proto_version", "1.5");
}

static void every_prefix(void **state)
{
	size_t whole;

	(void)state;
	begin(DISSECT_TO_SERVER);
	add("SSH-2.0-x\r\n", 11);
	add_kexinit(lists[0]);
	whole = used;
	for (size_t bytes = 1; bytes < whole; bytes++) {
		for (int end = 0; end < 2; end++) {
			begin(DISSECT_TO_SERVER);
			t.d.end_of_stream = end;
			(void)trial_play(&t, true, octets, bytes, bytes);
			if (bytes >= 11)
				assert_field(&t, "ssh.client.software_version", "x");
		}
	}
}

static void wrong_ones(void **state)
{
	static const char *const bad[] = {"SSH-\r\n", "SSH-2.0\r\n", "SSH--x\r\n"};
	size_t at;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		begin(DISSECT_TO_SERVER);
		assert_int_equal(trial_parse(&t, bad[i], strlen(bad[i])), DISSECT_BAD);
		assert_int_equal(t.flow.used, 0);
	}
	begin(DISSECT_TO_SERVER);
	memset(octets, 'a', 2000);
	memcpy(octets, "SSH-2.0-", 8);
	assert_int_equal(trial_parse(&t, octets, 2000), DISSECT_BAD);

	/* each list that lies, and lengths of the packet */
	for (unsigned list = 0; list < 8; list++) {
		begin(DISSECT_TO_SERVER);
		add("SSH-2.0-x\r\n", 11);
		at = add_kexinit(lists[0]) + 22;
		for (unsigned i = 0; i < list; i++)
			at += 4 + strlen(lists[i]);
		octets[at] = 1;
		assert_int_equal(trial_play(&t, false, octets, used, used).result, DISSECT_BAD);
		assert_no_field(&t, "ssh.client.hassh");
	}
	/* too long, too long, too short, less than its padding */
	static const uint8_t lies[][2] = {{0, 0xff}, {1, 0xff}, {3, 4}, {4, 0xff}};

	for (unsigned i = 0; i < ARRAY_LEN(lies); i++) {
		begin(DISSECT_TO_SERVER);
		add("SSH-2.0-x\r\n", 11);
		at = add_kexinit(lists[0]);
		octets[at + lies[i][0]] = lies[i][1];
		assert_int_equal(trial_play(&t, false, octets, used, used).result, DISSECT_DONE);
		assert_no_field(&t, "ssh.client.hassh");
	}
}

static void no_ssh(void **state)
{
	static const char *const other[] = {"SSh-2.0-x\r\n", "GET / HTTP/1.1\r\n", "ssh", " SSH-"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(other); i++) {
		begin(DISSECT_TO_SERVER);
		assert_int_equal(trial_probe(&t, other[i], strlen(other[i])), GUESS_NO);
	}
	begin(DISSECT_TO_SERVER);
	assert_int_equal(trial_probe(&t, "SS", 2), GUESS_MORE);
	assert_int_equal(trial_probe(&t, "SSH-", 4), GUESS_YES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_and_server),
		cmocka_unit_test(long_lists),
		cmocka_unit_test(lines_before),
		cmocka_unit_test(server_alone),
		cmocka_unit_test(other_ends_of_a_line),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(wrong_ones),
		cmocka_unit_test(no_ssh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
