/* SPDX-License-Identifier: Apache-2.0 */
/* SMTP, RFC 5321: the names with which both sides introduce themselves (sections 4.1.1.1 and 4.2),
 * and where TLS begins (RFC 3207). Nothing of a mail: reading ends where one begins, and addresses
 * and credentials are passed over. */
#include "base/cleanup.h"
#include "dissectors/dissect.h"
#include "dissectors/greeting.h"
#include "dissectors/line.h"
#include "dissectors/upgrade.h"

#define DIALOGUE_BYTES_MAX 4096 /* of one side, before TLS or a mail */
#define LINE_BYTES_MAX     1024 /* RFC 5321 section 4.5.3.1 allows 512 */
#define NAME_BYTES_MAX     255

enum smtp_field { SMTP_SERVER, SMTP_HELO, SMTP_FIELDS };

struct smtp_state {
	uint16_t bytes[2]; /* that a side has said */
	bool helo, server;
};

static const struct field smtp_fields[SMTP_FIELDS] = {
	[SMTP_SERVER] = {"smtp.server", FIELD_TEXT, 0, MATCH_NAME, KUKLA_PEN, 2600, 0, "smtpServer",
		NULL, "Mail server",
		"Name in the server's greeting (RFC 5321 section 4.2); only one with a dot.", NULL},
	[SMTP_HELO] = {"smtp.helo", FIELD_TEXT, 0, MATCH_NAME, KUKLA_PEN, 2601, 0, "smtpHelo", NULL,
		"HELO", "Name in the client's first HELO or EHLO (RFC 5321 section 4.1.1.1).",
		NULL},
};

static const struct field_table smtp_table = {"smtp", smtp_fields, SMTP_FIELDS};

static bool is_helo(struct line line)
{
	return line_begins(line, "ehlo ") || line_begins(line, "helo ") ||
	       line_begins(line, "lhlo ");
}

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	struct line head = {(const char *)in.pos, cur_left(&in)};
	enum greeting greeting = greeting_of(d, in);

	if (greeting == GREETING_SMTP || is_helo(head))
		return GUESS_YES;
	if (d->end_of_stream)
		return GUESS_NO;
	if (head.bytes < 5 && (line_common(head, "ehlo ") == head.bytes ||
				      line_common(head, "helo ") == head.bytes ||
				      line_common(head, "lhlo ") == head.bytes))
		return GUESS_MORE;
	return greeting == GREETING_OPEN ? GUESS_MORE : GUESS_NO;
}

/* Letters, digits, hyphens and dots, or an address in brackets; RFC 5321 section 4.1.2. Names with
 * underscores are against the rules and common. */
static bool is_name(struct line name)
{
	if (name.bytes == 0 || name.bytes > NAME_BYTES_MAX)
		return false;
	for (size_t i = 0; i < name.bytes; i++) {
		char c = line_lower(name.at[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && !memchr("-._[]:", c, 6))
			return false;
	}
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void greeted(struct dissect *d, struct line line)
{
	struct smtp_state *state = d->state;
	struct line name = line_word(line, 4);

	/* "220 2.0.0 Ready" is an answer to STARTTLS */
	if (!state->server && is_name(name) && memchr(name.at, '.', name.bytes) &&
		(name.bytes > 6 || !is_digit(name.at[0])))
		record_text(d->flow, &smtp_fields[SMTP_SERVER], name.at, name.bytes);
	state->server = true;
}

static void introduced(struct dissect *d, struct line line)
{
	struct smtp_state *state = d->state;
	struct line name = line_word(line, 5);

	if (!state->helo && is_name(name))
		record_text(d->flow, &smtp_fields[SMTP_HELO], name.at, name.bytes);
	state->helo = true;
}

static bool is_reply(struct line line)
{
	return line.bytes >= 3 && is_digit(line.at[0]) && is_digit(line.at[1]) &&
	       is_digit(line.at[2]) && (line.bytes == 3 || line.at[3] == ' ' || line.at[3] == '-');
}

/* Who speaks is told by what is said: the direction of a flow may be unknown. */
static enum dissect_result say(struct dissect *d, struct line line)
{
	if (is_helo(line)) {
		if (!dissect_is_responder(d))
			introduced(d, line);
	} else if (is_reply(line)) {
		if (line_begins(line, "220"))
			greeted(d, line);
		if (line_begins(line, "354"))
			return DISSECT_DONE;
	} else if (line_begins(line, "data") || line_begins(line, "bdat ")) {
		return DISSECT_DONE;
	}
	return DISSECT_MORE;
}

static enum dissect_result parse(struct dissect *d, struct cursor *in)
{
	struct smtp_state *state = d->state;
	uint16_t *bytes = &state->bytes[d->direction];

	for (;; d->steps++) {
		size_t there = cur_left(in);
		enum upgrade upgrade = upgrade_at(in);
		struct line line;

		if (upgrade == UPGRADE_TLS)
			return DISSECT_NEXT;
		if (upgrade == UPGRADE_NOT && there && cur_peek(in, 0) < ' ' &&
			cur_peek(in, 0) != '\r' && cur_peek(in, 0) != '\n')
			return DISSECT_DONE;
		if (!line_take(in, &line)) {
			d->want_bytes = there + 1;
			return d->end_of_stream || there > LINE_BYTES_MAX ? DISSECT_DONE
									  : DISSECT_MORE;
		}
		if (say(d, line) == DISSECT_DONE)
			return DISSECT_DONE;
		there -= cur_left(in);
		if (*bytes + there > DIALOGUE_BYTES_MAX)
			return DISSECT_DONE;
		*bytes = (uint16_t)(*bytes + there);
	}
}

const struct dissector smtp_dissector = {
	.name = "smtp",
	.transports = 1u << DISSECT_TCP,
	.flow = &smtp_table,
	.state_bytes = sizeof(struct smtp_state),
	.probe = probe,
	.parse = parse,
};
