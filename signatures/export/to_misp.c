/* SPDX-License-Identifier: Apache-2.0 */
/* MISP (https://www.misp-standard.org, MISP core format): an event for each set of indicators of
 * which the same is known, as MISP's own export of several events. What MISP has no field for are
 * tags kukla:KEY="VALUE" (MISP taxonomy format), which signatures/format/misp.c reads. */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/export.h"
#include "signatures/said.h"
#include "signatures/tlp.h"

#define TAG_BYTES_MAX  4096
#define PAIR_BYTES_MAX 64

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

static bool is_link(const char *reference)
{
	return strstr(reference, "://") != NULL;
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

/* What holds for the whole event and has no field there. */
static void put_event_tags(struct json *j, const struct indicator *item)
{
	json_open(j, "Tag", '[');
	put_tag_name(j, SAID_MISP_OURS);
	put_tlp(j, item);
	put_tag(j, item, SAID_ROLE);
	put_tag(j, item, SAID_LICENCE);
	put_tag(j, item, SAID_DISARM);
	put_tag(j, item, SAID_EXPIRES);
	put_tag(j, item, SAID_PUBLISHED);
	if (!is_link(item->reference))
		put_tag(j, item, SAID_REFERENCE);
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

/* MISP refuses an end before the begin. */
static void put_attribute_about(struct json *j, const struct indicator *item)
{
	bool in_order = item->last_confirmed >= item->first_seen;
	char time[EXPORT_TIME_BYTES];

	if (item->first_seen)
		export_json_text(j, "first_seen", export_time(time, item->first_seen, "+00:00"));
	if (item->last_confirmed && in_order)
		export_json_text(j, "last_seen", export_time(time, item->last_confirmed, "+00:00"));
	if (item->confidence || item->scope_is_said || (item->last_confirmed && !in_order)) {
		json_open(j, "Tag", '[');
		put_tag(j, item, SAID_CONFIDENCE);
		put_tag(j, item, SAID_SCOPE);
		if (!in_order)
			put_tag(j, item, SAID_LAST_CONFIRMED);
		json_close(j, ']');
	}
	if (*item->context)
		export_json_text(j, "comment", item->context);
}

/* As a text; `date` is in seconds since 1970. */
static void put_timestamp(struct json *j, uint32_t date)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%" PRIu32, date);
	export_json_text(j, "timestamp", text);
}

static void put_attribute(struct export_output *out, const struct indicator *item)
{
	char uuid[EXPORT_UUID_BYTES];
	struct json *j = &out->json;

	export_uuid(uuid, (const char *const[]){"attribute", indicator_type_name(item->type),
				  item->value, item->campaign, item->source, NULL});
	json_open(j, NULL, '{');
	export_json_text(j, "uuid", uuid);
	export_json_text(j, "type", types[item->type]);
	export_json_text(j, "category", "Network activity");
	put_value(j, item);
	json_bool(j, "to_ids", true);
	export_json_text(j, "distribution", "5"); /* as its event */
	put_timestamp(j, export_modified(out, item));
	put_attribute_about(j, item);
	json_close(j, '}');
	export_json(out);
}

static void put_link(struct export_output *out, const struct indicator *item, const char *event)
{
	char uuid[EXPORT_UUID_BYTES];
	struct json *j = &out->json;

	export_uuid(uuid, (const char *const[]){"link", event, NULL});
	json_open(j, NULL, '{');
	export_json_text(j, "uuid", uuid);
	export_json_text(j, "type", "link");
	export_json_text(j, "category", "External analysis");
	export_json_text(j, "value", item->reference);
	json_bool(j, "to_ids", false);
	export_json_text(j, "distribution", "5");
	put_timestamp(j, export_modified(out, item));
	json_close(j, '}');
	export_json(out);
}

/* Of all that is in an event: when the first was created, when the last was changed. */
struct times {
	uint32_t created, modified;
};

static struct times times_of(const struct export_output *out, const struct indicator *const *items,
	size_t begin, size_t end)
{
	struct times t = {UINT32_MAX, 0};

	for (size_t i = begin; i < end; i++) {
		uint32_t created = export_created(out, items[i]);
		uint32_t modified = export_modified(out, items[i]);

		t.created = created < t.created ? created : t.created;
		t.modified = modified > t.modified ? modified : t.modified;
	}
	return t;
}

static void put_head(struct export_output *out, const struct indicator *item, const char *event,
	struct times times)
{
	char date[EXPORT_TIME_BYTES], uuid[EXPORT_UUID_BYTES];
	struct json *j = &out->json;

	(void)export_time(date, times.created, "");
	date[10] = '\0';
	export_uuid(uuid, (const char *const[]){"organisation", item->source, NULL});
	json_open(j, NULL, '{');
	json_open(j, "Event", '{');
	export_json_text(j, "uuid", event);
	export_json_text(j, "info", item->campaign);
	export_json_text(j, "date", date);
	export_json_text(j, "threat_level_id", "4"); /* not said */
	export_json_text(j, "analysis", "2");        /* complete */
	export_json_text(j, "distribution", "0");    /* the own organisation: others decide */
	json_bool(j, "published", false);
	put_timestamp(j, times.modified);
	json_open(j, "Orgc", '{');
	export_json_text(j, "name", item->source);
	export_json_text(j, "uuid", uuid);
	json_close(j, '}');
	put_event_tags(j, item);
	json_open(j, "Attribute", '[');
	json_raw_line_end(j);
	export_json(out);
}

/* The link comes last: an importer that takes it for a value has had the values by then. */
static void put_event(
	struct export_output *out, const struct indicator *const *items, size_t begin, size_t end)
{
	const struct indicator *first = items[begin];
	char event[EXPORT_UUID_BYTES], room[SAID_SHARED][SAID_BYTES];
	const char *texts[SAID_SHARED + 1] = {NULL};

	for (enum said key = 0; key < SAID_SHARED; key++)
		texts[key] = said_text(first, key, room[key]);
	export_uuid(event, texts);
	put_head(out, first, event, times_of(out, items, begin, end));
	for (size_t i = begin; i < end; i++) {
		export_text(out, i == begin ? "" : ",\n");
		put_attribute(out, items[i]);
	}
	if (is_link(first->reference)) {
		export_text(out, ",\n");
		put_link(out, first, event);
	}
	export_text(out, "\n]}}");
}

static void write_set(struct export_output *out, const struct indicator *const *items, size_t count)
{
	size_t end;

	export_text(out, "{\"response\":[\n");
	for (size_t begin = 0; begin < count; begin = end) {
		end = export_set_end(items, count, begin);
		export_text(out, begin ? ",\n" : "");
		put_event(out, items, begin, end);
	}
	export_text(out, "\n]}\n");
}

const struct exporter to_misp_export = {
	.name = "misp",
	.summary = "events of MISP, as JSON",
	.why_not = why_not,
	.write = write_set,
};
