/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/pack_signature.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/said.h"
#include "signatures/span.h"
#include "signatures/tree_feed.h"

const char pack_why_name[] =
	"a signature needs a name of letters, digits, blanks, - and _, at most 64";

const char *pack_set_key(struct candidate *c, const struct tree_node *n)
{
	if (n->kind == TREE_MAP || n->kind == TREE_LIST)
		return said_why_key;
	return said_read(c, (struct span){n->name, n->name_bytes}, node_span(n));
}

int pack_names_init(struct pack_names *names, const struct tree_node *list)
{
	size_t count = 0;

	tree_each (n, list)
		count++;
	return exact_set_init(&names->set, count);
}

void pack_names_done(struct pack_names *names)
{
	exact_set_done(&names->set);
}

/* Letters, digits and a few signs: so it is never taken for a name or an address of the network. */
bool pack_is_name(const char *text, size_t bytes)
{
	if (!bytes || bytes > PACK_NAME_BYTES_MAX || !isalnum((unsigned char)*text))
		return false;
	for (size_t i = 0; i < bytes; i++) {
		if (!isalnum((unsigned char)text[i]) && !strchr("-_ ", text[i]))
			return false;
	}
	return true;
}

static void read_name(
	struct pack_signature *s, const struct tree_node *of, struct pack_names *names)
{
	const struct tree_node *n = tree_get(of, "name");

	if (!n || !n->text || !pack_is_name(n->text, n->text_bytes)) {
		problems_add(&s->problems, n ? n->line : of->line, "%s", pack_why_name);
		return;
	}
	if (exact_set_find(&names->set, 0, n->text, n->text_bytes) != EXACT_NONE)
		problems_add(&s->problems, n->line, "there are two signatures %s", n->text);
	exact_set_add(&names->set, 0, n->text, 0);
	s->candidate.value = node_span(n);
}

static void read_key(struct pack_signature *s, const struct tree_node *n)
{
	const char *why = tree_is(n, "type") ? said_why_key : pack_set_key(&s->candidate, n);
	const char *good[SAID_KEYS + 3] = {"name", "match"};
	size_t count = 2;

	for (enum said key = 0; key < SAID_KEYS; key++) {
		if (key != SAID_TYPE)
			good[count++] = said_key(key);
	}
	if (why == said_why_key)
		problems_add_word(&s->problems, n->line, "key", n->name, good);
	else if (why)
		problems_add(&s->problems, n->line, "%s", why);
}

int pack_signature_read(struct pack_signature *s, const struct tree_node *n,
	const struct suffix_list *suffixes, struct pack_names *names)
{
	const struct tree_node *match = tree_get(n, "match");

	s->problems.count = 0;
	s->condition.count = 0;
	s->candidate = (struct candidate){.line = n->line};
	if (n->kind != TREE_MAP || !match) {
		problems_add(&s->problems, n->line,
			"a signature is a map with name, match and what is known of it");
		return 0;
	}
	tree_each (key, n) {
		if (key != match && !tree_is(key, "name"))
			read_key(s, key);
	}
	read_name(s, n, names);
	return expression_read(&s->condition, s->text, match, suffixes, &s->problems);
}
