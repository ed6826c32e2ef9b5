/* SPDX-License-Identifier: Apache-2.0 */
/* Fingerprints of TLS hellos. JA3 and JA3S (Salesforce 2017; GREASE left out), JA4 (FoxIO, BSD
 * licence; the rest of JA4+ is licensed otherwise and not here). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dissectors/client_hello.h"

#define JA3_BYTES     33 /* hexadecimal MD5 and zero */
#define JA4_BYTES     37
#define JA_VALUES_MAX 1024 /* ciphers, or extensions */
#define JA_STRING_MAX 6144 /* octets of the string that is hashed */

/* False, with nothing written, when the hello has more than the limits above. */
bool ja3(char to[JA3_BYTES], const struct client_hello *hello);
bool ja3s(char to[JA3_BYTES], uint16_t version, uint16_t cipher, struct cursor extensions);
/* `transport`: t for TCP, q for QUIC, d for DTLS. */
bool ja4(char to[JA4_BYTES], const struct client_hello *hello, char transport);
