/* SPDX-License-Identifier: Apache-2.0 */
/* The packet engine and the host names of nDPI. docs/ndpi.md says how it decides,
 * docs/decisions/0005-ndpi.md has the measurements behind every choice here, and ndpi_api_*.c what
 * differs between its versions. Names are the library's own, of whatever version it is.
 *
 * nDPI remembers things across flows in caches of its module (who spoke BitTorrent, STUN, Zoom
 * ...), so that a flow's name would depend on its neighbours and on which worker saw them. Here
 * they are off. */
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/siphash.h"
#include "probe/classify.h"
#include "probe/ndpi_api_calls.h"

#define PACKETS_MAX    4      /* of one flow, with payload; see docs/decisions/0005-ndpi.md */
#define COPY_BYTES_MAX 65535u /* nDPI takes 16-bit lengths */
#define COPY_SLACK     64     /* zeros behind it: nDPI has scanners that stop at a non-digit only */
#define KNOWN_MAX      32
#define NAMES_MAX      4096
#define TLS_TYPE_FIRST 20 /* of records, RFC 8446 section 5.1 and RFC 6520 */
#define TLS_TYPE_LAST  24

struct classify_state {
	struct ndpi_flow_struct flow;
	struct classify_state *next_free;
	struct application verdict; /* when decided */
	uint8_t packets;
	bool decided;
};

/* What nDPI says of a host name is the same each time, and many flows have few names. */
struct name_said {
	char name[sizeof(((struct ndpi_flow_struct *)0)->host_server_name)];
	uint16_t master; /* 0: none here */
	uint16_t stack[NDPI_PROTOCOL_SIZE], category;
	bool tor;
};

struct classifier {
	struct ndpi_api *api;
	struct ndpi_detection_module_struct *module; /* of it */
	struct {
		char name[24];
		uint16_t number;
	} known[KNOWN_MAX]; /* protocols that dissectors have named */
	size_t known_count;
	struct name_said *names;              /* NAMES_MAX, by hash */
	struct ndpi_flow_struct scratch;      /* for what is decided without packets */
	struct classify_state *states, *free; /* given back; those from states_used on never used */
	size_t state_count, states_used;
	uint8_t packet[COPY_BYTES_MAX + COPY_SLACK];
};

static void ndpi_close(struct classifier *c)
{
	if (!c)
		return;
	ndpi_api_close(c->api);
	free(c->names);
	free(c->states);
	free(c);
}

static int ndpi_open(struct classifier **ret, size_t state_count)
{
	struct classifier *c = calloc(1, sizeof(*c));
	int e;

	if (!c)
		return -ENOMEM;
	c->states = calloc(state_count ? state_count : 1, sizeof(*c->states));
	c->names = calloc(NAMES_MAX, sizeof(*c->names));
	e = c->states && c->names ? ndpi_api_open(&c->api) : -ENOMEM;
	if (e != 0) {
		ndpi_close(c);
		return e;
	}
	c->module = ndpi_api_module(c->api);
	c->state_count = state_count;
	*ret = c;
	return 0;
}

static struct application application_of(
	struct classifier *c, ndpi_protocol found, ndpi_confidence_t confidence)
{
	struct application app = {.app = ndpi_api_app(&found)};

	if (ndpi_api_master(&found) != app.app)
		app.master = ndpi_api_master(&found);
	if (!app.app) { /* as ndpi_protocol2name prints it: the one that is known */
		app.app = app.master;
		app.master = 0;
	}
	if (!app.app)
		return app;
	app.category = (uint16_t)(found.category ? found.category
						 : ndpi_get_proto_category(c->module, found));
	switch (confidence) {
	case NDPI_CONFIDENCE_MATCH_BY_PORT:
		app.by = CLASSIFY_PORT;
		break;
	case NDPI_CONFIDENCE_MATCH_BY_IP:
		app.by = CLASSIFY_ADDRESS;
		break;
	default:
		app.by = CLASSIFY_ENGINE;
	}
	return app;
}

/* Ports are those of TCP and UDP only: other protocols have something else in their place. */
static struct ndpi_api_ends ends_of(const struct pkt *p)
{
	static const uint8_t v4[12] = {[10] = 0xff, [11] = 0xff};
	const uint8_t *from = p->key.address[p->side], *to = p->key.address[!p->side];
	struct ndpi_api_ends e = {.from = from, .to = to, .protocol = p->key.protocol};

	e.v4 = memcmp(from, v4, sizeof(v4)) == 0;
	if (e.v4) {
		e.from += sizeof(v4);
		e.to += sizeof(v4);
	}
	if (e.protocol == IPPROTO_TCP || e.protocol == IPPROTO_UDP) {
		e.sport = p->key.port[p->side];
		e.dport = p->key.port[!p->side];
	}
	return e;
}

/* nDPI's number of a protocol; a dissector's few names are looked up in nDPI's list only once. */
static uint16_t number_of(struct classifier *c, const char *name)
{
	uint16_t number;

	for (size_t i = 0; i < c->known_count; i++) {
		if (strcmp(c->known[i].name, name) == 0)
			return c->known[i].number;
	}
	number = ndpi_get_proto_by_name(c->module, name);
	if (c->known_count < KNOWN_MAX && strlen(name) < sizeof(c->known[0].name)) {
		memcpy(c->known[c->known_count].name, name, strlen(name) + 1);
		c->known[c->known_count++].number = number;
	}
	return number;
}

static bool on_port(const struct pkt *p, uint16_t port)
{
	return p->key.port[0] == port || p->key.port[1] == port;
}

/* nDPI calls TLS on a mail port by the mail protocol, and DNS on the ports of its relatives by
 * theirs, unless the host name says more. */
static uint16_t refine_by_port(uint16_t number, const struct pkt *p)
{
	if (number == NDPI_PROTOCOL_TLS && p->key.protocol == IPPROTO_TCP) {
		if (on_port(p, 465) || on_port(p, 587))
			return NDPI_PROTOCOL_MAIL_SMTPS;
		if (on_port(p, 993))
			return NDPI_PROTOCOL_MAIL_IMAPS;
		if (on_port(p, 995))
			return NDPI_PROTOCOL_MAIL_POPS;
	} else if (number == NDPI_PROTOCOL_DNS && !on_port(p, 53)) {
		if (on_port(p, 5353))
			return NDPI_PROTOCOL_MDNS;
		if (on_port(p, 5355))
			return NDPI_PROTOCOL_LLMNR;
	}
	return number;
}

/* DNS over QUIC has a port of its own, RFC 9250 section 4.1.1, and had others in its drafts. */
static bool is_doq(const struct pkt *p)
{
	return on_port(p, 853) || on_port(p, 784) || on_port(p, 8853);
}

/* nDPI's sign of Tor: a name like www.<random letters>.com in a ClientHello. */
static bool looks_like_tor(struct classifier *c)
{
	char *name = c->scratch.host_server_name;
	size_t n = strlen(name);

	return n > 8 && strncmp(name, "www.", 4) == 0 &&
	       (strcmp(name + n - 4, ".com") == 0 || strcmp(name + n - 4, ".net") == 0) &&
	       ndpi_api_looks_random(c->api, &c->scratch, name);
}

/* The end of a host name, as much as nDPI keeps of it, as it keeps it. */
static char *host_set(struct ndpi_flow_struct *flow, const char *host, size_t bytes)
{
	size_t n = sizeof(flow->host_server_name) - 1;

	if (n > bytes)
		n = bytes;
	for (size_t i = 0; i < n; i++)
		flow->host_server_name[i] = (char)tolower((unsigned char)host[bytes - n + i]);
	flow->host_server_name[n] = '\0';
	return flow->host_server_name;
}

/* Names that systems ask for to see whether they are connected have a category only, in place of
 * whose they are, but for the answers of DNS. */
static void ask_host(struct classifier *c, uint16_t master, char *name)
{
	ndpi_protocol_match_result match;

	if (master == NDPI_PROTOCOL_DNS)
		(void)ndpi_match_host_subprotocol(
			c->module, &c->scratch, name, (unsigned)strlen(name), &match, master);
	else
		(void)ndpi_match_hostname_protocol(
			c->module, &c->scratch, master, name, (unsigned)strlen(name));
}

/* What nDPI says of a name goes to the scratch flow. Returns whether it looks like Tor, which is
 * asked where it says nothing of a name of TLS. */
static bool match_host(struct classifier *c, const struct pkt *p, uint16_t master, const char *host,
	size_t host_bytes)
{
	static const struct siphash_key fixed = {0, 0};
	struct ndpi_flow_struct *flow = &c->scratch;
	char *name = host_set(flow, host, host_bytes);
	bool tls = master == NDPI_PROTOCOL_TLS;
	struct name_said *said;

	if (master == NDPI_PROTOCOL_HTTP && strchr(name, ':'))
		*strchr(name, ':') = '\0';
	if (ndpi_api_mail_before_host && tls)
		master = refine_by_port(master, p);
	said = &c->names[siphash13(&fixed, name, strlen(name)) % NAMES_MAX];
	if (said->master == master && strcmp(said->name, name) == 0) {
		memcpy(flow->detected_protocol_stack, said->stack, sizeof(said->stack));
		flow->category = (ndpi_protocol_category_t)said->category;
		return said->tor;
	}
	ask_host(c, master, name);
	*said = (struct name_said){.master = master, .category = (uint16_t)flow->category};
	memcpy(said->name, name, strlen(name));
	memcpy(said->stack, flow->detected_protocol_stack, sizeof(said->stack));
	said->tor = tls && !flow->detected_protocol_stack[1] && looks_like_tor(c);
	return said->tor;
}

/* nDPI reads DNS on its own ports only; elsewhere it knows the question for a resolver's DNSCrypt
 * certificate. */
static bool asks_for_dnscrypt(const struct pkt *p, const char *host, size_t host_bytes)
{
	static const char start[] = "2.dnscrypt";

	return host_bytes >= sizeof(start) - 1 &&
	       strncasecmp(host, start, sizeof(start) - 1) == 0 && !on_port(p, 53) &&
	       !on_port(p, 5353) && !on_port(p, 5355);
}

/* What nDPI's own dissectors would have left in the flow. */
static struct application named(struct classifier *c, struct ndpi_flow_struct *flow)
{
	struct application app = application_of(c,
		ndpi_api_protocol(flow->detected_protocol_stack[1],
			flow->detected_protocol_stack[0], flow->category),
		NDPI_CONFIDENCE_DPI);

	app.by = app.app ? CLASSIFY_NAME : CLASSIFY_NOT;
	ndpi_free_flow_data(flow); /* a text for each risk that it sees, of 4.11 */
	return app;
}

/* The dissector knows both: MASTER.APPLICATION. What a proxy is asked for may have a name, too. */
static struct application by_both_names(struct classifier *c, const struct pkt *p, const char *both,
	const char *host, size_t host_bytes)
{
	struct ndpi_flow_struct *flow = &c->scratch;
	const char *application = strchr(both, '.') + 1;
	char master[sizeof(c->known[0].name)];

	(void)snprintf(master, sizeof(master), "%.*s", (int)(application - 1 - both), both);
	memset(flow, 0, sizeof(*flow));
	if (host_bytes && number_of(c, application) == NDPI_PROTOCOL_HTTP_PROXY)
		(void)match_host(c, p, number_of(c, master), host, host_bytes);
	if (!flow->detected_protocol_stack[0]) {
		flow->detected_protocol_stack[0] = number_of(c, application);
		flow->detected_protocol_stack[1] = number_of(c, master);
	}
	return named(c, flow);
}

/* What nDPI says when it has read a flow's first messages; it asks the host name first, then the
 * addresses. */
static struct application ndpi_by_name(struct classifier *c, const struct pkt *p,
	const char *master, const char *host, size_t host_bytes)
{
	struct ndpi_flow_struct *flow = &c->scratch;
	uint16_t number, below = NDPI_PROTOCOL_UNKNOWN;
	const struct ndpi_api_ends ends = ends_of(p);
	bool tor = false;

	if (strchr(master, '.'))
		return by_both_names(c, p, master, host, host_bytes);
	number = number_of(c, master);

	if (number == NDPI_PROTOCOL_MDNS || number == NDPI_PROTOCOL_LLMNR)
		number = NDPI_PROTOCOL_DNS;
	if (number == NDPI_PROTOCOL_DNS && asks_for_dnscrypt(p, host, host_bytes)) {
		number = NDPI_PROTOCOL_DNSCRYPT;
		host_bytes = 0;
	}
	memset(flow, 0, sizeof(*flow));
	flow->l4_proto = ends.protocol;
	if (host_bytes)
		tor = match_host(c, p, number, host, host_bytes);
	if (!flow->detected_protocol_stack[1]) { /* the name says nothing, or only the category */
		if (tor) {
			number = NDPI_PROTOCOL_TOR;
			below = NDPI_PROTOCOL_TLS;
		}
		if (number == NDPI_PROTOCOL_QUIC && is_doq(p)) {
			number = NDPI_PROTOCOL_DOH_DOT;
			below = NDPI_PROTOCOL_QUIC;
		}
		ndpi_api_guess_address(c->api, flow, &ends);
		ndpi_set_detected_protocol(
			c->module, flow, refine_by_port(number, p), below, NDPI_CONFIDENCE_DPI);
	}
	return named(c, flow);
}

/* nDPI's dissector of TLS keeps 2 KiB of each connection, whatever it begins with, in case that it
 * is a record. Two for text are the dearest of all on binary traffic, where they find nothing: they
 * parse it into lines, packet by packet. That of tinc knows UDP by a cache across flows alone, and
 * reads that without asking whether the packet is IPv4. */
static void spare(struct ndpi_flow_struct *flow, const struct pkt *first)
{
	uint8_t octet = first->payload_bytes ? first->bytes[first->payload_offset] : 0;

	if (first->key.protocol == IPPROTO_UDP)
		NDPI_SET(&flow->excluded_protocol_bitmask, NDPI_PROTOCOL_TINC);
	else if (octet < TLS_TYPE_FIRST || octet > TLS_TYPE_LAST)
		NDPI_SET(&flow->excluded_protocol_bitmask, NDPI_PROTOCOL_TLS);
	if (octet >= ' ' && octet < 0x7f)
		return;
	NDPI_SET(&flow->excluded_protocol_bitmask, NDPI_PROTOCOL_RTSP);
	NDPI_SET(&flow->excluded_protocol_bitmask, NDPI_PROTOCOL_FTP_CONTROL);
}

static struct classify_state *ndpi_begin(struct classifier *c, const struct pkt *first)
{
	struct classify_state *s = c->free;
	struct ndpi_api_ends ends;

	if (s)
		c->free = s->next_free;
	else if (c->states_used < c->state_count)
		s = &c->states[c->states_used++];
	else
		return NULL;
	s->packets = 0;
	s->decided = false;
	ends = ends_of(first);
	ndpi_api_begin(c->api, &s->flow, &ends);
	spare(&s->flow, first);
	return s;
}

static struct application ndpi_give_up(struct classifier *c, struct classify_state *s)
{
	uint16_t stack[NDPI_PROTOCOL_SIZE];
	ndpi_protocol found;

	if (s->decided)
		return s->verdict;
	memcpy(stack, s->flow.detected_protocol_stack, sizeof(stack));
	found = ndpi_api_give_up(c->api, &s->flow);
	s->verdict = application_of(c, found, s->flow.confidence);
	s->decided = true;
	/* ndpi_free_flow_data goes by the stack to know what a union holds: a guess of TLS by port
	 * would make it free what a client's "SSH-..." left there */
	memcpy(s->flow.detected_protocol_stack, stack, sizeof(stack));
	return s->verdict;
}

/* nDPI's copy of a packet from its IP header on. nDPI passes over packets that are longer than what
 * was captured, or say no length (TSO): the copy says what it has. */
static uint16_t copy_packet(struct classifier *c, const struct pkt *p)
{
	uint32_t bytes = p->captured - p->ip_offset;
	uint8_t *ip = c->packet;
	uint16_t length;

	if (bytes > COPY_BYTES_MAX)
		bytes = COPY_BYTES_MAX;
	memcpy(ip, p->bytes + p->ip_offset, bytes);
	memset(ip + bytes, 0, COPY_SLACK);
	if (ip[0] >> 4 == 4) {
		length = (uint16_t)(ip[2] << 8 | ip[3]);
		if (length == 0 || length > bytes) {
			ip[2] = (uint8_t)(bytes >> 8);
			ip[3] = (uint8_t)bytes;
		}
	} else if (bytes >= 40) {
		length = (uint16_t)(ip[4] << 8 | ip[5]);
		if (length == 0 || length > bytes - 40) {
			ip[4] = (uint8_t)((bytes - 40) >> 8);
			ip[5] = (uint8_t)(bytes - 40);
		}
	}
	return (uint16_t)bytes;
}

/* STUN (RFC 8489 section 5, without the cookie that older ones lack) and DTLS hellos in pieces. */
static bool comes_in_pieces(const struct pkt *p)
{
	const uint8_t *at = p->bytes + p->payload_offset;

	if (p->payload_bytes < 20)
		return false;
	return (at[0] == 22 && at[1] == 0xfe) ||
	       ((at[0] & 0xc0) == 0 && (at[3] & 3) == 0 &&
		       (uint32_t)(at[2] << 8 | at[3]) == p->payload_bytes - 20);
}

/* A query of DNSCrypt (version 2, section "Client queries for UDP"): padded, by its commonest
 * client with all that is before it. Only the answer says what it is. */
static bool padded_query(const struct classify_state *s, const struct pkt *p)
{
	uint32_t rest = p->payload_bytes % 64;

	return p->payload_bytes >= 256 && (rest == 0 || rest == 68 % 64) &&
	       !NDPI_ISSET(&s->flow.excluded_protocol_bitmask, NDPI_PROTOCOL_DNSCRYPT);
}

/* After a UDP flow's first packet most of nDPI's dissectors have excluded themselves. Those that
 * never do are no sign; these few have seen something and wait for more. */
static bool worth_waiting(const struct classify_state *s, const struct pkt *p)
{
	if (p->key.protocol == IPPROTO_TCP)
		return true;
	return ndpi_api_waits(&s->flow) || comes_in_pieces(p) || padded_query(s, p);
}

/* What is inside of STUN comes out within the budget of packets; of others it is not waited for. */
static bool says_more(struct classifier *c, struct classify_state *s, const ndpi_protocol *found)
{
	return ndpi_api_app(found) == NDPI_PROTOCOL_STUN && s->packets < PACKETS_MAX &&
	       ndpi_extra_dissection_possible(c->module, &s->flow);
}

static bool ndpi_packet(struct classifier *c, struct classify_state *s, const struct pkt *p,
	bool to_server, struct application *ret_app)
{
	bool transport = p->key.protocol == IPPROTO_TCP || p->key.protocol == IPPROTO_UDP;
	ndpi_protocol found;
	uint16_t bytes;

	(void)to_server; /* nDPI tells directions by the port numbers */
	if (p->fragment || (transport && !p->payload_bytes))
		return false;
	bytes = copy_packet(c, p);
	found = ndpi_api_packet(c->api, &s->flow, c->packet, bytes, p->clock_ns / 1000000);
	s->packets++;
	if (ndpi_api_app(&found)) {
		s->verdict = application_of(c, found, s->flow.confidence);
		s->decided = !says_more(c, s, &found);
	} else if (s->packets >= PACKETS_MAX || !transport || !worth_waiting(s, p)) {
		(void)ndpi_give_up(c, s);
	}
	if (s->decided)
		*ret_app = s->verdict;
	return s->decided;
}

static void ndpi_end(struct classifier *c, struct classify_state *s)
{
	ndpi_free_flow_data(&s->flow);
	s->next_free = c->free;
	c->free = s;
}

static struct application ndpi_by_port(struct classifier *c, const struct pkt *first)
{
	struct ndpi_flow_struct *flow = &c->scratch;
	const struct ndpi_api_ends ends = ends_of(first);
	struct application app;
	ndpi_protocol found;

	ndpi_api_begin(c->api, flow, &ends);
	found = ndpi_api_give_up(c->api, flow);
	app = application_of(c, found, flow->confidence);
	ndpi_free_flow_data(flow);
	return app;
}

static const char *ndpi_version(void)
{
	return ndpi_revision();
}

static const char *ndpi_app_name(struct classifier *c, uint16_t number)
{
	return ndpi_get_proto_name(c->module, number);
}

static const char *ndpi_category_name(struct classifier *c, uint16_t category)
{
	if (category >= NDPI_PROTOCOL_NUM_CATEGORIES)
		category = NDPI_PROTOCOL_CATEGORY_UNSPECIFIED;
	return ndpi_category_get_name(c->module, (ndpi_protocol_category_t)category);
}

static size_t ndpi_both(
	struct classifier *c, const struct application *app, char ret_name[CLASSIFY_NAME_BYTES])
{
	ndpi_protocol both = ndpi_api_protocol(
		app->master, app->app, NDPI_PROTOCOL_CATEGORY_UNSPECIFIED);

	(void)ndpi_protocol2name(c->module, both, ret_name, CLASSIFY_NAME_BYTES);
	return strlen(ret_name);
}

const struct classify_ops classify_ndpi = {
	.name = "ndpi",
	.version = ndpi_version,
	.open = ndpi_open,
	.close = ndpi_close,
	.by_name = ndpi_by_name,
	.begin = ndpi_begin,
	.packet = ndpi_packet,
	.give_up = ndpi_give_up,
	.end = ndpi_end,
	.by_port = ndpi_by_port,
	.app_name = ndpi_app_name,
	.category_name = ndpi_category_name,
	.both = ndpi_both,
};
