/* SPDX-License-Identifier: Apache-2.0 */
/* STIX 1.0 to 1.2 in XML (stixproject.github.io, data model) with the objects of CybOX 1 and 2,
 * alone or inside a message of TAXII 1. Elements are found by their local names. What an indicator
 * names by idref is read as if it stood there; what is left of the package's observables is read
 * after the indicators, with what the package says of itself. */
#include <errno.h>

#include "base/cleanup.h"
#include "signatures/cybox.h"
#include "signatures/format.h"
#include "signatures/span.h"
#include "signatures/tree_feed.h"

#define RECOGNISE_NODES_MAX 4096
#define IDREFS_MAX          8 /* one behind the other: the stack is that times the tree's depth */
#define STEPS_PER_NODE      4 /* how often a node is looked at, references included */
#define STEPS_MORE          1024

static const char why_negated[] = "it says what it is not";
static const char why_missing[] = "a reference to what is not in the file";
static const char why_event[] = "an event, not what is seen of it";
static const char why_sighting[] = "what was seen with an indicator, or its victim";
static const char why_related[] = "only related to what its source indicates";

struct entry {
	const char *id;
	const struct tree_node *node;
	bool referenced; /* read where it is referred to */
	bool offered;    /* its values are with the builder */
};

struct stix {
	struct builder *builder;
	struct import_report *report;
	struct entry *entries; /* by id */
	size_t entry_count;
	uint64_t steps_left;
};

/* What is said of all below an element; handed down by value. */
struct about {
	struct candidate candidate;
	const char *refused; /* constant; NULL: it is not */
	unsigned idrefs;
};

static const struct tree_node *next_node(const struct tree_node *n)
{
	if (n->first)
		return n->first;
	while (n && !n->next)
		n = n->parent;
	return n ? n->next : NULL;
}

static bool is_package(const struct tree_node *n)
{
	return tree_is(n, "STIX_Package") || tree_is(n, "Package");
}

static unsigned recognise(const struct document *d)
{
	const struct tree_node *root = document_root(d, SYNTAX_XML);
	size_t nodes = 0;

	if (tree_is(root, "STIX_Package"))
		return 95;
	if (tree_is(root, "Observables") && tree_get(root, "@cybox_major_version"))
		return 90;
	for (const struct tree_node *n = root; n && nodes < RECOGNISE_NODES_MAX; n = next_node(n)) {
		if (tree_is(n, "STIX_Package"))
			return 80;
		nodes++;
	}
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->id, ((const struct entry *)b)->id);
}

static struct entry *find(const struct stix *s, const struct tree_node *n, const char *attribute)
{
	struct entry key = {.id = tree_text(n, attribute, NULL)};

	if (!key.id || !s->entry_count)
		return NULL;
	return bsearch(&key, s->entries, s->entry_count, sizeof(key), compare_entries);
}

static bool has_id(const struct tree_node *n)
{
	return (tree_is(n, "Observable") || tree_is(n, "Object") || tree_is(n, "Indicator") ||
		       tree_is(n, "Campaign")) &&
	       tree_text(n, "@id", NULL);
}

/* An indicator that is part of another one must not be used alone; that one is only related to
 * another changes nothing. */
static bool takes_part(const struct tree_node *n)
{
	return tree_get(n, "@idref") &&
	       (tree_is(n, "Observable") || tree_is(n, "Object") ||
		       (tree_is(n, "Indicator") && n->parent &&
			       tree_is(n->parent, "Composite_Indicator_Expression")));
}

static int make_index(struct stix *s, const struct tree_node *root)
{
	size_t nodes = 0, count = 0;

	for (const struct tree_node *n = root; n; n = next_node(n)) {
		count += has_id(n);
		nodes++;
	}
	s->steps_left = STEPS_PER_NODE * nodes + STEPS_MORE;
	s->entries = calloc(count + 1, sizeof(*s->entries));
	if (!s->entries)
		return -ENOMEM;
	for (const struct tree_node *n = root; n; n = next_node(n)) {
		if (has_id(n))
			s->entries[s->entry_count++] = (struct entry){
				.id = tree_text(n, "@id", NULL), .node = n};
	}
	if (count)
		qsort(s->entries, count, sizeof(*s->entries), compare_entries);
	for (const struct tree_node *n = root; n; n = next_node(n)) {
		struct entry *entry = takes_part(n) ? find(s, n, "@idref") : NULL;

		if (entry)
			entry->referenced = true;
	}
	return 0;
}

/* False when there is more to follow than a file that was made in earnest has. */
static bool step(struct stix *s, const struct tree_node *n, uint64_t steps)
{
	if (s->steps_left >= steps) {
		s->steps_left -= steps;
		return true;
	}
	s->steps_left = 0;
	if (!s->report->broken_line)
		builder_break(s->report, n->line, "more references than are followed");
	return false;
}

/* What it costs to look through an element, which may be done for each reference to it. */
static uint64_t count_children(const struct tree_node *n)
{
	uint64_t count = 1;

	tree_each (child, n)
		count++;
	return count;
}

/* ---- what is said of values */

static struct span either(struct span said, struct span otherwise)
{
	return said.bytes ? said : otherwise;
}

static void read_markings(struct candidate *c, const struct tree_node *handling)
{
	tree_each (marking, handling) {
		tree_each (structure, marking) {
			if (!tree_is(structure, "Marking_Structure"))
				continue;
			c->tlp = either(tree_attribute(structure, "@color"), c->tlp);
			c->licence = either(
				tree_span_trimmed(structure, "Terms_Of_Use"), c->licence);
		}
	}
}

/* Producer of an indicator, Information_Source of a package. */
static void read_source(struct candidate *c, const struct tree_node *source)
{
	c->reference = either(
		span_trim(node_span(tree_path(source, "References/Reference"))), c->reference);
	c->published = either(
		span_trim(node_span(tree_path(source, "Time/Produced_Time"))), c->published);
}

static struct span name_of_campaign(struct stix *s, const struct tree_node *campaign)
{
	const struct entry *entry = find(s, campaign, "@idref");
	struct span name = {"", 0};

	if (entry && tree_is(entry->node, "Campaign"))
		campaign = entry->node;
	if (!s->steps_left || (campaign && !step(s, campaign, count_children(campaign))))
		return name;
	name = span_trim(node_span(tree_path(campaign, "Names/Name")));
	return either(name, tree_span_trimmed(campaign, "Title"));
}

static void read_package(struct stix *s, struct about *about, const struct tree_node *package)
{
	const struct tree_node *header = tree_get(package, "STIX_Header");
	const struct tree_node *campaigns = tree_get(package, "Campaigns");
	const struct tree_node *campaign = tree_get(campaigns, "Campaign");
	struct candidate *c = &about->candidate;
	unsigned count = 0;

	c->context = either(tree_span_trimmed(header, "Title"), c->context);
	c->published = either(tree_attribute(package, "@timestamp"), c->published);
	read_markings(c, tree_get(header, "Handling"));
	read_source(c, tree_get(header, "Information_Source"));
	tree_each (child, campaigns)
		count += tree_is(child, "Campaign");
	if (count == 1)
		c->campaign = either(name_of_campaign(s, campaign), c->campaign);
}

/* MISP writes its mark "for detection" as confidence, High or None, and says so. */
static void read_confidence(struct candidate *c, const struct tree_node *confidence)
{
	struct span value = tree_span_trimmed(confidence, "Value");

	if (span_begins(
		    tree_span_trimmed(confidence, "Description"), "Derived from MISP's IDS flag"))
		c->not_for_detection = span_is(value, "None");
	else if (value.bytes)
		c->confidence = span_confidence(value);
}

static void read_indicator(struct stix *s, struct about *about, const struct tree_node *indicator)
{
	struct candidate *c = &about->candidate;
	const struct tree_node *valid = tree_get(indicator, "Valid_Time_Position");
	const struct tree_node *campaign = tree_path(
		indicator, "Related_Campaigns/Related_Campaign/Campaign");
	struct span sighted = tree_attribute(
		tree_path(indicator, "Sightings/Sighting"), "@timestamp");

	c->context = either(tree_span_trimmed(indicator, "Title"),
		either(tree_span_trimmed(indicator, "Description"), c->context));
	c->published = either(tree_attribute(indicator, "@timestamp"), c->published);
	c->first_seen = either(tree_span_trimmed(valid, "Start_Time"), c->first_seen);
	c->expires = either(tree_span_trimmed(valid, "End_Time"), c->expires);
	c->last_confirmed = either(sighted, c->last_confirmed);
	c->campaign = either(name_of_campaign(s, campaign), c->campaign);
	read_confidence(c, tree_get(indicator, "Confidence"));
	read_markings(c, tree_get(indicator, "Handling"));
	read_source(c, tree_get(indicator, "Producer"));
}

/* ---- what has to hold together */

static bool is_negated(const struct tree_node *n)
{
	struct span negate = tree_attribute(n, "@negate");

	return span_is(negate, "true") || span_is(negate, "1");
}

static uint64_t count_below(const struct tree_node *root)
{
	uint64_t count = 0;

	for (const struct tree_node *n = root; n; count++) {
		if (n->first) {
			n = n->first;
			continue;
		}
		while (n != root && !n->next)
			n = n->parent;
		n = n == root ? NULL : n->next;
	}
	return count;
}

static bool is_or(const struct tree_node *composition)
{
	return span_is(tree_attribute(composition, "@operator"), "OR");
}

static unsigned count_of(const struct tree_node *n, const char *name)
{
	unsigned count = 0;

	tree_each (child, n)
		count += tree_is(child, name);
	return count;
}

/* What an element refers to, or itself; NULL: it is not there. */
static const struct tree_node *resolve(const struct stix *s, const struct tree_node *n)
{
	const struct entry *entry;

	if (!tree_get(n, "@idref"))
		return n;
	entry = find(s, n, "@idref");
	return entry ? entry->node : NULL;
}

static void add_other(struct conjunction *c, const struct tree_node *n, const char *why)
{
	conjunction_add(c, &(struct part){PART_OTHER, .line = n ? n->line : 0, .why = why});
}

/* The properties of the object of an observable, where there are any and steps are left. */
static const struct tree_node *properties_of(struct stix *s, const struct tree_node *observable)
{
	const struct tree_node *object = tree_get(observable, "Object"), *properties;

	object = object ? resolve(s, object) : NULL;
	if (!object || !step(s, object, count_children(object)))
		return NULL;
	properties = tree_get(object, "Properties");
	if (!properties)
		properties = tree_get(object, "Defined_Object");
	return properties && step(s, properties, count_below(properties)) ? properties : NULL;
}

/* An observable or an indicator and what it is made of. `idrefs` bounds how deep it goes together
 * with the depth of the tree. */
static void collect(
	struct stix *s, struct conjunction *c, const struct tree_node *n, unsigned idrefs)
{
	const struct tree_node *composition, *properties;

	if (!step(s, n, 1))
		return;
	idrefs += tree_get(n, "@idref") != NULL;
	composition = resolve(s, n);
	if (!composition || idrefs > IDREFS_MAX) {
		add_other(c, n, why_missing);
		return;
	}
	n = composition;
	if (!step(s, n, count_children(n)))
		return;
	properties = properties_of(s, n);
	if (is_negated(n))
		add_other(c, n, why_negated);
	if (properties)
		cybox_properties(c, properties);
	if (tree_get(n, "Event"))
		add_other(c, n, why_event);
	composition = tree_get(n, "Observable_Composition");
	if (!composition)
		composition = tree_get(n, "Composite_Indicator_Expression");
	if (composition && is_or(composition) && composition->first &&
		count_of(composition, "Observable") + count_of(composition, "Indicator") > 1)
		add_other(c, composition, conjunction_dropped);
	tree_each (child, composition) {
		if (tree_is(child, "Observable") || tree_is(child, "Indicator"))
			collect(s, c, child, idrefs);
	}
	if (tree_get(n, "Observable"))
		collect(s, c, tree_get(n, "Observable"), idrefs);
}

static int offer(struct stix *s, const struct conjunction *c, const struct about *about)
{
	if (!about->refused)
		return conjunction_offer(c, &about->candidate, s->builder, s->report);
	conjunction_refuse(c, about->refused, s->report);
	return 0;
}

/* ---- the way through the document */

static int walk(struct stix *s, const struct tree_node *n, struct about about);

/* Objects that are named beside the one that is looked for, such as what a name resolves to. */
static int walk_related(struct stix *s, const struct tree_node *object, struct about about)
{
	const struct tree_node *related = tree_get(object, "Related_Objects");
	int r = 0;

	about.candidate.advice = ADVICE_REVIEW;
	about.candidate.why = why_related;
	tree_each (child, related) {
		const struct tree_node *properties = tree_get(child, "Properties");
		struct conjunction c = {.count = 0};

		if (!properties || !step(s, child, 1))
			continue;
		cybox_properties(&c, properties);
		r = offer(s, &c, &about);
		if (r < 0)
			return r;
	}
	return r;
}

/* Each child alone where it is a choice, all together where they have to hold together. */
static int walk_composition(struct stix *s, const struct tree_node *owner,
	const struct tree_node *composition, const char *member, const struct about *about)
{
	struct conjunction c = {.count = 0};
	int r = 0;

	if (!is_or(composition) && count_of(composition, member) > 1) {
		collect(s, &c, owner, 0);
		return offer(s, &c, about);
	}
	tree_each (child, composition) {
		if (r == 0 && tree_is(child, member))
			r = walk(s, child, *about);
	}
	return r;
}

static int walk_observable(struct stix *s, const struct tree_node *n, struct about about)
{
	const struct tree_node *composition = tree_get(n, "Observable_Composition");
	const struct tree_node *object = tree_get(n, "Object");
	struct conjunction c = {.count = 0};
	int r;

	about.candidate.context = either(about.candidate.context, tree_span_trimmed(n, "Title"));
	if (composition && !is_negated(n))
		return walk_composition(s, n, composition, "Observable", &about);
	collect(s, &c, n, about.idrefs);
	r = offer(s, &c, &about);
	if (r == 0 && object && !tree_get(object, "@idref") && !is_negated(n))
		r = walk_related(s, object, about);
	return r;
}

static int walk_indicator(struct stix *s, const struct tree_node *n, struct about about)
{
	const struct tree_node *composition = tree_get(n, "Composite_Indicator_Expression");
	struct conjunction c = {.count = 0};
	int r = 0;

	read_indicator(s, &about, n);
	if (is_negated(n)) {
		collect(s, &c, n, about.idrefs);
		return offer(s, &c, &about);
	}
	if (composition)
		return walk_composition(s, n, composition, "Indicator", &about);
	tree_each (child, n) {
		if (r == 0 && *child->name != '@')
			r = walk(s, child, about);
	}
	return r;
}

/* Follows the reference; what was read before is not read again. */
static int walk_member(struct stix *s, const struct tree_node *n, struct about about)
{
	struct entry *entry = find(s, n, tree_get(n, "@idref") ? "@idref" : "@id");

	if (tree_get(n, "@idref")) {
		if (!entry || ++about.idrefs > IDREFS_MAX) {
			builder_refuse(s->report, n->line, why_missing);
			return 0;
		}
		n = entry->node;
	}
	if (entry && entry->node == n) {
		if (entry->offered)
			return 0;
		entry->offered = !about.refused;
	}
	return tree_is(n, "Indicator")    ? walk_indicator(s, n, about)
	       : tree_is(n, "Observable") ? walk_observable(s, n, about)
					  : 0;
}

static bool is_of_victim(const struct tree_node *n)
{
	return tree_is(n, "Sightings") || tree_is(n, "Affected_Assets") || tree_is(n, "Victim") ||
	       tree_is(n, "Victim_Targeting");
}

/* Read where it is referred to, or only a relation. */
static bool is_read_elsewhere(const struct stix *s, const struct tree_node *n)
{
	bool is_reference = tree_get(n, "@idref") != NULL;
	const struct entry *entry = is_reference ? NULL : find(s, n, "@id");

	if (tree_is(n, "Indicator"))
		return (is_reference && n->parent && tree_is(n->parent, "Related_Indicator")) ||
		       (entry && entry->node == n && entry->referenced);
	return entry && entry->node == n && entry->referenced && n->parent &&
	       tree_is(n->parent, "Observables");
}

static int walk(struct stix *s, const struct tree_node *n, struct about about)
{
	int r = 0;

	if (!step(s, n, 1))
		return 0;
	if (tree_is(n, "Observable") || tree_is(n, "Indicator"))
		return walk_member(s, n, about);
	if (is_package(n))
		read_package(s, &about, n);
	if (tree_is(n, "Incident") || tree_is(n, "TTP") || tree_is(n, "Campaign"))
		about.candidate.context = either(
			tree_span_trimmed(n, "Title"), about.candidate.context);
	if (tree_is(n, "Campaign"))
		about.candidate.campaign = either(name_of_campaign(s, n), about.candidate.campaign);
	if (is_of_victim(n))
		about.refused = why_sighting;
	tree_each (child, n) {
		if (*child->name == '@' || tree_is(child, "Observables") ||
			is_read_elsewhere(s, child))
			continue;
		r = walk(s, child, about);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The observables of the package itself, which no indicator refers to. */
static int walk_observables(struct stix *s, const struct tree_node *observables)
{
	struct about about = {.refused = NULL};
	int r = 0;

	for (const struct tree_node *n = observables->parent; n; n = n->parent) {
		if (!is_package(n))
			continue;
		if (!s->steps_left || !step(s, n, count_children(n)))
			return 0;
		read_package(s, &about, n);
		break;
	}
	tree_each (child, observables) {
		if (r == 0 && tree_is(child, "Observable") && !is_read_elsewhere(s, child))
			r = walk(s, child, about);
	}
	return r;
}

static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	const struct tree_node *root = document_root(d, SYNTAX_XML);
	struct stix s = {.builder = b, .report = report};
	int r;

	if (!root) {
		builder_break(report, 1, "not XML");
		return 0;
	}
	r = make_index(&s, root);
	if (r == 0 && !tree_is(root, "Observables"))
		r = walk(&s, root, (struct about){.refused = NULL});
	for (const struct tree_node *n = root; r == 0 && n; n = next_node(n)) {
		if (tree_is(n, "Observables"))
			r = walk_observables(&s, n);
	}
	free(s.entries);
	return r;
}

const struct format stix1_format = {
	.name = "stix1",
	.summary = "STIX 1.0 to 1.2 and CybOX in XML, also inside TAXII 1",
	.recognise = recognise,
	.load = load,
};
