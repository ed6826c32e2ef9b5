/* SPDX-License-Identifier: Apache-2.0 */
/* The LZ4 frame format, https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md, through
 * liblz4. */
#include <lz4frame.h>

#include "probe/source/inflate.h"

static void *lz4_new(void)
{
	LZ4F_dctx *d;

	return LZ4F_isError(LZ4F_createDecompressionContext(&d, LZ4F_VERSION)) ? NULL : d;
}

static void lz4_free(void *state)
{
	(void)LZ4F_freeDecompressionContext(state);
}

static enum inflate_step lz4_step(void *state, struct inflate_io *io, const char **ret_cause)
{
	size_t in = io->in_bytes, out = io->out_bytes;
	size_t r = LZ4F_decompress(state, io->out, &out, io->in, &in, NULL);

	if (LZ4F_isError(r)) {
		*ret_cause = LZ4F_getErrorName(r);
		return INFLATE_BAD;
	}
	io->in += in;
	io->in_bytes -= in;
	io->out += out;
	io->out_bytes -= out;
	return r ? INFLATE_MORE : INFLATE_END;
}

const struct inflater inflate_lz4 = {
	.name = "lz4",
	.magic = {0x04, 0x22, 0x4d, 0x18},
	.magic_bytes = 4,
	.new = lz4_new,
	.free = lz4_free,
	.step = lz4_step,
};
