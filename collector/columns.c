/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/columns.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/schema.h"

size_t column_name(char to[COLUMN_NAME_BYTES], const struct field *f)
{
	size_t used = 0;

	for (const char *c = f->key; *c; c++) {
		if (*c == '[' || *c == ']')
			continue;
		assert(used + 1 < COLUMN_NAME_BYTES);
		to[used++] = *c;
	}
	to[used] = 0;
	return used;
}

static size_t tables_count(const struct field_table *const *tables)
{
	size_t count = 0;

	while (tables && tables[count])
		count++;
	return count;
}

/* One block holds the tables, the fields, the names and the text of the names. */
static struct columns *allocate(size_t table_count, size_t field_count)
{
	struct columns *c = calloc(1, sizeof(*c));
	size_t each = sizeof(const struct field *) + sizeof(const char *) + COLUMN_NAME_BYTES;
	char *block = calloc(
		1, (table_count + 1) * sizeof(const struct field_table *) + field_count * each);

	if (!c || !block) {
		free(c);
		free(block);
		return NULL;
	}
	c->tables = (const struct field_table **)(void *)block;
	c->fields = (const struct field **)(void *)(c->tables + table_count + 1);
	c->names = (const char **)(void *)(c->fields + field_count);
	return c;
}

struct columns *columns_new(const struct ipfix_schema *schema, const char *event_type)
{
	const struct record_kind *const *kind = schema->kinds;
	size_t own, more = 0, field_count = 0;
	struct columns *c;
	char *text;

	while (*kind && strcmp((*kind)->event_type, event_type) != 0)
		kind++;
	if (!*kind)
		return NULL;
	own = tables_count((*kind)->tables);
	if (*kind == &kind_flow)
		more = tables_count(schema->tables);
	for (size_t i = 0; i < own + more; i++)
		field_count += (i < own ? (*kind)->tables[i] : schema->tables[i - own])->count;
	c = allocate(own + more, field_count);
	if (!c)
		return NULL;
	c->kind = *kind;
	text = (char *)(c->names + field_count);
	for (size_t i = 0; i < own + more; i++) {
		c->tables[i] = i < own ? (*kind)->tables[i] : schema->tables[i - own];
		for (size_t j = 0; j < c->tables[i]->count; j++, text += COLUMN_NAME_BYTES) {
			(void)column_name(text, &c->tables[i]->fields[j]);
			c->fields[c->count] = &c->tables[i]->fields[j];
			c->names[c->count++] = text;
		}
	}
	return c;
}

void columns_free(struct columns *c)
{
	if (c)
		free(c->tables);
	free(c);
}

size_t column_of(const struct columns *c, const struct field *f)
{
	size_t before = 0;

	for (size_t i = 0; c->tables[i]; i++) {
		const struct field_table *t = c->tables[i];

		if (f >= t->fields && f < t->fields + t->count)
			return before + (size_t)(f - t->fields);
		before += t->count;
	}
	return COLUMN_NONE;
}
