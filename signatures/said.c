/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/said.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "signatures/span.h"

const char said_why_key[] = "a key that is not known";
static const char why_role[] = "role is reader-facing or operator-side";
static const char why_type[] = "a type that is not known";

enum form { FORM_TEXT, FORM_DATE, FORM_ROLE, FORM_TYPE, FORM_CONFIDENCE };

/* By its key: how it is written, where it is in a candidate (a span) and in an indicator. */
static const struct {
	const char *key;
	enum form form;
	size_t in_candidate, in_indicator;
} keys[SAID_KEYS] = {
#define PLACE(key, form, field)                                                                    \
	{                                                                                          \
		key, form, offsetof(struct candidate, field), offsetof(struct indicator, field)    \
	}
	[SAID_CAMPAIGN] = PLACE("campaign", FORM_TEXT, campaign),
	[SAID_SOURCE] = PLACE("source", FORM_TEXT, source),
	[SAID_REFERENCE] = PLACE("reference", FORM_TEXT, reference),
	[SAID_ROLE] = {"role", FORM_ROLE, 0, 0},
	[SAID_TLP] = PLACE("tlp", FORM_TEXT, tlp),
	[SAID_LICENCE] = PLACE("licence", FORM_TEXT, licence),
	[SAID_DISARM] = PLACE("disarm", FORM_TEXT, disarm),
	[SAID_PUBLISHED] = PLACE("published", FORM_DATE, published),
	[SAID_EXPIRES] = PLACE("expires", FORM_DATE, expires),
	[SAID_TYPE] = {"type", FORM_TYPE, 0, 0},
	[SAID_CONFIDENCE] = {"confidence", FORM_CONFIDENCE, 0, 0},
	[SAID_FIRST_SEEN] = PLACE("first_seen", FORM_DATE, first_seen),
	[SAID_LAST_CONFIRMED] = PLACE("last_confirmed", FORM_DATE, last_confirmed),
	[SAID_NOTE] = PLACE("note", FORM_TEXT, context),
#undef PLACE
};

/* What refang() is told of a type that cannot be told from the value. */
static const struct {
	enum indicator_type type;
	enum value_column column;
} columns[] = {
	{INDICATOR_DOMAIN, COLUMN_ANY},
	{INDICATOR_URL, COLUMN_ANY},
	{INDICATOR_IP, COLUMN_ANY},
	{INDICATOR_PREFIX, COLUMN_ANY},
	{INDICATOR_IP_PORT, COLUMN_ANY},
	{INDICATOR_ASN, COLUMN_ASN},
	{INDICATOR_CERT_SHA1, COLUMN_CERT},
	{INDICATOR_CERT_SHA256, COLUMN_CERT},
	{INDICATOR_JA3, COLUMN_JA3},
	{INDICATOR_JA3S, COLUMN_JA3S},
	{INDICATOR_JA4, COLUMN_ANY},
	{INDICATOR_USER_AGENT, COLUMN_USER_AGENT},
	{INDICATOR_UA_PATTERN, COLUMN_UA_PATTERN},
	{INDICATOR_URL_PATH, COLUMN_URL_PATH},
	{INDICATOR_SPKI_SHA256, COLUMN_SPKI},
};

static const char *read_role(struct candidate *c, struct span text)
{
	c->operator_side = span_is(text, indicator_role_name(ROLE_OPERATOR_SIDE));
	return c->operator_side || span_is(text, indicator_role_name(ROLE_READER_FACING))
		       ? NULL
		       : why_role;
}

static const char *read_type(struct candidate *c, struct span text)
{
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		if (!span_is(text, indicator_type_name(columns[i].type)))
			continue;
		c->column = columns[i].column;
		return NULL;
	}
	return why_type;
}

const char *said_read(struct candidate *c, struct span key, struct span text)
{
	for (size_t i = 0; i < SAID_KEYS; i++) {
		if (key.bytes != strlen(keys[i].key) || memcmp(key.at, keys[i].key, key.bytes) != 0)
			continue;
		switch (keys[i].form) {
		case FORM_ROLE:
			return read_role(c, text);
		case FORM_TYPE:
			return read_type(c, text);
		case FORM_CONFIDENCE:
			c->confidence = span_confidence(text);
			return NULL;
		case FORM_TEXT:
		case FORM_DATE:
			memcpy((char *)c + keys[i].in_candidate, &text, sizeof(text));
			return NULL;
		}
	}
	return said_why_key;
}

const char *said_key(enum said key)
{
	return keys[key].key;
}

const char *said_date(char to[SAID_BYTES], uint32_t date)
{
	char text[TEXT_TIME_BYTES];

	(void)text_time(text, (uint64_t)date * 1000000000u);
	if (date % 86400)
		(void)snprintf(to, SAID_BYTES, "%.19sZ", text);
	else
		(void)snprintf(to, SAID_BYTES, "%.10s", text);
	return to;
}

static const char *type_text(enum indicator_type type)
{
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		if (columns[i].type == type && columns[i].column == COLUMN_ANY)
			return "";
	}
	/* a protected name says what it is by where it stands */
	return type == INDICATOR_LOOK_ALIKE ? "" : indicator_type_name(type);
}

const char *said_text(const struct indicator *item, enum said key, char to[SAID_BYTES])
{
	const char *place = (const char *)item + keys[key].in_indicator;
	const char *text = "";
	uint32_t date = 0;

	switch (keys[key].form) {
	case FORM_ROLE:
		return indicator_role_name(item->role);
	case FORM_TYPE:
		return type_text(item->type);
	case FORM_CONFIDENCE:
		(void)snprintf(to, SAID_BYTES, "%u", item->confidence);
		return item->confidence ? to : "";
	case FORM_TEXT:
		memcpy(&text, place, sizeof(void *));
		return text;
	case FORM_DATE:
		memcpy(&date, place, sizeof(date));
		return date ? said_date(to, date) : "";
	}
	return text;
}
