/* SPDX-License-Identifier: Apache-2.0 */
/* What a kind of record may hold, as a flat list: the columns of its table, in the order of the
 * field tables. */
#pragma once

#include <stddef.h>

#include "base/ipfix.h"
#include "base/record.h"

#define COLUMN_NAME_BYTES 96
#define COLUMN_NONE       ((size_t)-1)

struct columns {
	const struct record_kind *kind;
	const struct field_table *
		*tables; /* NULL-ended: the kind's, and of a flow the dissectors' */
	const struct field **fields;
	const char **names; /* keys without `[]` */
	size_t count;
};

/* What filters and stores call a field: its key without `[]`. Returns the length. */
size_t column_name(char to[COLUMN_NAME_BYTES], const struct field *f);
/* Everything that the kinds of a schema hold; NULL when out of memory or there is no such kind. */
struct columns *columns_new(const struct ipfix_schema *schema, const char *event_type);
void columns_free(struct columns *c);
/* COLUMN_NONE when the kind does not have it. */
size_t column_of(const struct columns *c, const struct field *f);
