/* SPDX-License-Identifier: Apache-2.0 */
/* The condition of a hand-written signature as a pattern of STIX (OASIS STIX 2.1, part 9). Section
 * 9.5 wants all that is joined by AND to be said of one object, so that each AND is said of a name,
 * a certificate, an autonomous system or the traffic, whichever has all that it asks for; what is
 * beside each other under OR may be of several. A name is said whichever field it is asked of: the
 * pattern may hold for more than the condition, which the bundle has beside it. `not` is said where
 * the object has one such value at the most. */
#pragma once

#include <stddef.h>

#include "signatures/expression.h"

/* NULL: it can be said; else why not, constant. The text is a condition that was checked. */
const char *stix_condition_why_not(const char *text);
/* Owned by the caller; NULL when out of memory, or when it cannot be said. */
char *stix_condition_pattern(const struct expression *e);

/* A text in a pattern, section 9.2: `'` and `\` behind a `\`. Returns its octets; one that has no
 * room is cut. */
size_t stix_quote(char *to, size_t size, const char *text);
