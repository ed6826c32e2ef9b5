/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/leaf_naive.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "signatures/address.h"

bool pattern_holds_naive(
	enum pattern_kind kind, const char *pattern, const void *value, size_t bytes)
{
	regmatch_t all = {.rm_so = 0, .rm_eo = (regoff_t)bytes};
	char text[PATTERN_REGEX_BYTES];
	regex_t regex;
	bool caseless, holds;

	if (!bytes || memchr(value, '\0', bytes))
		return false;
	pattern_regex(text, PATTERN_POSIX, kind, pattern, &caseless);
	if (regcomp(&regex, text, REG_EXTENDED | REG_NOSUB | (caseless ? REG_ICASE : 0)) != 0)
		return false;
	holds = regexec(&regex, value, 1, &all, REG_STARTEND) == 0;
	regfree(&regex);
	return holds;
}

static bool is_suffix(const char *suffix, const char *name, size_t bytes)
{
	size_t tail = strlen(suffix);

	if (bytes < tail || memcmp(name + bytes - tail, suffix, tail) != 0)
		return false;
	return bytes == tail || name[bytes - tail - 1] == '.';
}

static bool is_address(const struct expression_node *leaf, const uint8_t address[16])
{
	struct address_range range;

	return address && address_range_parse(&range, leaf->value, strlen(leaf->value)) &&
	       address_range_touches(&range, address, 0);
}

static bool holds_of(const struct expression_node *leaf, const void *value, size_t bytes)
{
	enum signature_class class = signature_field(leaf->field)->class;
	char normal[SIGNATURE_VALUE_BYTES_MAX];
	uint8_t address[16];

	if (class == CLASS_DATA && text_to_address(value, bytes, address))
		return leaf->kind == LEAF_ADDRESS && is_address(leaf, address);
	bytes = signature_value(normal, class, value, bytes);
	if (!bytes)
		return false;
	switch ((enum leaf_kind)leaf->kind) {
	case LEAF_EXACT:
		return bytes == strlen(leaf->value) && memcmp(normal, leaf->value, bytes) == 0;
	case LEAF_SUFFIX:
		return is_suffix(leaf->value, normal, bytes);
	case LEAF_PREFIX:
	case LEAF_WILDCARD:
	case LEAF_REGEX:
		return pattern_holds_naive(
			(enum pattern_kind)(leaf->kind - LEAF_PREFIX), leaf->value, normal, bytes);
	case LEAF_ADDRESS:
	case LEAF_RANGE:
	case LEAF_KINDS:
		break;
	}
	return false;
}

/* Whether the record has the field, and whether the leaf holds of one of its values. */
static bool record_has(const struct expression_node *leaf, const struct record *r, bool *ret_holds)
{
	struct record_value v = {0};
	bool has = false;

	*ret_holds = false;
	while (r && record_next(r, &v)) {
		if (signature_field_id(v.field->key, strlen(v.field->key)) != leaf->field)
			continue;
		has = true;
		*ret_holds |= holds_of(leaf, v.text, v.bytes);
	}
	return has;
}

static bool is_in(const struct expression_node *leaf, int32_t number)
{
	return number >= leaf->low && number <= leaf->high;
}

bool leaf_holds_naive(const struct expression_node *leaf, const struct evidence *e)
{
	char text[16];
	bool holds;

	switch (leaf->field) {
	case FIELD_OF_SRC_IP:
		return is_address(leaf, e->src_ip);
	case FIELD_OF_DEST_IP:
		return is_address(leaf, e->dest_ip);
	case FIELD_OF_DEST_PORT:
		return is_in(leaf, e->dest_port);
	case FIELD_OF_PROTO:
		return is_in(leaf, e->proto);
	case FIELD_OF_APP_PROTO:
		return e->app_proto && holds_of(leaf, e->app_proto, strlen(e->app_proto));
	case FIELD_OF_DEST_ASN:
		(void)snprintf(text, sizeof(text), "AS%u", e->dest_asn);
		return e->dest_asn && strcmp(text, leaf->value) == 0;
	default:
		if (!record_has(leaf, e->message, &holds))
			(void)record_has(leaf, e->facts, &holds);
		return holds;
	}
}
