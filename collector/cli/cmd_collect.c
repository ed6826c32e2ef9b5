/* SPDX-License-Identifier: Apache-2.0 */
/* kukla collect: IPFIX from the network into a case, until a signal. Each session has its books:
 * they are closed and stored when it ends. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/schema.h"
#include "base/text.h"
#include "collector/cli/books.h"
#include "collector/cli/cli.h"
#include "collector/cli/watch.h"
#include "collector/receive/listen.h"
#include "collector/store.h"
#include "dissectors/schema_all.h"

#define ADDRESS_BYTES 64

struct said {
	const char *config, *listen, *folder, *address;
	uint64_t tcp, udp, commit_s, idle_s;
	bool print_config;
	char address_storage[ADDRESS_BYTES];
};

struct collect {
	const struct said *said;
	const struct store_ops *ops;
	struct store *store;
	struct listener *listener;
	uint64_t records, uncommitted, ticks;
	int failed; /* the store */
};

static int store_failed(struct collect *c)
{
	if (!c->failed)
		log_error("%s: the store cannot be written: %s", c->said->folder,
			c->ops->error(c->store));
	return c->failed = -EIO;
}

static int commit(struct collect *c)
{
	if (c->failed || c->uncommitted == 0)
		return c->failed;
	if (c->ops->commit(c->store) < 0)
		return store_failed(c);
	c->uncommitted = 0;
	return 0;
}

static int append(struct collect *c, const struct record *r)
{
	if (c->failed)
		return c->failed;
	if (c->ops->append(c->store, r) < 0)
		return store_failed(c);
	c->uncommitted++;
	return 0;
}

/* The owner of a session is its books. */
static int on_begin(void *context, struct listen_session *s)
{
	char address[TEXT_ADDRESS_BYTES];
	struct books *b = aligned_alloc(_Alignof(struct books), sizeof(*b));

	(void)context;
	if (!b)
		return -ENOMEM;
	memset(b, 0, sizeof(*b));
	s->owner = b;
	(void)text_address(address, s->peer.address);
	log_note("%s port %u: a session over %s begins", address, s->peer.port,
		s->datagrams ? "UDP" : "TCP");
	return 0;
}

static int on_record(void *context, const struct listen_session *s, const struct record *r)
{
	struct collect *c = context;
	struct books *b = s->owner;

	if (!books_take(b, r))
		return 0;
	if (append(c, r) < 0)
		return c->failed;
	b->stored++;
	c->records++;
	return 0;
}

static const char *verdict(const struct ledger *l)
{
	if (l->n[LEDGER_RESIDUAL])
		return "ITS BOOKS DO NOT CLOSE, please report this";
	if (l->n[LEDGER_RECONSTRUCTED])
		return "the probe ended without its books, what else it lost is not known";
	if (l->n[LEDGER_FOREIGN])
		return "a foreign exporter, which keeps no books";
	return "its books close";
}

/* One ledger a session, so that they may be added up: a probe that tells how far it is means all
 * since its start. */
static void on_end(void *context, const struct listen_session *s)
{
	_cleanup_(free_ptr) struct books *b = s->owner;
	uint8_t storage[LEDGER_COUNT * 32];
	char address[TEXT_ADDRESS_BYTES];
	struct record record;
	struct ledger l;
	bool empty = b->received + s->rejected + s->lost == 0 && !b->probe_closed;

	(void)text_address(address, s->peer.address);
	books_close(b, 0, s->rejected, s->lost, &l);
	log_note("%s port %u: the session ends: %ju records stored, %ju rejected, %ju missing%s%s",
		address, s->peer.port, (uintmax_t)b->stored, (uintmax_t)s->rejected,
		(uintmax_t)l.n[LEDGER_MISSING], empty ? "" : "; ", empty ? "" : verdict(&l));
	if (empty)
		return;
	record_init(&record, &kind_ledger, storage, sizeof(storage));
	ledger_to_record(&l, &record);
	(void)append(context, &record);
}

static void on_problem(void *context, const char *text)
{
	(void)context;
	log_warning("%s", text);
}

static int on_tick(void *context)
{
	struct collect *c = context;

	if (watch_signal())
		listen_stop(c->listener); /* what has arrived is read first */
	return ++c->ticks % c->said->commit_s == 0 ? commit(c) : c->failed;
}

/* `127.0.0.1:4739`, `[::1]:4739`, `:4739` for all addresses; TCP and UDP. */
static bool read_listen(struct said *said)
{
	const char *colon = strrchr(said->listen, ':');
	size_t bytes = colon ? (size_t)(colon - said->listen) : 0;
	const char *from = said->listen;
	uintmax_t port;
	char *end;

	if (bytes > 1 && from[0] == '[' && from[bytes - 1] == ']') {
		from++;
		bytes -= 2;
	}
	port = colon && colon[1] >= '0' && colon[1] <= '9' ? strtoumax(colon + 1, &end, 10) : 0;
	if (port == 0 || port > UINT16_MAX || *end || bytes >= sizeof(said->address_storage)) {
		log_error("--listen wants ADDRESS:PORT, not '%s'", said->listen);
		return false;
	}
	memcpy(said->address_storage, from, bytes);
	said->address_storage[bytes] = 0;
	said->address = said->address_storage;
	said->tcp = said->udp = port;
	return true;
}

static void report(const struct collect *c, const struct listen_counts *n)
{
	log_note("%ju records of %ju sessions stored; %ju rejected, %ju missing by their numbers, "
		 "%ju messages "
		 "broken, %ju sessions refused",
		(uintmax_t)c->records, (uintmax_t)n->sessions, (uintmax_t)n->rejected,
		(uintmax_t)n->lost, (uintmax_t)n->broken, (uintmax_t)n->refused);
}

static int port_of(uint64_t number)
{
	return number ? (int)number : LISTEN_PORT_NONE;
}

static int run(struct collect *c, const struct schema *schema)
{
	const struct said *said = c->said;
	const struct listen_config config = {.schema = &schema->ipfix,
		.address = *said->address ? said->address : NULL,
		.tcp_port = port_of(said->tcp),
		.udp_port = port_of(said->udp),
		.idle_s = (unsigned)said->idle_s,
		.context = c,
		.on_begin = on_begin,
		.on_record = on_record,
		.on_end = on_end,
		.on_problem = on_problem,
		.on_tick = on_tick};
	struct listen_counts counts;
	char error[512] = "";
	int r, last;

	if (listen_open(&c->listener, &config, error, sizeof(error)) < 0) {
		log_error("%s", error);
		return EXIT_COMMAND_WRONG;
	}
	log_note("listening on %s, TCP port %u, UDP port %u; records go to %s",
		*said->address ? said->address : "all addresses", listen_port(c->listener, true),
		listen_port(c->listener, false), said->folder);
	r = listen_run(c->listener);
	listen_count(c->listener, &counts);
	listen_close(c->listener); /* ends the sessions */
	last = commit(c);
	report(c, &counts);
	if (r < 0 && r != -EIO)
		log_error("cannot go on: %s", strerror(-r));
	return r < 0 || last < 0 ? EXIT_COMMAND_WRONG : EXIT_ALL_READ;
}

static int collect(const struct said *said)
{
	struct collect c = {.said = said, .ops = stores[0]};
	struct schema schema;
	char error[512] = "";
	int status;

	schema_init(&schema);
	if (c.ops->open(&c.store, &schema.ipfix, said->folder, true, error, sizeof(error)) < 0) {
		log_error("%s: %s", said->folder, error);
		return EXIT_COMMAND_WRONG;
	}
	status = run(&c, &schema);
	c.ops->close(c.store);
	return status;
}

static void conf_free_ptr(struct conf **c)
{
	conf_free(*c);
}

/* What is on the command line wins over the file. */
static int settle(struct said *said, const char *folder)
{
	const struct conf_key keys[] = {
		{"case", CONF_TEXT, &said->folder, 0, 0, "folder that the records go to"},
		{"commit-seconds", CONF_NUMBER, &said->commit_s, 1, 3600,
			"records are durable after so long"},
		{"listen.address", CONF_TEXT, &said->address, 0, 0,
			"address to listen on; empty: all"},
		{"listen.tcp", CONF_NUMBER, &said->tcp, 0, UINT16_MAX,
			"TCP port for IPFIX; 0: none"},
		{"listen.udp", CONF_NUMBER, &said->udp, 0, UINT16_MAX,
			"UDP port for IPFIX; 0: none"},
		{"listen.idle-seconds", CONF_NUMBER, &said->idle_s, 1, 86400,
			"a silent TCP session ends after so long"},
		{0}};
	_cleanup_(conf_free_ptr) struct conf *conf = NULL;
	char error[512];

	if (said->config && conf_read(&conf, keys, said->config, error, sizeof(error)) < 0) {
		log_error("%s", error);
		return EXIT_COMMAND_WRONG;
	}
	if (said->listen && !read_listen(said))
		return EXIT_COMMAND_WRONG;
	said->folder = folder ? folder : said->folder;
	if (said->print_config) {
		conf_print(keys, stdout);
		return EXIT_ALL_READ;
	}
	if (!said->folder) {
		log_error("where to? say --case DIR, or `case: DIR` in the file of --config");
		return EXIT_COMMAND_WRONG;
	}
	return collect(said);
}

static const struct command about = {.program = "kukla",
	.name = "collect",
	.summary = "receive IPFIX from probes and foreign exporters into a case",
	.usage = "--case DIR | --config FILE",
	.description = "Listens for IPFIX over TCP and UDP, on the loopback address unless told "
		       "otherwise, and "
		       "stores what arrives until it gets SIGTERM or SIGINT. kukla flows and its "
		       "like read the case "
		       "meanwhile.\n\n"
		       "For each session one ledger is stored when it ends (datagrams have no end "
		       "but that of kukla collect): what the probe counted and what arrived. "
		       "Foreign exporters keep no books, and kukla ledger says so.\n\n"
		       "Exit status: 0 stopped by a signal, all that had arrived is stored; 1 "
		       "anything else.",
	.examples = "$ kukla collect --case case --listen 127.0.0.1:4739\n"
		    "  what kukla-probe --to tcp:127.0.0.1:4739 sends\n"
		    "$ kukla collect --case case --print-config\n"
		    "  the settings as YAML, for a file that --config reads\n"};

static int collect_run(struct cli *cli, int argc, char **argv)
{
	struct said said = {
		.address = "127.0.0.1", .tcp = 4739, .udp = 4739, .commit_s = 5, .idle_s = 120};
	const char *folder = NULL;
	const struct option options[] = {
		{"config", 'c', OPTION_TEXT, "FILE",
			"Read settings from this YAML file; options win over it.", &said.config, 0,
			0},
		{"case", 0, OPTION_TEXT, "DIR",
			"The folder that records go to; one collector at a time.", &folder, 0, 0},
		{"listen", 'l', OPTION_TEXT, "ADDRESS:PORT",
			"Listen there, over TCP and UDP (127.0.0.1:4739).", &said.listen, 0, 0},
		{"print-config", 0, OPTION_FLAG, NULL,
			"Print the effective settings as YAML and stop.", &said.print_config, 0, 0},
		{0}};
	struct command command = about;
	_cleanup_(option_list_done) struct option_list words = {0};
	enum option_outcome outcome;

	(void)cli;
	command.options = options;
	outcome = options_parse(&command, argc, argv, &words);
	if (outcome != OPTIONS_RUN)
		return outcome == OPTIONS_SHOWN ? EXIT_ALL_READ : EXIT_COMMAND_WRONG;
	if (words.count) {
		log_error(
			"what is '%s'? kukla collect --help tells what it takes", words.values[0]);
		return EXIT_COMMAND_WRONG;
	}
	watch_block();
	return settle(&said, folder);
}

const struct cli_command cli_collect = {&about, collect_run};
