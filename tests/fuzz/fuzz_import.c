/* SPDX-License-Identifier: Apache-2.0 */
/* Any text, as the format it is recognised as and as every other: the report's sum holds, what the
 * gate passes is in a form that is its own normal form, nothing is in the list twice. */
#include "signatures/import.h"
#include "signatures/review.h"
#include "tests/fuzz/fuzz.h"

static bool is_typed_by_value(enum indicator_type type)
{
	return type == INDICATOR_DOMAIN || type == INDICATOR_IP || type == INDICATOR_PREFIX ||
	       type == INDICATOR_IP_PORT || type == INDICATOR_ASN || type == INDICATOR_JA4;
}

static void check_item(const struct builder *b, const struct indicator *item)
{
	struct refanged again;

	assert(item->type < INDICATOR_TYPES && *item->value && item->line > 0);
	assert(strlen(item->value) <= REFANG_BYTES_MAX);
	assert(item->type != INDICATOR_URL || item->advice >= ADVICE_URL_ONLY);
	if (!is_typed_by_value(item->type))
		return;
	assert(!refang(&again, item->value, strlen(item->value), COLUMN_ANY, b->suffixes));
	assert(again.type == item->type && strcmp(again.text, item->value) == 0);
}

static void import(struct builder *b, const uint8_t *data, size_t size, const struct format *format)
{
	struct import_options options = {.path = "a_b.csv", .format = format};
	struct import_report report;
	uint64_t reasons = 0;
	char error[256] = "";
	size_t before = b->count;

	if (import_text(b, cur_init(data, size), &options, &report, error, sizeof(error)) < 0) {
		assert(*error && b->count == before);
		return;
	}
	assert(report.read ==
		report.accepted + report.reviewed + report.refused + report.duplicates);
	for (size_t i = 0; i < report.reason_count; i++)
		reasons += report.reasons[i].advice == ADVICE_REFUSE ? report.reasons[i].count : 0;
	assert(reasons == report.refused);
	assert(report.broken_line == 0 || report.broken_why);
	for (size_t i = before; i < b->count; i++)
		check_item(b, &b->items[i]);
	before = b->count - before;
	assert(!indicator_unique(b->items + b->file_begin, &before));
	assert(before == b->count - b->file_begin);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct suffix_list *suffixes;
	struct builder b;

	if (!suffixes)
		assert(suffix_list_new(&suffixes) == 0);
	builder_init(&b, suffixes);
	import(&b, data, size, NULL);
	for (const struct format *const *f = formats; *f; f++)
		import(&b, data, size, *f);
	builder_done(&b);
	return 0;
}
