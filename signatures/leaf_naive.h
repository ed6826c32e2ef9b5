/* SPDX-License-Identifier: Apache-2.0 */
/* The plain reference of conditions: every leaf against every value, patterns by POSIX. */
#pragma once

#include "signatures/evidence.h"
#include "signatures/expression.h"
#include "signatures/pattern.h"

bool pattern_holds_naive(
	enum pattern_kind kind, const char *pattern, const void *value, size_t bytes);
/* Whether a leaf holds of what is known of a flow. */
bool leaf_holds_naive(const struct expression_node *leaf, const struct evidence *e);
