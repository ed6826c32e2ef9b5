/* SPDX-License-Identifier: Apache-2.0 */
/* How much is looked at for one message, whatever the signatures are. */
#include "signatures/conditions.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/schema.h"
#include "dissectors/schema_all.h"
#include "signatures/match.h"
#include "tests/unit/unit.h"

#define CROWD       300
#define NAMES       60
#define AGENT       "Mozilla/5.0 (X11)"
#define BYTES_MAX   8192
#define MESSAGE_MAX 2048

/* Signatures, and one message. */
struct world {
	struct indicator items[CROWD + 1];
	size_t count;
	struct sigdb *db;
	struct match_set *set;
	struct matcher *matcher;
	struct schema schema;
	struct record message;
	uint8_t octets[MESSAGE_MAX];
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		return -1;
	schema_init(&w->schema);
	record_init(&w->message, &kind_flow, w->octets, sizeof(w->octets));
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	match_sets.close(w->matcher);
	match_sets.drop(w->set);
	sigdb_close(w->db);
	for (size_t i = 0; i < w->count; i++) {
		free((void *)w->items[i].value);
		free((void *)w->items[i].expression);
	}
	free(w);
	return 0;
}

static void add(struct world *w, const char *name, size_t number, const char *expression)
{
	char value[32];

	(void)snprintf(value, sizeof(value), "%s%03zu", name, number);
	w->items[w->count++] = (struct indicator){.type = INDICATOR_SIGNATURE,
		.value = strdup(value),
		.expression = strdup(expression),
		.campaign = "",
		.source = "",
		.context = "",
		.disarm = "",
		.reference = "",
		.tlp = "",
		.licence = ""};
}

static void open_world(struct world *w)
{
	char path[] = "test_conditions_work.XXXXXX", error[512];
	int fd = mkstemp(path);

	assert_true(fd >= 0 && close(fd) == 0);
	if (sigdb_write(path, w->items, w->count, error, sizeof(error)) < 0 ||
		sigdb_open(&w->db, path, error, sizeof(error)) < 0 ||
		match_sets.build(&w->set, w->db, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(match_sets.open(&w->matcher, w->set), 0);
}

static void say(struct world *w, const char *key, const char *value)
{
	for (size_t i = 0; w->schema.kinds[i]; i++) {
		for (size_t t = 0; t < 4 && w->schema.kinds[i]->tables[t]; t++) {
			const struct field_table *table = w->schema.kinds[i]->tables[t];

			for (size_t n = 0; n < table->count; n++) {
				if (strcmp(table->fields[n].key, key) != 0)
					continue;
				assert_true(record_text(
					&w->message, &table->fields[n], value, strlen(value)));
				return;
			}
		}
	}
	fail_msg("no field %s", key);
}

static unsigned ask(struct world *w, bool *ret_cut)
{
	const struct evidence e = {.message = &w->message, .dest_port = 80, .proto = -1};
	struct signature_hit hits[SIGNATURE_HITS_MAX];
	uint64_t left_out = 0;
	unsigned count = match_sets.evaluate(w->matcher, &e, hits, &left_out);

	assert_true(left_out == 0);
	*ret_cut = match_sets.ended_early(w->matcher);
	return count;
}

/* A User-Agent that all have, and many values of a field that is asked for with it. */
static void fill(struct world *w, const char *agent, const char *field, bool own)
{
	static char text[BYTES_MAX];

	for (size_t i = 0; i < CROWD; i++) {
		size_t used = (size_t)snprintf(text, sizeof(text), "all(%s, any(", agent);

		for (size_t n = 0; n < NAMES; n++)
			used += (size_t)snprintf(text + used, sizeof(text) - used,
				"%s%s \"n%zu-%zu.example.org\"", n ? ", " : "", field, n,
				own ? i : 0);
		(void)snprintf(text + used, sizeof(text) - used, "))");
		add(w, "crowd", i, text);
	}
}

/* They wait for their names, of which each has its own, and not for what all have in common. */
static void test_rare_ones_wait(void **state)
{
	struct world *w = *state;
	struct condition_crowd crowd;
	bool cut;

	fill(w, "http.http_user_agent exact \"" AGENT "\"", "http.hostname exact", true);
	open_world(w);
	assert_false(match_sets.crowd(w->set, &crowd));
	say(w, "http.http_user_agent", AGENT);
	assert_int_equal(ask(w, &cut), 0);
	assert_false(cut);
	say(w, "http.hostname", "n7-12.example.org");
	assert_int_equal(ask(w, &cut), 1);
	assert_false(cut);
}

/* The same with a pattern, which is one atom of each, in place of the common value. */
static void test_patterns_wait_for_nothing(void **state)
{
	struct world *w = *state;
	bool cut;

	fill(w, "http.http_user_agent wildcard \"Mozilla/5.0*X11*\"", "http.hostname suffix", true);
	open_world(w);
	say(w, "http.http_user_agent", AGENT);
	assert_int_equal(ask(w, &cut), 0);
	assert_false(cut);
}

/* Nothing rare is in them: the work has an end, which is counted, and others are not held up. */
static void test_work_has_an_end(void **state)
{
	struct world *w = *state;
	struct condition_crowd crowd;
	bool cut;

	fill(w, "http.http_user_agent exact \"" AGENT "\"", "tls.alpn exact", false);
	add(w, "zz", 0, "http.hostname exact \"a.example.org\"");
	open_world(w);
	assert_true(match_sets.crowd(w->set, &crowd));
	assert_int_equal(crowd.count, CROWD);
	assert_int_equal(crowd.nodes, CROWD * (NAMES + 3));
	assert_string_equal(crowd.field, "http.http_user_agent");
	assert_string_equal(crowd.value, AGENT);
	assert_string_equal(sigdb_get(w->db, crowd.first).value, "crowd000");
	say(w, "http.http_user_agent", "another");
	assert_int_equal(ask(w, &cut), 0);
	assert_false(cut);
	say(w, "http.http_user_agent", AGENT);
	assert_int_equal(ask(w, &cut), 0);
	assert_true(cut);
	say(w, "http.hostname", "a.example.org");
	assert_int_equal(ask(w, &cut), 1);
	assert_true(cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rare_ones_wait, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_patterns_wait_for_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_work_has_an_end, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
