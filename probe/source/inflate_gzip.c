/* SPDX-License-Identifier: Apache-2.0 */
/* gzip, RFC 1952, through zlib. */
#define ZLIB_CONST
#include <stdlib.h>
#include <zlib.h>

#include "probe/source/inflate.h"

struct gzip {
	z_stream z;
	bool ended; /* the member is over; another may follow */
};

static void *gzip_new(void)
{
	struct gzip *g = calloc(1, sizeof(*g));

	if (g && inflateInit2(&g->z, MAX_WBITS + 16) != Z_OK) {
		free(g);
		return NULL;
	}
	return g;
}

static void gzip_free(void *state)
{
	struct gzip *g = state;

	(void)inflateEnd(&g->z);
	free(g);
}

static enum inflate_step gzip_step(void *state, struct inflate_io *io, const char **ret_cause)
{
	struct gzip *g = state;
	int r;

	if (g->ended && inflateReset(&g->z) != Z_OK)
		return INFLATE_BAD;
	g->z.next_in = io->in;
	g->z.avail_in = (uInt)io->in_bytes;
	g->z.next_out = io->out;
	g->z.avail_out = (uInt)io->out_bytes;
	r = inflate(&g->z, Z_NO_FLUSH);
	io->in = g->z.next_in;
	io->in_bytes = g->z.avail_in;
	io->out = g->z.next_out;
	io->out_bytes = g->z.avail_out;
	g->ended = r == Z_STREAM_END;
	if (g->ended)
		return INFLATE_END;
	if (r == Z_OK || r == Z_BUF_ERROR)
		return INFLATE_MORE;
	*ret_cause = g->z.msg ? g->z.msg : zError(r);
	return INFLATE_BAD;
}

const struct inflater inflate_gzip = {
	.name = "gzip",
	.magic = {0x1f, 0x8b, 0x08},
	.magic_bytes = 3,
	.new = gzip_new,
	.free = gzip_free,
	.step = gzip_step,
};
