/* SPDX-License-Identifier: Apache-2.0 */
/* CRYPTO frames of one hello, cut anywhere, twice over, in several Initials: whatever their order,
 * the result is the same (FZ07). The ciphers are stubs of this file, which the linker takes before
 * those of base/crypto.c, so that a fuzzer sees through them: nothing is sealed, a tag is 16 octets
 * of anything.
 *
 * Input: octets that say how the hello is cut and how its pieces are mixed (at most PIECES_MAX,
 * three octets each: offset, length, place), after a length (two octets) and the hello. */
#include <stdbool.h>

#include "base/crypto.h"
#include "base/schema.h"
#include "dissectors/dissect.h"
#include "tests/fuzz/fuzz.h"

#define HELLO_BYTES_MAX 2048
#define PIECES_MAX      24
#define PACKETS         4 /* fewer than the Initials that are read of a flow */
#define PACKET_BYTES    16000
#define TAG_BYTES       16

extern const struct dissector quic_dissector;

static void mix(uint8_t *ret, size_t ret_bytes, const void *octets, size_t bytes)
{
	const uint8_t *p = octets;
	uint64_t h = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < bytes; i++)
		h = (h ^ p[i]) * 1099511628211u;
	for (size_t i = 0; i < ret_bytes; i++, h = (h ^ i) * 1099511628211u)
		ret[i] = (uint8_t)(h >> 32);
}

void crypto_md5(uint8_t ret[16], const void *octets, size_t bytes)
{
	mix(ret, 16, octets, bytes);
}

void crypto_sha1(uint8_t ret[20], const void *octets, size_t bytes)
{
	mix(ret, 20, octets, bytes);
}

void crypto_sha256(uint8_t ret[32], const void *octets, size_t bytes)
{
	mix(ret, 32, octets, bytes);
}

void crypto_hkdf_extract(uint8_t ret[32], const void *salt, size_t salt_bytes, const void *secret,
	size_t secret_bytes)
{
	(void)salt;
	(void)salt_bytes;
	mix(ret, 32, secret, secret_bytes);
}

void crypto_hkdf_labels(const uint8_t secret[32], const struct crypto_label *labels, size_t count)
{
	for (size_t i = 0; i < count; i++)
		mix(labels[i].ret, labels[i].bytes, secret, 32);
}

bool crypto_aes128_block(uint8_t ret[16], const uint8_t key[16], const uint8_t block[16])
{
	(void)key;
	(void)block;
	memset(ret, 0, 16);
	return true;
}

bool crypto_aes128_gcm_open(uint8_t *ret, const uint8_t key[16], const uint8_t nonce[12],
	const void *associated, size_t associated_bytes, const void *sealed, size_t sealed_bytes)
{
	(void)key;
	(void)nonce;
	(void)associated;
	(void)associated_bytes;
	memcpy(ret, sealed, sealed_bytes - TAG_BYTES);
	return true;
}

struct piece {
	uint16_t at, bytes;
	uint8_t place; /* which packet, and before or behind others */
};

struct input {
	uint8_t hello[HELLO_BYTES_MAX];
	size_t hello_bytes;
	struct piece pieces[PIECES_MAX];
	size_t count;
};

struct packet {
	uint8_t octets[PACKET_BYTES];
	size_t bytes;
};

static void put(struct packet *p, const void *octets, size_t bytes)
{
	assert(p->bytes + bytes <= sizeof(p->octets));
	memcpy(p->octets + p->bytes, octets, bytes);
	p->bytes += bytes;
}

static void put_long(struct packet *p, size_t value)
{
	put(p, (uint8_t[]){(uint8_t)(0x40 | value >> 8), (uint8_t)value}, 2);
}

/* An Initial with the pieces that `order` gives it, one behind the other. */
static void packet_make(struct packet *p, const struct input *in, const uint8_t *order, unsigned n)
{
	static const uint8_t header[] = {
		0xc0, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0};
	size_t length_at = sizeof(header) - 3, sealed;

	p->bytes = 0;
	put(p, header, sizeof(header));
	for (size_t i = 0; i < in->count; i++) {
		const struct piece *piece = &in->pieces[order[i]];

		if (piece->place % PACKETS != n)
			continue;
		put(p, (uint8_t[]){6}, 1);
		put_long(p, piece->at);
		put_long(p, piece->bytes);
		put(p, in->hello + piece->at, piece->bytes);
	}
	put(p, (uint8_t[TAG_BYTES + 4]){0}, TAG_BYTES + 4);
	sealed = p->bytes - sizeof(header) + 1;
	p->octets[length_at] = (uint8_t)(0x40 | sealed >> 8);
	p->octets[length_at + 1] = (uint8_t)sealed;
}

struct flow {
	struct dissect d;
	struct record facts, message;
	uint8_t facts_bytes[RECORD_BYTES_MAX], message_bytes[64];
	uint8_t scratch[DISSECT_SCRATCH_BYTES];
	_Alignas(16) uint8_t state[DISSECT_STATE_BYTES_MAX];
	_Alignas(16) uint8_t more[DISSECT_STATE_BYTES_MAX];
	struct packet packet;
	bool done;
};

static void *more(void *keeper, size_t bytes)
{
	struct flow *f = keeper;

	assert(bytes <= sizeof(f->more));
	return f->more;
}

/* The packets in order, from `first` on and round. */
static void run(struct flow *f, const struct input *in, const uint8_t *order, unsigned first)
{
	memset(f, 0, sizeof(*f));
	record_init(&f->facts, &kind_flow, f->facts_bytes, sizeof(f->facts_bytes));
	record_init(&f->message, NULL, f->message_bytes, sizeof(f->message_bytes));
	f->d = (struct dissect){.transport = DISSECT_UDP,
		.port_server = 443,
		.state = f->state,
		.more = more,
		.keeper = f,
		.scratch = f->scratch,
		.flow = &f->facts,
		.message = &f->message};
	for (unsigned i = 0; i < PACKETS && !f->done; i++) {
		uint8_t *copy;
		struct cursor window;

		packet_make(&f->packet, in, order, (first + i) % PACKETS);
		copy = fuzz_copy(f->packet.octets, f->packet.bytes);
		window = cur_init(copy, f->packet.bytes);
		assert(quic_dissector.probe(&f->d, window) == GUESS_YES);
		f->done = quic_dissector.parse(&f->d, &window) != DISSECT_MORE;
		free(copy);
	}
}

static bool read_input(struct input *in, const uint8_t *data, size_t size)
{
	memset(in, 0, sizeof(*in));
	in->hello_bytes = (size_t)fuzz_take(&data, &size) << 8;
	in->hello_bytes |= fuzz_take(&data, &size);
	if (in->hello_bytes > size || in->hello_bytes > sizeof(in->hello) || !in->hello_bytes)
		return false;
	memcpy(in->hello, data, in->hello_bytes);
	data += in->hello_bytes;
	size -= in->hello_bytes;
	for (; size >= 3 && in->count < PIECES_MAX - 1; in->count++) {
		struct piece *p = &in->pieces[in->count];

		p->at = (uint16_t)(fuzz_take(&data, &size) * in->hello_bytes / 256);
		p->bytes = (uint16_t)(fuzz_take(&data, &size) * in->hello_bytes / 256);
		if (p->bytes > in->hello_bytes - p->at)
			p->bytes = (uint16_t)(in->hello_bytes - p->at);
		if (p->bytes > PACKET_BYTES / PIECES_MAX - 16)
			p->bytes = PACKET_BYTES / PIECES_MAX - 16;
		p->place = fuzz_take(&data, &size);
	}
	return in->count > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t forward[PIECES_MAX], backward[PIECES_MAX];
	struct input *in = malloc(sizeof(*in));
	struct flow *one = malloc(sizeof(*one)), *other = malloc(sizeof(*other));

	assert(in && one && other);
	if (read_input(in, data, size)) {
		for (size_t i = 0; i < in->count; i++) {
			forward[i] = (uint8_t)i;
			backward[i] = (uint8_t)(in->count - 1 - i);
		}
		run(one, in, forward, 0);
		for (unsigned first = 0; first < PACKETS; first++) {
			run(other, in, first % 2 ? forward : backward, first);
			assert(one->done == other->done && one->facts.used == other->facts.used);
			assert(memcmp(one->facts_bytes, other->facts_bytes, one->facts.used) == 0);
		}
	}
	free(in);
	free(one);
	free(other);
	return 0;
}
