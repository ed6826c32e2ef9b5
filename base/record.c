/* SPDX-License-Identifier: Apache-2.0 */
#include "base/record.h"

#include <assert.h>

void record_init(struct record *r, const struct record_kind *kind, void *storage, size_t bytes)
{
	assert(bytes <= UINT32_MAX);
	*r = (struct record){.kind = kind, .bytes = storage, .size = (uint32_t)bytes};
}

void record_clear(struct record *r)
{
	r->used = 0;
	r->lost_values = 0;
}

void record_move(struct record *to, const struct record *from, void *storage, size_t bytes)
{
	assert(bytes >= from->used);
	record_init(to, from->kind, storage, bytes);
	if (from->used)
		memcpy(to->bytes, from->bytes, from->used);
	to->used = from->used;
	to->lost_values = from->lost_values;
}

bool record_append(struct record *to, const struct record *from)
{
	if (from->used > to->size - to->used) {
		to->lost_values++;
		return false;
	}
	if (from->used)
		memcpy(to->bytes + to->used, from->bytes, from->used);
	to->used += from->used;
	to->lost_values += from->lost_values;
	return true;
}

/* Room for a value; NULL when there is none left. */
static uint8_t *entry_add(struct record *r, const struct field *f, size_t bytes)
{
	struct record_entry e = {.field = f, .bytes = (uint16_t)bytes};
	uint8_t *place = r->bytes + r->used;

	if (bytes > UINT16_MAX || sizeof(e) + bytes > r->size - r->used) {
		r->lost_values++;
		return NULL;
	}
	memcpy(place, &e, sizeof(e));
	r->used += (uint32_t)(sizeof(e) + bytes);
	return place + sizeof(e);
}

bool record_octets(struct record *r, const struct field *f, const void *octets, size_t bytes)
{
	uint8_t *place = entry_add(r, f, bytes);

	if (place && bytes)
		memcpy(place, octets, bytes);
	return place;
}

bool record_number(struct record *r, const struct field *f, uint64_t value)
{
	size_t bytes = field_width(f->type);
	uint8_t *place;

	assert(bytes == 8 || (bytes && value >> (8 * bytes) == 0));
	if (value == 0 && !(f->flags & (FIELD_KEEP_ZERO | FIELD_LIST)))
		return true;
	place = entry_add(r, f, bytes);
	if (place)
		record_number_to(place, value, bytes);
	return place;
}

bool record_set(struct record *r, const struct field *f, uint64_t value)
{
	size_t bytes = field_width(f->type);
	struct record_value v;

	if (!record_find(r, f, &v))
		return record_number(r, f, value);
	assert(bytes == 8 || (bytes && value >> (8 * bytes) == 0));
	record_number_to(r->bytes + (v.text - r->bytes), value, bytes);
	return true;
}

bool record_text(struct record *r, const struct field *f, const void *text, size_t bytes)
{
	assert(f->type == FIELD_TEXT);
	if (bytes == 0 && !(f->flags & (FIELD_KEEP_ZERO | FIELD_LIST)))
		return true;
	return record_octets(
		r, f, text, bytes < RECORD_TEXT_BYTES_MAX ? bytes : RECORD_TEXT_BYTES_MAX);
}

bool record_address(struct record *r, const struct field *f, const uint8_t address[16])
{
	assert(f->type == FIELD_ADDRESS);
	return record_octets(r, f, address, 16);
}

bool record_find(const struct record *r, const struct field *f, struct record_value *ret_v)
{
	struct record_value v = {0};

	while (record_next(r, &v)) {
		if (v.field == f) {
			*ret_v = v;
			return true;
		}
	}
	return false;
}

uint64_t record_get(const struct record *r, const struct field *f)
{
	struct record_value v;

	return record_find(r, f, &v) ? v.number : 0;
}

const struct field_table *field_table_of(
	const struct field_table *const *tables, const struct field *f)
{
	for (; *tables; tables++) {
		if (f >= (*tables)->fields && f < (*tables)->fields + (*tables)->count)
			return *tables;
	}
	return NULL;
}
