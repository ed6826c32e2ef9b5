/* SPDX-License-Identifier: Apache-2.0 */
/* A file of Zeek's Intelligence Framework (docs.zeek.org). Zeek reads the fields that it has and
 * passes over columns that it has none for: a script that adds one of them to Intel::MetaData gets
 * it. Octets that would part fields or lines are \xNN, as in Zeek's logs. */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/export.h"
#include "signatures/said.h"

static const char *const types[INDICATOR_TYPES] = {
	[INDICATOR_DOMAIN] = "Intel::DOMAIN",
	[INDICATOR_URL] = "Intel::URL",
	[INDICATOR_IP] = "Intel::ADDR",
	[INDICATOR_PREFIX] = "Intel::SUBNET",
	[INDICATOR_CERT_SHA1] = "Intel::CERT_HASH",
	[INDICATOR_CERT_SHA256] = "Intel::CERT_HASH",
	[INDICATOR_USER_AGENT] = "Intel::SOFTWARE",
};

static const struct {
	const char *column;
	enum said key;
} columns[] = {
	{"meta.source", SAID_SOURCE},
	{"meta.desc", SAID_NOTE},
	{"meta.url", SAID_REFERENCE},
	{"meta.campaign", SAID_CAMPAIGN},
	{"meta.role", SAID_ROLE},
	{"meta.tlp", SAID_TLP},
	{"meta.licence", SAID_LICENCE},
	{"meta.disarm", SAID_DISARM},
	{"meta.confidence", SAID_CONFIDENCE},
	{"meta.first_seen", SAID_FIRST_SEEN},
	{"meta.last_seen", SAID_LAST_CONFIRMED},
	{"meta.published", SAID_PUBLISHED},
	{"meta.expires", SAID_EXPIRES},
	{"meta.scope", SAID_SCOPE},
};

static const char *why_not(const struct indicator *item)
{
	return types[item->type] ? NULL : "Zeek's intelligence framework has no type for it";
}

static bool is_shown(const char *text, const char *at)
{
	unsigned char c = (unsigned char)*at;

	if (c < ' ' || c == 0x7f || c == '\\')
		return false;
	if (c == ' ') /* what trims fields would take it off */
		return at != text && at[1] != '\0';
	return at != text || c != '#';
}

static void put_field(struct export_output *out, const char *text)
{
	bool is_unset = strcmp(text, "-") == 0 || strcmp(text, "(empty)") == 0;

	if (!*text)
		export_text(out, "-");
	for (const char *at = text; *at; at++) {
		char piece[8];

		if (is_shown(text, at) && !(is_unset && at == text))
			(void)snprintf(piece, sizeof(piece), "%c", *at);
		else
			(void)snprintf(piece, sizeof(piece), "\\x%02x", (unsigned char)*at);
		export_text(out, piece);
	}
}

/* Zeek has URLs without their scheme. */
static const char *value_of(const struct indicator *item)
{
	const char *host = item->type == INDICATOR_URL ? strstr(item->value, "://") : NULL;

	return host ? host + 3 : item->value;
}

static void write_set(struct export_output *out, const struct indicator *const *items, size_t count)
{
	export_text(out, "#fields\tindicator\tindicator_type");
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		export_text(out, "\t");
		export_text(out, columns[i].column);
	}
	export_text(out, "\n");
	for (size_t i = 0; i < count; i++) {
		put_field(out, value_of(items[i]));
		export_text(out, "\t");
		export_text(out, types[items[i]->type]);
		for (size_t c = 0; c < ARRAY_LEN(columns); c++) {
			char room[SAID_BYTES];

			export_text(out, "\t");
			put_field(out, said_text(items[i], columns[c].key, room));
		}
		export_text(out, "\n");
	}
}

const struct exporter to_zeek_export = {
	.name = "zeek",
	.summary = "a file of Zeek's intelligence framework",
	.why_not = why_not,
	.write = write_set,
};
