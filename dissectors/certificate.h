/* SPDX-License-Identifier: Apache-2.0 */
/* An X.509 certificate, RFC 5280, as it came over the wire: who it is for, who signed it, from when
 * to when. Nothing is verified. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/field.h"
#include "base/record.h"

#define CERTIFICATE_NAMES_MAX       128 /* alternative names; more are counted as lost */
#define CERTIFICATE_NAME_BYTES_MAX  255
#define CERTIFICATE_NAMES_BYTES_MAX 6144 /* of all of them */

/* The fields it fills. */
struct certificate_fields {
	const struct field *subject, *issuer, *serial, *not_before, *not_after, *names;
	const struct field *sha1, *sha256, *spki_sha256;
};

/* `der` is the whole certificate. The fingerprints are always written, the rest as far as it can be
 * read; false when that was not to the end. `steps` grows by one for each element. */
bool certificate_record(
	struct record *r, const struct certificate_fields *to, struct cursor der, uint32_t *steps);
