/* SPDX-License-Identifier: Apache-2.0 */
/* What a hit says of the indicator that was met. */
#pragma once

#include "base/record.h"
#include "signatures/indicator.h"
#include "signatures/look_alike.h"
#include "signatures/sigdb.h"

/* `field` is where it was met, by its key, of a signature several with commas; NULL: nowhere; `db`
 * is the set that it is of. */
void hit_record_add(struct record *r, const struct indicator *indicator, const char *field,
	const struct sigdb *db);
/* The fields of a signature (bits of enum signature_field_id) as such a text; those that have no
 * room are left out whole. */
#define HIT_FIELDS_BYTES 512
void hit_record_fields(char to[HIT_FIELDS_BYTES], uint64_t fields);
/* What a hit on a protected name has besides. */
void hit_record_look_alike(struct record *r, const struct look_alike *look);
