/* SPDX-License-Identifier: Apache-2.0 */
/* What a replay found, for a person. */
#pragma once

#include <stdio.h>

#include "base/ledger.h"
#include "collector/cli/books.h"
#include "collector/store.h"

struct summary {
	const struct store_ops *ops;
	struct store *store;
	const struct books *books;
	const struct ledger *ledger; /* closed */
	double seconds;
	uint64_t octets_read; /* of the captures; 0: not known */
	unsigned columns;     /* of the terminal; 0: none */
};

/* 0, or the error of a query. */
int summary_print(const struct summary *s, FILE *to);
/* The terms that say what was lost and why, those that are not zero, and the residual.
 * `l`: the sum of `count` ledgers. */
void summary_losses(const struct ledger *l, uint64_t count, FILE *to);
