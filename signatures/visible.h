/* SPDX-License-Identifier: Apache-2.0 */
/* What a database keeps and no matcher looks for, so that nobody waits for hits that cannot come.
 */
#pragma once

#include "signatures/indicator.h"

/* NULL when the matchers look for it, else why they do not; a constant, fit for counting. */
const char *visible_limit(const struct indicator *i);
