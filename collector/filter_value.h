/* SPDX-License-Identifier: Apache-2.0 */
/* The right side of a comparison, read as the type of its field asks. */
#pragma once

#include "collector/filter.h"

/* Fill `number`, `address` and `prefix_bits` from `text`, and make `text` valid UTF-8. On failure
 * false and a sentence without a full stop. */
bool filter_value(struct filter *f, char *ret_cause, size_t cause_size);
