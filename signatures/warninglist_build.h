/* SPDX-License-Identifier: Apache-2.0 */
/* How the readers of lists fill them, and what a question looks at. */
#pragma once

#include "signatures/address_set.h"
#include "signatures/exact_set.h"
#include "signatures/refang.h"
#include "signatures/texts.h"
#include "signatures/warninglist.h"

struct warninglists {
	const struct suffix_list *suffixes; /* borrowed */
	struct texts texts;
	struct warninglist *lists; /* owned */
	size_t list_count, list_size;
	struct warning_entry {
		const char *value;
		uint32_t list;
		enum indicator_type type;
		bool below; /* what lies below the name as well */
		struct address_range range;
	} * entries; /* owned */
	size_t entry_count, entry_size;
	struct exact_set values; /* after warninglists_ready, as is the other */
	struct address_set addresses;
};

/* A list begins; its kind is settled by warninglist_end. The texts are copied. */
int warninglist_begin(struct warninglists *w, const char *name, size_t bytes);
/* An entry of the list that began last. What is none is counted as skipped. */
int warninglist_entry(struct warninglists *w, const char *text, size_t bytes,
	enum value_column column, bool dot_is_below);
/* `kind` WARNING_KINDS: by the names and by what it holds. `why` is of WARNING_UNUSED. */
int warninglist_end(
	struct warninglists *w, const char *file, enum warning_kind kind, const char *why);
