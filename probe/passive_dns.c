/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/passive_dns.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/schema.h"
#include "dissectors/dns.h"
#include "probe/flow/slab.h"

#define PORT_MDNS    5353
#define PORT_LLMNR   5355
#define RECORD_BYTES (3 * RECORD_TEXT_BYTES_MAX + 256)

/* What is counted apart. */
enum part { PART_NAME, PART_TYPE, PART_DATA, PARTS };

struct entry {
	uint64_t count, first_ns, last_ns, hash;
	size_t at; /* of its three texts, one behind the other */
	uint16_t bytes[PARTS];
	uint32_t ttl_min, ttl_max;
};

struct passive_dns {
	struct passive_dns_limits limits;
	struct siphash_key key;
	struct entry *entries;
	uint32_t *places; /* by hash: 1 + an entry; 0: none */
	uint32_t place_mask, used;
	uint8_t *text;
	size_t text_used;
	uint64_t until_ns; /* of the window that the entries are of */
	uint8_t storage[RECORD_BYTES];
};

/* One record that was answered, while it is looked for. */
struct fact {
	const uint8_t *text[PARTS];
	uint16_t bytes[PARTS];
	uint32_t ttl;
	uint64_t time_ns, hash;
	uint8_t octets[PARTS * RECORD_TEXT_BYTES_MAX]; /* the texts as they are kept */
	size_t octet_count;
};

void passive_dns_free(struct passive_dns *p)
{
	if (!p)
		return;
	pages_unmap(p->entries, p->limits.entries * sizeof(*p->entries));
	pages_unmap(p->places, ((size_t)p->place_mask + 1) * sizeof(*p->places));
	pages_unmap(p->text, p->limits.text_bytes);
	free(p);
}

int passive_dns_new(struct passive_dns **ret, const struct passive_dns_limits *limits,
	const struct siphash_key *key)
{
	struct passive_dns *p = calloc(1, sizeof(*p));
	uint32_t places = 1;

	if (!p)
		return -ENOMEM;
	assert(limits->window_ns && limits->entries && limits->entries <= 1u << 30);
	while (places < 2 * limits->entries)
		places *= 2;
	p->limits = *limits;
	p->key = *key;
	p->place_mask = places - 1;
	p->entries = pages_map(limits->entries * sizeof(*p->entries));
	p->places = pages_map(places * sizeof(*p->places));
	p->text = pages_map(limits->text_bytes);
	if (!p->entries || !p->places || !p->text) {
		passive_dns_free(p);
		return -ENOMEM;
	}
	*ret = p;
	return 0;
}

/* Names that differ in case are one (RFC 4343); data is kept as it is. */
static void fact_finish(struct fact *f, const struct siphash_key *key)
{
	f->octet_count = 0;
	for (size_t part = 0; part < PARTS; part++) {
		uint8_t *to = f->octets + f->octet_count;

		if (f->bytes[part])
			memcpy(to, f->text[part], f->bytes[part]);
		for (size_t i = 0; part == PART_NAME && i < f->bytes[part]; i++)
			to[i] = to[i] >= 'A' && to[i] <= 'Z' ? (uint8_t)(to[i] + 32) : to[i];
		f->octet_count += f->bytes[part];
	}
	f->hash = siphash13(key, f->octets, f->octet_count);
}

static bool is_entry(const struct passive_dns *p, const struct entry *e, const struct fact *f)
{
	return e->hash == f->hash && memcmp(e->bytes, f->bytes, sizeof(e->bytes)) == 0 &&
	       memcmp(p->text + e->at, f->octets, f->octet_count) == 0;
}

/* The entry, new if need be; NULL when the table is full. */
static struct entry *find_entry(struct passive_dns *p, const struct fact *f)
{
	uint32_t place = (uint32_t)f->hash & p->place_mask;
	struct entry *e;

	for (; p->places[place]; place = (place + 1) & p->place_mask) { /* half of them are free */
		e = &p->entries[p->places[place] - 1];
		if (is_entry(p, e, f))
			return e;
	}
	if (p->used == p->limits.entries || p->limits.text_bytes - p->text_used < f->octet_count)
		return NULL;
	e = &p->entries[p->used++];
	p->places[place] = p->used;
	*e = (struct entry){.hash = f->hash, .at = p->text_used, .ttl_min = UINT32_MAX};
	memcpy(e->bytes, f->bytes, sizeof(e->bytes));
	memcpy(p->text + e->at, f->octets, f->octet_count);
	p->text_used += f->octet_count;
	return e;
}

static void count(struct passive_dns *p, struct fact *f, struct ledger *l)
{
	struct entry *e;

	fact_finish(f, &p->key);
	e = find_entry(p, f);
	if (!e) {
		l->n[LEDGER_NAMES_FULL]++;
		return;
	}
	l->n[LEDGER_NAMES_COUNTED]++;
	if (e->count++ == 0)
		e->first_ns = e->last_ns = f->time_ns;
	e->first_ns = f->time_ns < e->first_ns ? f->time_ns : e->first_ns;
	e->last_ns = f->time_ns > e->last_ns ? f->time_ns : e->last_ns;
	e->ttl_min = f->ttl < e->ttl_min ? f->ttl : e->ttl_min;
	e->ttl_max = f->ttl > e->ttl_max ? f->ttl : e->ttl_max;
}

static bool is_local(const struct record *message)
{
	static const enum common_field ports[] = {COMMON_SRC_PORT, COMMON_DEST_PORT};

	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		uint64_t port = record_get(message, &common_fields[ports[i]]);

		if (port == PORT_MDNS || port == PORT_LLMNR)
			return true;
	}
	return false;
}

static bool is_answer(const struct record *message)
{
	struct record_value kind;

	return record_find(message, &dns_fields[DNS_KIND], &kind) && kind.bytes == 6 &&
	       memcmp(kind.text, "answer", 6) == 0;
}

/* The columns of a section follow each other, name first and data last; so do their values. */
void passive_dns_add(
	struct passive_dns *p, const struct record *message, uint64_t clock_ns, struct ledger *l)
{
	struct record_value v = {0};
	struct fact f = {.ttl = 0};

	if (is_local(message)) {
		l->n[LEDGER_NAMES_LOCAL]++;
		return;
	}
	if (!is_answer(message))
		return;
	f.time_ns = record_get(message, &common_fields[COMMON_TIMESTAMP]);
	if (p->used == 0)
		p->until_ns = clock_ns - clock_ns % p->limits.window_ns + p->limits.window_ns;
	while (record_next(message, &v)) {
		ptrdiff_t column = v.field - &dns_fields[DNS_ANSWER_NAME];

		if (v.field < &dns_fields[DNS_ANSWER_NAME] ||
			v.field > &dns_fields[DNS_ADDITIONAL_RDATA])
			continue;
		column %= DNS_SECTION_COLUMNS;
		if (column == DNS_ANSWER_TTL - DNS_ANSWER_NAME) {
			f.ttl = (uint32_t)v.number;
			continue;
		}
		column = column > PART_DATA ? PART_DATA : column;
		f.text[column] = v.text;
		f.bytes[column] = (uint16_t)v.bytes;
		if (column == PART_DATA)
			count(p, &f, l);
	}
}

bool passive_dns_due(const struct passive_dns *p, uint64_t clock_ns)
{
	return p->used && clock_ns >= p->until_ns;
}

static void record_of(struct passive_dns *p, const struct entry *e, struct record *r)
{
	static const enum name_field fields[PARTS] = {NAME_RRNAME, NAME_RRTYPE, NAME_RDATA};
	const uint8_t *at = p->text + e->at;

	record_init(r, &kind_name, p->storage, sizeof(p->storage));
	for (size_t part = 0; part < PARTS; at += e->bytes[part++])
		record_text(r, &name_fields[fields[part]], at, e->bytes[part]);
	record_number(r, &name_fields[NAME_COUNT], e->count);
	record_number(r, &name_fields[NAME_FIRST], e->first_ns);
	record_number(r, &name_fields[NAME_LAST], e->last_ns);
	record_number(r, &name_fields[NAME_TTL_MIN], e->ttl_min);
	record_number(r, &name_fields[NAME_TTL_MAX], e->ttl_max);
}

int passive_dns_flush(
	struct passive_dns *p, int (*send)(void *context, const struct record *r), void *context)
{
	int error = 0;

	for (uint32_t i = 0; i < p->used && !error; i++) {
		struct record r;

		record_of(p, &p->entries[i], &r);
		error = send(context, &r);
	}
	if (p->used)
		memset(p->places, 0, ((size_t)p->place_mask + 1) * sizeof(*p->places));
	p->used = 0;
	p->text_used = 0;
	return error;
}
