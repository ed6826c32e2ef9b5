/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/review.h"

#include <string.h>

#include "base/cleanup.h"
#include "signatures/account.h"
#include "signatures/address.h"
#include "signatures/pattern.h"
#include "signatures/url.h"

/* It is one of these names or below one. */
static bool is_below(const char *value, const char *const *names)
{
	size_t bytes = strlen(value);

	for (; *names; names++) {
		size_t n = strlen(*names);

		if (bytes >= n && strcmp(value + bytes - n, *names) == 0 &&
			(bytes == n || value[bytes - n - 1] == '.'))
			return true;
	}
	return false;
}

static const char why_cover[] = "a cover name of Encrypted Client Hello, not a site";

/* Names that stand in the clear for every site behind Encrypted Client Hello (RFC 9849 section 4,
 * the public_name of those who offer it): who shows one is anywhere. */
static const char *const cover_names[] = {
	"cloudflare-ech.com", "cover.defo.ie", "public.tls-ech.dev", NULL};

/* What each network has for itself: homes (RFC 8375), and what clients ask resolvers about them
 * (RFC 7050, RFC 9462, RFC 9665). */
static const char *const private_names[] = {
	"home.arpa", "ipv4only.arpa", "resolver.arpa", "service.arpa", NULL};

static struct review review_domain(const struct suffix_list *suffixes, const char *value)
{
	if (is_below(value, cover_names))
		return (struct review){ADVICE_REFUSE, SCOPE_EXACT, why_cover, CAUSE_NONE};
	if (is_below(value, private_names))
		return (struct review){ADVICE_REFUSE, SCOPE_EXACT,
			"a name that every network has for itself", CAUSE_NONE};
	if (suffix_is_public(suffixes, value))
		return (struct review){
			ADVICE_REVIEW, SCOPE_EXACT, "a public suffix", CAUSE_PUBLIC_SUFFIX};
	return (struct review){ADVICE_MATCH, SCOPE_SUBDOMAINS, NULL, CAUSE_NONE};
}

static struct review review_address(enum indicator_type type, const char *value)
{
	enum indicator_scope scope = type == INDICATOR_PREFIX ? SCOPE_PREFIX : SCOPE_EXACT;
	struct address_range range;

	if (!address_range_parse(&range, value, strlen(value)))
		return (struct review){ADVICE_REFUSE, scope, "not an address", CAUSE_NONE};
	if (address_range_is_special(&range))
		return (struct review){ADVICE_REFUSE, scope,
			"a private, loopback, documentation or reserved address", CAUSE_NONE};
	if (address_range_is_wide(&range))
		return (struct review){
			ADVICE_REVIEW, scope, "a prefix of very many addresses", CAUSE_WIDE_PREFIX};
	return (struct review){ADVICE_MATCH, scope, NULL, CAUSE_NONE};
}

/* What is refused of its host is refused of it: a network's own host is somebody else's in each. A
 * cover name may have pages of its own. */
static struct review review_url(const struct suffix_list *suffixes, const char *value)
{
	struct review host = {ADVICE_MATCH, SCOPE_EXACT, NULL, CAUSE_NONE};
	char name[URL_HOST_BYTES_MAX + 1];
	struct address_range range;

	if (url_host(name, value))
		host = address_range_parse(&range, name, strlen(name))
			       ? review_address(INDICATOR_IP, name)
			       : review_domain(suffixes, name);
	if (host.reason == why_cover)
		return (struct review){ADVICE_REVIEW, SCOPE_URL_ONLY, why_cover, CAUSE_WARNINGLIST};
	if (host.advice == ADVICE_REFUSE)
		return (struct review){ADVICE_REFUSE, SCOPE_URL_ONLY, host.reason, CAUSE_NONE};
	return (struct review){ADVICE_URL_ONLY, SCOPE_URL_ONLY, "a URL", CAUSE_NONE};
}

/* `why` it cannot be used at all, or NULL. */
static struct review review_pattern(const char *why)
{
	if (why)
		return (struct review){ADVICE_REFUSE, SCOPE_EXACT, why, CAUSE_NONE};
	return (struct review){
		ADVICE_REVIEW, SCOPE_EXACT, "a pattern that many hosts may share", CAUSE_PATTERN};
}

struct review review_value(
	const struct suffix_list *suffixes, enum indicator_type type, const char *value)
{
	switch (type) {
	case INDICATOR_DOMAIN:
		return review_domain(suffixes, value);
	case INDICATOR_IP:
	case INDICATOR_PREFIX:
	case INDICATOR_IP_PORT:
		return review_address(type, value);
	case INDICATOR_URL:
		if (account_is(type, value))
			return (struct review){
				ADVICE_URL_ONLY, SCOPE_URL_ONLY, account_reason, CAUSE_ACCOUNT};
		return review_url(suffixes, value);
	case INDICATOR_UA_PATTERN:
		return review_pattern(pattern_check(PATTERN_PART, value));
	case INDICATOR_URL_PATH:
		return review_pattern(url_path_is_common(value));
	case INDICATOR_ASN:
	case INDICATOR_CERT_SHA1:
	case INDICATOR_CERT_SHA256:
	case INDICATOR_JA3:
	case INDICATOR_JA4:
	case INDICATOR_USER_AGENT:
	case INDICATOR_JA3S:
	case INDICATOR_SPKI_SHA256:
	case INDICATOR_LOOK_ALIKE:
	case INDICATOR_SIGNATURE: /* expression_review.h */
	case INDICATOR_TYPES:
		break;
	}
	return (struct review){ADVICE_MATCH, SCOPE_EXACT, NULL, CAUSE_NONE};
}

bool review_passes(enum indicator_advice advice)
{
	return advice == ADVICE_MATCH || advice == ADVICE_URL_ONLY;
}

size_t review_keep_passing(struct indicator *items, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (review_passes(items[i].advice) && !account_is(items[i].type, items[i].value))
			items[kept++] = items[i];
	}
	return kept;
}

const char *review_hint(enum indicator_cause cause, enum indicator_type type)
{
	static const char address[] = "name the sites behind it, or let two persons approve it "
				      "when the operation alone is there";
	static const char *const hints[] = {
		[CAUSE_NONE] = "no decision can change this",
		[CAUSE_PUBLIC_SUFFIX] = "name the hosts below it; an override matches it alone, "
					"never what is below",
		[CAUSE_WIDE_PREFIX] = "name smaller prefixes, or let two persons approve it",
		[CAUSE_PATTERN] = "name the hosts, or let two persons approve it",
		[CAUSE_WEAK] =
			"ask for more beside it, such as the operation's own name, address or "
			"fingerprint, or let two persons approve it",
		[CAUSE_WARNINGLIST] = "name the page or the host below it; let two persons approve "
				      "it only when all of it is the operation's",
		[CAUSE_SOURCE] = "its source holds it to be harmless; leave it out, or let two "
				 "persons approve it",
		[CAUSE_NOT_FOR_DETECTION] =
			"say `to_ids: ignore` of the feed, or let two persons approve it",
		[CAUSE_ACCOUNT] = "persons are no indicators: no decision can change this",
		[CAUSE_UNDATED] = "say `dates` or `published` of the feed in its definition, or "
				  "let two persons approve it",
		[CAUSE_EXPIRED] = "confirm it anew (last_confirmed of the feed) or leave it out",
		[CAUSE_APPROVED] = "two persons approved it",
		[CAUSE_DECLINED] = "two persons declined it",
	};

	if (cause == CAUSE_WARNINGLIST && type == INDICATOR_URL)
		return "devices ask such hosts on their own; name the hosts of the operation, or "
		       "let two persons approve it";
	if (cause == CAUSE_WARNINGLIST && type == INDICATOR_LOOK_ALIKE)
		return "name the pack as your own, or let two persons approve it (type "
		       "look-alike)";
	if (cause == CAUSE_WARNINGLIST && type != INDICATOR_DOMAIN)
		return address;
	return (size_t)cause < ARRAY_LEN(hints) ? hints[cause] : "";
}
