/* SPDX-License-Identifier: Apache-2.0 */
/* What the matcher costs: bench_match [DOMAINS [NAMES]]; time to compile, memory, nanoseconds per
 * name for names that touch nothing, names that look alike, and hits. All times are of the
 * processor, so that what else runs on the machine counts less. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "signatures/match.h"

#define NAME_BYTES 64
#define ROUNDS     5

struct corpus {
	char (*domains)[NAME_BYTES];
	size_t domain_count;
	char (*names)[NAME_BYTES];
	size_t name_count;
	uint64_t random;
};

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double resident_mib(void)
{
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	char line[128] = "";

	if (f && fgets(line, sizeof(line), f))
		pages = strtol(strchr(line, ' '), NULL, 10);
	if (f)
		(void)fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

static uint32_t below(struct corpus *c, uint32_t limit)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return (uint32_t)(c->random >> 33) % limit;
}

/* The suffixes of operation domains as design/detection 4.9 has them: more than half are .com. */
static void random_domain(struct corpus *c, char to[NAME_BYTES])
{
	static const char *const suffixes[] = {"com", "com", "com", "com", "com", "com", "online",
		"net", "org", "site", "top", "co.uk"};
	uint32_t bytes = 6 + below(c, 15);

	for (uint32_t i = 0; i < bytes; i++)
		to[i] = (char)('a' + below(c, 26));
	snprintf(to + bytes, NAME_BYTES - bytes, ".%s", suffixes[below(c, ARRAY_LEN(suffixes))]);
}

static void make_names(struct corpus *c, unsigned kind)
{
	static const char *const hosts[] = {"www.", "", "cdn.static.", "mail."};
	char domain[NAME_BYTES];

	for (size_t i = 0; i < c->name_count; i++) {
		const char *host = hosts[below(c, ARRAY_LEN(hosts))];
		const char *known = c->domains[below(c, (uint32_t)c->domain_count)];

		random_domain(c, domain);
		if (kind == 0)
			snprintf(c->names[i], NAME_BYTES, "%.16s%.40s", host, domain);
		else if (kind == 1)
			snprintf(c->names[i], NAME_BYTES, "%.16snot%.40s", host, known);
		else
			snprintf(c->names[i], NAME_BYTES, "%.16s%.40s", host, known);
	}
}

static void measure(struct corpus *c, struct matcher *m, unsigned kind, const char *title)
{
	uint32_t found[MATCH_RESULTS_MAX];
	double best = 1e9;
	size_t hits = 0;

	make_names(c, kind);
	for (unsigned round = 0; round < ROUNDS; round++) {
		double start = now(), taken;

		hits = 0;
		for (size_t i = 0; i < c->name_count; i++)
			hits += match_sets.find(m, MATCH_NAME, c->names[i], strlen(c->names[i]), 0,
					found) > 0;
		taken = now() - start;
		best = taken < best ? taken : best;
	}
	printf("%-12s %8.0f ns/name, %zu of %zu hit\n", title, 1e9 * best / (double)c->name_count,
		hits, c->name_count);
}

static int write_domains(struct corpus *c, const char *path)
{
	struct indicator *items = calloc(c->domain_count, sizeof(*items));
	char error[256];
	int r;

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < c->domain_count; i++) {
		random_domain(c, c->domains[i]);
		items[i] = (struct indicator){.type = INDICATOR_DOMAIN,
			.scope = SCOPE_SUBDOMAINS,
			.value = c->domains[i],
			.campaign = "bench",
			.source = "bench",
			.context = "",
			.disarm = "",
			.reference = "",
			.tlp = "",
			.licence = ""};
	}
	r = sigdb_write(path, items, c->domain_count, error, sizeof(error));
	free(items);
	if (r < 0)
		fprintf(stderr, "%s\n", error);
	return r;
}

static int run(struct corpus *c, const char *path)
{
	double start = now(), before;
	struct sigdb *db;
	struct match_set *set;
	struct matcher *m;
	char error[256];

	if (write_domains(c, path) < 0)
		return 1;
	printf("write        %8.3f s\n", now() - start);
	start = now();
	if (sigdb_open(&db, path, error, sizeof(error)) < 0) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	printf("open         %8.3f s, %zu indicators\n", now() - start, sigdb_count(db));
	before = resident_mib();
	start = now();
	if (match_sets.build(&set, db, error, sizeof(error)) < 0 || match_sets.open(&m, set) < 0) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	printf("build        %8.3f s, %.1f MiB more resident\n", now() - start,
		resident_mib() - before);
	measure(c, m, 0, "miss");
	measure(c, m, 1, "look-alike");
	measure(c, m, 2, "hit");
	match_sets.close(m);
	match_sets.drop(set);
	sigdb_close(db);
	return 0;
}

int main(int argc, char **argv)
{
	struct corpus c = {.domain_count = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000,
		.name_count = argc > 2 ? strtoul(argv[2], NULL, 10) : 100000,
		.random = 88172645463325252ULL};
	char path[] = "bench_match.XXXXXX";
	int fd = mkstemp(path), code = 1;

	c.domains = calloc(c.domain_count + 1, sizeof(*c.domains));
	c.names = calloc(c.name_count + 1, sizeof(*c.names));
	if (fd >= 0 && c.domains && c.names && c.domain_count && c.name_count)
		code = run(&c, path);
	if (fd >= 0 && (close(fd) < 0 || unlink(path) < 0))
		code = 1;
	free(c.domains);
	free(c.names);
	return code;
}
