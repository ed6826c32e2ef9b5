/* SPDX-License-Identifier: Apache-2.0 */
#include "store_records.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/ledger.h"
#include "base/schema.h"

static const char *type_name(uint64_t number)
{
	return number == 1 ? "A" : number == 28 ? "AAAA" : number == 65535 ? "LAST" : NULL;
}

static const struct field tls_fields[T_COUNT] = {
	[T_SNI] = {.key = "tls.sni",
		.type = FIELD_TEXT,
		.match = MATCH_NAME,
		.pen = KUKLA_PEN,
		.ie = 9001},
	[T_ALPN] = {.key = "tls.alpn[]",
		.type = FIELD_TEXT,
		.flags = FIELD_LIST,
		.pen = KUKLA_PEN,
		.ie = 9002},
	[T_VERSION] = {.key = "tls.version",
		.type = FIELD_U16,
		.flags = FIELD_HEX,
		.pen = KUKLA_PEN,
		.ie = 9003},
};

static const struct field dns_fields[M_COUNT] = {
	[M_ID] = {.key = "dns.id",
		.type = FIELD_U32,
		.flags = FIELD_KEEP_ZERO,
		.pen = KUKLA_PEN,
		.ie = 9010},
	[M_RRNAME] = {.key = "dns.queries[].rrname",
		.type = FIELD_TEXT,
		.flags = FIELD_LIST,
		.match = MATCH_NAME,
		.pen = KUKLA_PEN,
		.ie = 9011},
	[M_RRTYPE] = {.key = "dns.queries[].rrtype",
		.type = FIELD_U16,
		.flags = FIELD_LIST,
		.pen = KUKLA_PEN,
		.ie = 9012,
		.name_of = type_name},
	[M_TTL] = {.key = "dns.ttl[]",
		.type = FIELD_U64,
		.flags = FIELD_LIST,
		.pen = KUKLA_PEN,
		.ie = 9013},
	[M_RDATA] = {.key = "dns.addresses[]",
		.type = FIELD_ADDRESS,
		.flags = FIELD_LIST,
		.pen = KUKLA_PEN,
		.ie = 9014},
	[M_WHEN] = {.key = "dns.times[]",
		.type = FIELD_TIME,
		.flags = FIELD_LIST,
		.pen = KUKLA_PEN,
		.ie = 9015},
	[M_NAME] = {.key = "dns.answers[].rrname",
		.type = FIELD_TEXT,
		.flags = FIELD_LIST,
		.match = MATCH_NAME,
		.pen = KUKLA_PEN,
		.ie = 9016},
	[M_TYPE] = {.key = "dns.answers[].rrtype",
		.type = FIELD_TEXT,
		.flags = FIELD_LIST,
		.pen = KUKLA_PEN,
		.ie = 9017},
	[M_DATA] = {.key = "dns.answers[].rdata",
		.type = FIELD_TEXT,
		.flags = FIELD_LIST,
		.pen = KUKLA_PEN,
		.ie = 9018},
};

const struct field_table test_tls_table = {"tls", tls_fields, T_COUNT};
const struct field_table test_dns_table = {"dns", dns_fields, M_COUNT};
const struct record_kind test_dns_kind = {"dns", {&common_table, &test_dns_table}};

static const struct record_kind *const kinds[] = {
	&kind_flow, &kind_hit, &test_dns_kind, &kind_name, &kind_ledger, NULL};
static const struct field_table *const tables[] = {&test_tls_table, NULL};
const struct ipfix_schema test_schema = {kinds, tables};

uint64_t test_next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static void fill_text(struct record *r, const struct field *f, uint64_t *seed)
{
	static const char *const texts[] = {"example.org", "www.Example.org", "EXAMPLE.ORG", "TLS",
		"DNS.Google", "Doppelg\xc3\xa4nger",
		"\xe2\x84\xaa"
		"elvin",
		"\xff\xfe\x00z", "\xc3\xa9", "\\xc3\\xa9",
		"a\x00"
		"b",
		"x'; DROP TABLE flow; --", "\"quoted\"", "%_like\\", "=1+1", "\xc4\xb0stanbul",
		"<script>", "\x1b[2J"};
	static const size_t bytes[] = {11, 15, 11, 3, 10, 12, 8, 4, 2, 8, 3, 23, 8, 7, 4, 9, 8, 4};
	uint64_t pick = test_next(seed) % (ARRAY_LEN(texts) + 2);
	uint8_t random[RECORD_TEXT_BYTES_MAX];

	if (pick < ARRAY_LEN(texts)) {
		(void)record_text(r, f, texts[pick], bytes[pick]);
		return;
	}
	if (pick == ARRAY_LEN(texts)) {
		(void)record_text(r, f, "", 0);
		return;
	}
	for (size_t i = 0; i < sizeof(random); i++)
		random[i] = (uint8_t)test_next(seed);
	(void)record_text(
		r, f, random, test_next(seed) % 16 ? test_next(seed) % 20 : sizeof(random));
}

static void fill_address(struct record *r, const struct field *f, uint64_t *seed)
{
	static const uint8_t addresses[][16] = {
		{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1},
		{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 200, 0, 1},
		{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 168, 1, 200},
		{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
		{0x20, 1, 0xd, 0xb9, 0, 1},
		{0},
		{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
	};

	(void)record_address(r, f, addresses[test_next(seed) % ARRAY_LEN(addresses)]);
}

static void fill_number(struct record *r, const struct field *f, uint64_t *seed)
{
	static const uint64_t numbers[] = {0, 1, 2, 6, 17, 28, 443, 65535, UINT32_MAX,
		(uint64_t)INT64_MAX - 1, INT64_MAX, (uint64_t)INT64_MAX + 1,
		(uint64_t)INT64_MAX + 2, UINT64_MAX - 1, UINT64_MAX, 1684047600000000001ULL};
	uint64_t most = UINT64_MAX >> (64 - 8 * field_width(f->type));

	(void)record_number(r, f, numbers[test_next(seed) % ARRAY_LEN(numbers)] & most);
}

static void fill_field(struct record *r, const struct field *f, uint64_t *seed)
{
	if (f->type == FIELD_TEXT)
		fill_text(r, f, seed);
	else if (f->type == FIELD_ADDRESS)
		fill_address(r, f, seed);
	else
		fill_number(r, f, seed);
}

static void fill_table(struct record *r, const struct field_table *t, uint64_t *seed)
{
	for (size_t i = 0; i < t->count; i++) {
		uint64_t count = test_next(seed) % 3;

		if (!(t->fields[i].flags & FIELD_LIST))
			count = count != 0;
		for (uint64_t j = 0; j < count; j++)
			fill_field(r, &t->fields[i], seed);
	}
}

void test_fill(struct record *r, uint64_t *seed)
{
	for (size_t i = 0; r->kind->tables[i]; i++)
		fill_table(r, r->kind->tables[i], seed);
	if (r->kind == &kind_flow)
		fill_table(r, &test_tls_table, seed);
}
