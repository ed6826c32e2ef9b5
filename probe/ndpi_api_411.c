/* SPDX-License-Identifier: Apache-2.0 */
/* nDPI 4.11, the upstream tree of October 2024 after release 4.10. Its structures are private, and
 * need not be seen: caches have sizes that can be set, guesses are calls. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "probe/ndpi_api_calls.h"

struct ndpi_api {
	struct ndpi_detection_module_struct *module;
};

struct setting {
	const char *protocol, *name, *value;
};

static const uint16_t patient[] = {NDPI_PROTOCOL_EAQ, NDPI_PROTOCOL_TFTP, NDPI_PROTOCOL_RX,
	NDPI_PROTOCOL_WIREGUARD, NDPI_PROTOCOL_GNUTELLA, NDPI_PROTOCOL_TEAMVIEWER,
	NDPI_PROTOCOL_BFCP, NDPI_PROTOCOL_VIBER, NDPI_PROTOCOL_OPENVPN, NDPI_PROTOCOL_RAKNET};
const bool ndpi_api_mail_before_host = true;

/* docs/ndpi.md tells these one by one. What an older or newer library does not know is no error. */
static const struct setting settings[] = {
	/* no memory of other flows */
	{NULL, "lru.ookla.size", "0"},
	{NULL, "lru.bittorrent.size", "0"},
	{NULL, "lru.stun.size", "0"},
	{NULL, "lru.tls_cert.size", "0"},
	{NULL, "lru.mining.size", "0"},
	{NULL, "lru.msteams.size", "0"},
	{NULL, "lru.fpc_dns.size", "0"},
	{NULL, "dpi.address_cache_size", "0"},
	/* for accuracy; these are its defaults today */
	{NULL, "dpi.guess_on_giveup", "3"},
	{NULL, "dpi.guess_ip_before_port", "disable"},
	{NULL, "flow.use_client_ip_in_guess", "enable"},
	{NULL, "flow.use_client_port_in_guess", "enable"},
	{"tls", "subclassification", "enable"},
	{"quic", "subclassification", "enable"},
	{"dns", "subclassification", "enable"},
	{"http", "subclassification", "enable"},
	{"openvpn", "subclassification_by_ip", "enable"},
	{"wireguard", "subclassification_by_ip", "enable"},
	{"stun", "tls_dissection", "enable"},
	{"stun", "metadata.attribute.peer_address", "enable"},
	/* what we do not ask it for */
	{NULL, "fpc", "disable"},
	{NULL, "dpi.compute_entropy", "disable"},
	{NULL, "fully_encrypted_heuristic", "disable"},
	{NULL, "metadata.tcp_fingerprint", "disable"},
	{NULL, "flow_risk_lists.load", "disable"},
	{"tls", "metadata.sha1_fingerprint", "disable"},
	{"tls", "metadata.ja3c_fingerprint", "disable"},
	{"tls", "metadata.ja3s_fingerprint", "disable"},
	{"tls", "metadata.ja4c_fingerprint", "disable"},
	{"stun", "metadata.attribute.mapped_address", "disable"},
	{"stun", "metadata.attribute.response_origin", "disable"},
	{"stun", "metadata.attribute.other_address", "disable"},
	{"stun", "metadata.attribute.relayed_address", "disable"},
};

void ndpi_api_close(struct ndpi_api *a)
{
	if (!a)
		return;
	if (a->module)
		ndpi_exit_detection_module(a->module);
	free(a);
}

int ndpi_api_open(struct ndpi_api **ret)
{
	struct ndpi_api *a;
	NDPI_PROTOCOL_BITMASK all;

	if (ndpi_get_api_version() != NDPI_API_VERSION ||
		ndpi_detection_get_sizeof_ndpi_flow_struct() != sizeof(struct ndpi_flow_struct))
		return -ENOTSUP;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->module = ndpi_init_detection_module(NULL);
	if (!a->module)
		goto fail;
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		(void)ndpi_set_config(
			a->module, settings[i].protocol, settings[i].name, settings[i].value);
	NDPI_BITMASK_SET_ALL(all);
	if (ndpi_set_protocol_detection_bitmask2(a->module, &all) != 0 ||
		ndpi_finalize_initialization(a->module) != 0)
		goto fail;
	*ret = a;
	return 0;
fail:
	ndpi_api_close(a);
	return -ENOMEM;
}

struct ndpi_detection_module_struct *ndpi_api_module(struct ndpi_api *a)
{
	return a->module;
}

static uint16_t by_address(struct ndpi_api *a, const uint8_t *address, uint16_t port, bool v4)
{
	struct in6_addr in6;
	struct in_addr in;

	if (v4) {
		memcpy(&in, address, sizeof(in));
		return ndpi_network_port_ptree_match(a->module, &in, htons(port));
	}
	memcpy(&in6, address, sizeof(in6));
	return ndpi_network_port_ptree6_match(a->module, &in6, htons(port));
}

/* The service whose address the server has, or else the client. */
void ndpi_api_guess_address(
	struct ndpi_api *a, struct ndpi_flow_struct *flow, const struct ndpi_api_ends *e)
{
	flow->is_ipv6 = !e->v4;
	flow->guessed_protocol_id_by_ip = by_address(a, e->to, e->dport, e->v4);
	if (!flow->guessed_protocol_id_by_ip)
		flow->guessed_protocol_id_by_ip = by_address(a, e->from, e->sport, e->v4);
}

void ndpi_api_begin(
	struct ndpi_api *a, struct ndpi_flow_struct *flow, const struct ndpi_api_ends *e)
{
	ndpi_protocol guessed;

	memset(flow, 0, sizeof(*flow));
	flow->l4_proto = e->protocol;
	flow->c_port = htons(e->sport);
	flow->s_port = htons(e->dport);
	/* without addresses: by ports, or by the protocol above IP */
	guessed = ndpi_guess_undetected_protocol_v4(
		a->module, NULL, e->protocol, 0, e->sport, 0, e->dport);
	flow->guessed_protocol_id = guessed.proto.app_protocol;
	ndpi_api_guess_address(a, flow, e);
	flow->protocol_id_already_guessed = 1;
}

ndpi_protocol ndpi_api_packet(struct ndpi_api *a, struct ndpi_flow_struct *flow, const uint8_t *ip,
	uint16_t bytes, uint64_t time_ms)
{
	/* it tells directions by the port numbers, as the example does that names are compared with
	 */
	struct ndpi_flow_input_info info = {.in_pkt_dir = NDPI_IN_PKT_DIR_UNKNOWN,
		.seen_flow_beginning = NDPI_FLOW_BEGINNING_SEEN};

	return ndpi_detection_process_packet(a->module, flow, ip, bytes, time_ms, &info);
}

ndpi_protocol ndpi_api_give_up(struct ndpi_api *a, struct ndpi_flow_struct *flow)
{
	uint8_t guessed;

	return ndpi_detection_giveup(a->module, flow, &guessed);
}

/* These have excluded themselves when the first packet was not theirs. */
bool ndpi_api_waits(const struct ndpi_flow_struct *flow)
{
	if (flow->rtp_stage || flow->rtcp_stage || flow->l4.udp.epicgames_stage ||
		flow->l4.udp.halflife2_stage || flow->l4.udp.mumble_stage)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(patient); i++) {
		if (!NDPI_ISSET(&flow->excluded_protocol_bitmask, patient[i]))
			return true;
	}
	return false;
}

bool ndpi_api_looks_random(struct ndpi_api *a, struct ndpi_flow_struct *flow, char *name)
{
	return ndpi_check_dga_name(a->module, flow, name, 1, 0);
}

ndpi_protocol ndpi_api_protocol(uint16_t master, uint16_t app, ndpi_protocol_category_t category)
{
	return (ndpi_protocol){
		.proto = {.master_protocol = master, .app_protocol = app}, .category = category};
}

uint16_t ndpi_api_master(const ndpi_protocol *p)
{
	return p->proto.master_protocol;
}

uint16_t ndpi_api_app(const ndpi_protocol *p)
{
	return p->proto.app_protocol;
}
