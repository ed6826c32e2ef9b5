/* SPDX-License-Identifier: Apache-2.0 */
/* STIX 2.1 (OASIS): a bundle of indicators with their patterns, who published them (identity), what
 * they indicate (campaign) and how they are marked. What STIX has no place for is in a property
 * extension (section 7.3) that signatures/format/stix2.c reads. Section 2.9 keeps its namespace of
 * UUIDs of version 5 to observables; those of a bundle of ours are below another one, so that the
 * same set has the same ids. An object is of the time at which the set was made, and was created
 * when its source says; what says neither, in a set without a date, is of 1970. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/export.h"
#include "signatures/said.h"
#include "signatures/span.h"
#include "signatures/stix_condition.h"
#include "signatures/tlp.h"
#include "signatures/web_reference.h"

#define ZONE        ".000Z"
#define ID_BYTES    (24 + EXPORT_UUID_BYTES)
#define DEFINED     "2026-11-27T00:00:00" ZONE /* our extension */
#define TLP_DEFINED "2017-01-20T00:00:00" ZONE /* STIX 2.1 section 7.2.1.4 */
#define OUR_NAME    "kukla"
#define PATTERN_MAX 4608 /* for a value of 2,048 octets, each quoted */

/* What the pattern of a type compares with the value. */
static const char *const paths[INDICATOR_TYPES] = {
	[INDICATOR_DOMAIN] = "domain-name:value",
	[INDICATOR_URL] = "url:value",
	[INDICATOR_IP] = "ipv4-addr:value",
	[INDICATOR_PREFIX] = "ipv4-addr:value",
	[INDICATOR_IP_PORT] = "network-traffic:dst_ref.value",
	[INDICATOR_ASN] = "autonomous-system:number",
	[INDICATOR_CERT_SHA1] = "x509-certificate:hashes.'SHA-1'",
	[INDICATOR_CERT_SHA256] = "x509-certificate:hashes.'SHA-256'",
	[INDICATOR_JA3] = "network-traffic:extensions.'x-kukla'.ja3",
	[INDICATOR_JA3S] = "network-traffic:extensions.'x-kukla'.ja3s",
	[INDICATOR_SPKI_SHA256] = "network-traffic:extensions.'x-kukla'.spki_sha256",
	[INDICATOR_JA4] = "network-traffic:extensions.'x-kukla'.ja4",
	[INDICATOR_USER_AGENT] =
		"network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
};

static const char *why_not(const struct indicator *item)
{
	if (item->type == INDICATOR_SIGNATURE)
		return stix_condition_why_not(item->expression);
	return paths[item->type] ? NULL : "STIX has no pattern for it";
}

static const char *make_id(char to[ID_BYTES], const char *type, const char *const *texts)
{
	char uuid[EXPORT_UUID_BYTES];

	export_uuid(uuid, texts);
	(void)snprintf(to, ID_BYTES, "%s--%s", type, uuid);
	return to;
}

static const char *id_of_text(char to[ID_BYTES], const char *type, const char *text)
{
	return make_id(to, type, (const char *const[]){type, text, NULL});
}

static const char *id_of_item(char to[ID_BYTES], const struct indicator *item)
{
	return make_id(to, "indicator",
		(const char *const[]){"indicator", indicator_type_name(item->type), item->value,
			item->campaign, item->source, NULL});
}

static struct json *begin(
	struct export_output *out, const char *type, const char *id, const char *created)
{
	struct json *j = &out->json;

	json_open(j, NULL, '{');
	export_json_text(j, "type", type);
	export_json_text(j, "spec_version", "2.1");
	export_json_text(j, "id", id);
	if (created)
		export_json_text(j, "created", created);
	return j;
}

/* The same of what the set says only by having it. */
static struct json *begin_made(struct export_output *out, const char *type, const char *id)
{
	char time[EXPORT_TIME_BYTES];
	struct json *j = begin(out, type, id, export_time(time, out->made, ZONE));

	export_json_text(j, "modified", time);
	return j;
}

static void end(struct export_output *out)
{
	json_close(&out->json, '}');
	export_json(out);
}

/* All objects but the first one stand behind a comma. */
static void part(struct export_output *out)
{
	export_text(out, ",\n");
}

/* The same of what is said of an item. */
static struct json *begin_item(
	struct export_output *out, const char *type, const char *id, const struct indicator *item)
{
	char time[EXPORT_TIME_BYTES];
	struct json *j = begin(out, type, id, export_time(time, export_created(out, item), ZONE));

	export_json_text(j, "modified", export_time(time, export_modified(out, item), ZONE));
	return j;
}

static void put_identity(struct export_output *out, const char *name)
{
	char id[ID_BYTES];
	struct json *j;

	part(out);
	j = begin_made(out, "identity", id_of_text(id, "identity", name));
	export_json_text(j, "name", name);
	export_json_text(j, "identity_class", "organization");
	end(out);
}

static void put_campaign(struct export_output *out, const char *name)
{
	char id[ID_BYTES];
	struct json *j;

	part(out);
	j = begin_made(out, "campaign", id_of_text(id, "campaign", name));
	export_json_text(j, "name", name);
	end(out);
}

static void put_licence(struct export_output *out, const char *text)
{
	char id[ID_BYTES], time[EXPORT_TIME_BYTES];
	struct json *j;

	part(out);
	j = begin(out, "marking-definition", id_of_text(id, "marking-definition", text),
		export_time(time, out->made, ZONE));
	export_json_text(j, "definition_type", "statement");
	json_open(j, "definition", '{');
	export_json_text(j, "statement", text);
	json_close(j, '}');
	end(out);
}

static const char *id_of_tlp(char to[ID_BYTES], const struct tlp_marking *marking)
{
	(void)snprintf(to, ID_BYTES, "marking-definition--%s", marking->uuid);
	return to;
}

static void put_tlp(struct export_output *out, const struct tlp_marking *marking)
{
	char id[ID_BYTES];
	struct json *j;

	part(out);
	j = begin(out, "marking-definition", id_of_tlp(id, marking), TLP_DEFINED);
	export_json_text(j, "name", marking->name);
	export_json_text(j, "definition_type", "tlp");
	json_open(j, "definition", '{');
	export_json_text(j, "tlp", marking->word);
	json_close(j, '}');
	end(out);
}

static bool is_marked(const struct indicator *item, const struct tlp_marking *marking)
{
	const struct tlp *tlp = tlp_read(span_of(item->tlp));

	return tlp && tlp->marking == marking;
}

/* Several texts may be of one marking. */
static void put_tlps(struct export_output *out, const struct indicator *const *items, size_t count)
{
	for (const struct tlp_marking *m = tlp_markings; m->name; m++) {
		size_t i = 0;

		while (i < count && !is_marked(items[i], m))
			i++;
		if (i < count)
			put_tlp(out, m);
	}
}

/* Who made the bundle, and what its extension is. */
static void put_extension(struct export_output *out)
{
	char id[ID_BYTES];
	struct json *j = begin(out, "extension-definition", SAID_STIX_EXTENSION, DEFINED);

	(void)make_id(id, "identity", (const char *const[]){"tool", OUR_NAME, NULL});
	export_json_text(j, "modified", DEFINED);
	export_json_text(j, "created_by_ref", id);
	export_json_text(j, "name", "what kukla knows of an indicator");
	export_json_text(j, "schema", "docs/feeds.md of kukla: the keys of our own files");
	export_json_text(j, "version", "1.0.0");
	json_open(j, "extension_types", '[');
	export_json_text(j, NULL, "property-extension");
	json_close(j, ']');
	end(out);
	part(out);
	j = begin(out, "identity", id, DEFINED);
	export_json_text(j, "modified", DEFINED);
	export_json_text(j, "name", OUR_NAME);
	export_json_text(j, "identity_class", "system");
	end(out);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* An object for each different text of a key. */
static void put_each(struct export_output *out, const struct indicator *const *items, size_t count,
	enum said key, void (*put)(struct export_output *out, const char *text))
{
	_cleanup_(free_ptr) const char **texts = calloc(count + 1, sizeof(*texts));
	char room[SAID_BYTES];

	if (!texts) {
		out->json.failed = true;
		return;
	}
	for (size_t i = 0; i < count; i++)
		texts[i] = said_text(items[i], key, room);
	qsort(texts, count, sizeof(*texts), compare_texts);
	for (size_t i = 0; i < count; i++) {
		if (*texts[i] && (i == 0 || strcmp(texts[i - 1], texts[i]) != 0))
			put(out, texts[i]);
	}
}

/* `address:port`, the address of version 6 in brackets. */
static void put_traffic(char pattern[PATTERN_MAX], const char *value)
{
	const char *colon = strrchr(value, ':');
	bool v6 = *value == '[';
	const char *begin = value + v6, *end = colon && colon > begin ? colon - v6 : begin;

	(void)snprintf(pattern, PATTERN_MAX,
		"[network-traffic:dst_ref.type = '%s' AND network-traffic:dst_ref.value = '%.*s' "
		"AND network-traffic:dst_port = %s]",
		v6 ? "ipv6-addr" : "ipv4-addr", (int)(end - begin), begin, colon ? colon + 1 : "0");
}

static void put_value_pattern(struct json *j, const struct indicator *item)
{
	bool is_number = item->type == INDICATOR_ASN && strncmp(item->value, "AS", 2) == 0;
	const char *path = paths[item->type], *value = item->value + (is_number ? 2 : 0);
	const char *sign = is_number ? "" : "'";
	char pattern[PATTERN_MAX];
	size_t used;

	if ((item->type == INDICATOR_IP || item->type == INDICATOR_PREFIX) &&
		strchr(item->value, ':'))
		path = "ipv6-addr:value";
	if (item->type == INDICATOR_IP_PORT) {
		put_traffic(pattern, item->value);
	} else {
		used = (size_t)snprintf(pattern, sizeof(pattern), "[%s = %s", path, sign);
		used += stix_quote(pattern + used, sizeof(pattern) - used - 4, value);
		(void)snprintf(pattern + used, sizeof(pattern) - used, "%s]", sign);
	}
	export_json_text(j, "pattern", pattern);
}

static void put_pattern(
	struct json *j, const struct indicator *item, const struct expression *condition)
{
	_cleanup_(free_ptr) char *text = condition ? stix_condition_pattern(condition) : NULL;

	if (text)
		export_json_text(j, "pattern", text);
	else if (condition)
		j->failed = true;
	else
		put_value_pattern(j, item);
	export_json_text(j, "pattern_type", "stix");
	export_json_text(j, "pattern_version", "2.1");
}

static void put_labels(struct json *j, const char *disarm)
{
	char label[64];

	if (!*disarm)
		return;
	json_open(j, "labels", '[');
	while (*disarm) {
		size_t bytes = strcspn(disarm, " ");

		if (bytes && bytes < sizeof(label) - 16) {
			(void)snprintf(label, sizeof(label), "disarm:%.*s", (int)bytes, disarm);
			export_json_text(j, NULL, label);
		}
		disarm += bytes + (disarm[bytes] == ' ');
	}
	json_close(j, ']');
}

static void put_one_reference(
	struct json *j, const struct indicator *item, const char *key, struct span text)
{
	json_open(j, NULL, '{');
	export_json_text(j, "source_name", *item->source ? item->source : OUR_NAME);
	json_text(j, key, text.at, text.bytes);
	json_close(j, '}');
}

/* Several URLs are several references; what is none is described. */
static void put_reference(struct json *j, const struct indicator *item)
{
	struct span text = span_of(item->reference);

	if (!text.bytes)
		return;
	json_open(j, "external_references", '[');
	if (!web_reference_are_urls(text))
		put_one_reference(j, item, "description", text);
	else
		while (text.bytes)
			put_one_reference(j, item, "url", span_word(&text));
	json_close(j, ']');
}

static void put_markings(struct json *j, const struct indicator *item)
{
	const struct tlp *tlp = tlp_read(span_of(item->tlp));
	char id[ID_BYTES];

	if (!*item->licence && !tlp)
		return;
	json_open(j, "object_marking_refs", '[');
	if (tlp)
		export_json_text(j, NULL, id_of_tlp(id, tlp->marking));
	if (*item->licence)
		export_json_text(j, NULL, id_of_text(id, "marking-definition", item->licence));
	json_close(j, ']');
}

/* A condition as our own files write it. */
static void put_match(
	struct json *j, const char *key, const struct expression_node *nodes, size_t at)
{
	const struct expression_node *n = &nodes[at];
	const char *word = expression_word((enum expression_op)n->op);

	json_open(j, key, '{');
	if (n->op == EXPRESSION_LEAF) {
		json_open(j, signature_field(n->field)->key, '{');
		export_json_text(j, leaf_kind_name((enum leaf_kind)n->kind), n->value);
		json_close(j, '}');
	} else if (n->op == EXPRESSION_NOT) {
		put_match(j, word, nodes, at + 1);
	} else {
		json_open(j, word, '[');
		for (size_t child = at + 1; child < n->end; child = nodes[child].end)
			put_match(j, NULL, nodes, child);
		json_close(j, ']');
	}
	json_close(j, '}');
}

/* What the object itself does not say, or not for certain. */
static void put_own(struct json *j, const struct indicator *item,
	const struct expression *condition, bool says_expiry)
{
	static const enum said always[] = {SAID_ROLE, SAID_TYPE, SAID_SCOPE, SAID_DISARM,
		SAID_PUBLISHED, SAID_FIRST_SEEN, SAID_LAST_CONFIRMED};
	const struct tlp *tlp = tlp_read(span_of(item->tlp));
	char room[SAID_BYTES];

	json_open(j, "extensions", '{');
	json_open(j, SAID_STIX_EXTENSION, '{');
	export_json_text(j, "extension_type", "property-extension");
	for (size_t i = 0; i < ARRAY_LEN(always); i++) {
		const char *text = said_text(item, always[i], room);

		if (*text)
			export_json_text(j, said_key(always[i]), text);
	}
	if (!says_expiry && item->expires)
		export_json_text(j, said_key(SAID_EXPIRES), said_text(item, SAID_EXPIRES, room));
	if (*item->tlp && (!tlp || strcmp(item->tlp, tlp->marking->name) != 0))
		export_json_text(j, said_key(SAID_TLP), item->tlp);
	if (*item->reference && !web_reference_is_url(span_of(item->reference)))
		export_json_text(j, said_key(SAID_REFERENCE), item->reference);
	if (condition)
		put_match(j, SAID_STIX_MATCH, condition->nodes, 0);
	json_close(j, '}');
	json_close(j, '}');
}

/* Since when it holds. The end has to be later, also of what is dated by its set and had expired.
 */
static uint32_t valid_from(const struct export_output *out, const struct indicator *item)
{
	uint32_t from = item->first_seen ? item->first_seen : export_created(out, item);

	if (!item->first_seen && !item->published && item->expires && item->expires <= from)
		return item->expires - 1;
	return from;
}

static void put_indicator(struct export_output *out, const struct indicator *item)
{
	uint32_t from = valid_from(out, item);
	char id[ID_BYTES], time[EXPORT_TIME_BYTES];
	bool is_signature = item->type == INDICATOR_SIGNATURE, says_expiry = item->expires > from;
	_cleanup_(free_ptr) struct expression *condition = is_signature
								   ? export_condition(out, item)
								   : NULL;
	struct json *j;

	if (is_signature && !condition)
		return;
	part(out);
	j = begin_item(out, "indicator", id_of_item(id, item), item);
	if (*item->source)
		export_json_text(j, "created_by_ref", id_of_text(id, "identity", item->source));
	export_json_text(j, "name", item->value);
	if (*item->context)
		export_json_text(j, "description", item->context);
	put_pattern(j, item, condition);
	export_json_text(j, "valid_from", export_time(time, from, ZONE));
	if (says_expiry)
		export_json_text(j, "valid_until", export_time(time, item->expires, ZONE));
	if (item->confidence)
		json_number(j, "confidence", item->confidence);
	put_labels(j, item->disarm);
	put_reference(j, item);
	put_markings(j, item);
	put_own(j, item, condition, says_expiry);
	end(out);
}

static void put_relation(struct export_output *out, const struct indicator *item)
{
	char source[ID_BYTES], target[ID_BYTES], id[ID_BYTES];
	struct json *j;

	if (!*item->campaign)
		return;
	(void)id_of_item(source, item);
	(void)id_of_text(target, "campaign", item->campaign);
	part(out);
	(void)make_id(
		id, "relationship", (const char *const[]){"relationship", source, target, NULL});
	j = begin_item(out, "relationship", id, item);
	export_json_text(j, "relationship_type", "indicates");
	export_json_text(j, "source_ref", source);
	export_json_text(j, "target_ref", target);
	end(out);
}

/* Of all that is in it, and when. */
static void put_bundle_id(
	struct export_output *out, const struct indicator *const *items, size_t count)
{
	char id[ID_BYTES], next[ID_BYTES], room[SAID_BYTES], own[ID_BYTES];
	char made[EXPORT_TIME_BYTES];
	struct json *j = &out->json;

	(void)id_of_text(id, "bundle", export_time(made, out->made, ZONE));
	for (size_t i = 0; i < count; i++) {
		for (enum said key = 0; key < SAID_KEYS; key++) {
			(void)make_id(next, "bundle",
				(const char *const[]){id, id_of_item(own, items[i]), said_key(key),
					said_text(items[i], key, room), NULL});
			memcpy(id, next, sizeof(id));
		}
		if (items[i]->type == INDICATOR_SIGNATURE) {
			(void)make_id(next, "bundle",
				(const char *const[]){id, items[i]->expression, NULL});
			memcpy(id, next, sizeof(id));
		}
	}
	json_open(j, NULL, '{');
	export_json_text(j, "type", "bundle");
	export_json_text(j, "id", id);
	json_open(j, "objects", '[');
	json_raw_line_end(j);
	export_json(out);
}

static void write_set(struct export_output *out, const struct indicator *const *items, size_t count)
{
	put_bundle_id(out, items, count);
	put_extension(out);
	put_each(out, items, count, SAID_SOURCE, put_identity);
	put_each(out, items, count, SAID_CAMPAIGN, put_campaign);
	put_each(out, items, count, SAID_LICENCE, put_licence);
	put_tlps(out, items, count);
	for (size_t i = 0; i < count; i++) {
		put_indicator(out, items[i]);
		put_relation(out, items[i]);
	}
	export_text(out, "\n]}\n");
}

const struct exporter to_stix_export = {
	.name = "stix",
	.summary = "a bundle of STIX 2.1",
	.why_not = why_not,
	.write = write_set,
};
