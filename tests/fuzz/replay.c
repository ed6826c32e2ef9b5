/* SPDX-License-Identifier: Apache-2.0 */
/* replay FOLDER [STRIDE]: give a fuzz target every file of its corpus, cut at every length, or at
 * every STRIDE-th. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "tests/fuzz/fuzz.h"

#define FILE_BYTES_MAX (1u << 20)
#define EVERY_LENGTH   4096 /* of longer files: these lengths, then every so many octets */
#define STRIDE         97

static int is_file(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void one(const uint8_t *octets, size_t bytes)
{
	uint8_t *copy = fuzz_copy(octets, bytes);

	(void)LLVMFuzzerTestOneInput(copy, bytes);
	free(copy);
}

/* How many inputs the file made; negative errno. */
static long replay(const char *folder, const char *name, size_t stride)
{
	_cleanup_(fclose_ptr) FILE *f = NULL;
	_cleanup_(free_ptr) uint8_t *octets = malloc(FILE_BYTES_MAX);
	char path[4096];
	long inputs = 1;
	size_t bytes;

	if (!octets || snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return -ENOMEM;
	f = fopen(path, "rb");
	if (!f)
		return -errno;
	bytes = fread(octets, 1, FILE_BYTES_MAX, f);
	if (ferror(f))
		return -EIO;
	for (size_t length = 0; length < bytes; length += !stride && length < EVERY_LENGTH ? 1
							  : stride                         ? stride
								   : STRIDE) {
		one(octets, length);
		inputs++;
	}
	one(octets, bytes);
	return inputs;
}

int main(int argc, char **argv)
{
	struct dirent **entries = NULL;
	size_t stride = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	int count = argc == 2 || stride ? scandir(argv[1], &entries, is_file, alphasort) : 0;
	long inputs = 0, failed = 0;

	for (int i = 0; i < count; i++) {
		long made = replay(argv[1], entries[i]->d_name, stride);

		if (made < 0) {
			(void)fprintf(stderr, "%s: %s\n", entries[i]->d_name, strerror((int)-made));
			failed++;
		} else {
			inputs += made;
		}
		free(entries[i]);
	}
	free(entries);
	if (count <= 0) {
		(void)fprintf(stderr, "usage: %s FOLDER [STRIDE], with a file in it\n", argv[0]);
		return 1;
	}
	(void)printf("%d files, %ld inputs\n", count, inputs);
	return failed ? 1 : 0;
}
