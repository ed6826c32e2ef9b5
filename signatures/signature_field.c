/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/signature_field.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "dissectors/schema_all.h"

#define NAME_BYTES_MAX 255

/* Those of the flow itself first, in the order of enum signature_field_id. */
static const struct signature_field fields[] = {
	[FIELD_OF_SRC_IP] = {"src_ip", CLASS_ADDRESS, true, false, 2},
	[FIELD_OF_DEST_IP] = {"dest_ip", CLASS_ADDRESS, true, false, 2},
	[FIELD_OF_DEST_PORT] = {"dest_port", CLASS_PORT, false, false, 10000},
	[FIELD_OF_PROTO] = {"proto", CLASS_PROTOCOL, false, false, 10000},
	[FIELD_OF_APP_PROTO] = {"app_proto", CLASS_APPLICATION, false, false, 10000},
	[FIELD_OF_DEST_ASN] = {"dest_asn", CLASS_AS, true, false, 100},
	{"tls.sni", CLASS_NAME, true, false, 1},
	{"tls.subjectaltname[]", CLASS_NAME, true, false, 1},
	{"tls.subject", CLASS_TEXT, true, false, 2},
	{"tls.issuerdn", CLASS_TEXT, true, false, 1000},
	{"tls.serial", CLASS_FINGERPRINT, true, false, 1},
	{"tls.fingerprint", CLASS_FINGERPRINT, true, false, 1},
	{"tls.fingerprint_sha256", CLASS_FINGERPRINT, true, false, 1},
	{"tls.ja3.hash", CLASS_FINGERPRINT, true, false, 100},
	{"tls.ja3s.hash", CLASS_FINGERPRINT, true, false, 100},
	{"tls.ja4", CLASS_FINGERPRINT, true, false, 100},
	{"tls.alpn", CLASS_TEXT, false, false, 10000},
	{"tls.server_alpn", CLASS_TEXT, false, false, 10000},
	{"quic.sni", CLASS_NAME, true, false, 1},
	{"quic.ja3.hash", CLASS_FINGERPRINT, true, false, 100},
	{"quic.ja4", CLASS_FINGERPRINT, true, false, 100},
	{"quic.alpn", CLASS_TEXT, false, false, 10000},
	{"quic.ua", CLASS_TEXT, true, false, 1000},
	{"dns.queries[].rrname", CLASS_NAME, true, true, 1},
	{"dns.answers[].rrname", CLASS_NAME, true, true, 1},
	{"dns.answers[].rdata", CLASS_DATA, true, true, 1},
	{"http.hostname", CLASS_NAME, true, true, 1},
	{"http.redirect_host", CLASS_NAME, true, true, 1},
	{"http.url", CLASS_TEXT, true, true, 100},
	{"http.http_user_agent", CLASS_TEXT, true, true, 1000},
	{"ssh.client.hassh", CLASS_FINGERPRINT, true, false, 100},
	{"ssh.client.software_version", CLASS_TEXT, true, false, 100},
	{"ssh.server.hassh", CLASS_FINGERPRINT, true, false, 100},
	{"ssh.server.software_version", CLASS_TEXT, true, false, 100},
	{"socks.host", CLASS_NAME, true, false, 1},
	{"smtp.server", CLASS_NAME, true, false, 1},
};

_Static_assert(ARRAY_LEN(fields) <= SIGNATURE_FIELDS_MAX, "room in the slots");

size_t signature_field_count(void)
{
	return ARRAY_LEN(fields);
}

const struct signature_field *signature_field(size_t id)
{
	return &fields[id];
}

/* The same key; brackets in one of the two count for nothing. */
static bool is_key(const char *key, const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '[' || text[i] == ']')
			continue;
		key += strspn(key, "[]");
		if (!*key || *key++ != text[i])
			return false;
	}
	return !key[strspn(key, "[]")];
}

int signature_field_id(const char *key, size_t bytes)
{
	if (memchr(key, '\0', bytes))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (is_key(fields[i].key, key, bytes))
			return (int)i;
	}
	return -1;
}

static bool has_word(const char *text, const char *word)
{
	size_t bytes = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at++) {
		if ((at == text || !isalnum((unsigned char)at[-1])) &&
			!isalnum((unsigned char)at[bytes]))
			return true;
	}
	return false;
}

const char *signature_field_why_not(const char *key, char *text, size_t size)
{
	static const char *const content[] = {"payload", "body", "content", "cookie", "cookies",
		"text", "keyword", "keywords", "query", "title", "html", "data", "file",
		"file_data", "pcre", "bytes", "message", "comment", "comments", "post", "parameter",
		"parameters", "fragment", "referer", "referrer", "user", "username", "password",
		"mail", "topic", "hashtag", "language", "opinion"};
	struct text_nearest nearest = {.word = key};
	char shown[64];

	(void)text_terminal(shown, sizeof(shown), key, strlen(key));
	for (size_t i = 0; i < ARRAY_LEN(content); i++) {
		if (!has_word(key, content[i]))
			continue;
		(void)snprintf(text, size,
			"%s is content: signatures ask for infrastructure only, never for what is "
			"said or read",
			shown);
		return text;
	}
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		text_nearest(&nearest, fields[i].key);
	(void)snprintf(text, size, nearest.best ? "no field %s, but %s" : "no field %s%s", shown,
		nearest.best ? nearest.best : "; docs/feeds.md lists those that there are");
	return text;
}

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

size_t signature_value(char to[SIGNATURE_VALUE_BYTES_MAX], enum signature_class class,
	const void *value, size_t bytes)
{
	bool is_name = class == CLASS_NAME || class == CLASS_DATA;
	const char *from = value;
	size_t used = 0;

	if (is_name && bytes && from[bytes - 1] == '.')
		bytes--;
	if (bytes > (is_name ? NAME_BYTES_MAX : SIGNATURE_VALUE_BYTES_MAX))
		return 0;
	for (size_t i = 0; i < bytes; i++) {
		if (!from[i])
			return 0;
		if (class == CLASS_FINGERPRINT && from[i] == ':')
			continue;
		to[used++] = is_name || class == CLASS_FINGERPRINT ? lower(from[i]) : from[i];
	}
	return used;
}

static size_t slot_of(const struct field *field)
{
	return ((uintptr_t)field >> 3) * 0x9e3779b1u % ((size_t)4 * SIGNATURE_FIELDS_MAX);
}

static void add(struct signature_fields *f, const struct field *field)
{
	int id = signature_field_id(field->key, strlen(field->key));
	size_t at = slot_of(field);

	if (id < 0)
		return;
	while (f->slots[at].field)
		at = (at + 1) % ARRAY_LEN(f->slots);
	f->slots[at].field = field;
	f->slots[at].id = (uint8_t)id;
}

/* A dissector's field is the same in all tables; a table may be found twice. */
static bool is_added(const struct signature_fields *f, const struct field *field)
{
	return signature_fields_find(f, field) >= 0;
}

static void add_table(struct signature_fields *f, const struct field_table *table)
{
	for (size_t i = 0; table && i < table->count; i++) {
		if (!is_added(f, &table->fields[i]))
			add(f, &table->fields[i]);
	}
}

void signature_fields_init(struct signature_fields *f)
{
	struct schema schema;

	*f = (struct signature_fields){0};
	schema_init(&schema);
	for (size_t i = 0; schema.kinds[i]; i++) {
		for (size_t t = 0; t < ARRAY_LEN(schema.kinds[i]->tables); t++)
			add_table(f, schema.kinds[i]->tables[t]);
	}
	for (size_t i = 0; schema.tables[i]; i++)
		add_table(f, schema.tables[i]);
}

int signature_fields_find(const struct signature_fields *f, const struct field *field)
{
	size_t at = slot_of(field);

	while (f->slots[at].field && f->slots[at].field != field)
		at = (at + 1) % ARRAY_LEN(f->slots);
	return f->slots[at].field ? f->slots[at].id : -1;
}
