/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1.0 and 1.1 over TCP, RFC 9112: the first request and the first final response. Of a request
 * whose header is cut the lines that are whole count. */
#include "dissectors/dissect.h"

#include <string.h>

#define HEADER_BYTES_MAX   16384
#define METHOD_BYTES_MAX   20
#define HOSTNAME_BYTES_MAX 255
#define VERSION_BYTES      8   /* HTTP/1.1 */
#define STATUS_LINE_BYTES  512 /* more than any reason phrase */

enum http_field { HTTP_HOSTNAME, HTTP_METHOD, HTTP_URL, HTTP_USER_AGENT, HTTP_STATUS, HTTP_FIELDS };

static const struct field http_fields[HTTP_FIELDS] = {
	[HTTP_HOSTNAME] = {"http.hostname", FIELD_TEXT, FIELD_HOST, MATCH_NAME, KUKLA_PEN, 2200, 0,
		"httpHostname", NULL, "Host",
		"Host of the first request, without port, in lower case (RFC 9110 section 7.2).",
		NULL},
	[HTTP_METHOD] = {"http.http_method", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2201, 0,
		"httpMethod", NULL, "Method", "Method of the first request.", NULL},
	[HTTP_URL] = {"http.url", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2202, 0, "httpUrl", NULL,
		"URL", "Target of the first request without query and fragment.", NULL},
	[HTTP_USER_AGENT] = {"http.http_user_agent", FIELD_TEXT, 0, MATCH_USER_AGENT, PEN_CERT, 111,
		0, "httpUserAgent", NULL, "User-Agent",
		"User-Agent of the first request (RFC 9110 section 10.1.5).", NULL},
	[HTTP_STATUS] = {"http.status", FIELD_U16, 0, MATCH_NONE, KUKLA_PEN, 2204, 0, "httpStatus",
		NULL, "Status", "Status of the first final response (RFC 9110 section 15).", NULL},
};

static const struct field_table http_table = {"http", http_fields, HTTP_FIELDS};

struct text {
	const char *at;
	size_t bytes;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static struct text trim(struct text t)
{
	for (; t.bytes > 0 && is_space(t.at[0]); t.at++, t.bytes--)
		;
	for (; t.bytes > 0 && is_space(t.at[t.bytes - 1]); t.bytes--)
		;
	return t;
}

static bool starts_with(struct text t, const char *word)
{
	size_t bytes = strlen(word);

	if (t.bytes < bytes)
		return false;
	for (size_t i = 0; i < bytes; i++) {
		if (lower(t.at[i]) != word[i])
			return false;
	}
	return true;
}

static size_t find(struct text t, char c)
{
	const char *at = t.bytes ? memchr(t.at, c, t.bytes) : NULL;

	return at ? (size_t)(at - t.at) : t.bytes;
}

/* The next line without its end; false when it is not whole. */
static bool next_line(struct cursor *in, struct text *ret)
{
	size_t left = cur_left(in);
	const char *at = (const char *)in->pos, *end = left ? memchr(at, '\n', left) : NULL;

	if (!end)
		return false;
	ret->at = at;
	ret->bytes = (size_t)(end - at);
	cur_skip(in, ret->bytes + 1);
	if (ret->bytes > 0 && ret->at[ret->bytes - 1] == '\r')
		ret->bytes--;
	return true;
}

static bool is_version(struct text t)
{
	return t.bytes == VERSION_BYTES && memcmp(t.at, "HTTP/1.", 7) == 0 &&
	       (t.at[7] == '0' || t.at[7] == '1');
}

/* How many octets of a method these start with; a method is any word of upper-case letters (and the
 * two signs that registered and common ones have), so that new ones need no list. */
static size_t method_bytes(struct text t)
{
	size_t i = 0;

	for (; i < t.bytes && i <= METHOD_BYTES_MAX; i++) {
		if ((t.at[i] < 'A' || t.at[i] > 'Z') && t.at[i] != '-' && t.at[i] != '_')
			break;
	}
	return i;
}

/* METHOD SP target SP version, RFC 9112 section 3. A target with blanks is against the rules and
 * common. */
static bool request_line(struct text line, struct text *ret_method, struct text *ret_target)
{
	struct text method = {line.at, method_bytes(line)}, target, version;

	if (method.bytes < 3 || method.bytes > METHOD_BYTES_MAX ||
		line.bytes < method.bytes + 3 + VERSION_BYTES || line.at[method.bytes] != ' ')
		return false;
	version = (struct text){line.at + line.bytes - VERSION_BYTES, VERSION_BYTES};
	target = (struct text){
		line.at + method.bytes + 1, line.bytes - method.bytes - 1 - VERSION_BYTES};
	if (!is_version(version) || target.at[target.bytes - 1] != ' ')
		return false;
	target = trim(target);
	for (size_t i = 0; i < target.bytes; i++) {
		if ((uint8_t)target.at[i] < ' ')
			return false;
	}
	*ret_method = method;
	*ret_target = target;
	return target.bytes > 0;
}

/* HTTP/1.x SP three digits, RFC 9112 section 4; 0: it is none. */
static uint16_t status_line(struct text line)
{
	const char *digit = line.at + VERSION_BYTES + 1;

	if (line.bytes < VERSION_BYTES + 4 || !is_version((struct text){line.at, VERSION_BYTES}) ||
		digit[-1] != ' ' || (line.bytes > VERSION_BYTES + 4 && digit[3] != ' '))
		return 0;
	if (digit[0] < '1' || digit[0] > '9' || digit[1] < '0' || digit[1] > '9' ||
		digit[2] < '0' || digit[2] > '9')
		return 0;
	return (uint16_t)((digit[0] - '0') * 100 + (digit[1] - '0') * 10 + (digit[2] - '0'));
}

/* Whether a line that is not whole may become a request line. */
static bool may_be_request(struct text head)
{
	size_t bytes = method_bytes(head);

	if (bytes == head.bytes)
		return bytes <= METHOD_BYTES_MAX;
	if (bytes < 3 || bytes > METHOD_BYTES_MAX || head.at[bytes] != ' ')
		return false;
	for (size_t i = bytes; i < head.bytes; i++) {
		if ((uint8_t)head.at[i] < ' ' && head.at[i] != '\r')
			return false;
	}
	return true;
}

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	struct text head = {(const char *)in.pos, cur_left(&in)}, line, method, target;
	size_t bytes = head.bytes < 7 ? head.bytes : 7;
	bool response = bytes > 0 && memcmp(head.at, "HTTP/1.", bytes) == 0;

	if (next_line(&in, &line)) {
		if (response ? status_line(line) != 0 : request_line(line, &method, &target))
			return GUESS_YES;
		return GUESS_NO;
	}
	if (d->end_of_stream || head.bytes >= HEADER_BYTES_MAX)
		return GUESS_NO;
	if (response ? head.bytes <= STATUS_LINE_BYTES : may_be_request(head))
		return GUESS_MORE;
	return GUESS_NO;
}

/* Authority without user and port, RFC 3986 section 3.2; a literal IPv6 address keeps its
 * brackets. */
static struct text host_of(struct text authority)
{
	size_t at = find(authority, '@'), colon;

	if (at < authority.bytes) {
		authority.at += at + 1;
		authority.bytes -= at + 1;
	}
	if (authority.bytes > 0 && authority.at[0] == '[') {
		size_t close = find(authority, ']');

		if (close < authority.bytes)
			return (struct text){authority.at, close + 1};
	}
	colon = find(authority, ':');
	return (struct text){authority.at, colon};
}

/* The authority that the target itself names: CONNECT's, or that of an absolute form. */
static struct text target_authority(struct text method, struct text target)
{
	size_t scheme = find(target, ':');

	if (starts_with(method, "connect"))
		return target;
	if (target.at[0] == '/' || scheme + 3 > target.bytes ||
		memcmp(target.at + scheme, "://", 3) != 0)
		return (struct text){NULL, 0};
	target.at += scheme + 3;
	target.bytes -= scheme + 3;
	target.bytes = find(target, '/');
	target.bytes = find(target, '?');
	return target;
}

static void record_hostname(struct record *r, struct text authority)
{
	struct text host = host_of(authority);
	char name[HOSTNAME_BYTES_MAX];

	if (host.bytes > sizeof(name))
		host.bytes = sizeof(name);
	for (size_t i = 0; i < host.bytes; i++)
		name[i] = lower(host.at[i]);
	record_text(r, &http_fields[HTTP_HOSTNAME], name, host.bytes);
}

/* The header lines: host and agent, the first of each. Returns whether the header is whole. */
static bool read_headers(
	struct dissect *d, struct cursor *in, struct text *ret_host, struct text *ret_agent)
{
	struct text line;

	while (next_line(in, &line)) {
		size_t colon = find(line, ':');
		struct text *to = NULL;

		d->steps++;
		if (line.bytes == 0)
			return true;
		if (starts_with(line, "host:") && !ret_host->at)
			to = ret_host;
		else if (starts_with(line, "user-agent:") && !ret_agent->at)
			to = ret_agent;
		if (to)
			*to = trim((struct text){line.at + colon + 1, line.bytes - colon - 1});
	}
	return false;
}

static bool must_wait(const struct dissect *d, size_t there)
{
	return !d->end_of_stream && there < HEADER_BYTES_MAX;
}

static enum dissect_result wait_for_more(struct dissect *d, size_t there)
{
	d->want_bytes = there + 1;
	return DISSECT_MORE;
}

static enum dissect_result request(struct dissect *d, struct cursor in, struct text line)
{
	struct text method, target, host = {NULL, 0}, agent = {NULL, 0};
	size_t there = (size_t)(in.end - in.begin);

	if (!request_line(line, &method, &target))
		return DISSECT_BAD;
	if (!read_headers(d, &in, &host, &agent) && must_wait(d, there))
		return wait_for_more(d, there);
	if (host.bytes == 0 || starts_with(method, "connect"))
		host = target_authority(method, target);
	record_hostname(d->flow, host);
	record_text(d->flow, &http_fields[HTTP_METHOD], method.at, method.bytes);
	target.bytes = find(target, '?');
	target.bytes = find(target, '#');
	record_text(d->flow, &http_fields[HTTP_URL], target.at, target.bytes);
	record_text(d->flow, &http_fields[HTTP_USER_AGENT], agent.at, agent.bytes);
	return DISSECT_DONE;
}

/* Responses that only announce another one (RFC 9110 section 15.2) are passed over. */
static enum dissect_result response(struct dissect *d, struct cursor in, struct text line)
{
	size_t there = (size_t)(in.end - in.begin);
	struct text host = {NULL, 0}, agent = {NULL, 0};
	uint16_t status = status_line(line);

	while (status == 100 || status == 102 || status == 103) {
		if (!read_headers(d, &in, &host, &agent) || !next_line(&in, &line)) {
			if (must_wait(d, there))
				return wait_for_more(d, there);
			break;
		}
		status = status_line(line);
	}
	if (!status)
		return DISSECT_BAD;
	record_number(d->flow, &http_fields[HTTP_STATUS], status);
	return DISSECT_DONE;
}

static enum dissect_result parse(struct dissect *d, struct cursor *in)
{
	size_t there = cur_left(in);
	struct cursor rest = cur_init(in->pos, there < HEADER_BYTES_MAX ? there : HEADER_BYTES_MAX);
	struct text line;

	if (!next_line(&rest, &line))
		return must_wait(d, there) ? wait_for_more(d, there) : DISSECT_BAD;
	return starts_with(line, "http/1.") ? response(d, rest, line) : request(d, rest, line);
}

static const char *const applications[] = {[DISSECT_TCP] = "HTTP", [DISSECT_UDP] = NULL};

const struct dissector http_dissector = {
	.name = "http",
	.transports = 1u << DISSECT_TCP,
	.applications = applications,
	.flow = &http_table,
	.probe = probe,
	.parse = parse,
};
