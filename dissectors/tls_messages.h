/* SPDX-License-Identifier: Apache-2.0 */
/* What TLS over TCP and DTLS have in common: their fields, and the three handshake messages that
 * fill them (RFC 8446 section 4, RFC 5246 section 7.4). How a message is put together is the
 * transport's affair. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/field.h"
#include "dissectors/client_hello.h"
#include "dissectors/dissect.h"

#define TLS_HELLO_BYTES_MIN       38 /* version, random, three empty lists and a length */
#define TLS_HANDSHAKE_BYTES_MAX   65535
#define TLS_CERTIFICATE_BYTES_MIN 10 /* of a Certificate: up to the first certificate's octets */

enum tls_content { TLS_CHANGE_CIPHER_SPEC = 20, TLS_ALERT = 21, TLS_RECORD_HANDSHAKE = 22 };

/* What both sides of a connection have to know of each other; zero at first. */
struct tls_session {
	bool asked;    /* a ClientHello was read */
	bool answered; /* a ServerHello was read: what the client offered counts no more */
	bool retry;    /* the server wanted another ClientHello, RFC 8446 section 4.1.4 */
	uint16_t version;
};

extern const struct field_table tls_table;

/* Each takes the body of its message, behind the handshake header. DISSECT_MORE: more of this side
 * is wanted; DISSECT_DONE: no more; DISSECT_BAD: a length lies, and nothing was written. */
enum dissect_result tls_client_hello(struct dissect *d, struct tls_session *s, struct cursor body);
enum dissect_result tls_server_hello(struct dissect *d, struct tls_session *s, struct cursor body);
/* Its body may end behind the first certificate. */
enum dissect_result tls_certificate(struct dissect *d, struct cursor body);

/* The version a hello speaks of, where there is no more than that to read. */
void tls_offer(struct dissect *d, const struct tls_session *s, uint16_t version);

/* How many octets of a handshake message, header included, are wanted, as far as its first octets
 * say: of a Certificate those up to the end of the first one. */
size_t tls_message_bytes(const uint8_t *first, size_t there);

/* Whether a server that chose this version shows its certificate in the clear. */
static inline bool tls_shows_certificate(uint16_t version)
{
	return version <= 0x0303 || version == 0xfeff || version == 0xfefd;
}
