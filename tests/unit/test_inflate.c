/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */
#include <errno.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <zlib.h>
#include <zstd.h>

#include "base/cleanup.h"
#include "probe/source/inflate.h"
#include "tests/unit/capture_make.h"

#define PACKED_MAX (17u << 20)
#define TEXT_BYTES 1200u

typedef size_t (*packer)(uint8_t *to, const uint8_t *from, size_t bytes);

static size_t pack_gzip(uint8_t *to, const uint8_t *from, size_t bytes)
{
	z_stream z = {0};

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)from;
	z.avail_in = (uInt)bytes;
	z.next_out = to;
	z.avail_out = PACKED_MAX;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	(void)deflateEnd(&z);
	return z.total_out;
}

static size_t pack_zstd(uint8_t *to, const uint8_t *from, size_t bytes)
{
	size_t n = ZSTD_compress(to, PACKED_MAX, from, bytes, 3);

	assert_false(ZSTD_isError(n));
	return n;
}

static size_t pack_xz(uint8_t *to, const uint8_t *from, size_t bytes)
{
	size_t n = 0;

	assert_int_equal(
		lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, from, bytes, to, &n, PACKED_MAX),
		LZMA_OK);
	return n;
}

static size_t pack_lz4(uint8_t *to, const uint8_t *from, size_t bytes)
{
	LZ4F_preferences_t checked = {
		.frameInfo = {.contentChecksumFlag = LZ4F_contentChecksumEnabled}};
	size_t n = LZ4F_compressFrame(to, PACKED_MAX, from, bytes, &checked);

	assert_false(LZ4F_isError(n));
	return n;
}

static const struct {
	const char *kind;
	packer pack;
} packers[] = {{"gzip", pack_gzip}, {"zstd", pack_zstd}, {"xz", pack_xz}, {"lz4", pack_lz4}};

static void make_text(uint8_t *text)
{
	uint32_t x = 1;

	for (size_t i = 0; i < TEXT_BYTES; i++) {
		x = x * 1664525 + 1013904223;
		text[i] = (uint8_t)(i % 3 ? x >> 29 : x >> 24);
	}
}

struct unpacked {
	uint64_t bytes;
	size_t same; /* octets that are those of the text, from the first */
	char cause[128], kind[8];
};

static void unpack(const char *name, bool allow_bomb, const uint8_t *text, struct unpacked *ret)
{
	struct inflate *s;
	FILE *f;
	uint8_t piece[997];
	size_t n;

	*ret = (struct unpacked){0};
	assert_int_equal(inflate_open(&s, name, allow_bomb), 0);
	f = inflate_take(s);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0) {
		for (size_t i = 0; i < n; i++)
			if (ret->same == ret->bytes + i && text && ret->same < TEXT_BYTES &&
				piece[i] == text[ret->same])
				ret->same++;
		ret->bytes += n;
		assert_int_equal(ftello(f), ret->bytes);
	}
	assert_int_equal(ferror(f) != 0, inflate_cause(s) != NULL);
	(void)snprintf(
		ret->kind, sizeof(ret->kind), "%s", inflate_kind(s) ? inflate_kind(s) : "plain");
	(void)snprintf(
		ret->cause, sizeof(ret->cause), "%s", inflate_cause(s) ? inflate_cause(s) : "");
	(void)fclose(f);
	inflate_free(s);
}

static void unpack_octets(
	const uint8_t *packed, size_t bytes, const uint8_t *text, struct unpacked *ret)
{
	struct made_file f = made_file(packed, bytes);

	unpack(f.name, false, text, ret);
	(void)close(f.fd);
}

static uint8_t *new_packed(void)
{
	uint8_t *packed = malloc((size_t)2 * PACKED_MAX);

	assert_non_null(packed);
	return packed;
}

static void test_plain(void **state)
{
	uint8_t text[TEXT_BYTES];
	struct unpacked got;

	(void)state;
	make_text(text);
	for (size_t bytes = 0; bytes < 20; bytes++) {
		unpack_octets(text, bytes, text, &got);
		assert_int_equal(got.bytes, bytes);
		assert_int_equal(got.same, bytes);
		assert_string_equal(got.kind, "plain");
		assert_string_equal(got.cause, "");
	}
	assert_int_equal(inflate_open(&(struct inflate *){NULL}, "/nonexistent", false), -ENOENT);
	assert_int_equal(inflate_open(&(struct inflate *){NULL}, "/", false), -EISDIR);
}

/* Cut anywhere, a file gives a beginning of its text, and is in order only when it is whole. */
static void test_every_prefix(void **state)
{
	uint8_t text[TEXT_BYTES];
	_cleanup_(free_ptr) uint8_t *packed = new_packed();

	(void)state;
	make_text(text);
	for (size_t p = 0; p < ARRAY_LEN(packers); p++) {
		size_t bytes = packers[p].pack(packed, text, TEXT_BYTES);
		struct unpacked got = {0};

		for (size_t cut = 6; cut <= bytes; cut++) {
			unpack_octets(packed, cut, text, &got);
			assert_string_equal(got.kind, packers[p].kind);
			assert_int_equal(got.same, got.bytes);
			assert_string_equal(got.cause,
				cut == bytes ? "" : "the compressed data ends too early");
		}
		assert_int_equal(got.bytes, TEXT_BYTES);
	}
}

/* One octet changed: the text is never wrong without a cause, but for fields that mean nothing
 * here (a gzip header has a time and a system; zstd here has no checksum). */
static void test_every_octet_wrong(void **state)
{
	uint8_t text[TEXT_BYTES];
	_cleanup_(free_ptr) uint8_t *packed = new_packed();

	(void)state;
	make_text(text);
	for (size_t p = 0; p < ARRAY_LEN(packers); p++) {
		size_t bytes = packers[p].pack(packed, text, TEXT_BYTES);
		unsigned found = 0;

		for (size_t at = 6; at < bytes; at++) {
			struct unpacked got;

			packed[at] ^= 0xff;
			unpack_octets(packed, bytes, text, &got);
			packed[at] ^= 0xff;
			found += got.cause[0] != 0;
			if (!got.cause[0] && packers[p].pack != pack_zstd)
				assert_int_equal(got.same, TEXT_BYTES);
		}
		assert_true(found > (packers[p].pack == pack_zstd ? 10 : bytes * 9 / 10));
	}
}

static void test_several_members(void **state)
{
	uint8_t text[TEXT_BYTES];
	_cleanup_(free_ptr) uint8_t *packed = new_packed();

	(void)state;
	make_text(text);
	for (size_t p = 0; p < ARRAY_LEN(packers); p++) {
		size_t bytes = packers[p].pack(packed, text, 500);
		struct unpacked got;

		bytes += packers[p].pack(packed + bytes, text + 500, 0);
		bytes += packers[p].pack(packed + bytes, text + 500, TEXT_BYTES - 500);
		unpack_octets(packed, bytes, text, &got);
		assert_string_equal(got.cause, "");
		assert_int_equal(got.same, TEXT_BYTES);
		memcpy(packed + bytes, "no member", 9);
		unpack_octets(packed, bytes + 9, text, &got);
		assert_int_equal(got.same, TEXT_BYTES);
		assert_string_not_equal(got.cause, "");
	}
}

/* Not opened twice: what is inside is given as it is. */
static void test_nested(void **state)
{
	uint8_t text[TEXT_BYTES];
	_cleanup_(free_ptr) uint8_t *inner = new_packed();
	_cleanup_(free_ptr) uint8_t *outer = new_packed();
	struct unpacked got;
	size_t bytes;

	(void)state;
	make_text(text);
	bytes = pack_gzip(inner, text, 1000);
	unpack_octets(outer, pack_zstd(outer, inner, bytes), inner, &got);
	assert_string_equal(got.kind, "zstd");
	assert_int_equal(got.bytes, bytes);
	assert_int_equal(got.same, bytes);
}

static void test_bomb(void **state)
{
	enum { PIECE = 16 << 20, PIECES = 8 };
	_cleanup_(free_ptr) uint8_t *zeros = calloc(1, PIECE);
	_cleanup_(free_ptr) uint8_t *packed = new_packed();

	(void)state;
	assert_non_null(zeros);
	for (size_t p = 0; p < ARRAY_LEN(packers); p++) {
		size_t one = packers[p].pack(packed, zeros, PIECE);
		_cleanup_(free_ptr) uint8_t *all = malloc(one * PIECES);
		struct made_file f;
		struct unpacked got;
		bool bomb = PIECE / one > INFLATE_RATIO_MAX;

		for (size_t i = 0; i < PIECES; i++)
			memcpy(all + i * one, packed, one);
		f = made_file(all, one * PIECES);
		unpack(f.name, false, NULL, &got);
		assert_int_equal(bomb, strstr(got.cause, "--allow-bomb") != NULL);
		assert_true(!bomb || (got.bytes >= INFLATE_FREE_BYTES &&
					     got.bytes <= INFLATE_FREE_BYTES + (1u << 20)));
		unpack(f.name, true, NULL, &got);
		assert_string_equal(got.cause, "");
		assert_int_equal(got.bytes, (uint64_t)PIECE * PIECES);
		(void)close(f.fd);
	}
}

/* A zstd frame that asks for a window of 256 MiB; an xz file whose dictionary is 256 MiB. */
static void test_window(void **state)
{
	static const uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 18 << 3, 0x01, 0x00, 0x00};
	static const uint8_t xz[] = {0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22,
		0xde, 0x36, 0x02, 0x00, 0x21, 0x01, 0x20, 0x00, 0x00, 0x00, 0x09, 0x88, 0xa5, 0x76,
		0x01, 0x00, 0x04, 0x6b, 0x75, 0x6b, 0x6c, 0x61, 0x00, 0x00, 0x00, 0x00, 0x4b, 0xb0,
		0x5e, 0xc3, 0x00, 0x01, 0x19, 0x05, 0xbc, 0xe8, 0xec, 0xcb, 0x90, 0x42, 0x99, 0x0d,
		0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x59, 0x5a};
	struct unpacked got;

	(void)state;
	unpack_octets(frame, sizeof(frame), NULL, &got);
	assert_non_null(strstr(got.cause, "memory"));
	unpack_octets(xz, sizeof(xz), NULL, &got);
	assert_non_null(strstr(got.cause, "192 MiB"));
}

/* From a pipe, octet by octet. */
static void test_pipe(void **state)
{
	uint8_t text[TEXT_BYTES];
	_cleanup_(free_ptr) uint8_t *packed = new_packed();

	(void)state;
	make_text(text);
	for (size_t p = 0; p < ARRAY_LEN(packers); p++) {
		size_t bytes = packers[p].pack(packed, text, TEXT_BYTES);
		int saved = dup(STDIN_FILENO), fds[2] = {-1, -1};
		struct unpacked got;
		pid_t child;

		assert_int_equal(pipe(fds), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			for (size_t i = 0; i < bytes; i++)
				if (write(fds[1], packed + i, 1) != 1)
					_exit(1);
			_exit(0);
		}
		(void)close(fds[1]);
		assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
		(void)close(fds[0]);
		unpack("-", false, text, &got);
		assert_int_equal(got.same, TEXT_BYTES);
		assert_string_equal(got.kind, packers[p].kind);
		assert_string_equal(got.cause, "");
		assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
		(void)close(saved);
		assert_int_equal(waitpid(child, NULL, 0), child);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_every_octet_wrong),
		cmocka_unit_test(test_several_members),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
