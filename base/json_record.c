/* SPDX-License-Identifier: Apache-2.0 */
/* A record as one JSON object. The record is walked once, which leaves for each field the place of
 * its first value; then the tables are walked, so that the keys come in their order. */
#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "base/schema.h"
#include "base/text.h"

#define PLACES_MAX 1024 /* fields of all tables that one record has values of */
#define TABLES_MAX 128

/* Where the first value of each field is: record_value.next before it was read, plus 1; 0: none. */
struct places {
	uint16_t base[TABLES_MAX]; /* of a table's first field in `at`, plus 1; 0: no value of it */
	uint32_t used;
	uint32_t at[PLACES_MAX];
};

/* The objects that are open: the part of a key up to and with its last dot. */
struct path {
	const char *text;
	size_t bytes;
};

static bool has_field(const struct field_table *t, const struct field *f)
{
	return f >= t->fields && f < t->fields + t->count;
}

static void find_places(
	struct places *p, const struct record *r, const struct field_table *const *tables)
{
	struct record_value v = {0};
	uint32_t before = 0, t = 0;

	memset(p->base, 0, sizeof(p->base));
	p->used = 0;
	for (; record_next(r, &v); before = v.next) {
		uint32_t *at;

		/* values of one table mostly come together */
		if (!tables[t] || !has_field(tables[t], v.field))
			for (t = 0; tables[t] && !has_field(tables[t], v.field);)
				t++;
		if (!tables[t])
			continue; /* not asked for */
		if (!p->base[t]) {
			assert(p->used + tables[t]->count <= PLACES_MAX);
			memset(p->at + p->used, 0, tables[t]->count * sizeof(p->at[0]));
			p->base[t] = (uint16_t)(p->used + 1);
			p->used += (uint32_t)tables[t]->count;
		}
		at = &p->at[p->base[t] - 1u + (size_t)(v.field - tables[t]->fields)];
		if (!*at)
			*at = before + 1;
	}
}

static void put_value(struct json *j, const char *key, const struct record_value *v)
{
	const struct field *f = v->field;
	const char *name;
	char text[TEXT_ADDRESS_BYTES];
	uint8_t octets[8];

	switch (f->type) {
	case FIELD_TEXT:
		json_text(j, key, v->text, v->bytes);
		return;
	case FIELD_ADDRESS:
		json_text(j, key, text, text_address(text, v->text));
		return;
	case FIELD_TIME:
		json_text(j, key, text, text_time(text, v->number));
		return;
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
		break;
	}
	name = f->name_of ? f->name_of(v->number) : NULL;
	if (name) {
		json_text(j, key, name, strlen(name));
	} else if (f->flags & FIELD_HEX) {
		for (size_t i = 0; i < v->bytes; i++)
			octets[i] = (uint8_t)(v->number >> 8 * (v->bytes - 1 - i));
		text_hex(text, octets, v->bytes);
		json_text(j, key, text, 2 * v->bytes);
	} else {
		json_number(j, key, v->number);
	}
}

/* Close and open objects until those are open that `key` lies in; returns the key's last part. */
static const char *enter(struct json *j, struct path *path, const char *key, size_t bytes)
{
	size_t prefix = bytes, same = 0, end;

	while (prefix && key[prefix - 1] != '.')
		prefix--;
	if (prefix == path->bytes && (!prefix || memcmp(key, path->text, prefix) == 0))
		return key + prefix;
	for (size_t i = 0; i < prefix && i < path->bytes && key[i] == path->text[i]; i++)
		if (key[i] == '.')
			same = i + 1;
	for (size_t i = same; i < path->bytes; i++)
		if (path->text[i] == '.')
			json_close(j, '}');
	for (; same < prefix; same = end + 1) {
		for (end = same; key[end] != '.';)
			end++;
		json_open_part(j, key + same, end - same, '{');
	}
	*path = (struct path){key, prefix};
	return key + prefix;
}

/* The next value of a list after the place `at`, which it moves; false: no more. */
static bool next_of(
	const struct record *r, const struct field *f, uint32_t *at, struct record_value *ret_v)
{
	struct record_value v = {.next = *at - 1};

	while (*at && record_next(r, &v)) {
		if (v.field == f) {
			*at = v.next + 1;
			*ret_v = v;
			return true;
		}
	}
	*at = 0;
	return false;
}

static bool is_absent(const struct record_value *v)
{
	if (v->field->flags & FIELD_KEEP_ZERO || v->field->type == FIELD_ADDRESS)
		return false;
	return v->field->type == FIELD_TEXT ? v->bytes == 0 : v->number == 0;
}

/* How many octets of a key name its array of objects: those of `dns.queries[].` */
static size_t array_bytes(const char *key)
{
	const char *end = strstr(key, "[].");

	return end ? (size_t)(end - key) + 3 : 0;
}

/* Columns of one array, zipped: the i-th values of all of them are the i-th object. */
static void put_objects(struct json *j, const struct record *r, struct path *path,
	const struct field *columns, uint32_t *places, size_t count)
{
	size_t prefix = array_bytes(columns->key);
	const char *key = enter(j, path, columns->key, prefix - 3);
	struct record_value v;
	bool more;

	json_open_part(j, key, (size_t)(columns->key + prefix - 3 - key), '[');
	do {
		struct path inner = {0};

		more = false;
		json_open(j, NULL, '{');
		for (size_t i = 0; i < count; i++) {
			if (!next_of(r, &columns[i], &places[i], &v))
				continue;
			if (!is_absent(&v)) {
				const char *rest = columns[i].key + prefix;

				put_value(j, enter(j, &inner, rest, strlen(rest)), &v);
			}
		}
		(void)enter(j, &inner, "", 0);
		json_close(j, '}');
		for (size_t i = 0; i < count; i++) {
			uint32_t at = places[i];

			more = more || next_of(r, &columns[i], &at, &v);
		}
	} while (more);
	json_close(j, ']');
}

static void put_list(struct json *j, const struct record *r, struct path *path,
	const struct field *f, uint32_t place)
{
	size_t bytes = strlen(f->key) - 2; /* without [] */
	const char *key = enter(j, path, f->key, bytes);
	struct record_value v;

	json_open_part(j, key, (size_t)(f->key + bytes - key), '[');
	while (next_of(r, f, &place, &v))
		put_value(j, NULL, &v);
	json_close(j, ']');
}

/* One field, or all columns of an array of objects; returns how many fields that were. */
static size_t put_field(struct json *j, const struct record *r, struct path *path,
	const struct field_table *t, size_t i, uint32_t *places)
{
	const struct field *f = &t->fields[i];
	size_t prefix, count = 1;
	struct record_value v;
	bool any = places[i];

	if (!(f->flags & FIELD_LIST)) {
		v = (struct record_value){.next = places[i] - 1};
		if (any && record_next(r, &v))
			put_value(j, enter(j, path, f->key, strlen(f->key)), &v);
		return 1;
	}
	prefix = array_bytes(f->key);
	if (!prefix) {
		if (any)
			put_list(j, r, path, f, places[i]);
		return 1;
	}
	for (; i + count < t->count && strncmp(t->fields[i + count].key, f->key, prefix) == 0;
		count++)
		any = any || places[i + count];
	if (any)
		put_objects(j, r, path, f, places + i, count);
	return count;
}

static void put_event_type(struct json *j, const struct record *r, struct path *path)
{
	const char *type = r->kind ? r->kind->event_type : NULL;

	if (type)
		json_text(j, enter(j, path, "event_type", 10), type, strlen(type));
}

void json_record(struct json *j, const struct record *r, const struct field_table *const *tables)
{
	struct path path = {0};
	struct places places;
	const bool common = tables[0] == &common_table;

	find_places(&places, r, tables);
	json_open(j, NULL, '{');
	if (!common || !places.base[0])
		put_event_type(j, r, &path);
	for (size_t t = 0; tables[t]; t++) {
		assert(t < TABLES_MAX);
		if (!places.base[t])
			continue;
		for (size_t i = 0; i < tables[t]->count;) {
			if (t == 0 && common && i == COMMON_FLOW_ID + 1)
				put_event_type(j, r, &path);
			i += put_field(j, r, &path, tables[t], i, places.at + places.base[t] - 1);
		}
	}
	(void)enter(j, &path, "", 0);
	json_close(j, '}');
}
