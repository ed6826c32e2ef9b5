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

#define FILTER_BYTES_MAX 4096 /* of an expression */
#define FILTER_DEPTH_MAX 64   /* of parentheses and `not` */

/* NULL-ended tables of the fields that may be named. On error NULL, with a message of three lines
 * that points at the column. */
struct filter *filter_parse(const char *text, const struct field_table *const *tables,
	char *ret_error, size_t error_size);
/* A comparison is true when one value of the field makes it so; `a != b` is `not a = b`. Text is
 * compared as text_utf8 writes it, by octets; `~` takes A-Z for a-z. */
bool filter_matches(const struct filter *f, const struct record *r);
void filter_free(struct filter *f);
/* `2023-05-14`, `2023-05-14T07:00`, `2023-05-14T07:00:00.000000001+02:00`; UTC where no zone
 * stands. False when it is no such time or lies outside 1970 to 2554. */
bool filter_time(const char *text, uint64_t *ret_ns);
