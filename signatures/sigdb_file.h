/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a database in memory, its sum and signature checked, and nothing else of it. */
#pragma once

#include "signatures/sigdb.h"

struct sigdb_file {
	uint8_t *octets; /* owned, and only to be read */
	size_t bytes, summed;
	size_t section_count;
	uint8_t sum[32];
	const uint8_t *signature; /* behind what is summed; NULL: there is none */
};

/* Negative errno as sigdb_open_trusted has it; *ret_why says more, or is NULL. */
int sigdb_file_read(struct sigdb_file *ret, const char *path, const struct sigdb_trust *trust,
	const char **ret_why);
void sigdb_file_done(struct sigdb_file *f);
