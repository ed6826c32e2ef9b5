/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/cli/summary.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "collector/cli/amount.h"
#include "collector/cli/text_table.h"

#define LINES_MAX 10 /* of each list */

/* A list: the first rows of a query, and how many more there are. */
struct list {
	struct table table;
	size_t rows;
	void (*put)(struct table *t, const struct query_result *row);
};

static int take_row(void *context, const struct query_result *row)
{
	struct list *list = context;

	if (list->rows == 0)
		(void)fputc('\n', list->table.to);
	if (list->rows++ < LINES_MAX) {
		list->put(&list->table, row);
		table_row(&list->table);
	}
	return 0;
}

static int print_list(
	const struct summary *s, enum query_name name, struct list *list, const char *what)
{
	struct query q = {.name = name};
	int r = table_begin(&list->table);

	if (r)
		return r;
	r = s->ops->query(s->store, &q, take_row, list);
	table_end(&list->table);
	if (r)
		log_error("the store cannot be read: %s", s->ops->error(s->store));
	else if (list->rows > LINES_MAX)
		(void)fprintf(list->table.to, "and %zu more %s\n", list->rows - LINES_MAX, what);
	return r;
}

static void put_count(struct table *t, size_t column, const struct cell *cell)
{
	amount_count(table_cell(t, column), cell->number);
}

static void put_text(struct table *t, size_t column, const struct cell *cell, const char *otherwise)
{
	const char *text = cell->absent ? otherwise : cell->text;

	table_text(t, column, text, cell->absent ? strlen(otherwise) : cell->bytes);
}

static void put_application(struct table *t, const struct query_result *row)
{
	put_text(t, 0, &row->cells[0], "(not known)");
	put_count(t, 1, &row->cells[1]);
	put_count(t, 2, &row->cells[2]);
	amount_octets(table_cell(t, 3), row->cells[3].number);
}

static void put_name(struct table *t, const struct query_result *row)
{
	put_text(t, 0, &row->cells[0], "");
	put_text(t, 1, &row->cells[1], "");
	put_count(t, 2, &row->cells[2]);
}

static void put_campaign(struct table *t, const struct query_result *row)
{
	put_text(t, 0, &row->cells[0], "(no campaign named)");
	put_text(t, 1, &row->cells[1], "");
	put_count(t, 2, &row->cells[2]);
	put_count(t, 3, &row->cells[3]);
	if (!row->cells[4].absent)
		(void)text_time(table_cell(t, 4), row->cells[4].number);
}

static void put_indicator(struct table *t, const struct query_result *row)
{
	put_text(t, 0, &row->cells[1], "");
	put_text(t, 1, &row->cells[2], "");
	put_text(t, 2, &row->cells[3], "");
	put_count(t, 3, &row->cells[4]);
	put_text(t, 4, &row->cells[0], "");
}

static const struct table_column application_columns[] = {
	{"Application", false}, {"Flows", true}, {"Packets", true}, {"Octets", true}};
static const struct table_column name_columns[] = {
	{"Name", false}, {"Seen in", false}, {"Flows", true}};
static const struct table_column campaign_columns[] = {{"Campaign", false}, {"Role", false},
	{"Indicators", true}, {"Hits", true}, {"First", false}};
static const struct table_column indicator_columns[] = {{"Indicator", false}, {"Type", false},
	{"Found in", false}, {"Hits", true}, {"Campaign", false}};

static void print_head(const struct summary *s, FILE *to)
{
	char packets[AMOUNT_BYTES], octets[AMOUNT_BYTES], flows[AMOUNT_BYTES], others[AMOUNT_BYTES],
		hits[AMOUNT_BYTES], rate[AMOUNT_BYTES], read[AMOUNT_BYTES], seconds[AMOUNT_BYTES];
	char first[TEXT_TIME_BYTES], last[TEXT_TIME_BYTES];
	const struct ledger *l = s->ledger;

	amount_count(packets, l->n[LEDGER_DELIVERED]);
	amount_octets(octets, l->n[LEDGER_FLOW_BYTES] + l->n[LEDGER_OVERFLOW_BYTES]);
	amount_count(flows, s->books->flow_records);
	amount_count(others, s->books->others);
	amount_count(hits, s->books->hits);
	amount_short(rate,
		(uint64_t)((double)l->n[LEDGER_DELIVERED] / (s->seconds > 0 ? s->seconds : 1)));
	amount_octets(read, s->octets_read);
	amount_seconds(seconds, s->seconds);
	(void)fprintf(to, "%s packets, %s of IP in %s flow records, %s messages, %s hits\n",
		packets, octets, flows, others, hits);
	if (s->books->last_ns) {
		(void)text_time(first, s->books->first_ns);
		(void)text_time(last, s->books->last_ns);
		(void)fprintf(to, "from %s to %s\n", first, last);
	}
	(void)fprintf(
		to, "read %s in %s, %s packets/s\n", s->octets_read ? read : "all", seconds, rate);
}

/* Terms that say that something is not in the records. */
static bool is_loss(enum ledger_term term)
{
	static const enum ledger_term losses[] = {LEDGER_NIC_MISSED, LEDGER_NIC_ERRORS,
		LEDGER_KERNEL_DROPPED, LEDGER_UNDECODABLE_LINK, LEDGER_UNDECODABLE_TRUNCATED,
		LEDGER_UNDECODABLE_IP, LEDGER_UNDECODABLE_DEPTH, LEDGER_FILTERED, LEDGER_SHED,
		LEDGER_NONFLOW, LEDGER_OVERFLOW_PKTS, LEDGER_LIVE_PKTS, LEDGER_CRASH_LOST_PKTS,
		LEDGER_DROPPED_FULL, LEDGER_DROPPED_ENCODE, LEDGER_REJECTED, LEDGER_IN_FLIGHT,
		LEDGER_MISSING, LEDGER_FILE_ERROR, LEDGER_VALUES_LOST, LEDGER_MATCH_CAP,
		LEDGER_MATCH_VALUE_CAP, LEDGER_MATCH_SIGNATURE_CAP, LEDGER_MATCH_EXPIRED,
		LEDGER_MATCH_QUARANTINED, LEDGER_QUARANTINED};

	for (size_t i = 0; i < ARRAY_LEN(losses); i++) {
		if (losses[i] == term)
			return true;
	}
	return false;
}

/* What the residual says, and of how many books it says it. */
static void print_residual(const struct ledger *l, uint64_t count, FILE *to)
{
	uint64_t reconstructed = l->n[LEDGER_RECONSTRUCTED], foreign = l->n[LEDGER_FOREIGN];

	if (reconstructed)
		(void)fprintf(to,
			"Of %ju books %ju were filled in from what arrived, because the probe "
			"ended without its own:\nwhat else it lost is not known.\n",
			(uintmax_t)count, (uintmax_t)reconstructed);
	if (foreign)
		(void)fprintf(to,
			"Of %ju books %ju are of foreign exporters, which keep none: what they saw "
			"and did not send is not known.\n",
			(uintmax_t)count, (uintmax_t)foreign);
	if (l->n[LEDGER_RESIDUAL])
		(void)fprintf(to, "Residual %ju: THE BOOKS DO NOT CLOSE\n",
			(uintmax_t)l->n[LEDGER_RESIDUAL]);
	else if (reconstructed + foreign == 0)
		(void)fputs("Residual 0: every packet and every record is accounted for.\n", to);
	else if (reconstructed + foreign < count)
		(void)fputs("Residual 0: in the other books every packet and every record is "
			    "accounted for.\n",
			to);
	else
		(void)fputs("Residual 0 proves nothing here.\n", to);
}

void summary_losses(const struct ledger *l, uint64_t count, FILE *to)
{
	static const struct table_column columns[] = {{"", true}, {"", false}, {"", false}};
	struct table t = {
		.to = to, .columns = columns, .count = ARRAY_LEN(columns), .indent = "  "};
	const char *meaning;
	bool any = false;

	for (enum ledger_term i = 0; i < LEDGER_COUNT; i++)
		any = any || (is_loss(i) && l->n[i]);
	if (any && table_begin(&t) == 0) {
		(void)fputs("Not in any flow, or not read:\n", to);
		for (enum ledger_term i = 0; i < LEDGER_COUNT; i++) {
			if (!is_loss(i) || !l->n[i])
				continue;
			meaning = strstr(ledger_fields[i].meaning, ": ");
			meaning = meaning ? meaning + 2 : ledger_fields[i].meaning;
			amount_count(table_cell(&t, 0), l->n[i]);
			table_text(&t, 1, ledger_fields[i].unit, strlen(ledger_fields[i].unit));
			table_text(&t, 2, meaning, strlen(meaning));
			table_row(&t);
		}
		table_end(&t);
	} else if (l->n[LEDGER_RECONSTRUCTED] + l->n[LEDGER_FOREIGN] == 0) {
		(void)fputs("Nothing was lost.\n", to);
	}
	print_residual(l, count, to);
}

int summary_print(const struct summary *s, FILE *to)
{
	struct table base = {.to = to, .width = s->columns};
	struct list applications = {base, 0, put_application}, names = {base, 0, put_name},
		    campaigns = {base, 0, put_campaign}, indicators = {base, 0, put_indicator};
	int r;

	applications.table.columns = application_columns;
	applications.table.count = ARRAY_LEN(application_columns);
	names.table.columns = name_columns;
	names.table.count = ARRAY_LEN(name_columns);
	campaigns.table.columns = campaign_columns;
	campaigns.table.count = ARRAY_LEN(campaign_columns);
	indicators.table.columns = indicator_columns;
	indicators.table.count = ARRAY_LEN(indicator_columns);
	print_head(s, to);
	r = print_list(s, QUERY_APPLICATIONS, &applications, "applications");
	if (r == 0)
		r = print_list(s, QUERY_NAMES, &names, "names");
	if (r == 0 && s->books->hits)
		r = print_list(s, QUERY_CAMPAIGNS, &campaigns, "campaigns");
	if (r == 0 && s->books->hits)
		r = print_list(s, QUERY_INDICATORS, &indicators, "indicators");
	(void)fputc('\n', to);
	summary_losses(s->ledger, 1, to);
	return r;
}
