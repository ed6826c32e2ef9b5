/* SPDX-License-Identifier: Apache-2.0 */
/* The data of DNS records: RFC 1035 section 3.3, and for what came later the RFC that a function
 * names. */
#include "dissectors/dns_data.h"

#include "base/cleanup.h"
#include "base/text.h"

#define CLASS_CHAOS 3

const char *dns_type_name(uint16_t type)
{
	static const struct {
		uint16_t type;
		const char *name;
	} names[] = {{1, "A"}, {2, "NS"}, {5, "CNAME"}, {6, "SOA"}, {10, "NULL"}, {11, "WKS"},
		{12, "PTR"}, {13, "HINFO"}, {14, "MINFO"}, {15, "MX"}, {16, "TXT"}, {17, "RP"},
		{18, "AFSDB"}, {21, "RT"}, {24, "SIG"}, {25, "KEY"}, {28, "AAAA"}, {29, "LOC"},
		{33, "SRV"}, {35, "NAPTR"}, {36, "KX"}, {37, "CERT"}, {39, "DNAME"}, {41, "OPT"},
		{42, "APL"}, {43, "DS"}, {44, "SSHFP"}, {45, "IPSECKEY"}, {46, "RRSIG"},
		{47, "NSEC"}, {48, "DNSKEY"}, {49, "DHCID"}, {50, "NSEC3"}, {51, "NSEC3PARAM"},
		{52, "TLSA"}, {53, "SMIMEA"}, {55, "HIP"}, {59, "CDS"}, {60, "CDNSKEY"},
		{61, "OPENPGPKEY"}, {62, "CSYNC"}, {63, "ZONEMD"}, {64, "SVCB"}, {65, "HTTPS"},
		{66, "DSYNC"}, {99, "SPF"}, {108, "EUI48"}, {109, "EUI64"}, {128, "NXNAME"},
		{249, "TKEY"}, {250, "TSIG"}, {251, "IXFR"}, {252, "AXFR"}, {255, "ANY"},
		{256, "URI"}, {257, "CAA"}, {260, "AMTRELAY"}, {261, "RESINFO"}, {32768, "TA"},
		{32769, "DLV"}};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i].type == type)
			return names[i].name;
	}
	return NULL;
}

void dns_add_type(struct dns_text *t, uint16_t type)
{
	const char *name = dns_type_name(type);

	dns_add_text(t, name ? name : "TYPE");
	if (!name)
		dns_add_number(t, type);
}

static void add_blank(struct dns_text *t)
{
	dns_add_octets(t, " ", 1);
}

/* Numbers of so many octets each, a blank after each. */
static void add_numbers(struct dns_text *t, struct cursor *data, const char *widths)
{
	for (; *widths; widths++) {
		dns_add_number(t, *widths == '1'   ? cur_u8(data)
				  : *widths == '2' ? cur_u16(data)
						   : cur_u32(data));
		add_blank(t);
	}
}

static void add_address(struct dns_text *t, struct cursor *data, size_t bytes)
{
	uint8_t address[16] = {[10] = 0xff, [11] = 0xff};
	const uint8_t *octets = cur_take(data, bytes);
	char text[TEXT_ADDRESS_BYTES];

	if (!octets)
		return;
	memcpy(address + 16 - bytes, octets, bytes);
	dns_add_octets(t, text, text_address(text, address));
}

/* All that is left, in lower case: digests are looked for as they are. */
static void add_hex(struct dns_text *t, struct cursor *data)
{
	char text[3];

	while (cur_left(data) > 0) {
		uint8_t octet = cur_u8(data);

		text_hex(text, &octet, 1);
		dns_add_octets(t, text, 2);
	}
}

static void add_base64(struct dns_text *t, struct cursor *data)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	while (cur_left(data) > 0) {
		size_t left = cur_left(data), bytes = left < 3 ? left : 3;
		uint32_t group = (uint32_t)cur_peek(data, 0) << 16 |
				 (uint32_t)cur_peek(data, 1) << 8 | cur_peek(data, 2);
		char text[4] = {digits[group >> 18], digits[group >> 12 & 63], '=', '='};

		if (bytes > 1)
			text[2] = digits[group >> 6 & 63];
		if (bytes > 2)
			text[3] = digits[group & 63];
		cur_skip(data, bytes);
		dns_add_octets(t, text, 4);
	}
}

/* Base 32 with the extended hex alphabet and without padding, RFC 5155 section 3.3. */
static void add_base32(struct dns_text *t, struct cursor octets)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	uint32_t bits = 0, held = 0;

	while (cur_left(&octets) > 0) {
		bits = bits << 8 | cur_u8(&octets);
		for (held += 8; held >= 5; held -= 5)
			dns_add_octets(t, &digits[bits >> (held - 5) & 31], 1);
	}
	if (held)
		dns_add_octets(t, &digits[bits << (5 - held) & 31], 1);
}

static void add_quoted(struct dns_text *t, struct cursor octets)
{
	dns_add_text(t, "\"");
	dns_add_escaped(t, octets, "\"\\");
	dns_add_text(t, "\"");
}

static void add_string(struct dns_text *t, struct cursor *data)
{
	add_quoted(t, cur_sub(data, cur_u8(data)));
}

/* The character strings of a TXT record belong together (RFC 7208 section 3.3). */
static void add_strings(struct dns_text *t, struct cursor *data)
{
	while (cur_left(data) > 0) {
		struct cursor string = cur_sub(data, cur_u8(data));

		dns_add_octets(t, string.pos, cur_left(&string));
	}
}

static void add_soa(struct dns_text *t, struct cursor *data, struct dns_reader *r)
{
	dns_add_name_or_dot(t, data, r);
	add_blank(t);
	dns_add_name_or_dot(t, data, r);
	for (int i = 0; i < 5; i++) {
		add_blank(t);
		dns_add_number(t, cur_u32(data));
	}
}

/* Windows of bits, each a type that the name has: RFC 4034 section 4.1.2. */
static void add_type_bits(struct dns_text *t, struct cursor *data)
{
	int last = -1;

	while (cur_left(data) > 0) {
		int window = cur_u8(data);
		size_t bytes = cur_u8(data);
		struct cursor bits = cur_sub(data, bytes);

		if (window <= last || bytes == 0 || bytes > 32)
			cur_fail(data);
		last = window;
		for (size_t i = 0; !data->bad && i < 8 * bytes; i++) {
			if (!(cur_peek(&bits, i / 8) & 0x80 >> i % 8))
				continue;
			add_blank(t);
			dns_add_type(t, (uint16_t)((size_t)window << 8 | i));
		}
	}
}

static void add_nsec(struct dns_text *t, struct cursor *data, struct dns_reader *r)
{
	dns_add_name_or_dot(t, data, r);
	add_type_bits(t, data);
}

/* NSEC3 and NSEC3PARAM, RFC 5155 sections 3.3 and 4.3. */
static void add_nsec3(struct dns_text *t, struct cursor *data, bool parameters)
{
	struct cursor salt;

	add_numbers(t, data, "112");
	salt = cur_sub(data, cur_u8(data));
	if (cur_left(&salt) == 0)
		dns_add_text(t, "-");
	add_hex(t, &salt);
	if (parameters)
		return;
	add_blank(t);
	add_base32(t, cur_sub(data, cur_u8(data)));
	add_type_bits(t, data);
}

/* YYYYMMDDHHmmSS, RFC 4034 section 3.2. */
static void add_second(struct dns_text *t, uint32_t seconds)
{
	char text[TEXT_TIME_BYTES];

	(void)text_time(text, seconds * 1000000000ull);
	for (size_t i = 0; i < 19; i++) {
		if (text[i] >= '0' && text[i] <= '9')
			dns_add_octets(t, &text[i], 1);
	}
	add_blank(t);
}

/* RFC 4034 section 3; without the signature itself. */
static void add_rrsig(struct dns_text *t, struct cursor *data, struct dns_reader *r)
{
	dns_add_type(t, cur_u16(data));
	add_blank(t);
	add_numbers(t, data, "114");
	add_second(t, cur_u32(data));
	add_second(t, cur_u32(data));
	add_numbers(t, data, "2");
	dns_add_name_or_dot(t, data, r);
}

/* RFC 8659 section 4.1: the tag is letters and digits. */
static void add_caa(struct dns_text *t, struct cursor *data)
{
	struct cursor tag;

	add_numbers(t, data, "1");
	tag = cur_sub(data, cur_u8(data));
	if (cur_left(&tag) == 0)
		cur_fail(data);
	while (cur_left(&tag) > 0) {
		uint8_t c = cur_u8(&tag), letter = c | 0x20;

		if (!((letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9')))
			cur_fail(data);
		dns_add_octets(t, &c, 1);
	}
	add_blank(t);
	add_quoted(t, *data);
}

/* RFC 3403 section 4.1. */
static void add_naptr(struct dns_text *t, struct cursor *data, struct dns_reader *r)
{
	add_numbers(t, data, "22");
	for (int i = 0; i < 3; i++) {
		add_string(t, data);
		add_blank(t);
	}
	dns_add_name_or_dot(t, data, r);
}

enum svc_key {
	SVC_MANDATORY,
	SVC_ALPN,
	SVC_NO_DEFAULT_ALPN,
	SVC_PORT,
	SVC_IPV4HINT,
	SVC_ECH,
	SVC_IPV6HINT,
	SVC_DOHPATH, /* RFC 9461 */
	SVC_OHTTP,   /* RFC 9540 */
	SVC_KEYS
};

static void add_svc_key(struct dns_text *t, uint16_t key)
{
	static const char *const names[SVC_KEYS] = {"mandatory", "alpn", "no-default-alpn", "port",
		"ipv4hint", "ech", "ipv6hint", "dohpath", "ohttp"};

	dns_add_text(t, key < SVC_KEYS ? names[key] : "key");
	if (key >= SVC_KEYS)
		dns_add_number(t, key);
}

/* A list that is not empty, its elements after commas. */
static void add_svc_list(struct dns_text *t, uint16_t key, struct cursor *value)
{
	const char *before = "=";

	if (cur_left(value) == 0)
		cur_fail(value);
	for (; cur_left(value) > 0; before = ",") {
		struct cursor alpn;

		dns_add_text(t, before);
		switch (key) {
		case SVC_MANDATORY:
			add_svc_key(t, cur_u16(value));
			break;
		case SVC_ALPN:
			alpn = cur_sub(value, cur_u8(value));
			if (cur_left(&alpn) == 0)
				cur_fail(value);
			dns_add_escaped(t, alpn, "\\,\" ");
			break;
		default:
			add_address(t, value, key == SVC_IPV4HINT ? 4 : 16);
		}
	}
}

/* RFC 9460 section 7. The blob of ECH, and what we have no name for, are told by their length. */
static void add_svc_param(struct dns_text *t, uint16_t key, struct cursor *value)
{
	add_svc_key(t, key);
	switch (key) {
	case SVC_MANDATORY:
	case SVC_ALPN:
	case SVC_IPV4HINT:
	case SVC_IPV6HINT:
		add_svc_list(t, key, value);
		return;
	case SVC_PORT:
		dns_add_text(t, "=");
		dns_add_number(t, cur_u16(value));
		break;
	case SVC_DOHPATH:
		dns_add_text(t, "=");
		dns_add_escaped(t, *value, "\\\" ");
		return;
	case SVC_NO_DEFAULT_ALPN:
	case SVC_OHTTP:
		break;
	default:
		dns_add_text(t, "[");
		dns_add_number(t, cur_left(value));
		dns_add_text(t, "]");
		return;
	}
	if (cur_left(value) > 0)
		cur_fail(value);
}

/* RFC 9460 section 2.2: no pointers in the target, keys in ascending order. An alias has none. */
static void add_svcb(struct dns_text *t, struct cursor *data, struct dns_reader *r)
{
	uint16_t priority = cur_u16(data);
	int last = -1;

	dns_add_number(t, priority);
	add_blank(t);
	dns_add_whole_name(t, data, r);
	while (priority && cur_left(data) > 0) {
		uint16_t key = cur_u16(data);
		struct cursor value = cur_sub(data, cur_u16(data));

		if (key <= last || data->bad) {
			cur_fail(data);
			return;
		}
		last = key;
		add_blank(t);
		add_svc_param(t, key, &value);
		if (value.bad)
			cur_fail(data);
	}
}

static void add_internet_address(
	struct dns_text *t, uint16_t class, struct cursor *data, size_t bytes)
{
	if (class == CLASS_CHAOS) /* of another network, RFC 1035 section 3.4.1 */
		return;
	if (cur_left(data) != bytes)
		cur_fail(data);
	add_address(t, data, bytes);
}

static void add_keys(struct dns_text *t, uint16_t type, struct cursor *data)
{
	switch (type) {
	case 44: /* SSHFP, RFC 4255 section 3.1 */
		add_numbers(t, data, "11");
		add_hex(t, data);
		break;
	case 43: /* DS, RFC 4034 section 5.1; CDS, RFC 7344 section 3.1; TA; DLV */
	case 59:
	case 32768:
	case 32769:
		add_numbers(t, data, "211");
		add_hex(t, data);
		break;
	case 52: /* TLSA, RFC 6698 section 2.1; SMIMEA, RFC 8162 section 2 */
	case 53:
		add_numbers(t, data, "111");
		add_hex(t, data);
		break;
	default: /* KEY, RFC 2535 section 3.1; DNSKEY, RFC 4034 section 2.1; CDNSKEY, RFC 7344 */
		add_numbers(t, data, "211");
		add_base64(t, data);
	}
}

/* Types whose data is a host, behind so many octets. False for others. */
static bool add_host(struct dns_text *t, uint16_t type, struct cursor *data, struct dns_reader *r)
{
	static const struct {
		uint16_t type;
		size_t before;
	} hosts[] = {
		{2, 0},  /* NS */
		{5, 0},  /* CNAME */
		{12, 0}, /* PTR */
		{39, 0}, /* DNAME, RFC 6672 section 2.1 */
		{15, 2}, /* MX */
		{18, 2}, /* AFSDB, RFC 1183 section 1 */
		{21, 2}, /* RT, RFC 1183 section 3.3 */
		{36, 2}, /* KX, RFC 2230 section 3 */
		{33, 6}, /* SRV, RFC 2782 */
	};

	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		if (hosts[i].type == type) {
			cur_skip(data, hosts[i].before);
			dns_add_name(t, data, r);
			return true;
		}
	}
	return false;
}

static void add_other(struct dns_text *t, uint16_t type, struct cursor *data, struct dns_reader *r)
{
	switch (type) {
	case DNS_SOA:
		add_soa(t, data, r);
		break;
	case 13: /* HINFO */
		add_string(t, data);
		add_blank(t);
		add_string(t, data);
		break;
	case 16:  /* TXT */
	case 99:  /* SPF, RFC 7208 section 3.1 */
	case 261: /* RESINFO, RFC 9606 section 4 */
		add_strings(t, data);
		break;
	case 25:
	case 43:
	case 44:
	case 48:
	case 52:
	case 53:
	case 59:
	case 60:
	case 32768:
	case 32769:
		add_keys(t, type, data);
		break;
	case 35:
		add_naptr(t, data, r);
		break;
	case 46:
		add_rrsig(t, data, r);
		break;
	case 47:
		add_nsec(t, data, r);
		break;
	case 50:
	case 51:
		add_nsec3(t, data, type == 51);
		break;
	case 64:
	case 65:
		add_svcb(t, data, r);
		break;
	case 256: /* URI, RFC 7553 section 4.5 */
		add_numbers(t, data, "22");
		add_quoted(t, *data);
		break;
	case 257:
		add_caa(t, data);
		break;
	default:
		break;
	}
}

bool dns_add_data(
	struct dns_text *t, uint16_t type, uint16_t class, struct cursor data, struct dns_reader *r)
{
	if (type == DNS_A)
		add_internet_address(t, class, &data, 4);
	else if (type == DNS_AAAA)
		add_internet_address(t, class, &data, 16);
	else if (!add_host(t, type, &data, r))
		add_other(t, type, &data, r);
	return !data.bad;
}
