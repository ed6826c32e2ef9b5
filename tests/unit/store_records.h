/* SPDX-License-Identifier: Apache-2.0 */
/* Records for tests of filters and stores: kinds and a dissector table of their own, and a
 * generator that likes the ends of every range. */
#pragma once

#include <stdint.h>

#include "base/ipfix.h"
#include "base/record.h"

enum probe_field { T_SNI, T_ALPN, T_VERSION, T_COUNT };
enum message_field {
	M_ID,
	M_RRNAME,
	M_RRTYPE,
	M_TTL,
	M_RDATA,
	M_WHEN,
	M_NAME,
	M_TYPE,
	M_DATA,
	M_COUNT
};

extern const struct field_table test_tls_table, test_dns_table;
extern const struct record_kind test_dns_kind;
extern const struct ipfix_schema test_schema;

/* The next number of a sequence that a seed fixes (SplitMix64). */
uint64_t test_next(uint64_t *seed);
/* Fill an empty record of any kind with values that the seed picks. */
void test_fill(struct record *r, uint64_t *seed);
