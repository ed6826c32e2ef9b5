/* SPDX-License-Identifier: Apache-2.0 */
/* Where something was read, as feeds write it: an address that others can open, or words. */
#pragma once

#include "signatures/builder.h"

/* One absolute URL of the web as RFC 3986 writes it: nothing defanged, no blank, no other octets.
 */
bool web_reference_is_url(struct span text);
/* One or several, parted by blanks, and nothing else. */
bool web_reference_are_urls(struct span text);
