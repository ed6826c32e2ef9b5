/* SPDX-License-Identifier: Apache-2.0 */
/* Indicators in a database, and both matchers that read it: whatever they are asked, they must say
 * the same. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "signatures/match.h"
#include "tests/unit/unit.h"

#define WORLD_ENGINES 2

static const struct match_ops *const world_ops[WORLD_ENGINES] = {&match_sets, &match_naive};

struct world {
	struct sigdb *db;
	struct match_set *sets[WORLD_ENGINES];
	struct matcher *matchers[WORLD_ENGINES];
	uint64_t left_out; /* by the last question */
};

/* Nothing is known of it but what it is. */
static inline struct indicator world_item(
	enum indicator_type type, enum indicator_scope scope, const char *value)
{
	return (struct indicator){.type = type,
		.scope = scope,
		.value = value,
		.campaign = "",
		.source = "",
		.context = "",
		.disarm = "",
		.reference = "",
		.tlp = "",
		.licence = ""};
}

static inline void world_build(struct world *w)
{
	char error[512];

	for (size_t i = 0; i < WORLD_ENGINES; i++) {
		if (world_ops[i]->build(&w->sets[i], w->db, error, sizeof(error)) < 0)
			fail_msg("%s: %s", world_ops[i]->name, error);
		assert_int_equal(world_ops[i]->open(&w->matchers[i], w->sets[i]), 0);
	}
}

/* A signed database; `trusted`: by whoever reads it. */
static inline void world_open_signed(
	struct world *w, const struct indicator *items, size_t count, bool trusted)
{
	const struct sigdb_stamp stamp = {.to_be_signed = true};
	const uint8_t secret[SIGNING_KEY_BYTES] = {1};
	uint8_t key[1][SIGNING_KEY_BYTES];
	struct sigdb_trust trust = {(const uint8_t(*)[SIGNING_KEY_BYTES])key, trusted};
	char path[] = "match_world.XXXXXX", error[512];
	int fd = mkstemp(path);

	*w = (struct world){0};
	assert_int_equal(signing_key_public(key[0], secret), 0);
	assert_true(fd >= 0);
	if (sigdb_write_to(fd, items, count, &stamp, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	assert_int_equal(sigdb_sign(fd, secret), 0);
	assert_int_equal(close(fd), 0);
	if (sigdb_open_trusted(&w->db, path, &trust, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	assert_int_equal(unlink(path), 0);
	world_build(w);
}

static inline void world_open(struct world *w, const struct indicator *items, size_t count)
{
	char path[] = "match_world.XXXXXX", error[512];
	int fd = mkstemp(path);

	*w = (struct world){0};
	assert_true(fd >= 0 && close(fd) == 0);
	if (sigdb_write(path, items, count, error, sizeof(error)) < 0 ||
		sigdb_open(&w->db, path, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	assert_int_equal(unlink(path), 0);
	world_build(w);
}

static inline void world_close(struct world *w)
{
	for (size_t i = 0; i < WORLD_ENGINES; i++) {
		world_ops[i]->close(w->matchers[i]);
		world_ops[i]->drop(w->sets[i]);
	}
	sigdb_close(w->db);
}

/* What a value touches. */
static inline unsigned world_find(struct world *w, enum field_match kind, const void *value,
	size_t bytes, uint16_t port, struct match_found *ret)
{
	struct match_found found[WORLD_ENGINES];
	unsigned count[WORLD_ENGINES];

	for (size_t i = 0; i < WORLD_ENGINES; i++)
		count[i] = world_ops[i]->find(w->matchers[i], kind, value, bytes, port, &found[i]);
	if (count[0] != count[1] || found[0].left_out != found[1].left_out ||
		memcmp(found[0].indices, found[1].indices, count[0] * sizeof(uint32_t)) != 0)
		fail_msg("they differ on %.*s: %u and %u, left out %u and %u", (int)bytes,
			(const char *)value, count[0], count[1], found[0].left_out,
			found[1].left_out);
	assert_in_range(count[0], found[0].left_out ? MATCH_RESULTS_MAX : 0, MATCH_RESULTS_MAX);
	for (unsigned n = 1; n < count[0]; n++)
		assert_true(found[0].indices[n - 1] < found[0].indices[n]);
	w->left_out = found[0].left_out;
	*ret = found[0];
	return count[0];
}

/* How a name looks like the protected one of that index. */
static inline struct look_alike world_tell(
	struct world *w, uint32_t index, const char *name, size_t bytes)
{
	struct look_alike looks[WORLD_ENGINES];

	for (size_t i = 0; i < WORLD_ENGINES; i++)
		assert_true(world_ops[i]->tell(w->matchers[i], index, name, bytes, &looks[i]));
	assert_int_equal(looks[0].kind, looks[1].kind);
	assert_int_equal(looks[0].domain_bytes, looks[1].domain_bytes);
	assert_memory_equal(looks[0].domain, looks[1].domain, looks[0].domain_bytes);
	return looks[0];
}

/* The signatures that hold; NULL: how many is enough. */
static inline unsigned world_evaluate(
	struct world *w, const struct evidence *e, struct signature_hit *ret_hits)
{
	struct signature_hit hits[WORLD_ENGINES][SIGNATURE_HITS_MAX];
	uint64_t left_out[WORLD_ENGINES] = {0};
	unsigned count[WORLD_ENGINES];

	for (size_t i = 0; i < WORLD_ENGINES; i++)
		count[i] = world_ops[i]->evaluate(w->matchers[i], e, hits[i], &left_out[i]);
	if (count[0] != count[1] || left_out[0] != left_out[1])
		fail_msg("they differ: %u and %u, left out %ju and %ju", count[0], count[1],
			(uintmax_t)left_out[0], (uintmax_t)left_out[1]);
	assert_in_range(count[0], left_out[0] ? SIGNATURE_HITS_MAX : 0, SIGNATURE_HITS_MAX);
	for (unsigned i = 0; i < count[0]; i++) {
		assert_int_equal(hits[0][i].index, hits[1][i].index);
		assert_int_equal(hits[0][i].fields, hits[1][i].fields);
		assert_true(i == 0 || hits[0][i].index > hits[0][i - 1].index);
		assert_true(hits[0][i].fields);
	}
	w->left_out = left_out[0];
	if (ret_hits)
		memcpy(ret_hits, hits[0], sizeof(hits[0]));
	return count[0];
}
