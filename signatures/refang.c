/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/refang.h"

#include <ctype.h>
#include <errno.h>
#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "signatures/address.h"

#define NAME_BYTES_MAX 253 /* RFC 1035 section 2.3.4, as text without the trailing dot */

static const char why_empty[] = "no value";
static const char why_long[] = "longer than 2048 octets";
static const char why_encoding[] = "not UTF-8";
static const char why_prose[] = "prose";
static const char why_account[] = "an account handle";
static const char why_email[] = "an e-mail address";
static const char why_hash[] = "the hash of a file";
static const char why_number[] = "a number";
static const char why_path[] = "a path without a host";
static const char why_host[] = "not a host name";
static const char why_suffix[] = "a host name whose last label does not exist";
static const char why_range[] = "a wrong address, port or prefix length";
static const char why_addresses[] = "a range of addresses: write it as prefixes";
static const char why_other[] = "not a name, an address or a URL";
static const char why_not_cert[] = "not the SHA-1 or SHA-256 of a certificate";
static const char why_not_spki[] = "not the SHA-256 of a public key";
static const char why_not_ja3[] = "not a JA3 hash";
static const char why_not_ja3s[] = "not a JA3S hash";
static const char why_not_asn[] = "not the number of an autonomous system";

/* All begin with a bracket. */
static const struct defanging {
	const char *from, *to;
} defangings[] = {
	{"[://]", "://"},
	{"[dot]", "."},
	{"(dot)", "."},
	{"{dot}", "."},
	{"[.]", "."},
	{"(.)", "."},
	{"{.}", "."},
	{"[:]", ":"},
	{"(:)", ":"},
	{"{:}", ":"},
	{"[@]", "@"},
	{"[at]", "@"},
};

/* Blanks, and what tables copied from pages have for blanks: no-break space, zero-width space and
 * byte order mark. */
static size_t blank_bytes(const char *text, size_t bytes)
{
	if (bytes && isspace((unsigned char)*text))
		return 1;
	if (bytes >= 2 && memcmp(text, "\xc2\xa0", 2) == 0)
		return 2;
	if (bytes >= 3 &&
		(memcmp(text, "\xe2\x80\x8b", 3) == 0 || memcmp(text, "\xef\xbb\xbf", 3) == 0))
		return 3;
	return 0;
}

static void trim(const char **text, size_t *bytes)
{
	size_t n;

	while ((n = blank_bytes(*text, *bytes)) > 0) {
		*text += n;
		*bytes -= n;
	}
	for (bool again = *bytes > 0; again;) {
		again = false;
		for (size_t last = 1; last <= 3 && last <= *bytes; last++) {
			if (blank_bytes(*text + *bytes - last, last) != last)
				continue;
			*bytes -= last;
			again = *bytes > 0;
			break;
		}
	}
}

static bool is_utf8(const char *text, size_t bytes)
{
	const uint8_t *octets = (const uint8_t *)text;
	uint32_t c;

	for (unsigned n; bytes; octets += n, bytes -= n) {
		n = text_char(octets, bytes, &c);
		if (n == 0)
			return false;
	}
	return true;
}

/* Blanks inside a value: what follows on another line or in parentheses is a note and is cut off;
 * everything else is prose. */
static bool cut_note(const char *text, size_t *bytes)
{
	for (size_t i = 0; i < *bytes; i++) {
		size_t n = blank_bytes(text + i, *bytes - i), end = i;
		bool line_end = false;

		if (!n)
			continue;
		while (end < *bytes && (n = blank_bytes(text + end, *bytes - end)) > 0) {
			line_end |= text[end] == '\n' || text[end] == '\r';
			end += n;
		}
		if (!line_end && text[end] != '(')
			return false;
		*bytes = i;
		return true;
	}
	return true;
}

static const struct defanging *defanging_at(const char *text, size_t bytes)
{
	if (*text != '[' && *text != '(' && *text != '{')
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(defangings); i++) {
		size_t n = strlen(defangings[i].from);

		if (n <= bytes && strncasecmp(text, defangings[i].from, n) == 0)
			return &defangings[i];
	}
	return NULL;
}

/* Returns the octets written, or 0 when they are too many. */
static size_t undo_defanging(char to[REFANG_BYTES_MAX + 1], const char *from, size_t bytes)
{
	size_t used = 0;

	for (size_t at = 0; at < bytes;) {
		const struct defanging *d = defanging_at(from + at, bytes - at);
		const char *put = d ? d->to : from + at;
		size_t put_bytes = d ? strlen(put) : 1, taken = d ? strlen(d->from) : 1;

		if (used + put_bytes > REFANG_BYTES_MAX)
			return 0;
		memcpy(to + used, put, put_bytes);
		used += put_bytes;
		at += taken;
	}
	to[used] = '\0';
	if (strncasecmp(to, "hxxp://", 7) == 0 || strncasecmp(to, "hxxps://", 8) == 0)
		memcpy(to, "http", 4); /* else it is a name that begins so */
	return used;
}

bool refang_is_defanged(const char *value, size_t bytes)
{
	bool before = false, mark = false;

	if (bytes > 7 && strncasecmp(value, "hxxp", 4) == 0)
		return true;
	for (size_t at = 0; at < bytes;) {
		const struct defanging *d = defanging_at(value + at, bytes - at);
		size_t n = d ? strlen(d->from) : 0;
		bool is_text = !n && ((unsigned char)value[at] >= 0x80 ||
					     isalnum((unsigned char)value[at]));

		if (mark && is_text)
			return true;
		mark |= before && n;
		before |= is_text;
		at += n ? n : 1;
	}
	return false;
}

static bool all_of(const char *text, size_t bytes, int (*is)(int))
{
	for (size_t i = 0; i < bytes; i++) {
		if (!is((unsigned char)text[i]))
			return false;
	}
	return bytes > 0;
}

static void lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

static const char *to_ascii(char to[NAME_BYTES_MAX + 1], const char *name)
{
	_cleanup_(free_ptr) char *ascii = NULL;
	int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_ALLOW_UNASSIGNED;

	if (idn2_to_ascii_8z(name, &ascii, flags) != IDN2_OK || strlen(ascii) > NAME_BYTES_MAX)
		return why_host;
	memcpy(to, ascii, strlen(ascii) + 1);
	return NULL;
}

static const char *check_labels(const char *name)
{
	size_t label = 0, labels = 1;

	for (const char *c = name; *c; c++) {
		if (*c == '.') {
			if (!label)
				return why_host;
			label = 0;
			labels++;
		} else if (isalnum((unsigned char)*c) || *c == '-' || *c == '_') {
			if (++label > 63)
				return why_host;
		} else {
			return why_host;
		}
	}
	if (!label)
		return why_host;
	return labels >= 2 ? NULL : why_other;
}

/* Lower case, punycode, no trailing dot, at least two labels, a last label that exists. */
static const char *normal_name(char to[NAME_BYTES_MAX + 1], const char *name, size_t bytes,
	const struct suffix_list *suffixes)
{
	char text[4 * NAME_BYTES_MAX + 1];
	const char *why;

	if (bytes && name[bytes - 1] == '.')
		bytes--;
	if (bytes == 0 || bytes >= sizeof(text))
		return why_host;
	memcpy(text, name, bytes);
	text[bytes] = '\0';
	if (all_of(text, bytes, isascii)) {
		if (bytes > NAME_BYTES_MAX)
			return why_host;
		memcpy(to, text, bytes + 1);
	} else if ((why = to_ascii(to, text)) != NULL) {
		return why;
	}
	lower(to);
	why = check_labels(to);
	if (why)
		return why;
	return suffix_known(suffixes, to) ? NULL : why_suffix;
}

/* A host: an address or a name; an address of the sixth version stands in brackets in a URL. */
static const char *normal_host(
	struct refanged *ret, const char *host, size_t bytes, const struct suffix_list *suffixes)
{
	struct address_range range;
	char name[NAME_BYTES_MAX + 1];
	const char *why;

	if (bytes > 2 && host[0] == '[' && host[bytes - 1] == ']') {
		host++;
		bytes -= 2;
	}
	if (address_range_parse(&range, host, bytes) && range.bits == 128 && !range.port) {
		ret->type = INDICATOR_IP;
		address_range_text(ret->text, &range);
		return NULL;
	}
	why = normal_name(name, host, bytes, suffixes);
	if (why)
		return why;
	ret->type = INDICATOR_DOMAIN;
	memcpy(ret->text, name, strlen(name) + 1);
	return NULL;
}

/* Nothing is asked of the host but its first page: `/`, and a fragment that names nothing. With a
 * name in the fragment it is the page of somebody (`/#!/name`), which the host alone is not. */
static bool is_first_page(const char *rest)
{
	rest += *rest == '/';
	return !*rest || strcmp(rest, "#") == 0 || strcmp(rest, "#/") == 0;
}

/* `before` is scheme and user, `authority` host and port, `rest` path and all behind it. */
static const char *normal_url(struct refanged *ret, const char *before, const char *authority,
	const char *rest, const struct suffix_list *suffixes)
{
	size_t bytes = (size_t)(rest - authority), host = bytes;
	const char *colon = memrchr(authority, ':', bytes), *why;
	char url[REFANG_BYTES_MAX + 1];
	bool v6;
	int n;

	if (colon && all_of(colon + 1, (size_t)(rest - colon - 1), isdigit))
		host = (size_t)(colon - authority);
	why = normal_host(ret, authority, host, suffixes);
	if (why)
		return why;
	if (host == bytes && is_first_page(rest) &&
		(!*before || strcmp(before, "http://") == 0 || strcmp(before, "https://") == 0))
		return NULL;
	v6 = ret->type == INDICATOR_IP && strchr(ret->text, ':');
	n = snprintf(url, sizeof(url), "%s%s%s%s%.*s%s", before, v6 ? "[" : "", ret->text,
		v6 ? "]" : "", (int)(bytes - host), authority + host, rest);
	if (n < 0 || (size_t)n >= sizeof(url))
		return why_long;
	ret->type = INDICATOR_URL;
	memcpy(ret->text, url, (size_t)n + 1);
	return NULL;
}

static const char *with_scheme(
	struct refanged *ret, const char *text, size_t scheme, const struct suffix_list *suffixes)
{
	const char *authority = text + scheme + 3;
	const char *rest = authority + strcspn(authority, "/?#");
	const char *user_end = memrchr(authority, '@', (size_t)(rest - authority));
	char before[REFANG_BYTES_MAX + 1];

	if (user_end)
		authority = user_end + 1;
	memcpy(before, text, (size_t)(authority - text));
	before[authority - text] = '\0';
	for (size_t i = 0; i < scheme; i++)
		before[i] = (char)tolower((unsigned char)before[i]);
	return normal_url(ret, before, authority, rest, suffixes);
}

bool refang_is_ja4(const char *text, size_t bytes)
{
	return bytes == 36 && strchr("tqd", text[0]) && strchr("di", text[3]) &&
	       all_of(text, 10, isalnum) && all_of(text + 4, 4, isdigit) && text[10] == '_' &&
	       all_of(text + 11, 12, isxdigit) && text[23] == '_' &&
	       all_of(text + 24, 12, isxdigit);
}

static bool is_hash(const char *text, size_t bytes)
{
	return (bytes == 32 || bytes == 40 || bytes == 56 || bytes == 64 || bytes == 96 ||
		       bytes == 128) &&
	       all_of(text, bytes, isxdigit);
}

static const char *put(struct refanged *ret, enum indicator_type type, const char *text)
{
	ret->type = type;
	memcpy(ret->text, text, strlen(text) + 1);
	if (type != INDICATOR_USER_AGENT && type != INDICATOR_UA_PATTERN &&
		type != INDICATOR_URL_PATH)
		lower(ret->text);
	return NULL;
}

static const char *normal_asn(struct refanged *ret, const char *text, bool bare)
{
	const char *digits = strncasecmp(text, "as", 2) == 0 ? text + 2 : bare ? text : "";
	size_t bytes = strlen(digits);
	unsigned long number;

	if (bytes == 0 || bytes > 10 || !all_of(digits, bytes, isdigit))
		return why_not_asn;
	number = strtoul(digits, NULL, 10);
	if (number == 0 || number > UINT32_MAX)
		return why_not_asn;
	ret->type = INDICATOR_ASN;
	snprintf(ret->text, sizeof(ret->text), "AS%lu", number);
	return NULL;
}

/* Hexadecimal digits, with or without colons between the octets; returns how many, 0: others. */
static size_t digits_of_hash(char hex[REFANG_BYTES_MAX + 1], const char *text)
{
	size_t bytes = 0;

	for (; *text; text++) {
		if (*text != ':')
			hex[bytes++] = *text;
	}
	hex[bytes] = '\0';
	return all_of(hex, bytes, isxdigit) ? bytes : 0;
}

static const char *normal_cert(struct refanged *ret, const char *text)
{
	char hex[REFANG_BYTES_MAX + 1];
	size_t bytes = digits_of_hash(hex, text);

	if (bytes != 40 && bytes != 64)
		return why_not_cert;
	return put(ret, bytes == 40 ? INDICATOR_CERT_SHA1 : INDICATOR_CERT_SHA256, hex);
}

static const char *normal_spki(struct refanged *ret, const char *text)
{
	char hex[REFANG_BYTES_MAX + 1];

	return digits_of_hash(hex, text) == 64 ? put(ret, INDICATOR_SPKI_SHA256, hex)
					       : why_not_spki;
}

/* What the column says; NULL and *ret_done false when it says nothing about this value. */
static const char *by_column(struct refanged *ret, const char *text, size_t bytes,
	enum value_column column, bool *ret_done)
{
	*ret_done = true;
	switch (column) {
	case COLUMN_CERT:
		return normal_cert(ret, text);
	case COLUMN_JA3:
		if (bytes == 32 && all_of(text, bytes, isxdigit))
			return put(ret, INDICATOR_JA3, text);
		return why_not_ja3;
	case COLUMN_SPKI:
		return normal_spki(ret, text);
	case COLUMN_JA3S:
		if (bytes == 32 && all_of(text, bytes, isxdigit))
			return put(ret, INDICATOR_JA3S, text);
		return why_not_ja3s;
	case COLUMN_ASN:
		return normal_asn(ret, text, true);
	case COLUMN_USER_AGENT:
		return put(ret, INDICATOR_USER_AGENT, text);
	case COLUMN_UA_PATTERN:
		return put(ret, INDICATOR_UA_PATTERN, text);
	case COLUMN_URL_PATH:
		return put(ret, INDICATOR_URL_PATH, text);
	case COLUMN_ANY:
	case COLUMN_URL:
		break;
	}
	*ret_done = false;
	return NULL;
}

static const char *by_value(
	struct refanged *ret, const char *text, size_t bytes, const struct suffix_list *suffixes)
{
	struct address_range range;
	const char *scheme_end = strstr(text, "://"), *at = strchr(text, '@');
	size_t host = strcspn(text, "/?#");

	if (scheme_end && scheme_end > text && isalpha((unsigned char)*text) &&
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.") ==
			(size_t)(scheme_end - text))
		return with_scheme(ret, text, (size_t)(scheme_end - text), suffixes);
	if (address_range_parse(&range, text, bytes)) {
		ret->type = range.port         ? INDICATOR_IP_PORT
			    : range.bits < 128 ? INDICATOR_PREFIX
					       : INDICATOR_IP;
		address_range_text(ret->text, &range);
		return NULL;
	}
	if (at && (size_t)(at - text) < host)
		return at == text ? why_account : why_email;
	if (refang_is_ja4(text, bytes))
		return put(ret, INDICATOR_JA4, text);
	if (is_hash(text, bytes))
		return why_hash;
	if (all_of(text, bytes, isdigit))
		return why_number;
	if (normal_asn(ret, text, false) == NULL)
		return NULL;
	if (host == 0)
		return why_path;
	if (strchr(text, '-') && strchr(text, '.') && text[strspn(text, "0123456789.- ")] == '\0')
		return why_addresses;
	if (strpbrk(text, "/:") && text[strspn(text, "0123456789./:")] == '\0')
		return why_range;
	return normal_url(ret, "", text, text + host, suffixes);
}

/* What only a scheme would tell from a prefix and from numbers: 192.0.2.1/24 as host and path. */
static const char *by_url(
	struct refanged *ret, const char *text, size_t bytes, const struct suffix_list *suffixes)
{
	size_t host = strcspn(text, "/?#");

	if (host && text[host] == '/' && !strstr(text, "://") && !memchr(text, '@', host))
		return normal_url(ret, "", text, text + host, suffixes);
	return by_value(ret, text, bytes, suffixes);
}

const char *refang(struct refanged *ret, const char *value, size_t bytes, enum value_column column,
	const struct suffix_list *suffixes)
{
	char text[REFANG_BYTES_MAX + 1];
	const char *begin = text, *why;
	bool done, free_text = column == COLUMN_USER_AGENT || column == COLUMN_UA_PATTERN ||
			       column == COLUMN_URL_PATH;

	trim(&value, &bytes);
	if (bytes == 0)
		return why_empty;
	if (memchr(value, '\0', bytes) || !is_utf8(value, bytes))
		return why_encoding;
	if (!free_text && !cut_note(value, &bytes))
		return why_prose;
	if (free_text && bytes <= REFANG_BYTES_MAX) {
		memcpy(text, value, bytes);
		text[bytes] = '\0';
	} else {
		bytes = free_text ? 0 : undo_defanging(text, value, bytes);
		if (bytes == 0)
			return why_long;
	}
	why = by_column(ret, text, bytes, column, &done);
	if (done)
		return why;
	if (strncmp(begin, "*.", 2) == 0)
		begin += 2;
	else if (*begin == '.')
		begin++;
	if (!*begin)
		return why_other;
	bytes = strlen(begin);
	return column == COLUMN_URL ? by_url(ret, begin, bytes, suffixes)
				    : by_value(ret, begin, bytes, suffixes);
}
