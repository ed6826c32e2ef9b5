/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/set_number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"

#define HEAD           "kukla-signatures-number "
#define TEXT_BYTES_MAX 64

int set_number_parse(uint64_t *ret, const char *text, size_t bytes)
{
	const char *digits = text + strlen(HEAD);
	unsigned long long number;
	size_t count;

	*ret = 0;
	if (strncmp(text, HEAD, strlen(HEAD)) != 0)
		return -EBADMSG;
	count = strspn(digits, "0123456789");
	if (!count || strcmp(digits + count, "\n") != 0 || digits + count + 1 != text + bytes)
		return -EBADMSG;
	errno = 0;
	number = strtoull(digits, NULL, 10);
	if (errno)
		return -EBADMSG;
	*ret = number;
	return 0;
}

const char *set_number_why_not(uint64_t number, uint64_t last, uint64_t now_s)
{
	uint64_t base = last > now_s ? last : now_s;

	if (number < last)
		return "is lower than";
	if (number > base && number - base > SET_NUMBER_AHEAD_MAX)
		return "is more than 268435456, eight years in seconds, above the clock and";
	return NULL;
}

int set_number_read(uint64_t *ret, const char *path, char *ret_error, size_t error_size)
{
	_cleanup_(free_ptr) char *text = NULL;
	size_t bytes = 0;
	int r = file_read_regular(&text, &bytes, path, TEXT_BYTES_MAX);

	*ret = 0;
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = set_number_parse(ret, text, bytes);
	if (r == -EBADMSG || r == -EFBIG)
		(void)snprintf(ret_error, error_size,
			"%s: is no number of a set; remove it to begin anew", path);
	else if (r < 0)
		(void)snprintf(ret_error, error_size, "%s: %s", path,
			r == -ENXIO ? "is no regular file" : strerror(-r));
	return r;
}

int set_number_write(uint64_t number, const char *path, char *ret_error, size_t error_size)
{
	struct file_new f;
	char text[TEXT_BYTES_MAX];
	int bytes = snprintf(text, sizeof(text), HEAD "%" PRIu64 "\n", number);
	int r = file_new_begin(&f, path);

	if (r == 0) {
		r = file_write_all(f.fd, text, (size_t)bytes);
		if (r == 0)
			r = file_new_finish(&f, path, 0644);
		else
			file_new_drop(&f);
	}
	if (r < 0)
		(void)snprintf(ret_error, error_size, "%s: %s", path, strerror(-r));
	return r;
}
