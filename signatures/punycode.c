/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/punycode.h"

#include <stdbool.h>
#include <string.h>

#define BASE          36u
#define T_MIN         1u
#define T_MAX         26u
#define SKEW          38u
#define DAMP          700u
#define BIAS_FIRST    72u
#define FIRST         0x80u
#define CHARACTER_MAX 0x10ffffu

struct text {
	const uint8_t *at, *end;
};

static bool digit(uint32_t *ret, uint8_t octet)
{
	if (octet >= 'a' && octet <= 'z')
		*ret = octet - (uint32_t)'a';
	else if (octet >= '0' && octet <= '9')
		*ret = octet - (uint32_t)'0' + 26;
	else
		return false;
	return true;
}

/* RFC 3492 section 6.1 */
static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
	uint32_t k = 0;

	delta /= first ? DAMP : 2;
	delta += delta / points;
	for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
		delta /= BASE - T_MIN;
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

/* One number of variable length (section 3.3); false when it is cut or beyond 32 bits. */
static bool number(uint32_t *ret, struct text *in, uint32_t bias)
{
	uint64_t n = 0, weight = 1;

	for (uint32_t k = BASE;; k += BASE) {
		uint32_t t = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
		uint32_t value;

		if (in->at == in->end || !digit(&value, *in->at++))
			return false;
		n += value * weight;
		if (n > UINT32_MAX)
			return false;
		if (value < t)
			break;
		weight *= BASE - t;
		if (weight > UINT32_MAX)
			return false;
	}
	*ret = (uint32_t)n;
	return true;
}

/* What stands before the last hyphen are characters of ASCII as they are. */
static unsigned take_ascii(uint32_t *to, struct text *in)
{
	const uint8_t *hyphen = in->at == in->end
					? NULL
					: memrchr(in->at, '-', (size_t)(in->end - in->at));
	unsigned count = 0;

	if (!hyphen || hyphen == in->at) /* with none before it there is no delimiter */
		return 0;
	while (in->at < hyphen)
		to[count++] = *in->at++;
	in->at++;
	return count;
}

unsigned punycode_decode(uint32_t ret[PUNYCODE_CHARACTERS_MAX], const uint8_t *text, size_t bytes)
{
	struct text in = {text, text + bytes};
	uint32_t character = FIRST, bias = BIAS_FIRST;
	uint64_t place = 0;
	bool first = true;
	unsigned count;

	if (bytes > PUNYCODE_CHARACTERS_MAX)
		return 0;
	count = take_ascii(ret, &in);
	for (unsigned i = 0; i < count; i++) {
		if (ret[i] >= FIRST)
			return 0;
	}
	if (in.at == in.end)
		return 0;
	while (in.at < in.end) {
		uint32_t delta;

		if (count == PUNYCODE_CHARACTERS_MAX || !number(&delta, &in, bias))
			return 0;
		place += delta;
		bias = adapt(delta, count + 1, first);
		first = false;
		if (character + place / (count + 1) > CHARACTER_MAX)
			return 0;
		character += (uint32_t)(place / (count + 1));
		place %= count + 1;
		memmove(ret + place + 1, ret + place, (count - place) * sizeof(*ret));
		ret[place++] = character;
		count++;
		if (character >= 0xd800 && character <= 0xdfff)
			return 0;
	}
	return count;
}
