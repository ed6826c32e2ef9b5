/* SPDX-License-Identifier: Apache-2.0 */
/* Passive DNS: names and what they stood for, added up over a window of packet time, without those
 * who asked. It sits where the records of all workers come together, so that the sums do not depend
 * on how flows are spread over them. Its memory is fixed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ledger.h"
#include "base/record.h"
#include "base/siphash.h"

struct passive_dns;

struct passive_dns_limits {
	uint64_t window_ns; /* windows begin at multiples of it */
	uint32_t entries;   /* different records in a window */
	size_t text_bytes;  /* of all of them */
};

int passive_dns_new(struct passive_dns **ret, const struct passive_dns_limits *limits,
	const struct siphash_key *key);
void passive_dns_free(struct passive_dns *p);
/* The record of a DNS message, at this moment: what it answers is counted, but for names of
 * multicast DNS and LLMNR, which are those of clients. */
void passive_dns_add(
	struct passive_dns *p, const struct record *message, uint64_t clock_ns, struct ledger *l);
/* Whether there is something, and its window is over at this moment. */
bool passive_dns_due(const struct passive_dns *p, uint64_t clock_ns);
/* One record for each name, type and data, in the order in which they were first answered; then
 * there is nothing. Stops at the first nonzero that `send` returns. */
int passive_dns_flush(
	struct passive_dns *p, int (*send)(void *context, const struct record *r), void *context);
