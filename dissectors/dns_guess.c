/* SPDX-License-Identifier: Apache-2.0 */
#include "dissectors/dns_guess.h"

#include "base/cleanup.h"
#include "dissectors/dns_data.h"

#define QUESTION_BYTES 5  /* at least: the root, type, class */
#define ENTRY_BYTES    11 /* the same of a resource record */
#define SOUND_RECORDS  8  /* of a message whose end is not there: not by chance */
#define FLAG_ANSWER    0x8000
#define FLAG_RESERVED  0x0040 /* RFC 1035 section 4.1.1: Z */

struct dns_header dns_read_header(struct cursor *in)
{
	struct dns_header h;

	h.id = cur_u16(in);
	h.flags = cur_u16(in);
	h.questions = cur_u16(in);
	h.answers = cur_u16(in);
	h.authorities = cur_u16(in);
	h.additionals = cur_u16(in);
	return h;
}

bool dns_is_answer(const struct dns_header *h)
{
	return h->flags & FLAG_ANSWER;
}

unsigned dns_opcode(const struct dns_header *h)
{
	return h->flags >> 11 & 15;
}

static unsigned records_of(const struct dns_header *h)
{
	return (unsigned)h->answers + h->authorities + h->additionals;
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
static bool is_plain(const struct dns_header *h)
{
	if (dns_opcode(h) != DNS_QUERY || h->questions != 1 || records_of(h) > DNS_RECORDS_MAX)
		return false;
	return dns_is_answer(h) || ((h->flags & 15) == 0 && h->answers == 0 && h->authorities == 0);
}

/* How many records lie whole behind the header; `ret_exact`: all of them, and not an octet more. */
static unsigned count_whole(
	const struct dns_header *h, struct cursor in, struct dns_reader *r, bool *ret_exact)
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
static bool is_dns_anywhere(const struct dns_header *h, struct cursor in, struct dns_reader *r)
{
	bool exact;

	if (!is_plain(h) || h->flags & FLAG_RESERVED || !asks_for_host(in, r))
		return false;
	(void)count_whole(h, in, r, &exact);
	return exact;
}

/* On DNS's own ports the first entry must be sound; the rest may be cut. */
static bool is_dns_here(const struct dns_header *h, struct cursor in, struct dns_reader *r)
{
	bool exact;

	if (dns_opcode(h) == 3 || dns_opcode(h) > DNS_STATEFUL || h->questions > DNS_RECORDS_MAX)
		return false;
	if (h->flags & FLAG_RESERVED) { /* multicast knows no such bit; elsewhere it is rare */
		(void)count_whole(h, in, r, &exact);
		if (!exact)
			return false;
	}
	if (h->questions == 0 && h->answers == 0 && h->authorities == 0) /* an error, or done */
		return dns_opcode(h) == DNS_STATEFUL ||
		       (dns_is_answer(h) && (h->flags & 15 || dns_opcode(h) != DNS_QUERY) &&
			       cur_left(&in) <= ENTRY_BYTES);
	dns_skip_name(&in, r);
	cur_skip(&in, h->questions ? 4 : 10);
	return !in.bad;
}

bool dns_is_message(struct cursor message, bool here)
{
	struct dns_reader r = dns_reader_of(&message);
	struct cursor in = r.message;
	struct dns_header h = dns_read_header(&in);

	return !in.bad && (here ? is_dns_here(&h, in, &r) : is_dns_anywhere(&h, in, &r));
}

bool dns_may_be_message(struct cursor message)
{
	size_t there = cur_left(&message);
	struct dns_header h = dns_read_header(&message);

	return is_plain(&h) && !(h.flags & FLAG_RESERVED) &&
	       there < DNS_HEADER_BYTES + DNS_NAME_BYTES_MAX + 4;
}

bool dns_may_fit(struct cursor message, size_t bytes)
{
	struct dns_header h = dns_read_header(&message);

	return dns_opcode(&h) != 3 && dns_opcode(&h) <= DNS_STATEFUL &&
	       h.questions <= DNS_RECORDS_MAX &&
	       DNS_HEADER_BYTES + (size_t)h.questions * QUESTION_BYTES +
			       (size_t)records_of(&h) * ENTRY_BYTES <=
		       bytes;
}

/* Whether a message begins here that is not one by chance; `bytes` by its length, and perhaps not
 * all of them there. */
static bool is_certain(struct cursor message, size_t bytes, uint32_t *steps)
{
	struct dns_reader r = dns_reader_of(&message);
	struct cursor in = r.message;
	struct dns_header h = dns_read_header(&in);
	unsigned whole;
	bool exact;

	if (in.bad || h.flags & FLAG_RESERVED || h.questions > 1 ||
		(dns_opcode(&h) != DNS_QUERY && dns_opcode(&h) != DNS_NOTIFY) ||
		h.questions + records_of(&h) == 0 || !dns_may_fit(message, bytes))
		return false;
	whole = count_whole(&h, in, &r, &exact);
	*steps += whole + r.steps;
	return exact || (cur_left(&message) < bytes && whole >= SOUND_RECORDS);
}

bool dns_find_message(struct cursor *in, uint32_t *steps)
{
	struct cursor at = *in;
	uint32_t walked = 0, most = 64 + (uint32_t)cur_left(in);
	bool found = false;

	for (; cur_left(&at) >= 2 + DNS_HEADER_BYTES + QUESTION_BYTES && walked < most;
		*steps += 1) {
		struct cursor body = at;
		size_t bytes = cur_u16(&body), left = cur_left(&body);

		if (is_certain(cur_init(body.pos, left < bytes ? left : bytes), bytes, &walked)) {
			*in = at;
			found = true;
			break;
		}
		cur_skip(&at, 1);
	}
	*steps += walked;
	return found;
}
