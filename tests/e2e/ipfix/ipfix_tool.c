/* SPDX-License-Identifier: Apache-2.0 */
/* An exporter and a collector for ipfix_foreign.py.
 * ipfix_tool send TO COUNT    flows of which every value follows from its number, among other
 * records ipfix_tool listen           prints `tcp PORT udp PORT`, then each record as JSON, until
 * SIGTERM */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/ledger.h"
#include "base/schema.h"
#include "collector/receive/listen.h"

/* What an address of documentation and every kind of list and text needs. */
static const struct field sample_fields[] = {
	{.key = "x.name", .type = FIELD_TEXT, .pen = KUKLA_PEN, .ie = 9100, .ie_name = "xName"},
	{.key = "x.names[]",
		.type = FIELD_TEXT,
		.flags = FIELD_LIST,
		.pen = KUKLA_PEN,
		.ie = 9101,
		.ie_name = "xNames"},
};
static const struct field_table sample_table = {"x", sample_fields, ARRAY_LEN(sample_fields)};
static const struct record_kind *const kinds[] = {&kind_flow, &kind_hit, &kind_ledger, NULL};
static const struct field_table *const tables[] = {&sample_table, NULL};
static const struct ipfix_schema schema = {kinds, tables};

static struct listener *listener;

static void common(struct record *r, unsigned n)
{
	static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8};
	uint8_t address[16] = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 0};

	if (n % 3 == 0)
		memcpy(address, v6, 12);
	address[15] = 1;
	record_number(r, &common_fields[COMMON_TIMESTAMP], 1700000000000000000 + n);
	record_number(r, &common_fields[COMMON_FLOW_ID], n);
	record_address(r, &common_fields[COMMON_SRC_IP], address);
	address[15] = 2;
	record_address(r, &common_fields[COMMON_DEST_IP], address);
	record_number(r, &common_fields[COMMON_SRC_PORT], 1024 + n);
	record_number(r, &common_fields[COMMON_DEST_PORT], 443);
	record_number(r, &common_fields[COMMON_PROTO], 6);
	for (unsigned i = 0; i < n % 4; i++)
		record_number(r, &common_fields[COMMON_VLAN], i + 1);
}

static void flow(struct record *r, unsigned n)
{
	char text[RECORD_TEXT_BYTES_MAX];

	memset(text, 'x', sizeof(text));
	common(r, n);
	record_number(r, &flow_fields[FLOW_PKTS_TOSERVER], n + 1);
	record_number(r, &flow_fields[FLOW_PKTS_TOCLIENT], 2 * n + 1);
	record_number(r, &flow_fields[FLOW_BYTES_TOSERVER], 100 * (n + 1));
	record_number(r, &flow_fields[FLOW_BYTES_TOCLIENT], 1000 * (n + 1));
	record_number(r, &flow_fields[FLOW_START], (1700000000000 + n) * (uint64_t)1000000 + 5);
	record_number(r, &flow_fields[FLOW_END], (1700000001000 + n) * (uint64_t)1000000 + 5);
	record_number(r, &flow_fields[FLOW_REASON], 3);
	record_text(r, &flow_fields[FLOW_APP_PROTO], "TLS.Telegram", 12);
	record_number(r, &flow_fields[FLOW_TCP_FLAGS_TOSERVER], 0x1b);
	record_number(r, &flow_fields[FLOW_TCP_FLAGS_TOCLIENT], 0x12);
	for (unsigned i = 0; i < n % 3; i++)
		record_text(r, &flow_fields[FLOW_HITS], "www.example.org", 15);
	if (n % 2 == 0)
		record_text(r, &sample_fields[0], text, n % 10 ? n % 300 : sizeof(text));
	for (unsigned i = 0; n % 5 == 0 && i < 64; i++)
		record_text(r, &sample_fields[1], text, i);
}

static int export(const char *to, unsigned count)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	static uint8_t storage[RECORD_BYTES_MAX];
	struct ledger ledger = {.n = {1}};
	struct ipfix_writer *w;
	struct record r;
	char error[256];
	int result = 0;

	if (ipfix_writer_open(&w, &schema, to, 7, error, sizeof(error)) < 0) {
		(void)fprintf(stderr, "%s\n", error);
		return 1;
	}
	for (unsigned n = 0; n < count && !result; n++) {
		record_init(&r, &kind_flow, storage, sizeof(storage));
		flow(&r, n);
		result = ipfix_write(w, &r);
		if (!result && n % 10 == 0) {
			record_init(&r, &kind_hit, storage, sizeof(storage));
			common(&r, n);
			record_text(&r, &hit_fields[HIT_VALUE], "example.org", 11);
			result = ipfix_write(w, &r);
		}
		if (!result && n % 100 == 0) {
			record_init(&r, &kind_ledger, storage, sizeof(storage));
			ledger_to_record(&ledger, &r);
			result = ipfix_write(w, &r);
		}
		if (n % 20 == 0) /* a collector is not to be overrun */
			(void)nanosleep(&pause, NULL);
	}
	if (result)
		(void)fprintf(stderr, "%s\n", ipfix_writer_error(w));
	return ipfix_writer_close(w) < 0 || result < 0;
}

static int print(void *context, const struct listen_session *s, const struct record *r)
{
	(void)s;
	const struct field_table *all[] = {
		r->kind->tables[0], r->kind->tables[1], &sample_table, NULL};
	struct json *j = context;

	if (!all[1]) {
		all[1] = all[2];
		all[2] = NULL;
	}
	json_clear(j);
	json_record(j, r, all);
	json_raw_line_end(j);
	return fwrite(j->text, j->used, 1, stdout) != 1;
}

static void complain(void *context, const char *text)
{
	(void)context;
	(void)fprintf(stderr, "%s\n", text);
}

static void stop(int number)
{
	(void)number;
	listen_stop(listener);
}

static int collect(void)
{
	struct json j = {0};
	const struct listen_config config = {.schema = &schema,
		.address = "127.0.0.1",
		.context = &j,
		.on_record = print,
		.on_problem = complain};
	struct listen_counts counts;
	char error[256];
	int result;

	if (listen_open(&listener, &config, error, sizeof(error)) < 0) {
		(void)fprintf(stderr, "%s\n", error);
		return 1;
	}
	(void)signal(SIGTERM, stop);
	(void)printf("tcp %u udp %u\n", listen_port(listener, true), listen_port(listener, false));
	(void)fflush(stdout);
	result = listen_run(listener);
	listen_count(listener, &counts);
	(void)fprintf(stderr, "%ju records, %ju rejected, %ju broken\n", (uintmax_t)counts.records,
		(uintmax_t)counts.rejected, (uintmax_t)counts.broken);
	listen_close(listener);
	json_done(&j);
	return result != 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "send") == 0)
		return export(argv[2], (unsigned)strtoul(argv[3], NULL, 10));
	if (argc == 2 && strcmp(argv[1], "listen") == 0)
		return collect();
	(void)fprintf(stderr, "ipfix_tool send TO COUNT | listen\n");
	return 1;
}
