/* SPDX-License-Identifier: Apache-2.0 */
/* .xz, https://tukaani.org/xz/xz-file-format.txt, through liblzma. */
#include <lzma.h>
#include <stdlib.h>

#include "probe/source/inflate.h"

static void *xz_new(void)
{
	lzma_stream *z = calloc(1, sizeof(*z));

	if (z && lzma_stream_decoder(z, INFLATE_MEMORY_MAX, LZMA_CONCATENATED) != LZMA_OK) {
		free(z);
		return NULL;
	}
	return z;
}

static void xz_free(void *state)
{
	lzma_end(state);
	free(state);
}

static enum inflate_step xz_step(void *state, struct inflate_io *io, const char **ret_cause)
{
	lzma_stream *z = state;
	lzma_ret r;

	z->next_in = io->in;
	z->avail_in = io->in_bytes;
	z->next_out = io->out;
	z->avail_out = io->out_bytes;
	r = lzma_code(z, io->last ? LZMA_FINISH : LZMA_RUN);
	io->in = z->next_in;
	io->in_bytes = z->avail_in;
	io->out = z->next_out;
	io->out_bytes = z->avail_out;
	switch (r) {
	case LZMA_STREAM_END: /* only with LZMA_FINISH: all streams and their padding are over */
		return INFLATE_END;
	case LZMA_OK:
	case LZMA_BUF_ERROR:
		return INFLATE_MORE;
	case LZMA_MEMLIMIT_ERROR:
		*ret_cause = "its dictionary needs more memory than the limit of 192 MiB";
		return INFLATE_BAD;
	case LZMA_FORMAT_ERROR:
		*ret_cause = "octets that are not xz";
		return INFLATE_BAD;
	case LZMA_OPTIONS_ERROR:
		*ret_cause = "options that this liblzma does not know";
		return INFLATE_BAD;
	default:
		*ret_cause = "corrupt data";
		return INFLATE_BAD;
	}
}

const struct inflater inflate_xz = {
	.name = "xz",
	.magic = {0xfd, '7', 'z', 'X', 'Z', 0},
	.magic_bytes = 6,
	.new = xz_new,
	.free = xz_free,
	.step = xz_step,
};
