/* SPDX-License-Identifier: Apache-2.0 */
/* Live packets from any Ethernet device of DPDK, one receive queue each. Packets stay in their
 * mbufs until they are released; only those in several segments are copied. */
#include <errno.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "probe/source.h"
#include "probe/source/dpdk_eal.h"
#include "probe/source/packet_socket.h"

#define PORTS_MAX          16
#define MEMORY_MIB_DEFAULT 64
#define RX_DESCRIPTORS     4096
#define TX_DESCRIPTORS     512 /* nothing is sent, but some drivers want a queue */
#define MTU_WANTED         9198u
#define MBUF_CACHE         256
#define MBUF_BYTES         4096 /* with its buffer; without hugepages it lies alone in a page */
#define LINK_ETHERNET      1

struct port {
	const char *device; /* as the user wrote it */
	uint16_t id;
	uint64_t delivered;
	struct packet_socket kernel;
};

struct source {
	struct port ports[PORTS_MAX];
	size_t port_count, next; /* opened; whose turn it is */
	struct rte_mempool *pool;
	struct dpdk_said said;
	char **devices;
	size_t device_count;
	bool eal;
};

static struct rte_mempool *pool_new(unsigned memory_mib)
{
	unsigned count = (unsigned)(((uint64_t)memory_mib << 20) / MBUF_BYTES);

	return rte_pktmbuf_pool_create(
		"kukla", count, MBUF_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
}

/* Long frames need several mbufs; a device that cannot do that keeps its own maximum. */
static void want_jumbo(struct rte_eth_conf *conf, const struct rte_eth_dev_info *info)
{
	if (!(info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER))
		return;
	conf->rxmode.offloads |= RTE_ETH_RX_OFFLOAD_SCATTER;
	conf->rxmode.mtu = RTE_MIN(MTU_WANTED, info->max_mtu);
}

static int port_start(uint16_t id, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE};
	uint16_t rx = RX_DESCRIPTORS, tx = TX_DESCRIPTORS, tx_queues;
	int socket = rte_eth_dev_socket_id(id);
	struct rte_eth_dev_info info;
	int r = rte_eth_dev_info_get(id, &info);

	if (r < 0)
		return r;
	want_jumbo(&conf, &info);
	tx_queues = info.max_tx_queues ? 1 : 0;
	r = rte_eth_dev_configure(id, 1, tx_queues, &conf);
	if (r == 0)
		r = rte_eth_dev_adjust_nb_rx_tx_desc(id, &rx, &tx);
	if (r == 0)
		r = rte_eth_rx_queue_setup(id, 0, rx, (unsigned)socket, NULL, pool);
	if (r == 0 && tx_queues)
		r = rte_eth_tx_queue_setup(id, 0, tx, (unsigned)socket, NULL);
	if (r == 0)
		r = rte_eth_dev_start(id);
	if (r == 0) { /* what cannot be switched on is on, or has no meaning there */
		(void)rte_eth_promiscuous_enable(id);
		(void)rte_eth_stats_reset(id);
	}
	return r;
}

static int add_port(struct source *s, const char *device)
{
	struct port *p = &s->ports[s->port_count];
	char name[RTE_ETH_NAME_MAX_LEN], interface[64];
	int r;

	dpdk_port_name(device, name, sizeof(name));
	*p = (struct port){.device = device};
	r = rte_eth_dev_get_port_by_name(name, &p->id);
	if (r < 0)
		return r;
	s->port_count++;
	p->kernel.fd = -1;
	if (strncmp(device, "net_af_packet", 13) == 0 &&
		dpdk_device_option(device, ",iface=", interface, sizeof(interface)))
		p->kernel = packet_socket_find(interface);
	return port_start(p->id, s->pool);
}

static void stop_all(struct source *s)
{
	for (size_t i = 0; i < s->port_count; i++) {
		(void)rte_eth_dev_stop(s->ports[i].id);
		(void)rte_eth_dev_close(s->ports[i].id);
	}
	rte_mempool_free(s->pool);
	if (s->eal)
		dpdk_eal_stop();
}

static void dpdk_close(struct source *s)
{
	char lines[64];

	if (!s)
		return;
	if (s->said.log) {
		dpdk_said_begin(&s->said);
		stop_all(s);
		dpdk_said_end(&s->said, lines, sizeof(lines));
		dpdk_said_done(&s->said);
	}
	for (size_t i = 0; i < s->device_count; i++)
		free(s->devices[i]);
	free(s->devices);
	free(s);
}

static void source_free_ptr(struct source **s)
{
	dpdk_close(*s);
}

static int copy_devices(struct source *s, const struct source_config *config)
{
	s->devices = calloc(config->name_count, sizeof(*s->devices));
	for (size_t i = 0; s->devices && i < config->name_count; i++) {
		s->devices[i] = strdup(config->names[i]);
		if (!s->devices[i])
			return -ENOMEM;
		s->device_count++;
	}
	return s->devices ? 0 : -ENOMEM;
}

/* Returns the device that failed in `ret_device`. */
static int start_all(struct source *s, unsigned memory_mib, const char **ret_device,
	char *ret_error, size_t error_size)
{
	struct dpdk_eal_config eal = {.names = (const char *const *)s->devices,
		.name_count = s->device_count,
		.memory_mib = memory_mib};
	int r = dpdk_eal_start(&eal, ret_error, error_size);

	*ret_device = s->devices[0];
	if (r < 0)
		return r;
	s->eal = true;
	s->pool = pool_new(memory_mib);
	if (!s->pool) {
		(void)snprintf(
			ret_error, error_size, "no %u MiB of memory for packets", memory_mib);
		return -ENOMEM;
	}
	for (size_t i = 0; i < s->device_count && r == 0; i++) {
		*ret_device = s->devices[i];
		r = add_port(s, s->devices[i]);
	}
	return r;
}

/* What may be wrong where DPDK does not say it in words for people. */
static const char *advice_of(const char *device, int error)
{
	if (error == -EALREADY)
		return "DPDK can be started only once in a process";
	if (error == -ENODEV)
		return "DPDK does not know this device or does not take its options";
	if (strncmp(device, "net_af_xdp", 10) == 0)
		return "an XDP socket wants an MTU below about 3,500, a queue that exists and is "
		       "free (start_queue=), and CAP_NET_ADMIN and CAP_BPF";
	return strerrordesc_np(-error);
}

static int dpdk_open(struct source **ret_source, const struct source_config *config,
	char *ret_error, size_t error_size)
{
	_cleanup_(source_free_ptr) struct source *s = calloc(1, sizeof(*s));
	unsigned memory_mib = config->queue_bytes_mib ? config->queue_bytes_mib
						      : MEMORY_MIB_DEFAULT;
	char cause[512] = "", lines[512] = "";
	const char *device = "dpdk";
	int r;

	if (!s)
		return -ENOMEM;
	if (config->name_count == 0 || config->name_count > PORTS_MAX) {
		(void)snprintf(ret_error, error_size, "dpdk: 1 to %d devices, not %zu", PORTS_MAX,
			config->name_count);
		return -EINVAL;
	}
	r = copy_devices(s, config);
	if (r == 0)
		r = dpdk_said_init(&s->said);
	if (r < 0)
		return r;
	dpdk_said_begin(&s->said);
	r = start_all(s, memory_mib, &device, cause, sizeof(cause));
	dpdk_said_end(&s->said, lines, sizeof(lines));
	if (r < 0 && !*cause)
		(void)snprintf(cause, sizeof(cause), "%s", advice_of(device, r));
	if (r < 0) {
		(void)snprintf(ret_error, error_size, "%s: %s%s%s", device, cause,
			*lines ? "; DPDK says: " : "", lines);
		return r;
	}
	*ret_source = steal(s);
	return 0;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* The octets of a packet in one piece: those of its only segment, or a copy; of one that does not
 * fit the burst any more the first segment has to do. */
static void set_octets(struct burst *b, struct pkt *p, const struct rte_mbuf *m)
{
	size_t at = (b->bytes_used + 7) & ~(size_t)7;
	uint32_t bytes = RTE_MIN(m->pkt_len, PACKET_BYTES_MAX);

	p->bytes = rte_pktmbuf_mtod(m, const uint8_t *);
	p->captured = m->data_len;
	if (m->nb_segs == 1 || at > BURST_BYTES || bytes > BURST_BYTES - at)
		return;
	p->bytes = rte_pktmbuf_read(m, 0, bytes, b->bytes + at);
	p->captured = bytes;
	b->bytes_used = at + bytes;
}

static int dpdk_burst(struct source *s, struct burst *b)
{
	struct rte_mbuf **mbufs = (struct rte_mbuf **)b->owners;
	uint64_t time_ns;

	b->count = 0;
	b->bytes_used = 0;
	for (size_t i = 0; i < s->port_count && !b->count; i++) {
		struct port *p = &s->ports[s->next];

		s->next = s->next + 1 < s->port_count ? s->next + 1 : 0;
		b->count = rte_eth_rx_burst(p->id, 0, mbufs, BURST_PACKETS_MAX);
		p->delivered += b->count;
	}
	if (!b->count)
		return 0;
	time_ns = now_ns();
	for (unsigned i = 0; i < b->count; i++) {
		if (mbufs[i]->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED)
			(void)rte_vlan_insert(&mbufs[i]); /* some drivers always take it out */
		b->pkts[i] = (struct pkt){
			.wire = mbufs[i]->pkt_len, .time_ns = time_ns, .link = LINK_ETHERNET};
		set_octets(b, &b->pkts[i], mbufs[i]);
	}
	return (int)b->count;
}

static void dpdk_release(struct source *s, struct burst *b)
{
	(void)s;
	rte_pktmbuf_free_bulk((struct rte_mbuf **)b->owners, b->count);
	b->count = 0;
	b->bytes_used = 0;
}

static const char *dpdk_problem(struct source *s)
{
	(void)s;
	return NULL;
}

static uint64_t beyond(uint64_t more, uint64_t less)
{
	return more > less ? more - less : 0;
}

/* What the device counts and has not been fetched counts as missed: it is lost when the source
 * closes now. */
static void dpdk_stats(struct source *s, struct ledger *l)
{
	uint64_t delivered = 0, missed = 0, errors = 0, dropped = 0;

	for (size_t i = 0; i < s->port_count; i++) {
		struct port *p = &s->ports[i];
		struct rte_eth_stats stats = {0};

		(void)rte_eth_stats_get(p->id, &stats);
		packet_socket_update(&p->kernel);
		delivered += p->delivered;
		missed += stats.imissed + beyond(stats.ipackets, p->delivered) +
			  beyond(p->kernel.seen - p->kernel.dropped, p->delivered);
		errors += stats.ierrors;
		dropped += p->kernel.dropped;
	}
	l->n[LEDGER_WIRE_SEEN] = delivered + missed + errors + dropped;
	l->n[LEDGER_NIC_MISSED] = missed;
	l->n[LEDGER_NIC_ERRORS] = errors;
	l->n[LEDGER_KERNEL_DROPPED] = dropped;
}

static void dpdk_progress(struct source *s, struct source_progress *ret_progress)
{
	*ret_progress = (struct source_progress){.name = s->ports[0].device};
	for (size_t i = 0; i < s->port_count; i++) {
		struct rte_eth_stats stats = {0};

		(void)rte_eth_stats_get(s->ports[i].id, &stats);
		ret_progress->packets += s->ports[i].delivered;
		ret_progress->no_buffer += stats.rx_nombuf;
	}
}

const struct source_ops dpdk_source = {
	.name = "dpdk",
	.live = true,
	.open = dpdk_open,
	.burst = dpdk_burst,
	.release = dpdk_release,
	.problem = dpdk_problem,
	.stats = dpdk_stats,
	.progress = dpdk_progress,
	.close = dpdk_close,
};
