/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a DNS message, RFC 1035 section 4.1.1, and whether octets are such a message. */
#pragma once

#include "dissectors/dns_name.h"

#define DNS_HEADER_BYTES 12
#define DNS_RECORDS_MAX  256

enum dns_opcode {
	DNS_QUERY = 0,
	DNS_NOTIFY = 4,   /* RFC 1996 */
	DNS_UPDATE = 5,   /* RFC 2136 */
	DNS_STATEFUL = 6, /* RFC 8490 */
};

struct dns_header {
	uint16_t id, flags, questions, answers, authorities, additionals;
};

struct dns_header dns_read_header(struct cursor *in);
bool dns_is_answer(const struct dns_header *h);
unsigned dns_opcode(const struct dns_header *h);

/* Whether these octets are a message. `here`, on DNS's own ports, it may be cut behind its first
 * entry; elsewhere it is one plain question or its answer and not an octet more. */
bool dns_is_message(struct cursor message, bool here);
/* Whether so few octets that it is yet to be seen. */
bool dns_may_be_message(struct cursor message);
/* Whether the header is one, and as many entries as it says can lie in so many octets. */
bool dns_may_fit(struct cursor message, size_t bytes);
/* Of a stream, from its middle on: moves over the octets before the length of a message that is not
 * one by chance. False, and the cursor stays: there is none yet. Adds the work to `steps`. */
bool dns_find_message(struct cursor *in, uint32_t *steps);
