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

#define HEADER_BYTES   12
#define QUESTION_BYTES 5  /* at least: the root, type, class */
#define ENTRY_BYTES    11 /* the same of a resource record */
#define RECORDS_MAX    256
#define TEXT_BYTES_MAX 8192 /* of names and data in one message */
#define MESSAGE_BYTES_MAX                                                                          \
	(RECORD_BYTES_MAX - 512) /* of its record; what all events have is more                    \
				  */
#define ROW_BYTES 100            /* in the record, of one of a section, but for name and data */
#define READ_BYTES_MAX                                                                             \
	12288                 /* of a message over TCP: for the rest of a longer one nobody waits  \
			       */
#define SEARCH_BYTES     1024 /* so many more octets before a search is worth another try */
#define SEARCH_BYTES_MAX 131072 /* what is no message for so long is none at all */
#define GUESS_BYTES_MAX  4096   /* for a stream that is seen from its middle on */
#define SOUND_RECORDS    8      /* of a message whose end is not there: not by chance */
#define OPTION_ERROR     15     /* RFC 8914 section 2 */
#define FLAG_ANSWER      0x8000
#define FLAG_RESERVED    0x0040 /* RFC 1035 section 4.1.1: Z */

enum opcode { OPCODE_QUERY = 0, OPCODE_NOTIFY = 4, OPCODE_UPDATE = 5, OPCODE_STATEFUL = 6 };

/* RFC 8914 section 5.2. */
static const char *error_name(uint64_t code)
{
	static const char *const names[] = {"Other Error", "Unsupported DNSKEY Algorithm",
		"Unsupported DS Digest Type", "Stale Answer", "Forged Answer",
		"DNSSEC Indeterminate", "DNSSEC Bogus", "Signature Expired",
		"Signature Not Yet Valid", "DNSKEY Missing", "RRSIGs Missing",
		"No Zone Key Bit Set", "NSEC Missing", "Cached Error", "Not Ready", "Blocked",
		"Censored", "Filtered", "Prohibited", "Stale NXDomain Answer", "Not Authoritative",
		"Not Supported", "No Reachable Authority", "Network Error", "Invalid Data"};

	return code < ARRAY_LEN(names) ? names[code] : NULL;
}

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
		"of ECH the length; empty for types we do not read.",
		NULL},
	SECTION(AUTHORITY, "authorities", "Authority", 2011, "authority"),
	SECTION(ADDITIONAL, "additionals", "Additional", 2015, "additional"),
	[DNS_EDNS_SIZE] = {"dns.edns.udp_size", FIELD_U16, FIELD_KEEP_ZERO, MATCH_NONE, KUKLA_PEN,
		2019, 0, "dnsEdnsUdpSize", "octets", "UDP size",
		"The largest answer that the sender takes (RFC 6891 section 6.2.3).", NULL},
	[DNS_EDNS_VERSION] = {"dns.edns.version", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 2020, 0,
		"dnsEdnsVersion", NULL, "EDNS", "Version of EDNS; absent for 0, the only one.",
		NULL},
	[DNS_EDNS_FLAGS] = {"dns.edns.flags", FIELD_U16, FIELD_HEX, MATCH_NONE, KUKLA_PEN, 2021, 0,
		"dnsEdnsFlags", NULL, "EDNS flags", "8000: wants DNSSEC (RFC 3225 section 3).",
		NULL},
	[DNS_EDNS_ERROR] = {"dns.edns.error", FIELD_U16, FIELD_KEEP_ZERO, MATCH_NONE, KUKLA_PEN,
		2022, 0, "dnsEdnsError", NULL, "Extended error",
		"Why there is no answer, or no true one (RFC 8914): Blocked, Censored, Filtered.",
		error_name},
};

static const struct field_table dns_table = {"dns", dns_fields, DNS_FIELDS};
const struct record_kind dns_kind = {"dns", {&common_table, &dns_table}};

struct header {
	uint16_t id, flags, questions, answers, authorities, additionals;
};

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
	struct header header;
	unsigned records, rcode;
	size_t text_bytes;
	bool full, edns;
	struct dns_text name, data; /* of one record; here, so that they are cleared once */
};

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
	return h->flags & FLAG_ANSWER;
}

static unsigned opcode(const struct header *h)
{
	return h->flags >> 11 & 15;
}

static unsigned records_of(const struct header *h)
{
	return (unsigned)h->answers + h->authorities + h->additionals;
}

static void record_rcode(struct reading *m)
{
	static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
		"REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", "DSOTYPENI",
		NULL, NULL, NULL, NULL, "BADVERS", "BADKEY", "BADTIME", "BADMODE", "BADNAME",
		"BADALG", "BADTRUNC", "BADCOOKIE"};
	const char *name = m->rcode < ARRAY_LEN(names) ? names[m->rcode] : NULL;

	m->name.used = 0;
	dns_add_text(&m->name, name ? name : "RCODE");
	if (!name)
		dns_add_number(&m->name, m->rcode);
	record_text(m->d->message, &dns_fields[DNS_RCODE], m->name.bytes, m->name.used);
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

/* False when a question is malformed. */
static bool read_questions(struct reading *m)
{
	for (; m->records < m->header.questions && m->records < RECORDS_MAX; m->records++) {
		uint16_t type;

		m->name.used = 0;
		dns_add_name(&m->name, &m->in, &m->reader);
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
			record_number(r, &dns_fields[DNS_EDNS_ERROR], cur_u16(&value));
	}
}

/* One resource record into the columns from `first` on. False when there is no whole one: what
 * came before counts. One whose data is malformed is passed over. */
static bool read_record(struct reading *m, enum dns_field first)
{
	struct record *r = m->d->message;
	uint16_t type, class;
	struct cursor body;
	uint32_t ttl;

	m->name.used = m->data.used = 0;
	dns_add_name(&m->name, &m->in, &m->reader);
	type = cur_u16(&m->in);
	class = cur_u16(&m->in);
	ttl = cur_u32(&m->in);
	body = cur_sub(&m->in, cur_u16(&m->in));
	if (m->in.bad)
		return false;
	if (type == DNS_OPT) {
		if (first == DNS_ADDITIONAL_NAME && m->name.used == 0)
			read_edns(m, class, ttl, body);
		return true;
	}
	if (m->full || !dns_add_data(&m->data, type, class, body, &m->reader) ||
		!has_room(m, m->name.used + m->data.used))
		return true;
	record_name(m, first, type);
	record_number(r, &dns_fields[first + 2], ttl);
	record_text(r, &dns_fields[first + 3], m->data.bytes, m->data.used);
	return true;
}

static bool read_section(struct reading *m, enum dns_field first, unsigned count)
{
	for (unsigned i = 0; i < count && m->records < RECORDS_MAX; i++, m->records++) {
		if (!read_record(m, first))
			return false;
	}
	return true;
}

/* False when the questions are malformed. Of an update (RFC 2136) the zone is the question; its
 * sections are conditions and commands, nothing that was answered. */
static bool read_message(struct dissect *d, const struct cursor *message)
{
	struct reading m = {.d = d, .reader = dns_reader_of(message)};
	const char *kind;
	bool sound;

	m.in = m.reader.message;
	m.header = read_header(&m.in);
	m.rcode = m.header.flags & 15;
	kind = is_answer(&m.header) ? "answer" : "query";
	record_text(d->message, &dns_fields[DNS_KIND], kind, strlen(kind));
	record_number(d->message, &dns_fields[DNS_ID], m.header.id);
	record_number(d->message, &dns_fields[DNS_FLAGS], m.header.flags);
	record_number(d->message, &dns_fields[DNS_OPCODE], opcode(&m.header));
	sound = read_questions(&m);
	if (sound && opcode(&m.header) != OPCODE_UPDATE)
		(void)(read_section(&m, DNS_ANSWER_NAME, m.header.answers) &&
			read_section(&m, DNS_AUTHORITY_NAME, m.header.authorities) &&
			read_section(&m, DNS_ADDITIONAL_NAME, m.header.additionals));
	if (is_answer(&m.header))
		record_rcode(&m);
	d->steps += m.records + m.reader.steps;
	return sound;
}

/* Letters, digits, `-` and `_` in two labels or more. */
static bool is_host_like(const struct dns_text *name)
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
	if (opcode(h) != OPCODE_QUERY || h->questions != 1 || records_of(h) > RECORDS_MAX)
		return false;
	return is_answer(h) || ((h->flags & 15) == 0 && h->answers == 0 && h->authorities == 0);
}

/* How many records lie whole behind the header; `ret_exact`: all of them, and not an octet more. */
static unsigned count_whole(
	const struct header *h, struct cursor in, struct dns_reader *r, bool *ret_exact)
{
	unsigned all = (unsigned)h->questions + records_of(h), whole = 0;

	for (; whole < all; whole++) {
		dns_skip_name(&in, r);
		cur_skip(&in, whole < h->questions ? 4 : 8);
		if (whole >= h->questions)
			cur_skip(&in, cur_u16(&in));
		if (in.bad)
			break;
	}
	*ret_exact = !in.bad && cur_left(&in) == 0;
	return whole;
}

/* A question of a known type for a host. */
static bool asks_for_host(struct cursor in, struct dns_reader *r)
{
	struct dns_text name;
	uint16_t type, class;

	name.used = 0;
	dns_add_name(&name, &in, r);
	type = cur_u16(&in);
	class = cur_u16(&in);
	return !in.bad && dns_type_name(type) && class == 1 && is_host_like(&name);
}

/* On a port that is not DNS's own: one such question, and not an octet too many or too few. */
static bool is_dns_anywhere(const struct header *h, struct cursor in, struct dns_reader *r)
{
	bool exact;

	if (!is_plain(h) || h->flags & FLAG_RESERVED || !asks_for_host(in, r))
		return false;
	(void)count_whole(h, in, r, &exact);
	return exact;
}

/* On DNS's own ports the first entry must be sound; the rest may be cut. */
static bool is_dns_here(const struct header *h, struct cursor in, struct dns_reader *r)
{
	bool exact;

	if (opcode(h) == 3 || opcode(h) > OPCODE_STATEFUL || h->questions > RECORDS_MAX)
		return false;
	if (h->flags & FLAG_RESERVED) { /* multicast knows no such bit; elsewhere it is rare */
		(void)count_whole(h, in, r, &exact);
		if (!exact)
			return false;
	}
	if (h->questions == 0 && h->answers == 0 && h->authorities == 0) /* an error, or done */
		return opcode(h) == OPCODE_STATEFUL ||
		       (is_answer(h) && (h->flags & 15 || opcode(h) != OPCODE_QUERY) &&
			       cur_left(&in) <= ENTRY_BYTES);
	dns_skip_name(&in, r);
	cur_skip(&in, h->questions ? 4 : 10);
	return !in.bad;
}

/* The message may be cut; the cursor has just its octets. */
static bool is_message(struct cursor message, bool here)
{
	struct dns_reader r = dns_reader_of(&message);
	struct cursor in = r.message;
	struct header h = read_header(&in);

	return !in.bad && (here ? is_dns_here(&h, in, &r) : is_dns_anywhere(&h, in, &r));
}

/* Whether a message begins here that is not one by chance; `bytes` by its length, and perhaps not
 * all of them there. */
static bool is_certain(struct cursor message, size_t bytes, uint32_t *steps)
{
	struct dns_reader r = dns_reader_of(&message);
	struct cursor in = r.message;
	struct header h = read_header(&in);
	unsigned whole;
	bool exact;

	if (in.bad || h.flags & FLAG_RESERVED || h.questions > 1 ||
		(opcode(&h) != OPCODE_QUERY && opcode(&h) != OPCODE_NOTIFY) ||
		h.questions + records_of(&h) == 0 ||
		HEADER_BYTES + (size_t)h.questions * QUESTION_BYTES +
				(size_t)records_of(&h) * ENTRY_BYTES >
			bytes)
		return false;
	whole = count_whole(&h, in, &r, &exact);
	*steps += whole + r.steps;
	return exact || (cur_left(&message) < bytes && whole >= SOUND_RECORDS);
}

/* In a stream whose middle is seen: over the octets before a message. False: there is none yet. */
static bool find_message(struct cursor *in, uint32_t *steps)
{
	struct cursor at = *in;
	uint32_t walked = 0, most = 64 + (uint32_t)cur_left(in);

	for (; cur_left(&at) >= 2 + HEADER_BYTES + QUESTION_BYTES && walked < most; *steps += 1) {
		struct cursor body = at;
		size_t bytes = cur_u16(&body), left = cur_left(&body);

		if (is_certain(cur_init(body.pos, left < bytes ? left : bytes), bytes, &walked)) {
			*in = at;
			break;
		}
		cur_skip(&at, 1);
	}
	*steps += walked;
	return in->pos == at.pos;
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

	if (find_message(in, &d->steps)) {
		s->lost[d->direction] = false;
		return DISSECT_MESSAGE;
	}
	if (d->end_of_stream || s->searched_bytes[d->direction] > SEARCH_BYTES_MAX)
		return s->read[d->direction] ? DISSECT_DONE : DISSECT_BAD;
	if (bytes < READ_BYTES_MAX)
		return wait_for(d, bytes + SEARCH_BYTES);
	s->searched_bytes[d->direction] += (uint32_t)bytes;
	cur_skip(in, bytes);
	return DISSECT_MORE;
}

/* RFC 1035 section 4.2.2: a length before each message. A message that is longer than what we keep
 * of it is read as far as that and then skipped. */
static enum dissect_result parse_stream(struct dissect *d, struct cursor *in)
{
	struct dns_state *s = d->state;
	bool *lost = &s->lost[d->direction];
	struct cursor rest, message;
	size_t bytes, want, there;

	*lost = *lost || d->gap;
	for (;;) {
		if (*lost) {
			enum dissect_result result = search(d, in);

			if (result != DISSECT_MESSAGE)
				return result;
		}
		rest = *in;
		bytes = cur_u16(&rest);
		there = cur_left(&rest);
		want = bytes < READ_BYTES_MAX ? bytes : READ_BYTES_MAX;
		if (want > there && !d->end_of_stream)
			return wait_for(d, rest.bad ? 2 : 2 + want);
		message = cur_sub(&rest, want < there ? want : there);
		if (is_message(message, true))
			break;
		if (*lost || d->end_of_stream)
			return DISSECT_BAD;
		*lost = true; /* the length lies, or this is the middle of something */
	}
	*lost = false;
	*in = rest;
	d->skip_bytes = bytes - (size_t)(message.end - message.begin);
	s->read[d->direction] = true;
	return read_message(d, &message) ? DISSECT_MESSAGE : DISSECT_BAD;
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
	if (!is_message(message, true) || !read_message(d, &message))
		return DISSECT_BAD;
	return DISSECT_MESSAGE;
}

static enum dissect_guess probe_stream(const struct dissect *d, struct cursor in, bool here)
{
	struct cursor body = in;
	size_t bytes = cur_u16(&body), there = cur_left(&body);
	struct cursor message = cur_init(body.pos, there < bytes ? there : bytes), walk = message;
	uint32_t steps = 0;
	struct header h;

	if (there < HEADER_BYTES)
		return d->end_of_stream || !here ? GUESS_NO : GUESS_MORE;
	if (bytes >= HEADER_BYTES && is_message(message, here))
		return GUESS_YES;
	h = read_header(&walk);
	/* it may not be whole; nothing that matters lies far behind its header */
	if (there < bytes && is_plain(&h) && !(h.flags & FLAG_RESERVED) &&
		there < HEADER_BYTES + DNS_NAME_BYTES_MAX + 4)
		return GUESS_MORE;
	if (!here)
		return GUESS_NO;
	if (find_message(&in, &steps))
		return GUESS_YES;
	return there < GUESS_BYTES_MAX && !d->end_of_stream ? GUESS_MORE : GUESS_NO;
}

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	bool here = has_dns_port(d);

	if (d->transport == DISSECT_TCP)
		return probe_stream(d, in, here);
	return is_message(in, here) ? GUESS_YES : GUESS_NO;
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
