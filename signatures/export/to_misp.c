/* SPDX-License-Identifier: Apache-2.0 */
/* MISP (https://www.misp-standard.org, MISP core format): an event for each publisher, campaign,
 * role, label and licence, as MISP's own export of several events. What MISP has no field for are
 * tags kukla:KEY="VALUE" (MISP taxonomy format), which signatures/format/misp.c reads. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/export.h"
#include "signatures/said.h"
#include "signatures/span.h"
#include "signatures/tlp.h"
#include "signatures/web_reference.h"

#define TAG_BYTES_MAX     4096
#define PAIR_BYTES_MAX    64
#define COMMENT_BYTES_MAX 4096

static const char *const types[INDICATOR_TYPES] = {
	[INDICATOR_DOMAIN] = "domain",
	[INDICATOR_URL] = "url",
	[INDICATOR_IP] = "ip-dst",
	[INDICATOR_PREFIX] = "ip-dst",
	[INDICATOR_IP_PORT] = "ip-dst|port",
	[INDICATOR_ASN] = "AS",
	[INDICATOR_CERT_SHA1] = "x509-fingerprint-sha1",
	[INDICATOR_CERT_SHA256] = "x509-fingerprint-sha256",
	[INDICATOR_JA3] = "ja3-fingerprint-md5",
	[INDICATOR_JA4] = "ja4-fingerprint",
	[INDICATOR_USER_AGENT] = "user-agent",
};

static const char *why_not(const struct indicator *item)
{
	return types[item->type] ? NULL : "MISP has no type for it";
}

static void put_tag_name(struct json *j, const char *name)
{
	json_open(j, NULL, '{');
	export_json_text(j, "name", name);
	json_close(j, '}');
}

static void put_tag(struct json *j, const struct indicator *item, enum said key)
{
	char room[SAID_BYTES], tag[TAG_BYTES_MAX];
	const char *text = said_text(item, key, room);

	if (!*text)
		return;
	(void)snprintf(tag, sizeof(tag), SAID_MISP_TAG "%s=\"%s\"", said_key(key), text);
	put_tag_name(j, tag);
}

/* MISP's taxonomy has it in lower case; the text of the source stands beside it if it is another.
 */
static void put_tlp(struct json *j, const struct indicator *item)
{
	const struct tlp *tlp = tlp_read(span_of(item->tlp));

	if (tlp)
		put_tag_name(j, tlp->tag);
	if (!tlp || strcmp(tlp->tag, item->tlp) != 0)
		put_tag(j, item, SAID_TLP);
}

/* What all of an event share. */
static const enum said of_event[] = {SAID_CAMPAIGN, SAID_SOURCE, SAID_ROLE, SAID_TLP, SAID_LICENCE};
/* What is said of the event if it holds for all that is in it, else of each. */
static const enum said of_either[] = {SAID_REFERENCE, SAID_DISARM, SAID_PUBLISHED, SAID_EXPIRES};

struct event {
	const struct indicator *const *items;
	size_t count;
	bool is_shared[SAID_KEYS]; /* of those of of_either */
	size_t links;
	uint32_t created, modified; /* the first, the last one */
	char uuid[EXPORT_UUID_BYTES];
};

static int compare_keys(
	const struct indicator *a, const struct indicator *b, const enum said *keys, size_t count)
{
	int order = 0;

	for (size_t i = 0; i < count && order == 0; i++) {
		char of_a[SAID_BYTES], of_b[SAID_BYTES];

		order = strcmp(said_text(a, keys[i], of_a), said_text(b, keys[i], of_b));
	}
	return order;
}

static int compare(const void *a, const void *b)
{
	const struct indicator *x = *(const struct indicator *const *)a;
	const struct indicator *y = *(const struct indicator *const *)b;
	int order = compare_keys(x, y, of_event, ARRAY_LEN(of_event));

	return order ? order : indicator_compare(x, y);
}

/* A link is one URL; what is none is said in comments. */
static void count_links(struct event *e)
{
	struct span text = span_of(e->items[0]->reference);

	if (!e->is_shared[SAID_REFERENCE] || !text.bytes)
		return;
	e->is_shared[SAID_REFERENCE] = web_reference_are_urls(text);
	while (e->is_shared[SAID_REFERENCE] && text.bytes) {
		(void)span_word(&text);
		e->links++;
	}
}

static struct event event_of(
	const struct export_output *out, const struct indicator *const *items, size_t count)
{
	struct event e = {.items = items, .count = count, .created = UINT32_MAX};
	char room[ARRAY_LEN(of_event)][SAID_BYTES];
	const char *texts[ARRAY_LEN(of_event) + 1] = {NULL};

	for (size_t i = 0; i < ARRAY_LEN(of_either); i++)
		e.is_shared[of_either[i]] = true;
	for (size_t i = 0; i < count; i++) {
		uint32_t created = export_created(out, items[i]);
		uint32_t modified = export_modified(out, items[i]);

		e.created = created < e.created ? created : e.created;
		e.modified = modified > e.modified ? modified : e.modified;
		for (size_t k = 0; k < ARRAY_LEN(of_either); k++) {
			if (compare_keys(items[0], items[i], &of_either[k], 1) != 0)
				e.is_shared[of_either[k]] = false;
		}
	}
	count_links(&e);
	for (size_t i = 0; i < ARRAY_LEN(of_event); i++)
		texts[i] = said_text(items[0], of_event[i], room[i]);
	export_uuid(e.uuid, texts);
	return e;
}

/* Those keys that are said of the event, or of its items one by one. */
static void put_either(struct json *j, const struct event *e, const struct indicator *item)
{
	for (size_t i = 0; i < ARRAY_LEN(of_either); i++) {
		enum said key = of_either[i];

		if (e->is_shared[key] != (item == NULL))
			continue;
		if (key != SAID_REFERENCE || item || e->links > 1 ||
			!web_reference_is_url(span_of(e->items[0]->reference)))
			put_tag(j, item ? item : e->items[0], key);
	}
}

/* What holds for the whole event and has no field there. */
static void put_event_tags(struct json *j, const struct event *e)
{
	const struct indicator *item = e->items[0];

	json_open(j, "Tag", '[');
	put_tag_name(j, SAID_MISP_OURS);
	put_tlp(j, item);
	put_tag(j, item, SAID_ROLE);
	put_tag(j, item, SAID_LICENCE);
	put_either(j, e, NULL);
	json_close(j, ']');
}

/* MISP has the two halves parted by a stroke, and no brackets. */
static void put_value(struct json *j, const struct indicator *item)
{
	const char *value = item->value, *colon = strrchr(value, ':');
	ptrdiff_t bracket = *value == '[';
	char pair[PAIR_BYTES_MAX];

	if (item->type == INDICATOR_IP_PORT && colon && colon - value > 2 * bracket) {
		(void)snprintf(pair, sizeof(pair), "%.*s|%s", (int)(colon - value - 2 * bracket),
			value + bracket, colon + 1);
		value = pair;
	}
	export_json_text(j, "value", value);
}

/* The reference stands behind the note where the event has none. */
static void put_comment(struct json *j, const struct event *e, const struct indicator *item)
{
	char comment[COMMENT_BYTES_MAX];
	const char *reference = e->is_shared[SAID_REFERENCE] ? "" : item->reference;

	(void)snprintf(comment, sizeof(comment), SAID_MISP_COMMENT, item->context,
		*item->context ? " " : "", reference);
	if (*reference)
		export_json_text(j, "comment", comment);
	else if (*item->context)
		export_json_text(j, "comment", item->context);
}

/* MISP refuses an end before the begin. */
static void put_attribute_about(struct json *j, const struct event *e, const struct indicator *item)
{
	bool in_order = item->last_confirmed >= item->first_seen;
	char time[EXPORT_TIME_BYTES];

	if (item->first_seen)
		export_json_text(j, "first_seen", export_time(time, item->first_seen, "+00:00"));
	if (item->last_confirmed && in_order)
		export_json_text(j, "last_seen", export_time(time, item->last_confirmed, "+00:00"));
	json_open(j, "Tag", '[');
	put_tag(j, item, SAID_CONFIDENCE);
	put_tag(j, item, SAID_SCOPE);
	if (!in_order)
		put_tag(j, item, SAID_LAST_CONFIRMED);
	put_either(j, e, item);
	json_close(j, ']');
	put_comment(j, e, item);
}

/* As a text; `date` is in seconds since 1970. */
static void put_timestamp(struct json *j, uint32_t date)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%" PRIu32, date);
	export_json_text(j, "timestamp", text);
}

/* What every attribute has; the event's own number is given by who takes it. */
static struct json *begin_attribute(
	struct export_output *out, const char *uuid, const char *type, const char *category)
{
	struct json *j = &out->json;

	json_open(j, NULL, '{');
	export_json_text(j, "uuid", uuid);
	export_json_text(j, "event_id", "0");
	export_json_text(j, "type", type);
	export_json_text(j, "category", category);
	export_json_text(j, "distribution", "5"); /* as its event */
	return j;
}

static void put_attribute(
	struct export_output *out, const struct event *e, const struct indicator *item)
{
	char uuid[EXPORT_UUID_BYTES];
	struct json *j;

	export_uuid(uuid, (const char *const[]){"attribute", indicator_type_name(item->type),
				  item->value, item->campaign, item->source, NULL});
	j = begin_attribute(out, uuid, types[item->type], "Network activity");
	put_value(j, item);
	json_bool(j, "to_ids", true);
	put_timestamp(j, export_modified(out, item));
	put_attribute_about(j, e, item);
	json_close(j, '}');
	export_json(out);
}

static void put_link(struct export_output *out, const struct event *e, struct span url)
{
	char uuid[EXPORT_UUID_BYTES], text[COMMENT_BYTES_MAX];
	struct json *j;

	(void)snprintf(text, sizeof(text), "%.*s", (int)url.bytes, url.at);
	export_uuid(uuid, (const char *const[]){"link", e->uuid, text, NULL});
	j = begin_attribute(out, uuid, "link", "External analysis");
	json_text(j, "value", url.at, url.bytes);
	json_bool(j, "to_ids", false);
	put_timestamp(j, e->modified);
	json_close(j, '}');
	export_json(out);
}

static void put_head(struct export_output *out, const struct event *e)
{
	const struct indicator *item = e->items[0];
	char date[EXPORT_TIME_BYTES], uuid[EXPORT_UUID_BYTES], count[24];
	struct json *j = &out->json;

	(void)export_time(date, e->created, "");
	date[10] = '\0';
	(void)snprintf(count, sizeof(count), "%zu", e->count + e->links);
	export_uuid(uuid, (const char *const[]){"organisation", item->source, NULL});
	json_open(j, NULL, '{');
	json_open(j, "Event", '{');
	export_json_text(j, "uuid", e->uuid);
	export_json_text(j, "info", item->campaign);
	export_json_text(j, "date", date);
	export_json_text(j, "threat_level_id", "4"); /* not said */
	export_json_text(j, "analysis", "2");        /* complete */
	export_json_text(j, "distribution", "0");    /* the own organisation: others decide */
	json_bool(j, "published", false);
	export_json_text(j, "publish_timestamp", "0"); /* never */
	put_timestamp(j, e->modified);
	export_json_text(j, "attribute_count", count);
	export_json_text(j, "org_id", "0"); /* numbers that who takes it gives */
	export_json_text(j, "orgc_id", "0");
	json_open(j, "Orgc", '{');
	export_json_text(j, "id", "0");
	export_json_text(j, "name", item->source);
	export_json_text(j, "uuid", uuid);
	json_close(j, '}');
	put_event_tags(j, e);
	json_open(j, "Attribute", '[');
	json_raw_line_end(j);
	export_json(out);
}

/* Links come last: an importer that takes one for a value has had the values by then. */
static void put_event(struct export_output *out, const struct event *e)
{
	struct span urls = span_of(e->items[0]->reference);

	put_head(out, e);
	for (size_t i = 0; i < e->count; i++) {
		export_text(out, i == 0 ? "" : ",\n");
		put_attribute(out, e, e->items[i]);
	}
	for (size_t i = 0; i < e->links; i++) {
		export_text(out, ",\n");
		put_link(out, e, span_word(&urls));
	}
	export_text(out, "\n]}}");
}

static void put_events(
	struct export_output *out, const struct indicator *const *items, size_t count)
{
	size_t end;

	for (size_t begin = 0; begin < count; begin = end) {
		struct event e;

		end = begin + 1;
		while (end < count &&
			compare_keys(items[begin], items[end], of_event, ARRAY_LEN(of_event)) == 0)
			end++;
		e = event_of(out, items + begin, end - begin);
		export_text(out, begin ? ",\n" : "");
		put_event(out, &e);
	}
}

static void write_set(struct export_output *out, const struct indicator *const *items, size_t count)
{
	_cleanup_(free_ptr) const struct indicator **order = calloc(count + 1, sizeof(void *));

	if (!order) {
		out->json.failed = true;
		return;
	}
	if (count)
		memcpy(order, items, count * sizeof(void *));
	qsort(order, count, sizeof(void *), compare);
	export_text(out, "{\"response\":[\n");
	put_events(out, order, count);
	export_text(out, "\n]}\n");
}

const struct exporter to_misp_export = {
	.name = "misp",
	.summary = "events of MISP, as JSON",
	.why_not = why_not,
	.write = write_set,
};
