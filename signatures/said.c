/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/said.h"

#include <ctype.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "signatures/span.h"
#include "signatures/tlp.h"

const char said_why_key[] = "a key that is not known";
static const char why_role[] = "role is reader-facing or operator-side";
static const char why_type[] = "a type that is not known";
static const char why_scope[] = "scope is exact or subdomains";

enum form {
	FORM_TEXT,
	FORM_TLP,
	FORM_DISARM,
	FORM_DATE,
	FORM_ROLE,
	FORM_TYPE,
	FORM_SCOPE,
	FORM_CONFIDENCE
};

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
	[SAID_TLP] = PLACE("tlp", FORM_TLP, tlp),
	[SAID_LICENCE] = PLACE("licence", FORM_TEXT, licence),
	[SAID_DISARM] = PLACE("disarm", FORM_DISARM, disarm),
	[SAID_PUBLISHED] = PLACE("published", FORM_DATE, published),
	[SAID_EXPIRES] = PLACE("expires", FORM_DATE, expires),
	[SAID_TYPE] = {"type", FORM_TYPE, 0, 0},
	[SAID_CONFIDENCE] = {"confidence", FORM_CONFIDENCE, 0, 0},
	[SAID_FIRST_SEEN] = PLACE("first_seen", FORM_DATE, first_seen),
	[SAID_LAST_CONFIRMED] = PLACE("last_confirmed", FORM_DATE, last_confirmed),
	[SAID_NOTE] = PLACE("note", FORM_TEXT, context),
	[SAID_SCOPE] = {"scope", FORM_SCOPE, 0, 0},
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

static const char *read_scope(struct candidate *c, struct span text)
{
	enum scope_wish scope = span_is(text, indicator_scope_name(SCOPE_EXACT)) ? WISH_EXACT
				: span_is(text, indicator_scope_name(SCOPE_SUBDOMAINS))
					? WISH_SUBDOMAINS
					: WISH_NOTHING;

	if (scope)
		c->scope = scope;
	return scope ? NULL : why_scope;
}

enum said said_find(struct span key)
{
	enum said at = 0;

	while (at < SAID_KEYS &&
		(key.bytes != strlen(keys[at].key) || memcmp(key.at, keys[at].key, key.bytes) != 0))
		at++;
	return at;
}

const char *said_read(struct candidate *c, struct span key, struct span text)
{
	enum said at = said_find(key);

	if (at == SAID_KEYS)
		return said_why_key;
	switch (keys[at].form) {
	case FORM_ROLE:
		return read_role(c, text);
	case FORM_TYPE:
		return read_type(c, text);
	case FORM_SCOPE:
		return read_scope(c, text);
	case FORM_CONFIDENCE:
		c->confidence = span_confidence(text);
		break;
	case FORM_TEXT:
	case FORM_TLP:
	case FORM_DISARM:
	case FORM_DATE:
		memcpy((char *)c + keys[at].in_candidate, &text, sizeof(text));
		break;
	}
	return NULL;
}

const char *said_tlp(struct span text)
{
	const struct tlp *tlp = tlp_read(text);

	return tlp ? tlp->name : NULL;
}

struct span said_technique(struct span *rest)
{
	static const char parting[] = " \t\r\n,;";
	struct span word;
	size_t begin = 0, end;

	while (begin < rest->bytes && memchr(parting, rest->at[begin], sizeof(parting)))
		begin++;
	for (end = begin; end < rest->bytes && !memchr(parting, rest->at[end], sizeof(parting));)
		end++;
	word = (struct span){rest->at + begin, end - begin};
	*rest = span_from(*rest, end);
	return word;
}

bool said_is_technique(struct span word)
{
	if ((word.bytes != 5 && word.bytes != 9) || *word.at != 'T')
		return false;
	for (size_t i = 1; i < word.bytes; i++) {
		if (i == 5 ? word.at[i] != '.' : !isdigit((unsigned char)word.at[i]))
			return false;
	}
	return true;
}

static const char *check_techniques(struct span text, char room[SAID_WHY_BYTES])
{
	struct span word;

	while ((word = said_technique(&text)).bytes) {
		if (said_is_technique(word))
			continue;
		(void)snprintf(room, SAID_WHY_BYTES,
			"%.*s is no technique of DISARM such as T0149.001",
			(int)(word.bytes < UNREAD_BYTES ? word.bytes : UNREAD_BYTES), word.at);
		return room;
	}
	return NULL;
}

const char *said_check(enum said key, struct span text, char room[SAID_WHY_BYTES])
{
	int bytes = (int)(text.bytes < UNREAD_BYTES ? text.bytes : UNREAD_BYTES);
	uint32_t date;

	if (!text.bytes)
		return NULL;
	switch (keys[key].form) {
	case FORM_DATE:
		if (date_parse(&date, text.at, text.bytes, DATES_ISO))
			return NULL;
		(void)snprintf(
			room, SAID_WHY_BYTES, "%.*s is no date like 2026-01-31", bytes, text.at);
		return room;
	case FORM_CONFIDENCE:
		if (span_confidence(text))
			return NULL;
		(void)snprintf(
			room, SAID_WHY_BYTES, "confidence is 1 to 100, not %.*s", bytes, text.at);
		return room;
	case FORM_TLP:
		if (said_tlp(text))
			return NULL;
		(void)snprintf(room, SAID_WHY_BYTES,
			"%.*s is no label of the Traffic Light Protocol such as TLP:CLEAR", bytes,
			text.at);
		return room;
	case FORM_DISARM:
		return check_techniques(text, room);
	case FORM_TEXT:
	case FORM_ROLE:
	case FORM_TYPE:
	case FORM_SCOPE:
		break;
	}
	return NULL;
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
	case FORM_SCOPE:
		return item->scope_is_said ? indicator_scope_name(item->scope) : "";
	case FORM_CONFIDENCE:
		(void)snprintf(to, SAID_BYTES, "%u", item->confidence);
		return item->confidence ? to : "";
	case FORM_TEXT:
	case FORM_TLP:
	case FORM_DISARM:
		memcpy(&text, place, sizeof(void *));
		return text;
	case FORM_DATE:
		memcpy(&date, place, sizeof(date));
		return date ? said_date(to, date) : "";
	}
	return text;
}
