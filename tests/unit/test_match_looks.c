/* SPDX-License-Identifier: Apache-2.0 */
/* Look-alikes by lookups against the plain reference over names that are made up:
 * test_match_looks [COUNT]. Protected names of several shapes; for each of them names that are
 * changed a little, glued to something, below something, and names of chance. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "signatures/match.h"
#include "signatures/suffix.h"
#include "tests/unit/unit.h"

#define NAMES          48
#define NAME_BYTES     254
#define QUESTION_BYTES 400
#define CHARACTERS     80

struct world {
	struct suffix_list *suffixes;
	struct sigdb *db;
	struct match_set *sets[2];
	struct matcher *matchers[2];
	char names[NAMES][NAME_BYTES];
	unsigned name_count;
	uint64_t random; /* xorshift: the same questions every time */
	char question[QUESTION_BYTES];
	size_t bytes;
	unsigned long hits, kinds[32];
};

static const struct match_ops *const all_ops[2] = {&match_sets, &match_naive};
static unsigned long question_count = 18000;

static uint32_t below(struct world *w, uint32_t limit)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (uint32_t)(w->random >> 33) % limit;
}

static const char *one_of(struct world *w, const char *const *texts)
{
	uint32_t count = 0;

	while (texts[count])
		count++;
	return texts[below(w, count)];
}

static const char *const tails[] = {"com", "de", "co.uk", "uk", "ck", "any.ck", "www.ck",
	"blogspot.com", "x.blogspot.com", "a.b.c.test", "test", "live", NULL};

/* Few and alike, so that they are often each other's neighbours. */
static void make_name(struct world *w, char to[NAME_BYTES], unsigned shape)
{
	static const char *const brands[] = {"spiegel", "tagesspiegel", "bild", "lemonde",
		"le-monde", "t-online", "tonline", "modern", "modem", "foxnews", "news", "newsnews",
		"aa", "aaaaa", "aaaaaa", "aabaa", "ababa", "xn--sddeutsche-9db", "sueddeutsche",
		"xn--e1afmkfd", "0ne", "online", "one-line", "vvelt", "welt", "clear", NULL};
	char label[64];
	unsigned bytes = 1 + below(w, shape == 2 ? 63 : 6);

	for (unsigned i = 0; i < bytes; i++)
		label[i] = "ab-r1n"[below(w, 6)];
	snprintf(to, NAME_BYTES, "%.*s.%s", shape ? (int)bytes : 63,
		shape ? label : one_of(w, brands), one_of(w, tails + (shape ? 0 : below(w, 3))));
}

static void open_database(struct world *w, unsigned shape)
{
	static struct indicator items[NAMES];
	char path[] = "test_match_looks.XXXXXX", error[256] = "";
	int fd = mkstemp(path);

	assert_true(fd >= 0 && close(fd) == 0);
	for (unsigned i = 0; i < NAMES; i++) {
		make_name(w, w->names[i], shape);
		items[i] = (struct indicator){.type = INDICATOR_LOOK_ALIKE,
			.value = w->names[i],
			.campaign = "",
			.source = "",
			.context = "",
			.disarm = "",
			.reference = "",
			.tlp = "",
			.licence = "",
			.look = {i % 7 ? "" : "spiegel.live a.b.c.test", w->suffixes,
				below(w, 3) ? LOOK_KINDS_USUAL : (uint8_t)(1 + below(w, 31))}};
	}
	assert_int_equal(sigdb_write(path, items, NAMES, error, sizeof(error)), 0);
	if (sigdb_open(&w->db, path, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	assert_int_equal(unlink(path), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(all_ops[i]->build(&w->sets[i], w->db, error, sizeof(error)), 0);
		assert_int_equal(all_ops[i]->open(&w->matchers[i], w->sets[i]), 0);
	}
}

static void close_database(struct world *w)
{
	for (size_t i = 0; i < 2; i++) {
		all_ops[i]->close(w->matchers[i]);
		all_ops[i]->drop(w->sets[i]);
	}
	sigdb_close(w->db);
}

static void put(struct world *w, const char *text, size_t bytes)
{
	if (bytes > sizeof(w->question) - w->bytes)
		bytes = sizeof(w->question) - w->bytes;
	memcpy(w->question + w->bytes, text, bytes);
	w->bytes += bytes;
}

/* One octet more, less, other, or two swapped. */
static void edit(struct world *w, char *label, size_t *bytes)
{
	size_t at = below(w, (uint32_t)*bytes + 1);
	char c = "ab-r1n0smlde"[below(w, 12)], swapped;

	switch (below(w, 4)) {
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

static void put_changed(struct world *w, const char *label, size_t bytes)
{
	char changed[CHARACTERS];

	if (bytes > 60)
		bytes = 60;
	memcpy(changed, label, bytes);
	for (unsigned n = below(w, 3); n; n--)
		edit(w, changed, &bytes);
	put(w, changed, bytes);
}

/* Labels with other characters than ASCII: of other scripts, of no sense, of no Punycode. */
static const char *const foreign[] = {"xn--spegel-qvf", "xn--gl-mlcb6c3gi", "xn--lemnde-yqf",
	"xn--wlt-rdd", "xn--e1afmkfd", "xn--sddeutsche-9db", "xn--mdern-fye", "xn--99999999",
	"xn--", "xn--a-", "xn--aaaaaa-5cd", "xn--spegel-news-bug", NULL};

static void put_text(struct world *w, const char *text)
{
	put(w, text, strlen(text));
}

static void ask(struct world *w)
{
	static const char *const words[] = {
		"news", "-news", "online-", "24", "a-", "-b-c", "xyz", "-", "tv", "news-", NULL};
	const char *name = w->names[below(w, NAMES)];
	size_t label = strcspn(name, ".");

	w->bytes = 0;
	if (below(w, 4) == 0) {
		if (below(w, 2))
			put_text(w, one_of(w, foreign));
		else
			put(w, name, label);
		put_text(w, ".");
	}
	if (below(w, 6) == 0)
		put_text(w, one_of(w, words));
	if (below(w, 6) == 0)
		put_text(w, one_of(w, foreign));
	else
		put_changed(w, name, label);
	if (below(w, 3) == 0)
		put_text(w, one_of(w, words));
	put_text(w, ".");
	put_text(w, below(w, 3) ? one_of(w, tails) : name + label + 1);
	if (below(w, 8) == 0)
		put_text(w, ".");
	if (below(w, 16) == 0 && w->bytes)
		w->question[below(w, (uint32_t)w->bytes)] = (char)below(w, 256);
}

static void compare(struct world *w)
{
	uint32_t found[2][MATCH_RESULTS_MAX];
	struct look_alike looks[2];
	unsigned count[2];

	for (size_t e = 0; e < 2; e++)
		count[e] = all_ops[e]->find(
			w->matchers[e], MATCH_NAME, w->question, w->bytes, 0, found[e]);
	if (count[0] != count[1] || memcmp(found[0], found[1], count[0] * sizeof(found[0][0])) != 0)
		fail_msg("%.*s: %u and %u", (int)w->bytes, w->question, count[0], count[1]);
	for (unsigned i = 0; i < count[0]; i++) {
		for (size_t e = 0; e < 2; e++)
			assert_true(all_ops[e]->tell(
				w->matchers[e], found[0][i], w->question, w->bytes, &looks[e]));
		assert_int_equal(looks[0].kind, looks[1].kind);
		assert_int_equal(looks[0].domain_bytes, looks[1].domain_bytes);
		assert_memory_equal(looks[0].domain, looks[1].domain, looks[0].domain_bytes);
		w->kinds[looks[0].kind]++;
	}
	w->hits += count[0] > 0;
}

/* A small list, so that the reference is not slow for its sake. */
static void load_suffixes(struct world *w)
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
	assert_int_equal(suffix_list_load(&w->suffixes, path), 0);
	for (unsigned shape = 0; shape < 9; shape++) {
		open_database(w, shape % 3);
		for (unsigned long i = 0; i < question_count / 9; i++) {
			ask(w);
			compare(w);
		}
		close_database(w);
	}
	assert_int_equal(unlink(path), 0);
	suffix_list_free(w->suffixes);
}

static void no_difference(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	assert_non_null(w);
	w->random = 88172645463325252ULL;
	load_suffixes(w);
	printf("%lu names, %lu look like one; suffix %lu, homoglyph %lu, edit %lu, word %lu, "
	       "subdomain %lu\n",
		question_count, w->hits, w->kinds[LOOK_SUFFIX], w->kinds[LOOK_HOMOGLYPH],
		w->kinds[LOOK_EDIT], w->kinds[LOOK_WORD], w->kinds[LOOK_SUBDOMAIN]);
	for (unsigned kind = LOOK_SUFFIX; kind <= LOOK_SUBDOMAIN; kind *= 2)
		assert_true(w->kinds[kind] > question_count / 1000);
	assert_in_range(w->hits, question_count / 10, question_count * 9 / 10);
	free(w);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(no_difference)};

	if (argc > 1)
		question_count = strtoul(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
