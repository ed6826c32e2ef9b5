/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/builder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/review.h"

#define BLOCK_BYTES 65536

struct text_block {
	struct text_block *next;
	size_t used, size;
	char text[];
};

void builder_init(struct builder *b, const struct suffix_list *suffixes)
{
	*b = (struct builder){.suffixes = suffixes, .campaign = "", .source = ""};
}

void builder_done(struct builder *b)
{
	while (b->blocks) {
		struct text_block *next = b->blocks->next;

		free(b->blocks);
		b->blocks = next;
	}
	free(steal(b->items));
}

static struct text_block *block_with(struct builder *b, size_t bytes)
{
	size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
	struct text_block *block = b->blocks;

	if (block && block->size - block->used >= bytes)
		return block;
	block = malloc(sizeof(*block) + size);
	if (!block)
		return NULL;
	*block = (struct text_block){.next = b->blocks, .size = size};
	b->blocks = block;
	return block;
}

const char *builder_text(struct builder *b, const char *text, size_t bytes)
{
	struct text_block *block = bytes ? block_with(b, bytes + 1) : NULL;
	char *copy;

	if (bytes == 0)
		return "";
	if (!block)
		return NULL;
	copy = block->text + block->used;
	block->used += bytes + 1;
	for (size_t i = 0; i < bytes; i++)
		copy[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? ' ' : text[i];
	copy[bytes] = '\0';
	return copy;
}

void builder_begin_file(
	struct builder *b, const char *source, const char *campaign, enum indicator_role role)
{
	b->source = source;
	b->campaign = campaign;
	b->role = role;
	b->file_begin = b->count;
}

static void note_reason(
	struct import_report *report, uint32_t line, const char *text, enum indicator_advice advice)
{
	struct import_reason *reason = report->reasons;
	size_t i = 0;

	while (i < report->reason_count &&
		(reason[i].advice != advice || strcmp(reason[i].text, text) != 0))
		i++;
	if (i == REPORT_REASONS_MAX)
		i--; /* there are fewer constants than places */
	if (i == report->reason_count)
		reason[report->reason_count++] = (struct import_reason){
			.text = text, .advice = advice};
	if (reason[i].count < REPORT_LINES_MAX)
		reason[i].lines[reason[i].count] = line;
	reason[i].count++;
}

void builder_refuse(struct import_report *report, uint32_t line, const char *reason)
{
	report->read++;
	report->refused++;
	note_reason(report, line, reason, ADVICE_REFUSE);
}

void builder_break(struct import_report *report, uint32_t line, const char *why)
{
	report->broken_line = line;
	report->broken_why = why;
}

static int grow(struct builder *b)
{
	size_t size = b->size ? 2 * b->size : 256;
	struct indicator *items = reallocarray(b->items, size, sizeof(*items));

	if (!items)
		return -ENOMEM;
	b->items = items;
	b->size = size;
	return 0;
}

int builder_offer(struct builder *b, struct import_report *report, const struct candidate *c)
{
	struct refanged value;
	const char *why = refang(&value, c->value, c->value_bytes, c->column, b->suffixes);
	size_t context_bytes = c->context_bytes;
	struct review review;
	struct indicator item;

	if (why) {
		builder_refuse(report, c->line, why);
		return 0;
	}
	if (b->count == b->size && grow(b) < 0)
		return -ENOMEM;
	if (context_bytes > CONTEXT_BYTES_MAX)
		context_bytes = CONTEXT_BYTES_MAX;
	review = review_value(b->suffixes, value.type, value.text);
	if (c->advice > review.advice)
		review.advice = c->advice;
	item = (struct indicator){.type = value.type,
		.role = b->role,
		.scope = review.scope,
		.advice = review.advice,
		.value = builder_text(b, value.text, strlen(value.text)),
		.campaign = b->campaign,
		.source = b->source,
		.context = builder_text(b, c->context, context_bytes),
		.disarm = "",
		.reference = "",
		.tlp = "",
		.licence = "",
		.line = c->line};
	if (!item.value || !item.context)
		return -ENOMEM;
	report->read++;
	b->items[b->count++] = item;
	return 0;
}

static void count_item(
	const struct builder *b, struct import_report *report, const struct indicator *item)
{
	struct review review = review_value(b->suffixes, item->type, item->value);

	if (item->advice == ADVICE_REFUSE)
		report->refused++;
	else if (item->advice == ADVICE_REVIEW)
		report->reviewed++;
	else
		report->accepted++;
	if (item->advice != ADVICE_MATCH)
		note_reason(report, item->line,
			item->advice == review.advice ? review.reason : "its source says so",
			item->advice);
}

int builder_end_file(struct builder *b, struct import_report *report)
{
	struct indicator *first = b->items + b->file_begin;
	size_t offered = b->count - b->file_begin, kept = offered;
	int r = offered ? indicator_unique(first, &kept) : 0;

	if (r < 0)
		return r;
	for (size_t i = 0; i < kept; i++)
		count_item(b, report, &first[i]);
	report->duplicates += offered - kept;
	b->count = b->file_begin + kept;
	return 0;
}
