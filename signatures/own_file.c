/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/own_file.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define PERSONS_MAX 8
#define KEYS_MAX    32

/* Behind blanks; nothing of what follows is read by libraries that want a closing zero. */
static struct cursor behind_blanks(struct cursor in)
{
	while (cur_left(&in) && (cur_peek(&in, 0) == ' ' || cur_peek(&in, 0) == '\r'))
		cur_skip(&in, 1);
	return in;
}

bool own_file_is(struct cursor text, const char *key)
{
	size_t bytes = strlen(key);

	if (cur_is(&text, "\xef\xbb\xbf", 3))
		cur_skip(&text, 3);
	while (cur_left(&text)) {
		const uint8_t *end = memchr(text.pos, '\n', cur_left(&text));
		struct cursor in = behind_blanks(text);

		if (cur_left(&in) && cur_peek(&in, 0) != '#' && cur_peek(&in, 0) != '\n' &&
			!cur_is(&text, "---", 3))
			break;
		cur_skip(&text, end ? (size_t)(end - text.pos) + 1 : cur_left(&text));
	}
	return cur_is(&text, key, bytes) && cur_peek(&text, bytes) == ':';
}

int own_file_parse(struct cursor text, struct problems *problems,
	int (*read)(void *context, const struct tree_node *root), void *context)
{
	struct tree_error error;
	struct tree tree;
	int failed = tree_yaml(&tree, text, &error);

	if (failed == -EBADMSG)
		problems_add(problems, error.line, "%s", error.text);
	if (failed < 0)
		return failed;
	failed = read(context, tree.root);
	tree_done(&tree);
	return failed == 0 && problems->count ? -EBADMSG : failed;
}

const struct tree_node *own_file_list(
	const struct tree_node *root, const char *key, struct problems *problems)
{
	const struct tree_node *list = tree_get(root, key);

	tree_each (n, root) {
		if (n != list)
			problems_add(problems, n->line,
				"here is one list, %s, and nothing beside it", key);
	}
	if (list && list->kind == TREE_LIST)
		return list;
	problems_add(problems, list ? list->line : 1, "%s is to be a list", key);
	return NULL;
}

void own_file_keys(const struct tree_node *of, const char *const *keys, struct problems *problems)
{
	bool seen[KEYS_MAX] = {false};

	tree_each (n, of) {
		size_t i = 0;

		while (keys[i] && !tree_is(n, keys[i]))
			i++;
		if (!keys[i])
			problems_add_word(problems, n->line, "key", n->name, keys);
		else if (seen[i])
			problems_add(problems, n->line, "%s is there twice", keys[i]);
		else
			seen[i] = true;
	}
}

static bool is_blank(const char *text)
{
	return !text || !text[strspn(text, " \t\r\n")];
}

const char *own_file_text(const struct tree_node *of, const char *name, struct problems *problems)
{
	const struct tree_node *n = tree_get(of, name);

	if (n && (n->kind == TREE_LIST || n->kind == TREE_MAP))
		problems_add(problems, n->line, "%s is one value", name);
	else if (n && !tree_is_null(n) && !is_blank(n->text))
		return n->text;
	return NULL;
}

/* The same person in other letters or with other blanks is one person. */
static bool is_same(const char *a, const char *b)
{
	for (;;) {
		while (*a && (isspace((unsigned char)*a) || ispunct((unsigned char)*a)))
			a++;
		while (*b && (isspace((unsigned char)*b) || ispunct((unsigned char)*b)))
			b++;
		if (!*a || !*b)
			return *a == *b;
		if (tolower((unsigned char)*a++) != tolower((unsigned char)*b++))
			return false;
	}
}

/* How many different ones there are; names without a letter are nobody. */
static size_t persons(const struct tree_node *list, const char *ret[PERSONS_MAX])
{
	size_t count = 0;

	tree_each (n, list) {
		bool known = !n->text || is_same(n->text, "");

		for (size_t i = 0; i < count && !known; i++)
			known = is_same(ret[i], n->text);
		if (!known && count < PERSONS_MAX)
			ret[count++] = n->text;
	}
	return count;
}

int own_file_approval(const char **ret, struct texts *texts, const struct tree_node *of,
	const char *what, struct problems *problems)
{
	const struct tree_node *by = tree_get(of, "approved_by");
	const char *who[PERSONS_MAX], *reason = own_file_text(of, "reason", problems);
	size_t count = by && by->kind == TREE_LIST ? persons(by, who) : 0;

	*ret = NULL;
	if (count < 2)
		problems_add(problems, by ? by->line : of->line,
			"%s needs two different persons: approved_by: [A, B]", what);
	if (!reason)
		problems_add(problems, of->line, "%s needs a reason", what);
	if (count < 2 || !reason)
		return 0;
	*ret = texts_print(
		texts, "%s and %s%s: %s", who[0], who[1], count > 2 ? " and others" : "", reason);
	return *ret ? 0 : -ENOMEM;
}
