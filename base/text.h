/* SPDX-License-Identifier: Apache-2.0 */
/* Strings from traffic and numbers, made fit for people and for files. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_ADDRESS_BYTES 46 /* longest address in text, with its zero */
#define TEXT_TIME_BYTES    40
#define TEXT_NUMBER_BYTES  21

/* The first character of some octets: how many octets it has, or 0 when they are not UTF-8. */
unsigned text_char(const uint8_t *octets, size_t bytes, uint32_t *ret_char);

/* Write valid UTF-8 that stands for any octets: what is not UTF-8, and a zero, becomes `\xNN`
 * (backslash, x, two digits). Writes at most `size` octets with the closing zero, never half a
 * character; returns the octets written without the zero. */
size_t text_utf8(char *to, size_t size, const void *octets, size_t bytes);
/* The same for a terminal or a log line: control characters, bidirectional overrides and line ends
 * become `\xNN` too. */
size_t text_terminal(char *to, size_t size, const void *octets, size_t bytes);
/* RFC 5952; IPv4-mapped addresses as dotted decimals. Returns the length. */
size_t text_address(char to[TEXT_ADDRESS_BYTES], const uint8_t address[16]);
/* Accepts dotted decimals (strictly four) and RFC 4291 text; false when it is neither. */
bool text_to_address(const char *text, size_t bytes, uint8_t ret_address[16]);
bool address_is_v4(const uint8_t address[16]);
/* Whether the first `bits` bits are those of the prefix. */
bool address_within(const uint8_t address[16], const uint8_t prefix[16], unsigned bits);
/* 2023-05-14T07:00:00.000001+0000 for nanoseconds since 1970; any 64-bit value. Returns the length.
 */
size_t text_time(char to[TEXT_TIME_BYTES], uint64_t ns);
/* Decimal digits and a closing zero; returns the length. */
size_t text_number(char to[TEXT_NUMBER_BYTES], uint64_t n);
/* Lower-case hexadecimal digits and a closing zero; `to` holds 2 * bytes + 1. */
void text_hex(char *to, const void *octets, size_t bytes);
/* How many edits (Damerau, adjacent swap is one) lie between two words, at most `limit` + 1;
 * words of more than 64 octets are either equal or far. */
unsigned text_distance(const char *a, const char *b, unsigned limit);

/* Of several words the one that a mistyped word may have meant: `{.word = "..."}` at first, one
 * call for each candidate, then `best`; NULL: none is near. */
struct text_nearest {
	const char *word, *best;
	unsigned distance; /* internal */
};

void text_nearest(struct text_nearest *n, const char *candidate);
