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

/* nDPI's list of services' networks is a tree of many steps in cold memory, and most addresses are
 * in none: what the first 16 bits of an address rule out is known beforehand. */
struct networks {
	uint64_t bits[65536 / 64];
};

struct ndpi_api {
	struct ndpi_detection_module_struct *module;
	struct networks networks;
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

	if (!(a->networks.bits[first / 64] >> first % 64 & 1))
		return NDPI_PROTOCOL_UNKNOWN;
	return ndpi_network_port_ptree_match(a->module, &in, htons(port));
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
