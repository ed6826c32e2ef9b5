/* SPDX-License-Identifier: Apache-2.0 */
/* Look-alikes by lookups against the plain reference over names that are made up:
 * test_match_looks [COUNT]. Protected names of several shapes; for each of them names that are
 * changed a little, glued to something, below something, and names of chance. */
#include "signatures/suffix.h"
#include "tests/unit/chance.h"
#include "tests/unit/match_world.h"

#define NAMES          24
#define QUESTIONS      2000 /* of one set of names */
#define NAME_BYTES     254
#define QUESTION_BYTES 400
#define CHARACTERS     80

struct game {
	struct suffix_list *suffixes;
	struct world world;
	char names[NAMES][NAME_BYTES];
	unsigned name_count;
	uint64_t random;
	char question[QUESTION_BYTES];
	size_t bytes;
	unsigned long hits, kinds[32];
};

static unsigned long question_count = 100000;

static uint32_t below(struct game *g, uint32_t limit)
{
	return chance_below(&g->random, limit);
}

static const char *one_of(struct game *g, const char *const *texts)
{
	uint32_t count = 0;

	while (texts[count])
		count++;
	return texts[below(g, count)];
}

static const char *const tails[] = {"com", "de", "co.uk", "uk", "ck", "any.ck", "www.ck",
	"blogspot.com", "x.blogspot.com", "a.b.c.test", "test", "live", NULL};

/* Few and alike, so that they are often each other's neighbours. */
static void make_name(struct game *g, char to[NAME_BYTES], unsigned shape)
{
	static const char *const brands[] = {"spiegel", "tagesspiegel", "bild", "lemonde",
		"le-monde", "t-online", "tonline", "modern", "modem", "foxnews", "news", "newsnews",
		"aa", "aaaaa", "aaaaaa", "aabaa", "ababa", "xn--sddeutsche-9db", "sueddeutsche",
		"xn--e1afmkfd", "0ne", "online", "one-line", "vvelt", "welt", "clear", NULL};
	char label[64];
	unsigned bytes = 1 + below(g, shape == 2 ? 63 : 6);

	for (unsigned i = 0; i < bytes; i++)
		label[i] = "ab-r1n"[below(g, 6)];
	snprintf(to, NAME_BYTES, "%.*s.%s", shape ? (int)bytes : 63,
		shape ? label : one_of(g, brands), one_of(g, tails + (shape ? 0 : below(g, 3))));
}

static void open_game(struct game *g, unsigned shape)
{
	static struct indicator items[NAMES];

	for (unsigned i = 0; i < NAMES; i++) {
		make_name(g, g->names[i], shape);
		items[i] = world_item(INDICATOR_LOOK_ALIKE, SCOPE_EXACT, g->names[i]);
		items[i].look = (struct look_wish){i % 7 ? "" : "spiegel.live a.b.c.test",
			g->suffixes, below(g, 3) ? LOOK_KINDS_USUAL : (uint8_t)(1 + below(g, 31)),
			!below(g, 8)};
	}
	world_open(&g->world, items, NAMES);
}

static void put(struct game *g, const char *text, size_t bytes)
{
	if (bytes > sizeof(g->question) - g->bytes)
		bytes = sizeof(g->question) - g->bytes;
	memcpy(g->question + g->bytes, text, bytes);
	g->bytes += bytes;
}

/* One octet more, less, other, or two swapped. */
static void edit(struct game *g, char *label, size_t *bytes)
{
	size_t at = below(g, (uint32_t)*bytes + 1);
	char c = "ab-r1n0smlde"[below(g, 12)], swapped;

	switch (below(g, 4)) {
	case 0:
		memmove(label + at + 1, label + at, *bytes - at);
		label[at] = c;
		(*bytes)++;
		break;
	case 1:
		if (at == *bytes)
			break;
		memmove(label + at, label + at + 1, *bytes - at - 1);
		(*bytes)--;
		break;
	case 2:
		label[at] = c;
		*bytes += at == *bytes;
		break;
	default:
		if (at + 1 >= *bytes)
			break;
		swapped = label[at];
		label[at] = label[at + 1];
		label[at + 1] = swapped;
	}
}

static void put_changed(struct game *g, const char *label, size_t bytes)
{
	char changed[CHARACTERS];

	if (bytes > 60)
		bytes = 60;
	memcpy(changed, label, bytes);
	for (unsigned n = below(g, 3); n; n--)
		edit(g, changed, &bytes);
	put(g, changed, bytes);
}

/* Labels with other characters than ASCII: of other scripts, of no sense, of no Punycode. */
static const char *const foreign[] = {"xn--spegel-qvf", "xn--gl-mlcb6c3gi", "xn--lemnde-yqf",
	"xn--wlt-rdd", "xn--e1afmkfd", "xn--sddeutsche-9db", "xn--mdern-fye", "xn--99999999",
	"xn--", "xn--a-", "xn--aaaaaa-5cd", "xn--spegel-news-bug", NULL};

static void put_text(struct game *g, const char *text)
{
	put(g, text, strlen(text));
}

static void ask(struct game *g)
{
	static const char *const words[] = {
		"news", "-news", "online-", "24", "a-", "-b-c", "xyz", "-", "tv", "news-", NULL};
	const char *name = g->names[below(g, NAMES)];
	size_t label = strcspn(name, ".");

	g->bytes = 0;
	if (below(g, 4) == 0) {
		if (below(g, 2))
			put_text(g, one_of(g, foreign));
		else
			put(g, name, label);
		put_text(g, ".");
	}
	if (below(g, 6) == 0)
		put_text(g, one_of(g, words));
	if (below(g, 6) == 0)
		put_text(g, one_of(g, foreign));
	else
		put_changed(g, name, label);
	if (below(g, 3) == 0)
		put_text(g, one_of(g, words));
	put_text(g, ".");
	put_text(g, below(g, 3) ? one_of(g, tails) : name + label + 1);
	if (below(g, 8) == 0)
		put_text(g, ".");
	if (below(g, 16) == 0 && g->bytes)
		g->question[below(g, (uint32_t)g->bytes)] = (char)below(g, 256);
}

static void compare(struct game *g)
{
	struct match_found found;
	unsigned count = world_find(&g->world, MATCH_NAME, g->question, g->bytes, 0, &found);

	for (unsigned i = 0; i < count; i++)
		g->kinds[world_tell(&g->world, found.indices[i], g->question, g->bytes).kind]++;
	g->hits += count > 0;
}

/* A small list, so that the reference is not slow for its sake. */
static void load_suffixes(struct game *g)
{
	static const char list[] =
		"// ===BEGIN ICANN DOMAINS===\ncom\nde\nuk\nco.uk\n*.ck\n!www.ck\n"
		"b.c.test\n// ===END ICANN DOMAINS===\n"
		"// ===BEGIN PRIVATE DOMAINS===\nblogspot.com\n"
		"// ===END PRIVATE DOMAINS===\n";
	char path[] = "test_match_looks.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0 && write(fd, list, sizeof(list) - 1) == (ssize_t)sizeof(list) - 1);
	assert_int_equal(close(fd), 0);
	assert_int_equal(suffix_list_load(&g->suffixes, path), 0);
	for (unsigned long i = 0; i < question_count; i++) {
		if (i % QUESTIONS == 0)
			open_game(g, (unsigned)(i / QUESTIONS % 3));
		ask(g);
		compare(g);
		if (i % QUESTIONS == QUESTIONS - 1 || i == question_count - 1)
			world_close(&g->world);
	}
	assert_int_equal(unlink(path), 0);
	suffix_list_free(g->suffixes);
}

static void no_difference(void **state)
{
	struct game *g = calloc(1, sizeof(*g));

	(void)state;
	assert_non_null(g);
	g->random = CHANCE_BEGIN;
	load_suffixes(g);
	print_message("# %lu names, %lu look like one; suffix %lu, homoglyph %lu, edit %lu, "
		      "word %lu, subdomain %lu\n",
		question_count, g->hits, g->kinds[LOOK_SUFFIX], g->kinds[LOOK_HOMOGLYPH],
		g->kinds[LOOK_EDIT], g->kinds[LOOK_WORD], g->kinds[LOOK_SUBDOMAIN]);
	for (unsigned kind = LOOK_SUFFIX; kind <= LOOK_SUBDOMAIN; kind *= 2)
		assert_true(g->kinds[kind] > question_count / 1000);
	assert_in_range(g->hits, question_count / 10, question_count * 9 / 10);
	free(g);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(no_difference)};

	if (argc > 1)
		question_count = strtoul(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
