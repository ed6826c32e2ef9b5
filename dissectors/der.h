/* SPDX-License-Identifier: Apache-2.0 */
/* DER, X.690 sections 8.1 and 10.1: one element after the other, each in a window of its own. What
 * certificates do not need is refused: tags above 30, lengths without a number or of more than four
 * octets. Nothing recurses; how deep to look is the caller's affair. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_OCTETS = 0x04,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_NUMERIC_STRING = 0x12,
	DER_PRINTABLE_STRING = 0x13,
	DER_T61_STRING = 0x14,
	DER_IA5_STRING = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_VISIBLE_STRING = 0x1a,
	DER_BMP_STRING = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0x80,     /* and the number, below 31 */
	DER_CONSTRUCTED = 0x20, /* is a bit of the tag */
};

/* The next element; its tag as on the wire. False, and `in` bad, when it is none that we read. */
static inline bool der_next(struct cursor *in, uint8_t *ret_tag, struct cursor *ret_body)
{
	uint8_t tag = cur_u8(in), first = cur_u8(in);
	size_t bytes = first;

	if (first & 0x80) {
		bytes = 0;
		for (unsigned more = first & 0x7f; more > 0 && more <= 4; more--)
			bytes = bytes << 8 | cur_u8(in);
		if (first == 0x80 || first > 0x84)
			cur_fail(in);
	}
	if ((tag & 0x1f) == 0x1f)
		cur_fail(in);
	*ret_tag = tag;
	*ret_body = cur_sub(in, bytes);
	return !in->bad;
}

/* The body of the next element, which has to be of this kind; else it is empty and `in` bad. */
static inline struct cursor der_take(struct cursor *in, uint8_t want)
{
	struct cursor body;
	uint8_t tag;

	if (!der_next(in, &tag, &body) || tag != want) {
		cur_fail(in);
		body = cur_init(NULL, 0);
		body.bad = true;
	}
	return body;
}
