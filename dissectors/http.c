/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1.0 and 1.1 over TCP, RFC 9112: every request and every response is a record of its own,
 * the first ones are fields of the flow too. Bodies (section 6) are passed over unread. Of a header
 * that is cut the lines that are whole count. */
#include "dissectors/dissect.h"

#include <string.h>

#include "base/cleanup.h"
#include "dissectors/http_header.h"
#include "dissectors/http_record.h"

#define HEADER_BYTES_MAX  16384
#define EMPTY_LINES_BYTES 64         /* before a first request, RFC 9112 section 2.2 */
#define STATUS_LINE_BYTES 512        /* more than any reason phrase */
#define METHODS_MAX       64         /* requests whose responses are awaited */
#define STATUS_HEAD_BYTES 12         /* HTTP/1.1 200 */
#define LOST_BYTES_MAX    (1u << 20) /* without a message in them */
#define TLS_HANDSHAKE     0x16

enum stage {
	AT_START,   /* of a message */
	AT_HEADER,  /* in the rest of one that is longer than what is waited for */
	AT_BODY,    /* of a response whose request was not seen: there may be no body */
	AT_CHUNK,   /* before the line with its size, or the line end of the chunk before */
	AT_TRAILER, /* RFC 9112 section 7.1.2 */
	AT_LOSS,    /* some segment may begin with a message */
	AT_END,     /* nothing more is wanted */
};

/* One direction. */
struct side {
	struct http_framing framing; /* of the last header */
	uint64_t body;               /* AT_BODY; UINT64_MAX: until the connection closes */
	uint32_t lost;               /* octets passed over since its last message */
	uint16_t searched; /* octets of the window in which no line end was found any more */
	uint16_t line_at;  /* where its last line begins, which is not whole */
	uint8_t stage;     /* enum stage */
	bool begun;        /* a message was read */
	bool asked;        /* for another protocol: CONNECT, Upgrade */
	bool in_line;      /* AT_HEADER: what is here began before */
	bool success;      /* AT_BODY: of a response that may have opened a tunnel */
};

struct state {
	struct side sides[2];
	uint32_t requests, responses; /* so many were there; responses: final ones */
	uint64_t heads, connects;     /* bits: the method of request number n, modulo METHODS_MAX */
	bool unsure;                  /* octets were missing: which request a response is to is not
					 known */
	bool switched; /* both sides speak another protocol from the next message on */
};

/* One call. */
struct call {
	struct dissect *d;
	struct cursor *in;
	struct state *s;
	struct side *side;
	enum dissect_result result;
};

/* Stages say whether to go on in this call; else `result` is set. */
static bool finish(struct call *c, enum dissect_result result)
{
	c->result = result;
	return false;
}

static bool must_wait(const struct dissect *d, size_t there)
{
	return !d->end_of_stream && there < HEADER_BYTES_MAX;
}

static bool wait_for_more(struct call *c)
{
	c->d->want_bytes = cur_left(c->in) + 1;
	return finish(c, DISSECT_MORE);
}

static void consume(struct call *c, size_t bytes)
{
	cur_skip(c->in, bytes);
	c->side->searched = 0;
	c->side->line_at = 0;
}

static bool at_loss(struct call *c)
{
	c->s->unsure = true;
	c->side->lost += (uint32_t)cur_left(c->in);
	c->side->stage = c->side->lost < LOST_BYTES_MAX ? AT_LOSS : AT_END;
	consume(c, cur_left(c->in));
	return c->side->stage == AT_END || finish(c, DISSECT_MORE);
}

/* Where the window's first line ends; 0: it is not whole. No octet is looked at in two calls. */
static size_t line_end(struct call *c)
{
	size_t left = cur_left(c->in), from = c->side->searched;
	const uint8_t *at;

	left = left < HEADER_BYTES_MAX ? left : HEADER_BYTES_MAX;
	at = from < left ? memchr(c->in->pos + from, '\n', left - from) : NULL;
	c->side->searched = (uint16_t)(at ? (size_t)(at - c->in->pos) + 1 : left);
	return at ? c->side->searched : 0;
}

/* Where the header at the window's start ends; 0: it is not whole, side->line_at octets of it are
 * whole lines. */
static size_t header_end(struct call *c)
{
	size_t end;

	while ((end = line_end(c)) > 0) {
		size_t begin = c->side->line_at;

		c->d->steps++;
		c->side->line_at = (uint16_t)end;
		if (end - begin == 1 || (end - begin == 2 && c->in->pos[begin] == '\r'))
			return end;
	}
	return 0;
}

static void request(struct call *c, const struct http_header *h)
{
	uint64_t bit = (uint64_t)1 << c->s->requests % METHODS_MAX;
	bool connect = http_same(h->method, "CONNECT");

	http_record_request(c->d, h, c->s->requests);
	c->side->asked = connect || h->framing.upgrade;
	c->s->heads = http_same(h->method, "HEAD") ? c->s->heads | bit : c->s->heads & ~bit;
	c->s->connects = connect ? c->s->connects | bit : c->s->connects & ~bit;
	c->s->requests++;
}

/* A body of known length, or until the connection closes. */
static void body(struct call *c, uint64_t bytes, bool maybe)
{
	c->side->stage = AT_START;
	if (maybe && bytes) {
		c->side->stage = AT_BODY;
		c->side->body = bytes;
	} else if (bytes == UINT64_MAX) {
		c->side->stage = AT_END;
	} else {
		c->d->skip_bytes = bytes;
	}
}

/* From the next segment on a message is believed that nobody would take for anything else. */
static void resume(struct call *c)
{
	c->s->unsure = true;
	consume(c, cur_left(c->in));
	c->side->stage = AT_LOSS;
}

/* How a request's body is framed: RFC 9112 section 6.3, its points 3 to 7. */
static void request_body(struct call *c, const struct http_framing *f)
{
	if (f->chunked)
		c->side->stage = AT_CHUNK;
	else if (f->has_coding || f->bad_length)
		resume(c); /* servers do not agree where it ends */
	else
		body(c, f->length, false);
}

/* And a response's, which depends on its request: points 1 to 5 and 8. */
static void response_body(struct call *c, const struct http_framing *f)
{
	struct state *s = c->s;
	uint32_t number = s->responses, ahead = s->requests - number;
	bool known = !s->unsure && number < s->requests && ahead <= METHODS_MAX;
	uint64_t bit = (uint64_t)1 << number % METHODS_MAX;

	c->side->stage = AT_START;
	if (http_is_interim(f->status))
		return;
	s->responses++;
	c->side->success = f->status / 100 == 2;
	if (f->status == 101 || (known && s->connects & bit && c->side->success))
		s->switched = true;
	else if (f->status == 204 || f->status == 304 || (known && s->heads & bit))
		return;
	else if (f->chunked)
		c->side->stage = AT_CHUNK;
	else if (f->bad_length && !f->has_coding)
		c->side->stage = AT_END;
	else
		body(c, f->has_coding || !f->has_length ? UINT64_MAX : f->length, !known);
}

static void after_header(struct call *c)
{
	if (c->side->framing.status)
		response_body(c, &c->side->framing);
	else
		request_body(c, &c->side->framing);
}

/* The header that the window begins with, `bytes` long. */
static bool message(struct call *c, const struct http_header *h, size_t bytes)
{
	if (!h->framing.status && dissect_is_responder(c->d))
		return finish(c, DISSECT_BAD);
	if (h->framing.status)
		http_record_response(c->d, h, c->s->responses);
	else
		request(c, h);
	consume(c, bytes);
	c->side->begun = true;
	c->side->lost = 0;
	c->side->framing = h->framing;
	c->side->in_line = false;
	if (h->whole)
		after_header(c);
	else
		c->side->stage = c->d->end_of_stream ? AT_END : AT_HEADER;
	return finish(c, DISSECT_MESSAGE);
}

/* One side has shown what the connection is. */
static bool is_known(const struct state *s)
{
	return s->requests || s->responses;
}

/* What is here is no message. */
static bool something_else(struct call *c)
{
	struct http_text head = {(const char *)c->in->pos, cur_left(c->in)};
	bool never = !c->side->begun && !c->s->unsure && !c->d->gap && is_known(c->s);

	if (c->side->asked || (never && !http_starts_with(head, "http/"))) /* SSH may answer */
		return finish(c, DISSECT_NEXT);
	if (!is_known(c->s) && !c->d->gap)
		return finish(c, DISSECT_BAD);
	return at_loss(c);
}

/* The empty lines that some clients send (RFC 9112 section 2.2). Whether there is anything more. */
static bool skip_empty_lines(struct call *c)
{
	while (cur_is(c->in, "\r\n", 2) || cur_is(c->in, "\n", 1)) {
		consume(c, cur_peek(c->in, 0) == '\r' ? 2 : 1);
		c->d->steps++;
	}
	return cur_left(c->in) > 0 && !(cur_left(c->in) == 1 && cur_peek(c->in, 0) == '\r');
}

/* Read the header at the window's start as far as it is there. Whether it is all that will come;
 * else the call is over. `known`: the connection is HTTP beyond doubt. */
static bool take_header(struct call *c, bool known, struct http_header *ret, bool *ret_fine)
{
	size_t left = cur_left(c->in), before = c->side->line_at, end = header_end(c);
	struct cursor lines = cur_init(c->in->pos, c->side->line_at);
	struct http_text line = {(const char *)c->in->pos, left};
	bool wait = !end && must_wait(c->d, left);

	*ret_fine = false;
	if (!c->side->line_at) {
		if (wait && http_may_begin(line, known))
			return wait_for_more(c);
		return true;
	}
	if (wait) {
		if (!before && http_next_line(&lines, &line) && !http_first_line(line, known, ret))
			return true;
		return wait_for_more(c);
	}
	*ret_fine = http_header_read(lines, known, ret, &c->d->steps);
	return true;
}

static bool at_start(struct call *c)
{
	struct http_header h;
	bool fine;

	if (c->s->switched)
		return finish(c, DISSECT_NEXT);
	if (!c->side->searched && !skip_empty_lines(c))
		return wait_for_more(c);
	if (!take_header(c, is_known(c->s) || cur_is(c->in, "HTTP/", 5), &h, &fine))
		return false;
	return fine ? message(c, &h, c->side->line_at) : something_else(c);
}

/* What was missed may have been messages: the number is the least that it can be. */
static void renumber(struct state *s, bool is_response)
{
	if (!is_response && s->requests < s->responses)
		s->requests = s->responses;
	else if (is_response && s->responses + 1 < s->requests)
		s->responses = s->requests - 1;
}

static bool at_resumption(struct call *c)
{
	struct http_text head;
	struct http_header h;
	bool fine;

	if (c->s->switched)
		return finish(c, DISSECT_NEXT);
	if (!take_header(c, false, &h, &fine))
		return false;
	head = (struct http_text){(const char *)c->in->pos, cur_left(c->in)};
	head.bytes = http_find(head, ' ');
	if (!fine || !http_is_sure(&h) || !http_may_begin(head, false))
		return at_loss(c);
	renumber(c->s, h.framing.status);
	return message(c, &h, c->side->line_at);
}

/* The response may have been one to HEAD, and have no body; or to CONNECT. */
static bool at_body(struct call *c)
{
	struct http_text head = {(const char *)c->in->pos, cur_left(c->in)};
	struct http_header h;

	if (memcmp(head.at, "HTTP/1.", head.bytes < 7 ? head.bytes : 7) == 0) {
		if (head.bytes < STATUS_HEAD_BYTES && head.bytes < c->side->body &&
			!c->d->end_of_stream)
			return wait_for_more(c);
		head.bytes = head.bytes < STATUS_HEAD_BYTES ? head.bytes : STATUS_HEAD_BYTES;
		if (http_first_line(head, false, &h) && h.framing.status) {
			c->side->stage = AT_START;
			return true;
		}
	}
	if (c->side->success && c->side->body == UINT64_MAX &&
		cur_peek(c->in, 0) == TLS_HANDSHAKE) {
		if (head.bytes == 1 && !c->d->end_of_stream)
			return wait_for_more(c);
		if (cur_peek(c->in, 1) == 3)
			return finish(c, DISSECT_NEXT);
	}
	body(c, c->side->body, false);
	return c->side->stage == AT_END || finish(c, DISSECT_MORE);
}

/* Chunks, RFC 9112 section 7.1. */
static bool at_chunk(struct call *c)
{
	size_t left = cur_left(c->in), end = line_end(c);
	struct cursor in = cur_init(c->in->pos, end);
	struct http_text line;
	uint64_t size;

	c->d->steps++;
	if (!http_next_line(&in, &line)) {
		if (!must_wait(c->d, left))
			return at_loss(c);
		return wait_for_more(c);
	}
	if (line.bytes == 0) { /* the end of the chunk before */
		consume(c, end);
		return true;
	}
	if (!http_chunk_size(
		    line, &size)) { /* to HEAD there is no body, whatever the header says */
		c->side->stage = AT_START;
		consume(c, 0);
		return http_starts_with(line, "http/1.") || at_loss(c);
	}
	consume(c, end);
	if (size == 0)
		c->side->stage = AT_TRAILER;
	c->d->skip_bytes = size;
	left = cur_left(c->in);
	if (size >= left && size > 0)
		return finish(c, DISSECT_MORE);
	consume(c, (size_t)size);
	c->d->skip_bytes = 0;
	return true;
}

static bool at_trailer(struct call *c)
{
	size_t left = cur_left(c->in), end = line_end(c);

	c->d->steps++;
	if (!end)
		return must_wait(c->d, left) ? wait_for_more(c) : at_loss(c);
	if (end == 1 || (end == 2 && cur_peek(c->in, 0) == '\r'))
		c->side->stage = AT_START;
	consume(c, end);
	return true;
}

/* What such a header said at first is recorded; the rest says how the body is framed, and perhaps
 * the host. */
static bool at_header(struct call *c)
{
	struct http_header h = {.framing = c->side->framing};
	size_t left = cur_left(c->in), end = line_end(c);
	struct cursor in = cur_init(c->in->pos, end);
	struct http_text line;
	bool whole = http_next_line(&in, &line), begun = c->side->in_line;

	c->d->steps++;
	if (!whole && must_wait(c->d, left))
		return wait_for_more(c);
	end = whole ? end : c->side->searched; /* no line end in these */
	c->side->lost += (uint32_t)end;
	if (c->side->lost > LOST_BYTES_MAX || (!whole && c->d->end_of_stream))
		return at_loss(c);
	consume(c, end);
	c->side->in_line = !whole;
	if (whole && !begun && line.bytes == 0) {
		c->side->lost = 0;
		after_header(c);
	} else if (whole && !begun && http_header_line(line, &h)) {
		if (h.host.bytes && !h.framing.status && c->s->requests == 1)
			http_record_late_host(c->d, h.host);
		c->side->framing = h.framing;
		c->side->asked = c->side->asked || h.framing.upgrade;
	}
	return c->d->skip_bytes == 0 || finish(c, DISSECT_MORE);
}

static bool at_end(struct call *c)
{
	return finish(c, DISSECT_DONE);
}

static enum dissect_result parse(struct dissect *d, struct cursor *in)
{
	static bool (*const stages[])(struct call *) = {[AT_START] = at_start,
		[AT_HEADER] = at_header,
		[AT_BODY] = at_body,
		[AT_CHUNK] = at_chunk,
		[AT_TRAILER] = at_trailer,
		[AT_LOSS] = at_resumption,
		[AT_END] = at_end};
	struct state *s = d->state;
	struct call c = {.d = d, .in = in, .s = s, .side = &s->sides[d->direction]};

	if (d->gap) {
		s->unsure = true;
		consume(&c, 0);
		if (c.side->begun && c.side->stage != AT_END)
			c.side->stage = AT_LOSS;
	}
	/* a late SYN turns the flow round, and this is the other side's window */
	if (c.side->searched > cur_left(in) || c.side->line_at > cur_left(in))
		consume(&c, 0);
	while (stages[c.side->stage](&c))
		;
	return c.result;
}

/* Whether a whole header stands here, as it may where an unknown connection is met. */
static enum dissect_guess probe_header(struct cursor in)
{
	struct http_header h;
	uint32_t steps = 0;

	return http_header_read(in, true, &h, &steps) && http_is_sure(&h) ? GUESS_YES : GUESS_NO;
}

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	struct http_text head, line;
	struct http_header h;
	struct cursor header;
	bool response;

	if (d->gap)
		return probe_header(in);
	for (unsigned i = 0; i < EMPTY_LINES_BYTES && cur_left(&in); i++) {
		if (in.pos[0] != '\r' && in.pos[0] != '\n')
			break;
		cur_skip(&in, 1);
	}
	head = (struct http_text){(const char *)in.pos, cur_left(&in)};
	header = in;
	if (http_next_line(&in, &line)) {
		return http_first_line(line, false, &h) && h.version.bytes ? GUESS_YES
									   : probe_header(header);
	}
	response = head.bytes > 0 && head.at[0] == 'H' && http_starts_with(head, "http/1.");
	if (d->end_of_stream || head.bytes >= (response ? STATUS_LINE_BYTES : HEADER_BYTES_MAX))
		return GUESS_NO;
	return http_may_begin(head, false) ? GUESS_MORE : GUESS_NO;
}

static const char *const applications[] = {[DISSECT_TCP] = "HTTP", [DISSECT_UDP] = NULL};

const struct dissector http_dissector = {
	.name = "http",
	.transports = 1u << DISSECT_TCP,
	.applications = applications,
	.flow = &http_table,
	.message = &http_kind,
	.resumes = true,
	.midstream = true,
	.state_bytes = sizeof(struct state),
	.probe = probe,
	.parse = parse,
};
