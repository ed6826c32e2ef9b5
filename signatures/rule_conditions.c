/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/rule_conditions.h"

#include "base/cleanup.h"

enum keyword {
	SAYS_NOTHING, /* of the traffic */
	IS_BUFFER,
	IS_MESSAGE,
	IS_REFERENCE,
	IS_CLASS,
	IS_METADATA,
	IS_CONTENT,
	IS_WHOLE, /* a content of its own buffer */
	IS_FLOW,
	IS_FLAGS,
	IS_LIMIT,
	IS_BITS,
	STARTS,
	ENDS,
	DOTPREFIX,
	BSIZE,
	OFFSET,
	DEPTH,
	RELATIVE,
	IS_DATA_AT,
	BYTE_TEST,
	IS_CONDITION
};

static const struct {
	const char *name;
	enum keyword keyword;
	enum rule_buffer buffer;
} keywords[] = {
	{"msg", IS_MESSAGE, 0},
	{"reference", IS_REFERENCE, 0},
	{"classtype", IS_CLASS, 0},
	{"metadata", IS_METADATA, 0},
	{"sid", SAYS_NOTHING, 0},
	{"gid", SAYS_NOTHING, 0},
	{"rev", SAYS_NOTHING, 0},
	{"priority", SAYS_NOTHING, 0},
	{"target", SAYS_NOTHING, 0},
	{"rem", SAYS_NOTHING, 0},
	{"tag", SAYS_NOTHING, 0},
	{"logto", SAYS_NOTHING, 0},
	{"service", SAYS_NOTHING, 0},
	{"requires", SAYS_NOTHING, 0},
	{"fast_pattern", SAYS_NOTHING, 0},
	{"nocase", SAYS_NOTHING, 0},
	{"rawbytes", SAYS_NOTHING, 0},
	{"prefilter", SAYS_NOTHING, 0},
	{"to_lowercase", SAYS_NOTHING, 0},
	{"flow", IS_FLOW, 0},
	{"flags", IS_FLAGS, 0},
	{"threshold", IS_LIMIT, 0},
	{"flowbits", IS_BITS, 0},
	{"xbits", IS_BITS, 0},
	{"content", IS_CONTENT, 0},
	{"uricontent", IS_WHOLE, IN_URI},
	{"tls.fingerprint", IS_WHOLE, IN_CERT},
	{"startswith", STARTS, 0},
	{"endswith", ENDS, 0},
	{"dotprefix", DOTPREFIX, 0},
	{"bsize", BSIZE, 0},
	{"offset", OFFSET, 0},
	{"depth", DEPTH, 0},
	{"distance", RELATIVE, 0},
	{"within", RELATIVE, 0},
	{"isdataat", IS_DATA_AT, 0},
	{"byte_test", BYTE_TEST, 0},
	{"pkt_data", IS_BUFFER, IN_PAYLOAD},
	{"dns.query", IS_BUFFER, IN_NAME},
	{"dns_query", IS_BUFFER, IN_NAME},
	{"dns.query.name", IS_BUFFER, IN_NAME},
	{"dns.queries.rrname", IS_BUFFER, IN_NAME},
	{"tls.sni", IS_BUFFER, IN_NAME},
	{"tls_sni", IS_BUFFER, IN_NAME},
	{"quic.sni", IS_BUFFER, IN_NAME},
	{"http.host", IS_BUFFER, IN_HOST},
	{"http_host", IS_BUFFER, IN_HOST},
	{"http.host.raw", IS_BUFFER, IN_HOST},
	{"http_raw_host", IS_BUFFER, IN_HOST},
	{"http.uri", IS_BUFFER, IN_URI},
	{"http_uri", IS_BUFFER, IN_URI},
	{"http.uri.raw", IS_BUFFER, IN_URI},
	{"http_raw_uri", IS_BUFFER, IN_URI},
	{"http.method", IS_BUFFER, IN_METHOD},
	{"http_method", IS_BUFFER, IN_METHOD},
	{"http.header", IS_BUFFER, IN_HEADER},
	{"http_header", IS_BUFFER, IN_HEADER},
	{"http.user_agent", IS_BUFFER, IN_AGENT},
	{"http_user_agent", IS_BUFFER, IN_AGENT},
	{"tls.cert_fingerprint", IS_BUFFER, IN_CERT},
	{"tls_cert_fingerprint", IS_BUFFER, IN_CERT},
	{"ja3.hash", IS_BUFFER, IN_JA3},
	{"ja3_hash", IS_BUFFER, IN_JA3},
	{"ja3s.hash", IS_BUFFER, IN_JA3S},
	{"ja3s_hash", IS_BUFFER, IN_JA3S},
	{"ja4.hash", IS_BUFFER, IN_JA4},
	{"ja4_hash", IS_BUFFER, IN_JA4},
};

static struct span unquoted(struct span value)
{
	if (value.bytes >= 2 && *value.at == '"' && value.at[value.bytes - 1] == '"')
		return (struct span){value.at + 1, value.bytes - 2};
	return value;
}

/* `2019_10_14` as 2019-10-14. */
static struct span date_of(struct rule_conditions *r, struct span value)
{
	char *to;

	if (r->date_count == ARRAY_LEN(r->dates) || value.bytes > sizeof(r->dates[0]))
		return (struct span){"", 0};
	to = r->dates[r->date_count++];
	for (size_t i = 0; i < value.bytes; i++)
		to[i] = value.at[i] == '_' ? '-' : value.at[i];
	return (struct span){to, value.bytes};
}

static void read_metadata(struct rule_conditions *r, struct span value)
{
	struct candidate *c = &r->candidate;

	while (value.bytes) {
		struct span item = span_trim(span_cut(&value, ','));
		struct span key = span_cut(&item, ' ');

		item = span_trim(item);
		if (span_is(key, "created_at") && !c->published.bytes)
			c->published = date_of(r, item);
		else if (span_is(key, "updated_at") && !c->last_confirmed.bytes)
			c->last_confirmed = date_of(r, item);
		else if (span_is(key, "first_seen") && !c->first_seen.bytes)
			c->first_seen = date_of(r, item);
		else if (span_is(key, "confidence") || span_is(key, "confidence_level"))
			c->confidence = span_confidence(item);
	}
}

/* An address counts more than the number of a weakness. */
static void read_reference(struct rule_conditions *r, struct span value)
{
	struct span rest = value, system = span_trim(span_cut(&rest, ','));

	if (span_is(system, "url") && !r->candidate.reference.bytes)
		r->candidate.reference = unquoted(span_trim(rest));
}

static bool flow_says_nothing(struct span value)
{
	static const char *const words[] = {"established", "to_server", "to_client", "from_client",
		"from_server", "stateless", "only_stream", "no_stream"};

	while (value.bytes) {
		struct span word = span_trim(span_cut(&value, ','));
		size_t i = 0;

		while (i < ARRAY_LEN(words) && !span_is(word, words[i]))
			i++;
		if (i == ARRAY_LEN(words))
			return false;
	}
	return true;
}

/* Only how often it is told, not how often it must be seen: of the type limit and of no other one
 * beside it. */
static bool is_limit(struct span value)
{
	bool limit = false;

	while (value.bytes) {
		struct span item = span_trim(span_cut(&value, ','));

		if (!span_begins(item, "type"))
			continue;
		if (limit || !span_is(span_trim(span_from(item, 4)), "limit"))
			return false;
		limit = true;
	}
	return limit;
}

static bool sets_bits(struct span value)
{
	struct span what = span_trim(span_cut(&value, ','));

	return span_is(what, "set") || span_is(what, "unset") || span_is(what, "toggle");
}

/* The first segment of a connection: every connection has one. */
static bool is_first_segment(struct span value)
{
	struct span flags = span_trim(span_cut(&value, ','));

	return span_is(flags, "S") || span_is(flags, "S+");
}

/* "The message is a query" as the rules of Snort say it: QR and opcode are 0. */
static bool is_dns_query_test(struct span value)
{
	static const char test[] = "1,!&,0xF8,2";
	size_t at = 0;

	for (size_t i = 0; i < value.bytes; i++) {
		if (value.at[i] == ' ')
			continue;
		if (at == sizeof(test) - 1 || (value.at[i] | 0x20) != (test[at] | 0x20))
			return false;
		at++;
	}
	return at == sizeof(test) - 1;
}

static struct rule_content *last_content(struct rule_conditions *r)
{
	return r->content_count ? &r->contents[r->content_count - 1] : NULL;
}

/* What is said of the content before it. */
static void modify(struct rule_conditions *r, enum keyword keyword, struct span value)
{
	struct rule_content *c = last_content(r);
	bool understood = c != NULL;
	uint32_t number = 0;

	if (!c) {
		r->has_conditions = true;
		return;
	}
	switch (keyword) {
	case STARTS:
		c->starts = true;
		break;
	case ENDS:
		c->ends = true;
		break;
	case OFFSET:
		understood = span_number(value, UINT16_MAX, &c->offset);
		break;
	case DEPTH:
		understood = span_number(value, UINT16_MAX, &c->depth);
		c->has_depth = true;
		break;
	case RELATIVE:
		c->relative |= !span_number(value, 0, &number); /* `distance:0` only orders them */
		break;
	case IS_DATA_AT:
		understood = span_begins(value, "!1") && span_ends(value, "relative");
		c->ends = true;
		break;
	default:
		understood = false;
	}
	r->has_conditions |= !understood;
}

static enum keyword keyword_of(struct span name, enum rule_buffer *ret_buffer)
{
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
		if (!span_is(name, keywords[i].name))
			continue;
		*ret_buffer = keywords[i].buffer;
		return keywords[i].keyword;
	}
	return IS_CONDITION;
}

/* Snort 3: `content:"x",depth 5,nocase`. */
static void read_modifiers(struct rule_conditions *r, struct span rest)
{
	while (rest.bytes) {
		struct span value = span_trim(span_cut(&rest, ','));
		struct span name = span_cut(&value, ' ');
		enum rule_buffer buffer;
		enum keyword keyword = name.bytes ? keyword_of(name, &buffer) : SAYS_NOTHING;

		if (keyword != SAYS_NOTHING && !span_begins(name, "fast_pattern"))
			modify(r, keyword, span_trim(value));
	}
}

static void read_content(struct rule_conditions *r, struct span value, enum rule_buffer buffer)
{
	struct rule_content *c = &r->contents[r->content_count];
	struct span pattern, modifiers;
	bool negated = false;

	if (r->content_count == RULE_CONTENTS_MAX ||
		!rule_content(value, &negated, &pattern, &modifiers) || negated) {
		r->has_conditions = true;
		return;
	}
	*c = (struct rule_content){.buffer = buffer};
	if (!rule_pattern(pattern, c->text, sizeof(c->text), &c->bytes)) {
		r->has_conditions = true;
		return;
	}
	r->content_count++;
	read_modifiers(r, modifiers);
}

/* `http_host` stands behind its content in Suricata and Snort 2, before it in Snort 3. */
static void read_buffer(
	struct rule_conditions *r, const struct rule_option *o, enum rule_buffer buffer)
{
	struct rule_content *before = last_content(r);

	if (o->value.bytes) {
		if (span_begins(o->value, "field") && span_ends(o->value, " host"))
			buffer = IN_HOST;
		else if (span_begins(o->value, "field") && span_ends(o->value, " user-agent"))
			buffer = IN_AGENT;
		else
			r->has_conditions = true;
	}
	if (before && before->buffer == IN_PAYLOAD && r->buffer == IN_PAYLOAD &&
		span_begins(o->name, "http_"))
		before->buffer = buffer;
	else
		r->buffer = buffer;
}

/* The options that say something of the traffic. */
static void read_condition(struct rule_conditions *r, const struct rule_option *o,
	enum keyword keyword, enum rule_buffer buffer)
{
	bool understood = true;

	switch (keyword) {
	case IS_BUFFER:
		read_buffer(r, o, buffer);
		break;
	case IS_CONTENT:
		read_content(r, o->value, r->buffer);
		break;
	case IS_WHOLE:
		read_content(r, o->value, buffer);
		break;
	case DOTPREFIX:
		r->dotprefix[r->buffer] = true;
		break;
	case BSIZE:
		understood = span_number(o->value, UINT16_MAX, &r->bsize[r->buffer]);
		break;
	case BYTE_TEST:
		understood = r->for_dns = is_dns_query_test(o->value);
		break;
	case IS_FLAGS:
		understood = r->for_addresses = is_first_segment(o->value);
		break;
	case IS_FLOW:
		understood = flow_says_nothing(o->value);
		break;
	case IS_LIMIT:
		understood = is_limit(o->value);
		break;
	case IS_BITS:
		understood = sets_bits(o->value);
		break;
	case IS_CONDITION:
		understood = false;
		break;
	default:
		modify(r, keyword, o->value);
	}
	r->has_conditions |= !understood;
}

static void read_option(struct rule_conditions *r, const struct rule_option *o)
{
	enum rule_buffer buffer = IN_PAYLOAD;
	enum keyword keyword = keyword_of(o->name, &buffer);

	switch (keyword) {
	case SAYS_NOTHING:
		break;
	case IS_MESSAGE:
		r->message = unquoted(o->value);
		break;
	case IS_REFERENCE:
		read_reference(r, o->value);
		break;
	case IS_CLASS:
		r->class_type = o->value;
		break;
	case IS_METADATA:
		read_metadata(r, o->value);
		break;
	default:
		read_condition(r, o, keyword, buffer);
	}
}

void rule_conditions(struct rule_conditions *ret, const struct rule *rule)
{
	*ret = (struct rule_conditions){.buffer = IN_PAYLOAD};
	for (size_t i = 0; i < rule->option_count; i++)
		read_option(ret, &rule->options[i]);
}

bool rule_is_whole(const struct rule_conditions *r, const struct rule_content *c)
{
	uint32_t bsize = r->bsize[c->buffer];
	bool begins = c->starts || (c->has_depth && c->depth == c->bytes);

	if (c->relative || c->offset)
		return false;
	return bsize ? bsize == c->bytes : begins && c->ends;
}
