/* SPDX-License-Identifier: Apache-2.0 */
/* What a feed says has to hold together (AND), for formats that can say so: it is an indicator
 * where one part of it is enough, and refused where more would have to be dropped. */
#pragma once

#include "signatures/builder.h"

#define CONJUNCTION_PARTS_MAX 32

enum part_kind {
	PART_NAME, /* of a host */
	PART_ADDRESS,
	PART_PORT,
	PART_URL,
	PART_PATH,
	PART_AGENT,
	PART_CERT, /* several of one conjunction are of the same certificate */
	PART_ASN,
	PART_HASH,  /* of a file */
	PART_OTHER, /* nothing that is seen on the wire, or that cannot be said by a value */
};

enum part_match { PART_EQUALS, PART_SUBSTRING, PART_IS_NOT };

struct part {
	enum part_kind kind;
	enum part_match match;
	uint32_t line;
	struct span value;
	struct span delimiter; /* between values of which one is enough; empty: there is one */
	const char *why;       /* of PART_OTHER; constant */
};

struct conjunction {
	size_t count; /* may be larger than what is kept */
	uint32_t last_line;
	struct part parts[CONJUNCTION_PARTS_MAX];
};

extern const char conjunction_dropped[]; /* the reason "its other conditions would be dropped" */

void conjunction_add(struct conjunction *c, const struct part *part);
/* Offers what is enough and refuses the rest, each part with its line; `about` is said of all. */
int conjunction_offer(const struct conjunction *c, const struct candidate *about, struct builder *b,
	struct import_report *report);
/* Refuses all of it, for one reason. */
void conjunction_refuse(const struct conjunction *c, const char *why, struct import_report *report);
