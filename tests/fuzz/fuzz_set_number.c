/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as the file of the last number: one that is read is written and read again as the same,
 * and no other is believed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "probe/set_number.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char again[64];
	uint64_t number = 1, second = 1;
	char *text = malloc(size + 1);
	int r;

	assert(text);
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	r = set_number_parse(&number, text, size);
	free(text);
	assert(r == 0 || (r == -EBADMSG && number == 0));
	if (r < 0)
		return 0;
	assert(!memchr(data, 0, size) && data[size - 1] == '\n');
	(void)snprintf(again, sizeof(again), "kukla-signatures-number %" PRIu64 "\n", number);
	assert(set_number_parse(&second, again, strlen(again)) == 0 && second == number);
	return 0;
}
