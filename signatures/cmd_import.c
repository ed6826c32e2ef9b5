/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig import: what of a feed can be used, and why the rest cannot. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "signatures/commands.h"

struct json_output {
	FILE *to;
	struct json json;
	bool failed;
};

static void text(struct json *j, const char *key, const char *value)
{
	json_text(j, key, value, strlen(value));
}

static void write_items(
	void *context, const char *path, const struct indicator *items, size_t count)
{
	struct json_output *out = context;
	struct json *j = &out->json;

	for (size_t i = 0; i < count && !out->failed; i++) {
		json_clear(j);
		json_open(j, NULL, '{');
		text(j, "file", path);
		json_number(j, "line", items[i].line);
		text(j, "type", indicator_type_name(items[i].type));
		text(j, "value", items[i].value);
		text(j, "scope", indicator_scope_name(items[i].scope));
		text(j, "role", indicator_role_name(items[i].role));
		text(j, "campaign", items[i].campaign);
		text(j, "advice", indicator_advice_name(items[i].advice));
		text(j, "context", items[i].context);
		json_close(j, '}');
		json_raw_line_end(j);
		out->failed = j->failed || fwrite(j->text, 1, j->used, out->to) != j->used;
	}
}

static int open_output(struct json_output *out, const char *path)
{
	out->to = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	if (out->to)
		return 0;
	log_error("%s: %s", path, strerror(errno));
	return EXIT_COMMAND_WRONG;
}

static int close_output(struct json_output *out, const char *path)
{
	if (fflush(out->to) != 0)
		out->failed = true;
	if (out->to != stdout && fclose(out->to) != 0)
		out->failed = true;
	json_done(&out->json);
	if (!out->failed)
		return 0;
	log_error("%s: could not be written: %s", path, strerror(errno));
	return EXIT_COMMAND_WRONG;
}

int cmd_import(const struct sig_args *args)
{
	struct json_output out = {0};
	struct feed_reader reader = {.args = args};
	int code;

	if (args->words.count == 0) {
		log_error("say which files: kukla-sig import FILE...");
		return EXIT_COMMAND_WRONG;
	}
	if (args->json) {
		if (cmd_output_is_input(args, args->json))
			return EXIT_COMMAND_WRONG;
		code = open_output(&out, args->json);
		if (code)
			return code;
		reader.on_file = write_items;
		reader.context = &out;
	}
	builder_init(&reader.builder, NULL);
	code = cmd_read_feeds(&reader);
	builder_done(&reader.builder);
	if (args->json && close_output(&out, args->json))
		code = EXIT_COMMAND_WRONG;
	return code;
}
