/* SPDX-License-Identifier: Apache-2.0 */
/* IPFIX data records, RFC 7011 section 3.4; lists, RFC 6313 section 4.5.1; element numbers of the
 * IANA registry "IPFIX Information Elements". */
#include "base/ipfix_plan.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/schema.h"

#define IE_BASIC_LIST 291
#define NTP_EPOCH     2208988800u /* 1970 in seconds since 1900 */

enum ipfix_does {
	DOES_SKIP,
	DOES_NUMBER,
	DOES_V4,
	DOES_V6,
	DOES_TEXT,
	DOES_LIST,
	DOES_ICMP, /* type and code in one number */
	DOES_BOOT,
	DOES_NANOSECONDS, /* within the millisecond */
	DOES_SECONDS,     /* from here on: a point in time */
	DOES_MILLISECONDS,
	DOES_MICROSECONDS_NTP,
	DOES_NANOSECONDS_NTP,
	DOES_UPTIME,           /* milliseconds since the exporter started */
	DOES_MICROSECONDS_AGO, /* before the message was sent */
};

/* What other exporters say with other elements than we do, or wider. */
static const struct alias {
	uint32_t pen;
	uint16_t ie;
	uint8_t does;
	uint8_t bytes_max;
	const struct field *field;
} aliases[] = {
	{PEN_IANA, 85, DOES_NUMBER, 8, &flow_fields[FLOW_BYTES_TOSERVER]},
	{PEN_IANA, 86, DOES_NUMBER, 8, &flow_fields[FLOW_PKTS_TOSERVER]},
	{PEN_REVERSE, 85, DOES_NUMBER, 8, &flow_fields[FLOW_BYTES_TOCLIENT]},
	{PEN_REVERSE, 86, DOES_NUMBER, 8, &flow_fields[FLOW_PKTS_TOCLIENT]},
	{PEN_IANA, 231, DOES_NUMBER, 8, &flow_fields[FLOW_BYTES_TOSERVER]},
	{PEN_IANA, 232, DOES_NUMBER, 8, &flow_fields[FLOW_BYTES_TOCLIENT]},
	{PEN_IANA, 298, DOES_NUMBER, 8, &flow_fields[FLOW_PKTS_TOSERVER]},
	{PEN_IANA, 299, DOES_NUMBER, 8, &flow_fields[FLOW_PKTS_TOCLIENT]},
	{PEN_IANA, 6, DOES_NUMBER, 2, &flow_fields[FLOW_TCP_FLAGS_TOSERVER]},
	{PEN_REVERSE, 6, DOES_NUMBER, 2, &flow_fields[FLOW_TCP_FLAGS_TOCLIENT]},
	{PEN_IANA, 58, DOES_NUMBER, 2, &common_fields[COMMON_VLAN]},
	{PEN_IANA, 243, DOES_NUMBER, 2, &common_fields[COMMON_VLAN]},
	{PEN_IANA, 245, DOES_NUMBER, 2, &common_fields[COMMON_VLAN]},
	{PEN_IANA, 32, DOES_ICMP, 2, &common_fields[COMMON_ICMP_TYPE]},
	{PEN_IANA, 139, DOES_ICMP, 2, &common_fields[COMMON_ICMP_TYPE]},
	{PEN_IANA, 176, DOES_NUMBER, 1, &common_fields[COMMON_ICMP_TYPE]},
	{PEN_IANA, 177, DOES_NUMBER, 1, &common_fields[COMMON_ICMP_CODE]},
	{PEN_IANA, 178, DOES_NUMBER, 1, &common_fields[COMMON_ICMP_TYPE]},
	{PEN_IANA, 179, DOES_NUMBER, 1, &common_fields[COMMON_ICMP_CODE]},
	{PEN_IANA, 150, DOES_SECONDS, 4, &flow_fields[FLOW_START]},
	{PEN_IANA, 151, DOES_SECONDS, 4, &flow_fields[FLOW_END]},
	{PEN_IANA, 154, DOES_MICROSECONDS_NTP, 8, &flow_fields[FLOW_START]},
	{PEN_IANA, 155, DOES_MICROSECONDS_NTP, 8, &flow_fields[FLOW_END]},
	{PEN_IANA, 156, DOES_NANOSECONDS_NTP, 8, &flow_fields[FLOW_START]},
	{PEN_IANA, 157, DOES_NANOSECONDS_NTP, 8, &flow_fields[FLOW_END]},
	{PEN_IANA, 158, DOES_MICROSECONDS_AGO, 4, &flow_fields[FLOW_START]},
	{PEN_IANA, 159, DOES_MICROSECONDS_AGO, 4, &flow_fields[FLOW_END]},
	{PEN_IANA, 22, DOES_UPTIME, 4, &flow_fields[FLOW_START]},
	{PEN_IANA, 21, DOES_UPTIME, 4, &flow_fields[FLOW_END]},
	{PEN_IANA, 160, DOES_BOOT, 8, NULL},
};

struct element {
	uint32_t pen;
	uint16_t ie, length;
};

/* Only while a template is being read. */
struct draft {
	const struct ipfix_schema *schema;
	const struct record_kind *kind;
	const struct element *elements;
	size_t count;
};

static bool table_has(const struct field_table *table, const struct element *e, bool own_only)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct field *f = &table->fields[i];

		if (own_only && f->pen != KUKLA_PEN)
			continue;
		if (!(f->flags & FIELD_LIST) && f->pen == e->pen && f->ie == e->ie)
			return true;
	}
	return false;
}

static bool holds_any(const struct draft *d, const struct field_table *table)
{
	for (size_t i = 0; i < d->count; i++) {
		if (table_has(table, &d->elements[i], true))
			return true;
	}
	return false;
}

/* A record is of the kind whose last table it has an element of our own of; else it is a flow. */
static const struct record_kind *kind_of(const struct draft *d)
{
	const struct record_kind *flow = NULL;

	for (size_t k = 0; d->schema->kinds[k]; k++) {
		const struct record_kind *kind = d->schema->kinds[k];
		size_t last = 0;

		if (kind == &kind_flow) {
			flow = kind;
			continue;
		}
		while (kind->tables[last + 1])
			last++;
		if (holds_any(d, kind->tables[last]))
			return kind;
	}
	return flow;
}

static const struct field *field_in(
	const struct field_table *table, uint32_t pen, uint16_t ie, bool list)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct field *f = &table->fields[i];

		if (list != !!(f->flags & FIELD_LIST))
			continue;
		if (f->pen == pen &&
			(f->ie == ie || (f->type == FIELD_ADDRESS && f->ie_more == ie)))
			return f;
		if (f->type == FIELD_TIME && f->ie_more == ie && pen == KUKLA_PEN)
			return f;
	}
	return NULL;
}

static const struct field *find(const struct ipfix_schema *schema, const struct record_kind *kind,
	uint32_t pen, uint16_t ie, bool list)
{
	const struct field *f = NULL;

	for (size_t t = 0; kind->tables[t] && !f; t++)
		f = field_in(kind->tables[t], pen, ie, list);
	for (size_t t = 0; schema->tables && schema->tables[t] && !f; t++)
		f = field_in(schema->tables[t], pen, ie, list);
	return f;
}

/* Ours. The longest that the element may be goes to *ret_bytes; *ret_exact: it is never shorter. */
static void step_of_field(
	struct ipfix_step *s, const struct element *e, uint16_t *ret_bytes, bool *ret_exact)
{
	const struct field *f = s->field;

	switch (f->type) {
	case FIELD_TIME:
		s->does = f->pen == e->pen && f->ie == e->ie ? DOES_MILLISECONDS : DOES_NANOSECONDS;
		*ret_exact = s->does == DOES_MILLISECONDS;
		*ret_bytes = *ret_exact ? 8 : 4;
		break;
	case FIELD_ADDRESS:
		s->does = f->ie == e->ie ? DOES_V4 : DOES_V6;
		*ret_bytes = s->does == DOES_V4 ? 4 : 16;
		*ret_exact = true;
		break;
	case FIELD_TEXT:
		s->does = DOES_TEXT;
		*ret_bytes = IPFIX_VARIABLE;
		break;
	default:
		s->does = DOES_NUMBER;
		*ret_bytes = (uint16_t)field_width(f->type);
	}
}

static const struct alias *alias_of(const struct element *e)
{
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
		if (aliases[i].pen == e->pen && aliases[i].ie == e->ie)
			return &aliases[i];
	}
	return NULL;
}

/* False: the element is longer than it may be, or must be of another length. */
static bool step_init(struct ipfix_step *s, const struct draft *d, const struct element *e)
{
	const struct alias *a = d->kind == &kind_flow || !d->kind ? alias_of(e) : NULL;
	uint16_t bytes_max = IPFIX_VARIABLE;
	bool exact = false;

	*s = (struct ipfix_step){.length = e->length};
	if (a && (d->kind || a->does == DOES_BOOT)) {
		s->does = a->does;
		s->field = a->field;
		bytes_max = a->bytes_max;
		exact = a->does > DOES_NANOSECONDS || a->does == DOES_BOOT;
	} else if (e->pen == PEN_IANA && e->ie == IE_BASIC_LIST) {
		s->does = DOES_LIST;
	} else if (d->kind) {
		s->field = find(d->schema, d->kind, e->pen, e->ie, false);
		if (s->field)
			step_of_field(s, e, &bytes_max, &exact);
	}
	if (bytes_max == IPFIX_VARIABLE)
		return true;
	return e->length <= bytes_max && e->length > 0 && (!exact || e->length == bytes_max);
}

/* Whether another element of the template says the same, and is to be believed: the field's own
 * one, else the first. */
static bool loses(const struct ipfix_plan *p, const struct draft *d, uint32_t i)
{
	const struct field *f = p->steps[i].field;
	bool own = f->pen == d->elements[i].pen && f->ie == d->elements[i].ie;

	for (uint32_t j = 0; j < p->step_count; j++) {
		bool other_own = f->pen == d->elements[j].pen && f->ie == d->elements[j].ie;

		if (j == i || p->steps[j].field != f || p->steps[j].does == DOES_NANOSECONDS)
			continue;
		if (other_own > own || (other_own == own && j < i))
			return true;
	}
	return false;
}

/* Each field gets its value from one element. Times are collected before they are added. */
static bool steps_settle(struct ipfix_plan *p, const struct draft *d)
{
	for (uint32_t i = 0; i < p->step_count; i++) {
		struct ipfix_step *s = &p->steps[i];
		uint32_t t = 0;

		if (s->field && !(s->field->flags & FIELD_LIST) && s->does != DOES_NANOSECONDS &&
			loses(p, d, i))
			*s = (struct ipfix_step){.length = s->length};
		if (s->does < DOES_NANOSECONDS)
			continue;
		while (t < p->time_count && p->times[t] != s->field)
			t++;
		if (t == IPFIX_PLAN_TIMES)
			return false;
		p->times[t] = s->field;
		p->time_count += t == p->time_count;
		s->time = (uint8_t)t;
	}
	return true;
}

/* A flow that does not say when it was seen gets the time of its end. */
static bool needs_stamp(const struct ipfix_plan *p)
{
	const struct field *stamp = &common_fields[COMMON_TIMESTAMP];

	for (uint32_t i = 0; i < p->time_count; i++) {
		if (p->times[i] == stamp)
			return false;
	}
	return p->kind == &kind_flow;
}

static int plan_fill(struct ipfix_plan *p, const struct draft *d, const char **ret_reason)
{
	bool understood = false;

	for (uint32_t i = 0; i < p->step_count; i++) {
		const struct element *e = &d->elements[i];

		if (!step_init(&p->steps[i], d, e)) {
			*ret_reason = "template with an element of a length that it cannot have";
			return -EBADMSG;
		}
		understood |= p->steps[i].field != NULL;
		p->record_bytes_min += e->length == IPFIX_VARIABLE ? 1 : e->length;
	}
	*ret_reason = "template whose records are empty";
	if (p->record_bytes_min == 0)
		return -EBADMSG;
	*ret_reason = "template with too many times";
	if (!steps_settle(p, d))
		return -EBADMSG;
	p->kind = understood ? d->kind : NULL;
	p->stamp = needs_stamp(p);
	return 0;
}

int ipfix_plan_new(struct ipfix_plan **ret, const struct ipfix_schema *schema, struct cursor *in,
	unsigned element_count, unsigned scope_count, const char **ret_reason)
{
	_cleanup_(free_ptr) struct element *elements = calloc(element_count, sizeof(*elements));
	struct ipfix_plan *p = calloc(1, sizeof(*p));
	const uint8_t *spec = in->pos;
	struct draft d = {.schema = schema, .elements = elements, .count = element_count};
	int error = -ENOMEM;

	*ret_reason = "out of memory";
	if (!p || !elements)
		goto fail;
	for (unsigned i = 0; i < element_count; i++) {
		struct element *e = &elements[i];

		e->ie = cur_u16(in);
		e->length = cur_u16(in);
		e->pen = e->ie & 0x8000 ? cur_u32(in) : PEN_IANA;
		e->ie &= 0x7fff;
	}
	error = -EBADMSG;
	*ret_reason = "template cut off";
	if (in->bad)
		goto fail;
	error = -ENOMEM;
	p->options = scope_count > 0;
	p->spec_bytes = (size_t)(in->pos - spec);
	p->spec = malloc(p->spec_bytes);
	p->steps = calloc(element_count, sizeof(*p->steps));
	p->step_count = element_count;
	if (!p->spec || !p->steps)
		goto fail;
	memcpy(p->spec, spec, p->spec_bytes);
	d.kind = p->options ? NULL : kind_of(&d);
	error = plan_fill(p, &d, ret_reason);
	if (error)
		goto fail;
	*ret = p;
	return 0;
fail:
	ipfix_plan_free(p);
	return error;
}

void ipfix_plan_free(struct ipfix_plan *p)
{
	if (!p)
		return;
	free(p->spec);
	free(p->steps);
	free(p);
}

/* The record that is being read. */
struct reading {
	const struct ipfix_plan *plan;
	const struct ipfix_schema *schema;
	struct ipfix_moment *moment;
	struct record *record;
	uint64_t times[IPFIX_PLAN_TIMES];
	bool contradiction;
};

static uint64_t number_of(const uint8_t *octets, size_t bytes)
{
	uint64_t n = 0;

	for (size_t i = 0; i < bytes; i++)
		n = n << 8 | octets[i];
	return n;
}

/* Of a wider element than ours: flags lose their high bits, counts stay at the most we can say. */
static void add_number(struct record *r, const struct field *f, uint64_t n)
{
	unsigned bits = 8u * field_width(f->type);

	if (bits < 64 && n >> bits)
		n = f->flags & FIELD_HEX ? n & (((uint64_t)1 << bits) - 1)
					 : ((uint64_t)1 << bits) - 1;
	record_number(r, f, n);
}

static void add_address(
	struct record *r, const struct field *f, const uint8_t *octets, size_t bytes)
{
	static const uint8_t none[16];
	uint8_t address[16] = {[10] = 0xff, [11] = 0xff};

	if (!(f->flags & (FIELD_KEEP_ZERO | FIELD_LIST)) && memcmp(octets, none, bytes) == 0)
		return;
	memcpy(address + 16 - bytes, octets, bytes);
	record_address(r, f, address);
}

/* Elements of fixed length are filled up with zeros. */
static size_t text_bytes(const struct ipfix_step *s, const uint8_t *octets, size_t bytes)
{
	if (s->length == IPFIX_VARIABLE)
		return bytes;
	while (bytes && octets[bytes - 1] == 0)
		bytes--;
	return bytes;
}

static uint64_t ntp_ns(uint64_t ntp, uint64_t units) /* RFC 7011 sections 6.1.9 and 6.1.10 */
{
	uint64_t seconds = ntp >> 32, fraction = ntp & UINT32_MAX;

	if (ntp == 0)
		return 0;
	if (seconds < NTP_EPOCH)
		seconds += (uint64_t)1 << 32; /* the era that begins in 2036 */
	fraction = (fraction * units + ((uint64_t)1 << 31)) >> 32;
	return (seconds - NTP_EPOCH) * 1000000000 + fraction * (1000000000 / units);
}

static bool time_ns(uint8_t does, uint64_t n, const struct ipfix_moment *moment, uint64_t *ret)
{
	uint64_t now_ns = moment->export_s * (uint64_t)1000000000;

	switch (does) {
	case DOES_SECONDS:
		*ret += n * 1000000000;
		return true;
	case DOES_MICROSECONDS_NTP:
		*ret += ntp_ns(n, 1000000);
		return true;
	case DOES_NANOSECONDS_NTP:
		*ret += ntp_ns(n, 1000000000);
		return true;
	case DOES_MICROSECONDS_AGO:
		*ret += now_ns > n * 1000 ? now_ns - n * 1000 : 0;
		return true;
	case DOES_UPTIME:
		if (moment->boot_ms == 0) { /* when that was we were not told */
			*ret += now_ns;
			return true;
		}
		n += moment->boot_ms;
		break;
	case DOES_NANOSECONDS:
		if (n >= 1000000 || *ret > UINT64_MAX - n)
			return false;
		*ret += n;
		return true;
	default:
		break;
	}
	if (n > (UINT64_MAX - *ret) / 1000000)
		return false;
	*ret += n * 1000000;
	return true;
}

static void add_list(struct reading *g, const uint8_t *octets, size_t bytes)
{
	struct cursor in = cur_init(octets, bytes);
	struct ipfix_step s = {0};
	uint32_t pen = PEN_IANA;
	uint16_t ie;

	(void)cur_u8(&in); /* semantic */
	ie = cur_u16(&in);
	s.length = cur_u16(&in);
	if (ie & 0x8000)
		pen = cur_u32(&in);
	if (in.bad || s.length == 0) {
		g->contradiction = true;
		return;
	}
	s.field = find(g->schema, g->plan->kind, pen, ie & 0x7fff, true);
	for (unsigned n = 0; s.field && cur_left(&in); n++) {
		size_t length = s.length;
		const uint8_t *value;

		if (length == IPFIX_VARIABLE) {
			length = cur_u8(&in);
			length = length == 255 ? cur_u16(&in) : length;
		}
		value = cur_take(&in, length);
		if (in.bad || n == IPFIX_LIST_ELEMENTS) {
			g->contradiction = true;
			return;
		}
		if (s.field->type == FIELD_TEXT)
			record_text(g->record, s.field, value, text_bytes(&s, value, length));
		else if (s.field->type == FIELD_ADDRESS && (length == 4 || length == 16))
			add_address(g->record, s.field, value, length);
		else if (s.field->type < FIELD_TIME && length <= 8)
			add_number(g->record, s.field, number_of(value, length));
		else
			g->contradiction = true;
	}
}

static void take(struct reading *g, const struct ipfix_step *s, const uint8_t *octets, size_t bytes)
{
	uint64_t n;

	switch (s->does) {
	case DOES_SKIP:
		break;
	case DOES_NUMBER:
		add_number(g->record, s->field, number_of(octets, bytes));
		break;
	case DOES_V4:
	case DOES_V6:
		add_address(g->record, s->field, octets, bytes);
		break;
	case DOES_TEXT:
		record_text(g->record, s->field, octets, text_bytes(s, octets, bytes));
		break;
	case DOES_LIST:
		add_list(g, octets, bytes);
		break;
	case DOES_ICMP:
		n = number_of(octets, bytes);
		record_number(g->record, &common_fields[COMMON_ICMP_TYPE], n >> 8);
		record_number(g->record, &common_fields[COMMON_ICMP_CODE], n & 0xff);
		break;
	case DOES_BOOT:
		g->moment->boot_ms = number_of(octets, bytes);
		break;
	default:
		if (!time_ns(s->does, number_of(octets, bytes), g->moment, &g->times[s->time]))
			g->contradiction = true;
	}
}

static void add_times(struct reading *g)
{
	uint64_t stamp = g->moment->export_s * (uint64_t)1000000000;

	for (uint32_t t = 0; t < g->plan->time_count; t++) {
		record_number(g->record, g->plan->times[t], g->times[t]);
		if (g->plan->times[t] == &flow_fields[FLOW_END] && g->times[t])
			stamp = g->times[t];
	}
	if (g->plan->stamp)
		record_number(g->record, &common_fields[COMMON_TIMESTAMP], stamp);
}

int ipfix_plan_read(const struct ipfix_plan *p, const struct ipfix_schema *schema,
	struct cursor *in, struct ipfix_moment *moment, struct record *r)
{
	struct reading g = {.plan = p, .schema = schema, .moment = moment, .record = r};

	for (uint32_t i = 0; i < p->step_count; i++) {
		const struct ipfix_step *s = &p->steps[i];
		size_t bytes = s->length;
		const uint8_t *octets;

		if (bytes == IPFIX_VARIABLE) {
			bytes = cur_u8(in);
			bytes = bytes == 255 ? cur_u16(in) : bytes;
		}
		octets = cur_take(in, bytes);
		if (in->bad)
			return -EBADMSG;
		if (s->does != DOES_SKIP && (p->kind || s->does == DOES_BOOT))
			take(&g, s, octets, bytes);
	}
	if (!p->kind)
		return 0;
	add_times(&g);
	return g.contradiction ? 0 : 1;
}
