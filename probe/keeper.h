/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the set of signatures: opens the first one, takes the file's next ones while packets are
 * matched, judges by the traffic guard.
 *
 * A set is opened, verified and built outside of the packets' path, then becomes the current one by
 * one pointer. Who reads bursts looks at it once a burst and writes it on the burst, so that all
 * workers match the packets of a burst against one set. A worker says which set it uses; the one
 * before is given back when all have said that they use a later one. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ledger.h"
#include "base/record.h"
#include "probe/signature_set.h"

#define KEEPER_RECORD_BYTES 7680 /* seven texts of RECORD_TEXT_BYTES_MAX, and the rest */

struct keeper;

struct keeper_config {
	struct signature_source source; /* what it points to is borrowed */
	bool follows;                   /* take the file's next sets */
	bool allow_rollback;            /* also one of a lower number than the set in use has */
	const char *state_path;         /* keeps that number over restarts; NULL: nothing does */
	bool expires;                   /* what has expired is not reported: warn of it */
	uint64_t max_age_s;             /* warn of a set that is older; 0: of none */
	uint64_t check_ns;              /* how often the file is looked at */
	volatile sig_atomic_t *asked; /* changes when the user asks for it (SIGHUP); NULL: never */
	uint64_t (*now_ns)(void);     /* wall clock */
	/* one line for the user; called by the keeper's thread, too */
	void (*note)(const char *text);
	void (*warn)(const char *text);
	void (*problem)(const char *text);
};

/* Opens the first set, and warns of its age. */
int keeper_open(struct keeper **ret, const struct keeper_config *config, char *ret_error,
	size_t error_size);
void keeper_close(struct keeper *k); /* no worker uses a set any more */
/* A thread that calls keeper_turn until keeper_stop. */
int keeper_start(struct keeper *k);
/* After a last judgement by that thread, if there is one. */
void keeper_stop(struct keeper *k);
/* What there is to do: take a new file, give back an old set, judge. For one thread. */
void keeper_turn(struct keeper *k);

/* For who reads bursts. */
const struct signature_set *keeper_current(const struct keeper *k);
/* For a worker: from now on it uses this set and no earlier one. */
void keeper_use(struct keeper *k, unsigned worker, const struct signature_set *set);
/* For who writes records: what was quarantined and not told yet, at this moment, into a record of
 * KEEPER_RECORD_BYTES. False: nothing. */
bool keeper_tell(struct keeper *k, uint64_t now_ns, struct record *r);
/* At the end: sets taken and refused, indicators quarantined. */
void keeper_count(const struct keeper *k, struct ledger *l);
