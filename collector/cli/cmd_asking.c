/* SPDX-License-Identifier: Apache-2.0 */
/* kukla flows, hits, hunt, names and ledger: what a case holds. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/ledger.h"
#include "base/log.h"
#include "base/schema.h"
#include "collector/cli/amount.h"
#include "collector/cli/cli.h"
#include "collector/cli/feed_compile.h"
#include "collector/cli/output.h"
#include "collector/cli/scratch.h"
#include "collector/cli/summary.h"
#include "collector/hunt.h"
#include "dissectors/schema_all.h"
#include "signatures/asn.h"
#include "signatures/hit_record.h"
#include "signatures/match.h"

#define TABLES_MAX 256u

struct said {
	const char *folder, *where, *since, *until, *format;
	uint64_t limit;
	const char *signatures, *asn_db, *programs; /* of hunt, as are the feeds */
	struct option_list feeds;
	bool keep_expired, quiet;
};

/* A command is a query and the way its rows are shown. */
struct asking {
	const struct command about;
	struct query query;
	const struct output_view *view; /* NULL: the sums of the ledger */
	bool hunts;                     /* for hits of new indicators in what is stored */
};

struct answer {
	struct ledger ledger; /* all that were found, added up */
	struct cli *cli;
	const struct asking *asking;
	struct query query;
	struct output output;
	struct schema schema;
	const struct field_table *tables[TABLES_MAX + 1]; /* that --where may name fields of */
	size_t table_count;
	struct scratch scratch; /* of hunt */
	char database[SCRATCH_PATH_BYTES + 16];
};

static void filter_free_ptr(struct filter **f)
{
	filter_free(*f);
}

static void add_table(struct answer *a, const struct field_table *t)
{
	for (size_t i = 0; i < a->table_count; i++) {
		if (a->tables[i] == t)
			return;
	}
	if (a->table_count < TABLES_MAX)
		a->tables[a->table_count++] = t;
}

/* Of the kind that is asked for; names come from all kinds. */
static void gather_tables(struct answer *a)
{
	const char *kind = a->query.kind;
	bool flows = !kind || strcmp(kind, "flow") == 0;

	schema_init(&a->schema);
	for (size_t i = 0; a->schema.kinds[i]; i++) {
		const struct record_kind *k = a->schema.kinds[i];

		if (kind && strcmp(kind, k->event_type) != 0)
			continue;
		for (size_t j = 0; k->tables[j]; j++)
			add_table(a, k->tables[j]);
	}
	for (size_t i = 0; flows && a->schema.tables[i]; i++)
		add_table(a, a->schema.tables[i]);
}

static bool read_time(const char *option, const char *text, uint64_t *ret)
{
	if (!text || filter_time(text, ret))
		return true;
	log_error("--%s wants a time such as 2023-05-14T07:00:00, in UTC, not '%s'", option, text);
	return false;
}

/* From the words of the user to the query. */
static bool understand(struct answer *a, const struct said *said, struct filter **ret_where)
{
	char error[512];

	a->query = a->asking->query;
	a->query.limit = said->limit;
	if (!said->folder) {
		log_error("say --case DIR: the folder that kukla replay --case DIR or kukla "
			  "collect filled");
		return false;
	}
	if (!output_format_of(said->format, &a->output.format)) {
		log_error("--format is table, json or csv, not '%s'", said->format);
		return false;
	}
	if (!read_time("since", said->since, &a->query.since_ns) ||
		!read_time("until", said->until, &a->query.until_ns))
		return false;
	gather_tables(a);
	if (said->where) {
		*ret_where = filter_parse(said->where, a->tables, error, sizeof(error));
		if (!*ret_where) {
			(void)fprintf(stderr, "kukla: --where: %s\n", error);
			return false;
		}
		a->query.where = *ret_where;
	}
	return true;
}

static int add_ledger(void *context, const struct query_result *row)
{
	struct answer *a = context;
	struct ledger one = {0};

	ledger_from_record(&one, row->record);
	ledger_add(&a->ledger, &one);
	a->output.rows++;
	return 0;
}

static void print_ledger(struct answer *a)
{
	static const struct table_column columns[] = {
		{"Term", false}, {"Count", true}, {"Unit", false}, {"Meaning", false}};
	struct table t = {.to = stdout,
		.columns = columns,
		.count = ARRAY_LEN(columns),
		.width = a->cli->columns_out};

	if (table_begin(&t) < 0)
		return;
	for (enum ledger_term i = 0; i < LEDGER_COUNT; i++) {
		const struct field *f = &ledger_fields[i];

		table_text(&t, 0, f->label, strlen(f->label));
		amount_count(table_cell(&t, 1), a->ledger.n[i]);
		table_text(&t, 2, f->unit, strlen(f->unit));
		table_text(&t, 3, f->meaning, strlen(f->meaning));
		table_row(&t);
	}
	table_end(&t);
	(void)putchar('\n');
	summary_losses(&a->ledger, a->output.rows, stdout);
}

static int add_flows(void *context, const struct query_result *row)
{
	uint64_t *flows = context;

	*flows += row->cells[1].number;
	return 0;
}

/* A person should not have to guess why nothing came; what is scripted has standard output. `store`
 * is the case. */
static void say_nothing(
	struct answer *a, const struct store_ops *ops, struct store *store, const char *folder)
{
	const struct query applications = {.name = QUERY_APPLICATIONS};
	const struct query *q = &a->query;
	bool of_hits = q->kind && strcmp(q->kind, kind_hit.event_type) == 0;
	uint64_t flows = 0;

	if (of_hits)
		(void)ops->query(store, &applications, add_flows, &flows);
	if (q->where || q->since_ns || q->until_ns)
		log_note("%s: nothing fits --where, --since and --until", folder);
	else if (q->kind && strcmp(q->kind, "stats") == 0)
		log_note("%s: no books: nothing here says whether anything is missing", folder);
	else if (flows)
		log_note("%s: no hit in %ju flows", folder, (uintmax_t)flows);
	else
		log_note("%s: nothing there; kukla replay --case and kukla collect fill a case",
			folder);
}

static int give(
	struct answer *a, const struct store_ops *ops, struct store *store, const char *folder)
{
	bool sums = !a->asking->view && a->output.format == OUTPUT_TABLE;
	int r;

	a->output.view = a->asking->view;
	a->output.width = a->cli->columns_out;
	if (sums)
		r = ops->query(store, &a->query, add_ledger, a);
	else
		r = ops->query(store, &a->query, output_row, &a->output);
	if (sums && a->output.rows)
		print_ledger(a);
	output_end(&a->output);
	if (r == -EPIPE) {
		a->cli->died_of = SIGPIPE;
		return EXIT_COMMAND_WRONG;
	}
	if (r == 0)
		return EXIT_ALL_READ;
	log_error("%s: %s", folder, *ops->error(store) ? ops->error(store) : strerror(-r));
	return r == -EBADMSG ? EXIT_PART_UNREADABLE : EXIT_COMMAND_WRONG;
}

/* The database of --signatures, or of the feeds in the scratch folder; exit status, -1 to go no
 * further. */
static int get_database(struct answer *a, const struct said *said)
{
	struct feed_compile compile = {.programs = said->programs,
		.output = a->database,
		.feeds = said->feeds.values,
		.count = said->feeds.count,
		.keeps_expired = said->keep_expired,
		.quiet = said->quiet};
	int status = said->signatures ? 0 : scratch_make(&a->scratch, a->cli->temporary);

	if (status < 0) {
		log_error("%s: no folder can be made there: %s", a->cli->temporary,
			strerror(-status));
		return -1;
	}
	(void)snprintf(a->database, sizeof(a->database), "%s%s",
		said->signatures ? said->signatures : a->scratch.path,
		said->signatures ? "" : "/signatures.kdb");
	if (said->signatures)
		return EXIT_ALL_READ;
	status = feed_compile(&compile);
	if (status < 0)
		log_error("kukla-sig does not start: %s", strerror(-status));
	else if (WIFEXITED(status) && WEXITSTATUS(status) != EXIT_COMMAND_WRONG)
		return WEXITSTATUS(status);
	else
		log_error("the feeds were not compiled: nothing is looked for");
	return -1;
}

/* What nobody should take for "was not there". */
static void tell_unasked(const struct hunt_report *r, const char *folder)
{
	size_t told = r->never + r->partly;
	char fields[HIT_FIELDS_BYTES];

	for (size_t i = 0; i < told && i < HUNT_EXAMPLES_MAX; i++) {
		hit_record_fields(fields, r->examples[i].fields);
		log_warning("signature %s %s: %s is not stored %s", r->examples[i].name,
			r->examples[i].never ? "cannot be looked for in this case"
					     : "is looked for in a part of this case",
			fields, r->examples[i].never ? "there" : "in all of it");
	}
	if (told)
		log_warning("%s: of %zu signatures %zu cannot be looked for, %zu in a part only",
			folder, r->signatures, r->never, r->partly);
	if (r->systems)
		log_warning(
			"%zu autonomous systems cannot be looked for without --asn-db", r->systems);
	if (r->alone)
		log_warning("%s: %" PRIu64 " messages were compared with signatures without the "
			    "rest of their flow, which is not there or was too much to wait for",
			folder, r->alone);
}

/* Looks through the case, then gives the hits as if they were one. */
static int hunt(struct answer *a, const struct said *said, const struct asn_database *asn,
	const struct store_ops *ops, struct store *store)
{
	struct hunt_ground ground = {.ops = ops,
		.store = store,
		.kinds = a->schema.kinds,
		.since_ns = a->query.since_ns,
		.until_ns = a->query.until_ns};
	const struct store_ops *hit_ops;
	struct store *hits;
	struct hunt *h = NULL;
	char error[512] = "";
	int r = hunt_open(&h, a->database, &a->schema.ipfix, asn, error, sizeof(error)), status;

	if (r < 0) {
		log_error("%s", error);
		return r == -EBADMSG ? EXIT_PART_UNREADABLE : EXIT_COMMAND_WRONG;
	}
	r = hunt_store(h, &ground);
	if (r < 0)
		log_error("%s: %s", said->folder,
			*ops->error(store) ? ops->error(store) : strerror(-r));
	if (hunt_left_out(h))
		log_warning("%ju hits left out: one value touched, or one flow met, more than %d "
			    "at once",
			(uintmax_t)hunt_left_out(h), MATCH_RESULTS_MAX);
	if (hunt_ended_early(h))
		log_warning("of %ju messages and flows not all signatures were looked at: too many "
			    "wait for one value",
			(uintmax_t)hunt_ended_early(h));
	tell_unasked(hunt_report(h), said->folder);
	hits = hunt_hits(h, &hit_ops);
	status = r < 0 && r != -EBADMSG ? EXIT_COMMAND_WRONG : give(a, hit_ops, hits, said->folder);
	hunt_close(h);
	return r == -EBADMSG && status == EXIT_ALL_READ ? EXIT_PART_UNREADABLE : status;
}

static int hunt_with(
	struct answer *a, const struct said *said, const struct store_ops *ops, struct store *store)
{
	int part, status = EXIT_COMMAND_WRONG;
	struct asn_database *asn = NULL;
	char error[512] = "";

	if (said->asn_db && asn_open(&asn, said->asn_db, error, sizeof(error)) < 0) {
		log_error("%s", error);
		return status;
	}
	part = get_database(a, said);
	if (part >= 0)
		status = hunt(a, said, asn, ops, store);
	scratch_remove(&a->scratch);
	asn_close(asn);
	return status == EXIT_ALL_READ ? part : status;
}

static int answer(struct answer *a, const struct said *said)
{
	_cleanup_(filter_free_ptr) struct filter *where = NULL;
	const struct store_ops *ops = stores[0];
	struct store *store = NULL;
	char error[512] = "";
	int status;

	if (!understand(a, said, &where))
		return EXIT_COMMAND_WRONG;
	if (a->asking->hunts && !said->feeds.count == !said->signatures) {
		log_error("say what to look for: --feed FILE, or --signatures DB");
		return EXIT_COMMAND_WRONG;
	}
	if (ops->open(&store, &a->schema.ipfix, said->folder, false, error, sizeof(error)) < 0) {
		log_error("%s: %s", said->folder, error);
		return EXIT_COMMAND_WRONG;
	}
	status = a->asking->hunts ? hunt_with(a, said, ops, store)
				  : give(a, ops, store, said->folder);
	if (status != EXIT_COMMAND_WRONG && a->output.rows == 0)
		say_nothing(a, ops, store, said->folder);
	ops->close(store);
	return status;
}

static int ask(const struct asking *asking, struct cli *cli, int argc, char **argv)
{
	struct said said = {.format = "table"};
	const struct option options[] = {
		{"case", 'c', OPTION_TEXT, "DIR",
			"The folder that kukla replay --case or kukla collect filled.",
			&said.folder, 0, 0},
		{"where", 'w', OPTION_TEXT, "EXPR",
			"Only those for which the expression holds, such as dest_port = 443; "
			"docs/filter.md has the language.",
			&said.where, 0, 0},
		{"since", 0, OPTION_TEXT, "TIME",
			"Only from this time on, such as 2023-05-14T07:00 (UTC).", &said.since, 0,
			0},
		{"until", 0, OPTION_TEXT, "TIME", "Only before this time.", &said.until, 0, 0},
		{"limit", 'n', OPTION_NUMBER, "N", "At most so many.", &said.limit, 1, 0},
		{"format", 'f', OPTION_TEXT, "FORMAT",
			"table (the default), json (as --eve) or csv.", &said.format, 0, 0},
		{asking->hunts ? "feed" : NULL, 0, OPTION_LIST, "FILE",
			"Look for the indicators of this feed, as kukla-sig compile reads it; may "
			"be repeated.",
			&said.feeds, 0, 0},
		{"signatures", 's', OPTION_TEXT, "DB",
			"Look for those of a database made by kukla-sig compile.", &said.signatures,
			0, 0},
		{"keep-expired", 0, OPTION_FLAG, NULL,
			"Look for what has expired too: what is stored is of the past.",
			&said.keep_expired, 0, 0},
		{"asn-db", 0, OPTION_TEXT, "FILE",
			"Which autonomous system an address is of: a database in MaxMind's format "
			"such as GeoLite2-ASN.mmdb.",
			&said.asn_db, 0, 0},
		{"programs", 0, OPTION_TEXT, "DIR",
			"Where kukla-sig is, if not beside kukla or in PATH.", &said.programs, 0,
			0},
		{"quiet", 'q', OPTION_FLAG, NULL, "No report of the feeds.", &said.quiet, 0, 0},
		{0}};
	struct command command = asking->about;
	_cleanup_(option_list_done) struct option_list words = {0};
	_cleanup_(free_ptr) struct answer *a = NULL;
	enum option_outcome outcome;
	int status;

	command.options = options;
	outcome = options_parse(&command, argc, argv, &words);
	if (outcome != OPTIONS_RUN)
		return outcome == OPTIONS_SHOWN ? EXIT_ALL_READ : EXIT_COMMAND_WRONG;
	if (words.count) {
		log_error("what is '%s'? kukla %s --help tells what it takes", words.values[0],
			command.name);
		return EXIT_COMMAND_WRONG;
	}
	a = aligned_alloc(_Alignof(struct answer), sizeof(*a)); /* a ledger has a line of its own */
	if (!a)
		return EXIT_COMMAND_WRONG;
	memset(a, 0, sizeof(*a));
	a->cli = cli;
	a->asking = asking;
	status = answer(a, &said);
	option_list_done(&said.feeds);
	return status;
}

static const struct asking flows = {
	{.program = "kukla",
		.name = "flows",
		.summary = "the flows of a case",
		.usage = "--case DIR",
		.description = "Shows the flow records of a case, in the order they came. The "
			       "table has the most telling fields; json and csv have all of "
			       "them.\n\nExit status: 0 all was read; 2 a part of the case could "
			       "not be read; 1 the command is wrong.",
		.examples = "$ kukla flows --case case --where 'tls.sni ~ example and dest_port = "
			    "443'\n"
			    "  flows to servers whose TLS name contains example\n"
			    "$ kukla flows --case case --since 2023-05-14T07:00 --limit 10 "
			    "--format json\n"
			    "  ten flows after that moment, a JSON object each\n"},
	{.name = QUERY_RECORDS, .kind = "flow"}, &output_flows, false};
static const struct asking hits = {
	{.program = "kukla",
		.name = "hits",
		.summary = "the hits of signatures in a case",
		.usage = "--case DIR",
		.description = "Shows each hit: the indicator, when it was met, in which field, "
			       "and by which "
			       "addresses.\n\nExit status: 0 all was read; 2 a part of the case "
			       "could not be read; 1 the command is wrong.",
		.examples =
			"$ kukla hits --case case --format csv\n  all hits for a spreadsheet\n"},
	{.name = QUERY_RECORDS, .kind = "alert"}, &output_hits, false};
static const struct asking hunting = {
	{.program = "kukla",
		.name = "hunt",
		.summary = "new indicators in what a case holds already",
		.usage = "--case DIR --feed FILE...",
		.description =
			"Looks for indicators in all flows and messages of a case, as the probe "
			"would have, and shows each hit as kukla hits does: an indicator once a "
			"flow. A stored flow does not know when in it a value was seen: the time "
			"of a hit is that of the record that has it, of a flow its last packet. A "
			"name of passive DNS is shown for an indicator that no flow has met. Of "
			"hand-written signatures those are named that ask for what the case does "
			"not hold. The case stays as it is.\n\nExit status: 0 all was read; 2 a "
			"part "
			"of the case or of a feed could not be read; 1 the command is wrong.",
		.examples = "$ kukla hunt --case case --feed feeds.csv\n"
			    "  what of a new list was there already\n"},
	{.name = QUERY_RECORDS, .kind = "alert"}, &output_hits, true};
static const struct asking names = {
	{.program = "kukla",
		.name = "names",
		.summary = "names and what they stood for, without who asked",
		.usage = "--case DIR",
		.description = "Shows passive DNS: each name with the type and the data that DNS "
			       "answered, how often, when first and last, over all clients. A "
			       "name that a dissector found has the dissector as its type and no "
			       "data: tls, http, quic, and dns in a question, which an answer "
			       "repeats. Most frequent first.\n\nExit status: 0 all was read; 2 a "
			       "part of the "
			       "case could not be read; 1 the command is wrong.",
		.examples =
			"$ kukla names --case case --limit 20\n  the twenty most frequent names\n"},
	{.name = QUERY_RESOLVED}, &output_names, false};
static const struct asking ledger = {
	{.program = "kukla",
		.name = "ledger",
		.summary = "the books of a case: every packet and record accounted for",
		.usage = "--case DIR",
		.description = "Shows every term of the ledger, summed over all replays and all "
			       "sessions of kukla collect that have ended. Residual is what the "
			       "terms leave unexplained: always 0. It is no proof for books that "
			       "count as reconstructed or foreign, which the probe did not write. "
			       "docs/ledger.md "
			       "explains the sums.\n\nExit status: 0 all was read; 2 a part of the "
			       "case could not be read; 1 the command is wrong.",
		.examples =
			"$ kukla ledger --case case\n  what was read, and what was lost and why\n"},
	{.name = QUERY_RECORDS, .kind = "stats"}, NULL, false};

static int flows_run(struct cli *cli, int argc, char **argv)
{
	return ask(&flows, cli, argc, argv);
}

static int hits_run(struct cli *cli, int argc, char **argv)
{
	return ask(&hits, cli, argc, argv);
}

static int hunt_run(struct cli *cli, int argc, char **argv)
{
	return ask(&hunting, cli, argc, argv);
}

static int names_run(struct cli *cli, int argc, char **argv)
{
	return ask(&names, cli, argc, argv);
}

static int ledger_run(struct cli *cli, int argc, char **argv)
{
	return ask(&ledger, cli, argc, argv);
}

const struct cli_command cli_flows = {&flows.about, flows_run};
const struct cli_command cli_hits = {&hits.about, hits_run};
const struct cli_command cli_hunt = {&hunting.about, hunt_run};
const struct cli_command cli_names = {&names.about, names_run};
const struct cli_command cli_ledger = {&ledger.about, ledger_run};
