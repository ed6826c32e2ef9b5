/* SPDX-License-Identifier: Apache-2.0 */
/* Types of DNS records, and their data as zone files write it. */
#pragma once

#include "dissectors/dns_name.h"

enum dns_type {
	DNS_A = 1,
	DNS_SOA = 6,
	DNS_AAAA = 28, /* RFC 3596 section 2.2 */
	DNS_OPT = 41,
};

/* As IANA names it; NULL for a type that is rare or private. */
const char *dns_type_name(uint16_t type);
/* The same, else TYPE and its number (RFC 3597 section 5). */
void dns_add_type(struct dns_text *t, uint16_t type);
/* The data of a record. Of MX, SRV and the like the host alone: that is what is looked for. Nothing
 * of keys and signatures that only a verifier needs, and nothing of types that we do not read.
 * False when it is malformed. */
bool dns_add_data(struct dns_text *t, uint16_t type, uint16_t class, struct cursor data,
	struct dns_reader *r);
