/* SPDX-License-Identifier: Apache-2.0 */
/* A record is a self-contained value: the only thing that leaves a worker, travels as IPFIX, sits
 * in the store and is printed as JSON. It is a list of (field, value) in storage that its owner
 * gave; adding never allocates. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/field.h"

#define RECORD_TEXT_BYTES_MAX 1024 /* a longer text is cut */
#define RECORD_BYTES_MAX      16384

struct record {
	const struct record_kind *kind;
	uint8_t *bytes; /* borrowed from the owner */
	uint32_t size;  /* of the storage */
	uint32_t used;
	uint32_t lost_values; /* that did not fit; counted in the ledger */
};

void record_init(struct record *r, const struct record_kind *kind, void *storage, size_t bytes);
void record_clear(struct record *r);
/* The same values in other storage, which must hold `from->used` bytes. */
void record_move(struct record *to, const struct record *from, void *storage, size_t bytes);
/* All values of `from` after those of `to`. */
bool record_append(struct record *to, const struct record *from);

/* Each adds one value and says whether it fitted; a list field is added once a value. Zero and
 * empty text are not stored unless the field keeps zeros. */
bool record_number(struct record *r, const struct field *f, uint64_t value);
bool record_text(struct record *r, const struct field *f, const void *text, size_t bytes);
bool record_address(struct record *r, const struct field *f, const uint8_t address[16]);
/* The same as record_number for a field that may be there already: the new value takes its place.
 */
bool record_set(struct record *r, const struct field *f, uint64_t value);
/* One value as record_next gives it, whatever its type; text is not cut and zero is kept. */
bool record_octets(struct record *r, const struct field *f, const void *octets, size_t bytes);

/* Walk: `struct record_value v = {0}; while (record_next(r, &v)) ...` */
struct record_value {
	const struct field *field;
	const uint8_t *text; /* FIELD_TEXT and FIELD_ADDRESS: borrowed from the record */
	size_t bytes;
	uint64_t number;
	uint32_t next; /* internal */
};

/* An entry: the field, the length of its value, the value; unaligned, so that small values stay
 * small. */
struct record_entry {
	const struct field *field;
	uint16_t bytes;
} __attribute__((packed));

/* Internal: a number as it lies in a record, of 1, 2, 4 or 8 octets (little-endian hosts only). */
static inline uint64_t record_number_at(const uint8_t *at, size_t bytes)
{
	uint64_t number = 0;

	switch (bytes) { /* a copy of a length that is known costs one instruction */
	case 1:
		memcpy(&number, at, 1);
		break;
	case 2:
		memcpy(&number, at, 2);
		break;
	case 4:
		memcpy(&number, at, 4);
		break;
	default:
		memcpy(&number, at, 8);
	}
	return number;
}

static inline void record_number_to(uint8_t *at, uint64_t number, size_t bytes)
{
	switch (bytes) {
	case 1:
		memcpy(at, &number, 1);
		break;
	case 2:
		memcpy(at, &number, 2);
		break;
	case 4:
		memcpy(at, &number, 4);
		break;
	default:
		memcpy(at, &number, 8);
	}
}

static inline bool record_next(const struct record *r, struct record_value *v)
{
	struct record_entry e;

	if (r->used - v->next < sizeof(e))
		return false;
	memcpy(&e, r->bytes + v->next, sizeof(e));
	v->field = e.field;
	v->text = r->bytes + v->next + sizeof(e);
	v->bytes = e.bytes;
	v->number = e.field->type < FIELD_ADDRESS ? record_number_at(v->text, e.bytes) : 0;
	v->next += (uint32_t)sizeof(e) + e.bytes;
	return true;
}

/* The first value of a field. */
bool record_find(const struct record *r, const struct field *f, struct record_value *ret_v);
/* The number of a field; 0 when absent. */
uint64_t record_get(const struct record *r, const struct field *f);
/* Which table of `tables` (NULL-ended) a field belongs to; NULL if none. */
const struct field_table *field_table_of(
	const struct field_table *const *tables, const struct field *f);
