/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/hunt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/schema.h"
#include "base/text.h"
#include "dissectors/schema_all.h"
#include "signatures/sigdb.h"
#include "tests/unit/unit.h"

struct ground {
	struct schema schema;
	const struct store_ops *ops;
	struct store *store;
	struct hunt *hunt;
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

static int set_up(void **state)
{
	const struct indicator items[] = {indicator(INDICATOR_DOMAIN, "example.org"),
		indicator(INDICATOR_DOMAIN, "only-named.example.net"),
		indicator(INDICATOR_IP, "9.1.2.3"), indicator(INDICATOR_IP_PORT, "9.1.2.4:443")};
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
	       hunt_open(&g->hunt, path, &g->schema.ipfix, error, sizeof(error)) < 0 ||
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

static void damaged(void **state)
{
	struct ground *g = *state;
	struct hunt *other = NULL;
	char path[] = "test_hunt.XXXXXX", error[256] = "";
	int fd = mkstemp(path);

	assert_true(fd >= 0 && write(fd, "KUKLASIG", 8) == 8 && close(fd) == 0);
	assert_int_equal(hunt_open(&other, path, &g->schema.ipfix, error, sizeof(error)), -EBADMSG);
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
		cmocka_unit_test_setup_teardown(damaged, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
