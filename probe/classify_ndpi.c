/* SPDX-License-Identifier: Apache-2.0 */
/* The only file that knows nDPI. Written against 4.2 (Debian 12), whose library names what bare
 * `ndpiReader` prints; docs/decisions/0005-ndpi.md has the measurements behind every choice here.
 *
 * nDPI remembers things across flows in caches of its module (who spoke BitTorrent, STUN, Zoom
 * ...), so that a flow's name would depend on its neighbours and on which worker saw them. Here
 * each cache has one entry, which is emptied before every call: no result is carried over, and a
 * flow of a thousand BitTorrent peers allocates nothing. For that, and for the guesses by port and
 * address that nDPI itself makes only with a packet in hand, this file sees nDPI's structures
 * (NDPI_LIB_COMPILATION); `open` refuses a library whose structures have other sizes. */
#define NDPI_LIB_COMPILATION
#include <ndpi/ndpi_main.h>
#include <ndpi/ndpi_typedefs.h>

#include <ndpi/ndpi_api.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "probe/classify.h"

#define PACKETS_MAX    4      /* of one flow, with payload; see docs/decisions/0005-ndpi.md */
#define COPY_BYTES_MAX 65535u /* nDPI takes 16-bit lengths */
#define COPY_SLACK     64     /* zeros behind it: nDPI has scanners that stop at a non-digit only */
#define KNOWN_MAX      32

enum { OOKLA, BITTORRENT, ZOOM, STUN, TLS_CERT, MINING, MSTEAMS, CACHES };

struct classify_state {
	struct ndpi_flow_struct flow;
	struct classify_state *next_free;
	struct application verdict; /* when decided */
	uint8_t packets;
	bool decided;
};

struct classifier {
	struct ndpi_detection_module_struct *module;
	struct ndpi_lru_cache caches[CACHES];
	struct ndpi_lru_cache_entry entries[CACHES];
	struct {
		char name[24];
		uint16_t number;
	} known[KNOWN_MAX]; /* protocols that dissectors have named */
	size_t known_count;
	struct ndpi_flow_struct scratch;      /* for what is decided without packets */
	struct classify_state *states, *free; /* given back; those from states_used on never used */
	size_t state_count, states_used;
	uint8_t packet[COPY_BYTES_MAX + COPY_SLACK];
};

/* Of nDPI, not in its headers. */
extern int cache_free(struct cache *cache);

static struct ndpi_lru_cache **cache_slot(struct ndpi_detection_module_struct *m, unsigned i)
{
	struct ndpi_lru_cache **slots[CACHES] = {&m->ookla_cache, &m->bittorrent_cache,
		&m->zoom_cache, &m->stun_cache, &m->tls_cert_cache, &m->mining_cache,
		&m->msteams_cache};

	return slots[i];
}

/* Before each call into nDPI: nothing is known of other flows. */
static void forget(struct classifier *c)
{
	for (unsigned i = 0; i < CACHES; i++)
		c->entries[i].is_full = 0;
	/* Made only when a whole tinc handshake was seen, and then read without asking whether the
	 * packet is IPv4. */
	if (c->module->tinc_cache) {
		(void)cache_free(c->module->tinc_cache);
		c->module->tinc_cache = NULL;
	}
}

static void ndpi_close(struct classifier *c)
{
	if (!c)
		return;
	if (c->module) {
		for (unsigned i = 0; i < CACHES; i++)
			*cache_slot(c->module, i) = NULL; /* they are ours */
		ndpi_exit_detection_module(c->module);
	}
	free(c->states);
	free(c);
}

static int ndpi_open(struct classifier **ret, size_t state_count)
{
	struct classifier *c;
	NDPI_PROTOCOL_BITMASK all;

	if (ndpi_get_api_version() != NDPI_API_VERSION ||
		ndpi_get_ndpi_detection_module_size() != sizeof(*c->module) ||
		ndpi_detection_get_sizeof_ndpi_flow_struct() != sizeof(c->scratch)) {
		return -ENOTSUP;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->states = calloc(state_count ? state_count : 1, sizeof(*c->states));
	c->module = ndpi_init_detection_module(ndpi_no_prefs);
	if (!c->states || !c->module) {
		ndpi_close(c);
		return -ENOMEM;
	}
	c->state_count = state_count;
	NDPI_BITMASK_SET_ALL(all);
	ndpi_set_protocol_detection_bitmask2(c->module, &all);
	ndpi_finalize_initialization(c->module);
	for (unsigned i = 0; i < CACHES; i++) {
		c->caches[i] = (struct ndpi_lru_cache){.num_entries = 1, .entries = &c->entries[i]};
		*cache_slot(c->module, i) = &c->caches[i];
	}
	*ret = c;
	return 0;
}

static struct application application_of(
	struct classifier *c, ndpi_protocol found, ndpi_confidence_t confidence)
{
	struct application app = {.app = found.app_protocol};

	if (found.master_protocol != found.app_protocol)
		app.master = found.master_protocol;
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
static uint16_t port_of(const struct pkt *p, unsigned side)
{
	bool ports = p->key.protocol == IPPROTO_TCP || p->key.protocol == IPPROTO_UDP;

	return ports ? p->key.port[side] : 0;
}

/* The service whose address either end has: IPv4 only, as there is no more in nDPI. */
static void guess_by_address(
	struct classifier *c, struct ndpi_flow_struct *flow, const struct pkt *p)
{
	static const uint8_t v4[12] = {[10] = 0xff, [11] = 0xff};
	const uint8_t *from = p->key.address[p->side], *to = p->key.address[!p->side];
	struct in_addr in;

	flow->is_ipv6 = memcmp(from, v4, sizeof(v4)) != 0;
	if (flow->is_ipv6)
		return;
	memcpy(&flow->saddr, from + 12, 4);
	memcpy(&flow->daddr, to + 12, 4);
	in.s_addr = flow->saddr;
	flow->guessed_host_protocol_id = ndpi_network_port_ptree_match(
		c->module, &in, htons(port_of(p, p->side)));
	in.s_addr = flow->daddr;
	if (!flow->guessed_host_protocol_id)
		flow->guessed_host_protocol_id = ndpi_network_port_ptree_match(
			c->module, &in, htons(port_of(p, !p->side)));
}

/* An empty flow that knows what nDPI guesses from a first packet's ports and addresses. */
static void guess(struct classifier *c, struct ndpi_flow_struct *flow, const struct pkt *p)
{
	uint16_t sport = port_of(p, p->side), dport = port_of(p, !p->side);
	uint8_t custom;

	memset(flow, 0, sizeof(*flow));
	flow->l4_proto = p->key.protocol;
	flow->sport = htons(sport);
	flow->dport = htons(dport);
	flow->guessed_protocol_id = ndpi_guess_protocol_id(
		c->module, NULL, p->key.protocol, sport, dport, &custom);
	guess_by_address(c, flow, p);
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
	       ndpi_check_dga_name(c->module, &c->scratch, name, 1);
}

static void match_host(struct classifier *c, uint16_t master, const char *host, size_t host_bytes)
{
	struct ndpi_flow_struct *flow = &c->scratch;
	char *name = ndpi_hostname_sni_set(flow, (const uint8_t *)host, host_bytes);

	if (master == NDPI_PROTOCOL_HTTP && strchr(name, ':'))
		*strchr(name, ':') = '\0';
	(void)ndpi_match_hostname_protocol(c->module, flow, master, name, (unsigned)strlen(name));
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

/* What nDPI says when it has read a flow's first messages; it asks the host name first, then the
 * addresses. */
static struct application ndpi_by_name(struct classifier *c, const struct pkt *p,
	const char *master, const char *host, size_t host_bytes)
{
	struct ndpi_flow_struct *flow = &c->scratch;
	uint16_t number = number_of(c, master), below = NDPI_PROTOCOL_UNKNOWN;
	struct application app;

	if (number == NDPI_PROTOCOL_MDNS || number == NDPI_PROTOCOL_LLMNR)
		number = NDPI_PROTOCOL_DNS;
	if (number == NDPI_PROTOCOL_DNS && asks_for_dnscrypt(p, host, host_bytes)) {
		number = NDPI_PROTOCOL_DNSCRYPT;
		host_bytes = 0;
	}
	memset(flow, 0, sizeof(*flow));
	flow->l4_proto = p->key.protocol;
	if (host_bytes)
		match_host(c, number, host, host_bytes);
	if (!flow->detected_protocol_stack[1]) { /* the name says nothing, or only the category */
		if (number == NDPI_PROTOCOL_TLS && looks_like_tor(c)) {
			number = NDPI_PROTOCOL_TOR;
			below = NDPI_PROTOCOL_TLS;
		}
		if (number == NDPI_PROTOCOL_QUIC && is_doq(p)) {
			number = NDPI_PROTOCOL_DOH_DOT;
			below = NDPI_PROTOCOL_QUIC;
		}
		guess_by_address(c, flow, p);
		ndpi_set_detected_protocol(
			c->module, flow, refine_by_port(number, p), below, NDPI_CONFIDENCE_DPI);
	}
	app = application_of(c,
		(ndpi_protocol){flow->detected_protocol_stack[1], flow->detected_protocol_stack[0],
			flow->category},
		NDPI_CONFIDENCE_DPI);
	app.by = app.app ? CLASSIFY_NAME : CLASSIFY_NOT;
	return app;
}

/* Two dissectors for text are the dearest of all on binary traffic, where they find nothing: they
 * parse it into lines, packet by packet. */
static void spare_binary(struct ndpi_flow_struct *flow, const struct pkt *first)
{
	if (first->payload_bytes && first->bytes[first->payload_offset] >= ' ' &&
		first->bytes[first->payload_offset] < 0x7f)
		return;
	NDPI_SET(&flow->excluded_protocol_bitmask, NDPI_PROTOCOL_RTSP);
	NDPI_SET(&flow->excluded_protocol_bitmask, NDPI_PROTOCOL_FTP_CONTROL);
}

static struct classify_state *ndpi_begin(struct classifier *c, const struct pkt *first)
{
	struct classify_state *s = c->free;

	if (s)
		c->free = s->next_free;
	else if (c->states_used < c->state_count)
		s = &c->states[c->states_used++];
	else
		return NULL;
	s->packets = 0;
	s->decided = false;
	guess(c, &s->flow, first);
	s->flow.protocol_id_already_guessed = 1; /* nDPI would look the addresses up twice */
	spare_binary(&s->flow, first);
	if (first->key.protocol == IPPROTO_TCP) {
		/* packets without payload are not shown to nDPI; some of its dissectors ask whether
		 * there was a handshake */
		s->flow.l4.tcp.seen_syn = 1;
		s->flow.l4.tcp.seen_syn_ack = 1;
		s->flow.l4.tcp.seen_ack = 1;
	}
	return s;
}

static struct application ndpi_give_up(struct classifier *c, struct classify_state *s)
{
	uint16_t stack[NDPI_PROTOCOL_SIZE];
	uint8_t guessed;
	ndpi_protocol found;

	if (s->decided)
		return s->verdict;
	memcpy(stack, s->flow.detected_protocol_stack, sizeof(stack));
	forget(c);
	found = ndpi_detection_giveup(c->module, &s->flow, 1, &guessed);
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

/* After a UDP flow's first packet most of nDPI's dissectors have excluded themselves. Those that
 * never do are no sign; these few have seen something and wait for more. */
static bool worth_waiting(const struct classify_state *s, const struct pkt *p)
{
	static const uint16_t patient[] = {NDPI_PROTOCOL_EAQ, NDPI_PROTOCOL_TFTP, NDPI_PROTOCOL_RX,
		NDPI_PROTOCOL_WIREGUARD, NDPI_PROTOCOL_SKYPE_TEAMS, NDPI_PROTOCOL_GNUTELLA,
		NDPI_PROTOCOL_TEAMVIEWER};

	if (p->key.protocol == IPPROTO_TCP)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(patient); i++) {
		if (!NDPI_ISSET(&s->flow.excluded_protocol_bitmask, patient[i]))
			return true;
	}
	return comes_in_pieces(p);
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
	forget(c);
	found = ndpi_detection_process_packet(
		c->module, &s->flow, c->packet, bytes, p->clock_ns / 1000000);
	if (found.app_protocol) {
		s->verdict = application_of(c, found, s->flow.confidence);
		s->decided = true;
	} else if (++s->packets >= PACKETS_MAX || !transport || !worth_waiting(s, p)) {
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
	uint8_t guessed;
	ndpi_protocol found;

	forget(c);
	guess(c, flow, first);
	found = ndpi_detection_giveup(c->module, flow, 1, &guessed);
	return application_of(c, found, flow->confidence);
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
	ndpi_protocol both = {.master_protocol = app->master, .app_protocol = app->app};

	(void)ndpi_protocol2name(c->module, both, ret_name, CLASSIFY_NAME_BYTES);
	return strlen(ret_name);
}

const struct classify_ops classify_ndpi = {
	.name = "ndpi",
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
