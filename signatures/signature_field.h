/* SPDX-License-Identifier: Apache-2.0 */
/* The fields that hand-written signatures may ask for: those that say who talks to whom and with
 * what, by the names of the schema (docs/fields.md). What people read or write has no field here,
 * and therefore no rule can be written about it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/field.h"

enum signature_class {
	CLASS_NAME,        /* of a host, in lower case */
	CLASS_TEXT,        /* as it is */
	CLASS_FINGERPRINT, /* hexadecimal, in lower case, without colons */
	CLASS_ADDRESS,
	CLASS_DATA, /* of DNS: an address or a name */
	CLASS_PORT,
	CLASS_PROTOCOL, /* number of an IP protocol */
	CLASS_AS,       /* number of an autonomous system, as `AS64500` */
	CLASS_APPLICATION,
};

enum signature_field_id {
	FIELD_OF_SRC_IP,
	FIELD_OF_DEST_IP,
	FIELD_OF_DEST_PORT,
	FIELD_OF_PROTO,
	FIELD_OF_APP_PROTO,
	FIELD_OF_DEST_ASN,
	FIELD_OF_RECORDS, /* from here on they are values of records */
};

#define SIGNATURE_FIELDS_MAX 64

struct signature_field {
	const char *key; /* of the schema */
	enum signature_class class;
	bool selects;    /* few flows have the same value */
	bool of_message; /* what one message of a flow says, or its first */
	uint16_t common; /* of 10,000 flows that say it at all so many may say the same */
};

size_t signature_field_count(void);
const struct signature_field *signature_field(size_t id);
/* By its key, with or without `[]`; -1: there is none. */
int signature_field_id(const char *key, size_t bytes);
/* Why there is no such field: it is content, or which one is near; constant or in `text`. */
const char *signature_field_why_not(const char *key, char *text, size_t size);

/* A value as the matchers compare it: names in lower case and without a trailing dot, fingerprints
 * in lower case and without colons. Returns its octets; 0: it is touched by nothing, because it is
 * empty, too long or has a zero octet in it. */
#define SIGNATURE_VALUE_BYTES_MAX 1024
size_t signature_value(char to[SIGNATURE_VALUE_BYTES_MAX], enum signature_class class,
	const void *value, size_t bytes);

/* Fields of the schema by where they lie in memory. */
struct signature_fields {
	struct {
		const struct field *field;
		uint8_t id;
	} slots[4 * SIGNATURE_FIELDS_MAX];
};

void signature_fields_init(struct signature_fields *f);
/* -1: signatures cannot ask for it. */
int signature_fields_find(const struct signature_fields *f, const struct field *field);
