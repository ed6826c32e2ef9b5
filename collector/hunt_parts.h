/* SPDX-License-Identifier: Apache-2.0 */
/* What a hunt is made of, for the two files of it. */
#pragma once

#include "collector/hunt.h"
#include "signatures/asn.h"
#include "signatures/match.h"

struct hunt {
	struct sigdb *db; /* owned, as all below */
	struct match_set *set;
	struct matcher *matcher;
	const struct asn_database *asn; /* borrowed; NULL: there is none */
	const struct store_ops *ops;
	struct store *hits;
	struct met *met;
	size_t met_count, met_size;
	uint8_t *storage; /* of a hit */
	bool *any;        /* of each indicator: some flow has met it */
	uint64_t flow;    /* that the record which is looked at is of */
	struct hunt_report report;
	uint64_t left_out, ended_early;
	int error;
};

/* A hit in a record, by the field and, of a look-alike, its value (else NULL); what goes wrong is
 * h->error. */
void hunt_hit(struct hunt *h, const struct record *of, const char *field,
	const struct record_value *v, uint32_t index);
/* Hand-written signatures, after the flows and messages were stored. As hunt_store. */
int hunt_signatures(struct hunt *h, const struct hunt_ground *ground);
