/* SPDX-License-Identifier: Apache-2.0 */
/* Zstandard, RFC 8878, through libzstd. */
#include <zstd.h>

#include "probe/source/inflate.h"

static void *zstd_new(void)
{
	ZSTD_DCtx *d = ZSTD_createDCtx();

	if (d && ZSTD_isError(
			 ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, INFLATE_WINDOW_LOG_MAX))) {
		(void)ZSTD_freeDCtx(d);
		return NULL;
	}
	return d;
}

static void zstd_free(void *state)
{
	(void)ZSTD_freeDCtx(state);
}

static enum inflate_step zstd_step(void *state, struct inflate_io *io, const char **ret_cause)
{
	ZSTD_inBuffer in = {.src = io->in, .size = io->in_bytes};
	ZSTD_outBuffer out = {.dst = io->out, .size = io->out_bytes};
	size_t r = ZSTD_decompressStream(state, &out, &in);

	io->in += in.pos;
	io->in_bytes -= in.pos;
	io->out += out.pos;
	io->out_bytes -= out.pos;
	if (ZSTD_isError(r)) {
		*ret_cause = ZSTD_getErrorName(r);
		return INFLATE_BAD;
	}
	return r ? INFLATE_MORE : INFLATE_END;
}

const struct inflater inflate_zstd = {
	.name = "zstd",
	.magic = {0x28, 0xb5, 0x2f, 0xfd},
	.magic_bytes = 4,
	.new = zstd_new,
	.free = zstd_free,
	.step = zstd_step,
};
