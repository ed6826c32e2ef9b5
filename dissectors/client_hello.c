/* SPDX-License-Identifier: Apache-2.0 */
/* TLS ClientHello, RFC 8446 section 4.1.2. The handshake length has been checked; nothing else. */
#include "dissectors/client_hello.h"

#include "dissectors/ja.h"

#define SERVER_NAME_BYTES_MAX 255
#define ALPN_TEXT_BYTES_MAX   512

/* The highest version but GREASE; zero when there is none. DTLS writes its versions as ones'
 * complement: 0xfefd is 1.2; in TLS such a number is one like any other. */
static uint16_t highest_version(struct cursor list, bool dtls)
{
	uint16_t best = 0;

	while (cur_left(&list) >= 2) {
		uint16_t version = cur_u16(&list);
		bool higher = dtls && version >> 8 == 0xfe ? version < best : version > best;

		if (!tls_is_grease(version) && (higher || best == 0))
			best = version;
	}
	return best;
}

/* ServerNameList, RFC 6066 section 3: the first entry of type host_name. */
static struct cursor first_host_name(struct cursor *body)
{
	struct cursor list = cur_sub(body, cur_u16(body));

	while (cur_left(&list) > 0) {
		uint8_t type = cur_u8(&list);
		struct cursor name = cur_sub(&list, cur_u16(&list));

		if (type == 0 && !name.bad)
			return name;
	}
	body->bad = body->bad || list.bad;
	return cur_init(NULL, 0);
}

/* Each name of a ProtocolNameList, RFC 7301 section 3.1, must fit. */
static struct cursor protocol_names(struct cursor *body)
{
	struct cursor list = cur_sub(body, cur_u16(body)), walk = list;

	while (cur_left(&walk) > 0)
		cur_skip(&walk, cur_u8(&walk));
	body->bad = body->bad || walk.bad;
	return list;
}

/* One extension; an empty or malformed body is taken as an empty list. */
static void extension(struct client_hello *h, uint16_t type, struct cursor body, bool dtls)
{
	uint16_t best;

	h->has_server_name = h->has_server_name || type == TLS_EXT_SERVER_NAME;
	h->ech = h->ech || type == TLS_EXT_ECH;
	if (cur_left(&body) == 0)
		return;
	switch (type) {
	case TLS_EXT_SERVER_NAME:
		h->server_name = first_host_name(&body);
		break;
	case TLS_EXT_GROUPS:
		h->groups = cur_sub(&body, cur_u16(&body));
		break;
	case TLS_EXT_POINT_FORMATS:
		h->point_formats = cur_sub(&body, cur_u8(&body));
		break;
	case TLS_EXT_SIGNATURES:
		h->signatures = cur_sub(&body, cur_u16(&body));
		break;
	case TLS_EXT_ALPN:
		h->alpn = protocol_names(&body);
		break;
	case TLS_EXT_VERSIONS:
		best = highest_version(cur_sub(&body, cur_u8(&body)), dtls);
		h->version = best ? best : h->version;
		break;
	default:
		break;
	}
}

static bool parse(struct client_hello *ret, struct cursor in, bool dtls)
{
	struct client_hello h = {.legacy_version = cur_u16(&in)};
	struct cursor walk;

	h.version = h.legacy_version;
	cur_skip(&in, 32);          /* random */
	cur_skip(&in, cur_u8(&in)); /* session identifier */
	if (dtls)                   /* its cookie */
		cur_skip(&in, cur_u8(&in));
	h.ciphers = cur_sub(&in, cur_u16(&in));
	cur_skip(&in, cur_u8(&in)); /* compression methods */
	if (cur_left(&in) > 0)
		h.extensions = cur_sub(&in, cur_u16(&in));
	if (in.bad || cur_left(&h.ciphers) % 2 != 0)
		return false;
	walk = h.extensions;
	while (cur_left(&walk) > 0) {
		uint16_t type = cur_u16(&walk);
		struct cursor body = cur_sub(&walk, cur_u16(&walk));

		/* one that is malformed says nothing; the name stands in another */
		extension(&h, type, body, dtls);
		h.extension_count++;
	}
	*ret = h;
	return !walk.bad;
}

bool client_hello_parse(struct client_hello *ret, struct cursor in)
{
	return parse(ret, in, false);
}

bool client_hello_parse_dtls(struct client_hello *ret, struct cursor in)
{
	return parse(ret, in, true);
}

/* All names as one text, joined by commas, as far as there is room; a comma in a name is \x2c. */
static void record_alpn(struct record *r, const struct field *f, struct cursor names)
{
	char text[ALPN_TEXT_BYTES_MAX];
	size_t used = 0;

	while (cur_left(&names) > 0) {
		size_t bytes = cur_u8(&names);
		const uint8_t *name = cur_take(&names, bytes);

		if (!name || used + bytes + 1 > sizeof(text))
			break;
		if (used)
			text[used++] = ',';
		for (size_t i = 0; i < bytes && used + 4 <= sizeof(text); i++) {
			if (name[i] != ',') {
				text[used++] = (char)name[i];
			} else {
				memcpy(text + used, "\\x2c", 4);
				used += 4;
			}
		}
	}
	record_text(r, f, text, used);
}

void client_hello_record(
	struct record *r, const struct client_hello *hello, const struct client_hello_fields *to)
{
	size_t name_bytes = cur_left(&hello->server_name);
	char hash[JA3_BYTES], ja4_text[JA4_BYTES];

	if (name_bytes > SERVER_NAME_BYTES_MAX)
		name_bytes = SERVER_NAME_BYTES_MAX;
	record_text(r, to->server_name, hello->server_name.pos, name_bytes);
	record_alpn(r, to->alpn, hello->alpn);
	if (ja3(hash, hello))
		record_text(r, to->ja3, hash, JA3_BYTES - 1);
	else
		r->lost_values++;
	if (ja4(ja4_text, hello, to->transport))
		record_text(r, to->ja4, ja4_text, JA4_BYTES - 1);
	else
		r->lost_values++;
	if (to->ech)
		record_number(r, to->ech, hello->ech);
}
