/* SPDX-License-Identifier: Apache-2.0 */
/* URLs as the wire shows them (decision 27): what a clear request asks for, written in one way, and
 * which URLs of indicators that can tell. A URL is touched by host, port and path together, never
 * by its host. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/record.h"

#define URL_HOST_BYTES_MAX 255
#define URL_BYTES_MAX      (URL_HOST_BYTES_MAX + sizeof(":65535") + RECORD_TEXT_BYTES_MAX)

/* Views of its text. */
struct url {
	const char *host, *path; /* host: in lower case in an indicator, brackets around IPv6 */
	size_t host_bytes, path_bytes;
	uint16_t port;
};

/* An indicator of type url; NULL, or why what is seen can never tell it, a constant. */
const char *url_read(struct url *ret, const char *value);
/* Its host alone, in lower case and without brackets, port and user, of any scheme; false: there is
 * none. */
bool url_host(char to[URL_HOST_BYTES_MAX + 1], const char *value);
/* The same as url_read for the type url-path. */
const char *url_path_limit(const char *value);
/* NULL, or why so many hosts may have this path that it is no indicator, a constant. */
const char *url_path_is_common(const char *path);

/* What is asked of the matchers: `host:port/path`, or the path alone when the host is not known;
 * returns its octets. The host in lower case and without trailing dot; 0: longer than a URL. */
size_t url_write(char to[URL_BYTES_MAX], const struct url *url);
/* The same of a request: the name that it is for, the server's port and its target, which may be a
 * whole URL (RFC 9112 section 3.2) and then says host and port itself. 0: it asks for no path, or
 * may have been cut. */
size_t url_of_request(char to[URL_BYTES_MAX], const struct record_value *host, uint16_t port,
	const struct record_value *target);
