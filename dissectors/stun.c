/* SPDX-License-Identifier: Apache-2.0 */
/* STUN and TURN, RFC 8489 section 5, RFC 8656, over UDP and TCP; RFC 3489 section 11 without the
 * cookie, over UDP. User names and the addresses that a server tells a client are passed over. */
#include "base/cleanup.h"
#include "dissectors/dissect.h"

#define HEADER_BYTES       20
#define COOKIE             0x2112a442u
#define MESSAGE_BYTES_MAX  2048
#define COOKIE_END         8 /* octets of a header up to the cookie's last */
#define PORT               3478
#define PORT_TLS           5349
#define FRAME_BYTES        2 /* RFC 4571, of ICE over TCP (RFC 6544) */
#define ATTRIBUTE_REALM    0x0014
#define ATTRIBUTE_SOFTWARE 0x8022
#define DATAGRAMS_MAX      16  /* before something else is heard on these ports */
#define TEXT_BYTES_MAX     763 /* RFC 8489 sections 14.9 and 14.14 */

enum stun_field { STUN_TYPE, STUN_SOFTWARE, STUN_REALM, STUN_FIELDS };

struct stun_state {
	bool typed, software, realm;
	uint8_t datagrams;
};

/* Method and class lie in one number; RFC 8489 section 5, its figure 3. */
static const char *type_name(uint64_t type)
{
#define TYPES(method, name)                                                                        \
	[method] = {                                                                               \
		name " request",                                                                   \
		name " indication",                                                                \
		name " success response",                                                          \
		name " error response"                                                             \
	}
	static const char *const names[][4] = {TYPES(1, "binding"), TYPES(2, "shared secret"),
		TYPES(3, "allocate"), TYPES(4, "refresh"), TYPES(6, "send"), TYPES(7, "data"),
		TYPES(8, "create permission"), TYPES(9, "channel bind"), TYPES(10, "connect"),
		TYPES(11, "connection bind"), TYPES(12, "connection attempt")};
#undef TYPES
	uint64_t method = (type & 0xf) | (type & 0xe0) >> 1 | (type & 0x3e00) >> 2;
	uint64_t class = (type & 0x10) >> 4 | (type & 0x100) >> 7;

	return method < ARRAY_LEN(names) ? names[method][class] : NULL;
}

static const struct field stun_fields[STUN_FIELDS] = {
	[STUN_TYPE] = {"stun.type", FIELD_U16, 0, MATCH_NONE, KUKLA_PEN, 2900, 0, "stunType", NULL,
		"STUN", "Type of the first message (RFC 8489 section 5).", type_name},
	[STUN_SOFTWARE] = {"stun.software", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2901, 0,
		"stunSoftware", NULL, "STUN software",
		"First SOFTWARE that a side names (RFC 8489 section 14.14).", NULL},
	[STUN_REALM] = {"stun.realm", FIELD_TEXT, 0, MATCH_NAME, KUKLA_PEN, 2902, 0, "stunRealm",
		NULL, "STUN realm", "First REALM, most often the server's domain (section 14.9).",
		NULL},
};

static const struct field_table stun_table = {"stun", stun_fields, STUN_FIELDS};

struct header {
	uint16_t type, bytes;
	uint32_t cookie;
};

static bool take_header(struct cursor *in, struct header *ret)
{
	ret->type = cur_u16(in);
	ret->bytes = cur_u16(in);
	ret->cookie = cur_u32(in);
	cur_skip(in, 12);
	return !in->bad && (ret->type & 0xc000) == 0 && ret->bytes % 4 == 0 &&
	       ret->bytes <= MESSAGE_BYTES_MAX;
}

/* The six messages and eleven attributes of RFC 3489 section 11, or optional attributes; at least
 * one attribute, and nothing behind the last. */
static bool is_classic(const struct header *h, struct cursor in)
{
	unsigned attributes = 0;

	if ((h->type & ~0x0113u) || !(h->type & 3) || (h->type & 3) == 3 ||
		h->bytes != cur_left(&in))
		return false;
	for (; cur_left(&in); attributes++) {
		uint16_t type = cur_u16(&in), bytes = cur_u16(&in);

		if ((type == 0 || type > 0x000b) && type < 0x8000)
			return false;
		cur_skip(&in, bytes);
		if (bytes % 4)
			return false;
	}
	return !in.bad && attributes > 0;
}

static enum dissect_guess probe_udp(struct cursor in)
{
	struct header h;

	if (!take_header(&in, &h) || h.bytes != cur_left(&in))
		return GUESS_NO;
	return h.cookie == COOKIE || is_classic(&h, in) ? GUESS_YES : GUESS_NO;
}

/* Whether a stream has the cookie where it belongs behind so many octets of a frame. */
static enum dissect_guess probe_tcp(struct cursor in, size_t frame_bytes)
{
	static const uint8_t cookie[] = {0x21, 0x12, 0xa4, 0x42};
	struct cursor message = in;
	struct header h;
	size_t there;

	cur_skip(&message, frame_bytes);
	there = cur_left(&message);
	if (there > 0 && cur_peek(&message, 0) > 0x3f)
		return GUESS_NO;
	if (there > 1 &&
		type_name((uint64_t)cur_peek(&message, 0) << 8 | cur_peek(&message, 1)) == NULL)
		return GUESS_NO;
	if (there > 4) {
		struct cursor at = message;
		size_t head = there - 4 < sizeof(cookie) ? there - 4 : sizeof(cookie);

		cur_skip(&at, 4);
		if (!cur_is(&at, cookie, head))
			return GUESS_NO;
	}
	if (there < HEADER_BYTES)
		return GUESS_MORE;
	return take_header(&message, &h) ? GUESS_YES : GUESS_NO;
}

static bool on_port(const struct dissect *d)
{
	return d->port_server == PORT || d->port_client == PORT || d->port_server == PORT_TLS ||
	       d->port_client == PORT_TLS;
}

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	enum dissect_guess guess, framed;

	if (d->transport == DISSECT_UDP)
		return probe_udp(in);
	/* a length and zeros come before many things */
	if (cur_left(&in) < COOKIE_END && !on_port(d))
		return GUESS_NO;
	guess = probe_tcp(in, 0);
	framed = guess != GUESS_YES && cur_left(&in) && cur_peek(&in, 0) <= MESSAGE_BYTES_MAX >> 8
			 ? probe_tcp(in, FRAME_BYTES)
			 : GUESS_NO;
	if (guess == GUESS_NO || framed == GUESS_YES)
		guess = framed;
	return guess == GUESS_MORE && d->end_of_stream ? GUESS_NO : guess;
}

static void record_first(struct dissect *d, enum stun_field field, bool *seen, struct cursor value)
{
	size_t bytes = cur_left(&value);

	if (*seen || bytes == 0)
		return;
	*seen = true;
	record_text(d->flow, &stun_fields[field], value.pos,
		bytes < TEXT_BYTES_MAX ? bytes : TEXT_BYTES_MAX);
}

static void attributes(struct dissect *d, struct cursor in)
{
	struct stun_state *state = d->state;

	for (; cur_left(&in) >= 4; d->steps++) {
		uint16_t type = cur_u16(&in), bytes = cur_u16(&in);
		struct cursor value = cur_sub(&in, bytes);

		if (value.bad)
			return;
		if (bytes % 4 && cur_left(&in))
			cur_skip(&in, 4u - bytes % 4);
		if (type == ATTRIBUTE_SOFTWARE)
			record_first(d, STUN_SOFTWARE, &state->software, value);
		else if (type == ATTRIBUTE_REALM)
			record_first(d, STUN_REALM, &state->realm, value);
	}
}

static enum dissect_result parse(struct dissect *d, struct cursor *in)
{
	struct stun_state *state = d->state;
	size_t there = cur_left(in);
	struct cursor rest = cur_init(in->pos, there);
	struct header h;

	/* DTLS comes on the same ports, RFC 7983 */
	if (d->transport == DISSECT_UDP && state->typed && probe_udp(rest) == GUESS_NO)
		return DISSECT_NEXT;
	if (d->transport == DISSECT_TCP && there >= HEADER_BYTES && probe_tcp(rest, 0) == GUESS_NO)
		cur_skip(&rest, FRAME_BYTES);
	if (!take_header(&rest, &h)) {
		if (d->transport == DISSECT_UDP || d->end_of_stream ||
			there >= FRAME_BYTES + HEADER_BYTES)
			return DISSECT_BAD;
		d->want_bytes = FRAME_BYTES + HEADER_BYTES;
		return DISSECT_MORE;
	}
	if (d->transport == DISSECT_UDP ? h.bytes != cur_left(&rest) : h.cookie != COOKIE)
		return DISSECT_BAD;
	if (cur_left(&rest) < h.bytes && !d->end_of_stream) {
		d->want_bytes = cur_offset(&rest) + h.bytes;
		return DISSECT_MORE;
	}
	if (!state->typed)
		record_number(d->flow, &stun_fields[STUN_TYPE], h.type);
	state->typed = true;
	attributes(d, cur_left(&rest) < h.bytes ? rest : cur_sub(&rest, h.bytes));
	return d->transport == DISSECT_UDP && ++state->datagrams < DATAGRAMS_MAX ? DISSECT_MORE
										 : DISSECT_DONE;
}

const struct dissector stun_dissector = {
	.name = "stun",
	.transports = 1u << DISSECT_TCP | 1u << DISSECT_UDP,
	.flow = &stun_table,
	.state_bytes = sizeof(struct stun_state),
	.probe = probe,
	.parse = parse,
};
