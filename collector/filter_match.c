/* SPDX-License-Identifier: Apache-2.0 */
/* A filter on one record: the plain meaning that the SQL of the stores is tested against. */
#include <string.h>

#include "base/text.h"
#include "collector/filter.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool text_contains(const char *text, size_t bytes, const char *part)
{
	size_t part_bytes = strlen(part);

	for (size_t i = 0; i + part_bytes <= bytes; i++) {
		size_t j = 0;

		while (j < part_bytes && lower(text[i + j]) == lower(part[j]))
			j++;
		if (j == part_bytes)
			return true;
	}
	return false;
}

static int text_compare(const char *a, size_t a_bytes, const char *b)
{
	size_t b_bytes = strlen(b);
	int order = memcmp(a, b, a_bytes < b_bytes ? a_bytes : b_bytes);

	return order ? order : (a_bytes > b_bytes) - (a_bytes < b_bytes);
}

/* `order`: of the value against what the filter names. */
static bool holds(enum filter_op op, int order)
{
	switch (op) {
	case FILTER_EQ:
		return order == 0;
	case FILTER_LT:
		return order < 0;
	case FILTER_LE:
		return order <= 0;
	case FILTER_GT:
		return order > 0;
	case FILTER_GE:
		return order >= 0;
	default:
		return false;
	}
}

static bool value_matches(const struct filter *f, enum filter_op op, const struct record_value *v)
{
	char text[4 * RECORD_TEXT_BYTES_MAX + 1];
	size_t bytes;

	switch (f->field->type) {
	case FIELD_TEXT:
		bytes = text_utf8(text, sizeof(text), v->text, v->bytes);
		if (op == FILTER_CONTAINS)
			return text_contains(text, bytes, f->text);
		return holds(op, text_compare(text, bytes, f->text));
	case FIELD_ADDRESS:
		return address_within(v->text, f->address, f->prefix_bits);
	default:
		return holds(op, (v->number > f->number) - (v->number < f->number));
	}
}

static bool any_value(const struct filter *f, enum filter_op op, const struct record *r)
{
	struct record_value v = {0};

	while (record_next(r, &v)) {
		if (v.field == f->field && (op == FILTER_EXISTS || value_matches(f, op, &v)))
			return true;
	}
	return false;
}

bool filter_matches(const struct filter *f, const struct record *r)
{
	switch (f->op) {
	case FILTER_AND:
		return filter_matches(f->left, r) && filter_matches(f->right, r);
	case FILTER_OR:
		return filter_matches(f->left, r) || filter_matches(f->right, r);
	case FILTER_NOT:
		return !filter_matches(f->left, r);
	case FILTER_NE:
		return !any_value(f, FILTER_EQ, r);
	default:
		return any_value(f, f->op, r);
	}
}
