/* SPDX-License-Identifier: Apache-2.0 */
/* SOCKS 4, 4a and 5 (RFC 1928, RFC 1929): what a client asks a proxy for, and the answer. User
 * names and passwords are passed over. What is carried begins at the next octet. */
#include "base/cleanup.h"
#include "base/text.h"
#include "dissectors/dissect.h"

#define TEXT_BYTES_MAX 255 /* of a user name and a host name */
#define COMMAND_LAST   3
#define TOR_RESOLVE    0xf0 /* Tor's two extensions: a question, no connection */
#define TOR_REVERSE    0xf1
#define METHOD_NONE    0
#define METHOD_USER    2
#define GRANTED_4      90

enum socks_field {
	SOCKS_VERSION,
	SOCKS_COMMAND,
	SOCKS_HOST,
	SOCKS_DEST_IP,
	SOCKS_PORT,
	SOCKS_STATUS,
	SOCKS_FIELDS,
};

enum command { COMMAND_CONNECT = 1, COMMAND_BIND = 2, COMMAND_UDP = 3 };

struct socks_state {
	bool greeted[2]; /* by direction: the first message is read */
	bool asked;      /* version and request are recorded */
	bool answered;   /* the status is */
	uint8_t method, command;
	uint8_t answers, logins;
	bool method_known;
	uint8_t client; /* 1 + the client's direction; 0: not known */
};

static const char *command_name(uint64_t command)
{
	static const char *const names[] = {NULL, "connect", "bind", "udp associate"};

	if (command == TOR_RESOLVE || command == TOR_REVERSE)
		return command == TOR_RESOLVE ? "resolve" : "resolve address";
	return command < ARRAY_LEN(names) ? names[command] : NULL;
}

static const char *status_name(uint64_t status)
{
	static const char *const names[] = {"succeeded", "general failure", "not allowed",
		"network unreachable", "host unreachable", "connection refused", "TTL expired",
		"command not supported", "address type not supported"};
	static const char *const names_4[] = {"granted", "rejected", "no identd", "other user"};

	if (status >= GRANTED_4 && status - GRANTED_4 < ARRAY_LEN(names_4))
		return names_4[status - GRANTED_4];
	return status < ARRAY_LEN(names) ? names[status] : NULL;
}

static const struct field socks_fields[SOCKS_FIELDS] = {
	[SOCKS_VERSION] = {"socks.version", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 2500, 0,
		"socksVersion", NULL, "SOCKS", "4 or 5.", NULL},
	[SOCKS_COMMAND] = {"socks.command", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 2501, 0,
		"socksCommand", NULL, "Command", "What was asked for (RFC 1928 section 4).",
		command_name},
	[SOCKS_HOST] = {"socks.host", FIELD_TEXT, FIELD_HOST, MATCH_NAME, KUKLA_PEN, 2502, 0,
		"socksHost", NULL, "Proxied host",
		"Name of the server that the proxy is asked for (RFC 1928 section 4, SOCKS 4a).",
		NULL},
	[SOCKS_DEST_IP] = {"socks.dest_ip", FIELD_ADDRESS, 0, MATCH_ADDRESS, KUKLA_PEN, 2503, 2504,
		"socksDestinationAddress", NULL, "Proxied address",
		"Address of the server that the proxy is asked for.", NULL},
	[SOCKS_PORT] = {"socks.port", FIELD_U16, 0, MATCH_NONE, KUKLA_PEN, 2505, 0, "socksPort",
		NULL, "Proxied port", "Port of the server that the proxy is asked for.", NULL},
	[SOCKS_STATUS] = {"socks.status", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2506, 0,
		"socksStatus", NULL, "Proxy's answer",
		"First answer to the request (RFC 1928 section 6, SOCKS 4).", NULL},
};

static const struct field_table socks_table = {"socks", socks_fields, SOCKS_FIELDS};

struct destination {
	uint8_t address[16];
	struct cursor host;
	uint16_t port;
	bool is_host;
};

/* Address or name, and port (RFC 1928 section 5); bad where it is neither or not whole. */
static bool take_destination(struct cursor *in, struct destination *ret)
{
	static const struct destination v4 = {.address = {[10] = 0xff, [11] = 0xff}};
	uint8_t type = cur_u8(in);
	const uint8_t *octets = NULL;

	*ret = v4;
	if (type == 1) {
		octets = cur_take(in, 4);
		if (octets)
			memcpy(ret->address + 12, octets, 4);
	} else if (type == 4) {
		octets = cur_take(in, 16);
		if (octets)
			memcpy(ret->address, octets, 16);
	} else if (type == 3) {
		ret->is_host = true;
		ret->host = cur_sub(in, cur_u8(in));
	} else {
		cur_fail(in);
	}
	ret->port = cur_u16(in);
	return !in->bad;
}

static bool is_zero(const uint8_t *octets, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (octets[i])
			return false;
	}
	return true;
}

static void record_destination(struct dissect *d, const struct destination *to)
{
	const char *host = (const char *)to->host.pos;
	uint8_t address[16];

	memcpy(address, to->address, sizeof(address));
	if (to->is_host && !text_to_address(host, cur_left(&to->host), address))
		record_text(d->flow, &socks_fields[SOCKS_HOST], host, cur_left(&to->host));
	else if (!is_zero(address + 12, 4) || !is_zero(address, 10))
		record_address(d->flow, &socks_fields[SOCKS_DEST_IP], address);
	record_number(d->flow, &socks_fields[SOCKS_PORT], to->port);
}

static void record_version(struct dissect *d, uint8_t version)
{
	struct socks_state *state = d->state;

	if (!state->asked && !state->answered)
		record_number(d->flow, &socks_fields[SOCKS_VERSION], version);
}

static enum dissect_result wait_for(struct dissect *d, size_t want_bytes)
{
	if (d->end_of_stream)
		return DISSECT_BAD;
	d->want_bytes = want_bytes;
	return DISSECT_MORE;
}

/* How many octets of text stand before a zero; `bytes` with `ret_whole` false when none is there.
 */
static size_t text_bytes(const struct cursor *in, bool *ret_whole, bool *ret_text)
{
	size_t bytes = 0;

	*ret_text = true;
	for (; bytes < cur_left(in) && cur_peek(in, bytes); bytes++) {
		uint8_t c = cur_peek(in, bytes);

		if (c < ' ' || c == 0x7f || bytes == TEXT_BYTES_MAX)
			*ret_text = false;
	}
	*ret_whole = bytes < cur_left(in);
	return bytes;
}

/* Command, port, address, user name and a zero; 4a: the address 0.0.0.x, then a name and a zero. */
static enum dissect_guess request_4(
	struct cursor *in, struct destination *ret, uint8_t *ret_command)
{
	uint8_t version = cur_u8(in), command = cur_u8(in);
	const uint8_t *address;
	bool whole, text;
	size_t bytes;

	*ret_command = command;
	*ret = (struct destination){.address = {[10] = 0xff, [11] = 0xff}};
	ret->port = cur_u16(in);
	address = cur_take(in, 4);
	if (version != 4 || !address)
		return GUESS_NO;
	memcpy(ret->address + 12, address, 4);
	bytes = text_bytes(in, &whole, &text);
	/* 0.0.0.x is 4a's; no other address begins with 0, answers of MS SQL do (04 01) */
	if ((command != COMMAND_CONNECT && command != COMMAND_BIND) || !text ||
		(address[0] == 0 && (!is_zero(address, 3) || address[3] == 0)))
		return GUESS_NO;
	if (!whole)
		return GUESS_MORE;
	cur_skip(in, bytes + 1);
	if (!is_zero(address, 3))
		return GUESS_YES;
	ret->is_host = true;
	bytes = text_bytes(in, &whole, &text);
	if (!text || (whole && bytes == 0))
		return GUESS_NO;
	if (!whole)
		return GUESS_MORE;
	ret->host = cur_sub(in, bytes);
	cur_skip(in, 1);
	return GUESS_YES;
}

static enum dissect_guess probe_4(struct cursor in)
{
	struct cursor head = in;
	struct destination to;
	uint8_t command;

	cur_skip(&head, 1);
	command = cur_u8(&head);
	if (!head.bad && command != COMMAND_CONNECT && command != COMMAND_BIND)
		return GUESS_NO;
	if (cur_left(&in) < 8)
		return GUESS_MORE;
	return request_4(&in, &to, &command);
}

/* The methods that a client knows (RFC 1928 section 3). It waits for the answer; one that does not
 * has a login or a request behind it. */
static enum dissect_guess probe_greeting(struct cursor in)
{
	uint8_t count;

	cur_skip(&in, 1);
	count = cur_u8(&in);
	if (in.bad)
		return GUESS_MORE;
	if (count == 0)
		return GUESS_NO;
	for (unsigned i = 0; i < count; i++) {
		uint8_t method = cur_u8(&in);

		if (in.bad)
			return GUESS_MORE;
		if (method > 9 && method < 0x80)
			return GUESS_NO;
	}
	if (cur_left(&in) == 0 || cur_peek(&in, 0) == 1)
		return GUESS_YES;
	if (cur_peek(&in, 0) != 5 || (cur_left(&in) > 1 && cur_peek(&in, 1) == 0))
		return GUESS_NO;
	return GUESS_YES;
}

/* A server that is seen alone: its choice, and the answer to a request behind it. */
static enum dissect_guess probe_answer(struct cursor in)
{
	uint8_t method, status, reserved, type;

	cur_skip(&in, 1);
	method = cur_u8(&in);
	if (in.bad)
		return GUESS_MORE;
	if (method != METHOD_NONE && method != METHOD_USER)
		return GUESS_NO;
	if (method == METHOD_USER && cur_left(&in) && cur_u16(&in) != 0x0100)
		return GUESS_NO;
	if (cur_left(&in) && cur_peek(&in, 0) != 5)
		return GUESS_NO;
	cur_skip(&in, 1);
	status = cur_u8(&in);
	reserved = cur_u8(&in);
	type = cur_u8(&in);
	if (in.bad)
		return GUESS_MORE;
	return status <= 8 && reserved == 0 && (type == 1 || type == 3 || type == 4) ? GUESS_YES
										     : GUESS_NO;
}

/* A server that is seen alone: an answer of 4 tells too little, what is carried has to be known. */
static enum dissect_guess probe_granted_4(struct cursor in)
{
	static const char *const beginnings[] = {"\x16\x03", "HTTP/", "SSH-"};
	size_t left;

	if (cur_left(&in) > 1 && cur_peek(&in, 1) != GRANTED_4)
		return GUESS_NO;
	if (cur_left(&in) <= 8)
		return GUESS_MORE;
	cur_skip(&in, 8);
	left = cur_left(&in);
	for (size_t i = 0; i < ARRAY_LEN(beginnings); i++) {
		size_t bytes = strlen(beginnings[i]);

		if (memcmp(in.pos, beginnings[i], left < bytes ? left : bytes) == 0)
			return left < bytes ? GUESS_MORE : GUESS_YES;
	}
	return GUESS_NO;
}

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	enum dissect_guess guess = GUESS_NO, other;

	if (cur_left(&in) == 0)
		return GUESS_NO;
	if (cur_peek(&in, 0) == 0)
		guess = probe_granted_4(in);
	if (cur_peek(&in, 0) == 4)
		guess = probe_4(in);
	if (cur_peek(&in, 0) == 5) {
		guess = probe_greeting(in);
		other = probe_answer(in);
		/* two methods, or the choice of a login and its success: what follows tells */
		if (other == GUESS_YES || (other == GUESS_MORE && guess == GUESS_NO) ||
			(other == GUESS_MORE && cur_left(&in) > 3))
			guess = other;
	}
	return guess == GUESS_MORE && d->end_of_stream ? GUESS_NO : guess;
}

static enum dissect_result ask_4(struct dissect *d, struct cursor *in)
{
	struct socks_state *state = d->state;
	struct cursor rest = *in;
	struct destination to;
	enum dissect_guess guess = request_4(&rest, &to, &state->command);

	if (rest.bad || guess == GUESS_MORE)
		return wait_for(d, cur_left(in) + 1);
	if (guess == GUESS_NO)
		return DISSECT_BAD;
	cur_skip(in, cur_left(in) - cur_left(&rest));
	record_version(d, 4);
	record_number(d->flow, &socks_fields[SOCKS_COMMAND], state->command);
	record_destination(d, &to);
	state->asked = true;
	return DISSECT_NEXT;
}

/* RFC 1929 section 2: user name and password, passed over. */
static enum dissect_result login(struct dissect *d, struct cursor *in)
{
	struct socks_state *state = d->state;
	struct cursor rest = *in;

	if ((state->method_known && state->method != METHOD_USER) || state->logins++ > 1)
		return DISSECT_DONE;
	cur_skip(&rest, 1);
	cur_skip(&rest, cur_u8(&rest));
	cur_skip(&rest, cur_u8(&rest));
	if (rest.bad) {
		state->logins--;
		return wait_for(d, cur_left(in) + 1);
	}
	cur_skip(in, cur_left(in) - cur_left(&rest));
	return DISSECT_MORE;
}

/* RFC 1928 section 4. */
static enum dissect_result ask_5(struct dissect *d, struct cursor *in)
{
	struct socks_state *state = d->state;
	struct cursor rest = *in;
	uint8_t version = cur_u8(&rest), command = cur_u8(&rest), reserved = cur_u8(&rest);
	uint8_t type = cur_peek(&rest, 0);
	struct destination to;

	if (version == 1)
		return login(d, in);
	if (cur_left(in) < 4)
		return wait_for(d, 4);
	if (version != 5 || reserved || command == 0 ||
		(command > COMMAND_LAST && command < TOR_RESOLVE) || command > TOR_REVERSE ||
		(type != 1 && type != 3 && type != 4))
		return DISSECT_BAD;
	if (!take_destination(&rest, &to))
		return wait_for(d, cur_left(in) + 1);
	cur_skip(in, cur_left(in) - cur_left(&rest));
	state->command = command;
	record_version(d, 5);
	record_number(d->flow, &socks_fields[SOCKS_COMMAND], command);
	record_destination(d, &to);
	state->asked = true;
	return command == COMMAND_CONNECT || command == COMMAND_BIND ? DISSECT_NEXT : DISSECT_DONE;
}

static enum dissect_result client(struct dissect *d, struct cursor *in)
{
	struct socks_state *state = d->state;
	struct cursor rest = *in;
	enum dissect_result result = DISSECT_MORE;

	if (!state->greeted[d->direction]) {
		if (cur_peek(in, 0) == 4)
			return ask_4(d, in);
		if (cur_u8(&rest) != 5)
			return DISSECT_BAD;
		cur_skip(&rest, cur_u8(&rest));
		if (rest.bad)
			return wait_for(d, cur_left(in) + 1);
		cur_skip(in, cur_left(in) - cur_left(&rest));
		state->greeted[d->direction] = true;
	}
	for (; result == DISSECT_MORE && cur_left(in) && !d->want_bytes; d->steps++)
		result = ask_5(d, in);
	return result;
}

/* A second answer tells of the connection that a BIND waited for. */
static enum dissect_result answered(
	struct dissect *d, uint8_t version, uint8_t status, bool granted)
{
	struct socks_state *state = d->state;
	const char *name = status_name(status);

	record_version(d, version);
	if (!state->answered && name)
		record_text(d->flow, &socks_fields[SOCKS_STATUS], name, strlen(name));
	state->answered = true;
	state->answers++;
	if (!granted || state->command == COMMAND_UDP || state->command >= TOR_RESOLVE)
		return DISSECT_DONE;
	return state->command == COMMAND_BIND && state->answers < 2 ? DISSECT_MORE : DISSECT_NEXT;
}

/* The choice of a method, RFC 1928 section 3. */
static enum dissect_result choice(struct dissect *d, struct cursor *in)
{
	struct socks_state *state = d->state;

	if (cur_left(in) < 2)
		return wait_for(d, 2);
	if (cur_u8(in) != 5)
		return DISSECT_BAD;
	state->method = cur_u8(in);
	state->method_known = true;
	state->greeted[d->direction] = true;
	return state->method == METHOD_NONE || state->method == METHOD_USER ? DISSECT_MORE
									    : DISSECT_DONE;
}

static enum dissect_result answer_4(struct dissect *d, struct cursor *in)
{
	struct cursor rest = *in;
	uint8_t zero = cur_u8(&rest), status = cur_u8(&rest);

	if (cur_left(in) < 8)
		return wait_for(d, 8);
	if (zero || status < GRANTED_4 || status > GRANTED_4 + 3)
		return DISSECT_BAD;
	cur_skip(in, 8);
	return answered(d, 4, status, status == GRANTED_4);
}

/* RFC 1928 section 6, or RFC 1929 section 2 before it. */
static enum dissect_result answer_5(struct dissect *d, struct cursor *in)
{
	struct cursor rest = *in;
	uint8_t version = cur_u8(&rest), status = cur_u8(&rest), reserved = cur_u8(&rest);
	struct destination bound;

	if (version == 1) {
		if (cur_left(in) < 2)
			return wait_for(d, 2);
		cur_skip(in, 2);
		return status ? DISSECT_DONE : DISSECT_MORE;
	}
	if (cur_left(in) < 4)
		return wait_for(d, 4);
	if (version != 5 || reserved ||
		(cur_peek(&rest, 0) != 1 && cur_peek(&rest, 0) != 3 && cur_peek(&rest, 0) != 4))
		return DISSECT_BAD;
	if (!take_destination(&rest, &bound))
		return wait_for(d, cur_left(in) + 1);
	cur_skip(in, cur_left(in) - cur_left(&rest));
	return answered(d, 5, status, status == 0);
}

static enum dissect_result server(struct dissect *d, struct cursor *in)
{
	struct socks_state *state = d->state;
	enum dissect_result result = DISSECT_MORE;

	for (; result == DISSECT_MORE && cur_left(in) && !d->want_bytes; d->steps++) {
		if (cur_peek(in, 0) == 0)
			result = answer_4(d, in);
		else if (!state->greeted[d->direction])
			result = choice(d, in);
		else
			result = answer_5(d, in);
	}
	return result;
}

/* Of a flow that is seen from one side only the server may be who begins: what it says tells. */
static bool is_client(const struct dissect *d, const struct cursor *in)
{
	if (dissect_is_responder(d))
		return false;
	if (cur_peek(in, 0) == 4)
		return true;
	if (cur_peek(in, 0) != 5 || probe_greeting(*in) != GUESS_YES)
		return false;
	return d->direction == DISSECT_TO_SERVER || probe_answer(*in) != GUESS_YES;
}

static enum dissect_result parse(struct dissect *d, struct cursor *in)
{
	struct socks_state *state = d->state;

	if (!state->client)
		state->client = 1 + (is_client(d, in) == (d->direction == DISSECT_TO_CLIENT));
	return state->client == 1 + d->direction ? client(d, in) : server(d, in);
}

const struct dissector socks_dissector = {
	.name = "socks",
	.transports = 1u << DISSECT_TCP,
	.flow = &socks_table,
	.state_bytes = sizeof(struct socks_state),
	.probe = probe,
	.parse = parse,
};
