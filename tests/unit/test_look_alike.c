/* SPDX-License-Identifier: Apache-2.0 */
/* What looks like a protected name and what does not; the section; the registered part of names
 * against the Public Suffix List itself. */
#include <errno.h>

#include "signatures/look_set.h"
#include "signatures/suffix.h"
#include "tests/unit/match_world.h"

struct brands {
	struct suffix_list *suffixes;
	struct world world;
};

static struct indicator protect(const struct brands *w, const char *name, unsigned kinds)
{
	struct indicator item = world_item(INDICATOR_LOOK_ALIKE, SCOPE_EXACT, name);

	item.look = (struct look_wish){"", w->suffixes, (uint8_t)kinds, false};
	return item;
}

static int set_up(void **state)
{
	struct brands *w = calloc(1, sizeof(*w));

	if (!w || suffix_list_new(&w->suffixes) < 0)
		return -1;
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct brands *w = *state;

	suffix_list_free(w->suffixes);
	free(w);
	return 0;
}

/* "KIND of VALUE: DOMAIN, ..." */
static void expect(struct brands *w, const char *name, const char *want)
{
	struct match_found found;
	unsigned count = world_find(&w->world, MATCH_NAME, name, strlen(name), 0, &found);
	char have[4096] = "";
	size_t used = 0;

	for (unsigned i = 0; i < count; i++) {
		struct look_alike look = world_tell(
			&w->world, found.indices[i], name, strlen(name));

		used += (size_t)snprintf(have + used, sizeof(have) - used, "%s%s of %s: %.*s",
			i ? ", " : "", look_kind_name(look.kind),
			sigdb_get(w->world.db, found.indices[i]).value, (int)look.domain_bytes,
			look.domain);
	}
	if (strcmp(have, want) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", name, have, want);
}

static const char *const kind_cases[][2] = {
	/* its own, and what belongs to it */
	{"spiegel.de", ""},
	{"www.spiegel.de.", ""},
	{"spiegel.media", ""},
	{"x.spiegel.media", ""},
	{"delfi.ee", ""},
	/* another suffix */
	{"spiegel.ltd", "suffix of spiegel.de: spiegel.ltd"},
	{"WWW.Spiegel.LTD.", "suffix of spiegel.de: spiegel.ltd"},
	{"a.b.spiegel.co.uk", "suffix of spiegel.de: spiegel.co.uk"},
	{"spiegel.blogspot.com", "suffix of spiegel.de: spiegel.blogspot.com"},
	{"spiegel.any.ck", "suffix of spiegel.de: spiegel.any.ck"},
	{"spiegel.www.ck", ""},
	{"delfi.top", "suffix of delfi.ee: delfi.top, suffix of delfi.lt: delfi.top"},
	/* other characters */
	{"xn--spegel-qvf.de", "homoglyph of spiegel.de: xn--spegel-qvf.de"},
	{"xn--gl-mlcb6c3gi.com", "homoglyph of spiegel.de: xn--gl-mlcb6c3gi.com"},
	{"lernonde.fr", "homoglyph of lemonde.fr: lernonde.fr"},
	{"lem0nde.fr", "homoglyph of lemonde.fr: lem0nde.fr"},
	/* one edit */
	{"spiegelr.live", "edit of spiegel.de: spiegelr.live"},
	{"spigel.live", "edit of spiegel.de: spigel.live"},
	{"spiegal.live", "edit of spiegel.de: spiegal.live"},
	{"psiegel.live", "edit of spiegel.de: psiegel.live"},
	{"spiegle.live", "edit of spiegel.de: spiegle.live"},
	{"le-monde.live", "edit of lemonde.fr: le-monde.live"},
	{"siepgel.live", ""},
	{"spiel.live", ""},
	/* beside a word */
	{"spiegel-news.com", "word of spiegel.de: spiegel-news.com"},
	{"der-spiegel-xyz.com", "word of spiegel.de: der-spiegel-xyz.com"},
	{"spiegelnews.com", "word of spiegel.de: spiegelnews.com"},
	{"onlinespiegel.com", "word of spiegel.de: onlinespiegel.com"},
	{"sp1egel-news.com", ""},
	{"lem0nde-news.com", "word of lemonde.fr: lem0nde-news.com"},
	{"tagesspiegel.com", ""},
	{"spiegelxyz.com", ""},
	/* short: only what is safe was asked */
	{"bild.ltd", "suffix of bild.de: bild.ltd"},
	{"bildd.ltd", ""},
	{"bild-news.com", ""},
	{"xn--bld-jhd.de", "homoglyph of bild.de: xn--bld-jhd.de"},
	/* before somebody else's name */
	{"spiegel.example.org", ""},
	{"walla.example.org", "subdomain of walla.co.il: example.org"},
	{"a.walla.b.example.org", "subdomain of walla.co.il: example.org"},
	{"walla.co.il.example.org", "subdomain of walla.co.il: example.org"},
	/* what is no name that somebody registered */
	{"co.uk", ""},
	{"spiegel", ""},
	{"", ""},
	{".", ""},
	{"..", ""},
	{"spiegel..ltd", ""},
	{".spiegel.ltd", "suffix of spiegel.de: spiegel.ltd"},
	{"spiegel.ltd..", ""},
	{"xn--.de", ""},
	{"xn--99999999.de", ""},
};

static void kinds(void **state)
{
	struct brands *w = *state;
	struct indicator items[] = {protect(w, "spiegel.de", LOOK_KINDS_USUAL),
		protect(w, "delfi.lt", LOOK_KINDS_USUAL), protect(w, "delfi.ee", LOOK_KINDS_USUAL),
		protect(w, "lemonde.fr", LOOK_KINDS_USUAL), protect(w, "bild.de", LOOK_KINDS_SAFE),
		protect(w, "walla.co.il", LOOK_SUBDOMAIN)};

	items[0].look.except = "spiegel.media spiegel.tv";
	world_open(&w->world, items, ARRAY_LEN(items));
	for (size_t i = 0; i < ARRAY_LEN(kind_cases); i++)
		expect(w, kind_cases[i][0], kind_cases[i][1]);
	world_close(&w->world);
}

/* What one set excepts still looks like what another one protects, and so does what a pack of
 * others protects. */
static void exceptions(void **state)
{
	struct brands *w = *state;
	struct indicator items[] = {protect(w, "spiegel.de", LOOK_KINDS_USUAL),
		protect(w, "spiegell.fr", LOOK_KINDS_USUAL), protect(w, "other.net", LOOK_SUFFIX),
		protect(w, "spiegel.at", LOOK_SUFFIX), protect(w, "spiegel.ch", LOOK_SUFFIX)};

	items[0].look.except = "spiegel.com spiegel.org ";
	items[1].look.except = "spiegel.org spiegels.net ";
	items[2].look.except = "spiegel.ltd spiegelr.live ";
	items[3].look.except = "spiegel.at spiegel.net ";
	items[3].look.foreign = true;
	world_open(&w->world, items, ARRAY_LEN(items));
	expect(w, "spiegel.ltd",
		"suffix of spiegel.at: spiegel.ltd, suffix of spiegel.ch: spiegel.ltd, "
		"suffix of spiegel.de: spiegel.ltd, edit of spiegell.fr: spiegel.ltd");
	expect(w, "www.spiegelr.live",
		"edit of spiegel.de: spiegelr.live, edit of spiegell.fr: "
		"spiegelr.live");
	expect(w, "a.spiegel.com",
		"suffix of spiegel.at: spiegel.com, suffix of spiegel.ch: "
		"spiegel.com, edit of spiegell.fr: spiegel.com");
	expect(w, "spiegel.org",
		"suffix of spiegel.at: spiegel.org, suffix of spiegel.ch: "
		"spiegel.org");
	expect(w, "spiegel.at",
		"suffix of spiegel.ch: spiegel.at, suffix of spiegel.de: "
		"spiegel.at, edit of spiegell.fr: spiegel.at");
	expect(w, "spiegel.ch", "");
	expect(w, "other.org", "suffix of other.net: other.org");
	world_close(&w->world);
}

/* Each kind can be asked for alone. */
static void one_kind(void **state)
{
	static const struct {
		enum look_kind kind;
		const char *name, *want;
	} cases[] = {
		{LOOK_SUFFIX, "spiegel.ltd", "suffix of spiegel.de: spiegel.ltd"},
		{LOOK_HOMOGLYPH, "xn--spegel-qvf.de", "homoglyph of spiegel.de: xn--spegel-qvf.de"},
		{LOOK_EDIT, "spiegelr.de", "edit of spiegel.de: spiegelr.de"},
		{LOOK_WORD, "spiegel-tv.de", "word of spiegel.de: spiegel-tv.de"},
		{LOOK_SUBDOMAIN, "spiegel.a.org", "subdomain of spiegel.de: a.org"},
	};
	struct brands *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct indicator item = protect(w, "spiegel.de", cases[i].kind);

		world_open(&w->world, &item, 1);
		for (size_t n = 0; n < ARRAY_LEN(cases); n++)
			expect(w, cases[n].name, n == i ? cases[n].want : "");
		world_close(&w->world);
	}
}

/* In letters, so that none looks like another. */
static void number_name(char to[16], size_t number)
{
	snprintf(to, 16, "n%05zux.de", number);
	for (char *c = to + 1; *c >= '0' && *c <= '9'; c++)
		*c = (char)(*c - '0' + 'a');
}

/* Of thousands each is found, and one more is too many. */
static void many(void **state)
{
	static struct indicator items[LOOK_PROTECTED_MAX + 1];
	static char names[LOOK_PROTECTED_MAX + 1][16];
	char path[] = "test_look_alike.XXXXXX", error[256];
	struct brands *w = *state;
	int fd = mkstemp(path);

	assert_true(fd >= 0 && close(fd) == 0 && unlink(path) == 0);
	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		number_name(names[i], i);
		items[i] = protect(w, names[i], LOOK_KINDS_USUAL);
	}
	assert_int_equal(sigdb_write(path, items, ARRAY_LEN(items), error, sizeof(error)), -E2BIG);
	world_open(&w->world, items, LOOK_PROTECTED_MAX);
	for (size_t i = 0; i < LOOK_PROTECTED_MAX; i++) {
		struct match_found found;

		memcpy(strchr(names[i], '.'), ".fr", 4);
		assert_in_range(match_sets.find(w->world.matchers[0], MATCH_NAME, names[i],
					strlen(names[i]), 0, &found),
			1, MATCH_RESULTS_MAX);
		assert_int_equal(found.left_out, 0);
	}
	world_close(&w->world);
}

#define OWNERS 600

/* A name looks like more of them than may be told, and is an indicator itself. */
static void full(void **state)
{
	static struct indicator items[OWNERS + 1];
	static char names[OWNERS][24];
	static const char *const same[] = {"spiegel.xq", "spiegell.xq", "spiegel-news.xq"};
	struct match_found found;
	struct brands *w = *state;

	for (unsigned i = 0; i < OWNERS; i++) {
		snprintf(names[i], sizeof(names[i]), "spiegel.xq%c%c", 'a' + i / 26, 'a' + i % 26);
		items[i] = protect(w, names[i], LOOK_KINDS_USUAL);
	}
	items[OWNERS] = world_item(INDICATOR_DOMAIN, SCOPE_SUBDOMAINS, same[0]);
	for (unsigned round = 0; round < 2; round++) {
		world_open(&w->world, items, OWNERS + round);
		for (size_t i = 0; i < ARRAY_LEN(same); i++) {
			assert_int_equal(world_find(&w->world, MATCH_NAME, same[i], strlen(same[i]),
						 0, &found),
				MATCH_RESULTS_MAX);
			assert_int_equal(
				w->world.left_out, OWNERS + (round && i == 0) - MATCH_RESULTS_MAX);
		}
		/* nothing of the last question is left over */
		assert_int_equal(world_find(&w->world, MATCH_NAME, "example.xq", 10, 0, &found), 0);
		assert_int_equal(w->world.left_out, 0);
		world_close(&w->world);
	}
}

/* More labels that look the same than are looked through are refused, not searched for long. */
static void alike(void **state)
{
	static struct indicator items[1024];
	static char names[1024][16];
	char path[] = "test_look_alike.XXXXXX", error[256] = "";
	struct brands *w = *state;
	struct match_set *set = NULL;
	int fd = mkstemp(path);

	assert_true(fd >= 0 && close(fd) == 0);
	for (unsigned i = 0; i < ARRAY_LEN(items); i++) {
		snprintf(names[i], sizeof(names[i]), "oooooooooo.de");
		for (unsigned at = 0; at < 10; at++)
			names[i][at] = i >> at & 1 ? '0' : 'o';
		items[i] = protect(w, names[i], LOOK_HOMOGLYPH);
	}
	assert_int_equal(sigdb_write(path, items, ARRAY_LEN(items), error, sizeof(error)), 0);
	assert_int_equal(sigdb_open(&w->world.db, path, error, sizeof(error)), 0);
	assert_int_equal(match_sets.build(&set, w->world.db, error, sizeof(error)), -E2BIG);
	assert_non_null(strstr(error, "too many protected names are alike: "));
	assert_null(set);
	sigdb_close(w->world.db);
	assert_int_equal(unlink(path), 0);
	world_open(&w->world, items, LOOK_STEPS_MAX / 2);
	world_close(&w->world);
}

static void registered(struct brands *w, const struct look_names *n, const char *name)
{
	struct look_domain have;
	const char *want = NULL, *at = name;
	bool good = look_names_domain(n, (const uint8_t *)name, strlen(name), &have);

	while (strchr(at, '.') && !suffix_is_public(w->suffixes, at)) {
		want = at;
		at = strchr(at, '.') + 1;
	}
	if (good != (want != NULL) || (good && name + have.begin != want))
		fail_msg("%s: %s, not %s", name, good ? name + have.begin : "none",
			want ? want : "none");
}

static int each_rule(void *context, const char *rule)
{
	static const char *const before[] = {"", "a.", "b.a.", "c.b.a.", "www.", "city."};
	struct brands *w = *(struct brands **)context;
	const struct look_names *n = ((const struct look_names **)context)[1];
	char name[512];

	rule += strncmp(rule, "*.", 2) == 0 ? 2 : *rule == '!';
	for (size_t i = 0; i < ARRAY_LEN(before); i++) {
		snprintf(name, sizeof(name), "%s%s", before[i], rule);
		registered(w, n, name);
	}
	return 0;
}

/* Of every rule the list has, and what lies below it. */
static void suffixes(void **state)
{
	struct brands *w = *state;
	struct indicator item = protect(w, "spiegel.de", LOOK_KINDS_USUAL);
	struct look_names names;
	const void *context[2] = {w, &names};

	world_open(&w->world, &item, 1);
	assert_int_equal(look_names_init(&names, sigdb_looks(w->world.db)), 0);
	assert_in_range(sigdb_looks(w->world.db)->name_count, 5000, 50000);
	assert_int_equal(suffix_list_rules(w->suffixes, each_rule, context), 0);
	for (const char *const *name = (const char *const[]){"de", "a.de", "b.a.de", "a.b", "c.a.b",
		     "www.ck", "a.www.ck", "a.b.ck", "a.b.c.kawasaki.jp", "x.city.kawasaki.jp",
		     NULL};
		*name; name++)
		registered(w, &names, *name);
	look_names_done(&names);
	world_close(&w->world);
}

/* A section is refused or can be asked; never read past. */
static void malformed(void **state)
{
	static const uint8_t good[] = "\0\0\0\1\0\0\0\3\x0f\0\1"
				      "\2\0\0co.uk\0\1\0\0spiegel.de\0\1\0\1spiegel.tv"; /* zero */
	static const struct {
		size_t at;
		uint8_t octet;
	} changes[] = {{3, 0}, {3, 2}, {0, 1}, {7, 2}, {7, 4}, {8, 0}, {8, 32}, {9, 1}, {10, 2},
		{11, 0}, {11, 16}, {13, 1}, {14, 'z'}, {14, 'A'}, {14, '.'}, {14, ' '}, {14, 0},
		{16, 'x'}, {18, '.'}, {19, 'x'}, {20, 0}, {20, 16}, {23, 'a'}, {34, 2}, {36, 2},
		{47, 'x'}};
	const char *text = "\0\0\0\0\0\0\0\0spiegel.de";
	uint8_t entry[SIGDB_ENTRY_BYTES] = {INDICATOR_LOOK_ALIKE, 0, 0, 0, 0, 0, 0, 8};
	struct sigdb_view view = {.entries = entry, .texts = text, .count = 1, .text_bytes = 19};
	size_t bytes = sizeof(good);
	struct look_section s = {0};

	(void)state;
	assert_true(look_section_init(&s, &view, 0, 1, good, bytes));
	assert_int_equal(s.name_count, 3);
	assert_false(look_section_init(&s, &view, 0, 0, good, bytes));
	for (size_t cut = 0; cut < bytes; cut++) {
		uint8_t *copy = malloc(cut + 1);

		assert_non_null(copy);
		memcpy(copy, good, cut);
		assert_false(look_section_init(&s, &view, 0, 1, copy, cut));
		free(copy);
	}
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		uint8_t copy[sizeof(good)];

		memcpy(copy, good, sizeof(good));
		copy[changes[i].at] = changes[i].octet;
		if (look_section_init(&s, &view, 0, 1, copy, bytes))
			fail_msg("%zu was let through", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(kinds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(exceptions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_kind, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(full, set_up, tear_down),
		cmocka_unit_test_setup_teardown(alike, set_up, tear_down),
		cmocka_unit_test_setup_teardown(suffixes, set_up, tear_down),
		cmocka_unit_test(malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
