/* SPDX-License-Identifier: Apache-2.0 */
/* What of a STIX pattern is an indicator of ours. An alternative is used if all that it asks for
 * can be matched as one value, an address with a port among them. If it asks for more that a
 * network shows, its values are given with a warning, and a person decides; if for what a network
 * does not show, it is refused as a whole: half of a condition is another condition. */
#pragma once

#include "signatures/refang.h"
#include "signatures/stix_pattern.h"

struct stix_value {
	const char *text; /* NULL: the alternative is refused; need not end with zero */
	size_t bytes;
	enum value_column column;
	const char *why; /* constant: of the refusal or, beside a text, of the warning; else NULL */
};

/* Calls `each`, at least once, for every alternative of the pattern, and stops with its error.
 * -ENOMEM. */
int stix_values(const struct stix_pattern *pattern,
	int (*each)(void *context, const struct stix_value *value), void *context);
