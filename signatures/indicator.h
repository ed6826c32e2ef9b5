/* SPDX-License-Identifier: Apache-2.0 */
/* The one internal form of an indicator (design/detection 1.4). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct suffix_list;

enum indicator_type {
	INDICATOR_DOMAIN,
	INDICATOR_URL,
	INDICATOR_IP,
	INDICATOR_PREFIX,
	INDICATOR_IP_PORT,
	INDICATOR_ASN,
	INDICATOR_CERT_SHA1,
	INDICATOR_CERT_SHA256,
	INDICATOR_JA3,
	INDICATOR_JA4,
	INDICATOR_USER_AGENT,
	INDICATOR_UA_PATTERN,
	INDICATOR_URL_PATH,
	INDICATOR_JA3S,
	INDICATOR_SPKI_SHA256,
	INDICATOR_LOOK_ALIKE, /* the value is a protected name, what looks like it matches */
	INDICATOR_SIGNATURE,  /* hand-written: its value is its name */
	INDICATOR_TYPES,
};

enum indicator_role {
	ROLE_READER_FACING,
	ROLE_OPERATOR_SIDE
}; /* unknown = reader-facing, the stricter one */

enum indicator_scope { SCOPE_EXACT, SCOPE_SUBDOMAINS, SCOPE_PREFIX, SCOPE_URL_ONLY };

/* What a person says of the scope of names. */
enum scope_wish { WISH_NOTHING, WISH_EXACT, WISH_SUBDOMAINS };

/* What may be done with it, from free to forbidden; what is behind ADVICE_URL_ONLY is compiled by a
 * person's decision only. */
enum indicator_advice {
	ADVICE_MATCH,
	ADVICE_URL_ONLY,
	ADVICE_REVIEW,
	ADVICE_NOT_AN_INDICATOR,
	ADVICE_REFUSE,
	ADVICES
};

/* What made the advice what it is. */
enum indicator_cause {
	CAUSE_NONE, /* its nature */
	CAUSE_PUBLIC_SUFFIX,
	CAUSE_WIDE_PREFIX,
	CAUSE_PATTERN,
	CAUSE_WEAK, /* a signature of conditions that are too little alone */
	CAUSE_WARNINGLIST,
	CAUSE_SOURCE,
	CAUSE_NOT_FOR_DETECTION,
	CAUSE_ACCOUNT,
	CAUSE_EXPIRED,
	CAUSE_UNDATED, /* when it expires cannot be told */
	CAUSE_APPROVED,
	CAUSE_DECLINED,
};

/* What is asked for of a protected name; borrowed of who made the indicator. */
struct look_wish {
	const char *except; /* names that are no look-alikes of it, ascending, each followed by a
			       blank */
	const struct suffix_list *suffixes; /* NULL: every last label is the only suffix */
	uint8_t kinds;                      /* enum look_kind; 0: it is no protected name */
	bool foreign; /* of a pack of others: it may still look like what others protect */
};

struct indicator {
	enum indicator_type type;
	enum indicator_role role;
	enum indicator_scope scope;
	enum indicator_advice advice;
	const char *value;     /* normalised: lower case, punycode, no trailing dot, no defanging */
	const char *campaign;  /* these never NULL, "" when unknown */
	const char *source;    /* file or publisher */
	const char *context;   /* comment beside it */
	const char *disarm;    /* technique ids separated by blanks */
	const char *reference; /* address of what it was taken from */
	const char *tlp; /* Traffic Light Protocol: who may be told, as the source writes it */
	const char *licence;
	const char *expression; /* of a signature: its condition (expression.h); NULL elsewhere */
	const char *why; /* why the advice is not to match, or who decided that it is; constant or
			    of the lists and overrides of the builder; not kept in a database */
	struct look_wish look;
	enum indicator_cause cause;
	bool source_is_file;   /* nobody named one: it is the file's name */
	bool campaign_is_file; /* likewise */
	bool scope_is_said;  /* somebody chose another one than the gate would; an export says it */
	uint8_t confidence;  /* 0: not given */
	uint32_t line;       /* in its file */
	uint32_t first_seen; /* seconds since 1970, as are all below; 0: unknown; what */
	uint32_t last_confirmed; /* is later than February 2106 is UINT32_MAX */
	uint32_t expires;
	uint32_t published;
};

const char *indicator_type_name(enum indicator_type type); /* "cert-sha1" ... */
const char *indicator_role_name(enum indicator_role role);
const char *indicator_scope_name(enum indicator_scope scope);
const char *indicator_advice_name(enum indicator_advice advice);

/* Order by type, then value: 0 means the same indicator. */
int indicator_compare(const struct indicator *a, const struct indicator *b);
/* Indices of the items in that order, of equal ones the first one first; freed by the caller. */
int indicator_sort(const struct indicator *items, size_t count, size_t **ret_order);
/* Of equal ones keep the first of those whose advice is best: what has expired may be confirmed
 * anew, and what a rule looks for in the middle of names may be told as a name elsewhere. What its
 * source has taken back or calls harmless nothing behind it revives. The order stays. */
int indicator_unique(struct indicator *items, size_t *count);
