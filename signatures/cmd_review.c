/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig review: what of feeds needs a person's decision. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "signatures/cmd_output.h"
#include "signatures/commands.h"
#include "signatures/review.h"

#define SHOWN_BYTES 1024

static void show_text(const char *path, const struct indicator *item)
{
	char file[SHOWN_BYTES], value[SHOWN_BYTES], why[SHOWN_BYTES];

	text_terminal(file, sizeof(file), path, strlen(path));
	text_terminal(value, sizeof(value), item->value, strlen(item->value));
	text_terminal(why, sizeof(why), item->why, strlen(item->why));
	(void)printf("%s:%" PRIu32 ": %s %s: %s; %s\n", file, item->line,
		indicator_type_name(item->type), value, why, review_hint(item->cause, item->type));
}

static void write_json(struct json_output *out, const char *path, const struct indicator *item)
{
	struct json *j = cmd_output_begin(out);

	cmd_output_text(j, "file", path);
	json_number(j, "line", item->line);
	cmd_output_text(j, "type", indicator_type_name(item->type));
	cmd_output_text(j, "value", item->value);
	cmd_output_text(j, "role", indicator_role_name(item->role));
	cmd_output_text(j, "campaign", item->campaign);
	cmd_output_about(j, item);
	cmd_output_text(j, "reason", item->why);
	cmd_output_text(j, "decide", review_hint(item->cause, item->type));
	if (item->expression)
		cmd_output_text(j, "condition", item->expression);
	cmd_output_end(out);
}

static void show_items(const struct feed_reader *reader, struct json_output *out)
{
	const struct builder *b = &reader->builder;
	size_t waiting = 0;

	for (size_t i = 0; i < b->count; i++) {
		if (b->items[i].advice != ADVICE_REVIEW)
			continue;
		waiting++;
		if (out)
			write_json(out, cmd_feeds_path(reader, i), &b->items[i]);
		else
			show_text(cmd_feeds_path(reader, i), &b->items[i]);
	}
	if (!reader->args->quiet)
		log_note("%zu indicators wait for a decision", waiting);
}

static int review(struct feed_reader *reader)
{
	const char *path = reader->args->json;
	struct json_output out = {0};
	int code = cmd_feeds_open(reader);

	if (code)
		return code;
	if (path && cmd_output_open(&out, path))
		return EXIT_COMMAND_WRONG;
	code = cmd_feeds_read(reader);
	show_items(reader, path ? &out : NULL);
	if (path && cmd_output_close(&out, path))
		return EXIT_COMMAND_WRONG;
	if (!path && fflush(stdout) != 0) {
		log_error("standard output could not be written");
		return EXIT_COMMAND_WRONG;
	}
	return code;
}

int cmd_review(const struct sig_args *args)
{
	struct feed_reader reader = {.args = args};
	int code;

	if (args->words.count == 0) {
		log_error("say which files: kukla-sig review FILE...");
		return EXIT_COMMAND_WRONG;
	}
	code = review(&reader);
	cmd_feeds_close(&reader);
	return code;
}
