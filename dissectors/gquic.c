/* SPDX-License-Identifier: Apache-2.0 */
/* Google's QUIC before it was the IETF's; gquic.h says what it is and where it is written. */
#include "dissectors/gquic.h"

#include "base/cleanup.h"
#include "dissectors/quic_keys.h"

#define VERSION_FIRST     24
#define VERSION_LAST      50
#define HASH_BYTES        12 /* of packets that nothing seals, FNV-1a */
#define TAGS_MAX          128
#define NAME_BYTES_MAX    255
#define CRYPTO_STREAM     1
#define LONG_BIT          0x80
#define HAS_IDENTIFIER    0x08 /* public flags */
#define HAS_VERSION       0x01
#define IS_RESET          0x02
#define PRIVATE_FEC_GROUP 0x02
#define TAG(a, b, c, d)   ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static const char version_names[][5] = {"Q024", "Q025", "Q026", "Q027", "Q028", "Q029", "Q030",
	"Q031", "Q032", "Q033", "Q034", "Q035", "Q036", "Q037", "Q038", "Q039", "Q040", "Q041",
	"Q042", "Q043", "Q044", "Q045", "Q046", "Q047", "Q048", "Q049", "Q050"};

_Static_assert(ARRAY_LEN(version_names) == VERSION_LAST - VERSION_FIRST + 1, "a name each");

/* The number in "Q046"; 0: not Google's, or none of those we read. */
static unsigned number_of(uint64_t version)
{
	unsigned tens = (unsigned)(version >> 8 & 0xff) - '0',
		 ones = (unsigned)(version & 0xff) - '0';

	if (version >> 16 != ('Q' << 8 | '0') || tens > 9 || ones > 9)
		return 0;
	tens = tens * 10 + ones;
	return tens >= VERSION_FIRST && tens <= VERSION_LAST ? tens : 0;
}

bool gquic_version(uint64_t version)
{
	return number_of(version) != 0;
}

bool gquic_frames(uint32_t version)
{
	return gquic_version(version) || version == TAG('T', '0', '5', '0') ||
	       version == TAG('T', '0', '5', '1');
}

const char *gquic_version_name(uint64_t version)
{
	if (version == TAG('T', '0', '5', '0'))
		return "T050";
	if (version == TAG('T', '0', '5', '1'))
		return "T051";
	return gquic_version(version) ? version_names[number_of(version) - VERSION_FIRST] : NULL;
}

/* Flags, identifier, version, number; what a client sends first has an identifier of eight octets.
 */
static bool public_header(struct cursor *in, struct gquic_form *f)
{
	static const uint8_t number_bytes[4] = {1, 2, 4, 6};
	uint8_t flags = cur_u8(in), private_flags;

	cur_skip(in, 8);
	f->version = cur_u32(in);
	if (flags > 0x3f || !(flags & HAS_VERSION) || !(flags & HAS_IDENTIFIER) ||
		flags & IS_RESET || !gquic_version(f->version) || number_of(f->version) > 43)
		return false;
	f->number_bytes = number_bytes[flags >> 4];
	cur_skip(in, f->number_bytes);
	cur_skip(in, HASH_BYTES);
	if (number_of(f->version) < 34) {
		private_flags = cur_u8(in);
		cur_skip(in, private_flags & PRIVATE_FEC_GROUP ? 1 : 0);
	}
	return !in->bad;
}

/* Q044 to Q048: both lengths of identifiers in one octet, 0 or three less than they are. Q049: as
 * RFC 9000 has it, with token and length. */
static bool clear_long_header(struct cursor *in, struct gquic_form *f)
{
	uint8_t first = cur_u8(in);
	unsigned number;

	f->version = cur_u32(in);
	number = number_of(f->version);
	if (!(first & LONG_BIT) || number < 44 || number > 49)
		return false;
	f->number_bytes = number < 46 ? 4 : (uint8_t)((first & 3) + 1);
	if (number == 49) {
		cur_skip(in, cur_u8(in));
		cur_skip(in, cur_u8(in));
		if (!(first >> 4 & 3))
			(void)quic_block(in); /* token */
		*in = quic_block(in);
	} else {
		uint8_t lengths = cur_u8(in);

		cur_skip(in, lengths >> 4 ? (lengths >> 4) + 3u : 0);
		cur_skip(in, lengths & 15 ? (lengths & 15) + 3u : 0);
	}
	cur_skip(in, f->number_bytes);
	cur_skip(in, HASH_BYTES);
	return !in->bad;
}

bool gquic_packet(struct cursor *in, struct gquic_form *ret)
{
	struct gquic_form f = {0};

	if (cur_peek(in, 0) & LONG_BIT ? !clear_long_header(in, &f) : !public_header(in, &f))
		return false;
	*ret = f;
	return true;
}

/* A number of one to eight octets: low octet first before Q039. */
static uint64_t number(struct cursor *in, const struct gquic_form *f, unsigned bytes)
{
	bool low_first = gquic_version(f->version) && number_of(f->version) < 39;
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++) {
		uint64_t octet = cur_u8(in);

		value = low_first ? value | octet << 8 * i : value << 8 | octet;
	}
	return value;
}

/* 1fdooossB: finished, has a length, octets of offset and of the stream's number. */
static struct gquic_piece stream(
	struct cursor *in, const struct gquic_form *f, uint8_t type, uint64_t *ret_stream)
{
	unsigned offset_bytes = type >> 2 & 7;
	struct gquic_piece p;

	*ret_stream = number(in, f, (type & 3u) + 1);
	p.offset = number(in, f, offset_bytes ? offset_bytes + 1 : 0);
	p.octets = cur_sub(in, type & 0x20 ? (size_t)number(in, f, 2) : cur_left(in));
	return p;
}

static void skip_stamps(struct dissect *d, struct cursor *in)
{
	unsigned stamps = cur_u8(in);

	cur_skip(in, stamps ? 5 + (stamps - 1) * 3 : 0);
	d->steps++;
}

/* 01nullmmB, since Q034: largest, delay, first block, more blocks, stamps. */
static void skip_ack(struct dissect *d, struct cursor *in, uint8_t type)
{
	static const uint8_t sizes[4] = {1, 2, 4, 6};
	unsigned blocks = 0, block_bytes = sizes[type & 3];

	cur_skip(in, sizes[type >> 2 & 3] + 2u);
	if (type & 0x20)
		blocks = cur_u8(in);
	cur_skip(in, block_bytes + blocks * (1 + block_bytes));
	skip_stamps(d, in);
}

/* 01ntllmmB, until Q033: entropy, largest, delay, stamps, missing ranges, revived numbers. */
static void skip_old_ack(struct dissect *d, struct cursor *in, uint8_t type)
{
	static const uint8_t sizes[4] = {1, 2, 4, 6};

	cur_skip(in, 1u + sizes[type >> 2 & 3] + 2u);
	skip_stamps(d, in);
	if (type & 0x20) {
		cur_skip(in, (size_t)cur_u8(in) * (sizes[type & 3] + 1u));
		cur_skip(in, (size_t)cur_u8(in) * sizes[type >> 2 & 3]);
	}
}

/* A frame that holds no octets of the handshake; false: it ends the reading. */
static bool skip_frame(
	struct dissect *d, struct cursor *in, const struct gquic_form *f, uint8_t type)
{
	const bool old = gquic_version(f->version) && number_of(f->version) < 34;
	static const uint8_t zeros[16];

	if (type & 0x40) {
		(old ? skip_old_ack : skip_ack)(d, in, type);
		return true;
	}
	switch (type) {
	case 0: /* PADDING */
		while (cur_is(in, zeros, sizeof(zeros)))
			cur_skip(in, sizeof(zeros));
		while (cur_left(in) && cur_peek(in, 0) == 0)
			cur_skip(in, 1);
		return true;
	case 1: /* RST_STREAM: stream, offset, error */
		cur_skip(in, 4 + 8 + 4);
		return true;
	case 4: /* WINDOW_UPDATE: stream, offset */
		cur_skip(in, 4 + 8);
		return true;
	case 5: /* BLOCKED: stream */
		cur_skip(in, 4);
		return true;
	case 6: /* STOP_WAITING: entropy, how far back */
		cur_skip(in, f->number_bytes + (old ? 1u : 0u));
		return true;
	case 7: /* PING */
		return true;
	default: /* CONNECTION_CLOSE, GOAWAY, or what we do not know the size of */
		return false;
	}
}

bool gquic_next(struct dissect *d, struct cursor *in, const struct gquic_form *form,
	struct gquic_piece *ret)
{
	while (cur_left(in) > 0) {
		uint8_t type = cur_u8(in);
		uint64_t stream_number = CRYPTO_STREAM;

		d->steps++;
		if (type & 0x80) {
			*ret = stream(in, form, type, &stream_number);
		} else if (type == 8) { /* CRYPTO, since Q048 */
			ret->offset = quic_integer(in);
			ret->octets = quic_block(in);
		} else {
			if (!skip_frame(d, in, form, type))
				return false;
			continue;
		}
		if (in->bad)
			return false;
		if (stream_number == CRYPTO_STREAM)
			return true;
	}
	return false;
}

static uint32_t low_first(struct cursor *in)
{
	uint32_t value = cur_u8(in);

	value |= (uint32_t)cur_u8(in) << 8;
	value |= (uint32_t)cur_u8(in) << 16;
	return value | (uint32_t)cur_u8(in) << 24;
}

static void record_tag(
	struct record *r, uint32_t tag, struct cursor value, const struct gquic_fields *to)
{
	size_t bytes = cur_left(&value);
	const struct field *f = NULL;
	struct record_value there;

	if (tag == TAG('S', 'N', 'I', 0))
		f = to->server_name;
	else if (tag == TAG('U', 'A', 'I', 'D'))
		f = to->user_agent;
	else if (tag == TAG('A', 'L', 'P', 'N'))
		f = to->alpn;
	if (!f || record_find(r, f, &there)) /* no tag may come twice */
		return;
	if (f == to->server_name && bytes > NAME_BYTES_MAX)
		bytes = NAME_BYTES_MAX;
	record_text(r, f, value.pos, bytes);
}

/* "QUIC Crypto": tag, count, two octets of nothing; count times a tag and where its value ends; the
 * values. */
enum dissect_result gquic_hello(struct dissect *d, struct cursor in, const struct gquic_fields *to)
{
	struct cursor table, values, walk;
	uint32_t end = 0;
	size_t count;

	if (cur_left(&in) < 8)
		return DISSECT_MORE;
	if (cur_u32(&in) != TAG('C', 'H', 'L', 'O'))
		return DISSECT_BAD;
	count = low_first(&in) & 0xffff;
	if (count > TAGS_MAX)
		return DISSECT_BAD;
	if (cur_left(&in) < 8 * count)
		return DISSECT_MORE;
	table = cur_sub(&in, 8 * count);
	for (walk = table; cur_left(&walk) > 0; d->steps++) {
		uint32_t before = end;

		cur_skip(&walk, 4);
		end = low_first(&walk);
		if (end < before)
			return DISSECT_BAD;
	}
	if (cur_left(&in) < end)
		return DISSECT_MORE;
	values = cur_sub(&in, end);
	for (walk = table; cur_left(&walk) > 0; d->steps++) {
		uint32_t tag = cur_u32(&walk), at = (uint32_t)cur_offset(&values);

		record_tag(d->flow, tag, cur_sub(&values, low_first(&walk) - at), to);
	}
	return DISSECT_DONE;
}
