/* SPDX-License-Identifier: Apache-2.0 */
/* An expression of --where: refused with a message, or a filter whose negation says the opposite of
 * it and whose parentheses say the same. */
#include <stdio.h>

#include "base/schema.h"
#include "collector/filter.h"
#include "tests/fuzz/fuzz.h"

#define TEXT_BYTES_MAX 2048

static const struct field_table *const tables[] = {&common_table, &flow_table_fields, NULL};

static void fill(struct record *r)
{
	static const uint8_t address[16] = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 1};

	(void)record_number(r, &common_fields[COMMON_TIMESTAMP], 1684047600000001000);
	(void)record_number(r, &common_fields[COMMON_FLOW_ID], 42);
	(void)record_address(r, &common_fields[COMMON_SRC_IP], address);
	(void)record_number(r, &common_fields[COMMON_DEST_PORT], 443);
	(void)record_number(r, &common_fields[COMMON_PROTO], 6);
	(void)record_number(r, &common_fields[COMMON_VLAN], 10);
	(void)record_number(r, &common_fields[COMMON_VLAN], 20);
	(void)record_number(r, &flow_fields[FLOW_PKTS_TOSERVER], 7);
	(void)record_text(r, &flow_fields[FLOW_APP_PROTO], "TLS.Exa\xffmple\xc3\xa9", 14);
}

/* 1 or 0: what it says of the record; -1: refused. */
static int says(const char *before, const char *text, const char *after, const struct record *r)
{
	static char whole[TEXT_BYTES_MAX + 32], error[4 * TEXT_BYTES_MAX];
	struct filter *f;
	int result = -1;

	*error = 0;
	(void)snprintf(whole, sizeof(whole), "%s%s%s", before, text, after);
	f = filter_parse(whole, tables, error, sizeof(error));
	assert(!f == (*error != 0));
	if (f)
		result = filter_matches(f, r);
	filter_free(f);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t storage[RECORD_BYTES_MAX];
	char text[TEXT_BYTES_MAX + 1] = "";
	struct record r, empty;
	int said;

	if (size > TEXT_BYTES_MAX)
		size = TEXT_BYTES_MAX;
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	record_init(&r, &kind_flow, storage, sizeof(storage));
	fill(&r);
	record_init(&empty, &kind_flow, NULL, 0);
	(void)says("", text, "", &empty);
	said = says("", text, "", &r);
	if (said < 0)
		return 0;
	/* one level deeper may be one too deep */
	assert(says("(", text, ")", &r) == said || says("(", text, ")", &r) < 0);
	assert(says("not (", text, ")", &r) == !said || says("not (", text, ")", &r) < 0);
	return 0;
}
