/* SPDX-License-Identifier: Apache-2.0 */
/* Which of its atoms a signature waits for: those that are touched most seldom. What many have in
 * common, a browser's User-Agent or a name that a thousand signatures ask for, makes each of these
 * be evaluated for each message that has it. */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "signatures/conditions_build.h"

static uint32_t product(uint64_t a, uint64_t b)
{
	return a * b < UINT32_MAX ? (uint32_t)(a * b) : UINT32_MAX;
}

/* A guess from the field and from how it is asked: more values have a beginning than are equal. */
static uint32_t commonness(const struct expression_node *leaf)
{
	static const uint8_t factors[LEAF_KINDS] = {[LEAF_EXACT] = 1,
		[LEAF_SUFFIX] = 1,
		[LEAF_PREFIX] = 100,
		[LEAF_WILDCARD] = 50,
		[LEAF_REGEX] = 50,
		[LEAF_ADDRESS] = 1};

	return product(signature_field(leaf->field)->common, factors[leaf->kind]);
}

/* An atom counts once for each signature that has it. */
static int weigh(struct conditions *c)
{
	_cleanup_(free_ptr) uint32_t *last = calloc(c->atom_count + 1, sizeof(*last));

	if (!last)
		return -ENOMEM;
	for (size_t number = 0; number < c->signature_count; number++) {
		size_t begin = c->signatures[number].node, end = begin + c->nodes[begin].end;

		for (size_t i = begin; i < end; i++) {
			uint32_t atom = c->nodes[i].op == EXPRESSION_LEAF ? c->atom_of[i]
									  : ATOM_NONE;

			if (atom == ATOM_NONE || last[atom] == number + 1)
				continue;
			last[atom] = (uint32_t)number + 1;
			c->atoms[atom].weight += c->atoms[atom].weight < UINT32_MAX;
		}
	}
	for (size_t i = 0; i < c->node_count; i++) {
		uint32_t atom = c->nodes[i].op == EXPRESSION_LEAF ? c->atom_of[i] : ATOM_NONE;

		if (atom == ATOM_NONE || !last[atom])
			continue;
		c->atoms[atom].weight = product(c->atoms[atom].weight, commonness(&c->nodes[i]));
		last[atom] = 0; /* it is done */
	}
	return 0;
}

/* Atoms of which one must be touched for a node to be as it is wanted: those of the child whose
 * atoms are touched most seldom where all children must be so, of all children where one is enough.
 */
struct triggers {
	uint32_t atoms[EXPRESSION_NODES_MAX];
	size_t count;
	uint64_t weight;
	bool none; /* it can be so without any */
};

static const struct triggers impossible = {.none = true};

static void triggers_of_leaf(
	const struct conditions *c, size_t at, bool wanted, struct triggers *ret)
{
	const struct expression_node *leaf = &c->nodes[at];

	if (!wanted || c->atom_of[at] == ATOM_NONE || !signature_field(leaf->field)->selects) {
		ret->none = true;
		return;
	}
	ret->atoms[ret->count++] = c->atom_of[at];
	ret->weight += c->atoms[c->atom_of[at]].weight;
}

/* Adds to *ret; `first` is the node that indices of the signature count from. */
static int triggers_of(const struct conditions *c, const struct condition *s, size_t at,
	bool wanted, struct triggers *ret)
{
	const struct expression_node *n = &c->nodes[s->node + at];
	bool every = (n->op == EXPRESSION_ALL) == wanted;
	_cleanup_(free_ptr) struct triggers *best = NULL, *one = NULL;

	if (n->op == EXPRESSION_LEAF) {
		triggers_of_leaf(c, s->node + at, wanted, ret);
		return 0;
	}
	if (n->op == EXPRESSION_NOT)
		return triggers_of(c, s, at + 1, !wanted, ret);
	best = malloc(sizeof(*best));
	one = malloc(sizeof(*one));
	if (!best || !one)
		return -ENOMEM;
	*best = impossible;
	for (size_t child = at + 1; child < n->end; child = c->nodes[s->node + child].end) {
		struct triggers *into = every ? one : ret;
		int r;

		if (every)
			*one = (struct triggers){.count = 0};
		r = triggers_of(c, s, child, wanted, into);
		if (r < 0)
			return r;
		if (every && !one->none && (best->none || one->weight < best->weight))
			*best = *one;
	}
	if (!every)
		return 0;
	ret->none |= best->none;
	ret->weight += best->weight;
	for (size_t i = 0; !best->none && i < best->count; i++)
		ret->atoms[ret->count++] = best->atoms[i];
	return 0;
}

static int add_triggers(struct conditions *c, size_t number)
{
	_cleanup_(free_ptr) struct triggers *t = calloc(1, sizeof(*t));
	int r = t ? triggers_of(c, &c->signatures[number], 0, true, t) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < t->count; i++) {
		r = conditions_grow((void **)&c->triggers, &c->trigger_size, c->trigger_count,
			sizeof(*c->triggers));
		if (r == 0)
			c->triggers[c->trigger_count++] = (struct trigger){
				t->atoms[i], (uint32_t)number};
	}
	return r;
}

static int compare_triggers(const void *a, const void *b)
{
	const struct trigger *x = a, *y = b;

	if (x->atom != y->atom)
		return x->atom < y->atom ? -1 : 1;
	return (x->signature > y->signature) - (x->signature < y->signature);
}

static int index_triggers(struct conditions *c)
{
	size_t at = 0;

	if (c->trigger_count)
		qsort(c->triggers, c->trigger_count, sizeof(*c->triggers), compare_triggers);
	c->trigger_begin = calloc(c->atom_count + 1, sizeof(*c->trigger_begin));
	if (!c->trigger_begin)
		return -ENOMEM;
	for (size_t atom = 0; atom <= c->atom_count; atom++) {
		while (at < c->trigger_count && c->triggers[at].atom < atom)
			at++;
		c->trigger_begin[atom] = (uint32_t)at;
	}
	return 0;
}

int conditions_add_triggers(struct conditions *c)
{
	int r = weigh(c);

	for (size_t i = 0; r == 0 && i < c->signature_count; i++)
		r = add_triggers(c, i);
	return r == 0 ? index_triggers(c) : r;
}

static const struct expression_node *leaf_of(const struct conditions *c, size_t atom)
{
	for (size_t i = 0; i < c->node_count; i++) {
		if (c->nodes[i].op == EXPRESSION_LEAF && c->atom_of[i] == atom)
			return &c->nodes[i];
	}
	return NULL;
}

bool conditions_crowd(const struct conditions *c, struct condition_crowd *ret)
{
	const struct expression_node *leaf;
	size_t crowded = 0;

	*ret = (struct condition_crowd){.nodes = CONDITIONS_WORK_MAX};
	for (size_t atom = 0; atom < c->atom_count; atom++) {
		size_t begin = c->trigger_begin[atom], end = c->trigger_begin[atom + 1], nodes = 0;

		for (size_t t = begin; t < end; t++)
			nodes += c->nodes[c->signatures[c->triggers[t].signature].node].end;
		if (nodes <= ret->nodes)
			continue;
		crowded = atom;
		ret->nodes = nodes;
		ret->count = end - begin;
		ret->first = c->signatures[c->triggers[begin].signature].index;
	}
	leaf = ret->count ? leaf_of(c, crowded) : NULL;
	if (!leaf)
		return false;
	ret->field = signature_field(leaf->field)->key;
	ret->kind = leaf_kind_name(leaf->kind);
	ret->value = leaf->value;
	return true;
}
