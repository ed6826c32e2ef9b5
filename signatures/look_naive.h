/* SPDX-License-Identifier: Apache-2.0 */
/* The plain reference of look_set.h: each protected name by itself, each rule read in turn, the
 * distance by its table. */
#pragma once

#include "signatures/look_section.h"

/* How a name looks like the protected one of that number; false when it does not. The name is in
 * lower case and without a trailing dot. */
bool look_naive_tell(const struct look_section *s, const char *value, size_t number,
	const uint8_t *name, size_t bytes, struct look_alike *ret);
