/* SPDX-License-Identifier: Apache-2.0 */
/* QUIC: the ClientHello in the client's Initial packets, RFC 9000 section 17.2.2 and 19.6, RFC 9001
 * section 4; and the hello of Google's QUIC before it (gquic.h).
 *
 * Who the client is shows when an Initial opens: with keys of its own destination, which nobody but
 * a client's first flight (after a Retry the next one) has. The initiator of a flow may be the
 * server: packets come in any order, and a capture begins anywhere. */
#include "base/assemble.h"
#include "dissectors/client_hello.h"
#include "dissectors/dissect.h"
#include "dissectors/gquic.h"
#include "dissectors/quic_keys.h"

#define CRYPTO_BYTES_MAX 16384
#define INITIALS_MAX     8
#define DATAGRAMS_MAX    16 /* of a direction */
#define DERIVATIONS_MAX  2  /* of keys: a Retry or a change of version needs a second */
#define QUIC_PORT        443
#define SHORT_BYTES      21 /* the least that a packet with a short header is, section 10.3 */
#define FIRST_ID_BYTES   8  /* a client's first destination has so many at least, section 7.2 */

enum quic_field {
	QUIC_VERSION,
	QUIC_SNI,
	QUIC_JA3,
	QUIC_JA4,
	QUIC_ALPN,
	QUIC_ECH,
	QUIC_USER_AGENT,
	QUIC_FIELDS
};

/* The octets of the client's CRYPTO frames. */
struct quic_pieces {
	struct assemble crypto;
	uint8_t bytes[ASSEMBLE_STORAGE_BYTES(CRYPTO_BYTES_MAX)];
};

struct quic_state {
	struct quic_pieces *pieces; /* dissect_more */
	struct quic_keys keys;      /* that opened an Initial */
	struct quic_keys tried;     /* that opened nothing yet: a broken packet may come again */
	uint8_t datagrams[2], initials, derivations;
	bool client_known, client_reversed; /* reversed: the client is the responder */
	bool begins;                        /* a hello: nothing of it is in the pieces */
	bool done;                          /* the hello was read */
};

_Static_assert(sizeof(struct quic_pieces) <= DISSECT_STATE_BYTES_MAX, "pieces too large");

/* As Suricata writes it: Google's by its name, others hexadecimal without leading zeros. */
static const char *version_name(uint64_t version)
{
	return version == 1 ? "1" : gquic_version_name(version);
}

static const struct field quic_fields[QUIC_FIELDS] = {
	[QUIC_VERSION] = {"quic.version", FIELD_U32, FIELD_HEX, MATCH_NONE, KUKLA_PEN, 2300, 0,
		"quicVersion", NULL, "Version",
		"Version of the client's Initial (RFC 9000 section 15); of the server's where the "
		"client's was not seen.",
		version_name},
	[QUIC_SNI] = {"quic.sni", FIELD_TEXT, FIELD_HOST, MATCH_NAME, KUKLA_PEN, 2301, 0,
		"quicServerName", NULL, "Server name",
		"Name that the client asks for (RFC 6066 section 3); with ECH a cover name.", NULL},
	[QUIC_JA3] = {"quic.ja3.hash", FIELD_TEXT, 0, MATCH_JA3, KUKLA_PEN, 2302, 0, "quicJa3",
		NULL, "JA3", "JA3 of the ClientHello.", NULL},
	[QUIC_JA4] = {"quic.ja4", FIELD_TEXT, 0, MATCH_JA4, KUKLA_PEN, 2303, 0, "quicJa4", NULL,
		"JA4", "JA4 of the ClientHello.", NULL},
	[QUIC_ALPN] = {"quic.alpn", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2304, 0, "quicAlpn", NULL,
		"ALPN", "Protocols the client offers, joined by commas (RFC 7301).", NULL},
	[QUIC_ECH] = {"quic.ech", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 2305, 0, "quicEch", NULL,
		"ECH", "1: the client offers Encrypted Client Hello (RFC 9849).", NULL},
	[QUIC_USER_AGENT] = {"quic.ua", FIELD_TEXT, 0, MATCH_USER_AGENT, KUKLA_PEN, 2306, 0,
		"quicUserAgent", NULL, "User agent",
		"User agent that a client of Google's QUIC sends (UAID, up to version Q050).",
		NULL},
};

static const struct field_table quic_table = {"quic", quic_fields, QUIC_FIELDS};

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	struct cursor walk = in;
	struct quic_packet p;
	struct gquic_form form;

	if (quic_long_header(&walk, &p)) {
		/* RFC 9287 lets a client's Initial alone leave the fixed bit out */
		if (p.type != QUIC_INITIAL && !(p.first & 0x40))
			return GUESS_NO;
		return GUESS_YES;
	}
	walk = in;
	if (gquic_packet(&walk, &form) || quic_negotiation(in))
		return GUESS_YES;
	/* a short header has no version: on QUIC's port one may have overtaken a long one */
	if ((d->port_server == QUIC_PORT || d->port_client == QUIC_PORT) &&
		cur_left(&in) >= SHORT_BYTES && (cur_peek(&in, 0) & 0xc0) == 0x40)
		return GUESS_MORE;
	return GUESS_NO;
}

/* The most of an Initial: a client fills its datagram up. */
static void skip_padding(struct cursor *in)
{
	static const uint8_t zeros[32];

	while (cur_is(in, zeros, sizeof(zeros)))
		cur_skip(in, sizeof(zeros));
	while (cur_left(in) > 0 && cur_peek(in, 0) == 0)
		cur_skip(in, 1);
}

/* ACK, RFC 9000 section 19.3. */
static void skip_ack(struct dissect *d, struct cursor *in, bool counts)
{
	uint64_t ranges;

	(void)quic_integer(in); /* largest */
	(void)quic_integer(in); /* delay */
	ranges = quic_integer(in);
	(void)quic_integer(in); /* first range */
	for (; ranges > 0 && !in->bad; ranges--, d->steps++) {
		(void)quic_integer(in);
		(void)quic_integer(in);
	}
	for (int i = 0; counts && i < 3; i++)
		(void)quic_integer(in);
}

/* The frames that an Initial may hold, RFC 9000 section 12.4; CRYPTO goes to the assembly. */
static void read_frames(struct dissect *d, struct cursor in, struct assemble *crypto)
{
	struct cursor piece;
	uint64_t offset;

	for (; cur_left(&in) > 0; d->steps++) {
		switch (cur_u8(&in)) {
		case 0x00: /* PADDING */
			skip_padding(&in);
			break;
		case 0x01: /* PING */
			break;
		case 0x02:
			skip_ack(d, &in, false);
			break;
		case 0x03:
			skip_ack(d, &in, true);
			break;
		case 0x06: /* CRYPTO */
			offset = quic_integer(&in);
			piece = quic_block(&in);
			if (!in.bad)
				assemble_add(crypto, offset, piece.pos, cur_left(&piece));
			break;
		default: /* CONNECTION_CLOSE, or what must not be here */
			return;
		}
	}
}

static void read_google_frames(
	struct dissect *d, struct cursor in, uint32_t version, struct assemble *crypto)
{
	struct gquic_form form = {version, 1};
	struct gquic_piece p;

	while (gquic_next(d, &in, &form, &p))
		assemble_add(crypto, p.offset, p.octets.pos, cur_left(&p.octets));
}

static bool keys_of(const struct quic_keys *k, const struct quic_packet *p)
{
	return k->version == p->version && cur_left(&p->to) == k->id_bytes &&
	       cur_is(&p->to, k->id, k->id_bytes);
}

static struct cursor open_with(
	struct dissect *d, const struct quic_keys *k, const struct quic_packet *p)
{
	d->decrypts++;
	return quic_open(k, p, d->scratch, DISSECT_SCRATCH_BYTES);
}

/* Open with the keys there are, else with those of this packet's own destination, which stay when
 * they fit. */
static struct cursor open_initial(struct dissect *d, const struct quic_packet *p)
{
	struct quic_state *state = d->state;
	struct cursor frames = {.bad = true};

	if (d->frugal) {
		d->decrypts_shed++;
		return frames;
	}
	if (state->keys.version == p->version)
		frames = open_with(d, &state->keys, p);
	/* a server's destination is what its client calls itself, often nothing; a token is a
	 * client's, to an identifier that a Retry chose, of any length */
	if (!frames.bad || (cur_left(&p->to) < FIRST_ID_BYTES && !p->has_token) ||
		keys_of(&state->keys, p) || dissect_is_responder(d))
		return frames;
	if (!keys_of(&state->tried, p)) {
		if (state->derivations == DERIVATIONS_MAX)
			return frames;
		state->derivations++;
		d->decrypts++;
		quic_keys_derive(&state->tried, p->version, p->to);
	}
	frames = open_with(d, &state->tried, p);
	if (!frames.bad) {
		/* a new connection attempt sends its hello from the start */
		state->keys = state->tried;
		state->begins = true;
		state->client_known = true;
		state->client_reversed = d->direction == DISSECT_TO_CLIENT;
	}
	return frames;
}

static const struct gquic_fields google_fields = {
	&quic_fields[QUIC_SNI], &quic_fields[QUIC_ALPN], &quic_fields[QUIC_USER_AGENT]};

/* The ClientHello, if all of it is there. */
static enum dissect_result read_hello(struct dissect *d, struct cursor in)
{
	static const struct client_hello_fields to = {&quic_fields[QUIC_SNI],
		&quic_fields[QUIC_ALPN], &quic_fields[QUIC_JA3], &quic_fields[QUIC_JA4],
		&quic_fields[QUIC_ECH], 'q'};
	const struct quic_state *state = d->state;
	struct client_hello hello;
	struct cursor body;
	uint8_t type;
	uint32_t bytes;

	if (cur_left(&in) < 4)
		return DISSECT_MORE;
	if (gquic_version(state->keys.version))
		return gquic_hello(d, in, &google_fields);
	type = cur_u8(&in);
	bytes = cur_u24(&in);
	if (type != TLS_CLIENT_HELLO || bytes > CRYPTO_BYTES_MAX - 4)
		return DISSECT_BAD;
	if (bytes > cur_left(&in))
		return DISSECT_MORE;
	body = cur_sub(&in, bytes);
	if (!client_hello_parse(&hello, body))
		return DISSECT_BAD;
	d->steps += hello.extension_count + (uint32_t)cur_left(&hello.ciphers) / 2;
	client_hello_record(d->flow, &hello, &to);
	return DISSECT_DONE;
}

/* The client's version wins over what the server's packets say. */
static void record_version(struct dissect *d, uint32_t version, bool client)
{
	const struct field *f = &quic_fields[QUIC_VERSION];

	if (client || record_get(d->flow, f) == 0)
		record_set(d->flow, f, version);
}

static enum dissect_result read_initial(struct dissect *d, const struct quic_packet *p)
{
	struct quic_state *state = d->state;
	struct quic_pieces *pieces;
	struct cursor frames;

	if (state->initials == INITIALS_MAX)
		return DISSECT_DONE;
	state->initials++;
	frames = open_initial(d, p);
	record_version(d, p->version, !frames.bad || d->direction == DISSECT_TO_SERVER);
	if (frames.bad)
		return DISSECT_MORE;
	pieces = dissect_more(d, sizeof(*pieces));
	if (!pieces) {
		d->flow->lost_values++;
		return DISSECT_DONE;
	}
	if (state->begins)
		assemble_init(&pieces->crypto, pieces->bytes, CRYPTO_BYTES_MAX);
	state->begins = false;
	if (gquic_frames(p->version))
		read_google_frames(d, frames, p->version, &pieces->crypto);
	else
		read_frames(d, frames, &pieces->crypto);
	d->conflict |= pieces->crypto.conflict;
	pieces->crypto.conflict = false;
	return read_hello(d, cur_init(pieces->bytes, assemble_ready(&pieces->crypto)));
}

/* A packet of Google's QUIC in the clear. A client's hello is in one packet, from its start: what
 * has another length or other octets is not in the clear after all. */
static enum dissect_result read_google(
	struct dissect *d, struct cursor in, const struct gquic_form *form)
{
	struct gquic_piece p;

	record_version(d, form->version, d->direction == DISSECT_TO_SERVER);
	while (gquic_next(d, &in, form, &p)) {
		if (dissect_is_responder(d) ||
			gquic_hello(d, p.octets, &google_fields) != DISSECT_DONE)
			continue;
		record_version(d, form->version, true);
		return DISSECT_DONE;
	}
	return DISSECT_MORE;
}

/* Packets of one datagram stand one behind the other, RFC 9000 section 12.2. */
static enum dissect_result read_datagram(struct dissect *d, struct cursor *in)
{
	enum dissect_result result = DISSECT_MORE;
	struct cursor clear = *in;
	struct quic_packet p;
	struct gquic_form form;

	if (gquic_packet(&clear, &form))
		return read_google(d, clear, &form);
	for (; result == DISSECT_MORE && cur_left(in) > 0 && quic_long_header(in, &p); d->steps++) {
		if (p.type == QUIC_INITIAL)
			result = read_initial(d, &p);
		else
			record_version(d, p.version, false);
	}
	return result;
}

static enum dissect_result parse(struct dissect *d, struct cursor *in)
{
	struct quic_state *state = d->state;
	enum dissect_result result;

	if (state->done || state->datagrams[d->direction]++ == DATAGRAMS_MAX)
		return DISSECT_DONE;
	if (state->client_known && state->client_reversed != (d->direction == DISSECT_TO_CLIENT))
		return state->client_reversed ? DISSECT_MORE : DISSECT_DONE;
	result = read_datagram(d, in);
	state->done = result == DISSECT_DONE;
	return result;
}

static const char *const applications[] = {[DISSECT_TCP] = NULL, [DISSECT_UDP] = "QUIC"};

const struct dissector quic_dissector = {
	.name = "quic",
	.transports = 1u << DISSECT_UDP,
	.applications = applications,
	.flow = &quic_table,
	.client_only = true,
	.state_bytes = sizeof(struct quic_state),
	.more_bytes = sizeof(struct quic_pieces),
	.probe = probe,
	.parse = parse,
};
