/* SPDX-License-Identifier: Apache-2.0 */
/* One header of HTTP/1, RFC 9112 sections 2 to 5: its first line, and of its fields those few that
 * are wanted or say where the message ends. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

#define HTTP_VERSION_BYTES 8 /* HTTP/1.1 */

/* Octets that lie in the header. */
struct http_text {
	const char *at;
	size_t bytes;
};

/* What a header says of what follows it. */
struct http_framing {
	uint64_t length;
	uint16_t status; /* of a response; 0: it is a request */
	bool has_length;
	bool bad_length; /* not a number, or several different ones */
	bool has_coding; /* Transfer-Encoding */
	bool chunked;    /* its last coding */
	bool upgrade;
};

struct http_header {
	struct http_text method, target;                           /* of a request */
	struct http_text version;                                  /* may be empty in a request */
	struct http_text host, user_agent, content_type, location; /* the first of each */
	struct http_framing framing;
	bool whole;  /* the empty line is there */
	bool strict; /* every line is the rule's: name, colon, value; and there are some */
};

/* The next line without its end, which may be LF alone; false when it is not whole. */
bool http_next_line(struct cursor *in, struct http_text *ret);
/* Whether these octets, less than a line, may become a first line. `known`: the connection is HTTP,
 * and the method may be any token. */
bool http_may_begin(struct http_text head, bool known);
/* The first line of a message. `known`: the connection is HTTP, and an answer may be less exact. A
 * request may have no version: then only the whole header says whether it is one. */
bool http_first_line(struct http_text line, bool known, struct http_header *ret);
/* A header: the first line and all fields whose lines are whole; adds a step a line. */
bool http_header_read(struct cursor in, bool known, struct http_header *ret, uint32_t *steps);
/* One more line of fields; false: it is none. */
bool http_header_line(struct http_text line, struct http_header *h);
/* Nobody would take this for anything else: no line in the middle of a body, even where a segment
 * begins with it. */
bool http_is_sure(const struct http_header *h);

/* What nDPI calls requests to a proxy and those for the state of certificates; else NULL. */
const char *http_application(const struct http_header *h);

/* A chunk's size in octets, from its line (RFC 9112 section 7.1); false: this is no such line. */
bool http_chunk_size(struct http_text line, uint64_t *ret);

/* Type and subtype at the start of a Content-Type (RFC 9110 section 8.3.1); none: no octet. */
struct http_text http_media_type(struct http_text t);

bool http_same(struct http_text t, const char *word);        /* case counts */
bool http_starts_with(struct http_text t, const char *word); /* `word` in lower case; it does not */
static inline char http_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}
size_t http_find(struct http_text t, char c); /* offset, or t.bytes */
struct http_text http_trim(struct http_text t);
struct http_text http_from(struct http_text t, size_t offset);
