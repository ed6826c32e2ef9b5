/* SPDX-License-Identifier: Apache-2.0 */
/* A database of signatures over records that are stored already: what a probe that had had it would
 * have met. Hits are records of kind_hit in a store in memory, to be asked like those of a case. */
#pragma once

#include "collector/store.h"

#define HUNT_EXAMPLES_MAX 8

struct hunt;
struct asn_database;

/* What could not be used is said in ret_error; -EBADMSG: the database is damaged. `asn` is
 * borrowed; NULL: there is none. */
int hunt_open(struct hunt **ret, const char *database, const struct ipfix_schema *schema,
	const struct asn_database *asn, char *ret_error, size_t error_size);
/* Where to look: the records of a store, by their kinds (NULL-ended), in a time as of a query. */
struct hunt_ground {
	const struct store_ops *ops;
	struct store *store;
	const struct record_kind *const *kinds;
	uint64_t since_ns, until_ns;
	size_t message_bytes_max; /* of messages that wait for their flow; 0: 256 MiB */
};

/* Asks about all of them. An indicator is a hit of a flow once; a name of passive DNS, which is
 * nobody's, is a hit only of an indicator that no flow has met. -EBADMSG: some of what is stored
 * cannot be read, the rest was asked about; -ENOMEM. */
int hunt_store(struct hunt *h, const struct hunt_ground *ground);
/* How many indicators were left out so far, because one value, or one evaluation of signatures, had
 * more than the limit. */
uint64_t hunt_left_out(const struct hunt *h);
/* Messages and flows of which not all signatures were looked at (match.h). */
uint64_t hunt_ended_early(const struct hunt *h);
/* A signature asks for what is not stored, or not of all flows. */
struct hunt_example {
	const char *name; /* borrowed from the hunt */
	uint64_t fields;  /* that are not: bits of enum signature_field_id */
	bool never;       /* it cannot be looked for at all */
};

/* What could not be looked for. */
struct hunt_report {
	size_t signatures;    /* of the database */
	size_t never, partly; /* of these: that cannot be looked for, or not in all flows */
	struct hunt_example examples[HUNT_EXAMPLES_MAX]; /* the first of both */
	size_t systems; /* indicators of autonomous systems, for which there is no database */
	uint64_t alone; /* messages that touch a signature, evaluated without the rest of their
			   flow: it is not there, or there were too many to wait for it */
};

const struct hunt_report *hunt_report(const struct hunt *h);
/* The hits, borrowed, and how to ask them. */
struct store *hunt_hits(const struct hunt *h, const struct store_ops **ret_ops);
void hunt_close(struct hunt *h);
