/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns that a person writes. Of regular expressions the part that POSIX (IEEE 1003.1 section
 * 9.4) and Hyperscan read alike: characters, `.`, `[a-z]`, `[^a-z]`, `( )`, `|`, `* + ? {n,m}`,
 * `^`,
 * `$`, `\` before a sign, and `(?i)` at the begin. A pattern that the empty text matches would
 * match everything and is refused, as is one that repeats too much. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define PATTERN_BYTES_MAX     512
#define PATTERN_REGEX_BYTES   2048 /* of what it is compiled as, with the closing zero */
#define PATTERN_POSITIONS_MAX 2000 /* characters once all is repeated as often as it can be */
#define PATTERN_REPEATS_MAX   255
#define PATTERN_DEPTH_MAX     16

enum pattern_kind {
	PATTERN_PREFIX,   /* begins so */
	PATTERN_WILDCARD, /* all of it; `*` is anything, `?` one octet */
	PATTERN_REGEX,
	PATTERN_PART, /* somewhere in it; `*` is anything */
};

enum pattern_dialect { PATTERN_POSIX, PATTERN_HYPERSCAN };

/* NULL when it can be used, else why not; constant. */
const char *pattern_check(enum pattern_kind kind, const char *pattern);
/* As a regular expression of a dialect; the pattern was checked. *ret_caseless says that case does
 * not count. */
void pattern_regex(char to[PATTERN_REGEX_BYTES], enum pattern_dialect dialect,
	enum pattern_kind kind, const char *pattern, bool *ret_caseless);
/* What every text that it matches ends with, in `to`, which holds PATTERN_BYTES_MAX + 1; returns
 * its octets, 0: nothing certain. */
size_t pattern_tail(char *to, enum pattern_kind kind, const char *pattern);
