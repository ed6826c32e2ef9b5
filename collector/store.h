/* SPDX-License-Identifier: Apache-2.0 */
/* Where records are kept: one file, one line in collector/store/meson.build. Every store passes
 * tests/unit/test_store.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ipfix.h"
#include "base/record.h"
#include "collector/filter.h"

struct store;

enum query_name {
	QUERY_RECORDS, /* the records of one kind, in the order they came; columns: all fields of
			  the kind */
	QUERY_APPLICATIONS, /* app_proto, flows, packets, octets; most flows first */
	QUERY_NAMES,        /* name (TLS, QUIC, HTTP, DNS), from, flows; most first */
	QUERY_RESOLVED,  /* name, type, data, count, first, last; most first: what DNS answered, and
			    names seen elsewhere with the dissector's name as their type */
	QUERY_CAMPAIGNS, /* campaign, role, indicators, hits, first, last; most hits first */
	QUERY_INDICATORS, /* campaign, indicator, type, field, hits; most hits first */
};

struct query {
	enum query_name name;
	const char *kind;           /* QUERY_RECORDS: event type: "flow", "alert", "dns", "stats" */
	const struct filter *where; /* NULL: all */
	uint64_t since_ns, until_ns; /* since <= timestamp < until; until 0: no end. Kinds without
					a timestamp are not narrowed */
	uint64_t limit;              /* 0: none */
};

/* A cell of a result; text is borrowed until the row function returns. */
struct cell {
	enum field_type type;
	bool absent;
	uint64_t number;
	const char *text; /* FIELD_TEXT (valid UTF-8, by text_utf8) and lists (as JSON text) */
	size_t bytes;
	const uint8_t *address;
};

struct query_result {
	size_t columns;
	const char *const *names;
	const struct cell *cells;
	const struct field *const *fields; /* NULL for a column that is computed */
	/* QUERY_RECORDS, else NULL: the row once more, and the tables that json_record wants. */
	const struct record *record;
	const struct field_table *const *tables;
};

/* Nonzero stops the query, and is what it then returns. */
typedef int query_row(void *context, const struct query_result *row);

struct store_ops {
	const char *name;
	/* `place` is a folder, made when it is not there and `writable`. */
	int (*open)(struct store **ret, const struct ipfix_schema *schema, const char *place,
		bool writable, char *ret_error, size_t error_size);
	int (*append)(struct store *s, const struct record *r);
	/* All appended records are durable and visible when it returns 0. */
	int (*commit)(struct store *s);
	/* -EBADMSG: some of what is stored cannot be read; the rows of the rest were given, and
	 * error() names what is missing. */
	int (*query)(struct store *s, const struct query *q, query_row *row, void *context);
	const char *(*error)(const struct store *s);
	void (*close)(struct store *s);
};

/* Generated; NULL-ended; the first one is the default. */
extern const struct store_ops *const stores[];
