/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/flow/stream.h"

#define BUFFER_BYTES_FIRST 2048 /* most first flights fit; else it grows at once to the limit */

struct stream_buffer {
	struct assemble assembly; /* offset 0 is the stream's base when the buffer was made */
	uint32_t consumed;        /* octets before base */
	uint8_t bytes[];          /* assembly.size */
};

static size_t buffer_size(size_t bytes)
{
	return sizeof(struct stream_buffer) + bytes;
}

static bool buffer_begin(struct stream *s, struct slab *slab, uint32_t bytes)
{
	s->buffer = slab_get(slab, buffer_size(bytes));
	if (!s->buffer) {
		s->full = true;
		return false;
	}
	s->buffer->consumed = 0;
	assemble_init(&s->buffer->assembly, s->buffer->bytes, bytes);
	return true;
}

static void buffer_free(struct stream_buffer *b, struct slab *slab)
{
	slab_put(slab, b, buffer_size(b->assembly.size));
}

static void buffer_end(struct stream *s, struct slab *slab)
{
	if (!s->buffer)
		return;
	s->conflict |= s->buffer->assembly.conflict;
	buffer_free(s->buffer, slab);
	s->buffer = NULL;
}

static bool buffer_grow(struct stream *s, struct slab *slab)
{
	struct stream_buffer *old = s->buffer;
	const struct assemble *from = &old->assembly;

	if (!buffer_begin(s, slab, STREAM_BYTES_MAX)) {
		s->buffer = old;
		return false;
	}
	s->buffer->consumed = old->consumed;
	for (uint32_t i = 0; i < from->range_count; i++)
		assemble_add(&s->buffer->assembly, from->ranges[i].from,
			from->bytes + from->ranges[i].from,
			from->ranges[i].to - from->ranges[i].from);
	buffer_free(old, slab);
	return true;
}

static void buffer_add(
	struct stream *s, struct slab *slab, uint32_t offset, const struct cursor *piece)
{
	uint64_t at = (uint64_t)s->buffer->consumed + offset;
	struct assemble *a = &s->buffer->assembly;

	if (at + cur_left(piece) > a->size && a->size < STREAM_BYTES_MAX) {
		if (!buffer_grow(s, slab))
			return;
		a = &s->buffer->assembly;
	}
	assemble_add(a, at, piece->pos, cur_left(piece));
	s->full |= a->full;
	s->conflict |= a->conflict;
}

bool stream_feed(struct stream *s, struct slab *slab, uint32_t seq, struct cursor segment,
	struct cursor *ret_window)
{
	size_t ready;
	int32_t offset;

	if (s->done)
		return false;
	if (!s->based)
		stream_begin(s, seq);
	offset = (int32_t)(seq - s->base);
	if (offset < 0) { /* sent again; what is behind it may be new */
		cur_skip(&segment, (size_t) - (int64_t)offset);
		offset = 0;
	}
	if (cur_left(&segment) == 0)
		return false;
	if (!s->buffer && offset == 0) {
		*ret_window = cur_init(segment.pos, cur_left(&segment));
		return true;
	}
	if (!s->buffer && !buffer_begin(s, slab, BUFFER_BYTES_FIRST))
		return false;
	buffer_add(s, slab, (uint32_t)offset, &segment);
	ready = assemble_ready(&s->buffer->assembly) - s->buffer->consumed;
	if (ready < s->want || ready == 0)
		return false;
	*ret_window = cur_init(s->buffer->bytes + s->buffer->consumed, ready);
	return true;
}

void stream_keep(struct stream *s, struct slab *slab, const struct cursor *window, size_t want)
{
	uint32_t consumed = (uint32_t)(window->pos - window->begin);
	struct cursor rest = cur_init(window->pos, (size_t)(window->end - window->pos));

	if (want > STREAM_BYTES_MAX) {
		s->full = true;
		stream_end(s, slab);
		return;
	}
	s->want = (uint32_t)want;
	s->base += consumed;
	if (s->buffer) {
		s->buffer->consumed += consumed;
		if (cur_left(&rest) == 0 && s->buffer->assembly.range_count == 1)
			buffer_end(s, slab);
	} else if (cur_left(&rest) && buffer_begin(s, slab, BUFFER_BYTES_FIRST)) {
		buffer_add(s, slab, 0, &rest);
	}
	if (s->full)
		stream_end(s, slab);
}

void stream_end(struct stream *s, struct slab *slab)
{
	buffer_end(s, slab);
	s->done = true;
}
