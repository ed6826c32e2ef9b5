/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a condition and as a pattern. A condition that is taken can be evaluated, and holds
 * for nothing that is empty; of a pattern that is taken Hyperscan and POSIX say the same. */
#include <errno.h>

#include "signatures/expression.h"
#include "signatures/leaf_naive.h"
#include "signatures/match_patterns.h"
#include "tests/fuzz/fuzz.h"

#define REGEX_BYTES_MAX 24 /* a longer one takes too long to compile for every input */

static bool never(void *context, const struct expression_node *leaf)
{
	assert(leaf->op == EXPRESSION_LEAF && *leaf->value && !context);
	return false;
}

static bool always(void *context, const struct expression_node *leaf)
{
	(void)context;
	return leaf->field < signature_field_count();
}

static void read_condition(const char *text)
{
	struct expression *e = malloc(sizeof(*e));
	int r;

	assert(e);
	r = expression_parse(e, text);
	assert(r == 0 || r == -EBADMSG || r == -EINVAL);
	if (r != -EBADMSG) {
		assert(e->count && e->count <= EXPRESSION_NODES_MAX && e->nodes[0].end == e->count);
		assert(r != 0 || !expression_holds(e->nodes, never, NULL));
		assert(!expression_fields(e->nodes, never, NULL));
		(void)expression_holds(e->nodes, always, NULL);
		(void)expression_is_late(e->nodes);
	}
	free(e);
}

static void find(const struct pattern_list *list, const char *value, size_t bytes)
{
	const struct pattern_entry *entry = &list->entries[PATTERNS_TEXTS][0];
	uint32_t found[1];
	struct pattern_scratch *s = NULL;
	struct pattern_error error;
	struct patterns *p = NULL;
	unsigned count;

	if (patterns_compile(&p, list, &error) < 0)
		return;
	assert(pattern_scratch_new(&s, p) == 0);
	count = patterns_find(p, s, PATTERNS_TEXTS, value, bytes, found);
	assert(count == pattern_holds_naive(entry->kind, entry->text, value, bytes));
	pattern_scratch_free(s);
	patterns_free(p);
}

/* The first line is a pattern, what follows a value. */
static void read_pattern(const char *pattern, const char *value, size_t bytes)
{
	for (enum pattern_kind kind = PATTERN_PREFIX; kind <= PATTERN_PART; kind++) {
		struct pattern_list list = {0};
		char tail[PATTERN_BYTES_MAX + 1];

		if (pattern_check(kind, pattern))
			continue;
		assert(pattern_tail(tail, kind, pattern) <= strlen(pattern));
		if (strlen(pattern) > REGEX_BYTES_MAX)
			continue;
		assert(pattern_list_add(&list, PATTERNS_TEXTS, kind, pattern) == 0);
		find(&list, value, bytes);
		pattern_list_done(&list);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	size_t line;

	assert(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	read_condition(text);
	line = strcspn(text, "\n");
	if (line < size) {
		text[line] = '\0';
		read_pattern(text, text + line + 1, size - line - 1);
	}
	free(text);
	return 0;
}
