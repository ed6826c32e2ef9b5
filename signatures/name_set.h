/* SPDX-License-Identifier: Apache-2.0 */
/* Which domains of a database a name is or lies below: a hash table that is used where it lies in
 * the file. Numbers in network byte order:
 *
 *   0  key of the hash (16)           40  buckets of the table
 *  16  depths: bit n of 128, highest  44  zeros
 *      first: a name has n labels     64  filter: words of 8, filled up with zeros to 64
 *  32  names                              table: buckets of 64
 *  36  words of the filter
 *
 * A bucket is a line of the cache: slots used; how many buckets further its names may lie; two
 * zeros; ten tags of two octets; ten numbers of entries. A name lies in its bucket or, where that
 * is full, in one of the next REACH_MAX. The filter has the last two labels of every name that has
 * two: what is not in it touches no such name, and most names that are asked for end there.
 *
 * The hash is SipHash-1-3 under a key that comes from the content of the database, so that the same
 * feeds give the same file. Its words are taken from the end of the name: all endings of a name are
 * hashed in one pass. Who sends names cannot make chains longer, as nothing is added to the table;
 * a name costs no more than REACH_MAX + 1 buckets for each depth that is in the database. Who
 * writes feeds would have to find names that collide under a key that changes with each of them,
 * and then only makes the compiler draw another key. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "signatures/sigdb_format.h"

#define NAME_SET_REACH_MAX 8
#define NAME_SET_FOUND_MAX 128 /* a name of 255 octets has no more endings */
#define NAME_SET_ASKED_MAX 255 /* octets of a name, without its trailing dot */

struct name_set {
	struct sigdb_view view;
	struct siphash_key key;
	uint64_t depths[2]; /* bit n % 64 of word n / 64 */
	unsigned depth_max;
	uint32_t names, filter_words, bucket_count;
	const uint8_t *filter, *buckets; /* borrowed */
};

/* The section for the first `names` entries of a view, which are the domains, ascending; freed by
 * the caller. */
int name_set_write(const struct sigdb_view *view, size_t names, uint8_t **ret, size_t *ret_bytes);
/* False when the section is malformed, misses a name or has one that is not in normal form. The
 * view has been checked: values lie inside, with eight octets before them. */
bool name_set_init(struct name_set *s, const struct sigdb_view *view, size_t names,
	const uint8_t *section, size_t bytes);

/* A way through a name from its end. */
struct name_walk {
	const uint8_t *end;
	size_t bytes;        /* of the name */
	size_t taken;        /* whole words that are behind, and in the hash */
	uint64_t v[4];       /* the hash so far */
	uint64_t word, dots; /* the word before them; which of its dots are still to come */
	size_t ending;       /* octets of the ending that was reached */
	unsigned labels;     /* that it has */
	bool is_whole;       /* it is all of the name */
};

/* Working storage of whoever asks: too large to be cleared for every name. */
struct name_question {
	uint8_t octets[SIGDB_SLACK_BYTES + NAME_SET_ASKED_MAX]; /* ends with the name, folded */
	struct name_walk walk;
	unsigned count;
	struct name_ending {
		uint64_t hash;
		size_t bytes;
	} endings[NAME_SET_FOUND_MAX];
};

/* The name that was asked for last, folded: in lower case, without its trailing dot, 0xff for zero.
 * `*bytes` is what it had; becomes 0 when it was not asked for. */
static inline const uint8_t *name_set_asked(
	const struct name_question *q, size_t *bytes, const uint8_t *name)
{
	if (*bytes && name[*bytes - 1] == '.')
		(*bytes)--;
	if (*bytes > NAME_SET_ASKED_MAX)
		*bytes = 0;
	return q->octets + sizeof(q->octets) - *bytes;
}

/* Numbers of the entries that a name touches, in no order; returns how many. */
unsigned name_set_find(const struct name_set *s, struct name_question *q, const uint8_t *name,
	size_t bytes, uint32_t ret_indices[NAME_SET_FOUND_MAX]);
