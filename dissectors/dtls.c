/* SPDX-License-Identifier: Apache-2.0 */
/* DTLS over UDP, RFC 6347 section 4 and RFC 9147 section 5: the hellos of both sides and the
 * server's certificate, as for TLS. Fragments of messages come in any order and more than once, in
 * several records of a datagram. Before them, on the same ports, may come STUN (RFC 7983); CAPWAP
 * has four octets before each record (RFC 5415 section 4.2). */
#include "base/assemble.h"
#include "dissectors/dissect.h"
#include "dissectors/tls_messages.h"

#define RECORD_HEADER_BYTES   13
#define FRAGMENT_HEADER_BYTES 12
#define DATAGRAMS_MAX         32 /* of a direction */
#define CLIENT_BYTES_MAX      4096
#define SERVER_BYTES_MAX      1024
#define CERTIFICATE_BYTES_MAX 12288
#define PORT_CAPWAP           5246

enum { HELLO_VERIFY_REQUEST = 3 };

/* A message whose fragments are awaited. */
struct pending {
	struct assemble assembly;
	uint32_t bytes; /* of the message; 0: none begun */
	uint16_t sequence;
	uint8_t from; /* 1 + direction */
};

struct dtls_pieces {
	uint8_t client[ASSEMBLE_STORAGE_BYTES(CLIENT_BYTES_MAX)];
	uint8_t server[ASSEMBLE_STORAGE_BYTES(SERVER_BYTES_MAX)];
	uint8_t certificate[ASSEMBLE_STORAGE_BYTES(CERTIFICATE_BYTES_MAX)];
};

_Static_assert(sizeof(struct dtls_pieces) <= DISSECT_STATE_BYTES_MAX, "pieces too large");

struct dtls_state {
	struct dtls_pieces *pieces; /* dissect_more: what `pending` is put together in */
	struct tls_session session;
	uint8_t datagrams[2];
	uint8_t client, server; /* 1 + direction of who sent that hello; 0: unseen */
	uint16_t client_sequence;
	struct pending client_hello, server_hello, certificate;
};

struct dtls_record {
	uint8_t type;
	uint16_t epoch;
	struct cursor body;
};

/* One fragment of a handshake message, which may be all of it. */
struct fragment {
	uint8_t type;
	uint16_t sequence;
	uint32_t bytes, offset; /* of the message; of the piece in it */
	struct cursor piece;
};

/* False: no record is here, or not all of it. */
static bool next_record(struct cursor *in, struct dtls_record *ret)
{
	uint16_t version;

	ret->type = cur_u8(in);
	version = cur_u16(in);
	ret->epoch = cur_u16(in);
	cur_skip(in, 6); /* sequence number */
	ret->body = cur_sub(in, cur_u16(in));
	return !in->bad &&
	       (version == 0xfeff || (version >= 0xfefc && version <= 0xfefd) || version == 0x0100);
}

static bool next_fragment(struct cursor *in, struct fragment *ret)
{
	uint32_t bytes;

	ret->type = cur_u8(in);
	ret->bytes = cur_u24(in);
	ret->sequence = cur_u16(in);
	ret->offset = cur_u24(in);
	bytes = cur_u24(in);
	ret->piece = cur_sub(in, bytes);
	return !in->bad && ret->bytes <= TLS_HANDSHAKE_BYTES_MAX && ret->offset <= ret->bytes &&
	       bytes <= ret->bytes - ret->offset;
}

/* CAPWAP's header before DTLS: version 0, type 1, three octets of zero. */
static void skip_capwap(struct cursor *in)
{
	if (cur_is(in, "\x01\0\0\0", 4))
		cur_skip(in, 4);
}

/* What comes before DTLS on ports that it shares: STUN (RFC 8489 section 5; without the cookie,
 * which older ones do not have), CAPWAP's discovery. */
static bool is_neighbour(const struct dissect *d, const struct cursor *in)
{
	size_t bytes = (size_t)cur_peek(in, 2) << 8 | cur_peek(in, 3);

	if (cur_peek(in, 0) == 0 &&
		(d->port_server == PORT_CAPWAP || d->port_client == PORT_CAPWAP))
		return true;
	return cur_left(in) >= 20 && (cur_peek(in, 0) & 0xc0) == 0 && bytes % 4 == 0 &&
	       bytes == cur_left(in) - 20;
}

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	enum dissect_guess otherwise = is_neighbour(d, &in) ? GUESS_MORE : GUESS_NO;
	struct dtls_record record;
	struct fragment fragment;

	skip_capwap(&in);
	if (!next_record(&in, &record) || record.type < TLS_CHANGE_CIPHER_SPEC ||
		record.type > TLS_RECORD_HANDSHAKE + 4)
		return otherwise;
	otherwise = GUESS_MORE; /* from its middle on, or broken: a hello may yet come */
	if (record.type != TLS_RECORD_HANDSHAKE || record.epoch != 0 ||
		!next_fragment(&record.body, &fragment))
		return otherwise;
	switch (fragment.type) {
	case TLS_CLIENT_HELLO:
	case TLS_SERVER_HELLO:
		return fragment.bytes >= TLS_HELLO_BYTES_MIN ? GUESS_YES : otherwise;
	case HELLO_VERIFY_REQUEST:
	case TLS_CERTIFICATE:
		return GUESS_YES;
	default:
		return otherwise;
	}
}

static struct pending *pending_of(struct dtls_state *state, uint8_t type)
{
	switch (type) {
	case TLS_CLIENT_HELLO:
		return &state->client_hello;
	case TLS_SERVER_HELLO:
		return &state->server_hello;
	case TLS_CERTIFICATE:
		return &state->certificate;
	default:
		return NULL;
	}
}

static void pending_begin(struct dtls_state *state, uint8_t type)
{
	struct dtls_pieces *to = state->pieces;

	if (type == TLS_CLIENT_HELLO)
		assemble_init(&state->client_hello.assembly, to->client, CLIENT_BYTES_MAX);
	else if (type == TLS_SERVER_HELLO)
		assemble_init(&state->server_hello.assembly, to->server, SERVER_BYTES_MAX);
	else
		assemble_init(&state->certificate.assembly, to->certificate, CERTIFICATE_BYTES_MAX);
}

/* So many octets of a message are enough, as far as its first ones say. */
static size_t wanted_bytes(uint8_t type, const struct cursor *there, size_t bytes)
{
	struct cursor in = *there;
	size_t first;

	if (type != TLS_CERTIFICATE || bytes < 6)
		return bytes;
	cur_skip(&in, 3);
	first = cur_u24(&in);
	first = 6 + (in.bad ? 0 : first);
	return first < bytes ? first : bytes;
}

/* What is there of a message without a hole; its octets stay in the pieces. */
static struct cursor pending_ready(const struct pending *p)
{
	size_t ready = p->bytes ? assemble_ready(&p->assembly) : 0;

	return cur_init(p->assembly.bytes, ready < p->bytes ? ready : p->bytes);
}

/* A certificate once it is whole and its server is known: it may come before the hello. */
static enum dissect_result try_certificate(struct dissect *d)
{
	struct dtls_state *state = d->state;
	const struct pending *p = &state->certificate;
	struct cursor ready = pending_ready(p);

	if (!p->bytes || p->from != state->server)
		return DISSECT_MORE;
	if (wanted_bytes(TLS_CERTIFICATE, &ready, p->bytes) > CERTIFICATE_BYTES_MAX) {
		d->flow->lost_values++;
		return DISSECT_DONE;
	}
	if (cur_left(&ready) < wanted_bytes(TLS_CERTIFICATE, &ready, p->bytes))
		return DISSECT_MORE;
	return tls_certificate(d, ready);
}

static enum dissect_result client_message(
	struct dissect *d, const struct fragment *f, struct cursor body)
{
	struct dtls_state *state = d->state;
	enum dissect_result result;

	if (state->session.asked && f->sequence == state->client_sequence)
		return DISSECT_MORE; /* sent again */
	result = tls_client_hello(d, &state->session, body);
	if (result != DISSECT_BAD) {
		state->client = (uint8_t)(1 + d->direction);
		state->client_sequence = f->sequence;
	}
	return result;
}

static enum dissect_result server_message(struct dissect *d, struct cursor body)
{
	struct dtls_state *state = d->state;
	enum dissect_result result = tls_server_hello(d, &state->session, body);

	if (result == DISSECT_BAD)
		return result;
	state->server = (uint8_t)(1 + d->direction);
	return result == DISSECT_MORE ? try_certificate(d) : result;
}

/* One fragment; the message when it completes it. */
static enum dissect_result take_fragment(struct dissect *d, const struct fragment *f)
{
	struct dtls_state *state = d->state;
	struct pending *p = pending_of(state, f->type);
	uint8_t from = (uint8_t)(1 + d->direction);
	struct cursor body = f->piece;
	bool whole = cur_left(&f->piece) == f->bytes;

	/* a client's certificate is its own affair; a peer that sends both hellos confuses us */
	if (!p || (f->type == TLS_CLIENT_HELLO ? state->server : state->client) == from ||
		(f->type == TLS_CLIENT_HELLO &&
			(dissect_is_responder(d) || (state->client && state->client != from))))
		return DISSECT_MORE;
	if (!whole || f->type == TLS_CERTIFICATE) {
		if (!dissect_more(d, sizeof(*state->pieces))) {
			d->flow->lost_values++;
			return DISSECT_DONE;
		}
		if (p->bytes != f->bytes || p->sequence != f->sequence || p->from != from) {
			p->bytes = f->bytes;
			p->sequence = f->sequence;
			p->from = from;
			pending_begin(state, f->type);
		}
		assemble_add(&p->assembly, f->offset, f->piece.pos, cur_left(&f->piece));
		d->conflict |= p->assembly.conflict;
		p->assembly.conflict = false;
		body = pending_ready(p);
	}
	if (f->type == TLS_CERTIFICATE)
		return try_certificate(d);
	if (cur_left(&body) < f->bytes)
		return DISSECT_MORE;
	return f->type == TLS_CLIENT_HELLO ? client_message(d, f, body) : server_message(d, body);
}

static enum dissect_result take_record(struct dissect *d, struct dtls_record *r)
{
	const struct dtls_state *state = d->state;
	uint8_t from = (uint8_t)(1 + d->direction);
	enum dissect_result result = DISSECT_MORE;
	struct fragment f;

	/* encrypted from here on */
	if (r->epoch > 0 || r->type == TLS_CHANGE_CIPHER_SPEC)
		return state->client == from || state->server == from ? DISSECT_DONE : DISSECT_MORE;
	if (r->type != TLS_RECORD_HANDSHAKE)
		return DISSECT_MORE;
	for (; result == DISSECT_MORE && cur_left(&r->body) > 0; d->steps++) {
		if (!next_fragment(&r->body, &f))
			break;
		result = take_fragment(d, &f);
	}
	return result;
}

/* Datagrams of other protocols between are passed over. */
static enum dissect_result parse(struct dissect *d, struct cursor *in)
{
	struct dtls_state *state = d->state;
	struct dtls_record record;
	enum dissect_result result = DISSECT_MORE;

	if (state->datagrams[d->direction]++ == DATAGRAMS_MAX)
		return DISSECT_DONE;
	skip_capwap(in);
	for (; result == DISSECT_MORE && cur_left(in) > 0; d->steps++) {
		if (!next_record(in, &record))
			break;
		result = take_record(d, &record);
	}
	if (result == DISSECT_BAD && (state->client || state->server))
		return DISSECT_DONE;
	return result;
}

/* No name of an application: what runs over DTLS is mostly something else (calls, tunnels), and
 * nDPI's engine knows more of it. */
const struct dissector dtls_dissector = {
	.name = "dtls",
	.transports = 1u << DISSECT_UDP,
	.flow = &tls_table,
	.state_bytes = sizeof(struct dtls_state),
	.more_bytes = sizeof(struct dtls_pieces),
	.probe = probe,
	.parse = parse,
};
