/* SPDX-License-Identifier: Apache-2.0 */
/* The filter language of --where: `tls.sni ~ "example" and dest_port = 443`. Grammar in
 * docs/filter.md. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/record.h"

enum filter_op {
	FILTER_AND,
	FILTER_OR,
	FILTER_NOT,
	FILTER_EQ,
	FILTER_NE,
	FILTER_LT,
	FILTER_LE,
	FILTER_GT,
	FILTER_GE,
	FILTER_CONTAINS,
	FILTER_EXISTS
};

struct filter {
	enum filter_op op;
	struct filter *left, *right; /* AND, OR; NOT: left */
	const struct field *field;   /* comparisons */
	char *text;                  /* the value as written, owned */
	uint64_t number;             /* numbers, times, named numbers ("TCP") */
	uint8_t address[16];         /* addresses, with prefix_bits (128: one address) */
	uint8_t prefix_bits;
};

/* NULL-ended tables of the fields that may be named. On error NULL, with a message that points at
 * the column. */
struct filter *filter_parse(const char *text, const struct field_table *const *tables,
	char *ret_error, size_t error_size);
bool filter_matches(const struct filter *f, const struct record *r);
void filter_free(struct filter *f);
