/* SPDX-License-Identifier: Apache-2.0 */
/* Names added up over windows, without who asked. */
#include <errno.h>
#include <stdio.h>

#include "base/schema.h"
#include "dissectors/dns.h"
#include "probe/passive_dns.h"
#include "tests/unit/unit.h"

#define SECOND 1000000000ull

static const struct siphash_key key = {1, 2};
static struct ledger ledger;
static uint8_t storage[RECORD_BYTES_MAX];
static struct record message;

static void text(enum dns_field f, const char *value)
{
	record_text(&message, &dns_fields[f], value, strlen(value));
}

static void begin(uint64_t time_ns, const char *kind, uint16_t port)
{
	record_init(&message, &dns_kind, storage, sizeof(storage));
	record_number(&message, &common_fields[COMMON_TIMESTAMP], time_ns);
	record_number(&message, &common_fields[COMMON_DEST_PORT], port);
	text(DNS_KIND, kind);
	text(DNS_QUERY_NAME, "asked.example.org");
}

static void add(enum dns_field section, const char *name, const char *data, uint32_t ttl)
{
	text(section, name);
	text(section + 1, "A");
	record_number(&message, &dns_fields[section + 2], ttl);
	text(section + 3, data);
}

static struct passive_dns *make(uint32_t entries, size_t text_bytes)
{
	const struct passive_dns_limits limits = {
		.window_ns = 300 * SECOND, .entries = entries, .text_bytes = text_bytes};
	struct passive_dns *p = NULL;

	memset(&ledger, 0, sizeof(ledger));
	assert_int_equal(passive_dns_new(&p, &limits, &key), 0);
	return p;
}

struct said {
	char text[4096];
	size_t used;
	unsigned count, stop_at;
};

static const char *value(const struct record *r, enum name_field f, char to[64])
{
	struct record_value v = {0};

	if (!record_find(r, &name_fields[f], &v))
		return "-";
	if (v.field->type == FIELD_TEXT)
		(void)snprintf(to, 64, "%.*s", (int)v.bytes, (const char *)v.text);
	else if (v.field->type == FIELD_TIME)
		(void)snprintf(to, 64, "%llu", (unsigned long long)(v.number / SECOND));
	else
		(void)snprintf(to, 64, "%llu", (unsigned long long)v.number);
	return to;
}

static int take(void *context, const struct record *r)
{
	struct said *s = context;
	char to[64];

	assert_ptr_equal(r->kind, &kind_name);
	for (enum name_field f = 0; f < NAME_FIELDS; f++)
		s->used += (size_t)snprintf(
			s->text + s->used, sizeof(s->text) - s->used, "%s ", value(r, f, to));
	s->used += (size_t)snprintf(s->text + s->used, sizeof(s->text) - s->used, "\n");
	return ++s->count == s->stop_at ? -EPIPE : 0;
}

static void test_sums(void **state)
{
	struct passive_dns *p = make(100, 10000);
	struct said said = {0};

	(void)state;
	begin(1000 * SECOND, "answer", 53);
	add(DNS_ANSWER_NAME, "WWW.example.org", "192.0.2.1", 60);
	add(DNS_ANSWER_NAME, "www.example.org", "192.0.2.2", 60);
	add(DNS_AUTHORITY_NAME, "example.org", "ns.example.org", 1);
	add(DNS_ADDITIONAL_NAME, "ns.example.org", "", 2);
	passive_dns_add(p, &message, 1000 * SECOND, &ledger);
	begin(999 * SECOND, "answer", 53); /* out of order */
	add(DNS_ANSWER_NAME, "www.Example.org", "192.0.2.1", 300);
	passive_dns_add(p, &message, 1001 * SECOND, &ledger);
	begin(1002 * SECOND, "query", 53); /* a known answer is no answer */
	add(DNS_ANSWER_NAME, "www.example.org", "192.0.2.1", 7);
	passive_dns_add(p, &message, 1002 * SECOND, &ledger);
	begin(1002 * SECOND, "answer", 5353);
	add(DNS_ANSWER_NAME, "somebodys-phone.local", "192.0.2.9", 7);
	passive_dns_add(p, &message, 1002 * SECOND, &ledger);
	assert_false(passive_dns_due(p, 1199 * SECOND));
	assert_true(passive_dns_due(p, 1200 * SECOND));
	assert_int_equal(passive_dns_flush(p, take, &said), 0);
	assert_string_equal(said.text, "www.example.org A 192.0.2.1 2 999 1000 60 300 \n"
				       "www.example.org A 192.0.2.2 1 1000 1000 60 60 \n"
				       "example.org A ns.example.org 1 1000 1000 1 1 \n"
				       "ns.example.org A - 1 1000 1000 2 2 \n");
	assert_int_equal(ledger.n[LEDGER_NAMES_COUNTED], 5);
	assert_int_equal(ledger.n[LEDGER_NAMES_LOCAL], 1);
	assert_int_equal(ledger.n[LEDGER_NAMES_FULL], 0);
	assert_false(passive_dns_due(p, UINT64_MAX));
	assert_int_equal(passive_dns_flush(p, take, &said), 0);
	assert_int_equal(said.count, 4);
	passive_dns_free(p);
}

/* Parts that run into each other are not the same. */
static void test_edges(void **state)
{
	struct passive_dns *p = make(100, 10000);
	struct said said = {0};

	(void)state;
	begin(0, "answer", 53);
	add(DNS_ANSWER_NAME, "a", "ab", 0);
	add(DNS_ANSWER_NAME, "aA", "b", 0);
	add(DNS_ANSWER_NAME, "", "", 0);
	passive_dns_add(p, &message, 0, &ledger);
	assert_int_equal(passive_dns_flush(p, take, &said), 0);
	assert_int_equal(said.count, 3);
	/* whoever takes them may have seen enough */
	passive_dns_add(p, &message, 0, &ledger);
	said.count = 0;
	said.stop_at = 2;
	assert_int_equal(passive_dns_flush(p, take, &said), -EPIPE);
	assert_int_equal(said.count, 2);
	passive_dns_free(p);
	passive_dns_free(NULL);
}

/* Full is an answer: what is there goes on to be counted, what is not is left out. */
static void full(uint32_t entries, size_t text_bytes, unsigned want)
{
	struct passive_dns *p = make(entries, text_bytes);
	struct said said = {0};
	char name[16];

	for (int turn = 0; turn < 2; turn++) {
		for (unsigned i = 0; i < 20; i++) {
			(void)snprintf(name, sizeof(name), "%02u.example", i);
			begin(SECOND, "answer", 53);
			add(DNS_ANSWER_NAME, name, "1", 0);
			passive_dns_add(p, &message, SECOND, &ledger);
		}
	}
	assert_int_equal(ledger.n[LEDGER_NAMES_COUNTED], 2 * want);
	assert_int_equal(ledger.n[LEDGER_NAMES_FULL], 2 * (20 - want));
	assert_int_equal(passive_dns_flush(p, take, &said), 0);
	assert_int_equal(said.count, want);
	begin(SECOND, "answer", 53);
	add(DNS_ANSWER_NAME, "nw.example", "1", 0);
	passive_dns_add(p, &message, SECOND, &ledger); /* there is room again */
	assert_int_equal(ledger.n[LEDGER_NAMES_COUNTED], 2 * want + 1);
	passive_dns_free(p);
}

static void test_full(void **state)
{
	(void)state;
	full(7, 10000, 7);
	full(100, 60, 5); /* ten octets of name, one of type, one of data */
	full(1, 12, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
