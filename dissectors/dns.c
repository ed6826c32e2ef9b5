/* SPDX-License-Identifier: Apache-2.0 */
/* DNS messages over UDP and TCP, RFC 1035 section 4; multicast DNS (RFC 6762) and LLMNR (RFC 4795)
 * look the same: what is their own are bits of flags and classes. Every message becomes a record
 * of its own: its questions and sections, and what EDNS (RFC 6891) says of it. The options of EDNS
 * are not kept: a client subnet (RFC 7871) and a cookie (RFC 7873) name a client. */
#include "dissectors/dns.h"

#include "base/cleanup.h"
#include "base/schema.h"
#include "dissectors/dissect.h"
#include "dissectors/dns_data.h"
#include "dissectors/dns_guess.h"

#define DNS_RECORDS_MAX 256
#define TEXT_BYTES_MAX  8192 /* of names and data in one message */
/* Of a message's record; what all events have is more. */
#define MESSAGE_BYTES_MAX (RECORD_BYTES_MAX - 512)
#define ROW_BYTES         100 /* in the record, of one of a section, but for name and data */
/* Of a message over TCP: for the rest of a longer one nobody waits. */
#define READ_BYTES_MAX   12288
#define FIRST_BYTES_MAX  (DNS_HEADER_BYTES + DNS_NAME_BYTES_MAX + 10) /* up to its first entry */
#define SEARCH_BYTES_MAX 131072 /* what is no message for so long is none at all */
#define GUESS_BYTES_MAX  512    /* for a stream that is seen from its middle on */
#define OPTION_ERROR     15     /* RFC 8914 section 2 */

/* The columns of a section that is no answer; its owners are names of other sections, or the zones
 * of them. */
#define SECTION(NAME, key, ie, number, what)                                                       \
	[DNS_##NAME##_NAME] = {"dns." key "[].rrname", FIELD_TEXT, FIELD_LIST, MATCH_NONE,         \
		KUKLA_PEN, (number), 0, "dns" ie "Name", NULL, "Owner",                            \
		"Owner name of a record of the " what " section.", NULL},                          \
	[DNS_##NAME##_TYPE] = {"dns." key "[].rrtype", FIELD_TEXT, FIELD_LIST, MATCH_NONE,         \
		KUKLA_PEN, (number) + 1, 0, "dns" ie "Type", NULL, "Type",                         \
		"Type of a record of the " what " section.", NULL},                                \
	[DNS_##NAME##_TTL] = {"dns." key "[].ttl", FIELD_U32, FIELD_LIST | FIELD_KEEP_ZERO,        \
		MATCH_NONE, KUKLA_PEN, (number) + 2, 0, "dns" ie "Ttl", "s", "TTL",                \
		"Time to live of a record of the " what " section.", NULL},                        \
	[DNS_##NAME##_RDATA] = {"dns." key "[].rdata", FIELD_TEXT, FIELD_LIST, MATCH_ADDRESS,      \
		KUKLA_PEN, (number) + 3, 0, "dns" ie "Data", NULL, "Data",                         \
		"Data of a record of the " what " section, as of an answer.", NULL}

const struct field dns_fields[DNS_FIELDS] = {
	[DNS_KIND] = {"dns.type", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2000, 0, "dnsMessageType",
		NULL, "Kind", "query or answer, by the QR bit (RFC 1035 section 4.1.1).", NULL},
	[DNS_ID] = {"dns.id", FIELD_U16, FIELD_KEEP_ZERO, MATCH_NONE, PEN_CERT, 226, 0, "dnsID",
		NULL, "ID", "Identifier of the query and its answer.", NULL},
	[DNS_FLAGS] = {"dns.flags", FIELD_U16, FIELD_KEEP_ZERO | FIELD_HEX, MATCH_NONE, KUKLA_PEN,
		2009, 0, "dnsFlags", NULL, "Flags",
		"The second 16 bits of the header: QR, operation, AA, TC, RD, RA, AD, CD, result.",
		NULL},
	[DNS_OPCODE] = {"dns.opcode", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 2010, 0, "dnsOpcode",
		NULL, "Operation",
		"What is asked for, as IANA numbers it: 4 notify, 5 update; absent for a query.",
		NULL},
	[DNS_RCODE] = {"dns.rcode", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2002, 0, "dnsRcode", NULL,
		"Result", "Response code of an answer, with EDNS' part, as IANA names it.", NULL},
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
		"Data of a record answered, as zone files write it; of MX and SRV the host alone, "
		"of ECH the length; empty where it is malformed and for types we do not read.",
		NULL},
	SECTION(AUTHORITY, "authorities", "Authority", 2011, "authority"),
	SECTION(ADDITIONAL, "additionals", "Additional", 2015, "additional"),
	[DNS_EDNS_SIZE] = {"dns.edns.udp_size", FIELD_U16, 0, MATCH_NONE, KUKLA_PEN, 2019, 0,
		"dnsEdnsUdpSize", "octets", "UDP size",
		"The largest answer that the sender takes (RFC 6891 section 6.2.3).", NULL},
	[DNS_EDNS_VERSION] = {"dns.edns.version", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 2020, 0,
		"dnsEdnsVersion", NULL, "EDNS", "Version of EDNS; absent for 0, the only one.",
		NULL},
	[DNS_EDNS_FLAGS] = {"dns.edns.flags", FIELD_U16, FIELD_HEX, MATCH_NONE, KUKLA_PEN, 2021, 0,
		"dnsEdnsFlags", NULL, "EDNS flags", "8000: wants DNSSEC (RFC 3225 section 3).",
		NULL},
	[DNS_EDNS_ERROR] = {"dns.edns.error", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2022, 0,
		"dnsEdnsError", NULL, "Extended error",
		"Why there is no answer, or no true one (RFC 8914): Blocked, Censored, Filtered.",
		NULL},
};

static const struct field_table dns_table = {"dns", dns_fields, DNS_FIELDS};
const struct record_kind dns_kind = {"dns", {&common_table, &dns_table}};

/* Of a TCP connection, by direction. */
struct dns_state {
	bool lost[2]; /* it is not known where the next message begins */
	bool read[2]; /* there was one */
	uint32_t searched_bytes[2];
};

/* One message and what of it has been kept. */
struct reading {
	struct dissect *d;
	struct dns_reader reader;
	struct cursor in;
	struct dns_header header;
	unsigned records, rcode;
	size_t text_bytes;
	bool full, edns;
	struct dns_text name, data; /* of one record; here, so that they are cleared once */
};

/* The name of a code, or `unknown` and the code. */
static void record_code(
	struct reading *m, enum dns_field to, unsigned code, const char *name, const char *unknown)
{
	m->name.used = 0;
	dns_add_text(&m->name, name ? name : unknown);
	if (!name)
		dns_add_number(&m->name, code);
	record_text(m->d->message, &dns_fields[to], m->name.bytes, m->name.used);
}

/* IANA, "DNS RCODEs". */
static void record_rcode(struct reading *m)
{
	static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
		"REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", "DSOTYPENI",
		NULL, NULL, NULL, NULL, "BADVERS", "BADKEY", "BADTIME", "BADMODE", "BADNAME",
		"BADALG", "BADTRUNC", "BADCOOKIE"};

	record_code(m, DNS_RCODE, m->rcode, m->rcode < ARRAY_LEN(names) ? names[m->rcode] : NULL,
		"RCODE");
}

/* RFC 8914 section 5.2. */
static void record_error(struct reading *m, uint16_t code)
{
	static const char *const names[] = {"Other Error", "Unsupported DNSKEY Algorithm",
		"Unsupported DS Digest Type", "Stale Answer", "Forged Answer",
		"DNSSEC Indeterminate", "DNSSEC Bogus", "Signature Expired",
		"Signature Not Yet Valid", "DNSKEY Missing", "RRSIGs Missing",
		"No Zone Key Bit Set", "NSEC Missing", "Cached Error", "Not Ready", "Blocked",
		"Censored", "Filtered", "Prohibited", "Stale NXDomain Answer", "Not Authoritative",
		"Not Supported", "No Reachable Authority", "Network Error", "Invalid Data"};

	record_code(m, DNS_EDNS_ERROR, code, code < ARRAY_LEN(names) ? names[code] : NULL, "");
}

/* Name and type, the first two columns of all sections; the name is lost after this. */
static void record_name(struct reading *m, enum dns_field first, uint16_t type)
{
	record_text(m->d->message, &dns_fields[first], m->name.bytes, m->name.used);
	m->name.used = 0;
	dns_add_type(&m->name, type);
	record_text(m->d->message, &dns_fields[first + 1], m->name.bytes, m->name.used);
}

/* Whether one more row with `bytes` of text fits: all of its columns or none. */
static bool has_room(struct reading *m, size_t bytes)
{
	struct record *r = m->d->message;
	size_t limit = r->size < MESSAGE_BYTES_MAX ? r->size : MESSAGE_BYTES_MAX;

	if (m->full)
		return false;
	m->text_bytes += bytes;
	m->full = m->text_bytes > TEXT_BYTES_MAX || r->used + bytes + ROW_BYTES > limit;
	r->lost_values += m->full;
	return !m->full;
}

/* The name at the cursor; where nothing more is kept it may lead anywhere. */
static void read_name(struct reading *m)
{
	m->name.used = 0;
	if (m->full)
		dns_pass_name(&m->in, &m->reader);
	else
		dns_add_name(&m->name, &m->in, &m->reader);
}

/* False when a question is malformed; the first one has been looked at. */
static bool read_questions(struct reading *m)
{
	for (; m->records < m->header.questions && m->records < DNS_RECORDS_MAX; m->records++) {
		uint16_t type;

		read_name(m);
		type = cur_u16(&m->in);
		cur_skip(&m->in, 2); /* class; its first bit is QU in multicast */
		if (m->in.bad)
			return false;
		if (has_room(m, m->name.used))
			record_name(m, DNS_QUERY_NAME, type);
	}
	return true;
}

/* RFC 6891 section 6.1: what is class and time to live elsewhere. */
static void read_edns(struct reading *m, uint16_t size, uint32_t more, struct cursor options)
{
	struct record *r = m->d->message;
	bool error = false;

	if (m->edns) /* there is one at the most */
		return;
	m->edns = true;
	m->rcode |= more >> 24 << 4;
	record_number(r, &dns_fields[DNS_EDNS_SIZE], size);
	record_number(r, &dns_fields[DNS_EDNS_VERSION], more >> 16 & 0xff);
	record_number(r, &dns_fields[DNS_EDNS_FLAGS], more & 0xffff);
	for (; cur_left(&options) > 0 && !error; m->d->steps++) {
		uint16_t code = cur_u16(&options);
		struct cursor value = cur_sub(&options, cur_u16(&options));

		error = code == OPTION_ERROR && cur_left(&value) >= 2;
		if (error)
			record_error(m, cur_u16(&value));
	}
}

/* One resource record into the columns from `first` on. False when there is no whole one: what
 * came before counts. One whose data is malformed is there, without data. */
static bool read_record(struct reading *m, enum dns_field first)
{
	struct record *r = m->d->message;
	uint16_t type, class;
	struct cursor body;
	uint32_t ttl;
	bool root = cur_peek(&m->in, 0) == 0;

	read_name(m);
	m->data.used = 0;
	type = cur_u16(&m->in);
	class = cur_u16(&m->in);
	ttl = cur_u32(&m->in);
	body = cur_sub(&m->in, cur_u16(&m->in));
	if (m->in.bad)
		return false;
	if (type == DNS_OPT) {
		if (first == DNS_ADDITIONAL_NAME && root)
			read_edns(m, class, ttl, body);
		return true;
	}
	if (m->full)
		return true;
	if (!dns_add_data(&m->data, type, class, body, &m->reader))
		m->data.used = 0;
	if (!has_room(m, m->name.used + m->data.used))
		return true;
	record_name(m, first, type);
	record_number(r, &dns_fields[first + 2], ttl);
	record_text(r, &dns_fields[first + 3], m->data.bytes, m->data.used);
	return true;
}

static bool read_section(struct reading *m, enum dns_field first, unsigned count)
{
	for (unsigned i = 0; i < count && m->records < DNS_RECORDS_MAX; i++, m->records++) {
		if (!read_record(m, first))
			return false;
	}
	return true;
}

/* A message whose first entry is sound; what is before the first that is not counts. Of an update
 * (RFC 2136) the zone is the question; its sections are conditions and commands, nothing that was
 * answered. */
static void read_message(struct dissect *d, const struct cursor *message)
{
	struct reading m = {.d = d, .reader = dns_reader_of(message)};
	const char *kind;

	m.reader.text = (char *)d->scratch;
	m.in = m.reader.message;
	m.header = dns_read_header(&m.in);
	m.rcode = m.header.flags & 15;
	kind = dns_is_answer(&m.header) ? "answer" : "query";
	record_text(d->message, &dns_fields[DNS_KIND], kind, strlen(kind));
	record_number(d->message, &dns_fields[DNS_ID], m.header.id);
	record_number(d->message, &dns_fields[DNS_FLAGS], m.header.flags);
	record_number(d->message, &dns_fields[DNS_OPCODE], dns_opcode(&m.header));
	if (read_questions(&m) && dns_opcode(&m.header) != DNS_UPDATE)
		(void)(read_section(&m, DNS_ANSWER_NAME, m.header.answers) &&
			read_section(&m, DNS_AUTHORITY_NAME, m.header.authorities) &&
			read_section(&m, DNS_ADDITIONAL_NAME, m.header.additionals));
	if (dns_is_answer(&m.header))
		record_rcode(&m);
	d->steps += m.records + m.reader.steps;
}

/* A server that asks in its client's place. */
static bool is_lie(const struct dissect *d, struct cursor message)
{
	cur_skip(&message, 2);
	return dissect_is_responder(d) && !(cur_u8(&message) & 0x80);
}

static enum dissect_result wait_for(struct dissect *d, size_t want_bytes)
{
	if (d->end_of_stream)
		return DISSECT_BAD;
	d->want_bytes = want_bytes;
	return DISSECT_MORE;
}

/* It is not known where a message begins. */
static enum dissect_result search(struct dissect *d, struct cursor *in)
{
	struct dns_state *s = d->state;
	size_t bytes = cur_left(in);

	if (dns_find_message(in, &d->steps)) {
		s->lost[d->direction] = false;
		return DISSECT_MESSAGE;
	}
	if (d->end_of_stream || s->searched_bytes[d->direction] > SEARCH_BYTES_MAX)
		return s->read[d->direction] ? DISSECT_DONE : DISSECT_BAD;
	if (bytes < READ_BYTES_MAX)
		return wait_for(d, bytes + bytes / 4 + 1); /* all tries together are linear */
	s->searched_bytes[d->direction] += (uint32_t)bytes;
	cur_skip(in, bytes);
	return DISSECT_MORE;
}

/* The next message of a stream, RFC 1035 section 4.2.2: a length before each. One that is longer
 * than what we keep of it is read as far as that, and the rest is skipped. DISSECT_BAD: it is none.
 */
static enum dissect_result next_message(struct dissect *d, struct cursor *in)
{
	struct dns_state *s = d->state;
	struct cursor rest = *in, message;
	size_t bytes = cur_u16(&rest), there = cur_left(&rest);
	size_t want = bytes < READ_BYTES_MAX ? bytes : READ_BYTES_MAX;

	bool less = rest.bad || want > there;

	if (less && there < DNS_HEADER_BYTES && !d->end_of_stream)
		return wait_for(d, rest.bad ? 2 : 2 + DNS_HEADER_BYTES);
	message = cur_sub(&rest, want < there ? want : there);
	if (less && !dns_may_fit(message, bytes))
		return DISSECT_BAD;
	if (less && there < FIRST_BYTES_MAX && !d->end_of_stream)
		return wait_for(d, 2 + (want < FIRST_BYTES_MAX ? want : FIRST_BYTES_MAX));
	if (!dns_is_message(message, true))
		return DISSECT_BAD;
	if (less && !d->end_of_stream)
		return wait_for(d, 2 + want);
	if (is_lie(d, message))
		return DISSECT_BAD;
	read_message(d, &message);
	d->skip_bytes = bytes - (size_t)(message.end - message.begin);
	s->read[d->direction] = true;
	*in = rest;
	return DISSECT_MESSAGE;
}

static enum dissect_result parse_stream(struct dissect *d, struct cursor *in)
{
	struct dns_state *s = d->state;
	bool *lost = &s->lost[d->direction];
	enum dissect_result result = DISSECT_BAD;

	*lost = *lost || d->gap;
	if (!*lost)
		result = next_message(d, in);
	if (result != DISSECT_BAD || (!*lost && d->end_of_stream && !s->read[d->direction]))
		return result;
	*lost = true; /* the length lies, or this is the middle of something */
	result = search(d, in);
	return result == DISSECT_MESSAGE ? next_message(d, in) : result;
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

static enum dissect_result parse(struct dissect *d, struct cursor *in)
{
	size_t bytes = cur_left(in);
	struct cursor message;

	if (bytes == 0 && d->end_of_stream)
		return DISSECT_DONE;
	if (bytes == 0)
		return wait_for(d, 1);
	if (d->transport == DISSECT_TCP)
		return parse_stream(d, in);
	message = cur_sub(in, bytes);
	if (!dns_is_message(message, true) || is_lie(d, message))
		return DISSECT_BAD;
	read_message(d, &message);
	return DISSECT_MESSAGE;
}

static enum dissect_guess probe_stream(const struct dissect *d, struct cursor in, bool here)
{
	struct cursor body = in;
	size_t bytes = cur_u16(&body), there = cur_left(&body);
	struct cursor message = cur_init(body.pos, there < bytes ? there : bytes);
	uint32_t steps = 0;

	if (there < DNS_HEADER_BYTES)
		return d->end_of_stream || !here ? GUESS_NO : GUESS_MORE;
	if (dns_is_message(message, here))
		return GUESS_YES;
	if (there < bytes && dns_may_be_message(message))
		return GUESS_MORE;
	if (!here)
		return GUESS_NO;
	if (dns_find_message(&in, &steps))
		return GUESS_YES;
	return there < GUESS_BYTES_MAX && !d->end_of_stream ? GUESS_MORE : GUESS_NO;
}

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	bool here = has_dns_port(d);

	if (d->transport == DISSECT_TCP)
		return probe_stream(d, in, here);
	return dns_is_message(in, here) ? GUESS_YES : GUESS_NO;
}

static const char *const applications[] = {[DISSECT_TCP] = "DNS", [DISSECT_UDP] = "DNS"};

const struct dissector dns_dissector = {
	.name = "dns",
	.transports = 1u << DISSECT_TCP | 1u << DISSECT_UDP,
	.applications = applications,
	.message = &dns_kind,
	.resumes = true,
	.state_bytes = sizeof(struct dns_state),
	.probe = probe,
	.parse = parse,
};
