/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/hunt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/ledger.h"
#include "base/schema.h"
#include "base/text.h"
#include "dissectors/schema_all.h"
#include "signatures/sigdb.h"
#include "signatures/signature_field.h"
#include "tests/unit/unit.h"

struct ground {
	struct schema schema;
	const struct store_ops *ops;
	struct store *store;
	struct hunt *hunt;
	size_t message_bytes_max;
	/* of the hits, in their order: "FLOW VALUE FIELD; " */
	char hits[4096];
};

static struct indicator indicator(enum indicator_type type, const char *value)
{
	return (struct indicator){.type = type,
		.scope = type == INDICATOR_DOMAIN ? SCOPE_SUBDOMAINS : SCOPE_EXACT,
		.value = value,
		.campaign = "c",
		.source = "s",
		.context = "",
		.disarm = "",
		.reference = "",
		.tlp = "",
		.licence = "",
		.line = 1};
}

static struct indicator signature(const char *name, const char *condition)
{
	struct indicator i = indicator(INDICATOR_SIGNATURE, name);

	i.expression = condition;
	return i;
}

static int set_up(void **state)
{
	const struct indicator items[] = {indicator(INDICATOR_DOMAIN, "example.org"),
		indicator(INDICATOR_DOMAIN, "only-named.example.net"),
		indicator(INDICATOR_IP, "9.1.2.3"), indicator(INDICATOR_IP_PORT, "9.1.2.4:443"),
		signature("of dns", "dns.queries[].rrname exact \"a.example.net\""),
		signature("of either", "any(dns.queries[].rrname exact \"a.example.net\", "
				       "tls.sni exact \"a.example.net\")"),
		signature("of a page", "all(tls.sni exact \"b.example.net\", http.hostname exact "
				       "\"b.example.net\", http.url exact \"/b\")"),
		signature("of a port", "all(dest_ip address \"9.1.2.6\", dest_port range \"0-9\")"),
		signature("in the end", "all(dest_ip address \"9.1.2.7\", not(tls.sni exact "
					"\"c.example.net\"), app_proto exact \"TLS\")"),
		signature("elsewhere", "all(dest_ip address \"9.1.2.7\", not(dest_asn exact "
				       "\"AS64500\"))")};
	struct ground *g = calloc(1, sizeof(*g));
	char path[] = "test_hunt.XXXXXX", error[256];
	int fd = mkstemp(path);

	if (!g || fd < 0 || close(fd) != 0)
		return -1;
	schema_init(&g->schema);
	for (size_t i = 0; stores[i]; i++) {
		if (strcmp(stores[i]->name, "memory") == 0)
			g->ops = stores[i];
	}
	*state = g;
	return g->ops->open(&g->store, &g->schema.ipfix, "", true, error, sizeof(error)) < 0 ||
	       sigdb_write(path, items, ARRAY_LEN(items), error, sizeof(error)) < 0 ||
	       hunt_open(&g->hunt, path, &g->schema.ipfix, NULL, error, sizeof(error)) < 0 ||
	       unlink(path) < 0;
}

static int tear_down(void **state)
{
	struct ground *g = *state;

	hunt_close(g->hunt);
	g->ops->close(g->store);
	free(g);
	return 0;
}

/* A flow to an address and port at a second of 1970. */
static void add_flow(struct ground *g, uint64_t id, const char *to, uint16_t port, uint64_t second)
{
	uint8_t octets[1024], address[16];
	struct record r;

	record_init(&r, &kind_flow, octets, sizeof(octets));
	assert_true(text_to_address("192.0.2.1", 9, address));
	record_number(&r, &common_fields[COMMON_TIMESTAMP], second * 1000000000u);
	record_number(&r, &common_fields[COMMON_FLOW_ID], id);
	record_address(&r, &common_fields[COMMON_SRC_IP], address);
	record_number(&r, &common_fields[COMMON_SRC_PORT], 443);
	assert_true(text_to_address(to, strlen(to), address));
	record_address(&r, &common_fields[COMMON_DEST_IP], address);
	record_number(&r, &common_fields[COMMON_DEST_PORT], port);
	assert_int_equal(g->ops->append(g->store, &r), 0);
}

/* Passive DNS: nobody's. */
static void add_name(struct ground *g, const char *name, const char *data, uint64_t second)
{
	uint8_t octets[1024];
	struct record r;

	record_init(&r, &kind_name, octets, sizeof(octets));
	record_text(&r, &name_fields[NAME_RRNAME], name, strlen(name));
	record_text(&r, &name_fields[NAME_RDATA], data, strlen(data));
	record_number(&r, &name_fields[NAME_COUNT], 1);
	record_number(&r, &name_fields[NAME_FIRST], second * 1000000000u);
	record_number(&r, &name_fields[NAME_LAST], second * 1000000000u);
	assert_int_equal(g->ops->append(g->store, &r), 0);
}

static int note(void *context, const struct query_result *row)
{
	struct ground *g = context;
	struct record_value value, field, source;
	size_t used = strlen(g->hits);

	assert_true(record_find(row->record, &hit_fields[HIT_VALUE], &value));
	assert_true(record_find(row->record, &hit_fields[HIT_FIELD], &field));
	assert_true(record_find(row->record, &hit_fields[HIT_SOURCE], &source));
	(void)snprintf(g->hits + used, sizeof(g->hits) - used, "%u %.*s %.*s; ",
		(unsigned)record_get(row->record, &common_fields[COMMON_FLOW_ID]), (int)value.bytes,
		(const char *)value.text, (int)field.bytes, (const char *)field.text);
	assert_true(record_get(row->record, &common_fields[COMMON_TIMESTAMP]) > 0);
	return 0;
}

static const char *hunt(struct ground *g, uint64_t since_s, uint64_t until_s)
{
	const struct hunt_ground ground = {.ops = g->ops,
		.store = g->store,
		.kinds = g->schema.kinds,
		.message_bytes_max = g->message_bytes_max,
		.since_ns = since_s * 1000000000u,
		.until_ns = until_s * 1000000000u};
	const struct query all = {.name = QUERY_RECORDS, .kind = "alert"};
	const struct store_ops *ops;
	struct store *hits;

	assert_int_equal(g->ops->commit(g->store), 0);
	assert_int_equal(hunt_store(g->hunt, &ground), 0);
	hits = hunt_hits(g->hunt, &ops);
	g->hits[0] = '\0';
	assert_int_equal(ops->query(hits, &all, note, g), 0);
	return g->hits;
}

static void addresses(void **state)
{
	struct ground *g = *state;

	add_flow(g, 1, "9.1.2.3", 80, 10);
	add_flow(g, 1, "9.1.2.3", 80, 11); /* the same flow goes on */
	add_flow(g, 2, "9.1.2.3", 80, 12);
	add_flow(g, 3, "9.1.2.4", 443, 13);
	add_flow(g, 4, "9.1.2.4", 80, 14); /* another port */
	add_flow(g, 5, "9.1.2.5", 443, 15);
	assert_string_equal(
		hunt(g, 0, 0), "1 9.1.2.3 dest_ip; 2 9.1.2.3 dest_ip; 3 9.1.2.4:443 dest_ip; ");
}

/* A name is a hit only where no flow has met its indicator; its data may be an address or a name.
 */
static void names(void **state)
{
	struct ground *g = *state;

	add_flow(g, 1, "9.1.2.3", 80, 10);
	add_name(g, "x.only-named.example.net", "192.0.2.7", 20);
	add_name(g, "only-named.example.net", "192.0.2.7", 21);
	add_name(g, "other.example.net", "9.1.2.3", 22);
	add_name(g, "alias.example.net", "www.EXAMPLE.org.", 23);
	add_name(g, "notexample.org", "192.0.2.8", 24);
	assert_string_equal(hunt(g, 0, 0),
		"1 9.1.2.3 dest_ip; 0 only-named.example.net name.rrname; "
		"0 example.org name.rdata; ");
}

static void in_time(void **state)
{
	struct ground *g = *state;

	add_flow(g, 1, "9.1.2.3", 80, 10);
	add_flow(g, 2, "9.1.2.3", 80, 20);
	add_flow(g, 3, "9.1.2.3", 80, 30);
	assert_string_equal(hunt(g, 20, 30), "2 9.1.2.3 dest_ip; ");
}

/* More flows than there was room for at first. */
static void many(void **state)
{
	struct ground *g = *state;
	const struct store_ops *ops;
	uint64_t flows = 5000;

	for (uint64_t round = 0; round < 2; round++) {
		for (uint64_t id = 1; id <= flows; id++)
			add_flow(g, id, "9.1.2.3", 80, id);
	}
	(void)hunt_hits(g->hunt, &ops);
	(void)hunt(g, 0, 1); /* nothing yet */
	assert_string_equal(g->hits, "");
	(void)hunt(g, 0, 100);
	assert_non_null(strstr(g->hits, "99 9.1.2.3 dest_ip; "));
	assert_null(strstr(g->hits, "100 9.1.2.3"));
	assert_int_equal(hunt_store(g->hunt, &(struct hunt_ground){.ops = g->ops,
						     .store = g->store,
						     .kinds = g->schema.kinds}),
		0);
}

static const struct field *field_in(const struct field_table *const *tables, const char *key)
{
	for (size_t i = 0; tables[i]; i++) {
		for (size_t n = 0; n < tables[i]->count; n++) {
			if (strcmp(tables[i]->fields[n].key, key) == 0)
				return &tables[i]->fields[n];
		}
	}
	return NULL;
}

static const struct field *field_of(
	const struct ground *g, const struct record_kind *kind, const char *key)
{
	const struct field *field = field_in(kind->tables, key);

	if (!field)
		field = field_in(g->schema.tables, key);
	if (!field)
		fail_msg("no field %s", key);
	return field;
}

static const struct record_kind *kind_of(const struct ground *g, const char *event_type)
{
	for (size_t i = 0; g->schema.kinds[i]; i++) {
		if (strcmp(g->schema.kinds[i]->event_type, event_type) == 0)
			return g->schema.kinds[i];
	}
	fail_msg("no kind %s", event_type);
	return NULL;
}

/* A record of a flow to an address; texts are pairs of a key and a value, ended by NULL. */
static struct record *begin(struct ground *g, const char *kind, uint64_t id, const char *to)
{
	static uint8_t octets[1024];
	static struct record r;
	uint8_t address[16];

	record_init(&r, kind_of(g, kind), octets, sizeof(octets));
	record_number(&r, &common_fields[COMMON_TIMESTAMP], (uint64_t)1000000000u * (id + 1));
	record_number(&r, &common_fields[COMMON_FLOW_ID], id);
	record_number(&r, &common_fields[COMMON_PROTO], 6);
	assert_true(text_to_address(to, strlen(to), address));
	record_address(&r, &common_fields[COMMON_DEST_IP], address);
	return &r;
}

static void add_texts(struct ground *g, struct record *r, const char *const *texts)
{
	for (; *texts; texts += 2)
		assert_true(
			record_text(r, field_of(g, r->kind, texts[0]), texts[1], strlen(texts[1])));
	assert_int_equal(g->ops->append(g->store, r), 0);
}

/* Three flows with three messages each, of which each has one that asks for /b. */
static void add_messages(struct ground *g)
{
	for (uint64_t id = 1; id <= 3; id++) {
		for (unsigned n = 1; n <= 3; n++)
			add_texts(g, begin(g, "http", id, "9.9.9.9"),
				(const char *const[]){"http.hostname", "b.example.net", "http.url",
					n == id ? "/b" : "/c", NULL});
		add_texts(g, begin(g, "flow", id, "9.9.9.9"),
			(const char *const[]){"tls.sni",
				id == 2 ? "b.example.net" : "x.example.net", "http.hostname",
				"b.example.net", "http.url", "/c", NULL});
	}
}

/* A message and what else its flow said hold together. */
static void messages(void **state)
{
	struct ground *g = *state;

	add_messages(g);
	assert_string_equal(hunt(g, 0, 0), "2 of a page tls.sni,http.hostname,http.url; ");
	assert_int_equal(hunt_report(g->hunt)->alone, 0);
	assert_int_equal(hunt_report(g->hunt)->signatures, 6);
}

/* More than can wait for their flow are evaluated without it, and counted. */
static void too_many_messages(void **state)
{
	struct ground *g = *state;

	g->message_bytes_max = 1;
	add_messages(g);
	assert_string_equal(hunt(g, 0, 0), "");
	assert_int_equal(hunt_report(g->hunt)->alone, 9);
}

/* Of passive DNS there are no messages: what asks for them is told, not passed over. */
static void lacking(void **state)
{
	struct ground *g = *state;
	const struct hunt_report *r = hunt_report(g->hunt);

	add_name(g, "a.example.net", "192.0.2.7", 20);
	add_texts(g, begin(g, "flow", 1, "9.9.9.9"),
		(const char *const[]){"tls.sni", "a.example.net", NULL});
	assert_string_equal(hunt(g, 0, 0), "1 of either tls.sni; ");
	assert_int_equal(r->never, 2);
	assert_int_equal(r->partly, 1);
	assert_string_equal(r->examples[0].name, "elsewhere");
	assert_true(r->examples[0].never && r->examples[0].fields == 1u << FIELD_OF_DEST_ASN);
	assert_string_equal(r->examples[1].name, "of dns");
	assert_true(r->examples[1].never && r->examples[1].fields);
	assert_string_equal(r->examples[2].name, "of either");
	assert_false(r->examples[2].never);
}

/* With the messages they are looked for; only the system stays unknown. */
static void stored_dns(void **state)
{
	struct ground *g = *state;

	add_texts(g, begin(g, "dns", 1, "9.9.9.9"),
		(const char *const[]){"dns.queries[].rrname", "a.example.net", NULL});
	assert_string_equal(hunt(g, 0, 0), "1 of dns dns.queries[].rrname; 1 of either "
					   "dns.queries[].rrname; ");
	assert_int_equal(hunt_report(g->hunt)->never, 1);
	assert_int_equal(hunt_report(g->hunt)->partly, 0);
	assert_int_equal(hunt_report(g->hunt)->alone, 1); /* its flow is not there */
}

/* An exporter of somebody else has neither names nor applications: what is absent is not known. */
static void foreign(void **state)
{
	struct ground *g = *state;
	struct ledger books = {0};
	uint8_t octets[4096];
	struct record r;

	books.n[LEDGER_FOREIGN] = 1;
	record_init(&r, &kind_ledger, octets, sizeof(octets));
	ledger_to_record(&books, &r);
	assert_int_equal(g->ops->append(g->store, &r), 0);
	add_texts(
		g, begin(g, "flow", 1, "9.1.2.7"), (const char *const[]){"app_proto", "TLS", NULL});
	assert_string_equal(hunt(g, 0, 0), "");
	assert_int_equal(hunt_report(g->hunt)->never, 5);
	assert_int_equal(hunt_report(g->hunt)->partly, 0);
}

/* What waits for a flow's end is not told of one that goes on. */
static void ended(void **state)
{
	struct ground *g = *state;

	for (uint64_t reason = 1; reason <= 3; reason++) {
		struct record *r = begin(g, "flow", reason, "9.1.2.7");

		record_number(r, &flow_fields[FLOW_REASON], reason);
		record_text(r, &flow_fields[FLOW_APP_PROTO], "TLS", 3);
		assert_int_equal(g->ops->append(g->store, r), 0);
	}
	add_texts(g, begin(g, "flow", 4, "9.1.2.7"),
		(const char *const[]){"tls.sni", "c.example.net", NULL});
	assert_string_equal(
		hunt(g, 0, 0), "1 in the end dest_ip,app_proto; 3 in the end dest_ip,app_proto; ");
}

/* A port 0 is one where a community ID says that there are ports; ICMP has none. */
static void ports(void **state)
{
	struct ground *g = *state;
	const struct field *id = &common_fields[COMMON_COMMUNITY_ID];

	for (uint64_t n = 1; n <= 5; n++) {
		struct record *r = begin(g, "flow", n, "9.1.2.6");

		record_number(r, &common_fields[COMMON_DEST_PORT], n == 1 ? 9 : n == 2 ? 10 : 0);
		(void)record_set(r, &common_fields[COMMON_PROTO], n == 5 ? 1 : 6);
		if (n > 3)
			record_text(r, id, "1:x", 3);
		assert_int_equal(g->ops->append(g->store, r), 0);
	}
	assert_string_equal(
		hunt(g, 0, 0), "1 of a port dest_ip,dest_port; 4 of a port dest_ip,dest_port; ");
}

static void damaged(void **state)
{
	struct ground *g = *state;
	struct hunt *other = NULL;
	char path[] = "test_hunt.XXXXXX", error[256] = "";
	int fd = mkstemp(path);

	assert_true(fd >= 0 && write(fd, "KUKLASIG", 8) == 8 && close(fd) == 0);
	assert_int_equal(
		hunt_open(&other, path, &g->schema.ipfix, NULL, error, sizeof(error)), -EBADMSG);
	assert_int_equal(unlink(path), 0);
	assert_string_not_equal(error, "");
	assert_null(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(addresses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(in_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(messages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_many_messages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lacking, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stored_dns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(foreign, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ended, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ports, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damaged, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
