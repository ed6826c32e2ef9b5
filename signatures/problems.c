/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

void problems_add(struct problems *p, uint32_t line, const char *format, ...)
{
	char text[2 * PROBLEM_TEXT_BYTES];
	va_list values;

	va_start(values, format);
	(void)vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	if (p->count < PROBLEMS_MAX) {
		struct problem *problem = &p->all[p->count];

		problem->line = line;
		text_terminal(problem->text, sizeof(problem->text), text, strlen(text));
	}
	p->count++;
}

void problems_add_word(struct problems *p, uint32_t line, const char *kind, const char *word,
	const char *const *good)
{
	char shown[PROBLEM_NEAREST_BYTES];
	struct text_nearest nearest = {.word = shown};

	snprintf(shown, sizeof(shown), "%s", word);
	for (; strlen(word) < sizeof(shown) && *good; good++)
		text_nearest(&nearest, *good);
	if (nearest.best)
		problems_add(
			p, line, "there is no %s called %s, but %s", kind, shown, nearest.best);
	else
		problems_add(p, line, "there is no %s called %s", kind, shown);
}
