/* SPDX-License-Identifier: Apache-2.0 */
/* Private to ipfix_model.c and ipfix_write.c, the only files that know libfixbuf: the fields of a
 * schema as information elements, and templates made of them. */
#pragma once

#include <fixbuf/public.h>

#include "base/ipfix.h"

#define IPFIX_TABLES_MAX 64 /* a record's tables are the bits of one word */
#define IPFIX_LISTS_MAX  64
#define IPFIX_ABSENT     UINT16_MAX

/* One field. The elements are copies whose length is the one that we send. */
struct ipfix_column {
	const struct field *field;
	fbInfoElement_t element; /* of an address the IPv4 one, of a time the milliseconds */
	fbInfoElement_t more;    /* of an address the IPv6 one, of a time the nanoseconds */
	uint16_t list;           /* which one of the list fields; IPFIX_ABSENT: it is none */
};

struct ipfix_table {
	const struct field_table *table;
	uint32_t column; /* of its first field */
};

struct ipfix_model {
	fbInfoModel_t *elements;
	struct ipfix_column *columns;
	struct ipfix_table tables[IPFIX_TABLES_MAX];
	uint32_t column_count, table_count, list_count;
	uint16_t list_columns[IPFIX_LISTS_MAX]; /* the column of each list */
};

/* A template and the structure that libfixbuf takes its records in: values sorted by size, so that
 * all are aligned and nothing lies between them. */
struct ipfix_layout {
	const struct record_kind *kind;
	uint64_t tables; /* one bit each */
	bool v6;         /* addresses: the IPv6 elements */
	bool lists;      /* has the list fields of its tables */
	uint16_t id;
	uint32_t bytes;          /* of the structure */
	uint32_t wire_bytes_min; /* of a record whose texts and lists are empty */
	uint8_t *blank;          /* the structure of an empty record */
	uint16_t *at;            /* for each column of the model: where it is in there */
	uint16_t *at_more;       /* of a time: where the nanoseconds are */
};

/* -EINVAL: a field contradicts the element that it names; or there are too many
 * lists or a list of times; -E2BIG: too many tables. */
int ipfix_model_init(struct ipfix_model *m, const struct ipfix_schema *schema, char *ret_error,
	size_t error_size);
void ipfix_model_done(struct ipfix_model *m);
/* Make the templates of a layout whose key (the first members, and the id) is set. */
int ipfix_layout_init(struct ipfix_layout *l, const struct ipfix_model *m,
	fbTemplate_t **ret_inside, fbTemplate_t **ret_outside);
void ipfix_layout_done(struct ipfix_layout *l);

/* The column of a field; `hint` is the table that was found last. NULL: no table has it. */
static inline const struct ipfix_column *ipfix_model_column(
	const struct ipfix_model *m, uint32_t *hint, const struct field *f)
{
	for (uint32_t i = 0, t = *hint; i < m->table_count; i++) {
		const struct field_table *table = m->tables[t].table;

		if (f >= table->fields && f < table->fields + table->count) {
			*hint = t;
			return &m->columns[m->tables[t].column + (uint32_t)(f - table->fields)];
		}
		t = t + 1 < m->table_count ? t + 1 : 0;
	}
	return NULL;
}
