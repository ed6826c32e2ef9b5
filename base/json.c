/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SIZE_FIRST 4096

/* Room for so many octets more, or NULL. */
static char *room(struct json *j, size_t bytes)
{
	if (j->failed)
		return NULL;
	if (bytes > j->size - j->used) {
		size_t size = j->size ? j->size : SIZE_FIRST;
		char *text;

		while (size - j->used < bytes && size <= SIZE_MAX / 2)
			size *= 2;
		text = size - j->used < bytes ? NULL : realloc(j->text, size);
		if (!text) {
			j->failed = true;
			return NULL;
		}
		j->text = text;
		j->size = size;
	}
	return j->text + j->used;
}

static void put(struct json *j, const void *octets, size_t bytes)
{
	char *to = room(j, bytes);

	if (!to || !bytes)
		return;
	memcpy(to, octets, bytes);
	j->used += bytes;
}

void json_clear(struct json *j)
{
	j->used = 0;
	j->failed = false;
	j->comma = false;
}

void json_done(struct json *j)
{
	free(j->text);
	*j = (struct json){0};
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<';
}

/* The letter of an escape of two characters, or 0. */
static char short_escape(uint8_t c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\t':
		return 't';
	case '\n':
		return 'n';
	case '\f':
		return 'f';
	case '\r':
		return 'r';
	default:
		return 0;
	}
}

/* One character that is not written as it is; returns how many octets of the source it took. */
static size_t put_special(struct json *j, const uint8_t *at, size_t left)
{
	uint32_t c = 0;
	unsigned length = text_char(at, left, &c);
	char text[8] = {'\\', short_escape(*at)};

	if (text[1]) {
		put(j, text, 2);
	} else if (length == 0 || c == 0) {
		/* not UTF-8, or a zero: the octet in hexadecimal, as text_utf8 writes it, so that a
		 * record reads the same before and after a store */
		memcpy(text + 1, "\\x", 2);
		text_hex(text + 3, at, 1);
		put(j, text, 5);
		length = 1;
	} else if (length == 1) {
		memcpy(text + 1, "u00", 3);
		text_hex(text + 4, at, 1);
		put(j, text, 6);
	} else if (c == 0x2028 || c == 0x2029) {
		put(j, c == 0x2028 ? "\\u2028" : "\\u2029", 6);
	} else {
		put(j, at, length);
	}
	return length;
}

static void put_string(struct json *j, const void *octets, size_t bytes)
{
	const uint8_t *at = octets, *end = bytes ? at + bytes : at;

	put(j, "\"", 1);
	while (at < end) {
		const uint8_t *plain = at;

		while (at < end && is_plain(*at))
			at++;
		put(j, plain, (size_t)(at - plain));
		if (at < end)
			at += put_special(j, at, (size_t)(end - at));
	}
	put(j, "\"", 1);
}

/* What stands before a value: the comma after the one before, and the key. */
static void put_key(struct json *j, const char *key, size_t bytes)
{
	char *to = room(j, bytes + 4);
	size_t used = 0;

	if (!to)
		return;
	if (j->comma)
		to[used++] = ',';
	j->comma = true;
	if (key) {
		to[used++] = '"';
		memcpy(to + used, key, bytes);
		used += bytes;
		to[used++] = '"';
		to[used++] = ':';
	}
	j->used += used;
}

static void begin(struct json *j, const char *key)
{
	put_key(j, key, key ? strlen(key) : 0);
}

void json_open_part(struct json *j, const char *key, size_t bytes, char bracket)
{
	put_key(j, key, bytes);
	put(j, &bracket, 1);
	j->comma = false;
}

void json_open(struct json *j, const char *key, char bracket)
{
	json_open_part(j, key, key ? strlen(key) : 0, bracket);
}

void json_close(struct json *j, char bracket)
{
	put(j, &bracket, 1);
	j->comma = true;
}

void json_text(struct json *j, const char *key, const void *octets, size_t bytes)
{
	begin(j, key);
	put_string(j, octets, bytes);
}

void json_number(struct json *j, const char *key, uint64_t value)
{
	char text[TEXT_NUMBER_BYTES];

	begin(j, key);
	put(j, text, text_number(text, value));
}

/* The shorter of two texts that both read back as the same number; RFC 8259 knows neither infinity
 * nor NaN. */
void json_double(struct json *j, const char *key, double value)
{
	char text[32];

	begin(j, key);
	if (!isfinite(value)) {
		put(j, "null", 4);
		return;
	}
	(void)snprintf(text, sizeof(text), "%.15g", value);
	if (strtod(text, NULL) != value)
		(void)snprintf(text, sizeof(text), "%.17g", value);
	put(j, text, strlen(text));
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin(j, key);
	if (value)
		put(j, "true", 4);
	else
		put(j, "false", 5);
}

void json_raw_line_end(struct json *j)
{
	put(j, "\n", 1);
	j->comma = false;
}
