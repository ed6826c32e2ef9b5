/* SPDX-License-Identifier: Apache-2.0 */
/* Punycode, RFC 3492 with the parameters of its section 5: from what stands behind `xn--` to
 * characters, without memory of its own. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PUNYCODE_CHARACTERS_MAX 63 /* a label of 63 octets has fewer */

/* Characters (code points of Unicode) of a text in lower case; returns how many, 0 when it is no
 * Punycode, names no character of Unicode or one that ASCII has, or has more than there is place
 * for. */
unsigned punycode_decode(uint32_t ret[PUNYCODE_CHARACTERS_MAX], const uint8_t *text, size_t bytes);
