/* SPDX-License-Identifier: Apache-2.0 */
/* What is popular, shared or belongs to somebody who is not meant: lists of MISP
 * (https://github.com/MISP/misp-warninglists, JSON) and plain ones. A value that is on a list waits
 * for a person's decision (design/detection section 2).
 *
 * A plain list has one name, address or prefix a line and # comments, of which two are read:
 * `# name: TEXT` and `# kind: WORD` (warning_kind_name).
 *
 * Names are compared as a whole, and once more without any `www.` before them; never by their
 * parents, as most of what operations use lies below a shared platform. What lies below a listed
 * name that is no public suffix matches as the exact host only. In a plain list a leading dot means
 * the name and all below it; in one of MISP it is dropped, because there it stands before platforms
 * too. Of addresses the longest prefix counts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "signatures/indicator.h"
#include "signatures/suffix.h"

#define WARNINGLIST_BYTES_MAX   (64u << 20)
#define WARNINGLIST_ENTRIES_MAX 4000000u
#define WARNINGLISTS_MAX        1024

enum warning_kind {
	WARNING_LISTED, /* on a list that does not tell more */
	WARNING_POPULAR,
	WARNING_PLATFORM,
	WARNING_SERVICE,
	WARNING_SHARED_ADDRESS,
	WARNING_SHARED_SYSTEM,
	WARNING_RESOLVER,
	WARNING_PARKED,
	WARNING_SINKHOLE,
	WARNING_SCANNER,
	WARNING_ORGANISATION,
	WARNING_DEFENDER,
	WARNING_TRUSTED_CERTIFICATE,
	WARNING_UNUSED, /* the list says nothing about what it holds, or cannot be used */
	WARNING_KINDS,
};

const char *warning_kind_name(enum warning_kind kind); /* "popular", "shared-address" ... */
/* What a list means, by its name, its file's name and what it holds; `addresses` says that it holds
 * those. For WARNING_UNUSED *ret_why is the reason. */
enum warning_kind warning_kind_of(
	const char *file, const char *name, bool addresses, const char **ret_why);

struct warninglist {
	const char *name;
	enum warning_kind kind;
	const char *reason; /* of an indicator that is on it: "a popular site (NAME)" */
	const char *unused; /* why it is not used; NULL: it is */
	size_t entries;
	size_t skipped; /* entries that are no name, address or certificate */
};

struct warninglists;

/* With the lists that are built in. `suffixes` is borrowed. */
int warninglists_new(struct warninglists **ret, const struct suffix_list *suffixes);
void warninglists_free(struct warninglists *w);
/* One list, or every list of a folder: its files *.json, *.txt and *.list, and list.json in its
 * folders. -EBADMSG: one is not a list; other errors come from the system; *ret_error says which
 * file and why. What was added before the error stays. */
int warninglists_load(struct warninglists *w, const char *path, char *ret_error, size_t error_size);
/* The same for a text; the path gives names only. */
int warninglists_add(struct warninglists *w, struct cursor text, const char *path, char *ret_error,
	size_t error_size);
/* After the last list and before the first question. */
int warninglists_ready(struct warninglists *w);
size_t warninglists_count(const struct warninglists *w);
const struct warninglist *warninglists_get(const struct warninglists *w, size_t number);

struct warning {
	const char *reason;     /* NULL: the value is on no list; lives as long as the lists */
	enum warning_kind kind; /* of that list */
	bool parent;            /* it lies below a listed name, and below no public suffix between:
				   match the exact host only */
};

/* `w` may be NULL. The value is in its normal form. */
struct warning warninglists_find(
	const struct warninglists *w, enum indicator_type type, const char *value);

/* Generated of signatures/warninglists: texts by the names of their files; ended by NULL. */
struct warninglist_text {
	const char *file, *text;
};
extern const struct warninglist_text warninglists_built_in[];
