/* SPDX-License-Identifier: Apache-2.0 */
/* What the lists of MISP mean. They say in prose what they hold and in `matching_attributes` what
 * it is compared with, but not what being on one means; that follows from their names. */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/warninglist.h"

enum holds { NAMES, ADDRESSES, EITHER };

/* The first row counts whose word is in the name of the list or of its file, at the beginning of a
 * word. A list that no row knows holds shared addresses, or names that are listed. */
static const struct {
	const char *word;
	enum holds holds;
	enum warning_kind kind;
	const char *why; /* of WARNING_UNUSED */
} table[] = {
	{"tld", EITHER, WARNING_UNUSED, "the Public Suffix List is asked instead"},
	{"second level", EITHER, WARNING_UNUSED, "the Public Suffix List is asked instead"},
	{"ipfs gateway", EITHER, WARNING_UNUSED,
		"who runs one puts any name of his own on it; those that many use are built in"},
	{"azure", ADDRESSES, WARNING_SHARED_ADDRESS, NULL}, /* "Datacenter IP Ranges" */
	{"vpn", ADDRESSES, WARNING_UNUSED,
		"whole data centres, in which operations rent a machine for themselves"},
	{"datacenter", ADDRESSES, WARNING_UNUSED,
		"whole data centres, in which operations rent a machine for themselves"},
	{"tor exit", ADDRESSES, WARNING_SHARED_ADDRESS, NULL},
	{"link local", EITHER, WARNING_UNUSED, "reserved addresses are refused without a list"},
	{"multicast", EITHER, WARNING_UNUSED, "reserved addresses are refused without a list"},
	{"rfc", EITHER, WARNING_UNUSED, "reserved names and addresses are refused without a list"},
	{"sinkhole", EITHER, WARNING_SINKHOLE, NULL},
	{"parking", EITHER, WARNING_PARKED, NULL},
	{"parked", EITHER, WARNING_PARKED, NULL},
	{"scanning", ADDRESSES, WARNING_SCANNER, NULL},
	{"scanner", ADDRESSES, WARNING_SCANNER, NULL},
	{"public dns", EITHER, WARNING_RESOLVER, NULL},
	{"resolver", EITHER, WARNING_RESOLVER, NULL},
	{"shortener", NAMES, WARNING_PLATFORM, NULL},
	{"link in bio", NAMES, WARNING_PLATFORM, NULL},
	{"living off trusted", NAMES, WARNING_PLATFORM, NULL},
	{"lots", NAMES, WARNING_PLATFORM, NULL},
	{"dynamic dns", NAMES, WARNING_PLATFORM, NULL},
	{"disposable", NAMES, WARNING_PLATFORM, NULL},
	{"university", NAMES, WARNING_ORGANISATION, NULL},
	{"universities", NAMES, WARNING_ORGANISATION, NULL},
	{"bank", NAMES, WARNING_ORGANISATION, NULL},
	{"security provider", NAMES, WARNING_DEFENDER, NULL},
	{"malware analysis", NAMES, WARNING_DEFENDER, NULL},
	{"blockpage", NAMES, WARNING_DEFENDER, NULL},
	{"external ip", NAMES, WARNING_SERVICE, NULL},
	{"whats my ip", NAMES, WARNING_SERVICE, NULL},
	{"captive portal", NAMES, WARNING_SERVICE, NULL},
	{"crl", NAMES, WARNING_SERVICE, NULL},
	{"ocsp", NAMES, WARNING_SERVICE, NULL},
	{"office 365", NAMES, WARNING_SERVICE, NULL},
	{"windows 10", NAMES, WARNING_SERVICE, NULL},
	{"microsoft", NAMES, WARNING_SERVICE, NULL},
	{"google domains", NAMES, WARNING_SERVICE, NULL},
	{"top", NAMES, WARNING_POPULAR, NULL},
	{"tranco", NAMES, WARNING_POPULAR, NULL},
	{"alexa", NAMES, WARNING_POPULAR, NULL},
	{"majestic", NAMES, WARNING_POPULAR, NULL},
	{"umbrella", NAMES, WARNING_POPULAR, NULL},
	{"crux", NAMES, WARNING_POPULAR, NULL},
	{"popular", NAMES, WARNING_POPULAR, NULL},
	{"trusted ca", EITHER, WARNING_TRUSTED_CERTIFICATE, NULL},
};

static const char *const names[WARNING_KINDS] = {
	[WARNING_LISTED] = "listed",
	[WARNING_POPULAR] = "popular",
	[WARNING_PLATFORM] = "platform",
	[WARNING_SERVICE] = "service",
	[WARNING_SHARED_ADDRESS] = "shared-address",
	[WARNING_SHARED_SYSTEM] = "shared-system",
	[WARNING_RESOLVER] = "resolver",
	[WARNING_PARKED] = "parked",
	[WARNING_SINKHOLE] = "sinkhole",
	[WARNING_SCANNER] = "scanner",
	[WARNING_ORGANISATION] = "organisation",
	[WARNING_DEFENDER] = "defender",
	[WARNING_TRUSTED_CERTIFICATE] = "trusted-certificate",
	[WARNING_UNUSED] = "unused",
};

const char *warning_kind_name(enum warning_kind kind)
{
	return (size_t)kind < ARRAY_LEN(names) ? names[kind] : "unknown";
}

/* A word of the table at the beginning of a word of the text; what stands between words in one is a
 * blank in the other. */
static bool has_word(const char *text, const char *word)
{
	for (const char *at = text; *at; at++) {
		size_t n = 0;

		if (at > text && isalnum((unsigned char)at[-1]))
			continue;
		while (word[n] && at[n] &&
			(word[n] == ' ' ? !isalnum((unsigned char)at[n])
					: tolower((unsigned char)at[n]) == word[n]))
			n++;
		if (!word[n])
			return true;
	}
	return false;
}

enum warning_kind warning_kind_of(
	const char *file, const char *name, bool addresses, const char **ret_why)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (table[i].holds != EITHER && table[i].holds != (addresses ? ADDRESSES : NAMES))
			continue;
		if (!has_word(name, table[i].word) && !has_word(file, table[i].word))
			continue;
		*ret_why = table[i].why;
		return table[i].kind;
	}
	*ret_why = NULL;
	return addresses ? WARNING_SHARED_ADDRESS : WARNING_LISTED;
}
