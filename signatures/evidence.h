/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a flow when its signatures are evaluated: its ends, its facts and, when one was
 * just read, a message. Of a field that the message has, its facts do not count: conditions hold
 * together in one message or not at all. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"

#define SIGNATURE_HITS_MAX 64

enum evidence_moment {
	EVIDENCE_GOES_ON, /* signatures that can be decided before the end */
	EVIDENCE_ENDED,   /* those that cannot */
	EVIDENCE_WHOLE,   /* all: nothing more will be known */
};

struct evidence {
	enum evidence_moment moment;
	const struct record *facts; /* all borrowed; NULL: nothing */
	const struct record *message;
	const uint8_t *src_ip, *dest_ip; /* 16 octets; NULL: not known */
	int32_t dest_port, proto;        /* -1: not known */
	uint32_t dest_asn;               /* 0: not known */
	const char *app_proto;           /* NULL: not known */
};

struct signature_hit {
	uint32_t index;  /* of the indicator */
	uint64_t fields; /* bits 1 << enum signature_field_id: those whose value it asks for */
};
