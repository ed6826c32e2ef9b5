/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/look_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define NAMES_PER_WORD 4
#define SET_STEP       0x9e3779b1u

static const struct siphash_key fixed = {0};

static uint64_t hash(const void *name, size_t bytes)
{
	return siphash13(&fixed, name, bytes);
}

static uint64_t bits_of(uint64_t h)
{
	return 1ULL << (h >> 32 & 63) | 1ULL << (h >> 38 & 63) | 1ULL << (h >> 44 & 63);
}

/* Of a name among exceptions: where it is looked for. */
static uint32_t home_of(const void *name, size_t bytes, unsigned set)
{
	return (uint32_t)hash(name, bytes) + set * SET_STEP;
}

static uint64_t *word_of(const struct look_names *n, uint64_t h)
{
	return &n->filter[(h & UINT32_MAX) * n->filter_words >> 32];
}

static unsigned find(const struct look_names *n, const uint8_t *name, size_t bytes, unsigned set)
{
	uint32_t home = home_of(name, bytes, set);

	for (uint32_t step = 0; step < LOOK_STEPS_MAX; step++) {
		uint32_t slot = n->slots[(home + step) & n->mask];
		struct look_name_at there;

		if (!slot)
			break;
		there = look_section_at(&n->section, slot - 1);
		if (there.set == set && there.bytes == bytes &&
			memcmp(there.text, name, bytes) == 0)
			return there.what;
	}
	return 0;
}

/* Where the label that ends at `end` begins. */
static inline size_t label_begin(const uint8_t *name, size_t end)
{
	while (end && name[end - 1] != '.')
		end--;
	return end;
}

static bool is_wide(const struct look_names *n, const uint8_t *label, size_t bytes)
{
	return bytes == 2 && label[0] >= 'a' && label[0] <= 'z' && label[1] >= 'a' &&
	       label[1] <= 'z' && n->wide[label[0] - 'a'] >> (label[1] - 'a') & 1;
}

static void note_rule(struct look_names *n, const struct look_name_at *name)
{
	const uint8_t *text = (const uint8_t *)name->text;
	size_t last = label_begin(text, name->bytes), two;

	if (last) {
		two = label_begin(text, last - 1);
		*word_of(n, hash(text + two, name->bytes - two)) |= bits_of(
			hash(text + two, name->bytes - two));
	} else if (name->bytes == 2 && text[0] >= 'a' && text[0] <= 'z' && text[1] >= 'a' &&
		   text[1] <= 'z') {
		n->wide[text[0] - 'a'] |= 1u << (text[1] - 'a');
	} else {
		n->walk_always = true;
	}
}

static bool add(struct look_names *n, const struct look_name_at *name)
{
	uint32_t home = home_of(name->text, name->bytes, name->set), step = 0;
	unsigned labels = 1;

	while (step < LOOK_STEPS_MAX && n->slots[(home + step) & n->mask])
		step++;
	if (step == LOOK_STEPS_MAX)
		return false;
	n->slots[(home + step) & n->mask] = (uint32_t)name->offset + 1;
	for (size_t i = 0; i < name->bytes; i++)
		labels += name->text[i] == '.';
	if (labels > n->label_max)
		n->label_max = labels;
	if (name->what & ~(unsigned)LOOK_OWN)
		note_rule(n, name);
	return true;
}

int look_names_init(struct look_names *n, const struct look_section *section)
{
	struct look_name_at name;
	size_t size = 4, at = 0;

	while (size < 2 * section->name_count)
		size *= 2;
	*n = (struct look_names){.section = *section,
		.mask = (uint32_t)size - 1,
		.filter_words = (uint32_t)(section->name_count / NAMES_PER_WORD + 1)};
	n->slots = calloc(size, sizeof(*n->slots));
	n->filter = calloc(n->filter_words, sizeof(*n->filter));
	if (!n->slots || !n->filter) {
		look_names_done(n);
		return -ENOMEM;
	}
	while (look_section_next(section, &at, &name)) {
		if (!add(n, &name)) {
			look_names_done(n);
			return -E2BIG;
		}
	}
	return 0;
}

void look_names_done(struct look_names *n)
{
	free(steal(n->slots));
	free(steal(n->filter));
}

/* The suffix by all rules: where it begins; the longest one counts, and what is none before it. */
static size_t suffix_begin(const struct look_names *n, const uint8_t *name, size_t bytes)
{
	size_t begin = label_begin(name, bytes), suffix = begin, next;
	bool below = false;

	for (unsigned labels = 1; labels <= n->label_max + 1; labels++) {
		unsigned what = find(n, name + begin, bytes - begin, 0);

		if (what & LOOK_RULE_NOT) {
			for (next = begin; name[next] != '.';)
				next++;
			return next + 1;
		}
		if (below || what & LOOK_RULE)
			suffix = begin;
		below = what & LOOK_RULE_BELOW;
		if (begin == 0)
			break;
		begin = label_begin(name, begin - 1);
	}
	return suffix;
}

bool look_names_domain(
	const struct look_names *n, const uint8_t *name, size_t bytes, struct look_domain *ret)
{
	size_t last = label_begin(name, bytes), begin, suffix = last;

	if (last == 0 || last == bytes)
		return false;
	begin = label_begin(name, last - 1);
	if (n->walk_always || is_wide(n, name + last, bytes - last)) {
		suffix = suffix_begin(n, name, bytes);
	} else {
		uint64_t h = hash(name + begin, bytes - begin), bits = bits_of(h);

		if ((*word_of(n, h) & bits) == bits)
			suffix = suffix_begin(n, name, bytes);
	}
	if (suffix == 0)
		return false;
	if (suffix != last)
		begin = label_begin(name, suffix - 1);
	ret->begin = begin;
	ret->label_bytes = suffix - 1 - begin;
	return ret->label_bytes > 0;
}

bool look_names_own(const struct look_names *n, unsigned set, const uint8_t *name, size_t bytes)
{
	size_t begin = bytes + 1;

	for (unsigned labels = 0; labels < n->label_max && begin; labels++) {
		begin = label_begin(name, begin - 1);
		if (find(n, name + begin, bytes - begin, set) & LOOK_OWN)
			return true;
	}
	return false;
}
