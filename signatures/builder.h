/* SPDX-License-Identifier: Apache-2.0 */
/* Where every format puts its rows: each is refanged, typed, reviewed and kept, or counted with its
 * line and the reason why not. Nothing that a row holds stops the file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "signatures/expression.h"
#include "signatures/feed.h"
#include "signatures/indicator.h"
#include "signatures/overrides.h"
#include "signatures/refang.h"
#include "signatures/suffix.h"
#include "signatures/texts.h"
#include "signatures/warninglist.h"

#define REPORT_REASONS_MAX 64 /* the last ones are of each advice what had no place */
#define REPORT_LINES_MAX   8
#define CONTEXT_BYTES_MAX  512 /* a longer note is cut */

#define UNREAD_BYTES 64 /* that are shown of it */

/* What rows say and nobody can read. */
enum import_unreadable { UNREAD_DATE, UNREAD_TLP, UNREAD_DISARM, UNREADS };

/* A text of a feed: borrowed, need not end with zero. */
struct span {
	const char *at;
	size_t bytes;
};

static inline struct span span_of(const char *text)
{
	return (struct span){text, text ? strlen(text) : 0};
}

/* read = accepted + reviewed + refused + duplicates. */
struct import_report {
	const char *format; /* that it was read as */
	uint64_t read;      /* rows that hold anything but a comment */
	uint64_t accepted, reviewed, refused, duplicates;
	struct import_reason {
		const char *text; /* constant, or of the builder's lists and overrides */
		enum indicator_advice advice;
		uint64_t count;
		uint32_t lines[REPORT_LINES_MAX]; /* the first ones */
	} reasons[REPORT_REASONS_MAX];
	size_t reason_count;
	enum date_order dates; /* that its dates were read in */
	struct {
		uint64_t count;
		uint32_t line; /* of the first one */
		char text[UNREAD_BYTES];
	} unread[UNREADS];
	/* Asked for each line that a reason is counted of, with its value where that is known;
	 * NULL: nobody wants to know. */
	void (*on_reason)(void *context, uint32_t line, enum indicator_advice advice,
		const char *reason, struct span value);
	void *context;
	uint32_t broken_line; /* from here on the file cannot be read; 0: it was read to its end */
	const char *broken_why;
	const char *note; /* what else a person is to know of the file; constant */
};

/* One value as a feed has it. What is not said is left out (zero). */
struct candidate {
	struct span value;
	enum value_column column;
	struct span context, campaign, source, reference, tlp, licence;
	struct span disarm; /* technique ids separated by blanks */
	struct span first_seen, last_confirmed, published, expires; /* as they are written */
	struct span except;     /* of a protected name: struct look_wish; lives as the builder */
	uint8_t look_kinds;     /* likewise; 0: it is an indicator itself */
	bool look_kinds_said;   /* they were asked for one by one */
	uint8_t confidence;     /* 1 to 100 */
	enum scope_wish scope;  /* of a name: what its source says */
	bool operator_side;     /* its source says that it is met by who runs an operation only */
	bool not_for_detection; /* its source says so: `to_ids` of MISP */
	enum indicator_advice advice; /* what the source itself says; the stricter one counts */
	const char *why;              /* constant: the reason for that */
	uint32_t line;
};

struct builder {
	const struct suffix_list *suffixes;  /* borrowed, as the next two, until after the last
						use of its items */
	const struct warninglists *warnings; /* NULL: none are asked */
	const struct overrides *overrides;   /* likewise */
	const struct feed *feed;             /* of what is offered now; borrowed */
	uint32_t now; /* seconds since 1970: what expired by then needs review; 0: nothing does */

	struct indicator *items; /* owned */
	size_t count, size;
	size_t file_begin;  /* first item of the file that is being read */
	struct texts texts; /* of the items */
};

void builder_init(struct builder *b, const struct suffix_list *suffixes);
void builder_done(struct builder *b);
/* A copy of a text that lives as long as the builder; control characters become blanks. NULL when
 * out of memory. */
const char *builder_text(struct builder *b, const char *text, size_t bytes);

/* `feed` is borrowed until the file's end. */
void builder_begin_file(struct builder *b, const struct feed *feed);
/* The scope that a value has when nobody says one; `warnings` may be NULL. */
enum indicator_scope builder_scope(const struct suffix_list *suffixes,
	const struct warninglists *warnings, enum indicator_type type, const char *value);
/* 0 also when the row was refused; -ENOMEM. */
int builder_offer(struct builder *b, struct import_report *report, const struct candidate *c);
/* A hand-written signature: `c->value` is its name, `text` its condition. */
int builder_offer_signature(struct builder *b, struct import_report *report,
	const struct candidate *c, const struct expression *condition, const char *text);
/* A row that could not even be split into fields. */
void builder_refuse(struct import_report *report, uint32_t line, const char *reason);
void builder_break(struct import_report *report, uint32_t line, const char *why);
/* The same with a copy of the text; -ENOMEM. */
int builder_break_copy(
	struct builder *b, struct import_report *report, uint32_t line, const char *why);
/* Drops what the file has twice and closes the sum of its report. */
int builder_end_file(struct builder *b, struct import_report *report);
