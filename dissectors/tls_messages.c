/* SPDX-License-Identifier: Apache-2.0 */
/* Handshake messages of TLS and DTLS: ClientHello and ServerHello, RFC 8446 section 4.1;
 * Certificate, RFC 5246 section 7.4.2. The handshake length has been checked; nothing else. */
#include "dissectors/tls_messages.h"

#include "base/cleanup.h"
#include "dissectors/certificate.h"
#include "dissectors/ja.h"

#define DRAFT_16 0x7f10 /* of TLS 1.3 */

enum tls_field {
	TLS_SNI,
	TLS_VERSION,
	TLS_ALPN,
	TLS_JA3,
	TLS_JA3S,
	TLS_JA4,
	TLS_ECH,
	TLS_CIPHER,
	TLS_SERVER_ALPN,
	TLS_SUBJECT,
	TLS_ISSUER,
	TLS_SERIAL,
	TLS_NOT_BEFORE,
	TLS_NOT_AFTER,
	TLS_NAMES,
	TLS_SHA1,
	TLS_SHA256,
	TLS_RETRY_JA3,
	TLS_RETRY_JA3S,
	TLS_RETRY_JA4,
	TLS_SPKI_SHA256,
	TLS_FIELDS
};

/* As Suricata writes them; it has no names for DTLS. */
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
	switch (version) {
	case 0x0002:
		return "SSLv2";
	case 0x0100: /* of OpenSSL before 0.9.8f, which Cisco's AnyConnect still speaks */
		return "DTLS 1.0 pre-standard";
	case 0xfeff:
		return "DTLS 1.0";
	case 0xfefd:
		return "DTLS 1.2";
	case 0xfefc:
		return "DTLS 1.3";
	default:
		return version >> 8 == DRAFT_16 >> 8 ? "TLS 1.3 draft-<16" : "UNDETERMINED";
	}
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
	[TLS_JA3S] = {"tls.ja3s.hash", FIELD_TEXT, 0, MATCH_JA3S, KUKLA_PEN, 2104, 0, "tlsJa3s",
		NULL, "JA3S", "JA3S of the ServerHello.", NULL},
	[TLS_JA4] = {"tls.ja4", FIELD_TEXT, 0, MATCH_JA4, KUKLA_PEN, 2105, 0, "tlsJa4", NULL, "JA4",
		"JA4 of the ClientHello.", NULL},
	[TLS_ECH] = {"tls.ech", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 2106, 0, "tlsEch", NULL, "ECH",
		"1: the ClientHello has an encrypted one inside (RFC 9849).", NULL},
	[TLS_CIPHER] = {"tls.server_cipher", FIELD_U16, FIELD_HEX, MATCH_NONE, PEN_CERT, 187, 0,
		"sslServerCipher", NULL, "Cipher",
		"Cipher suite the server chose (IANA TLS Cipher Suites).", NULL},
	[TLS_SERVER_ALPN] = {"tls.server_alpn", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2107, 0,
		"tlsServerAlpn", NULL, "Server ALPN",
		"Protocol the server chose (RFC 7301); TLS 1.3 encrypts it.", NULL},
	[TLS_SUBJECT] = {"tls.subject", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2108, 0, "tlsSubject",
		NULL, "Subject",
		"Whom the server's certificate is for (RFC 5280 section 4.1.2.6); TLS 1.3 encrypts "
		"certificates.",
		NULL},
	[TLS_ISSUER] = {"tls.issuerdn", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2109, 0, "tlsIssuer",
		NULL, "Issuer", "Who signed the certificate (RFC 5280 section 4.1.2.4).", NULL},
	[TLS_SERIAL] = {"tls.serial", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2110, 0, "tlsSerial",
		NULL, "Serial", "Serial number of the certificate, octets with colons.", NULL},
	[TLS_NOT_BEFORE] = {"tls.notbefore", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2111, 0,
		"tlsNotBefore", NULL, "Not before",
		"From when on the certificate is valid, UTC (RFC 5280 section 4.1.2.5).", NULL},
	[TLS_NOT_AFTER] = {"tls.notafter", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2112, 0,
		"tlsNotAfter", NULL, "Not after", "Until when the certificate is valid, UTC.",
		NULL},
	[TLS_NAMES] = {"tls.subjectaltname[]", FIELD_TEXT, FIELD_LIST, MATCH_NAME, KUKLA_PEN, 2113,
		0, "tlsSubjectAltName", NULL, "Names",
		"Host names and addresses that the certificate is for (RFC 5280 section 4.2.1.6).",
		NULL},
	[TLS_SHA1] = {"tls.fingerprint", FIELD_TEXT, 0, MATCH_CERT_SHA1, KUKLA_PEN, 2114, 0,
		"tlsFingerprint", NULL, "SHA-1", "SHA-1 of the certificate, octets with colons.",
		NULL},
	[TLS_SHA256] = {"tls.fingerprint_sha256", FIELD_TEXT, 0, MATCH_CERT_SHA256, KUKLA_PEN, 2115,
		0, "tlsFingerprintSha256", NULL, "SHA-256", "SHA-256 of the certificate.", NULL},
	[TLS_RETRY_JA3] = {"tls.retry.ja3", FIELD_TEXT, 0, MATCH_JA3, KUKLA_PEN, 2116, 0,
		"tlsRetryJa3", NULL, "JA3, second",
		"JA3 of the second ClientHello, where the server asked for one (RFC 8446 section "
		"4.1.4) and it differs.",
		NULL},
	[TLS_RETRY_JA3S] = {"tls.retry.ja3s", FIELD_TEXT, 0, MATCH_JA3S, KUKLA_PEN, 2117, 0,
		"tlsRetryJa3s", NULL, "JA3S, second",
		"JA3S of the ServerHello that follows a HelloRetryRequest, where it differs.",
		NULL},
	[TLS_RETRY_JA4] = {"tls.retry.ja4", FIELD_TEXT, 0, MATCH_JA4, KUKLA_PEN, 2118, 0,
		"tlsRetryJa4", NULL, "JA4, second",
		"JA4 of the second ClientHello, where it differs.", NULL},
	[TLS_SPKI_SHA256] = {"tls.spki_sha256", FIELD_TEXT, 0, MATCH_SPKI_SHA256, KUKLA_PEN, 2119,
		0, "tlsSpkiSha256", NULL, "Key SHA-256",
		"SHA-256 of the certificate's SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), "
		"which outlives the certificate when the key is kept.",
		NULL},
};

const struct field_table tls_table = {"tls", tls_fields, TLS_FIELDS};

void tls_offer(struct dissect *d, const struct tls_session *s, uint16_t version)
{
	if (!s->answered)
		record_set(d->flow, &tls_fields[TLS_VERSION], version);
}

static bool has_text(const struct record *r, enum tls_field field, const char *text, size_t bytes)
{
	struct record_value v;

	return record_find(r, &tls_fields[field], &v) && v.bytes == bytes &&
	       memcmp(v.text, text, bytes) == 0;
}

/* A fingerprint of the second hello, unless it is that of the first. */
static void record_retry(
	struct record *r, enum tls_field to, enum tls_field first, const char *text, size_t bytes)
{
	if (!has_text(r, first, text, bytes) && !has_text(r, to, text, bytes))
		record_text(r, &tls_fields[to], text, bytes);
}

static void client_retry(struct dissect *d, const struct client_hello *hello, char transport)
{
	char hash[JA3_BYTES], text[JA4_BYTES];

	if (ja3(hash, hello))
		record_retry(d->flow, TLS_RETRY_JA3, TLS_JA3, hash, JA3_BYTES - 1);
	if (ja4(text, hello, transport))
		record_retry(d->flow, TLS_RETRY_JA4, TLS_JA4, text, JA4_BYTES - 1);
}

enum dissect_result tls_client_hello(struct dissect *d, struct tls_session *s, struct cursor body)
{
	bool datagrams = d->transport == DISSECT_UDP;
	const struct client_hello_fields to = {&tls_fields[TLS_SNI], &tls_fields[TLS_ALPN],
		&tls_fields[TLS_JA3], &tls_fields[TLS_JA4], &tls_fields[TLS_ECH],
		datagrams ? 'd' : 't'};
	struct client_hello hello;

	if (!(datagrams ? client_hello_parse_dtls : client_hello_parse)(&hello, body))
		return DISSECT_BAD;
	d->steps += hello.extension_count + (uint32_t)cur_left(&hello.ciphers) / 2;
	if (s->asked) {
		client_retry(d, &hello, to.transport);
		return DISSECT_DONE;
	}
	s->asked = true;
	tls_offer(d, s, hello.version);
	client_hello_record(d->flow, &hello, &to);
	if (tls_shows_certificate(hello.version) || (s->answered && !s->retry))
		return DISSECT_DONE;
	return DISSECT_MORE; /* a server of TLS 1.3 may ask for a second one */
}

static bool is_retry(struct cursor random)
{
	/* SHA-256 of "HelloRetryRequest", RFC 8446 section 4.1.3 */
	static const uint8_t retry[32] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe,
		0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c,
		0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

	return cur_is(&random, retry, sizeof(retry));
}

struct server_hello {
	uint16_t legacy_version, version, cipher;
	bool retry;
	struct cursor extensions, alpn;
};

/* RFC 8446 section 4.1.3; the version of TLS 1.3 stands in an extension. */
static bool server_hello_parse(struct dissect *d, struct server_hello *ret, struct cursor in)
{
	struct server_hello h = {.legacy_version = cur_u16(&in)};
	/* drafts of TLS 1.3 up to 21 wrote their own version here, and had neither session
	 * identifier nor compression method */
	bool draft = h.legacy_version >> 8 == DRAFT_16 >> 8 || h.legacy_version == 0x0304;
	struct cursor walk;

	h.version = h.legacy_version;
	h.retry = is_retry(cur_sub(&in, 32));
	if (!draft)
		cur_skip(&in, cur_u8(&in));
	h.cipher = cur_u16(&in);
	if (!draft)
		cur_skip(&in, 1);
	h.extensions = h.alpn = cur_init(NULL, 0);
	if (cur_left(&in) > 0)
		h.extensions = cur_sub(&in, cur_u16(&in));
	for (walk = h.extensions; cur_left(&walk) > 0; d->steps++) {
		uint16_t type = cur_u16(&walk);
		struct cursor body = cur_sub(&walk, cur_u16(&walk));

		if (type == TLS_EXT_VERSIONS && cur_left(&body) == 2)
			h.version = cur_u16(&body);
		if (type == TLS_EXT_ALPN) {
			cur_skip(&body, 2); /* a list of one */
			h.alpn = cur_sub(&body, cur_u8(&body));
		}
	}
	*ret = h;
	return !in.bad && !walk.bad;
}

enum dissect_result tls_server_hello(struct dissect *d, struct tls_session *s, struct cursor body)
{
	struct server_hello h;
	char hash[JA3_BYTES];
	bool first = !s->answered;

	if (!server_hello_parse(d, &h, body))
		return DISSECT_BAD;
	s->answered = true;
	s->retry = s->retry || h.retry;
	s->version = h.version;
	record_set(d->flow, &tls_fields[TLS_VERSION], h.version);
	if (!ja3s(hash, h.legacy_version, h.cipher, h.extensions))
		d->flow->lost_values++;
	else if (first)
		record_text(d->flow, &tls_fields[TLS_JA3S], hash, JA3_BYTES - 1);
	else
		record_retry(d->flow, TLS_RETRY_JA3S, TLS_JA3S, hash, JA3_BYTES - 1);
	if (first) {
		record_number(d->flow, &tls_fields[TLS_CIPHER], h.cipher);
		record_text(d->flow, &tls_fields[TLS_SERVER_ALPN], h.alpn.pos, cur_left(&h.alpn));
	}
	return h.retry || tls_shows_certificate(h.version) ? DISSECT_MORE : DISSECT_DONE;
}

enum dissect_result tls_certificate(struct dissect *d, struct cursor body)
{
	static const struct certificate_fields to = {.subject = &tls_fields[TLS_SUBJECT],
		.issuer = &tls_fields[TLS_ISSUER],
		.serial = &tls_fields[TLS_SERIAL],
		.not_before = &tls_fields[TLS_NOT_BEFORE],
		.not_after = &tls_fields[TLS_NOT_AFTER],
		.names = &tls_fields[TLS_NAMES],
		.sha1 = &tls_fields[TLS_SHA1],
		.sha256 = &tls_fields[TLS_SHA256],
		.spki_sha256 = &tls_fields[TLS_SPKI_SHA256]};
	struct record_value v;
	struct cursor first;
	uint32_t list_bytes;

	list_bytes = cur_u24(&body);
	if (!body.bad && list_bytes == 0)
		return DISSECT_DONE; /* none */
	first = cur_sub(&body, cur_u24(&body));
	if (body.bad || cur_left(&first) + 3 > list_bytes)
		return DISSECT_BAD;
	if (cur_left(&first) > 0 && !record_find(d->flow, to.sha1, &v))
		(void)certificate_record(d->flow, &to, first, &d->steps);
	return DISSECT_DONE;
}

size_t tls_message_bytes(const uint8_t *first, size_t there)
{
	struct cursor in = cur_init(first, there);
	uint8_t type = cur_u8(&in);
	size_t bytes = 4 + (size_t)cur_u24(&in), want;

	if (in.bad)
		return 4;
	if (type == TLS_CLIENT_HELLO || type == TLS_SERVER_HELLO)
		return bytes;
	if (type != TLS_CERTIFICATE)
		return 4;
	cur_skip(&in, 3);
	want = cur_u24(&in);
	want = TLS_CERTIFICATE_BYTES_MIN + (in.bad ? 0 : want);
	return want < bytes ? want : bytes;
}
