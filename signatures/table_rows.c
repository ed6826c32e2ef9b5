/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a table whose columns are known: what is said of them, and their values. */
#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "signatures/span.h"
#include "signatures/table_columns.h"

static bool is_one_of(struct span text, const char *const *names)
{
	for (; *names; names++) {
		if (span_same_name(text, *names))
			return true;
	}
	return false;
}

#define PORTS_MAX 16 /* of one row */

/* Tables put these where nothing is. */
static bool is_nothing(struct span text)
{
	return !text.bytes || span_is(text, "-") || span_is(text, "n/a") || span_is(text, "none") ||
	       span_is(text, "null") || span_is(text, "nan");
}

/* The first column of that meaning that says something. */
static struct span said(
	const struct columns *c, const struct columns_row *row, enum meaning meaning)
{
	for (size_t i = 0; i < c->count && i < row->count; i++) {
		struct span text;

		if (c->meaning[i] != meaning)
			continue;
		text = span_trim(row->fields[i]);
		if (!is_nothing(text))
			return text;
	}
	return (struct span){0};
}

static void say(struct span *to, struct span text)
{
	if (text.bytes)
		*to = text;
}

/* A number up to 100, or the words of STIX 2.1, appendix A, scale "None / Low / Med / High". */
static uint8_t confidence_of(struct span text)
{
	unsigned n = 0;

	if (span_is(text, "high"))
		return 85;
	if (span_begins(text, "med"))
		return 50;
	if (span_is(text, "low"))
		return 15;
	if (text.bytes > 3)
		return 0;
	for (size_t i = 0; i < text.bytes; i++) {
		if (!isdigit((unsigned char)text.at[i]))
			return 0;
		n = n * 10 + (unsigned)(text.at[i] - '0');
	}
	return n <= 100 ? (uint8_t)n : 0;
}

static void set_advice(
	const struct columns *c, const struct columns_row *row, struct candidate *candidate)
{
	static const char *const legitimate[] = {"legitimate", "legit", "benign", "whitelist",
		"whitelisted", "allowlist", "allowlisted", "clean", "safe", "harmless", "trusted",
		"good", "known good", "goodware", "not malicious", "non malicious",
		"false positive", NULL};
	static const char *const inexact[] = {"contains", "substring", "keyword", "regex", "regexp",
		"glob", "like", "fuzzy", "starts with", "ends with", NULL};

	if (is_one_of(said(c, row, MEANS_VERDICT), legitimate)) {
		candidate->advice = ADVICE_NOT_AN_INDICATOR;
		candidate->why = "its source says it is legitimate";
	}
	if (is_one_of(said(c, row, MEANS_MATCHING), inexact)) {
		candidate->advice = ADVICE_REFUSE;
		candidate->why = "a rule about parts of names";
	}
}

static struct candidate candidate_of(const struct columns *c, const struct columns_row *row)
{
	static const char *const no[] = {"0", "false", "no", NULL};
	struct candidate candidate = row->base;
	struct span source = said(c, row, MEANS_SOURCE);
	bool source_is_report = span_has(source, "://");

	say(&candidate.context, said(c, row, MEANS_TYPE));
	if (!source_is_report)
		say(&candidate.context, source);
	say(&candidate.context, said(c, row, MEANS_VERDICT));
	say(&candidate.context, said(c, row, MEANS_NOTE_ELSE));
	say(&candidate.context, said(c, row, MEANS_NOTE));
	say(&candidate.campaign, said(c, row, MEANS_CAMPAIGN));
	if (source_is_report)
		say(&candidate.reference, source);
	say(&candidate.reference, said(c, row, MEANS_REFERENCE));
	say(&candidate.disarm, said(c, row, MEANS_DISARM));
	say(&candidate.tlp, said(c, row, MEANS_TLP));
	say(&candidate.licence, said(c, row, MEANS_LICENCE));
	say(&candidate.first_seen, said(c, row, MEANS_FIRST_SEEN));
	say(&candidate.last_confirmed, said(c, row, MEANS_LAST_CONFIRMED));
	say(&candidate.published, said(c, row, MEANS_PUBLISHED));
	say(&candidate.expires, said(c, row, MEANS_EXPIRES));
	candidate.confidence = confidence_of(said(c, row, MEANS_CONFIDENCE));
	candidate.not_for_detection = is_one_of(said(c, row, MEANS_TO_IDS), no);
	set_advice(c, row, &candidate);
	return candidate;
}

/* What the type beside a value says of it. */
struct kind {
	enum value_column column;
	bool unseen;    /* nothing that traffic shows, though it may look like a name */
	bool first;     /* MISP's a|b: what lies behind the stroke is what is known of a */
	bool with_port; /* MISP's ip|port */
};

/* MISP's words (https://www.misp-standard.org, core format, attribute types) and others' for files
 * and accounts, and for links to what was written about them. */
static bool is_unseen(struct span type)
{
	static const char *const unseen[] = {"attachment", "comment", "dns-soa", "email", "e-mail",
		"file", "github-", "jabber-", "link", "malware-sample", "mutex", "named pipe",
		"pattern-in-file", "pattern-in-memory", "pdb", "process", "regkey", "registry",
		"target-", "text", "whois", "windows-", "yara", NULL};

	for (const char *const *u = unseen; *u; u++) {
		if (span_begins(type, *u))
			return true;
	}
	return false;
}

static struct kind kind_of(struct span type)
{
	static const char *const asn[] = {
		"as", "asn", "autonomous system", "autonomous system number", NULL};
	static const char *const agent[] = {"user agent", "http user agent", NULL};
	struct kind kind = {.unseen = is_unseen(type)};

	if (span_has(type, "ja3s"))
		kind.column = COLUMN_JA3S;
	else if (span_has(type, "ja3"))
		kind.column = COLUMN_JA3;
	else if (span_has(type, "x509") || span_has(type, "cert"))
		kind.column = COLUMN_CERT;
	else if (is_one_of(type, asn))
		kind.column = COLUMN_ASN;
	else if (is_one_of(type, agent))
		kind.column = COLUMN_USER_AGENT;
	kind.with_port = span_begins(type, "ip") && span_has(type, "|port");
	kind.first = span_has(type, "|") && !kind.with_port;
	return kind;
}

struct offering {
	const struct columns *columns;
	struct builder *builder;
	struct import_report *report;
	struct candidate candidate;
	struct kind kind;
	struct span ports; /* empty: any */
	bool beside_url;
};

static int offer_value(struct offering *o, struct span value)
{
	struct candidate candidate = o->candidate;

	if (o->columns->defanged_only && !refang_is_defanged(value.at, value.bytes)) {
		builder_refuse(o->report, o->candidate.line, o->columns->defanged_only);
		return 0;
	}
	candidate.value = value;
	return builder_offer(o->builder, o->report, &candidate);
}

/* The next of several values in a cell, empty at the end of it. */
static struct span next_part(struct span *rest, const char *separators)
{
	struct span part = {0};

	while (rest->bytes && !part.bytes) {
		size_t end = 0;

		while (end < rest->bytes && !(rest->at[end] && strchr(separators, rest->at[end])))
			end++;
		part = span_trim((struct span){rest->at, end});
		*rest = span_from(*rest, end < rest->bytes ? end + 1 : end);
	}
	return part;
}

/* An address with each of its ports. */
static int offer_ports(struct offering *o, struct span address)
{
	bool v6 = !span_has(address, ".") && span_has(address, ":");
	struct span rest = o->ports, port;
	char text[REFANG_BYTES_MAX + 1];
	unsigned ports = 0;
	int r = 0;

	while (r == 0 && (port = next_part(&rest, ",;| ")).bytes) {
		int n;

		if (ports++ == PORTS_MAX) {
			builder_refuse(o->report, o->candidate.line, "more than 16 ports in a row");
			break;
		}
		if (span_has(port, "/tcp") || span_has(port, "/udp"))
			port.bytes -= 4;
		if (!span_is_of(port, "0123456789")) {
			builder_refuse(o->report, o->candidate.line, "a port that is no number");
			continue;
		}
		n = snprintf(text, sizeof(text), v6 ? "[%.*s]:%.*s" : "%.*s:%.*s",
			(int)address.bytes, address.at, (int)port.bytes, port.at);
		r = offer_value(o, (struct span){text, (size_t)n});
	}
	return r;
}

/* Digits of an address without a port, defanged or not. */
static bool takes_port(struct span value)
{
	bool v4 = span_is_of(value, "0123456789.[](){}");
	bool v6 = span_is_of(value, "0123456789abcdefABCDEF:") &&
		  memchr(value.at, ':', value.bytes) != memrchr(value.at, ':', value.bytes);

	return (v4 || v6) && value.bytes < 64;
}

/* Two halves with a stroke between them: the address and its port, or the first one. */
static int offer_pair(struct offering *o, struct span value)
{
	size_t stroke = span_find(value, "|");
	struct span first = span_trim((struct span){value.at, stroke});

	if (o->kind.with_port && stroke < value.bytes) {
		o->ports = span_trim(span_from(value, stroke + 1));
		return takes_port(first) ? offer_ports(o, first) : offer_value(o, first);
	}
	return offer_value(o, first);
}

static int offer_cell(struct offering *o, enum meaning meaning, struct span cell)
{
	bool several = meaning == MEANS_HOST || meaning == MEANS_ADDRESS;
	struct span value;
	int r = 0;

	while (r == 0 && (value = next_part(&cell, several ? ",;\r\n" : "\r\n")).bytes) {
		if (several && o->beside_url)
			builder_refuse(o->report, o->candidate.line,
				"beside a URL, which is not widened to its host");
		else if (o->kind.first || o->kind.with_port)
			r = offer_pair(o, value);
		else if (o->ports.bytes && takes_port(value))
			r = offer_ports(o, value);
		else if (o->ports.bytes && meaning == MEANS_ADDRESS && span_has(value, "/"))
			builder_refuse(o->report, o->candidate.line, "a prefix with a port");
		else
			r = offer_value(o, value);
	}
	return r;
}

static enum value_column column_of(enum meaning meaning, const struct kind *kind)
{
	switch ((int)meaning) {
	case MEANS_JA3:
		return COLUMN_JA3;
	case MEANS_CERTIFICATE:
		return COLUMN_CERT;
	case MEANS_ASN:
		return COLUMN_ASN;
	case MEANS_USER_AGENT:
		return COLUMN_USER_AGENT;
	case MEANS_INDICATOR:
		return kind->column;
	default:
		return COLUMN_ANY;
	}
}

/* The URL says more than a host: what the row says of hosts is said of it. */
static bool has_url(
	const struct columns *c, const struct columns_row *row, const struct suffix_list *suffixes)
{
	struct span url = said(c, row, MEANS_URL);
	struct refanged value;

	return url.bytes && !refang(&value, url.at, url.bytes, COLUMN_ANY, suffixes) &&
	       value.type == INDICATOR_URL;
}

/* NULL: the row is to be read. */
static const char *left_out(
	const struct columns *c, const struct columns_row *row, const struct feed *feed)
{
	struct span text;

	if (c->only == COLUMNS_MAX)
		return NULL;
	text = span_trim(c->only < row->count ? row->fields[c->only] : (struct span){0});
	if ((feed->only_value && !span_is(text, feed->only_value)) ||
		(feed->not_value && span_is(text, feed->not_value)))
		return "left out by the description of the feed";
	return NULL;
}

static struct span ports_of(const struct columns *c, const struct columns_row *row)
{
	static const char *const any[] = {"0", "any", "all", "*", NULL};
	struct span ports = said(c, row, MEANS_PORT);

	for (const char *const *a = any; *a; a++) {
		if (span_is(ports, *a))
			return (struct span){0};
	}
	return ports;
}

int columns_offer(const struct columns *c, struct builder *b, struct import_report *report,
	const struct columns_row *row)
{
	struct offering o = {c, b, report, .candidate = candidate_of(c, row)};
	const char *why = left_out(c, row, b->feed);
	struct kind kind = kind_of(said(c, row, MEANS_TYPE));
	bool any = false;
	int r = 0;

	o.beside_url = has_url(c, row, b->suffixes);
	for (size_t i = 0; !why && r == 0 && i < c->count && i < row->count; i++) {
		enum meaning meaning = (enum meaning)c->meaning[i];
		struct span cell = span_trim(row->fields[i]);

		if (!columns_is_value(c, i) || is_nothing(cell))
			continue;
		any = true;
		o.kind = meaning == MEANS_INDICATOR ? kind : (struct kind){.column = COLUMN_ANY};
		o.ports = ports_of(c, row);
		o.candidate.column = column_of(meaning, &o.kind);
		if (o.kind.unseen)
			builder_refuse(
				report, row->base.line, "of a type that traffic does not show");
		else
			r = offer_cell(&o, meaning, cell);
	}
	if (why || !any)
		builder_refuse(report, row->base.line, why ? why : "no value");
	return r;
}
