/* SPDX-License-Identifier: Apache-2.0 */
/* Object types and their properties: OASIS STIX 2.1, part 6. */
#include "signatures/stix_values.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "signatures/address.h"

static const char why_never[] = "a pattern that is never met";
static const char why_unseen[] = "a pattern for what a network does not show";
static const char why_half[] = "a pattern that asks as well for what a network does not show";
static const char why_no_value[] = "a pattern without a value that can be matched";
static const char why_more[] = "its pattern asks for more than this value";

enum kind {
	KIND_UNSEEN,    /* of a file, a process, a message ... */
	KIND_CONDITION, /* of the network, but no value to be matched */
	KIND_IMPLIED,   /* says what a value beside it is: is true whenever that is met */
	KIND_VALUE,
	KIND_PORT,
};

enum side { SIDE_ANY, SIDE_SOURCE, SIDE_DESTINATION };

struct meaning {
	enum kind kind;
	enum value_column column;
	enum side side;
};

static const struct {
	const char *path;
	struct meaning meaning;
} known_paths[] = {
	{"domain-name:value", {KIND_VALUE, COLUMN_ANY, SIDE_ANY}},
	{"hostname:value", {KIND_VALUE, COLUMN_ANY, SIDE_ANY}}, /* of OpenCTI */
	{"ipv4-addr:value", {KIND_VALUE, COLUMN_ANY, SIDE_ANY}},
	{"ipv6-addr:value", {KIND_VALUE, COLUMN_ANY, SIDE_ANY}},
	{"url:value", {KIND_VALUE, COLUMN_ANY, SIDE_ANY}},
	{"user-agent:value", {KIND_VALUE, COLUMN_USER_AGENT, SIDE_ANY}}, /* likewise */
	{"autonomous-system:number", {KIND_VALUE, COLUMN_ASN, SIDE_ANY}},
	{"network-traffic:dst_ref.value", {KIND_VALUE, COLUMN_ANY, SIDE_DESTINATION}},
	{"network-traffic:src_ref.value", {KIND_VALUE, COLUMN_ANY, SIDE_SOURCE}},
	{"network-traffic:dst_port", {KIND_PORT, COLUMN_ANY, SIDE_DESTINATION}},
	{"network-traffic:src_port", {KIND_PORT, COLUMN_ANY, SIDE_SOURCE}},
	{"network-traffic:dst_ref.type", {KIND_IMPLIED, COLUMN_ANY, SIDE_DESTINATION}},
	{"network-traffic:src_ref.type", {KIND_IMPLIED, COLUMN_ANY, SIDE_SOURCE}},
};

static bool starts_with(const struct stix_comparison *c, const char *prefix)
{
	size_t bytes = strlen(prefix);

	return c->path_bytes >= bytes && strncasecmp(c->path, prefix, bytes) == 0;
}

static bool is_path(const struct stix_comparison *c, const char *path)
{
	return c->path_bytes == strlen(path) && starts_with(c, path);
}

/* The path without indices behind its last step begins there. */
static bool ends_with_step(const struct stix_comparison *c, const char *step)
{
	size_t bytes = strlen(step), end = c->path_bytes;
	char before;

	while (end && c->path[end - 1] == ']') {
		while (end && c->path[end - 1] != '[')
			end--;
		end -= end > 0;
	}
	if (end <= bytes || strncasecmp(c->path + end - bytes, step, bytes) != 0)
		return false;
	before = c->path[end - bytes - 1];
	return before == '.' || before == ':';
}

/* There is no standard property: these are names that extensions of several publishers use. */
static bool is_fingerprint(const struct stix_comparison *c, const char *const *steps)
{
	for (; *steps; steps++) {
		if (ends_with_step(c, *steps))
			return true;
	}
	return false;
}

static struct meaning meaning_of_path(const struct stix_comparison *c)
{
	static const char *const ja3[] = {
		"ja3", "ja3_hash", "ja3_md5", "ja3_digest", "ja3-fingerprint-md5", NULL};
	static const char *const ja3s[] = {"ja3s", "ja3s_hash", NULL};
	static const char *const spki[] = {"spki_sha256", NULL};
	static const char *const ja4[] = {"ja4", "ja4_hash", "ja4_fingerprint", NULL};
	static const char *const network[] = {
		"domain-name:", "hostname:", "ipv4-addr:", "ipv6-addr:", "url:", "user-agent:",
		"autonomous-system:", "network-traffic:", "x509-certificate:"};

	for (size_t i = 0; i < ARRAY_LEN(known_paths); i++) {
		if (is_path(c, known_paths[i].path))
			return known_paths[i].meaning;
	}
	if (starts_with(c, "x509-certificate:hashes."))
		return (struct meaning){KIND_VALUE, COLUMN_CERT, SIDE_ANY};
	if (is_path(c, "network-traffic:extensions.http-request-ext.request_header.User-Agent") ||
		is_path(c, "network-traffic:extensions.http-request-ext.request_header."
			   "User-Agent[*]") ||
		is_path(c, "network-traffic:extensions.http-request-ext.request_header."
			   "User-Agent[0]"))
		return (struct meaning){KIND_VALUE, COLUMN_USER_AGENT, SIDE_ANY};
	if (is_fingerprint(c, ja3))
		return (struct meaning){KIND_VALUE, COLUMN_JA3, SIDE_ANY};
	if (is_fingerprint(c, ja3s))
		return (struct meaning){KIND_VALUE, COLUMN_JA3S, SIDE_ANY};
	if (is_fingerprint(c, spki))
		return (struct meaning){KIND_VALUE, COLUMN_SPKI, SIDE_ANY};
	if (is_fingerprint(c, ja4))
		return (struct meaning){KIND_VALUE, COLUMN_ANY, SIDE_ANY};
	for (size_t i = 0; i < ARRAY_LEN(network); i++) {
		if (starts_with(c, network[i]))
			return (struct meaning){KIND_CONDITION, COLUMN_ANY, SIDE_ANY};
	}
	return (struct meaning){KIND_UNSEEN, COLUMN_ANY, SIDE_ANY};
}

static bool is_address(const struct stix_comparison *c, struct address_range *ret)
{
	return address_range_parse(ret, c->value, c->value_bytes) && !ret->port;
}

/* Whether the operator leaves a value to be matched: equality, also as LIKE without wildcards or
 * with one that stands for every sub-domain, and a subset for addresses. */
static bool says_value(const struct stix_comparison *c)
{
	const char *like = c->value;
	uint32_t bytes = c->value_bytes;
	struct address_range range;

	if (c->negated)
		return false;
	if (c->op == STIX_SUBSET)
		return is_address(c, &range);
	if (c->op != STIX_LIKE)
		return c->op == STIX_EQUAL;
	if (is_path(c, "domain-name:value") && bytes > 2 && memcmp(like, "%.", 2) == 0) {
		like += 2;
		bytes -= 2;
	}
	return !memchr(like, '%', bytes) && !memchr(like, '_', bytes);
}

/* That a packet is one of IPv4 or IPv6 its address says. */
static bool is_family(const struct stix_comparison *c)
{
	return starts_with(c, "network-traffic:protocols[") && c->value_bytes == 4 &&
	       (strncasecmp(c->value, "ipv4", 4) == 0 || strncasecmp(c->value, "ipv6", 4) == 0);
}

static struct meaning meaning_of(const struct stix_comparison *c)
{
	struct meaning m = meaning_of_path(c);

	if (m.kind == KIND_CONDITION && is_family(c))
		m.kind = KIND_IMPLIED;
	if (m.kind > KIND_CONDITION && !says_value(c))
		m.kind = KIND_CONDITION;
	return m;
}

/* What one alternative asks for. */
struct question {
	const struct stix_comparison *values[STIX_CONJUNCTION_MAX], *port;
	struct meaning meanings[STIX_CONJUNCTION_MAX]; /* of the values */
	size_t value_count, unseen_count, condition_count, port_count;
	enum side port_side;
};

static void sort_out(struct question *q, const struct stix_alternative *alternative,
	const struct stix_comparison *first, const struct meaning *meanings)
{
	for (size_t i = 0; i < alternative->count; i++) {
		const struct stix_comparison *c = alternative->comparisons[i];
		struct meaning m = meanings[c - first];

		switch (m.kind) {
		case KIND_UNSEEN:
			q->unseen_count++;
			break;
		case KIND_CONDITION:
			q->condition_count++;
			break;
		case KIND_IMPLIED:
			break;
		case KIND_VALUE:
			q->meanings[q->value_count] = m;
			q->values[q->value_count++] = c;
			break;
		case KIND_PORT:
			q->port_count++;
			q->port = c;
			q->port_side = m.side;
			break;
		}
	}
}

/* The one address with the one port of its side; an address of which no side is said is where a
 * connection goes. */
static bool join_port(const struct question *q, char *to, size_t size)
{
	enum side side = q->meanings[0].side == SIDE_ANY ? SIDE_DESTINATION : q->meanings[0].side;
	char text[ADDRESS_RANGE_BYTES];
	struct address_range range;

	if (q->value_count != 1 || q->port_count != 1 || q->port_side != side ||
		!is_address(q->values[0], &range) || range.bits != 128)
		return false;
	for (uint32_t i = 0; i < q->port->value_bytes; i++) {
		if (!isdigit((unsigned char)q->port->value[i]))
			return false;
	}
	if (q->port->value_bytes == 0 || q->port->value_bytes > 5)
		return false;
	address_range_text(text, &range);
	snprintf(to, size, strchr(text, ':') ? "[%s]:%.*s" : "%s:%.*s", text,
		(int)q->port->value_bytes, q->port->value);
	return true;
}

/* More than one value at once. Either hash of a certificate is the same certificate. */
static bool asks_for_several(const struct question *q)
{
	size_t hashes = 0;

	for (size_t i = 0; i < q->value_count; i++)
		hashes += q->meanings[i].column == COLUMN_CERT;
	return q->value_count > 1 && hashes < q->value_count;
}

static int give_values(const struct question *q, bool qualified,
	int (*each)(void *context, const struct stix_value *value), void *context)
{
	char joined[ADDRESS_RANGE_BYTES + 8];
	bool is_joined = join_port(q, joined, sizeof(joined));
	bool more = qualified || q->condition_count || asks_for_several(q) ||
		    (q->port_count && !is_joined);
	int r = 0;

	for (size_t i = 0; i < q->value_count && r == 0; i++) {
		const struct stix_comparison *c = q->values[i];
		struct stix_value value = {.text = is_joined ? joined : c->value,
			.bytes = is_joined ? strlen(joined) : c->value_bytes,
			.column = q->meanings[i].column,
			.why = more ? why_more : NULL};

		if (c->op == STIX_LIKE && c->value_bytes && *c->value == '%') {
			value.text++; /* `.example.org` is the name and what is below it */
			value.bytes--;
		}
		r = each(context, &value);
	}
	return r;
}

static int give(const struct stix_pattern *pattern, const struct meaning *meanings, size_t number,
	int (*each)(void *context, const struct stix_value *value), void *context)
{
	struct stix_alternative alternative;
	struct question q = {.value_count = 0};
	struct stix_value refused = {.why = NULL};

	stix_pattern_alternative(pattern, number, &alternative);
	sort_out(&q, &alternative, pattern->comparisons, meanings);
	if (q.unseen_count)
		refused.why = q.unseen_count == alternative.count ? why_unseen : why_half;
	else if (q.value_count == 0)
		refused.why = why_no_value;
	return refused.why ? each(context, &refused)
			   : give_values(&q, alternative.qualified, each, context);
}

/* A comparison may stand in many alternatives: what it means is found out once. */
int stix_values(const struct stix_pattern *pattern,
	int (*each)(void *context, const struct stix_value *value), void *context)
{
	size_t count = pattern->comparison_count;
	_cleanup_(free_ptr) struct meaning *meanings = NULL;
	int r = 0;

	if (pattern->alternative_count == 0)
		return each(context, &(struct stix_value){.why = why_never});
	meanings = calloc(count, sizeof(*meanings));
	if (!meanings)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		meanings[i] = meaning_of(&pattern->comparisons[i]);
	for (size_t i = 0; i < pattern->alternative_count && r == 0; i++)
		r = give(pattern, meanings, i, each, context);
	return r;
}
