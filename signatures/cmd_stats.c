/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig stats: what is in a database, or in feeds. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "signatures/cmd_output.h"
#include "signatures/commands.h"
#include "signatures/sigdb.h"
#include "signatures/visible.h"

#define SHOWN_BYTES 1024
#define SOON_S      (30u * 86400)

typedef const char *property(const struct indicator *i, uint32_t now);

static const char *advice(const struct indicator *i, uint32_t now)
{
	(void)now;
	return indicator_advice_name(i->advice);
}

static const char *type(const struct indicator *i, uint32_t now)
{
	(void)now;
	return indicator_type_name(i->type);
}

static const char *role(const struct indicator *i, uint32_t now)
{
	(void)now;
	return indicator_role_name(i->role);
}

static const char *campaign(const struct indicator *i, uint32_t now)
{
	(void)now;
	return *i->campaign ? i->campaign : "unknown";
}

static const char *source(const struct indicator *i, uint32_t now)
{
	(void)now;
	return *i->source ? i->source : "unknown";
}

static const char *expiry(const struct indicator *i, uint32_t now)
{
	if (!i->expires)
		return "never";
	if (i->expires <= now)
		return "expired";
	return i->expires - now <= SOON_S ? "within 30 days" : "later";
}

static const char *on_the_wire(const struct indicator *i, uint32_t now)
{
	const char *limit = visible_limit(i);

	(void)now;
	return limit ? limit : "looked for";
}

/* Of those that two persons decided about. */
static const char *decision(const struct indicator *i, uint32_t now)
{
	(void)now;
	return i->cause == CAUSE_APPROVED || i->cause == CAUSE_DECLINED ? i->why : NULL;
}

struct run {
	const char *name;
	size_t count;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int by_count(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void write_runs(
	struct json_output *out, const char *title, const struct run *runs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct json *j = cmd_output_begin(out);

		cmd_output_text(j, "count_of", title);
		cmd_output_text(j, "name", runs[i].name);
		json_number(j, "count", runs[i].count);
		cmd_output_end(out);
	}
}

static void show_runs(const char *title, const struct run *runs, size_t count)
{
	char shown[SHOWN_BYTES];

	if (count)
		(void)printf("%s\n", title);
	for (size_t i = 0; i < count; i++) {
		text_terminal(shown, sizeof(shown), runs[i].name, strlen(runs[i].name));
		(void)printf("  %8zu %s\n", runs[i].count, shown);
	}
}

static int show_property(
	const struct stock *s, struct json_output *out, const char *title, property *of)
{
	_cleanup_(free_ptr) const char **names = calloc(s->count + 1, sizeof(*names));
	_cleanup_(free_ptr) struct run *runs = calloc(s->count + 1, sizeof(*runs));
	size_t count = 0, run_count = 0;

	if (!names || !runs)
		return -ENOMEM;
	for (size_t i = 0; i < s->count; i++) {
		names[count] = of(&s->items[i], s->reader.now);
		count += names[count] != NULL;
	}
	qsort(names, count, sizeof(*names), by_name);
	for (size_t i = 0; i < count; i++) {
		if (run_count == 0 || strcmp(runs[run_count - 1].name, names[i]) != 0)
			runs[run_count++] = (struct run){names[i], 0};
		runs[run_count - 1].count++;
	}
	qsort(runs, run_count, sizeof(*runs), by_count);
	if (out)
		write_runs(out, title, runs, run_count);
	else
		show_runs(title, runs, run_count);
	return 0;
}

static int show(const struct stock *s, struct json_output *out)
{
	static const struct {
		const char *title;
		property *of;
	} tables[] = {{"advice", advice}, {"type", type}, {"role", role}, {"campaign", campaign},
		{"source", source}, {"expires", expiry}, {"on the wire", on_the_wire},
		{"decisions", decision}};

	if (!out)
		(void)printf("%zu indicators\n", s->count);
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		if (show_property(s, out, tables[i].title, tables[i].of) < 0) {
			log_error("%s", strerror(ENOMEM));
			return EXIT_COMMAND_WRONG;
		}
	}
	if (out || fflush(stdout) == 0)
		return EXIT_ALL_READ;
	log_error("standard output could not be written: %s", strerror(errno));
	return EXIT_COMMAND_WRONG;
}

/* Who says to have signed it; that is not checked here. "": nobody. */
static const char *signer_of(const struct sigdb *db, char name[SIGNING_NAME_BYTES])
{
	const uint8_t *key = sigdb_signer(db);

	*name = '\0';
	if (key)
		signing_key_name(name, key);
	return name;
}

static const char *made_at(const struct sigdb *db, char time[TEXT_TIME_BYTES])
{
	uint32_t created = sigdb_stamp(db).created;

	*time = '\0';
	if (created)
		(void)text_time(time, (uint64_t)created * 1000000000u);
	return time;
}

static void write_stamp(struct json *j, const struct sigdb *db)
{
	char name[SIGNING_NAME_BYTES], time[TEXT_TIME_BYTES];

	cmd_output_text(j, "version", sigdb_version(db));
	if (sigdb_stamp(db).number)
		json_number(j, "number", sigdb_stamp(db).number);
	if (*made_at(db, time))
		cmd_output_text(j, "created", time);
	json_bool(j, "signed", sigdb_signer(db) != NULL);
	if (*signer_of(db, name))
		cmd_output_text(j, "key", name);
}

static void show_stamp(const struct sigdb *db)
{
	uint64_t number = sigdb_stamp(db).number;
	char name[SIGNING_NAME_BYTES], time[TEXT_TIME_BYTES];

	(void)printf("version %s\n", sigdb_version(db));
	if (number)
		(void)printf("number %" PRIu64 "\n", number);
	else
		(void)printf("without a number\n");
	(void)printf(*made_at(db, time) ? "made %s\n" : "made at an unknown time\n", time);
	if (*signer_of(db, name))
		(void)printf("signed, as it says, by %s; `kukla-sig verify` checks that\n", name);
	else
		(void)printf("not signed\n");
}

static void write_total(struct json_output *out, const struct stock *s)
{
	struct json *j = cmd_output_begin(out);

	cmd_output_text(j, "count_of", "indicators");
	if (s->db)
		write_stamp(j, s->db);
	json_number(j, "count", s->count);
	cmd_output_end(out);
}

static int show_stock(const struct stock *s, const char *path)
{
	struct json_output out = {0};
	int code;

	if (!path) {
		if (s->db)
			show_stamp(s->db);
		return show(s, NULL);
	}
	code = cmd_output_open(&out, path);
	if (code)
		return code;
	write_total(&out, s);
	code = show(s, &out);
	return cmd_output_close(&out, path) ? EXIT_COMMAND_WRONG : code;
}

int cmd_stats(const struct sig_args *args)
{
	struct stock s;
	int code;

	if (args->words.count == 0) {
		log_error("say of what: kukla-sig stats signatures.kdb, or of feeds: FILE...");
		return EXIT_COMMAND_WRONG;
	}
	code = cmd_stock_open(&s, args);
	if (s.readable && show_stock(&s, args->json))
		code = EXIT_COMMAND_WRONG;
	cmd_stock_close(&s);
	return code;
}
