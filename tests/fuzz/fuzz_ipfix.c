/* SPDX-License-Identifier: Apache-2.0 */
/* IPFIX of any sender. The first octet says how it arrives: as datagrams of the length that the
 * next octet gives, or as a stream. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/ipfix.h"
#include "dissectors/schema_all.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t bytes);

/* Every value is looked at, so that one that lies outside its record is seen. */
static unsigned touch(const struct record *r)
{
	struct record_value v = {0};
	unsigned sum = 0;

	while (record_next(r, &v)) {
		for (size_t i = 0; i < v.bytes; i++)
			sum += v.text[i];
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t bytes)
{
	static volatile unsigned sum;
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
			sum += touch(&record);
	}
	ipfix_reader_close(r);
	return 0;
}
