/* SPDX-License-Identifier: Apache-2.0 */
/* One worker: the flows of its packets, what is found in them, and the records that come of it. No
 * lock, no allocation and no system call for a packet; time is what the packets say. */
#pragma once

#include <stdint.h>

#include "base/ledger.h"
#include "base/record.h"
#include "dissectors/dissect.h"
#include "probe/budget.h"
#include "probe/classify.h"
#include "probe/flow/slab.h"
#include "probe/flow/table.h"
#include "probe/flow/wheel.h"
#include "probe/outlet.h"
#include "probe/settings.h"
#include "probe/signature_set.h"

struct worker {
	struct ledger ledger;
	const struct settings *settings; /* borrowed, as is all that is const here */
	const struct classify_ops *classify;
	struct classifier *classifier;
	const struct sigdb *db; /* NULL: nothing to match; these are of the set in use */
	const struct match_ops *match;
	struct matcher *matcher;
	const struct signature_set *set;
	struct guard_tally *tally;      /* NULL: nothing is guarded */
	unsigned number;                /* of the worker */
	const struct asn_database *asn; /* NULL: there is none */
	bool asks_as, has_signatures;   /* the set does */
	struct outlet outlet;
	struct order order; /* of the records that are being made */
	int error;          /* the first one of the outlet */
	bool begun;
	struct flow_table table;
	struct slab slab;
	struct inspection *oldest, *newest;
	struct wheel wheel;
	struct budget budget;
	/* scratch */
	struct record facts, message;
	uint8_t dissect_bytes[DISSECT_SCRATCH_BYTES];
	uint8_t facts_bytes[RECORD_BYTES_MAX / 2];
	uint8_t message_bytes[RECORD_BYTES_MAX];
	uint8_t record_bytes[RECORD_BYTES_MAX + RECORD_BYTES_MAX / 2];
};

struct worker_parts {
	const struct settings *settings;
	const struct classify_ops *classify;
	struct siphash_key key;         /* random: nobody can make two flows meet */
	unsigned number;                /* of the worker, from 0 on */
	const struct asn_database *asn; /* NULL: there is none */
	struct outlet outlet;
};

int worker_new(struct worker **ret, const struct worker_parts *parts);
void worker_free(struct worker *w);
/* From here on packets are matched against this set; what flows have as hits stays. */
void worker_use(struct worker *w, const struct signature_set *set);
/* The packets of a burst whose numbers are given, decoded, in order. */
void worker_burst(struct worker *w, const struct pkt *pkts, const uint8_t *indices, unsigned count);
/* Time passes: end what has ended by then. */
void worker_turn(struct worker *w, uint64_t clock_ns);
/* The end: every flow that lives is sent. */
void worker_finish(struct worker *w, enum flow_end_reason reason);
/* What is in flows that live: terms LIVE of the ledger. */
void worker_live(const struct worker *w, struct ledger *l);

/* For inspect.c */

/* Send a record, in the order of what is being done. */
void worker_send(struct worker *w, const struct record *r);
