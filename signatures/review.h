/* SPDX-License-Identifier: Apache-2.0 */
/* The gate: what may be done with a well-formed value by its nature (design/detection sections 2
 * and 5.3). What lists and persons say of it the builder asks besides. */
#pragma once

#include <stdbool.h>

#include "signatures/indicator.h"
#include "signatures/suffix.h"

struct review {
	enum indicator_advice advice;
	enum indicator_scope scope;
	const char *reason; /* of anything but ADVICE_MATCH; constant */
	enum indicator_cause cause;
};

struct review review_value(
	const struct suffix_list *suffixes, enum indicator_type type, const char *value);
/* Whether it goes into a signature database without a person's decision. A URL does, as a URL: it
 * is never widened to its host. */
bool review_passes(enum indicator_advice advice);
/* Only those that do, in their order; returns how many. */
size_t review_keep_passing(struct indicator *items, size_t count);
/* What a person can do about an indicator that is held back; a sentence without its dot. */
const char *review_hint(enum indicator_cause cause, enum indicator_type type);
