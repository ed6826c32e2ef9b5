/* SPDX-License-Identifier: Apache-2.0 */
/* A schema with every type of field, and random records of it. */
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#include "base/ipfix.h"
#include "base/schema.h"
#include "unit.h"

/* What a dissector may declare, every type with every flag. */
static const struct field every_fields[] = {
	{.key = "e.u8", .type = FIELD_U8, .pen = KUKLA_PEN, .ie = 9001, .ie_name = "eU8"},
	{.key = "e.u16",
		.type = FIELD_U16,
		.flags = FIELD_KEEP_ZERO | FIELD_HEX,
		.pen = KUKLA_PEN,
		.ie = 9002,
		.ie_name = "eU16"},
	{.key = "e.u32", .type = FIELD_U32, .pen = KUKLA_PEN, .ie = 9003, .ie_name = "eU32"},
	{.key = "e.u64", .type = FIELD_U64, .pen = KUKLA_PEN, .ie = 9004, .ie_name = "eU64"},
	{.key = "e.time",
		.type = FIELD_TIME,
		.pen = KUKLA_PEN,
		.ie = 9005,
		.ie_more = 9006,
		.ie_name = "eTimeMilliseconds"},
	{.key = "e.text", .type = FIELD_TEXT, .pen = KUKLA_PEN, .ie = 9007, .ie_name = "eText"},
	{.key = "e.keep",
		.type = FIELD_TEXT,
		.flags = FIELD_KEEP_ZERO,
		.pen = KUKLA_PEN,
		.ie = 9008,
		.ie_name = "eKeep"},
	{.key = "e.cert",
		.type = FIELD_TEXT,
		.pen = PEN_CERT,
		.ie = 186,
		.ie_name = "sslServerName"},
	{.key = "e.address",
		.type = FIELD_ADDRESS,
		.pen = KUKLA_PEN,
		.ie = 9009,
		.ie_more = 9010,
		.ie_name = "eIPv4Address"},
	{.key = "e.numbers[]",
		.type = FIELD_U16,
		.flags = FIELD_LIST,
		.pen = KUKLA_PEN,
		.ie = 9011,
		.ie_name = "eNumbers"},
	{.key = "e.pairs[].a",
		.type = FIELD_TEXT,
		.flags = FIELD_LIST,
		.pen = KUKLA_PEN,
		.ie = 9012,
		.ie_name = "ePairsA"},
	{.key = "e.pairs[].b",
		.type = FIELD_U64,
		.flags = FIELD_LIST,
		.pen = KUKLA_PEN,
		.ie = 9013,
		.ie_name = "ePairsB"},
	{.key = "e.addresses[]",
		.type = FIELD_ADDRESS,
		.flags = FIELD_LIST,
		.pen = KUKLA_PEN,
		.ie = 9014,
		.ie_more = 9015,
		.ie_name = "eIPv4Addresses"},
};
static const struct field small_fields[] = {
	{.key = "s.name", .type = FIELD_TEXT, .pen = KUKLA_PEN, .ie = 9101, .ie_name = "sName"},
	{.key = "s.iana",
		.type = FIELD_U16,
		.pen = PEN_IANA,
		.ie = 303,
		.ie_name = "informationElementId"},
};
static const struct field message_fields[] = {
	{.key = "m.id", .type = FIELD_U16, .pen = KUKLA_PEN, .ie = 9201, .ie_name = "mId"},
	{.key = "m.names[]",
		.type = FIELD_TEXT,
		.flags = FIELD_LIST,
		.pen = KUKLA_PEN,
		.ie = 9202,
		.ie_name = "mNames"},
};
static const struct field_table every_table = {"e", every_fields, ARRAY_LEN(every_fields)};
static const struct field_table small_table = {"s", small_fields, ARRAY_LEN(small_fields)};
static const struct field_table message_table = {"m", message_fields, ARRAY_LEN(message_fields)};
static const struct record_kind kind_message = {"m", {&common_table, &message_table}};

static const struct record_kind *const kinds[] = {
	&kind_flow, &kind_hit, &kind_ledger, &kind_message, NULL};
static const struct field_table *const tables[] = {&every_table, &small_table, NULL};
static const struct ipfix_schema schema = {kinds, tables};

struct sample {
	struct record record;
	uint8_t storage[RECORD_BYTES_MAX];
};

static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* A number that is often at an edge. */
static inline uint64_t random_number(uint64_t *state, unsigned bits)
{
	uint64_t most = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;

	switch (random_next(state) % 6) {
	case 0:
		return 0;
	case 1:
		return most;
	case 2:
		return 1;
	default:
		return random_next(state) & most;
	}
}

static inline void add_random(struct record *r, const struct field *f, uint64_t *state, bool v6)
{
	static const unsigned bits[] = {8, 16, 32, 64, 64};
	uint8_t octets[RECORD_TEXT_BYTES_MAX];

	if (f->type < FIELD_ADDRESS) {
		assert_true(record_number(r, f, random_number(state, bits[f->type])));
		return;
	}
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)random_next(state);
	if (f->type == FIELD_TEXT) {
		static const size_t lengths[] = {0, 1, 9, 40, 254, 255, 256, 257};
		size_t bytes = lengths[random_next(state) % ARRAY_LEN(lengths)];

		if (random_next(state) % 40 == 0)
			bytes = RECORD_TEXT_BYTES_MAX;
		if (f->flags & FIELD_LIST)
			bytes = bytes > 100 ? 3 : bytes;
		assert_true(record_text(r, f, octets, bytes));
		return;
	}
	if (!v6 && !(f->flags & FIELD_LIST && octets[15] & 1)) {
		memset(octets, 0, 10);
		octets[10] = octets[11] = 0xff;
	}
	assert_true(record_address(r, f, octets));
}

static inline void fill_table(
	struct record *r, const struct field_table *table, uint64_t *state, bool all)
{
	bool v6 = r->size & 1;

	for (size_t i = 0; i < table->count; i++) {
		const struct field *f = &table->fields[i];
		static const size_t lengths[] = {0, 1, 2, 5, 64};
		size_t n = 1;

		if (f->flags & FIELD_LIST)
			n = lengths[random_next(state) % ARRAY_LEN(lengths)];
		else if (!all && random_next(state) % 3 == 0)
			n = 0;
		while (n--)
			add_random(r, f, state, v6);
	}
}

static inline void make(struct sample *s, unsigned n)
{
	uint64_t state = 0x9e3779b97f4a7c15u ^ ((uint64_t)n + 1) * 0xbf58476d1ce4e5b9u;
	const struct record_kind *kind = kinds[n % 4];
	bool all = n % 5 == 0;

	record_init(&s->record, kind, s->storage, sizeof(s->storage) - n / 4 % 2);
	if (kind == &kind_flow && n & 8)
		fill_table(&s->record, &every_table, &state, all);
	for (size_t t = 0; kind->tables[t]; t++)
		fill_table(&s->record, kind->tables[t], &state, all);
	if (kind == &kind_flow && n & 16)
		fill_table(&s->record, &small_table, &state, all);
}

/* A little of everything in a table. */
static inline void tiny(struct record *r, const struct field_table *table)
{
	static const uint8_t v4[16] = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 1};

	for (size_t i = 0; i < table->count; i++) {
		const struct field *f = &table->fields[i];

		for (int n = 0; n < (f->flags & FIELD_LIST ? 2 : 1); n++) {
			if (f->type < FIELD_ADDRESS)
				record_number(r, f, i + 1);
			else if (f->type == FIELD_TEXT)
				record_text(r, f, "ab", 2);
			else
				record_address(r, f, v4);
		}
	}
}

static inline bool same_value(const struct record_value *a, const struct record_value *b)
{
	if (a->field->type < FIELD_ADDRESS)
		return a->number == b->number;
	return a->bytes == b->bytes && memcmp(a->text, b->text, a->bytes) == 0;
}

static inline bool next_of(const struct record *r, const struct field *f, struct record_value *v)
{
	while (record_next(r, v)) {
		if (v->field == f)
			return true;
	}
	return false;
}

/* The values of each field, in their order. A field that keeps zeros and had none comes back as
 * zero: the template has a place for it. */
static inline void assert_same_field(
	const struct record *wrote, const struct record *read, const struct field *f)
{
	struct record_value a = {0}, b = {0};
	bool any = false;

	while (next_of(wrote, f, &a)) {
		any = true;
		if (f->type == FIELD_ADDRESS && !(f->flags & (FIELD_LIST | FIELD_KEEP_ZERO)) &&
			memcmp(a.text + 12, "\0\0\0\0", 4) == 0)
			continue;
		assert_true(next_of(read, f, &b));
		assert_true(same_value(&a, &b));
	}
	if (next_of(read, f, &b)) {
		assert_false(any);
		assert_true(f->flags & FIELD_KEEP_ZERO);
		assert_int_equal(b.number, 0);
		if (f->type == FIELD_TEXT)
			assert_int_equal(b.bytes, 0);
	}
}

static inline void assert_same(const struct record *wrote, const struct record *read)
{
	assert_ptr_equal(wrote->kind, read->kind);
	for (size_t t = 0; wrote->kind->tables[t]; t++) {
		for (size_t i = 0; i < wrote->kind->tables[t]->count; i++)
			assert_same_field(wrote, read, &wrote->kind->tables[t]->fields[i]);
	}
	for (size_t t = 0; tables[t]; t++) {
		for (size_t i = 0; i < tables[t]->count; i++) {
			if (field_table_of(tables, &tables[t]->fields[i]))
				assert_same_field(wrote, read, &tables[t]->fields[i]);
		}
	}
}

/* A file in memory, and its path. */
static inline int memory_file(char path[64])
{
	int fd = memfd_create("ipfix", MFD_CLOEXEC);

	assert_true(fd >= 0);
	(void)snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static inline struct ipfix_writer *writer(const char *to)
{
	struct ipfix_writer *w;
	char error[256] = "";

	if (ipfix_writer_open(&w, &schema, to, 7, error, sizeof(error)))
		fail_msg("%s", error);
	return w;
}

static inline struct ipfix_reader *reader(int fd)
{
	struct ipfix_reader *r;
	char error[256] = "";

	assert_int_equal(ipfix_reader_open(&r, &schema, fd, error, sizeof(error)), 0);
	return r;
}
