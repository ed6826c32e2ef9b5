/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 certificate, RFC 5280 section 4.1. Its length is that of the message it came in; nothing
 * else has been checked. The walk has a fixed depth: no element is looked into but those named
 * there. */
#include "dissectors/certificate.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/text.h"
#include "dissectors/der.h"

#define DN_TEXT_BYTES    RECORD_TEXT_BYTES_MAX
#define DN_PARTS_MAX     64
#define SERIAL_BYTES_MAX 32 /* RFC 5280 section 4.1.2.2 allows 20 */
#define TIME_TEXT_BYTES  20 /* 2006-01-02T15:04:05 and zero */

/* A text under construction; what no longer fits is left out. */
struct text {
	size_t used;
	char octets[DN_TEXT_BYTES];
};

static void add(struct text *t, const void *octets, size_t bytes)
{
	if (bytes > sizeof(t->octets) - t->used)
		bytes = sizeof(t->octets) - t->used;
	if (bytes)
		memcpy(t->octets + t->used, octets, bytes);
	t->used += bytes;
}

static void add_number(struct text *t, uint64_t number)
{
	char digits[TEXT_NUMBER_BYTES];

	add(t, digits, text_number(digits, number));
}

/* Dotted decimals of an object identifier, X.690 section 8.19. */
static void add_oid(struct text *t, struct cursor oid)
{
	uint64_t number = 0;
	bool first = true;

	while (cur_left(&oid) > 0) {
		uint8_t octet = cur_u8(&oid);

		number = number << 7 | (octet & 0x7f);
		if (octet & 0x80)
			continue;
		if (first) {
			uint64_t root = number < 80 ? number / 40 : 2;

			add_number(t, root);
			number -= 40 * root;
		}
		first = false;
		add(t, ".", 1);
		add_number(t, number);
		number = 0;
	}
}

/* The name of an attribute type: those of X.520 (2.5.4.x) and a few others, as Suricata and OpenSSL
 * write them. Whether its value may be kept: that of a person's own is not. */
static bool add_type(struct text *t, struct cursor oid)
{
	static const struct {
		const char *oid, *name;
		bool personal;
	} types[] = {
		{"\x55\x04\x03", "CN", false},
		{"\x55\x04\x04", "SN", true},
		{"\x55\x04\x05", "serialNumber", false},
		{"\x55\x04\x06", "C", false},
		{"\x55\x04\x07", "L", false},
		{"\x55\x04\x08", "ST", false},
		{"\x55\x04\x09", "street", false},
		{"\x55\x04\x0a", "O", false},
		{"\x55\x04\x0b", "OU", false},
		{"\x55\x04\x0c", "title", false},
		{"\x55\x04\x0d", "description", false},
		{"\x55\x04\x0f", "businessCategory", false},
		{"\x55\x04\x11", "postalCode", false},
		{"\x55\x04\x14", "telephoneNumber", true},
		{"\x55\x04\x29", "name", false},
		{"\x55\x04\x2a", "GN", true},
		{"\x55\x04\x2b", "initials", false},
		{"\x55\x04\x2e", "dnQualifier", false},
		{"\x55\x04\x41", "pseudonym", false},
		{"\x55\x04\x61", "organizationIdentifier", false},
		{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", "Email", true},
		{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x02", "unstructuredName", false},
		{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x08", "unstructuredAddress", false},
		{"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", "UID", true},
		{"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", "DC", false},
		{"\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x01", "jurisdictionL", false},
		{"\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x02", "jurisdictionST", false},
		{"\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x03", "jurisdictionC", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		size_t bytes = strlen(types[i].oid);

		if (cur_left(&oid) == bytes && cur_is(&oid, types[i].oid, bytes)) {
			add(t, types[i].name, strlen(types[i].name));
			return !types[i].personal;
		}
	}
	add_oid(t, oid);
	return true;
}

/* A character outside of the basic plane cannot be in a BMPString; half of one becomes U+FFFD. */
static void add_bmp(struct text *t, struct cursor string)
{
	while (cur_left(&string) >= 2) {
		uint16_t c = cur_u16(&string);
		char utf8[3];
		size_t bytes = 0;

		if (c >> 11 == 0xd800 >> 11)
			c = 0xfffd;
		if (c < 0x80) {
			utf8[bytes++] = (char)c;
		} else if (c < 0x800) {
			utf8[bytes++] = (char)(0xc0 | c >> 6);
			utf8[bytes++] = (char)(0x80 | (c & 0x3f));
		} else {
			utf8[bytes++] = (char)(0xe0 | c >> 12);
			utf8[bytes++] = (char)(0x80 | (c >> 6 & 0x3f));
			utf8[bytes++] = (char)(0x80 | (c & 0x3f));
		}
		if (bytes > sizeof(t->octets) - t->used)
			return;
		add(t, utf8, bytes);
	}
}

/* The octets as they are: those of T61String and of odd ones are no UTF-8, writers escape them. */
static void add_string(struct text *t, uint8_t tag, struct cursor string)
{
	switch (tag) {
	case DER_UTF8_STRING:
	case DER_NUMERIC_STRING:
	case DER_PRINTABLE_STRING:
	case DER_T61_STRING:
	case DER_IA5_STRING:
	case DER_VISIBLE_STRING:
		add(t, string.pos, cur_left(&string));
		break;
	case DER_BMP_STRING:
		add_bmp(t, string);
		break;
	default: /* its type is named, its value is left out */
		break;
	}
}

/* Name, RFC 5280 section 4.1.2.4: `C=US, O=Example, CN=a + UID=` in the certificate's order, as
 * Suricata writes it: a comma within a value is not escaped. */
static bool add_name(struct text *t, struct cursor name, uint32_t *steps)
{
	unsigned parts = 0;

	while (cur_left(&name) > 0) {
		struct cursor set = der_take(&name, DER_SET);
		const char *separator = ", ";

		for (; cur_left(&set) > 0; separator = " + ") {
			struct cursor part = der_take(&set, DER_SEQUENCE), value;
			struct cursor type = der_take(&part, DER_OID);
			uint8_t tag;
			bool keep;

			++*steps;
			if (!der_next(&part, &tag, &value) || parts++ == DN_PARTS_MAX)
				return false;
			if (parts > 1)
				add(t, separator, strlen(separator));
			keep = add_type(t, type);
			add(t, "=", 1);
			if (keep)
				add_string(t, tag, value);
		}
		if (set.bad)
			return false;
	}
	return !name.bad;
}

static bool record_name(
	struct record *r, const struct field *f, struct cursor name, uint32_t *steps)
{
	struct text t;
	bool whole;

	t.used = 0;
	whole = add_name(&t, name, steps);
	record_text(r, f, t.octets, t.used);
	return whole;
}

static void record_hex(
	struct record *r, const struct field *f, const uint8_t *octets, size_t bytes, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[3 * SERIAL_BYTES_MAX];
	size_t used = 0;

	for (size_t i = 0; i < bytes && i < SERIAL_BYTES_MAX; i++) {
		if (i)
			text[used++] = ':';
		text[used++] = digits[octets[i] >> 4];
		text[used++] = digits[octets[i] & 15];
	}
	record_text(r, f, text, used);
}

/* So many decimal digits as a number of at most `most`. */
static unsigned digits(struct cursor *in, unsigned count, unsigned most)
{
	unsigned number = 0;

	for (; count > 0; count--) {
		uint8_t c = cur_u8(in);

		if (c < '0' || c > '9')
			cur_fail(in);
		number = 10 * number + (c & 15u);
	}
	if (number > most)
		cur_fail(in);
	return number;
}

static void two(char *to, unsigned number)
{
	to[0] = (char)('0' + number / 10 % 10);
	to[1] = (char)('0' + number % 10);
}

/* UTCTime and GeneralizedTime, RFC 5280 section 4.1.2.5: always UTC. As text, for there are
 * certificates of 1969 and until 9999. */
static bool record_time(struct record *r, const struct field *f, uint8_t tag, struct cursor in)
{
	char text[TIME_TEXT_BYTES] = "    -  -  T  :  :00";
	unsigned year, month, day;

	if (tag == DER_GENERALIZED_TIME) {
		year = digits(&in, 4, 9999);
	} else {
		year = digits(&in, 2, 99);
		year += year >= 50 ? 1900 : 2000;
	}
	month = digits(&in, 2, 12);
	day = digits(&in, 2, 31);
	if (month == 0 || day == 0)
		cur_fail(&in);
	two(text, year / 100);
	two(text + 2, year);
	two(text + 5, month);
	two(text + 8, day);
	two(text + 11, digits(&in, 2, 23));
	two(text + 14, digits(&in, 2, 59));
	if (cur_peek(&in, 0) != 'Z') /* X.680 lets a UTCTime have no seconds */
		two(text + 17, digits(&in, 2, 60));
	if (cur_u8(&in) != 'Z' || in.bad || cur_left(&in) > 0)
		return false;
	return record_text(r, f, text, TIME_TEXT_BYTES - 1);
}

static bool record_validity(
	struct record *r, const struct certificate_fields *to, struct cursor validity)
{
	struct cursor time;
	uint8_t tag;

	/* a date that is none leaves its field out and no more */
	if (!der_next(&validity, &tag, &time))
		return false;
	(void)record_time(r, to->not_before, tag, time);
	if (!der_next(&validity, &tag, &time))
		return false;
	(void)record_time(r, to->not_after, tag, time);
	return true;
}

/* One GeneralName, RFC 5280 section 4.2.1.6: host names and addresses, no mail address. Returns
 * the octets written. */
static size_t record_alternative(
	struct record *r, const struct field *f, uint8_t tag, struct cursor name)
{
	uint8_t address[16] = {[10] = 0xff, [11] = 0xff};
	char text[TEXT_ADDRESS_BYTES];
	size_t bytes = cur_left(&name);

	if (bytes == 0)
		return 0;
	if (tag == (DER_CONTEXT | 2)) {
		if (bytes > CERTIFICATE_NAME_BYTES_MAX)
			bytes = CERTIFICATE_NAME_BYTES_MAX;
		record_text(r, f, name.pos, bytes);
		return bytes;
	}
	if (tag != (DER_CONTEXT | 7) || (bytes != 4 && bytes != 16))
		return 0;
	memcpy(address + 16 - bytes, name.pos, bytes);
	bytes = text_address(text, address);
	record_text(r, f, text, bytes);
	return bytes;
}

/* `value` is the octet string of the extension. */
static bool record_alternatives(
	struct record *r, const struct field *f, struct cursor value, uint32_t *steps)
{
	struct cursor list = der_take(&value, DER_SEQUENCE), name;
	size_t names = 0, bytes = 0;
	uint8_t tag;

	for (; cur_left(&list) > 0; ++*steps) {
		size_t more;

		if (!der_next(&list, &tag, &name))
			return false;
		if (names == CERTIFICATE_NAMES_MAX || bytes >= CERTIFICATE_NAMES_BYTES_MAX) {
			r->lost_values++;
			continue;
		}
		more = record_alternative(r, f, tag, name);
		bytes += more;
		names += more > 0;
	}
	return !list.bad;
}

/* The extensions of version 3, RFC 5280 section 4.1.2.9. */
static bool record_extensions(
	struct record *r, const struct certificate_fields *to, struct cursor list, uint32_t *steps)
{
	static const uint8_t alternative_name[] = {0x55, 0x1d, 0x11};
	struct cursor walk = der_take(&list, DER_SEQUENCE);

	for (; cur_left(&walk) > 0; ++*steps) {
		struct cursor one = der_take(&walk, DER_SEQUENCE), value;
		struct cursor oid = der_take(&one, DER_OID);
		uint8_t tag;

		if (!der_next(&one, &tag, &value))
			return false;
		if (tag == DER_BOOLEAN) /* critical */
			value = der_take(&one, DER_OCTETS);
		if (one.bad)
			return false;
		if (cur_left(&oid) == sizeof(alternative_name) &&
			cur_is(&oid, alternative_name, sizeof(alternative_name)))
			return record_alternatives(r, to->names, value, steps);
	}
	return !walk.bad;
}

static void record_sha256(
	struct record *r, const struct field *f, const uint8_t *octets, size_t bytes)
{
	uint8_t digest[32];
	char text[2 * sizeof(digest) + 1];

	crypto_sha256(digest, octets, bytes);
	text_hex(text, digest, sizeof(digest));
	record_text(r, f, text, sizeof(text) - 1);
}

/* SubjectPublicKeyInfo, RFC 5280 section 4.1.2.7: the whole element, as RFC 7469 section 2.4 hashes
 * it. */
static void record_key(struct record *r, const struct certificate_fields *to, struct cursor *in)
{
	const uint8_t *begin = in->pos;

	(void)der_take(in, DER_SEQUENCE);
	if (!in->bad)
		record_sha256(r, to->spki_sha256, begin, (size_t)(in->pos - begin));
}

/* TBSCertificate. */
static bool record_body(
	struct record *r, const struct certificate_fields *to, struct cursor in, uint32_t *steps)
{
	struct cursor body, issuer, validity;
	uint8_t tag;

	if (cur_peek(&in, 0) == (DER_CONTEXT | DER_CONSTRUCTED))
		(void)der_next(&in, &tag, &body); /* version; without, it is 1 */
	body = der_take(&in, DER_INTEGER);
	if (in.bad)
		return false;
	record_hex(r, to->serial, body.pos, cur_left(&body), true);
	(void)der_take(&in, DER_SEQUENCE); /* signature algorithm */
	issuer = der_take(&in, DER_SEQUENCE);
	validity = der_take(&in, DER_SEQUENCE);
	body = der_take(&in, DER_SEQUENCE);
	if (in.bad || !record_name(r, to->subject, body, steps) ||
		!record_name(r, to->issuer, issuer, steps) || !record_validity(r, to, validity))
		return false;
	record_key(r, to, &in);
	for (; cur_left(&in) > 0; ++*steps) {
		if (!der_next(&in, &tag, &body))
			return false;
		if (tag == (DER_CONTEXT | DER_CONSTRUCTED | 3))
			return record_extensions(r, to, body, steps);
	}
	return !in.bad;
}

bool certificate_record(
	struct record *r, const struct certificate_fields *to, struct cursor der, uint32_t *steps)
{
	struct cursor certificate, body;
	uint8_t digest[20];

	if (der.bad)
		return false;
	crypto_sha1(digest, der.pos, cur_left(&der));
	record_hex(r, to->sha1, digest, sizeof(digest), false);
	record_sha256(r, to->sha256, der.pos, cur_left(&der));
	certificate = der_take(&der, DER_SEQUENCE);
	body = der_take(&certificate, DER_SEQUENCE);
	return !certificate.bad && record_body(r, to, body, steps);
}
