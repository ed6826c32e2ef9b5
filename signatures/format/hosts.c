/* SPDX-License-Identifier: Apache-2.0 */
/* A hosts file (hosts(5)) as lists for blocking use it: an address that leads nowhere, then the
 * names that are to be blocked, several a line; `#` starts a comment anywhere. */
#include "signatures/address.h"
#include "signatures/format.h"
#include "signatures/span.h"

#define RECOGNISE_LINES_MAX 64

/* Names that every such file gives the machine itself and its networks. */
static bool is_own_name(struct span name)
{
	static const char *const names[] = {"localhost", "localhost.localdomain", "localhost4",
		"localhost4.localdomain4", "localhost6", "localhost6.localdomain6", "local",
		"localdomain", "broadcasthost", "ip6-localhost", "ip6-loopback", "ip6-localnet",
		"ip6-mcastprefix", "ip6-allnodes", "ip6-allrouters", "ip6-allhosts", "0.0.0.0",
		"127.0.0.1", "::1", "::", NULL};

	for (const char *const *n = names; *n; n++) {
		if (span_is(name, *n))
			return true;
	}
	return false;
}

/* 0.0.0.0, ::, or the machine's own. */
static bool leads_nowhere(struct span address)
{
	return span_is(address, "0.0.0.0") || span_is(address, "0") || span_is(address, "::") ||
	       span_is(address, "::0") || span_is(address, "::1") ||
	       (span_begins(address, "127.") && !span_has_any(address, ":/"));
}

static bool is_address(struct span word)
{
	struct address_range range;

	return leads_nowhere(word) ||
	       (address_range_parse(&range, word.at, word.bytes) && range.bits == 128 &&
		       !range.port) ||
	       span_has(word, "%lo");
}

/* The line without its comment. */
static struct span cut_comment(struct span line, struct span *ret_comment)
{
	const char *hash = line.bytes ? memchr(line.at, '#', line.bytes) : NULL;
	size_t at = hash ? (size_t)(hash - line.at) : line.bytes;
	struct span comment = span_from(line, at);

	while (comment.bytes && (*comment.at == '#' || span_blank_at(comment, 0)))
		comment = span_from(comment, 1);
	*ret_comment = span_trim(comment);
	line.bytes = at;
	return span_trim(line);
}

static unsigned recognise(const struct document *d)
{
	struct cursor text = d->text;
	unsigned hosts = 0, others = 0;
	struct span line, comment;

	if (d->syntax != SYNTAX_TEXT)
		return 0;
	while (hosts + others < RECOGNISE_LINES_MAX && span_line(&text, &line)) {
		struct span address, names = cut_comment(line, &comment);

		if (!names.bytes)
			continue;
		address = span_word(&names);
		if (names.bytes && is_address(address) &&
			(leads_nowhere(address) || is_own_name(names)))
			hosts++;
		else
			others++;
	}
	return hosts > others ? 70 : 0;
}

static int offer_names(struct builder *b, struct import_report *report, struct span address,
	struct span names, struct candidate *candidate)
{
	int r = 0;

	while (r == 0 && names.bytes) {
		candidate->value = span_word(&names);
		if (is_own_name(candidate->value))
			builder_refuse(report, candidate->line, "a name of the machine itself");
		else if (!leads_nowhere(address))
			builder_refuse(report, candidate->line,
				"a name that the file gives an address of its own");
		else
			r = builder_offer(b, report, candidate);
	}
	return r;
}

static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	struct cursor text = d->text;
	struct candidate candidate = {0};
	struct span line;
	int r = 0;

	while (r == 0 && span_line(&text, &line)) {
		struct span address, names = cut_comment(line, &candidate.context);

		candidate.line++;
		if (!names.bytes)
			continue;
		address = span_word(&names);
		if (!is_address(address) || !names.bytes)
			builder_refuse(report, candidate.line, "not an address and names");
		else
			r = offer_names(b, report, address, names, &candidate);
	}
	return r;
}

const struct format hosts_format = {
	.name = "hosts",
	.summary = "hosts file: 0.0.0.0 or 127.0.0.1 and the names to block",
	.recognise = recognise,
	.load = load,
};
