/* SPDX-License-Identifier: Apache-2.0 */
/* The labels of the Traffic Light Protocol (FIRST, 1.0 and 2.0), and what others have for them. */
#pragma once

#include "signatures/builder.h"

/* One of the four of STIX 2.1 section 7.2.1.4. */
struct tlp_marking {
	const char *name; /* "TLP:AMBER" */
	const char *word; /* of its definition: "amber" */
	const char *uuid; /* behind marking-definition-- */
};

/* Its last one has no name. */
extern const struct tlp_marking tlp_markings[];

struct tlp {
	const char *name; /* "TLP:AMBER+STRICT" */
	const char *tag;  /* of MISP's taxonomy: "tlp:amber+strict" */
	/* What STIX has for it: `clear` is white, and `amber+strict` amber. */
	const struct tlp_marking *marking;
};

/* In any case, with `TLP:` before it or not. NULL: it is no label. */
const struct tlp *tlp_read(struct span text);
