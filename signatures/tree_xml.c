/* SPDX-License-Identifier: Apache-2.0 */
/* XML 1.0 (fifth edition) by libxml2's SAX2 interface. Nothing is loaded and nothing expanded: a
 * document type ends it at once, hence there are no entities but the five of section 4.6; no
 * encoding is converted, so that a feed cannot choose which of iconv's modules it is read by.
 * Namespaces are dropped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>

#include "base/cleanup.h"
#include "signatures/tree_build.h"

/* libxml2 before 2.12 compares each attribute of an element with each, and looks up each prefix in
 * all that are declared: more of them than this would be quadratic work. */
#define ATTRIBUTES_MAX        256   /* of one element, with declarations of namespaces */
#define NAMESPACES_MAX        256   /* in scope */
#define NAMES_MAX             65536 /* different ones, with addresses of namespaces */
#define DECLARATION_BYTES_MAX 512   /* of <?xml ... ?> */
#define ATTRIBUTE_POINTERS    5     /* local name, prefix, URI, begin and end of the value */

#define NO_DOCUMENT_TYPE "a document type (DOCTYPE) is not read"

#if LIBXML_VERSION >= 21200
typedef const xmlError *error_ptr;
#else
typedef xmlErrorPtr error_ptr;
#endif

struct xml {
	struct tree_builder b;
	xmlParserCtxtPtr parser;
	const uint8_t *text;
	size_t bytes;
	struct cursor unread;
	struct tree_lines lines;
	/* The texts of all open elements, one behind the other: only the last one grows. */
	char *texts;
	size_t texts_bytes, texts_size;
	struct {
		size_t text_begin;
		unsigned namespaces;
	} open[TREE_DEPTH_MAX];
	unsigned namespaces;
};

/* Where libxml2 stands. */
static const uint8_t *here(const struct xml *x)
{
	long offset = xmlByteConsumed(x->parser);

	return offset < 0 || (size_t)offset > x->bytes ? x->lines.at : x->text + offset;
}

/* The line of the tag that libxml2 just read; there is no other < in it. */
static uint32_t tag_line(struct xml *x)
{
	const uint8_t *at = here(x);

	while (at > x->lines.at && (at == x->lines.end || *at != '<'))
		at--;
	return tree_line(&x->lines, at);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int grow(struct xml *x, size_t more)
{
	size_t size = x->texts_size ? x->texts_size : 4096;
	char *texts;

	if (x->texts_size - x->texts_bytes >= more)
		return 0;
	while (size - x->texts_bytes < more)
		size *= 2;
	texts = realloc(x->texts, size);
	if (!texts)
		return tree_no_memory(&x->b);
	x->texts = texts;
	x->texts_size = size;
	return 0;
}

static void on_text(void *user, const xmlChar *octets, int length)
{
	struct xml *x = user;
	const char *text = (const char *)octets;
	size_t bytes = length > 0 ? (size_t)length : 0, begin;

	if (x->b.error || !x->b.depth)
		return;
	begin = x->open[x->b.depth - 1].text_begin;
	while (bytes && x->texts_bytes == begin && is_blank(*text)) {
		text++;
		bytes--;
	}
	if (!bytes)
		return;
	if (x->texts_bytes - begin + bytes > 2 * (size_t)TREE_TEXT_BYTES_MAX)
		(void)tree_fail(
			&x->b, x->b.open[x->b.depth - 1]->line, "a text of more than 1 MiB");
	else if (grow(x, bytes) == 0)
		memcpy(x->texts + x->texts_bytes, text, bytes);
	if (!x->b.error)
		x->texts_bytes += bytes;
}

/* The hash table of names in libxml2 before 2.12 stops to grow, its lists of equal hash do not. */
static void check_names(struct xml *x, uint32_t line)
{
	if (xmlDictSize(x->parser->dict) > NAMES_MAX)
		(void)tree_fail(&x->b, line, "more than 65536 different names");
}

static void on_instruction(void *user, const xmlChar *target, const xmlChar *octets)
{
	struct xml *x = user;

	(void)target;
	(void)octets;
	check_names(x, x->b.error ? 0 : tree_line(&x->lines, here(x)));
}

static void add_attribute(struct xml *x, const xmlChar **attribute, uint32_t line)
{
	char name[TREE_NAME_BYTES_MAX + 2] = "@";
	size_t bytes = strnlen((const char *)attribute[0], TREE_NAME_BYTES_MAX + 1);

	memcpy(name + 1, attribute[0], bytes);
	if (tree_name(&x->b, name, bytes + 1, line) == 0)
		(void)tree_add_text(&x->b, TREE_TEXT, line, attribute[3],
			(size_t)(attribute[4] - attribute[3]));
}

/* libxml2 gives this many parameters. NOLINTNEXTLINE(readability-function-size) */
static void on_begin(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
	int namespace_count, const xmlChar **namespaces, int attribute_count, int default_count,
	const xmlChar **attributes)
{
	struct xml *x = user;
	uint32_t line = x->b.error ? 0 : tag_line(x);
	const char *local = (const char *)name;

	(void)prefix;
	(void)uri;
	(void)namespaces;
	(void)default_count;
	if (x->b.error || tree_name(&x->b, local, strlen(local), line) < 0 ||
		!tree_open(&x->b, TREE_MAP, line))
		return;
	x->open[x->b.depth - 1].text_begin = x->texts_bytes;
	x->open[x->b.depth - 1].namespaces = x->namespaces;
	x->namespaces += (unsigned)namespace_count;
	if (x->namespaces > NAMESPACES_MAX)
		(void)tree_fail(&x->b, line, "more than 256 namespaces in one place");
	check_names(x, line);
	for (int i = 0; i < attribute_count && !x->b.error; i++)
		add_attribute(x, attributes + (ptrdiff_t)ATTRIBUTE_POINTERS * i, line);
}

static void on_end(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml *x = user;
	struct tree_node *n;
	size_t begin;

	(void)name;
	(void)prefix;
	(void)uri;
	if (x->b.error || !x->b.depth)
		return;
	n = x->b.open[x->b.depth - 1];
	begin = x->open[x->b.depth - 1].text_begin;
	while (x->texts_bytes > begin && is_blank(x->texts[x->texts_bytes - 1]))
		x->texts_bytes--;
	if (!n->first)
		n->kind = TREE_TEXT;
	(void)tree_set_text(
		&x->b, n, x->texts_bytes > begin ? x->texts + begin : "", x->texts_bytes - begin);
	x->texts_bytes = begin;
	x->namespaces = x->open[x->b.depth - 1].namespaces;
	tree_close(&x->b);
}

static void on_document_type(
	void *user, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
	struct xml *x = user;

	(void)name;
	(void)public_id;
	(void)system_id;
	(void)tree_fail(&x->b, tree_line(&x->lines, here(x)), NO_DOCUMENT_TYPE);
}

/* A prefix that is not declared is no error here: prefixes are dropped. */
static void on_error(void *user, error_ptr e)
{
	struct xml *x = user;
	char why[TREE_ERROR_BYTES_MAX];

	if (e->level < XML_ERR_ERROR || e->domain == XML_FROM_NAMESPACE || x->b.error)
		return;
	if (e->code == XML_ERR_NO_MEMORY) {
		(void)tree_no_memory(&x->b);
		return;
	}
	(void)snprintf(why, sizeof(why), "%s", e->message ? e->message : "not XML");
	why[strcspn(why, "\n")] = '\0';
	(void)tree_fail(&x->b, tree_line(&x->lines, here(x)), why);
}

static bool skip_past(struct cursor *in, const char *what)
{
	size_t bytes = strlen(what);

	while (cur_left(in)) {
		const uint8_t *at = memchr(in->pos, *what, cur_left(in));

		cur_skip(in, at ? (size_t)(at - in->pos) : cur_left(in));
		if (cur_is(in, what, bytes)) {
			cur_skip(in, bytes);
			return true;
		}
		if (cur_left(in))
			cur_skip(in, 1);
	}
	return false;
}

static bool skip_if(struct cursor *in, const char *what)
{
	if (!cur_is(in, what, strlen(what)))
		return false;
	cur_skip(in, strlen(what));
	return true;
}

/* The attributes from here to the end of the tag. One that does not end is for libxml2 to find. */
static unsigned count_attributes(struct cursor *in)
{
	unsigned count = 0;

	while (cur_left(in) && !cur_is(in, ">", 1) && !cur_is(in, "<", 1)) {
		char quote[2] = {(char)cur_u8(in)};

		if (*quote != '"' && *quote != '\'')
			continue;
		(void)skip_past(in, quote);
		count++;
	}
	return count;
}

/* Before libxml2 sees it: what it takes too long for, and document types. */
static int check_tags(struct xml *x, struct cursor in)
{
	struct tree_lines lines = x->lines;

	while (skip_past(&in, "<")) {
		const uint8_t *at = in.pos;

		if (skip_if(&in, "!--"))
			(void)skip_past(&in, "-->");
		else if (skip_if(&in, "![CDATA["))
			(void)skip_past(&in, "]]>");
		else if (skip_if(&in, "?"))
			(void)skip_past(&in, "?>");
		else if (cur_is(&in, "!DOCTYPE", 8))
			return tree_fail(&x->b, tree_line(&lines, at), NO_DOCUMENT_TYPE);
		else if (count_attributes(&in) > ATTRIBUTES_MAX)
			return tree_fail(&x->b, tree_line(&lines, at),
				"an element with more than 256 attributes");
	}
	return 0;
}

/* Section 4.3.3. UTF-16 is what some write before they store UTF-8: it has zero octets, and there
 * are none. */
static int check_declaration(struct xml *x, struct cursor in)
{
	static const char *const fine[] = {"utf-8", "utf8", "us-ascii", "ascii", "utf-16"};
	size_t bytes = cur_left(&in) < DECLARATION_BYTES_MAX ? cur_left(&in)
							     : DECLARATION_BYTES_MAX;
	struct cursor declaration = cur_init(in.pos, bytes);
	const char *name;

	if (!cur_is(&in, "<?xml", 5) || !skip_past(&declaration, "?>"))
		return 0;
	declaration = cur_init(in.pos, cur_offset(&declaration));
	if (!skip_past(&declaration, "encoding"))
		return 0;
	while (cur_left(&declaration) && strchr("= \t\r\n\"'", cur_peek(&declaration, 0)))
		cur_skip(&declaration, 1);
	name = (const char *)declaration.pos;
	bytes = 0;
	while (bytes < cur_left(&declaration) && name[bytes] != '"' && name[bytes] != '\'')
		bytes++;
	for (size_t i = 0; i < ARRAY_LEN(fine); i++)
		if (strlen(fine[i]) == bytes && strncasecmp(fine[i], name, bytes) == 0)
			return 0;
	return tree_fail(
		&x->b, 1, "it declares another encoding than UTF-8; convert it with iconv");
}

/* In pieces rather than as a whole: after an error libxml2 reads on, and to stop it where it
 * reports one is not safe in all versions. So the text ends there. */
static int on_read(void *user, char *to, int size)
{
	struct xml *x = user;
	size_t bytes = x->b.error || size < 0 ? 0 : (size_t)size;

	if (bytes > cur_left(&x->unread))
		bytes = cur_left(&x->unread);
	if (bytes)
		memcpy(to, cur_take(&x->unread, bytes), bytes);
	return (int)bytes;
}

static void parse(struct xml *x)
{
	/* NOENT: the five entities become what they stand for in attributes too */
	const int options = XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOENT;

	x->parser = xmlNewParserCtxt();
	if (!x->parser) {
		(void)tree_no_memory(&x->b);
		return;
	}
	*x->parser->sax = (xmlSAXHandler){
		.initialized = XML_SAX2_MAGIC,
		.internalSubset = on_document_type,
		.processingInstruction = on_instruction,
		.startElementNs = on_begin,
		.endElementNs = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.cdataBlock = on_text,
		.serror = on_error,
	};
	x->parser->userData = x;
	xmlFreeDoc(xmlCtxtReadIO(x->parser, on_read, NULL, x, NULL, NULL, options));
	if (!x->b.error && (!x->parser->wellFormed || x->b.depth))
		(void)tree_fail(&x->b, tree_line(&x->lines, here(x)), "not XML");
	xmlFreeParserCtxt(x->parser);
}

int tree_xml(struct tree *ret, struct cursor text, struct tree_error *ret_error)
{
	struct xml x = {0};

	if (tree_begin(&x.b, &text, ret_error) < 0)
		return tree_end(&x.b, ret);
	x.text = text.pos;
	x.bytes = cur_left(&text);
	x.lines = tree_lines(text);
	x.unread = text;
	if (check_declaration(&x, text) == 0 && check_tags(&x, text) == 0)
		parse(&x);
	free(x.texts);
	return tree_end(&x.b, ret);
}
