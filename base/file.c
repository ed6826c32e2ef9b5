/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

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

bool file_is_replaceable(const char *path)
{
	struct stat there;

	return lstat(path, &there) != 0 || S_ISREG(there.st_mode);
}

int file_read(char **ret_text, size_t *ret_bytes, const char *path, size_t most)
{
	_cleanup_(fclose_ptr) FILE *file = fopen(path, "rbe");
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
