/* SPDX-License-Identifier: Apache-2.0 */
/* The first octets of one direction of a TCP connection, in order. Nothing is copied while segments
 * come in order and are read at once; what must wait goes to a buffer of fixed size. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assemble.h"
#include "base/cursor.h"
#include "probe/flow/slab.h"

#define STREAM_BYTES_MAX 16384
#define STREAM_AHEAD_MAX (1u << 24) /* a segment further ahead belongs to something else */

struct stream_buffer; /* an assembly and its octets */

struct stream {
	uint32_t base; /* sequence number of the first octet that was not consumed */
	bool based;
	bool done;     /* no more is wanted: everything is ignored */
	bool conflict; /* octets were sent twice, differently */
	bool full;     /* more than STREAM_BYTES_MAX, far ahead, or no memory for a buffer */
	bool ended;    /* `end` is known */
	uint32_t end;  /* sequence number behind its last octet */
	uint32_t want; /* octets from base on that the reader waits for */
	uint64_t skip; /* octets from base on that it does not want */
	struct stream_buffer *buffer;
};

/* Where the stream begins, from its SYN. Without, it begins with the first segment that is fed. */
static inline void stream_begin(struct stream *s, uint32_t first_octet)
{
	s->base = first_octet;
	s->based = true;
}

/* Where it ends, from its FIN; the first one counts. */
static inline void stream_finish(struct stream *s, uint32_t end)
{
	if (!s->ended)
		s->end = end;
	s->ended = true;
}

/* Whether no octet will follow those of a window that begins at the base. */
static inline bool stream_at_end(const struct stream *s, const struct cursor *window)
{
	return s->ended && s->base + (uint32_t)(window->end - window->begin) == s->end;
}

/* A segment of what is not wanted, in order: most of a long body. False: stream_feed has to look.
 */
static inline bool stream_pass(struct stream *s, uint32_t seq, uint32_t bytes)
{
	if (s->done || s->buffer || seq != s->base || s->skip < bytes)
		return false;
	s->base += bytes;
	s->skip -= bytes;
	return true;
}

/* One segment. True when there is something to read that was not offered before; `ret_window` is
 * then everything from `base` on, borrowed until the next call. */
bool stream_feed(struct stream *s, struct slab *slab, uint32_t seq, struct cursor segment,
	struct cursor *ret_window);
/* What the reader wants next, from where it stands: it skips first, then waits. */
struct stream_wish {
	uint64_t skip_bytes;
	size_t want_bytes;
};

/* The reader has consumed the window up to its position. True when what it wants is there already,
 * as after a feed. */
bool stream_keep(struct stream *s, struct slab *slab, const struct cursor *window,
	const struct stream_wish *wish, struct cursor *ret_window);
/* What waits in the buffer without a hole from the base on; false when there is nothing. */
bool stream_waiting(const struct stream *s, struct cursor *ret_window);
/* Octets are missing and will not come: what is fed from `seq` on is read as if it began there. */
void stream_restart(struct stream *s, struct slab *slab, uint32_t seq);
void stream_end(struct stream *s, struct slab *slab);
