/* SPDX-License-Identifier: Apache-2.0 */
/* Data frames of IEEE 802.11 (section 9.2), with or without radiotap before them. What is encrypted
 * is no flow. */
#include "probe/decode_parts.h"

#define RADIOTAP_TSFT  1u
#define RADIOTAP_FLAGS 2u
#define FLAG_DATA_PAD  0x20
#define FLAG_BAD_FCS   0x40

enum frame_control { TO_DS = 1, FROM_DS = 2, MORE_FRAGMENTS = 4, PROTECTED = 0x40, ORDER = 0x80 };

static uint32_t little_u32(const struct cursor *in, size_t at)
{
	return cur_peek(in, at) | (uint32_t)cur_peek(in, at + 1) << 8 |
	       (uint32_t)cur_peek(in, at + 2) << 16 | (uint32_t)cur_peek(in, at + 3) << 24;
}

/* Octets of the header of a data frame; `qos` is set to the control field, 0 where there is none.
 */
static size_t header_bytes(const struct cursor *in, uint8_t kind, uint8_t flags, uint16_t *ret_qos)
{
	size_t bytes = 24;

	*ret_qos = 0;
	if ((flags & (TO_DS | FROM_DS)) == (TO_DS | FROM_DS))
		bytes += 6; /* a fourth address */
	if (kind & 0x80) {
		*ret_qos = (uint16_t)(cur_peek(in, bytes) | cur_peek(in, bytes + 1) << 8);
		bytes += 2;
		if (flags & ORDER)
			bytes += 4; /* HT control */
	}
	return bytes;
}

void decode_wlan(struct pkt *p, struct cursor in, unsigned how)
{
	bool swapped = how & WLAN_SWAPPED;
	uint8_t kind = cur_peek(&in, swapped), flags = cur_peek(&in, !swapped);
	uint16_t qos, fragment = (uint16_t)(cur_peek(&in, swapped ? 23 : 22) & 15);
	size_t bytes = header_bytes(&in, kind, flags, &qos);

	p->verdict = in.bad ? PKT_TRUNCATED : PKT_NONFLOW;
	/* a data frame (type 2) that has data (bit 6 is "null"), all of it, in the clear */
	if (in.bad || (kind & 0x0c) != 0x08 || kind & 0x40 || flags & PROTECTED || fragment)
		return;
	if (how & WLAN_ALIGNED)
		bytes = (bytes + 3) & ~(size_t)3;
	cur_skip(&in, bytes);
	if (qos & 0x80) /* aggregated: destination, source, length; the first one of them */
		cur_skip(&in, 14);
	if (in.bad)
		p->verdict = PKT_TRUNCATED;
	else
		decode_llc(p, in);
}

/* radiotap.org: little-endian; version, length, bits of what is there, in the order of the bits. */
void decode_radiotap(struct pkt *p, struct cursor in)
{
	size_t bytes = cur_peek(&in, 2) | (size_t)cur_peek(&in, 3) << 8, at = 4;
	uint32_t present = little_u32(&in, 4);
	uint8_t flags = 0;

	if (bytes < 8 || bytes > cur_left(&in)) {
		p->verdict = PKT_TRUNCATED;
		return;
	}
	while (at + 4 <= bytes && little_u32(&in, at) & 0x80000000u)
		at += 4;
	at += 4;
	if (present & RADIOTAP_TSFT)
		at = ((at + 7) & ~(size_t)7) + 8;
	if (present & RADIOTAP_FLAGS && at < bytes)
		flags = cur_peek(&in, at);
	cur_skip(&in, bytes);
	if (flags & FLAG_BAD_FCS)
		p->verdict = PKT_NONFLOW;
	else
		decode_wlan(p, in, flags & FLAG_DATA_PAD ? WLAN_ALIGNED : 0);
}
