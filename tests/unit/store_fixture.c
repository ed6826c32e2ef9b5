/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/ledger.h"
#include "base/schema.h"
#include "collector/columns.h"
#include "store_fixture.h"
#include "store_records.h"

void store_open(struct fixture *f, bool writable)
{
	char error[512] = "";

	if (f->ops->open(&f->store, &test_schema, f->place, writable, error, sizeof(error)))
		fail_msg("%s: %s", f->ops->name, error);
}

void store_close(struct fixture *f)
{
	f->ops->close(f->store);
	f->store = NULL;
}

void fixture_begin(struct fixture *f, const struct store_ops *ops)
{
	*f = (struct fixture){.ops = ops};
	/* a hostile name: quotes and the signs of file patterns */
	(void)snprintf(f->place, sizeof(f->place), "kukla-test-XXXXXX");
	assert_non_null(mkdtemp(f->place));
	(void)snprintf(f->place + strlen(f->place), 16, "/c'[a]*?");
	store_open(f, true);
}

void fixture_end(struct fixture *f)
{
	char path[512];
	DIR *dir = opendir(f->place);
	const struct dirent *entry;

	if (f->store)
		store_close(f);
	while (dir && (entry = readdir(dir))) {
		(void)snprintf(path, sizeof(path), "%s/%s", f->place, entry->d_name);
		(void)unlink(path);
	}
	if (dir)
		(void)closedir(dir);
	(void)rmdir(f->place);
	*strchr(f->place, '/') = 0;
	assert_int_equal(rmdir(f->place), 0);
}

void store_append(struct fixture *f, const struct record *r)
{
	if (f->ops->append(f->store, r))
		fail_msg("%s: %s", f->ops->name, f->ops->error(f->store));
}

void store_commit(struct fixture *f)
{
	if (f->ops->commit(f->store))
		fail_msg("%s: %s", f->ops->name, f->ops->error(f->store));
}

void rows_done(struct rows *rows)
{
	json_done(&rows->text);
}

static void put_cell(struct json *j, const struct cell *cell)
{
	char text[32];

	if (cell->absent)
		json_text(j, NULL, "-", 1);
	else if (cell->type == FIELD_TEXT)
		json_text(j, NULL, cell->text, cell->bytes);
	else
		json_text(j, NULL, text,
			(size_t)snprintf(
				text, sizeof(text), "%llu", (unsigned long long)cell->number));
}

int rows_take(void *context, const struct query_result *row)
{
	struct rows *rows = context;

	if (row->record) {
		json_record(&rows->text, row->record, row->tables);
	} else {
		json_open(&rows->text, NULL, '[');
		for (size_t i = 0; i < row->columns; i++)
			put_cell(&rows->text, &row->cells[i]);
		json_close(&rows->text, ']');
	}
	json_raw_line_end(&rows->text);
	rows->count++;
	return rows->count == rows->stop_at ? 77 : 0;
}

void rows_ask(struct fixture *f, const struct query *q, struct rows *ret)
{
	int r = f->ops->query(f->store, q, rows_take, ret);

	if (r)
		fail_msg("%s: %d %s", f->ops->name, r, f->ops->error(f->store));
	assert_false(ret->text.failed);
}

void rows_same(const struct json *a, const struct json *b, const char *what)
{
	size_t at = 0, line;

	while (at < a->used && at < b->used && a->text[at] == b->text[at])
		at++;
	if (at == a->used && at == b->used)
		return;
	for (line = at; line > 0 && a->text[line - 1] != '\n'; line--)
		;
	fail_msg("%s: differs at octet %zu:\n%.*s\n%.*s", what, at,
		(int)(a->used - line < 3000 ? a->used - line : 3000), a->text + line,
		(int)(b->used - line < 3000 ? b->used - line : 3000), b->text + line);
}

static const struct record_kind *kind_of(size_t i)
{
	static const struct record_kind *const kinds[] = {
		&kind_flow, &kind_flow, &kind_hit, &test_dns_kind};

	return i % 97 == 0 ? &kind_ledger : kinds[i % 4];
}

/* The same records every time: the i-th one comes from seed i. */
static void make(struct record *r, size_t i, uint8_t storage[RECORD_BYTES_MAX])
{
	uint64_t seed = i;

	record_init(r, kind_of(i), storage, RECORD_BYTES_MAX);
	test_fill(r, &seed);
	assert_int_equal(r->lost_values, 0);
}

static uint8_t *new_storage(void)
{
	uint8_t *storage = malloc(RECORD_BYTES_MAX);

	assert_non_null(storage);
	return storage;
}

void store_fill(struct fixture *f, size_t from, size_t to)
{
	_cleanup_(free_ptr) uint8_t *storage = new_storage();
	struct record r;

	for (size_t i = from; i < to; i++) {
		make(&r, i, storage);
		store_append(f, &r);
	}
}

static bool in_time(const struct record *r, const struct query *q)
{
	struct record_value v;

	if (r->kind == &kind_ledger || (!q->since_ns && !q->until_ns))
		return true;
	return record_find(r, &common_fields[COMMON_TIMESTAMP], &v) && v.number >= q->since_ns &&
	       (!q->until_ns || v.number < q->until_ns);
}

/* What a query for records must give, straight from the generator. */
static void expect(const struct query *q, size_t count, struct rows *ret)
{
	_cleanup_(free_ptr) uint8_t *storage = new_storage();
	struct columns *c = columns_new(&test_schema, q->kind);
	struct record r;

	for (size_t i = 0; i < count && (!q->limit || ret->count < q->limit); i++) {
		make(&r, i, storage);
		if (r.kind != c->kind || !in_time(&r, q) ||
			(q->where && !filter_matches(q->where, &r)))
			continue;
		json_record(&ret->text, &r, c->tables);
		json_raw_line_end(&ret->text);
		ret->count++;
	}
	columns_free(c);
}

void check_records(struct fixture *f, const struct query *q, size_t count, const char *what)
{
	_cleanup_(rows_done) struct rows have = {0}, want = {0};

	rows_ask(f, q, &have);
	expect(q, count, &want);
	rows_same(&have.text, &want.text, what);
	assert_int_equal(have.count, want.count);
}
