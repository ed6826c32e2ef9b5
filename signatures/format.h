/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of an indicator format: one file, one line in signatures/format/meson.build. The
 * text has no byte order mark; a loader reads it through the cursor or walks the tree. */
#pragma once

#include "signatures/builder.h"
#include "signatures/document.h"

struct format {
	const char *name;    /* of --format */
	const char *summary; /* of --help */
	/* How sure it is that this is its format: 0 not at all, 100 without doubt. */
	unsigned (*recognise)(const struct document *d);
	/* Offers every row to the builder. What cannot be split into rows any more it tells
	 * builder_break and returns 0; errors are those of the machine, -ENOMEM. */
	int (*load)(struct builder *b, const struct document *d, struct import_report *report);
};

/* Generated; NULL-ended. */
extern const struct format *const formats[];
