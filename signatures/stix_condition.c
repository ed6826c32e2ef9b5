/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/stix_condition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/pattern.h"

static const char why_field[] = "a signature that asks for what STIX has no property for";
static const char why_together[] = "a signature whose conditions STIX cannot say of one object";
static const char why_memory[] = "out of memory";

/* What a pattern may be about, in the order in which it is tried. */
enum object { OBJECT_NAME, OBJECT_CERTIFICATE, OBJECT_SYSTEM, OBJECT_TRAFFIC, OBJECTS };

#define NAME    "domain-name:value"
#define TARGET  "network-traffic:dst_ref.value"
#define CERT    "x509-certificate:"
#define OURS    "network-traffic:extensions.'x-kukla'."
#define REQUEST "network-traffic:extensions.'http-request-ext'."

/* The property of each object that a field is. */
static const struct {
	const char *key;
	const char *paths[OBJECTS];
} properties[] = {
	{"src_ip", {[OBJECT_TRAFFIC] = "network-traffic:src_ref.value"}},
	{"dest_ip", {[OBJECT_TRAFFIC] = TARGET}},
	{"dest_port", {[OBJECT_TRAFFIC] = "network-traffic:dst_port"}},
	{"proto", {[OBJECT_TRAFFIC] = "network-traffic:protocols[*]"}},
	{"dest_asn",
		{[OBJECT_SYSTEM] = "autonomous-system:number",
			[OBJECT_TRAFFIC] = "network-traffic:dst_ref.belongs_to_refs[*].number"}},
	{"tls.sni", {[OBJECT_NAME] = NAME, [OBJECT_TRAFFIC] = TARGET}},
	{"tls.subjectaltname[]", {[OBJECT_NAME] = NAME}},
	{"tls.subject", {[OBJECT_CERTIFICATE] = CERT "subject"}},
	{"tls.issuerdn", {[OBJECT_CERTIFICATE] = CERT "issuer"}},
	{"tls.fingerprint", {[OBJECT_CERTIFICATE] = CERT "hashes.'SHA-1'"}},
	{"tls.fingerprint_sha256", {[OBJECT_CERTIFICATE] = CERT "hashes.'SHA-256'"}},
	{"tls.ja3.hash", {[OBJECT_TRAFFIC] = OURS "ja3"}},
	{"tls.ja3s.hash", {[OBJECT_TRAFFIC] = OURS "ja3s"}},
	{"tls.ja4", {[OBJECT_TRAFFIC] = OURS "ja4"}},
	{"quic.sni", {[OBJECT_NAME] = NAME, [OBJECT_TRAFFIC] = TARGET}},
	{"quic.ja3.hash", {[OBJECT_TRAFFIC] = OURS "ja3"}},
	{"quic.ja4", {[OBJECT_TRAFFIC] = OURS "ja4"}},
	{"dns.queries[].rrname", {[OBJECT_NAME] = NAME}},
	{"dns.answers[].rrname", {[OBJECT_NAME] = NAME}},
	{"dns.answers[].rdata", {[OBJECT_NAME] = "domain-name:resolves_to_refs[*].value"}},
	{"http.hostname", {[OBJECT_NAME] = NAME, [OBJECT_TRAFFIC] = REQUEST "request_header.Host"}},
	{"http.redirect_host", {[OBJECT_NAME] = NAME}},
	{"http.url", {[OBJECT_TRAFFIC] = REQUEST "request_value"}},
	{"http.http_user_agent", {[OBJECT_TRAFFIC] = REQUEST "request_header.'User-Agent'"}},
	{"socks.host", {[OBJECT_NAME] = NAME, [OBJECT_TRAFFIC] = TARGET}},
	{"smtp.server", {[OBJECT_NAME] = NAME, [OBJECT_TRAFFIC] = TARGET}},
};

/* Numbers of IP protocols as the names that STIX wants. */
static const struct {
	uint8_t number;
	const char *name;
} protocols[] = {{1, "icmp"}, {2, "igmp"}, {6, "tcp"}, {17, "udp"}, {47, "gre"}, {50, "esp"},
	{51, "ah"}, {58, "ipv6-icmp"}, {132, "sctp"}};

/* NULL: it has none of that object. */
static const char *path_of(unsigned field, enum object object)
{
	for (size_t i = 0; i < ARRAY_LEN(properties); i++) {
		if (strcmp(properties[i].key, signature_field(field)->key) == 0)
			return properties[i].paths[object];
	}
	return NULL;
}

static const char *protocol_name(const struct expression_node *leaf)
{
	for (size_t i = 0; i < ARRAY_LEN(protocols); i++) {
		if (protocols[i].number == leaf->low && leaf->low == leaf->high)
			return protocols[i].name;
	}
	return NULL;
}

static bool has_several(const char *text)
{
	return strchr(text, '[');
}

/* The path is followed by a query there: where it ends is said of an exact one only. */
static bool is_path(const struct expression_node *leaf)
{
	return strcmp(signature_field(leaf->field)->key, "http.url") == 0;
}

static bool can_say_leaf(const struct expression_node *leaf, bool wanted, enum object object)
{
	const char *path = path_of(leaf->field, object);

	if (!path || (leaf->field == FIELD_OF_PROTO && !protocol_name(leaf)))
		return false;
	if (is_path(leaf) && leaf->kind != LEAF_EXACT && leaf->kind != LEAF_PREFIX)
		return false;
	return wanted || !(has_several(path) || has_several(signature_field(leaf->field)->key));
}

/* Two fields that are the same property of one object, or one that has several values, cannot be
 * asked for at once: it has one value. */
static bool excludes(unsigned a, unsigned b, enum object object)
{
	const char *x = path_of(a, object), *y = path_of(b, object);

	if (!x || !y || strcmp(x, y) != 0)
		return false;
	return a != b || (has_several(signature_field(a)->key) && !has_several(x));
}

static bool exclude(uint64_t before, uint64_t now, enum object object)
{
	for (unsigned a = 0; a < signature_field_count(); a++) {
		for (unsigned b = 0; before >> a & 1 && b < signature_field_count(); b++) {
			if (now >> b & 1 && excludes(a, b, object))
				return true;
		}
	}
	return false;
}

/* Whether the children of a node are joined by AND, as it is wanted. */
static bool is_and(const struct expression_node *n, bool wanted)
{
	return (n->op == EXPRESSION_ALL) == wanted;
}

/* Of one object. */
static bool can_say(const struct expression_node *nodes, size_t at, bool wanted, enum object object)
{
	const struct expression_node *n = &nodes[at];
	uint64_t before = 0;

	if (n->op == EXPRESSION_LEAF)
		return can_say_leaf(n, wanted, object);
	if (n->op == EXPRESSION_NOT)
		return can_say(nodes, at + 1, !wanted, object);
	for (size_t child = at + 1; child < n->end; child = nodes[child].end) {
		uint64_t now = expression_asks(nodes, child);

		if (!can_say(nodes, child, wanted, object))
			return false;
		if (is_and(n, wanted) && exclude(before, now, object))
			return false;
		before |= now;
	}
	return true;
}

static enum object object_for(const struct expression_node *nodes, size_t at, bool wanted)
{
	enum object object = 0;

	while (object < OBJECTS && !can_say(nodes, at, wanted, object))
		object++;
	return object;
}

static bool is_branch(const struct expression_node *n, bool wanted)
{
	return n->op == EXPRESSION_NOT || (n->op != EXPRESSION_LEAF && !is_and(n, wanted));
}

/* Of one object, or of several beside each other. */
static bool can_say_any(const struct expression_node *nodes, size_t at, bool wanted)
{
	const struct expression_node *n = &nodes[at];
	bool is_not = n->op == EXPRESSION_NOT;

	if (!is_branch(n, wanted))
		return object_for(nodes, at, wanted) < OBJECTS;
	for (size_t child = at + 1; child < n->end; child = nodes[child].end) {
		if (!can_say_any(nodes, child, wanted != is_not))
			return false;
	}
	return true;
}

static bool has_property(const struct expression_node *leaf)
{
	for (enum object object = 0; object < OBJECTS; object++) {
		if (can_say_leaf(leaf, true, object))
			return true;
	}
	return false;
}

const char *stix_condition_why_not(const char *text)
{
	_cleanup_(free_ptr) struct expression *e = malloc(sizeof(*e));

	if (!e)
		return why_memory;
	if (expression_parse(e, text) < 0)
		return why_field;
	for (size_t i = 0; i < e->count; i++) {
		if (e->nodes[i].op == EXPRESSION_LEAF && !has_property(&e->nodes[i]))
			return why_field;
	}
	return can_say_any(e->nodes, 0, true) ? NULL : why_together;
}

size_t stix_quote(char *to, size_t size, const char *text)
{
	size_t used = 0;

	for (; *text && used + 3 < size; text++) {
		if (*text == '\'' || *text == '\\')
			to[used++] = '\\';
		to[used++] = *text;
	}
	to[used] = '\0';
	return used;
}

struct writer {
	FILE *to;
	const char *path;
	bool wanted;
};

/* `PATH = 'TEXT'`, or `PATH NOT = 'TEXT'`. */
static void put_text(const struct writer *w, const char *sign, const char *text)
{
	(void)fprintf(w->to, "%s %s%s '", w->path, w->wanted ? "" : "NOT ", sign);
	for (; *text; text++) {
		char quoted[8];

		(void)stix_quote(quoted, sizeof(quoted), (const char[]){*text, '\0'});
		(void)fputs(quoted, w->to);
	}
	(void)fputc('\'', w->to);
}

/* What LIKE would take for any character, in a value as it is. */
static bool is_like(const char *value)
{
	return strpbrk(value, "%_");
}

/* A pattern that begins, and may end, with more: MATCHES where LIKE would say something else. */
static void put_pattern(const struct writer *w, const struct expression_node *leaf)
{
	enum pattern_kind kind = (enum pattern_kind)(leaf->kind - LEAF_PREFIX);
	char text[PATTERN_REGEX_BYTES + 8];
	bool caseless;
	size_t used = 0;

	if (leaf->kind == LEAF_REGEX) {
		put_text(w, "MATCHES", leaf->value);
		return;
	}
	if (is_like(leaf->value)) {
		pattern_regex(text, PATTERN_POSIX, kind, leaf->value, &caseless);
		put_text(w, "MATCHES", text);
		return;
	}
	for (const char *c = leaf->value; *c; c++) {
		bool any = *c == '*' && leaf->kind == LEAF_WILDCARD;
		bool one = *c == '?' && leaf->kind == LEAF_WILDCARD;

		text[used++] = (char)(any ? '%' : one ? '_' : *c);
	}
	(void)snprintf(text + used, 2, "%s", leaf->kind == LEAF_PREFIX ? "%" : "");
	put_text(w, "LIKE", text);
}

/* The value's regular expression between two others. */
static void put_around(
	const struct writer *w, const char *begin, const char *value, const char *end)
{
	char text[PATTERN_REGEX_BYTES], whole[PATTERN_REGEX_BYTES + 32];
	bool caseless;

	pattern_regex(text, PATTERN_POSIX, PATTERN_PREFIX, value, &caseless);
	(void)snprintf(whole, sizeof(whole), "%s%s%s", begin, text + 1, end);
	put_text(w, "MATCHES", whole);
}

/* A name and what is below it. */
static void put_suffix(const struct writer *w, const char *value)
{
	char below[EXPRESSION_VALUE_BYTES_MAX + 4];

	if (is_like(value)) {
		put_around(w, "(^|\\.)", value, "$");
		return;
	}
	(void)snprintf(below, sizeof(below), "%%.%s", value);
	(void)fputc('(', w->to);
	put_text(w, "=", value);
	(void)fputs(w->wanted ? " OR " : " AND ", w->to);
	put_text(w, "LIKE", below);
	(void)fputc(')', w->to);
}

static void put_range(const struct writer *w, const struct expression_node *leaf)
{
	const char *sign = w->wanted ? "" : "NOT ";

	if (leaf->field == FIELD_OF_PROTO)
		put_text(w, "=", protocol_name(leaf));
	else if (leaf->low == leaf->high)
		(void)fprintf(w->to, "%s %s= %u", w->path, sign, leaf->low);
	else if (w->wanted)
		(void)fprintf(
			w->to, "(%s >= %u AND %s <= %u)", w->path, leaf->low, w->path, leaf->high);
	else
		(void)fprintf(
			w->to, "(%s < %u OR %s > %u)", w->path, leaf->low, w->path, leaf->high);
}

static void put_exact(const struct writer *w, const struct expression_node *leaf)
{
	if (is_path(leaf))
		put_around(w, "^", leaf->value, "(\\?|$)");
	else if (leaf->field == FIELD_OF_DEST_ASN)
		(void)fprintf(w->to, "%s %s= %s", w->path, w->wanted ? "" : "NOT ",
			leaf->value + strlen("AS"));
	else
		put_text(w, "=", leaf->value);
}

static void put_question(const struct writer *w, const struct expression_node *leaf)
{
	switch ((enum leaf_kind)leaf->kind) {
	case LEAF_EXACT:
		put_exact(w, leaf);
		break;
	case LEAF_SUFFIX:
		put_suffix(w, leaf->value);
		break;
	case LEAF_PREFIX:
	case LEAF_WILDCARD:
	case LEAF_REGEX:
		put_pattern(w, leaf);
		break;
	case LEAF_ADDRESS:
		put_text(w, strchr(leaf->value, '/') ? "ISSUBSET" : "=", leaf->value);
		break;
	case LEAF_RANGE:
		put_range(w, leaf);
		break;
	case LEAF_KINDS:
		break;
	}
}

/* What is not wanted may be absent, which a comparison never holds for; ends of the traffic and the
 * value of a name never are. */
static void put_leaf(FILE *to, const struct expression_node *leaf, bool wanted, enum object object)
{
	const struct writer w = {to, path_of(leaf->field, object), wanted};
	bool may_lack = !wanted && object != OBJECT_NAME && !strstr(w.path, "_ref.value");

	if (may_lack)
		(void)fprintf(to, "(NOT EXISTS %s OR ", w.path);
	put_question(&w, leaf);
	if (may_lack)
		(void)fputc(')', to);
}

/* `object` is OBJECTS where it is still to be chosen. */
static void put_node(
	FILE *to, const struct expression_node *nodes, size_t at, bool wanted, enum object object)
{
	const struct expression_node *n = &nodes[at];
	const char *lead = "";
	bool several;

	if (object == OBJECTS && !is_branch(n, wanted))
		object = object_for(nodes, at, wanted);
	if (n->op == EXPRESSION_LEAF) {
		put_leaf(to, n, wanted, object);
		return;
	}
	if (n->op == EXPRESSION_NOT) {
		put_node(to, nodes, at + 1, !wanted, object);
		return;
	}
	several = at && nodes[at + 1].end < n->end;
	(void)fputs(several ? "(" : "", to);
	for (size_t child = at + 1; child < n->end; child = nodes[child].end) {
		(void)fputs(lead, to);
		put_node(to, nodes, child, wanted, object);
		lead = is_and(n, wanted) ? " AND " : " OR ";
	}
	(void)fputs(several ? ")" : "", to);
}

char *stix_condition_pattern(const struct expression *e)
{
	char *text = NULL;
	size_t bytes;
	FILE *to = can_say_any(e->nodes, 0, true) ? open_memstream(&text, &bytes) : NULL;

	if (!to)
		return NULL;
	(void)fputc('[', to);
	put_node(to, e->nodes, 0, true, OBJECTS);
	(void)fputc(']', to);
	if (fclose(to) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
