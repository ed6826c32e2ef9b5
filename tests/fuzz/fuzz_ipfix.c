/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of IPFIX, or datagrams, from anybody: records of known kinds with values of their
 * fields, and the same ones whether the octets come at once or in pieces. Input: flags, how
 * many octets of a stream come at a time, the octets; each datagram of several stands behind two
 * octets of length. */
#include <stdbool.h>

#include "base/ipfix.h"
#include "base/siphash.h"
#include "dissectors/schema_all.h"
#include "tests/fuzz/fuzz.h"

enum flag { FLAG_DATAGRAMS = 1, FLAG_ONE = 2 };

struct outcome {
	uint64_t records, rejected, hash;
	bool broken;
};

static void one(const struct ipfix_schema *schema, const struct record *r, struct outcome *o)
{
	static const struct siphash_key key = {1, 2};
	struct record_value v = {0};

	assert(r->kind && r->used <= RECORD_BYTES_MAX);
	while (record_next(r, &v)) {
		assert(v.text + v.bytes <= r->bytes + r->used);
		assert(v.field->type != FIELD_ADDRESS || v.bytes == 16);
		assert(field_table_of(r->kind->tables, v.field) ||
			field_table_of(schema->tables, v.field));
	}
	o->records++;
	o->hash = o->hash * 31 + siphash13(&key, r->bytes, r->used);
}

static struct ipfix_reader *reader_new(const struct ipfix_schema *schema, bool datagrams)
{
	struct ipfix_reader *reader = NULL;

	assert(ipfix_reader_new(&reader, schema, datagrams) == 0);
	return reader;
}

/* Give some octets and read all that they complete; returns how many were taken. */
static size_t feed(struct ipfix_reader *reader, const struct ipfix_schema *schema,
	const uint8_t *octets, size_t bytes, struct outcome *o)
{
	uint8_t *copy = fuzz_copy(octets, bytes);
	size_t taken = ipfix_reader_feed(reader, copy, bytes);
	struct record r;
	int got;

	assert(taken <= bytes && !taken == !bytes);
	free(copy);
	while ((got = ipfix_read(reader, &r)) > 0)
		one(schema, &r, o);
	o->broken = got < 0;
	o->rejected = ipfix_reader_rejected(reader);
	return taken;
}

static struct outcome stream(
	const struct ipfix_schema *schema, const uint8_t *data, size_t size, size_t step)
{
	struct ipfix_reader *reader = reader_new(schema, false);
	struct outcome o = {0};
	size_t bytes;

	do {
		bytes = step < size ? step : size;
		bytes = feed(reader, schema, data, bytes, &o); /* none: the end */
		data += bytes;
		size -= bytes;
	} while (bytes && !o.broken);
	ipfix_reader_close(reader);
	return o;
}

static void datagrams(
	const struct ipfix_schema *schema, const uint8_t *data, size_t size, unsigned flags)
{
	struct ipfix_reader *reader = reader_new(schema, true);
	struct outcome o = {0};

	while (size) {
		size_t bytes = size;

		if (!(flags & FLAG_ONE)) {
			bytes = fuzz_take(&data, &size);
			bytes = bytes << 8 | fuzz_take(&data, &size);
			bytes = bytes < size ? bytes : size;
		}
		if (bytes)
			(void)feed(reader, schema, data, bytes, &o);
		data += bytes;
		size -= bytes;
	}
	ipfix_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct schema schema;
	struct outcome whole, pieces;
	unsigned flags = fuzz_take(&data, &size);
	size_t step = (size_t)fuzz_take(&data, &size) + 1;

	if (!schema.ipfix.kinds)
		schema_init(&schema);
	if (flags & FLAG_DATAGRAMS) {
		datagrams(&schema.ipfix, data, size, flags);
		return 0;
	}
	whole = stream(&schema.ipfix, data, size, SIZE_MAX);
	pieces = stream(&schema.ipfix, data, size, step);
	assert(whole.records == pieces.records && whole.hash == pieces.hash);
	assert(whole.rejected == pieces.rejected && whole.broken == pieces.broken);
	return 0;
}
