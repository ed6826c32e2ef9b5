/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

const char *file_among(const char *output, const char *const *inputs, size_t count)
{
	struct stat there, here;

	if (stat(output, &there) != 0 || !S_ISREG(there.st_mode))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (stat(inputs[i], &here) == 0 && here.st_dev == there.st_dev &&
			here.st_ino == there.st_ino)
			return inputs[i];
	}
	return NULL;
}

/* The folder that a file is in, and its name there. */
static const char *name_in(struct stat *ret_folder, const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_(free_ptr) char *folder = slash ? strndup(path, (size_t)(slash - path) + 1)
						 : strdup(".");

	return folder && stat(folder, ret_folder) == 0 ? slash ? slash + 1 : path : NULL;
}

bool file_is_same(const char *a, const char *b)
{
	const char *name_of_a, *name_of_b;
	struct stat of_a, of_b;
	bool is_a = stat(a, &of_a) == 0, is_b = stat(b, &of_b) == 0;

	if (strcmp(a, b) == 0)
		return strncmp(a, "/dev/", 5) != 0;
	if (is_a && is_b)
		return file_among(a, &b, 1);
	if (is_a || is_b || !(name_of_a = name_in(&of_a, a)) || !(name_of_b = name_in(&of_b, b)))
		return false;
	return of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino &&
	       strcmp(name_of_a, name_of_b) == 0;
}

bool file_is_replaceable(const char *path)
{
	struct stat there;

	return lstat(path, &there) != 0 || S_ISREG(there.st_mode);
}

/* Takes the file, which may be NULL. */
static int read_stream(char **ret_text, size_t *ret_bytes, FILE *stream, size_t most)
{
	_cleanup_(fclose_ptr) FILE *file = stream;
	_cleanup_(free_ptr) char *text = NULL;
	size_t used = 0, size = 0;

	if (!file)
		return -errno;
	do {
		if (used + 1 >= size) {
			char *more = realloc(text, size = size ? 2 * size : 65536);

			if (!more)
				return -ENOMEM;
			text = more;
		}
		used += fread(text + used, 1, size - used - 1, file);
		if (ferror(file))
			return errno ? -errno : -EIO;
		if (used > most)
			return -EFBIG;
	} while (!feof(file));
	text[used] = '\0';
	*ret_text = steal(text);
	*ret_bytes = used;
	return 0;
}

int file_read(char **ret_text, size_t *ret_bytes, const char *path, size_t most)
{
	return read_stream(ret_text, ret_bytes, fopen(path, "rbe"), most);
}

int file_open_regular(const char *path, size_t *ret_bytes)
{
	/* of a regular file O_NONBLOCK says nothing */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), r;
	struct stat st;

	if (fd < 0)
		return -errno;
	r = fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? 0 : -ENXIO;
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	*ret_bytes = (size_t)st.st_size;
	return fd;
}

int file_read_regular(char **ret_text, size_t *ret_bytes, const char *path, size_t most)
{
	size_t bytes;
	int fd = file_open_regular(path, &bytes);
	FILE *file;

	if (fd < 0)
		return fd;
	file = fdopen(fd, "rb");
	if (file)
		return read_stream(ret_text, ret_bytes, file, most);
	(void)close(fd);
	return -ENOMEM;
}

int file_write_all(int fd, const void *octets, size_t bytes)
{
	const char *from = octets;

	while (bytes) {
		ssize_t n = write(fd, from, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		from += n;
		bytes -= (size_t)n;
	}
	return 0;
}

int file_new_begin(struct file_new *ret, const char *path)
{
	struct file_new f = {.fd = -1};

	if (!file_is_replaceable(path))
		return -EEXIST;
	if (asprintf(&f.temporary, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	f.fd = mkostemp(f.temporary, O_CLOEXEC);
	if (f.fd < 0) {
		int error = -errno;

		free(f.temporary);
		return error;
	}
	*ret = f;
	return 0;
}

int file_new_finish(struct file_new *f, const char *path, mode_t mode)
{
	int r = 0;

	if (fchmod(f->fd, mode) < 0 || fsync(f->fd) < 0 || rename(f->temporary, path) < 0)
		r = -errno;
	else
		free(steal(f->temporary));
	file_new_drop(f);
	return r;
}

void file_new_drop(struct file_new *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	if (f->temporary)
		(void)unlink(f->temporary);
	free(f->temporary);
	*f = (struct file_new){.fd = -1};
}
