/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/overrides.h"

#include <errno.h>
#include <stdio.h>

#include "signatures/builder.h"
#include "tests/unit/unit.h"

#define GOOD                                                                                       \
	"# two persons\n"                                                                          \
	"overrides:\n"                                                                             \
	"  - value: Site[.]example[.]org\n"                                                        \
	"    type: domain\n"                                                                       \
	"    decision: match\n"                                                                    \
	"    approved_by: [Ann Alpha, Bob Beta]\n"                                                 \
	"    reason: all of it is theirs\n"                                                        \
	"    date: 2026-01-31\n"
#define ENTRY(value, type, decision, who, reason, date)                                            \
	"overrides:\n- value: " value "\n  type: " type "\n  decision: " decision                  \
	"\n  approved_by: " who "\n  reason: " reason "\n  date: " date "\n"
#define TWO  "[Ann, Bob]"
#define DATE "2026-01-31"

struct test {
	struct suffix_list *suffixes;
	struct overrides *o;
	struct problems problems;
};

static int set_up(void **state)
{
	struct test *t = calloc(1, sizeof(*t));

	*state = t;
	return t && suffix_list_new(&t->suffixes) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	struct test *t = *state;

	overrides_free(t->o);
	suffix_list_free(t->suffixes);
	free(t);
	return 0;
}

static int take(struct test *t, const char *text, size_t bytes)
{
	overrides_free(t->o);
	t->o = NULL;
	t->problems.count = 0;
	return overrides_read(&t->o, cur_init(text, bytes), t->suffixes, &t->problems);
}

static void what_two_persons_decided(void **state)
{
	static const char three[] = ENTRY("8.8.8.8", "ip", "refuse", "[A b, B, C]", "no", DATE);
	struct test *t = *state;
	const struct override *found;

	assert_int_equal(take(t, GOOD, strlen(GOOD)), 0);
	assert_int_equal(overrides_count(t->o), 1);
	found = overrides_find(t->o, INDICATOR_DOMAIN, "site.example.org");
	assert_non_null(found);
	assert_true(found->match);
	assert_int_equal(found->scope, SCOPE_EXACT);
	assert_int_equal(found->date, 1769817600);
	assert_int_equal(found->line, 3);
	assert_string_equal(found->text, "approved by Ann Alpha and Bob Beta: all of it is theirs");
	assert_null(overrides_find(t->o, INDICATOR_URL, "site.example.org"));
	assert_null(overrides_find(t->o, INDICATOR_DOMAIN, "example.org"));
	assert_null(overrides_find(NULL, INDICATOR_DOMAIN, "site.example.org"));
	assert_int_equal(take(t, three, strlen(three)), 0);
	assert_string_equal(overrides_find(t->o, INDICATOR_IP, "8.8.8.8")->text,
		"declined by A b and B and others: no");
}

static void wrong(struct test *t, const char *text, uint32_t line, const char *why)
{
	int r = take(t, text, strlen(text));

	if (r != -EBADMSG || t->problems.all[0].line != line ||
		!strstr(t->problems.all[0].text, why))
		fail_msg("%s\n%d, line %u: %s", text, r, t->problems.all[0].line,
			t->problems.count ? t->problems.all[0].text : "");
	assert_null(t->o);
}

static void mistakes_have_lines(void **state)
{
	struct test *t = *state;

	wrong(t, ENTRY("a.example.org", "domain", "match", "[Ann]", "r", DATE), 5, "two different");
	wrong(t, ENTRY("a.example.org", "domain", "match", "[Ann, ' ann ']", "r", DATE), 5, "two");
	wrong(t, ENTRY("a.example.org", "domain", "match", "[Ann, '', '.']", "r", DATE), 5, "two");
	wrong(t, ENTRY("a.example.org", "domain", "match", "[Ann, [Bob]]", "r", DATE), 5, "two");
	wrong(t, ENTRY("a.example.org", "domain", "match", "Ann and Bob", "r", DATE), 5, "two");
	wrong(t, ENTRY("a.example.org", "domain", "match", TWO, "", DATE), 2, "a reason");
	wrong(t, ENTRY("a.example.org", "domain", "match", TWO, "'  '", DATE), 2, "a reason");
	wrong(t, ENTRY("a.example.org", "domain", "match", TWO, "[x]", DATE), 6, "one value");
	wrong(t, ENTRY("a.example.org", "domain", "allow", TWO, "r", DATE), 4, "match or refuse");
	wrong(t, ENTRY("a.example.org", "domian", "match", TWO, "r", DATE), 3, "but domain");
	wrong(t, ENTRY("a.example.org", "ip", "match", TWO, "r", DATE), 2, "of type domain");
	wrong(t, ENTRY("some prose", "domain", "match", TWO, "r", DATE), 2, "prose");
	wrong(t, ENTRY("", "domain", "match", TWO, "r", DATE), 2, "needs a value");
	wrong(t, ENTRY("a.example.org", "domain", "match", TWO, "r", "31/01/2026"), 7, "no date");
	wrong(t, ENTRY("a.example.org", "domain", "match", TWO, "r", ""), 2, "needs a date");
	wrong(t, ENTRY("a.example.org", "domain", "match", TWO, "r", DATE "\n  resaon: x"), 8,
		"but reason");
	wrong(t, ENTRY("a.example.org", "domain", "match", TWO, "r", DATE "\n  type: domain"), 8,
		"twice");
	wrong(t, ENTRY("8.8.8.8", "ip", "match", TWO, "r", DATE "\n  scope: subdomains"), 8,
		"scope");
	wrong(t,
		GOOD "  - value: site.example.org\n    type: domain\n    decision: refuse\n"
		     "    approved_by: [A, B]\n    reason: r\n    date: 2026-01-31\n",
		9, "line 3 already");
}

static void what_are_no_overrides(void **state)
{
	struct test *t = *state;

	wrong(t, "overrides: x\n", 1, "a list");
	wrong(t, "other: []\n", 1, "nothing beside it");
	wrong(t, "overrides: []\nmore: 1\n", 2, "nothing beside it");
	wrong(t, "overrides: [1]\n", 1, "keys and values");
	wrong(t, "overrides: [\n", 2, "");
	wrong(t, "overrides: &a []\n", 1, "anchors");
	wrong(t, "", 1, "");
	assert_int_equal(take(t, "overrides: []\n", 14), 0);
	assert_true(overrides_recognise(cur_init("\n  \n# x\noverrides:", 18)));
	assert_false(overrides_recognise(cur_init("overrides", 9)));
	assert_false(overrides_recognise(cur_init(" overrides:", 11)));
	assert_false(overrides_recognise(cur_init("a\noverrides:", 12)));
}

/* With a mistake in one entry none counts; no beginning of a file is read as less. */
static void every_beginning(void **state)
{
	struct test *t = *state;

	for (size_t bytes = 0; bytes + 3 < strlen(GOOD); bytes++) {
		int r = take(t, GOOD, bytes);

		if (bytes + 11 < strlen(GOOD))
			assert_int_equal(r, -EBADMSG);
		(void)overrides_recognise(cur_init(GOOD, bytes));
	}
}

static void many_mistakes(void **state)
{
	struct test *t = *state;
	_cleanup_(free_ptr) char *text = calloc(1, 20000);
	size_t used = (size_t)snprintf(text, 20000, "overrides:\n");

	for (unsigned i = 0; i < 500; i++)
		used += (size_t)snprintf(text + used, 20000 - used, "- key%u: x\n", i);
	assert_int_equal(take(t, text, used), -EBADMSG);
	assert_true(t->problems.count > PROBLEMS_MAX);
	assert_int_equal(t->problems.all[0].line, 2);
	assert_int_equal(t->problems.all[PROBLEMS_MAX - 1].text[PROBLEM_TEXT_BYTES - 1], 0);
	wrong(t, "overrides: \x01\n", 1, "");
	wrong(t, ENTRY("a.example.org", "domain", "\"\\e[2J\"", TWO, "r", DATE), 4, "\\x1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_two_persons_decided, set_up, tear_down),
		cmocka_unit_test_setup_teardown(mistakes_have_lines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_are_no_overrides, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_beginning, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_mistakes, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
