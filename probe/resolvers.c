/* SPDX-License-Identifier: Apache-2.0 */
/* Names of public resolvers that speak DNS over HTTPS, as they publish them. What lies below a name
 * is meant too: many give each customer or filter a name of its own. */
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "probe/encrypted_dns.h"

#define NAME_BYTES_MAX 253

/* In the order of strcmp. */
static const char *const resolvers[] = {"8888.google", "adguard-dns.com",
	"anycast.uncensoreddns.org", "blitz.ahadns.com", "canadianshield.cira.ca",
	"cloudflare-dns.com", "cloudflare-gateway.com", "common.dot.dns.yandex.net", "commons.host",
	"dns-doh.dnsforfamily.com", "dns-family.adguard.com", "dns-unfiltered.adguard.com",
	"dns.aa.net.uk", "dns.adguard.com", "dns.alidns.com", "dns.bitdefender.net",
	"dns.controld.com", "dns.decloudus.com", "dns.digitale-gesellschaft.ch", "dns.google",
	"dns.google.com", "dns.hostux.net", "dns.levonet.sk", "dns.mullvad.net", "dns.nextdns.io",
	"dns.njal.la", "dns.opendns.com", "dns.pub", "dns.quad9.net", "dns.rubyfish.cn", "dns.sb",
	"dns.surfsharkdns.com", "dns.switch.ch", "dns.twnic.tw", "dns.umbrella.com", "dns0.eu",
	"dns10.quad9.net", "dns11.quad9.net", "dns12.quad9.net", "dns9.quad9.net", "dnsforge.de",
	"doh.360.cn", "doh.applied-privacy.net", "doh.cleanbrowsing.org", "doh.cox.net",
	"doh.crypto.sx", "doh.dns.apple.com", "doh.dns.sb", "doh.dnslify.com",
	"doh.familyshield.opendns.com", "doh.ffmuc.net", "doh.libredns.gr", "doh.mullvad.net",
	"doh.opendns.com", "doh.powerdns.org", "doh.pub", "doh.sandbox.opendns.com", "doh.sb",
	"doh.seby.io", "doh.tiar.app", "doh.umbrella.com", "doh.xfinity.com", "dohtrial.att.net",
	"freedns.controld.com", "joindns4.eu", "jp.tiar.app", "kaitain.restena.lu",
	"one.one.one.one", "public.dns.iij.jp", "rethinkdns.com", "unicast.uncensoreddns.org",
	"wikimedia-dns.org"};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_listed(const char *name)
{
	size_t from = 0, to = ARRAY_LEN(resolvers);

	while (from < to) {
		size_t middle = (from + to) / 2;
		int order = strcmp(name, resolvers[middle]);

		if (order == 0)
			return true;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return false;
}

bool resolver_is_known(const void *name, size_t bytes)
{
	const char *octets = name;
	char text[NAME_BYTES_MAX + 1];

	if (bytes == 0 || bytes > NAME_BYTES_MAX)
		return false;
	for (size_t i = 0; i < bytes; i++)
		text[i] = lower(octets[i]);
	text[bytes] = '\0';
	for (const char *at = text; at; at = strchr(at, '.')) {
		at += *at == '.';
		if (is_listed(at))
			return true;
	}
	return false;
}

bool resolver_is_at(const uint8_t address[16])
{
	static const char *const known[] = {"1.0.0.1", "1.0.0.2", "1.0.0.3", "1.1.1.1", "1.1.1.2",
		"1.1.1.3", "8.8.4.4", "8.8.8.8", "9.9.9.9", "9.9.9.10", "9.9.9.11", "94.140.14.14",
		"94.140.15.15", "149.112.112.10", "149.112.112.11", "149.112.112.112",
		"208.67.220.220", "208.67.222.222", "2001:4860:4860::8844", "2001:4860:4860::8888",
		"2606:4700:4700::1001", "2606:4700:4700::1111", "2620:fe::9", "2620:fe::fe"};
	char text[TEXT_ADDRESS_BYTES];

	(void)text_address(text, address);
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(text, known[i]) == 0)
			return true;
	}
	return false;
}
