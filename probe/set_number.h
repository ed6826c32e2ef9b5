/* SPDX-License-Identifier: Apache-2.0 */
/* The number of the set of signatures that was used last, in a file that outlives the program, so
 * that who can put an old set in the place of a new one gains nothing by a restart. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* 0 where there is no file yet. Negative errno, with a message that names the file. */
int set_number_read(uint64_t *ret, const char *path, char *ret_error, size_t error_size);
/* The file is the old one or the new one whatever happens meanwhile. */
int set_number_write(uint64_t number, const char *path, char *ret_error, size_t error_size);
