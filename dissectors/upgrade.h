/* SPDX-License-Identifier: Apache-2.0 */
/* Where TLS begins behind a dialogue in another protocol: a handshake record with a hello, RFC 8446
 * sections 4.1 and 5.1. Text never has its first octet; the dialogues of some binary protocols are
 * walked message by message. */
#pragma once

#include "dissectors/dissect.h"

enum upgrade {
	UPGRADE_NOT,
	UPGRADE_MORE, /* too few octets to say */
	UPGRADE_TLS,
};

#define UPGRADE_BYTES 6 /* that tell */

static inline enum upgrade upgrade_at(const struct cursor *in)
{
	size_t there = cur_left(in);
	uint8_t message = cur_peek(in, 5), length = cur_peek(in, 3);

	if (there == 0 || cur_peek(in, 0) != 22 || (there > 1 && cur_peek(in, 1) != 3) ||
		(there > 2 && cur_peek(in, 2) > 4) || (there > 3 && length > 0x48) ||
		(there > 5 && message != 1 && message != 2))
		return UPGRADE_NOT;
	return there < UPGRADE_BYTES ? UPGRADE_MORE : UPGRADE_TLS;
}

/* What one side has said before TLS. */
struct upgrade_side {
	uint16_t bytes;
	uint8_t messages;
	bool begun; /* it has said something */
};

/* A binary protocol that may go on as TLS. `walk` is a dissector's parse: DISSECT_NEXT where TLS
 * begins, DISSECT_DONE where it will not. */
struct upgrade_walk {
	enum dissect_guess (*probe)(const struct dissect *d, struct cursor in);
	enum dissect_result (*walk)(
		struct dissect *d, struct upgrade_side *side, struct cursor *in);
};

extern const struct upgrade_walk upgrade_ldap, upgrade_postgresql, upgrade_mysql, upgrade_rdp;

/* At a place where TLS may begin or nothing more comes of it. */
enum dissect_result upgrade_or_done(struct dissect *d, const struct cursor *in);
/* What comes next has so many octets, all of which must be there. */
enum dissect_result upgrade_wait(struct dissect *d, size_t want_bytes);
