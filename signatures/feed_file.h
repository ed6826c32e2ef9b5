/* SPDX-License-Identifier: Apache-2.0 */
/* The feed definition file: what a person says of feeds, in YAML.
 *
 *   feeds:
 *     - file: publisher/list.csv     # relative to the definition; * ? [] as the shell has them
 *       format: meta-csv             # without it each file is recognised
 *       source: Publisher
 *       campaign: Name               # of all that is in it
 *       role: reader-facing          # or operator-side; where the feed says none
 *       scope: exact                 # or subdomains; of names, where the feed says none
 *       reference: https://example.org/report
 *       disarm: [T0149.001]
 *       tlp: TLP:CLEAR
 *       licence: CC BY 4.0
 *       confidence: 80               # 1 to 100; where the feed says none
 *       dates: dmy                   # iso (else), dmy or mdy
 *       published: 2026-01-31        # where the feed says nothing
 *       expires_after: 180d          # after the latest date that is known of an indicator
 *       to_ids: obey                 # or ignore (else): MISP's mark "for detection"
 *       columns: {value: Domain, first_seen: Seen}
 *       only: {column: classification, is_not: legitimate}
 *       category: infrastructure
 *
 * A key that is none of these is an error. A category that rates opinion (opinion, editorial line,
 * party, religion, state media) is refused, unless `approved_by: [A, B]` and `reason: TEXT` stand
 * there (design/detection 5.3). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cursor.h"
#include "signatures/feed.h"
#include "signatures/problems.h"

#define FEED_DAYS_MAX 3650 /* of expires_after */

struct format;

struct feed_entry {
	const char *pattern;
	const struct format *format; /* NULL: each file is recognised */
	struct feed feed;
	const char *category; /* NULL: not said */
	const char *approval; /* of an editorial one: "A and B: reason"; else NULL */
	const char *note;     /* what is missing or doubtful, but no error; NULL: nothing */
	uint32_t line;
};

struct feed_file;

/* The text is written as a definition, right or wrong: its first key is `feeds`. */
bool feed_file_recognise(struct cursor text);
/* -EBADMSG: see ret_problems; -ENOMEM. */
int feed_file_read(struct feed_file **ret, struct cursor text, struct problems *ret_problems);
void feed_file_free(struct feed_file *f);
size_t feed_file_count(const struct feed_file *f);
const struct feed_entry *feed_file_get(const struct feed_file *f, size_t number);
/* The first entry whose pattern the path ends with, by whole names of folders; NULL: none. */
const struct feed_entry *feed_file_match(const struct feed_file *f, const char *path);
