/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/keeper.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/schema.h"
#include "base/text.h"
#include "probe/outlet.h"
#include "probe/set_number.h"
#include "signatures/hit_record.h"

#define SECOND_NS     1000000000u
#define DAY_S         86400u
#define TURN_NS       100000000
#define VERDICTS_MAX  16 /* of one judgement; the next one has the rest */
#define TOLD_MAX      64 /* quarantined and not told yet */
#define CLIENTS_ROUND 10
#define MESSAGE_BYTES 1024

/* What tells one content of a path from another. */
struct identity {
	dev_t device;
	ino_t inode;
	off_t bytes;
	struct timespec modified, changed;
};

/* One worker's word; each has a line of the cache. */
struct use {
	_Atomic uint64_t serial;
} __attribute__((aligned(64)));

_Static_assert(
	KEEPER_RECORD_BYTES >= 7 * (RECORD_TEXT_BYTES_MAX + sizeof(struct record_entry)) + 256,
	"a hit fits, however long its texts are");

/* A record that waits for who writes. */
struct told {
	size_t bytes;
	uint8_t octets[KEEPER_RECORD_BYTES];
};

struct keeper {
	struct keeper_config config;
	_Atomic(struct signature_set *) current;
	struct signature_set *set, *retired; /* of the keeper's thread */
	struct use uses[RINGS_MAX];
	struct identity seen; /* that was tried last */
	sig_atomic_t asked;
	uint64_t looked_ns, warned_ns, judged_ns;
	bool is_gone;
	pthread_t thread;
	bool started;
	_Atomic bool stops;
	_Atomic uint64_t taken, refused, quarantined;
	pthread_mutex_t lock; /* of what follows; taken only when there is something to tell */
	_Atomic unsigned told_count;
	struct told *told;
};

static void __attribute__((format(printf, 2, 3)))
say(void (*to)(const char *text), const char *format, ...)
{
	char text[MESSAGE_BYTES], shown[MESSAGE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	(void)text_terminal(shown, sizeof(shown), text, strlen(text));
	to(shown);
}

static bool identify(struct identity *ret, const char *path)
{
	struct stat st;

	memset(ret, 0, sizeof(*ret));
	if (stat(path, &st) != 0)
		return false;
	ret->device = st.st_dev;
	ret->inode = st.st_ino;
	ret->bytes = st.st_size;
	ret->modified = st.st_mtim;
	ret->changed = st.st_ctim;
	return true;
}

/* Loudly, when it is loaded and each day: an old set sees less and less. */
static void warn_of_age(struct keeper *k, uint64_t now_ns)
{
	const struct keeper_config *c = &k->config;
	const struct sigdb *db = k->set->db;
	uint64_t now_s = now_ns / SECOND_NS, created = sigdb_stamp(db).created;
	size_t expired = c->expires ? sigdb_expired(db, (uint32_t)now_s) : 0;

	k->warned_ns = now_ns;
	if (created && c->max_age_s && now_s > created + c->max_age_s)
		say(c->warn,
			"%s: the set of signatures is %" PRIu64
			" days old: compile a new one, or set --signatures-max-age",
			c->source.path, (now_s - created) / DAY_S);
	if (expired && expired == sigdb_count(db))
		say(c->warn, "%s: all %zu indicators of the set have expired", c->source.path,
			expired);
	else if (expired)
		say(c->note, "%s: %zu of %zu indicators of the set have expired", c->source.path,
			expired, sigdb_count(db));
}

/* The guard of each set has a key of its own. */
static int open_set(struct signature_set **ret, const struct keeper *k, uint64_t serial,
	char *ret_error, size_t error_size)
{
	struct signature_source source = k->config.source;
	int r;

	source.key.k0 ^= serial;
	r = signature_set_open(ret, &source, ret_error, error_size);
	if (r == 0)
		(*ret)->serial = serial;
	return r;
}

/* Whether the first set is not older than the last one of the program's last run. */
static int check_number(const struct keeper *k, char *ret_error, size_t error_size)
{
	const struct keeper_config *c = &k->config;
	uint64_t number = sigdb_stamp(k->set->db).number, last;
	const char *why;
	int r;

	if (!c->state_path)
		return 0;
	r = set_number_read(&last, c->state_path, ret_error, error_size);
	if (r < 0)
		return r;
	why = set_number_why_not(number, last, c->now_ns() / SECOND_NS);
	if (why && !c->allow_rollback) {
		(void)snprintf(ret_error, error_size,
			"%s: its number, %" PRIu64 ", %s %" PRIu64
			", which %s has of the last set: compile a new one, or say "
			"--allow-rollback",
			c->source.path, number, why, last, c->state_path);
		return -ESTALE;
	}
	return number == last ? 0 : set_number_write(number, c->state_path, ret_error, error_size);
}

int keeper_open(
	struct keeper **ret, const struct keeper_config *config, char *ret_error, size_t error_size)
{
	struct keeper *k = aligned_alloc(_Alignof(struct keeper), sizeof(*k));
	int r;

	if (!k)
		return -ENOMEM;
	memset(k, 0, sizeof(*k));
	k->config = *config;
	k->asked = config->asked ? *config->asked : 0;
	k->told = calloc(TOLD_MAX, sizeof(*k->told));
	(void)identify(&k->seen, config->source.path);
	r = k->told ? open_set(&k->set, k, 1, ret_error, error_size) : -ENOMEM;
	if (r == 0)
		r = check_number(k, ret_error, error_size);
	if (r < 0) {
		signature_set_free(k->set);
		free(k->told);
		free(k);
		return r;
	}
	(void)pthread_mutex_init(&k->lock, NULL);
	atomic_init(&k->current, k->set);
	for (unsigned i = 0; i < config->source.worker_count; i++)
		atomic_init(&k->uses[i].serial, 1);
	warn_of_age(k, config->now_ns());
	*ret = k;
	return 0;
}

void keeper_close(struct keeper *k)
{
	if (!k)
		return;
	keeper_stop(k);
	signature_set_free(k->retired);
	signature_set_free(k->set);
	(void)pthread_mutex_destroy(&k->lock);
	free(k->told);
	free(k);
}

const struct signature_set *keeper_current(const struct keeper *k)
{
	return atomic_load_explicit(&k->current, memory_order_acquire);
}

void keeper_use(struct keeper *k, unsigned worker, const struct signature_set *set)
{
	atomic_store_explicit(&k->uses[worker].serial, set->serial, memory_order_release);
}

/* All workers use the current set: none can come back to the one before. */
static bool is_quiet(const struct keeper *k)
{
	for (unsigned i = 0; i < k->config.source.worker_count; i++) {
		if (atomic_load_explicit(&k->uses[i].serial, memory_order_acquire) < k->set->serial)
			return false;
	}
	return true;
}

static void refuse(struct keeper *k, const char *why)
{
	atomic_fetch_add_explicit(&k->refused, 1, memory_order_relaxed);
	say(k->config.problem, "%s; the set %s stays", why, sigdb_version(k->set->db));
}

/* Whether it may take the place of the one in use. */
static bool is_wanted(struct keeper *k, const struct signature_set *next)
{
	uint64_t number = sigdb_stamp(next->db).number, last = sigdb_stamp(k->set->db).number;
	const char *problem;
	char why[MESSAGE_BYTES];

	if (strcmp(sigdb_version(next->db), sigdb_version(k->set->db)) == 0) {
		say(k->config.note, "%s: is the set %s that is in use", k->config.source.path,
			sigdb_version(next->db));
		return false;
	}
	problem = set_number_why_not(number, last, k->config.now_ns() / SECOND_NS);
	if (!problem || k->config.allow_rollback)
		return true;
	(void)snprintf(why, sizeof(why),
		"%s: its number, %" PRIu64 ", %s %" PRIu64
		" of the set in use: compile a new one, or say --allow-rollback",
		k->config.source.path, number, problem, last);
	refuse(k, why);
	return false;
}

static void note_number(struct keeper *k)
{
	const char *path = k->config.state_path;
	char why[MESSAGE_BYTES];

	if (path && set_number_write(sigdb_stamp(k->set->db).number, path, why, sizeof(why)) < 0)
		say(k->config.warn, "%s; after a restart an older set could be taken", why);
}

static void take(struct keeper *k)
{
	struct signature_set *next = NULL;
	char why[MESSAGE_BYTES] = "";
	int r = open_set(&next, k, k->set->serial + 1, why, sizeof(why));

	if (r < 0) {
		refuse(k, *why ? why : strerror(-r));
		return;
	}
	if (!is_wanted(k, next)) {
		signature_set_free(next);
		return;
	}
	k->retired = k->set;
	k->set = next;
	atomic_store_explicit(&k->current, next, memory_order_release);
	atomic_fetch_add_explicit(&k->taken, 1, memory_order_relaxed);
	say(k->config.note, "%s: the set %s takes the place of %s: %zu indicators",
		k->config.source.path, sigdb_version(next->db), sigdb_version(k->retired->db),
		sigdb_count(next->db));
	note_number(k);
	warn_of_age(k, k->config.now_ns());
}

/* A set takes the place of another one only when nobody uses the one before that any more: there
 * are two at the most. */
static void follow(struct keeper *k, uint64_t now_ns)
{
	bool asked = k->config.asked && *k->config.asked != k->asked;
	struct identity there;

	if (k->retired && is_quiet(k))
		signature_set_free(steal(k->retired));
	if (k->retired || (!asked && now_ns - k->looked_ns < k->config.check_ns))
		return;
	k->looked_ns = now_ns;
	if (asked)
		k->asked = *k->config.asked;
	if (!identify(&there, k->config.source.path)) {
		if (!k->is_gone || asked)
			say(k->config.warn, "%s: is gone; the set %s stays", k->config.source.path,
				sigdb_version(k->set->db));
		k->is_gone = true;
		return;
	}
	k->is_gone = false;
	if (!asked && memcmp(&there, &k->seen, sizeof(there)) == 0)
		return;
	k->seen = there;
	take(k);
}

/* A record without a client, and without a number from which one could be found. */
static void tell(struct keeper *k, const struct guard_verdict *v)
{
	struct indicator indicator = sigdb_get(k->set->db, v->index);
	struct told *t;
	struct record r;

	(void)pthread_mutex_lock(&k->lock);
	if (k->told_count < TOLD_MAX) {
		t = &k->told[k->told_count];
		record_init(&r, &kind_hit, t->octets, sizeof(t->octets));
		hit_record_add(&r, &indicator, NULL, k->set->db);
		record_number(&r, &hit_fields[HIT_QUARANTINED],
			v->clients / CLIENTS_ROUND * CLIENTS_ROUND);
		t->bytes = r.used;
		atomic_fetch_add_explicit(&k->told_count, 1, memory_order_release);
	}
	(void)pthread_mutex_unlock(&k->lock);
	atomic_fetch_add_explicit(&k->quarantined, 1, memory_order_relaxed);
	say(k->config.warn,
		"%s %s (%s) is quarantined: about %" PRIu64 " of %" PRIu64
		" clients touched it in a day, which is a mistake or an ordinary medium; it is "
		"not reported any more until the set changes",
		indicator_type_name(indicator.type), indicator.value,
		*indicator.campaign ? indicator.campaign : "no campaign", v->clients, v->active);
}

static void judge(struct keeper *k, uint64_t now_ns)
{
	struct guard_verdict verdicts[VERDICTS_MAX];
	unsigned count;

	/* what cannot be told waits for its judgement */
	if (!k->set->guard || now_ns - k->judged_ns < k->config.check_ns ||
		atomic_load_explicit(&k->told_count, memory_order_acquire) + VERDICTS_MAX >
			TOLD_MAX)
		return;
	k->judged_ns = now_ns;
	count = guard_judge(k->set->guard, verdicts, VERDICTS_MAX);
	for (unsigned i = 0; i < count; i++)
		tell(k, &verdicts[i]);
}

void keeper_turn(struct keeper *k)
{
	uint64_t now_ns = k->config.now_ns();

	if (k->config.follows)
		follow(k, now_ns);
	judge(k, now_ns);
	if (now_ns - k->warned_ns > (uint64_t)DAY_S * SECOND_NS)
		warn_of_age(k, now_ns);
}

static void *keeper_main(void *context)
{
	static const struct timespec nap = {.tv_nsec = TURN_NS};
	struct keeper *k = context;

	while (!atomic_load_explicit(&k->stops, memory_order_relaxed)) {
		keeper_turn(k);
		(void)nanosleep(&nap, NULL);
	}
	return NULL;
}

int keeper_start(struct keeper *k)
{
	int error;

	if (!k->config.follows && !k->set->guard)
		return 0;
	error = pthread_create(&k->thread, NULL, keeper_main, k);
	k->started = error == 0;
	return -error;
}

void keeper_stop(struct keeper *k)
{
	atomic_store(&k->stops, true);
	if (!k->started)
		return;
	(void)pthread_join(k->thread, NULL);
	k->started = false;
	k->judged_ns = 0;
	judge(k, k->config.now_ns());
}

bool keeper_tell(struct keeper *k, uint64_t now_ns, struct record *r)
{
	if (!atomic_load_explicit(&k->told_count, memory_order_acquire))
		return false;
	record_number(r, &common_fields[COMMON_TIMESTAMP], now_ns);
	(void)pthread_mutex_lock(&k->lock);
	k->told_count--;
	record_append(r, &(struct record){.bytes = k->told[k->told_count].octets,
				 .size = (uint32_t)k->told[k->told_count].bytes,
				 .used = (uint32_t)k->told[k->told_count].bytes});
	(void)pthread_mutex_unlock(&k->lock);
	return true;
}

void keeper_count(const struct keeper *k, struct ledger *l)
{
	l->n[LEDGER_SETS_TAKEN] += atomic_load(&k->taken);
	l->n[LEDGER_SETS_REFUSED] += atomic_load(&k->refused);
	l->n[LEDGER_QUARANTINED] += atomic_load(&k->quarantined);
}
