/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds into a database of signatures: kukla-sig compile as a child, which speaks for itself on
 * standard error. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct feed_compile {
	const char *programs; /* folder of kukla-sig; NULL: beside us, then in PATH */
	const char *output;
	const char *const *feeds;
	size_t count;
	bool keeps_expired, quiet;
};

/* Its status as waitpid gives it, or negative errno. */
int feed_compile(const struct feed_compile *c);
