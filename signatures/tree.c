/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes, their memory, lookups. Memory comes in blocks that are only released together: a tree is
 * built once, read, and thrown away. */
#include "signatures/tree.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "signatures/tree_build.h"

#define BLOCK_BYTES_MIN 4096u
#define BLOCK_BYTES_MAX (1u << 20)

struct tree_block {
	struct tree_block *next;
	size_t size, used;
	alignas(8) char octets[];
};

static_assert(TREE_NAME_BYTES_MAX <= UINT16_MAX, "name_bytes holds it");

void tree_done(struct tree *t)
{
	for (struct tree_block *block = t->blocks, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	*t = (struct tree){0};
}

const struct tree_node *tree_get(const struct tree_node *n, const char *name)
{
	size_t bytes = strlen(name);

	tree_each (child, n) {
		if (child->name_bytes == bytes && memcmp(child->name, name, bytes) == 0)
			return child;
	}
	return NULL;
}

const struct tree_node *tree_path(const struct tree_node *n, const char *path)
{
	while (n && *path) {
		size_t bytes = strcspn(path, "/");
		const struct tree_node *child = n->first;

		while (child &&
			(child->name_bytes != bytes || memcmp(child->name, path, bytes) != 0))
			child = child->next;
		n = child;
		path += bytes;
		path += *path == '/';
	}
	return n;
}

const char *tree_text(const struct tree_node *n, const char *name, size_t *ret_bytes)
{
	const struct tree_node *child = tree_get(n, name);

	if (ret_bytes)
		*ret_bytes = child ? child->text_bytes : 0;
	return child ? child->text : NULL;
}

bool tree_is_null(const struct tree_node *n)
{
	if (!n || n->kind == TREE_NULL)
		return true;
	return n->plain &&
	       (!*n->text || strcmp(n->text, "~") == 0 || strcmp(n->text, "null") == 0 ||
		       strcmp(n->text, "Null") == 0 || strcmp(n->text, "NULL") == 0);
}

int tree_fail(struct tree_builder *b, uint32_t line, const char *why)
{
	if (b->error)
		return b->error;
	b->error = -EBADMSG;
	b->ret_error->line = line;
	text_terminal(b->ret_error->text, sizeof(b->ret_error->text), why, strlen(why));
	return b->error;
}

int tree_no_memory(struct tree_builder *b)
{
	if (!b->error)
		(void)tree_fail(b, 0, "out of memory");
	b->error = -ENOMEM;
	return b->error;
}

/* Blocks double, so that a small tree is small and a large one has few; what is larger than a
 * block has one of its own, behind the first. */
static struct tree_block *new_block(struct tree *t, size_t bytes)
{
	struct tree_block *first = t->blocks, *block;
	size_t size = first ? 2 * first->size : BLOCK_BYTES_MIN;

	if (size > BLOCK_BYTES_MAX)
		size = BLOCK_BYTES_MAX;
	if (size < bytes)
		size = bytes;
	block = malloc(sizeof(*block) + size);
	if (!block)
		return NULL;
	*block = (struct tree_block){.size = size};
	if (first && first->size - first->used > size - bytes) {
		block->next = first->next;
		first->next = block;
	} else {
		block->next = first;
		t->blocks = block;
	}
	return block;
}

static void *take(struct tree_builder *b, size_t bytes, size_t alignment)
{
	struct tree_block *block = b->tree.blocks;
	size_t at = block ? (block->used + alignment - 1) & ~(alignment - 1) : 0;

	if (!block || at > block->size || block->size - at < bytes) {
		block = new_block(&b->tree, bytes);
		at = 0;
	}
	if (!block) {
		(void)tree_no_memory(b);
		return NULL;
	}
	block->used = at + bytes;
	return block->octets + at;
}

static size_t count_zeros(const char *text, size_t bytes)
{
	const char *zero = bytes ? memchr(text, 0, bytes) : NULL;
	size_t count = 0;

	for (; zero && zero < text + bytes; zero++)
		count += !*zero;
	return count;
}

/* A copy with a closing zero and none before it. */
static const char *keep(struct tree_builder *b, const char *text, size_t bytes, size_t *ret_bytes)
{
	size_t zeros = count_zeros(text, bytes), used = 0;
	char *to = take(b, bytes + 2 * zeros + 1, 1);

	if (!to)
		return NULL;
	*ret_bytes = bytes + 2 * zeros;
	to[*ret_bytes] = '\0';
	if (!zeros && bytes)
		memcpy(to, text, bytes);
	for (size_t i = 0; zeros && i < bytes; i++) {
		if (text[i]) {
			to[used++] = text[i];
			continue;
		}
		memcpy(to + used, "\xef\xbf\xbd", 3);
		used += 3;
	}
	return to;
}

int tree_name(struct tree_builder *b, const void *name, size_t bytes, uint32_t line)
{
	size_t kept = 0;

	if (b->error)
		return b->error;
	if (bytes + 2 * count_zeros(name, bytes) > TREE_NAME_BYTES_MAX)
		return tree_fail(b, line, "a name of more than 1024 octets");
	b->name = keep(b, name, bytes, &kept);
	b->name_bytes = (uint16_t)kept;
	b->name_line = line;
	return b->error;
}

struct tree_node *tree_add(struct tree_builder *b, enum tree_kind kind, uint32_t line)
{
	struct tree_node *n, *parent = b->depth ? b->open[b->depth - 1] : NULL;

	if (!b->error && b->tree.node_count == TREE_NODES_MAX)
		(void)tree_fail(b, line, "more than 8000000 values");
	n = b->error ? NULL : take(b, sizeof(*n), alignof(struct tree_node));
	if (!n)
		return NULL;
	*n = (struct tree_node){.kind = (uint8_t)kind, .line = line, .name = "", .parent = parent};
	if (b->name) {
		n->name = b->name;
		n->name_bytes = b->name_bytes;
		n->line = b->name_line;
		b->name = NULL;
	}
	b->tree.node_count++;
	if (!parent) {
		b->tree.root = n;
		return n;
	}
	if (parent->first)
		b->last[b->depth - 1]->next = n;
	else
		parent->first = n;
	b->last[b->depth - 1] = n;
	return n;
}

int tree_set_text(struct tree_builder *b, struct tree_node *n, const void *text, size_t bytes)
{
	size_t kept = 0;

	if (b->error)
		return b->error;
	if (bytes > TREE_TEXT_BYTES_MAX)
		return tree_fail(b, n->line, "a text of more than 1 MiB");
	n->text = keep(b, text, bytes, &kept);
	n->text_bytes = (uint32_t)kept;
	return b->error;
}

struct tree_node *tree_add_text(
	struct tree_builder *b, enum tree_kind kind, uint32_t line, const void *text, size_t bytes)
{
	struct tree_node *n = tree_add(b, kind, line);

	return n && tree_set_text(b, n, text, bytes) == 0 ? n : NULL;
}

struct tree_node *tree_open(struct tree_builder *b, enum tree_kind kind, uint32_t line)
{
	struct tree_node *n;

	if (b->depth == TREE_DEPTH_MAX) {
		(void)tree_fail(b, line, "nested deeper than 64 levels");
		return NULL;
	}
	n = tree_add(b, kind, line);
	if (n)
		b->open[b->depth++] = n;
	return n;
}

static int compare_names(const void *a, const void *b)
{
	const struct tree_node *x = *(const struct tree_node *const *)a;
	const struct tree_node *y = *(const struct tree_node *const *)b;
	size_t bytes = x->name_bytes < y->name_bytes ? x->name_bytes : y->name_bytes;
	int order = memcmp(x->name, y->name, bytes);

	return order ? order : (x->name_bytes > y->name_bytes) - (x->name_bytes < y->name_bytes);
}

int tree_names_once(struct tree_builder *b)
{
	const struct tree_node *of = b->depth ? b->open[b->depth - 1] : NULL;
	_cleanup_(free_ptr) const struct tree_node **children = NULL;
	char why[TREE_ERROR_BYTES_MAX];
	size_t count = 0;

	tree_each (n, of)
		count++;
	if (b->error || count < 2)
		return b->error;
	children = calloc(count, sizeof(void *));
	if (!children)
		return tree_no_memory(b);
	count = 0;
	tree_each (n, of)
		children[count++] = n;
	qsort(children, count, sizeof(void *), compare_names);
	for (size_t i = 1; i < count; i++) {
		const struct tree_node *one = children[i - 1], *other = children[i];

		if (compare_names(&one, &other) != 0)
			continue;
		(void)snprintf(why, sizeof(why), "%.100s is there twice in one object", one->name);
		return tree_fail(b, one->line > other->line ? one->line : other->line, why);
	}
	return 0;
}

void tree_close(struct tree_builder *b)
{
	if (b->depth)
		b->depth--;
}

struct tree_lines tree_lines(struct cursor text)
{
	return (struct tree_lines){text.pos, text.pos + cur_left(&text), 1};
}

uint32_t tree_line(struct tree_lines *l, const uint8_t *at)
{
	if (at > l->end)
		at = l->end;
	for (; l->at < at; l->at++)
		l->line += *l->at == '\n' ||
			   (*l->at == '\r' && !(l->end - l->at > 1 && l->at[1] == '\n'));
	return l->line;
}

/* Eight octets of ASCII without a zero at a time, then character by character. */
static const uint8_t *first_not_utf8(const uint8_t *at, const uint8_t *end)
{
	const uint64_t high = 0x8080808080808080, ones = 0x0101010101010101;

	while (at < end) {
		uint64_t word = 0;
		uint32_t c;
		unsigned length;

		while (end - at >= 8) {
			memcpy(&word, at, 8);
			if ((word | (word - ones)) & high)
				break;
			at += 8;
		}
		if (at == end)
			break;
		length = text_char(at, (size_t)(end - at), &c);
		if (!length || !*at)
			return at;
		at += length;
	}
	return NULL;
}

int tree_begin(struct tree_builder *b, struct cursor *text, struct tree_error *ret_error)
{
	const uint8_t *wrong;

	*b = (struct tree_builder){.ret_error = ret_error};
	if (cur_is(text, "\xff\xfe", 2) || cur_is(text, "\xfe\xff", 2))
		return tree_fail(b, 1, "UTF-16; convert it: iconv -f UTF-16 -t UTF-8");
	if (cur_is(text, "\xef\xbb\xbf", 3))
		*text = cur_init(text->pos + 3, cur_left(text) - 3);
	if (!cur_left(text))
		return tree_fail(b, 1, "there is nothing in it");
	wrong = first_not_utf8(text->pos, text->pos + cur_left(text));
	if (wrong) {
		struct tree_lines lines = tree_lines(*text);

		return tree_fail(
			b, tree_line(&lines, wrong), *wrong ? "not UTF-8" : "a zero octet");
	}
	return 0;
}

int tree_end(struct tree_builder *b, struct tree *ret)
{
	if (!b->error && !b->tree.root)
		(void)tree_fail(b, 1, "there is nothing in it");
	if (b->error)
		tree_done(&b->tree);
	else
		*ret = b->tree;
	return b->error;
}
