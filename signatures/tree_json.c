/* SPDX-License-Identifier: Apache-2.0 */
/* JSON, RFC 8259, by libyajl's events; it keeps no recursion. Escapes are resolved here and not by
 * yajl 2.1, which drops the octet after half of a surrogate pair: feeds quote posts that were cut
 * within an emoji. */
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "signatures/tree_build.h"

#define ESCAPE_BYTES_MAX 6 /* \u0041 for one octet */
#define REPLACEMENT      0xfffdu

struct json {
	struct tree_builder b;
	yajl_handle yajl;
	const uint8_t *text, *end;
	struct tree_lines lines; /* stands behind the last token */
	bool is_over;            /* yajl was told that the text ends: offsets are of no use now */
	char *plain;             /* the last string, without its escapes */
	size_t plain_size;
};

/* Behind the token that yajl just read. */
static const uint8_t *here(const struct json *j)
{
	size_t offset = yajl_get_bytes_consumed(j->yajl);

	return j->is_over || offset > (size_t)(j->end - j->text) ? j->end : j->text + offset;
}

static size_t put_char(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* The four digits behind \u; yajl has checked them. */
static uint32_t hex4(struct cursor *in)
{
	uint32_t n = 0;

	for (int i = 0; i < 4; i++) {
		uint8_t c = cur_u8(in);

		n = n << 4 | (c <= '9' ? c & 0xfu : (c & 0xfu) + 9);
	}
	return n;
}

/* One of \uXXXX or a pair of them, RFC 8259 section 7; what has no pair is U+FFFD. */
static uint32_t escaped_char(struct cursor *in)
{
	uint32_t c = hex4(in);

	if (c < 0xd800 || c > 0xdfff)
		return c;
	if (c < 0xdc00 && cur_is(in, "\\u", 2)) {
		struct cursor second = *in;
		uint32_t low;

		cur_skip(&second, 2);
		low = hex4(&second);
		if (low >= 0xdc00 && low <= 0xdfff && !second.bad) {
			*in = second;
			return 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
		}
	}
	return REPLACEMENT;
}

/* Never longer than it was: the shortest escape of n octets has at least n. */
static size_t resolve(char *to, struct cursor in)
{
	static const char letters[] = "bfnrt", means[] = "\b\f\n\r\t";
	size_t used = 0;

	while (cur_left(&in)) {
		uint8_t c = cur_u8(&in);
		const char *letter;

		if (c != '\\') {
			to[used++] = (char)c;
			continue;
		}
		c = cur_u8(&in);
		letter = c ? strchr(letters, c) : NULL;
		if (c == 'u')
			used += put_char(to + used, escaped_char(&in));
		else
			to[used++] = letter ? means[letter - letters] : (char)c;
	}
	return used;
}

/* What stands between the quotation marks of the string that yajl just read. Between the last
 * token and it there are only blanks and punctuation. */
static struct cursor raw_string(struct json *j)
{
	const uint8_t *end = here(j);
	const uint8_t *open = NULL;

	if (end > j->lines.at)
		open = memchr(j->lines.at, '"', (size_t)(end - j->lines.at));
	if (!open || end - open < 2)
		return cur_init(end, 0);
	return cur_init(open + 1, (size_t)(end - open) - 2);
}

/* The string without escapes, in *ret; false on error. */
static bool string(struct json *j, struct cursor *ret, uint32_t *ret_line)
{
	struct cursor raw = raw_string(j);
	size_t bytes = cur_left(&raw);

	*ret_line = tree_line(&j->lines, here(j));
	*ret = raw;
	if (!bytes || !memchr(raw.pos, '\\', bytes))
		return true;
	if (bytes > (size_t)ESCAPE_BYTES_MAX * TREE_TEXT_BYTES_MAX) {
		(void)tree_fail(&j->b, *ret_line, "a text of more than 1 MiB");
		return false;
	}
	if (bytes > j->plain_size) {
		free(j->plain);
		j->plain_size = bytes < 1024 ? 1024 : 2 * bytes;
		j->plain = malloc(j->plain_size);
		if (!j->plain) {
			j->plain_size = 0;
			(void)tree_no_memory(&j->b);
			return false;
		}
	}
	*ret = cur_init(j->plain, resolve(j->plain, raw));
	return true;
}

static int on_string(void *ctx, const unsigned char *of_yajl, size_t bytes)
{
	struct json *j = ctx;
	struct cursor text;
	uint32_t line;

	(void)of_yajl;
	(void)bytes;
	return string(j, &text, &line) &&
	       tree_add_text(&j->b, TREE_TEXT, line, text.pos, cur_left(&text)) != NULL;
}

static int on_key(void *ctx, const unsigned char *of_yajl, size_t bytes)
{
	struct json *j = ctx;
	struct cursor text;
	uint32_t line;

	(void)of_yajl;
	(void)bytes;
	return string(j, &text, &line) && !tree_name(&j->b, text.pos, cur_left(&text), line);
}

static int on_number(void *ctx, const char *text, size_t bytes)
{
	struct json *j = ctx;
	uint32_t line = tree_line(&j->lines, here(j));

	return tree_add_text(&j->b, TREE_NUMBER, line, text, bytes) != NULL;
}

static int on_boolean(void *ctx, int is_true)
{
	struct json *j = ctx;
	uint32_t line = tree_line(&j->lines, here(j));

	return tree_add_text(&j->b, TREE_BOOL, line, is_true ? "true" : "false", is_true ? 4 : 5) !=
	       NULL;
}

static int on_null(void *ctx)
{
	struct json *j = ctx;

	return tree_add(&j->b, TREE_NULL, tree_line(&j->lines, here(j))) != NULL;
}

static int on_map(void *ctx)
{
	struct json *j = ctx;

	return tree_open(&j->b, TREE_MAP, tree_line(&j->lines, here(j))) != NULL;
}

static int on_list(void *ctx)
{
	struct json *j = ctx;

	return tree_open(&j->b, TREE_LIST, tree_line(&j->lines, here(j))) != NULL;
}

static int on_end(void *ctx)
{
	struct json *j = ctx;

	(void)tree_line(&j->lines, here(j));
	tree_close(&j->b);
	return 1;
}

static int on_map_end(void *ctx)
{
	struct json *j = ctx;

	return tree_names_once(&j->b) == 0 && on_end(ctx);
}

/* yajl's words without its "parse error: " and line end. */
static int fail(struct json *j)
{
	unsigned char *said = yajl_get_error(j->yajl, 0, NULL, 0);
	char *why = said ? strstr((char *)said, "error: ") : NULL;
	uint32_t line = tree_line(&j->lines, here(j));

	if (j->b.tree.root && !j->b.depth) {
		(void)tree_fail(&j->b, line,
			"more follows behind the end (one JSON value is read, not one a line)");
	} else if (why) {
		why += strlen("error: ");
		why[strcspn(why, "\n")] = '\0';
		(void)tree_fail(&j->b, line, why);
	} else {
		(void)tree_no_memory(&j->b);
	}
	yajl_free_error(j->yajl, said);
	return j->b.error;
}

int tree_json(struct tree *ret, struct cursor text, struct tree_error *ret_error)
{
	static const yajl_callbacks callbacks = {
		.yajl_null = on_null,
		.yajl_boolean = on_boolean,
		.yajl_number = on_number,
		.yajl_string = on_string,
		.yajl_start_map = on_map,
		.yajl_map_key = on_key,
		.yajl_end_map = on_map_end,
		.yajl_start_array = on_list,
		.yajl_end_array = on_end,
	};
	struct json j = {0};
	yajl_status status = yajl_status_error;

	if (tree_begin(&j.b, &text, ret_error) < 0)
		return tree_end(&j.b, ret);
	j.text = text.pos;
	j.end = text.pos + cur_left(&text);
	j.lines = tree_lines(text);
	j.yajl = yajl_alloc(&callbacks, NULL, &j);
	if (!j.yajl) {
		(void)tree_no_memory(&j.b);
		return tree_end(&j.b, ret);
	}
	(void)yajl_config(j.yajl, yajl_dont_validate_strings, 1); /* tree_begin has */
	status = yajl_parse(j.yajl, j.text, cur_left(&text));
	if (status == yajl_status_ok) {
		j.is_over = true;
		status = yajl_complete_parse(j.yajl);
	}
	if (status == yajl_status_error)
		(void)fail(&j);
	yajl_free(j.yajl);
	free(j.plain);
	return tree_end(&j.b, ret);
}
