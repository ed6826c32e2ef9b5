/* SPDX-License-Identifier: Apache-2.0 */
/* Every capture of the shared folder through source/pcap.c, beside what libpcap alone says of it
 * (oracle/libpcap.tsv): packets, octets, whether it opens and how it ends.
 * usage: oracle_pcap CAPTURES-FOLDER */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "probe/source.h"

#define EXIT_SKIP 77
#define COLUMNS   13

extern const struct source_ops pcap_source;

enum column {
	CAPTURE = 0,
	OPENS = 1,
	PACKETS = 7,
	CAPTURED = 8,
	WIRE = 9,
	FIRST = 10,
	LAST = 11,
	ENDS_WITH = 12
};

struct found {
	uint64_t packets, captured, wire, first_ns, last_ns;
	char problem[512];
};

static int read_capture(const char *name, struct burst *b, struct found *ret)
{
	struct source_config config = {.names = &name, .name_count = 1};
	char error[256] = "";
	struct source *s;
	const char *problem;

	*ret = (struct found){0};
	if (pcap_source.open(&s, &config, error, sizeof(error)) < 0) {
		(void)snprintf(ret->problem, sizeof(ret->problem), "not opened: %s", error);
		return -1;
	}
	while (pcap_source.burst(s, b) >= 0) {
		for (unsigned i = 0; i < b->count; i++) {
			if (ret->packets++ == 0)
				ret->first_ns = b->pkts[i].time_ns;
			ret->last_ns = b->pkts[i].time_ns;
			ret->captured += b->pkts[i].captured;
			ret->wire += b->pkts[i].wire;
		}
		pcap_source.release(s, b);
	}
	while ((problem = pcap_source.problem(s)))
		(void)snprintf(ret->problem, sizeof(ret->problem), "%s", problem);
	pcap_source.close(s);
	return 0;
}

/* The oracle prints libpcap's signed numbers: seconds of a capture are unsigned, and a fraction
 * below zero is read as zero. */
static bool same_time(const char *seconds, uint64_t ns)
{
	char *fraction;
	uint64_t want = (uint32_t)strtoll(seconds, &fraction, 10) * 1000000000ull;

	if (fraction[0] == '.' && fraction[1] != '-')
		want += strtoull(fraction + 1, NULL, 10);
	return *seconds == 0 || want == ns;
}

static bool agrees(char *const column[COLUMNS], const struct found *f)
{
	bool broken = strcmp(column[OPENS], "yes") != 0 ||
		      strcmp(column[ENDS_WITH], "end of file") != 0;

	return f->packets == strtoull(column[PACKETS], NULL, 10) &&
	       f->captured == strtoull(column[CAPTURED], NULL, 10) &&
	       f->wire == strtoull(column[WIRE], NULL, 10) &&
	       same_time(column[FIRST], f->first_ns) && same_time(column[LAST], f->last_ns) &&
	       broken == (f->problem[0] != 0);
}

static int compare(FILE *oracle, const char *folder)
{
	static struct burst burst;
	_cleanup_(free_ptr) uint8_t *bytes = malloc(BURST_BYTES);
	_cleanup_(free_ptr) char *line = NULL;
	unsigned captures = 0, same = 0, problems = 0;
	uint64_t packets = 0;
	size_t size = 0;

	burst.bytes = bytes;
	while (getline(&line, &size, oracle) > 0) {
		char *column[COLUMNS] = {0}, *rest = line, path[1024];
		struct found f;

		line[strcspn(line, "\n")] = 0;
		for (size_t i = 0; i < COLUMNS; i++)
			column[i] = rest ? strsep(&rest, "\t") : line + strlen(line);
		if (strcmp(column[CAPTURE], "capture") == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, column[CAPTURE]);
		(void)read_capture(path, &burst, &f);
		captures++;
		packets += f.packets;
		problems += f.problem[0] != 0;
		same += agrees(column, &f);
		if (!agrees(column, &f))
			printf("%s: %lu packets, %s; oracle %s, %s\n", column[CAPTURE], f.packets,
				f.problem, column[PACKETS], column[ENDS_WITH]);
	}
	printf("%u captures, %u as libpcap reads them, %u with a problem; %lu packets\n", captures,
		same, problems, packets);
	return captures && same == captures ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	char path[1024];
	_cleanup_(fclose_ptr) FILE *oracle = NULL;

	if (argc < 2)
		return EXIT_FAILURE;
	(void)snprintf(path, sizeof(path), "%s/oracle/libpcap.tsv", argv[1]);
	oracle = fopen(path, "re");
	if (!oracle) {
		printf("skipped: no shared captures at %s\n", argv[1]);
		return EXIT_SKIP;
	}
	return compare(oracle, argv[1]);
}
