/* SPDX-License-Identifier: Apache-2.0 */
/* The collector's terms: with the probe's ledger, without it, and from somebody who has none. */
#include "collector/cli/books.h"

#include "base/schema.h"
#include "tests/unit/unit.h"

static uint8_t storage[8192];

static void take_flow(struct books *b, uint64_t pkts, bool own)
{
	struct record r;

	record_init(&r, &kind_flow, storage, sizeof(storage));
	record_number(&r, &flow_fields[FLOW_PKTS_TOSERVER], pkts);
	record_number(&r, &flow_fields[FLOW_BYTES_TOSERVER], 100 * pkts);
	if (own)
		record_text(&r, &common_fields[COMMON_COMMUNITY_ID], "1:x", 3);
	assert_true(books_take(b, &r));
	b->stored++;
}

/* Of a probe that has read `pkts` and written `records`. */
static void take_ledger(struct books *b, uint64_t pkts, uint64_t records, uint64_t live)
{
	struct ledger l = {0};
	struct record r;

	l.n[LEDGER_WIRE_SEEN] = l.n[LEDGER_DELIVERED] = l.n[LEDGER_DECODED] = pkts;
	l.n[LEDGER_FLOW_PKTS] = pkts;
	l.n[LEDGER_LIVE_PKTS] = live;
	l.n[LEDGER_EXPORTED_PKTS] = pkts - live;
	l.n[LEDGER_CREATED] = l.n[LEDGER_SPOOLED] = records;
	record_init(&r, &kind_ledger, storage, sizeof(storage));
	ledger_to_record(&l, &r);
	assert_false(books_take(b, &r));
}

static void the_probe_closes_its_books(void **state)
{
	(void)state;
	struct books b = {0};
	struct ledger l;

	take_flow(&b, 10, true);
	take_ledger(&b, 40, 1, 30); /* how far it is */
	take_flow(&b, 30, true);
	take_ledger(&b, 50, 2, 10); /* all since its start, not to be added */
	assert_true(b.probe_closed);
	books_close(&b, 0, 0, 0, &l);
	assert_int_equal(l.n[LEDGER_RESIDUAL], 0);
	assert_int_equal(l.n[LEDGER_DELIVERED], 50);
	assert_int_equal(l.n[LEDGER_RECEIVED], 2);
	assert_int_equal(l.n[LEDGER_STORED], 2);
	assert_int_equal(l.n[LEDGER_RECONSTRUCTED] + l.n[LEDGER_FOREIGN], 0);
}

static void what_is_missing_and_rejected(void **state)
{
	(void)state;
	struct books b = {0};
	struct ledger l;

	take_flow(&b, 10, true);
	take_ledger(&b, 10, 7, 0);
	books_close(&b, 0, 2, 4, &l);
	assert_int_equal(l.n[LEDGER_RECEIVED], 3);
	assert_int_equal(l.n[LEDGER_REJECTED], 2);
	assert_int_equal(l.n[LEDGER_MISSING], 4);
	assert_int_equal(l.n[LEDGER_RESIDUAL], 0);
	/* More than was sent cannot be explained, and is not explained away. */
	take_flow(&b, 1, true);
	take_ledger(&b, 11, 1, 0);
	books_close(&b, 0, 0, 0, &l);
	assert_int_equal(l.n[LEDGER_RESIDUAL], 1);
}

/* A ledger that was not the last word is none. */
static void the_probe_dies(void **state)
{
	(void)state;
	struct books b = {0};
	struct ledger l;

	take_flow(&b, 10, true);
	take_ledger(&b, 15, 1, 5);
	take_flow(&b, 2, true);
	assert_false(b.probe_closed);
	books_close(&b, 20, 0, 3, &l);
	assert_int_equal(l.n[LEDGER_RECONSTRUCTED], 1);
	assert_int_equal(l.n[LEDGER_DELIVERED], 20);
	assert_int_equal(l.n[LEDGER_CRASH_LOST_PKTS], 8);
	assert_int_equal(l.n[LEDGER_MISSING], 3);
	assert_int_equal(l.n[LEDGER_STORED], 2);
	assert_int_equal(l.n[LEDGER_RESIDUAL], 0);
}

static void a_foreign_exporter(void **state)
{
	(void)state;
	struct books b = {0};
	struct ledger l;

	take_flow(&b, 10, false);
	books_close(&b, 0, 1, 2, &l);
	assert_int_equal(l.n[LEDGER_FOREIGN], 1);
	assert_int_equal(l.n[LEDGER_RECONSTRUCTED], 0);
	assert_int_equal(l.n[LEDGER_WIRE_SEEN] + l.n[LEDGER_FLOW_PKTS], 0);
	assert_int_equal(l.n[LEDGER_RECEIVED], 2);
	assert_int_equal(l.n[LEDGER_MISSING], 2);
	assert_int_equal(l.n[LEDGER_RESIDUAL], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_probe_closes_its_books),
		cmocka_unit_test(what_is_missing_and_rejected),
		cmocka_unit_test(the_probe_dies),
		cmocka_unit_test(a_foreign_exporter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
