/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/row_walk.h"

#include <string.h>

void row_walk_init(struct row_walk *w, const struct record *r)
{
	*w = (struct row_walk){.record = r};
}

/* Octets of the key before the name in the object: of `dns.answers[].rrname` 14; 0: it is in none.
 */
static size_t section_bytes(const struct field *f)
{
	const char *list = f->flags & FIELD_LIST ? strstr(f->key, "[].") : NULL;

	return list ? (size_t)(list - f->key) + 3 : 0;
}

static bool is_in(const struct field *f, const char *section, size_t bytes)
{
	return strncmp(f->key, section, bytes) == 0;
}

/* The array that a field is of, if it was met. */
static const struct row_section *section_of(
	const struct row_walk *w, const struct field *f, size_t bytes)
{
	for (size_t i = 0; i < w->section_count; i++) {
		if (is_in(f, w->sections[i].key, bytes))
			return &w->sections[i];
	}
	return NULL;
}

static bool has_head(const struct row_walk *w, const struct field *f)
{
	for (size_t i = 0; i < w->head_count; i++) {
		if (w->heads[i].field == f)
			return true;
	}
	return false;
}

/* The first values of the fields of an array, from the one on that was met. False: there are too
 * many. */
static bool begin(struct row_walk *w, const struct record_value *first, size_t bytes)
{
	struct record_value v = *first;

	w->heads[0] = v;
	w->head_count = 1;
	w->head = 0;
	while (record_next(w->record, &v)) {
		if (section_bytes(v.field) != bytes || !is_in(v.field, first->field->key, bytes) ||
			has_head(w, v.field))
			continue;
		if (w->head_count == ROW_WALK_FIELDS) {
			w->head_count = 0;
			return false;
		}
		w->heads[w->head_count++] = v;
	}
	return true;
}

/* The next one of the array, row by row; false: that was the last. */
static bool next_in_array(struct row_walk *w, struct record_value *ret)
{
	for (size_t tried = 0; tried < w->head_count; tried++) {
		struct record_value *head = &w->heads[w->head];
		const struct field *f = head->field;

		w->head = (w->head + 1) % w->head_count;
		if (!f)
			continue;
		*ret = *head;
		while (record_next(w->record, head)) {
			if (head->field == f)
				return true;
		}
		head->field = NULL;
		return true;
	}
	w->head_count = 0;
	return false;
}

bool row_walk_next(struct row_walk *w, struct record_value *ret)
{
	if (w->head_count && next_in_array(w, ret))
		return true;
	while (record_next(w->record, &w->at)) {
		size_t bytes = section_bytes(w->at.field);
		const struct row_section *met = bytes ? section_of(w, w->at.field, bytes) : NULL;
		bool walked;

		*ret = w->at;
		if (met && met->walked)
			continue;
		if (!bytes || met || w->section_count == ROW_WALK_SECTIONS)
			return true;
		walked = begin(w, &w->at, bytes);
		w->sections[w->section_count++] = (struct row_section){w->at.field->key, walked};
		return walked ? next_in_array(w, ret) : true;
	}
	return false;
}
