/* SPDX-License-Identifier: Apache-2.0 */
/* One value as a feed wrote it: undo the defanging, find its type from the value itself and write
 * it in the one normal form (design/detection 1.3). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "signatures/indicator.h"
#include "signatures/suffix.h"

#define REFANG_BYTES_MAX 2048 /* longest value, without its closing zero */

/* What the feed says the column holds, where the value alone cannot tell. */
enum value_column {
	COLUMN_ANY, /* 32, 40 and 64 hexadecimal digits are then hashes of files */
	COLUMN_CERT,
	COLUMN_JA3,
	COLUMN_ASN,
	COLUMN_USER_AGENT,
	COLUMN_UA_PATTERN,
	COLUMN_URL_PATH,
	COLUMN_URL, /* with or without scheme: 192.0.2.1/24 is then no prefix */
	COLUMN_JA3S,
	COLUMN_SPKI,
};

struct refanged {
	enum indicator_type type;
	char text[REFANG_BYTES_MAX + 1];
};

/* NULL when it is an indicator, else the reason why not; a constant, fit for counting. */
const char *refang(struct refanged *ret, const char *value, size_t bytes, enum value_column column,
	const struct suffix_list *suffixes);

/* FoxIO's JA4 (TLS client): t13d1516h2_8daaf6152771_e5627efa2ab1. */
bool refang_is_ja4(const char *text, size_t bytes);

/* It was made unfit to be followed, as reports do: `hxxp`, or one of `[.]` `(.)` `[dot]` `[:]` and
 * the like between letters or digits. */
bool refang_is_defanged(const char *value, size_t bytes);
