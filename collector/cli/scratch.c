/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/cli/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int scratch_make(struct scratch *s, const char *parent)
{
	int bytes = snprintf(s->path, sizeof(s->path), "%s/kukla-XXXXXX", parent);

	if (bytes >= (int)sizeof(s->path) || !mkdtemp(s->path)) {
		s->path[0] = 0;
		return bytes >= (int)sizeof(s->path) ? -ENAMETOOLONG : -errno;
	}
	return 0;
}

static void remove_files(int folder, int levels)
{
	DIR *dir = fdopendir(folder);
	const struct dirent *entry;

	if (!dir) {
		(void)close(folder);
		return;
	}
	while ((entry = readdir(dir))) {
		int child;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(folder, entry->d_name, 0) == 0 || levels == 0)
			continue;
		child = openat(
			folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child >= 0)
			remove_files(child, levels - 1);
		(void)unlinkat(folder, entry->d_name, AT_REMOVEDIR);
	}
	(void)closedir(dir);
}

void scratch_remove(struct scratch *s)
{
	int folder = *s->path ? open(s->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;

	if (folder < 0)
		return;
	remove_files(folder, 1);
	(void)rmdir(s->path);
	s->path[0] = 0;
}
