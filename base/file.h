/* SPDX-License-Identifier: Apache-2.0 */
/* A whole file, and, before an output is opened, what it would destroy. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The first of `inputs` that is the same file as `output`, whatever its names; NULL when none is.
 * Something that is not there, "-" and devices are never the same. */
const char *file_among(const char *output, const char *const *inputs, size_t count);
/* Both are the same file, or will be when they are written; "-" is standard output. */
bool file_is_same(const char *a, const char *b);
/* Nothing is there, or a regular file itself: what may be replaced by renaming. */
bool file_is_replaceable(const char *path);
/* All of it, with a zero behind that is not counted. -EFBIG: it is larger than `most`; else what
 * the system says. */
int file_read(char **ret_text, size_t *ret_bytes, const char *path, size_t most);
/* The same where others may have put something else in the file's place: it does not wait for who
 * opens the other end of a pipe. -ENXIO: it is no regular file. */
int file_read_regular(char **ret_text, size_t *ret_bytes, const char *path, size_t most);
/* Its descriptor and its size, on the same terms. */
int file_open_regular(const char *path, size_t *ret_bytes);
int file_write_all(int fd, const void *octets, size_t bytes);

/* A file that takes the place of another one when it is whole, and only then. */
struct file_new {
	char *temporary; /* its name until then; owned */
	int fd;
};

/* Beside `path`, for its owner only. -EEXIST: what is there may not be replaced. */
int file_new_begin(struct file_new *ret, const char *path);
/* On the disk and under its name, or, on failure, gone. */
int file_new_finish(struct file_new *f, const char *path, mode_t mode);
/* Gone, unless it was finished. */
void file_new_drop(struct file_new *f);
