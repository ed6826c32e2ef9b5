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

static int add_work(
	struct feed_reader *reader, const char *path, const struct feed_entry *entry, bool own)
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
	reader->works[reader->work_count++] = (struct feed_work){copy, entry, own, 0};
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

static bool has_step_up(const char *path)
{
	for (const char *at = strstr(path, ".."); at; at = strstr(at + 1, "..")) {
		if ((at == path || at[-1] == '/') && (!at[2] || at[2] == '/'))
			return true;
	}
	return false;
}

/* Below the folder of the definition, wherever links on the way lead. What cannot be found is told
 * where it is read. */
static bool is_below(const char *path, const char *definition)
{
	const char *slash = strrchr(definition, '/');
	_cleanup_(free_ptr) char *folder = slash ? strndup(definition,
							   (size_t)(slash - definition) + 1)
						 : strdup(".");
	_cleanup_(free_ptr) char *top = folder ? realpath(folder, NULL) : NULL;
	_cleanup_(free_ptr) char *whole = realpath(path, NULL);
	size_t bytes = top ? strlen(top) : 0;

	if (!whole)
		return true;
	return bytes && strncmp(whole, top, bytes) == 0 &&
	       (top[bytes - 1] == '/' || whole[bytes] == '/');
}

const char *cmd_add_why(long failed)
{
	return failed == 0        ? "there is no such file"
	       : failed == -EPERM ? "leaves the folder of the definition, and is no absolute path"
				  : strerror((int)-failed);
}

long cmd_add_files(
	struct feed_reader *reader, const struct feed_entry *entry, const char *definition)
{
	char pattern[PATH_BYTES];
	glob_t found;
	long count = 0;
	bool absolute = *entry->pattern == '/';
	int r = join(pattern, definition, entry->pattern);

	if (r < 0)
		return r;
	if (!absolute && has_step_up(entry->pattern))
		return -EPERM;
	if (glob(pattern, GLOB_MARK, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];

		if (path[strlen(path) - 1] == '/')
			continue;
		r = absolute || is_below(path, definition) ? add_work(reader, path, entry, false)
							   : -EPERM;
		count++;
	}
	globfree(&found);
	return r < 0 ? r : count;
}

/* A file says by its name that it is the user's own: a feed that he fetched may say within that it
 * is anything. */
static bool is_own_name(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
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
			cmd_add_why(count));
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

struct output {
	const char *option, *path;
};

enum { OUTPUTS = 3 };

static void outputs_of(const struct sig_args *args, struct output ret[OUTPUTS])
{
	ret[0] = (struct output){"--output", args->output};
	ret[1] = (struct output){"--json", args->json};
	ret[2] = (struct output){"--report", args->report};
}

static bool is_over(const char *output, const char *const *inputs, size_t count)
{
	const char *input = output ? file_among(output, inputs, count) : NULL;

	if (input)
		log_error("%s would be written over %s, which is to be read: name another file",
			output, input);
	return input;
}

bool cmd_outputs_clash(const struct sig_args *args)
{
	const char *const nothing = "-", *const named[] = {args->overrides, args->feeds,
						 args->suffixes, args->sign};
	struct output outputs[OUTPUTS];

	outputs_of(args, outputs);
	for (size_t i = 0; i < OUTPUTS; i++) {
		const char *path = outputs[i].path;

		for (size_t j = 0; path && j < i; j++) {
			if (!outputs[j].path || !file_is_same(path, outputs[j].path))
				continue;
			log_error("%s is named by %s and by %s: name another file", path,
				outputs[j].option, outputs[i].option);
			return true;
		}
		if (is_over(path, args->words.values, args->words.count) ||
			is_over(path, args->warninglists.values, args->warninglists.count) ||
			is_over(path, args->trust.values, args->trust.count))
			return true;
		for (size_t j = 0; j < ARRAY_LEN(named); j++) {
			if (is_over(path, named[j] ? &named[j] : &nothing, 1))
				return true;
		}
	}
	return false;
}

/* Of what definitions name. */
static bool is_over_work(const struct feed_reader *reader)
{
	struct output outputs[OUTPUTS];

	outputs_of(reader->args, outputs);
	for (size_t i = 0; i < OUTPUTS; i++) {
		for (size_t j = 0; j < reader->work_count; j++) {
			const char *path = reader->works[j].path;

			if (is_over(outputs[i].path, &path, 1))
				return true;
		}
	}
	return false;
}

/* A word of the command line: what may be one of our own files, and what is a feed. */
static int add_word(struct feed_reader *reader, const char *path)
{
	const struct feed_entry *entry = entry_for(reader->feeds, path);
	const char *format = reader->args->format;
	bool own = is_own_name(path) && !(entry && entry->format);
	char shown[SHOWN_BYTES];

	if (own && !format && is_definition(path))
		return add_definition(reader, path);
	text_terminal(shown, sizeof(shown), path, strlen(path));
	if (reader->feeds && !entry)
		log_warning("%s: no entry of %s is about it: nothing is known of it but its name",
			shown, reader->args->feeds);
	if (format)
		own = strcmp(format, "pack") == 0;
	if (add_work(reader, path, entry, own) == 0)
		return EXIT_ALL_READ;
	log_error("%s", strerror(ENOMEM));
	return EXIT_COMMAND_WRONG;
}

int cmd_feeds_open(struct feed_reader *reader)
{
	const struct option_list *words = &reader->args->words;
	int code = cmd_gate_open(reader);

	if (code == 0 && reader->args->feeds)
		code = cmd_read_definition(&reader->feeds, reader->args->feeds, NULL);
	for (size_t i = 0; code == 0 && i < words->count; i++)
		code = add_word(reader, words->values[i]);
	return code == EXIT_ALL_READ && is_over_work(reader) ? EXIT_COMMAND_WRONG : code;
}
