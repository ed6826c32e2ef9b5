/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/look_naive.h"

#include <string.h>

#include "base/cleanup.h"

#define LABELS_MAX 256

struct labels {
	const uint8_t *name;
	size_t bytes, begins[LABELS_MAX];
	unsigned count;
};

static void split(struct labels *l, const uint8_t *name, size_t bytes)
{
	*l = (struct labels){.name = name, .bytes = bytes, .count = 1};
	for (size_t i = 0; i < bytes; i++) {
		if (name[i] == '.')
			l->begins[l->count++] = i + 1;
	}
}

/* What the section says of the last `count` labels, among exceptions or for all. */
static unsigned what_of(
	const struct look_section *s, const struct labels *l, unsigned count, unsigned set)
{
	size_t begin = l->begins[l->count - count], bytes = l->bytes - begin, at = 0;
	struct look_name_at there;

	while (look_section_next(s, &at, &there)) {
		if (there.set == set && there.bytes == bytes &&
			memcmp(there.text, l->name + begin, bytes) == 0)
			return there.what;
	}
	return 0;
}

/* Labels of the public suffix, by the algorithm of publicsuffix.org. */
static unsigned suffix_labels(const struct look_section *s, const struct labels *l)
{
	unsigned longest = 1;

	for (unsigned count = 1; count <= l->count; count++) {
		unsigned what = what_of(s, l, count, 0);

		if (what & LOOK_RULE_NOT)
			return count - 1;
		if (what & LOOK_RULE)
			longest = count;
		if (what & LOOK_RULE_BELOW && count < l->count)
			longest = count + 1;
	}
	return longest;
}

static bool is_own(const struct look_section *s, const struct labels *l, unsigned set)
{
	for (unsigned count = 1; count <= l->count; count++) {
		if (what_of(s, l, count, set) & LOOK_OWN)
			return true;
	}
	return false;
}

/* Damerau and Levenshtein, neighbours swapped and not edited again. */
static unsigned distance(const struct look_label *a, const struct look_label *b)
{
	uint8_t d[LOOK_LABEL_MAX + 1][LOOK_LABEL_MAX + 1];
	const uint32_t *x = a->characters, *y = b->characters;

	for (unsigned i = 0; i <= a->count; i++) {
		for (unsigned j = 0; j <= b->count; j++) {
			unsigned least = i > j ? i : j;

			if (i && j) {
				unsigned other = x[i - 1] != y[j - 1];

				least = d[i - 1][j - 1] + other;
				least = d[i - 1][j] + 1u < least ? d[i - 1][j] + 1u : least;
				least = d[i][j - 1] + 1u < least ? d[i][j - 1] + 1u : least;
			}
			if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1] &&
				d[i - 2][j - 2] + 1u < least)
				least = d[i - 2][j - 2] + 1u;
			d[i][j] = (uint8_t)least;
		}
	}
	return d[a->count][b->count];
}

static struct look_label cut(const struct look_label *label, unsigned begin, unsigned end)
{
	struct look_label part = {.count = end - begin};

	for (unsigned i = begin; i < end; i++)
		part.characters[i - begin] = label->characters[i];
	return part;
}

/* Every way to cut it into something, as much as the brand has, and something. */
static bool has_word(const struct look_label *label, const struct look_label *brand)
{
	const uint32_t *c = label->characters;
	unsigned n = label->count;

	for (unsigned begin = 0; begin + brand->count <= n; begin++) {
		unsigned end = begin + brand->count;
		struct look_label part = cut(label, begin, end);
		bool open = begin == 0, closed = end == n;

		if ((open && closed) || !look_label_equal(&part, brand))
			continue;
		if ((open || c[begin - 1] == '-') && (closed || c[end] == '-'))
			return true;
		if ((open && look_word_is(c + end, n - end)) || (closed && look_word_is(c, begin)))
			return true;
	}
	return false;
}

static unsigned label_kinds(const char *value, const uint8_t *label, size_t bytes)
{
	struct look_label looks, brand, joined, brand_joined;
	size_t value_bytes = strcspn(value, ".");
	unsigned kinds = 0;

	if (value_bytes == bytes && memcmp(value, label, bytes) == 0)
		return LOOK_SUFFIX;
	if (!look_label_read(&looks, label, bytes) ||
		!look_label_read(&brand, (const uint8_t *)value, value_bytes))
		return 0;
	look_label_join(&joined, &looks);
	look_label_join(&brand_joined, &brand);
	if (look_label_equal(&joined, &brand_joined))
		kinds |= LOOK_HOMOGLYPH;
	if (distance(&looks, &brand) == 1)
		kinds |= LOOK_EDIT;
	if (has_word(&looks, &brand))
		kinds |= LOOK_WORD;
	return kinds;
}

static bool is_subdomain(const char *value, const struct labels *l, unsigned before)
{
	struct look_label brand, label;

	if (!look_label_read(&brand, (const uint8_t *)value, strcspn(value, ".")))
		return false;
	for (unsigned i = 0; i < before; i++) {
		size_t bytes = l->begins[i + 1] - 1 - l->begins[i];

		if (look_label_read(&label, l->name + l->begins[i], bytes) &&
			look_label_equal(&label, &brand))
			return true;
	}
	return false;
}

bool look_naive_tell(const struct look_section *s, const char *value, size_t number,
	const uint8_t *name, size_t bytes, struct look_alike *ret)
{
	struct labels l;
	unsigned suffix, registered, have, kinds = s->kinds[number];
	unsigned set = look_section_set(s, number);
	size_t begin, label_bytes;

	split(&l, name, bytes);
	suffix = suffix_labels(s, &l);
	if (suffix >= l.count || l.begins[l.count - 1] == bytes)
		return false;
	registered = l.count - suffix - 1;
	begin = l.begins[registered];
	label_bytes = l.begins[registered + 1] - 1 - begin;
	if (label_bytes == 0 || is_own(s, &l, 0) || (set && is_own(s, &l, set)))
		return false;
	have = label_kinds(value, name + begin, label_bytes);
	have |= is_subdomain(value, &l, registered) ? LOOK_SUBDOMAIN : 0;
	if (!(have & kinds))
		return false;
	ret->kind = look_kind_first(have & kinds);
	ret->domain_bytes = bytes - begin;
	memcpy(ret->domain, name + begin, ret->domain_bytes);
	return true;
}
