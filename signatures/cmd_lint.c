/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig lint: definitions and overrides, without reading the feeds. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "signatures/cmd_output.h"
#include "signatures/commands.h"
#include "signatures/own_file.h"

#define SHOWN_BYTES 1024

/* Every pattern names a file that can be read; what is not said is told. */
static int check_entry(struct feed_reader *reader, const struct feed_entry *entry, const char *path,
	struct json_output *out)
{
	size_t begin = reader->work_count;
	long count = cmd_add_files(reader, entry, path);
	char shown[SHOWN_BYTES], text[SHOWN_BYTES], said[2 * SHOWN_BYTES];
	int code = EXIT_ALL_READ;

	text_terminal(shown, sizeof(shown), path, strlen(path));
	if (count <= 0) {
		(void)snprintf(said, sizeof(said), "%s: %s", entry->pattern, cmd_add_why(count));
		cmd_output_problem(out, "error", path, entry->line, said);
		return EXIT_PART_UNREADABLE;
	}
	for (size_t i = begin; i < reader->work_count; i++) {
		if (access(reader->works[i].path, R_OK) == 0)
			continue;
		(void)snprintf(
			said, sizeof(said), "%s: %s", reader->works[i].path, strerror(errno));
		cmd_output_problem(out, "error", path, entry->line, said);
		code = EXIT_PART_UNREADABLE;
	}
	if (entry->approval) {
		text_terminal(text, sizeof(text), entry->approval, strlen(entry->approval));
		log_note("%s: line %" PRIu32 ": its category is approved by %s", shown, entry->line,
			text);
	}
	if (entry->note) {
		(void)snprintf(said, sizeof(said), "%s %s", entry->pattern, entry->note);
		cmd_output_problem(out, "warning", path, entry->line, said);
	}
	return code;
}

static int check_definition(struct feed_reader *reader, const char *path, struct json_output *out)
{
	struct feed_file *f = NULL;
	int code = cmd_read_definition(&f, path, out) ? EXIT_PART_UNREADABLE : EXIT_ALL_READ;

	for (size_t i = 0; f && i < feed_file_count(f); i++) {
		int one = check_entry(reader, feed_file_get(f, i), path, out);

		code = one > code ? one : code;
	}
	if (f && !out && !reader->args->quiet)
		(void)printf(
			"%s: %zu feeds, %zu files\n", path, feed_file_count(f), reader->work_count);
	for (size_t i = 0; i < reader->work_count; i++)
		free(steal(reader->works[i].path));
	reader->work_count = 0;
	feed_file_free(f);
	return code;
}

static int check_overrides(struct feed_reader *reader, const char *path, struct json_output *out)
{
	struct overrides *o = NULL;
	int code = cmd_read_overrides(&o, path, reader, out) ? EXIT_PART_UNREADABLE : EXIT_ALL_READ;

	if (o && !out && !reader->args->quiet)
		(void)printf("%s: %zu overrides\n", path, overrides_count(o));
	overrides_free(o);
	return code;
}

static int check(struct feed_reader *reader, const char *path, struct json_output *out)
{
	_cleanup_(free_ptr) char *text = NULL;
	size_t bytes = 0;
	int code = cmd_read_own(&text, &bytes, path);

	if (code)
		return code;
	if (feed_file_recognise(cur_init(text, bytes)))
		return check_definition(reader, path, out);
	if (overrides_recognise(cur_init(text, bytes)))
		return check_overrides(reader, path, out);
	if (own_file_is(cur_init(text, bytes), "kukla-signatures"))
		return cmd_lint_pack(path, cur_init(text, bytes), reader, out);
	cmd_output_problem(out, "error", path, 1,
		"begins neither with feeds: nor with overrides: nor with kukla-signatures:");
	return EXIT_PART_UNREADABLE;
}

int cmd_lint(const struct sig_args *args)
{
	struct feed_reader reader = {.args = args};
	struct json_output out = {0};
	int code;

	if (args->words.count == 0) {
		log_error("say which files: kukla-sig lint FEEDS.yaml...");
		return EXIT_COMMAND_WRONG;
	}
	code = cmd_gate_open(&reader);
	if (code == EXIT_ALL_READ && args->json)
		code = cmd_output_open(&out, args->json);
	for (size_t i = 0; code != EXIT_COMMAND_WRONG && i < args->words.count; i++) {
		int one = check(&reader, args->words.values[i], out.to ? &out : NULL);

		if (one == EXIT_COMMAND_WRONG || code == EXIT_ALL_READ)
			code = one;
	}
	if (out.to && cmd_output_close(&out, args->json))
		code = EXIT_COMMAND_WRONG;
	cmd_feeds_close(&reader);
	return code;
}
