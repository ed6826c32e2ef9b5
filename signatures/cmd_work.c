/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a command is to read: those on its line, and those that definitions on it name. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "signatures/commands.h"

#define HEAD_BYTES  65536 /* in which a definition has its first key */
#define PATH_BYTES  4096
#define SHOWN_BYTES 1024

static int add_work(struct feed_reader *reader, const char *path, const struct feed_entry *entry)
{
	size_t size = reader->work_size ? 2 * reader->work_size : 64;
	char *copy = strdup(path);
	struct feed_work *works;

	if (!copy)
		return -ENOMEM;
	if (reader->work_count == reader->work_size) {
		works = reallocarray(reader->works, size, sizeof(*works));
		if (!works) {
			free(copy);
			return -ENOMEM;
		}
		reader->works = works;
		reader->work_size = size;
	}
	reader->works[reader->work_count++] = (struct feed_work){copy, entry, 0};
	return 0;
}

/* The folder of the definition before the pattern; in its name nothing is special. */
static int join(char to[PATH_BYTES], const char *definition, const char *pattern)
{
	const char *slash = strrchr(definition, '/');
	size_t used = 0;

	for (const char *at = definition; *pattern != '/' && slash && at <= slash; at++) {
		if (used + 3 > PATH_BYTES)
			return -ENAMETOOLONG;
		if (strchr("*?[\\", *at))
			to[used++] = '\\';
		to[used++] = *at;
	}
	if (used + strlen(pattern) >= PATH_BYTES)
		return -ENAMETOOLONG;
	memcpy(to + used, pattern, strlen(pattern) + 1);
	return 0;
}

long cmd_add_files(
	struct feed_reader *reader, const struct feed_entry *entry, const char *definition)
{
	char pattern[PATH_BYTES];
	glob_t found;
	long count = 0;
	int r = join(pattern, definition, entry->pattern);

	if (r < 0)
		return r;
	if (glob(pattern, GLOB_MARK, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];

		if (path[strlen(path) - 1] == '/')
			continue;
		r = add_work(reader, path, entry);
		count++;
	}
	globfree(&found);
	return r < 0 ? r : count;
}

static bool is_definition(const char *path)
{
	_cleanup_(free_ptr) char *head = NULL;
	_cleanup_(fclose_ptr) FILE *file = NULL;
	struct stat there;

	if (stat(path, &there) != 0 || !S_ISREG(there.st_mode))
		return false; /* a pipe can be read once only */
	file = fopen(path, "rbe");
	head = malloc(HEAD_BYTES);
	return file && head &&
	       feed_file_recognise(cur_init(head, fread(head, 1, HEAD_BYTES, file)));
}

static int add_definition(struct feed_reader *reader, const char *path)
{
	struct feed_file *f, **definitions;
	char shown[SHOWN_BYTES];
	int code = cmd_read_definition(&f, path, NULL);

	if (code)
		return code;
	definitions = reallocarray(
		reader->definitions, reader->definition_count + 1, sizeof(struct feed_file *));
	if (!definitions) {
		feed_file_free(f);
		log_error("%s", strerror(ENOMEM));
		return EXIT_COMMAND_WRONG;
	}
	reader->definitions = definitions;
	reader->definitions[reader->definition_count++] = f;
	text_terminal(shown, sizeof(shown), path, strlen(path));
	for (size_t i = 0; i < feed_file_count(f); i++) {
		const struct feed_entry *entry = feed_file_get(f, i);
		long count = cmd_add_files(reader, entry, path);

		if (count > 0)
			continue;
		log_error("%s: line %u: %s: %s", shown, entry->line, entry->pattern,
			count < 0 ? strerror((int)-count) : "there is no such file");
		code = EXIT_COMMAND_WRONG;
	}
	return code;
}

/* By its path as it was named, or else as it is. */
static const struct feed_entry *entry_for(const struct feed_file *feeds, const char *path)
{
	const struct feed_entry *entry = feeds ? feed_file_match(feeds, path) : NULL;
	_cleanup_(free_ptr) char *whole = feeds && !entry ? realpath(path, NULL) : NULL;

	return whole ? feed_file_match(feeds, whole) : entry;
}

int cmd_feeds_open(struct feed_reader *reader)
{
	const struct option_list *words = &reader->args->words;
	int code = cmd_gate_open(reader);

	if (code == 0 && reader->args->feeds)
		code = cmd_read_definition(&reader->feeds, reader->args->feeds, NULL);
	for (size_t i = 0; code == 0 && i < words->count; i++) {
		const char *path = words->values[i];

		if (is_definition(path)) {
			code = add_definition(reader, path);
		} else if (add_work(reader, path, entry_for(reader->feeds, path)) < 0) {
			log_error("%s", strerror(ENOMEM));
			code = EXIT_COMMAND_WRONG;
		}
	}
	return code;
}

bool cmd_output_is_input(const struct feed_reader *reader, const char *output)
{
	const struct option_list *words = &reader->args->words;
	const char *feed = file_among(output, words->values, words->count);

	for (size_t i = 0; !feed && i < reader->work_count; i++)
		feed = file_among(output, (const char *const *)&reader->works[i].path, 1);
	if (feed)
		log_error("%s would be written over %s, which is to be read: name another file",
			output, feed);
	return feed;
}
