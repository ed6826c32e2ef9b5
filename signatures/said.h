/* SPDX-License-Identifier: Apache-2.0 */
/* What our own files say of an indicator, key by key: packs (docs/feeds.md), and what an export
 * adds to formats that have no place for it. */
#pragma once

#include "signatures/builder.h"

#define SAID_BYTES     24 /* of a date or a number */
#define SAID_WHY_BYTES 160

/* First what the values of a set usually share. */
enum said {
	SAID_CAMPAIGN,
	SAID_SOURCE,
	SAID_REFERENCE,
	SAID_ROLE,
	SAID_TLP,
	SAID_LICENCE,
	SAID_DISARM,
	SAID_PUBLISHED,
	SAID_EXPIRES,
	SAID_SHARED, /* how many these are */

	SAID_TYPE = SAID_SHARED, /* where it cannot be told from the value */
	SAID_CONFIDENCE,
	SAID_FIRST_SEEN,
	SAID_LAST_CONFIRMED,
	SAID_NOTE,
	SAID_SCOPE, /* of a name, where it is not what the gate would take */
	SAID_KEYS,
};

/* The property of STIX that what has no place there is in; the same in all bundles. */
#define SAID_STIX_EXTENSION "extension-definition--6c4c5a1b-6f0e-5e0a-9d52-6d8a4c1f7b3e"
/* In it, the condition of a signature as our own files write it. */
#define SAID_STIX_MATCH "match"
/* The same in MISP: tags kukla:KEY="VALUE". */
#define SAID_MISP_TAG "kukla:"
/* The comment of an attribute whose reference is its own: the note, a blank if it says anything,
 * and the reference. */
#define SAID_MISP_COMMENT "%s%s(%s)"
/* Of an event that we wrote: its date and timestamps are of the set, what is known of the
 * indicators is in tags. */
#define SAID_MISP_OURS SAID_MISP_TAG "export=\"1\""

extern const char said_why_key[]; /* of what is no key */

/* Adds what a key says to a candidate, which borrows the text. NULL, or why it cannot be used
 * (constant). */
const char *said_read(struct candidate *c, struct span key, struct span text);

/* The same key by name; SAID_KEYS: there is none. */
enum said said_find(struct span key);
/* Of our own files more is asked than of others': NULL, or what a person wrote wrong there, in
 * `room`. */
const char *said_check(enum said key, struct span text, char room[SAID_WHY_BYTES]);

/* `TLP:CLEAR` for `tlp:clear` and `clear`; NULL: it is no label of the Traffic Light Protocol. */
const char *said_tlp(struct span text);
/* The next word of a list of techniques, parted by blanks, commas or semicolons; empty at the end.
 */
struct span said_technique(struct span *rest);
/* `T0149` or `T0149.001`. */
bool said_is_technique(struct span word);

const char *said_key(enum said key);
/* What there is to be said; "" for nothing. Borrowed from the indicator or in `to`. */
const char *said_text(const struct indicator *item, enum said key, char to[SAID_BYTES]);
/* A date as it is written in `published`; with its time when that is not midnight in UTC. */
const char *said_date(char to[SAID_BYTES], uint32_t date);
