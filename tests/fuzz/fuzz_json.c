/* SPDX-License-Identifier: Apache-2.0 */
/* A record of any values becomes one line of sound JSON that is inert in a page. A value is the
 * number of its field, a length and its octets. */
#include <stdbool.h>

#include "base/json.h"
#include "base/schema.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

static const struct field list_fields[] = {
	{.key = "dns.tags[]", .type = FIELD_TEXT, .flags = FIELD_LIST},
	{.key = "dns.queries[].rrname", .type = FIELD_TEXT, .flags = FIELD_LIST},
	{.key = "dns.queries[].rrtype", .type = FIELD_U16, .flags = FIELD_LIST | FIELD_HEX},
	{.key = "dns.queries[].in.ttl", .type = FIELD_TIME, .flags = FIELD_LIST},
};
static const struct field_table list_table = {"dns", list_fields, 4};
static const struct field_table *const tables[] = {
	&common_table, &flow_table_fields, &hit_table, &list_table, NULL};

static void add(struct record *r, const struct field *f, const uint8_t *octets, size_t bytes)
{
	static const unsigned number_bits[] = {8, 16, 32, 64, 64};
	uint8_t address[16] = {0};
	uint64_t number = 0;

	if (bytes) {
		memcpy(address, octets, bytes < 16 ? bytes : 16);
		memcpy(&number, octets, bytes < 8 ? bytes : 8);
	}
	if (f->type == FIELD_TEXT)
		(void)record_text(r, f, octets, bytes);
	else if (f->type == FIELD_ADDRESS)
		(void)record_address(r, f, address);
	else
		(void)record_number(r, f, number & UINT64_MAX >> (64 - number_bits[f->type]));
}

static void fill(struct record *r, const uint8_t *data, size_t size)
{
	while (size > 2) {
		size_t place = fuzz_take(&data, &size), bytes = fuzz_take(&data, &size);
		const struct field_table *t = tables[place % 4];

		if (bytes > size)
			bytes = size;
		add(r, &t->fields[place / 4 % t->count], data, bytes);
		data += bytes;
		size -= bytes;
	}
}

/* The grammar of RFC 8259 with what our own writer never does left out: no blanks, no fractions. */
struct reader {
	const char *at, *end;
	char open[64]; /* brackets */
	unsigned depth;
};

static char peek(const struct reader *in)
{
	return in->at < in->end ? *in->at : 0;
}

static void expect(struct reader *in, char c)
{
	assert(peek(in) == c);
	in->at++;
}

static void string(struct reader *in)
{
	expect(in, '"');
	while (peek(in) != '"') {
		uint32_t c;
		unsigned length = text_char(
			(const uint8_t *)in->at, (size_t)(in->end - in->at), &c);

		assert(length && c >= 0x20 && c != '<' && c != 0x7f && c != 0x2028 && c != 0x2029);
		in->at += length;
		if (c != '\\')
			continue;
		if (peek(in) == 'u')
			for (int i = 0; i < 4; i++)
				assert(strchr("0123456789abcdef", *++in->at));
		else
			assert(peek(in) && strchr("\"\\bfnrt", peek(in)));
		in->at++;
	}
	in->at++;
}

static void key(struct reader *in)
{
	if (in->depth && in->open[in->depth - 1] == '{') {
		string(in);
		expect(in, ':');
	}
}

/* One value, or the begin of one; true when a value is complete. */
static bool value(struct reader *in)
{
	if (peek(in) == '{' || peek(in) == '[') {
		assert(in->depth < sizeof(in->open));
		in->open[in->depth++] = *in->at++;
		if (peek(in) != '}' && peek(in) != ']')
			return false;
		in->depth--;
		in->at++;
	} else if (peek(in) == '"') {
		string(in);
	} else {
		assert(peek(in) >= '0' && peek(in) <= '9');
		while (peek(in) >= '0' && peek(in) <= '9')
			in->at++;
	}
	return true;
}

static void sound(const char *text, size_t bytes)
{
	struct reader in = {.at = text, .end = text + bytes};

	do {
		key(&in);
		if (!value(&in))
			continue;
		while (in.depth && peek(&in) != ',')
			expect(&in, in.open[--in.depth] == '{' ? '}' : ']');
		if (in.depth)
			expect(&in, ',');
	} while (in.depth);
	assert(in.at == in.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t storage[RECORD_BYTES_MAX];
	struct json j = {0};
	struct record r;

	record_init(&r, &kind_flow, storage, sizeof(storage));
	fill(&r, data, size);
	json_record(&j, &r, tables);
	assert(!j.failed);
	sound(j.text, j.used);
	json_clear(&j);
	json_text(&j, NULL, data, size);
	sound(j.text, j.used);
	json_done(&j);
	return 0;
}
