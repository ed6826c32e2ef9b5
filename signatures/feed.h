/* SPDX-License-Identifier: Apache-2.0 */
/* What a person says of a feed that the feed does not say itself, or not truly. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "signatures/date.h"
#include "signatures/indicator.h"

/* A column of a table, by the name in its header. */
enum feed_column {
	FEED_VALUE,
	FEED_TYPE,
	FEED_CONTEXT,
	FEED_CAMPAIGN,
	FEED_REFERENCE,
	FEED_FIRST_SEEN,
	FEED_LAST_CONFIRMED,
	FEED_PUBLISHED,
	FEED_EXPIRES,
	FEED_CONFIDENCE,
	FEED_COLUMNS
};

/* Texts are borrowed for as long as the builder lives; NULL: not said. */
struct feed {
	const char *source;                    /* publisher */
	const char *source_else;               /* where neither says one: the file */
	const char *campaign;                  /* of all that is in it, whatever it says itself */
	const char *campaign_else;             /* where neither says one */
	bool source_is_file, campaign_is_file; /* what stands there is the file's name */
	const char *reference, *disarm, *tlp, *licence;
	enum indicator_role role; /* where the feed says none */
	uint8_t confidence;       /* likewise; 0: unknown */
	enum scope_wish scope;    /* of names, where the feed says none */
	enum date_order dates;
	uint32_t published; /* where the feed says nothing; 0: unknown */
	uint32_t
		expires_after_s; /* after the latest date that is known of an indicator; 0: never */
	bool obey_to_ids;        /* MISP's mark "not for detection" counts */
	bool foreign; /* of a pack: its protected names are asked of lists as others are */
	const char *columns[FEED_COLUMNS]; /* of a table without a layout that is known */
	const char *only_column, *only_value, *not_value; /* rows with(out) that value there */
};
