/* SPDX-License-Identifier: Apache-2.0 */
/* nDPI 4.2. Its caches can be emptied, and its guesses by port and address be made without a packet
 * in hand, only by seeing its structures (NDPI_LIB_COMPILATION); `open` refuses a library whose
 * structures have other sizes.
 *
 * Each cache has one entry, which is emptied before every call: no result is carried over, and a
 * flow of a thousand BitTorrent peers allocates nothing. */
#define NDPI_LIB_COMPILATION
#include <ndpi_main.h>
#include <ndpi_typedefs.h>

#include <ndpi_api.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "probe/ndpi_api_calls.h"

enum { OOKLA, BITTORRENT, ZOOM, STUN, TLS_CERT, MINING, MSTEAMS, CACHES };

#define ENDS_MAX 4096 /* as the hash has it */

/* nDPI's list of services' networks is a tree of many steps in cold memory, and most addresses are
 * in none: what the first 16 bits of an address rule out is known beforehand. */
struct networks {
	uint64_t bits[65536 / 64];
};

/* What the list says of an address and its port: many flows have few servers. */
struct end_said {
	uint32_t address;
	uint16_t port, protocol;
	bool known;
};

typedef void dissect_call(struct ndpi_detection_module_struct *, struct ndpi_flow_struct *);

/* One of nDPI's dissectors, and when it is called. */
struct caller {
	dissect_call *func;
	uint32_t selection; /* what a packet has to be */
	uint16_t word;      /* of the flow's excluded protocols ... */
	uint32_t bits;      /* ... in which none of these may be */
};

struct callers {
	uint32_t count;
	struct caller all[NDPI_MAX_SUPPORTED_PROTOCOLS + 1];
};

struct ndpi_api {
	struct ndpi_detection_module_struct *module;
	struct callers tcp, udp, other;
	uint16_t guessed;  /* of the flow, before its packet is read */
	bool guess_may_be; /* it is not excluded */
	struct networks networks;
	struct end_said ends[ENDS_MAX]; /* by hash */
	struct ndpi_lru_cache caches[CACHES];
	struct ndpi_lru_cache_entry entries[CACHES];
};

static const uint16_t patient[] = {NDPI_PROTOCOL_EAQ, NDPI_PROTOCOL_TFTP, NDPI_PROTOCOL_RX,
	NDPI_PROTOCOL_WIREGUARD, NDPI_PROTOCOL_SKYPE_TEAMS, NDPI_PROTOCOL_GNUTELLA,
	NDPI_PROTOCOL_TEAMVIEWER};
const bool ndpi_api_mail_before_host = false;

static struct ndpi_lru_cache **cache_slot(struct ndpi_detection_module_struct *m, unsigned i)
{
	struct ndpi_lru_cache **slots[CACHES] = {&m->ookla_cache, &m->bittorrent_cache,
		&m->zoom_cache, &m->stun_cache, &m->tls_cert_cache, &m->mining_cache,
		&m->msteams_cache};

	return slots[i];
}

/* Before each call into nDPI: nothing is known of other flows. */
static void forget(struct ndpi_api *a)
{
	for (unsigned i = 0; i < CACHES; i++)
		a->entries[i].is_full = 0;
}

static void add_network(ndpi_patricia_node_t *node, void *data, void *context)
{
	struct networks *n = context;
	const ndpi_prefix_t *prefix = node->prefix;
	uint32_t first, count;

	(void)data;
	if (!prefix || prefix->family != AF_INET)
		return;
	first = ntohl(prefix->add.sin.s_addr) >> 16;
	count = prefix->bitlen >= 16 ? 1 : 1u << (16 - prefix->bitlen);
	first &= ~(count - 1);
	for (uint32_t i = first; i < first + count; i++)
		n->bits[i / 64] |= (uint64_t)1 << i % 64;
}

static uint16_t by_address(struct ndpi_api *a, uint32_t address, uint16_t port)
{
	struct in_addr in = {.s_addr = address};
	uint32_t first = ntohl(address) >> 16;
	struct end_said *said;

	if (!(a->networks.bits[first / 64] >> first % 64 & 1))
		return NDPI_PROTOCOL_UNKNOWN;
	said = &a->ends[((address ^ port) * 2654435761u) >> 20];
	if (!said->known || said->address != address || said->port != port)
		*said = (struct end_said){.address = address,
			.port = port,
			.known = true,
			.protocol = ndpi_network_port_ptree_match(a->module, &in, htons(port))};
	return said->protocol;
}

/* nDPI asks each of its dissectors in turn whether it is to be called, by comparing masks of 512
 * bits that it copies for that: a third of its time. Its list holds one dissector instead, which
 * calls the others by what decides of those masks. */
struct owner {
	struct ndpi_api *api;
};

/* Behind all entries of the list, where none ever is. */
static void *owner_place(struct ndpi_detection_module_struct *module)
{
	return &module->callback_buffer_tcp_payload[NDPI_MAX_SUPPORTED_PROTOCOLS].detection_bitmask;
}

static uint32_t selection_of(const struct ndpi_packet_struct *p)
{
	uint32_t selection = NDPI_SELECTION_BITMASK_PROTOCOL_COMPLETE_TRAFFIC;

	if (p->iph)
		selection |= NDPI_SELECTION_BITMASK_PROTOCOL_IP |
			     NDPI_SELECTION_BITMASK_PROTOCOL_IPV4_OR_IPV6;
	if (p->iphv6)
		selection |= NDPI_SELECTION_BITMASK_PROTOCOL_IPV6 |
			     NDPI_SELECTION_BITMASK_PROTOCOL_IPV4_OR_IPV6;
	if (p->tcp)
		selection |= NDPI_SELECTION_BITMASK_PROTOCOL_INT_TCP |
			     NDPI_SELECTION_BITMASK_PROTOCOL_INT_TCP_OR_UDP;
	if (p->udp)
		selection |= NDPI_SELECTION_BITMASK_PROTOCOL_INT_UDP |
			     NDPI_SELECTION_BITMASK_PROTOCOL_INT_TCP_OR_UDP;
	if (p->payload_packet_len)
		selection |= NDPI_SELECTION_BITMASK_PROTOCOL_HAS_PAYLOAD;
	if (!p->tcp_retransmission)
		selection |= NDPI_SELECTION_BITMASK_PROTOCOL_NO_TCP_RETRANSMISSION;
	return selection;
}

static bool is_for_unknown(const struct ndpi_call_function_struct *c)
{
	return c->detection_bitmask.fds_bits[0] & 1;
}

/* nDPI has called the dissector of its guess before; NULL: it has not. */
static dissect_call *called_for_guess(const struct ndpi_api *a, uint32_t selection)
{
	const struct ndpi_detection_module_struct *m = a->module;
	const ndpi_proto_defaults_t *guess = &m->proto_defaults[a->guessed];
	const struct ndpi_call_function_struct *c = &m->callback_buffer[guess->protoIdx];

	if (a->guessed == NDPI_PROTOCOL_UNKNOWN || guess->protoId == NDPI_PROTOCOL_UNKNOWN ||
		!a->guess_may_be || !is_for_unknown(c) ||
		(c->ndpi_selection_bitmask & selection) != c->ndpi_selection_bitmask)
		return NULL;
	return guess->func;
}

static void call_all(const struct ndpi_api *a, struct ndpi_flow_struct *flow)
{
	const struct ndpi_packet_struct *p = &a->module->packet;
	const struct callers *callers = p->tcp ? &a->tcp : p->udp ? &a->udp : &a->other;
	uint32_t selection = selection_of(p);
	dissect_call *called = called_for_guess(a, selection);

	for (uint32_t i = 0; i < callers->count; i++) {
		const struct caller *c = &callers->all[i];

		if ((uint32_t)flow->excluded_protocol_bitmask.fds_bits[c->word] & c->bits ||
			(c->selection & selection) != c->selection || c->func == called)
			continue;
		c->func(a->module, flow);
		if (flow->detected_protocol_stack[0] != NDPI_PROTOCOL_UNKNOWN)
			return;
	}
}

static void dispatch(struct ndpi_detection_module_struct *module, struct ndpi_flow_struct *flow)
{
	struct owner owner;

	memcpy(&owner, owner_place(module), sizeof(owner));
	call_all(owner.api, flow);
}

/* False: a dissector is excluded by bits of several words. */
static bool take_caller(struct callers *to, const struct ndpi_call_function_struct *c)
{
	struct caller one = {.func = c->func, .selection = c->ndpi_selection_bitmask};
	unsigned words = 0;

	for (size_t w = 0; w < ARRAY_LEN(c->excluded_protocol_bitmask.fds_bits); w++) {
		if (!c->excluded_protocol_bitmask.fds_bits[w])
			continue;
		one.word = (uint16_t)w;
		one.bits = c->excluded_protocol_bitmask.fds_bits[w];
		words++;
	}
	if (is_for_unknown(c))
		to->all[to->count++] = one;
	return words <= 1;
}

/* A list that cannot be told so shortly stays as it is. */
static void take_list(struct callers *to, struct ndpi_call_function_struct *list, uint32_t *count)
{
	for (uint32_t i = 0; i < *count; i++) {
		if (!take_caller(to, &list[i]))
			return;
	}
	list[0] = (struct ndpi_call_function_struct){.func = dispatch};
	list[0].detection_bitmask.fds_bits[0] = 1;
	*count = 1;
}

/* What of the guess may change while the packet is read. */
static void note_guess(struct ndpi_api *a, const struct ndpi_flow_struct *flow)
{
	const struct ndpi_call_function_struct *c =
		&a->module->callback_buffer[a->module->proto_defaults[flow->guessed_protocol_id]
						    .protoIdx];

	a->guessed = flow->guessed_protocol_id;
	a->guess_may_be = true;
	for (size_t w = 0; w < ARRAY_LEN(c->excluded_protocol_bitmask.fds_bits); w++) {
		if (flow->excluded_protocol_bitmask.fds_bits[w] &
			c->excluded_protocol_bitmask.fds_bits[w])
			a->guess_may_be = false;
	}
}

void ndpi_api_close(struct ndpi_api *a)
{
	if (!a)
		return;
	if (a->module) {
		for (unsigned i = 0; i < CACHES; i++)
			*cache_slot(a->module, i) = NULL; /* they are ours */
		ndpi_exit_detection_module(a->module);
	}
	free(a);
}

int ndpi_api_open(struct ndpi_api **ret)
{
	struct ndpi_api *a;
	NDPI_PROTOCOL_BITMASK all;

	if (ndpi_get_api_version() != NDPI_API_VERSION ||
		ndpi_get_ndpi_detection_module_size() != sizeof(*a->module) ||
		ndpi_detection_get_sizeof_ndpi_flow_struct() != sizeof(struct ndpi_flow_struct)) {
		return -ENOTSUP;
	}
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->module = ndpi_init_detection_module(ndpi_no_prefs);
	if (!a->module) {
		free(a);
		return -ENOMEM;
	}
	NDPI_BITMASK_SET_ALL(all);
	ndpi_set_protocol_detection_bitmask2(a->module, &all);
	ndpi_finalize_initialization(a->module);
	ndpi_patricia_walk_tree_inorder(a->module->protocols_ptree, add_network, &a->networks);
	memcpy(owner_place(a->module), &(struct owner){a}, sizeof(struct owner));
	take_list(&a->tcp, a->module->callback_buffer_tcp_payload,
		&a->module->callback_buffer_size_tcp_payload);
	take_list(&a->udp, a->module->callback_buffer_udp, &a->module->callback_buffer_size_udp);
	take_list(&a->other, a->module->callback_buffer_non_tcp_udp,
		&a->module->callback_buffer_size_non_tcp_udp);
	for (unsigned i = 0; i < CACHES; i++) {
		a->caches[i] = (struct ndpi_lru_cache){.num_entries = 1, .entries = &a->entries[i]};
		*cache_slot(a->module, i) = &a->caches[i];
	}
	*ret = a;
	return 0;
}

struct ndpi_detection_module_struct *ndpi_api_module(struct ndpi_api *a)
{
	return a->module;
}

/* The service whose address either end has: IPv4 only, as there is no more in nDPI 4.2. */
void ndpi_api_guess_address(
	struct ndpi_api *a, struct ndpi_flow_struct *flow, const struct ndpi_api_ends *e)
{
	flow->is_ipv6 = !e->v4;
	if (flow->is_ipv6)
		return;
	memcpy(&flow->saddr, e->from, 4);
	memcpy(&flow->daddr, e->to, 4);
	flow->guessed_host_protocol_id = by_address(a, flow->saddr, e->sport);
	if (!flow->guessed_host_protocol_id)
		flow->guessed_host_protocol_id = by_address(a, flow->daddr, e->dport);
}

void ndpi_api_begin(
	struct ndpi_api *a, struct ndpi_flow_struct *flow, const struct ndpi_api_ends *e)
{
	uint8_t custom;

	memset(flow, 0, sizeof(*flow));
	flow->l4_proto = e->protocol;
	flow->sport = htons(e->sport);
	flow->dport = htons(e->dport);
	flow->guessed_protocol_id = ndpi_guess_protocol_id(
		a->module, NULL, e->protocol, e->sport, e->dport, &custom);
	ndpi_api_guess_address(a, flow, e);
	flow->protocol_id_already_guessed = 1;
	if (e->protocol == IPPROTO_TCP) {
		flow->l4.tcp.seen_syn = 1;
		flow->l4.tcp.seen_syn_ack = 1;
		flow->l4.tcp.seen_ack = 1;
	}
}

ndpi_protocol ndpi_api_packet(struct ndpi_api *a, struct ndpi_flow_struct *flow, const uint8_t *ip,
	uint16_t bytes, uint64_t time_ms)
{
	forget(a);
	note_guess(a, flow);
	return ndpi_detection_process_packet(a->module, flow, ip, bytes, time_ms);
}

ndpi_protocol ndpi_api_give_up(struct ndpi_api *a, struct ndpi_flow_struct *flow)
{
	uint8_t guessed;

	forget(a);
	return ndpi_detection_giveup(a->module, flow, 1, &guessed);
}

/* These have excluded themselves when the first packet was not theirs. */
bool ndpi_api_waits(const struct ndpi_flow_struct *flow)
{
	for (size_t i = 0; i < ARRAY_LEN(patient); i++) {
		if (!NDPI_ISSET(&flow->excluded_protocol_bitmask, patient[i]))
			return true;
	}
	return false;
}

bool ndpi_api_looks_random(struct ndpi_api *a, struct ndpi_flow_struct *flow, char *name)
{
	return ndpi_check_dga_name(a->module, flow, name, 1);
}

ndpi_protocol ndpi_api_protocol(uint16_t master, uint16_t app, ndpi_protocol_category_t category)
{
	return (ndpi_protocol){
		.master_protocol = master, .app_protocol = app, .category = category};
}

uint16_t ndpi_api_master(const ndpi_protocol *p)
{
	return p->master_protocol;
}

uint16_t ndpi_api_app(const ndpi_protocol *p)
{
	return p->app_protocol;
}
