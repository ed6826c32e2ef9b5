/* SPDX-License-Identifier: Apache-2.0 */
/* The collector's side of the ledger: what arrived, what was stored, and what follows from that
 * when the probe did not live to say it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ledger.h"
#include "base/record.h"

struct books {
	struct ledger probe; /* its last ledger */
	bool probe_closed;   /* there was one, and nothing after it */
	bool ours; /* the sender is a probe of ours: set by a record that only such make */
	uint64_t received, stored;
	uint64_t flow_records, pkts, octets; /* in the flow records that arrived */
	uint64_t hits, others;
	uint64_t first_ns, last_ns; /* of their timestamps; last 0: none */
};

/* A record arrived. False: it was the probe's ledger, which is kept here and goes no further. */
bool books_take(struct books *b, const struct record *r);
/* All terms, closed; marked where there was no ledger of the probe. `pkts_read`: what the probe
 * said it had read, for the case that it crashed; `rejected`, `lost`: of the reader. */
void books_close(const struct books *b, uint64_t pkts_read, uint64_t rejected, uint64_t lost,
	struct ledger *ret);
