/* SPDX-License-Identifier: Apache-2.0 */
/* The number of the set of signatures that was used last, in a file that outlives the program, so
 * that who can put an old set in the place of a new one gains nothing by a restart. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What a set may be ahead of the one before it, and of the clock: more than eight years, where the
 * number is the second of its making. */
#define SET_NUMBER_AHEAD_MAX (1u << 28)

/* NULL when a set of that number may follow one of the number `last`, else what is wrong; constant.
 */
const char *set_number_why_not(uint64_t number, uint64_t last, uint64_t now_s);
/* The whole text of such a file, with a zero behind its octets. -EBADMSG, and the number 0, for any
 * other. */
int set_number_parse(uint64_t *ret, const char *text, size_t bytes);
/* 0 where there is no file yet. Negative errno, with a message that names the file. */
int set_number_read(uint64_t *ret, const char *path, char *ret_error, size_t error_size);
/* The file is the old one or the new one whatever happens meanwhile. */
int set_number_write(uint64_t number, const char *path, char *ret_error, size_t error_size);
