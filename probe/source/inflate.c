/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "probe/source/inflate.h"

#define INPUT_BYTES  (64u << 10)
#define OUTPUT_BYTES (128u << 10) /* stdio's; small enough to stay in the second cache */

struct inflate {
	int fd;
	FILE *file; /* until it is taken */
	const struct inflater *kind;
	void *state;
	const char *cause;
	bool allow_bomb, ended, between; /* of the input; of two frames */
	bool regular;
	uint64_t disk_bytes, read_bytes, out_bytes;
	size_t in_at, in_end;
	uint8_t in[INPUT_BYTES];
	char buffer[OUTPUT_BYTES];
};

extern const struct inflater inflate_gzip, inflate_zstd, inflate_xz, inflate_lz4;

const struct inflater *const inflaters[] = {
	&inflate_gzip, &inflate_zstd, &inflate_xz, &inflate_lz4, NULL};

static ssize_t disk_read(struct inflate *s, void *to, size_t bytes)
{
	ssize_t n;

	do
		n = read(s->fd, to, bytes);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		s->read_bytes += (uint64_t)n;
	if (n == 0)
		s->ended = true;
	if (n < 0)
		s->cause = strerrordesc_np(errno);
	return n;
}

/* What was read to see the magic number comes first. */
static ssize_t plain_read(struct inflate *s, char *to, size_t bytes)
{
	size_t left = s->in_end - s->in_at;
	ssize_t n;

	if (left) {
		n = (ssize_t)(left < bytes ? left : bytes);
		memcpy(to, s->in + s->in_at, (size_t)n);
		s->in_at += (size_t)n;
		return n;
	}
	return s->ended ? 0 : disk_read(s, to, bytes);
}

static bool is_bomb(const struct inflate *s, uint64_t out_bytes)
{
	uint64_t in_bytes = s->read_bytes - (s->in_end - s->in_at);

	return !s->allow_bomb && out_bytes > INFLATE_FREE_BYTES &&
	       out_bytes / INFLATE_RATIO_MAX > in_bytes;
}

/* One step of the decoder; sets `cause` where it cannot go on. Returns the octets made. */
static size_t decode_step(struct inflate *s, char *to, size_t bytes)
{
	struct inflate_io io = {.in = s->in + s->in_at,
		.in_bytes = s->in_end - s->in_at,
		.last = s->ended,
		.out = (uint8_t *)to,
		.out_bytes = bytes};
	enum inflate_step step = s->kind->step(s->state, &io, &s->cause);
	size_t made = bytes - io.out_bytes, taken = s->in_end - s->in_at - io.in_bytes;

	s->in_at += taken;
	s->between = step == INFLATE_END;
	if (step == INFLATE_BAD && !s->cause)
		s->cause = "corrupt data";
	else if (step == INFLATE_MORE && !made && !taken && (s->ended || io.in_bytes))
		s->cause = s->ended ? "the compressed data ends too early" : "corrupt data";
	else if (is_bomb(s, s->out_bytes + made))
		s->cause = "grows more than 200 times when decompressed, which looks like a "
			   "decompression bomb; --allow-bomb reads it";
	return made;
}

static ssize_t decoded_read(struct inflate *s, char *to, size_t bytes)
{
	size_t made = 0;

	while (!made && !s->cause) {
		if (s->in_at == s->in_end && !s->ended) {
			ssize_t n = disk_read(s, s->in, sizeof(s->in));

			if (n < 0)
				break;
			s->in_at = 0;
			s->in_end = (size_t)n;
		}
		if (s->in_at == s->in_end && s->ended && s->between)
			return 0;
		made = decode_step(s, to, bytes);
	}
	return made ? (ssize_t)made : -1;
}

static ssize_t cookie_read(void *cookie, char *to, size_t bytes)
{
	struct inflate *s = cookie;
	ssize_t n;

	if (s->cause)
		n = -1;
	else
		n = s->kind ? decoded_read(s, to, bytes) : plain_read(s, to, bytes);
	if (n > 0)
		s->out_bytes += (uint64_t)n;
	if (n < 0)
		errno = EIO;
	return n;
}

/* Only what ftello() asks. */
static int cookie_seek(void *cookie, off64_t *offset, int whence)
{
	const struct inflate *s = cookie;

	if (whence != SEEK_CUR || *offset != 0) {
		errno = ESPIPE;
		return -1;
	}
	*offset = (off64_t)s->out_bytes;
	return 0;
}

static int open_input(struct inflate *s, const char *name)
{
	struct stat st;

	s->fd = strcmp(name, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
				       : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (s->fd < 0 || fstat(s->fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	s->regular = S_ISREG(st.st_mode) && strcmp(name, "-") != 0;
	s->disk_bytes = s->regular ? (uint64_t)st.st_size : 0;
	if (s->regular)
		(void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return 0;
}

/* A pipe may give the magic number in pieces. */
static int recognise(struct inflate *s)
{
	while (s->in_end < INFLATE_MAGIC_MAX && !s->ended) {
		ssize_t n = disk_read(s, s->in + s->in_end, sizeof(s->in) - s->in_end);

		if (n < 0)
			return -errno;
		s->in_end += (size_t)n;
	}
	for (size_t i = 0; inflaters[i]; i++) {
		const struct inflater *k = inflaters[i];

		if (s->in_end >= k->magic_bytes && memcmp(s->in, k->magic, k->magic_bytes) == 0)
			s->kind = k;
	}
	if (s->kind && !(s->state = s->kind->new ()))
		return -ENOMEM;
	return 0;
}

static void inflate_free_ptr(struct inflate **s)
{
	inflate_free(*s);
}

int inflate_open(struct inflate **ret_stream, const char *name, bool allow_bomb)
{
	_cleanup_(inflate_free_ptr) struct inflate *s = malloc(sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	memset(s, 0, offsetof(struct inflate, in)); /* the buffers are large */
	s->allow_bomb = allow_bomb;
	r = open_input(s, name);
	if (r == 0)
		r = recognise(s);
	if (r < 0)
		return r;
	s->file = fopencookie(
		s, "r", (cookie_io_functions_t){.read = cookie_read, .seek = cookie_seek});
	if (!s->file || setvbuf(s->file, s->buffer, _IOFBF, sizeof(s->buffer)))
		return -ENOMEM;
	(void)__fsetlocking(s->file, FSETLOCKING_BYCALLER); /* one thread reads it */
	*ret_stream = steal(s);
	return 0;
}

FILE *inflate_take(struct inflate *s)
{
	return steal(s->file);
}

const char *inflate_cause(const struct inflate *s)
{
	return s->cause;
}

const char *inflate_kind(const struct inflate *s)
{
	return s->kind ? s->kind->name : NULL;
}

uint64_t inflate_bytes_read(const struct inflate *s)
{
	return s->read_bytes;
}

uint64_t inflate_bytes_total(const struct inflate *s)
{
	return s->disk_bytes;
}

int inflate_plain_file(const struct inflate *s)
{
	return s->regular && !s->kind ? s->fd : -1;
}

bool inflate_seek(struct inflate *s, FILE *taken, uint64_t offset)
{
	__fpurge(taken);
	clearerr(taken);
	s->in_at = s->in_end;
	s->ended = false;
	s->read_bytes = s->out_bytes = offset;
	return lseek(s->fd, (off_t)offset, SEEK_SET) >= 0;
}

bool inflate_can_reopen(const struct inflate *s)
{
	return s->regular;
}

void inflate_free(struct inflate *s)
{
	if (!s)
		return;
	if (s->file)
		(void)fclose(s->file);
	if (s->state)
		s->kind->free(s->state);
	if (s->fd >= 0)
		(void)close(s->fd);
	free(s);
}
