/* SPDX-License-Identifier: Apache-2.0 */
/* What the objects of a STIX bundle say about each other: which campaign an indicator is of, who
 * saw it when, how it is marked (OASIS STIX 2.1, parts 3 to 5 and 7; 2.0 alike). */
#pragma once

#include "signatures/tree_feed.h"

#define STIX_LINKS_MAX 64 /* of one object that are looked at */

enum stix_kind {
	STIX_CAMPAIGN, /* of what names an operation the first ones name it best */
	STIX_INTRUSION_SET,
	STIX_THREAT_ACTOR,
	STIX_REPORT, /* or grouping */
	STIX_SEEN,   /* observed-data, sighting */
	STIX_TECHNIQUE,
	STIX_MARKING,
	STIX_INDICATOR,
	STIX_IDENTITY,
	STIX_KINDS, /* none of these */
};

/* An object about which others say that they have to do with it; all borrowed from the tree. */
struct stix_object {
	enum stix_kind kind;
	struct span name, reference;
	struct span begin,
		end; /* STIX_SEEN: first and last; STIX_REPORT: begin is when it appeared */
	struct span technique; /* its id */
	struct span tlp, licence;
};

struct stix_link {
	const char *id;
	uint32_t object;
};

struct stix_bundle {
	struct stix_object *objects; /* owned, as the others */
	struct stix_link *ids, *links;
	size_t object_count, object_size, id_count, id_size, link_count, link_size;
};

/* `list` is the node whose children are the objects. -ENOMEM. */
int stix_bundle_init(struct stix_bundle *b, const struct tree_node *list);
void stix_bundle_done(struct stix_bundle *b);
/* A bundle may have several versions of an object, of which the last one is valid. */
bool stix_bundle_is_old(const struct stix_bundle *b, const struct tree_node *indicator);
/* NULL: there is none of those kinds with that id. */
const struct stix_object *stix_bundle_object(const struct stix_bundle *b, struct span id);
/* The links of the object with that id; their objects have to do with it. */
const struct stix_link *stix_bundle_links(
	const struct stix_bundle *b, struct span id, size_t *ret_count);
/* The name of the identity that created it; empty when it says none. */
struct span stix_bundle_author(const struct stix_bundle *b, const struct tree_node *object);
/* The marking of the Traffic Light Protocol that has that id in every bundle; empty: none has. */
struct span stix_tlp(struct span id);
/* The address of the first external reference that has one. */
struct span stix_reference(const struct tree_node *object);
