/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of kukla flows, hits and names show. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/schema.h"
#include "base/text.h"
#include "collector/cli/amount.h"
#include "collector/cli/output.h"

/* Of look-alikes: how they look like the indicator, and what was registered of the name. */
#define HIT_COLUMN_LIKENESS   4
#define HIT_COLUMN_REGISTERED 5

/* 2023-05-14 07:00:00.000: as much of the time as fits a line. */
static void put_time(struct table *t, size_t column, const struct record *r, const struct field *f)
{
	struct record_value v;
	char text[TEXT_TIME_BYTES];

	if (!record_find(r, f, &v))
		return;
	(void)text_time(text, v.number);
	text[10] = ' ';
	table_text(t, column, text, 23);
}

static void put_field(struct table *t, size_t column, const struct record *r, const struct field *f)
{
	struct record_value v;

	if (record_find(r, f, &v))
		table_text(t, column, v.text, v.bytes);
}

/* 192.0.2.1:443, [2001:db8::1]:443 */
static void put_end(struct table *t, size_t column, const struct record *r,
	const struct field *address, const struct field *port)
{
	char text[TEXT_ADDRESS_BYTES];
	struct record_value v, number;
	bool has_port = record_find(r, port, &number), v4;

	if (!record_find(r, address, &v))
		return;
	(void)text_address(text, v.text);
	v4 = address_is_v4(v.text);
	if (has_port)
		(void)snprintf(table_cell(t, column), TABLE_CELL_BYTES, v4 ? "%s:%u" : "[%s]:%u",
			text, (unsigned)number.number);
	else
		(void)snprintf(table_cell(t, column), TABLE_CELL_BYTES, "%s", text);
}

static void put_ends(struct table *t, size_t column, const struct record *r)
{
	put_end(t, column, r, &common_fields[COMMON_SRC_IP], &common_fields[COMMON_SRC_PORT]);
	put_end(t, column + 1, r, &common_fields[COMMON_DEST_IP], &common_fields[COMMON_DEST_PORT]);
}

static void put_protocol(struct table *t, size_t column, const struct record *r)
{
	const struct field *f = &common_fields[COMMON_PROTO];
	uint64_t number = record_get(r, f);
	const char *name = f->name_of(number);

	if (name)
		table_text(t, column, name, strlen(name));
	else
		amount_count(table_cell(t, column), number);
}

/* The first name of the server, whichever dissector found it. */
static void put_host(struct table *t, size_t column, const struct record *r)
{
	struct record_value v = {0};

	while (record_next(r, &v)) {
		if ((v.field->flags & FIELD_HOST) && v.bytes) {
			table_text(t, column, v.text, v.bytes);
			return;
		}
	}
}

static void put_flow(struct table *t, const struct query_result *row)
{
	const struct record *r = row->record;

	put_time(t, 0, r, &flow_fields[FLOW_START]);
	put_ends(t, 1, r);
	put_protocol(t, 3, r);
	put_field(t, 4, r, &flow_fields[FLOW_APP_PROTO]);
	put_host(t, 5, r);
	amount_count(table_cell(t, 6), record_get(r, &flow_fields[FLOW_PKTS_TOSERVER]) +
					       record_get(r, &flow_fields[FLOW_PKTS_TOCLIENT]));
	amount_octets(table_cell(t, 7), record_get(r, &flow_fields[FLOW_BYTES_TOSERVER]) +
						record_get(r, &flow_fields[FLOW_BYTES_TOCLIENT]));
	put_field(t, 8, r, &flow_fields[FLOW_HITS]);
}

static void put_hit(struct table *t, const struct query_result *row)
{
	const struct record *r = row->record;

	put_time(t, 0, r, &common_fields[COMMON_TIMESTAMP]);
	put_field(t, 1, r, &hit_fields[HIT_CAMPAIGN]);
	put_field(t, 2, r, &hit_fields[HIT_VALUE]);
	put_field(t, 3, r, &hit_fields[HIT_TYPE]);
	put_field(t, HIT_COLUMN_LIKENESS, r, &hit_fields[HIT_LOOK_ALIKE]);
	put_field(t, HIT_COLUMN_REGISTERED, r, &hit_fields[HIT_DOMAIN]);
	put_field(t, 6, r, &hit_fields[HIT_FIELD]);
	put_field(t, 7, r, &hit_fields[HIT_ROLE]);
	put_ends(t, 8, r);
}

static void put_name(struct table *t, const struct query_result *row)
{
	char text[TEXT_TIME_BYTES];

	for (size_t i = 0; i < 3; i++) {
		if (!row->cells[i].absent)
			table_text(t, i, row->cells[i].text, row->cells[i].bytes);
	}
	amount_count(table_cell(t, 3), row->cells[3].number);
	for (size_t i = 4; i < 6; i++) {
		if (row->cells[i].absent)
			continue;
		(void)text_time(text, row->cells[i].number);
		text[10] = ' ';
		table_text(t, i, text, 19);
	}
}

static const struct table_column flow_columns[] = {{"Start (UTC)", false}, {"Source", false},
	{"Destination", false}, {"Protocol", false}, {"Application", false}, {"Name", false},
	{"Packets", true}, {"Octets", true}, {"Hits", false}};
static const struct table_column hit_columns[] = {{"Time (UTC)", false}, {"Campaign", false},
	{"Indicator", false}, {"Type", false}, {"Likeness", false}, {"Registered", false},
	{"Found in", false}, {"Role", false}, {"Source", false}, {"Destination", false}};
static const struct table_column name_columns[] = {{"Name", false}, {"Type", false},
	{"Data", false}, {"Count", true}, {"First (UTC)", false}, {"Last (UTC)", false}};

const struct output_view output_flows = {flow_columns, ARRAY_LEN(flow_columns), put_flow, 0};
const struct output_view output_hits = {hit_columns, ARRAY_LEN(hit_columns), put_hit,
	1u << HIT_COLUMN_LIKENESS | 1u << HIT_COLUMN_REGISTERED};
const struct output_view output_names = {name_columns, ARRAY_LEN(name_columns), put_name, 0};
