/* SPDX-License-Identifier: Apache-2.0 */
/* One frame of any link type: what decode says lies within what was captured. Input: link type (two
 * octets), how much longer it was on the wire, the frame. */
#include <stdbool.h>

#include "probe/decode.h"
#include "tests/fuzz/fuzz.h"

static const uint16_t links[] = {0, 1, 8, 9, 10, 12, 50, 51, 100, 101, 104, 105, 107, 108, 113, 119,
	127, 129, 163, 192, 204, 226, 228, 229, 239, 242, 258, 276, 281, 282, 283, 284};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint16_t link = fuzz_take(&data, &size);
	uint32_t longer;
	struct pkt p = {0}, again;

	link = (uint16_t)(link << 8 | fuzz_take(&data, &size));
	longer = fuzz_take(&data, &size);
	if (link >= 0x8000)
		link = links[link % (sizeof(links) / sizeof(links[0]))];
	if (size > PACKET_BYTES_MAX)
		size = PACKET_BYTES_MAX;
	p.bytes = fuzz_copy(data, size);
	p.captured = (uint32_t)size;
	p.wire = p.captured + longer;
	p.link = link;
	again = p;
	decode(&p);
	decode(&again);
	assert(p.verdict == again.verdict && memcmp(&p.key, &again.key, sizeof(p.key)) == 0);
	assert(p.verdict <= PKT_TOO_DEEP && p.vlan_count <= PKT_VLANS_MAX);
	if (p.verdict == PKT_FLOW) {
		assert(p.side <= 1 && p.ip_offset < p.captured);
		assert(!p.payload_bytes ||
			(p.payload_offset > p.ip_offset &&
				(size_t)p.payload_offset + p.payload_bytes <= p.captured));
		assert(p.payload_bytes <= p.payload_wire || p.fragment);
		assert(p.ip_bytes > 0);
		assert(p.tunnel_count <= 3 && p.layer_count <= 8);
		assert(!p.piece.is || (size_t)p.piece.payload_offset + p.piece.bytes <= p.captured);
		assert(!p.key.zero && p.key.tunnel <= (p.tunnel_count > 0));
	}
	free((void *)(uintptr_t)p.bytes);
	return 0;
}
