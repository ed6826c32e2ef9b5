/* SPDX-License-Identifier: Apache-2.0 */
/* The signature database: one file, versioned and checksummed, mapped read-only and used as it lies
 * there (sigdb_format.h). Only what the gate let through is in it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "signatures/indicator.h"
#include "signatures/name_set.h"

struct sigdb;

/* Writes a temporary file beside `path` and renames it. */
int sigdb_write(const char *path, const struct indicator *indicators, size_t count, char *ret_error,
	size_t error_size);
int sigdb_open(struct sigdb **ret, const char *path, char *ret_error, size_t error_size);
void sigdb_close(struct sigdb *db);
size_t sigdb_count(const struct sigdb *db);
/* Strings are borrowed from the mapping. */
struct indicator sigdb_get(const struct sigdb *db, size_t index);
const char *sigdb_version(const struct sigdb *db); /* first 16 hexadecimal digits of the SHA-256 */

/* The indicators of one type lie together. */
struct sigdb_span {
	size_t begin, end;
};

struct sigdb_span sigdb_of_type(const struct sigdb *db, enum indicator_type type);
const struct name_set *sigdb_names(const struct sigdb *db);
