/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/overrides.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/account.h"
#include "signatures/date.h"
#include "signatures/exact_set.h"
#include "signatures/own_file.h"
#include "signatures/refang.h"
#include "signatures/review.h"

#define DAY_S 86400u /* zones of the day */

struct overrides {
	struct override *items; /* owned */
	size_t count;
	struct exact_set index; /* by type and value */
	struct texts texts;
};

struct reader {
	struct overrides *o;
	const struct suffix_list *suffixes;
	struct problems *problems;
};

static const char *const keys[] = {
	"value", "type", "decision", "approved_by", "reason", "date", "scope", NULL};

bool overrides_recognise(struct cursor text)
{
	return own_file_is(text, "overrides");
}

void overrides_free(struct overrides *o)
{
	if (!o)
		return;
	exact_set_done(&o->index);
	texts_done(&o->texts);
	free(o->items);
	free(o);
}

size_t overrides_count(const struct overrides *o)
{
	return o->count;
}

const struct override *overrides_get(const struct overrides *o, size_t number)
{
	return &o->items[number];
}

void overrides_check(const struct overrides *o, uint32_t today, const struct suffix_list *suffixes,
	struct problems *ret_problems)
{
	for (size_t i = 0; i < o->count; i++) {
		const struct override *item = &o->items[i];
		struct review review = review_value(suffixes, item->type, item->value);

		if (item->date > today && item->date - today > DAY_S)
			problems_add(ret_problems, item->line, "%s: its date is yet to come",
				item->value);
		if (item->match &&
			(review.advice == ADVICE_REFUSE || account_is(item->type, item->value)))
			problems_add(ret_problems, item->line,
				"%s: %s: no decision can change this", item->value, review.reason);
	}
}

const struct override *overrides_find(
	const struct overrides *o, enum indicator_type type, const char *value)
{
	uint32_t index = o ? exact_set_find(&o->index, type, value, strlen(value)) : EXACT_NONE;

	return index == EXACT_NONE ? NULL : &o->items[index];
}

/* A member that must be there. */
static const char *needed(struct reader *r, const struct tree_node *of, const char *name)
{
	const char *text = own_file_text(of, name, r->problems);

	if (!text)
		problems_add(r->problems, of->line, "an override needs a %s", name);
	return text;
}

static enum value_column column_of(enum indicator_type type)
{
	switch (type) {
	case INDICATOR_CERT_SHA1:
	case INDICATOR_CERT_SHA256:
		return COLUMN_CERT;
	case INDICATOR_JA3:
		return COLUMN_JA3;
	case INDICATOR_JA3S:
		return COLUMN_JA3S;
	case INDICATOR_SPKI_SHA256:
		return COLUMN_SPKI;
	case INDICATOR_ASN:
		return COLUMN_ASN;
	case INDICATOR_USER_AGENT:
		return COLUMN_USER_AGENT;
	case INDICATOR_UA_PATTERN:
		return COLUMN_UA_PATTERN;
	case INDICATOR_URL_PATH:
		return COLUMN_URL_PATH;
	default:
		return COLUMN_ANY;
	}
}

static int read_value(struct reader *r, struct override *ret, const struct tree_node *of)
{
	const char *names[INDICATOR_TYPES + 1] = {NULL};
	const char *value = needed(r, of, "value"), *type = needed(r, of, "type"), *why;
	struct refanged normal;

	if (!value || !type)
		return 0;
	for (ret->type = 0; ret->type < INDICATOR_TYPES; ret->type++) {
		names[ret->type] = indicator_type_name(ret->type);
		if (strcmp(names[ret->type], type) == 0)
			break;
	}
	if (ret->type == INDICATOR_TYPES) {
		problems_add_word(r->problems, tree_get(of, "type")->line, "type", type, names);
		return 0;
	}
	if (ret->type == INDICATOR_SIGNATURE) { /* its name, as it is */
		ret->value = texts_add(&r->o->texts, value, strlen(value));
		return ret->value ? 0 : -ENOMEM;
	}
	why = refang(&normal, value, strlen(value), column_of(ret->type), r->suffixes);
	if (!why && ret->type == INDICATOR_LOOK_ALIKE && normal.type == INDICATOR_DOMAIN)
		normal.type = INDICATOR_LOOK_ALIKE; /* it is named by what it protects */
	if (why)
		problems_add(r->problems, of->line, "%s: %s", value, why);
	else if (normal.type != ret->type)
		problems_add(r->problems, of->line, "%s is of type %s, not %s", value,
			indicator_type_name(normal.type), type);
	else
		ret->value = texts_add(&r->o->texts, normal.text, strlen(normal.text));
	return why || normal.type != ret->type || ret->value ? 0 : -ENOMEM;
}

static void read_scope(struct reader *r, struct override *ret, const struct tree_node *of)
{
	const char *scope = own_file_text(of, "scope", r->problems);

	ret->scope = SCOPE_EXACT;
	if (!scope || strcmp(scope, indicator_scope_name(SCOPE_EXACT)) == 0)
		return;
	if (strcmp(scope, indicator_scope_name(SCOPE_SUBDOMAINS)) != 0 ||
		ret->type != INDICATOR_DOMAIN)
		problems_add(r->problems, tree_get(of, "scope")->line,
			"scope is exact or, of a domain, subdomains");
	ret->scope = SCOPE_SUBDOMAINS;
}

static int read_text(struct reader *r, struct override *ret, const struct tree_node *of)
{
	const char *who;
	int error = own_file_approval(&who, &r->o->texts, of, "an override", r->problems);

	if (error < 0 || !who)
		return error;
	ret->text = texts_print(
		&r->o->texts, "%s by %s", ret->match ? "approved" : "declined", who);
	return ret->text ? 0 : -ENOMEM;
}

static int read_entry(struct reader *r, const struct tree_node *of)
{
	struct override *item = &r->o->items[r->o->count];
	const char *decision, *date;
	int error;

	*item = (struct override){.line = of->line};
	if (of->kind != TREE_MAP) {
		problems_add(r->problems, of->line, "an override is a list of keys and values");
		return 0;
	}
	own_file_keys(of, keys, r->problems);
	error = read_value(r, item, of);
	if (error < 0)
		return error;
	read_scope(r, item, of);
	decision = needed(r, of, "decision");
	item->match = decision && strcmp(decision, "match") == 0;
	if (decision && !item->match && strcmp(decision, "refuse") != 0)
		problems_add(r->problems, tree_get(of, "decision")->line,
			"decision is match or refuse, not %s", decision);
	date = needed(r, of, "date");
	if (date && !date_parse(&item->date, date, strlen(date), DATES_ISO))
		problems_add(r->problems, tree_get(of, "date")->line,
			"%s is no date like 2026-01-31", date);
	r->o->count++;
	return read_text(r, item, of);
}

/* Two decisions about one value would depend on their order. */
static int make_index(struct reader *r)
{
	if (exact_set_init(&r->o->index, r->o->count) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < r->o->count; i++) {
		const struct override *item = &r->o->items[i], *first;

		if (!item->value)
			continue;
		first = overrides_find(r->o, item->type, item->value);
		if (first)
			problems_add(r->problems, item->line, "%s was decided in line %u already",
				item->value, first->line);
		else
			exact_set_add(&r->o->index, item->type, item->value, i);
	}
	return 0;
}

static int read_tree(void *context, const struct tree_node *root)
{
	struct reader *r = context;
	const struct tree_node *list = own_file_list(root, "overrides", r->problems);
	size_t count = 0;
	int error = 0;

	tree_each (n, list)
		count++;
	r->o->items = calloc(count + 1, sizeof(*r->o->items));
	if (!r->o->items)
		return -ENOMEM;
	tree_each (n, list) {
		if (error == 0)
			error = read_entry(r, n);
	}
	return error < 0 ? error : make_index(r);
}

static void free_overrides_ptr(struct overrides **o)
{
	overrides_free(*o);
}

int overrides_read(struct overrides **ret, struct cursor text, const struct suffix_list *suffixes,
	struct problems *ret_problems)
{
	_cleanup_(free_overrides_ptr) struct overrides *o = calloc(1, sizeof(*o));
	struct reader r = {o, suffixes, ret_problems};
	int failed;

	if (!o)
		return -ENOMEM;
	failed = own_file_parse(text, ret_problems, read_tree, &r);
	if (failed == 0)
		*ret = steal(o);
	return failed;
}
