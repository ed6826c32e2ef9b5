/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/schema.h"
#include "collector/filter.h"
#include "store_records.h"

static const struct field_table *const tables[] = {
	&common_table, &flow_table_fields, &test_tls_table, &test_dns_table, NULL};

static bool matches(const char *text, const struct record *r)
{
	char error[512] = "";
	struct filter *f = filter_parse(text, tables, error, sizeof(error));
	bool result;

	if (!f)
		fail_msg("%s: %s", text, error);
	result = filter_matches(f, r);
	filter_free(f);
	return result;
}

static void refused(const char *text, const char *want)
{
	char error[512] = "";
	struct filter *f = filter_parse(text, tables, error, sizeof(error));

	if (f || !strstr(error, want))
		fail_msg("%s: want '%s', have '%s'", text, want, f ? "no error" : error);
}

static void make_record(struct record *r, void *storage, size_t bytes)
{
	static const uint8_t v4[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3};
	static const uint8_t v6[16] = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

	record_init(r, &kind_flow, storage, bytes);
	record_number(
		r, &common_fields[COMMON_TIMESTAMP], 1684047600000000001ULL); /* 2023-05-14T07:00 */
	record_address(r, &common_fields[COMMON_SRC_IP], v4);
	record_address(r, &common_fields[COMMON_DEST_IP], v6);
	record_number(r, &common_fields[COMMON_DEST_PORT], 443);
	record_number(r, &common_fields[COMMON_PROTO], 6);
	record_number(r, &common_fields[COMMON_VLAN], 7);
	record_number(r, &common_fields[COMMON_VLAN], 0);
	record_text(r, &flow_fields[FLOW_APP_PROTO], "TLS.Telegram", 12);
	record_number(r, &flow_fields[FLOW_TCP_FLAGS_TOSERVER], 0x1b);
	record_number(r, &flow_fields[FLOW_BYTES_TOSERVER], UINT64_MAX);
	record_text(r, &test_tls_table.fields[T_SNI], "www.Example.org\xff", 16);
}

static void test_comparisons(void **state)
{
	static const char *const yes[] = {"dest_port = 443", "dest_port == 443", "dest_port != 80",
		"dest_port < 444", "dest_port <= 443", "dest_port > 442", "dest_port >= 443",
		"proto = tcp", "proto = \"TCP\"", "proto = 6", "tls.sni ~ example",
		"tls.sni ~ 'EXAMPLE.o'", "tls.sni = 'www.Example.org\\xff'",
		"tls.sni = \"www.Example.org\xff\"", "tls.sni > www", "app_proto = TLS.Telegram",
		"src_ip = 10.1.2.3", "src_ip = 10.0.0.0/8", "src_ip = 0.0.0.0/0",
		"src_ip != 11.0.0.0/8", "src_ip=10.1.2.2/31", "dest_ip = 2001:db8::/32",
		"dest_ip = 2001:0DB8:0::1", "dest_ip = ::/0", "src_ip = ::/0",
		"dest_ip != 0.0.0.0/0", "vlan = 7", "vlan = 0", "vlan < 7", "vlan", "!icmp_type",
		"tcp.tcp_flags_ts = 1b", "tcp.tcp_flags_ts = 0x1B",
		"flow.bytes_toserver = 18446744073709551615",
		"flow.bytes_toserver > 18446744073709551614", "timestamp > 2023-05-14",
		"timestamp >= 2023-05-14T07:00", "timestamp = 2023-05-14T07:00:00.000000001",
		"timestamp = 2023-05-14T09:00:00.000000001+02:00",
		"timestamp = '2023-05-14 07:00:00.000000001Z'", "timestamp < 2023-05-14T07:00:00.1",
		"src_port != 1", "timestamp < 2554-07-21"};
	static const char *const no[] = {"dest_port = 80", "dest_port < 443", "dest_port > 443",
		"proto = udp", "tls.sni ~ examples", "tls.sni = 'www.example.org\\xff'",
		"tls.sni = ''", "src_ip = 10.1.2.4/31", "src_ip = 11.0.0.0/8",
		"dest_ip = 0.0.0.0/0", "vlan = 8", "vlan != 7", "icmp_type", "src_port = 0",
		"src_port < 9", "timestamp < 2023-05-14T07:00:00.000000001",
		"timestamp > 2554-07-21", "app_proto = TLS"};
	uint8_t storage[2048];
	struct record r;

	(void)state;
	make_record(&r, storage, sizeof(storage));
	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
		if (!matches(yes[i], &r))
			fail_msg("should match: %s", yes[i]);
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++) {
		if (matches(no[i], &r))
			fail_msg("should not match: %s", no[i]);
	}
}

static void test_logic(void **state)
{
	uint8_t storage[2048];
	struct record r;

	(void)state;
	make_record(&r, storage, sizeof(storage));
	/* and binds closer than or, not closer than and */
	assert_true(matches("dest_port = 443 or dest_port = 1 and dest_port = 2", &r));
	assert_false(matches("(dest_port = 443 or dest_port = 1) and dest_port = 2", &r));
	assert_true(matches("not dest_port = 1 and dest_port = 443", &r));
	assert_false(matches("not (dest_port = 1 or dest_port = 443)", &r));
	assert_true(matches("!!dest_port && (vlan||icmp_type)", &r));
	assert_true(matches("NOT icmp_type AND vlan OR icmp_type", &r));
	/* where a value stands, a keyword is a word */
	assert_false(matches("tls.sni = and and vlan", &r));
	assert_true(matches("tls.sni != not", &r));
}

static void test_errors(void **state)
{
	(void)state;
	refused("", "column 1: a field should follow");
	refused("tls.snl = x", "column 1: there is no field 'tls.snl'; the nearest is 'tls.sni'\n  "
			       "tls.snl = x\n  ^");
	refused("vlan and sni ~ x",
		"column 10: there is no field 'sni'; the nearest is 'tls.sni'\n  vlan and sni ~ x\n"
		"           ^");
	refused("hostnaem_of_things = 1", "docs/fields.md");
	refused("dest_port = 65536", "column 13: 'dest_port' goes no further than 65535");
	refused("dest_port = 18446744073709551616", "wants a number");
	refused("dest_port = -1", "wants a number");
	refused("dest_port = 1x", "wants a number");
	refused("proto = tcpp", "wants a number or one of its names");
	refused("tcp.tcp_flags_ts = 1g", "wants hexadecimal digits");
	refused("dest_port ~ 4", "column 13: 'dest_port' is no text");
	refused("src_ip < 10.0.0.1", "knows = and != only");
	refused("src_ip = 10.0.0.1/33", "0 to 32");
	refused("src_ip = 2001:db8::/129", "0 to 128");
	refused("src_ip = 10.0.0", "wants an address");
	refused("src_ip = 10.0.0.0/", "prefix length");
	refused("timestamp > yesterday", "wants a time");
	refused("timestamp > 2023-02-29", "wants a time");
	refused("timestamp > 1969-12-31", "wants a time");
	refused("timestamp > 2554-07-22", "wants a time");
	refused("timestamp > 2023-05-14T24:00", "wants a time");
	refused("timestamp > 2023-05-14T07:00:00.0000000001", "wants a time");
	refused("dest_port =", "a value should stand here");
	refused("dest_port = (", "a value should stand here");
	refused("(dest_port = 1", "the parenthesis of column 1 should be closed here");
	refused("dest_port = 1)", "'and', 'or' or the end");
	refused("dest_port = 1 dest_port = 2", "column 15: 'and', 'or'");
	refused("tls.sni = \"abc", "column 11: this quote is never closed");
	refused("vlan & vlan", "column 6");
	refused("and", "column 1: a field should stand here");
	refused("vlan and", "a field should follow");
	refused("\xff\xfe = 1", "column 1: there is no field '\\xff\\xfe'");
}

static void test_limits(void **state)
{
	static char text[FILTER_BYTES_MAX + 16];
	uint8_t storage[2048];
	struct record r;

	(void)state;
	make_record(&r, storage, sizeof(storage));
	memset(text, 'a', FILTER_BYTES_MAX + 1);
	text[FILTER_BYTES_MAX + 1] = 0;
	refused(text, "longer than 4096 octets");
	text[FILTER_BYTES_MAX] = 0;
	refused(text, "no field has so long a name");
	memset(text, '!', FILTER_DEPTH_MAX + 1);
	memcpy(text + FILTER_DEPTH_MAX + 1, "vlan", 5);
	refused(text, "column 65: more than 64 levels");
	assert_true(matches(text + 1, &r));
	memset(text, 40, 4000);
	text[4000] = 0;
	refused(text, "more than 64 levels");
	/* as many comparisons as fit: a tree that leans to one side */
	text[0] = 0;
	for (size_t at = 0; at + 12 < FILTER_BYTES_MAX; at += 8)
		memcpy(text + at, "vlan or vlan", 13);
	assert_true(matches(text, &r));
}

/* No octets make it crash, and every error points into the text. */
static void test_any_octets(void **state)
{
	static const char *const parts[] = {"vlan", "tls.sni", "=", "!=", "(", ")", " ", "and",
		"or", "not", "\"", "'", "\\", "~", "10.0.0.0/8", "443", "\xff", "2023-05-14", "<",
		"&", "|", "src_ip"};
	uint64_t seed = 1;
	char text[256], error[512];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct filter *f;

		text[0] = 0;
		for (uint64_t n = test_next(&seed) % 12, used = 0; n; n--) {
			const char *part =
				parts[test_next(&seed) % (sizeof(parts) / sizeof(*parts))];

			memcpy(text + used, part, strlen(part) + 1);
			used += strlen(part);
		}
		error[0] = 0;
		f = filter_parse(text, tables, error, sizeof(error));
		assert_true(f || strncmp(error, "column ", 7) == 0);
		filter_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comparisons),
		cmocka_unit_test(test_logic),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_any_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
