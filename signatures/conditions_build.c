/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/conditions_build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cursor.h"

int conditions_grow(void **items, size_t *size, size_t count, size_t item_bytes)
{
	size_t wanted = *size ? 2 * *size : 64;
	void *more;

	if (count < *size)
		return 0;
	more = reallocarray(*items, wanted, item_bytes);
	if (!more)
		return -ENOMEM;
	*items = more;
	*size = wanted;
	return 0;
}

/* What is being built, and what is only needed meanwhile. */
struct build {
	struct conditions *c;
	const struct indicator_source *source;
	struct expression *expression; /* owned: of the signature that is read */
	struct address_entry *ranges;  /* owned until they are a set */
	size_t range_count, range_size;
	char *error;
	size_t error_size;
};

static int new_atom(struct build *b, unsigned field, uint32_t *ret)
{
	struct conditions *c = b->c;
	int r = conditions_grow(
		(void **)&c->atoms, &c->atom_size, c->atom_count, sizeof(*c->atoms));

	if (r < 0)
		return r;
	c->atoms[c->atom_count] = (struct atom){.next = ATOM_NONE, .field = (uint8_t)field};
	*ret = (uint32_t)c->atom_count++;
	return 0;
}

static int add_range(struct build *b, const char *value, uint32_t atom)
{
	struct address_entry *entry;
	int r = conditions_grow(
		(void **)&b->ranges, &b->range_size, b->range_count, sizeof(*b->ranges));

	if (r < 0)
		return r;
	entry = &b->ranges[b->range_count];
	entry->index = atom;
	b->range_count += address_range_parse(&entry->range, value, strlen(value));
	return 0;
}

/* A pattern is scanned for once, whatever fields it is asked of. */
static int add_pattern(struct build *b, const struct expression_node *leaf, uint32_t atom)
{
	enum pattern_class class = pattern_class_of(signature_field(leaf->field)->class);
	enum pattern_kind kind = (enum pattern_kind)(leaf->kind - LEAF_PREFIX);
	struct conditions *c = b->c;
	uint32_t number = exact_set_find(
		&c->pattern_numbers, leaf_key(class, kind), leaf->value, strlen(leaf->value));
	int r;

	if (number != EXACT_NONE) {
		c->atoms[atom].next = c->pattern_atoms[class][number];
		c->pattern_atoms[class][number] = atom;
		return 0;
	}
	number = (uint32_t)c->list.counts[class];
	r = pattern_list_add(&c->list, class, kind, leaf->value);
	if (r == 0 && !c->pattern_atoms[class])
		c->pattern_atoms[class] = calloc(c->node_count + 1, sizeof(uint32_t));
	if (r < 0 || !c->pattern_atoms[class])
		return -ENOMEM;
	c->pattern_atoms[class][number] = atom;
	exact_set_add(&c->pattern_numbers, leaf_key(class, kind), leaf->value, number);
	return 0;
}

static int add_leaf(struct build *b, size_t at)
{
	struct conditions *c = b->c;
	const struct expression_node *leaf = &c->nodes[at];
	uint32_t key = leaf_key(leaf->field, leaf->kind), *atom = &c->atom_of[at];
	int r;

	*atom = ATOM_NONE;
	if (leaf->kind == LEAF_RANGE)
		return 0;
	*atom = exact_set_find(&c->texts_of, key, leaf->value, strlen(leaf->value));
	if (*atom != EXACT_NONE)
		return 0;
	r = new_atom(b, leaf->field, atom);
	if (r < 0)
		return r;
	exact_set_add(&c->texts_of, key, leaf->value, *atom);
	c->kinds[leaf->field] |= (uint8_t)(1u << leaf->kind);
	if (leaf->kind == LEAF_ADDRESS)
		return add_range(b, leaf->value, *atom);
	if (leaf->kind == LEAF_PREFIX || leaf->kind == LEAF_WILDCARD || leaf->kind == LEAF_REGEX)
		return add_pattern(b, leaf, *atom);
	return 0;
}

/* Nodes of all signatures, one after the other, with texts that stay. */
static int read_signature(struct build *b, size_t index)
{
	struct conditions *c = b->c;
	struct indicator item = b->source->get(b->source->context, index);
	struct condition *s = &c->signatures[c->signature_count];

	if (!item.expression || expression_parse(b->expression, item.expression) < 0) {
		(void)snprintf(b->error, b->error_size, "signature %s: its condition is malformed",
			item.value);
		return -EINVAL;
	}
	*s = (struct condition){.node = (uint32_t)c->node_count,
		.index = (uint32_t)index,
		.late = expression_is_late(b->expression->nodes)};
	c->signature_count++;
	for (size_t i = 0; i < b->expression->count; i++) {
		struct expression_node *n = &b->expression->nodes[i];
		int r = conditions_grow(
			(void **)&c->nodes, &c->node_size, c->node_count, sizeof(*c->nodes));

		if (n->value)
			n->value = texts_add(&c->texts, n->value, strlen(n->value));
		if (r < 0 || (n->op == EXPRESSION_LEAF && !n->value))
			return -ENOMEM;
		c->nodes[c->node_count++] = *n;
	}
	return 0;
}

static int add_signatures(struct build *b)
{
	struct conditions *c = b->c;
	size_t count = b->source->end - b->source->begin;
	int r = 0;

	c->signatures = calloc(count + 1, sizeof(*c->signatures));
	if (!c->signatures)
		return -ENOMEM;
	for (size_t i = b->source->begin; r == 0 && i < b->source->end; i++)
		r = read_signature(b, i);
	if (r == 0)
		r = exact_set_init(&c->texts_of, c->node_count);
	if (r == 0)
		r = exact_set_init(&c->pattern_numbers, c->node_count);
	c->atom_of = calloc(c->node_count + 1, sizeof(*c->atom_of));
	if (r < 0 || !c->atom_of)
		return r < 0 ? r : -ENOMEM;
	for (size_t i = 0; r == 0 && i < c->node_count; i++) {
		if (c->nodes[i].op == EXPRESSION_LEAF)
			r = add_leaf(b, i);
	}
	if (r < 0)
		return r;
	address_set_init(&c->addresses, steal(b->ranges), b->range_count);
	return conditions_add_triggers(c);
}

static int add_agents(struct build *b)
{
	int r = 0;

	b->c->agents_begin = (uint32_t)b->source->agents_begin;
	for (size_t i = b->source->agents_begin; r == 0 && i < b->source->agents_end; i++) {
		struct indicator item = b->source->get(b->source->context, i);

		if (pattern_check(PATTERN_PART, item.value)) {
			(void)snprintf(b->error, b->error_size, "%s: %s", item.value,
				pattern_check(PATTERN_PART, item.value));
			return -EINVAL;
		}
		r = pattern_list_add(&b->c->list, PATTERNS_AGENTS, PATTERN_PART, item.value);
	}
	return r;
}

/* The signature, or the pattern, that Hyperscan does not want. */
static void tell_pattern(struct build *b, const struct pattern_error *e)
{
	const struct conditions *c = b->c;
	const char *pattern = e->number < c->list.counts[e->class]
				      ? c->list.entries[e->class][e->number].text
				      : "patterns";

	(void)snprintf(b->error, b->error_size, "%s: %s", pattern, e->text);
}

static int add_patterns(struct build *b, const struct cursor *octets)
{
	struct conditions *c = b->c;
	struct pattern_error error;
	int r = -ESTALE;

	if (!pattern_list_count(&c->list))
		return 0;
	if (octets && cur_left(octets))
		r = patterns_read(&c->patterns, &c->list, octets->pos, cur_left(octets));
	if (r != -ESTALE && r != -EBADMSG)
		return r;
	c->compiled = true;
	r = patterns_compile(&c->patterns, &c->list, &error);
	if (r == -EINVAL || r == -ENOTSUP) {
		tell_pattern(b, &error);
		return -EINVAL;
	}
	return r;
}

int conditions_new(struct conditions **ret, const struct indicator_source *source,
	const struct cursor *octets, char *ret_error, size_t error_size)
{
	struct build b = {.c = calloc(1, sizeof(struct conditions)),
		.source = source,
		.expression = malloc(sizeof(struct expression)),
		.error = ret_error,
		.error_size = error_size};
	int r = b.c && b.expression ? 0 : -ENOMEM;

	if (r == 0)
		signature_fields_init(&b.c->fields);
	if (r == 0)
		r = add_signatures(&b);
	if (r == 0)
		r = add_agents(&b);
	if (r == 0)
		r = add_patterns(&b, octets);
	if (r == -ENOMEM)
		(void)snprintf(ret_error, error_size, "out of memory");
	free(b.expression);
	free(b.ranges);
	if (r < 0) {
		conditions_free(b.c);
		return r;
	}
	*ret = b.c;
	return 0;
}

void conditions_free(struct conditions *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < PATTERN_CLASSES; i++)
		free(c->pattern_atoms[i]);
	patterns_free(c->patterns);
	pattern_list_done(&c->list);
	exact_set_done(&c->pattern_numbers);
	exact_set_done(&c->texts_of);
	address_set_done(&c->addresses);
	texts_done(&c->texts);
	free(c->trigger_begin);
	free(c->triggers);
	free(c->atoms);
	free(c->signatures);
	free(c->atom_of);
	free(c->nodes);
	free(c);
}

size_t conditions_pattern_count(const struct conditions *c)
{
	return pattern_list_count(&c->list);
}

bool conditions_compiled(const struct conditions *c)
{
	return c->compiled;
}

int conditions_write(const struct conditions *c, uint8_t **ret_octets, size_t *ret_bytes)
{
	*ret_octets = NULL;
	*ret_bytes = 0;
	return c->patterns ? patterns_write(c->patterns, &c->list, ret_octets, ret_bytes) : 0;
}
