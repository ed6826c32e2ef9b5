/* SPDX-License-Identifier: Apache-2.0 */
/* The signature database: one file, versioned and checksummed, used as it lies
 * there (sigdb_format.h). Only what the gate let through is in it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/signing.h"
#include "signatures/indicator.h"
#include "signatures/look_section.h"
#include "signatures/name_set.h"

#define SIGDB_FINGERPRINT_BYTES_MAX 64 /* of SHA-256; no longer one is in it */

struct sigdb;

/* What a set says of itself. */
struct sigdb_stamp {
	uint64_t number;   /* a later set has a greater one; 0: not given */
	uint32_t created;  /* seconds since 1970; 0: not given */
	bool to_be_signed; /* leave room for sigdb_sign */
};

/* Writes a temporary file beside `path` and renames it. */
int sigdb_write(const char *path, const struct indicator *indicators, size_t count, char *ret_error,
	size_t error_size);
/* The same into a file that is open; the error does not name it. */
int sigdb_write_to(int fd, const struct indicator *indicators, size_t count,
	const struct sigdb_stamp *stamp, char *ret_error, size_t error_size);
/* Signs the database in a file that is open; there must be room. -ENOSPC: there is none. */
int sigdb_sign(int fd, const uint8_t secret[SIGNING_KEY_BYTES]);

/* Whose signatures count. */
struct sigdb_trust {
	const uint8_t (*keys)[SIGNING_KEY_BYTES];
	size_t count; /* 0: nobody's, and no database is refused for it */
};

/* The file is read as a whole: what becomes of it later changes nothing. -EBADMSG: it is no
 * database; -EKEYREJECTED: it is not signed by who is trusted, and nothing of it was looked at. */
int sigdb_open(struct sigdb **ret, const char *path, char *ret_error, size_t error_size);
int sigdb_open_trusted(struct sigdb **ret, const char *path, const struct sigdb_trust *trust,
	char *ret_error, size_t error_size);
void sigdb_close(struct sigdb *db);
size_t sigdb_count(const struct sigdb *db);
/* Strings are borrowed from the mapping. */
struct indicator sigdb_get(const struct sigdb *db, size_t index);
const char *sigdb_version(const struct sigdb *db); /* first 16 hexadecimal digits of the SHA-256 */
struct sigdb_stamp sigdb_stamp(const struct sigdb *db);
/* The key that it says it is signed by; NULL: it is not signed. Borrowed. */
const uint8_t *sigdb_signer(const struct sigdb *db);
/* How many have expired by then. */
size_t sigdb_expired(const struct sigdb *db, uint32_t now);

/* The indicators of one type lie together. */
struct sigdb_span {
	size_t begin, end;
};

struct sigdb_span sigdb_of_type(const struct sigdb *db, enum indicator_type type);
const struct name_set *sigdb_names(const struct sigdb *db);
/* Of protected names; all zero where there are none. */
const struct look_section *sigdb_looks(const struct sigdb *db);
const struct sigdb_view *sigdb_entries(const struct sigdb *db);
/* How many indicators and signatures ask for the server's autonomous system. */
size_t sigdb_as_count(const struct sigdb *db);
/* As match_patterns.h has them; empty when there are none, or when nobody's signature was asked
 * for: who made the file is not known then, and they are compiled anew. */
struct cursor sigdb_compiled_patterns(const struct sigdb *db);
