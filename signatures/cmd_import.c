/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig import: what of a feed can be used, and why the rest cannot. */
#include "base/log.h"
#include "signatures/cmd_output.h"
#include "signatures/commands.h"

static void write_items(
	void *context, const char *path, const struct indicator *items, size_t count)
{
	struct json_output *out = context;

	for (size_t i = 0; i < count && !out->failed; i++) {
		struct json *j = cmd_output_begin(out);

		cmd_output_text(j, "file", path);
		json_number(j, "line", items[i].line);
		cmd_output_text(j, "type", indicator_type_name(items[i].type));
		cmd_output_text(j, "value", items[i].value);
		cmd_output_text(j, "scope", indicator_scope_name(items[i].scope));
		cmd_output_text(j, "role", indicator_role_name(items[i].role));
		cmd_output_text(j, "campaign", items[i].campaign);
		cmd_output_text(j, "advice", indicator_advice_name(items[i].advice));
		cmd_output_text(
			j, "context", items[i].context); /* note by another name: users know it */
		cmd_output_about(j, &items[i]);
		if (items[i].why)
			cmd_output_text(j, "reason", items[i].why);
		if (items[i].expression)
			cmd_output_text(j, "condition", items[i].expression);
		cmd_output_end(out);
	}
}

static int import(struct feed_reader *reader)
{
	const char *path = reader->args->json;
	struct json_output out = {0};
	int code = cmd_feeds_open(reader);

	if (code)
		return code;
	if (path) {
		code = cmd_output_open(&out, path);
		if (code)
			return code;
		reader->on_file = write_items;
		reader->context = &out;
	}
	code = cmd_feeds_read(reader);
	if (path && cmd_output_close(&out, path))
		code = EXIT_COMMAND_WRONG;
	return code;
}

int cmd_import(const struct sig_args *args)
{
	struct feed_reader reader = {.args = args};
	int code;

	if (args->words.count == 0) {
		log_error("say which files: kukla-sig import FILE...");
		return EXIT_COMMAND_WRONG;
	}
	code = import(&reader);
	cmd_feeds_close(&reader);
	return code;
}
