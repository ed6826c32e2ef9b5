/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of an indicator format: one file, one line in signatures/format/meson.build. The
 * text has no byte order mark; a loader reads it through the cursor alone. */
#pragma once

#include "base/cursor.h"
#include "signatures/builder.h"

struct format {
	const char *name;    /* of --format */
	const char *summary; /* of --help */
	/* How sure it is that this is its format: 0 not at all, 100 without doubt. */
	unsigned (*recognise)(struct cursor text);
	/* Offers every row to the builder. What cannot be split into rows any more it tells
	 * builder_break and returns 0; errors are those of the machine, -ENOMEM. */
	int (*load)(struct builder *b, struct cursor text, struct import_report *report);
};

/* Generated; NULL-ended. */
extern const struct format *const formats[];
