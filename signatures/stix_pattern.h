/* SPDX-License-Identifier: Apache-2.0 */
/* The pattern of a STIX indicator (OASIS STIX 2.1, part 9; those of 2.0 are read as well), as the
 * alternatives that it comes down to: it is met when every comparison of one of them is. What may
 * be made of that is not decided here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STIX_PATTERN_BYTES_MAX (1u << 20)
#define STIX_DEPTH_MAX         32 /* parentheses in parentheses */
#define STIX_CONJUNCTION_MAX   32 /* comparisons of one alternative */

enum stix_operator {
	STIX_EQUAL, /* also what IN and != came down to, the latter negated */
	STIX_LESS,
	STIX_LESS_EQUAL,
	STIX_GREATER,
	STIX_GREATER_EQUAL,
	STIX_IN, /* negated only; without a value */
	STIX_LIKE,
	STIX_MATCHES,
	STIX_SUBSET,
	STIX_SUPERSET,
	STIX_EXISTS, /* without a value */
};

/* Texts are borrowed from the pattern and need not end with zero. */
struct stix_comparison {
	/* Without blanks and quotation marks: network-traffic:dst_ref.value, process:x[*].y. What
	 * would read as a step of its own in a quoted step is the octet 1 instead. */
	const char *path;
	const char *value; /* of a text without its quotation marks and escapes */
	uint32_t path_bytes, value_bytes;
	enum stix_operator op;
	bool negated;
};

struct stix_alternative {
	const struct stix_comparison *comparisons[STIX_CONJUNCTION_MAX];
	size_t count;   /* at least 1 */
	bool qualified; /* in several observations, more than once, or in a given time only */
};

struct stix_pattern {
	char *text; /* owned, as all of it: the pattern, with values and paths in their final form
		     */
	struct stix_comparison *comparisons;
	struct stix_node *nodes;
	uint32_t *alternatives;
	size_t comparison_count, node_count, alternative_count; /* 0 alternatives: never met */
};

struct stix_error {
	size_t offset;
	const char *why; /* constant, fit for counting */
};

/* Work and memory are linear in the text: a pattern that comes down to more parts than it has
 * octets is refused. -EBADMSG, and *ret_error says why; -ENOMEM. */
int stix_pattern_parse(
	struct stix_pattern *ret, const char *text, size_t bytes, struct stix_error *ret_error);
void stix_pattern_done(struct stix_pattern *p);
void stix_pattern_alternative(
	const struct stix_pattern *p, size_t number, struct stix_alternative *ret);
