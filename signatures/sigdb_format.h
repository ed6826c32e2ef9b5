/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a signature database, format 2; numbers in network byte order:
 *
 *   0  "KUKLASIG"                    48  where what is summed ends
 *   8  format version                56  count of sections
 *  12  zero                          60  zero
 *  16  SHA-256 from 48 to that end   64  for each section: id, zero, offset (8), octets (8)
 *
 * Sections begin at multiples of 64, in the order of the table; the last one ends the file. An id
 * that a reader does not know it skips, so that sections can be added. What lies behind the summed
 * part is for a signature over the sum. The sections:
 *
 *   ENTR  16 octets for each indicator, ascending by type and value: type, role, scope, advice;
 *         where its value begins in the texts; line; number of what is known about it
 *   ABOU  48 octets for each different set of what is known about indicators: confidence, three
 *         zeros; where campaign, source, context, disarm, reference, tlp and licence begin in the
 *         texts; first seen, last confirmed, expires, published
 *   TEXT  eight zeros, so that words can be read from a text's end to its beginning and before;
 *         then the texts, each ended by zero
 *   NAME  which domains there are: name_set.h
 *   EXPR  4 octets for each signature, in the order of the entries: where its condition begins in
 *         the texts (expression.h); not there when there is no signature
 *   PATT  their patterns and those of User-Agents, compiled: match_patterns.h; may be left out
 *   LOOK  where there are protected names: look_section.h
 *   STMP  16 octets: the number of the set, when it was made (seconds since 1970). It may be left
 *         out: both are 0 then
 *   SIGN  96 octets behind what is summed: an Ed25519 key, and its signature of octets 0 to 47. It
 *         may be left out */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SIGDB_MAGIC              "KUKLASIG"
#define SIGDB_FORMAT             2u
#define SIGDB_SUM_OFFSET         16
#define SIGDB_SUMMED_OFFSET      48
#define SIGDB_HEADER_BYTES       64
#define SIGDB_TABLE_ROW_BYTES    24
#define SIGDB_SECTIONS_MAX       64
#define SIGDB_ALIGN              64
#define SIGDB_ENTRY_BYTES        16
#define SIGDB_ENTRY_SCOPE_OFFSET 2
#define SIGDB_ENTRY_VALUE_OFFSET 4
#define SIGDB_ENTRY_ABOUT_OFFSET 12
#define SIGDB_ABOUT_BYTES        48
#define SIGDB_ABOUT_TEXTS        7
#define SIGDB_EXPRESSION_BYTES   4
#define SIGDB_SLACK_BYTES        8
#define SIGDB_STAMP_BYTES        16
#define SIGDB_SIGNATURE_BYTES    96
#define SIGDB_SIGNED_BYTES       48 /* the octets before: magic, format, sum */
#define SIGDB_BYTES_MAX          (1u << 30)

enum sigdb_section_id {
	SECTION_ENTRIES = 0x454e5452,
	SECTION_ABOUTS = 0x41424f55,
	SECTION_TEXTS = 0x54455854,
	SECTION_NAMES = 0x4e414d45,
	SECTION_STAMP = 0x53544d50,
	SECTION_SIGNATURE = 0x5349474e,
	SECTION_LOOKS = 0x4c4f4f4b,
	SECTION_EXPRESSIONS = 0x45585052,
	SECTION_PATTERNS = 0x50415454,
};

/* The sections but the names; borrowed. */
struct sigdb_view {
	const uint8_t *entries, *abouts, *expressions;
	const char *texts;
	size_t count, about_count, text_bytes, expression_count;
};

static inline uint32_t sigdb_get_u32(const uint8_t *from)
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static inline uint8_t *sigdb_put_u32(uint8_t *to, uint64_t n)
{
	*to++ = (uint8_t)(n >> 24);
	*to++ = (uint8_t)(n >> 16);
	*to++ = (uint8_t)(n >> 8);
	*to++ = (uint8_t)n;
	return to;
}

static inline uint8_t *sigdb_put_u64(uint8_t *to, uint64_t n)
{
	return sigdb_put_u32(sigdb_put_u32(to, n >> 32), n);
}

static inline const uint8_t *sigdb_entry(const struct sigdb_view *v, size_t index)
{
	return v->entries + index * SIGDB_ENTRY_BYTES;
}

static inline uint32_t sigdb_value_offset(const struct sigdb_view *v, size_t index)
{
	return sigdb_get_u32(sigdb_entry(v, index) + SIGDB_ENTRY_VALUE_OFFSET);
}

static inline const char *sigdb_value(const struct sigdb_view *v, size_t index)
{
	return v->texts + sigdb_value_offset(v, index);
}
