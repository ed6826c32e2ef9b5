/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/stix_pattern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "signatures/stix_values.h"
#include "tests/unit/unit.h"

#define TEXT_BYTES 4096

struct text {
	char at[TEXT_BYTES];
	size_t bytes;
};

static void add(struct text *to, const char *text, size_t bytes)
{
	assert_true(to->bytes + bytes < TEXT_BYTES);
	memcpy(to->at + to->bytes, text, bytes);
	to->bytes += bytes;
	to->at[to->bytes] = '\0';
}

static void add_comparison(struct text *to, const struct stix_comparison *c)
{
	static const char *const signs[] = {
		"=", "<", "<=", ">", ">=", " in", "~", " matches ", " subset ", " superset ", "?"};

	if (c->negated)
		add(to, "!", 1);
	add(to, c->path, c->path_bytes);
	add(to, signs[c->op], strlen(signs[c->op]));
	add(to, c->value, c->value_bytes);
}

/* a=1 & b=2 | {c=3}: two alternatives, the second one qualified. */
static void show(struct text *to, const struct stix_pattern *p)
{
	*to = (struct text){.bytes = 0};
	for (size_t i = 0; i < p->alternative_count; i++) {
		struct stix_alternative a;

		stix_pattern_alternative(p, i, &a);
		assert_in_range(a.count, 1, STIX_CONJUNCTION_MAX);
		if (i)
			add(to, " | ", 3);
		if (a.qualified)
			add(to, "{", 1);
		for (size_t n = 0; n < a.count; n++) {
			if (n)
				add(to, " & ", 3);
			add_comparison(to, a.comparisons[n]);
		}
		if (a.qualified)
			add(to, "}", 1);
	}
}

/* A copy of just that size, so that a read past its end is seen. */
static int parse(
	struct stix_pattern *ret, const char *text, size_t bytes, struct stix_error *ret_error)
{
	_cleanup_(free_ptr) char *copy = malloc(bytes + !bytes);

	assert_non_null(copy);
	memcpy(copy, text, bytes);
	return stix_pattern_parse(ret, copy, bytes, ret_error);
}

static const struct {
	const char *pattern, *shown;
} right[] = {
	{"[a:b = 'c']", "a:b=c"},
	{"[a:b='c']", "a:b=c"},
	{" \t\n[ a : b == 'c' ] ", "a:b=c"},
	{"[a:b /* [ */ = // ]\n 'c']", "a:b=c"},
	{"[a:b\xc2\xa0=\xc2\xa0'c']", "a:b=c"},
	{"[a:b = 174]", "a:b=174"},
	{"[a:b = -2.5 OR a:c = true OR a:c = FALSE]", "a:b=-2.5 | a:c=true | a:c=FALSE"},
	{"[a:b = t'2020-01-01T00:00:00Z' OR a:b = h'ff' OR a:b = b'aGk=']",
		"a:b=2020-01-01T00:00:00Z | a:b=ff | a:b=aGk="},
	{"[a:b = 'it\\'s \\\\ \\n']", "a:b=it's \\ \\n"},
	{"[a:b = '']", "a:b="},
	{"[a:b = ']']", "a:b=]"},
	{"[a:b != 'c']", "!a:b=c"},
	{"[a:b <> 'c']", "!a:b=c"},
	{"[a:b NOT != 'c']", "a:b=c"},
	{"[a:b not = 'c']", "!a:b=c"},
	{"[a:b < 1 OR a:b <= 1 OR a:b > 1 OR a:b >= 1]", "a:b<1 | a:b<=1 | a:b>1 | a:b>=1"},
	{"[a:b LIKE 'c%' OR a:b MATCHES '^c' OR a:b ISSUBSET 'c' OR a:b ISSUPERSET 'c']",
		"a:b~c% | a:b matches ^c | a:b subset c | a:b superset c"},
	{"[EXISTS a:b OR NOT EXISTS a:c]", "a:b? | !a:c?"},
	{"[a:b IN ('c', 'd',1)]", "a:b=c | a:b=d | a:b=1"},
	{"[a:b IN('c')]", "a:b=c"},
	{"[a:b IN ()]", ""},
	{"[a:b NOT IN ('c','d')]", "!a:b in"},
	{"[a:b = 'c' AND a:b IN ()]", ""},
	{"[a-b:c.d = 1]", "a-b:c.d=1"},
	{"[a:'b-c'.d = 1]", "a:b-c.d=1"},
	{"[a:b.\"SHA-1\" = 1]", "a:b.SHA-1=1"},
	{"[a:b[*].c[0] . d [ -1 ] = 1]", "a:b[*].c[0].d[-1]=1"},
	{"[a:'b.c:d[' = 1]", "a:b\1c\1d\1=1"},
	{"[a:b.'c\\'d' = 1]", "a:b.c'd=1"},
	{"[a:b = 1 AND a:c = 2]", "a:b=1 & a:c=2"},
	{"[a:b = 1 OR a:c = 2 AND a:d = 3]", "a:b=1 | a:c=2 & a:d=3"},
	{"[(a:b = 1 OR a:c = 2) AND a:d = 3]", "a:b=1 & a:d=3 | a:c=2 & a:d=3"},
	{"[a:b = 1 AND (a:c = 2 OR (a:d = 3))]", "a:b=1 & a:c=2 | a:b=1 & a:d=3"},
	{"[a:b IN (1, 2) AND a:c IN (3, 4)]",
		"a:b=1 & a:c=3 | a:b=1 & a:c=4 | a:b=2 & a:c=3 | a:b=2 & a:c=4"},
	{"[a:b = 1] OR [a:c = 2]", "a:b=1 | a:c=2"},
	{"[a:b = 1] AND [a:c = 2]", "{a:b=1 & a:c=2}"},
	{"[a:b = 1] OR [a:c = 2] AND [a:d = 3]", "a:b=1 | {a:c=2 & a:d=3}"},
	{"[a:b = 1] FOLLOWEDBY [a:c = 2] OR [a:d = 3]", "{a:b=1 & a:c=2} | {a:b=1 & a:d=3}"},
	{"([a:b = 1] OR [a:c = 2]) WITHIN 5 SECONDS", "a:b=1 | a:c=2"},
	{"[a:b = 1] WITHIN 5.5 SECONDS OR [a:c = 2] REPEATS 1 TIMES", "a:b=1 | a:c=2"},
	{"[a:b = 1] REPEATS 5 TIMES WITHIN 60 SECONDS", "{a:b=1}"},
	{"[a:b = 1] START t'2020-01-01T00:00:00Z' STOP t'2021-01-01T00:00:00Z'", "{a:b=1}"},
	{"[a:b = 1] start '2020-01-01T00:00:00Z' stop '2021-01-01T00:00:00Z'", "{a:b=1}"},
	{"([a:b = 1] AND [a:c = 2]) OR [a:d = 3]", "{a:b=1 & a:c=2} | a:d=3"},
};

static void test_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(right); i++) {
		_cleanup_(stix_pattern_done) struct stix_pattern p = {.text = NULL};
		struct stix_error error = {0, NULL};
		struct text shown;
		int r = parse(&p, right[i].pattern, strlen(right[i].pattern), &error);

		if (r < 0)
			print_error("%s: %zu: %s\n", right[i].pattern, error.offset, error.why);
		assert_int_equal(r, 0);
		show(&shown, &p);
		assert_string_equal(shown.at, right[i].shown);
	}
}

static void test_wrong(void **state)
{
	static const struct {
		const char *pattern;
		size_t offset;
	} wrong[] = {
		{"", 0},
		{"a:b = 'c'", 0},
		{"[]", 1},
		{"[a = 'c']", 3},
		{"[a: = 'c']", 4},
		{"[a:b]", 4},
		{"[a:b 'c']", 5},
		{"[a:b = ]", 7},
		{"[a:b = c]", 8},
		{"[a:b = 'c]", 10},
		{"[a:b = 'c\\']", 12},
		{"[a:b = 'c'", 10},
		{"[a:b = 'c'] x", 12},
		{"[a:b = 'c'] [a:b = 'c']", 12},
		{"[a:b = 'c' a:d = 'c']", 11},
		{"[a:b = 'c' AND]", 14},
		{"[a:b = 'c'] OR", 14},
		{"[a:b = 'c'] FOLLOWEDBY", 22},
		{"[a:b IN 'c']", 8},
		{"[a:b IN ('c',)]", 13},
		{"[a:b IN ('c' 'd')]", 13},
		{"[a:b[] = 'c']", 5},
		{"[a:b[x] = 'c']", 5},
		{"[a:b. = 'c']", 6},
		{"[NOT a:b = 'c']", 5},
		{"[a:b = 'c'] WITHIN 5", 20},
		{"[a:b = 'c'] REPEATS x TIMES", 21},
		{"[a:b = 'c'] START 1 STOP", 24},
		{"[(a:b = 'c']", 11},
		{"([a:b = 'c']", 12},
		{"[a:'b = 'c']", 9},
		{"[a:b = /* 'c']", 14},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct stix_pattern p = {.text = NULL};
		struct stix_error error = {999, NULL};

		assert_int_equal(
			parse(&p, wrong[i].pattern, strlen(wrong[i].pattern), &error), -EBADMSG);
		assert_non_null(strstr(error.why, "grammar"));
		if (error.offset != wrong[i].offset)
			print_error("%s\n", wrong[i].pattern);
		assert_int_equal(error.offset, wrong[i].offset);
		assert_null(p.text);
	}
}

static void test_prefixes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(right); i++) {
		for (size_t bytes = 0; bytes < strlen(right[i].pattern); bytes++) {
			struct stix_pattern p = {.text = NULL};
			struct stix_error error = {0, NULL};
			int r = parse(&p, right[i].pattern, bytes, &error);

			assert_true(
				r == 0 || (r == -EBADMSG && error.why && error.offset <= bytes));
			stix_pattern_done(&p);
		}
	}
}

/* `head`, `part` so many times, `tail`; the caller frees it. */
static char *repeat(const char *head, const char *part, size_t times, const char *tail)
{
	size_t bytes = strlen(part), used = strlen(head);
	char *text = malloc(used + bytes * times + strlen(tail) + 1);

	assert_non_null(text);
	memcpy(text, head, used);
	for (size_t i = 0; i < times; i++, used += bytes)
		memcpy(text + used, part, bytes);
	memcpy(text + used, tail, strlen(tail) + 1);
	return text;
}

static int parse_free(char *text, struct stix_error *ret_error, size_t *ret_alternatives)
{
	struct stix_pattern p = {.text = NULL};
	int r = parse(&p, text, strlen(text), ret_error);

	*ret_alternatives = p.alternative_count;
	free(text);
	stix_pattern_done(&p);
	return r;
}

/* What would be deep, long or many is refused before it costs more than the text is long. */
static void test_bombs(void **state)
{
	struct stix_error error;
	size_t n;

	(void)state;
	assert_int_equal(parse_free(repeat("[", "(", 100000, ""), &error, &n), -EBADMSG);
	assert_non_null(strstr(error.why, "parentheses"));
	assert_int_equal(parse_free(repeat("", "(", 33, "[a:b=1]"), &error, &n), -EBADMSG);
	assert_non_null(strstr(error.why, "parentheses"));
	assert_int_equal(parse_free(repeat("[a:b=1", " AND a:b=1", 31, "]"), &error, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(parse_free(repeat("[a:b=1", " AND a:b=1", 32, "]"), &error, &n), -EBADMSG);
	assert_non_null(strstr(error.why, "32 conditions"));
	assert_int_equal(parse_free(repeat("[a:b=1", " OR a:b=1", 100000, "]"), &error, &n), 0);
	assert_int_equal(n, 100001);
	assert_int_equal(
		parse_free(repeat("[a:b=1", " AND a:b IN (1,2,3,4,5,6,7,8)", 12, "]"), &error, &n),
		-EBADMSG);
	assert_non_null(strstr(error.why, "alternatives"));
	assert_int_equal(parse_free(repeat("[a:b=1", " ", 1u << 20, "]"), &error, &n), -EBADMSG);
	assert_non_null(strstr(error.why, "1 MiB"));
}

static int on_value(void *context, const struct stix_value *value)
{
	static const char *const columns[] = {
		"", "cert ", "ja3 ", "asn ", "ua ", "pattern ", "path ", "url ", "ja3s "};
	struct text *to = context;

	if (to->bytes)
		add(to, " | ", 3);
	if (!value->text) {
		add(to, "-", 1);
		add(to, value->why, strlen(value->why));
		return 0;
	}
	if (value->why)
		add(to, "?", 1);
	add(to, columns[value->column], strlen(columns[value->column]));
	add(to, value->text, value->bytes);
	return 0;
}

#define UNSEEN   "-a pattern for what a network does not show"
#define HALF     "-a pattern that asks as well for what a network does not show"
#define NO_VALUE "-a pattern without a value that can be matched"

static const struct {
	const char *pattern, *values;
} used[] = {
	{"[domain-name:value = 'a.example.org']", "a.example.org"},
	{"[domain-name:value IN ('a', 'b')]", "a | b"},
	{"[ipv4-addr:value = '192.0.2.1' OR ipv6-addr:value = '2001:db8::1']",
		"192.0.2.1 | 2001:db8::1"},
	{"[ipv4-addr:value ISSUBSET '192.0.2.0/24']", "192.0.2.0/24"},
	{"[ipv4-addr:value ISSUPERSET '192.0.2.0/24']", NO_VALUE},
	{"[domain-name:value ISSUBSET '192.0.2.0/24x']", NO_VALUE},
	{"[url:value = 'https://a.example.org/x']", "https://a.example.org/x"},
	{"[autonomous-system:number = 64496]", "asn 64496"},
	{"[autonomous-system:number = 'AS64496']", "asn AS64496"},
	{"[x509-certificate:hashes.'SHA-1' = 'aa' AND x509-certificate:hashes.'SHA-256' = 'bb']",
		"cert aa | cert bb"},
	{"[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'x y']",
		"ua x y"},
	{"[network-traffic:extensions.'tls-ext'.ja3_hash = 'aa']", "ja3 aa"},
	{"[x-ja3:ja3[0] = 'aa' OR x-tls:ja4 = 'bb']", "ja3 aa | bb"},
	{"[x-ja3:ja3s = 'aa']", "ja3s aa"},
	{"[x-ja3:ja3x = 'aa']", UNSEEN},
	/* an address with its port */
	{"[network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 443]",
		"192.0.2.1:443"},
	{"[network-traffic:dst_ref.type = 'ipv6-addr' AND network-traffic:dst_ref.value = "
	 "'2001:db8::1' AND network-traffic:dst_port = '443' AND network-traffic:protocols[*] = "
	 "'ipv6']",
		"[2001:db8::1]:443"},
	{"[network-traffic:src_ref.value = '192.0.2.1' AND network-traffic:src_port = 443]",
		"192.0.2.1:443"},
	{"[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2') AND network-traffic:dst_port = 80]",
		"192.0.2.1:80 | 192.0.2.2:80"},
	{"[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = "
	 "'192.0.2.1']",
		"192.0.2.1"},
	/* conditions beside the value: a person decides */
	{"[network-traffic:src_ref.value = '192.0.2.1' AND network-traffic:dst_port = 443]",
		"?192.0.2.1"},
	{"[ipv4-addr:value = '192.0.2.0/24' AND network-traffic:dst_port = 443]", "?192.0.2.0/24"},
	{"[ipv4-addr:value = '192.0.2.1' AND network-traffic:dst_port > 443]", "?192.0.2.1"},
	{"[ipv4-addr:value = '192.0.2.1' AND network-traffic:dst_port = '44x']", "?192.0.2.1"},
	{"[ipv4-addr:value = '192.0.2.1' AND network-traffic:dst_port = 1 AND "
	 "network-traffic:dst_port = 2]",
		"?192.0.2.1"},
	{"[domain-name:value = 'a' AND network-traffic:dst_port = 443]", "?a"},
	{"[domain-name:value = 'a' AND domain-name:resolves_to_refs[*].value = '192.0.2.1']", "?a"},
	{"[domain-name:value = 'a' AND network-traffic:protocols[*] = 'tcp']", "?a"},
	{"[domain-name:value = 'a' AND domain-name:value != 'b']", "?a"},
	{"[domain-name:value = 'a' AND url:value = 'b']", "?a | ?b"},
	{"[domain-name:value = 'a'] AND [domain-name:value = 'b']", "?a | ?b"},
	{"[domain-name:value = 'a'] REPEATS 2 TIMES", "?a"},
	{"[domain-name:value = 'a'] START t'2020-01-01T00:00:00Z' STOP t'2020-01-02T00:00:00Z'",
		"?a"},
	/* half of what it asks for is not the question */
	{"[domain-name:value = 'a' AND file:name = 'b']", HALF},
	{"[domain-name:value = 'a'] FOLLOWEDBY [file:name = 'b']", HALF},
	{"[domain-name:value = 'a' AND file:name != 'b']", HALF},
	{"[domain-name:value = 'a' OR file:name = 'b']", "a | " UNSEEN},
	{"[domain-name:value = 'a' OR domain-name:value = 'c' AND file:name = 'b']", "a | " HALF},
	{"[file:hashes.'SHA-1' = 'aa']", UNSEEN},
	{"[email-message:from_ref.value = 'a@example.org']", UNSEEN},
	/* no value */
	{"[domain-name:value != 'a']", NO_VALUE},
	{"[domain-name:value NOT IN ('a')]", NO_VALUE},
	{"[domain-name:value MATCHES '^a']", NO_VALUE},
	{"[network-traffic:dst_port = 443]", NO_VALUE},
	{"[EXISTS domain-name:value]", NO_VALUE},
	{"[domain-name:'value.x' = 'a']", NO_VALUE},
	{"[network-traffic:'dst_ref.value' = '192.0.2.1']", NO_VALUE},
	{"[domain-name:value LIKE '%a%']", NO_VALUE},
	{"[domain-name:value LIKE '%.a_b.example.org']", NO_VALUE},
	{"[url:value LIKE '%.example.org']", NO_VALUE},
	{"[domain-name:value LIKE '%.']", NO_VALUE},
	{"[domain-name:value IN ()]", "-a pattern that is never met"},
	{"[domain-name:value LIKE 'a.example.org']", "a.example.org"},
	{"[domain-name:value LIKE '%.example.org']", ".example.org"},
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(used); i++) {
		_cleanup_(stix_pattern_done) struct stix_pattern p = {.text = NULL};
		struct stix_error error;
		struct text values = {.bytes = 0};

		assert_int_equal(parse(&p, used[i].pattern, strlen(used[i].pattern), &error), 0);
		assert_int_equal(stix_values(&p, on_value, &values), 0);
		if (strcmp(values.at, used[i].values) != 0)
			print_error("%s\n", used[i].pattern);
		assert_string_equal(values.at, used[i].values);
	}
}

static int on_value_fail(void *context, const struct stix_value *value)
{
	(void)value;
	(*(int *)context)++;
	return -ENOMEM;
}

static void test_stops(void **state)
{
	static const char text[] = "[domain-name:value IN ('a', 'b')]";
	_cleanup_(stix_pattern_done) struct stix_pattern p = {.text = NULL};
	struct stix_error error;
	int calls = 0;

	(void)state;
	assert_int_equal(parse(&p, text, strlen(text), &error), 0);
	assert_int_equal(stix_values(&p, on_value_fail, &calls), -ENOMEM);
	assert_int_equal(calls, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
