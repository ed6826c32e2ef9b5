/* SPDX-License-Identifier: Apache-2.0 */
/* Private to the reader: how the records of one template become records of ours. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/ipfix.h"

#define IPFIX_VARIABLE      65535 /* field length: the record says (RFC 7011 section 7) */
#define IPFIX_PLAN_TIMES    8
#define IPFIX_LIST_ELEMENTS 1024

/* What is done with one element of a record. */
struct ipfix_step {
	uint8_t does; /* enum ipfix_does */
	uint8_t time; /* times: which one of the plan's */
	uint16_t length;
	const struct field *field;
};

struct ipfix_plan {
	const struct record_kind *kind; /* NULL: nothing of it is understood */
	bool options;                   /* records about the exporter, not about traffic */
	bool stamp;                     /* lacks the timestamp that all our events have */
	uint32_t record_bytes_min;
	uint32_t step_count, time_count;
	const struct field *times[IPFIX_PLAN_TIMES];
	uint8_t *spec; /* the template as it came, to know it again */
	size_t spec_bytes;
	struct ipfix_step *steps;
};

/* Time as the exporter tells it. */
struct ipfix_moment {
	uint32_t export_s;
	uint64_t boot_ms; /* systemInitTimeMilliseconds; 0: not told */
};

/* From the `element_count` field specifiers at the cursor (RFC 7011 section 3.2); `scope_count` of
 * an options template, else 0. -EBADMSG with a reason when they contradict themselves. */
int ipfix_plan_new(struct ipfix_plan **ret, const struct ipfix_schema *schema, struct cursor *in,
	unsigned element_count, unsigned scope_count, const char **ret_reason);
void ipfix_plan_free(struct ipfix_plan *p);
/* One record at the cursor. 1: it is in `r`; 0: it is no record of ours, or its values contradict
 * themselves; -EBADMSG: it runs over the end. */
int ipfix_plan_read(const struct ipfix_plan *p, const struct ipfix_schema *schema,
	struct cursor *in, struct ipfix_moment *moment, struct record *r);
