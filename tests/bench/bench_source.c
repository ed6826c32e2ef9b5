/* SPDX-License-Identifier: Apache-2.0 */
/* What source/pcap.c costs beside a bare pcap_next_ex loop on the same capture.
 * usage: bench_source CAPTURE [ROUNDS] */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "probe/source.h"

extern const struct source_ops pcap_source;

static double cpu_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t read_bare(const char *name)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline_with_tstamp_precision(
		name, PCAP_TSTAMP_PRECISION_NANO, error);
	struct pcap_pkthdr *header;
	const u_char *bytes;
	uint64_t packets = 0;

	while (p && pcap_next_ex(p, &header, &bytes) == 1)
		packets++;
	if (p)
		pcap_close(p);
	return packets;
}

static uint64_t read_source(const char *name, struct burst *b)
{
	struct source_config config = {.names = &name, .name_count = 1};
	char error[256];
	struct source *s;
	uint64_t packets = 0;

	if (pcap_source.open(&s, &config, error, sizeof(error)) < 0)
		return 0;
	while (pcap_source.burst(s, b) >= 0) {
		packets += b->count;
		pcap_source.release(s, b);
	}
	pcap_source.close(s);
	return packets;
}

int main(int argc, char **argv)
{
	static struct burst burst;
	_cleanup_(free_ptr) uint8_t *bytes = malloc(BURST_BYTES);
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 3;

	if (argc < 2 || !bytes)
		return EXIT_FAILURE;
	burst.bytes = bytes;
	for (unsigned long i = 0; i < rounds; i++) {
		double start = cpu_seconds(), bare, source;
		uint64_t bare_packets = read_bare(argv[1]), packets;

		bare = cpu_seconds() - start;
		start = cpu_seconds();
		packets = read_source(argv[1], &burst);
		source = cpu_seconds() - start;
		if (!packets || packets != bare_packets)
			return EXIT_FAILURE;
		printf("%lu packets: bare %.0f ns, source %.0f ns a packet, ratio %.2f\n", packets,
			bare / (double)packets * 1e9, source / (double)packets * 1e9,
			source / bare);
	}
	return EXIT_SUCCESS;
}
