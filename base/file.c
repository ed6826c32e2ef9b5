/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <sys/stat.h>

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
