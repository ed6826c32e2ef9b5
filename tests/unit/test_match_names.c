/* SPDX-License-Identifier: Apache-2.0 */
/* The suffix set against the plain reference over names that are made up: test_match_names [COUNT].
 * Sets of several shapes, for each of them names that are in it, near it and nowhere near it. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "signatures/match.h"
#include "tests/unit/unit.h"

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

struct world {
	struct sigdb *db;
	struct match_set *sets[2];
	struct matcher *matchers[2];
	char names[NAMES][NAME_BYTES];
	unsigned name_count;
	uint64_t random; /* xorshift: the same questions every time */
	char question[QUESTION_BYTES];
	size_t bytes;
};

static const struct match_ops *const all_ops[2] = {&match_sets, &match_naive};
static unsigned long question_count = 200000;

static uint32_t below(struct world *w, uint32_t limit)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (uint32_t)(w->random >> 33) % limit;
}

/* Of few letters, so that names are often parents, tails and neighbours of each other. */
static size_t random_label(struct world *w, char *to)
{
	static const char *const labels[] = {"org", "net", "com", "co", "example", "xn--bcher-kva",
		"xn--p1ai", "www", "not", "a", "_dmarc", "1", "x-1"};
	static const char letters[] = "abx-1";
	unsigned bytes = 1 + below(w, 3);

	if (below(w, 3)) {
		const char *label = labels[below(w, ARRAY_LEN(labels))];

		bytes = (unsigned)strlen(label);
		memcpy(to, label, bytes);
		return bytes;
	}
	if (below(w, 20) == 0)
		bytes = 1 + below(w, 63);
	for (unsigned i = 0; i < bytes; i++)
		to[i] = letters[below(w, sizeof(letters) - 1)];
	return bytes;
}

/* At most `most` octets; without a closing zero. */
static size_t random_name(struct world *w, char *to, unsigned labels, size_t most)
{
	size_t used = 0;

	for (unsigned i = 0; i < labels; i++) {
		char label[64];
		size_t bytes = random_label(w, label);

		if (used + 1 + bytes > most)
			break;
		if (used)
			to[used++] = '.';
		memcpy(to + used, label, bytes);
		used += bytes;
	}
	return used;
}

static struct indicator domain(const char *name, enum indicator_scope scope)
{
	return (struct indicator){.type = INDICATOR_DOMAIN,
		.scope = scope,
		.value = name,
		.campaign = "",
		.source = "",
		.context = "",
		.disarm = "",
		.reference = "",
		.tlp = "",
		.licence = ""};
}

static void open_database(struct world *w, const struct indicator *items, size_t count)
{
	char path[] = "test_match_names.XXXXXX", error[256];
	int fd = mkstemp(path);

	assert_true(fd >= 0 && close(fd) == 0);
	assert_int_equal(sigdb_write(path, items, count, error, sizeof(error)), 0);
	assert_int_equal(sigdb_open(&w->db, path, error, sizeof(error)), 0);
	assert_int_equal(unlink(path), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(all_ops[i]->build(&w->sets[i], w->db, error, sizeof(error)), 0);
		assert_int_equal(all_ops[i]->open(&w->matchers[i], w->sets[i]), 0);
	}
}

static void open_world(struct world *w, const struct shape *shape)
{
	static struct indicator items[NAMES];

	*w = (struct world){.random = 88172645463325252ULL, .name_count = shape->name_count};
	for (unsigned i = 0; i < w->name_count; i++) {
		unsigned labels = shape->labels_min +
				  below(w, shape->labels_max - shape->labels_min + 1);

		(void)random_name(w, w->names[i], labels, NAME_BYTES - 1);
		items[i] = domain(
			w->names[i], below(w, 10) < shape->exact ? SCOPE_EXACT : SCOPE_SUBDOMAINS);
	}
	open_database(w, items, w->name_count);
}

static void close_world(struct world *w)
{
	for (size_t i = 0; i < 2; i++) {
		all_ops[i]->close(w->matchers[i]);
		all_ops[i]->drop(w->sets[i]);
	}
	sigdb_close(w->db);
}

static void put(struct world *w, const char *text)
{
	size_t bytes = strlen(text);

	memcpy(w->question + w->bytes, text, bytes);
	w->bytes += bytes;
}

/* A known name, its parent, a name below it, one that merely ends or begins so, another one. */
static void begin_question(struct world *w)
{
	const char *known = w->names[below(w, w->name_count)], *dot = strchr(known, '.');

	w->bytes = 0;
	switch (below(w, 10)) {
	case 0:
		put(w, known);
		break;
	case 1:
		put(w, dot ? dot + 1 : known);
		break;
	case 2:
		put(w, "not");
		put(w, known);
		break;
	case 3:
		put(w, known);
		put(w, ".evil.net");
		break;
	case 4:
		put(w, known + 1);
		break;
	case 5:
	case 6:
		w->bytes = random_name(w, w->question, 1 + below(w, 3), QUESTION_BYTES);
		if (w->bytes)
			put(w, ".");
		put(w, known);
		break;
	case 7:
		w->bytes = random_name(w, w->question, 120, 20 + below(w, 500));
		put(w, below(w, 2) ? "." : "");
		put(w, known);
		break;
	default:
		w->bytes = random_name(w, w->question, 1 + below(w, 4), QUESTION_BYTES);
	}
}

static void insert(struct world *w, char c)
{
	size_t at = below(w, (uint32_t)w->bytes + 1);

	memmove(w->question + at + 1, w->question + at, w->bytes - at);
	w->question[at] = c;
	w->bytes++;
}

/* What may be on the wire: case, dots too many, octets that are no letters, labels too long. */
static void disturb(struct world *w)
{
	static const char odd[] = {'\0', '|', '.', 'A', 'Z', '[', '@', '`', '{', '/', ':', '\x7f',
		'\x80', '\xae', '\xc1', '\xff', ' '};

	switch (below(w, 9)) {
	case 0:
		put(w, below(w, 4) ? "." : "..");
		break;
	case 1:
	case 2:
		for (size_t i = 0; i < w->bytes; i++) {
			char *c = &w->question[i];

			if (*c >= 'a' && *c <= 'z' && below(w, 2))
				*c = (char)(*c & ~0x20);
		}
		break;
	case 3:
		insert(w, odd[below(w, sizeof(odd))]);
		break;
	case 4:
		if (w->bytes)
			w->question[below(w, (uint32_t)w->bytes)] = odd[below(w, sizeof(odd))];
		break;
	case 5:
		if (w->bytes)
			w->question[below(w, (uint32_t)w->bytes)] ^= (char)(1 << below(w, 8));
		break;
	case 6:
		for (unsigned i = 0; below(w, 10) == 0 && i < 64; i++)
			insert(w, 'a');
		break;
	default:
		break;
	}
}

/* In memory of just its size, so that a read beyond it is seen. */
static unsigned ask(struct world *w)
{
	uint32_t found[2][MATCH_RESULTS_MAX];
	unsigned count[2];
	char *exact = malloc(w->bytes + !w->bytes);

	assert_non_null(exact);
	memcpy(exact, w->question, w->bytes);
	for (size_t i = 0; i < 2; i++)
		count[i] = all_ops[i]->find(
			w->matchers[i], MATCH_NAME, exact, w->bytes, 0, found[i]);
	free(exact);
	if (count[0] != count[1] || memcmp(found[0], found[1], count[0] * sizeof(found[0][0])) != 0)
		fail_msg("they differ on %.*s: %u and %u", (int)w->bytes, w->question, count[0],
			count[1]);
	return count[0];
}

static void test_shapes(void **state)
{
	static struct world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		unsigned long questions = question_count / ARRAY_LEN(shapes), hits = 0;

		open_world(&w, &shapes[i]);
		for (unsigned long n = 0; n < questions; n++) {
			begin_question(&w);
			disturb(&w);
			hits += ask(&w) > 0;
		}
		print_message("# %s: %lu of %lu hit\n", shapes[i].title, hits, questions);
		assert_in_range(hits, questions / 20, questions - questions / 20);
		close_world(&w);
	}
}

/* So many that some buckets are full: each is found, with a label before it, and no neighbour. */
static void test_many(void **state)
{
	static char names[MANY][32];
	static struct indicator items[MANY];
	struct world *w = calloc(1, sizeof(*w));
	const char *const values[] = {"x.", "x"};

	(void)state;
	assert_non_null(w);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), i % 3 ? "n%u.org" : "n%u.co.example", i);
		items[i] = domain(names[i], SCOPE_SUBDOMAINS);
	}
	open_database(w, items, MANY);
	for (unsigned i = 0; i < MANY; i++) {
		uint32_t found[MATCH_RESULTS_MAX];

		for (size_t glued = 0; glued < ARRAY_LEN(values); glued++) {
			w->bytes = 0;
			put(w, values[glued]);
			put(w, names[i]);
			assert_int_equal(match_sets.find(w->matchers[0], MATCH_NAME, w->question,
						 w->bytes, 0, found),
				!glued);
		}
		assert_int_equal(match_sets.find(w->matchers[0], MATCH_NAME, names[i],
					 strlen(names[i]), 0, found),
			1);
		assert_string_equal(sigdb_get(w->db, found[0]).value, names[i]);
	}
	close_world(w);
	free(w);
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
