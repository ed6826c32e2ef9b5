/* SPDX-License-Identifier: Apache-2.0 */
/* QUIC: the ClientHello in the client's Initial packets, RFC 9000 section 17.2, RFC 9001 section 5,
 * RFC 9369. The keys follow from the version and the first connection identifier the client chose,
 * so anybody on the path may read them. */
#include "base/assemble.h"
#include "base/crypto.h"
#include "dissectors/client_hello.h"
#include "dissectors/dissect.h"

#define CONNECTION_ID_BYTES_MAX 20
#define CRYPTO_BYTES_MAX        16384
#define INITIALS_MAX            8
#define DATAGRAMS_MAX           16
#define KEYS_MAX                2 /* derivations: a Retry or a change of version needs a second */
#define HEADER_BYTES_MAX        1536 /* with a token */
#define PAYLOAD_BYTES_MAX       4096
#define TAG_BYTES               16

enum quic_field { QUIC_VERSION, QUIC_SNI, QUIC_JA3, QUIC_JA4, QUIC_ALPN, QUIC_FIELDS };

enum packet_type { INITIAL, ZERO_RTT, HANDSHAKE, RETRY };

struct quic_keys {
	uint32_t version; /* 0: none derived */
	uint8_t id_bytes;
	uint8_t id[CONNECTION_ID_BYTES_MAX];
	uint8_t key[16], iv[12], hp[16];
};

struct quic_state {
	struct quic_keys keys;
	uint8_t datagrams, initials, derivations;
	struct assemble crypto;
	uint8_t crypto_bytes[ASSEMBLE_STORAGE_BYTES(CRYPTO_BYTES_MAX)];
};

_Static_assert(sizeof(struct quic_state) <= DISSECT_STATE_BYTES_MAX, "state too large");

/* What a long header says; the cursors are views into the datagram. */
struct long_header {
	uint8_t first;
	enum packet_type type;
	uint32_t version;
	struct cursor client_id; /* destination */
	const uint8_t *begin;
	size_t header_bytes;   /* up to the packet number */
	struct cursor payload; /* packet number, sealed octets and tag */
};

/* As Suricata writes it: hexadecimal without leading zeros. */
static const char *version_name(uint64_t version)
{
	return version == 1 ? "1" : NULL;
}

static const struct field quic_fields[QUIC_FIELDS] = {
	[QUIC_VERSION] = {"quic.version", FIELD_U32, FIELD_HEX, MATCH_NONE, KUKLA_PEN, 2300, 0,
		"quicVersion", NULL, "Version",
		"Version of the client's Initial (RFC 9000 section 15).", version_name},
	[QUIC_SNI] = {"quic.sni", FIELD_TEXT, FIELD_HOST, MATCH_NAME, KUKLA_PEN, 2301, 0,
		"quicServerName", NULL, "Server name",
		"Name that the client asks for (RFC 6066 section 3); with ECH a cover name.", NULL},
	[QUIC_JA3] = {"quic.ja3.hash", FIELD_TEXT, 0, MATCH_JA3, KUKLA_PEN, 2302, 0, "quicJa3",
		NULL, "JA3", "JA3 of the ClientHello.", NULL},
	[QUIC_JA4] = {"quic.ja4", FIELD_TEXT, 0, MATCH_JA4, KUKLA_PEN, 2303, 0, "quicJa4", NULL,
		"JA4", "JA4 of the ClientHello.", NULL},
	[QUIC_ALPN] = {"quic.alpn", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2304, 0, "quicAlpn", NULL,
		"ALPN", "Protocols the client offers, joined by commas (RFC 7301).", NULL},
};

static const struct field_table quic_table = {"quic", quic_fields, QUIC_FIELDS};

static bool is_v2(uint32_t version)
{
	return version == 0x6b3343cf;
}

/* T050 and T051, with TLS but not quite the drafts' frames. */
static bool is_google(uint32_t version)
{
	return version == 0x54303530 || version == 0x54303531;
}

/* The salt of a version's Initial secret; NULL for a version we cannot read. */
static const uint8_t *version_salt(uint32_t version)
{
	static const uint8_t v1[20] = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
		0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a}; /* and drafts 33, 34 */
	static const uint8_t v2[20] = {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
		0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9};
	static const uint8_t draft29[20] = {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e,
		0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99};
	static const uint8_t draft23[20] = {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11,
		0xa7, 0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02};
	static const uint8_t draft22[20] = {0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19,
		0x3a, 0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a};
	static const uint8_t t050[20] = {0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80,
		0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10};
	static const uint8_t t051[20] = {0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50,
		0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d};
	uint32_t draft = version >> 8 == 0xff0000 ? version & 0xff : 0;

	if (version == 1 || draft == 33 || draft == 34)
		return v1;
	if (is_v2(version))
		return v2;
	if (draft >= 29 && draft <= 32)
		return draft29;
	if ((version & 0x0f0f0f0f) == 0x0a0a0a0a) /* offered to be refused; sealed as drafts were */
		return draft29;
	if (draft >= 23 && draft <= 28)
		return draft23;
	if (version == 0xfaceb002 || version == 0xfaceb00e) /* mvfst */
		return draft23;
	if (draft == 22 || version == 0xfaceb001)
		return draft22;
	if (is_google(version))
		return version == 0x54303530 ? t050 : t051;
	return NULL;
}

/* RFC 9000 section 16. */
static uint64_t variable_integer(struct cursor *in)
{
	uint8_t first = cur_u8(in);
	uint64_t value = first & 0x3f;

	for (unsigned more = (1u << (first >> 6)) - 1; more > 0; more--)
		value = value << 8 | cur_u8(in);
	return value;
}

/* A block that a variable integer gives the length of. */
static struct cursor variable_block(struct cursor *in)
{
	uint64_t bytes = variable_integer(in);

	if (bytes > cur_left(in))
		cur_fail(in);
	return cur_sub(in, in->bad ? 0 : (size_t)bytes);
}

static enum packet_type packet_type(uint32_t version, uint8_t first)
{
	unsigned bits = first >> 4 & 3;

	/* RFC 9369 section 3.2 turns the numbers by one */
	return (enum packet_type)(is_v2(version) ? (bits + 3) & 3 : bits);
}

/* Moves `in` behind the packet. False: not a long header of a version we read, or its lengths do
 * not fit. */
static bool long_header(struct cursor *in, struct long_header *ret)
{
	struct long_header h = {.begin = in->pos};
	uint8_t server_id_bytes;

	h.first = cur_u8(in);
	h.version = cur_u32(in);
	h.client_id = cur_sub(in, cur_u8(in));
	server_id_bytes = cur_u8(in);
	cur_skip(in, server_id_bytes);
	if (in->bad || !(h.first & 0x80) || cur_left(&h.client_id) > CONNECTION_ID_BYTES_MAX ||
		server_id_bytes > CONNECTION_ID_BYTES_MAX || !version_salt(h.version))
		return false;
	h.type = packet_type(h.version, h.first);
	if (h.type == RETRY)
		return false;
	if (h.type == INITIAL)
		(void)variable_block(in); /* token */
	h.payload = variable_block(in);
	if (in->bad)
		return false;
	h.header_bytes = (size_t)(h.payload.pos - h.begin);
	*ret = h;
	return true;
}

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	struct long_header h;

	(void)d;
	if (!long_header(&in, &h))
		return GUESS_NO;
	return h.type == INITIAL || h.type == ZERO_RTT ? GUESS_YES : GUESS_NO;
}

/* HKDF-Expand-Label of RFC 8446 section 7.1 with an empty context. */
static void expand_label(uint8_t *ret, size_t bytes, const uint8_t secret[32], const char *label)
{
	uint8_t info[64] = {0, (uint8_t)bytes};
	size_t label_bytes = strlen(label);

	info[2] = (uint8_t)(6 + label_bytes);
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, label_bytes);
	(void)crypto_hkdf_expand(ret, bytes, secret, info, 9 + label_bytes + 1);
}

/* RFC 9001 section 5.2. */
static void derive_keys(struct quic_keys *k, uint32_t version, struct cursor id)
{
	uint8_t initial[32], client[32];

	k->version = version;
	k->id_bytes = (uint8_t)cur_left(&id);
	if (k->id_bytes)
		memcpy(k->id, id.pos, k->id_bytes);
	crypto_hkdf_extract(initial, version_salt(version), 20, k->id, k->id_bytes);
	expand_label(client, sizeof(client), initial, "client in");
	expand_label(k->key, sizeof(k->key), client, is_v2(version) ? "quicv2 key" : "quic key");
	expand_label(k->iv, sizeof(k->iv), client, is_v2(version) ? "quicv2 iv" : "quic iv");
	expand_label(k->hp, sizeof(k->hp), client, is_v2(version) ? "quicv2 hp" : "quic hp");
}

/* Take the header protection off and open (RFC 9001 sections 5.3 and 5.4); the octets of the
 * frames go to `ret`. 0: cannot be opened with these keys. */
static size_t open_packet(
	uint8_t ret[PAYLOAD_BYTES_MAX], const struct quic_keys *k, const struct long_header *h)
{
	uint8_t header[HEADER_BYTES_MAX], mask[16], nonce[12];
	struct cursor payload = h->payload;
	size_t header_bytes = h->header_bytes, number_bytes;

	if (cur_left(&payload) < 4 + 16 || header_bytes + 4 > sizeof(header) ||
		!crypto_aes128_block(mask, k->hp, payload.pos + 4))
		return 0;
	memcpy(header, h->begin, header_bytes);
	header[0] ^= mask[0] & 0x0f;
	number_bytes = (header[0] & 3u) + 1;
	memcpy(nonce, k->iv, sizeof(nonce));
	for (size_t i = 0; i < number_bytes; i++) {
		uint8_t octet = cur_u8(&payload) ^ mask[1 + i];

		header[header_bytes + i] = octet;
		nonce[sizeof(nonce) - number_bytes + i] ^= octet;
	}
	if (cur_left(&payload) <= TAG_BYTES || cur_left(&payload) - TAG_BYTES > PAYLOAD_BYTES_MAX ||
		!crypto_aes128_gcm_open(ret, k->key, nonce, header, header_bytes + number_bytes,
			payload.pos, cur_left(&payload)))
		return 0;
	return cur_left(&payload) - TAG_BYTES;
}

/* The most of an Initial: a client fills its datagram up. */
static void skip_padding(struct cursor *in)
{
	struct cursor next = *in;

	while (cur_left(&next) > 0 && cur_u8(&next) == 0)
		*in = next;
}

/* ACK, RFC 9000 section 19.3. */
static void skip_ack(struct dissect *d, struct cursor *in, bool counts)
{
	uint64_t ranges;

	(void)variable_integer(in); /* largest */
	(void)variable_integer(in); /* delay */
	ranges = variable_integer(in);
	(void)variable_integer(in); /* first range */
	for (; ranges > 0 && !in->bad; ranges--, d->steps++) {
		(void)variable_integer(in);
		(void)variable_integer(in);
	}
	for (int i = 0; counts && i < 3; i++)
		(void)variable_integer(in);
}

/* The frames that an Initial may hold, RFC 9000 section 12.4; CRYPTO goes to the assembly. */
static void read_frames(struct dissect *d, struct cursor in)
{
	struct quic_state *state = d->state;
	struct cursor piece;
	uint64_t offset;

	for (; cur_left(&in) > 0; d->steps++) {
		uint8_t type = cur_u8(&in);

		switch (type == 0x08 && is_google(state->keys.version) ? 0x06 : type) {
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
			offset = variable_integer(&in);
			piece = variable_block(&in);
			if (!in.bad)
				assemble_add(&state->crypto, offset, piece.pos, cur_left(&piece));
			break;
		default: /* CONNECTION_CLOSE, or what must not be here */
			return;
		}
	}
}

/* Open with the keys there are, else with those of this packet's own identifier. */
static size_t open_initial(
	uint8_t ret[PAYLOAD_BYTES_MAX], struct quic_state *state, const struct long_header *h)
{
	struct quic_keys *k = &state->keys;
	size_t bytes = 0, id_bytes = cur_left(&h->client_id);

	if (k->version == h->version)
		bytes = open_packet(ret, k, h);
	if (bytes > 0 || state->derivations == KEYS_MAX ||
		(k->version == h->version && k->id_bytes == id_bytes &&
			memcmp(k->id, h->client_id.pos, id_bytes) == 0))
		return bytes;
	derive_keys(k, h->version, h->client_id);
	state->derivations++;
	/* a new connection attempt sends its hello from the start */
	assemble_init(&state->crypto, state->crypto_bytes, CRYPTO_BYTES_MAX);
	return open_packet(ret, k, h);
}

/* The ClientHello, if all of it is there. */
static enum dissect_result read_hello(struct dissect *d)
{
	static const struct client_hello_fields to = {&quic_fields[QUIC_SNI],
		&quic_fields[QUIC_ALPN], &quic_fields[QUIC_JA3], &quic_fields[QUIC_JA4], NULL, 'q'};
	struct quic_state *state = d->state;
	struct cursor in = cur_init(state->crypto_bytes, assemble_ready(&state->crypto)), body;
	struct client_hello hello;
	uint8_t type;
	uint32_t bytes;

	if (cur_left(&in) < 4)
		return DISSECT_MORE;
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

static enum dissect_result parse(struct dissect *d, struct cursor *in)
{
	struct quic_state *state = d->state;
	enum dissect_result result = DISSECT_MORE;
	uint8_t payload[PAYLOAD_BYTES_MAX];
	struct long_header h;

	if (d->direction == DISSECT_TO_CLIENT || state->datagrams++ == DATAGRAMS_MAX)
		return DISSECT_DONE;
	/* packets of one datagram stand one behind the other (RFC 9000 section 12.2) */
	while (result == DISSECT_MORE && cur_left(in) > 0 && long_header(in, &h)) {
		size_t bytes;

		d->steps++;
		if (h.type != INITIAL)
			continue;
		if (state->initials == INITIALS_MAX)
			return DISSECT_DONE;
		state->initials++;
		record_set(d->flow, &quic_fields[QUIC_VERSION], h.version);
		bytes = open_initial(payload, state, &h);
		if (bytes == 0)
			continue;
		read_frames(d, cur_init(payload, bytes));
		result = read_hello(d);
	}
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
	.probe = probe,
	.parse = parse,
};
