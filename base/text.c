/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

static const char digits[] = "0123456789abcdef";

/* RFC 3629 section 4: no overlong form, no surrogate, nothing past U+10FFFF. */
unsigned text_char(const uint8_t *octets, size_t bytes, uint32_t *ret_char)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned length;
	uint32_t c;

	if (bytes == 0)
		return 0;
	c = octets[0];
	if (c < 0x80) {
		*ret_char = c;
		return 1;
	}
	length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (c < 0xc2 || c > 0xf4 || bytes < length)
		return 0;
	c &= 0x7fu >> length;
	for (unsigned i = 1; i < length; i++) {
		if ((octets[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (octets[i] & 0x3f);
	}
	if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret_char = c;
	return length;
}

static bool never(uint32_t c)
{
	return c == 0; /* would end the text before its time */
}

/* What moves the cursor, starts an escape sequence, ends a line, is not seen or turns the direction
 * of writing (Unicode UAX 9, UTR 36 section 2.5). */
static bool unfit_for_terminal(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x2069) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	       (c >= 0xe0000 && c <= 0xe007f);
}

static size_t sanitise(
	char *to, size_t size, const uint8_t *octets, size_t bytes, bool (*unfit)(uint32_t))
{
	size_t used = 0, at = 0;

	if (size == 0)
		return 0;
	while (at < bytes) {
		uint32_t c;
		size_t length = text_char(octets + at, bytes - at, &c);

		if (length && !unfit(c)) {
			if (length >= size - used)
				break;
			memcpy(to + used, octets + at, length);
			used += length;
			at += length;
			continue;
		}
		if (!length)
			length = 1;
		if ((size_t)4 * length >= size - used)
			break;
		for (; length; length--, at++) {
			to[used++] = '\\';
			to[used++] = 'x';
			to[used++] = digits[octets[at] >> 4];
			to[used++] = digits[octets[at] & 15];
		}
	}
	to[used] = 0;
	return used;
}

size_t text_utf8(char *to, size_t size, const void *octets, size_t bytes)
{
	return sanitise(to, size, octets, bytes, never);
}

size_t text_terminal(char *to, size_t size, const void *octets, size_t bytes)
{
	return sanitise(to, size, octets, bytes, unfit_for_terminal);
}

static char *write_decimal(char *to, uint64_t n)
{
	char reversed[20];
	size_t count = 0;

	do
		reversed[count++] = (char)('0' + n % 10);
	while (n /= 10);
	while (count)
		*to++ = reversed[--count];
	return to;
}

size_t text_number(char to[TEXT_NUMBER_BYTES], uint64_t n)
{
	char *end = write_decimal(to, n);

	*end = 0;
	return (size_t)(end - to);
}

static char *write_group(char *to, unsigned group)
{
	bool begun = false;

	for (int shift = 12; shift >= 0; shift -= 4) {
		unsigned digit = group >> shift & 15;

		begun = begun || digit || shift == 0;
		if (begun)
			*to++ = digits[digit];
	}
	return to;
}

/* The longest run of two or more zero groups, the first of equals (RFC 5952 section 4.2). */
static void longest_zeros(const unsigned group[8], unsigned *ret_from, unsigned *ret_count)
{
	unsigned run = 0;

	*ret_from = 8;
	*ret_count = 1;
	for (unsigned i = 0; i < 8; i++) {
		run = group[i] ? 0 : run + 1;
		if (run > *ret_count) {
			*ret_count = run;
			*ret_from = i + 1 - run;
		}
	}
}

bool address_is_v4(const uint8_t address[16])
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	return memcmp(address, mapped, sizeof(mapped)) == 0;
}

bool address_within(const uint8_t address[16], const uint8_t prefix[16], unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (bits > 128 || memcmp(address, prefix, whole) != 0)
		return false;
	return rest == 0 || (address[whole] ^ prefix[whole]) >> (8 - rest) == 0;
}

size_t text_address(char to[TEXT_ADDRESS_BYTES], const uint8_t address[16])
{
	unsigned group[8], zeros_from, zeros_count;
	char *at = to;

	if (address_is_v4(address)) {
		for (int i = 12; i < 16; i++) {
			if (i > 12)
				*at++ = '.';
			at = write_decimal(at, address[i]);
		}
		*at = 0;
		return (size_t)(at - to);
	}
	for (size_t i = 0; i < 8; i++)
		group[i] = (unsigned)address[2 * i] << 8 | address[2 * i + 1];
	longest_zeros(group, &zeros_from, &zeros_count);
	for (unsigned i = 0; i < 8; i++) {
		if (i == zeros_from) {
			*at++ = ':';
			i += zeros_count - 1;
			if (i == 7)
				*at++ = ':';
			continue;
		}
		if (i)
			*at++ = ':';
		at = write_group(at, group[i]);
	}
	*at = 0;
	return (size_t)(at - to);
}

bool text_to_address(const char *text, size_t bytes, uint8_t ret_address[16])
{
	char copy[TEXT_ADDRESS_BYTES];
	uint8_t v4[4], v6[16];

	if (bytes == 0 || bytes >= sizeof(copy) || memchr(text, 0, bytes))
		return false;
	memcpy(copy, text, bytes);
	copy[bytes] = 0;
	if (inet_pton(AF_INET, copy, v4) == 1) {
		memset(ret_address, 0, 10);
		memset(ret_address + 10, 0xff, 2);
		memcpy(ret_address + 12, v4, sizeof(v4));
		return true;
	}
	if (inet_pton(AF_INET6, copy, v6) != 1)
		return false;
	memcpy(ret_address, v6, sizeof(v6));
	return true;
}

static char *write_padded(char *to, uint32_t n, unsigned width)
{
	for (unsigned i = width; i > 0; i--, n /= 10)
		to[i - 1] = (char)('0' + n % 10);
	return to + width;
}

/* The Gregorian date of a day counted from 1970-01-01. Years are taken to begin in March, so that
 * the leap day is the last one: then a month's first day is (153 m + 2) / 5 days into its year. */
static char *write_date(char *to, uint32_t day)
{
	uint32_t since = day + 719468; /* days from 0000-03-01 to 1970-01-01 */
	uint32_t era = since / 146097, in_era = since % 146097;
	uint32_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	uint32_t in_year = in_era - (365 * year + year / 4 - year / 100);
	uint32_t march_month = (5 * in_year + 2) / 153;
	uint32_t month = march_month < 10 ? march_month + 3 : march_month - 9;

	year += era * 400 + (month <= 2);
	to = write_padded(to, year, 4);
	*to++ = '-';
	to = write_padded(to, month, 2);
	*to++ = '-';
	return write_padded(to, in_year - (153 * march_month + 2) / 5 + 1, 2);
}

size_t text_time(char to[TEXT_TIME_BYTES], uint64_t ns)
{
	uint64_t seconds = ns / 1000000000;
	uint32_t in_day = (uint32_t)(seconds % 86400);
	char *at = write_date(to, (uint32_t)(seconds / 86400));

	*at++ = 'T';
	at = write_padded(at, in_day / 3600, 2);
	*at++ = ':';
	at = write_padded(at, in_day / 60 % 60, 2);
	*at++ = ':';
	at = write_padded(at, in_day % 60, 2);
	*at++ = '.';
	at = write_padded(at, (uint32_t)(ns % 1000000000 / 1000), 6);
	memcpy(at, "+0000", 6);
	return (size_t)(at - to) + 5;
}

void text_hex(char *to, const void *octets, size_t bytes)
{
	const uint8_t *in = octets;

	for (size_t i = 0; i < bytes; i++) {
		*to++ = digits[in[i] >> 4];
		*to++ = digits[in[i] & 15];
	}
	*to = 0;
}

#define WORD_BYTES_MAX 64 /* of option and key names; longer words are equal or far only */

unsigned text_distance(const char *a, const char *b, unsigned limit)
{
	unsigned rows[3][WORD_BYTES_MAX + 1];
	size_t a_bytes = strlen(a), b_bytes = strlen(b);
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];

	if (strcmp(a, b) == 0)
		return 0;
	if (a_bytes > WORD_BYTES_MAX || b_bytes > WORD_BYTES_MAX)
		return limit + 1;
	for (unsigned j = 0; j <= b_bytes; j++)
		above[j] = j;
	for (unsigned i = 1; i <= a_bytes; i++) {
		unsigned *spare = before;

		row[0] = i;
		for (unsigned j = 1; j <= b_bytes; j++) {
			unsigned best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[b_bytes] <= limit ? above[b_bytes] : limit + 1;
}

void text_nearest(struct text_nearest *n, const char *candidate)
{
	size_t bytes = strlen(n->word);
	unsigned limit = (unsigned)(bytes < WORD_BYTES_MAX ? bytes : WORD_BYTES_MAX) / 4 + 1;
	unsigned distance = text_distance(n->word, candidate, limit);

	if (bytes >= 3 && strncmp(n->word, candidate, bytes) == 0)
		distance = 1; /* its beginning */
	if (distance <= limit && (!n->best || distance < n->distance)) {
		n->best = candidate;
		n->distance = distance;
	}
}
