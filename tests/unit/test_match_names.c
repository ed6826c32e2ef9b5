/* SPDX-License-Identifier: Apache-2.0 */
/* The suffix set against the plain reference over names that are made up: test_match_names [COUNT].
 * Sets of several shapes, for each of them names that are in it, near it and nowhere near it. */
#include "tests/unit/chance.h"
#include "tests/unit/match_world.h"

#define NAMES          192
#define NAME_BYTES     254
#define QUESTION_BYTES 1024
#define MANY           60000

struct shape {
	const char *title;
	unsigned labels_min, labels_max; /* of its names */
	unsigned exact;                  /* of ten names */
	unsigned name_count;
};

/* Few depths and many, one label, exact ones only, one name. */
static const struct shape shapes[] = {
	{"usual", 2, 3, 2, NAMES},
	{"mixed", 1, 5, 3, NAMES},
	{"one label", 1, 1, 5, NAMES / 8},
	{"deep", 4, 60, 2, NAMES},
	{"exact", 2, 4, 10, NAMES},
	{"one name", 2, 2, 0, 1},
};

struct game {
	struct world world;
	char names[NAMES][NAME_BYTES];
	unsigned name_count;
	uint64_t random;
	char question[QUESTION_BYTES];
	size_t bytes;
};

static unsigned long question_count = 200000;

static uint32_t below(struct game *g, uint32_t limit)
{
	return chance_below(&g->random, limit);
}

/* Of few letters, so that names are often parents, tails and neighbours of each other. */
static size_t random_label(struct game *g, char *to)
{
	static const char *const labels[] = {"org", "net", "com", "co", "example", "xn--bcher-kva",
		"xn--p1ai", "www", "not", "a", "_dmarc", "1", "x-1"};
	static const char letters[] = "abx-1";
	unsigned bytes = 1 + below(g, 3);

	if (below(g, 3)) {
		const char *label = labels[below(g, ARRAY_LEN(labels))];

		bytes = (unsigned)strlen(label);
		memcpy(to, label, bytes);
		return bytes;
	}
	if (below(g, 20) == 0)
		bytes = 1 + below(g, 63);
	for (unsigned i = 0; i < bytes; i++)
		to[i] = letters[below(g, sizeof(letters) - 1)];
	return bytes;
}

/* At most `most` octets; without a closing zero. */
static size_t random_name(struct game *g, char *to, unsigned labels, size_t most)
{
	size_t used = 0;

	for (unsigned i = 0; i < labels; i++) {
		char label[64];
		size_t bytes = random_label(g, label);

		if (used + 1 + bytes > most)
			break;
		if (used)
			to[used++] = '.';
		memcpy(to + used, label, bytes);
		used += bytes;
	}
	return used;
}

static void open_game(struct game *g, const struct shape *shape)
{
	static struct indicator items[NAMES];

	*g = (struct game){.random = CHANCE_BEGIN, .name_count = shape->name_count};
	for (unsigned i = 0; i < g->name_count; i++) {
		unsigned labels = shape->labels_min +
				  below(g, shape->labels_max - shape->labels_min + 1);

		(void)random_name(g, g->names[i], labels, NAME_BYTES - 1);
		items[i] = world_item(INDICATOR_DOMAIN,
			below(g, 10) < shape->exact ? SCOPE_EXACT : SCOPE_SUBDOMAINS, g->names[i]);
	}
	world_open(&g->world, items, g->name_count);
}

static void put(struct game *g, const char *text)
{
	size_t bytes = strlen(text);

	memcpy(g->question + g->bytes, text, bytes);
	g->bytes += bytes;
}

/* A known name, its parent, a name below it, one that merely ends or begins so, another one. */
static void begin_question(struct game *g)
{
	const char *known = g->names[below(g, g->name_count)], *dot = strchr(known, '.');

	g->bytes = 0;
	switch (below(g, 10)) {
	case 0:
		put(g, known);
		break;
	case 1:
		put(g, dot ? dot + 1 : known);
		break;
	case 2:
		put(g, "not");
		put(g, known);
		break;
	case 3:
		put(g, known);
		put(g, ".evil.net");
		break;
	case 4:
		put(g, known + 1);
		break;
	case 5:
	case 6:
		g->bytes = random_name(g, g->question, 1 + below(g, 3), QUESTION_BYTES);
		if (g->bytes)
			put(g, ".");
		put(g, known);
		break;
	case 7:
		g->bytes = random_name(g, g->question, 120, 20 + below(g, 500));
		put(g, below(g, 2) ? "." : "");
		put(g, known);
		break;
	default:
		g->bytes = random_name(g, g->question, 1 + below(g, 4), QUESTION_BYTES);
	}
}

static void insert(struct game *g, char c)
{
	size_t at = below(g, (uint32_t)g->bytes + 1);

	memmove(g->question + at + 1, g->question + at, g->bytes - at);
	g->question[at] = c;
	g->bytes++;
}

/* What may be on the wire: case, dots too many, octets that are no letters, labels too long. */
static void disturb(struct game *g)
{
	static const char odd[] = {'\0', '|', '.', 'A', 'Z', '[', '@', '`', '{', '/', ':', '\x7f',
		'\x80', '\xae', '\xc1', '\xff', ' '};

	switch (below(g, 9)) {
	case 0:
		put(g, below(g, 4) ? "." : "..");
		break;
	case 1:
	case 2:
		for (size_t i = 0; i < g->bytes; i++) {
			char *c = &g->question[i];

			if (*c >= 'a' && *c <= 'z' && below(g, 2))
				*c = (char)(*c & ~0x20);
		}
		break;
	case 3:
		insert(g, odd[below(g, sizeof(odd))]);
		break;
	case 4:
		if (g->bytes)
			g->question[below(g, (uint32_t)g->bytes)] = odd[below(g, sizeof(odd))];
		break;
	case 5:
		if (g->bytes)
			g->question[below(g, (uint32_t)g->bytes)] ^= (char)(1 << below(g, 8));
		break;
	case 6:
		for (unsigned i = 0; below(g, 10) == 0 && i < 64; i++)
			insert(g, 'a');
		break;
	default:
		break;
	}
}

/* In memory of just its size, so that a read beyond it is seen. */
static unsigned ask(struct game *g)
{
	struct match_found found;
	char *exact = malloc(g->bytes + !g->bytes);
	unsigned count;

	assert_non_null(exact);
	memcpy(exact, g->question, g->bytes);
	count = world_find(&g->world, MATCH_NAME, exact, g->bytes, 0, &found);
	free(exact);
	return count;
}

static void test_shapes(void **state)
{
	static struct game g;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		unsigned long questions = question_count / ARRAY_LEN(shapes), hits = 0;

		open_game(&g, &shapes[i]);
		for (unsigned long n = 0; n < questions; n++) {
			begin_question(&g);
			disturb(&g);
			hits += ask(&g) > 0;
		}
		print_message("# %s: %lu of %lu hit\n", shapes[i].title, hits, questions);
		assert_in_range(hits, questions / 20, questions - questions / 20);
		world_close(&g.world);
	}
}

/* So many that some buckets are full: each is found, with a label before it, and no neighbour. */
static void test_many(void **state)
{
	static char names[MANY][32];
	static struct indicator items[MANY];
	struct game *g = calloc(1, sizeof(*g));
	const char *const values[] = {"x.", "x"};

	(void)state;
	assert_non_null(g);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), i % 3 ? "n%u.org" : "n%u.co.example", i);
		items[i] = world_item(INDICATOR_DOMAIN, SCOPE_SUBDOMAINS, names[i]);
	}
	world_open(&g->world, items, MANY);
	for (unsigned i = 0; i < MANY; i++) {
		struct match_found found;

		for (size_t glued = 0; glued < ARRAY_LEN(values); glued++) {
			g->bytes = 0;
			put(g, values[glued]);
			put(g, names[i]);
			assert_int_equal(match_sets.find(g->world.matchers[0], MATCH_NAME,
						 g->question, g->bytes, 0, &found),
				!glued);
		}
		assert_int_equal(match_sets.find(g->world.matchers[0], MATCH_NAME, names[i],
					 strlen(names[i]), 0, &found),
			1);
		assert_string_equal(sigdb_get(g->world.db, found.indices[0]).value, names[i]);
		assert_int_equal(found.left_out, 0);
	}
	world_close(&g->world);
	free(g);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_many),
	};

	if (argc > 1)
		question_count = strtoul(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
