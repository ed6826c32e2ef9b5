/* SPDX-License-Identifier: Apache-2.0 */
/* Indicators for a command that takes a database as well as feeds. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "signatures/account.h"
#include "signatures/commands.h"
#include "signatures/review.h"
#include "signatures/sigdb.h"
#include "signatures/sigdb_format.h"

static bool is_database(const char *path)
{
	_cleanup_(fclose_ptr) FILE *file = fopen(path, "rbe");
	char magic[sizeof(SIGDB_MAGIC) - 1];

	return file && fread(magic, 1, sizeof(magic), file) == sizeof(magic) &&
	       memcmp(magic, SIGDB_MAGIC, sizeof(magic)) == 0;
}

static int open_database(struct stock *s, const char *path)
{
	char error[256];
	int r = sigdb_open(&s->db, path, error, sizeof(error));

	if (r < 0) {
		log_error("%s", error);
		return r == -EBADMSG ? EXIT_PART_UNREADABLE : EXIT_COMMAND_WRONG;
	}
	s->count = sigdb_count(s->db);
	s->owned = calloc(s->count + 1, sizeof(*s->owned));
	if (!s->owned) {
		log_error("%s", strerror(ENOMEM));
		return EXIT_COMMAND_WRONG;
	}
	for (size_t i = 0; i < s->count; i++) {
		struct indicator *item = &s->owned[i];

		*item = sigdb_get(s->db, i);
		item->scope_is_said = item->scope != builder_scope(s->reader.suffixes,
							     s->reader.warnings, item->type,
							     item->value);
	}
	s->items = s->owned;
	s->readable = true;
	return EXIT_ALL_READ;
}

int cmd_stock_open(struct stock *s, const struct sig_args *args)
{
	int code;

	*s = (struct stock){.reader = {.args = args}};
	if (args->words.count == 1 && is_database(args->words.values[0])) {
		code = cmd_gate_open(&s->reader);
		return code ? code : open_database(s, args->words.values[0]);
	}
	code = cmd_feeds_open(&s->reader);
	if (code == EXIT_ALL_READ)
		code = cmd_feeds_read(&s->reader);
	s->items = s->reader.builder.items;
	s->count = s->reader.builder.count;
	s->readable = code != EXIT_COMMAND_WRONG;
	return code;
}

int cmd_stock_compiled(struct stock *s)
{
	struct builder *b = &s->reader.builder;

	if (s->db) { /* of an older kukla-sig it may have accounts */
		size_t count = s->count;

		s->count = review_keep_passing(s->owned, count);
		if (s->count < count)
			log_warning("%zu left out: %s", count - s->count, account_reason);
		return EXIT_ALL_READ;
	}
	s->count = review_keep_passing(b->items, b->count);
	if (s->count && indicator_unique(b->items, &s->count) < 0) {
		log_error("%s", strerror(ENOMEM));
		return EXIT_COMMAND_WRONG;
	}
	b->count = s->count;
	return EXIT_ALL_READ;
}

void cmd_stock_close(struct stock *s)
{
	free(s->owned);
	sigdb_close(s->db);
	cmd_feeds_close(&s->reader);
}
