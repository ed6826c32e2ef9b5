/* SPDX-License-Identifier: Apache-2.0 */
/* What judges feeds, read for a command: lists, overrides, definitions. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "signatures/cmd_output.h"
#include "signatures/commands.h"
#include "signatures/limited.h"
#include "signatures/own_file.h"

#define SHOWN_BYTES 1024

static void say(const char *path, const struct problems *problems, struct json_output *out)
{
	char shown[SHOWN_BYTES];

	text_terminal(shown, sizeof(shown), path, strlen(path));
	for (size_t i = 0; i < problems->count && i < PROBLEMS_MAX; i++)
		cmd_output_problem(
			out, "error", path, problems->all[i].line, problems->all[i].text);
	if (problems->count > PROBLEMS_MAX)
		log_error("%s: and %zu more", shown, problems->count - PROBLEMS_MAX);
}

int cmd_read_own(char **ret_text, size_t *ret_bytes, const char *path)
{
	char shown[SHOWN_BYTES];
	int r = file_read(ret_text, ret_bytes, path, OWN_FILE_BYTES_MAX);

	if (r == 0)
		return EXIT_ALL_READ;
	text_terminal(shown, sizeof(shown), path, strlen(path));
	log_error("%s: %s", shown, strerror(-r));
	return EXIT_COMMAND_WRONG;
}

int cmd_read_definition(struct feed_file **ret, const char *path, struct json_output *out)
{
	_cleanup_(free_ptr) struct problems *problems = calloc(1, sizeof(*problems));
	_cleanup_(free_ptr) char *text = NULL;
	size_t bytes = 0;
	int code = cmd_read_own(&text, &bytes, path);

	if (code)
		return code;
	if (problems && feed_file_read(ret, cur_init(text, bytes), problems) == 0)
		return EXIT_ALL_READ;
	if (problems && problems->count)
		say(path, problems, out);
	else
		log_error("%s", strerror(ENOMEM));
	return EXIT_COMMAND_WRONG;
}

int cmd_read_overrides(struct overrides **ret, const char *path, const struct feed_reader *reader,
	struct json_output *out)
{
	_cleanup_(free_ptr) struct problems *problems = calloc(1, sizeof(*problems));
	_cleanup_(free_ptr) char *text = NULL;
	struct overrides *o = NULL;
	size_t bytes = 0;
	int code = cmd_read_own(&text, &bytes, path);

	if (code)
		return code;
	if (problems &&
		overrides_read(&o, cur_init(text, bytes), reader->suffixes, problems) == 0) {
		overrides_check(o, reader->args->clock, reader->suffixes, problems);
		if (!problems->count) {
			*ret = o;
			return EXIT_ALL_READ;
		}
		overrides_free(o);
	}
	if (problems && problems->count)
		say(path, problems, out);
	else
		log_error("%s", strerror(ENOMEM));
	return EXIT_COMMAND_WRONG;
}

/* Lists that are not used are safeguards that are missing: the user is told. */
static void show_lists(const struct warninglists *w, size_t begin)
{
	size_t entries = 0, used = 0;
	char shown[SHOWN_BYTES];

	for (size_t i = begin; i < warninglists_count(w); i++) {
		const struct warninglist *list = warninglists_get(w, i);

		entries += list->entries;
		used += !list->unused;
		text_terminal(shown, sizeof(shown), list->name, strlen(list->name));
		if (list->unused)
			log_note("not used: %s: %s", shown, list->unused);
	}
	log_note("%zu warninglists with %zu entries", used, entries);
}

static int read_lists(struct feed_reader *reader)
{
	const struct option_list *paths = &reader->args->warninglists;
	char error[SHOWN_BYTES], shown[SHOWN_BYTES];
	size_t built_in;

	if (warninglists_new(&reader->warnings, reader->suffixes) < 0) {
		log_error("the lists that are built in cannot be read: out of memory");
		return EXIT_COMMAND_WRONG;
	}
	built_in = warninglists_count(reader->warnings);
	for (size_t i = 0; i < paths->count; i++) {
		if (warninglists_load(reader->warnings, paths->values[i], error, sizeof(error)) <
			0) {
			text_terminal(shown, sizeof(shown), error, strlen(error));
			log_error("%s", shown);
			return EXIT_COMMAND_WRONG;
		}
	}
	if (paths->count && warninglists_count(reader->warnings) == built_in) {
		log_error("--warninglists names a folder without a list");
		return EXIT_COMMAND_WRONG;
	}
	if (warninglists_ready(reader->warnings) < 0) {
		log_error("%s", strerror(ENOMEM));
		return EXIT_COMMAND_WRONG;
	}
	if (paths->count && !reader->args->quiet)
		show_lists(reader->warnings, built_in);
	reader->builder.warnings = reader->warnings;
	return EXIT_ALL_READ;
}

static int set_time(struct feed_reader *reader)
{
	const char *now = reader->args->now;

	reader->now = reader->args->clock;
	if (!now || date_parse(&reader->now, now, strlen(now), DATES_ISO)) {
		reader->builder.now = reader->args->keep_expired ? 0 : reader->now;
		return EXIT_ALL_READ;
	}
	log_error("--now is a date like 2026-01-31, not %s", now);
	return EXIT_COMMAND_WRONG;
}

static int read_suffixes(struct feed_reader *reader)
{
	const char *path = reader->args->suffixes;
	char shown[SHOWN_BYTES];
	int r = path ? suffix_list_load(&reader->suffixes, path)
		     : suffix_list_new(&reader->suffixes);

	reader->builder.suffixes = reader->suffixes;
	if (r == 0)
		return EXIT_ALL_READ;
	text_terminal(shown, sizeof(shown), path ? path : "", path ? strlen(path) : 0);
	if (!path)
		log_error("no public suffix list; install the package publicsuffix");
	else
		log_error("%s: %s", shown, r == -EBADMSG ? "no Public Suffix List" : strerror(-r));
	return EXIT_COMMAND_WRONG;
}

int cmd_gate_open(struct feed_reader *reader)
{
	const char *overrides = reader->args->overrides;
	int code;

	limited_cpu(reader->args->cpu_s);
	builder_init(&reader->builder, NULL);
	code = set_time(reader);
	if (code == 0)
		code = read_suffixes(reader);
	if (code == 0)
		code = read_lists(reader);
	if (code == 0 && overrides)
		code = cmd_read_overrides(&reader->overrides, overrides, reader, NULL);
	reader->builder.overrides = reader->overrides;
	return code;
}

void cmd_feeds_close(struct feed_reader *reader)
{
	builder_done(&reader->builder);
	for (size_t i = 0; i < reader->work_count; i++)
		free(reader->works[i].path);
	free(reader->works);
	for (size_t i = 0; i < reader->definition_count; i++)
		feed_file_free(reader->definitions[i]);
	free(reader->definitions);
	feed_file_free(reader->feeds);
	overrides_free(reader->overrides);
	warninglists_free(reader->warnings);
	suffix_list_free(reader->suffixes);
}
