/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/hit_record.h"

#include <string.h>

#include "base/schema.h"
#include "signatures/signature_field.h"

#define SECOND_NS 1000000000u

static void text(struct record *r, enum hit_field field, const char *value)
{
	(void)record_text(r, &hit_fields[field], value, strlen(value));
}

void hit_record_add(struct record *r, const struct indicator *indicator, const char *field,
	const struct sigdb *db)
{
	struct sigdb_stamp stamp = sigdb_stamp(db);

	text(r, HIT_VALUE, indicator->value);
	text(r, HIT_TYPE, indicator_type_name(indicator->type));
	if (field)
		text(r, HIT_FIELD, field);
	text(r, HIT_ROLE, indicator_role_name(indicator->role));
	text(r, HIT_CAMPAIGN, indicator->campaign);
	text(r, HIT_SOURCE, indicator->source);
	text(r, HIT_SET_VERSION, sigdb_version(db));
	(void)record_number(r, &hit_fields[HIT_SET_CREATED], stamp.created * (uint64_t)SECOND_NS);
	text(r, HIT_DISARM, indicator->disarm);
	(void)record_number(r, &hit_fields[HIT_CONFIDENCE], indicator->confidence);
	text(r, HIT_NOTE, indicator->context);
	text(r, HIT_REFERENCE, indicator->reference);
	text(r, HIT_TLP, indicator->tlp);
	(void)record_number(
		r, &hit_fields[HIT_PUBLISHED], indicator->published * (uint64_t)SECOND_NS);
	(void)record_number(r, &hit_fields[HIT_SET_NUMBER], stamp.number);
}

void hit_record_fields(char to[HIT_FIELDS_BYTES], uint64_t fields)
{
	size_t used = 0;

	for (size_t id = 0; id < signature_field_count(); id++) {
		const char *key = signature_field(id)->key;
		size_t bytes = strlen(key);

		if (!(fields >> id & 1) || used + bytes + 2 > HIT_FIELDS_BYTES)
			continue;
		if (used)
			to[used++] = ',';
		memcpy(to + used, key, bytes);
		used += bytes;
	}
	to[used] = '\0';
}

void hit_record_look_alike(struct record *r, const struct look_alike *look)
{
	text(r, HIT_LOOK_ALIKE, look_kind_name(look->kind));
	(void)record_text(r, &hit_fields[HIT_DOMAIN], look->domain, look->domain_bytes);
}
