/* SPDX-License-Identifier: Apache-2.0 */
/* DNS messages over UDP and TCP, RFC 1035 section 4; multicast DNS (RFC 6762) and LLMNR (RFC 4795)
 * look the same. Every message becomes a record of its own: its questions and its answer section.
 */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/schema.h"
#include "base/text.h"
#include "dissectors/dissect.h"

#define HEADER_BYTES      12
#define NAME_BYTES_MAX    255
#define NAME_TEXT_MAX     (4 * NAME_BYTES_MAX) /* every octet as \DDD */
#define LABELS_MAX        127
#define JUMPS_MAX         64
#define RECORDS_MAX       256
#define MESSAGE_BYTES_MAX 8192 /* of the record of one message */
#define ENTRY_BYTES       100  /* of a record answered, but for its texts */
#define TYPE_TEXT_MAX     12

enum dns_field {
	DNS_TYPE,
	DNS_ID,
	DNS_RCODE,
	DNS_QUERY_NAME,
	DNS_QUERY_TYPE,
	DNS_ANSWER_NAME,
	DNS_ANSWER_TYPE,
	DNS_ANSWER_TTL,
	DNS_ANSWER_RDATA,
	DNS_FIELDS
};

enum record_type {
	A = 1,
	NS = 2,
	CNAME = 5,
	SOA = 6,
	PTR = 12,
	MX = 15,
	TXT = 16,
	AAAA = 28,
	SRV = 33
};

static const struct field dns_fields[DNS_FIELDS] = {
	[DNS_TYPE] = {"dns.type", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2000, 0, "dnsMessageType",
		NULL, "Kind", "query or answer, by the QR bit (RFC 1035 section 4.1.1).", NULL},
	[DNS_ID] = {"dns.id", FIELD_U16, FIELD_KEEP_ZERO, MATCH_NONE, PEN_CERT, 226, 0, "dnsID",
		NULL, "ID", "Identifier of the query and its answer.", NULL},
	[DNS_RCODE] = {"dns.rcode", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2002, 0, "dnsRcode", NULL,
		"Result", "Response code of an answer, as IANA names it.", NULL},
	[DNS_QUERY_NAME] = {"dns.queries[].rrname", FIELD_TEXT, FIELD_LIST | FIELD_HOST, MATCH_NAME,
		PEN_CERT, 179, 0, "dnsQName", NULL, "Name",
		"Name asked for, without the last dot; odd octets as \\DDD.", NULL},
	[DNS_QUERY_TYPE] = {"dns.queries[].rrtype", FIELD_TEXT, FIELD_LIST, MATCH_NONE, KUKLA_PEN,
		2004, 0, "dnsQueryType", NULL, "Type", "Type asked for, as IANA names it.", NULL},
	[DNS_ANSWER_NAME] = {"dns.answers[].rrname", FIELD_TEXT, FIELD_LIST, MATCH_NAME, KUKLA_PEN,
		2005, 0, "dnsAnswerName", NULL, "Owner", "Owner name of a record answered.", NULL},
	[DNS_ANSWER_TYPE] = {"dns.answers[].rrtype", FIELD_TEXT, FIELD_LIST, MATCH_NONE, KUKLA_PEN,
		2006, 0, "dnsAnswerType", NULL, "Type", "Type of a record answered.", NULL},
	[DNS_ANSWER_TTL] = {"dns.answers[].ttl", FIELD_U32, FIELD_LIST | FIELD_KEEP_ZERO,
		MATCH_NONE, PEN_CERT, 199, 0, "dnsTTL", "s", "TTL",
		"Time to live of a record answered.", NULL},
	[DNS_ANSWER_RDATA] = {"dns.answers[].rdata", FIELD_TEXT, FIELD_LIST, MATCH_ADDRESS,
		KUKLA_PEN, 2008, 0, "dnsAnswerData", NULL, "Data",
		"Address, name or text of a record answered; empty for types we do not read.",
		NULL},
};

static const struct field_table dns_table = {"dns", dns_fields, DNS_FIELDS};
static const struct record_kind dns_kind = {"dns", {&common_table, &dns_table}};

struct header {
	uint16_t id, flags, questions, answers, authorities, additionals;
};

/* Text under construction. */
struct text {
	size_t used;
	char bytes[RECORD_TEXT_BYTES_MAX];
};

_Static_assert(NAME_TEXT_MAX <= RECORD_TEXT_BYTES_MAX, "a name is never cut");

static const char *type_name(uint16_t type)
{
	static const struct {
		uint16_t type;
		const char *name;
	} names[] = {{A, "A"}, {NS, "NS"}, {CNAME, "CNAME"}, {SOA, "SOA"}, {10, "NULL"},
		{PTR, "PTR"}, {13, "HINFO"}, {MX, "MX"}, {TXT, "TXT"}, {17, "RP"}, {18, "AFSDB"},
		{24, "SIG"}, {25, "KEY"}, {AAAA, "AAAA"}, {29, "LOC"}, {SRV, "SRV"}, {35, "NAPTR"},
		{36, "KX"}, {37, "CERT"}, {39, "DNAME"}, {41, "OPT"}, {42, "APL"}, {43, "DS"},
		{44, "SSHFP"}, {45, "IPSECKEY"}, {46, "RRSIG"}, {47, "NSEC"}, {48, "DNSKEY"},
		{49, "DHCID"}, {50, "NSEC3"}, {51, "NSEC3PARAM"}, {52, "TLSA"}, {53, "SMIMEA"},
		{55, "HIP"}, {59, "CDS"}, {60, "CDNSKEY"}, {61, "OPENPGPKEY"}, {62, "CSYNC"},
		{63, "ZONEMD"}, {64, "SVCB"}, {65, "HTTPS"}, {99, "SPF"}, {108, "EUI48"},
		{109, "EUI64"}, {249, "TKEY"}, {250, "TSIG"}, {251, "IXFR"}, {252, "AXFR"},
		{255, "ANY"}, {256, "URI"}, {257, "CAA"}, {32768, "TA"}, {32769, "DLV"}};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i].type == type)
			return names[i].name;
	}
	return NULL;
}

static void record_type_name(struct record *r, const struct field *f, uint16_t type)
{
	const char *name = type_name(type);
	char text[TYPE_TEXT_MAX];

	if (!name) { /* RFC 3597 section 5 */
		(void)snprintf(text, sizeof(text), "TYPE%u", type);
		name = text;
	}
	record_text(r, f, name, strlen(name));
}

static void record_rcode(struct record *r, unsigned rcode)
{
	static const char *const names[16] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
		"NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE",
		"DSOTYPENI", "RCODE12", "RCODE13", "RCODE14", "RCODE15"};

	record_text(r, &dns_fields[DNS_RCODE], names[rcode], strlen(names[rcode]));
}

static void add_octets(struct text *t, const void *octets, size_t bytes)
{
	size_t room = sizeof(t->bytes) - t->used;

	bytes = bytes < room ? bytes : room;
	memcpy(t->bytes + t->used, octets, bytes);
	t->used += bytes;
}

/* One octet of a label, RFC 1035 section 5.1. */
static void add_label_octet(struct text *t, uint8_t c)
{
	char escaped[4] = {'\\', (char)c};

	if (c == '.' || c == '\\') {
		add_octets(t, escaped, 2);
	} else if (c > ' ' && c < 0x7f) {
		add_octets(t, &c, 1);
	} else {
		escaped[1] = (char)('0' + c / 100);
		escaped[2] = (char)('0' + c / 10 % 10);
		escaped[3] = (char)('0' + c % 10);
		add_octets(t, escaped, 4);
	}
}

/* A name, RFC 1035 section 4.1.4, onto `t`; a pointer must lead to before everything it has been
 * reached from. A name that breaks a limit makes `in` bad. */
static void add_name(struct text *t, struct cursor *in, const struct cursor *message)
{
	struct cursor walk = *in;
	size_t wire_bytes = 1, lowest = (size_t)(in->pos - message->begin);
	unsigned labels = 0, jumps = 0;

	for (;;) {
		uint8_t length = cur_u8(&walk);

		if (length >= 0xc0) {
			size_t target = (size_t)(length & 0x3f) << 8 | cur_u8(&walk);

			if (jumps++ == 0)
				*in = walk;
			if (walk.bad || target >= lowest || jumps > JUMPS_MAX)
				break;
			lowest = target;
			walk = *message;
			cur_skip(&walk, target);
			continue;
		}
		if (length == 0 && !walk.bad) {
			if (jumps == 0)
				*in = walk;
			return;
		}
		wire_bytes += length + 1u;
		if (length > 63 || walk.bad || wire_bytes > NAME_BYTES_MAX || labels == LABELS_MAX)
			break;
		if (labels++ > 0)
			add_octets(t, ".", 1);
		for (; length > 0; length--)
			add_label_octet(t, cur_u8(&walk));
	}
	cur_fail(in);
}

static void add_address(struct text *t, struct cursor data)
{
	uint8_t address[16] = {[10] = 0xff, [11] = 0xff};
	char text[TEXT_ADDRESS_BYTES];
	size_t bytes = cur_left(&data);

	memcpy(address + 16 - bytes, data.pos, bytes);
	add_octets(t, text, text_address(text, address));
}

/* The character strings of a TXT record belong together (RFC 7208 section 3.3). */
static void add_strings(struct text *t, struct cursor *data)
{
	while (cur_left(data) > 0) {
		size_t bytes = cur_u8(data);
		const uint8_t *octets = cur_take(data, bytes);

		if (octets)
			add_octets(t, octets, bytes);
	}
}

static void add_soa(struct text *t, struct cursor *data, const struct cursor *message)
{
	char numbers[60];

	add_name(t, data, message);
	add_octets(t, " ", 1);
	add_name(t, data, message);
	for (int i = 0; i < 5; i++) {
		int bytes = snprintf(numbers, sizeof(numbers), " %u", cur_u32(data));

		add_octets(t, numbers, (size_t)bytes);
	}
}

/* The data of a record as text. Of MX and SRV the host alone: that is what is looked for. False
 * when it is malformed. */
static bool add_data(
	struct text *t, uint16_t type, struct cursor data, const struct cursor *message)
{
	switch (type) {
	case A:
	case AAAA:
		if (cur_left(&data) != (type == A ? 4 : 16))
			return false;
		add_address(t, data);
		break;
	case NS:
	case CNAME:
	case PTR:
		add_name(t, &data, message);
		break;
	case MX:
		cur_skip(&data, 2);
		add_name(t, &data, message);
		break;
	case SRV:
		cur_skip(&data, 6);
		add_name(t, &data, message);
		break;
	case SOA:
		add_soa(t, &data, message);
		break;
	case TXT:
		add_strings(t, &data);
		break;
	default:
		break;
	}
	return !data.bad;
}

static struct header read_header(struct cursor *in)
{
	struct header h;

	h.id = cur_u16(in);
	h.flags = cur_u16(in);
	h.questions = cur_u16(in);
	h.answers = cur_u16(in);
	h.authorities = cur_u16(in);
	h.additionals = cur_u16(in);
	return h;
}

static bool is_answer(const struct header *h)
{
	return h->flags & 0x8000;
}

static unsigned opcode(const struct header *h)
{
	return h->flags >> 11 & 15;
}

/* Whether one more entry with `bytes` of text fits: all of its columns or none. */
static bool has_room(struct record *r, size_t bytes)
{
	size_t limit = r->size < MESSAGE_BYTES_MAX ? r->size : MESSAGE_BYTES_MAX;

	if (r->used + bytes + ENTRY_BYTES <= limit)
		return true;
	r->lost_values++;
	return false;
}

/* False when a question is malformed. */
static bool read_questions(
	struct dissect *d, struct cursor *in, unsigned count, const struct cursor *message)
{
	struct text name;

	for (unsigned i = 0; i < count && i < RECORDS_MAX; i++, d->steps++) {
		uint16_t type;

		name.used = 0;
		add_name(&name, in, message);
		type = cur_u16(in);
		cur_skip(in, 2); /* class */
		if (in->bad)
			return false;
		if (!has_room(d->message, name.used))
			continue;
		record_text(d->message, &dns_fields[DNS_QUERY_NAME], name.bytes, name.used);
		record_type_name(d->message, &dns_fields[DNS_QUERY_TYPE], type);
	}
	return true;
}

/* What is sound before the first malformed record counts. */
static void read_answers(
	struct dissect *d, struct cursor *in, unsigned count, const struct cursor *message)
{
	struct text name, data;

	for (unsigned i = 0; i < count && i < RECORDS_MAX; i++, d->steps++) {
		struct cursor body;
		uint16_t type;
		uint32_t ttl;

		name.used = data.used = 0;
		add_name(&name, in, message);
		type = cur_u16(in);
		cur_skip(in, 2);
		ttl = cur_u32(in);
		body = cur_sub(in, cur_u16(in));
		if (in->bad || !add_data(&data, type, body, message) ||
			!has_room(d->message, name.used + data.used))
			return;
		record_text(d->message, &dns_fields[DNS_ANSWER_NAME], name.bytes, name.used);
		record_type_name(d->message, &dns_fields[DNS_ANSWER_TYPE], type);
		record_number(d->message, &dns_fields[DNS_ANSWER_TTL], ttl);
		record_text(d->message, &dns_fields[DNS_ANSWER_RDATA], data.bytes, data.used);
	}
}

static bool read_message(struct dissect *d, struct cursor in)
{
	const struct cursor message = in;
	struct header h = read_header(&in);
	const char *type = is_answer(&h) ? "answer" : "query";

	if (in.bad)
		return false;
	record_text(d->message, &dns_fields[DNS_TYPE], type, strlen(type));
	record_number(d->message, &dns_fields[DNS_ID], h.id);
	if (is_answer(&h))
		record_rcode(d->message, h.flags & 15);
	if (!read_questions(d, &in, h.questions, &message))
		return false;
	read_answers(d, &in, h.answers, &message);
	return true;
}

static enum dissect_result wait_for(struct dissect *d, size_t want_bytes)
{
	if (d->end_of_stream)
		return DISSECT_BAD;
	d->want_bytes = want_bytes;
	return DISSECT_MORE;
}

static enum dissect_result parse(struct dissect *d, struct cursor *in)
{
	size_t bytes = cur_left(in);

	if (bytes == 0 && d->end_of_stream)
		return DISSECT_DONE;
	if (bytes == 0)
		return wait_for(d, 1);
	if (d->transport == DISSECT_TCP) { /* RFC 1035 section 4.2.2 */
		struct cursor length = *in;

		bytes = cur_u16(&length);
		if (length.bad || bytes > cur_left(&length))
			return wait_for(d, 2 + bytes);
		*in = length;
	}
	return read_message(d, cur_sub(in, bytes)) ? DISSECT_MESSAGE : DISSECT_BAD;
}

static unsigned records_of(const struct header *h)
{
	return (unsigned)h->answers + h->authorities + h->additionals;
}

static bool has_dns_port(const struct dissect *d)
{
	static const uint16_t ports[] = {53, 5353, 5355};

	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		if (d->port_server == ports[i] || d->port_client == ports[i])
			return true;
	}
	return false;
}

/* Letters, digits, `-` and `_` in two labels or more. */
static bool is_host_like(const struct text *name)
{
	bool dot = false;

	for (size_t i = 0; i < name->used; i++) {
		char c = name->bytes[i];

		dot = dot || c == '.';
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			    c == '-' || c == '_' || c == '.'))
			return false;
	}
	return dot;
}

/* A plain query, or its answer. */
static bool is_plain(const struct header *h)
{
	if (opcode(h) != 0 || h->questions != 1 || records_of(h) > RECORDS_MAX)
		return false;
	return is_answer(h) || ((h->flags & 15) == 0 && h->answers == 0 && h->authorities == 0);
}

/* On a port that is not DNS's own: one question of a known type for a host, and not an octet too
 * many or too few. */
static bool is_dns_anywhere(const struct header *h, struct cursor in, const struct cursor *message)
{
	unsigned records = records_of(h);
	struct text name = {.used = 0};
	uint16_t type, class;

	if (!is_plain(h))
		return false;
	add_name(&name, &in, message);
	type = cur_u16(&in);
	class = cur_u16(&in);
	if (in.bad || !type_name(type) || class != 1 || !is_host_like(&name))
		return false;
	for (; records > 0 && !in.bad; records--) {
		name.used = 0;
		add_name(&name, &in, message);
		cur_skip(&in, 8);
		cur_skip(&in, cur_u16(&in));
	}
	return !in.bad && cur_left(&in) == 0;
}

/* On DNS's own ports the first entry must be sound; the rest may be cut. */
static bool is_dns_here(const struct header *h, struct cursor in, const struct cursor *message)
{
	struct text name = {.used = 0};

	if (opcode(h) == 3 || opcode(h) > 6 || h->questions > RECORDS_MAX)
		return false;
	if (h->questions == 0 && h->answers == 0 && h->authorities == 0)
		return is_answer(h) && (h->flags & 15) != 0 && cur_left(&in) <= 11; /* an error */
	add_name(&name, &in, message);
	cur_skip(&in, h->questions ? 4 : 10);
	return !in.bad;
}

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	bool here = has_dns_port(d);
	struct cursor message = in, walk;
	size_t bytes = cur_left(&in);
	struct header h;

	if (d->transport == DISSECT_TCP) {
		if (bytes < 2 + HEADER_BYTES)
			return d->end_of_stream || !here ? GUESS_NO : GUESS_MORE;
		bytes = cur_u16(&in);
		message = cur_init(in.pos, cur_left(&in) < bytes ? cur_left(&in) : bytes);
	}
	walk = message = cur_init(message.pos, cur_left(&message));
	h = read_header(&walk);
	if (bytes < HEADER_BYTES || walk.bad || h.flags & 0x40)
		return GUESS_NO;
	if (here ? is_dns_here(&h, walk, &message) : is_dns_anywhere(&h, walk, &message))
		return GUESS_YES;
	/* a message over TCP may not be whole; nothing that matters lies far behind its header */
	if (cur_left(&message) < bytes && is_plain(&h) &&
		cur_left(&message) < HEADER_BYTES + NAME_BYTES_MAX + 4)
		return GUESS_MORE;
	return GUESS_NO;
}

static const char *const applications[] = {[DISSECT_TCP] = "DNS", [DISSECT_UDP] = "DNS"};

const struct dissector dns_dissector = {
	.name = "dns",
	.transports = 1u << DISSECT_TCP | 1u << DISSECT_UDP,
	.applications = applications,
	.message = &dns_kind,
	.probe = probe,
	.parse = parse,
};
