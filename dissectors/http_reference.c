/* SPDX-License-Identifier: Apache-2.0 */
#include "dissectors/http_reference.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return http_lower(c) >= 'a' && http_lower(c) <= 'z';
}

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* Of a name as clients write them: RFC 3986 section 3.2.2 without sub-delims, which no name has,
 * and octets of UTF-8. */
static bool is_host_octet(char c)
{
	/* a bit each: % - . _ ~, letters, digits, and what is not ASCII */
	static const uint32_t octets[8] = {
		0, 0x03ff6020, 0x87fffffe, 0x47fffffe, ~0u, ~0u, ~0u, ~0u};

	return octets[(uint8_t)c >> 5] >> ((uint8_t)c & 31) & 1;
}

static int hex_digit(char c)
{
	return is_digit(c)                                    ? c - '0'
	       : http_lower(c) >= 'a' && http_lower(c) <= 'f' ? http_lower(c) - 'a' + 10
							      : -1;
}

/* One octet, which may be written %XX or, as a value of a value, %25XX, if that counts; how many
 * octets it is written in. */
static size_t read_octet(struct http_text t, size_t at, bool encoded, char *ret)
{
	size_t i = at + 1;
	int high, low;

	*ret = t.at[at];
	if (!encoded || t.at[at] != '%')
		return 1;
	while (t.bytes - i >= 2 && t.at[i] == '2' && t.at[i + 1] == '5')
		i += 2;
	if (t.bytes - i < 2)
		return 1;
	high = hex_digit(t.at[i]);
	low = hex_digit(t.at[i + 1]);
	if (high < 0 || low < 0)
		return 1;
	*ret = (char)(high << 4 | low);
	return i + 2 - at;
}

/* Offset of the first octet that is one of these, or t.bytes. */
static size_t find_any(struct http_text t, const char *any, bool encoded)
{
	size_t i = 0, bytes;
	char c;

	for (; i < t.bytes; i += bytes) {
		bytes = read_octet(t, i, encoded, &c);
		if (c && strchr(any, c))
			return i;
	}
	return t.bytes;
}

/* Offset behind the last such octet; 0: there is none. */
static size_t after_last(struct http_text t, char wanted, bool encoded)
{
	size_t i = 0, bytes, after = 0;
	char c;

	for (; i < t.bytes; i += bytes) {
		bytes = read_octet(t, i, encoded, &c);
		if (c == wanted)
			after = i + bytes;
	}
	return after;
}

struct http_text http_host(struct http_text t)
{
	bool bracket = t.bytes > 0 && t.at[0] == '[';
	size_t i = bracket;

	while (i < t.bytes && (is_host_octet(t.at[i]) || (bracket && t.at[i] == ':')))
		i++;
	if (bracket)
		i = i < t.bytes && t.at[i] == ']' ? i + 1 : 0;
	return (struct http_text){t.at, i};
}

/* Whether these octets can be an authority without user. `sure`: and look like one, with a dot. */
static bool is_host_and_port(struct http_text t, bool sure, bool encoded)
{
	bool dot = false;
	size_t i = 0, bytes;
	char c = '\0';

	if (t.bytes > 0 && t.at[0] == '[')
		return true;
	for (; i < t.bytes; i += bytes) {
		bytes = read_octet(t, i, encoded, &c);
		if (!is_host_octet(c))
			break;
		dot = dot || c == '.';
	}
	if (i == 0 || (sure && !dot))
		return false;
	if (i == t.bytes || c != ':')
		return dot || i == t.bytes;
	t = http_from(t, i + bytes);
	for (i = 0; i < t.bytes && is_digit(t.at[i]); i++)
		;
	return i == t.bytes && (dot || i > 0);
}

static struct http_text without_query(struct http_text t, bool encoded)
{
	t.bytes = find_any(t, "?#", encoded);
	return t;
}

/* How many octets of what may begin with an authority are its user. A password may have @ and,
 * against the rules, / ? # in it: unless a host stands before them what is before an @ is a user.
 */
static size_t user_bytes(struct http_text t, bool encoded)
{
	struct http_text head = {t.at, t.bytes}, plain;
	size_t user;

	if (!encoded && http_find(t, '@') == t.bytes)
		return 0;
	head.bytes = find_any(t, "/\\", encoded);
	if (head.bytes == 0)
		return 0;
	plain = without_query(head, encoded);
	user = after_last(plain, '@', encoded);
	if (is_host_and_port(http_from(plain, user), true, encoded))
		return user;
	user = after_last(head, '@', encoded);
	if (user || is_host_and_port(plain, false, encoded))
		return user;
	user = after_last(without_query(t, encoded), '@', encoded);
	return user ? user : after_last(t, '@', encoded);
}

/* A scheme and its colon, RFC 3986 section 3.1; 0: none. */
static size_t scheme_bytes(struct http_text t)
{
	size_t i = 0;

	for (; i < t.bytes && t.at[i] != ':'; i++) {
		char c = t.at[i];

		if (!is_letter(c) && (i == 0 || !(is_digit(c) || c == '+' || c == '-' || c == '.')))
			return 0;
	}
	return i > 0 && i < t.bytes ? i + 1 : 0;
}

/* How many octets of a reference are scheme and slashes, RFC 3986 sections 4.2 and 4.3. */
static size_t before_authority(struct http_text t, size_t scheme, enum http_reference_form form)
{
	size_t slashes = scheme;

	if (form == HTTP_TARGET) /* one that begins with slashes is a path */
		return scheme && http_starts_with(http_from(t, scheme), "//") ? scheme + 2 : scheme;
	while (slashes < t.bytes && is_slash(t.at[slashes]))
		slashes++;
	return slashes >= scheme + 2 ? slashes : scheme;
}

/* Host and perhaps a port at the start. */
static struct http_text host_and_port(struct http_text t)
{
	struct http_text host = http_host(t);
	size_t i = host.bytes;

	if (i > 0 && i < t.bytes && t.at[i] == ':') {
		do
			i++;
		while (i < t.bytes && is_digit(t.at[i]));
	}
	return (struct http_text){t.at, i};
}

/* Of CONNECT, and the value of Host. */
static struct http_reference authority_alone(struct http_text t)
{
	struct http_reference r = {.before = {t.at, 0}, .authority = host_and_port(t)};
	size_t scheme;

	if (r.authority.bytes < t.bytes) { /* rare */
		t.bytes = find_any(t, " \t\r\n", false);
		scheme = scheme_bytes(t);
		if (http_starts_with(http_from(t, scheme), "//") && scheme)
			r.before.bytes = scheme + 2;
		t = http_from(t, r.before.bytes);
		r.authority = host_and_port(http_from(t, user_bytes(t, false)));
	}
	r.path = (struct http_text){t.at, 0};
	return r;
}

struct http_reference http_reference(struct http_text t, enum http_reference_form form)
{
	struct http_reference r;
	size_t scheme;

	if (form == HTTP_AUTHORITY)
		return authority_alone(t);
	scheme = scheme_bytes(t);
	r.before = (struct http_text){t.at, before_authority(t, scheme, form)};
	t = http_from(t, r.before.bytes);
	r.authority = r.path = (struct http_text){t.at, 0};
	if (r.before.bytes && r.before.bytes == scheme) /* mailto:, data: what follows is no path */
		return r;
	if (r.before.bytes) {
		t = http_from(t, user_bytes(t, false));
		r.authority = host_and_port(t);
		t = http_from(t, find_any(t, "/\\?#", false));
	}
	r.path = t;
	return r;
}

/* Nothing in it needs a second look: most paths. */
static bool is_plain_path(struct http_text path)
{
	/* a bit each: % & ; \ */
	static const uint32_t odd[8] = {0, 0x08000060, 0x10000000};
	bool slash = false;

	for (size_t i = 0; i < path.bytes; i++) {
		uint8_t c = (uint8_t)path.at[i];

		if (odd[c >> 5] >> (c & 31) & 1 || (slash && c == '/'))
			return false;
		slash = c == '/';
	}
	return true;
}

/* One path that is copied, and what of it has been seen. */
struct path {
	struct http_text text;
	char *to;
	size_t room, used;
	size_t at, last_at, last_equals; /* offsets in `text`; behind the last @ and = */
	size_t pair_from;                /* in `to`: the segment of the first = */
	size_t segment;                  /* in `to`: the last segment */
	unsigned slashes;                /* so many just before */
	bool encoded;                    /* one of those was */
	bool pair, parameter;
};

/* Behind two slashes there may be an authority: a proxy's or an archive's URL in a path. */
static bool skip_user(struct path *p)
{
	size_t user = 0;

	if (p->slashes >= 2 && p->at < p->last_at)
		user = user_bytes(http_from(p->text, p->at), p->encoded);
	p->at += user;
	p->slashes = 0;
	p->encoded = false;
	return user;
}

/* What is no path any more begins here, written %XX or not; the pairs of a form may have begun
 * before. */
static bool is_end(struct path *p, char c)
{
	if (c == '?' || (c == '#' && p->at < p->last_equals))
		return true;
	if (c != '&' || (!p->pair && p->at >= p->last_equals))
		return false;
	if (p->pair)
		p->used = p->pair_from;
	return true;
}

static void put(struct path *p, size_t bytes)
{
	if (bytes > p->room - p->used)
		bytes = p->room - p->used;
	memcpy(p->to + p->used, p->text.at + p->at, bytes);
	p->used += bytes;
}

static size_t copy_path(struct path *p)
{
	size_t bytes;
	char c;

	for (; p->at < p->text.bytes && p->used < p->room; p->at += bytes) {
		bytes = read_octet(p->text, p->at, true, &c);
		if (is_slash(c) && (!p->parameter || p->text.at[p->at] == '/')) {
			p->parameter = false;
			p->slashes++;
			p->encoded = p->encoded || bytes > 1;
			put(p, bytes);
			p->segment = p->used;
			continue;
		}
		if (skip_user(p)) {
			bytes = 0;
			continue;
		}
		if (is_end(p, c))
			break;
		p->parameter = p->parameter || c == ';';
		if (c == '=' && !p->pair && !p->parameter) {
			p->pair = true;
			p->pair_from = p->segment;
		}
		if (!p->parameter)
			put(p, bytes);
	}
	return p->used;
}

static size_t copy_path_after(void *to, size_t room, struct http_text path, bool slashes)
{
	struct path p;

	path.bytes = http_find(path, '?');
	path.bytes = http_find(path, '#');
	if (!slashes && is_plain_path(path)) {
		room = room < path.bytes ? room : path.bytes;
		if (room)
			memcpy(to, path.at, room);
		return room;
	}
	p = (struct path){.text = path, .to = to, .room = room, .slashes = slashes ? 2 : 0};
	p.last_at = after_last(path, '@', true);
	p.last_equals = after_last(path, '=', true);
	return copy_path(&p);
}

size_t http_copy_path(void *to, size_t room, struct http_text path)
{
	return copy_path_after(to, room, path, false);
}

size_t http_copy_reference(void *to, size_t room, const struct http_reference *r)
{
	const struct http_text *parts[] = {&r->before, &r->authority};
	char *octets = to;
	size_t used = 0;

	for (size_t i = 0; i < 2; i++) {
		size_t bytes = parts[i]->bytes < room - used ? parts[i]->bytes : room - used;

		if (bytes)
			memcpy(octets + used, parts[i]->at, bytes);
		used += bytes;
	}
	return used + copy_path_after(octets + used, room - used, r->path,
			      r->before.bytes && !r->authority.bytes);
}
