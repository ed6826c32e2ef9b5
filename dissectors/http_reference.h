/* SPDX-License-Identifier: Apache-2.0 */
/* Targets and Locations, RFC 3986 and RFC 9112 section 3.2: where they lead is kept, who goes there
 * and what is said there is not. */
#pragma once

#include "dissectors/http_header.h"

/* Neither user nor what is not host and port is in any part but the path. */
struct http_reference {
	struct http_text before;    /* scheme and slashes */
	struct http_text authority; /* host, perhaps a port */
	struct http_text path;      /* as it came, with its query: see http_copy_reference */
};

enum http_reference_form {
	HTTP_TARGET,
	HTTP_AUTHORITY, /* of CONNECT, and the value of Host; it has no path */
	HTTP_LOCATION /* as browsers read it: \ is /, and two or more of them begin an authority */
};

struct http_reference http_reference(struct http_text t, enum http_reference_form form);
/* An authority's host, RFC 3986 section 3.2.2, as far as its octets are ones of a name; an IPv6
 * address keeps its brackets. */
struct http_text http_host(struct http_text authority);
/* So much of a path as there is room for, without query, fragment and the parameters of its
 * segments, whether they are written plainly or %XX; without what looks like a form's pairs; and
 * without the user of a URL in it. */
size_t http_copy_path(void *to, size_t room, struct http_text path);
/* A whole reference, its path as http_copy_path has it. */
size_t http_copy_reference(void *to, size_t room, const struct http_reference *r);
