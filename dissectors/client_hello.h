/* SPDX-License-Identifier: Apache-2.0 */
/* TLS ClientHello, RFC 8446 section 4.1.2: what TLS over TCP, DTLS and QUIC have in common. All
 * cursors are views into the message; their lengths have been checked, what is in them has not. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/field.h"
#include "base/record.h"

enum tls_handshake { TLS_CLIENT_HELLO = 1, TLS_SERVER_HELLO = 2, TLS_CERTIFICATE = 11 };

enum tls_extension {
	TLS_EXT_SERVER_NAME = 0,
	TLS_EXT_GROUPS = 10,
	TLS_EXT_POINT_FORMATS = 11,
	TLS_EXT_SIGNATURES = 13,
	TLS_EXT_ALPN = 16,
	TLS_EXT_VERSIONS = 43,
	TLS_EXT_ECH = 0xfe0d, /* RFC 9849 */
};

struct client_hello {
	uint16_t legacy_version;
	uint16_t version;            /* the highest offered, GREASE left out */
	bool has_server_name;        /* the extension is there, with or without a name */
	bool ech;                    /* encrypted: the name is a cover name */
	uint32_t extension_count;    /* GREASE among them */
	struct cursor ciphers;       /* two octets each */
	struct cursor extensions;    /* type, length, body */
	struct cursor server_name;   /* the first host name; empty when there is none */
	struct cursor groups;        /* two octets each */
	struct cursor point_formats; /* one octet each */
	struct cursor signatures;    /* two octets each */
	struct cursor alpn;          /* length, name */
};

/* `body` is what follows the handshake header. False when a length lies: nothing is set then. */
bool client_hello_parse(struct client_hello *ret, struct cursor body);
/* The same of DTLS: it has a cookie (RFC 6347 section 4.2.1), and versions count down. */
bool client_hello_parse_dtls(struct client_hello *ret, struct cursor body);
/* Values that clients offer at random so that servers learn to ignore them, RFC 8701. */
static inline bool tls_is_grease(uint16_t value)
{
	return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

/* The fields that a hello fills, wherever it was found. */
struct client_hello_fields {
	const struct field *server_name, *alpn, *ja3, *ja4, *ech; /* ech may be NULL */
	char transport;                                           /* of JA4: t, q or d */
};

void client_hello_record(
	struct record *r, const struct client_hello *hello, const struct client_hello_fields *to);
