/* SPDX-License-Identifier: Apache-2.0 */
#include "dissectors/schema_all.h"

#include <assert.h>

#include "base/schema.h"
#include "dissectors/dissect.h"

/* Two dissectors may fill one table. */
static bool has_table(const struct schema *s, const struct field_table *table)
{
	for (size_t i = 0; s->tables[i]; i++) {
		if (s->tables[i] == table)
			return true;
	}
	return false;
}

void schema_init(struct schema *s)
{
	size_t kinds = 0, tables = 0;

	*s = (struct schema){.ipfix = {.kinds = s->kinds, .tables = s->tables}};
	s->kinds[kinds++] = &kind_flow;
	s->kinds[kinds++] = &kind_hit;
	s->kinds[kinds++] = &kind_name;
	s->kinds[kinds++] = &kind_ledger;
	s->tables[tables++] = &tunnel_table;
	for (size_t i = 0; dissectors[i]; i++) {
		assert(kinds + 1 < SCHEMA_ENTRIES_MAX && tables + 1 < SCHEMA_ENTRIES_MAX);
		if (dissectors[i]->message)
			s->kinds[kinds++] = dissectors[i]->message;
		if (dissectors[i]->flow && !has_table(s, dissectors[i]->flow))
			s->tables[tables++] = dissectors[i]->flow;
	}
}
