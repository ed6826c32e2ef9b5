/* SPDX-License-Identifier: Apache-2.0 */
/* Names of DNS, RFC 1035 section 4.1.4, as text: without the last dot, odd octets as section 5.1
 * writes them. Also the text that data is written to. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/record.h"

#define DNS_NAME_BYTES_MAX 255
#define DNS_NAME_TEXT_MAX  ((size_t)4 * DNS_NAME_BYTES_MAX) /* every octet as \DDD */
#define DNS_LABELS_MAX     127
#define DNS_JUMPS_MAX      64

/* A message that is being read, for the pointers into it. Names may share all of their labels, so
 * work is counted and has an end of its own: past `steps_max` every name is bad. */
struct dns_reader {
	struct cursor message; /* from its header on */
	size_t sound;          /* where the last pointer led that was a whole name, as most owners
				  are; 0: there was none */
	char *text;            /* room for DNS_NAME_TEXT_MAX octets: that name, of text_bytes; or
				  NULL */
	size_t text_bytes;
	uint32_t steps, steps_max;
};

struct dns_reader dns_reader_of(const struct cursor *message);

/* Text under construction; what does not fit is left out. */
struct dns_text {
	size_t used;
	char bytes[RECORD_TEXT_BYTES_MAX];
};

void dns_add_octets(struct dns_text *t, const void *octets, size_t bytes);
void dns_add_text(struct dns_text *t, const char *text);
void dns_add_number(struct dns_text *t, uint64_t number);
/* The octets for a reader: those in `special` after a backslash, what is not printable as \DDD. */
void dns_add_escaped(struct dns_text *t, struct cursor octets, const char *special);

/* A name onto `t`; a pointer must lead to before everything it has been reached from. A name that
 * breaks a limit makes `in` bad. The root is no text at all. */
void dns_add_name(struct dns_text *t, struct cursor *in, struct dns_reader *r);
/* The same among other data, where the root is a dot. */
void dns_add_name_or_dot(struct dns_text *t, struct cursor *in, struct dns_reader *r);
/* The same where pointers are not allowed. */
void dns_add_whole_name(struct dns_text *t, struct cursor *in, struct dns_reader *r);
/* Walks over a name; it is bad where dns_add_name says so. */
void dns_skip_name(struct cursor *in, struct dns_reader *r);
/* Passes over a name whose pointer leads anywhere. */
void dns_pass_name(struct cursor *in, struct dns_reader *r);
