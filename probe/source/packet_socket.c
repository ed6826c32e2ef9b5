/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "probe/source/packet_socket.h"

static bool is_bound_to(int fd, int index)
{
	struct sockaddr_ll address = {0};
	socklen_t size = sizeof(address);

	return getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
	       address.sll_family == AF_PACKET && address.sll_ifindex == index;
}

struct packet_socket packet_socket_find(const char *interface)
{
	struct packet_socket found = {.fd = -1};
	int index = (int)if_nametoindex(interface);
	DIR *folder = opendir("/proc/self/fd");

	for (struct dirent *d; folder && index && found.fd < 0 && (d = readdir(folder));) {
		int fd = (int)strtol(d->d_name, NULL, 10);

		if (d->d_name[0] != '.' && is_bound_to(fd, index))
			found.fd = fd;
	}
	if (folder)
		(void)closedir(folder);
	return found;
}

void packet_socket_update(struct packet_socket *s)
{
	struct tpacket_stats stats = {0};
	socklen_t size = sizeof(stats);

	if (s->fd < 0 || getsockopt(s->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) < 0)
		return;
	s->seen += stats.tp_packets;
	s->dropped += stats.tp_drops;
}
