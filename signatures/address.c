/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/address.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

/* Private, reserved, documentation; the last ones are other ways to write or reach an address of
 * IPv4: IPv4-compatible and translated ones (RFC 4291, RFC 2765), NAT64 (RFC 6052, RFC 8215) and
 * Teredo (RFC 4380), whose prefix says nothing of who is behind it. */
static const char *const special_ranges[] = {
	"0.0.0.0/8",
	"10.0.0.0/8",
	"100.64.0.0/10",
	"127.0.0.0/8",
	"169.254.0.0/16",
	"172.16.0.0/12",
	"192.0.0.0/24",
	"192.0.2.0/24",
	"192.168.0.0/16",
	"198.18.0.0/15",
	"198.51.100.0/24",
	"203.0.113.0/24",
	"224.0.0.0/3",
	"100::/64",
	"2001:2::/48",
	"2001:db8::/32",
	"3fff::/20",
	"fc00::/7",
	"fe80::/9",
	"ff00::/8",
	"::/96",
	"::ffff:0:0:0/96",
	"64:ff9b::/96",
	"64:ff9b:1::/48",
	"2001::/32",
};

/* Decimal digits only, at most five; -1 when it is not that or more than `most`. */
static long parse_number(const char *text, size_t bytes, long most)
{
	long n = 0;

	if (bytes == 0 || bytes > 5)
		return -1;
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		n = n * 10 + (text[i] - '0');
	}
	return n <= most ? n : -1;
}

void address_mask(uint8_t address[16], unsigned bits)
{
	for (unsigned i = bits / 8; i < 16; i++) {
		unsigned kept = i == bits / 8 ? bits % 8 : 0;

		address[i] &= (uint8_t)(0xff00u >> kept);
	}
}

static bool parse_prefix(struct address_range *ret, const char *text, size_t bytes, size_t slash)
{
	struct address_range range = {.bits = 128};
	bool v4 = !memchr(text, ':', slash);
	long bits = parse_number(text + slash + 1, bytes - slash - 1, v4 ? 32 : 128);

	if (bits < 0 || !text_to_address(text, slash, range.address))
		return false;
	range.bits = (uint8_t)(v4 ? bits + 96 : bits);
	address_mask(range.address, range.bits);
	*ret = range;
	return true;
}

static bool parse_port(struct address_range *ret, const char *text, size_t bytes)
{
	struct address_range range = {.bits = 128};
	const char *colon = memrchr(text, ':', bytes);
	size_t host = colon ? (size_t)(colon - text) : 0;
	long port = colon ? parse_number(colon + 1, bytes - host - 1, 65535) : -1;

	if (port <= 0)
		return false;
	if (host > 2 && text[0] == '[' && text[host - 1] == ']') {
		text++;
		host -= 2;
	} else if (memchr(text, ':', host)) {
		return false;
	}
	range.port = (uint16_t)port;
	if (!text_to_address(text, host, range.address))
		return false;
	*ret = range;
	return true;
}

bool address_range_parse(struct address_range *ret, const char *text, size_t bytes)
{
	struct address_range range = {.bits = 128};
	const char *slash = memchr(text, '/', bytes);

	if (slash)
		return parse_prefix(ret, text, bytes, (size_t)(slash - text));
	if (text_to_address(text, bytes, range.address)) {
		*ret = range;
		return true;
	}
	return parse_port(ret, text, bytes);
}

void address_range_text(char to[ADDRESS_RANGE_BYTES], const struct address_range *range)
{
	char address[TEXT_ADDRESS_BYTES];
	bool v4 = address_is_v4(range->address) && range->bits >= 96;

	text_address(address, range->address);
	if (range->port)
		snprintf(to, ADDRESS_RANGE_BYTES, v4 ? "%s:%u" : "[%s]:%u", address, range->port);
	else if (range->bits == 128)
		snprintf(to, ADDRESS_RANGE_BYTES, "%s", address);
	else
		snprintf(to, ADDRESS_RANGE_BYTES, "%s/%d", address,
			v4 ? range->bits - 96 : range->bits);
}

bool address_range_covers(
	const struct address_range *range, const uint8_t address[16], uint16_t port)
{
	uint8_t masked[16];

	memcpy(masked, address, 16);
	address_mask(masked, range->bits);
	return memcmp(masked, range->address, 16) == 0 && (!range->port || range->port == port);
}

bool address_inner(uint8_t ret[16], const uint8_t address[16])
{
	static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
	size_t at;

	if (address[0] == 0x20 && address[1] == 0x02)
		at = 2;
	else if (address[1] == nat64[1] && memcmp(address, nat64, sizeof(nat64)) == 0)
		at = sizeof(nat64);
	else
		return false;
	memset(ret, 0, 10);
	memset(ret + 10, 0xff, 2);
	memcpy(ret + 12, address + at, 4);
	return true;
}

bool address_range_touches(
	const struct address_range *range, const uint8_t address[16], uint16_t port)
{
	uint8_t inner[16];

	return address_range_covers(range, address, port) ||
	       (address_inner(inner, address) && address_range_covers(range, inner, port));
}

/* Two ranges have an address in common. */
static bool overlap(const struct address_range *a, const struct address_range *b)
{
	return address_range_covers(a, b->address, a->port) ||
	       address_range_covers(b, a->address, b->port);
}

/* The same of IPv4 as 6to4 has it (RFC 3056): 2002:, then its address. */
static struct address_range through_6to4(const struct address_range *v4)
{
	struct address_range range = {
		.address = {0x20, 0x02}, .bits = (uint8_t)(v4->bits - 96 + 16)};

	memcpy(range.address + 2, v4->address + 12, 4);
	return range;
}

bool address_range_is_special(const struct address_range *range)
{
	for (size_t i = 0; i < ARRAY_LEN(special_ranges); i++) {
		const char *text = special_ranges[i];
		struct address_range special, through;

		if (!address_range_parse(&special, text, strlen(text)))
			continue;
		if (overlap(&special, range))
			return true;
		if (!address_is_v4(special.address))
			continue;
		through = through_6to4(&special);
		if (overlap(&through, range))
			return true;
	}
	return false;
}

bool address_range_is_wide(const struct address_range *range)
{
	return range->bits < (address_is_v4(range->address) && range->bits >= 96 ? 96 + 16 : 32);
}

bool address_from_field(uint8_t ret_address[16], const void *value, size_t bytes)
{
	if (text_to_address(value, bytes, ret_address))
		return true;
	if (bytes != 16)
		return false;
	memcpy(ret_address, value, 16);
	return true;
}
