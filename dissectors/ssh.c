/* SPDX-License-Identifier: Apache-2.0 */
/* SSH over TCP: the identification and the first KEXINIT of each side, RFC 4253 sections 4.2, 6
 * and 7.1. HASSH is the MD5 of four of the KEXINIT's lists. */
#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/text.h"
#include "dissectors/dissect.h"
#include "dissectors/line.h"

#define PORT               22
#define BEFORE_BYTES_MAX   4096   /* of the lines that a server may send before its own */
#define IDENT_BYTES_MAX    1024   /* RFC 4253 allows 255 */
#define PACKET_BYTES_MAX   262144 /* OpenSSH's limit; RFC 4253 section 6.1 asks for 35000 */
#define IGNORED_BYTES_MAX  4096
#define HEADER_BYTES       6
#define PACKETS_MAX        8 /* before the KEXINIT: those that are to be ignored */
#define MESSAGE_DISCONNECT 1
#define MESSAGE_KEXINIT    20
#define COOKIE_BYTES       16
#define LISTS              8
#define HASH_BYTES         16

enum ssh_field { SSH_PROTO, SSH_SOFTWARE, SSH_COMMENTS, SSH_HASSH, SSH_FIELDS_SIDE };

struct ssh_side {
	bool identified;
	bool in_kexinit, in_list;
	uint8_t packets, list;
	uint16_t before;
	uint32_t payload_left, list_left;
	struct crypto_md5_pieces md5;
};

struct ssh_state {
	struct ssh_side sides[2]; /* by direction */
};

#define FIELD(side, name, ie, ie_name, label, meaning)                                             \
	{                                                                                          \
		"ssh." side "." name, FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, ie, 0, ie_name, NULL,  \
			label, meaning, NULL                                                       \
	}

/* Those of the client, then those of the server. */
static const struct field ssh_fields[2 * SSH_FIELDS_SIDE] = {
	FIELD("client", "proto_version", 2400, "sshClientProtoVersion", "Client protocol",
		"Protocol version of the client's identification (RFC 4253 section 4.2)."),
	FIELD("client", "software_version", 2401, "sshClientSoftwareVersion", "Client software",
		"Software of the client's identification, up to the first blank."),
	FIELD("client", "comments", 2402, "sshClientComments", "Client comments",
		"What follows the software in the client's identification."),
	FIELD("client", "hassh", 2403, "sshClientHassh", "HASSH", "HASSH of the client's KEXINIT."),
	FIELD("server", "proto_version", 2404, "sshServerProtoVersion", "Server protocol",
		"Protocol version of the server's identification (RFC 4253 section 4.2)."),
	FIELD("server", "software_version", 2405, "sshServerSoftwareVersion", "Server software",
		"Software of the server's identification, up to the first blank."),
	FIELD("server", "comments", 2406, "sshServerComments", "Server comments",
		"What follows the software in the server's identification."),
	FIELD("server", "hassh", 2407, "sshServerHassh", "HASSH server",
		"hasshServer of the server's KEXINIT."),
};

static const struct field_table ssh_table = {"ssh", ssh_fields, ARRAY_LEN(ssh_fields)};

/* Of a flow that is seen from its middle on, or from one side only, the server may be who begins:
 * it has the server's port. */
static bool is_server(const struct dissect *d)
{
	bool turned = d->port_client == PORT && d->port_server != PORT;

	return (d->direction == DISSECT_TO_CLIENT) != turned;
}

static const struct field *field_of(const struct dissect *d, enum ssh_field which)
{
	return &ssh_fields[(is_server(d) ? SSH_FIELDS_SIDE : 0) + which];
}

static bool is_text(struct cursor in)
{
	while (cur_left(&in)) {
		uint8_t octet = cur_u8(&in);

		if ((octet < ' ' && octet != '\r' && octet != '\n' && octet != '\t') ||
			octet == 0x7f)
			return false;
	}
	return true;
}

/* A server may say other things first, in lines (RFC 4253 section 4.2). */
static enum dissect_guess probe_before(const struct dissect *d, struct cursor in)
{
	struct line line;
	struct cursor rest = in;

	if (cur_left(&in) > BEFORE_BYTES_MAX)
		return GUESS_NO;
	while (line_take(&rest, &line)) {
		if (cur_is(&rest, "SSH-2.0-", 8) || cur_is(&rest, "SSH-1.", 6))
			return GUESS_YES;
	}
	return d->port_server == PORT && is_server(d) && !d->end_of_stream && is_text(in)
		       ? GUESS_MORE
		       : GUESS_NO;
}

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	size_t there = cur_left(&in);

	if (cur_is(&in, "SSH-", there < 4 ? there : 4))
		return there >= 4 ? GUESS_YES : d->end_of_stream ? GUESS_NO : GUESS_MORE;
	return probe_before(d, in);
}

static enum dissect_result wait_for(struct dissect *d, size_t want_bytes)
{
	if (d->end_of_stream)
		return DISSECT_DONE;
	d->want_bytes = want_bytes;
	return DISSECT_MORE;
}

/* "SSH-", protocol version, "-", software, and comments behind a blank. Suricata's names. */
static bool record_identification(struct dissect *d, struct line line)
{
	struct line software, proto = {line.at + 4, 0};
	size_t used;

	while (4 + proto.bytes < line.bytes && proto.at[proto.bytes] != '-')
		proto.bytes++;
	used = 4 + proto.bytes;
	if (proto.bytes == 0 || used == line.bytes)
		return false;
	software = (struct line){line.at + used + 1, line.bytes - used - 1};
	line = software;
	for (software.bytes = 0; software.bytes < line.bytes; software.bytes++) {
		if (software.at[software.bytes] == ' ')
			break;
	}
	record_text(d->flow, field_of(d, SSH_PROTO), proto.at, proto.bytes);
	record_text(d->flow, field_of(d, SSH_SOFTWARE), software.at, software.bytes);
	if (software.bytes + 1 < line.bytes)
		record_text(d->flow, field_of(d, SSH_COMMENTS), line.at + software.bytes + 1,
			line.bytes - software.bytes - 1);
	return true;
}

/* Version 1 has other packets; "1.99" speaks version 2, too (RFC 4253 section 5.1). */
static bool is_version_2(struct line line)
{
	return line_begins(line, "ssh-2.") || line_begins(line, "ssh-1.99-");
}

/* A line; some senders end theirs with nothing, so that the first packet's zero ends it, or with
 * the stream. */
static bool take_line(const struct dissect *d, struct cursor *in, struct line *ret)
{
	size_t left = cur_left(in);
	const char *at = (const char *)in->pos, *zero = left ? memchr(at, '\0', left) : NULL;
	struct cursor head = cur_init(at, zero ? (size_t)(zero - at) : left);

	if (line_take(&head, ret)) {
		cur_skip(in, cur_offset(&head));
		return true;
	}
	if (!zero && !d->end_of_stream)
		return false;
	*ret = (struct line){at, cur_left(&head)};
	cur_skip(in, ret->bytes);
	for (; ret->bytes && ret->at[ret->bytes - 1] == '\r'; ret->bytes--)
		;
	return ret->bytes > 0;
}

static enum dissect_result identification(
	struct dissect *d, struct ssh_side *side, struct cursor *in)
{
	struct line line;

	for (;; d->steps++) {
		size_t there = cur_left(in);
		bool whole = take_line(d, in, &line);

		if (!whole) {
			bool too_long = there >= IDENT_BYTES_MAX || d->end_of_stream;

			return too_long ? DISSECT_BAD : wait_for(d, there + 1);
		}
		if (line.bytes >= 4 && memcmp(line.at, "SSH-", 4) == 0)
			break;
		there -= cur_left(in);
		if (side->before + there > BEFORE_BYTES_MAX || there == 0)
			return DISSECT_BAD;
		side->before = (uint16_t)(side->before + there);
	}
	if (!record_identification(d, line))
		return DISSECT_BAD;
	side->identified = true;
	return is_version_2(line) ? DISSECT_MORE : DISSECT_DONE;
}

/* RFC 4253 section 7.1: name-lists are key exchange, host key, then ciphers, MACs and compression,
 * each for both ways. HASSH has the key exchange and the sender's way of the others. */
static bool is_hashed(const struct dissect *d, unsigned list)
{
	return list == 0 || (list > 1 && list % 2 == is_server(d));
}

static void record_hassh(struct dissect *d, struct ssh_side *side)
{
	char digits[2 * HASH_BYTES + 1];
	uint8_t hash[HASH_BYTES];

	crypto_md5_end(&side->md5, hash);
	text_hex(digits, hash, sizeof(hash));
	record_text(d->flow, field_of(d, SSH_HASSH), digits, sizeof(digits) - 1);
}

/* The lists of a KEXINIT, piece by piece: one may be as long as the packet. */
static enum dissect_result lists(struct dissect *d, struct ssh_side *side, struct cursor *in)
{
	for (; side->list < LISTS; side->list++, side->in_list = false) {
		bool hashed = is_hashed(d, side->list);
		size_t here;

		d->steps++;
		if (!side->in_list) {
			if (cur_left(in) < 4)
				return wait_for(d, 4);
			side->list_left = cur_u32(in);
			if (side->payload_left < 4 || side->list_left > side->payload_left - 4)
				return DISSECT_BAD;
			side->payload_left -= 4 + side->list_left;
			side->in_list = true;
			if (hashed && side->list)
				crypto_md5_add(&side->md5, ";", 1);
		}
		here = cur_left(in) < side->list_left ? cur_left(in) : side->list_left;
		side->list_left -= (uint32_t)here;
		if (hashed)
			crypto_md5_add(&side->md5, in->pos, here);
		cur_skip(in, here);
		if (side->list_left)
			return wait_for(d, 1);
	}
	record_hassh(d, side);
	return DISSECT_DONE;
}

/* RFC 4253 section 6: length, padding length, payload, padding. No MAC before keys are there. */
static enum dissect_result packet(struct dissect *d, struct ssh_side *side, struct cursor *in)
{
	struct cursor head = *in;
	uint32_t bytes = cur_u32(&head);
	uint8_t padding = cur_u8(&head), message = cur_u8(&head);

	d->steps++;
	if (head.bad)
		return wait_for(d, HEADER_BYTES);
	if (bytes > PACKET_BYTES_MAX || bytes < 2u + padding || side->packets == PACKETS_MAX)
		return DISSECT_DONE;
	if (message == MESSAGE_KEXINIT) {
		if (cur_left(in) < HEADER_BYTES + COOKIE_BYTES)
			return wait_for(d, HEADER_BYTES + COOKIE_BYTES);
		if (bytes - padding < 2 + COOKIE_BYTES)
			return DISSECT_BAD;
		cur_skip(in, HEADER_BYTES + COOKIE_BYTES);
		side->payload_left = bytes - padding - 2 - COOKIE_BYTES;
		side->in_kexinit = true;
		crypto_md5_begin(&side->md5);
		return DISSECT_MORE;
	}
	if (message > MESSAGE_KEXINIT || message <= MESSAGE_DISCONNECT || bytes > IGNORED_BYTES_MAX)
		return DISSECT_DONE;
	if (cur_left(in) < 4 + bytes)
		return wait_for(d, 4 + bytes);
	cur_skip(in, 4 + bytes);
	side->packets++;
	return DISSECT_MORE;
}

static enum dissect_result parse(struct dissect *d, struct cursor *in)
{
	struct ssh_state *state = d->state;
	struct ssh_side *side = &state->sides[d->direction];
	enum dissect_result result = DISSECT_MORE;

	if (!side->identified)
		result = identification(d, side, in);
	while (result == DISSECT_MORE && side->identified && cur_left(in) && !d->want_bytes)
		result = side->in_kexinit ? lists(d, side, in) : packet(d, side, in);
	return result;
}

static const char *const applications[] = {[DISSECT_TCP] = "SSH", [DISSECT_UDP] = NULL};

const struct dissector ssh_dissector = {
	.name = "ssh",
	.transports = 1u << DISSECT_TCP,
	.applications = applications,
	.flow = &ssh_table,
	.state_bytes = sizeof(struct ssh_state),
	.probe = probe,
	.parse = parse,
};
