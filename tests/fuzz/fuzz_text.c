/* SPDX-License-Identifier: Apache-2.0 */
/* Any octets become inert text; an address that is accepted is written and read back as itself. */
#include <stdbool.h>

#include "base/text.h"
#include "tests/fuzz/fuzz.h"

#define OUT_BYTES_MAX 1024

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static void sanitise(const uint8_t *data, size_t size, size_t room, bool terminal)
{
	char *out = malloc(room);
	size_t used, at = 0;

	assert(out);
	used = terminal ? text_terminal(out, room, data, size) : text_utf8(out, room, data, size);
	assert(used < room && strlen(out) == used);
	while (at < used) {
		uint32_t c;
		unsigned length = text_char((const uint8_t *)out + at, used - at, &c);

		assert(length && !(terminal && is_control(c)));
		at += length;
	}
	free(out);
}

static void address(const uint8_t *data, size_t size)
{
	char text[TEXT_ADDRESS_BYTES];
	uint8_t first[16], second[16];
	size_t bytes;

	if (size >= sizeof(first)) {
		bytes = text_address(text, data);
		assert(text_to_address(text, bytes, second) && !memcmp(data, second, 16));
	}
	if (!text_to_address((const char *)data, size, first))
		return;
	bytes = text_address(text, first);
	assert(bytes < sizeof(text) && strlen(text) == bytes);
	assert(text_to_address(text, bytes, second) && !memcmp(first, second, 16));
}

static void distance(const uint8_t *data, size_t size)
{
	char a[80] = "", b[80] = "";
	size_t half = size / 2 < sizeof(a) ? size / 2 : sizeof(a) - 1;

	if (half) {
		memcpy(a, data, half);
		memcpy(b, data + half, half);
	}
	assert((text_distance(a, b, 3) == 0) == (strcmp(a, b) == 0));
	assert(text_distance(a, b, 3) == text_distance(b, a, 3));
	assert(text_distance(a, b, 3) <= 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char time[TEXT_TIME_BYTES];
	uint64_t ns = 0;

	for (size_t room = 1; room < 16; room++)
		sanitise(data, size, room, room & 1);
	sanitise(data, size, OUT_BYTES_MAX, true);
	sanitise(data, size, OUT_BYTES_MAX, false);
	address(data, size);
	distance(data, size);
	if (size)
		memcpy(&ns, data, size < sizeof(ns) ? size : sizeof(ns));
	assert(text_time(time, ns) == 31 && strlen(time) == 31);
	return 0;
}
