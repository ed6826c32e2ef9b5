/* SPDX-License-Identifier: Apache-2.0 */
/* Reading feeds for a command, with the report of each on standard error. */
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
#include "signatures/import.h"

static const char *const unread_names[UNREADS] = {
	[UNREAD_DATE] = "dates cannot be read",
	[UNREAD_TLP] = "left out: no labels of the Traffic Light Protocol",
	[UNREAD_DISARM] = "left out: no techniques of DISARM",
};

static int list_formats(const char *wrong)
{
	log_error("no format is called %s; there are:", wrong);
	for (const struct format *const *f = formats; *f; f++)
		(void)fprintf(stderr, "  %-10s %s\n", (*f)->name, (*f)->summary);
	return EXIT_COMMAND_WRONG;
}

/* What the command line says of all files; it goes before what definitions say. */
static int read_options(struct import_options *ret, struct feed *feed, const struct sig_args *args)
{
	*feed = (struct feed){.campaign = args->campaign, .source_else = args->source};
	*ret = (struct import_options){.feed = feed};
	if (args->format && !(ret->format = import_format(args->format)))
		return list_formats(args->format);
	if (!args->role || strcmp(args->role, indicator_role_name(ROLE_READER_FACING)) == 0)
		return 0;
	if (strcmp(args->role, indicator_role_name(ROLE_OPERATOR_SIDE)) != 0) {
		log_error("--role is %s or %s, not %s", indicator_role_name(ROLE_READER_FACING),
			indicator_role_name(ROLE_OPERATOR_SIDE), args->role);
		return EXIT_COMMAND_WRONG;
	}
	feed->role = ROLE_OPERATOR_SIDE;
	return 0;
}

static void show_reason(const struct import_reason *reason)
{
	uint64_t shown = reason->count < REPORT_LINES_MAX ? reason->count : REPORT_LINES_MAX;
	char text[1024];

	text_terminal(text, sizeof(text), reason->text, strlen(reason->text));
	(void)fprintf(stderr, "  %8" PRIu64 " %s: %s (line", reason->count,
		indicator_advice_name(reason->advice), text);
	for (uint64_t i = 0; i < shown; i++)
		(void)fprintf(stderr, "%s %" PRIu32, i ? "," : "", reason->lines[i]);
	(void)fprintf(stderr, "%s)\n", shown < reason->count ? " ..." : "");
}

/* What nobody could read of what rows say: how often, and the first one. */
static void show_unread(const struct import_report *report)
{
	static const char *const orders[] = {[DATES_ISO] = "iso (2026-01-31)",
		[DATES_DAY_FIRST] = "dmy (31/01/2026)",
		[DATES_MONTH_FIRST] = "mdy (01/31/2026)"};
	char text[4 * UNREAD_BYTES];

	for (enum import_unreadable what = 0; what < UNREADS; what++) {
		if (!report->unread[what].count)
			continue;
		text_terminal(text, sizeof(text), report->unread[what].text,
			strlen(report->unread[what].text));
		(void)fprintf(stderr, "  %8" PRIu64 " %s (first in line %" PRIu32 ": %s)",
			report->unread[what].count, unread_names[what], report->unread[what].line,
			text);
		if (what == UNREAD_DATE)
			(void)fprintf(stderr,
				"; %s is expected, `dates` of a definition says another order",
				orders[report->dates]);
		(void)fputc('\n', stderr);
	}
}

static void show_report(const char *path, const struct import_report *report)
{
	(void)fprintf(stderr,
		"%s: %" PRIu64 " read, %" PRIu64 " accepted, %" PRIu64 " to review, %" PRIu64
		" refused, %" PRIu64 " twice\n",
		path, report->read, report->accepted, report->reviewed, report->refused,
		report->duplicates);
	for (size_t i = 0; i < report->reason_count; i++)
		show_reason(&report->reasons[i]);
	show_unread(report);
	if (report->note)
		(void)fprintf(stderr, "  %s\n", report->note);
}

/* A line that is not simply accepted, for --report. */
static void report_line(void *context, uint32_t line, enum indicator_advice advice,
	const char *reason, struct span value)
{
	const struct feed_reader *reader = context;
	struct json *j = cmd_output_begin(reader->report);

	cmd_output_text(j, "record", "line");
	cmd_output_text(j, "file", reader->reported);
	json_number(j, "line", line);
	cmd_output_text(j, "advice", indicator_advice_name(advice));
	cmd_output_text(j, "reason", reason);
	if (value.bytes)
		json_text(j, "value", value.at, value.bytes);
	cmd_output_end(reader->report);
}

static void write_unread_dates(struct json *j, const struct import_report *report)
{
	json_number(j, "unread_dates", report->unread[UNREAD_DATE].count);
	json_number(j, "unread_date_line", report->unread[UNREAD_DATE].line);
	cmd_output_text(j, "unread_date", report->unread[UNREAD_DATE].text);
}

/* A whole file; why: what is wrong with it, from that line on or, without a report, at all. */
static void report_file(const struct feed_reader *reader, const struct import_report *report,
	uint32_t line, const char *why)
{
	struct json *j = cmd_output_begin(reader->report);

	cmd_output_text(j, "record", "file");
	cmd_output_text(j, "file", reader->reported);
	cmd_output_text(j, "format", report ? report->format : "");
	json_number(j, "read", report ? report->read : 0);
	json_number(j, "accepted", report ? report->accepted : 0);
	json_number(j, "reviewed", report ? report->reviewed : 0);
	json_number(j, "refused", report ? report->refused : 0);
	json_number(j, "duplicates", report ? report->duplicates : 0);
	if (report && report->unread[UNREAD_DATE].count)
		write_unread_dates(j, report);
	json_bool(j, "whole", !why);
	if (line)
		json_number(j, "broken_line", line);
	if (why)
		cmd_output_text(j, "broken", why);
	cmd_output_end(reader->report);
}

/* Returns the exit code that the file alone would give. */
static int read_feed(struct feed_reader *reader, const struct import_options *options)
{
	const char *path = options->path;
	struct import_report report;
	char error[256], shown[1024];
	int r = import_file(&reader->builder, options, &report, error, sizeof(error));

	text_terminal(shown, sizeof(shown), path, strlen(path));
	if (r < 0) {
		if (reader->report)
			report_file(reader, NULL, 0, error);
		log_error("%s: %s", shown, error);
		return r == -EBADMSG ? EXIT_PART_UNREADABLE : EXIT_COMMAND_WRONG;
	}
	if (!reader->args->quiet)
		show_report(shown, &report);
	if (reader->on_file)
		reader->on_file(reader->context, path,
			reader->builder.items + reader->builder.file_begin,
			reader->builder.count - reader->builder.file_begin);
	if (reader->report)
		report_file(reader, &report, report.broken_line,
			report.broken_line ? report.broken_why : NULL);
	if (!report.broken_line)
		return EXIT_ALL_READ;
	log_error("%s: line %" PRIu32 ": %s; nothing from there on was read", shown,
		report.broken_line, report.broken_why);
	return EXIT_PART_UNREADABLE;
}

static void show_approval(const struct feed_work *work)
{
	char path[1024], category[256], text[1024];

	text_terminal(path, sizeof(path), work->path, strlen(work->path));
	text_terminal(
		category, sizeof(category), work->entry->category, strlen(work->entry->category));
	text_terminal(text, sizeof(text), work->entry->approval, strlen(work->entry->approval));
	(void)fprintf(stderr, "%s: its category, %s, approved by %s\n", path, category, text);
}

/* One file, with what is said of it. */
static int read_work(
	struct feed_reader *reader, struct feed_work *work, const struct import_options *all)
{
	struct import_options options = *all;
	struct feed feed = work->entry ? work->entry->feed : *all->feed;

	if (all->feed->campaign)
		feed.campaign = all->feed->campaign;
	feed.source_else = all->feed->source_else;
	if (reader->args->role)
		feed.role = all->feed->role;
	if (!options.format && work->entry)
		options.format = work->entry->format;
	options.feed = &feed;
	options.path = work->path;
	options.foreign = !work->own;
	if (reader->report) {
		options.on_reason = report_line;
		options.context = reader;
		reader->reported = work->path;
	}
	work->begin = reader->builder.count;
	if (work->entry && work->entry->approval && !reader->args->quiet)
		show_approval(work);
	return read_feed(reader, &options);
}

/* Of a decision about a value that no feed has, that value may be misspelt. */
static bool show_unused(const struct feed_reader *reader)
{
	size_t count = overrides_count(reader->overrides);
	_cleanup_(free_ptr) bool *used = calloc(count + 1, sizeof(*used));
	const struct override *first = overrides_get(reader->overrides, 0);
	char value[1024];

	if (!used) {
		log_error("%s", strerror(ENOMEM));
		return false;
	}
	for (size_t i = 0; i < reader->builder.count; i++) {
		const struct indicator *item = &reader->builder.items[i];
		const struct override *o = overrides_find(
			reader->overrides, item->type, item->value);

		if (o)
			used[o - first] = true;
	}
	for (size_t i = 0; i < count; i++) {
		text_terminal(value, sizeof(value), first[i].value, strlen(first[i].value));
		if (!used[i])
			log_note("%s: line %" PRIu32 ": the decision about %s is about nothing "
				 "that was read",
				reader->args->overrides, first[i].line, value);
	}
	return true;
}

static int read_all(struct feed_reader *reader, const struct import_options *options)
{
	int code = EXIT_ALL_READ;

	for (size_t i = 0; i < reader->work_count; i++) {
		int one = read_work(reader, &reader->works[i], options);

		if (one == EXIT_COMMAND_WRONG || code == EXIT_ALL_READ)
			code = one;
	}
	if (!reader->args->quiet)
		cmd_show_repeats(reader);
	if (!reader->args->quiet && reader->overrides && !show_unused(reader))
		code = EXIT_COMMAND_WRONG;
	return code;
}

int cmd_feeds_read(struct feed_reader *reader)
{
	const char *path = reader->args->report;
	struct json_output report = {0};
	struct import_options options;
	struct feed feed;
	int code = read_options(&options, &feed, reader->args);

	if (code == 0 && path)
		code = cmd_output_open(&report, path);
	if (code)
		return code;
	reader->report = path ? &report : NULL;
	code = read_all(reader, &options);
	reader->report = NULL;
	if (path && cmd_output_close(&report, path))
		code = EXIT_COMMAND_WRONG;
	return code;
}
