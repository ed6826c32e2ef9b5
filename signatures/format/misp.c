/* SPDX-License-Identifier: Apache-2.0 */
/* MISP: events as MISP exports them (https://www.misp-standard.org, MISP core format), alone, in a
 * `response` or as a list; and the rest of what lies in a feed of MISP: its index (manifest.json,
 * hashes.csv) has no indicators; a warninglist says what is none, and galaxies name what there is
 * in the world: these two are refused as a whole. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "signatures/format.h"
#include "signatures/said.h"
#include "signatures/span.h"
#include "signatures/tree_feed.h"

#define ROW_BYTES_MAX 320 /* of an address or name with a port */

static const char why_type[] = "of a type of MISP that a network does not show";
static const char why_hash[] = "the hash of a file";
static const char why_email[] = "an e-mail address";
static const char why_note[] = "a note";
static const char why_half[] = "half of the value is missing";
static const char why_deleted[] = "its source has deleted it";
static const char why_link[] = "a link to what was written about it";
static const char why_proposal[] = "a proposal that the event's owner has not accepted";
static const char why_warninglist[] =
	"a warninglist of MISP, which says what is no indicator: give it with --warninglists";
static const char why_galaxy[] =
	"a galaxy of MISP, which describes the world and has no indicators";

enum form {
	FORM_VALUE,
	FORM_LINK,  /* a URL that may be what was written about the event */
	FORM_FIRST, /* of two halves the second is a condition that we cannot match */
	FORM_ADDRESS_PORT,
};

static const struct {
	const char *type;
	enum form form;
	enum value_column column;
} types[] = {
	{"domain", FORM_VALUE, COLUMN_ANY},
	{"hostname", FORM_VALUE, COLUMN_ANY},
	{"onion-address", FORM_VALUE, COLUMN_ANY},
	{"domain|ip", FORM_FIRST, COLUMN_ANY},
	{"hostname|port", FORM_FIRST, COLUMN_ANY},
	{"ip-dst", FORM_VALUE, COLUMN_ANY},
	{"ip-src", FORM_VALUE, COLUMN_ANY},
	{"ip", FORM_VALUE, COLUMN_ANY},
	{"ip-dst|port", FORM_ADDRESS_PORT, COLUMN_ANY},
	{"ip-src|port", FORM_ADDRESS_PORT, COLUMN_ANY},
	{"ip|port", FORM_ADDRESS_PORT, COLUMN_ANY},
	{"url", FORM_VALUE, COLUMN_ANY},
	{"uri", FORM_VALUE, COLUMN_ANY},
	{"link", FORM_LINK, COLUMN_ANY},
	{"AS", FORM_VALUE, COLUMN_ASN},
	{"x509-fingerprint-md5", FORM_VALUE, COLUMN_CERT},
	{"x509-fingerprint-sha1", FORM_VALUE, COLUMN_CERT},
	{"x509-fingerprint-sha256", FORM_VALUE, COLUMN_CERT},
	{"ja3-fingerprint-md5", FORM_VALUE, COLUMN_JA3},
	{"ja4-fingerprint", FORM_VALUE, COLUMN_ANY},
	{"user-agent", FORM_VALUE, COLUMN_USER_AGENT},
};

/* Why others are refused; the end of a type's name is enough, and what is in none is why_type. */
static const struct {
	const char *ending, *why;
} others[] = {
	{"md5", why_hash},
	{"sha1", why_hash},
	{"sha224", why_hash},
	{"sha256", why_hash},
	{"sha384", why_hash},
	{"sha512", why_hash},
	{"sha512/224", why_hash},
	{"sha512/256", why_hash},
	{"sha3-224", why_hash},
	{"sha3-256", why_hash},
	{"sha3-384", why_hash},
	{"sha3-512", why_hash},
	{"ssdeep", why_hash},
	{"imphash", why_hash},
	{"impfuzzy", why_hash},
	{"pehash", why_hash},
	{"vhash", why_hash},
	{"tlsh", why_hash},
	{"telfhash", why_hash},
	{"authentihash", why_hash},
	{"cdhash", why_hash},
	{"malware-sample", why_hash},
	{"email", why_email},
	{"email-src", why_email},
	{"email-dst", why_email},
	{"email-reply-to", why_email},
	{"text", why_note},
	{"comment", why_note},
	{"other", why_note},
};

/* Texts by their key; NULL: not said. */
struct own_tags {
	struct span said[SAID_KEYS];
	bool is_ours; /* SAID_MISP_OURS */
};

struct misp {
	struct builder *builder;
	struct import_report *report;

	/* what the event says of all that is in it */
	struct span campaign, source, published, tlp, reference;
	struct own_tags own;
	struct disarm_ids disarm;
	bool is_deleted; /* the object whose attributes are read */
};

/* Also the tags of an event of before 2017: EventTag[].Tag */
static struct span tag_name(const struct tree_node *tag)
{
	struct span name = tree_span(tag, "name");

	return name.bytes ? name : node_span(tree_path(tag, "Tag/name"));
}

static void read_tags(const struct tree_node *tags, struct span *tlp, struct disarm_ids *disarm)
{
	tree_each (tag, tags) {
		struct span name = tag_name(tag);

		if (span_begins(name, SAID_MISP_TAG))
			continue;
		if (!tlp->bytes && name.bytes > 4 && strncasecmp(name.at, "tlp:", 4) == 0)
			*tlp = name;
		if (name.bytes && memmem(name.at, name.bytes, "disarm", 6))
			disarm_add(disarm, name);
	}
}

/* What our own export says in tags, kukla:KEY="VALUE": the last of each key. */
static void read_own(struct own_tags *to, const struct tree_node *tags)
{
	static const char prefix[] = SAID_MISP_TAG;
	struct candidate unused;

	tree_each (tag, tags) {
		struct span text = tag_name(tag), key;

		if (text.bytes < sizeof(prefix) || memcmp(text.at, prefix, sizeof(prefix) - 1) != 0)
			continue;
		to->is_ours |= span_is(text, SAID_MISP_OURS);
		text = span_from(text, sizeof(prefix) - 1);
		key = span_cut(&text, '=');
		if (text.bytes < 2 || *text.at != '"' || text.at[text.bytes - 1] != '"')
			continue;
		text = (struct span){text.at + 1, text.bytes - 2};
		if (!said_read(&unused, key, text))
			to->said[said_find(key)] = text;
	}
}

static void say_own(struct candidate *c, const struct own_tags *own)
{
	for (enum said i = 0; i < SAID_KEYS; i++) {
		if (own->said[i].at)
			(void)said_read(c, span_of(said_key(i)), own->said[i]);
	}
}

/* The id of a cluster is a text or a list of one. */
static void add_techniques(struct disarm_ids *disarm, const struct tree_node *galaxies)
{
	tree_each (galaxy, galaxies) {
		struct span type = tree_span(galaxy, "type");

		if (type.bytes < 6 || strncasecmp(type.at, "disarm", 6) != 0)
			continue;
		tree_each (cluster, tree_get(galaxy, "GalaxyCluster")) {
			const struct tree_node *ids = tree_path(cluster, "meta/external_id");

			disarm_add(disarm, node_span(ids));
			tree_each (id, ids)
				disarm_add(disarm, node_span(id));
		}
	}
}

static bool is_report(const struct tree_node *attribute)
{
	struct span category = tree_span(attribute, "category");

	return span_is(category, "External analysis") || span_is(category, "Internal reference") ||
	       span_is(category, "Support Tool");
}

static struct span first_link(const struct tree_node *attributes)
{
	tree_each (attribute, attributes) {
		if (span_is(tree_span(attribute, "type"), "link") && is_report(attribute))
			return tree_span(attribute, "value");
	}
	return span_of("");
}

static void read_event(struct misp *m, const struct tree_node *event)
{
	m->campaign = tree_span(event, "info");
	m->source = node_span(tree_path(event, "Orgc/name"));
	m->own = (struct own_tags){.said = {{NULL, 0}}};
	read_own(&m->own, tree_get(event, "Tag"));
	m->published = m->own.is_ours ? span_of("") : tree_span(event, "date");
	if (!m->published.bytes && !m->own.is_ours)
		m->published = tree_span(event, "publish_timestamp");
	m->tlp = span_of("");
	m->disarm = (struct disarm_ids){.bytes = 0};
	read_tags(tree_get(event, "Tag"), &m->tlp, &m->disarm);
	read_tags(tree_get(event, "EventTag"), &m->tlp, &m->disarm);
	add_techniques(&m->disarm, tree_get(event, "Galaxy"));
	m->reference = first_link(tree_get(event, "Attribute"));
}

static const char *why_not(struct span type)
{
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		size_t bytes = strlen(others[i].ending);
		const char *end = type.at + type.bytes;

		if (type.bytes < bytes || strncasecmp(end - bytes, others[i].ending, bytes) != 0)
			continue;
		if (type.bytes == bytes || end[-(ptrdiff_t)bytes - 1] == '|')
			return others[i].why;
	}
	return why_type;
}

static struct span first_half(struct span value)
{
	const char *bar = value.bytes ? memchr(value.at, '|', value.bytes) : NULL;

	return (struct span){value.at, bar ? (size_t)(bar - value.at) : value.bytes};
}

/* `192.0.2.1|443` as `192.0.2.1:443`; where the port is missing only a half is left. */
static const char *join_port(char to[ROW_BYTES_MAX], struct span *value)
{
	struct span address = first_half(*value);
	const char *port = address.at + address.bytes + 1;
	size_t port_bytes = address.bytes < value->bytes ? value->bytes - address.bytes - 1 : 0;
	bool v6 = address.bytes && memchr(address.at, ':', address.bytes);
	int n;

	if (!address.bytes || !port_bytes || address.bytes + port_bytes > ROW_BYTES_MAX - 8)
		return why_half;
	n = snprintf(to, ROW_BYTES_MAX, v6 ? "[%.*s]:%.*s" : "%.*s:%.*s", (int)address.bytes,
		address.at, (int)port_bytes, port);
	*value = (struct span){to, n > 0 ? (size_t)n : 0};
	return NULL;
}

/* A note as it was before SAID_MISP_COMMENT; one that somebody has changed stays as it is. */
static struct span without_reference(struct span note, struct span reference)
{
	size_t bytes = reference.bytes + 2;
	const char *end = note.at + note.bytes;

	if (note.bytes < bytes || end[-1] != ')' || end[-(ptrdiff_t)bytes] != '(' ||
		memcmp(end - bytes + 1, reference.at, reference.bytes) != 0)
		return note;
	note.bytes -= bytes;
	if (note.bytes && note.at[note.bytes - 1] == ' ')
		note.bytes--;
	return note;
}

static void describe(struct candidate *c, const struct misp *m, const struct tree_node *attribute,
	struct disarm_ids *disarm)
{
	struct own_tags own = m->own;

	*c = (struct candidate){.line = attribute->line,
		.context = tree_span(attribute, "comment"),
		.campaign = m->campaign,
		.source = m->source,
		.reference = m->reference,
		.published = m->published,
		.first_seen = tree_span(attribute, "first_seen"),
		.last_confirmed = tree_span(attribute, "last_seen"),
		.not_for_detection = tree_false(attribute, "to_ids")};
	*disarm = m->disarm;
	read_tags(tree_get(attribute, "Tag"), &c->tlp, disarm);
	add_techniques(disarm, tree_get(attribute, "Galaxy"));
	c->disarm = (struct span){disarm->text, disarm->bytes};
	if (!c->tlp.bytes)
		c->tlp = m->tlp;
	if (!c->last_confirmed.bytes && !m->own.is_ours)
		c->last_confirmed = tree_span(attribute, "timestamp");
	read_own(&own, tree_get(attribute, "Tag"));
	if (own.said[SAID_REFERENCE].at != m->own.said[SAID_REFERENCE].at)
		c->context = without_reference(c->context, own.said[SAID_REFERENCE]);
	say_own(c, &own);
	if (m->is_deleted || tree_true(attribute, "deleted")) {
		c->advice = ADVICE_NOT_AN_INDICATOR;
		c->why = why_deleted;
	}
}

static int offer_as(struct misp *m, const struct tree_node *attribute, size_t type)
{
	struct disarm_ids disarm;
	struct candidate c;
	char joined[ROW_BYTES_MAX];
	const char *why = NULL;

	describe(&c, m, attribute, &disarm);
	c.value = tree_span(attribute, "value");
	c.column = types[type].column;
	switch (types[type].form) {
	case FORM_VALUE:
		break;
	case FORM_FIRST:
		if (!c.context.bytes)
			c.context = c.value;
		c.value = first_half(c.value);
		break;
	case FORM_ADDRESS_PORT:
		why = join_port(joined, &c.value);
		break;
	case FORM_LINK:
		if (!c.advice && is_report(attribute)) {
			c.advice = ADVICE_NOT_AN_INDICATOR;
			c.why = why_link;
		}
		break;
	}
	if (!why)
		return builder_offer(m->builder, m->report, &c);
	builder_refuse(m->report, attribute->line, why);
	return 0;
}

static int offer_attribute(struct misp *m, const struct tree_node *attribute)
{
	struct span type = tree_span(attribute, "type");

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (span_is(type, types[i].type))
			return offer_as(m, attribute, i);
	}
	builder_refuse(m->report, attribute->line, type.bytes ? why_not(type) : why_type);
	return 0;
}

static void refuse_proposals(struct misp *m, const struct tree_node *of)
{
	tree_each (proposal, tree_get(of, "ShadowAttribute"))
		builder_refuse(m->report, proposal->line, why_proposal);
}

/* The attributes of an event or of an object in one, either those that are valid or the others. */
static int offer_attributes(struct misp *m, const struct tree_node *of, bool deleted)
{
	tree_each (attribute, tree_get(of, "Attribute")) {
		int r = 0;

		if ((m->is_deleted || tree_true(attribute, "deleted")) == deleted)
			r = offer_attribute(m, attribute);
		if (r < 0)
			return r;
	}
	return 0;
}

static int offer_event(struct misp *m, const struct tree_node *event, bool deleted)
{
	int r = offer_attributes(m, event, deleted);

	tree_each (object, tree_get(event, "Object")) {
		m->is_deleted = tree_true(object, "deleted");
		if (r == 0)
			r = offer_attributes(m, object, deleted);
	}
	m->is_deleted = false;
	return r;
}

static void refuse_all_proposals(struct misp *m, const struct tree_node *event)
{
	refuse_proposals(m, event);
	tree_each (attribute, tree_get(event, "Attribute"))
		refuse_proposals(m, attribute);
	tree_each (object, tree_get(event, "Object")) {
		tree_each (attribute, tree_get(object, "Attribute"))
			refuse_proposals(m, attribute);
	}
}

/* Of what is there twice the first one is kept: what was deleted may have been written again. */
static int load_event(struct misp *m, const struct tree_node *event)
{
	int r;

	read_event(m, event);
	r = offer_event(m, event, false);
	if (r == 0)
		r = offer_event(m, event, true);
	refuse_all_proposals(m, event);
	return r;
}

/* The answer to a search for attributes: each says in short of which event it is. */
static int load_attributes(struct misp *m, const struct tree_node *attributes)
{
	int r = 0;

	tree_each (attribute, attributes) {
		read_event(m, tree_get(attribute, "Event"));
		if (r == 0)
			r = offer_attribute(m, attribute);
	}
	return r;
}

static bool is_event(const struct tree_node *n)
{
	return n && n->kind == TREE_MAP &&
	       (tree_get(n, "Event") ||
		       (tree_get(n, "info") && (tree_get(n, "Attribute") || tree_get(n, "Orgc"))));
}

static bool is_events(const struct tree_node *n)
{
	return n && (n->kind == TREE_LIST ? is_event(n->first) : is_event(n));
}

/* Events, or the list of attributes that a search finds. */
static const struct tree_node *content_of(const struct tree_node *root)
{
	const struct tree_node *response = tree_get(root, "response");

	return response ? response : root;
}

static bool is_search(const struct tree_node *root)
{
	const struct tree_node *first = tree_first(tree_path(root, "response/Attribute"));

	return tree_get(first, "type") && tree_get(first, "value");
}

static bool is_warninglist(const struct tree_node *root)
{
	const struct tree_node *list = tree_get(root, "list");

	return list && list->kind == TREE_LIST && tree_get(root, "name") &&
	       (tree_get(root, "matching_attributes") ||
		       (tree_get(root, "type") && tree_get(root, "version")));
}

static bool is_galaxy(const struct tree_node *root)
{
	return tree_get(root, "uuid") && tree_get(root, "type") && tree_get(root, "name") &&
	       (tree_get(root, "values") || tree_get(root, "namespace") || tree_get(root, "icon"));
}

/* UUIDs of events and what is known of each. */
static bool is_manifest(const struct tree_node *root)
{
	const struct tree_node *first = root && root->kind == TREE_MAP ? root->first : NULL;

	return first && first->kind == TREE_MAP &&
	       span_is_uuid((struct span){first->name, first->name_bytes}) &&
	       tree_get(first, "info");
}

/* hashes.csv: the MD5 of a value and the UUID of its event. */
static bool is_hashes(const struct document *d)
{
	const char *text = (const char *)d->text.pos;

	if (d->syntax != SYNTAX_TEXT || cur_left(&d->text) < 32 + 1 + 36)
		return false;
	for (size_t i = 0; i < 32; i++) {
		if (!isxdigit((unsigned char)text[i]))
			return false;
	}
	return text[32] == ',' && span_is_uuid((struct span){text + 33, 36});
}

static unsigned recognise(const struct document *d)
{
	const struct tree_node *root = document_root(d, SYNTAX_JSON);

	if (is_events(content_of(root)) || is_search(root) || is_warninglist(root))
		return 95;
	return is_galaxy(root) || is_manifest(root) || is_hashes(d) ? 90 : 0;
}

static int load_events(struct misp *m, const struct tree_node *events)
{
	const struct tree_node *inner = tree_get(events, "Event");
	int r = 0;

	if (events->kind != TREE_LIST)
		return load_event(m, inner ? inner : events);
	tree_each (event, events) {
		inner = tree_get(event, "Event");
		if (r == 0)
			r = load_event(m, inner ? inner : event);
	}
	return r;
}

static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	const struct tree_node *root = document_root(d, SYNTAX_JSON);
	const struct tree_node *content = content_of(root);
	struct misp m = {.builder = b, .report = report};

	if (is_search(root))
		return load_attributes(&m, tree_get(content, "Attribute"));
	if (is_events(content))
		return load_events(&m, content);
	if (is_warninglist(root))
		builder_break(report, 1, why_warninglist);
	else if (is_galaxy(root))
		builder_break(report, 1, why_galaxy);
	else if (is_manifest(root))
		report->note = "a manifest: its events are files beside it, UUID.json each";
	else if (!is_hashes(d) && !(content && !content->first))
		builder_break(report, 1, "it has no events of MISP");
	return 0;
}

const struct format misp_format = {
	.name = "misp",
	.summary = "MISP events, as exported, searched for or in a feed",
	.recognise = recognise,
	.load = load,
};
