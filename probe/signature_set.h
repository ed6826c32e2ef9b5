/* SPDX-License-Identifier: Apache-2.0 */
/* One database as all workers ask it: it is complete before a worker sees it, and does not change
 * while one does. */
#pragma once

#include "probe/guard.h"
#include "signatures/match.h"

struct signature_set {
	uint64_t serial; /* of the load: 1 is the first one */
	struct sigdb *db;
	const struct match_ops *match;
	struct match_set *matches;
	struct matcher **matchers; /* one for each worker */
	unsigned worker_count;
	struct guard *guard; /* NULL: there is none */
};

/* Where sets come from, and what they are made for. */
struct signature_source {
	const char *path;
	const struct match_ops *match;
	struct sigdb_trust trust;
	unsigned worker_count;
	bool is_guarded;
	struct guard_limits guard;
	struct siphash_key key; /* of the guard */
};

/* Errors are those of sigdb_open_trusted, with a message that names the file. */
int signature_set_open(struct signature_set **ret, const struct signature_source *from,
	char *ret_error, size_t error_size);
void signature_set_free(struct signature_set *set);
