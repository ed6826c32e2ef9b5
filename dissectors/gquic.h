/* SPDX-License-Identifier: Apache-2.0 */
/* Google's QUIC before it was the IETF's: Q024 to Q050. Up to Q049 the client's first packet is in
 * the clear; Q050 seals it as an Initial, with the same frames in it, as do T050 and T051. Written
 * down nowhere but in "QUIC Wire Layout Specification" and "QUIC Crypto" (Google, 2016), which end
 * with Q036; what came later is as captures show it. */
#pragma once

#include "dissectors/dissect.h"

/* What the frames of a packet are read by. */
struct gquic_form {
	uint32_t version;
	uint8_t number_bytes; /* of the packet number */
};

/* Octets of the cryptographic handshake, in whatever frame they came. */
struct gquic_piece {
	uint64_t offset;
	struct cursor octets;
};

struct gquic_fields {
	const struct field *server_name, *alpn, *user_agent;
};

/* Q024 to Q050. */
bool gquic_version(uint64_t version);
/* Whether frames are Google's: Q024 to Q050, T050, T051. */
bool gquic_frames(uint32_t version);
/* "Q046"; NULL: the version is not Google's. */
const char *gquic_version_name(uint64_t version);
/* A packet in the clear; `in` is moved to its frames. False: it is none, or has no version. */
bool gquic_packet(struct cursor *in, struct gquic_form *ret);
/* The next frame with handshake octets; false: there is no more that can be read. */
bool gquic_next(struct dissect *d, struct cursor *in, const struct gquic_form *form,
	struct gquic_piece *ret);
/* CHLO, the client's hello. BAD: another message, or its lengths lie; MORE: it is not all there,
 * nothing was recorded. */
enum dissect_result gquic_hello(struct dissect *d, struct cursor in, const struct gquic_fields *to);
