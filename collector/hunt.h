/* SPDX-License-Identifier: Apache-2.0 */
/* A database of signatures over records that are stored already: what a probe that had had it would
 * have met. Hits are records of kind_hit in a store in memory, to be asked like those of a case. */
#pragma once

#include "collector/store.h"

struct hunt;

/* What could not be used is said in ret_error; -EBADMSG: the database is damaged. */
int hunt_open(struct hunt **ret, const char *database, const struct ipfix_schema *schema,
	char *ret_error, size_t error_size);
/* Where to look: the records of a store, by their kinds (NULL-ended), in a time as of a query. */
struct hunt_ground {
	const struct store_ops *ops;
	struct store *store;
	const struct record_kind *const *kinds;
	uint64_t since_ns, until_ns;
};

/* Asks about all of them. An indicator is a hit of a flow once; a name of passive DNS, which is
 * nobody's, is a hit only of an indicator that no flow has met. -EBADMSG: some of what is stored
 * cannot be read, the rest was asked about; -ENOMEM. */
int hunt_store(struct hunt *h, const struct hunt_ground *ground);
/* How many indicators were left out so far, because one value touched more than the limit. */
uint64_t hunt_left_out(const struct hunt *h);
/* The hits, borrowed, and how to ask them. */
struct store *hunt_hits(const struct hunt *h, const struct store_ops **ret_ops);
void hunt_close(struct hunt *h);
