/* SPDX-License-Identifier: Apache-2.0 */
/* What the record of a DNS message holds: for those who count names. */
#pragma once

#include "base/field.h"

enum dns_field {
	DNS_KIND,
	DNS_ID,
	DNS_FLAGS,
	DNS_OPCODE,
	DNS_RCODE,
	DNS_QUERY_NAME,
	DNS_QUERY_TYPE,
	/* the columns of a section follow each other */
	DNS_ANSWER_NAME,
	DNS_ANSWER_TYPE,
	DNS_ANSWER_TTL,
	DNS_ANSWER_RDATA,
	DNS_AUTHORITY_NAME,
	DNS_AUTHORITY_TYPE,
	DNS_AUTHORITY_TTL,
	DNS_AUTHORITY_RDATA,
	DNS_ADDITIONAL_NAME,
	DNS_ADDITIONAL_TYPE,
	DNS_ADDITIONAL_TTL,
	DNS_ADDITIONAL_RDATA,
	DNS_EDNS_SIZE,
	DNS_EDNS_VERSION,
	DNS_EDNS_FLAGS,
	DNS_EDNS_ERROR,
	DNS_FIELDS
};

#define DNS_SECTION_COLUMNS 4 /* name, type, time to live, data */

extern const struct field dns_fields[DNS_FIELDS];
extern const struct record_kind dns_kind;
