/* SPDX-License-Identifier: Apache-2.0 */
#include "base/community_id.h"

#include <string.h>

#include "base/crypto.h"
#include "base/icmp.h"

enum { ICMP = 1, TCP = 6, UDP = 17, ICMP6 = 58, SCTP = 132 };

bool community_id_has_ports(uint8_t protocol)
{
	return protocol == TCP || protocol == UDP || protocol == ICMP || protocol == ICMP6 ||
	       protocol == SCTP;
}

static size_t base64(char *to, const uint8_t *octets, size_t bytes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = to;

	for (size_t i = 0; i < bytes; i += 3) {
		size_t here = bytes - i < 3 ? bytes - i : 3;
		uint32_t group = (uint32_t)octets[i] << 16;

		if (here > 1)
			group |= (uint32_t)octets[i + 1] << 8;
		if (here > 2)
			group |= octets[i + 2];
		*out++ = digits[group >> 18];
		*out++ = digits[group >> 12 & 63];
		*out++ = here > 1 ? digits[group >> 6 & 63] : '=';
		*out++ = here > 2 ? digits[group & 63] : '=';
	}
	*out = '\0';
	return (size_t)(out - to);
}

/* Which side comes first: the lower address, then the lower port. A one-way ICMP message is hashed
 * as it was sent: its two numbers are no ends of anything. */
static bool swapped(const struct community_tuple *t, uint16_t sport, uint16_t dport, bool one_way)
{
	int order = memcmp(t->src, t->dst, 16);

	if (one_way)
		return false;
	return order > 0 || (order == 0 && t->has_ports && sport > dport);
}

size_t community_id(char to[COMMUNITY_ID_BYTES], const struct community_tuple *t)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	bool v4 = memcmp(t->src, mapped, 12) == 0 && memcmp(t->dst, mapped, 12) == 0;
	bool icmp = t->has_ports && (t->protocol == ICMP || t->protocol == ICMP6);
	uint16_t ports[2] = {t->sport, t->dport};
	uint8_t input[2 + 16 + 16 + 2 + 4] = {0}, digest[20], counterpart;
	size_t skip = v4 ? 12 : 0, used = 2; /* two octets of seed */
	bool one_way = icmp, swap;

	if (icmp && icmp_counterpart(t->protocol == ICMP6, (uint8_t)t->sport, &counterpart)) {
		ports[1] = counterpart;
		one_way = false;
	}
	swap = swapped(t, ports[0], ports[1], one_way);
	for (int side = 0; side < 2; side++, used += 16 - skip)
		memcpy(input + used, ((side == 0) != swap ? t->src : t->dst) + skip, 16 - skip);
	input[used] = t->protocol;
	used += 2; /* and one of padding */
	for (int side = 0; side < 2 && t->has_ports; side++) {
		uint16_t port = ports[swap ? !side : side];

		input[used++] = (uint8_t)(port >> 8);
		input[used++] = (uint8_t)port;
	}
	crypto_sha1(digest, input, used);
	memcpy(to, "1:", 2);
	return 2 + base64(to + 2, digest, sizeof(digest));
}
