/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig export: a database or feeds in the format of others. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "signatures/cmd_output.h"
#include "signatures/commands.h"
#include "signatures/export.h"
#include "signatures/sigdb.h"

static const struct exporter *find_format(const char *name)
{
	const struct exporter *format = name ? export_format(name) : NULL;

	if (format)
		return format;
	log_error("say --format with one of these%s%s:", name ? ", not " : "", name ? name : "");
	for (const struct exporter *const *e = exporters; *e; e++)
		(void)fprintf(stderr, "  %-10s %s\n", (*e)->name, (*e)->summary);
	return NULL;
}

static bool is_type(const char *name)
{
	for (enum indicator_type type = 0; type < INDICATOR_TYPES; type++) {
		if (strcmp(indicator_type_name(type), name) == 0)
			return true;
	}
	log_error("--only is a type of indicator such as domain or ip, not %s", name);
	return false;
}

static void choose(struct stock *s, const struct sig_args *args)
{
	struct indicator *items = s->db ? s->owned : s->reader.builder.items;
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (args->only && strcmp(args->only, indicator_type_name(items[i].type)) != 0)
			continue;
		items[kept] = items[i];
		if (args->no_notes)
			items[kept].context = "";
		kept++;
	}
	s->count = kept;
}

static void show(const char *path, const struct export_report *report)
{
	(void)fprintf(stderr, "%s: %zu indicators\n", path, report->written);
	for (size_t i = 0; i < report->reason_count; i++)
		(void)fprintf(stderr, "  %8zu left out: %s\n", report->reasons[i].count,
			report->reasons[i].text);
}

static int write_summary(
	const struct sig_args *args, const char *format, const struct export_report *report)
{
	struct json_output out = {0};
	struct json *j;

	if (cmd_output_open(&out, args->json))
		return EXIT_COMMAND_WRONG;
	j = cmd_output_begin(&out);
	cmd_output_text(j, "file", args->output);
	cmd_output_text(j, "format", format);
	json_number(j, "written", report->written);
	json_number(j, "left_out", report->left_out);
	json_open(j, "reasons", '[');
	for (size_t i = 0; i < report->reason_count; i++) {
		json_open(j, NULL, '{');
		cmd_output_text(j, "reason", report->reasons[i].text);
		json_number(j, "count", report->reasons[i].count);
		json_close(j, '}');
	}
	json_close(j, ']');
	cmd_output_end(&out);
	return cmd_output_close(&out, args->json);
}

static int write_file(const struct stock *s, const struct exporter *format)
{
	const char *path = s->reader.args->output;
	bool on_output = strcmp(path, "-") == 0;
	FILE *to = on_output ? stdout : fopen(path, "we");
	const struct export_set set = {.items = s->items,
		.count = s->count,
		.made = s->db ? sigdb_stamp(s->db).created : s->reader.now};
	struct export_report report;
	int r;

	if (!to) {
		log_error("%s: %s", path, strerror(errno));
		return EXIT_COMMAND_WRONG;
	}
	errno = 0;
	r = export_write(to, format, &set, &report);
	if (r == 0 && fflush(to) != 0)
		r = -EIO;
	if (!on_output && fclose(to) != 0 && r == 0)
		r = -EIO;
	if (r < 0) {
		log_error("%s: could not be written: %s", path,
			strerror(r == -EIO && errno ? errno : -r));
		return EXIT_COMMAND_WRONG;
	}
	if (!s->reader.args->quiet)
		show(path, &report);
	return s->reader.args->json ? write_summary(s->reader.args, format->name, &report)
				    : EXIT_ALL_READ;
}

int cmd_export(const struct sig_args *args)
{
	const struct exporter *format = find_format(args->format);
	struct sig_args reading = *args;
	struct stock s;
	int code;

	if (!format || (args->only && !is_type(args->only)))
		return EXIT_COMMAND_WRONG;
	if (args->words.count == 0 || !args->output) {
		log_error("say of what and where to: kukla-sig export DB|FILE... --format FORMAT "
			  "-o FILE");
		return EXIT_COMMAND_WRONG;
	}
	reading.format = NULL; /* of the feeds: each is recognised */
	code = cmd_stock_open(&s, &reading);
	if (code == EXIT_PART_UNREADABLE && s.readable && !args->partial) {
		log_error("%s was not written: a part of the feeds could not be read (--partial "
			  "writes the rest)",
			args->output);
		s.readable = false;
	}
	if (s.readable && cmd_stock_compiled(&s) == EXIT_ALL_READ) {
		choose(&s, args);
		if (write_file(&s, format) != EXIT_ALL_READ)
			code = EXIT_COMMAND_WRONG;
	} else if (s.readable) {
		code = EXIT_COMMAND_WRONG;
	}
	cmd_stock_close(&s);
	return code;
}
