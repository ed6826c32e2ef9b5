/* SPDX-License-Identifier: Apache-2.0 */
/* The properties of one object of CybOX 1 and 2 (cyboxproject.github.io: Core, Common and the
 * schemas of its objects) as parts that have to hold together. */
#pragma once

#include "signatures/conjunction.h"
#include "signatures/tree.h"

/* Adds what an element Properties (CybOX 1: Defined_Object) says; a part of PART_OTHER for what
 * is not seen on the wire. Of a certificate only its fingerprints, where it has any. */
void cybox_properties(struct conjunction *c, const struct tree_node *properties);
