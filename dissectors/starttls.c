/* SPDX-License-Identifier: Apache-2.0 */
/* What is said before TLS begins (RFC 2595 for IMAP and POP3, 4217 for FTP, 4642 for NNTP, 5804 for
 * ManageSieve, 6120 section 5 for XMPP, and the binary ones of upgrade.c). Nothing of it is kept
 * but which protocol it was, and that only when TLS did begin. SMTP has a dissector of its own. */
#include "base/cleanup.h"
#include "dissectors/dissect.h"
#include "dissectors/greeting.h"
#include "dissectors/line.h"
#include "dissectors/upgrade.h"

#define DIALOGUE_BYTES_MAX 8192 /* of one side */
#define TAG_BYTES_MAX      12   /* of a command of IMAP, RFC 3501 section 2.2.1 */
#define COMMAND_BYTES_MAX  13

enum protocol {
	PROTOCOL_NONE,
	PROTOCOL_TEXT, /* one of several */
	PROTOCOL_IMAP,
	PROTOCOL_POP3,
	PROTOCOL_FTP,
	PROTOCOL_NNTP,
	PROTOCOL_SIEVE,
	PROTOCOL_XMPP,
	PROTOCOL_IRC,
	PROTOCOL_LDAP,
	PROTOCOL_POSTGRESQL,
	PROTOCOL_MYSQL,
	PROTOCOL_RDP,
	PROTOCOLS,
};

struct starttls_state {
	uint8_t protocol;
	struct upgrade_side sides[2];
};

static const char *protocol_name(uint64_t protocol)
{
	static const char *const names[PROTOCOLS] = {NULL, "other", "imap", "pop3", "ftp", "nntp",
		"sieve", "xmpp", "irc", "ldap", "postgresql", "mysql", "rdp"};

	return protocol < PROTOCOLS ? names[protocol] : NULL;
}

static const struct field starttls_fields[] = {
	{"starttls.protocol", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 3100, 0, "starttlsProtocol", NULL,
		"Before TLS",
		"What a connection spoke before TLS began in it; SMTP is told by its own fields.",
		protocol_name},
};

static const struct field_table starttls_table = {
	"starttls", starttls_fields, ARRAY_LEN(starttls_fields)};

/* How servers and clients begin, in lower case. */
static const struct {
	const char *text;
	enum protocol protocol;
} signs[] = {
	{"* ok", PROTOCOL_IMAP},
	{"* preauth", PROTOCOL_IMAP},
	{"+ok", PROTOCOL_POP3},
	{"capa\r\n", PROTOCOL_POP3},
	{"stls", PROTOCOL_POP3},
	{"auth\r\n", PROTOCOL_POP3}, /* which ways are there: RFC 5034 section 4 */
	{"auth tls", PROTOCOL_FTP},
	{"auth ssl", PROTOCOL_FTP},
	{"feat\r\n", PROTOCOL_FTP},
	{"user ", PROTOCOL_TEXT},
	{"starttls", PROTOCOL_TEXT},
	{"200 ", PROTOCOL_NNTP},
	{"201 ", PROTOCOL_NNTP},
	{"capabilities", PROTOCOL_NNTP},
	{"mode reader", PROTOCOL_NNTP},
	{"\"implementation\"", PROTOCOL_SIEVE},
	{"capability\r\n", PROTOCOL_SIEVE},
	{"<?xml ", PROTOCOL_XMPP},
	{"<stream:stream", PROTOCOL_XMPP},
	{"notice auth", PROTOCOL_IRC},
	{"cap ls", PROTOCOL_IRC},
	{"nick ", PROTOCOL_IRC},
};

static const struct {
	const struct upgrade_walk *walk;
	enum protocol protocol;
} binaries[] = {
	{&upgrade_ldap, PROTOCOL_LDAP},
	{&upgrade_postgresql, PROTOCOL_POSTGRESQL},
	{&upgrade_mysql, PROTOCOL_MYSQL},
	{&upgrade_rdp, PROTOCOL_RDP},
};

/* A tag, a blank and a command of IMAP. */
static enum dissect_guess imap_command(struct line head)
{
	static const char *const commands[] = {
		"capability", "starttls", "login ", "noop", "id ", "authenticate "};
	size_t tag = 0;
	struct line command;

	for (; tag < head.bytes && tag <= TAG_BYTES_MAX; tag++) {
		char c = line_lower(head.at[tag]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.')
			break;
	}
	if (tag == head.bytes)
		return tag <= TAG_BYTES_MAX ? GUESS_MORE : GUESS_NO;
	if (tag == 0 || head.at[tag] != ' ')
		return GUESS_NO;
	command = (struct line){head.at + tag + 1, head.bytes - tag - 1};
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		size_t same = line_common(command, commands[i]);

		if (!commands[i][same])
			return GUESS_YES;
		if (same == command.bytes)
			return GUESS_MORE;
	}
	return GUESS_NO;
}

static enum dissect_guess identify_text(
	const struct dissect *d, struct cursor in, enum protocol *ret)
{
	struct line head = {(const char *)in.pos, cur_left(&in)};
	enum greeting greeting = greeting_of(d, in);
	enum dissect_guess best = imap_command(head);

	*ret = PROTOCOL_IMAP;
	if (best == GUESS_YES)
		return best;
	if (greeting == GREETING_FTP) {
		*ret = PROTOCOL_FTP;
		return GUESS_YES;
	}
	if (greeting == GREETING_OPEN)
		best = GUESS_MORE;
	for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
		size_t same = line_common(head, signs[i].text);

		*ret = signs[i].protocol;
		if (!signs[i].text[same])
			return GUESS_YES;
		if (same == head.bytes)
			best = GUESS_MORE;
	}
	return best;
}

static enum dissect_guess identify(const struct dissect *d, struct cursor in, enum protocol *ret)
{
	enum dissect_guess best = identify_text(d, in, ret);

	for (size_t i = 0; i < ARRAY_LEN(binaries) && best != GUESS_YES; i++) {
		enum dissect_guess guess = binaries[i].walk->probe(d, in);

		*ret = binaries[i].protocol;
		if (guess != GUESS_NO)
			best = guess;
	}
	return best == GUESS_MORE && d->end_of_stream ? GUESS_NO : best;
}

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	enum protocol protocol;

	return identify(d, in, &protocol);
}

static enum dissect_result walk_text(
	struct dissect *d, struct upgrade_side *side, struct cursor *in)
{
	size_t there = cur_left(in);
	const uint8_t *at = there ? memchr(in->pos, 22, there) : NULL;
	size_t text = at ? (size_t)(at - in->pos) : there;

	d->steps++;
	cur_skip(in, text);
	if (side->bytes + text > DIALOGUE_BYTES_MAX)
		return DISSECT_DONE;
	side->bytes = (uint16_t)(side->bytes + text);
	return upgrade_or_done(d, in);
}

static enum dissect_result parse(struct dissect *d, struct cursor *in)
{
	struct starttls_state *state = d->state;
	struct upgrade_side *side = &state->sides[d->direction];
	enum dissect_result result = DISSECT_MORE;
	enum protocol found;

	/* each side may say what it is; some first words only one of them does */
	if (!side->begun && state->protocol <= PROTOCOL_TEXT &&
		identify(d, *in, &found) == GUESS_YES)
		state->protocol = (uint8_t)found;
	side->begun = true;
	if (state->protocol < PROTOCOL_LDAP)
		result = walk_text(d, side, in);
	for (size_t i = 0; i < ARRAY_LEN(binaries); i++) {
		if (binaries[i].protocol == state->protocol)
			result = binaries[i].walk->walk(d, side, in);
	}
	if (result == DISSECT_NEXT)
		record_set(d->flow, &starttls_fields[0], state->protocol);
	return result;
}

const struct dissector starttls_dissector = {
	.name = "starttls",
	.transports = 1u << DISSECT_TCP,
	.flow = &starttls_table,
	.state_bytes = sizeof(struct starttls_state),
	.probe = probe,
	.parse = parse,
};
