/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/pack_signature.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/span.h"
#include "signatures/tree_feed.h"

const char pack_why_name[] =
	"a signature needs a name of letters, digits, blanks, - and _, at most 64";

#define OTHERS_MAX 8

static const char *twice(struct pack_keys *keys, const struct tree_node *n, unsigned bit)
{
	bool again = keys->seen >> bit & 1;

	keys->seen |= UINT64_C(1) << bit;
	if (!again)
		return NULL;
	(void)snprintf(keys->why, sizeof(keys->why), "%.32s is there twice", n->name);
	return keys->why;
}

const char *pack_other_key(struct pack_keys *keys, const struct tree_node *n, unsigned number)
{
	return twice(keys, n, SAID_KEYS + number);
}

const char *pack_set_key(struct pack_keys *keys, struct candidate *c, const struct tree_node *n)
{
	struct span name = {n->name, n->name_bytes}, text = node_span(n);
	enum said key = said_find(name);
	const char *why;

	if (key == SAID_KEYS || n->kind == TREE_MAP || n->kind == TREE_LIST)
		return said_why_key;
	why = twice(keys, n, key);
	if (!why)
		why = said_check(key, text, keys->why);
	return why ? why : said_read(c, name, text);
}

const char *pack_set_own_key(struct pack_keys *keys, struct candidate *c, const struct tree_node *n)
{
	if (tree_is(n, said_key(SAID_TYPE)) || tree_is(n, said_key(SAID_SCOPE)))
		return said_why_key;
	return pack_set_key(keys, c, n);
}

void pack_problem(struct problems *p, const struct tree_node *n, const char *why,
	const char *const *others, bool of_values)
{
	const char *good[SAID_KEYS + OTHERS_MAX + 1] = {NULL};
	size_t count = 0;

	for (; count < OTHERS_MAX && others[count]; count++)
		good[count] = others[count];
	for (enum said key = 0; key < SAID_KEYS; key++) {
		if (of_values || (key != SAID_TYPE && key != SAID_SCOPE))
			good[count++] = said_key(key);
	}
	if (why == said_why_key && (n->kind == TREE_MAP || n->kind == TREE_LIST) &&
		said_find((struct span){n->name, n->name_bytes}) != SAID_KEYS)
		problems_add(p, n->line, "%.64s: one value is wanted", n->name);
	else if (why == said_why_key)
		problems_add_word(p, n->line, "key", n->name, good);
	else if (strncmp(why, n->name, n->name_bytes) == 0)
		problems_add(p, n->line, "%s", why);
	else
		problems_add(p, n->line, "%.64s: %s", n->name, why);
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

int pack_signature_read(struct pack_signature *s, const struct tree_node *n,
	const struct suffix_list *suffixes, struct pack_names *names)
{
	static const char *const others[] = {"name", "match", NULL};
	const struct tree_node *match = tree_get(n, "match");
	struct pack_keys keys = {0};

	s->problems.count = 0;
	s->condition.count = 0;
	s->candidate = (struct candidate){.line = n->line};
	if (n->kind != TREE_MAP || !match) {
		problems_add(&s->problems, n->line,
			"a signature is a map with name, match and what is known of it");
		return 0;
	}
	tree_each (key, n) {
		bool is_match = tree_is(key, "match"), is_name = tree_is(key, "name");
		const char *why = is_match || is_name ? pack_other_key(&keys, key, is_match)
						      : pack_set_own_key(&keys, &s->candidate, key);

		if (why)
			pack_problem(&s->problems, key, why, others, false);
	}
	read_name(s, n, names);
	return expression_read(&s->condition, s->text, match, suffixes, &s->problems);
}
