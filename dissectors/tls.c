/* SPDX-License-Identifier: Apache-2.0 */
/* TLS over TCP, RFC 8446 section 5.1 and RFC 5246 section 6.2.1: the hellos of both sides and,
 * where the version does not encrypt it, the server's own certificate. A message may lie over
 * several records and a record may hold several messages; the bytes of one direction come without a
 * hole from its first one on. Certificates of clients are not read: they may name persons. */
#include "dissectors/dissect.h"
#include "dissectors/tls_messages.h"

#define RECORD_HEADER_BYTES  5
#define RECORD_BYTES_MAX_TLS (16384 + 2048)
#define DRAFTS               0x7f /* of TLS 1.3: high octet of their versions */
#define EMPTY_RECORDS_MAX    32   /* one after the other, as OpenSSL takes them */
#define SSL2_HEADER_BYTES    11
#define SSL2_CLIENT_HELLO    1

enum tls_role { TLS_NONE, TLS_CLIENT, TLS_SERVER };

struct tls_side {
	uint16_t record_left; /* octets of a record whose first ones were read */
	uint8_t role;         /* by the hello that was read: enum tls_role */
};

struct tls_state {
	struct tls_session session;
	struct tls_side sides[2]; /* by direction */
};

_Static_assert(sizeof(struct tls_state) <= DISSECT_STATE_BYTES_MAX, "state too large");

static bool is_hello_version(uint8_t major, uint8_t minor)
{
	return (major == 3 && minor <= 4) || major == DRAFTS;
}

/* The ClientHello of SSLv2, in which a client may offer SSLv3 and TLS too: RFC 5246 appendix E.2.
 * It has no extensions, so that there is only a version. */
static enum dissect_guess probe_ssl2(struct cursor in, uint16_t *ret_version)
{
	size_t there = cur_left(&in);
	unsigned bytes = cur_u16(&in) & 0x7fffu;
	uint8_t type = cur_u8(&in);
	uint16_t version = cur_u16(&in);
	unsigned ciphers = cur_u16(&in), session = cur_u16(&in), challenge = cur_u16(&in);

	if ((there > 2 && type != SSL2_CLIENT_HELLO) ||
		(there > 3 && version >> 8 != 3 && version >> 8 != 0))
		return GUESS_NO;
	if (there < SSL2_HEADER_BYTES)
		return GUESS_MORE;
	if ((version != 0x0002 && (version < 0x0300 || version > 0x0303)) || ciphers == 0 ||
		ciphers % 3 != 0 || (session != 0 && session != 16) || challenge < 16 ||
		challenge > 32 || bytes != SSL2_HEADER_BYTES - 2 + ciphers + session + challenge)
		return GUESS_NO;
	*ret_version = version;
	return GUESS_YES;
}

static bool is_empty_record(struct cursor in)
{
	return cur_left(&in) >= RECORD_HEADER_BYTES && cur_peek(&in, 0) == TLS_RECORD_HANDSHAKE &&
	       cur_peek(&in, 1) == 3 && cur_peek(&in, 3) == 0 && cur_peek(&in, 4) == 0;
}

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	size_t there;
	uint8_t first = cur_peek(&in, 0), record, major, message, hello_major, hello_minor;
	uint16_t bytes, version;
	uint32_t body;

	(void)d;
	for (unsigned i = 0; i < EMPTY_RECORDS_MAX && is_empty_record(in); i++)
		cur_skip(&in, RECORD_HEADER_BYTES);
	there = cur_left(&in);
	if (first & 0x80)
		return probe_ssl2(in, &version);
	record = cur_u8(&in);
	major = cur_u8(&in);
	cur_skip(&in, 1);
	bytes = cur_u16(&in);
	message = cur_u8(&in);
	body = cur_u24(&in);
	hello_major = cur_u8(&in);
	hello_minor = cur_u8(&in);
	if ((there > 0 && record != TLS_RECORD_HANDSHAKE) || (there > 1 && major != 3))
		return GUESS_NO;
	if (there < RECORD_HEADER_BYTES)
		return GUESS_MORE;
	if (bytes == 0 || bytes > RECORD_BYTES_MAX_TLS)
		return GUESS_NO;
	if (there > 5 && message != TLS_CLIENT_HELLO && message != TLS_SERVER_HELLO)
		return GUESS_NO;
	if (bytes < 6) /* a header cut in pieces: not by chance */
		return there > 5 ? GUESS_YES : GUESS_MORE;
	if (there < 11)
		return GUESS_MORE;
	/* servers take any version of a record, and of a client that says better ones behind it */
	if (body < TLS_HELLO_BYTES_MIN || body > TLS_HANDSHAKE_BYTES_MAX ||
		(message == TLS_SERVER_HELLO && !is_hello_version(hello_major, hello_minor)))
		return GUESS_NO;
	return GUESS_YES;
}

static enum dissect_result wait_for(struct dissect *d, size_t want_bytes)
{
	if (d->end_of_stream)
		return DISSECT_BAD;
	d->want_bytes = want_bytes;
	return DISSECT_MORE;
}

/* A record's header; DISSECT_DONE: `ret_left` octets of handshake follow. `least`: so many must
 * follow it for the message to be whole. */
static enum dissect_result record_header(
	struct dissect *d, struct cursor *in, size_t least, size_t *ret_left)
{
	size_t offset = cur_offset(in);
	uint8_t type = cur_u8(in), major = cur_u8(in);
	size_t bytes;

	cur_skip(in, 1);
	bytes = cur_u16(in);
	if (in->bad)
		return wait_for(d, offset + RECORD_HEADER_BYTES + least);
	if (type != TLS_RECORD_HANDSHAKE || major != 3 || bytes > RECORD_BYTES_MAX_TLS)
		return DISSECT_BAD;
	*ret_left = bytes;
	return DISSECT_DONE;
}

/* The next record with octets in it. */
static enum dissect_result next_record(
	struct dissect *d, struct cursor *in, size_t least, size_t *left)
{
	for (unsigned empty = 0; *left == 0; d->steps++) {
		enum dissect_result result = record_header(d, in, least, left);

		if (result != DISSECT_DONE)
			return result;
		if (*left == 0 && ++empty > EMPTY_RECORDS_MAX)
			return DISSECT_BAD;
	}
	return DISSECT_DONE;
}

/* The next handshake message, as much of it as is wanted: a view of `in` where that lies in one
 * record, else of the scratch. `left`: of the record that `in` begins in. All octets that the
 * message still needs are waited for at once: records may be small, and are joined anew each time.
 */
static enum dissect_result join_records(
	struct dissect *d, struct cursor in, size_t left, struct cursor *ret)
{
	size_t joined = 0, want = 0;

	for (;; d->steps++) {
		size_t here, piece, least = want <= DISSECT_SCRATCH_BYTES ? want - joined : 0;
		enum dissect_result result = next_record(d, &in, least, &left);

		if (result != DISSECT_DONE)
			return result;
		here = left < cur_left(&in) ? left : cur_left(&in);
		if (joined == 0)
			want = tls_message_bytes(in.pos, here);
		if (joined == 0 && here >= want) {
			*ret = cur_sub(&in, want);
			return DISSECT_DONE;
		}
		piece = left < want - joined ? left : want - joined;
		if (want > DISSECT_SCRATCH_BYTES) {
			d->flow->lost_values++;
			return DISSECT_BAD;
		}
		if (here < piece)
			return wait_for(d, cur_offset(&in) + want - joined);
		memcpy(d->scratch + joined, cur_take(&in, piece), piece);
		joined += piece;
		left -= piece;
		want = tls_message_bytes(d->scratch, joined);
		if (joined >= want) {
			*ret = cur_init(d->scratch, want);
			return DISSECT_DONE;
		}
	}
}

/* Consume so many octets of handshake, which join_records has seen. */
static void advance(struct dissect *d, struct cursor *in, struct tls_side *side, size_t bytes)
{
	size_t left = side->record_left;

	for (; bytes > 0 && !in->bad; d->steps++) {
		size_t piece;

		if (left == 0) {
			cur_skip(in, 3);
			left = cur_u16(in);
		}
		piece = left < bytes ? left : bytes;
		cur_skip(in, piece);
		left -= piece;
		bytes -= piece;
	}
	side->record_left = (uint16_t)left;
}

/* One handshake message. DISSECT_MORE without want_bytes: there may be another one behind it. */
static enum dissect_result message(struct dissect *d, struct cursor *in, struct tls_side *side)
{
	struct tls_state *state = d->state;
	struct cursor whole, body;
	enum dissect_result result;
	enum tls_role role;
	uint8_t type;

	result = join_records(d, cur_init(in->pos, cur_left(in)), side->record_left, &whole);
	if (result != DISSECT_DONE)
		return result;
	body = whole;
	type = cur_u8(&body);
	cur_skip(&body, 3); /* its length, which join_records went by */
	/* Which hello it is says the message, not the direction: a flow may be seen from its
	 * middle on. Where it is certain both count. */
	if (type == TLS_CLIENT_HELLO && side->role != TLS_SERVER && !dissect_is_responder(d)) {
		result = tls_client_hello(d, &state->session, body);
		role = TLS_CLIENT;
	} else if (type == TLS_SERVER_HELLO && side->role != TLS_CLIENT) {
		result = tls_server_hello(d, &state->session, body);
		role = TLS_SERVER;
	} else if (type == TLS_CERTIFICATE && side->role == TLS_SERVER) {
		return tls_certificate(d, body);
	} else {
		return DISSECT_BAD;
	}
	if (result == DISSECT_BAD)
		return result;
	side->role = (uint8_t)role;
	advance(d, in, side, cur_left(&whole));
	return result;
}

/* ChangeCipherSpec between the hellos of TLS 1.3 means nothing (RFC 8446 appendix D.4); else what
 * follows it is encrypted. */
static enum dissect_result change_cipher_spec(struct dissect *d, struct cursor *in)
{
	const struct tls_state *state = d->state;
	struct cursor record = cur_init(in->pos, cur_left(in));

	if (state->session.answered && !state->session.retry)
		return DISSECT_DONE;
	cur_skip(&record, 3);
	cur_skip(&record, cur_u16(&record));
	if (record.bad)
		return wait_for(d, RECORD_HEADER_BYTES + 1);
	if (cur_offset(&record) != RECORD_HEADER_BYTES + 1)
		return DISSECT_BAD;
	cur_skip(in, cur_offset(&record));
	return DISSECT_MORE;
}

static enum dissect_result parse(struct dissect *d, struct cursor *in)
{
	struct tls_state *state = d->state;
	struct tls_side *side = &state->sides[d->direction];
	enum dissect_result result;
	uint16_t version;

	if (side->role == TLS_NONE && cur_peek(in, 0) & 0x80) {
		if (probe_ssl2(*in, &version) != GUESS_YES)
			return DISSECT_BAD;
		tls_offer(d, &state->session, version);
		return DISSECT_DONE;
	}
	do {
		d->steps++;
		if (side->role == TLS_CLIENT && state->session.answered && !state->session.retry)
			return DISSECT_DONE;
		if (side->role != TLS_NONE && side->record_left == 0 &&
			cur_peek(in, 0) == TLS_CHANGE_CIPHER_SPEC)
			result = change_cipher_spec(d, in);
		else
			result = message(d, in, side);
	} while (result == DISSECT_MORE && d->want_bytes == 0);
	/* what follows a hello may be encrypted, or end early; the hello is found all the same */
	return result == DISSECT_BAD && side->role != TLS_NONE ? DISSECT_DONE : result;
}

static const char *const applications[] = {[DISSECT_TCP] = "TLS", [DISSECT_UDP] = NULL};

const struct dissector tls_dissector = {
	.name = "tls",
	.transports = 1u << DISSECT_TCP,
	.applications = applications,
	.flow = &tls_table,
	.state_bytes = sizeof(struct tls_state),
	.probe = probe,
	.parse = parse,
};
