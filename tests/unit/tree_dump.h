/* SPDX-License-Identifier: Apache-2.0 */
/* Trees as text for the tests of their three parsers: LINE, NAME: if there is one, then null, true,
 * #NUMBER, 'TEXT' (`TEXT` when it was plain), [LIST] or {MAP}; or !LINE WHY when it was refused. */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "signatures/tree.h"
#include "tests/unit/unit.h"

typedef int tree_parser(struct tree *ret, struct cursor text, struct tree_error *ret_error);

static inline void dump_node(FILE *to, const struct tree_node *n)
{
	const char *quote = n->plain ? "`" : "'";
	const char *separator = "";

	fprintf(to, "%u%s%s", n->line, n->name, *n->name ? ":" : "");
	if (n->kind == TREE_NULL)
		fprintf(to, "null");
	else if (n->kind == TREE_BOOL)
		fprintf(to, "%s", n->text);
	else if (n->kind == TREE_NUMBER)
		fprintf(to, "#%s", n->text);
	else if (n->text && (n->kind == TREE_TEXT || n->text_bytes))
		fprintf(to, "%s%s%s", quote, n->text, quote);
	if (n->kind == TREE_LIST || n->kind == TREE_MAP)
		fputc(n->kind == TREE_LIST ? '[' : '{', to);
	tree_each (child, n) {
		assert_ptr_equal(child->parent, n);
		fputs(separator, to);
		separator = " ";
		dump_node(to, child);
	}
	if (n->kind == TREE_LIST || n->kind == TREE_MAP)
		fputc(n->kind == TREE_LIST ? ']' : '}', to);
}

/* The text is copied to memory of just its size, so that a read past its end is seen. */
static inline int parse_copy(tree_parser *parse, struct tree *ret, const void *text, size_t bytes,
	struct tree_error *ret_error)
{
	uint8_t *copy = malloc(bytes);
	int r;

	assert_true(copy || !bytes);
	if (bytes)
		memcpy(copy, text, bytes);
	r = parse(ret, cur_init(copy, bytes), ret_error);
	free(copy);
	return r;
}

static inline char *dump(tree_parser *parse, const void *text, size_t bytes)
{
	struct tree tree = {0};
	struct tree_error error = {0};
	char *said = NULL;
	size_t size;
	int r = parse_copy(parse, &tree, text, bytes, &error);
	FILE *to = open_memstream(&said, &size);

	assert_non_null(to);
	if (r == 0) {
		dump_node(to, tree.root);
	} else {
		assert_int_equal(r, -EBADMSG);
		assert_null(tree.root);
		fprintf(to, "!%u %s", error.line, error.text);
	}
	fclose(to);
	tree_done(&tree);
	return said;
}

struct tree_case {
	const char *text, *tree;
};

static inline void check_cases(tree_parser *parse, const struct tree_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *said = dump(parse, cases[i].text, strlen(cases[i].text));

		assert_string_equal(said, cases[i].tree);
		free(said);
	}
}

#define CHECK_CASES(parse, cases) check_cases(parse, cases, ARRAY_LEN(cases))

static inline void check_octets(
	tree_parser *parse, const void *text, size_t bytes, const char *expected)
{
	char *said = dump(parse, text, bytes);

	assert_string_equal(said, expected);
	free(said);
}

/* Head, so many times the middle, tail. */
struct repeated {
	const char *head, *middle, *tail;
	size_t times;
};

static inline void check_repeated(tree_parser *parse, struct repeated r, const char *expected)
{
	size_t head = strlen(r.head), middle = strlen(r.middle), tail = strlen(r.tail);
	size_t bytes = head + r.times * middle + tail, at = head;
	char *text = malloc(bytes), *said;

	assert_non_null(text);
	memcpy(text, r.head, head);
	for (size_t i = 0; i < r.times; i++, at += middle)
		memcpy(text + at, r.middle, middle);
	memcpy(text + at, r.tail, tail);
	said = dump(parse, text, bytes);
	if (expected)
		assert_string_equal(said, expected);
	else
		assert_true(*said != '!');
	free(said);
	free(text);
}

/* Every beginning of a sample is refused, or `ends_anywhere` says that it may be whole. */
static inline void check_cut(tree_parser *parse, const char *sample, bool ends_anywhere)
{
	for (size_t bytes = 0; bytes < strlen(sample); bytes++) {
		struct tree tree = {0};
		struct tree_error error = {0};
		int r = parse_copy(parse, &tree, sample, bytes, &error);

		assert_true(r == -EBADMSG || (r == 0 && ends_anywhere));
		assert_true(r == 0 ? tree.root != NULL : *error.text && error.line > 0);
		tree_done(&tree);
	}
}

/* Whether another octet in each place is an error or a tree, nothing worse. */
static inline void check_flipped(tree_parser *parse, const char *sample)
{
	size_t bytes = strlen(sample);
	char *text = strdup(sample);

	assert_non_null(text);
	for (size_t i = 0; i < bytes; i++) {
		for (unsigned c = 0; c < 256; c++) {
			struct tree tree = {0};
			struct tree_error error = {0};
			int r;

			text[i] = (char)c;
			r = parse_copy(parse, &tree, text, bytes, &error);
			assert_true(r == -EBADMSG || (r == 0 && tree.root));
			assert_true(r == 0 || *error.text);
			tree_done(&tree);
		}
		text[i] = sample[i];
	}
	free(text);
}

/* Encodings are checked in one place for all. `good` is a document of ASCII that may be followed by
 * a line end. */
static inline void check_encodings(tree_parser *parse, const char *good)
{
	char text[256];
	size_t bytes = strlen(good);
	char *plain = dump(parse, good, bytes);

	assert_true(*plain != '!' && bytes < 200);
	snprintf(text, sizeof(text), "\xef\xbb\xbf%s", good);
	check_octets(parse, text, bytes + 3, plain);
	free(plain);
	check_octets(parse, "\xef\xbb\xbf", 3, "!1 there is nothing in it");
	check_octets(parse, "", 0, "!1 there is nothing in it");
	for (size_t i = 0; i < 2 * bytes; i++)
		text[i] = i % 2 ? 0 : good[i / 2];
	check_octets(parse, text, 2 * bytes, "!1 a zero octet");
	memmove(text + 2, text, 2 * bytes);
	memcpy(text, "\xff\xfe", 2);
	check_octets(parse, text, 2 * bytes + 2, "!1 UTF-16; convert it: iconv -f UTF-16 -t UTF-8");
	memcpy(text, "\xfe\xff", 2);
	check_octets(parse, text, 2 * bytes + 2, "!1 UTF-16; convert it: iconv -f UTF-16 -t UTF-8");
	snprintf(text, sizeof(text), "%s\n\n\xe9", good);
	check_octets(parse, text, bytes + 3, "!3 not UTF-8");
	snprintf(text, sizeof(text), "%s\r\r\n\xed\xa0\x80", good);
	check_octets(parse, text, bytes + 6, "!3 not UTF-8");
	snprintf(text, sizeof(text), "%s\n", good);
	check_octets(parse, text, bytes + 2, "!2 a zero octet");
}
