/* SPDX-License-Identifier: Apache-2.0 */
/* What the search for look-alikes costs, as a table: bench_lookalike [PROTECTED...]. Names that
 * look like nothing and names one edit away, by lookups (signatures/look_set.h) beside Hyperscan's
 * approximate matching of the same labels. Times are of the processor, medians of ROUNDS. */
#include <hs/hs.h>

#include "base/cleanup.h"
#include "signatures/match.h"
#include "signatures/suffix.h"
#include "tests/bench/measure.h"
#include "tests/unit/chance.h"

#define NAME_BYTES 96
#define NAME_COUNT 20000

struct corpus {
	char (*labels)[NAME_BYTES];
	size_t count;
	char (*names)[NAME_BYTES];
	uint64_t random;
};

struct subject {
	struct sigdb *db;
	struct match_set *set;
	struct matcher *matcher;
	hs_database_t *patterns;
	hs_scratch_t *scratch;
};

typedef bool find_name(struct subject *s, const char *name);

static uint32_t below(struct corpus *c, uint32_t limit)
{
	return chance_below(&c->random, limit);
}

/* Letters as often as in words, roughly: every other one a vowel. */
static size_t random_label(struct corpus *c, char *to)
{
	size_t bytes = 5 + below(c, 9);

	for (size_t i = 0; i < bytes; i++)
		to[i] = i % 2 ? "aeiou"[below(c, 5)] : "bcdfghklmnprstvw"[below(c, 16)];
	to[bytes] = '\0';
	return bytes;
}

enum names { OF_CHANCE, NEAR, WORST, NAMES };

static void make_names(struct corpus *c, enum names kind)
{
	static const char *const hosts[] = {"www.", "", "cdn.static.", "mail."};
	static const char *const tails[] = {
		"com", "com", "com", "net", "org", "de", "co.uk", "top"};

	for (size_t i = 0; i < NAME_COUNT; i++) {
		char label[NAME_BYTES];

		if (kind == WORST) {
			for (size_t at = 0; at < 63; at++)
				label[at] = at % 2 ? '-' : (char)('a' + below(c, 26));
			label[63] = '\0';
		} else if (kind == NEAR) {
			memcpy(label, c->labels[below(c, (uint32_t)c->count)], NAME_BYTES);
			label[below(c, (uint32_t)strlen(label))] = 'x';
		} else {
			(void)random_label(c, label);
		}
		snprintf(c->names[i], NAME_BYTES, "%.16s%.63s.%.8s", hosts[below(c, 4)], label,
			tails[below(c, 8)]);
	}
}

/* `kinds` 0: as domains. */
static bool open_sets(struct subject *s, const struct corpus *c, unsigned kinds)
{
	_cleanup_(suffix_list_free_ptr) struct suffix_list *suffixes = NULL;
	struct indicator *items = calloc(c->count, sizeof(*items));
	char path[] = "bench_lookalike.XXXXXX", error[256] = "", (*values)[NAME_BYTES];
	int fd = mkstemp(path), r = suffix_list_new(&suffixes);

	values = calloc(c->count, sizeof(*values));
	for (size_t i = 0; i < c->count && items && values; i++) {
		snprintf(values[i], NAME_BYTES, "%.48s.de", c->labels[i]);
		items[i] = (struct indicator){
			.type = kinds ? INDICATOR_LOOK_ALIKE : INDICATOR_DOMAIN,
			.value = values[i],
			.campaign = "",
			.source = "",
			.context = "",
			.disarm = "",
			.reference = "",
			.tlp = "",
			.licence = "",
			.look = {.except = "", .suffixes = suffixes, .kinds = (uint8_t)kinds}};
	}
	if (r < 0 || fd < 0 || sigdb_write(path, items, c->count, error, sizeof(error)) < 0 ||
		sigdb_open(&s->db, path, error, sizeof(error)) < 0 ||
		match_sets.build(&s->set, s->db, error, sizeof(error)) < 0 ||
		match_sets.open(&s->matcher, s->set) < 0) {
		fprintf(stderr, "%s\n", error);
		return false;
	}
	(void)close(fd);
	(void)unlink(path);
	free(items);
	free(values);
	return true;
}

static bool find_sets(struct subject *s, const char *name)
{
	struct match_found found;

	return match_sets.find(s->matcher, MATCH_NAME, name, strlen(name), 0, &found) > 0;
}

static void close_sets(struct subject *s)
{
	match_sets.close(s->matcher);
	match_sets.drop(s->set);
	sigdb_close(s->db);
}

/* The same question as a pattern: a label that is one edit from this one, whole. */
static bool open_patterns(struct subject *s, const struct corpus *c)
{
	const char **texts = calloc(c->count, sizeof(*texts));
	unsigned *flags = calloc(c->count, sizeof(*flags)), *ids = calloc(c->count, sizeof(*ids));
	const hs_expr_ext_t **exts = calloc(c->count, sizeof(*exts));
	static const hs_expr_ext_t ext = {.flags = HS_EXT_FLAG_EDIT_DISTANCE, .edit_distance = 1};
	char(*patterns)[NAME_BYTES + 4] = calloc(c->count, sizeof(*patterns));
	hs_compile_error_t *error = NULL;
	bool good = texts && flags && ids && exts && patterns;

	for (unsigned i = 0; good && i < c->count; i++) {
		snprintf(patterns[i], sizeof(*patterns), "^%s$", c->labels[i]);
		texts[i] = patterns[i];
		ids[i] = i;
		flags[i] = HS_FLAG_SINGLEMATCH;
		exts[i] = &ext;
	}
	good = good && hs_compile_ext_multi(texts, flags, ids, exts, (unsigned)c->count,
			       HS_MODE_BLOCK, NULL, &s->patterns, &error) == HS_SUCCESS;
	if (error)
		fprintf(stderr, "Hyperscan: %s\n", error->message);
	hs_free_compile_error(error);
	free(patterns);
	free(texts);
	free(flags);
	free(ids);
	free(exts);
	return good && hs_alloc_scratch(s->patterns, &s->scratch) == HS_SUCCESS;
}

static int on_match(
	unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	(void)id;
	(void)from;
	(void)to;
	(void)flags;
	*(bool *)context = true;
	return 1;
}

/* Without the search for the suffix: the label before the last dot but one of two letters. */
static bool find_patterns(struct subject *s, const char *name)
{
	const char *end = strrchr(name, '.'), *begin;
	bool hit = false;

	if (end - name > 3 && end[-3] == '.')
		end -= 3;
	begin = memrchr(name, '.', (size_t)(end - name));
	begin = begin ? begin + 1 : name;
	(void)hs_scan(s->patterns, begin, (unsigned)(end - begin), 0, s->scratch, on_match, &hit);
	return hit;
}

static void close_patterns(struct subject *s)
{
	(void)hs_free_scratch(s->scratch);
	(void)hs_free_database(s->patterns);
}

static double measure(struct subject *s, const struct corpus *c, find_name *find, double *ret_share)
{
	double times[ROUNDS];
	size_t hits = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		double start = now();

		hits = 0;
		for (size_t i = 0; i < NAME_COUNT; i++)
			hits += find(s, c->names[i]);
		times[round] = 1e9 * (now() - start) / NAME_COUNT;
	}
	*ret_share = 100.0 * (double)hits / NAME_COUNT;
	return median(times);
}

static void show(struct corpus *c, struct subject *s, const char *engine, find_name *find)
{
	static const char *const names[] = {"of chance", "one edit away", "of hyphens"};

	for (enum names kind = OF_CHANCE; kind < NAMES; kind++) {
		double share, ns;

		c->random = CHANCE_BEGIN + kind;
		make_names(c, kind);
		ns = measure(s, c, find, &share);
		printf("| %zu | %s | %s | %.0f | %.1f %% |\n", c->count, engine, names[kind], ns,
			share);
		(void)fflush(stdout);
	}
}

static bool bench(size_t count)
{
	static const struct {
		unsigned kinds;
		const char *engine;
	} asked[] = {{0, "names as domains"}, {LOOK_EDIT, "and look-alikes, one edit only"},
		{LOOK_KINDS_USUAL, "and look-alikes of all usual kinds"}};
	struct corpus c = {.count = count, .random = 1181783497276652981ULL};
	struct subject s = {0};
	double start;
	bool good;

	c.labels = calloc(count, sizeof(*c.labels));
	c.names = calloc(NAME_COUNT, sizeof(*c.names));
	good = c.labels && c.names;
	for (size_t i = 0; good && i < count; i++)
		(void)random_label(&c, c.labels[i]);
	for (size_t i = 0; good && i < ARRAY_LEN(asked); i++) {
		if (!open_sets(&s, &c, asked[i].kinds))
			return false;
		show(&c, &s, asked[i].engine, find_sets);
		close_sets(&s);
	}
	start = now();
	if (good && open_patterns(&s, &c)) {
		printf("| %zu | Hyperscan, compiled in %.1f s | | | |\n", count, now() - start);
		show(&c, &s, "Hyperscan, one edit only", find_patterns);
		close_patterns(&s);
	}
	free(c.labels);
	free(c.names);
	return good;
}

int main(int argc, char **argv)
{
	static const size_t usual[] = {30, 300, 3000};

	printf("| protected | engine | names | ns a name | hits |\n|---|---|---|---|---|\n");
	for (int i = 1; i < argc; i++) {
		if (!bench(strtoul(argv[i], NULL, 10)))
			return 1;
	}
	for (size_t i = 0; argc < 2 && i < ARRAY_LEN(usual); i++) {
		if (!bench(usual[i]))
			return 1;
	}
	return 0;
}
