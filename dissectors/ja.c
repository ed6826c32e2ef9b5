/* SPDX-License-Identifier: Apache-2.0 */
#include "dissectors/ja.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/text.h"

/* The string to be hashed. What no longer fits marks it full. */
struct ja_string {
	size_t used;
	bool full;
	char text[JA_STRING_MAX];
};

static void add_char(struct ja_string *s, char c)
{
	if (s->used == sizeof(s->text))
		s->full = true;
	else
		s->text[s->used++] = c;
}

static void add_decimal(struct ja_string *s, uint16_t value)
{
	char digits[5];
	int count = 0;

	do {
		digits[count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (count)
		add_char(s, digits[--count]);
}

static void add_hex(struct ja_string *s, uint16_t value)
{
	for (int shift = 12; shift >= 0; shift -= 4)
		add_char(s, "0123456789abcdef"[value >> shift & 15]);
}

/* `,` and the values of a list, joined by `-`. */
static void add_ja3_list(struct ja_string *s, struct cursor list, unsigned width)
{
	char separator = ',';

	while (cur_left(&list) >= width) {
		uint16_t value = width == 2 ? cur_u16(&list) : cur_u8(&list);

		if (width == 2 && tls_is_grease(value))
			continue;
		add_char(s, separator);
		add_decimal(s, value);
		separator = '-';
	}
	if (separator == ',')
		add_char(s, ',');
}

static void add_ja3_extensions(struct ja_string *s, struct cursor extensions)
{
	char separator = ',';

	while (cur_left(&extensions) > 0) {
		uint16_t type = cur_u16(&extensions);

		cur_skip(&extensions, cur_u16(&extensions));
		if (extensions.bad || tls_is_grease(type))
			continue;
		add_char(s, separator);
		add_decimal(s, type);
		separator = '-';
	}
	if (separator == ',')
		add_char(s, ',');
}

static bool finish_ja3(char to[JA3_BYTES], const struct ja_string *s)
{
	uint8_t digest[16];

	if (s->full)
		return false;
	crypto_md5(digest, s->text, s->used);
	text_hex(to, digest, sizeof(digest));
	return true;
}

bool ja3(char to[JA3_BYTES], const struct client_hello *hello)
{
	struct ja_string s;

	s.used = 0;
	s.full = false;
	add_decimal(&s, hello->legacy_version);
	add_ja3_list(&s, hello->ciphers, 2);
	add_ja3_extensions(&s, hello->extensions);
	add_ja3_list(&s, hello->groups, 2);
	add_ja3_list(&s, hello->point_formats, 1);
	return finish_ja3(to, &s);
}

bool ja3s(char to[JA3_BYTES], uint16_t version, uint16_t cipher, struct cursor extensions)
{
	struct ja_string s;

	s.used = 0;
	s.full = false;
	add_decimal(&s, version);
	add_char(&s, ',');
	add_decimal(&s, cipher);
	add_ja3_extensions(&s, extensions);
	return finish_ja3(to, &s);
}

struct ja_values {
	unsigned count;
	bool full;
	uint16_t value[JA_VALUES_MAX];
};

static void add_value(struct ja_values *v, uint16_t value)
{
	if (tls_is_grease(value))
		return;
	if (v->count == JA_VALUES_MAX)
		v->full = true;
	else
		v->value[v->count++] = value;
}

/* Shell's sort with Ciura's gaps: no memory, and no quadratic worst case that a sender can reach.
 */
static void sort_values(struct ja_values *v)
{
	static const unsigned gaps[] = {301, 132, 57, 23, 10, 4, 1};

	for (unsigned g = 0; g < ARRAY_LEN(gaps); g++) {
		for (unsigned i = gaps[g]; i < v->count; i++) {
			uint16_t value = v->value[i];
			unsigned to = i;

			for (; to >= gaps[g] && v->value[to - gaps[g]] > value; to -= gaps[g])
				v->value[to] = v->value[to - gaps[g]];
			v->value[to] = value;
		}
	}
}

/* Twelve digits of the SHA-256 of the values and, behind `_`, of the signature algorithms. */
static bool hash_values(char to[12], const struct ja_values *v, struct cursor signatures)
{
	struct ja_string s;
	uint8_t digest[32];
	char hex[13], separator = '_';

	s.used = 0;
	s.full = v->full;
	for (unsigned i = 0; i < v->count; i++) {
		if (i)
			add_char(&s, ',');
		add_hex(&s, v->value[i]);
	}
	while (cur_left(&signatures) >= 2) {
		uint16_t algorithm = cur_u16(&signatures);

		if (tls_is_grease(algorithm))
			continue;
		add_char(&s, separator);
		add_hex(&s, algorithm);
		separator = ',';
	}
	if (s.full)
		return false;
	if (v->count == 0) {
		memset(to, '0', 12);
		return true;
	}
	crypto_sha256(digest, s.text, s.used);
	text_hex(hex, digest, 6);
	memcpy(to, hex, 12);
	return true;
}

static const char *version_code(uint16_t version)
{
	static const struct {
		uint16_t version;
		char code[3];
	} codes[] = {{0x0304, "13"}, {0x0303, "12"}, {0x0302, "11"}, {0x0301, "10"}, {0x0300, "s3"},
		{0x0002, "s2"}, {0xfeff, "d1"}, {0xfefd, "d2"}, {0xfefc, "d3"}};

	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		if (codes[i].version == version)
			return codes[i].code;
	}
	return "00";
}

static bool is_alphanumeric(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* First and last character of the first name; of its hexadecimal form where one of the two is not
 * alphanumeric. */
static void alpn_code(char to[2], struct cursor names)
{
	size_t bytes = cur_u8(&names);
	const uint8_t *name = cur_take(&names, bytes);
	static const char digits[] = "0123456789abcdef";

	if (!name || bytes == 0) {
		memset(to, '0', 2);
	} else if (is_alphanumeric(name[0]) && is_alphanumeric(name[bytes - 1])) {
		to[0] = (char)name[0];
		to[1] = (char)name[bytes - 1];
	} else {
		to[0] = digits[name[0] >> 4];
		to[1] = digits[name[bytes - 1] & 15];
	}
}

static void two_digits(char to[2], unsigned count)
{
	count = count > 99 ? 99 : count;
	to[0] = (char)('0' + count / 10);
	to[1] = (char)('0' + count % 10);
}

static bool ja4_ciphers(char count[2], char hash[12], struct cursor ciphers)
{
	struct ja_values v;

	v.count = 0;
	v.full = false;
	while (cur_left(&ciphers) >= 2)
		add_value(&v, cur_u16(&ciphers));
	two_digits(count, v.count);
	sort_values(&v);
	return hash_values(hash, &v, cur_init(NULL, 0));
}

/* Server name and ALPN are counted but not hashed: they say where to, not who. */
static bool ja4_extensions(char count[2], char hash[12], const struct client_hello *hello)
{
	struct cursor walk = hello->extensions;
	struct ja_values v;
	unsigned left_out = 0;

	v.count = 0;
	v.full = false;
	while (cur_left(&walk) > 0) {
		uint16_t type = cur_u16(&walk);

		cur_skip(&walk, cur_u16(&walk));
		if (type == TLS_EXT_SERVER_NAME || type == TLS_EXT_ALPN)
			left_out++;
		else
			add_value(&v, type);
	}
	two_digits(count, v.count + left_out);
	sort_values(&v);
	return hash_values(hash, &v, hello->signatures);
}

bool ja4(char to[JA4_BYTES], const struct client_hello *hello, char transport)
{
	char text[JA4_BYTES] = {0};

	text[0] = transport;
	memcpy(text + 1, version_code(hello->version), 2);
	text[3] = hello->has_server_name ? 'd' : 'i';
	alpn_code(text + 8, hello->alpn);
	text[10] = text[23] = '_';
	if (!ja4_ciphers(text + 4, text + 11, hello->ciphers) ||
		!ja4_extensions(text + 6, text + 24, hello))
		return false;
	memcpy(to, text, JA4_BYTES);
	return true;
}
