/* SPDX-License-Identifier: Apache-2.0 */
/* Two passes: objects by their ids, then who refers to whom, as sorted tables. */
#include "signatures/stix_bundle.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "base/cleanup.h"
#include "signatures/tlp.h"

static const struct {
	const char *type;
	enum stix_kind kind;
} kinds[] = {
	{"campaign", STIX_CAMPAIGN},
	{"intrusion-set", STIX_INTRUSION_SET},
	{"threat-actor", STIX_THREAT_ACTOR},
	{"report", STIX_REPORT},
	{"grouping", STIX_REPORT},
	{"observed-data", STIX_SEEN},
	{"sighting", STIX_SEEN},
	{"attack-pattern", STIX_TECHNIQUE},
	{"marking-definition", STIX_MARKING},
	{"indicator", STIX_INDICATOR},
	{"identity", STIX_IDENTITY},
};

/* The definitions of TLP 2.0 that OASIS published beside STIX 2.1, whose own are those of TLP 1. */
static const struct {
	const char *uuid, *name;
} later_markings[] = {
	{"94868c89-83c2-464b-929b-a1a8aa3c8487", "TLP:CLEAR"},
	{"bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "TLP:GREEN"},
	{"55d920b0-5e8b-4f79-9ee9-91f868d9b421", "TLP:AMBER"},
	{"939a9414-2ddd-4d32-a0cd-375ea402b003", "TLP:AMBER+STRICT"},
	{"e828b379-4e03-4974-9ac4-e53a884c97c1", "TLP:RED"},
};

struct span stix_tlp(struct span id)
{
	static const char prefix[] = "marking-definition--";
	const size_t bytes = sizeof(prefix) - 1;

	if (id.bytes < bytes || memcmp(id.at, prefix, bytes) != 0)
		return span_of("");
	id = (struct span){id.at + bytes, id.bytes - bytes};
	for (const struct tlp_marking *m = tlp_markings; m->name; m++) {
		if (span_is(id, m->uuid))
			return span_of(m->name);
	}
	for (size_t i = 0; i < ARRAY_LEN(later_markings); i++) {
		if (span_is(id, later_markings[i].uuid))
			return span_of(later_markings[i].name);
	}
	return span_of("");
}

struct span stix_reference(const struct tree_node *object)
{
	tree_each (reference, tree_get(object, "external_references")) {
		struct span url = tree_span(reference, "url");

		if (url.bytes)
			return url;
	}
	return span_of("");
}

static enum stix_kind kind_of(const struct tree_node *object)
{
	struct span type = tree_span(object, "type");

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (span_is(type, kinds[i].type))
			return kinds[i].kind;
	}
	return STIX_KINDS;
}

/* An id that disarm_add() would take. */
static struct span technique_of(const struct tree_node *object)
{
	tree_each (reference, tree_get(object, "external_references")) {
		struct span id = tree_span(reference, "external_id");
		struct disarm_ids ids = {.bytes = 0};

		if (id.bytes && id.bytes < DISARM_IDS_BYTES)
			disarm_add(&ids, id);
		if (ids.bytes)
			return id;
	}
	return tree_span(object, "x_mitre_id");
}

static void read_marking(struct stix_object *to, const struct tree_node *marking)
{
	const struct tree_node *definition = tree_get(marking, "definition");
	struct span name = tree_span(marking, "name");

	to->licence = tree_span(definition, "statement");
	if (name.bytes > 4 && strncasecmp(name.at, "TLP:", 4) == 0)
		to->tlp = name;
	else if (!stix_tlp(tree_span(marking, "id")).bytes)
		to->tlp = tree_span(definition, "tlp");
}

static struct stix_object read_object(const struct tree_node *n, enum stix_kind kind)
{
	struct stix_object o = {.kind = kind, .name = tree_span(n, "name")};

	switch (kind) {
	case STIX_REPORT:
		o.reference = stix_reference(n);
		o.begin = tree_span(n, "published");
		if (!o.begin.bytes)
			o.begin = tree_span(n, "created");
		break;
	case STIX_SEEN:
		o.begin = tree_span(n, "first_observed");
		o.end = tree_span(n, "last_observed");
		if (!o.begin.bytes)
			o.begin = tree_span(n, "first_seen");
		if (!o.end.bytes)
			o.end = tree_span(n, "last_seen");
		break;
	case STIX_TECHNIQUE:
		o.technique = technique_of(n);
		break;
	case STIX_MARKING:
		read_marking(&o, n);
		break;
	case STIX_INDICATOR:
		o.end = tree_span(n, "modified");
		break;
	case STIX_CAMPAIGN:
	case STIX_INTRUSION_SET:
	case STIX_THREAT_ACTOR:
	case STIX_IDENTITY:
	case STIX_KINDS:
		break;
	}
	return o;
}

/* Room for one more. */
static int grow(void *array, size_t count, size_t *size, size_t item_bytes)
{
	size_t more = *size ? 2 * *size : 64;
	void *bigger;

	if (count < *size)
		return 0;
	bigger = reallocarray(*(void **)array, more, item_bytes);
	if (!bigger)
		return -ENOMEM;
	*(void **)array = bigger;
	*size = more;
	return 0;
}

static int add_object(struct stix_bundle *b, const struct tree_node *n, enum stix_kind kind)
{
	struct span id = tree_span(n, "id");

	if (grow(&b->objects, b->object_count, &b->object_size, sizeof(*b->objects)) < 0 ||
		grow(&b->ids, b->id_count, &b->id_size, sizeof(*b->ids)) < 0)
		return -ENOMEM;
	b->objects[b->object_count] = read_object(n, kind);
	b->ids[b->id_count++] = (struct stix_link){
		.id = id.bytes ? id.at : "", .object = (uint32_t)b->object_count++};
	return 0;
}

static int add_link(struct stix_bundle *b, struct span from, uint32_t object)
{
	if (!from.bytes)
		return 0;
	if (grow(&b->links, b->link_count, &b->link_size, sizeof(*b->links)) < 0)
		return -ENOMEM;
	b->links[b->link_count++] = (struct stix_link){.id = from.at, .object = object};
	return 0;
}

static int compare_links(const void *a, const void *b)
{
	const struct stix_link *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	return order ? order : x->object < y->object ? -1 : x->object > y->object;
}

static void sort(struct stix_link *links, size_t count)
{
	if (count)
		qsort(links, count, sizeof(*links), compare_links);
}

/* The first one of that id and how many there are, as far as anybody looks. */
static const struct stix_link *find(
	const struct stix_link *links, size_t count, struct span id, size_t *ret_count)
{
	size_t low = 0, high = count, end;

	*ret_count = 0;
	if (!id.bytes)
		return NULL;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(links[middle].id, id.at) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < count && *ret_count < STIX_LINKS_MAX; end++) {
		if (strcmp(links[end].id, id.at) != 0)
			break;
		(*ret_count)++;
	}
	return *ret_count ? &links[low] : NULL;
}

static int link_relationship(struct stix_bundle *b, const struct tree_node *n)
{
	struct span ends[] = {tree_span(n, "source_ref"), tree_span(n, "target_ref")};
	int r = 0;

	if (tree_true(n, "revoked"))
		return 0;
	for (size_t i = 0; i < 2 && r == 0; i++) {
		size_t count;
		const struct stix_link *other = find(b->ids, b->id_count, ends[1 - i], &count);

		if (other && b->objects[other->object].kind != STIX_INDICATOR)
			r = add_link(b, ends[i], other->object);
	}
	return r;
}

static int link_references(struct stix_bundle *b, const struct tree_node *n, uint32_t object)
{
	int r = add_link(b, tree_span(n, "sighting_of_ref"), object);

	tree_each (reference, tree_get(n, "object_refs")) {
		if (r == 0)
			r = add_link(b, node_span(reference), object);
	}
	return r;
}

static int link_all(struct stix_bundle *b, const struct tree_node *list)
{
	uint32_t object = 0;
	int r = 0;

	sort(b->ids, b->id_count);
	tree_each (n, list) {
		enum stix_kind kind = kind_of(n);

		if (kind == STIX_REPORT || kind == STIX_SEEN)
			r = link_references(b, n, object);
		else if (span_is(tree_span(n, "type"), "relationship"))
			r = link_relationship(b, n);
		if (r < 0)
			return r;
		object += kind != STIX_KINDS;
	}
	sort(b->links, b->link_count);
	return 0;
}

int stix_bundle_init(struct stix_bundle *b, const struct tree_node *list)
{
	int r = 0;

	*b = (struct stix_bundle){.objects = NULL};
	tree_each (n, list) {
		enum stix_kind kind = kind_of(n);

		if (kind != STIX_KINDS)
			r = add_object(b, n, kind);
		if (r < 0)
			break;
	}
	if (r == 0)
		r = link_all(b, list);
	if (r < 0)
		stix_bundle_done(b);
	return r;
}

void stix_bundle_done(struct stix_bundle *b)
{
	free(b->objects);
	free(b->ids);
	free(b->links);
	*b = (struct stix_bundle){.objects = NULL};
}

/* Dates of STIX are all written alike. */
bool stix_bundle_is_old(const struct stix_bundle *b, const struct tree_node *indicator)
{
	struct span own = tree_span(indicator, "modified");
	size_t count;
	const struct stix_link *same = find(
		b->ids, b->id_count, tree_span(indicator, "id"), &count);

	for (size_t i = 0; i < count; i++) {
		struct span other = b->objects[same[i].object].end;

		if (own.bytes && other.bytes && strcmp(own.at, other.at) < 0)
			return true;
	}
	return false;
}

const struct stix_object *stix_bundle_object(const struct stix_bundle *b, struct span id)
{
	size_t count;
	const struct stix_link *found = find(b->ids, b->id_count, id, &count);

	return found ? &b->objects[found->object] : NULL;
}

const struct stix_link *stix_bundle_links(
	const struct stix_bundle *b, struct span id, size_t *ret_count)
{
	return find(b->links, b->link_count, id, ret_count);
}

struct span stix_bundle_author(const struct stix_bundle *b, const struct tree_node *object)
{
	const struct stix_object *author = stix_bundle_object(
		b, tree_span(object, "created_by_ref"));

	return author && author->kind == STIX_IDENTITY ? author->name : span_of("");
}
