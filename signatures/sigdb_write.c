/* SPDX-License-Identifier: Apache-2.0 */
/* Indicators into the file that sigdb_format.h describes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/siphash.h"
#include "signatures/conditions.h"
#include "signatures/look_section.h"
#include "signatures/name_set.h"
#include "signatures/review.h"
#include "signatures/sigdb.h"
#include "signatures/sigdb_format.h"

#define SECTIONS_MAX 8
#define AHEAD        8 /* indicators that are waited for at a time */

/* Indicators in the order of the file. */
struct sorted {
	const struct indicator *items;
	size_t *order; /* owned */
	size_t count;
};

static void sorted_done(struct sorted *s)
{
	free(s->order);
}

static const struct indicator *sorted_get(const struct sorted *s, size_t index)
{
	return &s->items[s->order[index]];
}

/* On the way from front to back, which goes to and fro in memory. */
static const struct indicator *sorted_next(const struct sorted *s, size_t index)
{
	if (index + (size_t)2 * AHEAD < s->count) {
		__builtin_prefetch(sorted_get(s, index + (size_t)2 * AHEAD));
		__builtin_prefetch(sorted_get(s, index + AHEAD)->value);
	}
	return sorted_get(s, index);
}

static int sorted_init(struct sorted *s, const struct indicator *items, size_t count)
{
	int r = indicator_sort(items, count, &s->order);
	size_t kept = 0;

	s->items = items;
	for (size_t i = 0; r == 0 && i < count; i++) {
		if (!kept || indicator_compare(sorted_get(s, kept - 1), sorted_get(s, i)) != 0)
			s->order[kept++] = s->order[i];
	}
	s->count = kept;
	return r;
}

/* Of the items, which of one type lie together. */
struct range {
	size_t begin, end;
};

static struct range of_type(const struct sorted *s, enum indicator_type type)
{
	struct range r = {0, 0};

	for (size_t i = 0; i < s->count; i++) {
		r.begin += sorted_get(s, i)->type < type;
		r.end += sorted_get(s, i)->type <= type;
	}
	return r;
}

struct why { /* it cannot be written */
	char *text;
	size_t size;
};

/* What is known about an indicator; without gaps, so that it can be hashed as it lies. */
struct about {
	const char *texts[SIGDB_ABOUT_TEXTS]; /* in the order of the file */
	uint32_t numbers[6];                  /* confidence; the four times; zero */
};

/* Each different one once, in the order of what they say. */
struct abouts {
	struct about *different; /* owned */
	uint32_t *of;            /* owned: number of the one of each indicator */
	size_t count;
};

static void abouts_done(struct abouts *a)
{
	free(a->of);
	free(a->different);
}

static struct about about_of(const struct indicator *i)
{
	return (struct about){
		{i->campaign, i->source, i->context, i->disarm, i->reference, i->tlp, i->licence},
		{i->confidence, i->first_seen, i->last_confirmed, i->expires, i->published}};
}

static int compare_abouts(const void *a, const void *b)
{
	const struct about *x = a, *y = b;

	for (size_t i = 0; i < SIGDB_ABOUT_TEXTS; i++) {
		int order = x->texts[i] == y->texts[i] ? 0 : strcmp(x->texts[i], y->texts[i]);

		if (order)
			return order;
	}
	for (size_t i = 0; i < ARRAY_LEN(x->numbers); i++) {
		if (x->numbers[i] != y->numbers[i])
			return x->numbers[i] < y->numbers[i] ? -1 : 1;
	}
	return 0;
}

/* Numbers of those seen so far by where their texts lie: mostly these are the same ones of a few
 * feeds, so that few are left to be compared. */
struct seen {
	uint32_t *slots; /* owned: number and one, 0: free */
	size_t mask;
};

static void seen_done(struct seen *s)
{
	free(s->slots);
}

static int seen_init(struct seen *s, size_t count_max)
{
	size_t size = 2;

	while (size < 2 * count_max)
		size *= 2;
	*s = (struct seen){calloc(size, sizeof(*s->slots)), size - 1};
	return s->slots ? 0 : -ENOMEM;
}

static uint32_t seen_number(struct seen *s, struct abouts *a, const struct about *wanted)
{
	const struct siphash_key key = {0};
	size_t at = siphash13(&key, wanted, sizeof(*wanted)) & s->mask;

	while (s->slots[at] &&
		memcmp(&a->different[s->slots[at] - 1], wanted, sizeof(*wanted)) != 0)
		at = (at + 1) & s->mask;
	if (!s->slots[at]) {
		a->different[a->count++] = *wanted;
		s->slots[at] = (uint32_t)a->count;
	}
	return s->slots[at] - 1;
}

/* Sorts them, and of those that say the same keeps one. */
static int abouts_sort(struct abouts *a, size_t item_count)
{
	_cleanup_(free_ptr) struct about *before = calloc(a->count + 1, sizeof(*before));
	size_t count = 0;

	if (!before)
		return -ENOMEM;
	memcpy(before, a->different, a->count * sizeof(*before));
	if (a->count)
		qsort(a->different, a->count, sizeof(*a->different), compare_abouts);
	for (size_t i = 0; i < a->count; i++) {
		if (!count || compare_abouts(&a->different[count - 1], &a->different[i]) != 0)
			a->different[count++] = a->different[i];
	}
	a->count = count;
	for (size_t i = 0; i < item_count; i++) {
		const struct about *found = bsearch(&before[a->of[i]], a->different, count,
			sizeof(*a->different), compare_abouts);

		a->of[i] = (uint32_t)(found - a->different);
	}
	return 0;
}

static int abouts_init(struct abouts *a, const struct sorted *items)
{
	_cleanup_(seen_done) struct seen seen = {0};
	int r = seen_init(&seen, items->count);

	*a = (struct abouts){.different = calloc(items->count + 1, sizeof(*a->different)),
		.of = calloc(items->count + 1, sizeof(*a->of))};
	if (r < 0 || !a->different || !a->of)
		return -ENOMEM;
	for (size_t i = 0; i < items->count; i++) {
		struct about about = about_of(sorted_next(items, i));

		a->of[i] = seen_number(&seen, a, &about);
	}
	return abouts_sort(a, items->count);
}

/* The texts of these, each once. */
struct texts {
	const char **sorted; /* owned, not the texts */
	uint32_t *offsets;   /* owned */
	size_t count;
	size_t bytes; /* of the section so far */
};

static void texts_done(struct texts *t)
{
	free(t->sorted);
	free(t->offsets);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int texts_sort(struct texts *t, size_t count)
{
	if (count)
		qsort(t->sorted, count, sizeof(*t->sorted), compare_texts);
	for (size_t i = 0; i < count; i++) {
		if (t->count && strcmp(t->sorted[t->count - 1], t->sorted[i]) == 0)
			continue;
		t->sorted[t->count] = t->sorted[i];
		t->offsets[t->count++] = (uint32_t)t->bytes;
		t->bytes += strlen(t->sorted[i]) + 1;
		if (t->bytes > SIGDB_BYTES_MAX)
			return -EFBIG;
	}
	return 0;
}

static int texts_init(struct texts *t, const struct abouts *abouts)
{
	size_t count = abouts->count * SIGDB_ABOUT_TEXTS;

	*t = (struct texts){calloc(count + 1, sizeof(*t->sorted)),
		calloc(count + 1, sizeof(*t->offsets)), 0, SIGDB_SLACK_BYTES};
	if (!t->sorted || !t->offsets)
		return -ENOMEM;
	for (size_t i = 0; i < abouts->count; i++)
		memcpy(t->sorted + i * SIGDB_ABOUT_TEXTS, abouts->different[i].texts,
			sizeof(abouts->different[i].texts));
	return texts_sort(t, count);
}

static uint32_t texts_offset(const struct texts *t, const char *text)
{
	const char **found = bsearch(&text, t->sorted, t->count, sizeof(*t->sorted), compare_texts);

	return t->offsets[found - t->sorted];
}

/* The sections, in the order of the file. */
struct file {
	struct section {
		enum sigdb_section_id id;
		uint8_t *octets; /* owned */
		size_t bytes;
	} sections[SECTIONS_MAX];
	size_t count;
};

static void file_done(struct file *f)
{
	for (size_t i = 0; i < SECTIONS_MAX; i++)
		free(f->sections[i].octets);
}

static int section_new(struct section *s, enum sigdb_section_id id, size_t bytes)
{
	if (bytes > SIGDB_BYTES_MAX)
		return -EFBIG;
	*s = (struct section){id, calloc(1, bytes + 1), bytes};
	return s->octets ? 0 : -ENOMEM;
}

static uint8_t *put_about(uint8_t *to, const struct about *about, const struct texts *texts)
{
	to[0] = (uint8_t)about->numbers[0];
	to += 4;
	for (size_t i = 0; i < SIGDB_ABOUT_TEXTS; i++)
		to = sigdb_put_u32(to, texts_offset(texts, about->texts[i]));
	for (size_t i = 1; i <= 4; i++)
		to = sigdb_put_u32(to, about->numbers[i]);
	return to;
}

static int make_abouts(struct file *f, const struct abouts *abouts, const struct texts *texts)
{
	struct section *s = &f->sections[1];
	int r = section_new(s, SECTION_ABOUTS, abouts->count * SIGDB_ABOUT_BYTES);
	uint8_t *to = s->octets;

	for (size_t i = 0; r == 0 && i < abouts->count; i++)
		to = put_about(to, &abouts->different[i], texts);
	return r;
}

static size_t text_bytes(const struct indicator *i)
{
	size_t bytes = strlen(i->value) + 1;

	return i->type == INDICATOR_SIGNATURE ? bytes + strlen(i->expression) + 1 : bytes;
}

/* First what the sets have, then the values in the order of the entries: who goes through all
 * entries reads them from front to back. A signature's condition stands behind its value, even
 * where others have the same: a reader allows for no text that is used twice. */
static int make_entries(struct file *f, const struct sorted *items, const struct abouts *abouts,
	const struct texts *texts)
{
	struct section *entries = &f->sections[0], *s = &f->sections[2];
	size_t bytes = texts->bytes;
	uint8_t *to;
	int r;

	for (size_t i = 0; i < items->count; i++)
		bytes += text_bytes(sorted_next(items, i));
	r = section_new(s, SECTION_TEXTS, bytes);
	if (r == 0)
		r = section_new(entries, SECTION_ENTRIES, items->count * SIGDB_ENTRY_BYTES);
	if (r < 0)
		return r;
	for (size_t i = 0; i < texts->count; i++)
		memcpy(s->octets + texts->offsets[i], texts->sorted[i],
			strlen(texts->sorted[i]) + 1);
	bytes = texts->bytes;
	to = entries->octets;
	for (size_t i = 0; i < items->count; i++) {
		const struct indicator *item = sorted_next(items, i);
		size_t value_bytes = strlen(item->value) + 1;

		*to++ = (uint8_t)item->type;
		*to++ = (uint8_t)item->role;
		*to++ = (uint8_t)item->scope;
		*to++ = (uint8_t)item->advice;
		to = sigdb_put_u32(sigdb_put_u32(to, bytes), item->line);
		to = sigdb_put_u32(to, abouts->of[i]);
		memcpy(s->octets + bytes, item->value, value_bytes);
		bytes += text_bytes(item);
		if (item->type == INDICATOR_SIGNATURE)
			memcpy(s->octets + bytes - strlen(item->expression) - 1, item->expression,
				strlen(item->expression));
	}
	return 0;
}

static int make_names(struct file *f, const struct sorted *items)
{
	struct section *s = &f->sections[3];
	struct sigdb_view view = {.entries = f->sections[0].octets,
		.count = items->count,
		.texts = (const char *)f->sections[2].octets,
		.text_bytes = f->sections[2].bytes};

	s->id = SECTION_NAMES;
	return name_set_write(&view, of_type(items, INDICATOR_DOMAIN).end, &s->octets, &s->bytes);
}

static int make_stamp(struct file *f, const struct sigdb_stamp *stamp)
{
	struct section *s = &f->sections[f->count];
	int r = 0;

	if (!stamp->number && !stamp->created)
		return 0;
	r = section_new(s, SECTION_STAMP, SIGDB_STAMP_BYTES);
	if (r < 0)
		return r;
	(void)sigdb_put_u64(sigdb_put_u64(s->octets, stamp->number), stamp->created);
	f->count++;
	return 0;
}

/* Only where there are protected names. */
static int make_looks(struct file *f, const struct sorted *items)
{
	struct range of = of_type(items, INDICATOR_LOOK_ALIKE);
	_cleanup_(free_ptr)
		const struct indicator **looks = calloc(items->count + 1, sizeof(void *));
	struct section *s = &f->sections[f->count];
	size_t count = 0;
	int r;

	if (!looks || of.begin == of.end)
		return looks ? 0 : -ENOMEM;
	while (of.begin < of.end)
		looks[count++] = sorted_get(items, of.begin++);
	s->id = SECTION_LOOKS;
	r = look_section_write(looks, count, &s->octets, &s->bytes);
	f->count += r == 0;
	return r;
}

static int make_expressions(struct file *f, const struct range *signatures)
{
	const struct sigdb_view view = {
		.entries = f->sections[0].octets, .texts = (const char *)f->sections[2].octets};
	struct section *s = &f->sections[f->count];
	size_t count = signatures->end - signatures->begin;
	int r = count ? section_new(s, SECTION_EXPRESSIONS, count * SIGDB_EXPRESSION_BYTES) : 0;
	uint8_t *to = s->octets;

	for (size_t i = signatures->begin; r == 0 && i < signatures->end; i++)
		to = sigdb_put_u32(
			to, sigdb_value_offset(&view, i) + strlen(sigdb_value(&view, i)) + 1);
	f->count += r == 0 && count;
	return r;
}

static struct indicator get(const void *context, size_t index)
{
	return *sorted_get(context, index);
}

/* What a probe would else have to compile whenever it starts. */
static int make_patterns(
	struct file *f, const struct sorted *items, const struct range *signatures, struct why *why)
{
	struct range agents = of_type(items, INDICATOR_UA_PATTERN);
	struct indicator_source source = {
		get, items, agents.begin, agents.end, signatures->begin, signatures->end};
	struct section *s = &f->sections[f->count];
	struct conditions *c = NULL;
	int r = conditions_new(&c, &source, NULL, why->text, why->size);

	if (r == -EINVAL)
		return -ENOTSUP; /* why is told */
	if (r == 0)
		r = conditions_write(c, &s->octets, &s->bytes);
	conditions_free(c);
	s->id = SECTION_PATTERNS;
	f->count += r == 0 && s->octets;
	return r;
}

static int make_sections(struct file *f, const struct sorted *items, struct why *why)
{
	_cleanup_(abouts_done) struct abouts abouts = {0};
	_cleanup_(texts_done) struct texts texts = {0};
	struct range signatures = of_type(items, INDICATOR_SIGNATURE);
	int r = abouts_init(&abouts, items);

	if (r == 0)
		r = texts_init(&texts, &abouts);
	if (r == 0)
		r = make_abouts(f, &abouts, &texts);
	if (r == 0)
		r = make_entries(f, items, &abouts, &texts);
	if (r == 0)
		r = make_names(f, items);
	f->count = 4;
	if (r == 0)
		r = make_looks(f, items);
	if (r == 0)
		r = make_expressions(f, &signatures);
	return r == 0 ? make_patterns(f, items, &signatures, why) : r;
}

static size_t aligned(size_t bytes)
{
	return (bytes + SIGDB_ALIGN - 1) / SIGDB_ALIGN * SIGDB_ALIGN;
}

/* Room for a signature begins where what is summed ends, and is the last one. */
static int encode(uint8_t **ret, size_t *ret_bytes, const struct file *f, bool to_be_signed)
{
	size_t rows = f->count + to_be_signed;
	size_t bytes = SIGDB_HEADER_BYTES + rows * SIGDB_TABLE_ROW_BYTES, at, summed;
	uint8_t *file, *to;

	for (size_t i = 0; i < f->count; i++)
		bytes = aligned(bytes) + f->sections[i].bytes;
	summed = to_be_signed ? aligned(bytes) : bytes;
	bytes = to_be_signed ? summed + SIGDB_SIGNATURE_BYTES : bytes;
	file = bytes <= SIGDB_BYTES_MAX ? calloc(1, bytes) : NULL;
	if (!file)
		return bytes <= SIGDB_BYTES_MAX ? -ENOMEM : -EFBIG;
	memcpy(file, SIGDB_MAGIC, 8);
	(void)sigdb_put_u32(file + 8, SIGDB_FORMAT);
	to = sigdb_put_u64(file + SIGDB_SUMMED_OFFSET, summed);
	(void)sigdb_put_u32(to, rows);
	to = file + SIGDB_HEADER_BYTES;
	at = SIGDB_HEADER_BYTES + rows * SIGDB_TABLE_ROW_BYTES;
	for (size_t i = 0; i < f->count; i++) {
		const struct section *s = &f->sections[i];

		at = aligned(at);
		to = sigdb_put_u32(sigdb_put_u32(to, s->id), 0);
		to = sigdb_put_u64(sigdb_put_u64(to, at), s->bytes);
		if (s->bytes)
			memcpy(file + at, s->octets, s->bytes);
		at += s->bytes;
	}
	if (to_be_signed)
		(void)sigdb_put_u64(
			sigdb_put_u64(
				sigdb_put_u32(sigdb_put_u32(to, SECTION_SIGNATURE), 0), summed),
			SIGDB_SIGNATURE_BYTES);
	crypto_sha256(
		file + SIGDB_SUM_OFFSET, file + SIGDB_SUMMED_OFFSET, summed - SIGDB_SUMMED_OFFSET);
	*ret = file;
	*ret_bytes = bytes;
	return 0;
}

static int write_items(int fd, const struct indicator *items, size_t count,
	const struct sigdb_stamp *stamp, struct why *why)
{
	_cleanup_(sorted_done) struct sorted sorted = {0};
	_cleanup_(file_done) struct file sections = {0};
	_cleanup_(free_ptr) uint8_t *file = NULL;
	size_t bytes = 0;
	int r = sorted_init(&sorted, items, count);

	if (r == 0)
		r = make_sections(&sections, &sorted, why);
	if (r == 0)
		r = make_stamp(&sections, stamp);
	if (r == 0)
		r = encode(&file, &bytes, &sections, stamp->to_be_signed);
	return r == 0 ? file_write_all(fd, file, bytes) : r;
}

int sigdb_write_to(int fd, const struct indicator *indicators, size_t count,
	const struct sigdb_stamp *stamp, char *ret_error, size_t error_size)
{
	struct why why = {ret_error, error_size};
	int r;

	for (size_t i = 0; i < count; i++) {
		if (review_passes(indicators[i].advice) &&
			(indicators[i].type != INDICATOR_SIGNATURE || indicators[i].expression))
			continue;
		snprintf(ret_error, error_size, "%s: advice %s does not go into a database",
			indicators[i].value, indicator_advice_name(indicators[i].advice));
		return -EINVAL;
	}
	r = write_items(fd, indicators, count, stamp, &why);
	if (r == -EINVAL)
		snprintf(ret_error, error_size, "a domain is not in its normal form");
	else if (r == -ENODATA)
		snprintf(ret_error, error_size,
			"protected names need the text of the Public Suffix List: install "
			"publicsuffix, or name one with --suffixes");
	else if (r == -E2BIG)
		snprintf(ret_error, error_size, "more than %d protected names", LOOK_PROTECTED_MAX);
	else if (r < 0 && r != -ENOTSUP) /* which has been told */
		snprintf(ret_error, error_size, "%s", strerror(-r));
	return r;
}

int sigdb_write(const char *path, const struct indicator *indicators, size_t count, char *ret_error,
	size_t error_size)
{
	const struct sigdb_stamp none = {0};
	struct file_new file;
	char error[256];
	int r = file_new_begin(&file, path);

	if (r == -EEXIST)
		snprintf(error, sizeof(error),
			"is no regular file: name one, or a place where none is");
	else if (r < 0)
		snprintf(error, sizeof(error), "%s", strerror(-r));
	if (r == 0) {
		r = sigdb_write_to(file.fd, indicators, count, &none, error, sizeof(error));
		if (r < 0)
			file_new_drop(&file);
		else if ((r = file_new_finish(&file, path, 0644)) < 0)
			snprintf(error, sizeof(error), "%s", strerror(-r));
	}
	if (r < 0)
		snprintf(ret_error, error_size, "%s: %s", path, error);
	return r;
}
