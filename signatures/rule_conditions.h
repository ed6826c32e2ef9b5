/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule says of the traffic: its contents, each with the part of the traffic that it is
 * looked for in, and whether there is more than contents (docs.suricata.io, chapter Suricata Rules;
 * Snort manual, Rule Options; Snort 3 user manual). */
#pragma once

#include "signatures/builder.h"
#include "signatures/rule.h"

#define RULE_PATTERN_BYTES_MAX 512
#define RULE_CONTENTS_MAX      6

/* Which part of the traffic a content is looked for in. */
enum rule_buffer {
	IN_PAYLOAD,
	IN_NAME, /* asked of DNS, or named in TLS */
	IN_HOST,
	IN_URI,
	IN_METHOD,
	IN_HEADER,
	IN_AGENT,
	IN_CERT,
	IN_JA3,
	IN_JA3S,
	IN_JA4,
	BUFFERS
};

struct rule_content {
	enum rule_buffer buffer;
	size_t bytes;
	char text[RULE_PATTERN_BYTES_MAX];
	bool starts, ends, relative, has_depth;
	uint32_t offset, depth;
};

struct rule_conditions {
	struct candidate candidate; /* of all values; without one yet */
	struct span message, class_type;
	char dates[3][24];
	size_t date_count;

	enum rule_buffer buffer; /* of the next content */
	bool has_conditions;
	bool for_dns, for_addresses; /* says something that is implied there only */
	bool dotprefix[BUFFERS];
	uint32_t bsize[BUFFERS]; /* 0: any */
	size_t content_count;
	struct rule_content contents[RULE_CONTENTS_MAX];
};

/* Everything but the header. */
void rule_conditions(struct rule_conditions *ret, const struct rule *rule);
/* The content is all that stands there, not a part of it. */
bool rule_is_whole(const struct rule_conditions *r, const struct rule_content *c);
