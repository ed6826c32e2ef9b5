/* SPDX-License-Identifier: Apache-2.0 */
/* What an indicator of type ip, prefix or ip-port covers. Addresses are 16 octets, IPv4 as
 * ::ffff:a.b.c.d; an IPv4 prefix therefore has 96 bits more than its text says. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDRESS_RANGE_BYTES 56 /* longest text, with its zero */

struct address_range {
	uint8_t address[16]; /* no bits set behind the prefix */
	uint8_t bits;        /* 128: one address */
	uint16_t port;       /* 0: any */
};

/* `192.0.2.1`, `192.0.2.0/24`, `192.0.2.1:443`, `2001:db8::1`, `2001:db8::/32`,
 * `[2001:db8::1]:443`; false when it is none of these. */
bool address_range_parse(struct address_range *ret, const char *text, size_t bytes);
void address_range_text(char to[ADDRESS_RANGE_BYTES], const struct address_range *range);

void address_mask(uint8_t address[16], unsigned bits);
bool address_range_covers(
	const struct address_range *range, const uint8_t address[16], uint16_t port);
/* The address of IPv4 that one of IPv6 reaches: behind the well-known prefix of NAT64
 * (64:ff9b::/96, RFC 6052) or within 6to4 (2002::/16, RFC 3056). False for all others. */
bool address_inner(uint8_t ret[16], const uint8_t address[16]);
/* Whether it covers the address or the one that this reaches. */
bool address_range_touches(
	const struct address_range *range, const uint8_t address[16], uint16_t port);
/* Private, loopback, link-local, multicast, documentation or reserved (IANA special-purpose
 * registries, RFC 6890), such an address within 6to4, whatever is translated to IPv4 or tunnelled
 * by Teredo, or a prefix that touches one of these. */
bool address_range_is_special(const struct address_range *range);
/* More than 65,536 IPv4 or 2^96 IPv6 addresses. */
bool address_range_is_wide(const struct address_range *range);

/* What the matcher is given: 16 octets, or text. Sixteen octets that read as the text of an address
 * are text: as octets they would lie in parts of IPv6 that IANA has not given out. */
bool address_from_field(uint8_t ret_address[16], const void *value, size_t bytes);
