/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of Suricata (docs.suricata.io, chapter Suricata Rules) and Snort 2 and 3 (Snort manual,
 * Writing Snort Rules; Snort 3 user manual). A rule says a conjunction, an indicator only one
 * thing: a value is taken where nothing else remains that would have to hold as well. What only
 * says where the site's own network is, how often it is told and for whom, does not count. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "signatures/format.h"
#include "signatures/rule_conditions.h"

#define RECOGNISE_RULES_MAX 64
#define PORTS_MAX           64
#define DNS_HEADER_BYTES    12 /* RFC 1035 section 4.1.1 */
#define DNS_LENGTH_BYTES    2  /* before it on TCP, section 4.2.2 */

static const char why_conditions[] = "its other conditions would be dropped";
static const char why_substring[] = "a substring rule";
static const char why_commented[] = "a rule that is commented out";
static const char why_nothing[] = "a rule without a name, an address or a fingerprint";
static const char why_passes[] = "a rule that lets it pass";
static const char why_sets_up[] = "a rule that sets something up";

/* A rule on its way to the builder. */
struct offer {
	struct builder *builder;
	struct import_report *report;
	const struct rule *rule;
	struct rule_conditions conditions;
	char context[CONTEXT_BYTES_MAX];
};

static unsigned recognise(const struct document *d)
{
	_cleanup_(rule_reader_free_ptr) struct rule_reader *reader = NULL;
	unsigned rules = 0, commented = 0, others = 0;
	const struct rule *rule;

	if (d->syntax != SYNTAX_TEXT || rule_reader_new(&reader, d->text) < 0)
		return 0;
	while (rules + commented + others < RECOGNISE_RULES_MAX && (rule = rule_next(reader))) {
		rules += !rule->commented_out && !rule->damage;
		commented += rule->commented_out;
		others += !rule->commented_out && rule->damage;
	}
	if (rules > others)
		return 92;
	return commented && !others ? 60 : 0;
}

static int refuse(const struct offer *o, const char *why)
{
	builder_refuse(o->report, o->rule->line, why);
	return 0;
}

static int offer_value(struct offer *o, const char *value, size_t bytes, enum value_column column)
{
	struct candidate *c = &o->conditions.candidate;

	c->value = (struct span){value, bytes};
	c->column = column;
	return builder_offer(o->builder, o->report, c);
}

/* What is looked for in the middle of a text: told with its value, never used. */
static int offer_substring(struct offer *o, const struct rule_content *c, enum value_column column)
{
	o->conditions.candidate.advice = ADVICE_REFUSE;
	o->conditions.candidate.why = why_substring;
	return offer_value(o, c->text, c->bytes, column);
}

/* "message (class)", without the backslashes that protect characters. */
static struct span context_of(struct offer *o)
{
	struct span message = o->conditions.message, class = o->conditions.class_type;
	size_t used = 0;

	for (size_t i = 0; i < message.bytes && used < sizeof(o->context); i++) {
		if (message.at[i] == '\\' && i + 1 < message.bytes)
			i++;
		o->context[used++] = message.at[i];
	}
	if (class.bytes && used + class.bytes + 3 <= sizeof(o->context)) {
		o->context[used++] = ' ';
		o->context[used++] = '(';
		memcpy(o->context + used, class.at, class.bytes);
		used += class.bytes;
		o->context[used++] = ')';
	}
	return (struct span){o->context, used};
}

/* Where the addresses of a rule stand; NULL: it has not just these. */
static const char *listed_side(
	const struct rule *rule, struct span *ret_addresses, struct span *ret_ports)
{
	static const char *const protocols[] = {
		"ip", "tcp", "udp", "pkthdr", "tcp-pkt", "tcp-stream"};
	enum rule_place from = rule_place(rule->source, false);
	enum rule_place to = rule_place(rule->destination, false);
	bool is_source = from == PLACE_LISTED;
	struct span other_port = is_source ? rule->destination_port : rule->source_port;
	size_t i = 0;

	if (from == PLACE_ANY && to == PLACE_ANY)
		return why_nothing;
	while (i < ARRAY_LEN(protocols) && !span_is(rule->protocol, protocols[i]))
		i++;
	*ret_addresses = is_source ? rule->source : rule->destination;
	*ret_ports = is_source ? rule->source_port : rule->destination_port;
	if (i == ARRAY_LEN(protocols) || from == PLACE_OTHER || to == PLACE_OTHER || from == to ||
		!span_is(other_port, "any"))
		return why_conditions;
	if (!span_is(*ret_ports, "any") && rule_place(*ret_ports, true) != PLACE_LISTED)
		return why_conditions;
	return NULL;
}

static int offer_with_ports(struct offer *o, struct span address, struct span ports)
{
	bool is_v6 = memchr(address.at, ':', address.bytes) != NULL;
	struct span port;
	unsigned count = 0;
	int r = 0;

	if (memchr(address.at, '/', address.bytes))
		return refuse(o, why_conditions);
	while (r == 0 && rule_next_item(&ports, &port)) {
		char text[96];
		int n = snprintf(text, sizeof(text), is_v6 ? "[%.*s]:%.*s" : "%.*s:%.*s",
			(int)address.bytes, address.at, (int)port.bytes, port.at);

		if (n < 0 || (size_t)n >= sizeof(text) || count++ == PORTS_MAX)
			return refuse(o, why_conditions);
		r = offer_value(o, text, (size_t)n, COLUMN_ANY);
	}
	return r;
}

static int offer_addresses(struct offer *o)
{
	struct span addresses, ports, address;
	const char *why = listed_side(o->rule, &addresses, &ports);
	int r = 0;

	if (!why && o->conditions.for_dns)
		why = why_conditions;
	if (why)
		return refuse(o, why);
	while (r == 0 && rule_next_item(&addresses, &address)) {
		if (span_is(ports, "any"))
			r = offer_value(o, address.at, address.bytes, COLUMN_ANY);
		else
			r = offer_with_ports(o, address, ports);
	}
	return r;
}

/* The header may only say where the site is and the port that the protocol has anyway. */
static bool header_says_more(const struct rule *rule, uint32_t port)
{
	const struct span ports[] = {rule->source_port, rule->destination_port};

	if (rule_place(rule->source, false) != PLACE_ANY ||
		rule_place(rule->destination, false) != PLACE_ANY)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		enum rule_place place = rule_place(ports[i], true);
		uint32_t number = 0;

		if (place == PLACE_LISTED && span_number(ports[i], UINT16_MAX, &number) &&
			number == port)
			continue;
		if (place != PLACE_ANY)
			return true;
	}
	return false;
}

/* A whole line of an HTTP header is as good as the buffer made of it. */
static void take_header_line(struct rule_content *c)
{
	static const struct {
		const char *begin;
		enum rule_buffer buffer;
	} lines[] = {{"Host:", IN_HOST}, {"User-Agent:", IN_AGENT}};
	struct span text = {c->text, c->bytes};

	if (c->buffer != IN_HEADER && c->buffer != IN_PAYLOAD)
		return;
	if (span_begins(text, "\r\n"))
		text = (struct span){text.at + 2, text.bytes - 2};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		size_t bytes = strlen(lines[i].begin);

		if (!span_begins(text, lines[i].begin) || !span_ends(text, "\r\n"))
			continue;
		text = span_trim((struct span){text.at + bytes, text.bytes - bytes});
		memmove(c->text, text.at, text.bytes);
		c->bytes = text.bytes;
		c->buffer = lines[i].buffer;
		c->starts = c->ends = true;
		c->offset = 0;
		c->relative = false;
		return;
	}
}

/* A name as DNS writes it, with the root at its end, in place: |07|example|03|org|00|. A length
 * octet is no character of a name, so that it stands for the name and what is below. */
static bool take_dns_name(struct rule_content *c)
{
	size_t at = 0, used = 0;

	while (at < c->bytes && c->text[at]) {
		size_t label = (unsigned char)c->text[at++];

		if (label > 63 || label >= c->bytes - at)
			return false;
		for (size_t i = 0; i < label; i++, at++) {
			if (!isgraph((unsigned char)c->text[at]) || c->text[at] == '.')
				return false;
			c->text[used++] = c->text[at];
		}
		c->text[used++] = '.';
	}
	if (!used || at + 1 != c->bytes)
		return false;
	c->bytes = used - 1;
	return true;
}

/* That the message is a plain query; it lies in the header of the message. */
static bool is_dns_header(const struct rule_content *c)
{
	return c->has_depth && !c->relative && c->offset >= 2 &&
	       c->offset + c->depth <= DNS_HEADER_BYTES + DNS_LENGTH_BYTES;
}

static int offer_dns(struct offer *o)
{
	struct rule_conditions *r = &o->conditions;
	struct rule_content *name = NULL;

	for (size_t i = 0; i < r->content_count; i++) {
		struct rule_content *c = &r->contents[i];

		if (c->buffer != IN_PAYLOAD)
			return refuse(o, why_conditions);
		if (is_dns_header(c))
			continue;
		if (name || c->relative || c->has_depth ||
			c->offset > DNS_HEADER_BYTES + DNS_LENGTH_BYTES || !take_dns_name(c))
			return refuse(o, why_conditions);
		name = c;
	}
	if (!name || header_says_more(o->rule, 53))
		return refuse(o, why_conditions);
	return offer_value(o, name->text, name->bytes, COLUMN_ANY);
}

static const struct rule_content *content_in(
	const struct rule_conditions *r, enum rule_buffer buffer)
{
	for (size_t i = 0; i < r->content_count; i++) {
		if (r->contents[i].buffer == buffer)
			return &r->contents[i];
	}
	return NULL;
}

/* Host and path of a request to get it are a URL. */
static int offer_request(struct offer *o)
{
	const struct rule_conditions *r = &o->conditions;
	const struct rule_content *host = content_in(r, IN_HOST), *uri = content_in(r, IN_URI);
	const struct rule_content *method = content_in(r, IN_METHOD);
	char url[sizeof("http://") + RULE_PATTERN_BYTES_MAX + RULE_PATTERN_BYTES_MAX];
	size_t used = sizeof("http://") - 1;

	if (r->content_count != (method ? 3u : 2u) || !host || !uri || !rule_is_whole(r, host) ||
		!rule_is_whole(r, uri) || *uri->text != '/' ||
		(method && !span_is((struct span){method->text, method->bytes}, "GET")))
		return refuse(o, why_conditions);
	memcpy(url, "http://", used);
	memcpy(url + used, host->text, host->bytes);
	used += host->bytes;
	memcpy(url + used, uri->text, uri->bytes);
	return offer_value(o, url, used + uri->bytes, COLUMN_URL);
}

static int offer_name(struct offer *o, const struct rule_content *c)
{
	bool whole = rule_is_whole(&o->conditions, c);

	if (o->conditions.dotprefix[c->buffer])
		whole |= c->ends && !c->relative && !c->offset && !c->has_depth && c->bytes &&
			 *c->text == '.';
	return whole ? offer_value(o, c->text, c->bytes, COLUMN_ANY)
		     : offer_substring(o, c, COLUMN_ANY);
}

static int offer_content(struct offer *o)
{
	static const struct {
		enum value_column column;
		uint32_t port; /* that its protocol has anyway */
		bool is_fingerprint;
	} kinds[BUFFERS] = {[IN_NAME] = {COLUMN_ANY, 443, false},
		[IN_HOST] = {COLUMN_ANY, 80, false},
		[IN_URI] = {COLUMN_URL_PATH, 80, false},
		[IN_AGENT] = {COLUMN_USER_AGENT, 80, false},
		[IN_CERT] = {COLUMN_CERT, 443, true},
		[IN_JA3] = {COLUMN_JA3, 443, true},
		[IN_JA3S] = {COLUMN_JA3S, 443, true},
		[IN_JA4] = {COLUMN_ANY, 443, true}};
	const struct rule_content *c = &o->conditions.contents[0];
	enum value_column column = kinds[c->buffer].column;

	if (!kinds[c->buffer].port ||
		(header_says_more(o->rule, kinds[c->buffer].port) &&
			!(c->buffer == IN_NAME && !header_says_more(o->rule, 53))))
		return refuse(o, why_conditions);
	if (c->buffer == IN_NAME || c->buffer == IN_HOST)
		return offer_name(o, c);
	if (kinds[c->buffer].is_fingerprint || rule_is_whole(&o->conditions, c))
		return offer_value(o, c->text, c->bytes, column);
	return offer_substring(o, c, column == COLUMN_USER_AGENT ? COLUMN_UA_PATTERN : column);
}

static int offer_rule(struct offer *o)
{
	struct rule_conditions *r = &o->conditions;
	bool in_payload = false;

	for (size_t i = 0; i < r->content_count; i++) {
		take_header_line(&r->contents[i]);
		in_payload |= r->contents[i].buffer == IN_PAYLOAD;
	}
	if (r->has_conditions || (r->content_count && r->for_addresses))
		return refuse(o, why_conditions);
	if (r->content_count == 0)
		return offer_addresses(o);
	if (in_payload)
		return offer_dns(o);
	if (r->for_dns)
		return refuse(o, why_conditions);
	if (r->content_count > 1)
		return header_says_more(o->rule, 80) ? refuse(o, why_conditions) : offer_request(o);
	return offer_content(o);
}

static int read_rule(struct offer *o)
{
	static const char *const setting_up[] = {"config", "activate", "dynamic"};
	struct candidate *c = &o->conditions.candidate;

	if (o->rule->commented_out)
		return refuse(o, why_commented);
	if (o->rule->damage)
		return refuse(o, o->rule->damage);
	for (size_t i = 0; i < ARRAY_LEN(setting_up); i++) {
		if (span_is(o->rule->action, setting_up[i]))
			return refuse(o, why_sets_up);
	}
	rule_conditions(&o->conditions, o->rule);
	c->line = o->rule->line;
	c->context = context_of(o);
	if (span_is(o->rule->action, "pass")) {
		c->advice = ADVICE_NOT_AN_INDICATOR;
		c->why = why_passes;
	}
	return offer_rule(o);
}

static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	_cleanup_(rule_reader_free_ptr) struct rule_reader *reader = NULL;
	_cleanup_(free_ptr) struct offer *o = calloc(1, sizeof(*o));
	int r = o ? rule_reader_new(&reader, d->text) : -ENOMEM;

	if (r < 0)
		return r;
	o->builder = b;
	o->report = report;
	while (r == 0 && (o->rule = rule_next(reader)))
		r = read_rule(o);
	return r;
}

const struct format suricata_rules_format = {
	.name = "suricata-rules",
	.summary = "rules of Suricata and Snort that say one name, address, fingerprint or URL",
	.recognise = recognise,
	.load = load,
};
