/* SPDX-License-Identifier: Apache-2.0 */
/* OpenIOC 1.0 and 1.1 (github.com/fireeye/OpenIOC_1.1: schemas ioc.xsd, ioc-tr.xsd): below
 * `definition` (1.0) or `criteria` (1.1) a tree of Indicator elements with the operator AND or OR,
 * its leaves IndicatorItem with a Context that says where to look and the Content to look for. */
#include <errno.h>

#include "base/cleanup.h"
#include "signatures/conjunction.h"
#include "signatures/format.h"
#include "signatures/span.h"
#include "signatures/tree_feed.h"

static const char why_host[] = "a sign on a host, or what no value says";
static const char why_email[] = "an e-mail address";
static const char why_range[] = "a range of values";

struct ioc {
	struct builder *builder;
	struct import_report *report;
	struct candidate about;
};

/* By the end of the search term: the same terms stand below several documents. */
static const struct {
	const char *search;
	enum part_kind kind;
} terms[] = {
	{"Network/DNS", PART_NAME},
	{"Network/HTTP_Host", PART_NAME},
	{"Network/URI", PART_URL},
	{"Network/URL", PART_URL},
	{"Network/UserAgent", PART_AGENT},
	{"DnsEntryItem/Host", PART_NAME},
	{"DnsEntryItem/RecordName", PART_NAME},
	{"RecordData/Host", PART_NAME},
	{"RecordData/IPv4Address", PART_ADDRESS},
	{"RecordData/IPv6Address", PART_ADDRESS},
	{"UrlHistoryItem/URL", PART_URL},
	{"UrlHistoryItem/HostName", PART_NAME},
	{"CookieHistoryItem/HostName", PART_NAME},
	{"FormHistoryItem/HostName", PART_NAME},
	{"FileDownloadHistoryItem/SourceURL", PART_URL},
	{"PortItem/remoteIP", PART_ADDRESS},
	{"PortItem/remotePort", PART_PORT},
	{"RouteEntryItem/Destination", PART_ADDRESS},
	{"Email/ReceivedFromIP", PART_ADDRESS},
	{"Email/ReceivedFromHost", PART_NAME},
	{"FileItem/Md5sum", PART_HASH},
	{"FileItem/Sha1sum", PART_HASH},
	{"FileItem/Sha256sum", PART_HASH},
};

static const struct tree_node *root_of(const struct document *d)
{
	const struct tree_node *root = document_root(d, SYNTAX_XML);

	return tree_is(root, "ioc") || tree_is(root, "OpenIOC") ? root : NULL;
}

static unsigned recognise(const struct document *d)
{
	const struct tree_node *root = root_of(d);

	return tree_get(root, "definition") || tree_get(root, "criteria") ? 95 : 0;
}

/* A path such as /user starts with the slash; everything else in Network/URI has a host. */
static enum part_kind kind_of(struct span search, struct span value)
{
	for (size_t i = 0; i < ARRAY_LEN(terms); i++) {
		if (!span_ends(search, terms[i].search))
			continue;
		return terms[i].kind == PART_URL && span_begins(value, "/") ? PART_PATH
									    : terms[i].kind;
	}
	return PART_OTHER;
}

static void set_match(struct part *part, struct span condition, bool negated)
{
	static const char *const substrings[] = {"contains", "starts-with", "ends-with", "matches"};

	part->match = PART_EQUALS;
	if (span_is(condition, "greater-than") || span_is(condition, "less-than")) {
		part->kind = PART_OTHER;
		part->why = why_range;
	}
	for (size_t i = 0; i < ARRAY_LEN(substrings); i++) {
		if (span_is(condition, substrings[i]))
			part->match = PART_SUBSTRING;
	}
	if (negated || span_is(condition, "isnot") || span_is(condition, "containsnot"))
		part->match = PART_IS_NOT;
}

/* xs:ID of the schema, in practice a UUID (RFC 9562 section 4). */
static bool is_uuid(struct span id)
{
	for (size_t i = 0; i < id.bytes; i++) {
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_dash ? id.at[i] != '-' : span_hex(id.at[i]) < 0)
			return false;
	}
	return id.bytes == 36;
}

static bool is_email(struct span search)
{
	return span_ends(search, "Email/From") || span_ends(search, "Email/To") ||
	       span_ends(search, "Email/CC") || span_ends(search, "Email/BCC");
}

static struct part part_of(const struct tree_node *item)
{
	const struct tree_node *context = tree_get(item, "Context");
	struct span search = tree_attribute(context, "@search"), id = tree_attribute(item, "@id");
	struct part part = {.line = item->line,
		.value = tree_span_trimmed(item, "Content"),
		.why = is_email(search) ? why_email : why_host};

	part.kind = kind_of(search, part.value);
	/* MISP of 2020 wrote the value as the item's id and left the content empty */
	if (!part.value.bytes && part.kind != PART_OTHER && !is_uuid(id))
		part.value = id;
	set_match(&part, tree_attribute(item, "@condition"),
		span_is(tree_attribute(item, "@negate"), "true"));
	return part;
}

static bool is_condition(const struct tree_node *n)
{
	return tree_is(n, "IndicatorItem") || tree_is(n, "Indicator");
}

static unsigned count_conditions(const struct tree_node *indicator)
{
	unsigned count = 0;

	tree_each (child, indicator)
		count += is_condition(child);
	return count;
}

static bool is_or(const struct tree_node *indicator)
{
	return span_is(tree_attribute(indicator, "@operator"), "OR");
}

/* What has to hold together, with what is nested; the tree is at most TREE_DEPTH_MAX deep. Of
 * several that stand to choice no single value says what has to hold. */
static void collect(struct conjunction *c, const struct tree_node *indicator, bool to_choice)
{
	to_choice |= is_or(indicator) && count_conditions(indicator) > 1;
	tree_each (child, indicator) {
		struct part part;

		if (tree_is(child, "Indicator"))
			collect(c, child, to_choice);
		if (!tree_is(child, "IndicatorItem"))
			continue;
		part = part_of(child);
		if (to_choice) {
			part.kind = PART_OTHER;
			part.why = conjunction_dropped;
		}
		conjunction_add(c, &part);
	}
}

/* The first comment on one of several conditions that have to hold together. */
static struct span comment_of(const struct tree_node *indicator)
{
	tree_each (child, indicator) {
		struct span comment = tree_span_trimmed(child, "Comment");

		if (tree_is(child, "IndicatorItem") && comment.bytes)
			return comment;
	}
	return span_of("");
}

static int walk(struct ioc *ioc, const struct tree_node *indicator)
{
	struct conjunction c = {.count = 0};
	int r = 0;

	if (!is_or(indicator) && count_conditions(indicator) > 1) {
		struct candidate about = ioc->about;
		struct span comment = comment_of(indicator);

		if (comment.bytes)
			about.context = comment;
		collect(&c, indicator, false);
		return conjunction_offer(&c, &about, ioc->builder, ioc->report);
	}
	tree_each (child, indicator) {
		if (tree_is(child, "Indicator"))
			r = walk(ioc, child);
		if (tree_is(child, "IndicatorItem")) {
			struct part part = part_of(child);
			struct candidate about = ioc->about;
			struct span comment = tree_span_trimmed(child, "Comment");

			if (comment.bytes)
				about.context = comment;
			c.count = 0;
			conjunction_add(&c, &part);
			r = conjunction_offer(&c, &about, ioc->builder, ioc->report);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

/* `<link rel="campaign">` and its kin; version 1.0 has them below the root, 1.1 below metadata. */
static void read_links(struct candidate *about, const struct tree_node *links)
{
	tree_each (link, links) {
		struct span rel = tree_attribute(link, "@rel"), text = span_trim(node_span(link));
		struct span address = tree_attribute(link, "@href");

		if (!tree_is(link, "link"))
			continue;
		if (span_is(rel, "campaign") ||
			(span_is(rel, "threatgroup") && !about->campaign.bytes))
			about->campaign = text;
		if (span_is(rel, "license"))
			about->licence = text.bytes ? text : address;
		if ((span_is(rel, "report") || span_is(rel, "reference")) &&
			!about->reference.bytes)
			about->reference = address.bytes ? address : text;
	}
}

static void read_metadata(struct candidate *about, const struct tree_node *metadata)
{
	struct span title = tree_span_trimmed(metadata, "short_description");
	struct span text = tree_span_trimmed(metadata, "description");

	if (text.bytes || title.bytes)
		about->context = text.bytes && text.bytes <= CONTEXT_BYTES_MAX ? text
				 : title.bytes                                 ? title
									       : text;
	if (tree_span_trimmed(metadata, "authored_date").bytes)
		about->published = tree_span_trimmed(metadata, "authored_date");
	read_links(about, tree_get(metadata, "links"));
}

static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	const struct tree_node *root = root_of(d), *criteria = tree_get(root, "criteria");
	struct ioc ioc = {.builder = b, .report = report};
	int r = 0;

	if (!criteria)
		criteria = tree_get(root, "definition");
	if (!criteria) {
		builder_break(report, 1, "no element ioc or OpenIOC with a definition");
		return 0;
	}
	ioc.about.last_confirmed = tree_attribute(root, "@last-modified");
	read_metadata(&ioc.about, root);
	read_metadata(&ioc.about, tree_get(root, "metadata"));
	tree_each (child, criteria) {
		if (r == 0 && tree_is(child, "Indicator"))
			r = walk(&ioc, child);
	}
	return r;
}

const struct format openioc_format = {
	.name = "openioc",
	.summary = "OpenIOC 1.0 and 1.1",
	.recognise = recognise,
	.load = load,
};
