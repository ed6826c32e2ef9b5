/* SPDX-License-Identifier: Apache-2.0 */
/* The list of protected names in our own files (docs/feeds.md): lists of names that share what is
 * known of them, which look-alikes are asked for (`kinds`) and what is none (`except`). */
#pragma once

#include "signatures/builder.h"
#include "signatures/tree.h"

/* As load of format.h does. With `problems` every mistake of the lists is told there, and the
 * reading goes on behind it; what is wrong with a name the report is told as always. */
int protect_offer(struct builder *b, struct import_report *report, const struct tree_node *protect,
	struct problems *problems);
