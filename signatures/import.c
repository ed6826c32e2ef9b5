/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

const struct format *import_format(const char *name)
{
	for (const struct format *const *f = formats; *f; f++) {
		if (strcmp((*f)->name, name) == 0)
			return *f;
	}
	return NULL;
}

static const struct format *surest(struct cursor text)
{
	const struct format *best = NULL;
	unsigned most = 0;

	for (const struct format *const *f = formats; *f; f++) {
		unsigned score = (*f)->recognise(text);

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

int import_text(struct builder *b, struct cursor text, const struct import_options *options,
	struct import_report *ret_report, char *ret_error, size_t error_size)
{
	const struct format *format = options->format;
	const char *name = file_name(options->path), *source, *campaign;
	int r = check_encoding(&text, ret_error, error_size);

	if (r < 0)
		return r;
	if (!format)
		format = surest(text);
	if (!format) {
		snprintf(ret_error, error_size,
			"in no format that is known; name one with --format (see --help)");
		return -EBADMSG;
	}
	source = builder_text(b, name, strlen(name));
	campaign = options->campaign ? builder_text(b, options->campaign, strlen(options->campaign))
				     : campaign_of(b, name);
	if (!source || !campaign) {
		snprintf(ret_error, error_size, "out of memory");
		return -ENOMEM;
	}
	*ret_report = (struct import_report){0};
	builder_begin_file(b, source, campaign, options->role);
	r = format->load(b, text, ret_report);
	if (r == 0)
		r = builder_end_file(b, ret_report);
	if (r < 0)
		snprintf(ret_error, error_size, "%s", strerror(-r));
	return r;
}

static int read_all(char **ret_text, size_t *ret_bytes, const char *path)
{
	_cleanup_(fclose_ptr) FILE *file = fopen(path, "rbe");
	_cleanup_(free_ptr) char *text = NULL;
	size_t used = 0, size = 0;

	if (!file)
		return -errno;
	while (!feof(file)) {
		if (used == size) {
			char *more = realloc(text, size = size ? 2 * size : 65536);

			if (!more)
				return -ENOMEM;
			text = more;
		}
		used += fread(text + used, 1, size - used, file);
		if (ferror(file))
			return -errno;
		if (used > IMPORT_BYTES_MAX)
			return -EFBIG;
	}
	*ret_text = steal(text);
	*ret_bytes = used;
	return 0;
}

int import_file(struct builder *b, const struct import_options *options,
	struct import_report *ret_report, char *ret_error, size_t error_size)
{
	_cleanup_(free_ptr) char *text = NULL;
	size_t bytes = 0;
	int r = read_all(&text, &bytes, options->path);

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
