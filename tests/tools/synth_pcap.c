/* SPDX-License-Identifier: Apache-2.0 */
/* A run of source/synth as a capture (pcap with nanoseconds).
 * usage: synth_pcap FILE WORD...   e.g. synth_pcap demo.pcap seed=1 flows=1000 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "probe/source.h"

extern const struct source_ops synth_source;

static bool write_burst(FILE *to, const struct burst *b)
{
	for (unsigned i = 0; i < b->count; i++) {
		const struct pkt *p = &b->pkts[i];
		const uint32_t header[] = {(uint32_t)(p->time_ns / 1000000000),
			(uint32_t)(p->time_ns % 1000000000), p->captured, p->wire};

		if (fwrite(header, sizeof(header), 1, to) != 1 ||
			fwrite(p->bytes, 1, p->captured, to) != p->captured)
			return false;
	}
	return true;
}

static bool write_all(FILE *to, struct source *s, struct burst *b)
{
	const uint32_t head[] = {0xa1b23c4d, 0x00040002, 0, 0, 262144, 1};

	if (fwrite(head, sizeof(head), 1, to) != 1)
		return false;
	while (synth_source.burst(s, b) >= 0) {
		if (!write_burst(to, b))
			return false;
		synth_source.release(s, b);
	}
	return true;
}

int main(int argc, char **argv)
{
	static struct burst burst;
	_cleanup_(free_ptr) uint8_t *bytes = malloc(BURST_BYTES);
	_cleanup_(fclose_ptr) FILE *to = NULL;
	struct source_config config = {0};
	char error[256] = "out of memory";
	struct source *s;
	bool written;

	if (argc < 2 || !bytes) {
		(void)fprintf(stderr, "usage: synth_pcap FILE WORD...\n");
		return EXIT_FAILURE;
	}
	config.names = (const char *const *)argv + 2;
	config.name_count = (size_t)argc - 2;
	burst.bytes = bytes;
	if (synth_source.open(&s, &config, error, sizeof(error)) < 0) {
		(void)fprintf(stderr, "synth_pcap: %s\n", error);
		return EXIT_FAILURE;
	}
	to = fopen(argv[1], "we");
	written = to && write_all(to, s, &burst) && fflush(to) == 0;
	synth_source.close(s);
	if (!written)
		perror(argv[1]);
	return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
