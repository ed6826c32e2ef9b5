/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/flow/stream.h"

#define BUFFER_STEP 256 /* sizes are multiples of this */

struct stream_buffer {
	struct assemble assembly; /* offset `consumed` is the stream's base */
	uint32_t consumed;        /* octets before base */
	uint8_t bytes[];          /* ASSEMBLE_STORAGE_BYTES(assembly.size) */
};

static size_t buffer_size(size_t bytes)
{
	return sizeof(struct stream_buffer) + ASSEMBLE_STORAGE_BYTES(bytes);
}

static struct stream_buffer *buffer_new(struct stream *s, struct slab *slab, uint32_t bytes)
{
	struct stream_buffer *b = slab_get(slab, buffer_size(bytes));

	if (b)
		b->consumed = 0;
	else
		s->full = true;
	return b;
}

/* For so many octets, of what is at most the limit. */
static uint32_t size_of(uint64_t octets)
{
	if (octets > STREAM_BYTES_MAX)
		octets = STREAM_BYTES_MAX;
	return (uint32_t)(octets + BUFFER_STEP - 1) / BUFFER_STEP * BUFFER_STEP;
}

/* A first one for octets up to `end`: more may never come. */
static bool buffer_begin(struct stream *s, struct slab *slab, uint64_t end)
{
	uint32_t size = size_of(end);

	s->buffer = buffer_new(s, slab, size);
	if (s->buffer)
		assemble_init(&s->buffer->assembly, s->buffer->bytes, size);
	return s->buffer;
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

/* To all that the reader waits for, else to twice the size: octet by octet it is copied a few times
 * only. */
static bool buffer_grow(struct stream *s, struct slab *slab, uint64_t end)
{
	struct stream_buffer *old = s->buffer, *new;
	uint64_t wanted = (uint64_t)old->consumed + s->want,
		 twice = 2 * (uint64_t)old->assembly.size;
	uint64_t further = wanted > old->assembly.size ? wanted : twice;
	uint32_t size = size_of(end > further ? end : further);

	new = buffer_new(s, slab, size);
	if (!new)
		return false;
	new->consumed = old->consumed;
	new->assembly = old->assembly;
	assemble_move(&new->assembly, new->bytes, size);
	buffer_free(old, slab);
	s->buffer = new;
	return true;
}

/* Make room for octets up to `end`: those consumed leave, then the buffer grows. */
static bool buffer_room(struct stream *s, struct slab *slab, uint64_t end)
{
	struct stream_buffer *b = s->buffer;
	uint32_t gone = b->consumed & ~7u;

	if (end <= b->assembly.size)
		return true;
	if (gone) {
		assemble_shift(&b->assembly, gone);
		b->consumed -= gone;
		end -= gone;
	}
	return end <= b->assembly.size || b->assembly.size == STREAM_BYTES_MAX ||
	       buffer_grow(s, slab, end);
}

static void buffer_add(
	struct stream *s, struct slab *slab, uint32_t offset, const struct cursor *piece)
{
	struct assemble *a;

	if (!buffer_room(s, slab, (uint64_t)s->buffer->consumed + offset + cur_left(piece)))
		return;
	a = &s->buffer->assembly;
	assemble_add(a, (uint64_t)s->buffer->consumed + offset, piece->pos, cur_left(piece));
	s->full |= a->full; /* by this piece: what is let go of must not end those after it */
	a->full = false;
	s->conflict |= a->conflict;
}

/* What is not wanted passes by, whether it is seen or not. Returns the segment's new offset. */
static uint32_t pass_by(struct stream *s, uint32_t offset, struct cursor *segment)
{
	uint32_t unseen = offset < s->skip ? offset : (uint32_t)s->skip, seen;

	s->skip -= unseen;
	seen = cur_left(segment) < s->skip ? (uint32_t)cur_left(segment) : (uint32_t)s->skip;
	if (offset > unseen)
		seen = 0;
	cur_skip(segment, seen);
	s->skip -= seen;
	s->base += unseen + seen;
	return offset - unseen;
}

bool stream_feed(struct stream *s, struct slab *slab, uint32_t seq, struct cursor segment,
	struct cursor *ret_window)
{
	uint32_t offset;
	size_t ready, before;

	if (s->done)
		return false;
	if (!s->based)
		stream_begin(s, seq);
	if ((int32_t)(seq - s->base) < 0) { /* sent again; what is behind it may be new */
		cur_skip(&segment, s->base - seq);
		seq = s->base;
	}
	if (cur_left(&segment) == 0)
		return false;
	offset = seq - s->base;
	if (offset > STREAM_AHEAD_MAX) {
		s->full = true;
		return false;
	}
	if (s->skip)
		offset = pass_by(s, offset, &segment);
	if (cur_left(&segment) == 0)
		return false;
	if (!s->buffer && offset == 0 && cur_left(&segment) >= s->want) {
		*ret_window = cur_init(segment.pos, cur_left(&segment));
		return true;
	}
	if (!s->buffer && !buffer_begin(s, slab, (uint64_t)offset + cur_left(&segment)))
		return false;
	before = assemble_ready(&s->buffer->assembly);
	buffer_add(s, slab, offset, &segment);
	ready = assemble_ready(&s->buffer->assembly);
	if (ready == before && seq != s->base) /* nothing new can be read */
		return false;
	ready -= s->buffer->consumed;
	if (ready < s->want || ready == 0)
		return false;
	*ret_window = cur_init(s->buffer->bytes + s->buffer->consumed, ready);
	return true;
}

/* `count` octets from the base on are used up, or not wanted. */
static void buffer_advance(struct stream *s, struct slab *slab, uint64_t count)
{
	struct assemble *a = &s->buffer->assembly;
	uint32_t left = a->end - s->buffer->consumed;

	if (count >= left) {
		buffer_end(s, slab);
		s->base += left;
		s->skip = count - left;
		return;
	}
	s->base += (uint32_t)count;
	s->buffer->consumed += (uint32_t)count;
	if (s->buffer->consumed > a->ready)
		assemble_give_up(a, s->buffer->consumed);
	s->skip = 0;
}

bool stream_keep(struct stream *s, struct slab *slab, const struct cursor *window,
	const struct stream_wish *wish, struct cursor *ret_window)
{
	uint32_t consumed = (uint32_t)(window->pos - window->begin);
	struct cursor rest = cur_init(window->pos, (size_t)(window->end - window->pos));
	size_t ready;

	if (wish->want_bytes > STREAM_BYTES_MAX) {
		s->full = true;
		stream_end(s, slab);
		return false;
	}
	s->want = (uint32_t)wish->want_bytes;
	if (s->buffer) {
		buffer_advance(s, slab,
			wish->skip_bytes > UINT64_MAX - consumed ? UINT64_MAX
								 : consumed + wish->skip_bytes);
	} else {
		s->base += consumed;
		s->skip = wish->skip_bytes;
		(void)pass_by(s, 0, &rest);
		if (cur_left(&rest) && buffer_begin(s, slab, cur_left(&rest)))
			buffer_add(s, slab, 0, &rest);
	}
	if (s->full) {
		stream_end(s, slab);
		return false;
	}
	if (!s->buffer || !wish->skip_bytes)
		return false;
	/* what was skipped may have opened octets that waited behind a hole */
	ready = assemble_ready(&s->buffer->assembly) - s->buffer->consumed;
	*ret_window = cur_init(s->buffer->bytes + s->buffer->consumed, ready);
	return ready > 0 && ready >= s->want;
}

bool stream_waiting(const struct stream *s, struct cursor *ret_window)
{
	size_t ready;

	if (!s->buffer)
		return false;
	ready = assemble_ready(&s->buffer->assembly) - s->buffer->consumed;
	*ret_window = cur_init(s->buffer->bytes + s->buffer->consumed, ready);
	return ready > 0;
}

void stream_restart(struct stream *s, struct slab *slab, uint32_t seq)
{
	buffer_end(s, slab);
	s->base = seq;
	s->full = false;
	s->want = 0;
	s->skip = 0;
}

void stream_end(struct stream *s, struct slab *slab)
{
	buffer_end(s, slab);
	s->done = true;
}
