/* SPDX-License-Identifier: Apache-2.0 */
/* kukla replay: the probe reads captures as a child, its records come through a pipe and go to the
 * store and to --eve. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/schema.h"
#include "collector/cli/books.h"
#include "collector/cli/child.h"
#include "collector/cli/cli.h"
#include "collector/cli/eve.h"
#include "collector/cli/feed_compile.h"
#include "collector/cli/scratch.h"
#include "collector/cli/summary.h"
#include "collector/cli/watch.h"
#include "collector/store.h"
#include "dissectors/schema_all.h"

struct said {
	const char *folder, *eve, *signatures, *asn_db, *guard, *programs;
	struct option_list feeds, captures;
	uint64_t workers;
	bool quiet, no_decap, no_signatures;
};

struct replay {
	struct books books;
	struct cli *cli;
	const struct said *said;
	struct schema schema;
	const struct store_ops *ops;
	struct store *store;
	struct eve eve;
	struct scratch scratch;
	struct watch watch;
	struct ipfix_reader *reader;
	char signatures[SCRATCH_PATH_BYTES + 16];
	char pack[CHILD_PATH_BYTES]; /* that is matched where nothing is named; "": none */
	uint64_t begun_ns, rejected, lost;
	int status;       /* of the program, the worst so far */
	bool given_up;    /* an output failed: the end of the probe is our doing */
	char broken[256]; /* what is wrong with the stream; "": nothing */
};

static void said_done(struct said *said)
{
	option_list_done(&said->feeds);
	option_list_done(&said->captures);
}

static int wrong(struct replay *p)
{
	p->status = EXIT_COMMAND_WRONG;
	return -EINVAL;
}

static bool is_eve_on_output(const struct said *said)
{
	return said->eve && strcmp(said->eve, "-") == 0;
}

/* What has expired is kept: captures are of the past (docs/decisions/0026). */
static int compile(struct replay *p, const char *const *feeds, size_t count, bool quiet)
{
	(void)snprintf(p->signatures, sizeof(p->signatures), "%s/signatures.kdb", p->scratch.path);
	return feed_compile(&(struct feed_compile){.programs = p->said->programs,
		.output = p->signatures,
		.feeds = feeds,
		.count = count,
		.keeps_expired = true,
		.quiet = quiet});
}

static int compile_feeds(struct replay *p)
{
	const struct option_list *feeds = &p->said->feeds;
	int status = compile(p, feeds->values, feeds->count, p->said->quiet);

	if (status < 0) {
		log_error("kukla-sig does not start: %s", strerror(-status));
		return wrong(p);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_PART_UNREADABLE)
		p->status = EXIT_PART_UNREADABLE;
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_ALL_READ) {
		log_error("the feeds were not compiled: nothing is replayed");
		return wrong(p);
	}
	return 0;
}

/* That the pack that comes with kukla cannot be had is no reason not to replay. */
static void compile_pack(struct replay *p)
{
	const char *pack = p->pack;
	int status = compile(p, &pack, 1, true);

	if (status) {
		*p->signatures = 0;
		log_warning("%s cannot be compiled: no signatures are matched", pack);
	} else if (!p->said->quiet) {
		log_note("matching the influence operations that come with kukla, most of them "
			 "past; --feed or --signatures name others, --no-signatures none");
	}
}

static void choose_pack(struct replay *p)
{
	const struct said *said = p->said;

	if (said->feeds.count || said->signatures || said->no_signatures ||
		!child_find_data(p->pack, "packs/influence-operations.yaml"))
		*p->pack = 0;
}

/* What can be seen to be wrong before an output is opened and something is lost by it. */
static int look_at_inputs(struct replay *p)
{
	const struct said *said = p->said;
	const char *databases[] = {
		said->signatures ? said->signatures : "-", said->asn_db ? said->asn_db : "-"};
	const struct option_list others = {databases, ARRAY_LEN(databases)};
	const struct option_list *lists[] = {&said->captures, &said->feeds, &others};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const char *same = said->eve ? file_among(
						       said->eve, lists[i]->values, lists[i]->count)
					     : NULL;

		if (same) {
			log_error("%s would be written over %s, which is to be read: name "
				  "another file",
				said->eve, same);
			return wrong(p);
		}
	}
	return 0;
}

static int open_outputs(struct replay *p)
{
	const char *place = p->said->folder ? p->said->folder : p->scratch.path;
	char error[512] = "";
	int r;

	p->ops = stores[0];
	if (p->ops->open(&p->store, &p->schema.ipfix, place, true, error, sizeof(error)) < 0) {
		log_error("%s: %s", place, error);
		return wrong(p);
	}
	r = eve_open(&p->eve, &p->schema.ipfix, p->said->eve);
	if (r)
		log_error("%s: %s", p->said->eve, strerror(-r));
	return r ? wrong(p) : 0;
}

static int start_probe(struct replay *p, int output, int progress)
{
	const struct option_list *captures = &p->said->captures;
	_cleanup_(free_ptr) const char **words = calloc(captures->count + 15, sizeof(const char *));
	struct child_start start = {.program = "kukla-probe",
		.room = "probe",
		.folder = p->said->programs,
		.arguments = words,
		.output = output,
		.progress = progress};
	char workers[24];
	size_t used = 0;

	if (!words)
		return -ENOMEM;
	words[used++] = "--to";
	words[used++] = "-";
	words[used++] = "--progress-fd";
	words[used++] = "3";
	if (p->said->workers) {
		(void)snprintf(workers, sizeof(workers), "%ju", (uintmax_t)p->said->workers);
		words[used++] = "--workers";
		words[used++] = workers;
	}
	if (p->said->signatures || *p->signatures) {
		words[used++] = "--signatures";
		words[used++] = p->said->signatures ? p->said->signatures : p->signatures;
	}
	if (p->said->asn_db) {
		words[used++] = "--asn-db";
		words[used++] = p->said->asn_db;
	}
	if (p->said->guard) {
		words[used++] = "--guard";
		words[used++] = p->said->guard;
	}
	if (p->said->no_decap)
		words[used++] = "--no-decap";
	words[used++] = "-r"; /* takes all that follows */
	memcpy(words + used, captures->values, captures->count * sizeof(const char *));
	return child_start(&start, &p->watch.child);
}

/* The probe, the reader of its records and the thread that watches it. */
static int start(struct replay *p)
{
	int records[2] = {-1, -1}, progress[2] = {-1, -1}, r;
	char error[256] = "";

	if (pipe2(records, O_CLOEXEC) != 0 || pipe2(progress, O_CLOEXEC) != 0)
		return -errno;
	(void)fcntl(records[0], F_SETPIPE_SZ, 1 << 20); /* more is only faster */
	r = start_probe(p, records[1], progress[1]);
	(void)close(records[1]);
	(void)close(progress[1]);
	if (r) {
		log_error("kukla-probe does not start: %s", strerror(-r));
		(void)close(records[0]);
		(void)close(progress[0]);
		return wrong(p);
	}
	p->watch.progress = progress[0];
	p->watch.now_ns = p->cli->now_ns;
	p->watch.columns = p->said->quiet || is_eve_on_output(p->said) ? 0 : p->cli->columns_err;
	p->begun_ns = p->cli->now_ns();
	r = watch_start(&p->watch);
	if (r == 0)
		r = ipfix_reader_open(
			&p->reader, &p->schema.ipfix, records[0], error, sizeof(error));
	return r;
}

/* Until the stream ends, an output fails or it breaks. */
static void read_records(struct replay *p)
{
	struct record record;
	int r = 0;

	while ((r = ipfix_read(p->reader, &record)) > 0) {
		if (!books_take(&p->books, &record))
			continue;
		if (p->ops->append(p->store, &record) < 0) {
			log_error("the store cannot be written: %s", p->ops->error(p->store));
			(void)wrong(p);
			p->given_up = true;
			break;
		}
		p->books.stored++;
		p->given_up = eve_put(&p->eve, &record) < 0;
		if (p->given_up)
			break;
	}
	if (r < 0)
		(void)snprintf(p->broken, sizeof(p->broken), "%s", ipfix_reader_error(p->reader));
	p->rejected = ipfix_reader_rejected(p->reader);
	p->lost = ipfix_reader_lost(p->reader);
	ipfix_reader_close(steal(p->reader)); /* a probe that still writes gets a broken pipe */
}

/* What the end of the child says to our own status. */
static void judge(struct replay *p, int status)
{
	bool crashed = WIFSIGNALED(status) && !(*p->broken && WTERMSIG(status) == SIGPIPE);

	if (p->given_up)
		return;
	if (crashed && !p->cli->died_of)
		log_error("kukla-probe was ended by signal %d (%s) after at least %ju packets; "
			  "what it had sent is kept",
			WTERMSIG(status), strsignal(WTERMSIG(status)),
			(uintmax_t)atomic_load(&p->watch.packets));
	else if (*p->broken)
		log_error(
			"the stream of records is broken: %s; what came before is kept", p->broken);
	if (crashed || *p->broken || WEXITSTATUS(status) == EXIT_PART_UNREADABLE)
		p->status = p->status == EXIT_ALL_READ ? EXIT_PART_UNREADABLE : p->status;
	else if (WEXITSTATUS(status) != EXIT_ALL_READ)
		p->status = EXIT_COMMAND_WRONG;
}

static void end_probe(struct replay *p)
{
	int status = 0;

	child_await(p->watch.child);
	watch_stop(&p->watch);
	p->cli->died_of = atomic_load(&p->watch.signal);
	if (child_wait(p->watch.child, &status) == 0)
		judge(p, status);
}

/* Commit, close the books, and put them behind everything else. */
static int finish(struct replay *p, struct ledger *ret_ledger)
{
	uint8_t storage[LEDGER_COUNT * 32];
	struct record record;
	int r;

	if (p->ops->commit(p->store) < 0) {
		log_error("the store cannot be written: %s", p->ops->error(p->store));
		p->books.stored = 0;
		(void)wrong(p);
	}
	books_close(&p->books, atomic_load(&p->watch.packets), p->rejected, p->lost, ret_ledger);
	record_init(&record, &kind_ledger, storage, sizeof(storage));
	ledger_to_record(ret_ledger, &record);
	if (ret_ledger->n[LEDGER_RESIDUAL])
		log_error("the books do not close: %ju unexplained; please report this",
			(uintmax_t)ret_ledger->n[LEDGER_RESIDUAL]);
	(void)eve_put(&p->eve, &record);
	r = eve_close(&p->eve);
	if (r == -EPIPE)
		p->cli->died_of = SIGPIPE; /* the reader has seen enough: no reason to talk */
	else if (r)
		log_error("%s: %s", p->said->eve, strerror(-r));
	if (r)
		return wrong(p);
	if (p->books.stored == p->books.received &&
		(p->ops->append(p->store, &record) < 0 || p->ops->commit(p->store) < 0)) {
		log_error("the store cannot be written: %s", p->ops->error(p->store));
		return wrong(p);
	}
	return 0;
}

/* The last word of the probe may have been some time before the end. */
static uint64_t octets_read(const struct replay *p, const struct ledger *l)
{
	return atomic_load(&p->watch.packets) == l->n[LEDGER_DELIVERED]
		       ? atomic_load(&p->watch.bytes)
		       : 0;
}

static void run(struct replay *p)
{
	struct ledger ledger;
	int r;

	if (look_at_inputs(p))
		return;
	choose_pack(p);
	if ((!p->said->folder || p->said->feeds.count || *p->pack) &&
		(r = scratch_make(&p->scratch, p->cli->temporary)) < 0) {
		log_error("%s: no folder can be made there: %s", p->cli->temporary, strerror(-r));
		(void)wrong(p);
		return;
	}
	if (p->said->feeds.count && compile_feeds(p))
		return;
	if (*p->pack)
		compile_pack(p);
	if (open_outputs(p))
		return;
	r = start(p);
	if (r) {
		if (r != -EINVAL)
			log_error("cannot start: %s", strerror(-r));
		(void)wrong(p);
		return;
	}
	read_records(p);
	end_probe(p);
	/* a command that was wrong from the start leaves nothing to sum up */
	if (p->status == EXIT_COMMAND_WRONG && p->books.received == 0 && !p->books.probe_closed)
		return;
	if (finish(p, &ledger) == 0 && !p->said->quiet) {
		struct summary summary = {.ops = p->ops,
			.store = p->store,
			.books = &p->books,
			.ledger = &ledger,
			.seconds = (double)(p->cli->now_ns() - p->begun_ns) / 1e9,
			.octets_read = octets_read(p, &ledger),
			.columns = is_eve_on_output(p->said) ? p->cli->columns_err
							     : p->cli->columns_out};

		if (summary_print(&summary, is_eve_on_output(p->said) ? stderr : stdout) < 0)
			(void)wrong(p);
	}
}

static void replay_done(struct replay *p)
{
	if (p->store)
		p->ops->close(p->store);
	(void)eve_close(&p->eve);
	eve_done(&p->eve);
	scratch_remove(&p->scratch);
}

static const struct command about = {.program = "kukla",
	.name = "replay",
	.summary = "read captures: flows, names, applications and hits of signatures",
	.usage = "CAPTURE...",
	.description = "Reads pcap and pcapng, plain or .gz .zst .xz .lz4, several files in time "
		       "order, - for standard "
		       "input. kukla-probe parses them as a child that has no store and no "
		       "network; its records come "
		       "back as IPFIX.\n\n"
		       "Exit status: 0 all was read; 2 part of the input could not be read (file, "
		       "offset and cause are "
		       "on standard error, everything before it was delivered); 1 the command "
		       "itself is wrong.",
	.examples = "$ kukla replay --feed feeds.csv --eve events.json capture.pcap\n"
		    "  match a capture against a list of indicators, and keep every event as JSON\n"
		    "$ kukla replay --quiet --case case capture.pcap\n"
		    "  keep the records for kukla flows, hits, names and ledger\n"};

static int replay_run(struct cli *cli, int argc, char **argv)
{
	_cleanup_(said_done) struct said said = {0};
	const struct option options[] = {
		{"case", 'c', OPTION_TEXT, "DIR",
			"Keep the records in this folder, behind those that are there; without it "
			"they last until the end.",
			&said.folder, 0, 0},
		{"eve", 'e', OPTION_TEXT, "FILE",
			"Every record as a JSON line; - is standard output.", &said.eve, 0, 0},
		{"feed", 'f', OPTION_LIST, "FILE",
			"Match the indicators of this feed, as kukla-sig compile reads it, also "
			"those that have expired since; may be repeated.",
			&said.feeds, 0, 0},
		{"signatures", 's', OPTION_TEXT, "DB",
			"Match a database made by kukla-sig compile.", &said.signatures, 0, 0},
		{"no-signatures", 0, OPTION_FLAG, NULL,
			"Match nothing; without any of these the influence operations that come "
			"with kukla are matched.",
			&said.no_signatures, 0, 0},
		{"asn-db", 0, OPTION_TEXT, "FILE",
			"Which autonomous system an address is of: a database in MaxMind's format "
			"such as GeoLite2-ASN.mmdb.",
			&said.asn_db, 0, 0},
		{"guard", 0, OPTION_TEXT, "SHARE",
			"As kukla-probe has it: off (the default), on, or a share in percent.",
			&said.guard, 0, 0},
		{"workers", 'w', OPTION_NUMBER, "N",
			"Worker threads of the probe (1). The output is the same for any number.",
			&said.workers, 1, 64},
		{"no-decap", 0, OPTION_FLAG, NULL,
			"Do not look into tunnels (GRE, VXLAN, GTP and the like).", &said.no_decap,
			0, 0},
		{"programs", 0, OPTION_TEXT, "DIR",
			"Where kukla-probe and kukla-sig are, if not beside kukla or in PATH.",
			&said.programs, 0, 0},
		{"quiet", 'q', OPTION_FLAG, NULL, "No progress, no summary.", &said.quiet, 0, 0},
		{0}};
	struct command command = about;
	enum option_outcome outcome;
	struct replay *p;
	int status;

	command.options = options;
	outcome = options_parse(&command, argc, argv, &said.captures);
	if (outcome != OPTIONS_RUN)
		return outcome == OPTIONS_SHOWN ? EXIT_ALL_READ : EXIT_COMMAND_WRONG;
	if (said.captures.count == 0 ||
		!!said.feeds.count + !!said.signatures + said.no_signatures > 1) {
		log_error(said.captures.count ? "say --feed, --signatures or --no-signatures, not "
						"several of them"
					      : "nothing to read: say kukla replay CAPTURE...; "
						"--help tells more");
		return EXIT_COMMAND_WRONG;
	}
	p = aligned_alloc(_Alignof(struct replay), sizeof(*p)); /* a ledger has lines of its own */
	if (!p)
		return EXIT_COMMAND_WRONG;
	memset(p, 0, sizeof(*p));
	watch_block();
	p->cli = cli;
	p->said = &said;
	p->books.ours = true;
	schema_init(&p->schema);
	run(p);
	replay_done(p);
	status = p->status;
	free(p);
	return status;
}

const struct cli_command cli_replay = {&about, replay_run};
