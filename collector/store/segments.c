/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/segments.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/cleanup.h"

static const char suffix[] = ".parquet", draft_suffix[] = ".draft";

static void closedir_ptr(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

static DIR *open_folder(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		(void)close(fd);
	return dir;
}

static int remove_drafts(int folder)
{
	_cleanup_(closedir_ptr) DIR *dir = open_folder(folder);
	const struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		size_t bytes = strlen(entry->d_name), end = sizeof(draft_suffix) - 1;

		if (entry->d_name[0] == '.' && bytes > end &&
			strcmp(entry->d_name + bytes - end, draft_suffix) == 0)
			(void)unlinkat(folder, entry->d_name, 0);
	}
	return 0;
}

static int take_over(int folder)
{
	if (flock(folder, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return remove_drafts(folder);
}

int segments_open(const char *place, bool writable, int *ret_folder)
{
	int folder, r;

	if (writable && mkdir(place, 0700) != 0 && errno != EEXIST)
		return -errno;
	folder = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	r = writable ? take_over(folder) : 0;
	if (r)
		(void)close(folder);
	else
		*ret_folder = folder;
	return r;
}

/* `KIND-NUMBER.parquet`, and nothing else: not `KIND-1x.parquet`, not a number that wraps. */
static bool number_of(const char *name, const char *kind, uint64_t *ret_number)
{
	size_t bytes = strlen(kind);
	uint64_t number = 0;
	const char *at = name + bytes + 1;

	if (strncmp(name, kind, bytes) != 0 || name[bytes] != '-')
		return false;
	for (; *at >= '0' && *at <= '9' && at - name < (long)bytes + 19; at++)
		number = 10 * number + (uint64_t)(*at - '0');
	*ret_number = number;
	return number > 0 && strcmp(at, suffix) == 0;
}

static int number_order(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int segments_list(int folder, const char *kind, uint64_t **ret_numbers, size_t *ret_count)
{
	_cleanup_(closedir_ptr) DIR *dir = open_folder(folder);
	_cleanup_(free_ptr) uint64_t *numbers = NULL;
	const struct dirent *entry;
	size_t count = 0, size = 0;
	struct stat there;
	uint64_t number;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (!number_of(entry->d_name, kind, &number) ||
			fstatat(folder, entry->d_name, &there, AT_SYMLINK_NOFOLLOW) != 0 ||
			!S_ISREG(there.st_mode)) /* a pipe would be waited for */
			continue;
		if (count == size) {
			uint64_t *more = realloc(numbers, (size = 2 * size + 16) * sizeof(*more));

			if (!more)
				return -ENOMEM;
			numbers = more;
		}
		numbers[count++] = number;
	}
	if (count)
		qsort(numbers, count, sizeof(*numbers), number_order);
	*ret_numbers = steal(numbers);
	*ret_count = count;
	return 0;
}

void segment_name(char to[SEGMENT_NAME_BYTES], const char *kind, uint64_t number)
{
	(void)snprintf(
		to, SEGMENT_NAME_BYTES, "%s-%06llu%s", kind, (unsigned long long)number, suffix);
}

void segment_draft_name(char to[SEGMENT_NAME_BYTES], const char *kind, uint64_t number)
{
	(void)snprintf(to, SEGMENT_NAME_BYTES, ".%s-%06llu%s", kind, (unsigned long long)number,
		draft_suffix);
}

int segment_publish(int folder, const char *kind, uint64_t number)
{
	char draft[SEGMENT_NAME_BYTES], name[SEGMENT_NAME_BYTES];
	_cleanup_(close_ptr) int fd = -1;

	segment_draft_name(draft, kind, number);
	segment_name(name, kind, number);
	fd = openat(folder, draft, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fsync(fd) != 0 || renameat(folder, draft, folder, name) != 0 ||
		fsync(folder) != 0)
		return -errno;
	return 0;
}
