/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/cmd_output.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "signatures/commands.h"
#include "signatures/said.h"

void cmd_output_text(struct json *j, const char *key, const char *value)
{
	json_text(j, key, value, strlen(value));
}

void cmd_output_about(struct json *j, const struct indicator *item)
{
	static const enum said keys[] = {SAID_SOURCE, SAID_REFERENCE, SAID_TLP, SAID_LICENCE,
		SAID_DISARM, SAID_PUBLISHED, SAID_FIRST_SEEN, SAID_LAST_CONFIRMED, SAID_EXPIRES,
		SAID_NOTE};
	char room[SAID_BYTES];

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *text = said_text(item, keys[i], room);

		if (*text)
			cmd_output_text(j, said_key(keys[i]), text);
	}
	if (item->confidence)
		json_number(j, said_key(SAID_CONFIDENCE), item->confidence);
}

void cmd_show_about(const struct indicator *item)
{
	static const enum said keys[] = {SAID_NOTE, SAID_PUBLISHED, SAID_TLP, SAID_REFERENCE};
	char room[SAID_BYTES], shown[1024];
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *text = said_text(item, keys[i], room);

		if (!*text)
			continue;
		text_terminal(shown, sizeof(shown), text, strlen(text));
		(void)printf("%s%s: %s", any ? "; " : "  ", said_key(keys[i]), shown);
		any = true;
	}
	if (any)
		(void)putchar('\n');
}

struct json *cmd_output_begin(struct json_output *out)
{
	json_clear(&out->json);
	json_open(&out->json, NULL, '{');
	return &out->json;
}

void cmd_output_end(struct json_output *out)
{
	struct json *j = &out->json;

	json_close(j, '}');
	json_raw_line_end(j);
	if (!out->failed)
		out->failed = j->failed || fwrite(j->text, 1, j->used, out->to) != j->used;
}

int cmd_output_open(struct json_output *out, const char *path)
{
	out->to = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	if (out->to)
		return EXIT_ALL_READ;
	log_error("%s: %s", path, strerror(errno));
	return EXIT_COMMAND_WRONG;
}

int cmd_output_close(struct json_output *out, const char *path)
{
	if (fflush(out->to) != 0)
		out->failed = true;
	if (out->to != stdout && fclose(out->to) != 0)
		out->failed = true;
	json_done(&out->json);
	if (!out->failed)
		return EXIT_ALL_READ;
	log_error("%s: could not be written: %s", path, strerror(errno));
	return EXIT_COMMAND_WRONG;
}

void cmd_output_problem(struct json_output *out, const char *severity, const char *file,
	uint32_t line, const char *text)
{
	bool is_error = strcmp(severity, "error") == 0;
	char shown[1024], said[1024];
	struct json *j;

	if (!out) {
		text_terminal(shown, sizeof(shown), file, strlen(file));
		text_terminal(said, sizeof(said), text, strlen(text));
		(is_error ? log_error : log_warning)("%s: line %" PRIu32 ": %s", shown, line, said);
		return;
	}
	j = cmd_output_begin(out);
	cmd_output_text(j, "severity", severity);
	cmd_output_text(j, "file", file);
	json_number(j, "line", line);
	cmd_output_text(j, "text", text);
	cmd_output_end(out);
}

static void show(char to[512], const char *text)
{
	(void)text_terminal(to, 512, text, strlen(text));
}

void cmd_output_shown(struct shown_indicator *ret, const struct indicator *i)
{
	show(ret->value, i->value);
	show(ret->campaign, *i->campaign ? i->campaign : "no campaign");
	show(ret->source, i->source);
}
