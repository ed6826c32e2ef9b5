/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/import.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "signatures/own_file.h"

const struct format *import_format(const char *name)
{
	for (const struct format *const *f = formats; *f; f++) {
		if (strcmp((*f)->name, name) == 0)
			return *f;
	}
	return NULL;
}

static const struct format *surest(const struct document *d)
{
	const struct format *best = NULL;
	unsigned most = 0;

	for (const struct format *const *f = formats; *f; f++) {
		unsigned score = (*f)->recognise(d);

		if (score > most) {
			most = score;
			best = *f;
		}
	}
	return best;
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "Q2_2023_Doppelganger.csv" is about "Q2 2023 Doppelganger". */
static const char *campaign_of(struct builder *b, const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t bytes = dot && dot > name ? (size_t)(dot - name) : strlen(name);
	_cleanup_(free_ptr) char *text = strndup(name, bytes);

	if (!text)
		return NULL;
	for (char *c = text; *c; c++) {
		if (*c == '_')
			*c = ' ';
	}
	return builder_text(b, text, bytes);
}

static int check_encoding(struct cursor *text, char *ret_error, size_t error_size)
{
	if (cur_is(text, "\xff\xfe", 2) || cur_is(text, "\xfe\xff", 2)) {
		snprintf(ret_error, error_size, "UTF-16; convert it: iconv -f UTF-16 -t UTF-8");
		return -EBADMSG;
	}
	if (cur_is(text, "\xef\xbb\xbf", 3))
		*text = cur_init(text->pos + 3, cur_left(text) - 3);
	return 0;
}

static const struct format *format_for(const struct document *d,
	const struct import_options *options, char *ret_error, size_t error_size)
{
	const struct format *format = options->format ? options->format : surest(d);

	bool foreign = options->foreign && !options->format;

	if (foreign && format == import_format("pack"))
		snprintf(ret_error, error_size,
			"begins as a pack of our own and was not named as one: if you trust it as "
			"your own, --format pack reads it, or format: pack in a definition");
	else if (foreign && own_file_is(d->text, "feeds"))
		snprintf(ret_error, error_size,
			"begins as a definition of feeds and was not named as one: a definition is "
			"given with --feeds, or named alone and ends in .yaml");
	else if (format && !(d->broken.line && format == options->format && !format->recognise(d)))
		return format;
	else if (d->broken.line)
		snprintf(ret_error, error_size, "line %" PRIu32 ": %s", d->broken.line,
			d->broken.text);
	else
		snprintf(ret_error, error_size,
			"in no format that is known; name one with --format (see --help)");
	return NULL;
}

static int load(struct builder *b, const struct document *d, const struct format *format,
	const struct import_options *options, struct import_report *ret_report)
{
	const char *name = file_name(options->path);
	struct feed feed = {0};
	int r;

	if (options->feed)
		feed = *options->feed;
	feed.source_is_file = !feed.source_else;
	feed.campaign_is_file = !feed.campaign_else;
	feed.foreign = options->foreign;
	if (!feed.source_else)
		feed.source_else = builder_text(b, name, strlen(name));
	if (!feed.campaign_else)
		feed.campaign_else = campaign_of(b, name);
	if (!feed.source_else || !feed.campaign_else)
		return -ENOMEM;
	*ret_report = (struct import_report){.format = format->name,
		.on_reason = options->on_reason,
		.context = options->context,
		.dates = feed.dates};
	builder_begin_file(b, &feed);
	r = format->load(b, d, ret_report);
	if (r == 0)
		r = builder_end_file(b, ret_report);
	return r;
}

int import_text(struct builder *b, struct cursor text, const struct import_options *options,
	struct import_report *ret_report, char *ret_error, size_t error_size)
{
	_cleanup_(document_done) struct document d = {.syntax = SYNTAX_TEXT};
	const struct format *format;
	int r = check_encoding(&text, ret_error, error_size);

	if (r < 0)
		return r;
	r = document_read(&d, text);
	if (r == 0) {
		format = format_for(&d, options, ret_error, error_size);
		if (!format)
			return -EBADMSG;
		r = load(b, &d, format, options, ret_report);
	}
	if (r < 0)
		snprintf(ret_error, error_size, "%s", strerror(-r));
	return r;
}

int import_file(struct builder *b, const struct import_options *options,
	struct import_report *ret_report, char *ret_error, size_t error_size)
{
	_cleanup_(free_ptr) char *text = NULL;
	size_t bytes = 0;
	int r = file_read(&text, &bytes, options->path, IMPORT_BYTES_MAX);

	if (r == -EFBIG) {
		snprintf(ret_error, error_size, "larger than 64 MiB; split it");
		return -EBADMSG;
	}
	if (r < 0) {
		snprintf(ret_error, error_size, "%s", strerror(-r));
		return r;
	}
	return import_text(b, cur_init(text, bytes), options, ret_report, ret_error, error_size);
}
