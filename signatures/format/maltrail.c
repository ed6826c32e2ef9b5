/* SPDX-License-Identifier: Apache-2.0 */
/* Static trails of Maltrail (https://github.com/stamparm/maltrail, trails/static): a name, address,
 * address and port, prefix, path or URL with or without its scheme on each line. Comments speak of
 * what follows: `# Reference: URL` (several make one group; a note may stand behind in
 * parentheses), `# Aliases: ...`, or a heading. */
#include "signatures/format.h"
#include "signatures/span.h"

#define RECOGNISE_LINES_MAX 64 /* comments aside */

/* What the comments above say of the values below. */
struct group {
	char reference[CONTEXT_BYTES_MAX]; /* several are separated by a blank */
	size_t reference_bytes;
	struct span note, aliases;
	bool has_values; /* so that the next comment starts another */
};

/* What a comment says, without its signs. */
static struct span comment_of(struct span line)
{
	while (line.bytes && (*line.at == '#' || span_blank_at(line, 0)))
		line = span_from(line, 1);
	return line;
}

static bool is_reference(struct span comment)
{
	return span_begins(comment, "reference") && span_has(comment, ":");
}

/* Whoever uses the words of such a file: one value a line, and references above groups of them. */
static unsigned recognise(const struct document *d)
{
	struct cursor text = d->text;
	bool references = false, own = false;
	unsigned values = 0, others = 0;
	struct span line;

	if (d->syntax != SYNTAX_TEXT)
		return 0;
	while (values + others < RECOGNISE_LINES_MAX && span_line(&text, &line)) {
		line = span_trim(line);
		if (span_begins(line, "#")) {
			references |= is_reference(comment_of(line));
			own |= span_has(line, "maltrail developers");
			continue;
		}
		if (!line.bytes)
			continue;
		span_word(&line);
		if (line.bytes && *line.at != '#')
			others++;
		else
			values++;
	}
	if (values < others)
		return 0;
	return own ? 80 : references && values ? 40 : 0;
}

static void add_reference(struct group *g, struct span url)
{
	if (!url.bytes || g->reference_bytes + 1 + url.bytes > sizeof(g->reference))
		return;
	if (g->reference_bytes)
		g->reference[g->reference_bytes++] = ' ';
	memcpy(g->reference + g->reference_bytes, url.at, url.bytes);
	g->reference_bytes += url.bytes;
}

/* `(# 2020-02-29, a note)` behind a reference. */
static struct span in_parentheses(struct span text)
{
	while (text.bytes && strchr("(# ", *text.at))
		text = span_from(text, 1);
	if (text.bytes && text.at[text.bytes - 1] == ')')
		text.bytes--;
	return span_trim(text);
}

static void read_comment(struct group *g, struct span comment)
{
	if (!comment.bytes || span_begins(comment, "copyright") ||
		span_begins(comment, "see the file"))
		return;
	if (span_begins(comment, "aliases:")) {
		g->aliases = span_trim(comment);
		return;
	}
	if (g->has_values) {
		g->reference_bytes = 0;
		g->note = (struct span){0};
		g->has_values = false;
	}
	if (is_reference(comment)) {
		struct span rest = span_from(comment, span_find(comment, ":") + 1), note;

		add_reference(g, span_word(&rest));
		note = in_parentheses(rest);
		if (note.bytes)
			g->note = note;
	} else {
		g->note = span_trim(comment);
	}
}

static int offer(struct builder *b, struct import_report *report, struct group *g, struct span line,
	uint32_t number)
{
	struct candidate candidate = {.value = span_word(&line),
		.reference = {g->reference, g->reference_bytes},
		.context = comment_of(line),
		.line = number};
	uint32_t read_at;

	g->has_values = true;
	if (!candidate.context.bytes)
		candidate.context = g->note.bytes ? g->note : g->aliases;
	/* a note that begins with a date says when the reference was read */
	if (g->note.bytes >= 10 && date_parse(&read_at, g->note.at, 10, b->feed->dates))
		candidate.published = (struct span){g->note.at, 10};
	return builder_offer(b, report, &candidate);
}

static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	struct cursor text = d->text;
	struct group group = {.reference_bytes = 0};
	uint32_t number = 0;
	struct span line;
	int r = 0;

	while (r == 0 && span_line(&text, &line)) {
		number++;
		line = span_trim(line);
		if (span_begins(line, "#"))
			read_comment(&group, comment_of(line));
		else if (line.bytes)
			r = offer(b, report, &group, line, number);
	}
	return r;
}

const struct format maltrail_format = {
	.name = "maltrail",
	.summary = "Maltrail trails: values below # Reference: comments",
	.recognise = recognise,
	.load = load,
};
