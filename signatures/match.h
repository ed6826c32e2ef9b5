/* SPDX-License-Identifier: Apache-2.0 */
/* Which indicators a value touches: match_sets.c by lookups, match_naive.c as the plain reference.
 * A set is immutable and shared; a matcher (scratch) belongs to one worker. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/field.h"
#include "signatures/evidence.h"
#include "signatures/sigdb.h"

#define MATCH_RESULTS_MAX    64
#define MATCH_NAME_BYTES_MAX 255 /* a longer name, without its trailing dot, touches nothing */

struct condition_crowd;
struct match_set;
struct matcher;

/* What a value touches: indices of indicators, ascending, and how many more there are. */
struct match_found {
	uint32_t indices[MATCH_RESULTS_MAX];
	unsigned left_out;
};

struct match_ops {
	const char *name;
	/* Build what is needed for all indicators of a database, which must outlive it. */
	int (*build)(
		struct match_set **ret, const struct sigdb *db, char *ret_error, size_t error_size);
	void (*drop)(struct match_set *set);
	int (*open)(struct matcher **ret, const struct match_set *set);
	void (*close)(struct matcher *m);
	/* The indicators that the value touches; returns how many, of more than MATCH_RESULTS_MAX
	 * the first ones. `port` is for addresses (indicators of type ip-port), 0 when there is
	 * none. A name is any case, with or without its trailing dot; it touches `example.org` when
	 * it is example.org or ends in .example.org; with scope exact only the former. An address
	 * is 16 octets or text. A name that looks like a protected one (look_set.h) touches that,
	 * too. Fingerprints are compared in lower case, those of
	 * certificates and keys without colons; a User-Agent as it is, and a ua-pattern is a part
	 * of it, `*` in it is anything. A URL is what url_write of url.h makes of it, and touches
	 * URLs and paths of URLs, never the host's domain. The number of an autonomous system is 4
	 * octets of this machine. What is kept in the database and not looked for is what visible.h
	 * has a reason for. */
	unsigned (*find)(struct matcher *m, enum field_match kind, const void *value, size_t bytes,
		uint16_t port, struct match_found *ret);
	/* How a name looks like the protected one of that index; false when it does not. */
	bool (*tell)(struct matcher *m, uint32_t index, const void *name, size_t bytes,
		struct look_alike *ret);

	/* Signatures (expression.h). Whether a value of a record, or the ends of a flow, may make
	 * one hold: only then is it worth to evaluate them. */
	bool (*touches)(
		struct matcher *m, const struct field *field, const void *value, size_t bytes);
	bool (*touches_ends)(struct matcher *m, const struct evidence *e);
	/* Those that hold, ascending by index; returns how many. Of more than SIGNATURE_HITS_MAX
	 * the first ones; *left_out grows by the others. */
	unsigned (*evaluate)(struct matcher *m, const struct evidence *e,
		struct signature_hit ret_hits[SIGNATURE_HITS_MAX], uint64_t *left_out);
	/* Whether there was more to look at than may be (conditions.h): some may be missing. */
	bool (*ended_early)(const struct matcher *m);
	/* Of its signatures, what conditions.h says. */
	bool (*crowd)(const struct match_set *set, struct condition_crowd *ret);
};

extern const struct match_ops match_sets, match_naive;
