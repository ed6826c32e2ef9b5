/* SPDX-License-Identifier: Apache-2.0 */
/* The section LOOK of a database: what is to be known beside the entries of protected names.
 * Numbers in network byte order:
 *
 *   0  protected names, as many as there are such entries
 *   4  names
 *   8  an octet for each protected name, in the order of the entries: which kinds of look-alikes
 *      are asked for (enum look_kind)
 *      2 octets for each: which exceptions it has; 0: none
 *      for each name, ascending, then by the exceptions that it is among: an octet that says what
 *      it is, 2 octets that say of which exceptions it is one, 0 of none, the name, zero
 *
 * The names are those that are nobody's look-alike, those that are not the look-alikes of some, and
 * the rules of the Public Suffix List that have more than one label, so that the label that
 * somebody registered can be found without it. */
#pragma once

#include "signatures/indicator.h"
#include "signatures/look_alike.h"
#include "signatures/sigdb_format.h"

#define LOOK_NAMES_MAX 1000000u

enum look_name {
	LOOK_OWN = 1,        /* it and what is below it look like no protected name; of exceptions:
				like none that has these */
	LOOK_RULE = 2,       /* a public suffix */
	LOOK_RULE_BELOW = 4, /* what has one label more is one: `*.` of the list */
	LOOK_RULE_NOT = 8,   /* it is none all the same: `!` of the list */
};

/* Borrowed. Without protected names all is zero. */
struct look_section {
	const uint8_t *kinds;
	size_t count;        /* of protected names */
	const uint8_t *sets; /* 2 octets for each of them: the number of its exceptions */
	const uint8_t *names;
	size_t name_count, name_bytes;
};

struct look_name_at {
	unsigned what; /* enum look_name */
	unsigned set;  /* of exceptions; 0: it is for all */
	const char *text;
	size_t bytes;
	size_t offset; /* in names; look_section_at gives the same again */
};

/* False when it is malformed, or not for just these entries. */
bool look_section_init(struct look_section *s, const struct sigdb_view *view, size_t begin,
	size_t end, const uint8_t *section, size_t bytes);
/* The first one is at 0; false at the end. `at` becomes where the next one is. */
bool look_section_next(const struct look_section *s, size_t *at, struct look_name_at *ret);
struct look_name_at look_section_at(const struct look_section *s, size_t offset);

/* The number of a protected name's exceptions. */
unsigned look_section_set(const struct look_section *s, size_t number);
/* The exceptions by their numbers, each names separated by blanks, "" for 0; freed by the caller as
 * one. NULL: out of memory. */
char **look_section_exceptions(const struct look_section *s);

/* The section for items of the type look-alike, in the order of the file; freed by the caller.
 * -E2BIG: more than there may be. */
int look_section_write(
	const struct indicator *const *items, size_t count, uint8_t **ret, size_t *ret_bytes);
