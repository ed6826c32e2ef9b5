/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/builder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/account.h"
#include "signatures/expression_review.h"
#include "signatures/look_alike.h"
#include "signatures/review.h"
#include "signatures/said.h"
#include "signatures/span.h"

static const struct feed nothing_said;
static const char why_short[] = "a label of fewer than five characters: edit, word and subdomain "
				"are not asked of it";

void builder_init(struct builder *b, const struct suffix_list *suffixes)
{
	*b = (struct builder){.suffixes = suffixes, .feed = &nothing_said};
}

void builder_done(struct builder *b)
{
	texts_done(&b->texts);
	free(steal(b->items));
}

const char *builder_text(struct builder *b, const char *text, size_t bytes)
{
	return texts_add(&b->texts, text, bytes);
}

void builder_begin_file(struct builder *b, const struct feed *feed)
{
	b->feed = feed;
	b->file_begin = b->count;
}

/* Where a reason is counted. Lists and overrides bring reasons of their own: those that have no
 * place are counted together, apart by advice. */
static struct import_reason *reason_for(
	struct import_report *report, const char *text, enum indicator_advice advice)
{
	static const char others[] = "other reasons";
	struct import_reason *reason = report->reasons;
	size_t i = 0;

	while (i < report->reason_count &&
		(reason[i].advice != advice || strcmp(reason[i].text, text) != 0))
		i++;
	if (i == report->reason_count && i >= REPORT_REASONS_MAX - ADVICES - 1 && text != others)
		return reason_for(report, others, advice);
	if (i == report->reason_count)
		reason[report->reason_count++] = (struct import_reason){
			.text = text, .advice = advice};
	return &reason[i];
}

/* Cut at the begin of a character of UTF-8, if it is that. */
static struct span cut(struct span said)
{
	size_t bytes = CONTEXT_BYTES_MAX;

	if (said.bytes <= CONTEXT_BYTES_MAX)
		return said;
	while (bytes > CONTEXT_BYTES_MAX - 3 && ((unsigned char)said.at[bytes] & 0xc0) == 0x80)
		bytes--;
	return (struct span){said.at, bytes};
}

static void note_reason(struct import_report *report, uint32_t line, const char *text,
	enum indicator_advice advice, struct span value)
{
	struct import_reason *reason = reason_for(report, text, advice);

	if (reason->count < REPORT_LINES_MAX)
		reason->lines[reason->count] = line;
	reason->count++;
	if (report->on_reason)
		report->on_reason(report->context, line, advice, text, value);
}

static void refuse(
	struct import_report *report, uint32_t line, const char *reason, struct span value)
{
	report->read++;
	report->refused++;
	note_reason(report, line, reason, ADVICE_REFUSE, value);
}

void builder_refuse(struct import_report *report, uint32_t line, const char *reason)
{
	refuse(report, line, reason, (struct span){0});
}

void builder_break(struct import_report *report, uint32_t line, const char *why)
{
	report->broken_line = line;
	report->broken_why = why;
}

int builder_break_copy(
	struct builder *b, struct import_report *report, uint32_t line, const char *why)
{
	const char *copy = builder_text(b, why, strlen(why));

	builder_break(report, line, copy ? copy : "");
	return copy ? 0 : -ENOMEM;
}

/* The first one is kept, cut at the begin of a character. */
static void note_unread(
	struct import_report *report, enum import_unreadable what, uint32_t line, struct span said)
{
	size_t bytes = said.bytes < UNREAD_BYTES ? said.bytes : UNREAD_BYTES - 1;

	if (report->unread[what].count++)
		return;
	while (bytes < said.bytes && bytes && ((unsigned char)said.at[bytes] & 0xc0) == 0x80)
		bytes--;
	memcpy(report->unread[what].text, said.at, bytes);
	report->unread[what].text[bytes] = '\0';
	report->unread[what].line = line;
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
	said = cut(said);
	return said.bytes ? builder_text(b, said.at, said.bytes) : otherwise ? otherwise : "";
}

/* A date that cannot be read is one that is not known, and counted. */
static uint32_t date_of(
	const struct builder *b, struct import_report *report, uint32_t line, struct span said)
{
	uint32_t date = 0;

	said = said.bytes ? span_trim(said) : said;
	if (said.bytes && !date_parse(&date, said.at, said.bytes, b->feed->dates))
		note_unread(report, UNREAD_DATE, line, said);
	return date;
}

/* NULL, or why it cannot be told when it expires, which somebody wanted. */
static const char *set_dates(const struct builder *b, struct import_report *report,
	struct indicator *item, const struct candidate *c)
{
	uint64_t unread = report->unread[UNREAD_DATE].count;
	uint32_t latest;

	item->first_seen = date_of(b, report, c->line, c->first_seen);
	item->last_confirmed = date_of(b, report, c->line, c->last_confirmed);
	item->published = date_of(b, report, c->line, c->published);
	item->expires = date_of(b, report, c->line, c->expires);
	unread = report->unread[UNREAD_DATE].count - unread;
	if (!item->published)
		item->published = b->feed->published;
	latest = item->last_confirmed > item->published ? item->last_confirmed : item->published;
	latest = item->first_seen > latest ? item->first_seen : latest;
	if (!item->expires && b->feed->expires_after_s && latest)
		item->expires = latest > UINT32_MAX - b->feed->expires_after_s
					? UINT32_MAX
					: latest + b->feed->expires_after_s;
	if (item->expires || (!b->feed->expires_after_s && !(unread && c->expires.bytes)))
		return NULL;
	return unread ? "its date cannot be read, from which it would expire"
		      : "it has no date, from which it would expire";
}

/* What makes the advice stricter; the strictest reason is kept. */
static void warn(struct indicator *item, enum indicator_advice advice, const char *why,
	enum indicator_cause cause)
{
	if (advice <= item->advice)
		return;
	item->advice = advice;
	item->why = why;
	item->cause = cause;
}

/* What is refused by its nature, two persons cannot let pass. */
static void decide(struct indicator *item, const struct override *decision)
{
	bool was_held = item->advice > ADVICE_URL_ONLY;

	if (!decision || item->advice == ADVICE_REFUSE ||
		(decision->match && account_is(item->type, item->value)))
		return;
	if (decision->match && item->type == INDICATOR_DOMAIN) {
		if (decision->scope == SCOPE_SUBDOMAINS && item->cause != CAUSE_PUBLIC_SUFFIX)
			item->scope = SCOPE_SUBDOMAINS;
		else if (was_held)
			item->scope = SCOPE_EXACT;
	}
	item->advice = !decision->match              ? ADVICE_REFUSE
		       : item->type == INDICATOR_URL ? ADVICE_URL_ONLY
						     : ADVICE_MATCH;
	item->why = decision->text;
	item->cause = decision->match ? CAUSE_APPROVED : CAUSE_DECLINED;
}

static enum indicator_scope scope_of(struct review review, struct warning warning)
{
	if (review.scope == SCOPE_SUBDOMAINS && (warning.parent || warning.reason))
		return SCOPE_EXACT;
	return review.scope;
}

enum indicator_scope builder_scope(const struct suffix_list *suffixes,
	const struct warninglists *warnings, enum indicator_type type, const char *value)
{
	return scope_of(
		review_value(suffixes, type, value), warninglists_find(warnings, type, value));
}

/* Of names only. What is below a public suffix has many owners, whoever wishes it. */
static void wish(struct indicator *item, enum scope_wish said, enum scope_wish otherwise)
{
	enum scope_wish scope = said ? said : otherwise;

	if (item->type != INDICATOR_DOMAIN || item->cause == CAUSE_PUBLIC_SUFFIX)
		return;
	if (scope == WISH_EXACT)
		item->scope = SCOPE_EXACT;
	else if (scope == WISH_SUBDOMAINS)
		item->scope = SCOPE_SUBDOMAINS;
}

/* Advice and scope: by the value's nature, by lists, by its source, by two persons; in the end by
 * time, which nobody can stop. */
static void judge(const struct builder *b, struct indicator *item, const struct candidate *c,
	struct review review, const char *undated)
{
	bool protects = item->type == INDICATOR_LOOK_ALIKE && b->feed->foreign;
	struct warning warning = warninglists_find(
		b->warnings, protects ? INDICATOR_DOMAIN : item->type, item->value);

	enum indicator_scope scope = scope_of(review, warning);

	item->scope = scope;
	item->advice = review.advice;
	item->why = review.reason;
	item->cause = review.cause;
	wish(item, c->scope, b->feed->scope);
	if (warning.reason)
		warn(item, ADVICE_REVIEW, warning.reason, CAUSE_WARNINGLIST);
	warn(item, c->advice, c->why ? c->why : "its source says so", CAUSE_SOURCE);
	if (c->not_for_detection && b->feed->obey_to_ids)
		warn(item, ADVICE_REVIEW, "its source says it is not for detection (to_ids)",
			CAUSE_NOT_FOR_DETECTION);
	if (undated)
		warn(item, ADVICE_REVIEW, undated, CAUSE_UNDATED);
	decide(item, overrides_find(b->overrides, item->type, item->value));
	item->scope_is_said = item->scope != scope;
	if (b->now && item->expires && item->expires <= b->now)
		warn(item, ADVICE_REVIEW, "it has expired", CAUSE_EXPIRED);
}

/* What is no label is not handed on as one. */
static struct span tlp_of(struct import_report *report, const struct candidate *c)
{
	struct span tlp = c->tlp.bytes ? span_trim(c->tlp) : c->tlp;

	if (!tlp.bytes || said_tlp(tlp))
		return tlp;
	note_unread(report, UNREAD_TLP, c->line, tlp);
	return (struct span){0};
}

/* Those that are techniques, parted by blanks. */
static struct span disarm_of(
	char room[CONTEXT_BYTES_MAX + 1], struct import_report *report, const struct candidate *c)
{
	struct span rest = c->disarm, word;
	size_t used = 0;

	while ((word = said_technique(&rest)).bytes) {
		if (!said_is_technique(word)) {
			note_unread(report, UNREAD_DISARM, c->line, word);
		} else if (used + word.bytes + 1 <= CONTEXT_BYTES_MAX) {
			if (used)
				room[used++] = ' ';
			memcpy(room + used, word.at, word.bytes);
			used += word.bytes;
		}
	}
	return (struct span){room, used};
}

static int set_texts(struct builder *b, struct import_report *report, struct indicator *item,
	const struct candidate *c)
{
	char room[CONTEXT_BYTES_MAX + 1];
	const struct feed *feed = b->feed;
	struct span campaign = feed->campaign ? span_of(feed->campaign) : c->campaign;

	item->campaign = feed->campaign ? feed->campaign
					: text_or(b, campaign, feed->campaign_else);
	item->source = feed->source ? feed->source : text_or(b, c->source, feed->source_else);
	item->source_is_file = feed->source_is_file && item->source == feed->source_else;
	item->campaign_is_file = feed->campaign_is_file && item->campaign == feed->campaign_else;
	item->context = text_or(b, c->context, NULL);
	item->disarm = text_or(b, disarm_of(room, report, c), feed->disarm);
	item->reference = text_or(b, c->reference, feed->reference);
	item->tlp = text_or(b, tlp_of(report, c), feed->tlp);
	item->licence = text_or(b, c->licence, feed->licence);
	return item->campaign && item->source && item->context && item->disarm && item->reference &&
			       item->tlp && item->licence
		       ? 0
		       : -ENOMEM;
}

/* A name that can be protected: what somebody registered, whose label can be compared. *kinds are
 * those that can be asked of it, *note says that some cannot. */
static const char *protect(
	const struct builder *b, struct refanged *value, uint8_t *kinds, const char **note)
{
	struct look_label looks;

	if (value->type != INDICATOR_DOMAIN)
		return "a protected name is a host name";
	if (suffix_is_public(b->suffixes, value->text))
		return "a public suffix cannot be protected";
	if (!suffix_is_registrable(b->suffixes, value->text))
		return "a protected name is what was registered, without what stands before it";
	if (!look_label_read(&looks, (const uint8_t *)value->text, strcspn(value->text, ".")))
		return "a label that cannot be read";
	if (looks.count < LOOK_SHORT) {
		*note = *kinds & ~LOOK_KINDS_SAFE ? why_short : NULL;
		*kinds &= LOOK_KINDS_SAFE;
	}
	if (!*kinds)
		return "of a short label only other suffixes and other characters can be asked";
	value->type = INDICATOR_LOOK_ALIKE;
	return NULL;
}

/* What both kinds have in common; the item is kept. */
static int keep(struct builder *b, struct import_report *report, struct indicator *item,
	const struct candidate *c, struct review review)
{
	const char *undated;

	if (b->count == b->size && grow(b) < 0)
		return -ENOMEM;
	item->role = c->operator_side ? ROLE_OPERATOR_SIDE : b->feed->role;
	item->look.except = c->except.bytes ? c->except.at : "";
	item->confidence = c->confidence ? c->confidence : b->feed->confidence;
	item->line = c->line;
	undated = set_dates(b, report, item, c);
	judge(b, item, c, review, undated);
	if (set_texts(b, report, item, c) < 0)
		return -ENOMEM;
	report->read++;
	b->items[b->count++] = *item;
	return 0;
}

int builder_offer(struct builder *b, struct import_report *report, const struct candidate *c)
{
	struct refanged value;
	const char *why = refang(&value, c->value.at, c->value.bytes, c->column, b->suffixes);
	uint8_t kinds = c->look_kinds;
	const char *note = NULL;
	struct indicator item;
	int r;

	if (!why && kinds)
		why = protect(b, &value, &kinds, &note);
	if (why) {
		refuse(report, c->line, why, cut(c->value));
		return 0;
	}
	item = (struct indicator){.type = value.type,
		.value = builder_text(b, value.text, strlen(value.text)),
		.look = {.suffixes = b->suffixes, .kinds = kinds, .foreign = b->feed->foreign}};
	if (!item.value)
		return -ENOMEM;
	r = keep(b, report, &item, c, review_value(b->suffixes, item.type, item.value));
	if (r == 0 && note && c->look_kinds_said && !b->items[b->count - 1].why)
		b->items[b->count - 1].why = note;
	return r;
}

int builder_offer_signature(struct builder *b, struct import_report *report,
	const struct candidate *c, const struct expression *condition, const char *text)
{
	struct indicator item = {.type = INDICATOR_SIGNATURE,
		.value = builder_text(b, c->value.at, c->value.bytes),
		.expression = builder_text(b, text, strlen(text))};

	if (!item.value || !item.expression)
		return -ENOMEM;
	return keep(b, report, &item, c, expression_review(condition, b->suffixes, b->warnings));
}

static void count_item(struct import_report *report, const struct indicator *item)
{
	if (item->advice == ADVICE_REFUSE || account_is(item->type, item->value))
		report->refused++;
	else if (item->advice == ADVICE_REVIEW || item->advice == ADVICE_NOT_AN_INDICATOR)
		report->reviewed++;
	else
		report->accepted++;
	if (item->why)
		note_reason(report, item->line, item->why, item->advice, span_of(item->value));
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
