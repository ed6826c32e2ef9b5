/* SPDX-License-Identifier: Apache-2.0 */
/* One file of indicators into a builder. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "signatures/builder.h"
#include "signatures/format.h"

#define IMPORT_BYTES_MAX (64u << 20)

/* NULL when there is no format of that name. */
const struct format *import_format(const char *name);

struct import_options {
	const char *path;
	const struct format *format; /* NULL: the one that is surest */
	bool foreign; /* nobody named it as his own: it is recognised neither as a pack nor as a
			 definition, and what a pack protects is judged */
	/* of the report: told of each line that is not simply accepted, and of its value where
	 * that is known; may be NULL */
	void (*on_reason)(void *context, uint32_t line, enum indicator_advice advice,
		const char *reason, struct span value);
	void *context;
	const struct feed *feed; /* what is said of it; NULL: nothing. Source and campaign_else
				    are taken from the file's name where it says none */
};

/* An error means that nothing was read, and says why: -EBADMSG the file is not fit (unknown format,
 * too large, UTF-16), others come from the system. A file that broke off on the way is no error:
 * see ret_report->broken_line. */
int import_file(struct builder *b, const struct import_options *options,
	struct import_report *ret_report, char *ret_error, size_t error_size);
/* The same for a text that is already there; the path only gives names. */
int import_text(struct builder *b, struct cursor text, const struct import_options *options,
	struct import_report *ret_report, char *ret_error, size_t error_size);
