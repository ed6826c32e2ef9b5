/* SPDX-License-Identifier: Apache-2.0 */
/* What the columns of a table of indicators mean, by their names in its header or by the word of
 * who describes the feed, and the rows of such a table. */
#pragma once

#include "signatures/builder.h"
#include "signatures/csv.h"

#define COLUMNS_MAX CSV_FIELDS_MAX

enum meaning {
	MEANS_NOTHING,

	MEANS_INDICATOR, /* any: its form or the type beside it says what it is */
	MEANS_HOST,
	MEANS_URL,
	MEANS_ADDRESS,
	MEANS_JA3,
	MEANS_CERTIFICATE,
	MEANS_SHA, /* of certificates if the text above the table says so, else of files */
	MEANS_ASN, /* as are the next two: the value only where no other column is one */
	MEANS_USER_AGENT,
	MEANS_ANY_ALONE,

	MEANS_PORT, /* of the address beside it */
	MEANS_TYPE,
	MEANS_VERDICT,
	MEANS_MATCHING, /* how it is to be compared */
	MEANS_TO_IDS,
	MEANS_NOTE,
	MEANS_NOTE_ELSE, /* where no note is given */
	MEANS_SOURCE,    /* a publisher or the address of a report */
	MEANS_CAMPAIGN,
	MEANS_REFERENCE,
	MEANS_DISARM,
	MEANS_TLP,
	MEANS_LICENCE,
	MEANS_CONFIDENCE,
	MEANS_FIRST_SEEN,
	MEANS_LAST_CONFIRMED,
	MEANS_PUBLISHED,
	MEANS_EXPIRES,
	MEANINGS,
};

struct columns {
	uint8_t meaning[COLUMNS_MAX];
	size_t count, known; /* of the header; with a meaning */
	size_t only;         /* that chooses rows; COLUMNS_MAX: all are taken */
	/* A value in the clear is then refused, for this reason (constant). */
	const char *defanged_only;
};

/* From the header. False: no column holds values, or one that the feed's description names is not
 * there. `certificates`: the text above the table speaks of them. */
bool columns_read(struct columns *ret, const struct span *names, size_t count,
	const struct feed *feed, bool certificates);
static inline bool columns_is_value(const struct columns *c, size_t column)
{
	return column < c->count && c->meaning[column] >= MEANS_INDICATOR &&
	       c->meaning[column] <= MEANS_ANY_ALONE;
}

struct columns_row {
	const struct span *fields;
	size_t count;
	struct candidate base; /* its line, and what is said where the row says nothing */
};

/* Offers every value of a row, or counts why not. -ENOMEM. */
int columns_offer(const struct columns *c, struct builder *b, struct import_report *report,
	const struct columns_row *row);
