/* SPDX-License-Identifier: Apache-2.0 */
/* Binary protocols before TLS: LDAP (RFC 4511 sections 4.1.1 and 4.14), PostgreSQL (its manual,
 * "SSL Session Encryption"), MySQL (its manual, "Connection Phase") and RDP (MS-RDPBCGR section
 * 2.2.1, in TPKT of RFC 1006). Only lengths are read. */
#include "dissectors/upgrade.h"

#include "base/cleanup.h"

#define MESSAGES_MAX    16 /* of one side before TLS */
#define PORT_POSTGRESQL 5432
#define PORT_MYSQL      3306
#define PORT_RDP        3389

/* Fewer than five octets are waited for on the protocol's own port only: zeros come before many
 * things, and octets that nobody takes make way for TLS that begins late. */
static bool on_port(const struct dissect *d, uint16_t port)
{
	return d->port_server == port || d->port_client == port;
}

enum dissect_result upgrade_wait(struct dissect *d, size_t want_bytes)
{
	if (d->end_of_stream)
		return DISSECT_DONE;
	d->want_bytes = want_bytes;
	return DISSECT_MORE;
}

enum dissect_result upgrade_or_done(struct dissect *d, const struct cursor *in)
{
	enum upgrade upgrade = upgrade_at(in);

	if (upgrade == UPGRADE_MORE || cur_left(in) == 0)
		return upgrade_wait(d, cur_left(in) ? UPGRADE_BYTES : 1);
	return upgrade == UPGRADE_TLS ? DISSECT_NEXT : DISSECT_DONE;
}

/* A tag and a length of BER (X.690 section 8.1.3), at most four octets of it; false: too few octets
 * or none that LDAP has. */
static bool ber_header(struct cursor *in, uint8_t *ret_tag, uint32_t *ret_bytes)
{
	uint8_t tag = cur_u8(in), first = cur_u8(in);
	uint32_t bytes = first;

	if (first > 0x84 || first == 0x80)
		cur_fail(in);
	if (first > 0x80 && !in->bad) {
		bytes = 0;
		for (unsigned i = first & 0x0f; i > 0; i--)
			bytes = bytes << 8 | cur_u8(in);
	}
	*ret_tag = tag;
	*ret_bytes = bytes;
	return !in->bad;
}

/* Whether a length is one that LDAP has not; RFC 4511 section 5.1. */
static bool ber_wrong(const struct cursor *in)
{
	return cur_left(in) > 1 && (cur_peek(in, 1) > 0x84 || cur_peek(in, 1) == 0x80);
}

/* SEQUENCE, an INTEGER, and an operation of [APPLICATION] class. */
static enum dissect_guess ldap_probe(const struct dissect *d, struct cursor in)
{
	static const uint8_t operations[] = {0x60, 0x61, 0x63, 0x64, 0x65, 0x73, 0x77, 0x78};
	struct cursor start = in;
	uint8_t tag, operation;
	uint32_t bytes, number_bytes;

	(void)d;
	if (cur_left(&in) == 0 || cur_peek(&in, 0) != 0x30 || ber_wrong(&in))
		return GUESS_NO;
	if (!ber_header(&in, &tag, &bytes))
		return GUESS_MORE;
	if (bytes < 5 || (cur_left(&in) && cur_peek(&in, 0) != 2))
		return GUESS_NO;
	if (ber_header(&in, &tag, &number_bytes) && number_bytes > 0 && number_bytes <= 4) {
		cur_skip(&in, number_bytes);
		operation = cur_u8(&in);
		for (size_t i = 0; i < ARRAY_LEN(operations) && !in.bad; i++) {
			if (operation == operations[i])
				return GUESS_YES;
		}
	}
	return in.bad && cur_left(&start) < 14 ? GUESS_MORE : GUESS_NO;
}

static enum dissect_result ldap_walk(
	struct dissect *d, struct upgrade_side *side, struct cursor *in)
{
	while (cur_left(in) && cur_peek(in, 0) == 0x30 && side->messages < MESSAGES_MAX) {
		struct cursor header = *in;
		size_t there = cur_left(in);
		uint8_t tag;
		uint32_t bytes;

		d->steps++;
		if (!ber_header(&header, &tag, &bytes))
			return ber_wrong(in) ? DISSECT_DONE : upgrade_wait(d, there + 1);
		side->messages++;
		cur_skip(in, cur_offset(&header) - cur_offset(in));
		if (cur_left(in) < bytes) {
			d->skip_bytes = bytes;
			return DISSECT_MORE;
		}
		cur_skip(in, bytes);
	}
	return upgrade_or_done(d, in);
}

const struct upgrade_walk upgrade_ldap = {ldap_probe, ldap_walk};

static const uint8_t ssl_request[] = {0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f};
static const uint8_t gss_request[] = {0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30};

/* How a client asks, or the server's one octet with TLS behind it. */
static enum dissect_guess postgresql_probe(const struct dissect *d, struct cursor in)
{
	size_t there = cur_left(&in);
	struct cursor behind = in;

	if (there < 5 && cur_peek(&in, 0) && !on_port(d, PORT_POSTGRESQL))
		return GUESS_NO;
	if (there >= sizeof(ssl_request))
		there = sizeof(ssl_request);
	if (cur_is(&in, ssl_request, there) || cur_is(&in, gss_request, there))
		return there < sizeof(ssl_request) ? GUESS_MORE : GUESS_YES;
	cur_skip(&behind, 1);
	if (cur_peek(&in, 0) != 'S')
		return GUESS_NO;
	if (cur_left(&behind) == 0)
		return GUESS_MORE;
	switch (upgrade_at(&behind)) {
	case UPGRADE_NOT:
		return GUESS_NO;
	case UPGRADE_MORE:
		return GUESS_MORE;
	default:
		return GUESS_YES;
	}
}

static enum dissect_result postgresql_walk(
	struct dissect *d, struct upgrade_side *side, struct cursor *in)
{
	for (; cur_left(in) && side->messages < MESSAGES_MAX; side->messages++, d->steps++) {
		uint8_t first = cur_peek(in, 0);

		if (first == 'S' || first == 'N') { /* the server agrees, or does not */
			cur_skip(in, 1);
			continue;
		}
		if (first != 0)
			break;
		if (cur_left(in) < sizeof(ssl_request))
			return upgrade_wait(d, sizeof(ssl_request));
		if (!cur_is(in, ssl_request, sizeof(ssl_request)) &&
			!cur_is(in, gss_request, sizeof(gss_request)))
			return DISSECT_DONE;
		cur_skip(in, sizeof(ssl_request));
	}
	return upgrade_or_done(d, in);
}

const struct upgrade_walk upgrade_postgresql = {postgresql_probe, postgresql_walk};

#define MYSQL_SSL_REQUEST_BYTES 36
#define MYSQL_RESERVED_AT       13
#define MYSQL_RESERVED_BYTES    19 /* of 23; MariaDB has use for the last four */

/* Version 10, then the server's version as text that a zero ends. */
static enum dissect_guess mysql_greeting(struct cursor in)
{
	static const uint8_t start[] = {0, 0, 0, 0x0a}; /* behind the lowest octet of the length */
	size_t there = cur_left(&in) - 1, head = there < sizeof(start) ? there : sizeof(start);

	cur_skip(&in, 1);
	if (!cur_is(&in, start, head))
		return GUESS_NO;
	if (there < sizeof(start))
		return GUESS_MORE;
	cur_skip(&in, sizeof(start));
	for (unsigned i = 0; i < 64 && cur_left(&in); i++) {
		uint8_t c = cur_u8(&in);

		if (c == 0)
			return i >= 3 ? GUESS_YES : GUESS_NO;
		if (c <= ' ' || c >= 0x7f)
			return GUESS_NO;
	}
	return cur_left(&in) ? GUESS_NO : GUESS_MORE;
}

/* A login of the size that only asks for TLS: 32 octets, packet 1, CLIENT_SSL, and no name. */
static enum dissect_guess mysql_request(struct cursor in)
{
	static const uint8_t start[] = {0x20, 0, 0, 1};
	size_t there = cur_left(&in), head = there < sizeof(start) ? there : sizeof(start);

	if (!cur_is(&in, start, head))
		return GUESS_NO;
	if (there < MYSQL_SSL_REQUEST_BYTES)
		return GUESS_MORE;
	if (!(cur_peek(&in, 5) & 0x08))
		return GUESS_NO;
	for (size_t i = 0; i < MYSQL_RESERVED_BYTES; i++) {
		if (cur_peek(&in, MYSQL_RESERVED_AT + i))
			return GUESS_NO;
	}
	return GUESS_YES;
}

static enum dissect_guess mysql_probe(const struct dissect *d, struct cursor in)
{
	enum dissect_guess guess = GUESS_NO;

	if (cur_left(&in) < 5 && !on_port(d, PORT_MYSQL))
		return GUESS_NO;
	if (cur_left(&in))
		guess = mysql_request(in);
	return guess == GUESS_NO && cur_left(&in) ? mysql_greeting(in) : guess;
}

static enum dissect_result mysql_walk(
	struct dissect *d, struct upgrade_side *side, struct cursor *in)
{
	struct cursor head = *in;
	size_t bytes = cur_u8(&head);

	d->steps++;
	if (side->messages)
		return upgrade_or_done(d, in);
	bytes |= (size_t)cur_u8(&head) << 8;
	bytes |= (size_t)cur_u8(&head) << 16;
	cur_skip(&head, 1);
	if (cur_left(in) < 5)
		return upgrade_wait(d, 5);
	if (cur_peek(in, 4) != 0x0a && bytes + 4 != MYSQL_SSL_REQUEST_BYTES)
		return DISSECT_DONE;
	if (bytes > 1024)
		return DISSECT_DONE;
	if (cur_left(in) < 4 + bytes)
		return upgrade_wait(d, 4 + bytes);
	cur_skip(in, 4 + bytes);
	side->messages++;
	return upgrade_or_done(d, in);
}

const struct upgrade_walk upgrade_mysql = {mysql_probe, mysql_walk};

#define TPKT_BYTES_MAX 1024

/* TPKT with a connection request or confirm of X.224 (RFC 1006 section 6) in at most 255 octets. */
static enum dissect_guess rdp_probe(const struct dissect *d, struct cursor in)
{
	static const uint8_t start[] = {3, 0, 0}; /* version, reserved, high octet of a length */
	size_t there = cur_left(&in), head = there < sizeof(start) ? there : sizeof(start);
	bool begins = there && cur_is(&in, start, head) && (there > 4 || on_port(d, PORT_RDP));
	uint16_t bytes;
	uint8_t indicator, type;

	cur_skip(&in, 2);
	bytes = cur_u16(&in);
	indicator = cur_u8(&in);
	type = cur_u8(&in);
	if (in.bad)
		return begins ? GUESS_MORE : GUESS_NO;
	if (!begins || bytes < 11 || bytes != indicator + 5)
		return GUESS_NO;
	return type == 0xe0 || type == 0xd0 ? GUESS_YES : GUESS_NO;
}

static enum dissect_result rdp_walk(struct dissect *d, struct upgrade_side *side, struct cursor *in)
{
	struct cursor head = *in;
	uint16_t version = cur_u16(&head), bytes = cur_u16(&head);

	d->steps++;
	if (side->messages)
		return upgrade_or_done(d, in);
	if (head.bad)
		return upgrade_wait(d, 4);
	if (version != 0x0300 || bytes < 4 || bytes >= TPKT_BYTES_MAX)
		return DISSECT_DONE;
	if (cur_left(in) < bytes)
		return upgrade_wait(d, bytes);
	cur_skip(in, bytes);
	side->messages++;
	return upgrade_or_done(d, in);
}

const struct upgrade_walk upgrade_rdp = {rdp_probe, rdp_walk};
