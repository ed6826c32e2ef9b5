/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of HTTP/1, RFC 9112 sections 2 to 5. */
#include "dissectors/http_header.h"

#include <string.h>

#include "base/cleanup.h"

#define METHOD_BYTES_MAX 32
#define CHUNK_DIGITS_MAX 15 /* of a size, without zeros before it */
#define LENGTH_DIGITS    18 /* more is no length, and would not fit */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Blanks, and the line ends within a folded value (RFC 9112 section 5.2). */
struct http_text http_trim(struct http_text t)
{
	for (; t.bytes > 0 && (is_blank(t.at[0]) || t.at[0] == '\r' || t.at[0] == '\n');
		t.at++, t.bytes--)
		;
	for (; t.bytes > 0 && (is_blank(t.at[t.bytes - 1]) || t.at[t.bytes - 1] == '\r' ||
				      t.at[t.bytes - 1] == '\n');
		t.bytes--)
		;
	return t;
}

struct http_text http_from(struct http_text t, size_t offset)
{
	offset = offset < t.bytes ? offset : t.bytes;
	return (struct http_text){t.at + offset, t.bytes - offset};
}

bool http_same(struct http_text t, const char *word)
{
	return t.bytes == strlen(word) && memcmp(t.at, word, t.bytes) == 0;
}

bool http_starts_with(struct http_text t, const char *word)
{
	size_t bytes = strlen(word);

	if (t.bytes < bytes)
		return false;
	for (size_t i = 0; i < bytes; i++) {
		if (http_lower(t.at[i]) != word[i])
			return false;
	}
	return true;
}

size_t http_find(struct http_text t, char c)
{
	const char *at = t.bytes ? memchr(t.at, c, t.bytes) : NULL;

	return at ? (size_t)(at - t.at) : t.bytes;
}

bool http_next_line(struct cursor *in, struct http_text *ret)
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

/* RFC 9110 section 5.6.2: letters, digits and !#$%&'*+-.^_`|~, a bit each. */
static bool is_token_octet(char c)
{
	static const uint32_t octets[8] = {0, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff};

	return octets[(uint8_t)c >> 5] >> ((uint8_t)c & 31) & 1;
}

static size_t token_bytes(struct http_text t)
{
	size_t i = 0;

	for (; i < t.bytes && i <= METHOD_BYTES_MAX && is_token_octet(t.at[i]); i++)
		;
	return i;
}

static bool is_version(struct http_text t)
{
	return t.bytes == HTTP_VERSION_BYTES && memcmp(t.at, "HTTP/1.", 7) == 0 && t.at[7] >= '0' &&
	       t.at[7] <= '9';
}

static bool is_target(struct http_text target)
{
	for (size_t i = 0; i < target.bytes; i++) {
		if ((uint8_t)target.at[i] < ' ')
			return false;
	}
	return target.bytes > 0;
}

/* Malware that forgets the version and writes the rest of the header. */
static bool is_without_version(struct http_text method, struct http_text target)
{
	return (http_same(method, "GET") || http_same(method, "POST")) && target.bytes > 0 &&
	       target.at[0] == '/' && http_find(target, ' ') == target.bytes;
}

/* METHOD SP target SP version, RFC 9112 section 3. A method is any token, so that new ones need no
 * list: the version at the end is sign enough. A target with blanks is against the rules and
 * common. */
static bool request_line(struct http_text line, struct http_header *ret)
{
	struct http_text method = {line.at, token_bytes(line)}, target, version;

	line = http_trim(line);
	if (method.bytes == 0 || method.bytes > METHOD_BYTES_MAX || method.bytes >= line.bytes ||
		line.at[method.bytes] != ' ')
		return false;
	target = http_trim(http_from(line, method.bytes));
	version = target.bytes > HTTP_VERSION_BYTES
			  ? http_from(target, target.bytes - HTTP_VERSION_BYTES)
			  : (struct http_text){target.at, 0};
	if (is_version(version) && version.at[-1] == ' ') {
		target.bytes -= HTTP_VERSION_BYTES;
		target = http_trim(target);
	} else if (is_without_version(method, target)) {
		version.bytes = 0;
	} else {
		return false;
	}
	*ret = (struct http_header){.method = method, .target = target, .version = version};
	return is_target(target);
}

static size_t digits_of(struct http_text t, size_t from)
{
	size_t i = from;

	while (i < t.bytes && t.at[i] >= '0' && t.at[i] <= '9')
		i++;
	return i - from;
}

/* The version of an answer that clients take whatever it says: HTTP/2.0, HTTP/1.01; 0: none. */
static size_t any_version_bytes(struct http_text line)
{
	size_t major = digits_of(line, 5), minor = digits_of(line, 5 + major + 1);

	if (line.bytes < 5 || memcmp(line.at, "HTTP/", 5) != 0 || !major || !minor || major > 2 ||
		minor > 2 || line.at[5 + major] != '.')
		return 0;
	return 5 + major + 1 + minor;
}

/* HTTP/1.x SP three digits, RFC 9112 section 4. `known`: this is the place of an answer, in which
 * servers that hide are not so exact. */
static bool status_line(struct http_text line, bool known, struct http_header *ret)
{
	struct http_text version = {line.at, known ? any_version_bytes(line) : HTTP_VERSION_BYTES};
	const char *digit;
	size_t at;

	if (line.bytes <= version.bytes || !version.bytes || (!known && !is_version(version)) ||
		!is_blank(line.at[version.bytes]))
		return false;
	for (at = version.bytes + 1; known && at < line.bytes && is_blank(line.at[at]); at++)
		;
	digit = line.at + at;
	if (digits_of(line, at) != 3 || digit[0] == '0' ||
		(at + 3 < line.bytes && !is_blank(digit[3])))
		return false;
	*ret = (struct http_header){.version = version,
		.framing.status = (uint16_t)((digit[0] - '0') * 100 + (digit[1] - '0') * 10 +
					     (digit[2] - '0'))};
	return true;
}

bool http_first_line(struct http_text line, bool known, struct http_header *ret)
{
	return status_line(line, known, ret) || request_line(line, ret);
}

bool http_is_sure(const struct http_header *h)
{
	if (!h->strict || !h->whole)
		return false;
	return h->framing.status || h->host.bytes || http_same(h->method, "CONNECT") ||
	       http_starts_with(h->target, "http://");
}

const char *http_application(const struct http_header *h)
{
	if (http_same(h->method, "CONNECT"))
		return h->host.bytes ? "HTTP_Connect" : "HTTP_Connect.HTTP";
	if (h->host.bytes && http_starts_with(h->content_type, "application/ocsp-"))
		return "HTTP.OCSP";
	return http_starts_with(h->target, "http://") ? "HTTP.HTTP_Proxy" : NULL;
}

/* Looks at few octets only: it is asked again with each one more. */
bool http_may_begin(struct http_text head, bool known)
{
	size_t version = known ? 5 : 7, bytes = head.bytes < version ? head.bytes : version;

	if (memcmp(head.at, "HTTP/1.", bytes) == 0)
		return true;
	bytes = token_bytes(head);
	for (size_t i = 0; i < bytes && !known; i++) {
		if ((head.at[i] < 'A' || head.at[i] > 'Z') && head.at[i] != '-' &&
			head.at[i] != '_')
			return false;
	}
	if (bytes == head.bytes)
		return bytes <= METHOD_BYTES_MAX;
	if (bytes == 0 || bytes > METHOD_BYTES_MAX || head.at[bytes] != ' ')
		return false;
	for (size_t i = bytes; i < head.bytes && i < bytes + METHOD_BYTES_MAX; i++) {
		if ((uint8_t)head.at[i] < ' ' && head.at[i] != '\r')
			return false;
	}
	return true;
}

/* Several values that are all the same are one (RFC 9112 section 6.3). */
static void read_length(struct http_header *h, struct http_text value)
{
	do {
		struct http_text one = {value.at, http_find(value, ',')};
		uint64_t length = 0;

		value = http_from(value, one.bytes + 1);
		one = http_trim(one);
		if (one.bytes == 0 || one.bytes > LENGTH_DIGITS)
			h->framing.bad_length = true;
		for (size_t i = 0; i < one.bytes && !h->framing.bad_length; i++) {
			h->framing.bad_length = one.at[i] < '0' || one.at[i] > '9';
			length = length * 10 + (uint64_t)(one.at[i] - '0');
		}
		if (h->framing.has_length && length != h->framing.length)
			h->framing.bad_length = true;
		h->framing.length = length;
		h->framing.has_length = true;
	} while (value.bytes && !h->framing.bad_length);
}

/* The last coding of the last line decides. */
static void read_coding(struct http_header *h, struct http_text value)
{
	size_t last = value.bytes;

	while (last > 0 && value.at[last - 1] != ',')
		last--;
	value = http_trim(http_from(value, last));
	/* of old, "identity" is no coding: RFC 2616 section 3.6 */
	if (last == 0 && value.bytes == 8 && http_starts_with(value, "identity"))
		return;
	h->framing.has_coding = true;
	h->framing.chunked = value.bytes == 7 && http_starts_with(value, "chunked");
}

static void read_field(struct http_header *h, struct http_text name, struct http_text value)
{
	struct http_text *const texts[] = {
		&h->host, &h->user_agent, &h->content_type, &h->location};
	static const struct {
		size_t bytes;
		const char *name;
	} names[] = {{4, "host"}, {10, "user-agent"}, {12, "content-type"}, {8, "location"},
		{14, "content-length"}, {17, "transfer-encoding"}, {7, "upgrade"}};
	size_t i = 0;

	while (i < ARRAY_LEN(names) &&
		(name.bytes != names[i].bytes || !http_starts_with(name, names[i].name)))
		i++;
	if (i < ARRAY_LEN(texts) && !texts[i]->at)
		*texts[i] = value;
	else if (i == 4)
		read_length(h, value);
	else if (i == 5)
		read_coding(h, value);
	else if (i == 6)
		h->framing.upgrade = true;
}

static bool is_folded(const struct cursor *in)
{
	return is_blank((char)cur_peek(in, 0));
}

bool http_header_line(struct http_text line, struct http_header *h)
{
	size_t colon = http_find(line, ':');
	struct http_text name = {line.at, colon < line.bytes ? colon : 0};

	/* a blank between name and colon makes it another field (section 5.1) */
	if (token_bytes(name) == 0 || http_find(name, ' ') < name.bytes)
		return false;
	read_field(h, name, http_trim(http_from(line, colon + 1)));
	return true;
}

bool http_header_read(struct cursor in, bool known, struct http_header *ret, uint32_t *steps)
{
	struct http_text line, more;
	bool any = false;

	if (!http_next_line(&in, &line) || !http_first_line(line, known, ret))
		return false;
	ret->strict = !is_folded(&in);
	while (http_next_line(&in, &line)) {
		++*steps;
		if (line.bytes == 0) {
			ret->whole = true;
			break;
		}
		while (is_folded(&in) && http_next_line(&in, &more)) { /* RFC 9112 section 5.2 */
			line.bytes = (size_t)(more.at + more.bytes - line.at);
			++*steps;
		}
		if (!http_header_line(line, ret))
			ret->strict = false;
		any = true;
	}
	ret->strict = ret->strict && any;
	/* a first line without version is sign of nothing */
	return ret->version.bytes > 0 || http_is_sure(ret);
}

struct http_text http_media_type(struct http_text t)
{
	size_t slash = 0, end;

	while (slash < t.bytes && is_token_octet(t.at[slash]))
		slash++;
	for (end = slash + 1; end < t.bytes && is_token_octet(t.at[end]); end++)
		;
	if (slash == 0 || slash >= t.bytes || t.at[slash] != '/' || end == slash + 1)
		end = 0;
	return (struct http_text){t.at, end};
}

bool http_chunk_size(struct http_text line, uint64_t *ret)
{
	size_t digits = 0;
	uint64_t size = 0;

	for (; digits < line.bytes; digits++) {
		char digit = http_lower(line.at[digits]);

		if (digit >= '0' && digit <= '9')
			size = size << 4 | (uint64_t)(digit - '0');
		else if (digit >= 'a' && digit <= 'f')
			size = size << 4 | (uint64_t)(digit - 'a' + 10);
		else
			break;
		if (size >> 4 * CHUNK_DIGITS_MAX)
			return false;
	}
	*ret = size;
	return digits > 0 &&
	       (digits == line.bytes || line.at[digits] == ';' || is_blank(line.at[digits]));
}
