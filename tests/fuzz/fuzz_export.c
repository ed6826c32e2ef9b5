/* SPDX-License-Identifier: Apache-2.0 */
/* Any texts as indicators and what is said of them, through every export and back: the same again.
 * A line is an indicator, its fields are parted by tabs: what it is, the value, then the keys in
 * their order; of a signature the rest of the line is its condition, in YAML. */
#include "signatures/pack_signature.h"
#include "signatures/span.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/export_identity.h"

static void offer_signature(struct builder *b, struct import_report *report,
	const struct candidate *c, struct span condition)
{
	_cleanup_(free_ptr) struct pack_signature *s = calloc(1, sizeof(*s));
	struct tree_error error;
	struct tree tree = {0};

	assert(s);
	if (tree_yaml(&tree, cur_init(condition.at, condition.bytes), &error) == 0 && tree.root)
		assert(expression_read(
			       &s->condition, s->text, tree.root, b->suffixes, &s->problems) == 0);
	if (s->condition.count && !s->problems.count)
		assert(builder_offer_signature(b, report, c, &s->condition, s->text) == 0);
	tree_done(&tree);
}

static void offer(struct builder *b, struct import_report *report, struct span line)
{
	struct candidate c = {.line = 1};
	struct span type = span_cut(&line, '\t');

	(void)said_read(&c, span_of("type"), type);
	c.value = span_cut(&line, '\t');
	for (enum said key = 0; key < SAID_KEYS && line.bytes; key++) {
		struct span text = span_cut(&line, '\t');

		if (key != SAID_TYPE)
			(void)said_read(&c, span_of(said_key(key)), text);
	}
	if (!span_is(type, indicator_type_name(INDICATOR_SIGNATURE)))
		assert(builder_offer(b, report, &c) == 0);
	else if (line.bytes && pack_is_name(c.value.at, c.value.bytes))
		offer_signature(b, report, &c, line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct suffix_list *suffixes;
	static const struct feed feed = {.campaign_else = "none", .source_else = "nobody"};
	_cleanup_(free_ptr) struct import_report *report = calloc(1, sizeof(*report));
	struct span rest = {(const char *)data, size};
	struct builder b;
	char wrong[512];

	assert(report);
	if (!suffixes)
		assert(suffix_list_new(&suffixes) == 0);
	builder_init(&b, suffixes);
	builder_begin_file(&b, &feed);
	while (rest.bytes && b.count < 64)
		offer(&b, report, span_cut(&rest, '\n'));
	assert(builder_end_file(&b, report) == 0);
	b.count = review_keep_passing(b.items, b.count);
	for (size_t i = 0; i < ARRAY_LEN(export_identities); i++) {
		identity_check(wrong, i, suffixes, b.items, b.count);
		if (*wrong)
			(void)fprintf(stderr, "%s\n", wrong);
		assert(!*wrong);
	}
	builder_done(&b);
	return 0;
}
