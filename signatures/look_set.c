/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/look_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define MULTIPLIER    0x9e3779b97f4a7c15ULL
#define KEYS_PER_WORD 4 /* of the filter */

/* One label that protected names have; those names lie together. */
struct brand {
	const uint8_t *text; /* borrowed, as it was registered */
	uint32_t first, count;
	uint8_t text_bytes;
	uint8_t kinds; /* of any of the names */
	struct look_label looks;
};

struct slot {
	uint32_t tag;
	uint32_t brand; /* its number and one; 0: free */
};

struct look_set {
	struct look_names names;
	const uint8_t *kinds; /* borrowed: of each protected name */
	uint32_t begin;       /* entry of the first one */
	struct brand *brands; /* owned */
	uint32_t brand_count;
	struct slot *slots; /* owned */
	uint32_t mask;
	uint64_t *filter; /* owned */
	uint32_t filter_words;
	unsigned kinds_any;
	uint64_t whole_counts; /* bit n: a brand has n characters */
	uint64_t edit_counts;  /* bit n: what has n characters may be one edit away */
	uint64_t word_counts;  /* bit n: a brand that may stand beside words has n */
	uint64_t powers[LOOK_LABEL_MAX + 1];
};

static uint64_t bit(unsigned n)
{
	return n < 64 ? 1ULL << n : 0;
}

static void sum(struct look_sums *p)
{
	p->sums[0] = 0;
	for (unsigned i = 0; i < p->label.count; i++)
		p->sums[i + 1] = p->sums[i] * MULTIPLIER + p->label.characters[i] + 1;
}

/* Of the characters from begin to end. */
static uint64_t part(
	const struct look_set *s, const struct look_sums *p, unsigned begin, unsigned end)
{
	return p->sums[end] - p->sums[begin] * s->powers[end - begin];
}

/* Of all but one. */
static uint64_t without(const struct look_set *s, const struct look_sums *p, unsigned at)
{
	unsigned rest = p->label.count - at - 1;

	return p->sums[at] * s->powers[rest] + part(s, p, at + 1, p->label.count);
}

static uint64_t key_of(uint64_t sums)
{
	sums ^= sums >> 32;
	sums *= MULTIPLIER;
	return sums ^ sums >> 29;
}

static uint64_t bits_of(uint64_t key)
{
	return 1ULL << (key & 63) | 1ULL << (key >> 6 & 63) | 1ULL << (key >> 12 & 63);
}

static size_t word_of(const struct look_set *s, uint64_t key)
{
	return (key >> 32) * s->filter_words >> 32;
}

static bool one_edit(const struct look_label *a, const struct look_label *b)
{
	const uint32_t *x = a->characters, *y = b->characters;
	unsigned m = a->count, n = b->count;

	for (; m && n && *x == *y; m--, n--)
		x++, y++;
	for (; m && n && x[m - 1] == y[n - 1]; m--, n--)
		;
	if (m + n == 1 || (m == 1 && n == 1))
		return true;
	return m == 2 && n == 2 && x[0] == y[1] && x[1] == y[0];
}

static bool has_at(const struct look_label *whole, const struct look_label *brand, unsigned at)
{
	return memcmp(whole->characters + at, brand->characters,
		       brand->count * sizeof(*brand->characters)) == 0;
}

/* Between hyphens and ends, or at one end with a word at the other. */
static bool beside_word(const struct look_label *whole, const struct look_label *brand)
{
	unsigned rest = whole->count - brand->count;
	const uint32_t *c = whole->characters;

	if (whole->count <= brand->count)
		return false;
	for (unsigned at = 0; at <= rest; at++) {
		if ((at == 0 || c[at - 1] == '-') && (at == rest || c[at + brand->count] == '-') &&
			has_at(whole, brand, at))
			return true;
	}
	return (has_at(whole, brand, 0) && look_word_is(c + brand->count, rest)) ||
	       (has_at(whole, brand, rest) && look_word_is(c, rest));
}

/* How the label that was registered looks like the brand: all kinds that hold. */
static unsigned label_kinds(const struct look_question *q, const struct brand *b)
{
	unsigned kinds = 0;
	struct look_label joined, brand;

	if (q->domain.label_bytes == b->text_bytes && memcmp(q->label, b->text, b->text_bytes) == 0)
		return LOOK_SUFFIX;
	if (b->kinds & LOOK_HOMOGLYPH) {
		look_label_join(&joined, &q->looks.label);
		look_label_join(&brand, &b->looks);
		kinds |= look_label_equal(&joined, &brand) ? LOOK_HOMOGLYPH : 0;
	}
	if (b->kinds & LOOK_EDIT && one_edit(&q->looks.label, &b->looks))
		kinds |= LOOK_EDIT;
	if (b->kinds & LOOK_WORD && beside_word(&q->looks.label, &b->looks))
		kinds |= LOOK_WORD;
	return kinds;
}

static bool is_owned(struct look_question *q)
{
	if (!q->owned_known)
		q->owned = look_names_own(&q->set->names, 0, q->name, q->bytes);
	q->owned_known = true;
	return q->owned;
}

/* It is one of the exceptions of a protected name; those that follow one another mostly share
 * these. */
static bool is_excepted(struct look_question *q, uint32_t number)
{
	unsigned set = look_section_set(&q->set->names.section, number);

	if (set && set != q->set_asked)
		q->set_owned = look_names_own(&q->set->names, set, q->name, q->bytes);
	if (set)
		q->set_asked = set;
	return set && q->set_owned;
}

static void add_names(struct look_question *q, const struct brand *b, unsigned kinds)
{
	for (uint32_t i = b->first; i < b->first + b->count; i++) {
		if (!(q->set->kinds[i] & kinds) || q->is_found[i / 64] >> i % 64 & 1 ||
			is_excepted(q, i))
			continue;
		q->is_found[i / 64] |= 1ULL << i % 64;
		q->found[q->count++] = q->set->begin + i;
	}
}

/* `label`: of a sub-domain; NULL: of what was registered. */
static void compare(struct look_question *q, const struct brand *b, const struct look_label *label)
{
	unsigned kinds;

	if (label)
		kinds = look_label_equal(label, &b->looks) ? LOOK_SUBDOMAIN : 0;
	else
		kinds = label_kinds(q, b);
	if (kinds & b->kinds && !is_owned(q))
		add_names(q, b, kinds);
}

/* Apart from what asks the filter, which is asked for every name. */
__attribute__((noinline)) static void look_up(
	struct look_question *q, uint64_t key, const struct look_label *label)
{
	const struct look_set *s = q->set;

	for (uint32_t step = 0; step < LOOK_STEPS_MAX; step++) {
		const struct slot *slot = &s->slots[(key + step) & s->mask];

		if (!slot->brand)
			return;
		if (slot->tag == (uint32_t)(key >> 32))
			compare(q, &s->brands[slot->brand - 1], label);
	}
}

static inline void probe(struct look_question *q, uint64_t sums, const struct look_label *label)
{
	uint64_t key = key_of(sums), bits = bits_of(key);

	if ((q->set->filter[word_of(q->set, key)] & bits) == bits)
		look_up(q, key, label);
}

static void probe_edits(struct look_question *q)
{
	const uint32_t *c = q->looks.label.characters;

	if (!(q->set->edit_counts & bit(q->looks.label.count)))
		return;
	for (unsigned i = 0; i < q->looks.label.count; i++) {
		if (i == 0 || c[i] != c[i - 1])
			probe(q, without(q->set, &q->looks, i), NULL);
	}
}

/* Parts between hyphens. */
static void probe_hyphens(struct look_question *q)
{
	unsigned ends[LOOK_LABEL_MAX + 2], count = 0;

	ends[count++] = 0;
	for (unsigned i = 0; i < q->looks.label.count; i++) {
		if (q->looks.label.characters[i] == '-')
			ends[count++] = i + 1;
	}
	ends[count] = q->looks.label.count + 1;
	for (unsigned first = 0; first < count; first++) {
		for (unsigned last = first + 1; last <= count; last++) {
			unsigned begin = ends[first], end = ends[last] - 1;

			if (end > begin && q->set->word_counts & bit(end - begin))
				probe(q, part(q->set, &q->looks, begin, end), NULL);
		}
	}
}

static void probe_words(struct look_question *q)
{
	unsigned count = q->looks.label.count;

	for (unsigned word = LOOK_WORD_MIN; word <= LOOK_WORD_MAX && word < count; word++) {
		if (!(q->set->word_counts & bit(count - word)))
			continue;
		probe(q, part(q->set, &q->looks, 0, count - word), NULL);
		probe(q, part(q->set, &q->looks, word, count), NULL);
	}
	if (memchr(q->label, '-', q->domain.label_bytes))
		probe_hyphens(q);
}

static void probe_joined(struct look_question *q)
{
	if (!look_label_joins(&q->looks.label))
		return;
	look_label_join(&q->other.label, &q->looks.label);
	sum(&q->other);
	probe(q, q->other.sums[q->other.label.count], NULL);
}

static void probe_label(struct look_question *q)
{
	const struct look_set *s = q->set;
	unsigned count;

	if (!look_label_read(&q->looks.label, q->label, q->domain.label_bytes))
		return;
	count = q->looks.label.count;
	sum(&q->looks);
	if ((s->whole_counts | s->edit_counts) & bit(count))
		probe(q, q->looks.sums[count], NULL);
	probe_edits(q);
	if (s->kinds_any & LOOK_WORD)
		probe_words(q);
	if (s->kinds_any & LOOK_HOMOGLYPH)
		probe_joined(q);
}

/* The labels before what was registered. */
static void probe_subdomains(struct look_question *q)
{
	size_t begin = q->domain.begin;
	struct look_label *label = &q->other.label;

	while (begin) {
		size_t end = begin - 1;

		for (begin = end; begin && q->name[begin - 1] != '.';)
			begin--;
		if (!look_label_read(label, q->name + begin, end - begin) ||
			!(q->set->whole_counts & bit(label->count)))
			continue;
		sum(&q->other);
		probe(q, q->other.sums[label->count], label);
	}
}

static bool ask(
	struct look_question *q, const struct look_set *s, const uint8_t *name, size_t bytes)
{
	if (!s || !look_names_domain(&s->names, name, bytes, &q->domain))
		return false;
	q->set = s;
	q->name = name;
	q->bytes = bytes;
	q->label = name + q->domain.begin;
	q->owned_known = false;
	q->set_asked = 0;
	q->count = 0;
	return true;
}

unsigned look_set_find(const struct look_set *s, struct look_question *q, const uint8_t *name,
	size_t bytes, uint32_t *ret_indices)
{
	if (!ask(q, s, name, bytes))
		return 0;
	q->found = ret_indices;
	probe_label(q);
	if (s->kinds_any & LOOK_SUBDOMAIN)
		probe_subdomains(q);
	for (unsigned i = 0; i < q->count; i++)
		q->is_found[(q->found[i] - s->begin) / 64] = 0;
	return q->count;
}

static bool has_subdomain(const struct look_question *q, const struct look_label *looks)
{
	struct look_label label;
	size_t begin = q->domain.begin;

	while (begin) {
		size_t end = begin - 1;

		for (begin = end; begin && q->name[begin - 1] != '.';)
			begin--;
		if (look_label_read(&label, q->name + begin, end - begin) &&
			look_label_equal(&label, looks))
			return true;
	}
	return false;
}

static const struct brand *brand_of(const struct look_set *s, uint32_t number)
{
	uint32_t begin = 0, end = s->brand_count;

	while (end - begin > 1) {
		uint32_t middle = begin + (end - begin) / 2;

		if (s->brands[middle].first <= number)
			begin = middle;
		else
			end = middle;
	}
	return &s->brands[begin];
}

bool look_set_tell(const struct look_set *s, struct look_question *q, uint32_t index,
	const uint8_t *name, size_t bytes, struct look_alike *ret)
{
	const struct brand *b;
	unsigned kinds = 0;

	if (!ask(q, s, name, bytes) || is_owned(q) || is_excepted(q, index - s->begin))
		return false;
	b = brand_of(s, index - s->begin);
	if (look_label_read(&q->looks.label, q->label, q->domain.label_bytes))
		kinds = label_kinds(q, b);
	kinds |= has_subdomain(q, &b->looks) ? LOOK_SUBDOMAIN : 0;
	kinds &= s->kinds[index - s->begin];
	if (!kinds)
		return false;
	ret->kind = look_kind_first(kinds);
	ret->domain_bytes = bytes - q->domain.begin;
	memcpy(ret->domain, q->label, ret->domain_bytes);
	return true;
}

/* False when the way to a free place is longer than may be. */
static bool add_key(struct look_set *s, uint64_t sums, uint32_t brand)
{
	uint64_t key = key_of(sums);
	uint32_t at = (uint32_t)key & s->mask;

	s->filter[word_of(s, key)] |= bits_of(key);
	for (unsigned step = 0; step < LOOK_STEPS_MAX; step++, at = (at + 1) & s->mask) {
		struct slot *slot = &s->slots[at];

		if (!slot->brand) {
			*slot = (struct slot){(uint32_t)(key >> 32), brand + 1};
			return true;
		}
		if (slot->brand == brand + 1 && slot->tag == (uint32_t)(key >> 32))
			return true;
	}
	return false;
}

static bool add_brand(struct look_set *s, uint32_t number)
{
	const struct brand *b = &s->brands[number];
	struct look_sums p = {.label = b->looks};
	bool good;

	sum(&p);
	good = add_key(s, p.sums[b->looks.count], number);
	for (unsigned i = 0; good && b->kinds & LOOK_EDIT && i < b->looks.count; i++)
		good = add_key(s, without(s, &p, i), number);
	look_label_join(&p.label, &b->looks);
	sum(&p);
	good = good && add_key(s, p.sums[p.label.count], number);
	s->kinds_any |= b->kinds;
	s->whole_counts |= bit(b->looks.count) | bit(p.label.count);
	if (b->kinds & LOOK_EDIT)
		s->edit_counts |= bit(b->looks.count - 1) | bit(b->looks.count) |
				  bit(b->looks.count + 1);
	if (b->kinds & LOOK_WORD)
		s->word_counts |= bit(b->looks.count);
	return good;
}

/* Labels each once: protected names of one label follow one another. Returns how many keys they may
 * have. */
static size_t collect(struct look_set *s, const struct sigdb_view *view, size_t count)
{
	struct brand *b = NULL;
	size_t keys = 0;

	for (size_t i = 0; i < count; i++) {
		const char *value = sigdb_value(view, s->begin + i);
		size_t bytes = strcspn(value, ".");

		if (!b || b->text_bytes != bytes || memcmp(b->text, value, bytes) != 0) {
			b = &s->brands[s->brand_count++];
			*b = (struct brand){.text = (const uint8_t *)value,
				.first = (uint32_t)i,
				.text_bytes = (uint8_t)bytes};
			(void)look_label_read(&b->looks, b->text, bytes);
			keys += b->looks.count + 2;
		}
		b->count++;
		b->kinds |= s->kinds[i];
	}
	return keys;
}

static int build(
	struct look_set *s, const struct sigdb_view *view, size_t count, size_t *ret_crowded)
{
	size_t size = 4, keys;

	s->powers[0] = 1;
	for (unsigned i = 0; i < LOOK_LABEL_MAX; i++)
		s->powers[i + 1] = s->powers[i] * MULTIPLIER;
	s->brands = calloc(count, sizeof(*s->brands));
	if (!s->brands)
		return -ENOMEM;
	keys = collect(s, view, count);
	while (size < 2 * keys)
		size *= 2;
	s->mask = (uint32_t)size - 1;
	s->filter_words = (uint32_t)(keys / KEYS_PER_WORD + 1);
	s->slots = calloc(size, sizeof(*s->slots));
	s->filter = calloc(s->filter_words, sizeof(*s->filter));
	if (!s->slots || !s->filter)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->brand_count; i++) {
		if (add_brand(s, i))
			continue;
		*ret_crowded = s->begin + s->brands[i].first;
		return -E2BIG;
	}
	return 0;
}

int look_set_new(struct look_set **ret, const struct sigdb_view *view,
	const struct look_section *section, size_t begin, size_t *ret_crowded)
{
	struct look_set *s;
	int r;

	if (!section->count) {
		*ret = NULL;
		return 0;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->begin = (uint32_t)begin;
	s->kinds = section->kinds;
	r = look_names_init(&s->names, section);
	if (r == 0)
		r = build(s, view, section->count, ret_crowded);
	if (r < 0) {
		look_set_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void look_set_free(struct look_set *s)
{
	if (!s)
		return;
	look_names_done(&s->names);
	free(s->brands);
	free(s->slots);
	free(s->filter);
	free(s);
}
