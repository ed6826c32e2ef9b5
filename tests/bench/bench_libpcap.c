/* SPDX-License-Identifier: Apache-2.0 */
/* The least that reading a capture costs: libpcap alone, counting. Prints the number of packets.
 * usage: bench_libpcap CAPTURE */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *p = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;
	struct pcap_pkthdr *header;
	const u_char *bytes;
	uint64_t packets = 0;
	int r;

	if (!p)
		return EXIT_FAILURE;
	while ((r = pcap_next_ex(p, &header, &bytes)) == 1)
		packets++;
	pcap_close(p);
	printf("%" PRIu64 "\n", packets);
	return r == PCAP_ERROR_BREAK ? EXIT_SUCCESS : EXIT_FAILURE;
}
