/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a list of MISP and as a plain one: it is one or told why not, and hits have reasons
 * that are kept. */
#include "signatures/warninglist.h"
#include "signatures/warninglist_build.h"
#include "tests/fuzz/fuzz.h"

static void check(struct warninglists *w)
{
	assert(warninglists_ready(w) == 0);
	for (size_t i = 0; i < w->entry_count; i++) {
		const struct warning_entry *e = &w->entries[i];

		assert(e->list < w->list_count && !w->lists[e->list].unused);
		assert(warninglists_find(w, e->type, e->value).reason);
	}
	for (size_t i = 0; i < w->list_count; i++)
		assert(w->lists[i].reason && *w->lists[i].reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct suffix_list *suffixes;
	struct warninglists w = {0};
	char error[256];

	if (!suffixes)
		assert(suffix_list_new(&suffixes) == 0);
	w.suffixes = suffixes;
	if (warninglists_add(&w, cur_init(data, size), "list.json", error, sizeof(error)) == 0)
		check(&w);
	else
		assert(*error);
	exact_set_done(&w.values);
	address_set_done(&w.addresses);
	texts_done(&w.texts);
	free(w.entries);
	free(w.lists);
	return 0;
}
