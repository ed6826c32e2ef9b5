/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/cybox.h"

#include "base/cleanup.h"
#include "signatures/span.h"
#include "signatures/tree_feed.h"

static const char why_object[] = "an object that is not seen on the wire";
static const char why_email[] = "an e-mail address";
static const char why_hardware[] = "the address of a network card";
static const char why_range[] = "a range of values";
static const char delimiter[] = "##comma##"; /* CybOX 2.1, PatternFieldGroup */

/* Elements that say how a value is to be read, not what has to hold. */
static const char *const notes[] = {"Layer3_Protocol", "Layer4_Protocol", "Layer7_Protocol",
	"Entry_Type", "Record_Type", "QType", "QClass", "Address_Class", "TTL", "Naming_System",
	"URL_Label", "Description", "Is_Domain_Name"};

/* Elements that hold one kind of value wherever they stand. */
static const struct {
	const char *element;
	enum part_kind kind;
} elements[] = {
	{"Hostname_Value", PART_NAME},
	{"Port_Value", PART_PORT},
	{"User_Agent", PART_AGENT},
	{"Simple_Hash_Value", PART_HASH},
	{"Fuzzy_Hash_Value", PART_HASH},
};

/* What `Value` is below these. */
static const struct {
	const char *parent;
	enum part_kind kind;
} values[] = {
	{"Domain_Name", PART_NAME},
	{"QName", PART_NAME},
	{"URI", PART_URL},
	{"URL", PART_URL},
	{"Link", PART_URL},
	{"HTTP_Request_Line", PART_PATH},
};

/* The attribute xsi:type without its prefix; `type` of a URI has the same local name. */
static struct span type_of(const struct tree_node *properties)
{
	tree_each (child, properties) {
		struct span type = node_span(child), rest = type;

		if (*child->name != '@')
			break;
		if (!tree_is(child, "@type") || !span_ends(type, "ObjectType"))
			continue;
		(void)span_cut(&rest, ':');
		return rest.bytes ? rest : type;
	}
	return (struct span){"", 0};
}

static enum part_kind kind_of_address(const struct tree_node *n, const char **ret_why)
{
	struct span category = {"", 0};

	while ((n = n->parent) && !category.bytes && !tree_is(n, "Object"))
		category = tree_attribute(n, "@category");
	if (span_is(category, "e-mail"))
		*ret_why = why_email;
	if (span_is(category, "mac"))
		*ret_why = why_hardware;
	if (span_is(category, "e-mail") || span_is(category, "mac") || span_is(category, "atm"))
		return PART_OTHER;
	return span_is(category, "asn") ? PART_ASN : PART_ADDRESS;
}

static enum part_kind kind_of_value(const struct tree_node *n, struct span type)
{
	if (n->parent &&
		(tree_is(n->parent, "Properties") || tree_is(n->parent, "Defined_Object"))) {
		if (span_is(type, "DomainNameObjectType"))
			return PART_NAME;
		if (span_is(type, "URIObjectType") || span_is(type, "LinkObjectType") ||
			!type.bytes)
			return PART_URL;
		return PART_OTHER;
	}
	for (size_t i = 0; n->parent && i < ARRAY_LEN(values); i++) {
		if (tree_is(n->parent, values[i].parent))
			return values[i].kind;
	}
	return PART_OTHER;
}

/* SHA-1 and SHA-256 of a certificate, with or without colons. CybOX has no place of its own for
 * them: MISP writes them as its signature, or as a property that it names itself. */
static bool is_fingerprint(struct span s)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.bytes; i++) {
		if (s.at[i] != ':' && span_hex(s.at[i]) < 0)
			return false;
		digits += s.at[i] != ':';
	}
	return digits == 40 || digits == 64;
}

static bool is_of_certificate(const struct tree_node *n)
{
	return tree_is(n, "Signature") || tree_is(n, "Simple_Hash_Value") ||
	       (tree_is(n, "Property") &&
		       span_begins(tree_attribute(n, "@name"), "x509-fingerprint"));
}

static enum part_kind kind_of(const struct tree_node *n, struct span type, const char **ret_why)
{
	struct span text = span_trim(node_span(n));

	if (span_is(type, "X509CertificateObjectType"))
		return is_of_certificate(n) && is_fingerprint(text) ? PART_CERT : PART_OTHER;
	if (tree_is(n, "Address_Value"))
		return kind_of_address(n, ret_why);
	if (tree_is(n, "Value"))
		return kind_of_value(n, type);
	if (span_is(type, "ASObjectType"))
		return tree_is(n, "Number") ? PART_ASN : PART_OTHER;
	for (size_t i = 0; i < ARRAY_LEN(elements); i++) {
		if (tree_is(n, elements[i].element))
			return elements[i].kind;
	}
	return PART_OTHER;
}

static bool is_note(const struct tree_node *n, struct span type)
{
	for (size_t i = 0; i < ARRAY_LEN(notes); i++) {
		if (tree_is(n, notes[i]))
			return true;
	}
	if (span_is(type, "ASObjectType"))
		return tree_is(n, "Name") || tree_is(n, "Handle");
	return tree_is(n, "Type") && n->parent && tree_is(n->parent, "Hash");
}

static void set_match(struct part *part, const struct tree_node *n)
{
	static const char *const substrings[] = {
		"Contains", "StartsWith", "EndsWith", "FitsPattern"};
	struct span condition = tree_attribute(n, "@condition");
	struct span apply = tree_attribute(n, "@apply_condition");
	bool is_known = !condition.bytes || span_is(condition, "Equals");

	for (size_t i = 0; i < ARRAY_LEN(substrings); i++) {
		if (!span_is(condition, substrings[i]))
			continue;
		part->match = PART_SUBSTRING;
		is_known = true;
	}
	if (span_is(condition, "DoesNotEqual") || span_is(condition, "DoesNotContain") ||
		span_is(apply, "NONE")) {
		part->match = PART_IS_NOT;
		is_known = true;
	}
	if (!is_known || tree_attribute(n, "@bit_mask").bytes ||
		tree_attribute(n, "@pattern_type").bytes) {
		part->kind = PART_OTHER;
		part->why = why_range;
	}
}

/* Several values in one element: any of them, unless it says all. */
static void set_delimiter(struct part *part, const struct tree_node *n)
{
	struct span said = tree_attribute(n, "@delimiter");

	part->delimiter = said.bytes ? said : span_of(delimiter);
	if (span_is(tree_attribute(n, "@apply_condition"), "ALL") &&
		memmem(part->value.at, part->value.bytes, part->delimiter.at,
			part->delimiter.bytes)) {
		part->kind = PART_OTHER;
		part->why = conjunction_dropped;
	}
}

static void add_element(struct conjunction *c, const struct tree_node *n, struct span type)
{
	struct part part = {.line = n->line, .value = span_trim(node_span(n)), .why = why_object};

	if (*n->name == '@' || !part.value.bytes || is_note(n, type))
		return;
	part.kind = kind_of(n, type, &part.why);
	set_match(&part, n);
	set_delimiter(&part, n);
	conjunction_add(c, &part);
}

/* The next node below `root`, parents before children; NULL behind the last. */
static const struct tree_node *next_below(const struct tree_node *n, const struct tree_node *root)
{
	if (n->first)
		return n->first;
	while (n != root && !n->next)
		n = n->parent;
	return n == root ? NULL : n->next;
}

/* A fingerprint says all that the other properties of its certificate can. */
static void keep_fingerprints(struct conjunction *c, size_t begin)
{
	size_t kept = begin;

	if (c->count > CONJUNCTION_PARTS_MAX)
		return;
	for (size_t i = begin; i < c->count; i++) {
		if (c->parts[i].kind == PART_CERT && c->parts[i].match == PART_EQUALS)
			c->parts[kept++] = c->parts[i];
	}
	if (kept > begin)
		c->count = kept;
}

void cybox_properties(struct conjunction *c, const struct tree_node *properties)
{
	size_t begin = c->count;
	struct span type = type_of(properties);

	for (const struct tree_node *n = properties; n; n = next_below(n, properties))
		add_element(c, n, type);
	if (span_is(type, "X509CertificateObjectType"))
		keep_fingerprints(c, begin);
	if (c->count == begin)
		conjunction_add(
			c, &(struct part){PART_OTHER, .line = properties->line, .why = why_object});
}
