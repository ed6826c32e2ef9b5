/* SPDX-License-Identifier: Apache-2.0 */
/* What the matching of names costs, as a table: bench_match [DOMAINS...]. The suffix set of the
 * database beside a plain hash set of names in memory (GLib) and a regular expression for each name
 * (Hyperscan). Each is measured in a process of its own; all times are of the processor, medians of
 * ROUNDS, so that what else runs on the machine counts less. */
#include <glib.h>
#include <hs/hs.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "signatures/match.h"
#include "tests/bench/measure.h"
#include "tests/unit/chance.h"

#define NAME_BYTES     64
#define NAME_COUNT     100000
#define REGEX_SECONDS  60 /* of the processor; then they are given up */
#define KINDS          3
#define PATTERN_BYTES  160
#define NANOSECONDS(s) (1e9 * (s) / NAME_COUNT)
#define MEBIBYTES(n)   ((double)(n) / 1048576)

struct corpus {
	char (*domains)[NAME_BYTES];
	size_t domain_count;
	char (*names)[NAME_BYTES];
	uint64_t random;
};

/* What is measured; each engine uses its part of it. */
struct subject {
	const struct corpus *corpus;
	const char *path; /* of a database for the suffix set */
	struct sigdb *db;
	struct match_set *set;
	struct matcher *matcher;
	GHashTable *table;
	hs_database_t *regexes;
	hs_scratch_t *scratch;
	bool hit;
	double *compile_s; /* shared with the process that compiles */
	double load_s, file_bytes;
};

struct engine {
	const char *name;
	bool (*build)(struct subject *s); /* fills load_s */
	bool (*find)(struct subject *s, const char *name, size_t bytes);
	unsigned seconds_max; /* 0: as long as it takes */
};

static uint32_t below(struct corpus *c, uint32_t limit)
{
	return chance_below(&c->random, limit);
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

/* Names that touch nothing, that merely end like a domain, that lie below one. */
static void make_names(struct corpus *c, unsigned kind)
{
	static const char *const hosts[] = {"www.", "", "cdn.static.", "mail."};
	char domain[NAME_BYTES];

	for (size_t i = 0; i < NAME_COUNT; i++) {
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

static bool write_database(struct subject *s)
{
	size_t count = s->corpus->domain_count;
	struct indicator *items = calloc(count, sizeof(*items));
	char error[256] = "out of memory";
	double start;
	int r = -1;

	for (size_t i = 0; items && i < count; i++)
		items[i] = (struct indicator){.type = INDICATOR_DOMAIN,
			.scope = SCOPE_SUBDOMAINS,
			.value = s->corpus->domains[i],
			.campaign = "bench",
			.source = "bench",
			.context = "",
			.disarm = "",
			.reference = "",
			.tlp = "",
			.licence = ""};
	start = now();
	if (items)
		r = sigdb_write(s->path, items, count, error, sizeof(error));
	*s->compile_s = now() - start;
	free(items);
	if (r < 0)
		fprintf(stderr, "%s\n", error);
	return r == 0;
}

static bool load(struct subject *s)
{
	char error[256] = "out of memory";

	if (sigdb_open(&s->db, s->path, error, sizeof(error)) == 0 &&
		match_sets.build(&s->set, s->db, error, sizeof(error)) == 0 &&
		match_sets.open(&s->matcher, s->set) == 0)
		return true;
	fprintf(stderr, "%s\n", error);
	return false;
}

static void unload(struct subject *s)
{
	match_sets.close(s->matcher);
	match_sets.drop(s->set);
	sigdb_close(s->db);
}

static bool set_build(struct subject *s)
{
	double times[ROUNDS];
	struct stat st;

	for (unsigned round = 0; round < ROUNDS; round++) {
		double start = now();

		if (round)
			unload(s);
		if (!load(s))
			return false;
		times[round] = now() - start;
	}
	s->load_s = median(times);
	s->file_bytes = stat(s->path, &st) == 0 ? (double)st.st_size : 0;
	return true;
}

static bool set_find(struct subject *s, const char *name, size_t bytes)
{
	struct match_found found;

	return match_sets.find(s->matcher, MATCH_NAME, name, bytes, 0, &found) > 0;
}

static bool table_build(struct subject *s)
{
	double start = now();

	s->table = g_hash_table_new(g_str_hash, g_str_equal);
	for (size_t i = 0; i < s->corpus->domain_count; i++)
		(void)g_hash_table_add(s->table, g_strdup(s->corpus->domains[i]));
	s->load_s = now() - start;
	return true;
}

static bool table_find(struct subject *s, const char *name, size_t bytes)
{
	char lower[256];
	const char *at = lower;

	if (bytes >= sizeof(lower))
		return false;
	for (size_t i = 0; i < bytes; i++)
		lower[i] = g_ascii_tolower(name[i]);
	lower[bytes] = '\0';
	while (!g_hash_table_contains(s->table, at)) {
		at = strchr(at, '.');
		if (!at)
			return false;
		at++;
	}
	return true;
}

static char *regex_of(const char *domain)
{
	char *pattern = calloc(1, PATTERN_BYTES);
	size_t used = 0;

	if (!pattern)
		return NULL;
	used = (size_t)snprintf(pattern, PATTERN_BYTES, "(^|\\.)");
	for (; *domain; domain++) {
		if (*domain == '.')
			pattern[used++] = '\\';
		pattern[used++] = *domain;
	}
	pattern[used] = '$';
	return pattern;
}

static bool regex_build(struct subject *s)
{
	unsigned count = (unsigned)s->corpus->domain_count;
	char **patterns = calloc(count, sizeof(*patterns));
	unsigned *flags = calloc(count, sizeof(*flags));
	hs_compile_error_t *error = NULL;
	double start = now();
	bool good = patterns && flags;

	for (unsigned i = 0; good && i < count; i++) {
		patterns[i] = regex_of(s->corpus->domains[i]);
		flags[i] = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;
		good = patterns[i];
	}
	good = good && hs_compile_multi((const char *const *)patterns, flags, NULL, count,
			       HS_MODE_BLOCK, NULL, &s->regexes, &error) == HS_SUCCESS;
	if (error)
		fprintf(stderr, "Hyperscan: %s\n", error->message);
	hs_free_compile_error(error);
	good = good && hs_alloc_scratch(s->regexes, &s->scratch) == HS_SUCCESS;
	for (unsigned i = 0; patterns && i < count; i++)
		free(patterns[i]);
	free(patterns);
	free(flags);
	s->load_s = now() - start;
	return good;
}

static int on_match(
	unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	bool *hit = context;

	(void)id;
	(void)from;
	(void)to;
	(void)flags;
	*hit = true;
	return 0;
}

static bool regex_find(struct subject *s, const char *name, size_t bytes)
{
	s->hit = false;
	(void)hs_scan(s->regexes, name, (unsigned)bytes, 0, s->scratch, on_match, &s->hit);
	return s->hit;
}

static double measure(
	const struct engine *e, struct subject *s, const struct corpus *c, size_t *ret_hits)
{
	double times[ROUNDS];

	for (unsigned round = 0; round < ROUNDS; round++) {
		double start = now();

		*ret_hits = 0;
		for (size_t i = 0; i < NAME_COUNT; i++)
			*ret_hits += e->find(s, c->names[i], strlen(c->names[i]));
		times[round] = now() - start;
	}
	return NANOSECONDS(median(times));
}

/* One line of the table, or the database for it; in a process of its own. */
static int print_row(const struct engine *e, struct subject *s, struct corpus *c)
{
	double before, memory, ns[KINDS];
	size_t hits[KINDS];

	if (!e->find)
		return e->build(s) ? 0 : 1;
	memset(c->names, 1, NAME_COUNT * sizeof(*c->names)); /* their pages are not the engine's */
	before = resident_bytes();
	if (!e->build(s))
		return 1;
	memory = resident_bytes() - before;
	for (unsigned kind = 0; kind < KINDS; kind++) {
		make_names(c, kind);
		ns[kind] = measure(e, s, c, &hits[kind]);
	}
	printf("| %zu | %s | %.2f s | %.1f MiB | %.1f ms | %.1f MiB | %.0f ns | %.0f ns | %.0f ns "
	       "|\n",
		c->domain_count, e->name, *s->compile_s, MEBIBYTES(s->file_bytes), 1e3 * s->load_s,
		MEBIBYTES(memory), ns[0], ns[1], ns[2]);
	if (hits[0] > NAME_COUNT / 1000 || hits[1] > NAME_COUNT / 1000 || hits[2] != NAME_COUNT) {
		fprintf(stderr, "%s: wrong: %zu, %zu and %zu hits\n", e->name, hits[0], hits[1],
			hits[2]);
		return 1;
	}
	return 0;
}

/* 0: measured; 1: something went wrong; 2: it took too long. */
static int run_child(const struct engine *e, struct subject *s, struct corpus *c)
{
	const struct rlimit limit = {e->seconds_max, e->seconds_max + 1};
	pid_t child;
	int status = 0;

	(void)fflush(stdout);
	child = fork();
	if (child == 0) {
		int code = e->seconds_max && setrlimit(RLIMIT_CPU, &limit) < 0 ? 1
									       : print_row(e, s, c);

		(void)fflush(stdout);
		_exit(code);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 1;
	if (e->seconds_max && WIFSIGNALED(status))
		return 2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int run_size(struct corpus *c, const char *path, bool *regexes_end)
{
	static const struct engine writer = {"", write_database, NULL, 0};
	static const struct engine set = {"suffix set", set_build, set_find, 0};
	static const struct engine table = {"hash set", table_build, table_find, 0};
	static const struct engine regex = {
		"regular expressions", regex_build, regex_find, REGEX_SECONDS};
	double *compile_s = mmap(NULL, 2 * sizeof(*compile_s), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct subject of_set = {.corpus = c, .path = path, .compile_s = compile_s};
	struct subject of_others = {.corpus = c, .compile_s = compile_s + 1};
	int code;

	if (compile_s == MAP_FAILED)
		return 1;

	for (size_t i = 0; i < c->domain_count; i++)
		random_domain(c, c->domains[i]);
	if (run_child(&writer, &of_set, c) != 0 || run_child(&set, &of_set, c) != 0 ||
		run_child(&table, &of_others, c) != 0)
		return 1;
	code = *regexes_end ? 0 : run_child(&regex, &of_others, c);
	if (code == 2) {
		*regexes_end = true;
		printf("| %zu | regular expressions | | | more than %d s | | | | |\n",
			c->domain_count, REGEX_SECONDS);
	}
	(void)munmap(compile_s, 2 * sizeof(*compile_s));
	return code == 1;
}

int main(int argc, char **argv)
{
	static const char *const usual[] = {"10", "100", "1000", "10000", "100000", "1000000"};
	const char *const *sizes = argc > 1 ? (const char *const *)argv + 1 : usual;
	size_t count = argc > 1 ? (size_t)argc - 1 : ARRAY_LEN(usual);
	char path[] = "bench_match.XXXXXX";
	int fd = mkstemp(path), code = fd < 0;
	bool regexes_end = false;

	printf("| domains | by | compile | file | load | memory | miss | look-alike | hit |\n"
	       "|---|---|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < count && code == 0; i++) {
		struct corpus c = {
			.random = CHANCE_BEGIN, .domain_count = strtoul(sizes[i], NULL, 10)};

		c.domains = calloc(c.domain_count + 1, sizeof(*c.domains));
		c.names = calloc(NAME_COUNT, sizeof(*c.names));
		code = c.domains && c.names && c.domain_count ? run_size(&c, path, &regexes_end)
							      : 1;
		free(c.domains);
		free(c.names);
	}
	if (fd >= 0 && (close(fd) < 0 || unlink(path) < 0))
		code = 1;
	return code;
}
