/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON object a line, into a file or standard output. */
#pragma once

#include <stdio.h>

#include "base/json.h"
#include "signatures/indicator.h"

struct json_output {
	FILE *to;
	struct json json;
	bool failed;
};

/* `-` is standard output. Exit code; says what went wrong. */
int cmd_output_open(struct json_output *out, const char *path);
int cmd_output_close(struct json_output *out, const char *path);
/* Begin and end an object. */
struct json *cmd_output_begin(struct json_output *out);
void cmd_output_end(struct json_output *out);
/* What is wrong with a file, "error" or "warning"; into the log when `out` is NULL. */
void cmd_output_problem(struct json_output *out, const char *severity, const char *file,
	uint32_t line, const char *text);
void cmd_output_text(struct json *j, const char *key, const char *value);
/* What is known about an indicator, by the keys of our own files but campaign, role and type; what
 * is not known is left out. */
void cmd_output_about(struct json *j, const struct indicator *item);
/* The same on a line of its own for people: note, reference, tlp and published; none when none of
 * them is known. */
void cmd_show_about(const struct indicator *item);

/* What an indicator says in the words of others, for a terminal. */
struct shown_indicator {
	char value[512], campaign[512], source[512];
};

void cmd_output_shown(struct shown_indicator *ret, const struct indicator *i);
