/* SPDX-License-Identifier: Apache-2.0 */
/* Read a source and print what came, its terms and its problems; a live one until no packet came
 * for SECONDS after the first, or none at all for ten times as long. usage: source_count SOURCE
 * SECONDS WORD... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "probe/source.h"

struct counted {
	uint64_t packets, captured, wire, digest;
};

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void count(const struct burst *b, struct counted *c)
{
	for (unsigned i = 0; i < b->count; i++) {
		const struct pkt *p = &b->pkts[i];
		uint64_t sum = 0xcbf29ce484222325;

		for (uint32_t j = 0; j < p->captured; j++)
			sum = (sum ^ p->bytes[j]) * 0x100000001b3;
		c->packets++;
		c->captured += p->captured;
		c->wire += p->wire;
		c->digest += sum; /* whatever their order */
	}
}

static void read_all(const struct source_ops *ops, struct source *s, double idle, struct counted *c)
{
	static struct burst burst;
	_cleanup_(free_ptr) uint8_t *bytes = malloc(BURST_BYTES);
	double last = now();
	int r;

	burst.bytes = bytes;
	while ((r = ops->burst(s, &burst)) >= 0) {
		if (r > 0) {
			count(&burst, c);
			ops->release(s, &burst);
			last = now();
		} else if (now() - last > (c->packets ? idle : 10 * idle)) {
			break;
		} else {
			(void)usleep(100);
		}
	}
}

static void print(const struct source_ops *ops, struct source *s, const struct counted *c)
{
	struct ledger l = {0};
	struct source_progress progress;
	const char *problem;

	ops->stats(s, &l);
	ops->progress(s, &progress);
	printf("packets %lu captured %lu wire %lu digest %016lx\n", c->packets, c->captured,
		c->wire, c->digest);
	printf("wire_seen %lu nic_missed %lu nic_errors %lu kernel_dropped %lu no_buffer %lu\n",
		l.n[LEDGER_WIRE_SEEN], l.n[LEDGER_NIC_MISSED], l.n[LEDGER_NIC_ERRORS],
		l.n[LEDGER_KERNEL_DROPPED], progress.no_buffer);
	while ((problem = ops->problem(s)))
		printf("problem %s\n", problem);
}

int main(int argc, char **argv)
{
	struct source_config config = {0};
	struct counted c = {0};
	char error[1024] = "no such source";
	struct source *s;

	if (argc < 3)
		return EXIT_FAILURE;
	config.names = (const char *const *)argv + 3;
	config.name_count = (size_t)argc - 3;
	for (size_t i = 0; sources[i]; i++) {
		const struct source_ops *ops = sources[i];

		if (strcmp(ops->name, argv[1]) != 0)
			continue;
		if (ops->open(&s, &config, error, sizeof(error)) < 0)
			break;
		(void)fprintf(stderr, "open\n");
		read_all(ops, s, strtod(argv[2], NULL), &c);
		print(ops, s, &c);
		ops->close(s);
		return EXIT_SUCCESS;
	}
	(void)fprintf(stderr, "source_count: %s\n", error);
	return EXIT_FAILURE;
}
