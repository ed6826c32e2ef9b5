/* SPDX-License-Identifier: Apache-2.0 */
/* A ClientHello's fingerprints beside the plainest reference: the whole string is built with
 * snprintf, values are sorted by exchange, and only then hashed. Input: a transport, the body of a
 * ClientHello. */
#include <stdbool.h>
#include <stdio.h>

#include "base/crypto.h"
#include "base/text.h"
#include "dissectors/ja.h"
#include "tests/fuzz/fuzz.h"

#define STRING_MAX (1u << 20)
#define VALUES_MAX 40000

struct list {
	unsigned count;
	uint16_t value[VALUES_MAX];
};

/* The parts of a hello, read by offsets; an extension that does not fit was refused before. */
struct plain {
	uint16_t version;
	bool has_name;
	struct list ciphers, extensions, groups, formats, signatures, versions;
	uint16_t best; /* of the last list of versions that had one */
	uint8_t alpn[256];
	size_t alpn_bytes;
};

static uint16_t u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static bool is_grease(uint16_t value)
{
	return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

static void take(struct list *to, const uint8_t *at, size_t bytes, size_t width)
{
	for (; bytes >= width; at += width, bytes -= width)
		to->value[to->count++] = width == 2 ? u16(at) : at[0];
}

/* A list with its length in front, in `head` octets; of one that does not fit nothing is read. */
static void take_list(struct list *to, const uint8_t *at, size_t bytes, size_t width, size_t head)
{
	size_t length;

	to->count = 0;
	if (bytes < head)
		return;
	length = head == 2 ? u16(at) : at[0];
	if (length <= bytes - head)
		take(to, at + head, length, width);
}

/* The first name of a list of them, if all of the list is there. */
static void read_alpn(struct plain *p, const uint8_t *at, size_t bytes)
{
	p->alpn_bytes = 0;
	if (bytes < 3 || u16(at) > bytes - 2 || u16(at) == 0 || at[2] > u16(at) - 1)
		return;
	p->alpn_bytes = at[2];
	memcpy(p->alpn, at + 3, p->alpn_bytes);
}

static void read_versions(struct plain *p, const uint8_t *at, size_t bytes)
{
	uint16_t best = 0;

	take_list(&p->versions, at, bytes, 2, 1);
	for (unsigned i = 0; i < p->versions.count; i++)
		if (!is_grease(p->versions.value[i]) && p->versions.value[i] > best)
			best = p->versions.value[i];
	p->best = best ? best : p->best;
}

static void read_extension(struct plain *p, uint16_t type, const uint8_t *at, size_t bytes)
{
	p->extensions.value[p->extensions.count++] = type;
	p->has_name |= type == 0;
	if (bytes == 0)
		return;
	if (type == 10)
		take_list(&p->groups, at, bytes, 2, 2);
	else if (type == 11)
		take_list(&p->formats, at, bytes, 1, 1);
	else if (type == 13)
		take_list(&p->signatures, at, bytes, 2, 2);
	else if (type == 43)
		read_versions(p, at, bytes);
	else if (type == 16)
		read_alpn(p, at, bytes);
}

static void plain_read(struct plain *p, const uint8_t *body, size_t size)
{
	size_t at = 34, end;

	memset(p, 0, sizeof(*p));
	p->version = u16(body);
	at += 1u + body[at];
	take(&p->ciphers, body + at + 2, u16(body + at), 2);
	at += 2u + u16(body + at);
	at += 1u + body[at];
	if (at == size)
		return;
	end = at + 2 + u16(body + at);
	for (at += 2; at < end; at += 4u + u16(body + at + 2))
		read_extension(p, u16(body + at), body + at + 4, u16(body + at + 2));
}

static size_t add_list(char *to, size_t used, const struct list *l, bool grease)
{
	bool first = true;

	for (unsigned i = 0; i < l->count; i++) {
		if (!grease && is_grease(l->value[i]))
			continue;
		used += (size_t)snprintf(
			to + used, STRING_MAX - used, first ? "%u" : "-%u", l->value[i]);
		first = false;
	}
	return used;
}

static void plain_ja3(char ret[JA3_BYTES], const struct plain *p, char *string)
{
	size_t used = (size_t)snprintf(string, STRING_MAX, "%u,", p->version);
	const struct list *lists[] = {&p->ciphers, &p->extensions, &p->groups, &p->formats};
	uint8_t digest[16];

	for (size_t i = 0; i < 4; i++) {
		used = add_list(string, used, lists[i], i == 3);
		if (i < 3)
			string[used++] = ',';
	}
	crypto_md5(digest, string, used);
	text_hex(ret, digest, sizeof(digest));
}

static int by_value(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

/* Twelve digits of the sorted values but server name and ALPN, and the signatures behind them. */
static unsigned plain_hash(
	char ret[13], const struct list *l, const struct list *more, char *string)
{
	static struct list kept;
	unsigned all = 0;
	size_t used = 0;
	uint8_t digest[32];
	bool first = true;

	kept.count = 0;
	for (unsigned i = 0; i < l->count; i++) {
		if (is_grease(l->value[i]))
			continue;
		all++;
		if (!more || (l->value[i] != 0 && l->value[i] != 16))
			kept.value[kept.count++] = l->value[i];
	}
	qsort(kept.value, kept.count, sizeof(kept.value[0]), by_value);
	for (unsigned i = 0; i < kept.count; i++)
		used += (size_t)snprintf(
			string + used, STRING_MAX - used, i ? ",%04x" : "%04x", kept.value[i]);
	for (unsigned i = 0; more && i < more->count; i++) {
		if (is_grease(more->value[i]))
			continue;
		used += (size_t)snprintf(string + used, STRING_MAX - used,
			first ? "_%04x" : ",%04x", more->value[i]);
		first = false;
	}
	crypto_sha256(digest, string, used);
	text_hex(ret, digest, 6);
	if (kept.count == 0)
		memcpy(ret, "000000000000", 13);
	return all < 99 ? all : 99;
}

static bool is_word(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const char *plain_version(const struct plain *p)
{
	static const struct {
		uint16_t version;
		const char *code;
	} codes[] = {{0x304, "13"}, {0x303, "12"}, {0x302, "11"}, {0x301, "10"}, {0x300, "s3"},
		{2, "s2"}, {0xfeff, "d1"}, {0xfefd, "d2"}, {0xfefc, "d3"}};
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].version == (p->best ? p->best : p->version))
			return codes[i].code;
	return "00";
}

static void plain_ja4(char ret[JA4_BYTES], const struct plain *p, char transport, char *string)
{
	char ciphers[13], extensions[13], alpn[3] = "00";
	unsigned cipher_count = plain_hash(ciphers, &p->ciphers, NULL, string);
	unsigned extension_count = plain_hash(extensions, &p->extensions, &p->signatures, string);
	uint8_t from = p->alpn[0], to = p->alpn_bytes ? p->alpn[p->alpn_bytes - 1] : 0;

	if (p->alpn_bytes && is_word(from) && is_word(to))
		(void)snprintf(alpn, sizeof(alpn), "%c%c", from, to);
	else if (p->alpn_bytes)
		(void)snprintf(alpn, sizeof(alpn), "%x%x", from >> 4, to & 15u);
	(void)snprintf(string, STRING_MAX, "%c%s%c%02u%02u%s_%s_%s", transport, plain_version(p),
		p->has_name ? 'd' : 'i', cipher_count, extension_count, alpn, ciphers, extensions);
	memcpy(ret, string, JA4_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char transport = "tq"[fuzz_take(&data, &size) % 2], is[JA4_BYTES], wanted[JA4_BYTES];
	uint8_t *body = fuzz_copy(data, size);
	struct plain *p = malloc(sizeof(*p));
	char *string = malloc(STRING_MAX);
	struct client_hello hello;

	assert(p && string);
	if (size <= 65535 && client_hello_parse(&hello, cur_init(body, size))) {
		plain_read(p, body, size);
		if (ja3(is, &hello)) {
			plain_ja3(wanted, p, string);
			assert(memcmp(is, wanted, JA3_BYTES - 1) == 0);
		}
		if (ja4(is, &hello, transport)) {
			plain_ja4(wanted, p, transport, string);
			assert(memcmp(is, wanted, JA4_BYTES - 1) == 0);
		}
	}
	free(string);
	free(p);
	free(body);
	return 0;
}
