/* SPDX-License-Identifier: Apache-2.0 */
#include "dissectors/schema_all.h"

#include <assert.h>

#include "base/schema.h"
#include "dissectors/dissect.h"

void schema_init(struct schema *s)
{
	size_t kinds = 0, tables = 0;

	*s = (struct schema){.ipfix = {.kinds = s->kinds, .tables = s->tables}};
	s->kinds[kinds++] = &kind_flow;
	s->kinds[kinds++] = &kind_hit;
	s->kinds[kinds++] = &kind_name;
	s->kinds[kinds++] = &kind_ledger;
	for (size_t i = 0; dissectors[i]; i++) {
		assert(kinds + 1 < SCHEMA_ENTRIES_MAX && tables + 1 < SCHEMA_ENTRIES_MAX);
		if (dissectors[i]->message)
			s->kinds[kinds++] = dissectors[i]->message;
		if (dissectors[i]->flow)
			s->tables[tables++] = dissectors[i]->flow;
	}
}
