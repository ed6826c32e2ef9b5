/* SPDX-License-Identifier: Apache-2.0 */
/* What the gate says of a hand-written signature: some condition that is enough for it must be one
 * that the gate would let pass as an indicator. What the gate would hold back (a popular name, a
 * shared address, a pattern whose end is not fixed) may stand beside such a one. */
#pragma once

#include "signatures/expression.h"
#include "signatures/review.h"
#include "signatures/warninglist.h"

/* The reason is constant, or of the lists. `warnings` may be NULL. */
struct review expression_review(const struct expression *e, const struct suffix_list *suffixes,
	const struct warninglists *warnings);
