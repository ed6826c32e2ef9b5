/* SPDX-License-Identifier: Apache-2.0 */
/* All kinds of records and all tables of fields that this build knows. */
#pragma once

#include "base/ipfix.h"

#define SCHEMA_ENTRIES_MAX 64

struct schema {
	struct ipfix_schema ipfix; /* points into the arrays below: do not copy */
	const struct record_kind *kinds[SCHEMA_ENTRIES_MAX];
	const struct field_table *tables[SCHEMA_ENTRIES_MAX];
};

/* Flow (with tunnel), hit and ledger, then what the dissectors of the registry add, in its order.
 */
void schema_init(struct schema *s);
