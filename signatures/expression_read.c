/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/expression_read.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "signatures/address.h"
#include "signatures/match_patterns.h"
#include "signatures/refang.h"
#include "signatures/tree_feed.h"

#define BRANCH_BYTES_MAX 4 /* of a word that one of them was meant by */

enum { BRANCHES = 3 };
static const char *const branches[BRANCHES] = {"all", "any", "not"};

struct reading {
	const struct suffix_list *suffixes;
	struct problems *problems;
	char *text; /* EXPRESSION_BYTES_MAX */
	size_t used, nodes, wrong;
	bool full;
};

static void put(struct reading *r, const char *text)
{
	size_t bytes = strlen(text);

	if (bytes >= EXPRESSION_BYTES_MAX - r->used) {
		r->full = true;
		return;
	}
	memcpy(r->text + r->used, text, bytes + 1);
	r->used += bytes;
}

static void put_value(struct reading *r, const char *value)
{
	char one[3] = "";

	put(r, "\"");
	for (; *value; value++) {
		bool escaped = *value == '"' || *value == '\\';

		one[0] = escaped ? '\\' : *value;
		one[1] = escaped ? *value : '\0';
		put(r, one);
	}
	put(r, "\"");
}

/* In the normal form of its class, in `to`; NULL, or why it is not one. */
static const char *normal_name(
	const struct reading *r, enum leaf_kind kind, const char *value, char *to)
{
	struct refanged domain;
	const char *why;

	if (kind == LEAF_REGEX) {
		for (const char *c = value; *c; c++) {
			if (isupper((unsigned char)*c))
				return "names are compared in lower case";
		}
		(void)snprintf(to, EXPRESSION_VALUE_BYTES_MAX + 1, "%s", value);
		return NULL;
	}
	if (kind != LEAF_EXACT && kind != LEAF_SUFFIX) {
		for (; *value; value++)
			*to++ = (char)tolower((unsigned char)*value);
		*to = '\0';
		return NULL;
	}
	if (!strchr(value, '.'))
		return kind == LEAF_SUFFIX
			       ? "the last label alone: what is below it has many owners"
			       : "not the name of a host, which has two labels or more";
	why = refang(&domain, value, strlen(value), COLUMN_ANY, r->suffixes);
	if (!why && domain.type != INDICATOR_DOMAIN)
		why = "not the name of a host";
	if (!why && strlen(domain.text) > EXPRESSION_VALUE_BYTES_MAX)
		why = "longer than a name can be";
	if (!why)
		memcpy(to, domain.text, strlen(domain.text) + 1);
	return why;
}

static const char *normal_address(const char *value, char *to)
{
	struct address_range range;

	if (!address_range_parse(&range, value, strlen(value)) || range.port)
		return "neither an address nor a prefix";
	address_range_text(to, &range);
	return NULL;
}

static const char *normal_protocol(const char *value, char *to)
{
	static const struct {
		const char *name, *number;
	} names[] = {{"icmp", "1"}, {"igmp", "2"}, {"tcp", "6"}, {"udp", "17"}, {"gre", "47"},
		{"esp", "50"}, {"ah", "51"}, {"ipv6-icmp", "58"}, {"sctp", "132"}};
	uint16_t low, high;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcasecmp(names[i].name, value) == 0)
			value = names[i].number;
	}
	(void)snprintf(to, EXPRESSION_VALUE_BYTES_MAX + 1, "%s", value);
	return leaf_range(to, &low, &high) && high <= UINT8_MAX
		       ? NULL
		       : "no IP protocol: a name such as tcp, or a number up to 255";
}

static bool is_hex(const char *text)
{
	return text[strspn(text, "0123456789abcdef")] == '\0';
}

/* In lower case and without colons; NULL, or why no flow can have it. */
static const char *check_fingerprint(const char *key, const char *value)
{
	size_t bytes = strlen(value);

	if (strstr(key, "ja4"))
		return refang_is_ja4(value, bytes)
			       ? NULL
			       : "not a JA4, such as t13d1516h2_8daaf6152771_e5627efa2ab1";
	if (strstr(key, "serial"))
		return bytes && is_hex(value) ? NULL : "not the hexadecimal digits of a number";
	if (strstr(key, "sha256"))
		return bytes == 64 && is_hex(value) ? NULL : "not the 64 digits of a SHA-256";
	if (strstr(key, "tls.fingerprint"))
		return bytes == 40 && is_hex(value) ? NULL : "not the 40 digits of a SHA-1";
	return bytes == 32 && is_hex(value) ? NULL : "not the 32 digits of an MD5";
}

static const char *normal_path(enum leaf_kind kind, const char *value, char *to)
{
	if ((kind != LEAF_WILDCARD && strchr(value, '?') && kind != LEAF_REGEX) ||
		strstr(value, "\\?") || strchr(value, '#'))
		return "what follows ? or # in a URL is content: a path ends before it";
	(void)snprintf(to, EXPRESSION_VALUE_BYTES_MAX + 1, "%s", value);
	return NULL;
}

static const char *normal(const struct reading *r, const struct signature_field *field,
	enum leaf_kind kind, const char *value, char *to)
{
	size_t used = 0;

	if (kind == LEAF_ADDRESS)
		return normal_address(value, to);
	switch (field->class) {
	case CLASS_NAME:
	case CLASS_DATA:
		return normal_name(r, kind, value, to);
	case CLASS_FINGERPRINT:
		for (; *value; value++) {
			if (*value != ':')
				to[used++] = (char)tolower((unsigned char)*value);
		}
		to[used] = '\0';
		return check_fingerprint(field->key, to);
	case CLASS_AS:
		(void)snprintf(to, EXPRESSION_VALUE_BYTES_MAX + 1, "AS%s",
			strncasecmp(value, "AS", 2) == 0 ? value + 2 : value);
		return NULL;
	case CLASS_PROTOCOL:
		return normal_protocol(value, to);
	case CLASS_TEXT:
		if (strcmp(field->key, "http.url") == 0)
			return normal_path(kind, value, to);
		break;
	case CLASS_ADDRESS:
	case CLASS_PORT:
	case CLASS_APPLICATION:
		break;
	}
	(void)snprintf(to, EXPRESSION_VALUE_BYTES_MAX + 1, "%s", value);
	return NULL;
}

static void wrong(struct reading *r, const struct tree_node *n, const char *value, const char *why)
{
	problems_add(r->problems, n->line, "%.64s: %s", value, why);
	r->wrong++;
}

/* One value of a leaf. */
static void read_value(
	struct reading *r, unsigned id, enum leaf_kind kind, const struct tree_node *n)
{
	const struct signature_field *field = signature_field(id);
	char value[EXPRESSION_VALUE_BYTES_MAX + 8], text[160];
	const char *why;

	r->nodes++;
	if (!n->text || n->kind == TREE_MAP || n->kind == TREE_LIST) {
		wrong(r, n, field->key, "one value is wanted");
		return;
	}
	if (n->text_bytes > EXPRESSION_VALUE_BYTES_MAX) {
		wrong(r, n, field->key, "a value of more than 512 octets");
		return;
	}
	why = normal(r, field, kind, n->text, value);
	if (!why)
		why = leaf_check(kind, id, value);
	if (!why && (kind == LEAF_PREFIX || kind == LEAF_WILDCARD || kind == LEAF_REGEX))
		why = patterns_judge(
			(enum pattern_kind)(kind - LEAF_PREFIX), value, text, sizeof(text));
	if (why) {
		wrong(r, n, n->text, why);
		return;
	}
	put(r, field->key);
	put(r, " ");
	put(r, leaf_kind_name(kind));
	put(r, " ");
	put_value(r, value);
}

/* What a value alone means. */
static enum leaf_kind kind_alone(enum signature_class class, const struct tree_node *n)
{
	struct address_range range;

	switch (class) {
	case CLASS_ADDRESS:
		return LEAF_ADDRESS;
	case CLASS_PORT:
	case CLASS_PROTOCOL:
		return LEAF_RANGE;
	case CLASS_DATA:
		return n->text && address_range_parse(&range, n->text, n->text_bytes) ? LEAF_ADDRESS
										      : LEAF_EXACT;
	default:
		return LEAF_EXACT;
	}
}

/* Of a value that is asked in a way that is written (kind) or not (-1): addresses among the data of
 * DNS are addresses, whatever stands beside them. */
static enum leaf_kind kind_of_value(enum signature_class class, int kind, const struct tree_node *n)
{
	bool is_wide = kind == LEAF_EXACT || kind == LEAF_PREFIX;

	if (kind < 0 || (is_wide && class == CLASS_DATA && kind_alone(class, n) == LEAF_ADDRESS))
		return kind_alone(class, n);
	return (enum leaf_kind)kind;
}

/* The kind that is written, or -1; what addresses and numbers have in other words is theirs. */
static int kind_named(struct reading *r, unsigned id, const struct tree_node *n)
{
	enum signature_class class = signature_field(id)->class;
	const char *good[LEAF_KINDS + 1] = {NULL};
	char kinds[128] = "a value alone";
	size_t count = 0, used = 0;
	bool is_wide = tree_is(n, "exact") || tree_is(n, "prefix");

	if (is_wide && class == CLASS_ADDRESS)
		return LEAF_ADDRESS;
	if (tree_is(n, "exact") && (class == CLASS_PORT || class == CLASS_PROTOCOL))
		return LEAF_RANGE;
	for (int kind = 0; kind < LEAF_KINDS; kind++) {
		if (!leaf_kind_fits((enum leaf_kind)kind, class))
			continue;
		good[count++] = leaf_kind_name((enum leaf_kind)kind);
		if (tree_is(n, good[count - 1]))
			return kind;
	}
	for (size_t i = 0; i < count && used < sizeof(kinds); i++)
		used += (size_t)snprintf(kinds + used, sizeof(kinds) - used, "%s%s",
			i == 0          ? ""
			: i + 1 < count ? ", "
					: " or ",
			good[i]);
	problems_add(r->problems, n->line, "%s is asked for by %s, not by %.32s",
		signature_field(id)->key, kinds, n->name);
	r->wrong++;
	return -1;
}

/* A value, or a list of which one is enough. */
static void read_values(struct reading *r, unsigned id, int kind, const struct tree_node *values)
{
	enum signature_class class = signature_field(id)->class;
	bool several = values->kind == TREE_LIST && values->first && values->first->next;

	if (values->kind != TREE_LIST) {
		read_value(r, id, kind_of_value(class, kind, values), values);
		return;
	}
	if (!values->first)
		wrong(r, values, signature_field(id)->key, "a list of no values");
	r->nodes += several;
	put(r, several ? "any(" : "");
	tree_each (n, values) {
		read_value(r, id, kind_of_value(class, kind, n), n);
		put(r, n->next ? ", " : "");
	}
	put(r, several ? ")" : "");
}

static void read_leaf(struct reading *r, const struct tree_node *n)
{
	int id = signature_field_id(n->name, n->name_bytes), kind = -1;
	struct text_nearest nearest = {.word = n->name};
	char text[160];

	if (id < 0) {
		for (size_t i = 0; i < BRANCHES; i++)
			text_nearest(&nearest, branches[i]);
		if (nearest.best && n->name_bytes <= BRANCH_BYTES_MAX)
			problems_add(r->problems, n->line, "no condition %s, but %s", n->name,
				nearest.best);
		else
			problems_add(r->problems, n->line, "%s",
				signature_field_why_not(n->name, text, sizeof(text)));
		r->wrong++;
		return;
	}
	if (n->kind != TREE_MAP) {
		read_values(r, (unsigned)id, -1, n);
		return;
	}
	if (!n->first || n->first->next) {
		wrong(r, n, signature_field((size_t)id)->key, "one kind of question is wanted");
		return;
	}
	kind = kind_named(r, (unsigned)id, n->first);
	if (kind >= 0)
		read_values(r, (unsigned)id, kind, n->first);
}

static void read_condition(struct reading *r, const struct tree_node *n, unsigned depth);

/* A key of a map: a branch or a field. */
static void read_member(struct reading *r, const struct tree_node *n, unsigned depth)
{
	bool is_list = tree_is(n, "all") || tree_is(n, "any");

	if (!is_list && !tree_is(n, "not")) {
		read_leaf(r, n);
		return;
	}
	r->nodes++;
	put(r, n->name);
	put(r, "(");
	if (is_list && (n->kind != TREE_LIST || !n->first))
		wrong(r, n, n->name, "a list of conditions is wanted");
	else if (!is_list)
		read_condition(r, n, depth + 1);
	for (const struct tree_node *one = is_list ? n->first : NULL; one; one = one->next) {
		read_condition(r, one, depth + 1);
		put(r, one->next ? ", " : "");
	}
	put(r, ")");
}

/* Of two the second would be lost, or neither ever hold. */
static void check_twice(struct reading *r, const struct tree_node *map)
{
	uint64_t seen = 0;

	tree_each (n, map) {
		int bit = signature_field_id(n->name, n->name_bytes);

		for (int i = 0; i < BRANCHES && bit < 0; i++)
			bit = tree_is(n, branches[i]) ? SIGNATURE_FIELDS_MAX - 1 - i : -1;
		if (bit < 0)
			continue;
		if (seen >> bit & 1)
			wrong(r, n, n->name,
				"it is there twice: put both below all, or into one list");
		seen |= UINT64_C(1) << bit;
	}
}

static void read_condition(struct reading *r, const struct tree_node *n, unsigned depth)
{
	bool several = n->first && n->first->next;

	if (depth > EXPRESSION_DEPTH_MAX) {
		wrong(r, n, "match", "conditions in conditions without end");
		return;
	}
	if (n->kind != TREE_MAP || !n->first) {
		wrong(r, n, n->text ? n->text : "match",
			"a condition is all, any, not, or a field with what it is to be");
		return;
	}
	r->nodes += several;
	put(r, several ? "all(" : "");
	check_twice(r, n);
	tree_each (member, n) {
		read_member(r, member, several ? depth + 1 : depth);
		put(r, member->next ? ", " : "");
	}
	put(r, several ? ")" : "");
}

/* DNS is of messages only; at the flow's end they are gone. */
static bool is_not_of_dns(void *context, const struct expression_node *leaf)
{
	(void)context;
	return strncmp(signature_field(leaf->field)->key, "dns.", 4) != 0;
}

int expression_read(struct expression *ret, char *text, const struct tree_node *match,
	const struct suffix_list *suffixes, struct problems *problems)
{
	struct reading r = {.suffixes = suffixes, .problems = problems, .text = text};

	ret->count = 0;
	*text = '\0';
	read_condition(&r, match, 1);
	if (r.wrong)
		return 0;
	if (r.full || r.nodes > EXPRESSION_NODES_MAX) {
		problems_add(problems, match->line,
			"more than %u conditions and values, or 16 KiB of them",
			EXPRESSION_NODES_MAX);
		return 0;
	}
	if (expression_parse(ret, text) == -EBADMSG) {
		problems_add(problems, match->line, "conditions in conditions without end");
		ret->count = 0;
		return 0;
	}
	if (expression_is_late(ret->nodes) &&
		!expression_can_hold(ret->nodes, is_not_of_dns, NULL)) {
		problems_add(problems, match->line,
			"it asks for a DNS message and for what is known at the flow's end only");
		ret->count = 0;
	}
	return 0;
}
