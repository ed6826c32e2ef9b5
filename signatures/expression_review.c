/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/expression_review.h"

#include <string.h>

#include "base/cleanup.h"
#include "signatures/pattern.h"

static const char why_everything[] = "it would match all but what it names: not needs a condition "
				     "beside it";
static const char why_nothing[] = "a port, a protocol or the like would be enough for it";
static const char why_below[] = "names below one that many use: only a whole host is enough";
static const char why_open_end[] = "a pattern of names whose end is not fixed";
static const char why_suffix[] = "a pattern of names of which no more than a public suffix is "
				 "fixed at the end";
static const char why_path[] = "a path that many hosts may share";
static const char why_pattern[] = "a pattern that many may share";
static const char why_issuer[] = "who signed the certificates of many";
static const char why_software[] = "software that many run";

/* How much a leaf is worth alone. */
enum worth { WORTH_NOTHING, WORTH_LITTLE, WORTH_ENOUGH };

struct gate {
	const struct suffix_list *suffixes;
	const struct warninglists *warnings;
	enum worth enough; /* leaves worth less may hold as they like */
	const char *why;   /* of the first that is worth little */
};

static enum worth worth_little(struct gate *g, const char *why)
{
	if (!g->why)
		g->why = why;
	return WORTH_LITTLE;
}

/* As the indicator that it would be; `below`: what is below it holds, too, which of an indicator
 * below a listed name is left out (builder.c, judge). */
static enum worth worth_of_value(
	struct gate *g, enum indicator_type type, const char *value, bool below)
{
	struct review review = review_value(g->suffixes, type, value);
	struct warning warning = warninglists_find(g->warnings, type, value);

	if (review.advice == ADVICE_REFUSE)
		return WORTH_NOTHING;
	if (review.advice == ADVICE_REVIEW)
		return worth_little(g, review.reason);
	if (warning.reason)
		return worth_little(g, warning.reason);
	return below && warning.parent ? worth_little(g, why_below) : WORTH_ENOUGH;
}

/* Of a pattern of names what is behind the first dot of its end: all that it matches is below. */
static enum worth worth_of_names(struct gate *g, const struct expression_node *leaf)
{
	char tail[PATTERN_BYTES_MAX + 1];
	const char *dot;
	enum worth worth;

	if (leaf->kind == LEAF_EXACT || leaf->kind == LEAF_SUFFIX)
		return worth_of_value(g, INDICATOR_DOMAIN, leaf->value, leaf->kind == LEAF_SUFFIX);
	tail[pattern_tail(tail, (enum pattern_kind)(leaf->kind - LEAF_PREFIX), leaf->value)] = '\0';
	dot = strchr(tail, '.');
	if (dot && dot[1] && suffix_is_public(g->suffixes, dot + 1))
		return worth_little(g, why_suffix);
	worth = dot && dot[1] ? worth_of_value(g, INDICATOR_DOMAIN, dot + 1, true) : WORTH_NOTHING;
	return worth == WORTH_NOTHING ? worth_little(g, why_open_end) : worth;
}

static enum worth worth_of_text(struct gate *g, const struct expression_node *leaf)
{
	const char *key = signature_field(leaf->field)->key;

	if (strcmp(key, "http.url") == 0)
		return worth_little(g, why_path);
	if (strcmp(key, "tls.issuerdn") == 0)
		return worth_little(g, why_issuer);
	if (strstr(key, "software"))
		return worth_little(g, why_software);
	return leaf->kind == LEAF_EXACT ? WORTH_ENOUGH : worth_little(g, why_pattern);
}

static enum worth worth_of_address(struct gate *g, const char *value)
{
	return worth_of_value(
		g, strchr(value, '/') ? INDICATOR_PREFIX : INDICATOR_IP, value, false);
}

static enum worth worth_of(struct gate *g, const struct expression_node *leaf)
{
	const struct signature_field *field = signature_field(leaf->field);

	if (!field->selects)
		return WORTH_NOTHING;
	if (leaf->kind == LEAF_ADDRESS)
		return worth_of_address(g, leaf->value);
	switch (field->class) {
	case CLASS_NAME:
	case CLASS_DATA:
		return worth_of_names(g, leaf);
	case CLASS_TEXT:
		return worth_of_text(g, leaf);
	case CLASS_AS:
		return worth_of_value(g, INDICATOR_ASN, leaf->value, false);
	case CLASS_FINGERPRINT:
		return strcmp(field->key, "tls.fingerprint") == 0
			       ? worth_of_value(g, INDICATOR_CERT_SHA1, leaf->value, false)
			       : WORTH_ENOUGH;
	case CLASS_ADDRESS:
	case CLASS_PORT:
	case CLASS_PROTOCOL:
	case CLASS_APPLICATION:
		break;
	}
	return WORTH_NOTHING;
}

static bool may_hold(void *context, const struct expression_node *leaf)
{
	struct gate *g = context;

	return worth_of(g, leaf) < g->enough;
}

static bool never(void *context, const struct expression_node *leaf)
{
	(void)context;
	(void)leaf;
	return false;
}

struct review expression_review(const struct expression *e, const struct suffix_list *suffixes,
	const struct warninglists *warnings)
{
	struct gate g = {suffixes, warnings, WORTH_LITTLE, NULL};

	if (expression_holds(e->nodes, never, NULL))
		return (struct review){ADVICE_REFUSE, SCOPE_EXACT, why_everything, CAUSE_NONE};
	if (expression_can_hold(e->nodes, may_hold, &g))
		return (struct review){ADVICE_REFUSE, SCOPE_EXACT, why_nothing, CAUSE_NONE};
	g.enough = WORTH_ENOUGH;
	g.why = NULL;
	if (expression_can_hold(e->nodes, may_hold, &g))
		return (struct review){ADVICE_REVIEW, SCOPE_EXACT, g.why, CAUSE_WEAK};
	return (struct review){ADVICE_MATCH, SCOPE_EXACT, NULL, CAUSE_NONE};
}
