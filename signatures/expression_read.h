/* SPDX-License-Identifier: Apache-2.0 */
/* The condition of a hand-written signature as a person writes it in YAML (docs/feeds.md):
 *
 *   match:
 *     all:
 *       - tls.sni: {suffix: example.org}        FIELD: {KIND: VALUE}
 *       - any: [{tls.ja4: VALUE}, {dest_port: [8443, 9000-9010]}]
 *       - not: {dest_ip: 192.0.2.0/24}
 *
 * A value alone is exact; of several in a list one is enough; of a map with several keys all are
 * needed. */
#pragma once

#include "signatures/expression.h"
#include "signatures/problems.h"
#include "signatures/suffix.h"
#include "signatures/tree.h"

/* Writes the condition as text and parses it. Whatever is wrong is told `problems` with its line;
 * 0 also then, with *ret->count 0. `text` holds EXPRESSION_BYTES_MAX. -ENOMEM. */
int expression_read(struct expression *ret, char *text, const struct tree_node *match,
	const struct suffix_list *suffixes, struct problems *problems);
