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

static const struct feed nothing_said;

void builder_init(struct builder *b, const struct suffix_list *suffixes)
{
	*b = (struct builder){.suffixes = suffixes, .feed = &nothing_said};
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

void builder_begin_file(struct builder *b, const struct feed *feed)
{
	b->feed = feed;
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

static const char *text_or(struct builder *b, struct span said, const char *otherwise)
{
	if (said.bytes > CONTEXT_BYTES_MAX)
		said.bytes = CONTEXT_BYTES_MAX;
	return said.bytes ? builder_text(b, said.at, said.bytes) : otherwise ? otherwise : "";
}

/* A date that cannot be read is one that is not known. */
static uint32_t date_of(const struct builder *b, struct span said)
{
	uint32_t date = 0;

	(void)date_parse(&date, said.at ? said.at : "", said.bytes, b->feed->dates);
	return date;
}

static void set_dates(const struct builder *b, struct indicator *item, const struct candidate *c)
{
	uint32_t latest;

	item->first_seen = date_of(b, c->first_seen);
	item->last_confirmed = date_of(b, c->last_confirmed);
	item->published = date_of(b, c->published);
	item->expires = date_of(b, c->expires);
	if (!item->published)
		item->published = b->feed->published;
	latest = item->last_confirmed > item->published ? item->last_confirmed : item->published;
	latest = item->first_seen > latest ? item->first_seen : latest;
	if (!item->expires && b->feed->expires_after_s && latest)
		item->expires = latest > UINT32_MAX - b->feed->expires_after_s
					? UINT32_MAX
					: latest + b->feed->expires_after_s;
}

/* What makes the advice stricter; the strictest reason is kept. */
static void warn(struct indicator *item, enum indicator_advice advice, const char *why)
{
	if (advice <= item->advice)
		return;
	item->advice = advice;
	item->why = why;
}

static int set_texts(struct builder *b, struct indicator *item, const struct candidate *c)
{
	const struct feed *feed = b->feed;
	struct span campaign = feed->campaign ? span_of(feed->campaign) : c->campaign;

	item->campaign = feed->campaign ? feed->campaign
					: text_or(b, campaign, feed->campaign_else);
	item->source = feed->source ? feed->source : text_or(b, c->source, feed->source_else);
	item->context = text_or(b, c->context, NULL);
	item->disarm = text_or(b, c->disarm, feed->disarm);
	item->reference = text_or(b, c->reference, feed->reference);
	item->tlp = text_or(b, c->tlp, feed->tlp);
	item->licence = text_or(b, c->licence, feed->licence);
	return item->value && item->campaign && item->source && item->context && item->disarm &&
			       item->reference && item->tlp && item->licence
		       ? 0
		       : -ENOMEM;
}

int builder_offer(struct builder *b, struct import_report *report, const struct candidate *c)
{
	struct refanged value;
	const char *why = refang(&value, c->value.at, c->value.bytes, c->column, b->suffixes);
	struct review review;
	struct indicator item;

	if (why) {
		builder_refuse(report, c->line, why);
		return 0;
	}
	if (b->count == b->size && grow(b) < 0)
		return -ENOMEM;
	review = review_value(b->suffixes, value.type, value.text);
	item = (struct indicator){.type = value.type,
		.role = c->operator_side ? ROLE_OPERATOR_SIDE : b->feed->role,
		.scope = review.scope,
		.advice = review.advice,
		.why = review.reason,
		.value = builder_text(b, value.text, strlen(value.text)),
		.confidence = c->confidence ? c->confidence : b->feed->confidence,
		.line = c->line};
	set_dates(b, &item, c);
	warn(&item, c->advice, c->why ? c->why : "its source says so");
	if (c->not_for_detection && b->feed->obey_to_ids)
		warn(&item, ADVICE_REVIEW, "its source says it is not for detection (to_ids)");
	if (b->now && item.expires && item.expires <= b->now)
		warn(&item, ADVICE_REVIEW, "it has expired");
	if (set_texts(b, &item, c) < 0)
		return -ENOMEM;
	report->read++;
	b->items[b->count++] = item;
	return 0;
}

static void count_item(struct import_report *report, const struct indicator *item)
{
	if (item->advice == ADVICE_REFUSE)
		report->refused++;
	else if (item->advice == ADVICE_REVIEW || item->advice == ADVICE_NOT_AN_INDICATOR)
		report->reviewed++;
	else
		report->accepted++;
	if (item->advice != ADVICE_MATCH)
		note_reason(report, item->line, item->why, item->advice);
}

int builder_end_file(struct builder *b, struct import_report *report)
{
	struct indicator *first = b->items + b->file_begin;
	size_t offered = b->count - b->file_begin, kept = offered;
	int r = offered ? indicator_unique(first, &kept) : 0;

	if (r < 0)
		return r;
	for (size_t i = 0; i < kept; i++)
		count_item(report, &first[i]);
	report->duplicates += offered - kept;
	b->count = b->file_begin + kept;
	b->feed = &nothing_said; /* the file's own is gone after this */
	return 0;
}
