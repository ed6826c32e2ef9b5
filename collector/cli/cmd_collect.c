/* SPDX-License-Identifier: Apache-2.0 */
/* kukla collect: IPFIX from the network into a case, until a signal. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/conf.h"
#include "base/log.h"
#include "collector/cli/cli.h"
#include "collector/cli/watch.h"
#include "collector/receive/listen.h"
#include "collector/store.h"
#include "dissectors/schema_all.h"

#define ADDRESS_BYTES 64
#define STOPPED       1 /* of listen_run: a signal came */

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
	uint64_t records, uncommitted, ticks;
};

static int store_failed(struct collect *c)
{
	log_error("%s: the store cannot be written: %s", c->said->folder, c->ops->error(c->store));
	return -EIO;
}

static int commit(struct collect *c)
{
	if (c->uncommitted == 0)
		return 0;
	if (c->ops->commit(c->store) < 0)
		return store_failed(c);
	c->uncommitted = 0;
	return 0;
}

static int on_record(void *context, const struct record *r)
{
	struct collect *c = context;

	if (c->ops->append(c->store, r) < 0)
		return store_failed(c);
	c->records++;
	c->uncommitted++;
	return 0;
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
		return STOPPED;
	return ++c->ticks % c->said->commit_s == 0 ? commit(c) : 0;
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

static void report(const struct collect *c, const struct listener *l)
{
	struct listen_counts n;

	listen_count(l, &n);
	log_note("%ju records of %ju sessions stored; %ju rejected, %ju missing by their numbers, "
		 "%ju messages "
		 "broken, %ju sessions refused",
		(uintmax_t)c->records, (uintmax_t)n.sessions, (uintmax_t)n.rejected,
		(uintmax_t)n.lost, (uintmax_t)n.broken, (uintmax_t)n.refused);
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
		.on_record = on_record,
		.on_problem = on_problem,
		.on_tick = on_tick};
	struct listener *l = NULL;
	char error[512] = "";
	int r, last;

	if (listen_open(&l, &config, error, sizeof(error)) < 0) {
		log_error("%s", error);
		return EXIT_COMMAND_WRONG;
	}
	log_note("listening on %s, TCP port %u, UDP port %u; records go to %s",
		*said->address ? said->address : "all addresses", listen_port(l, true),
		listen_port(l, false), said->folder);
	r = listen_run(l);
	last = commit(c);
	report(c, l);
	listen_close(l);
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
	.usage = "--config FILE",
	.description = "Listens for IPFIX over TCP and UDP, on the loopback address unless told "
		       "otherwise, and "
		       "stores what arrives until it gets SIGTERM or SIGINT. kukla flows and its "
		       "like read the case "
		       "meanwhile.\n\n"
		       "Exit status: 0 stopped by a signal, all that had arrived is stored; 1 "
		       "anything else.",
	.examples = "$ kukla collect --case case --listen 127.0.0.1:4739\n"
		    "  what kukla-probe --to tcp:127.0.0.1:4739 sends\n"};

static int collect_run(struct cli *cli, int argc, char **argv)
{
	struct said said = {
		.address = "127.0.0.1", .tcp = 4739, .udp = 4739, .commit_s = 5, .idle_s = 120};
	const char *folder = NULL;
	const struct option options[] = {
		{"config", 'c', OPTION_TEXT, "FILE",
			"Read settings from this YAML file; options win over it.", &said.config, 0,
			0},
		{"case", 0, OPTION_TEXT, "DIR", "The folder that records go to.", &folder, 0, 0},
		{"listen", 'l', OPTION_TEXT, "ADDRESS:PORT", "Listen there, over TCP and UDP.",
			&said.listen, 0, 0},
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
