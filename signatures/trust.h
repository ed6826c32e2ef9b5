/* SPDX-License-Identifier: Apache-2.0 */
/* Whose signatures a program takes: public keys from files. */
#pragma once

#include "signatures/sigdb.h"

struct trust {
	struct sigdb_trust sigdb;
	uint8_t (*keys)[SIGNING_KEY_BYTES]; /* owned, what sigdb points to */
};

/* Each file has one key. Negative errno, with a message that names the file. */
int trust_read(struct trust *ret, const char *const *paths, size_t count, char *ret_error,
	size_t error_size);
void trust_done(struct trust *t);
