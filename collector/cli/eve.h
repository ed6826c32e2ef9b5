/* SPDX-License-Identifier: Apache-2.0 */
/* Records as JSON lines in a file. */
#pragma once

#include <stdio.h>

#include "base/json.h"
#include "collector/columns.h"

#define EVE_KINDS_MAX 64

struct eve {
	FILE *file; /* NULL: nothing is written */
	struct json line;
	int error;                              /* the first one; stays */
	struct columns *columns[EVE_KINDS_MAX]; /* NULL-ended */
};

/* `path`: a file that is made anew, "-" standard output, NULL: none. Each returns 0 or the negative
 * errno of the first failure. */
int eve_open(struct eve *e, const struct ipfix_schema *schema, const char *path);
int eve_put(struct eve *e, const struct record *r);
/* The file ends; says whether all of it was written. */
int eve_close(struct eve *e);
void eve_done(struct eve *e);
