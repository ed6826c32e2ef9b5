/* SPDX-License-Identifier: Apache-2.0 */
/* A name of DNS from the wire to text and back, against a slow and plain reader; then any data as
 * any type.
 *
 * Input: two octets, where the name begins (modulo what follows); then the message. */
#include <stdbool.h>

#include "dissectors/dns_data.h"
#include "tests/fuzz/fuzz.h"

/* A name as labels: lengths before them, no pointers, no closing zero. */
struct wire {
	uint8_t octets[DNS_NAME_BYTES_MAX + 64];
	size_t bytes;
};

/* The name at `at` by the letter of RFC 1035 and our limits; SIZE_MAX when it breaks one, else
 * where what follows it begins. */
static size_t slow_name(const uint8_t *message, size_t size, size_t at, struct wire *to)
{
	size_t lowest = at, after = SIZE_MAX;
	unsigned labels = 0, jumps = 0;

	to->bytes = 0;
	for (;;) {
		size_t length;

		if (at >= size)
			return SIZE_MAX;
		length = message[at++];
		if (length == 0)
			return after == SIZE_MAX ? at : after;
		if (length >= 192) {
			if (at >= size)
				return SIZE_MAX;
			if (after == SIZE_MAX)
				after = at + 1;
			at = (length - 192) * 256 + message[at];
			if (at >= lowest || ++jumps > DNS_JUMPS_MAX)
				return SIZE_MAX;
			lowest = at;
			continue;
		}
		if (length > 63 || length > size - at || ++labels > DNS_LABELS_MAX ||
			to->bytes + length + 2 > DNS_NAME_BYTES_MAX)
			return SIZE_MAX;
		to->octets[to->bytes++] = (uint8_t)length;
		memcpy(to->octets + to->bytes, message + at, length);
		to->bytes += length;
		at += length;
	}
}

/* Text to wire, RFC 1035 section 5.1. */
static void back(const struct dns_text *text, struct wire *to)
{
	size_t length_at = 0;

	to->bytes = text->used > 0;
	for (size_t i = 0; i < text->used; i++) {
		uint8_t c = (uint8_t)text->bytes[i];

		assert(c > ' ' && c < 0x7f && to->bytes < sizeof(to->octets));
		if (c == '.') {
			to->octets[length_at] = (uint8_t)(to->bytes - length_at - 1);
			length_at = to->bytes++;
			continue;
		}
		if (c == '\\') {
			assert(i + 1 < text->used);
			c = (uint8_t)text->bytes[++i];
			if (c >= '0' && c <= '9') {
				assert(i + 2 < text->used);
				c = (uint8_t)((c - '0') * 100 + (text->bytes[i + 1] - '0') * 10 +
					      text->bytes[i + 2] - '0');
				i += 2;
			}
		}
		to->octets[to->bytes++] = c;
	}
	if (text->used)
		to->octets[length_at] = (uint8_t)(to->bytes - length_at - 1);
}

static void name(const uint8_t *message, size_t size, size_t at)
{
	struct cursor all = cur_init(message, size), in = all, skipped;
	struct dns_reader r = dns_reader_of(&all), s = r;
	struct wire want, have;
	size_t after = slow_name(message, size, at, &want);
	struct dns_text text;

	text.used = 0;
	cur_skip(&in, at);
	skipped = in;
	dns_add_name(&text, &in, &r);
	dns_skip_name(&skipped, &s);
	assert(in.bad == skipped.bad && r.steps == s.steps);
	assert(r.steps <= r.steps_max + 1 && text.used <= DNS_NAME_TEXT_MAX);
	if (r.steps > r.steps_max) /* the plain reader never tires */
		return;
	assert(in.bad == (after == SIZE_MAX));
	if (in.bad)
		return;
	assert(cur_offset(&in) == after && cur_offset(&skipped) == after);
	back(&text, &have);
	assert(have.bytes == want.bytes && memcmp(have.octets, want.octets, want.bytes) == 0);
}

static void data(const uint8_t *message, size_t size, size_t at, uint16_t type)
{
	struct cursor all = cur_init(message, size), rest = all;
	struct dns_reader r = dns_reader_of(&all);
	struct dns_text text;

	text.used = 0;
	cur_skip(&rest, at);
	(void)dns_add_data(&text, type, 1, rest, &r);
	assert(text.used <= sizeof(text.bytes) && r.steps <= r.steps_max + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static const uint16_t types[] = {
		1, 2, 6, 13, 15, 16, 28, 33, 35, 43, 44, 46, 47, 48, 50, 51, 52, 64, 65, 256, 257};
	size_t at = (size_t)fuzz_take(&input, &size) << 8;
	uint8_t *message;

	at |= fuzz_take(&input, &size);
	if (size > 65535)
		size = 65535;
	at %= size + 1;
	message = fuzz_copy(input, size);
	name(message, size, at);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		data(message, size, at, types[i]);
	free(message);
	return 0;
}
