/* SPDX-License-Identifier: Apache-2.0 */
/* QUIC's long headers and the keys of client Initials: RFC 9000 section 17.2, RFC 9001 section 5,
 * RFC 9369. */
#include "dissectors/quic_keys.h"

#include "base/cleanup.h"
#include "base/crypto.h"

#define TAG_BYTES    16
#define SAMPLE_BYTES 16
#define SALT_BYTES   20

/* V2 is of RFC 9369; V2_DRAFT of its drafts 01 to 07, which had the number 0x709a50c4. */
enum salt { V1, V2, V2_DRAFT, DRAFT_29, DRAFT_23, DRAFT_22, Q050, T050, T051, SALTS };

static const uint8_t salts[SALTS][SALT_BYTES] = {
	[V1] = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8,
		0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
	[V2] = {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26,
		0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
	[V2_DRAFT] = {0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d, 0x62, 0xca, 0x57,
		0x04, 0x06, 0xea, 0x7a, 0xe3, 0xe5, 0xd3},
	[DRAFT_29] = {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c,
		0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99},
	[DRAFT_23] = {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b,
		0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02},
	[DRAFT_22] = {0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a, 0x96, 0xcd, 0x21,
		0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a},
	[Q050] = {0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94, 0x5c, 0xfc, 0xdb,
		0xd3, 0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45},
	[T050] = {0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80, 0x30, 0x4c, 0x43,
		0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10},
	[T051] = {0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50, 0x6c, 0x19, 0x12,
		0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d},
};

static enum salt draft_salt(uint8_t draft)
{
	if (draft == 33 || draft == 34)
		return V1;
	if (draft >= 29 && draft <= 32)
		return DRAFT_29;
	if (draft >= 23 && draft <= 28)
		return DRAFT_23;
	return draft == 22 ? DRAFT_22 : SALTS;
}

/* What a version's Initials are salted with; SALTS: a version that we cannot read. */
static enum salt salt_of(uint32_t version)
{
	switch (version) {
	case 1:
		return V1;
	case 0x6b3343cf:
		return V2;
	case 0x709a50c4:
		return V2_DRAFT;
	case 0x51303530:
		return Q050;
	case 0x54303530:
		return T050;
	case 0x54303531:
		return T051;
	case 0xfaceb001: /* mvfst, by its own source: this one, two names for v1, the others */
		return DRAFT_22;
	case 0xfaceb003:
	case 0xfaceb004:
		return V1;
	default:
		break;
	}
	if (version >> 8 == 0xff0000)
		return draft_salt((uint8_t)version);
	if (version >> 5 == 0xfaceb000 >> 5)
		return DRAFT_23;
	/* offered to be refused (RFC 9000 section 15); who did so sealed as draft 29 */
	return (version & 0x0f0f0f0f) == 0x0a0a0a0a ? DRAFT_29 : SALTS;
}

static bool is_v2(uint32_t version)
{
	return salt_of(version) == V2 || salt_of(version) == V2_DRAFT;
}

uint64_t quic_integer(struct cursor *in)
{
	uint8_t first = cur_u8(in);
	uint64_t value = first & 0x3f;

	for (unsigned more = (1u << (first >> 6)) - 1; more > 0; more--)
		value = value << 8 | cur_u8(in);
	return value;
}

struct cursor quic_block(struct cursor *in)
{
	uint64_t bytes = quic_integer(in);

	if (bytes > cur_left(in))
		cur_fail(in);
	return cur_sub(in, in->bad ? 0 : (size_t)bytes);
}

static enum quic_packet_type packet_type(uint32_t version, uint8_t first)
{
	unsigned bits = first >> 4 & 3;

	/* RFC 9369 section 3.2 turns the numbers by one */
	return (enum quic_packet_type)(is_v2(version) ? (bits + 3) & 3 : bits);
}

bool quic_long_header(struct cursor *in, struct quic_packet *ret)
{
	struct quic_packet p = {.begin = in->pos};
	struct cursor token = {.bad = true};
	uint8_t from_bytes;

	p.first = cur_u8(in);
	p.version = cur_u32(in);
	p.to = cur_sub(in, cur_u8(in));
	from_bytes = cur_u8(in);
	cur_skip(in, from_bytes);
	if (in->bad || !(p.first & 0x80) || cur_left(&p.to) > QUIC_ID_BYTES_MAX ||
		from_bytes > QUIC_ID_BYTES_MAX || salt_of(p.version) == SALTS)
		return false;
	p.type = packet_type(p.version, p.first);
	if (p.type == QUIC_INITIAL)
		token = quic_block(in);
	p.has_token = cur_left(&token) > 0;
	/* a Retry is its datagram's only packet and ends with 16 octets of integrity tag */
	if (p.type == QUIC_RETRY && cur_left(in) <= TAG_BYTES)
		return false;
	p.payload = p.type == QUIC_RETRY ? cur_sub(in, cur_left(in)) : quic_block(in);
	if (in->bad)
		return false;
	p.header_bytes = (size_t)(p.payload.pos - p.begin);
	*ret = p;
	return true;
}

bool quic_negotiation(struct cursor in)
{
	uint8_t first = cur_u8(&in);
	bool known = false;

	if (!(first & 0x80) || cur_u32(&in) != 0)
		return false;
	for (int i = 0; i < 2; i++) {
		uint8_t bytes = cur_u8(&in);

		cur_skip(&in, bytes);
		if (bytes > QUIC_ID_BYTES_MAX)
			return false;
	}
	/* a server offers a handful; more than these are not looked at */
	for (int i = 0; i < 16 && !known && cur_left(&in) >= 4; i++)
		known = salt_of(cur_u32(&in)) != SALTS;
	return known && !in.bad && cur_left(&in) % 4 == 0;
}

void quic_keys_derive(struct quic_keys *ret, uint32_t version, struct cursor id)
{
	const bool v2 = is_v2(version);
	uint8_t initial[32], client[32];

	ret->version = version;
	ret->id_bytes = (uint8_t)cur_left(&id);
	if (ret->id_bytes)
		memcpy(ret->id, id.pos, ret->id_bytes);
	crypto_hkdf_extract(initial, salts[salt_of(version)], SALT_BYTES, ret->id, ret->id_bytes);
	crypto_hkdf_labels(initial, &(struct crypto_label){"client in", client, 32}, 1);
	crypto_hkdf_labels(client,
		(struct crypto_label[]){{v2 ? "quicv2 key" : "quic key", ret->key, 16},
			{v2 ? "quicv2 iv" : "quic iv", ret->iv, 12},
			{v2 ? "quicv2 hp" : "quic hp", ret->hp, 16}},
		3);
}

struct cursor quic_open(
	const struct quic_keys *k, const struct quic_packet *p, uint8_t *space, size_t space_bytes)
{
	struct cursor payload = p->payload, none = {.bad = true};
	size_t header_bytes = p->header_bytes, number_bytes, bytes;
	uint8_t mask[SAMPLE_BYTES], nonce[sizeof(k->iv)];

	/* RFC 9001 section 5.4: the mask is the cipher of a sample behind four octets of number */
	if (cur_left(&payload) < 4 + SAMPLE_BYTES ||
		header_bytes + cur_left(&payload) > space_bytes ||
		!crypto_aes128_block(mask, k->hp, payload.pos + 4))
		return none;
	memcpy(space, p->begin, header_bytes);
	space[0] ^= mask[0] & 0x0f;
	/* reserved bits are zero (RFC 9000 section 17.2): three of four wrong keys end here, which
	 * is cheaper than to see that the tag is wrong */
	if (space[0] & 0x0c)
		return none;
	number_bytes = (space[0] & 3u) + 1;
	memcpy(nonce, k->iv, sizeof(nonce));
	for (size_t i = 0; i < number_bytes; i++) {
		uint8_t octet = cur_u8(&payload) ^ mask[1 + i];

		space[header_bytes++] = octet;
		nonce[sizeof(nonce) - number_bytes + i] ^= octet;
	}
	bytes = cur_left(&payload);
	if (bytes <= TAG_BYTES || !crypto_aes128_gcm_open(space + header_bytes, k->key, nonce,
					  space, header_bytes, payload.pos, bytes))
		return none;
	return cur_init(space + header_bytes, bytes - TAG_BYTES);
}
