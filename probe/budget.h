/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker may spend on decrypting: forged Initials of QUIC cost the sender a datagram and us
 * a derivation of keys. Per worker and second of the packets' clock, and of a live port only: which
 * packets come to which worker depends on their number, and a capture must give the same records
 * whatever that is. What holds everywhere is the dissector's own limit for each flow. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ledger.h"
#include "dissectors/dissect.h"

struct budget {
	uint64_t second;
	uint32_t spent; /* in it */
};

static inline bool budget_is_spent(struct budget *b, uint32_t per_s, uint64_t clock_ns)
{
	uint64_t second = clock_ns / 1000000000u;

	if (second != b->second)
		*b = (struct budget){.second = second};
	return per_s && b->spent >= per_s;
}

/* The work of a dissector, into the books and off the budget. */
static inline void budget_count(struct budget *b, struct ledger *l, const struct dissect *d)
{
	b->spent += d->decrypts;
	l->n[LEDGER_DISSECT_STEPS] += d->steps;
	l->n[LEDGER_QUIC_DECRYPTS] += d->decrypts;
	l->n[LEDGER_QUIC_DECRYPT_SHED] += d->decrypts_shed;
}
