/* SPDX-License-Identifier: Apache-2.0 */
/* The two forms of a list, and folders of them. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "signatures/tree.h"
#include "signatures/warninglist_build.h"

#define PATH_BYTES 4096

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool text_is(const char *text, size_t bytes, const char *word)
{
	return text && strlen(word) == bytes && strncasecmp(text, word, bytes) == 0;
}

/* Of what MISP compares a list with, what the probe has as well. */
static void read_attributes(
	const struct tree_node *attributes, bool *ret_usable, enum value_column *ret_column)
{
	static const char *const usable[] = {"domain", "hostname", "domain|ip", "hostname|port",
		"ip-src", "ip-dst", "ip-src|port", "ip-dst|port", "ja3-fingerprint-md5",
		"x509-fingerprint-sha1", "x509-fingerprint-sha256"};

	*ret_column = COLUMN_ANY;
	*ret_usable = !tree_first(attributes);
	tree_each (attribute, attributes) {
		for (size_t i = 0; i < ARRAY_LEN(usable); i++) {
			if (!text_is(attribute->text, attribute->text_bytes, usable[i]))
				continue;
			*ret_usable = true;
			if (strncmp(usable[i], "x509", 4) == 0)
				*ret_column = COLUMN_CERT;
			else if (strncmp(usable[i], "ja3", 3) == 0)
				*ret_column = COLUMN_JA3;
		}
	}
}

/* NULL: the type of a list can be used. */
static const char *why_type(const char *type, size_t bytes)
{
	if (text_is(type, bytes, "substring"))
		return "parts of names would hold back whatever contains them";
	if (text_is(type, bytes, "regex"))
		return "regular expressions are not read";
	if (!text_is(type, bytes, "string") && !text_is(type, bytes, "hostname") &&
		!text_is(type, bytes, "cidr"))
		return "its type is not known";
	return NULL;
}

static int read_misp(struct warninglists *w, const struct tree_node *root, const char *path)
{
	const struct tree_node *list = tree_get(root, "list");
	size_t name_bytes = 0, type_bytes = 0;
	const char *name = tree_text(root, "name", &name_bytes);
	const char *type = tree_text(root, "type", &type_bytes), *why = why_type(type, type_bytes);
	enum warning_kind kind = WARNING_KINDS;
	enum value_column column;
	bool usable;
	int r = warninglist_begin(
		w, name ? name : file_name(path), name ? name_bytes : strlen(file_name(path)));

	read_attributes(tree_get(root, "matching_attributes"), &usable, &column);
	if (r < 0)
		return r;
	if (!usable)
		why = "of nothing that a packet shows";
	if (why)
		kind = WARNING_UNUSED;
	else
		kind = warning_kind_of(file_name(path), w->lists[w->list_count - 1].name,
			text_is(type, type_bytes, "cidr"), &why);
	tree_each (entry, kind == WARNING_UNUSED ? NULL : list) {
		r = entry->text
			    ? warninglist_entry(w, entry->text, entry->text_bytes, column, false)
			    : 0;
		if (r < 0)
			return r;
	}
	return warninglist_end(w, file_name(path), kind, why);
}

static int add_json(struct warninglists *w, struct cursor text, const char *path, char *ret_error,
	size_t error_size)
{
	_cleanup_(tree_done) struct tree tree = {0};
	struct tree_error error;
	int r = tree_json(&tree, text, &error);

	if (r == -EBADMSG)
		snprintf(ret_error, error_size, "%s: line %u: %s", path, error.line, error.text);
	if (r < 0)
		return r;
	if (tree.root->kind == TREE_MAP && tree_get(tree.root, "list") &&
		tree_get(tree.root, "list")->kind == TREE_LIST)
		return read_misp(w, tree.root, path);
	snprintf(ret_error, error_size, "%s: JSON, but no list of MISP: it has no `list`", path);
	return -EBADMSG;
}

struct plain {
	const char *name;
	size_t name_bytes;
	enum warning_kind kind;
	const char *wrong; /* a kind that there is not */
};

/* `# name: TEXT` and `# kind: WORD`. */
static void read_comment(struct plain *p, const char *text, size_t bytes)
{
	while (bytes && (*text == '#' || isblank((unsigned char)*text))) {
		text++;
		bytes--;
	}
	if (bytes > 6 && memcmp(text, "name: ", 6) == 0) {
		p->name = text + 6;
		p->name_bytes = bytes - 6;
	}
	if (bytes <= 6 || memcmp(text, "kind: ", 6) != 0)
		return;
	for (p->kind = 0; p->kind < WARNING_UNUSED; p->kind++) {
		if (text_is(text + 6, bytes - 6, warning_kind_name(p->kind)))
			return;
	}
	p->wrong = "kind is none of those in warninglist_kind.c";
}

/* The next line without blanks round it; false at the end. */
static bool next_line(struct cursor *in, const char **ret, size_t *ret_bytes)
{
	const char *begin = (const char *)in->pos;
	size_t bytes = 0, left = cur_left(in);

	if (left == 0)
		return false;
	while (bytes < left && begin[bytes] != '\n')
		bytes++;
	cur_skip(in, bytes + (bytes < left));
	while (bytes && isspace((unsigned char)begin[bytes - 1]))
		bytes--;
	while (bytes && isspace((unsigned char)*begin)) {
		begin++;
		bytes--;
	}
	*ret = begin;
	*ret_bytes = bytes;
	return true;
}

static int add_plain(struct warninglists *w, struct cursor text, const char *path, char *ret_error,
	size_t error_size)
{
	struct plain p = {file_name(path), strlen(file_name(path)), WARNING_KINDS, NULL};
	struct cursor in = text;
	const char *line;
	size_t bytes;
	int r;

	while (next_line(&in, &line, &bytes)) {
		if (bytes && *line == '#')
			read_comment(&p, line, bytes);
	}
	if (p.wrong) {
		snprintf(ret_error, error_size, "%s: %s", path, p.wrong);
		return -EBADMSG;
	}
	r = warninglist_begin(w, p.name, p.name_bytes);
	for (in = text; r == 0 && next_line(&in, &line, &bytes);) {
		size_t value = 0;

		while (value < bytes && !isspace((unsigned char)line[value]))
			value++;
		if (value && *line != '#')
			r = warninglist_entry(w, line, value, COLUMN_ANY, true);
	}
	if (r < 0)
		return r;
	if (w->lists[w->list_count - 1].entries == 0 && w->lists[w->list_count - 1].skipped) {
		snprintf(ret_error, error_size, "%s: not a list: no line is a name or an address",
			path);
		w->list_count--;
		return -EBADMSG;
	}
	return warninglist_end(w, file_name(path), p.kind, NULL);
}

int warninglists_add(struct warninglists *w, struct cursor text, const char *path, char *ret_error,
	size_t error_size)
{
	struct cursor in;
	int r;

	snprintf(ret_error, error_size, "%s: more lists or entries than can be kept", path);
	if (cur_is(&text, "\xef\xbb\xbf", 3))
		cur_skip(&text, 3);
	in = text;
	while (cur_left(&in) && isspace(cur_peek(&in, 0)))
		cur_skip(&in, 1);
	if (cur_is(&in, "{", 1) || cur_is(&in, "[", 1))
		r = add_json(w, text, path, ret_error, error_size);
	else
		r = add_plain(w, text, path, ret_error, error_size);
	if (r == -ENOMEM)
		snprintf(ret_error, error_size, "%s", strerror(ENOMEM));
	return r;
}

static int load_file(struct warninglists *w, const char *path, char *ret_error, size_t error_size)
{
	_cleanup_(free_ptr) char *text = NULL;
	size_t bytes = 0;
	int r = file_read(&text, &bytes, path, WARNINGLIST_BYTES_MAX);

	if (r < 0) {
		snprintf(ret_error, error_size, "%s: %s", path, strerror(-r));
		return r;
	}
	return warninglists_add(w, cur_init(text, bytes), path, ret_error, error_size);
}

static int is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static bool is_list_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot &&
	       (strcmp(dot, ".json") == 0 || strcmp(dot, ".txt") == 0 || strcmp(dot, ".list") == 0);
}

/* One name in a folder: a list, a folder with list.json, or something else. */
static int load_entry(struct warninglists *w, const char *folder, const char *name, char *ret_error,
	size_t error_size)
{
	char path[PATH_BYTES];
	struct stat there;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path) - 16)
		return 0;
	if (stat(path, &there) != 0)
		return 0;
	if (S_ISDIR(there.st_mode)) {
		memcpy(path + strlen(path), "/list.json", sizeof("/list.json"));
		if (stat(path, &there) != 0)
			return 0;
	} else if (!is_list_name(name)) {
		return 0;
	}
	return load_file(w, path, ret_error, error_size);
}

int warninglists_load(struct warninglists *w, const char *path, char *ret_error, size_t error_size)
{
	struct dirent **names = NULL;
	struct stat there;
	int count, r = 0;

	if (stat(path, &there) == 0 && !S_ISDIR(there.st_mode))
		return load_file(w, path, ret_error, error_size);
	count = scandir(path, &names, is_visible, alphasort);
	if (count < 0) {
		r = -errno;
		snprintf(ret_error, error_size, "%s: %s", path, strerror(errno));
		return r;
	}
	for (int i = 0; i < count; i++) {
		if (r == 0)
			r = load_entry(w, path, names[i]->d_name, ret_error, error_size);
		free(names[i]);
	}
	free(names);
	return r;
}
