/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON writer: stable key order, no allocation but its growing buffer; every string is made valid
 * UTF-8 and `<`, U+2028 and U+2029 are escaped, so that the text is inert in a page too (RFC 8259).
 * A key is a name of our own and written as it is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/record.h"

struct json {
	char *text; /* owned; not zero-ended; grows, and keeps its memory over json_clear */
	size_t used, size;
	bool failed; /* out of memory; the text is then unusable */
	bool comma;  /* internal */
};

void json_clear(struct json *j);
void json_done(struct json *j);
void json_open(struct json *j, const char *key,
	char bracket); /* '{' or '['; key NULL inside arrays and at the top */
/* The same with a key that is a part of a longer text. */
void json_open_part(struct json *j, const char *key, size_t bytes, char bracket);
void json_close(struct json *j, char bracket); /* '}' or ']' */
void json_text(struct json *j, const char *key, const void *octets, size_t bytes);
void json_number(struct json *j, const char *key, uint64_t value);
void json_double(struct json *j, const char *key, double value);
void json_bool(struct json *j, const char *key, bool value);
void json_raw_line_end(struct json *j); /* '\n' */

/* One record as one object, without the line end. Keys come in the order of `tables` (NULL-ended:
 * those of the kind, then the dissectors'), so that the same values give the same text in whatever
 * order they were added; dotted keys become nested objects; lists `a[].b`, `a[].c` become one array
 * of objects. */
void json_record(struct json *j, const struct record *r, const struct field_table *const *tables);
