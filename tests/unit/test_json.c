/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <stdlib.h>
#include <time.h>

#include "base/ledger.h"
#include "base/schema.h"
#include "base/text.h"
#include "tests/unit/unit.h"

static void json_is(const struct json *j, const char *want)
{
	assert_false(j->failed);
	if (j->used != strlen(want) || memcmp(j->text, want, j->used) != 0)
		fail_msg("got:  %.*s\nwant: %s", (int)j->used, j->text, want);
}

static void values(void **state)
{
	_cleanup_(json_done) struct json j = {0};

	(void)state;
	json_open(&j, NULL, '{');
	json_text(&j, "a", "b", 1);
	json_number(&j, "n", UINT64_MAX);
	json_bool(&j, "t", true);
	json_bool(&j, "f", false);
	json_open(&j, "list", '[');
	json_number(&j, NULL, 0);
	json_open(&j, NULL, '[');
	json_close(&j, ']');
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_close(&j, ']');
	json_double(&j, "d", 0.1);
	json_double(&j, "third", 1.0 / 3);
	json_double(&j, "nan", 0.0 / 0.0);
	json_double(&j, "big", 1e300);
	json_close(&j, '}');
	json_raw_line_end(&j);
	json_is(&j, "{\"a\":\"b\",\"n\":18446744073709551615,\"t\":true,\"f\":false,"
		    "\"list\":[0,[],{}],\"d\":0.1,\"third\":0.33333333333333331,\"nan\":null,"
		    "\"big\":1e+300}\n");
	json_clear(&j);
	json_open(&j, NULL, '[');
	json_close(&j, ']');
	json_is(&j, "[]");
}

static void text_is(const char *in, size_t bytes, const char *want)
{
	_cleanup_(json_done) struct json j = {0};

	json_text(&j, NULL, in, bytes);
	json_is(&j, want);
}

#define TEXT(in, want) text_is(in, sizeof(in) - 1, want)

static void strings(void **state)
{
	(void)state;
	TEXT("", "\"\"");
	TEXT("say \"hi\" \\ /", "\"say \\\"hi\\\" \\\\ /\"");
	TEXT("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
	TEXT("\0\x01\x1b\x7f", "\"\\\\x00\\u0001\\u001b\\u007f\"");
	TEXT("</script>", "\"\\u003c/script>\"");
	TEXT("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa", "\"\\u2028\\u2029\xe2\x80\xaa\"");
	TEXT("caf\xc3\xa9 \xf0\x9f\x98\x80", "\"caf\xc3\xa9 \xf0\x9f\x98\x80\"");
	TEXT("a\xff\xc3", "\"a\\\\xff\\\\xc3\"");
	TEXT("\xed\xa0\x80", "\"\\\\xed\\\\xa0\\\\x80\"");
}

static const char *color_name(uint64_t value)
{
	return value == 1 ? "red" : NULL;
}

enum {
	T_ONE,
	T_HASH,
	T_STRING,
	T_COLOR,
	T_FLAGS,
	T_WIDE,
	T_TAGS,
	T_Q_NAME,
	T_Q_TYPE,
	T_A_NAME,
	T_A_TTL,
	T_A_SUB,
	T_LAST,
	T_FIELDS
};

static const struct field test_fields[T_FIELDS] = {
	[T_ONE] = {.key = "one", .type = FIELD_U8},
	[T_HASH] = {.key = "tls.ja3.hash", .type = FIELD_TEXT},
	[T_STRING] = {.key = "tls.ja3.string", .type = FIELD_TEXT},
	[T_COLOR] = {.key = "tls.color", .type = FIELD_U8, .name_of = color_name},
	[T_FLAGS] = {.key = "tls.flags", .type = FIELD_U8, .flags = FIELD_HEX},
	[T_WIDE] = {.key = "tls.wide", .type = FIELD_U32, .flags = FIELD_HEX},
	[T_TAGS] = {.key = "dns.tags[]", .type = FIELD_U16, .flags = FIELD_LIST},
	[T_Q_NAME] = {.key = "dns.queries[].rrname", .type = FIELD_TEXT, .flags = FIELD_LIST},
	[T_Q_TYPE] = {.key = "dns.queries[].rrtype",
		.type = FIELD_U16,
		.flags = FIELD_LIST,
		.name_of = color_name},
	[T_A_NAME] = {.key = "dns.answers[].rrname", .type = FIELD_TEXT, .flags = FIELD_LIST},
	[T_A_TTL] = {.key = "dns.answers[].ttl",
		.type = FIELD_U32,
		.flags = FIELD_LIST | FIELD_KEEP_ZERO},
	[T_A_SUB] = {.key = "dns.answers[].more.deep", .type = FIELD_U8, .flags = FIELD_LIST},
	[T_LAST] = {.key = "dns.last", .type = FIELD_ADDRESS},
};

static const struct field_table test_table = {"test", test_fields, T_FIELDS};
static const struct record_kind kind_test = {"test", {&test_table}};
static const struct field_table *const test_tables[] = {&test_table, NULL};

#define F(name) (&test_fields[T_##name])
#define RECORD(r, kind)                                                                            \
	uint8_t r##_storage[4096];                                                                 \
	struct record r;                                                                           \
	record_init(&r, kind, r##_storage, sizeof(r##_storage))

static void record_is(
	const struct record *r, const struct field_table *const *tables, const char *want)
{
	_cleanup_(json_done) struct json j = {0};

	json_record(&j, r, tables);
	json_is(&j, want);
}

static void objects_nest(void **state)
{
	static const uint8_t address[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	RECORD(r, &kind_test);

	(void)state;
	record_is(&r, test_tables, "{\"event_type\":\"test\"}");
	/* added in the wrong order: the table's order counts */
	(void)record_address(&r, F(LAST), address);
	(void)record_number(&r, F(WIDE), 0x1f);
	(void)record_number(&r, F(FLAGS), 0x1b);
	(void)record_number(&r, F(COLOR), 1);
	(void)record_text(&r, F(STRING), "771,4865", 8);
	(void)record_text(&r, F(HASH), "abc", 3);
	(void)record_number(&r, F(ONE), 7);
	record_is(&r, test_tables,
		"{\"event_type\":\"test\",\"one\":7,\"tls\":{\"ja3\":{\"hash\":\"abc\",\"string\":"
		"\"771,4865\"},"
		"\"color\":\"red\",\"flags\":\"1b\",\"wide\":\"0000001f\"},\"dns\":{\"last\":"
		"\"2001:db8::1\"}}");
	record_clear(&r);
	(void)record_number(&r, F(COLOR), 2);
	(void)record_number(&r, F(COLOR), 1); /* the first value counts */
	record_is(&r, test_tables, "{\"event_type\":\"test\",\"tls\":{\"color\":2}}");
}

static void lists_zip(void **state)
{
	RECORD(r, &kind_test);

	(void)state;
	(void)record_number(&r, F(TAGS), 100);
	(void)record_text(&r, F(A_NAME), "a", 1);
	(void)record_number(&r, F(A_TTL), 0);
	(void)record_number(&r, F(A_SUB), 0);
	(void)record_number(&r, F(TAGS), 0);
	(void)record_text(&r, F(A_NAME), "", 0);
	(void)record_number(&r, F(A_TTL), 5);
	(void)record_number(&r, F(A_SUB), 9);
	(void)record_text(&r, F(Q_NAME), "q", 1);
	(void)record_number(&r, F(Q_TYPE), 1);
	record_is(&r, test_tables,
		"{\"event_type\":\"test\",\"dns\":{\"tags\":[100,0],"
		"\"queries\":[{\"rrname\":\"q\",\"rrtype\":\"red\"}],"
		"\"answers\":[{\"rrname\":\"a\",\"ttl\":0},{\"ttl\":5,\"more\":{\"deep\":9}}]}}");
	/* column after column, and one column shorter */
	record_clear(&r);
	(void)record_number(&r, F(A_TTL), 1);
	(void)record_number(&r, F(A_TTL), 2);
	(void)record_number(&r, F(A_TTL), 3);
	(void)record_text(&r, F(A_NAME), "a", 1);
	(void)record_text(&r, F(A_NAME), "b", 1);
	record_is(&r, test_tables,
		"{\"event_type\":\"test\",\"dns\":{\"answers\":[{\"rrname\":\"a\",\"ttl\":1},"
		"{\"rrname\":\"b\",\"ttl\":2},{\"ttl\":3}]}}");
}

static const struct field_table *const flow_tables[] = {
	&common_table, &flow_table_fields, &test_table, NULL};

static void fill_flow(struct record *r)
{
	static const uint8_t src[16] = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 1};
	static const uint8_t dst[16] = {[10] = 0xff, [11] = 0xff, 198, 51, 100, 7};

	(void)record_number(r, &common_fields[COMMON_TIMESTAMP], 1684047600000001000);
	(void)record_number(r, &common_fields[COMMON_FLOW_ID], 42);
	(void)record_address(r, &common_fields[COMMON_SRC_IP], src);
	(void)record_number(r, &common_fields[COMMON_SRC_PORT], 50000);
	(void)record_address(r, &common_fields[COMMON_DEST_IP], dst);
	(void)record_number(r, &common_fields[COMMON_DEST_PORT], 443);
	(void)record_number(r, &common_fields[COMMON_PROTO], 6);
	(void)record_number(r, &common_fields[COMMON_VLAN], 10);
	(void)record_number(r, &common_fields[COMMON_VLAN], 20);
	(void)record_text(r, &common_fields[COMMON_COMMUNITY_ID], "1:abc=", 6);
	(void)record_number(r, &flow_fields[FLOW_PKTS_TOSERVER], 10);
	(void)record_number(r, &flow_fields[FLOW_PKTS_TOCLIENT], 0);
	(void)record_number(r, &flow_fields[FLOW_START], 1684047600000001000);
	(void)record_number(r, &flow_fields[FLOW_REASON], 1);
	(void)record_text(r, &flow_fields[FLOW_APP_PROTO], "TLS.Telegram", 12);
	(void)record_number(r, &flow_fields[FLOW_TCP_FLAGS_TOSERVER], 0x1b);
}

static void a_flow(void **state)
{
	RECORD(r, &kind_flow);

	(void)state;
	fill_flow(&r);
	(void)record_text(&r, F(HASH), "h", 1);
	record_is(&r, flow_tables,
		"{\"timestamp\":\"2023-05-14T07:00:00.000001+0000\",\"flow_id\":42,"
		"\"event_type\":\"flow\",\"src_ip\":\"192.0.2.1\",\"src_port\":50000,"
		"\"dest_ip\":\"198.51.100.7\",\"dest_port\":443,\"proto\":\"TCP\",\"vlan\":[10,20],"
		"\"community_id\":\"1:abc=\",\"flow\":{\"pkts_toserver\":10,\"pkts_toclient\":0,"
		"\"start\":\"2023-05-14T07:00:00.000001+0000\",\"reason\":\"idle\"},"
		"\"app_proto\":\"TLS.Telegram\",\"tcp\":{\"tcp_flags_ts\":\"1b\"},"
		"\"tls\":{\"ja3\":{\"hash\":\"h\"}}}");
	/* tables that are not asked for leave nothing */
	record_is(&r, test_tables, "{\"event_type\":\"flow\",\"tls\":{\"ja3\":{\"hash\":\"h\"}}}");
}

static void a_ledger(void **state)
{
	static const struct field_table *const tables[] = {&ledger_table, NULL};
	_cleanup_(json_done) struct json j = {0};
	struct ledger l = {.n = {[LEDGER_UNDECODABLE_LINK] = 3, [LEDGER_DELIVERED] = 5}};
	RECORD(r, &kind_ledger);

	(void)state;
	ledger_to_record(&l, &r);
	json_record(&j, &r, tables);
	json_text(&j, NULL, "", 0);
	assert_false(j.failed);
	j.text[j.used - 3] = 0; /* the comma */
	assert_non_null(strstr(j.text, "{\"event_type\":\"stats\",\"ledger\":{\"wire_seen\":0,"));
	assert_non_null(strstr(j.text, "\"undecodable\":{\"link\":3,\"truncated\":0,"));
	assert_non_null(strstr(j.text, ",\"residual\":0}}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(strings),
		cmocka_unit_test(objects_nest),
		cmocka_unit_test(lists_zip),
		cmocka_unit_test(a_flow),
		cmocka_unit_test(a_ledger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
