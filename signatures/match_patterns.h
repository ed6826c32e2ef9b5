/* SPDX-License-Identifier: Apache-2.0 */
/* Many patterns at once, by Hyperscan: one database for each class of patterns, so that a value is
 * only asked about those that can be meant. What was compiled can be written out and read back by
 * the same release on the same kind of processor:
 *
 *   0  SHA-256 of: version of the library, processor it was made for, all patterns
 *  32  SHA-256 of what follows
 *  64  for each class: octets of its database (8)
 *      the databases
 *
 * A database of Hyperscan that was made to deceive it can do anything: octets are read back only
 * when the caller knows who wrote them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "signatures/pattern.h"

enum pattern_class {
	PATTERNS_AGENTS, /* indicators of type ua-pattern */
	PATTERNS_NAMES,  /* of signatures, over host names */
	PATTERNS_TEXTS,  /* of signatures, over all else */
	PATTERN_CLASSES,
};

/* Patterns in order; what is found is told by its number. Texts are borrowed. */
struct pattern_list {
	struct pattern_entry {
		const char *text;
		enum pattern_kind kind;
	} * entries[PATTERN_CLASSES]; /* owned */
	size_t counts[PATTERN_CLASSES], sizes[PATTERN_CLASSES];
};

void pattern_list_done(struct pattern_list *l);
/* -ENOMEM */
int pattern_list_add(
	struct pattern_list *l, enum pattern_class class, enum pattern_kind kind, const char *text);
size_t pattern_list_count(const struct pattern_list *l);

struct patterns;
struct pattern_scratch; /* of one worker */

/* What went wrong, and with which pattern. */
struct pattern_error {
	char text[256];
	enum pattern_class class;
	size_t number; /* SIZE_MAX: with none of them */
};

/* What Hyperscan thinks of one pattern that pattern_check let pass: NULL, or why it cannot be used,
 * in `text`. */
const char *patterns_judge(enum pattern_kind kind, const char *pattern, char *text, size_t size);

/* -EINVAL: a pattern cannot be compiled; -ENOTSUP: not on this processor; -ENOMEM. */
int patterns_compile(
	struct patterns **ret, const struct pattern_list *list, struct pattern_error *ret_error);
/* Octets of a section, freed by the caller; -ENOMEM, -EFBIG. */
int patterns_write(const struct patterns *p, const struct pattern_list *list, uint8_t **ret_octets,
	size_t *ret_bytes);
/* -ESTALE: of other patterns, of another release or for another processor: compile them.
 * -EBADMSG: damaged. */
int patterns_read(struct patterns **ret, const struct pattern_list *list, const uint8_t *octets,
	size_t bytes);
void patterns_free(struct patterns *p);

int pattern_scratch_new(struct pattern_scratch **ret, const struct patterns *p);
void pattern_scratch_free(struct pattern_scratch *s);
/* Numbers of the patterns that a value matches, in no order; returns how many. There is room for
 * all of the class. A value with a zero octet matches none. */
unsigned patterns_find(const struct patterns *p, struct pattern_scratch *s,
	enum pattern_class class, const void *value, size_t bytes, uint32_t *ret_numbers);
