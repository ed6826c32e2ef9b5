/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns: which are taken, what they become, and Hyperscan against POSIX. */
#include "signatures/pattern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "signatures/leaf_naive.h"
#include "signatures/match_patterns.h"
#include "tests/unit/chance.h"
#include "tests/unit/unit.h"

#define PATTERNS 300
#define ROUNDS   20
#define VALUES   60

static void test_check(void **state)
{
	static const struct {
		enum pattern_kind kind;
		const char *pattern, *why; /* part of the reason; NULL: it is taken */
	} cases[] = {
		{PATTERN_REGEX, "^[a-z]+\\.example\\.org$", NULL},
		{PATTERN_REGEX, "(?i)bot|crawler", NULL},
		{PATTERN_REGEX, "a{2,3}(b|cd)?", NULL},
		{PATTERN_REGEX, "[^a-z]x", NULL},
		{PATTERN_REGEX, "a*", "empty"},
		{PATTERN_REGEX, "^$", "empty"},
		{PATTERN_REGEX, "", "empty"},
		{PATTERN_REGEX, "a|", "empty"},
		{PATTERN_REGEX, "()", "empty"},
		{PATTERN_REGEX, "a|b*", "empty text"},
		{PATTERN_REGEX, "a{0}", "empty text"},
		{PATTERN_REGEX, "*a", "nothing"},
		{PATTERN_REGEX, "^*a", "nothing"},
		{PATTERN_REGEX, "a**", "repetition"},
		{PATTERN_REGEX, "a+?", "repetition"},
		{PATTERN_REGEX, "(a", "close"},
		{PATTERN_REGEX, "a)", "close"},
		{PATTERN_REGEX, "[a", "close"},
		{PATTERN_REGEX, "a}", "close"},
		{PATTERN_REGEX, "a{2", "close"},
		{PATTERN_REGEX, "a{3,2}", "too much"},
		{PATTERN_REGEX, "a{256}", "too much"},
		{PATTERN_REGEX, "a{x}", "too much"},
		{PATTERN_REGEX, "(a{100}){100}", "too much"},
		{PATTERN_REGEX, "((a{9}){9}b{9}){99}", "too much"},
		{PATTERN_REGEX, "\\d", "sign"},
		{PATTERN_REGEX, "\\", "sign"},
		{PATTERN_REGEX, "[\\d]", "[ ]"},
		{PATTERN_REGEX, "[[:alpha:]]", "[ ]"},
		{PATTERN_REGEX, "[]", "[ ]"},
		{PATTERN_REGEX, "(?:a)", "(?"},
		{PATTERN_REGEX, "a(?i)b", "(?"},
		{PATTERN_REGEX, "((((((((((((((((((a))))))))))))))))))", "groups"},
		{PATTERN_REGEX, "a\nb", "control"},
		{PATTERN_WILDCARD, "news-*.example.org", NULL},
		{PATTERN_WILDCARD, "?", NULL},
		{PATTERN_WILDCARD, "***", "empty"},
		{PATTERN_WILDCARD, "", "empty"},
		{PATTERN_WILDCARD, "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a", "too much"},
		{PATTERN_PREFIX, "*", NULL},
		{PATTERN_PREFIX, "", "empty"},
		{PATTERN_PART, "Bot*/1", NULL},
		{PATTERN_PART, "*", "empty"},
	};
	char longest[PATTERN_BYTES_MAX + 2];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *why = pattern_check(cases[i].kind, cases[i].pattern);

		if (!why != !cases[i].why || (why && !strstr(why, cases[i].why)))
			fail_msg("%s: %s", cases[i].pattern, why ? why : "taken");
	}
	memset(longest, 'a', sizeof(longest));
	longest[PATTERN_BYTES_MAX + 1] = '\0';
	assert_non_null(pattern_check(PATTERN_PREFIX, longest));
	longest[PATTERN_BYTES_MAX] = '\0';
	assert_null(pattern_check(PATTERN_PREFIX, longest));
}

static void test_regex(void **state)
{
	char text[PATTERN_REGEX_BYTES];
	bool caseless;

	(void)state;
	pattern_regex(text, PATTERN_HYPERSCAN, PATTERN_WILDCARD, "a.*?$", &caseless);
	assert_string_equal(text, "^a\\..*.\\$\\z");
	pattern_regex(text, PATTERN_POSIX, PATTERN_WILDCARD, "a.*?$", &caseless);
	assert_string_equal(text, "^a\\..*.\\$$");
	pattern_regex(text, PATTERN_HYPERSCAN, PATTERN_PREFIX, "a*", &caseless);
	assert_string_equal(text, "^a\\*");
	pattern_regex(text, PATTERN_HYPERSCAN, PATTERN_PART, "a?*b", &caseless);
	assert_string_equal(text, "a\\?.*b");
	assert_false(caseless);
	pattern_regex(text, PATTERN_HYPERSCAN, PATTERN_REGEX, "(?i)^[$]a\\$$", &caseless);
	assert_string_equal(text, "^[$]a\\$\\z");
	assert_true(caseless);
}

static void test_tail(void **state)
{
	static const struct {
		enum pattern_kind kind;
		const char *pattern, *tail;
	} cases[] = {
		{PATTERN_WILDCARD, "*.example.org", ".example.org"},
		{PATTERN_WILDCARD, "a.example.org", "a.example.org"},
		{PATTERN_WILDCARD, "*", ""},
		{PATTERN_PREFIX, "example.org", ""},
		{PATTERN_REGEX, "^a+\\.example\\.org$", ".example.org"},
		{PATTERN_REGEX, "^a+.example\\.org$", "example.org"},
		{PATTERN_REGEX, "\\.example\\.org", ""},
		{PATTERN_REGEX, "a|\\.example\\.org$", ""},
		{PATTERN_REGEX, "\\\\.org$", ""},
		{PATTERN_REGEX, "x\\.or?g$", "g"},
		{PATTERN_REGEX, "x\\.(org)$", ""},
	};
	char tail[PATTERN_BYTES_MAX + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		tail[pattern_tail(tail, cases[i].kind, cases[i].pattern)] = '\0';
		assert_string_equal(tail, cases[i].tail);
	}
}

struct making {
	uint64_t random;
	char text[64];
	size_t used;
};

static uint32_t below(struct making *m, uint32_t limit)
{
	return chance_below(&m->random, limit);
}

static void put(struct making *m, const char *text)
{
	size_t bytes = strlen(text);

	if (m->used + bytes < sizeof(m->text)) {
		memcpy(m->text + m->used, text, bytes + 1);
		m->used += bytes;
	}
}

/* Words of regular expressions, mostly put together so that they are one. */
static void random_regex(struct making *m)
{
	static const char *const pieces[] = {"a", "b", "ab", "\\.", ".", "[ab]", "[^a]", "a+", "b?",
		"a*", "(a|b)", "(ab)+", "(a|b.)*", "a{2}", "b{1,3}", "a{2,}", "-", "$", "^", "|",
		"(^|\\.)a", "[a-c]?"};
	unsigned count = 1 + below(m, 5);

	m->used = 0;
	put(m, below(m, 8) ? "" : "(?i)");
	put(m, below(m, 3) ? "" : "^");
	for (unsigned i = 0; i < count; i++)
		put(m, pieces[below(m, ARRAY_LEN(pieces))]);
	put(m, below(m, 3) ? "" : "$");
}

static void random_text(struct making *m, const char *letters, unsigned most)
{
	unsigned count = 1 + below(m, most);
	char one[2] = "";

	m->used = 0;
	for (unsigned i = 0; i < count; i++) {
		one[0] = letters[below(m, (uint32_t)strlen(letters))];
		put(m, one);
	}
}

static enum pattern_kind random_pattern(struct making *m)
{
	enum pattern_kind kind = below(m, 4);

	do {
		if (kind == PATTERN_REGEX)
			random_regex(m);
		else
			random_text(m, kind == PATTERN_PREFIX ? "ab.-" : "ab.*?", 5);
	} while (pattern_check(kind, m->text));
	return kind;
}

/* Every pattern by POSIX; the same ones must be found. */
static unsigned compare(const struct pattern_list *list, const struct patterns *p,
	struct pattern_scratch *s, const char *value, size_t bytes)
{
	uint32_t found[PATTERNS];
	unsigned count = patterns_find(p, s, PATTERNS_TEXTS, value, bytes, found), expected = 0;
	bool is_found[PATTERNS] = {false};

	for (unsigned i = 0; i < count; i++) {
		assert_in_range(found[i], 0, list->counts[PATTERNS_TEXTS] - 1);
		assert_false(is_found[found[i]]);
		is_found[found[i]] = true;
	}
	for (size_t i = 0; i < list->counts[PATTERNS_TEXTS]; i++) {
		const struct pattern_entry *e = &list->entries[PATTERNS_TEXTS][i];
		bool holds = pattern_holds_naive(e->kind, e->text, value, bytes);

		expected += holds;
		if (holds != is_found[i])
			fail_msg("%u %s on %.*s: POSIX says %d", e->kind, e->text, (int)bytes,
				value, holds);
	}
	return expected;
}

static void test_against_posix(void **state)
{
	static char texts[PATTERNS][64];
	struct making m = {.random = CHANCE_BEGIN};
	unsigned hits = 0;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct pattern_list list = {0};
		struct pattern_scratch *s = NULL;
		struct patterns *p = NULL;
		struct pattern_error error;
		char why[256];

		for (size_t i = 0; i < PATTERNS; i++) {
			enum pattern_kind kind;

			do {
				kind = random_pattern(&m);
			} while (kind == PATTERN_REGEX &&
				 patterns_judge(kind, m.text, why, sizeof(why)));
			memcpy(texts[i], m.text, sizeof(texts[i]));
			assert_int_equal(
				pattern_list_add(&list, PATTERNS_TEXTS, kind, texts[i]), 0);
		}
		assert_int_equal(patterns_compile(&p, &list, &error), 0);
		assert_int_equal(pattern_scratch_new(&s, p), 0);
		for (unsigned i = 0; i < VALUES; i++) {
			random_text(&m, "aabbAB.-$\xff", 9);
			hits += compare(&list, p, s, m.text, m.used);
		}
		assert_int_equal(compare(&list, p, s, "a\0b", 3), 0);
		assert_int_equal(compare(&list, p, s, "", 0), 0);
		pattern_scratch_free(s);
		patterns_free(p);
		pattern_list_done(&list);
	}
	assert_in_range(hits, ROUNDS * VALUES, ROUNDS * VALUES * PATTERNS / 2);
}

static void test_written(void **state)
{
	struct pattern_list list = {0}, other = {0};
	struct patterns *p = NULL, *again = NULL;
	struct pattern_scratch *s = NULL;
	struct pattern_error error;
	uint32_t found[2];
	uint8_t *octets = NULL;
	size_t bytes = 0;

	(void)state;
	assert_int_equal(
		pattern_list_add(&list, PATTERNS_NAMES, PATTERN_WILDCARD, "*.example.org"), 0);
	assert_int_equal(pattern_list_add(&list, PATTERNS_AGENTS, PATTERN_PART, "Bot"), 0);
	assert_int_equal(
		pattern_list_add(&other, PATTERNS_NAMES, PATTERN_WILDCARD, "*.example.net"), 0);
	assert_int_equal(pattern_list_add(&other, PATTERNS_AGENTS, PATTERN_PART, "Bot"), 0);
	assert_int_equal(patterns_compile(&p, &list, &error), 0);
	assert_int_equal(patterns_write(p, &list, &octets, &bytes), 0);
	assert_int_equal(patterns_read(&again, &list, octets, bytes), 0);
	assert_int_equal(pattern_scratch_new(&s, again), 0);
	assert_int_equal(patterns_find(again, s, PATTERNS_NAMES, "a.example.org", 13, found), 1);
	assert_int_equal(found[0], 0);
	assert_int_equal(patterns_find(again, s, PATTERNS_AGENTS, "a Bot/1", 7, found), 1);
	assert_int_equal(patterns_find(again, s, PATTERNS_TEXTS, "a Bot/1", 7, found), 0);
	pattern_scratch_free(s);
	patterns_free(again);
	/* nothing of it is taken when it is of other patterns, or was changed anywhere */
	assert_int_equal(patterns_read(&again, &other, octets, bytes), -ESTALE);
	for (size_t i = 0; i < bytes; i += i < 128 ? 1 : 61) {
		octets[i] ^= 1;
		assert_int_equal(
			patterns_read(&again, &list, octets, bytes), i < 32 ? -ESTALE : -EBADMSG);
		octets[i] ^= 1;
	}
	for (size_t cut = 0; cut < bytes; cut += 7)
		assert_int_equal(patterns_read(&again, &list, octets, cut), -EBADMSG);
	free(octets);
	patterns_free(p);
	pattern_list_done(&list);
	pattern_list_done(&other);
}

/* What passes the check of its form and Hyperscan does not want is told with its number. */
static void test_judged(void **state)
{
	struct pattern_list list = {0};
	struct pattern_error error;
	struct patterns *p = NULL;
	char why[256];

	(void)state;
	assert_null(patterns_judge(PATTERN_REGEX, "^a+$", why, sizeof(why)));
	assert_non_null(patterns_judge(PATTERN_REGEX, "a^b", why, sizeof(why)));
	assert_int_equal(pattern_list_add(&list, PATTERNS_NAMES, PATTERN_REGEX, "ab"), 0);
	assert_int_equal(pattern_list_add(&list, PATTERNS_NAMES, PATTERN_REGEX, "a^b"), 0);
	assert_int_equal(patterns_compile(&p, &list, &error), -EINVAL);
	assert_int_equal(error.class, PATTERNS_NAMES);
	assert_int_equal(error.number, 1);
	pattern_list_done(&list);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_regex),
		cmocka_unit_test(test_tail),
		cmocka_unit_test(test_against_posix),
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
