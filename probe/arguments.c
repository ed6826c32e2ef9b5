/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/arguments.h"

#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "probe/flow/wheel.h"
#include "probe/outlet.h"

#define OPTIONS_MAX       40
#define AGE_DAYS_MAX      36500
#define PASSIVE_DNS_S_MAX 86400

static const struct arguments nothing = {.to = "-",
	.matcher = "sets",
	.classifier = "ndpi",
	.reload = "live",
	.guard = "live",
	.max_age_days = 30,
	.workers = 1,
	.flows = 2000000,
	.idle_s = 120,
	.active_s = 1800,
	.unestablished_s = 10};

static const struct command command = {"kukla-probe", NULL,
	"read packets, follow flows, match signatures, write IPFIX",
	"-r CAPTURE... | --port DEVICE | --synth SETTING...",
	"Reads captures (pcap and pcapng, plain or .gz .zst .xz .lz4), DPDK devices or traffic "
	"that "
	"it makes itself, and writes one IPFIX stream: flows with what their first octets said, "
	"DNS messages, hits of signatures, and at the end the ledger, in which every packet is "
	"accounted for. kukla collect stores such a stream; kukla replay starts this program on "
	"captures by itself.\n\n"
	"Captures need neither root nor DPDK. A port does: as root, --port "
	"net_af_packet0,iface=eth0 reads any interface of Linux, a PCI address a device that is "
	"bound to a driver of DPDK.\n\n"
	"Exit status: 0 all was read, or a live port was stopped by SIGINT or SIGTERM; 2 part of "
	"the input could not be read (file, offset and cause are on standard error, everything "
	"before it was delivered); 1 the command is wrong or the records have nowhere to go.",
	"$ kukla-probe -r capture.pcap --to flows.ipfix\n"
	"  replay a capture into an IPFIX file\n"
	"$ kukla-probe --synth seed=1 flows=1000 --signatures signatures.kdb --to flows.ipfix\n"
	"  made traffic, matched against a database of kukla-sig compile\n"
	"$ kukla-probe -r capture.pcap --workers 2 --print-config\n"
	"  the settings as YAML, for a file that --config reads\n",
	NULL};

/* Where packets come from and records go to. */
static size_t way_options_make(struct arguments *a, struct option to[OPTIONS_MAX])
{
	const struct option options[] = {
		{"config", 'c', OPTION_TEXT, "FILE",
			"Read settings from this YAML file; options win over it.", &a->config, 0,
			0},
		{"read", 'r', OPTION_ALL, "CAPTURE",
			"Replay captures, in time order; - is standard input.", &a->captures, 0, 0},
		{"port", 0, OPTION_LIST, "DEVICE",
			"Read a DPDK device: a PCI address, net_af_packet0,iface=eth0 and the "
			"like; "
			"may be repeated.",
			&a->ports, 0, 0},
		{"synth", 0, OPTION_ALL, "SETTING",
			"Make traffic from settings such as seed=1 flows=1000; a wrong one lists "
			"them all.",
			&a->synth, 0, 0},
		{"to", 0, OPTION_TEXT, "WHERE",
			"Send the records, as IPFIX, to FILE, tcp:HOST:PORT, udp:HOST:PORT or -, "
			"standard output (the default).",
			&a->to, 0, 0},
		{"allow-plaintext", 0, OPTION_FLAG, NULL,
			"Let records go to another machine over tcp: or udp:, readable on the way; "
			"without it only a loopback HOST is taken.",
			&a->allow_plaintext, 0, 0},
	};

	_Static_assert(ARRAY_LEN(options) < OPTIONS_MAX, "room for the end");
	memcpy(to, options, sizeof(options));
	return ARRAY_LEN(options);
}

/* What is looked for. */
static size_t signature_options_make(struct arguments *a, struct option *to, size_t room)
{
	const struct option options[] = {
		{"signatures", 0, OPTION_TEXT, "DB", "Match a database made by kukla-sig compile.",
			&a->signatures, 0, 0},
		{"asn-db", 0, OPTION_TEXT, "FILE",
			"Which autonomous system an address is of: a database in MaxMind's format "
			"such as GeoLite2-ASN.mmdb.",
			&a->asn_db, 0, 0},
		{"trust", 0, OPTION_LIST, "KEY",
			"Take only databases signed by this public key of kukla-sig keygen; may be "
			"repeated.",
			&a->trust, 0, 0},
		{"reload", 0, OPTION_TEXT, "WHEN",
			"Take the database anew when the file changes, and at SIGHUP: live (the "
			"default: for ports, not for captures), on or off.",
			&a->reload, 0, 0},
		{"allow-rollback", 0, OPTION_FLAG, NULL,
			"Take a database of a lower number than the one in use, or the one noted, "
			"too, or of one far above it.",
			&a->allow_rollback, 0, 0},
		{"signatures-state", 0, OPTION_TEXT, "FILE",
			"Note the number of the database in use in this file, and take none of a "
			"lower one at the next start either.",
			&a->signatures_state, 0, 0},
		{"signatures-max-age", 0, OPTION_NUMBER, "DAYS",
			"Warn of a database that is older (30; 0: never).", &a->max_age_days, 0,
			AGE_DAYS_MAX},
		{"guard", 0, OPTION_TEXT, "SHARE",
			"Report an indicator no more that more than this share of the clients "
			"touches in a day, in percent, or 1000 of them, but never for 10: live "
			"(the default: 0.1 for ports, off for captures), on (0.1), off or a "
			"number.",
			&a->guard, 0, 0},
	};

	assert(ARRAY_LEN(options) < room);
	memcpy(to, options, sizeof(options));
	return ARRAY_LEN(options);
}

/* What is done with them. */
static size_t work_options_make(struct arguments *a, struct option *to, size_t room)
{
	const struct option options[] = {
		{"workers", 'w', OPTION_NUMBER, "N",
			"Worker threads (1). The records are the same for any number.", &a->workers,
			1, RINGS_MAX},
		{"flows", 0, OPTION_NUMBER, "N", "Flows that each worker can hold (2000000).",
			&a->flows, 16, 1u << 30},
		{"idle-timeout", 0, OPTION_NUMBER, "SECONDS",
			"A silent flow has ended after so long (120).", &a->idle_s, 1,
			WHEEL_HORIZON_NS / 1000000000u},
		{"active-timeout", 0, OPTION_NUMBER, "SECONDS",
			"A flow that goes on is reported so often (1800).", &a->active_s, 1, 86400},
		{"unestablished-timeout", 0, OPTION_NUMBER, "SECONDS",
			"A connection that is nothing but a SYN has ended after so long (10).",
			&a->unestablished_s, 1, 600},
		{"no-decap", 0, OPTION_FLAG, NULL,
			"Do not look into tunnels (GRE, VXLAN, GTP and the like): flows are "
			"between their ends.",
			&a->no_decap, 0, 0},
		{"passive-dns", 0, OPTION_NUMBER, "SECONDS",
			"Instead of DNS messages send the names they answered, added up over so "
			"many seconds, without who asked (0: messages).",
			&a->passive_dns_s, 0, PASSIVE_DNS_S_MAX},
		{"domain", 0, OPTION_NUMBER, "N", "The IPFIX observation domain (0).", &a->domain,
			0, UINT32_MAX},
		{"classifier", 0, OPTION_TEXT, "NAME",
			"Who names the application: ndpi (the default) or none.", &a->classifier, 0,
			0},
		{"matcher", 0, OPTION_TEXT, "NAME",
			"sets (the default), or naive, the slow reference.", &a->matcher, 0, 0},
		{"allow-bomb", 0, OPTION_FLAG, NULL,
			"Read compressed captures whatever they grow to.", &a->allow_bomb, 0, 0},
		{"progress-fd", 0, OPTION_NUMBER, "FD",
			"Write lines of bytes_read, bytes_total, packets and the file's name to "
			"this descriptor.",
			&a->progress_fd, 3, 1u << 20},
		{"print-config", 0, OPTION_FLAG, NULL,
			"Print the effective settings as YAML and stop.", &a->print_config, 0, 0},
	};

	assert(ARRAY_LEN(options) < room);
	memcpy(to, options, sizeof(options));
	return ARRAY_LEN(options);
}

/* The options, with `a` to fill; the last of `to` stays zero. */
static void options_make(struct arguments *a, struct option to[OPTIONS_MAX])
{
	size_t used;

	memset(to, 0, OPTIONS_MAX * sizeof(*to));
	used = way_options_make(a, to);
	used += signature_options_make(a, to + used, OPTIONS_MAX - used);
	(void)work_options_make(a, to + used, OPTIONS_MAX - used);
}

static void keys_make(struct arguments *a, struct conf_key to[OPTIONS_MAX])
{
	/* what means nothing in a file */
	static const char *const but[] = {"config", "synth", "progress-fd", "print-config", NULL};
	struct option options[OPTIONS_MAX];

	options_make(a, options);
	conf_keys_of(to, options, but);
}

static enum option_outcome parse(struct arguments *a, int argc, char **argv)
{
	struct option options[OPTIONS_MAX];
	struct command full = command;
	struct option_list words = {0};
	enum option_outcome outcome;

	options_make(a, options);
	full.options = options;
	outcome = options_parse(&full, argc, argv, &words);
	if (outcome == OPTIONS_RUN && words.count) {
		log_error("what is %s? captures follow -r; --help tells more", words.values[0]);
		outcome = OPTIONS_WRONG;
	}
	option_list_done(&words);
	return outcome;
}

/* Options are read again after the file that they name, so that they win over it; lists add up. */
enum option_outcome arguments_read(struct arguments *a, int argc, char **argv)
{
	struct conf_key keys[OPTIONS_MAX];
	enum option_outcome outcome;
	const char *path;
	char why[512];

	*a = nothing;
	outcome = parse(a, argc, argv);
	path = a->config;
	if (outcome != OPTIONS_RUN || !path)
		return outcome;
	arguments_done(a);
	*a = nothing;
	keys_make(a, keys);
	if (conf_read(&a->conf, keys, path, why, sizeof(why)) < 0) {
		log_error("%s", why);
		return OPTIONS_WRONG;
	}
	return parse(a, argc, argv);
}

void arguments_print(struct arguments *a)
{
	struct conf_key keys[OPTIONS_MAX];

	keys_make(a, keys);
	conf_print(keys, stdout);
}

void arguments_done(struct arguments *a)
{
	option_list_done(&a->captures);
	option_list_done(&a->ports);
	option_list_done(&a->synth);
	option_list_done(&a->trust);
	conf_free(a->conf);
	*a = (struct arguments){.to = NULL};
}
