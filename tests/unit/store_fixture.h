/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a folder of its own, filled by the generator, and what its queries should answer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "collector/store.h"

struct fixture {
	const struct store_ops *ops;
	char place[64];
	struct store *store;
};

/* The rows of a query as text: records as JSON lines, computed rows as `cell|cell`. */
struct rows {
	struct json text;
	size_t count;
	size_t stop_at; /* 0: never */
};

/* A new folder with a hostile name, and the store in it open for writing. */
void fixture_begin(struct fixture *f, const struct store_ops *ops);
void fixture_end(struct fixture *f);
void store_open(struct fixture *f, bool writable);
void store_close(struct fixture *f);
void store_append(struct fixture *f, const struct record *r);
/* The records that the seeds `from` to `to` - 1 make; the same every time. */
void store_fill(struct fixture *f, size_t from, size_t to);
void store_commit(struct fixture *f);

void rows_done(struct rows *rows);
int rows_take(void *context, const struct query_result *row);
void rows_ask(struct fixture *f, const struct query *q, struct rows *ret);
void rows_same(const struct json *a, const struct json *b, const char *what);
/* A query for records gives what the generator and filter_matches say, of records 0 to count - 1.
 */
void check_records(struct fixture *f, const struct query *q, size_t count, const char *what);
