/* SPDX-License-Identifier: Apache-2.0 */
/* All hand-written signatures of a database over what is known of a flow. Each leaf is an atom that
 * values touch, found by the same kinds of sets as indicators. What a signature needs at the least
 * are its triggers: it is evaluated when one of them is touched, and never for a flow that touches
 * nothing. Nothing is kept for a flow: what it touched is found again from its record. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "signatures/evidence.h"
#include "signatures/indicator.h"
#include "signatures/match_patterns.h"

/* Where indicators are taken from; of each of the two types they lie together. */
struct indicator_source {
	struct indicator (*get)(const void *context, size_t index);
	const void *context;
	size_t agents_begin, agents_end; /* of type ua-pattern */
	size_t begin, end;               /* of type signature */
};

#define CONDITIONS_WORK_MAX 4096 /* nodes looked at for one message, and the last one's rest */

struct conditions;       /* immutable */
struct condition_asking; /* of one worker */

/* `octets` are what conditions_write made of the same source; NULL, or when they do not fit the
 * patterns, the processor or the library, the patterns are compiled. -EINVAL: a signature or a
 * pattern cannot be used; `ret_error` says which and why. */
int conditions_new(struct conditions **ret, const struct indicator_source *source,
	const struct cursor *octets, char *ret_error, size_t error_size);
void conditions_free(struct conditions *c);
size_t conditions_pattern_count(const struct conditions *c);
bool conditions_compiled(const struct conditions *c); /* its patterns, and did not read them */
/* For a section of the database; *ret_octets is NULL when there are no patterns. */
int conditions_write(const struct conditions *c, uint8_t **ret_octets, size_t *ret_bytes);

int condition_asking_new(struct condition_asking **ret, const struct conditions *c);
void condition_asking_free(struct condition_asking *a);

/* Indicators of type ua-pattern that a User-Agent matches, in no order; returns how many. There is
 * room for all of them. */
unsigned conditions_find_agents(
	struct condition_asking *a, const void *value, size_t bytes, uint32_t *ret_indices);
/* Whether a value of a record, or the ends of a flow, touch a leaf. */
bool conditions_touched(
	struct condition_asking *a, const struct field *field, const void *value, size_t bytes);
bool conditions_touched_ends(struct condition_asking *a, const struct evidence *e);
/* The signatures that hold and have a leaf that is touched, ascending; returns how many. Of more
 * than SIGNATURE_HITS_MAX the first ones; *left_out grows by the others. */
unsigned conditions_find(struct condition_asking *a, const struct evidence *e,
	struct signature_hit ret_hits[SIGNATURE_HITS_MAX], uint64_t *left_out);
/* Whether there was more to look at than may be when it was asked last: some may be missing. */
bool conditions_ended_early(const struct condition_asking *a);

/* Signatures that all wait for the same value of the same field. */
struct condition_crowd {
	const char *field, *kind, *value; /* borrowed */
	size_t count, nodes;              /* signatures; what they have together */
	uint32_t first;                   /* index of the indicator */
};

/* The largest crowd that is more than may be looked at in one message; false: there is none. */
bool conditions_crowd(const struct conditions *c, struct condition_crowd *ret);
