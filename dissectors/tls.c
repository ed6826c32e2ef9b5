/* SPDX-License-Identifier: Apache-2.0 */
/* TLS over TCP: the ClientHello and the ServerHello, RFC 8446 sections 4.1 and 5.1. A hello may lie
 * over several records; the bytes of one direction come without a hole from its first one on. */
#include "base/cleanup.h"
#include "dissectors/client_hello.h"
#include "dissectors/dissect.h"
#include "dissectors/ja.h"

#define RECORD_HANDSHAKE     22
#define RECORD_HEADER_BYTES  5
#define RECORD_BYTES_MAX_TLS (16384 + 2048)
#define DRAFT_16             0x7f10 /* of TLS 1.3 */
#define HELLO_BYTES_MIN      38     /* version, random, three empty lists and a length */

enum tls_field { TLS_SNI, TLS_VERSION, TLS_ALPN, TLS_JA3, TLS_JA3S, TLS_JA4, TLS_ECH, TLS_FIELDS };

struct tls_state {
	bool answered; /* the server has chosen a version: what the client offered counts no more */
};

_Static_assert(sizeof(struct tls_state) <= DISSECT_STATE_BYTES_MAX, "state too large");

/* As Suricata writes them. */
static const char *version_name(uint64_t version)
{
	static const char *const names[] = {"SSLv3", "TLSv1", "TLS 1.1", "TLS 1.2", "TLS 1.3"};
	static const char *const drafts[] = {"TLS 1.3 draft-16", "TLS 1.3 draft-17",
		"TLS 1.3 draft-18", "TLS 1.3 draft-19", "TLS 1.3 draft-20", "TLS 1.3 draft-21",
		"TLS 1.3 draft-22", "TLS 1.3 draft-23", "TLS 1.3 draft-24", "TLS 1.3 draft-25",
		"TLS 1.3 draft-26", "TLS 1.3 draft-27", "TLS 1.3 draft-28"};

	if (version >= 0x0300 && version - 0x0300 < ARRAY_LEN(names))
		return names[version - 0x0300];
	if (version >= DRAFT_16 && version - DRAFT_16 < ARRAY_LEN(drafts))
		return drafts[version - DRAFT_16];
	return version >> 8 == DRAFT_16 >> 8 ? "TLS 1.3 draft-<16" : "UNDETERMINED";
}

static const struct field tls_fields[TLS_FIELDS] = {
	[TLS_SNI] = {"tls.sni", FIELD_TEXT, FIELD_HOST, MATCH_NAME, PEN_CERT, 294, 0,
		"sslServerName", NULL, "Server name",
		"Name that the client asks for (RFC 6066 section 3); with ECH a cover name.", NULL},
	[TLS_VERSION] = {"tls.version", FIELD_U16, 0, MATCH_NONE, PEN_CERT, 288, 0,
		"sslRecordVersion", NULL, "Version",
		"Version the server chose or, unseen, the highest the client offers.",
		version_name},
	[TLS_ALPN] = {"tls.alpn", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2102, 0, "tlsAlpn", NULL,
		"ALPN", "Protocols the client offers, joined by commas (RFC 7301).", NULL},
	[TLS_JA3] = {"tls.ja3.hash", FIELD_TEXT, 0, MATCH_JA3, KUKLA_PEN, 2103, 0, "tlsJa3", NULL,
		"JA3", "JA3 of the ClientHello.", NULL},
	[TLS_JA3S] = {"tls.ja3s.hash", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2104, 0, "tlsJa3s",
		NULL, "JA3S", "JA3S of the ServerHello.", NULL},
	[TLS_JA4] = {"tls.ja4", FIELD_TEXT, 0, MATCH_JA4, KUKLA_PEN, 2105, 0, "tlsJa4", NULL, "JA4",
		"JA4 of the ClientHello.", NULL},
	[TLS_ECH] = {"tls.ech", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 2106, 0, "tlsEch", NULL, "ECH",
		"1: the ClientHello has an encrypted one inside (RFC 9849).", NULL},
};

static const struct field_table tls_table = {"tls", tls_fields, TLS_FIELDS};

static bool is_hello_version(uint8_t major, uint8_t minor)
{
	return (major == 3 && minor <= 4) || major == DRAFT_16 >> 8;
}

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	size_t there = cur_left(&in);
	uint8_t record = cur_u8(&in), major = cur_u8(&in), minor = cur_u8(&in);
	uint16_t bytes = cur_u16(&in);
	uint8_t message = cur_u8(&in);
	uint32_t body = cur_u24(&in);
	uint8_t hello_major = cur_u8(&in), hello_minor = cur_u8(&in);

	(void)d;
	if ((there > 0 && record != RECORD_HANDSHAKE) || (there > 1 && major != 3) ||
		(there > 2 && minor > 4))
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
	if (body < HELLO_BYTES_MIN || body > 65535 || !is_hello_version(hello_major, hello_minor))
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

/* Length of the handshake message whose first bytes these are, header included; 0 while unknown. */
static size_t message_bytes(const uint8_t *bytes, size_t there)
{
	struct cursor header = cur_init(bytes, there);

	if (there < 4)
		return 0;
	cur_skip(&header, 1);
	return 4 + (size_t)cur_u24(&header);
}

/* The first handshake message as a whole: a view of `in` where it lies in one record, else of the
 * scratch. */
static enum dissect_result join_records(struct dissect *d, struct cursor in, struct cursor *ret)
{
	size_t joined = 0, want;

	for (;; d->steps++) {
		struct cursor record = in;
		uint8_t type = cur_u8(&in), major = cur_u8(&in);
		size_t bytes, here;

		cur_skip(&in, 1);
		bytes = cur_u16(&in);
		if (in.bad)
			return wait_for(d, cur_offset(&record) + RECORD_HEADER_BYTES);
		if (type != RECORD_HANDSHAKE || major != 3 || bytes == 0 ||
			bytes > RECORD_BYTES_MAX_TLS)
			return DISSECT_BAD;
		here = bytes < cur_left(&in) ? bytes : cur_left(&in);
		want = message_bytes(in.pos, here);
		if (joined == 0 && want > 0 && want <= bytes) {
			if (here < want)
				return wait_for(d, cur_offset(&in) + want);
			*ret = cur_sub(&in, want);
			return DISSECT_DONE;
		}
		if (here < bytes)
			return wait_for(d, cur_offset(&in) + bytes);
		if (bytes > DISSECT_SCRATCH_BYTES - joined)
			bytes = DISSECT_SCRATCH_BYTES - joined;
		memcpy(d->scratch + joined, cur_take(&in, bytes), bytes);
		joined += bytes;
		want = message_bytes(d->scratch, joined);
		if (want > DISSECT_SCRATCH_BYTES)
			return DISSECT_BAD;
		if (want > 0 && joined >= want) {
			*ret = cur_init(d->scratch, want);
			return DISSECT_DONE;
		}
	}
}

static enum dissect_result client_hello(struct dissect *d, struct cursor body)
{
	static const struct client_hello_fields to = {&tls_fields[TLS_SNI], &tls_fields[TLS_ALPN],
		&tls_fields[TLS_JA3], &tls_fields[TLS_JA4], &tls_fields[TLS_ECH], 't'};
	struct tls_state *state = d->state;
	struct client_hello hello;

	if (!client_hello_parse(&hello, body))
		return DISSECT_BAD;
	d->steps += hello.extension_count + (uint32_t)cur_left(&hello.ciphers) / 2;
	if (!state->answered)
		record_set(d->flow, &tls_fields[TLS_VERSION], hello.version);
	client_hello_record(d->flow, &hello, &to);
	return DISSECT_DONE;
}

/* RFC 8446 section 4.1.3; the version of TLS 1.3 stands in an extension. */
static enum dissect_result server_hello(struct dissect *d, struct cursor in)
{
	struct tls_state *state = d->state;
	uint16_t legacy_version = cur_u16(&in), version = legacy_version, cipher;
	struct cursor extensions = cur_init(NULL, 0), walk;
	char hash[JA3_BYTES];

	cur_skip(&in, 32); /* random */
	if (legacy_version >> 8 != DRAFT_16 >> 8)
		cur_skip(&in, cur_u8(&in)); /* session identifier: drafts up to 21 had none */
	cipher = cur_u16(&in);
	if (legacy_version >> 8 != DRAFT_16 >> 8)
		cur_skip(&in, 1); /* compression method: neither */
	if (cur_left(&in) > 0)
		extensions = cur_sub(&in, cur_u16(&in));
	for (walk = extensions; cur_left(&walk) > 0; d->steps++) {
		uint16_t type = cur_u16(&walk);
		struct cursor body = cur_sub(&walk, cur_u16(&walk));

		if (type == TLS_EXT_VERSIONS && cur_left(&body) == 2)
			version = cur_u16(&body);
	}
	if (in.bad || walk.bad)
		return DISSECT_BAD;
	state->answered = true;
	record_set(d->flow, &tls_fields[TLS_VERSION], version);
	if (ja3s(hash, legacy_version, cipher, extensions))
		record_text(d->flow, &tls_fields[TLS_JA3S], hash, JA3_BYTES - 1);
	else
		d->flow->lost_values++;
	return DISSECT_DONE;
}

static enum dissect_result parse(struct dissect *d, struct cursor *in)
{
	/* Which hello it is says the message, not the direction: a flow may be seen from its
	 * middle on. */
	struct cursor rest = cur_init(in->pos, cur_left(in)), message;
	enum dissect_result result = join_records(d, rest, &message);
	uint8_t type;

	if (result != DISSECT_DONE)
		return result;
	type = cur_u8(&message);
	cur_skip(&message, 3); /* its length, which join_records went by */
	if (type == TLS_CLIENT_HELLO)
		return client_hello(d, message);
	if (type == TLS_SERVER_HELLO)
		return server_hello(d, message);
	return DISSECT_BAD;
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
