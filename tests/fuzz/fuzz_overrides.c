/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as overrides: what is read has two persons, a reason and a value in its normal form that
 * is found again; what is not has told why. */
#include "signatures/overrides.h"
#include "signatures/refang.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct suffix_list *suffixes;
	struct problems problems = {.count = 0};
	struct overrides *o = NULL;
	const struct override *found;
	int r;

	if (!suffixes)
		assert(suffix_list_new(&suffixes) == 0);
	(void)overrides_recognise(cur_init(data, size));
	r = overrides_read(&o, cur_init(data, size), suffixes, &problems);
	assert((r == 0) == (o != NULL) && (r == 0) == (problems.count == 0));
	for (size_t i = 0; i < problems.count && i < PROBLEMS_MAX; i++)
		assert(memchr(problems.all[i].text, 0, PROBLEM_TEXT_BYTES));
	if (r < 0)
		return 0;
	found = overrides_find(o, INDICATOR_DOMAIN, "site.example.org");
	assert(!found ||
		(found->text && strstr(found->text, " by ") && strstr(found->text, " and ")));
	assert(!found || (strcmp(found->value, "site.example.org") == 0 && found->date));
	overrides_free(o);
	return 0;
}
