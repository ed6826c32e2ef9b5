/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of signatures that change while packets are matched: 100 of them under load, nothing lost,
 * each packet against one set; and what is refused. */
#include "probe/keeper.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/ipfix.h"
#include "base/schema.h"
#include "dissectors/schema_all.h"
#include "probe/pipeline.h"
#include "probe/set_number.h"
#include "tests/unit/unit.h"

#define RELOADS      100
#define VERSION_SIZE 17

struct place {
	char folder[40], path[64], next[64], records[64], state[64];
	char versions[2][VERSION_SIZE];
	char said[1024];
};

static struct place *place_now; /* where messages go: they carry no context */

static void keep_message(const char *text)
{
	snprintf(place_now->said, sizeof(place_now->said), "%s", text);
}

static uint64_t clock_ns(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_REALTIME, &t), 0);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void write_set(const char *path, const struct indicator *items, size_t count,
	const struct sigdb_stamp *stamp, const uint8_t *secret)
{
	FILE *f = fopen(path, "wb+");
	char error[256];

	assert_non_null(f);
	assert_int_equal(sigdb_write_to(fileno(f), items, count, stamp, error, sizeof(error)), 0);
	if (secret)
		assert_int_equal(sigdb_sign(fileno(f), secret), 0);
	assert_int_equal(fclose(f), 0);
}

/* Each name of synth's example.org touches two indicators of either set; they differ in the
 * campaign. */
static void make_set(
	const char *path, bool second, const struct sigdb_stamp *stamp, const uint8_t *secret)
{
	struct indicator items[] = {{.value = "example.org"}, {.value = "www.example.org"},
		{.value = "news.example.org"}, {.value = "m.example.org"}};

	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		items[i].scope = SCOPE_SUBDOMAINS;
		items[i].campaign = second ? "second" : "first";
		items[i].source = items[i].context = items[i].disarm = items[i].reference =
			items[i].tlp = items[i].licence = "";
	}
	write_set(path, items, ARRAY_LEN(items), stamp, secret);
}

/* As kukla-sig does it: the new file takes the place of the old one at once. */
static void replace(
	struct place *p, bool second, const struct sigdb_stamp *stamp, const uint8_t *secret)
{
	make_set(p->next, second, stamp, secret);
	assert_int_equal(rename(p->next, p->path), 0);
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	snprintf(p->folder, sizeof(p->folder), "test_keeper.XXXXXX");
	if (!mkdtemp(p->folder))
		return -1;
	snprintf(p->path, sizeof(p->path), "%s/x.kdb", p->folder);
	snprintf(p->next, sizeof(p->next), "%s/next", p->folder);
	snprintf(p->records, sizeof(p->records), "%s/records", p->folder);
	snprintf(p->state, sizeof(p->state), "%s/state", p->folder);
	place_now = p;
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	int r;

	(void)unlink(p->path);
	(void)unlink(p->records);
	(void)unlink(p->state);
	r = rmdir(p->folder);
	free(p);
	return r;
}

static struct keeper *open_keeper(struct place *p, unsigned workers, bool guarded)
{
	struct keeper_config config = {.source = {.path = p->path,
					       .match = &match_sets,
					       .worker_count = workers,
					       .is_guarded = guarded,
					       .guard = GUARD_LIMITS_DEFAULT},
		.follows = true,
		.expires = true,
		.max_age_s = 86400,
		.now_ns = clock_ns,
		.note = keep_message,
		.warn = keep_message,
		.problem = keep_message};
	char error[256];
	struct keeper *k;

	assert_int_equal(keeper_open(&k, &config, error, sizeof(error)), 0);
	return k;
}

static uint64_t counted(const struct keeper *k, enum ledger_term term)
{
	struct ledger l = {0};

	keeper_count(k, &l);
	return l.n[term];
}

static void test_refused(void **state)
{
	const struct sigdb_stamp five = {.number = 5}, four = {.number = 4}, six = {.number = 6};
	struct place *p = *state;
	struct keeper *k;
	FILE *f;

	make_set(p->path, false, &five, NULL);
	k = open_keeper(p, 1, false);
	keeper_turn(k);
	assert_int_equal(counted(k, LEDGER_SETS_TAKEN) + counted(k, LEDGER_SETS_REFUSED), 0);
	replace(p, true, &four, NULL);
	keeper_turn(k);
	assert_int_equal(counted(k, LEDGER_SETS_REFUSED), 1);
	assert_non_null(strstr(p->said, "--allow-rollback"));
	keeper_turn(k); /* the same file is refused once */
	assert_int_equal(counted(k, LEDGER_SETS_REFUSED), 1);
	f = fopen(p->path, "wb"); /* written over in place, and broken */
	assert_non_null(f);
	assert_int_equal(fwrite("KUKLASIG", 1, 8, f), 8);
	assert_int_equal(fclose(f), 0);
	keeper_turn(k);
	assert_int_equal(counted(k, LEDGER_SETS_REFUSED), 2);
	assert_non_null(strstr(p->said, "too short"));
	assert_int_equal(unlink(p->path), 0);
	keeper_turn(k);
	assert_non_null(strstr(p->said, "is gone"));
	assert_int_equal(keeper_current(k)->serial, 1);
	assert_string_equal(sigdb_get(keeper_current(k)->db, 0).campaign, "first");
	replace(p, true, &six, NULL);
	keeper_turn(k);
	assert_int_equal(counted(k, LEDGER_SETS_TAKEN), 1);
	assert_string_equal(sigdb_get(keeper_current(k)->db, 0).campaign, "second");
	keeper_close(k);
}

/* One start of a program that notes the number; what keeper_open returns. */
static int start(struct place *p, uint64_t number, bool allow_rollback, struct keeper **ret)
{
	const struct sigdb_stamp stamp = {.number = number};
	struct keeper_config config = {
		.source = {.path = p->path, .match = &match_sets, .worker_count = 1},
		.follows = true,
		.allow_rollback = allow_rollback,
		.state_path = p->state,
		.now_ns = clock_ns,
		.note = keep_message,
		.warn = keep_message,
		.problem = keep_message};

	replace(p, number % 2, &stamp, NULL);
	*ret = NULL;
	return keeper_open(ret, &config, p->said, sizeof(p->said));
}

static int start_and_end(struct place *p, uint64_t number, bool allow_rollback)
{
	struct keeper *k;
	int r = start(p, number, allow_rollback, &k);

	keeper_close(k);
	return r;
}

static void write_state(const struct place *p, const char *text)
{
	FILE *f = fopen(p->state, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void test_number_over_restarts(void **state)
{
	static const char *const broken[] = {"", "7\n", "kukla-signatures-number \n",
		"kukla-signatures-number 7", "kukla-signatures-number 7\n\n",
		"kukla-signatures-number -7\n", "kukla-signatures-number 18446744073709551616\n",
		"kukla-signatures-number 0000000000000000000000000000000000000000000000007\n"};
	const struct sigdb_stamp nine = {.number = 9};
	struct place *p = *state;
	struct keeper *k;

	assert_int_equal(start_and_end(p, 5, false), 0);
	assert_int_equal(start_and_end(p, 4, false), -ESTALE);
	assert_non_null(strstr(p->said, "lower than 5"));
	assert_int_equal(start(p, 5, false, &k), 0);
	replace(p, false, &nine, NULL);
	keeper_turn(k);
	assert_int_equal(counted(k, LEDGER_SETS_TAKEN), 1);
	keeper_close(k);
	assert_int_equal(start_and_end(p, 8, false), -ESTALE);
	assert_int_equal(start_and_end(p, 8, true), 0);
	assert_int_equal(start_and_end(p, 8, false), 0);
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		write_state(p, broken[i]);
		assert_true(start_and_end(p, 8, true) < 0);
		assert_non_null(strstr(p->said, "remove it to begin anew"));
	}
	write_state(p, "kukla-signatures-number 18446744073709551615\n");
	assert_int_equal(start_and_end(p, 8, false), -ESTALE);
}

/* Who can give a probe one set must not be able to make it refuse all that come after that. */
static void test_number_far_ahead(void **state)
{
	const struct sigdb_stamp far = {.number = UINT64_MAX}, near = {.number = 7};
	const uint64_t ahead = clock_ns() / 1000000000u + SET_NUMBER_AHEAD_MAX;
	struct place *p = *state;
	struct keeper *k;

	assert_int_equal(start_and_end(p, UINT64_MAX, false), -ESTALE);
	assert_non_null(strstr(p->said, "eight years in seconds, above the clock and 0"));
	assert_int_equal(start_and_end(p, ahead + 3600, false), -ESTALE);
	assert_int_equal(start(p, 5, false, &k), 0);
	replace(p, true, &far, NULL);
	keeper_turn(k);
	assert_int_equal(counted(k, LEDGER_SETS_REFUSED), 1);
	assert_non_null(strstr(p->said, "above the clock and 5 of the set in use"));
	replace(p, true, &near, NULL);
	keeper_turn(k);
	assert_int_equal(counted(k, LEDGER_SETS_TAKEN), 1);
	keeper_close(k);
	assert_int_equal(start_and_end(p, ahead - 3600, false), 0);
	assert_int_equal(start_and_end(p, ahead + 3600, false), 0);
	assert_int_equal(start_and_end(p, UINT64_MAX, true), 0);
	assert_int_equal(start_and_end(p, 8, true), 0);
}

static void test_unsigned(void **state)
{
	const struct sigdb_stamp stamp = {.number = 1, .to_be_signed = true}, plain = {.number = 2};
	const uint8_t secret[32] = {7}, other[32] = {8};
	struct place *p = *state;
	uint8_t keys[1][SIGNING_KEY_BYTES];
	struct keeper_config config = {
		.source = {.path = p->path,
			.match = &match_sets,
			.trust = {(const uint8_t(*)[SIGNING_KEY_BYTES])keys, 1},
			.worker_count = 1},
		.follows = true,
		.now_ns = clock_ns,
		.note = keep_message,
		.warn = keep_message,
		.problem = keep_message};
	struct keeper *k = NULL;
	char error[256];

	assert_int_equal(signing_key_public(keys[0], secret), 0);
	make_set(p->path, false, &plain, NULL);
	assert_int_equal(keeper_open(&k, &config, error, sizeof(error)), -EKEYREJECTED);
	assert_non_null(strstr(error, "is not signed"));
	make_set(p->path, false, &stamp, secret);
	assert_int_equal(keeper_open(&k, &config, error, sizeof(error)), 0);
	replace(p, true, &plain, NULL);
	keeper_turn(k);
	replace(p, true, &stamp, other);
	keeper_turn(k);
	assert_non_null(strstr(p->said, "not trusted"));
	assert_int_equal(counted(k, LEDGER_SETS_REFUSED), 2);
	replace(p, true, &stamp, secret);
	keeper_turn(k);
	assert_int_equal(counted(k, LEDGER_SETS_TAKEN), 1);
	keeper_close(k);
}

static void test_age(void **state)
{
	const struct sigdb_stamp old = {.number = 1, .created = 1700000000}, none = {0};
	const struct indicator expired = {.value = "example.org",
		.campaign = "",
		.source = "",
		.context = "",
		.disarm = "",
		.reference = "",
		.tlp = "",
		.licence = "",
		.expires = 1700000000};
	struct place *p = *state;
	struct keeper *k;

	make_set(p->path, false, &old, NULL);
	k = open_keeper(p, 1, false);
	assert_non_null(strstr(p->said, "days old"));
	keeper_close(k);
	write_set(p->path, &expired, 1, &none, NULL);
	k = open_keeper(p, 1, false);
	assert_non_null(strstr(p->said, "all 1 indicators of the set have expired"));
	keeper_close(k);
}

static const struct source_ops *synth;
static _Atomic bool all_changed; /* then the traffic ends */

static int burst_until_changed(struct source *s, struct burst *b)
{
	return atomic_load(&all_changed) ? -ENODATA : synth->burst(s, b);
}

/* What runs beside the packets. */
struct changes {
	struct place *place;
	struct keeper *keeper;
	unsigned workers;
};

static void *change(void *context)
{
	const struct sigdb_stamp stamp = {.number = 1};
	struct changes *c = context;

	for (unsigned i = 1; i <= RELOADS; i++) {
		replace(c->place, i % 2, &stamp, NULL);
		while (counted(c->keeper, LEDGER_SETS_TAKEN) < i) {
			keeper_turn(c->keeper);
			(void)sched_yield();
		}
	}
	atomic_store(&all_changed, true);
	return NULL;
}

/* What was written: hits and their sets. */
struct seen {
	uint64_t hits[2], records, changes, quarantines;
	uint64_t time, flow;
	size_t set;
};

static void see_hit(struct seen *s, const struct place *p, const struct record *r)
{
	uint64_t time = record_get(r, &common_fields[COMMON_TIMESTAMP]);
	uint64_t flow = record_get(r, &common_fields[COMMON_FLOW_ID]);
	struct record_value v = {0};
	size_t set = 2;

	while (record_next(r, &v)) {
		for (size_t i = 0; v.field == &hit_fields[HIT_SET_VERSION] && i < 2; i++) {
			if (v.bytes == VERSION_SIZE - 1 &&
				memcmp(v.text, p->versions[i], v.bytes) == 0)
				set = i;
		}
	}
	assert_in_range(set, 0, 1);                        /* a set that was loaded, and one only */
	if (record_get(r, &hit_fields[HIT_QUARANTINED])) { /* no hit, and of no packet */
		s->quarantines++;
		return;
	}
	if (s->time == time && s->flow == flow)
		assert_int_equal(s->set, set); /* of one packet */
	s->changes += s->hits[0] + s->hits[1] && s->set != set;
	s->hits[set]++;
	s->time = time;
	s->flow = flow;
	s->set = set;
}

static void read_back(struct place *p, const struct schema *schema, struct seen *ret)
{
	FILE *f = fopen(p->records, "rb");
	struct ipfix_reader *reader;
	struct record r;
	char error[256];
	int got;

	assert_non_null(f);
	assert_int_equal(
		ipfix_reader_open(&reader, &schema->ipfix, dup(fileno(f)), error, sizeof(error)),
		0);
	while ((got = ipfix_read(reader, &r)) > 0) {
		ret->records++;
		if (r.kind == &kind_hit)
			see_hit(ret, p, &r);
	}
	assert_int_equal(got, 0);
	ipfix_reader_close(reader);
	assert_int_equal(fclose(f), 0);
}

static void note_version(struct place *p, bool second)
{
	const struct sigdb_stamp stamp = {.number = 1};
	char error[256];
	struct sigdb *db;

	make_set(p->path, second, &stamp, NULL);
	assert_int_equal(sigdb_open(&db, p->path, error, sizeof(error)), 0);
	memcpy(p->versions[second], sigdb_version(db), VERSION_SIZE);
	sigdb_close(db);
}

static void open_ends(struct pipeline *p, struct source_ops *ops, const struct place *place,
	const struct schema *schema)
{
	static const char *const words[] = {"seed=1", "flows=0", "active=200", "bytes=500", "v6=0"};
	const struct source_config config = {.names = words, .name_count = ARRAY_LEN(words)};
	char error[256];

	for (size_t i = 0; sources[i]; i++) {
		if (strcmp(sources[i]->name, "synth") == 0)
			synth = sources[i];
	}
	assert_non_null(synth);
	assert_int_equal(synth->open(&p->source, &config, error, sizeof(error)), 0);
	assert_int_equal(ipfix_writer_open(&p->writer, &schema->ipfix, place->records, 0, error,
				 sizeof(error)),
		0);
	*ops = *synth;
	ops->burst = burst_until_changed;
	p->source_ops = ops;
	atomic_store(&all_changed, false);
}

static void under_load(struct place *p, unsigned workers, bool guarded)
{
	struct settings settings = SETTINGS_DEFAULT;
	volatile sig_atomic_t stop = 0;
	struct pipeline pipeline = {
		.parts = {.settings = &settings, .classify = &classify_none, .key = {1, 2}},
		.worker_count = workers,
		.stop = &stop,
		.now_ns = clock_ns,
		.problem = keep_message};
	struct changes changes = {.place = p, .workers = workers};
	struct source_ops ops;
	struct seen seen = {0};
	struct schema schema;
	pthread_t thread;

	settings.flow_count = 20000;
	settings.memory_bytes = 64u << 20;
	schema_init(&schema);
	note_version(p, true);
	note_version(p, false);
	open_ends(&pipeline, &ops, p, &schema);
	pipeline.keeper = changes.keeper = open_keeper(p, workers, guarded);
	assert_int_equal(pthread_create(&thread, NULL, change, &changes), 0);
	assert_int_equal(pipeline_run(&pipeline), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(ledger_close(&pipeline.ledger, false), 0);
	assert_int_equal(pipeline.write_error, 0);
	assert_int_equal(ipfix_writer_close(pipeline.writer), 0);
	pipeline.source_ops->close(pipeline.source);
	assert_int_equal(pipeline.ledger.n[LEDGER_SETS_TAKEN], RELOADS);
	assert_int_equal(pipeline.ledger.n[LEDGER_SETS_REFUSED], 0);
	keeper_close(changes.keeper);
	read_back(p, &schema, &seen);
	assert_int_equal(seen.records, pipeline.ledger.n[LEDGER_SPOOLED]);
	assert_int_equal(pipeline.ledger.n[LEDGER_CREATED], pipeline.ledger.n[LEDGER_SPOOLED]);
	assert_int_equal(seen.hits[0] + seen.hits[1], pipeline.ledger.n[LEDGER_MATCH_HITS]);
	assert_true(seen.quarantines <= pipeline.ledger.n[LEDGER_QUARANTINED]);
	assert_int_equal(seen.quarantines > 0, guarded);
	assert_true(seen.hits[0] && seen.hits[1]);
	/* sets follow each other in the order of the records */
	assert_in_range(seen.changes, 1, RELOADS);
	print_message("# %u workers: %lu packets, %lu and %lu hits, %lu changes seen\n", workers,
		pipeline.ledger.n[LEDGER_DELIVERED], seen.hits[0], seen.hits[1], seen.changes);
}

static void test_under_load(void **state)
{
	under_load(*state, 1, false);
}

static void test_under_load_of_workers(void **state)
{
	under_load(*state, 3, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_number_over_restarts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_number_far_ahead, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unsigned, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_age, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_under_load, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_under_load_of_workers, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
