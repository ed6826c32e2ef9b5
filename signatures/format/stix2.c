/* SPDX-License-Identifier: Apache-2.0 */
/* STIX 2.1 and 2.0 (OASIS): a bundle, an envelope of TAXII 2.1 or a bare list of objects. Of its
 * indicators the patterns are read (stix_pattern.h, stix_values.h). Its observables are what was
 * seen: in a bundle without indicators they are all that there is, as in the exports of OpenCTI;
 * beside indicators its author chose not to make indicators of them. */
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "base/cleanup.h"
#include "signatures/format.h"
#include "signatures/pack_signature.h"
#include "signatures/said.h"
#include "signatures/stix_bundle.h"
#include "signatures/stix_condition.h"
#include "signatures/stix_values.h"

static const char why_channel[] = "a channel or account, not infrastructure";
static const char why_revoked[] = "its source has revoked it";
static const char why_benign[] = "its source says it is benign";
static const char why_language[] = "a pattern in another language than that of STIX";
static const char why_old[] = "an older version of an indicator";
static const char why_no_pattern[] = "an indicator without a pattern";
static const char why_no_condition[] = "a signature without its condition";
static const char why_another[] = "its pattern says something else than its condition";

/* Observables (STIX 2.1 part 6, and of OpenCTI) by what of them is a value. */
static const struct {
	const char *type, *property;
	enum value_column column;
} observables[] = {
	{"domain-name", "value", COLUMN_ANY}, {"hostname", "value", COLUMN_ANY},
	{"ipv4-addr", "value", COLUMN_ANY}, {"ipv6-addr", "value", COLUMN_ANY},
	{"url", "value", COLUMN_ANY}, {"autonomous-system", "number", COLUMN_ASN},
	{"user-agent", "value", COLUMN_USER_AGENT},
	{"email-addr", "value", COLUMN_ANY}, /* is refused as that */
};

static const struct {
	const char *type, *why;
} no_indicators[] = {
	{"user-account", "an account of a person or a bot"},
	{"persona", "an account of a person or a bot"},
	{"media-content", "what was published, not where"},
	{"artifact", "an observable that a network does not show"},
	{"cryptocurrency-wallet", "an observable that a network does not show"},
	{"directory", "an observable that a network does not show"},
	{"email-message", "an observable that a network does not show"},
	{"file", "an observable that a network does not show"},
	{"mac-addr", "an observable that a network does not show"},
	{"mutex", "an observable that a network does not show"},
	{"phone-number", "an observable that a network does not show"},
	{"process", "an observable that a network does not show"},
	{"software", "an observable that a network does not show"},
	{"text", "an observable that a network does not show"},
	{"windows-registry-key", "an observable that a network does not show"},
};

struct stix2 {
	struct builder *builder;
	struct import_report *report;
	struct stix_bundle bundle;
	bool has_indicators;

	/* of the object that is read now */
	struct candidate candidate;
	bool is_named;  /* its note is its name, for want of a description */
	bool says_type; /* the candidate's column is what its source says */
	struct disarm_ids disarm;
	struct pack_signature *signature; /* room for one; owned, NULL before the first */
};

/* The node whose children are the objects, or NULL. */
static const struct tree_node *list_of(const struct document *d)
{
	const struct tree_node *root = document_root(d, SYNTAX_JSON);

	return root && root->kind == TREE_LIST ? root : tree_get(root, "objects");
}

/* Has a type, and an id that begins with it. */
static bool is_object(const struct tree_node *n)
{
	struct span type = tree_span(n, "type"), id = tree_span(n, "id");

	return type.bytes && id.bytes > type.bytes + 2 && memcmp(id.at, type.at, type.bytes) == 0 &&
	       memcmp(id.at + type.bytes, "--", 2) == 0;
}

static unsigned recognise(const struct document *d)
{
	const struct tree_node *root = document_root(d, SYNTAX_JSON), *list = list_of(d);

	if (span_is(tree_span(root, "type"), "bundle") && (list || is_object(root)))
		return 95;
	return list && list->kind == TREE_LIST && is_object(list->first) ? 85 : 0;
}

static void set(struct span *to, struct span said)
{
	if (!to->bytes)
		*to = said;
}

/* Dates of STIX are all written alike, so that the later one is the greater one. */
static void set_later(struct span *to, struct span said)
{
	size_t bytes = to->bytes < said.bytes ? to->bytes : said.bytes;

	if (!to->bytes || (bytes && memcmp(said.at, to->at, bytes) > 0))
		*to = said;
}

static unsigned strictness(struct span tlp)
{
	static const char *const levels[] = {"white", "clear", "green", "amber", "red"};
	unsigned most = 0;

	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		size_t bytes = strlen(levels[i]);

		for (size_t at = 0; at + bytes <= tlp.bytes && at < 16; at++) {
			if (strncasecmp(tlp.at + at, levels[i], bytes) == 0)
				most = 2 * (unsigned)i + 1 + (tlp.bytes > at + bytes);
		}
	}
	return most;
}

static void read_markings(struct stix2 *s, const struct tree_node *object)
{
	struct candidate *c = &s->candidate;

	tree_each (reference, tree_get(object, "object_marking_refs")) {
		const struct stix_object *marking = stix_bundle_object(
			&s->bundle, node_span(reference));
		struct span tlp = marking && marking->tlp.bytes ? marking->tlp
								: stix_tlp(node_span(reference));

		if (strictness(tlp) > strictness(c->tlp))
			c->tlp = tlp;
		if (marking)
			set(&c->licence, marking->licence);
	}
}

static void read_links(struct stix2 *s, const struct tree_node *object)
{
	struct candidate *c = &s->candidate;
	enum stix_kind best = STIX_KINDS;
	size_t count;
	const struct stix_link *links = stix_bundle_links(
		&s->bundle, tree_span(object, "id"), &count);

	for (size_t i = 0; i < count; i++) {
		const struct stix_object *o = &s->bundle.objects[links[i].object];

		if (o->kind <= STIX_REPORT && o->kind < best && o->name.bytes) {
			best = o->kind;
			c->campaign = o->name;
		}
		if (o->kind == STIX_REPORT) {
			set(&c->reference, o->reference);
			set(&c->published, o->begin);
		}
		if (o->kind == STIX_SEEN) {
			set(&c->first_seen, o->begin);
			set_later(&c->last_confirmed, o->end);
		}
		disarm_add(&s->disarm, o->technique);
	}
}

/* What our own export says in its extension, which has no place elsewhere or no certain one. */
static const struct tree_node *own_of(const struct tree_node *object)
{
	return tree_get(tree_get(object, "extensions"), SAID_STIX_EXTENSION);
}

static void read_own(struct stix2 *s, const struct tree_node *object)
{
	const struct tree_node *own = own_of(object);
	struct candidate *c = &s->candidate;

	s->says_type = tree_get(own, "type") != NULL;
	if (!own)
		return;
	c->published = c->first_seen = c->last_confirmed = c->disarm = span_of("");
	tree_each (n, own)
		(void)said_read(c, (struct span){n->name, n->name_bytes}, node_span(n));
}

/* What the object and its relations say of all values that it has. */
static void read_about(struct stix2 *s, const struct tree_node *object)
{
	struct candidate *c = &s->candidate;

	*c = (struct candidate){.line = object->line,
		.context = tree_span(object, "description"),
		.source = stix_bundle_author(&s->bundle, object),
		.reference = stix_reference(object),
		.first_seen = tree_span(object, "valid_from"),
		.published = tree_span(object, "created"),
		.last_confirmed = tree_span(object, "modified"),
		.expires = tree_span(object, "valid_until"),
		.confidence = tree_percent(object, "confidence")};
	s->disarm = (struct disarm_ids){.bytes = 0};
	set(&c->context, tree_span(object, "x_opencti_description"));
	s->is_named = !c->context.bytes;
	set(&c->context, tree_span(object, "name"));
	tree_each (label, tree_get(object, "labels"))
		disarm_add(&s->disarm, node_span(label));
	tree_each (phase, tree_get(object, "kill_chain_phases"))
		disarm_add(&s->disarm, tree_span(phase, "phase_name"));
	read_markings(s, object);
	read_links(s, object);
	c->disarm = (struct span){s->disarm.text, s->disarm.bytes};
	read_own(s, object);
	if (tree_true(object, "revoked")) {
		c->advice = ADVICE_NOT_AN_INDICATOR;
		c->why = why_revoked;
	}
}

static bool has_text(const struct tree_node *list, const char *text)
{
	tree_each (n, list) {
		if (span_is(node_span(n), text))
			return true;
	}
	return false;
}

/* In 2.0 the types of an indicator are its labels. */
static bool is_benign(const struct tree_node *indicator)
{
	const struct tree_node *types = tree_get(indicator, "indicator_types");

	return has_text(types ? types : tree_get(indicator, "labels"), "benign");
}

/* A name that is the value again says nothing. */
static bool repeats(struct span name, const struct stix_value *value)
{
	if (value->column == COLUMN_ASN && name.bytes > 2 && memcmp(name.at, "AS", 2) == 0)
		name = (struct span){name.at + 2, name.bytes - 2};
	return name.bytes == value->bytes && memcmp(name.at, value->text, name.bytes) == 0;
}

static int on_value(void *context, const struct stix_value *value)
{
	struct stix2 *s = context;
	struct candidate c = s->candidate;

	if (!value->text) {
		builder_refuse(s->report, c.line, value->why);
		return 0;
	}
	c.value = (struct span){value->text, value->bytes};
	if (!s->says_type)
		c.column = value->column;
	if (s->is_named && repeats(c.context, value))
		c.context = span_of("");
	if (value->why && c.advice < ADVICE_REVIEW) {
		c.advice = ADVICE_REVIEW;
		c.why = value->why;
	}
	return builder_offer(s->builder, s->report, &c);
}

static int refuse(struct stix2 *s, const struct tree_node *object, const char *why)
{
	builder_refuse(s->report, object->line, why);
	return 0;
}

/* What is said of an indicator, and what its source itself thinks of it. */
static void read_judged(struct stix2 *s, const struct tree_node *indicator)
{
	read_about(s, indicator);
	if (s->candidate.advice || !is_benign(indicator))
		return;
	s->candidate.advice = ADVICE_NOT_AN_INDICATOR;
	s->candidate.why = why_benign;
}

static bool is_signature(const struct tree_node *own)
{
	return tree_get(own, SAID_STIX_MATCH) || span_is(tree_span(own, said_key(SAID_TYPE)),
							 indicator_type_name(INDICATOR_SIGNATURE));
}

/* A pattern that was changed, or made by somebody else, is not what a reader of it is told. */
static int compare_pattern(struct stix2 *s, struct span pattern)
{
	struct candidate *c = &s->candidate;
	const char *why_not = stix_condition_why_not(s->signature->text);
	_cleanup_(free_ptr) char *said = why_not ? NULL
						 : stix_condition_pattern(&s->signature->condition);

	if (!why_not && !said)
		return -ENOMEM;
	if ((!said || !span_is(pattern, said)) && c->advice < ADVICE_REVIEW) {
		c->advice = ADVICE_REVIEW;
		c->why = why_another;
	}
	return 0;
}

/* Its condition is read and judged as that of a file of ours; where that cannot be, its pattern is
 * not used either: it says less. */
static int offer_signature(struct stix2 *s, const struct tree_node *indicator)
{
	const struct tree_node *match = tree_get(own_of(indicator), SAID_STIX_MATCH);
	struct candidate *c = &s->candidate;
	struct pack_signature *one;
	int r;

	if (!s->signature)
		s->signature = malloc(sizeof(*s->signature));
	one = s->signature;
	if (!one)
		return -ENOMEM;
	read_judged(s, indicator);
	c->value = tree_span(indicator, "name");
	if (s->is_named)
		c->context = span_of("");
	if (!pack_is_name(c->value.at, c->value.bytes))
		return refuse(s, indicator, pack_why_name);
	if (!match)
		return refuse(s, indicator, why_no_condition);
	one->problems.count = 0;
	r = expression_read(
		&one->condition, one->text, match, s->builder->suffixes, &one->problems);
	if (r < 0)
		return r;
	if (one->problems.count) {
		const char *text = one->problems.all[0].text;
		const char *why = builder_text(s->builder, text, strlen(text));

		return why ? refuse(s, indicator, why) : -ENOMEM;
	}
	r = compare_pattern(s, tree_span(indicator, "pattern"));
	return r ? r
		 : builder_offer_signature(s->builder, s->report, c, &one->condition, one->text);
}

static int offer_indicator(struct stix2 *s, const struct tree_node *indicator)
{
	struct span language = tree_span(indicator, "pattern_type");
	struct span text = tree_span(indicator, "pattern");
	_cleanup_(stix_pattern_done) struct stix_pattern pattern = {.text = NULL};
	struct stix_error error;
	int r;

	if (stix_bundle_is_old(&s->bundle, indicator))
		return refuse(s, indicator, why_old);
	if (language.bytes && !span_is(language, "stix"))
		return refuse(s, indicator, why_language);
	if (!text.bytes)
		return refuse(s, indicator, why_no_pattern);
	if (is_signature(own_of(indicator)))
		return offer_signature(s, indicator);
	r = stix_pattern_parse(&pattern, text.at, text.bytes, &error);
	if (r < 0)
		return r == -EBADMSG ? refuse(s, indicator, error.why) : r;
	read_judged(s, indicator);
	return stix_values(&pattern, on_value, s);
}

static int offer(struct stix2 *s, const struct tree_node *object, struct span value,
	enum value_column column)
{
	struct candidate c = s->candidate;

	c.value = value;
	c.column = column;
	c.line = object->line;
	return builder_offer(s->builder, s->report, &c);
}

static int offer_certificate(struct stix2 *s, const struct tree_node *object)
{
	int r = 0;

	tree_each (hash, tree_get(object, "hashes")) {
		if (r == 0)
			r = offer(s, object, node_span(hash), COLUMN_CERT);
	}
	return r;
}

/* Addresses and names that traffic had to do with are objects of their own. */
static int offer_user_agent(struct stix2 *s, const struct tree_node *object)
{
	const struct tree_node *header = tree_path(
		object, "extensions/http-request-ext/request_header/User-Agent");

	if (header && header->kind == TREE_LIST)
		header = header->first;
	return header ? offer(s, object, node_span(header), COLUMN_USER_AGENT) : 0;
}

/* Says of the candidate what s->candidate has, but for the value. */
static int offer_observable(struct stix2 *s, const struct tree_node *object)
{
	struct span type = tree_span(object, "type");

	for (size_t i = 0; i < ARRAY_LEN(observables); i++) {
		if (span_is(type, observables[i].type))
			return offer(s, object, tree_span(object, observables[i].property),
				observables[i].column);
	}
	for (size_t i = 0; i < ARRAY_LEN(no_indicators); i++) {
		if (span_is(type, no_indicators[i].type))
			builder_refuse(s->report, object->line, no_indicators[i].why);
	}
	if (span_is(type, "x509-certificate"))
		return offer_certificate(s, object);
	if (span_is(type, "network-traffic"))
		return offer_user_agent(s, object);
	return 0;
}

/* In 2.0 observables are members of what was observed. */
static int offer_observed(struct stix2 *s, const struct tree_node *observed)
{
	int r = 0;

	set(&s->candidate.first_seen, tree_span(observed, "first_observed"));
	set_later(&s->candidate.last_confirmed, tree_span(observed, "last_observed"));
	tree_each (object, tree_get(observed, "objects")) {
		if (r == 0)
			r = offer_observable(s, object);
	}
	return r;
}

static int offer_other(struct stix2 *s, const struct tree_node *object)
{
	struct span type = tree_span(object, "type");

	read_about(s, object);
	s->candidate.not_for_detection = s->has_indicators;
	if (span_is(type, "observed-data"))
		return offer_observed(s, object);
	if (!span_is(type, "channel"))
		return offer_observable(s, object);
	s->candidate.advice = ADVICE_NOT_AN_INDICATOR;
	s->candidate.why = why_channel;
	return offer(s, object, tree_span(object, "name"), COLUMN_ANY);
}

static bool is_indicator(const struct tree_node *object)
{
	return span_is(tree_span(object, "type"), "indicator");
}

static int offer_indicators(struct stix2 *s, const struct tree_node *list, bool revoked)
{
	int r = 0;

	tree_each (object, list) {
		if (r < 0 || !is_indicator(object) || tree_true(object, "revoked") != revoked)
			continue;
		s->has_indicators = true;
		r = offer_indicator(s, object);
	}
	return r;
}

/* Of what is there twice the first one is kept: what is valid, then what is not any more, then what
 * was only seen. */
static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	const struct tree_node *list = list_of(d);
	struct stix2 s = {.builder = b, .report = report};
	int r;

	if (!list && !recognise(d)) {
		builder_break(report, 1, "it has no objects of STIX 2");
		return 0;
	}
	r = stix_bundle_init(&s.bundle, list);
	if (r < 0)
		return r;
	r = offer_indicators(&s, list, false);
	if (r == 0)
		r = offer_indicators(&s, list, true);
	tree_each (object, list) {
		if (r == 0 && !is_indicator(object))
			r = offer_other(&s, object);
	}
	stix_bundle_done(&s.bundle);
	free(s.signature);
	return r;
}

const struct format stix2_format = {
	.name = "stix2",
	.summary = "STIX 2.1 and 2.0 bundles (OASIS, OpenCTI, TAXII): patterns and observables",
	.recognise = recognise,
	.load = load,
};
