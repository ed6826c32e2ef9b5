/* SPDX-License-Identifier: Apache-2.0 */
/* What follows "220", with which servers of SMTP (RFC 5321 section 4.2) and of FTP (RFC 959 section
 * 5.4) begin: asked by the dissectors of both, so that one of them takes it. */
#pragma once

#include "dissectors/dissect.h"

enum greeting {
	GREETING_NONE, /* something else */
	GREETING_OPEN, /* either: the next line, or the client, will tell */
	GREETING_SMTP,
	GREETING_FTP,
};

/* Of a server's first octets. */
enum greeting greeting_of(const struct dissect *d, struct cursor in);
