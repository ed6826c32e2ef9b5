/* SPDX-License-Identifier: Apache-2.0 */
/* Many short texts that are released together. */
#pragma once

#include <stddef.h>

struct texts {
	struct text_block *blocks; /* owned */
};

void texts_done(struct texts *t);
/* A copy that lives until texts_done; control characters become blanks. NULL when out of memory. */
const char *texts_add(struct texts *t, const char *text, size_t bytes);
/* The same of what printf would write, cut at 1,023 octets. */
const char *texts_print(struct texts *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
