/* SPDX-License-Identifier: Apache-2.0 */
/* IPFIX of any sender. The first octet says how it arrives: as datagrams of the length that the
 * next octet gives, or as a stream. */
#include "dissectors/schema_all.h"
#include "fuzz.h"

/* Every value lies in its record and belongs to its kind or to a dissector. */
static void check(const struct record *r, const struct ipfix_schema *schema)
{
	struct record_value v = {0};

	assert(r->used <= RECORD_BYTES_MAX);
	while (record_next(r, &v)) {
		assert(v.text + v.bytes <= r->bytes + r->used);
		assert(v.field->type != FIELD_ADDRESS || v.bytes == 16);
		assert(field_table_of(r->kind->tables, v.field) ||
			field_table_of(schema->tables, v.field));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t bytes)
{
	struct schema schema;
	struct ipfix_reader *r;
	struct record record;
	bool datagrams;
	size_t step;

	if (bytes < 2)
		return 0;
	schema_init(&schema);
	datagrams = octets[0] & 1;
	step = octets[0] & 2 ? bytes : octets[1] + (size_t)1;
	if (ipfix_reader_new(&r, &schema.ipfix, datagrams) < 0)
		return 0;
	for (size_t at = 2; at < bytes; at += step) {
		size_t n = bytes - at < step ? bytes - at : step;

		(void)ipfix_reader_feed(r, octets + at, n);
		while (ipfix_read(r, &record) > 0)
			check(&record, &schema.ipfix);
	}
	ipfix_reader_close(r);
	return 0;
}
