/* SPDX-License-Identifier: Apache-2.0 */
/* One value a line; `#` starts a comment, and what follows the value on its line is a note. */
#include <ctype.h>
#include <string.h>

#include "signatures/format.h"
#include "signatures/span.h"

#define RECOGNISE_LINES_MAX 64

struct line {
	const char *value, *note; /* value_bytes 0: nothing but a comment */
	size_t value_bytes, note_bytes;
};

static size_t skip_blanks(const char *text, size_t at, size_t bytes)
{
	while (at < bytes && isspace((unsigned char)text[at]))
		at++;
	return at;
}

static struct line split(const char *text, size_t bytes)
{
	size_t begin = skip_blanks(text, 0, bytes), end = begin, note;

	if (begin < bytes && text[begin] == '#')
		return (struct line){"", "", 0, 0};
	while (end < bytes && !isspace((unsigned char)text[end]))
		end++;
	note = skip_blanks(text, end, bytes);
	while (note < bytes && (text[note] == '#' || isspace((unsigned char)text[note])))
		note++;
	while (bytes > note && isspace((unsigned char)text[bytes - 1]))
		bytes--;
	return (struct line){text + begin, text + note, end - begin, bytes - note};
}

static bool next_line(struct cursor *text, struct line *ret)
{
	struct span line;

	if (!span_line(text, &line))
		return false;
	*ret = split(line.at, line.bytes);
	return true;
}

/* Looks like one name, address or URL: has a dot or a colon, and nothing that tables, rules,
 * markup and JSON put round theirs. */
static bool looks_like_value(const struct line *line)
{
	bool joined = false;

	for (size_t i = 0; i < line->value_bytes; i++) {
		if (strchr(",;<>\"'|\\", line->value[i]))
			return false;
		joined |= line->value[i] == '.' || line->value[i] == ':';
	}
	return joined && !memchr(line->value, '\0', line->value_bytes);
}

static unsigned recognise(const struct document *d)
{
	struct cursor text = d->text;
	unsigned values = 0, others = 0;
	struct line line;

	while (values + others < RECOGNISE_LINES_MAX && next_line(&text, &line)) {
		if (!line.value_bytes)
			continue;
		if (looks_like_value(&line))
			values++;
		else
			others++;
	}
	if (values + others == 0)
		return 1; /* nothing, or nothing but comments: an empty list */
	return values > others ? 30 : 0;
}

static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	struct cursor text = d->text;
	struct candidate candidate = {0};
	struct line line;

	while (next_line(&text, &line)) {
		int r;

		candidate.line++;
		if (!line.value_bytes)
			continue;
		candidate.value = (struct span){line.value, line.value_bytes};
		candidate.context = (struct span){line.note, line.note_bytes};
		r = builder_offer(b, report, &candidate);
		if (r < 0)
			return r;
	}
	return 0;
}

const struct format plain_format = {
	.name = "plain",
	.summary = "one value a line, # comments, a note after the value",
	.recognise = recognise,
	.load = load,
};
