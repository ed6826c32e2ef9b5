/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/url.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "dissectors/http_reference.h"

#define HTTP_PORT         80
#define PATH_BYTES_LONG   16                    /* so long a path is nobody else's by chance */
#define PATH_BYTES_NESTED 10                    /* one of two segments and more */
#define CUT_BYTES         RECORD_TEXT_BYTES_MAX /* a text of so many may have been longer */
#define PORT_DIGITS_MAX   5
#define NAME_BYTES_MAX    253 /* what is longer on the wire may have been cut */
#define HTTP_SCHEME       "http://"
#define HTTPS_SCHEME      "https://"
#define SCHEME_MARK       "://"

static const char why_https[] = "https shows no more than its host";
static const char why_scheme[] = "its scheme is not http";
static const char why_user[] = "it has a user, of which a request shows nothing";
static const char why_query[] = "it has a query, which is not kept";
static const char why_fragment[] = "it has a fragment, which is never sent";
static const char why_parameters[] = "it has parameters, which are not kept";
static const char why_cut[] = "it has parts that are not kept of a path";
static const char why_host[] = "it asks for no more than its host";
static const char why_port[] = "its host or port is none, or not in its normal form";
static const char why_long[] = "its path is longer than what is kept of one";
static const char why_no_path[] = "it does not begin as a path";
static const char why_common[] = "a path that any host may have";

/* What a path can be told by; NULL: all of it is kept. */
static const char *path_limit(const char *path)
{
	const char *odd = strpbrk(path, "?#;");
	size_t bytes = strlen(path);
	char kept[CUT_BYTES];

	if (odd)
		return *odd == '?' ? why_query : *odd == '#' ? why_fragment : why_parameters;
	if (strspn(path, "/") == strlen(path))
		return why_host;
	if (bytes >= CUT_BYTES)
		return why_long;
	return http_copy_path(kept, sizeof(kept), (struct http_text){path, bytes}) == bytes
		       ? NULL
		       : why_cut;
}

/* Of a host and perhaps a port; brackets may have colons in them. */
static size_t host_bytes_of(const char *authority, size_t bytes)
{
	const char *bracket = bytes && *authority == '[' ? memchr(authority, ']', bytes) : NULL;
	size_t from = bracket ? (size_t)(bracket - authority) : 0;
	const char *colon = memchr(authority + from, ':', bytes - from);

	return colon ? (size_t)(colon - authority) : bytes;
}

/* `:8080`, or nothing; zeros before it, and a colon alone, are other writings of the same, which
 * servers take. */
static bool read_port(uint16_t *ret, const char *text, size_t bytes, bool is_request)
{
	uint32_t port = 0;

	*ret = HTTP_PORT;
	if (bytes == 0 || (is_request && bytes == 1 && *text == ':'))
		return true;
	if (*text++ != ':')
		return false;
	for (bytes--; is_request && bytes > 1 && *text == '0'; bytes--)
		text++;
	if (bytes == 0 || bytes > PORT_DIGITS_MAX || *text == '0')
		return false;
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		port = 10 * port + (uint32_t)(text[i] - '0');
	}
	*ret = (uint16_t)port;
	return port <= UINT16_MAX;
}

static bool read_authority(struct url *ret, const char *authority, size_t bytes, bool is_request)
{
	ret->host = authority;
	ret->host_bytes = host_bytes_of(authority, bytes);
	return ret->host_bytes && read_port(&ret->port, authority + ret->host_bytes,
					  bytes - ret->host_bytes, is_request);
}

static size_t put_host(char to[URL_HOST_BYTES_MAX + 1], const struct url *url)
{
	uint8_t address[16];
	size_t bytes = url->host_bytes;

	if (bytes && url->host[bytes - 1] == '.')
		bytes--;
	/* an address of the sixth version can be written in many ways */
	if (bytes > 2 && *url->host == '[' && text_to_address(url->host + 1, bytes - 2, address)) {
		*to = '[';
		bytes = 1 + text_address(to + 1, address);
		to[bytes] = ']';
		return bytes + 1;
	}
	for (size_t i = 0; i < bytes; i++) {
		char c = url->host[i];

		to[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	return bytes;
}

/* So that few indicators are the same URL: how often is a bound of what a lookup finds. */
static bool host_is_normal(const struct url *url)
{
	char normal[URL_HOST_BYTES_MAX + 1];

	return url->host_bytes <= NAME_BYTES_MAX && put_host(normal, url) == url->host_bytes &&
	       memcmp(normal, url->host, url->host_bytes) == 0;
}

const char *url_read(struct url *ret, const char *value)
{
	const char *scheme = strstr(value, SCHEME_MARK), *authority = value;
	size_t bytes = strcspn(value, "/?#");

	if (scheme && (size_t)(scheme - value) < bytes) {
		if (strncmp(value, HTTPS_SCHEME, strlen(HTTPS_SCHEME)) == 0)
			return why_https;
		if (strncmp(value, HTTP_SCHEME, strlen(HTTP_SCHEME)) != 0)
			return why_scheme;
		authority += strlen(HTTP_SCHEME);
		bytes = strcspn(authority, "/?#");
	}
	if (memchr(authority, '@', bytes))
		return why_user;
	if (!read_authority(ret, authority, bytes, false) || !host_is_normal(ret))
		return why_port;
	ret->path = authority + bytes;
	ret->path_bytes = strlen(ret->path);
	return path_limit(ret->path);
}

bool url_host(char to[URL_HOST_BYTES_MAX + 1], const char *value)
{
	const char *scheme = strstr(value, SCHEME_MARK), *authority = value, *user;
	size_t bytes = strcspn(value, "/?#"), begin = 0;
	struct url url;

	if (scheme && (size_t)(scheme - value) < bytes) {
		authority = scheme + strlen(SCHEME_MARK);
		bytes = strcspn(authority, "/?#");
	}
	user = memrchr(authority, '@', bytes);
	if (user) {
		bytes -= (size_t)(user + 1 - authority);
		authority = user + 1;
	}
	url = (struct url){.host = authority, .host_bytes = host_bytes_of(authority, bytes)};
	if (url.host_bytes == 0 || url.host_bytes > URL_HOST_BYTES_MAX)
		return false;
	bytes = put_host(to, &url);
	if (bytes > 2 && *to == '[' && to[bytes - 1] == ']') {
		begin = 1;
		bytes -= 2;
	}
	memmove(to, to + begin, bytes);
	to[bytes] = '\0';
	return bytes > 0;
}

const char *url_path_limit(const char *value)
{
	return *value == '/' ? path_limit(value) : why_no_path;
}

const char *url_path_is_common(const char *path)
{
	const char *second = *path == '/' ? strchr(path + 1, '/') : NULL;
	size_t bytes = strcspn(path, "?#");

	if (second && second[1] && bytes >= PATH_BYTES_NESTED)
		return NULL;
	return bytes >= PATH_BYTES_LONG ? NULL : why_common;
}

size_t url_write(char to[URL_BYTES_MAX], const struct url *url)
{
	char digits[TEXT_NUMBER_BYTES];
	size_t used, port_bytes;

	if (url->host_bytes > URL_HOST_BYTES_MAX || url->path_bytes > RECORD_TEXT_BYTES_MAX)
		return 0;
	used = put_host(to, url);
	if (used) {
		port_bytes = text_number(digits, url->port);
		to[used++] = ':';
		memcpy(to + used, digits, port_bytes);
		used += port_bytes;
	}
	memcpy(to + used, url->path, url->path_bytes);
	return used + url->path_bytes;
}

size_t url_of_request(char to[URL_BYTES_MAX], const struct record_value *host, uint16_t port,
	const struct record_value *target)
{
	const char *text = (const char *)target->text, *path;
	size_t bytes = target->bytes, scheme = strlen(HTTP_SCHEME);
	struct url url = {.port = port};

	if (bytes == 0 || bytes >= CUT_BYTES)
		return 0;
	if (*text == '/') {
		url.host = host ? (const char *)host->text : "";
		url.host_bytes = host ? host->bytes : 0;
		path = text;
	} else if (bytes > scheme && strncasecmp(text, HTTP_SCHEME, scheme) == 0) {
		path = memchr(text + scheme, '/', bytes - scheme);
		if (!path ||
			!read_authority(&url, text + scheme, (size_t)(path - text) - scheme, true))
			return 0;
	} else {
		return 0;
	}
	url.path = path;
	url.path_bytes = bytes - (size_t)(path - text);
	return url_write(to, &url);
}
