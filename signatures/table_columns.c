/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/table_columns.h"

#include "base/cleanup.h"
#include "signatures/span.h"

#define NAME_BYTES_MAX 80 /* of a column */

/* Names as they are compared: letters and digits only, in lower case. */
static const struct {
	const char *name;
	enum meaning meaning;
} well_known[] = {
	{"indicator", MEANS_INDICATOR},
	{"indicators", MEANS_INDICATOR},
	{"indicatorvalue", MEANS_INDICATOR},
	{"ioc", MEANS_INDICATOR},
	{"iocs", MEANS_INDICATOR},
	{"iocvalue", MEANS_INDICATOR},
	{"observable", MEANS_INDICATOR},
	{"observablevalue", MEANS_INDICATOR},
	{"value", MEANS_INDICATOR},
	{"domain", MEANS_HOST},
	{"domains", MEANS_HOST},
	{"domainname", MEANS_HOST},
	{"domainnames", MEANS_HOST},
	{"nomdedomaine", MEANS_HOST},
	{"hostname", MEANS_HOST},
	{"hostnames", MEANS_HOST},
	{"fqdn", MEANS_HOST},
	{"c2domain", MEANS_HOST},
	{"url", MEANS_URL},
	{"urls", MEANS_URL},
	{"uri", MEANS_URL},
	{"c2url", MEANS_URL},
	{"ip", MEANS_ADDRESS},
	{"ips", MEANS_ADDRESS},
	{"ipv4", MEANS_ADDRESS},
	{"ipv6", MEANS_ADDRESS},
	{"ipaddress", MEANS_ADDRESS},
	{"ipaddresses", MEANS_ADDRESS},
	{"ipaddr", MEANS_ADDRESS},
	{"adresseip", MEANS_ADDRESS},
	{"dstip", MEANS_ADDRESS},
	{"destip", MEANS_ADDRESS},
	{"destinationip", MEANS_ADDRESS},
	{"serverip", MEANS_ADDRESS},
	{"c2ip", MEANS_ADDRESS},
	{"ipport", MEANS_ADDRESS},
	{"cidr", MEANS_ADDRESS},
	{"netblock", MEANS_ADDRESS},
	{"ja3", MEANS_JA3},
	{"ja3md5", MEANS_JA3},
	{"ja3hash", MEANS_JA3},
	{"ja3digest", MEANS_JA3},
	{"ja3fingerprint", MEANS_JA3},
	{"ja4", MEANS_INDICATOR},
	{"ja4hash", MEANS_INDICATOR},
	{"ja4fingerprint", MEANS_INDICATOR},
	{"certificate", MEANS_CERTIFICATE},
	{"certificatesha1", MEANS_CERTIFICATE},
	{"certificatesha256", MEANS_CERTIFICATE},
	{"certificatefingerprint", MEANS_CERTIFICATE},
	{"certsha1", MEANS_CERTIFICATE},
	{"certsha256", MEANS_CERTIFICATE},
	{"certfingerprint", MEANS_CERTIFICATE},
	{"sslsha1", MEANS_CERTIFICATE},
	{"sslcertsha1", MEANS_CERTIFICATE},
	{"tlscertsha1", MEANS_CERTIFICATE},
	{"tlscertsha256", MEANS_CERTIFICATE},
	{"x509fingerprint", MEANS_CERTIFICATE},
	{"x509fingerprintsha1", MEANS_CERTIFICATE},
	{"x509fingerprintsha256", MEANS_CERTIFICATE},
	{"sha1", MEANS_SHA},
	{"sha1fingerprint", MEANS_SHA},
	{"sha256", MEANS_SHA},
	{"sha256fingerprint", MEANS_SHA},
	{"fingerprint", MEANS_SHA},
	{"asn", MEANS_ASN},
	{"useragent", MEANS_USER_AGENT},
	{"httpuseragent", MEANS_USER_AGENT},
	{"host", MEANS_ANY_ALONE},
	{"hosts", MEANS_ANY_ALONE},
	{"site", MEANS_ANY_ALONE},
	{"website", MEANS_ANY_ALONE},
	{"srcip", MEANS_ANY_ALONE},
	{"sourceip", MEANS_ANY_ALONE},
	{"port", MEANS_PORT},
	{"dstport", MEANS_PORT},
	{"destport", MEANS_PORT},
	{"destinationport", MEANS_PORT},
	{"serverport", MEANS_PORT},
	{"c2port", MEANS_PORT},
	{"type", MEANS_TYPE},
	{"indicatortype", MEANS_TYPE},
	{"ioctype", MEANS_TYPE},
	{"observabletype", MEANS_TYPE},
	{"valuetype", MEANS_TYPE},
	{"attributetype", MEANS_TYPE},
	{"classification", MEANS_VERDICT},
	{"verdict", MEANS_VERDICT},
	{"disposition", MEANS_VERDICT},
	{"reputation", MEANS_VERDICT},
	{"matchtype", MEANS_MATCHING},
	{"toids", MEANS_TO_IDS},
	{"note", MEANS_NOTE},
	{"notes", MEANS_NOTE},
	{"comment", MEANS_NOTE},
	{"comments", MEANS_NOTE},
	{"description", MEANS_NOTE},
	{"context", MEANS_NOTE},
	{"details", MEANS_NOTE},
	{"remarks", MEANS_NOTE},
	{"listingreason", MEANS_NOTE},
	{"malware", MEANS_NOTE_ELSE},
	{"malwareprintable", MEANS_NOTE_ELSE},
	{"threat", MEANS_NOTE_ELSE},
	{"threattype", MEANS_NOTE_ELSE},
	{"family", MEANS_NOTE_ELSE},
	{"application", MEANS_NOTE_ELSE},
	{"tags", MEANS_NOTE_ELSE},
	{"category", MEANS_NOTE_ELSE},
	{"source", MEANS_SOURCE},
	{"campaign", MEANS_CAMPAIGN},
	{"operation", MEANS_CAMPAIGN},
	{"actor", MEANS_CAMPAIGN},
	{"threatactor", MEANS_CAMPAIGN},
	{"reference", MEANS_REFERENCE},
	{"references", MEANS_REFERENCE},
	{"referenceurl", MEANS_REFERENCE},
	{"report", MEANS_REFERENCE},
	{"reporturl", MEANS_REFERENCE},
	{"sourceurl", MEANS_REFERENCE},
	{"link", MEANS_REFERENCE},
	{"urlhauslink", MEANS_REFERENCE},
	{"disarm", MEANS_DISARM},
	{"disarmid", MEANS_DISARM},
	{"disarmids", MEANS_DISARM},
	{"disarmtechnique", MEANS_DISARM},
	{"disarmtechniques", MEANS_DISARM},
	{"tlp", MEANS_TLP},
	{"licence", MEANS_LICENCE},
	{"license", MEANS_LICENCE},
	{"confidence", MEANS_CONFIDENCE},
	{"confidencelevel", MEANS_CONFIDENCE},
	{"firstseen", MEANS_FIRST_SEEN},
	{"firstseenutc", MEANS_FIRST_SEEN},
	{"detecteddate", MEANS_FIRST_SEEN},
	{"identifieddate", MEANS_FIRST_SEEN},
	{"dateadded", MEANS_FIRST_SEEN},
	{"listingdate", MEANS_FIRST_SEEN},
	{"createdon", MEANS_FIRST_SEEN},
	{"creationdate", MEANS_FIRST_SEEN},
	{"lastseen", MEANS_LAST_CONFIRMED},
	{"lastseenutc", MEANS_LAST_CONFIRMED},
	{"lastonline", MEANS_LAST_CONFIRMED},
	{"lastconfirmed", MEANS_LAST_CONFIRMED},
	{"date", MEANS_PUBLISHED},
	{"published", MEANS_PUBLISHED},
	{"publicationdate", MEANS_PUBLISHED},
	{"expires", MEANS_EXPIRES},
	{"expiry", MEANS_EXPIRES},
	{"expirationdate", MEANS_EXPIRES},
	{"validuntil", MEANS_EXPIRES},
};

/* Of `enum feed_column`. */
static const enum meaning feed_meanings[FEED_COLUMNS] = {
	[FEED_VALUE] = MEANS_INDICATOR,
	[FEED_TYPE] = MEANS_TYPE,
	[FEED_CONTEXT] = MEANS_NOTE,
	[FEED_CAMPAIGN] = MEANS_CAMPAIGN,
	[FEED_REFERENCE] = MEANS_REFERENCE,
	[FEED_FIRST_SEEN] = MEANS_FIRST_SEEN,
	[FEED_LAST_CONFIRMED] = MEANS_LAST_CONFIRMED,
	[FEED_PUBLISHED] = MEANS_PUBLISHED,
	[FEED_EXPIRES] = MEANS_EXPIRES,
	[FEED_CONFIDENCE] = MEANS_CONFIDENCE,
};

static enum meaning meaning_of(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(well_known); i++) {
		if (span_same_name(name, well_known[i].name))
			return well_known[i].meaning;
	}
	return MEANS_NOTHING;
}

static size_t find_column(const struct span *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (span_same_name(names[i], name))
			return i;
	}
	return COLUMNS_MAX;
}

static bool is_value(enum meaning meaning)
{
	return meaning >= MEANS_INDICATOR && meaning <= MEANS_ANY_ALONE;
}

/* A column that a person names is the only one of its meaning; one of values keeps what its own
 * name says of them. */
static void appoint(struct columns *c, size_t column, enum meaning meaning)
{
	enum meaning own = c->meaning[column];

	for (size_t i = 0; i < c->count; i++) {
		if (c->meaning[i] == meaning ||
			(is_value(meaning) &&
				(is_value(c->meaning[i]) || c->meaning[i] == MEANS_PORT)))
			c->meaning[i] = MEANS_NOTHING;
	}
	if (is_value(meaning) && is_value(own))
		meaning = own == MEANS_SHA ? MEANS_CERTIFICATE : own;
	c->meaning[column] = (uint8_t)meaning;
}

static bool appoint_all(
	struct columns *c, const struct span *names, size_t count, const struct feed *feed)
{
	for (size_t i = 0; i < FEED_COLUMNS; i++) {
		size_t column;

		if (!feed->columns[i])
			continue;
		column = find_column(names, count, feed->columns[i]);
		if (column == COLUMNS_MAX)
			return false;
		appoint(c, column, feed_meanings[i]);
	}
	c->only = COLUMNS_MAX;
	if (feed->only_column) {
		c->only = find_column(names, count, feed->only_column);
		return c->only < COLUMNS_MAX;
	}
	return true;
}

/* A name, an address, a URL or a sentence: this is no header but a row. */
static bool is_of_a_row(struct span text)
{
	size_t dot;

	text = span_trim(text);
	dot = span_find(text, ".");
	if (text.bytes > NAME_BYTES_MAX || span_has(text, "://") || span_has(text, "[.]"))
		return true;
	return dot > 0 && dot + 1 < text.bytes && isalnum((unsigned char)text.at[dot - 1]) &&
	       isalnum((unsigned char)text.at[dot + 1]) && !span_has_any(text, " _");
}

static bool is_header(const struct columns *c, const struct span *names, const struct feed *feed)
{
	for (size_t i = 0; i < c->count && !feed->columns[FEED_VALUE]; i++) {
		if (c->meaning[i] == MEANS_NOTHING && is_of_a_row(names[i]))
			return false;
	}
	return true;
}

static size_t count_of(const struct columns *c, enum meaning from, enum meaning to)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		n += c->meaning[i] >= from && c->meaning[i] <= to;
	return n;
}

static void forget(struct columns *c, enum meaning from, enum meaning to)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->meaning[i] >= from && c->meaning[i] <= to)
			c->meaning[i] = MEANS_NOTHING;
	}
}

/* Beside a column of indicators the names and addresses are what is known of them; what belongs to
 * many, such as the network of an address, is an indicator only where nothing else is. */
static void settle_values(struct columns *c, bool certificates)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->meaning[i] == MEANS_SHA)
			c->meaning[i] = certificates ? MEANS_CERTIFICATE : MEANS_NOTHING;
	}
	if (count_of(c, MEANS_INDICATOR, MEANS_INDICATOR))
		forget(c, MEANS_HOST, MEANS_ANY_ALONE);
	else if (count_of(c, MEANS_HOST, MEANS_SHA))
		forget(c, MEANS_ASN, MEANS_ANY_ALONE);
}

bool columns_read(struct columns *ret, const struct span *names, size_t count,
	const struct feed *feed, bool certificates)
{
	*ret = (struct columns){.count = count < COLUMNS_MAX ? count : COLUMNS_MAX};
	for (size_t i = 0; i < ret->count; i++)
		ret->meaning[i] = (uint8_t)meaning_of(names[i]);
	if (!is_header(ret, names, feed) || !appoint_all(ret, names, ret->count, feed))
		return false;
	settle_values(ret, certificates);
	ret->known = count_of(ret, MEANS_INDICATOR, MEANS_EXPIRES);
	return count_of(ret, MEANS_INDICATOR, MEANS_ANY_ALONE) > 0;
}
