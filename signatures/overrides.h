/* SPDX-License-Identifier: Apache-2.0 */
/* What two persons decided about a value that the gate would hold back, or let pass. A file in
 * YAML:
 *
 *   overrides:
 *     - value: site[.]example[.]org
 *       type: domain
 *       decision: match                      # or refuse
 *       approved_by: [First Person, Second Person]
 *       reason: why, for all who read the report
 *       date: 2026-01-31
 *       scope: exact                         # of a domain: or subdomains
 *
 * An entry without a reason or without two different persons is an error, and with any error no
 * entry of the file counts. What is refused by its nature (a reserved address, a cover name, what
 * is no indicator) no decision lets pass. */
#pragma once

#include <stdbool.h>

#include "base/cursor.h"
#include "signatures/indicator.h"
#include "signatures/problems.h"
#include "signatures/suffix.h"

/* What was decided about one value. */
struct override {
	enum indicator_type type;
	const char *value;
	bool match; /* else: refuse */
	enum indicator_scope scope;
	const char *text; /* "approved by A and B: reason" or "declined by A and B: reason" */
	uint32_t date;
	uint32_t line;
};

struct overrides;

/* The text is written as overrides, right or wrong: its first key says so. */
bool overrides_recognise(struct cursor text);
/* -EBADMSG: see ret_problems; -ENOMEM. */
int overrides_read(struct overrides **ret, struct cursor text, const struct suffix_list *suffixes,
	struct problems *ret_problems);
/* What can be no decision: a day after `today`, a value that nobody can let pass. */
void overrides_check(const struct overrides *o, uint32_t today, const struct suffix_list *suffixes,
	struct problems *ret_problems);
const struct override *overrides_get(const struct overrides *o, size_t number);
void overrides_free(struct overrides *o);
size_t overrides_count(const struct overrides *o);
/* NULL when nobody decided about it; `o` may be NULL. It lives as long as the overrides. */
const struct override *overrides_find(
	const struct overrides *o, enum indicator_type type, const char *value);
