/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel counts on the packet socket of a driver that does not tell: DPDK's net_af_packet
 * leaves PACKET_STATISTICS (packet(7)) unread. */
#pragma once

#include <stdint.h>

struct packet_socket {
	int fd;                 /* the driver's; -1: none */
	uint64_t seen, dropped; /* since it was opened; dropped is part of seen */
};

/* Among the open files of this process, the packet socket that is bound to the interface. */
struct packet_socket packet_socket_find(const char *interface);
/* Reading takes the counters away from anyone else who reads them. */
void packet_socket_update(struct packet_socket *s);
