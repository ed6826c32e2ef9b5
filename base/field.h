/* SPDX-License-Identifier: Apache-2.0 */
/* Fields are declared once, beside the code that fills them. From these tables come the IPFIX
 * templates, the JSON of
 * --eve, the store's columns, the names of the filter language, the page's labels and
 * docs/fields.md. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum field_type {
	FIELD_U8,
	FIELD_U16,
	FIELD_U32,
	FIELD_U64,
	FIELD_TIME,    /* nanoseconds since 1970-01-01 UTC */
	FIELD_ADDRESS, /* 16 octets; IPv4 as ::ffff:a.b.c.d */
	FIELD_TEXT,    /* octets as they were on the wire; writers make them printable */
};

/* Octets of a number, a time among them; 0: it is none. */
static inline unsigned field_width(enum field_type type)
{
	static const uint8_t widths[] = {[FIELD_U8] = 1,
		[FIELD_U16] = 2,
		[FIELD_U32] = 4,
		[FIELD_U64] = 8,
		[FIELD_TIME] = 8,
		[FIELD_TEXT] = 0};

	return widths[type];
}

/* What the matcher looks for in a value; MATCH_NONE for the most. Order is the index of match.h's
 * counters. */
enum field_match {
	MATCH_NONE,
	MATCH_NAME,    /* a host name */
	MATCH_ADDRESS, /* an address, or the text of one (DNS answers) */
	MATCH_JA3,     /* MD5 in lower-case hexadecimal */
	MATCH_JA4,
	MATCH_USER_AGENT,
	MATCH_JA3S,
	MATCH_CERT_SHA1,   /* hexadecimal, with colons or without, as are the next two */
	MATCH_CERT_SHA256, /* of a certificate */
	MATCH_SPKI_SHA256, /* of its public key */
	MATCH_URL, /* what a request asks for; its host is the FIELD_HOST before it in the record */
	MATCH_AS,  /* number of an autonomous system */
	MATCH_KINDS,
};

enum field_flag {
	FIELD_LIST = 1, /* several values; JSON array. `a[].b` and `a[].c` are columns of one array
			   of objects */
	FIELD_KEEP_ZERO = 2, /* zero is a value; without this, zero and empty text mean "absent" */
	FIELD_HOST = 4, /* names the server of the flow: what the host-name matcher of classify.h is
			   asked */
	FIELD_HEX = 8,  /* JSON shows the number as hexadecimal text, two digits an octet */
};

#define PEN_IANA 0u
#define PEN_REVERSE                                                                                \
	29305u /* RFC 5103 section 6.1: the element of the same number, other direction */
#define PEN_CERT 6871u
#ifndef KUKLA_PEN
#define KUKLA_PEN 32473u /* RFC 5612, for documentation; the build option `pen` replaces it */
#endif

struct field {
	const char *key; /* JSON path, store column and filter name: `tls.ja3.hash`, `vlan[]`,
			    `dns.queries[].rrname` */
	enum field_type type;
	unsigned flags; /* enum field_flag */
	enum field_match match;
	uint32_t pen; /* enterprise of the IPFIX element: PEN_IANA, PEN_REVERSE, PEN_CERT, KUKLA_PEN
		       */
	uint16_t ie;  /* its number; of an address the IPv4 one; of a time the milliseconds */
	uint16_t ie_more;    /* of an address the IPv6 element (same pen); of a time our own element
				(KUKLA_PEN) with the    nanoseconds within the millisecond */
	const char *ie_name; /* the element's name, as IANA or CERT write it; ours for our own */
	const char *unit;    /* "octets", "packets", "ns" ...; NULL where there is none */
	const char *label;   /* a column heading */
	const char *meaning; /* one sentence, with the section it is defined in */
	const char *(*name_of)(uint64_t value); /* JSON and tables show this text for a number; NULL
						   result: the number */
};

/* NULL too where the number is called as 0 is, which is how some tables call what they do not know.
 */
static inline const char *field_own_name(const struct field *f, uint64_t number)
{
	const char *name = f->name_of ? f->name_of(number) : NULL,
		   *unknown = f->name_of ? f->name_of(0) : NULL;

	return name && number && unknown && strcmp(name, unknown) == 0 ? NULL : name;
}

/* Fields that go together: one object of the JSON, one part of an IPFIX template. */
struct field_table {
	const char *name; /* "flow", "tls" ... */
	const struct field *fields;
	size_t count;
};

/* What a record is: the tables it always has; a flow has those of its dissectors besides. */
struct record_kind {
	const char *event_type; /* of --eve, and the store's table */
	const struct field_table
		*tables[4]; /* NULL-ended; the last one is found in no other kind */
};
