/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ledger.h"

#include "base/schema.h"

const struct field ledger_fields[LEDGER_COUNT] = {
#define X(name, number, json, unit_, text)                                                         \
	[LEDGER_##name] = {.key = "ledger." json,                                                  \
		.type = FIELD_U64,                                                                 \
		.flags = FIELD_KEEP_ZERO,                                                          \
		.pen = KUKLA_PEN,                                                                  \
		.ie = number,                                                                      \
		.ie_name = "ledger." json,                                                         \
		.unit = unit_,                                                                     \
		.label = json,                                                                     \
		.meaning = text},
	LEDGER_TERMS(X)
#undef X
};

const struct field_table ledger_table = {"ledger", ledger_fields, LEDGER_COUNT};

void ledger_add(struct ledger *to, const struct ledger *from)
{
	for (size_t i = 0; i < LEDGER_COUNT; i++)
		to->n[i] += from->n[i];
}

static uint64_t difference(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

uint64_t ledger_close(struct ledger *l, bool collected)
{
#define N(name) l->n[LEDGER_##name]
	uint64_t residual = 0;

	/* P1 capture */
	residual += difference(
		N(WIRE_SEEN), N(DELIVERED) + N(NIC_MISSED) + N(NIC_ERRORS) + N(KERNEL_DROPPED));
	/* P2 decode */
	residual += difference(N(DELIVERED), N(DECODED) + N(UNDECODABLE_LINK) +
						     N(UNDECODABLE_TRUNCATED) + N(UNDECODABLE_IP) +
						     N(UNDECODABLE_DEPTH) + N(FILTERED) + N(SHED));
	/* P3 attribute */
	residual += difference(N(DECODED), N(FLOW_PKTS) + N(NONFLOW) + N(OVERFLOW_PKTS));
	/* P4 export */
	residual += difference(N(FLOW_PKTS), N(EXPORTED_PKTS) + N(LIVE_PKTS) + N(CRASH_LOST_PKTS));
	residual += difference(
		N(FLOW_BYTES), N(EXPORTED_BYTES) + N(LIVE_BYTES) + N(CRASH_LOST_BYTES));
	/* R1 records made */
	residual += difference(
		N(CREATED), N(SPOOLED) + N(DROPPED_FULL) + N(DROPPED_ENCODE) + N(NAMES_MERGED));
	if (collected) {
		/* R2, R3: what the probe wrote was read, what was read was stored */
		residual += difference(N(SPOOLED), N(RECEIVED) + N(MISSING));
		residual += difference(
			N(RECEIVED), N(STORED) + N(DUPLICATE) + N(REJECTED) + N(IN_FLIGHT));
	}
	N(RESIDUAL) = residual;
	return residual;
#undef N
}

void ledger_to_record(const struct ledger *l, struct record *r)
{
	for (size_t i = 0; i < LEDGER_COUNT; i++)
		record_number(r, &ledger_fields[i], l->n[i]);
}

void ledger_from_record(struct ledger *l, const struct record *r)
{
	struct record_value v = {0};

	while (record_next(r, &v)) {
		if (v.field >= ledger_fields && v.field < ledger_fields + LEDGER_COUNT)
			l->n[v.field - ledger_fields] = v.number;
	}
}
