/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of a store: every store of the build passes the same cases. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/ledger.h"
#include "base/schema.h"
#include "collector/columns.h"
#include "collector/store.h"
#include "store_fixture.h"
#include "store_records.h"

#define RECORDS 3000

static const char *const kind_names[] = {"flow", "alert", "dns", "stats"};

/* Everything comes back as it went in, in order; before and after the store is opened anew. */
static void round_trip(const struct store_ops *ops)
{
	struct fixture f;

	fixture_begin(&f, ops);
	store_fill(&f, 0, 1000);
	store_commit(&f);
	store_fill(&f, 1000, RECORDS);
	store_commit(&f);
	store_commit(&f);
	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < 4; i++)
			check_records(
				&f, &(struct query){.kind = kind_names[i]}, RECORDS, ops->name);
		if (strcmp(ops->name, "memory") == 0)
			break;
		store_close(&f);
		store_open(&f, false);
	}
	fixture_end(&f);
}

static void limits_and_times(const struct store_ops *ops)
{
	static const uint64_t times[] = {0, 1, 1684047600000000001ULL, (uint64_t)INT64_MAX - 1,
		INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX - 1, UINT64_MAX};
	struct fixture f;

	fixture_begin(&f, ops);
	store_fill(&f, 0, 500);
	store_commit(&f);
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		for (size_t j = 0; j < ARRAY_LEN(times); j++)
			check_records(&f,
				&(struct query){
					.kind = "flow", .since_ns = times[i], .until_ns = times[j]},
				500, "since, until");
	}
	check_records(&f, &(struct query){.kind = "alert", .limit = 1}, 500, "limit 1");
	check_records(
		&f, &(struct query){.kind = "alert", .limit = 100000}, 500, "limit past the end");
	check_records(
		&f, &(struct query){.kind = "alert", .limit = UINT64_MAX}, 500, "largest limit");
	check_records(
		&f, &(struct query){.kind = "stats", .since_ns = 5}, 500, "a kind without time");
	fixture_end(&f);
}

static const struct field_table *const tables[] = {
	&common_table, &flow_table_fields, &hit_table, &test_tls_table, &test_dns_table, NULL};

static const char *operand(const struct field *f, uint64_t *seed)
{
	static const char *const numbers[] = {"0", "1", "2", "17", "28", "255"};
	static const char *const large[] = {"4294967295", "9223372036854775807",
		"9223372036854775808", "18446744073709551615", "443", "1"};
	static const char *const times[] = {"1970-01-01", "2023-05-14T07:00:00.000000001",
		"2262-04-11T23:47:16.854775807", "2262-04-11T23:47:16.854775808",
		"2554-07-21T23:34:33.709551615", "2300-01-01"};
	static const char *const addresses[] = {
		"10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/31", "192.168.1.128/25"};
	static const char *const texts[] = {"example.org", "EXAMPLE", "'\xe2\x84\xaa'",
		"'\\xc3\\xa9'", "\"x'; DROP TABLE flow; --\"", "'%'"};
	uint64_t pick = test_next(seed) % 6;

	switch (f->type) {
	case FIELD_TEXT:
		return texts[pick];
	case FIELD_ADDRESS:
		return addresses[pick];
	case FIELD_TIME:
		return times[pick];
	case FIELD_U64:
		return large[pick];
	default:
		return f->flags & FIELD_HEX ? "1" : numbers[pick];
	}
}

/* A random expression that is well formed. */
static size_t random_filter(char *to, size_t size, uint64_t *seed, unsigned depth)
{
	static const char *const any[] = {"=", "!=", "<", "<=", ">", ">="};
	const struct field_table *t = tables[test_next(seed) % 5];
	const struct field *f = &t->fields[test_next(seed) % t->count];
	uint64_t shape = test_next(seed) % (depth ? 8 : 4);
	char name[COLUMN_NAME_BYTES];
	const char *op = any[test_next(seed) % 6];
	size_t used;

	if (shape >= 4) {
		used = (size_t)snprintf(to, size, shape == 4 ? "not (" : "(");
		used += random_filter(to + used, size - used, seed, depth - 1);
		if (shape > 4) {
			used += (size_t)snprintf(
				to + used, size - used, shape == 5 ? " or " : ") and (");
			used += random_filter(to + used, size - used, seed, depth - 1);
		}
		return used + (size_t)snprintf(to + used, size - used, ")");
	}
	(void)column_name(name, f);
	if (shape == 0)
		return (size_t)snprintf(to, size, "%s", name);
	if (f->type == FIELD_ADDRESS)
		op = test_next(seed) % 2 ? "=" : "!=";
	else if (f->type == FIELD_TEXT && test_next(seed) % 2)
		op = "~";
	return (size_t)snprintf(to, size, "%s %s %s", name, op, operand(f, seed));
}

static void filters(const struct store_ops *ops)
{
	uint64_t seed = 7;
	struct fixture f;
	char text[2048], error[512];

	fixture_begin(&f, ops);
	store_fill(&f, 0, 600);
	store_commit(&f);
	for (int i = 0; i < 400; i++) {
		struct query q = {.kind = kind_names[i % 3]};
		struct filter *where;

		(void)random_filter(text, sizeof(text), &seed, 3);
		where = filter_parse(text, tables, error, sizeof(error));
		if (!where)
			fail_msg("%s: %s", text, error);
		q.where = where;
		check_records(&f, &q, 600, text);
		filter_free(where);
	}
	fixture_end(&f);
}

static void put_flow(
	struct fixture *f, uint64_t id, const char *app, const char *sni, uint64_t packets)
{
	uint8_t storage[1024];
	struct record r;

	record_init(&r, &kind_flow, storage, sizeof(storage));
	record_number(&r, &common_fields[COMMON_TIMESTAMP], id);
	if (id)
		record_number(&r, &common_fields[COMMON_FLOW_ID], id);
	record_text(&r, &flow_fields[FLOW_APP_PROTO], app, strlen(app));
	record_number(&r, &flow_fields[FLOW_PKTS_TOSERVER], packets);
	record_number(&r, &flow_fields[FLOW_BYTES_TOCLIENT], 100);
	record_text(&r, &test_tls_table.fields[T_SNI], sni, strlen(sni));
	store_append(f, &r);
}

static void put_hit(struct fixture *f, uint64_t time, const char *campaign, const char *value)
{
	uint8_t storage[1024];
	struct record r;

	record_init(&r, &kind_hit, storage, sizeof(storage));
	record_number(&r, &common_fields[COMMON_TIMESTAMP], time);
	record_text(&r, &hit_fields[HIT_CAMPAIGN], campaign, strlen(campaign));
	record_text(&r, &hit_fields[HIT_ROLE], "reader-facing", 13);
	record_text(&r, &hit_fields[HIT_VALUE], value, strlen(value));
	store_append(f, &r);
}

static void answers(struct fixture *f, const struct query *q, const char *want)
{
	_cleanup_(rows_done) struct rows rows = {0};

	rows_ask(f, q, &rows);
	if (rows.text.used != strlen(want) ||
		(rows.text.used && memcmp(rows.text.text, want, rows.text.used) != 0))
		fail_msg("%s: want\n%shave\n%.*s", f->ops->name, want, (int)rows.text.used,
			rows.text.text);
}

static void named_queries(const struct store_ops *ops)
{
	const struct field_table *const hit_tables[] = {&common_table, &hit_table, NULL};
	char error[256];
	struct filter *where = filter_parse(
		"indicator.value ~ EVIL", hit_tables, error, sizeof(error));
	struct fixture f;
	uint8_t storage[1024];
	struct record r;

	fixture_begin(&f, ops);
	answers(&f, &(struct query){.name = QUERY_NAMES}, "");
	answers(&f, &(struct query){.name = QUERY_APPLICATIONS}, "");
	put_flow(&f, 1, "TLS", "a.example.org", UINT64_MAX);
	put_flow(&f, 1, "TLS", "A.Example.ORG", UINT64_MAX); /* the same flow again */
	put_flow(&f, 2, "TLS", "b.example.org", 1);
	put_flow(&f, 3, "DNS", "", 7);
	put_flow(&f, 4, "", "", 9);
	put_flow(&f, 0, "", "", 9); /* two without flow_id */
	put_flow(&f, 0, "", "", 9);
	record_init(&r, &test_dns_kind, storage, sizeof(storage));
	record_number(&r, &common_fields[COMMON_TIMESTAMP], 5);
	record_number(&r, &common_fields[COMMON_FLOW_ID], 9);
	record_text(&r, &test_dns_table.fields[M_RRNAME], "a.example.org", 13);
	record_text(&r, &test_dns_table.fields[M_RRNAME], "c.example.org", 13);
	store_append(&f, &r);
	put_hit(&f, UINT64_MAX, "Puppet", "evil.example.org");
	put_hit(&f, 12, "Puppet", "evil.example.org");
	put_hit(&f, 13, "Puppet", "worse.example.org");
	put_hit(&f, 5, "Cloud", "192.0.2.1");
	store_commit(&f);
	answers(&f, &(struct query){.name = QUERY_APPLICATIONS},
		"[\"-\",\"3\",\"27\",\"300\"]\n[\"TLS\",\"2\",\"18446744073709551615\",\"300\"]\n"
		"[\"DNS\",\"1\",\"7\",\"100\"]\n");
	answers(&f, &(struct query){.name = QUERY_APPLICATIONS, .since_ns = 3, .until_ns = 4},
		"[\"DNS\",\"1\",\"7\",\"100\"]\n");
	answers(&f, &(struct query){.name = QUERY_NAMES},
		"[\"a.example.org\",\"dns\",\"1\"]\n[\"a.example.org\",\"tls\",\"1\"]\n"
		"[\"b.example.org\",\"tls\",\"1\"]\n[\"c.example.org\",\"dns\",\"1\"]\n");
	answers(&f, &(struct query){.name = QUERY_NAMES, .limit = 1},
		"[\"a.example.org\",\"dns\",\"1\"]\n");
	answers(&f, &(struct query){.name = QUERY_CAMPAIGNS},
		"[\"Puppet\",\"reader-facing\",\"2\",\"3\",\"12\",\"18446744073709551615\"]\n"
		"[\"Cloud\",\"reader-facing\",\"1\",\"1\",\"5\",\"5\"]\n");
	answers(&f, &(struct query){.name = QUERY_CAMPAIGNS, .where = where},
		"[\"Puppet\",\"reader-facing\",\"1\",\"2\",\"12\",\"18446744073709551615\"]\n");
	answers(&f, &(struct query){.name = QUERY_INDICATORS},
		"[\"Puppet\",\"evil.example.org\",\"-\",\"-\",\"2\"]\n[\"Cloud\",\"192.0.2.1\",\"-"
		"\",\"-\",\"1\"]\n"
		"[\"Puppet\",\"worse.example.org\",\"-\",\"-\",\"1\"]\n");
	filter_free(where);
	fixture_end(&f);
}

static void put_answers(struct fixture *f, uint64_t time, const char *name, unsigned count)
{
	static const char *const data[] = {"192.0.2.1", "192.0.2.2", ""};
	uint8_t storage[1024];
	struct record r;

	record_init(&r, &test_dns_kind, storage, sizeof(storage));
	record_number(&r, &common_fields[COMMON_TIMESTAMP], time);
	record_text(&r, &test_dns_table.fields[M_RRNAME], name, strlen(name));
	for (unsigned i = 0; i < count; i++) {
		record_text(&r, &test_dns_table.fields[M_NAME], name, strlen(name));
		record_text(
			&r, &test_dns_table.fields[M_TYPE], i < 2 ? "A" : "NULL", i < 2 ? 1 : 4);
		record_text(&r, &test_dns_table.fields[M_DATA], data[i], strlen(data[i]));
	}
	store_append(f, &r);
}

static void put_window(struct fixture *f, uint64_t first, uint64_t last, uint64_t count)
{
	uint8_t storage[1024];
	struct record r;

	record_init(&r, &kind_name, storage, sizeof(storage));
	record_text(&r, &name_fields[NAME_RRNAME], "a.example.org", 13);
	record_text(&r, &name_fields[NAME_RRTYPE], "A", 1);
	record_text(&r, &name_fields[NAME_RDATA], "192.0.2.1", 9);
	record_number(&r, &name_fields[NAME_COUNT], count);
	record_number(&r, &name_fields[NAME_FIRST], first);
	record_number(&r, &name_fields[NAME_LAST], last);
	store_append(f, &r);
}

/* Passive DNS: of messages, of windows, and names that were only seen. */
static void resolved(const struct store_ops *ops)
{
	struct fixture f;

	fixture_begin(&f, ops);
	answers(&f, &(struct query){.name = QUERY_RESOLVED}, "");
	put_flow(&f, 1, "TLS", "B.example.org", 1);
	put_flow(&f, 1, "TLS", "b.example.org", 1); /* the same flow goes on */
	put_flow(&f, 2, "TLS", "c.example.org", 1);
	put_flow(&f, 3, "TLS", "c.example.org", 1);
	put_answers(&f, 10, "A.example.org", 3);
	put_answers(&f, UINT64_MAX, "a.example.org", 1);
	put_answers(&f, 20, "", 2); /* the root */
	put_window(&f, 5, 15, 40);
	put_window(&f, 305, 315, 1);
	store_commit(&f);
	answers(&f, &(struct query){.name = QUERY_RESOLVED},
		"[\"a.example.org\",\"A\",\"192.0.2.1\",\"43\",\"5\",\"18446744073709551615\"]\n"
		"[\"a.example.org\",\"dns\",\"-\",\"2\",\"10\",\"18446744073709551615\"]\n"
		"[\"c.example.org\",\"tls\",\"-\",\"2\",\"2\",\"3\"]\n"
		"[\"\",\"A\",\"192.0.2.1\",\"1\",\"20\",\"20\"]\n"
		"[\"\",\"A\",\"192.0.2.2\",\"1\",\"20\",\"20\"]\n"
		"[\"a.example.org\",\"A\",\"192.0.2.2\",\"1\",\"10\",\"10\"]\n"
		"[\"a.example.org\",\"NULL\",\"-\",\"1\",\"10\",\"10\"]\n"
		"[\"b.example.org\",\"tls\",\"-\",\"1\",\"1\",\"1\"]\n");
	answers(&f, &(struct query){.name = QUERY_RESOLVED, .since_ns = 300, .until_ns = 400},
		"[\"a.example.org\",\"A\",\"192.0.2.1\",\"1\",\"305\",\"315\"]\n");
	answers(&f, &(struct query){.name = QUERY_RESOLVED, .since_ns = 12, .until_ns = 20},
		"[\"a.example.org\",\"A\",\"192.0.2.1\",\"40\",\"5\",\"15\"]\n");
	fixture_end(&f);
}

/* Generated records through the computing queries: all stores say the same as the first one. */
static void computed(const struct store_ops *ops)
{
	struct fixture f, reference;

	fixture_begin(&f, ops);
	fixture_begin(&reference, stores[0]);
	store_fill(&f, 0, 1500);
	store_commit(&f);
	store_fill(&reference, 0, 1500);
	store_commit(&reference);
	for (enum query_name name = QUERY_APPLICATIONS; name <= QUERY_INDICATORS; name++) {
		_cleanup_(rows_done) struct rows have = {0}, want = {0};
		struct query q = {.name = name};

		rows_ask(&f, &q, &have);
		rows_ask(&reference, &q, &want);
		assert_true(have.count > 0);
		rows_same(&have.text, &want.text, ops->name);
	}
	fixture_end(&reference);
	fixture_end(&f);
}

static void stopped(const struct store_ops *ops)
{
	_cleanup_(rows_done) struct rows rows = {.stop_at = 3};
	struct fixture f;

	fixture_begin(&f, ops);
	store_fill(&f, 0, 100);
	store_commit(&f);
	assert_int_equal(
		f.ops->query(f.store, &(struct query){.kind = "flow"}, rows_take, &rows), 77);
	assert_int_equal(rows.count, 3);
	assert_int_equal(
		f.ops->query(f.store, &(struct query){.kind = "nothing"}, rows_take, &rows),
		-EINVAL);
	fixture_end(&f);
}

static int take_cells(void *context, const struct query_result *row)
{
	struct rows *rows = context;

	assert_int_equal(row->columns, COMMON_FIELDS + M_COUNT);
	assert_string_equal(row->names[COMMON_VLAN], "vlan");
	assert_string_equal(row->names[COMMON_FIELDS + M_RRTYPE], "dns.queries.rrtype");
	assert_true(row->cells[COMMON_SRC_IP].absent);
	assert_int_equal(row->cells[COMMON_DEST_PORT].number, 53);
	assert_int_equal(row->cells[COMMON_TIMESTAMP].number, UINT64_MAX);
	assert_int_equal(row->cells[COMMON_FIELDS + M_RRTYPE].bytes, 14);
	assert_memory_equal(row->cells[COMMON_FIELDS + M_RRTYPE].text, "[\"A\",0,\"AAAA\"]", 14);
	assert_memory_equal(row->cells[COMMON_FIELDS + M_RRNAME].text, "[\"\",\"\\\\xff\"]", 12);
	rows->count++;
	return 0;
}

static void cells(const struct store_ops *ops)
{
	static const uint64_t types[] = {1, 0, 28};
	struct rows rows = {0};
	struct fixture f;
	uint8_t storage[1024];
	struct record r;

	fixture_begin(&f, ops);
	record_init(&r, &test_dns_kind, storage, sizeof(storage));
	for (size_t i = 0; i < 3; i++)
		record_number(&r, &test_dns_table.fields[M_RRTYPE], types[i]);
	record_number(&r, &common_fields[COMMON_TIMESTAMP], UINT64_MAX);
	record_text(&r, &test_dns_table.fields[M_RRNAME], "", 0);
	record_text(&r, &test_dns_table.fields[M_RRNAME], "\xff", 1);
	record_number(&r, &common_fields[COMMON_DEST_PORT], 53);
	store_append(&f, &r);
	store_commit(&f);
	assert_int_equal(
		f.ops->query(f.store, &(struct query){.kind = "dns"}, take_cells, &rows), 0);
	assert_int_equal(rows.count, 1);
	fixture_end(&f);
}

#define FOR_EACH_STORE(name)                                                                       \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		(void)state;                                                                       \
		for (size_t i = 0; stores[i]; i++)                                                 \
			name(stores[i]);                                                           \
	}

FOR_EACH_STORE(round_trip)
FOR_EACH_STORE(limits_and_times)
FOR_EACH_STORE(filters)
FOR_EACH_STORE(named_queries)
FOR_EACH_STORE(resolved)
FOR_EACH_STORE(computed)
FOR_EACH_STORE(stopped)
FOR_EACH_STORE(cells)

/* What only a store of files can get wrong. */

static void write_file(const struct fixture *f, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", f->place, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static bool there_is(const struct fixture *f, const char *name)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", f->place, name);
	return access(path, F_OK) == 0;
}

static void test_files(void **state)
{
	_cleanup_(rows_done) struct rows rows = {0};
	struct store *second = NULL;
	struct fixture f;
	char error[512] = "";

	(void)state;
	if (strcmp(stores[0]->name, "parquet") != 0)
		skip();
	fixture_begin(&f, stores[0]);
	store_fill(&f, 1, 90);
	store_commit(&f);
	store_close(&f);
	assert_true(there_is(&f, "flow-000001.parquet"));
	write_file(&f, ".flow-000002.draft", "left by a crash");
	write_file(&f, "flow-1x.parquet", "not ours");
	write_file(&f, "flowers.txt", "not ours");
	store_open(&f, true);
	assert_false(there_is(&f, ".flow-000002.draft"));
	assert_int_equal(
		stores[0]->open(&second, &test_schema, f.place, true, error, sizeof(error)),
		-EBUSY);
	assert_string_equal(error, "another process writes there");
	store_fill(&f, 90, 200);
	store_commit(&f);
	assert_true(there_is(&f, "flow-000002.parquet"));
	check_records(&f, &(struct query){.kind = "flow"}, 200, "foreign files beside");
	store_close(&f);
	/* a damaged segment is named, the others are read */
	write_file(&f, "flow-000001.parquet", "PAR1 this is none PAR1");
	store_open(&f, true);
	assert_int_equal(
		f.ops->query(f.store, &(struct query){.kind = "flow"}, rows_take, &rows), -EBADMSG);
	assert_non_null(strstr(f.ops->error(f.store), "flow-000001.parquet is left out"));
	assert_true(rows.count > 20 && rows.count < 100);
	rows.count = 0;
	assert_int_equal(f.ops->query(f.store, &(struct query){.name = QUERY_APPLICATIONS},
				 rows_take, &rows),
		-EBADMSG);
	assert_true(rows.count > 0);
	fixture_end(&f);
}

static void test_no_folder(void **state)
{
	struct store *s = NULL;
	char error[512] = "";

	(void)state;
	if (strcmp(stores[0]->name, "parquet") != 0)
		skip();
	assert_int_equal(
		stores[0]->open(&s, &test_schema, "no/such/folder", false, error, sizeof(error)),
		-ENOENT);
	assert_int_equal(
		stores[0]->open(&s, &test_schema, "no/such/folder", true, error, sizeof(error)),
		-ENOENT);
	assert_int_equal(
		stores[0]->open(&s, &test_schema, "/dev/null", false, error, sizeof(error)),
		-ENOTDIR);
	assert_null(s);
	assert_string_equal(error, "Not a directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_limits_and_times),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_named_queries),
		cmocka_unit_test(test_resolved),
		cmocka_unit_test(test_computed),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_no_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
