/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-probe: packets in, records out. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/schema.h"
#include "dissectors/schema_all.h"
#include "probe/arguments.h"
#include "probe/pipeline.h"
#include "signatures/asn.h"
#include "signatures/trust.h"

#define EXIT_PARTIAL     2
#define NAMES_MAX        262144u
#define NAMES_TEXT_BYTES (64u << 20)

static volatile sig_atomic_t stop;    /* set by signals, read by the pipeline */
static volatile sig_atomic_t hangups; /* changed by SIGHUP, read by the keeper */

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static void on_hangup(int number)
{
	(void)number;
	hangups = hangups + 1;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void problem(const char *text)
{
	log_error("%s", text);
}

static void progress(void *context, const struct source_progress *p)
{
	(void)dprintf(*(const int *)context, "%lu %lu %lu %s\n", p->bytes_read, p->bytes_total,
		p->packets, p->name ? p->name : "");
}

static const struct source_ops *source_named(const char *name)
{
	for (size_t i = 0; sources[i]; i++) {
		if (strcmp(sources[i]->name, name) == 0)
			return sources[i];
	}
	return NULL;
}

/* Just one of captures, ports and synth must be given. */
static const struct source_ops *source_choose(
	const struct arguments *a, struct source_config *ret_config)
{
	const struct {
		const char *name;
		const struct option_list *words;
	} kinds[] = {{"pcap", &a->captures}, {"dpdk", &a->ports}, {"synth", &a->synth}};
	const struct source_ops *found = NULL;
	unsigned count = 0;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (kinds[i].words->count == 0)
			continue;
		count++;
		found = source_named(kinds[i].name);
		if (!found)
			log_error("this build has no packet source %s", kinds[i].name);
		*ret_config = (struct source_config){.names = kinds[i].words->values,
			.name_count = kinds[i].words->count,
			.allow_bomb = a->allow_bomb};
	}
	if (count == 1)
		return found;
	log_error(count ? "say one of -r, --port and --synth, not several"
			: "nothing to read: say -r CAPTURE or --port DEVICE; --help tells more");
	return NULL;
}

static const struct match_ops *matcher_choose(const struct arguments *a)
{
	const struct match_ops *all[] = {&match_sets, &match_naive};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (strcmp(a->matcher, all[i]->name) == 0)
			return all[i];
	}
	log_error("no matcher %s: sets or naive", a->matcher);
	return NULL;
}

/* `live`: on for ports, off for captures, whose records are the same on every run. */
static bool is_on(const struct arguments *a, const char *when)
{
	return strcmp(when, "on") == 0 || (strcmp(when, "live") == 0 && a->ports.count);
}

/* live, on, off, or a share in percent (three digits behind the point at the most). */
static bool guard_choose(const struct arguments *a, struct signature_source *to)
{
	const char *text = a->guard;
	char *end;
	double share;

	to->guard = (struct guard_limits)GUARD_LIMITS_DEFAULT;
	to->is_guarded = is_on(a, text);
	if (strcmp(text, "live") == 0 || strcmp(text, "on") == 0 || strcmp(text, "off") == 0)
		return true;
	share = strtod(text, &end);
	to->is_guarded = true;
	to->guard.share_ppm = share > 0 && share <= 100 ? (uint32_t)(share * 10000 + 0.5) : 0;
	if (end != text && !*end && to->guard.share_ppm)
		return true;
	log_error("--guard is live, on, off or a share of the clients in percent, like 0.1: not %s",
		text);
	return false;
}

static void say_note(const char *text)
{
	log_note("%s", text);
}

static void say_warning(const char *text)
{
	log_warning("%s", text);
}

/* Who thinks that something is matched should learn that it is not. */
static void warn_of_unused(const struct arguments *a)
{
	const char *unused = a->trust.count                  ? "--trust"
			     : a->signatures_state           ? "--signatures-state"
			     : strcmp(a->guard, "live") != 0 ? "--guard"
							     : NULL;

	if (unused)
		log_warning("%s does nothing without --signatures: nothing is matched", unused);
}

/* Opens the set; without --signatures there is none, and that is fine. */
static int signatures_open(const struct arguments *a, const struct siphash_key *key,
	struct trust *trust, struct keeper **ret)
{
	struct keeper_config config = {
		.source = {.path = a->signatures,
			.match = matcher_choose(a),
			.worker_count = (unsigned)a->workers,
			.key = {.k0 = ~key->k0, .k1 = ~key->k1}}, /* not that of flows */
		.follows = is_on(a, a->reload),
		.allow_rollback = a->allow_rollback,
		.state_path = a->signatures_state,
		.expires = a->ports.count,
		.max_age_s = a->max_age_days * 86400,
		.check_ns = 1000000000,
		.asked = &hangups,
		.now_ns = now_ns,
		.note = say_note,
		.warn = say_warning,
		.problem = problem};
	char why[512] = "";
	int r;

	if (!config.source.match || !guard_choose(a, &config.source))
		return -EINVAL;
	if (strcmp(a->reload, "live") != 0 && strcmp(a->reload, "on") != 0 &&
		strcmp(a->reload, "off") != 0)
		return log_error("--reload is live, on or off, not %s", a->reload), -EINVAL;
	if (trust_read(trust, a->trust.values, a->trust.count, why, sizeof(why)) < 0)
		return log_error("%s", why), -EINVAL;
	if (!a->signatures) {
		warn_of_unused(a);
		return 0;
	}
	config.source.trust = trust->sigdb;
	r = keeper_open(ret, &config, why, sizeof(why));
	if (r < 0)
		return log_error("%s", *why ? why : strerror(-r)), r;
	if (config.follows)
		(void)sigaction(SIGHUP, &(struct sigaction){.sa_handler = on_hangup}, NULL);
	r = keeper_start(*ret);
	if (r < 0)
		log_error("%s: cannot be followed: %s", a->signatures, strerror(-r));
	return r;
}

/* Without a database of autonomous systems what asks for one matches nothing: that is said. */
static int asn_choose(const struct arguments *a, const struct keeper *keeper,
	struct worker_parts *parts, struct asn_database **ret)
{
	size_t count = keeper ? sigdb_as_count(keeper_current(keeper)->db) : 0;
	char why[512];

	if (a->asn_db && asn_open(ret, a->asn_db, why, sizeof(why)) < 0)
		return log_error("%s", why), -EINVAL;
	parts->asn = *ret;
	if (count && !a->asn_db)
		log_warning("%zu indicators ask for an autonomous system: without --asn-db they "
			    "match nothing",
			count);
	return 0;
}

static int classifier_choose(const struct arguments *a, struct worker_parts *parts)
{
	const struct classify_ops *all[] = {&classify_ndpi, &classify_none};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (strcmp(a->classifier, all[i]->name) == 0) {
			parts->classify = all[i];
			return 0;
		}
	}
	return log_error("no classifier %s: ndpi or none", a->classifier), -EINVAL;
}

static int write_ledger(struct pipeline *p)
{
	uint8_t storage[LEDGER_COUNT * 32];
	struct record r;

	record_init(&r, &kind_ledger, storage, sizeof(storage));
	ledger_to_record(&p->ledger, &r);
	return ipfix_write(p->writer, &r);
}

/* Run, close the books, and say what the exit status is. */
static int run(const struct arguments *a, struct pipeline *p)
{
	uint64_t residual;
	int error = pipeline_run(p), closed;

	if (error < 0) {
		log_error("cannot start: %s", strerror(-error));
		return 1;
	}
	residual = ledger_close(&p->ledger, false);
	if (!p->write_error)
		p->write_error = write_ledger(p);
	/* a reader of the pipe that has seen enough needs no telling */
	if (p->write_error && !(p->write_error == -EPIPE && strcmp(a->to, "-") == 0))
		log_error("%s: %s", a->to, ipfix_writer_error(p->writer));
	closed = ipfix_writer_close(steal(p->writer));
	if (closed && !p->write_error)
		log_error("%s: %s", a->to, strerror(-closed));
	if (residual && !p->write_error)
		log_error("the books do not close: %lu unexplained; please report this", residual);
	if (p->write_error || closed || residual)
		return 1;
	if (stop && !p->source_ops->live)
		log_error("interrupted: what was read until then is delivered");
	return p->ledger.n[LEDGER_FILE_ERROR] || (stop && !p->source_ops->live) ? EXIT_PARTIAL : 0;
}

/* Without --passive-dns there are no names, and that is fine. */
static int names_open(
	const struct arguments *a, const struct siphash_key *key, struct passive_dns **ret)
{
	const struct passive_dns_limits limits = {.window_ns = a->passive_dns_s * 1000000000u,
		.entries = NAMES_MAX,
		.text_bytes = NAMES_TEXT_BYTES};
	const struct siphash_key own = {.k0 = key->k0, .k1 = ~key->k1}; /* not that of flows */
	int error = a->passive_dns_s ? passive_dns_new(ret, &limits, &own) : 0;

	if (error)
		log_error("no memory for names");
	return error;
}

static int probe(const struct arguments *a, const struct worker_parts *parts, struct keeper *keeper)
{
	struct schema schema;
	int progress_fd = (int)a->progress_fd;
	struct pipeline p = {.parts = *parts,
		.keeper = keeper,
		.worker_count = (unsigned)a->workers,
		.stop = &stop,
		.now_ns = now_ns,
		.problem = problem,
		.progress = a->progress_fd ? progress : NULL,
		.progress_context = &progress_fd};
	struct source_config config = {0};
	char why[512] = "";
	int status;

	schema_init(&schema);
	p.source_ops = source_choose(a, &config);
	if (!p.source_ops)
		return 1;
	if (names_open(a, &parts->key, &p.names) < 0)
		return 1;
	if (p.source_ops->open(&p.source, &config, why, sizeof(why)) < 0) {
		log_error("%s", why);
		passive_dns_free(p.names);
		return 1;
	}
	if (ipfix_writer_open(
		    &p.writer, &schema.ipfix, a->to, (uint32_t)a->domain, why, sizeof(why)) < 0) {
		log_error("%s", why); /* names it */
		status = 1;
	} else if (ipfix_writer_is_remote(p.writer) && !a->allow_plaintext) {
		log_error("%s is another machine, and what goes there can be read on the way: say "
			  "a loopback address with a tunnel behind it, or --allow-plaintext",
			a->to);
		(void)ipfix_writer_close(p.writer);
		status = 1;
	} else {
		status = run(a, &p);
	}
	p.source_ops->close(p.source);
	passive_dns_free(p.names);
	return status;
}

/* An output that would destroy an input; says so. */
static bool is_to_be_read(const struct arguments *a, const char *output)
{
	const char *const nothing = "-", *const named[] = {a->signatures, a->asn_db, a->config};
	bool is_read = file_among(output, a->captures.values, a->captures.count) ||
		       file_among(output, a->trust.values, a->trust.count);

	for (size_t i = 0; i < ARRAY_LEN(named); i++)
		is_read |= file_among(output, named[i] ? &named[i] : &nothing, 1) != NULL;
	if (is_read)
		log_error("%s is to be read: name another file to write", output);
	return is_read;
}

static bool outputs_clash(const struct arguments *a)
{
	if (is_to_be_read(a, a->to))
		return true;
	if (!a->signatures_state)
		return false;
	if (is_to_be_read(a, a->signatures_state))
		return true;
	if (!file_is_same(a->to, a->signatures_state))
		return false;
	log_error("%s is named by --to and by --signatures-state: name another file", a->to);
	return true;
}

static int probe_with_signatures(const struct arguments *a)
{
	struct settings settings = SETTINGS_DEFAULT;
	struct worker_parts parts = {.settings = &settings};
	struct keeper *keeper = NULL;
	struct trust trust = {0};
	struct asn_database *asn = NULL;
	int status = 1;

	if (outputs_clash(a))
		return status;
	settings.flow_count = (uint32_t)a->flows;
	settings.idle_ns = a->idle_s * 1000000000u;
	settings.active_ns = a->active_s * 1000000000u;
	settings.keep_tunnels = a->no_decap;
	settings.unestablished_ns = a->unestablished_s * 1000000000u;
	settings.skips_expired = a->ports.count;
	settings.set_age_ns = a->max_age_days * 86400 * 1000000000u;
	settings.decrypts_per_s = a->ports.count ? DECRYPTS_PER_S_LIVE : 0;
	if (getrandom(&parts.key, sizeof(parts.key), 0) != sizeof(parts.key))
		log_error("no randomness from the kernel: %s", strerror(errno));
	else if (classifier_choose(a, &parts) == 0 &&
		 signatures_open(a, &parts.key, &trust, &keeper) == 0 &&
		 asn_choose(a, keeper, &parts, &asn) == 0)
		status = probe(a, &parts, keeper);
	keeper_close(keeper);
	asn_close(asn);
	trust_done(&trust);
	return status;
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	int status = 0;

	log_open("kukla-probe", LOG_LEVEL_NOTE);
	(void)sigaction(SIGINT, &(struct sigaction){.sa_handler = on_signal}, NULL);
	(void)sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_signal}, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	switch (arguments_read(&arguments, argc, argv)) {
	case OPTIONS_SHOWN:
	case OPTIONS_EACH: /* only of programs with commands */
		break;
	case OPTIONS_WRONG:
		status = 1;
		break;
	case OPTIONS_RUN:
		if (arguments.print_config)
			arguments_print(&arguments);
		else
			status = probe_with_signatures(&arguments);
	}
	arguments_done(&arguments);
	return status;
}
