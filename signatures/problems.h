/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a file that a person wrote, all of it at once, each with its line. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PROBLEMS_MAX          32
#define PROBLEM_TEXT_BYTES    200
#define PROBLEM_NEAREST_BYTES 64 /* a longer word is near to none */

struct problems {
	struct problem {
		uint32_t line;
		char text[PROBLEM_TEXT_BYTES]; /* fit for a terminal */
	} all[PROBLEMS_MAX];
	size_t count; /* of all there were; only the first PROBLEMS_MAX are kept */
};

void problems_add(struct problems *p, uint32_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "there is no KIND called WORD, but NEAREST"; `good` ends with NULL. */
void problems_add_word(struct problems *p, uint32_t line, const char *kind, const char *word,
	const char *const *good);
