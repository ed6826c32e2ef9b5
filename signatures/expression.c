/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/expression.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/address.h"
#include "signatures/pattern.h"
#include "signatures/span.h"

static const char *const kind_names[LEAF_KINDS] = {
	[LEAF_EXACT] = "exact",
	[LEAF_SUFFIX] = "suffix",
	[LEAF_PREFIX] = "prefix",
	[LEAF_WILDCARD] = "wildcard",
	[LEAF_REGEX] = "regex",
	[LEAF_ADDRESS] = "address",
	[LEAF_RANGE] = "range",
};

static const char *const op_words[] = {
	[EXPRESSION_ALL] = "all",
	[EXPRESSION_ANY] = "any",
	[EXPRESSION_NOT] = "not",
};

const char *expression_word(enum expression_op op)
{
	return (size_t)op < ARRAY_LEN(op_words) ? op_words[op] : "leaf";
}

const char *leaf_kind_name(enum leaf_kind kind)
{
	return (size_t)kind < LEAF_KINDS ? kind_names[kind] : "unknown";
}

bool leaf_kind_fits(enum leaf_kind kind, enum signature_class class)
{
	static const unsigned texts = 1u << LEAF_EXACT | 1u << LEAF_PREFIX | 1u << LEAF_WILDCARD |
				      1u << LEAF_REGEX;
	static const unsigned kinds[] = {
		[CLASS_NAME] = texts | 1u << LEAF_SUFFIX,
		[CLASS_TEXT] = texts,
		[CLASS_FINGERPRINT] = 1u << LEAF_EXACT,
		[CLASS_ADDRESS] = 1u << LEAF_ADDRESS,
		[CLASS_DATA] = texts | 1u << LEAF_SUFFIX | 1u << LEAF_ADDRESS,
		[CLASS_PORT] = 1u << LEAF_RANGE,
		[CLASS_PROTOCOL] = 1u << LEAF_RANGE,
		[CLASS_AS] = 1u << LEAF_EXACT,
		[CLASS_APPLICATION] = texts,
	};

	return kinds[class] & 1u << kind;
}

bool leaf_range(const char *value, uint16_t *ret_low, uint16_t *ret_high)
{
	struct span rest = span_of(value), first = span_cut(&rest, '-');
	uint32_t low, high;

	if (!span_number(first, UINT16_MAX, &low))
		return false;
	high = low;
	if (strchr(value, '-') && !span_number(rest, UINT16_MAX, &high))
		return false;
	*ret_low = (uint16_t)low;
	*ret_high = (uint16_t)high;
	return low <= high;
}

static bool is_as(const char *value)
{
	uint32_t number;

	return strncmp(value, "AS", 2) == 0 && value[2] != '0' &&
	       span_number(span_of(value + 2), UINT32_MAX, &number);
}

static bool is_lower_hex_or_so(const char *value)
{
	return !value[strspn(value, "0123456789abcdefghijklmnopqrstuvwxyz_")];
}

static bool is_normal_text(enum leaf_kind kind, enum signature_class class, const char *value)
{
	char normal[SIGNATURE_VALUE_BYTES_MAX];
	size_t bytes = strlen(value);

	if (kind == LEAF_REGEX) /* its letters may stand for something else */
		return true;
	if (kind == LEAF_SUFFIX && *value == '.')
		return false;
	return signature_value(normal, class, value, bytes) == bytes &&
	       memcmp(normal, value, bytes) == 0;
}

const char *leaf_check(enum leaf_kind kind, enum signature_field_id field, const char *value)
{
	enum signature_class class = signature_field(field)->class;
	struct address_range range;
	uint16_t low, high;

	if (!leaf_kind_fits(kind, class))
		return "a field that cannot be asked that way";
	if (!*value)
		return "an empty value";
	for (const char *c = value; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return "a value with a control character";
	}
	if (strlen(value) > EXPRESSION_VALUE_BYTES_MAX)
		return "a value of more than 512 octets";
	if (kind == LEAF_RANGE && !leaf_range(value, &low, &high))
		return "no number up to 65535, and no range of two such as 8000-8999";
	if (kind == LEAF_RANGE && class == CLASS_PROTOCOL && high > UINT8_MAX)
		return "no IP protocol";
	if (kind == LEAF_ADDRESS &&
		(!address_range_parse(&range, value, strlen(value)) || range.port))
		return "neither an address nor a prefix";
	if (class == CLASS_AS && !is_as(value))
		return "no number of an autonomous system";
	if (class == CLASS_FINGERPRINT && !is_lower_hex_or_so(value))
		return "no fingerprint";
	if (!is_normal_text(kind, class, value))
		return "not in its normal form";
	if (kind == LEAF_PREFIX || kind == LEAF_WILDCARD || kind == LEAF_REGEX)
		return pattern_check((enum pattern_kind)(kind - LEAF_PREFIX), value);
	return NULL;
}

/* Where the text is read. */
struct reader {
	const char *at;
	char *to; /* in the storage */
	struct expression *into;
};

static bool take(struct reader *r, const char *text)
{
	size_t bytes = strlen(text);

	if (strncmp(r->at, text, bytes) != 0)
		return false;
	r->at += bytes;
	return true;
}

static int take_field(struct reader *r)
{
	size_t bytes = strcspn(r->at, " ");
	int id = bytes ? signature_field_id(r->at, bytes) : -1;

	if (id >= 0)
		r->at += bytes;
	return id;
}

static int take_kind(struct reader *r)
{
	for (int kind = 0; kind < LEAF_KINDS; kind++) {
		const char *before = r->at;

		if (take(r, kind_names[kind]) && take(r, " \""))
			return kind;
		r->at = before;
	}
	return -1;
}

/* The value, whose opening quote is read. The storage is as long as the text. */
static const char *take_value(struct reader *r)
{
	const char *value = r->to;

	for (; *r->at && *r->at != '"'; r->at++) {
		if (*r->at == '\\' && r->at[1] != '"' && r->at[1] != '\\')
			return NULL;
		r->at += *r->at == '\\';
		*r->to++ = *r->at;
	}
	*r->to++ = '\0';
	return take(r, "\"") ? value : NULL;
}

static bool read_leaf(struct reader *r, struct expression_node *n)
{
	int field = take_field(r), kind;

	if (field < 0 || !take(r, " "))
		return false;
	kind = take_kind(r);
	if (kind < 0)
		return false;
	n->op = EXPRESSION_LEAF;
	n->field = (uint8_t)field;
	n->kind = (uint8_t)kind;
	n->value = take_value(r);
	if (!n->value || leaf_check(n->kind, n->field, n->value))
		return false;
	return n->kind != LEAF_RANGE || leaf_range(n->value, &n->low, &n->high);
}

/* `all(`, or EXPRESSION_LEAF. */
static enum expression_op take_op(struct reader *r)
{
	for (size_t op = 0; op < ARRAY_LEN(op_words); op++) {
		const char *before = r->at;

		if (take(r, op_words[op]) && take(r, "("))
			return (enum expression_op)op;
		r->at = before;
	}
	return EXPRESSION_LEAF;
}

static bool read_node(struct reader *r, unsigned depth)
{
	struct expression *e = r->into;
	struct expression_node *n;
	bool ok;

	if (depth > EXPRESSION_DEPTH_MAX || e->count == EXPRESSION_NODES_MAX)
		return false;
	n = &e->nodes[e->count++];
	*n = (struct expression_node){.op = (uint8_t)take_op(r)};
	if (n->op == EXPRESSION_LEAF) {
		ok = read_leaf(r, n);
	} else {
		do {
			ok = read_node(r, depth + 1);
		} while (ok && n->op != EXPRESSION_NOT && take(r, ", "));
		ok = ok && take(r, ")");
	}
	n->end = (uint16_t)e->count;
	return ok;
}

int expression_parse(struct expression *ret, const char *text)
{
	struct reader r = {text, ret->storage, ret};

	ret->count = 0;
	if (strlen(text) >= EXPRESSION_BYTES_MAX || !read_node(&r, 1) || *r.at)
		return -EBADMSG;
	return expression_selects(ret->nodes) ? 0 : -EINVAL;
}

static bool holds_at(
	const struct expression_node *nodes, size_t at, leaf_holds *holds, void *context)
{
	const struct expression_node *n = &nodes[at];

	if (n->op == EXPRESSION_LEAF)
		return holds(context, n);
	if (n->op == EXPRESSION_NOT)
		return !holds_at(nodes, at + 1, holds, context);
	for (size_t child = at + 1; child < n->end; child = nodes[child].end) {
		if (holds_at(nodes, child, holds, context) != (n->op == EXPRESSION_ALL))
			return n->op == EXPRESSION_ANY;
	}
	return n->op == EXPRESSION_ALL;
}

bool expression_holds(const struct expression_node *nodes, leaf_holds *holds, void *context)
{
	return holds_at(nodes, 0, holds, context);
}

static uint64_t fields_at(const struct expression_node *nodes, size_t at, bool wanted,
	leaf_holds *holds, void *context)
{
	const struct expression_node *n = &nodes[at];
	uint64_t fields = 0;

	if (n->op == EXPRESSION_NOT)
		return fields_at(nodes, at + 1, !wanted, holds, context);
	if (n->op == EXPRESSION_LEAF)
		return wanted && holds(context, n) ? 1ULL << n->field : 0;
	for (size_t child = at + 1; child < n->end; child = nodes[child].end)
		fields |= fields_at(nodes, child, wanted, holds, context);
	return fields;
}

uint64_t expression_fields(const struct expression_node *nodes, leaf_holds *holds, void *context)
{
	return fields_at(nodes, 0, true, holds, context);
}

/* Whether the node can be as wanted. */
static bool can_be(const struct expression_node *nodes, size_t at, bool wanted,
	leaf_holds *may_hold, void *context)
{
	const struct expression_node *n = &nodes[at];
	bool every; /* of its children has to be as wanted, not only one */

	if (n->op == EXPRESSION_LEAF)
		return !wanted || may_hold(context, n);
	if (n->op == EXPRESSION_NOT)
		return can_be(nodes, at + 1, !wanted, may_hold, context);
	every = (n->op == EXPRESSION_ALL) == wanted;
	for (size_t child = at + 1; child < n->end; child = nodes[child].end) {
		if (can_be(nodes, child, wanted, may_hold, context) != every)
			return !every;
	}
	return every;
}

bool expression_can_hold(const struct expression_node *nodes, leaf_holds *may_hold, void *context)
{
	return can_be(nodes, 0, true, may_hold, context);
}

static bool selects_nothing(void *context, const struct expression_node *leaf)
{
	(void)context;
	return !signature_field(leaf->field)->selects;
}

bool expression_selects(const struct expression_node *nodes)
{
	return !expression_can_hold(nodes, selects_nothing, NULL);
}

uint64_t expression_asks(const struct expression_node *nodes, size_t at)
{
	size_t end = nodes[at].end;
	uint64_t fields = 0;

	for (; at < end; at++) {
		if (nodes[at].op == EXPRESSION_LEAF)
			fields |= 1ULL << nodes[at].field;
	}
	return fields;
}

static bool denies(const struct expression_node *nodes, size_t at, bool absent, uint64_t fields)
{
	const struct expression_node *n = &nodes[at];

	if (n->op == EXPRESSION_NOT)
		return denies(nodes, at + 1, !absent, fields);
	if (n->op == EXPRESSION_LEAF)
		return absent && fields >> n->field & 1;
	for (size_t child = at + 1; child < n->end; child = nodes[child].end) {
		if (denies(nodes, child, absent, fields))
			return true;
	}
	return false;
}

bool expression_denies(const struct expression_node *nodes, uint64_t fields)
{
	return denies(nodes, 0, false, fields);
}

static bool is_late(const struct expression_node *nodes, size_t at, bool absent)
{
	const struct expression_node *n = &nodes[at];
	const struct signature_field *field;

	if (n->op == EXPRESSION_NOT)
		return is_late(nodes, at + 1, !absent);
	if (n->op == EXPRESSION_LEAF) {
		field = signature_field(n->field);
		return n->field == FIELD_OF_APP_PROTO ||
		       (absent && n->field >= FIELD_OF_RECORDS && !field->of_message);
	}
	for (size_t child = at + 1; child < n->end; child = nodes[child].end) {
		if (is_late(nodes, child, absent))
			return true;
	}
	return false;
}

bool expression_is_late(const struct expression_node *nodes)
{
	return is_late(nodes, 0, false);
}
