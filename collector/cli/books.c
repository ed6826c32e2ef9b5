/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/cli/books.h"

#include "base/schema.h"

/* Foreign exporters know IANA's elements only. */
static bool has_own_value(const struct record *r)
{
	struct record_value v = {0};

	while (record_next(r, &v)) {
		if (v.field->pen == KUKLA_PEN)
			return true;
	}
	return false;
}

bool books_take(struct books *b, const struct record *r)
{
	struct record_value time;

	if (r->kind == &kind_ledger) {
		ledger_from_record(&b->probe, r);
		b->probe_closed = b->ours = true;
		return false;
	}
	b->probe_closed = false; /* it went on: that ledger was not the last one */
	b->ours = b->ours || has_own_value(r);
	b->received++;
	if (r->kind == &kind_flow) {
		b->flow_records++;
		b->pkts += record_get(r, &flow_fields[FLOW_PKTS_TOSERVER]) +
			   record_get(r, &flow_fields[FLOW_PKTS_TOCLIENT]);
		b->octets += record_get(r, &flow_fields[FLOW_BYTES_TOSERVER]) +
			     record_get(r, &flow_fields[FLOW_BYTES_TOCLIENT]);
	} else if (r->kind == &kind_hit) {
		b->hits++;
	} else {
		b->others++;
	}
	if (record_find(r, &common_fields[COMMON_TIMESTAMP], &time)) {
		uint64_t start = record_get(r, &flow_fields[FLOW_START]);

		start = r->kind == &kind_flow && start && start < time.number ? start : time.number;
		if (b->last_ns == 0 || start < b->first_ns)
			b->first_ns = start;
		if (time.number > b->last_ns)
			b->last_ns = time.number;
	}
	return true;
}

/* The probe is gone without its books: what arrived is certain; packets that it read and that are
 * in no flow record went down with it. */
static void reconstruct(const struct books *b, uint64_t pkts_read, struct ledger *l)
{
	static const enum ledger_term packets[] = {
		LEDGER_WIRE_SEEN, LEDGER_DELIVERED, LEDGER_DECODED, LEDGER_FLOW_PKTS};
	uint64_t pkts = pkts_read > b->pkts ? pkts_read : b->pkts;

	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++)
		l->n[packets[i]] = pkts;
	l->n[LEDGER_EXPORTED_PKTS] = b->pkts;
	l->n[LEDGER_CRASH_LOST_PKTS] = pkts - b->pkts;
	l->n[LEDGER_FLOW_BYTES] = l->n[LEDGER_EXPORTED_BYTES] = b->octets;
	l->n[LEDGER_RECONSTRUCTED] = 1;
}

void books_close(const struct books *b, uint64_t pkts_read, uint64_t rejected, uint64_t lost,
	struct ledger *ret)
{
	uint64_t received = b->received + rejected;

	*ret = b->probe;
	if (!b->probe_closed) {
		*ret = (struct ledger){0};
		ret->n[LEDGER_FLOW_RECORDS] = b->flow_records;
		ret->n[LEDGER_CREATED] = ret->n[LEDGER_SPOOLED] = received + lost;
		if (b->ours)
			reconstruct(b, pkts_read, ret);
		else
			ret->n[LEDGER_FOREIGN] = 1;
	}
	ret->n[LEDGER_RECEIVED] = received;
	ret->n[LEDGER_STORED] = b->stored;
	ret->n[LEDGER_REJECTED] = rejected;
	ret->n[LEDGER_IN_FLIGHT] = b->received - b->stored;
	if (ret->n[LEDGER_SPOOLED] > received)
		ret->n[LEDGER_MISSING] = ret->n[LEDGER_SPOOLED] - received;
	(void)ledger_close(ret, true);
}
