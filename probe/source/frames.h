/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet frames made from parts, with right lengths and checksums: for source/synth and for
 * tests. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define FRAME_BYTES_MAX   2048
#define FRAME_PAYLOAD_MAX 1400

enum frame_tcp_flags {
	FRAME_FIN = 0x01,
	FRAME_SYN = 0x02,
	FRAME_RST = 0x04,
	FRAME_PSH = 0x08,
	FRAME_ACK = 0x10,
};

/* Octets under construction; what does not fit is a mistake of the caller and asserted. */
struct frame {
	uint8_t *bytes; /* FRAME_BYTES_MAX of the caller */
	size_t count;
};

struct frame_end {
	uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
	uint16_t port;
};

struct frame_tcp {
	uint32_t seq, ack;
	uint8_t flags;
};

/* Whole frames around a payload, which lies elsewhere. Both ends have addresses of one family. */
void frame_tcp(struct frame *f, const struct frame_end *from, const struct frame_end *to,
	const struct frame_tcp *tcp, const struct frame *payload);
void frame_udp(struct frame *f, const struct frame_end *from, const struct frame_end *to,
	const struct frame *payload);

/* Payloads. A type is 1 (A) or 28 (AAAA), the answer's address of that family. */
void frame_dns_query(struct frame *f, uint16_t id, const char *name, uint16_t type);
void frame_dns_answer(
	struct frame *f, uint16_t id, const char *name, uint16_t type, const uint8_t address[16]);
/* TLS 1.3 with what browsers send, RFC 8446 section 4.1.2; the key share is the 32 octets of
 * `random` too. */
void frame_client_hello(struct frame *f, const char *server_name, const uint8_t random[32]);
void frame_server_hello(struct frame *f, const uint8_t random[32]);
void frame_http_request(
	struct frame *f, const char *host, const char *path, const char *user_agent);
void frame_http_answer(struct frame *f, uint32_t body_bytes);
/* `bytes` octets that follow from `seed`, as encrypted data look. */
void frame_fill(struct frame *f, uint64_t seed, size_t bytes);
/* A TLS record of application data, header included. */
void frame_tls_data(struct frame *f, uint64_t seed, size_t bytes);
