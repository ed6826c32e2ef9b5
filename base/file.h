/* SPDX-License-Identifier: Apache-2.0 */
/* A whole file, and, before an output is opened, what it would destroy. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The first of `inputs` that is the same file as `output`, whatever its names; NULL when none is.
 * Something that is not there, "-" and devices are never the same. */
const char *file_among(const char *output, const char *const *inputs, size_t count);
/* Nothing is there, or a regular file itself: what may be replaced by renaming. */
bool file_is_replaceable(const char *path);
/* All of it, with a zero behind that is not counted. -EFBIG: it is larger than `most`; else what
 * the system says. */
int file_read(char **ret_text, size_t *ret_bytes, const char *path, size_t most);
