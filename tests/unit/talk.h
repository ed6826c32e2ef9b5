/* SPDX-License-Identifier: Apache-2.0 */
/* A conversation of two hosts through decoding, flow table and dissectors, a frame at a time. Of
 * the records that come of it the last one is kept. */
#pragma once

#include <stdlib.h>

#include "base/schema.h"
#include "probe/decode.h"
#include "probe/source/frames.h"
#include "probe/worker.h"
#include "tests/unit/unit.h"

struct talk {
	struct worker *worker;
	struct settings settings;
	struct frame_end ends[2]; /* client and server */
	uint32_t seq[2];          /* of the next octet of each */
	uint32_t acks[2];         /* what each acknowledges next */
	uint64_t number;          /* of packets */
	unsigned count;           /* of records */
	struct record flow;       /* the last one */
	uint8_t bytes[8192];
};

static inline int talk_keep(void *context, const struct order *order, const struct record *r)
{
	struct talk *t = context;

	(void)order;
	t->count++;
	record_move(&t->flow, r, t->bytes, sizeof(t->bytes));
	return 0;
}

static inline struct talk *talk_new(uint16_t port)
{
	struct talk *t = calloc(1, sizeof(*t));
	struct worker_parts parts = {.classify = &classify_none,
		.key = {1, 2},
		.outlet = {.send = talk_keep, .context = t}};

	t->ends[0] = (struct frame_end){
		.address = {[10] = 0xff, 0xff, 192, 0, 2, 1}, .port = 40000};
	t->ends[1] = (struct frame_end){.address = {[10] = 0xff, 0xff, 192, 0, 2, 2}, .port = port};
	t->settings = (struct settings)SETTINGS_DEFAULT;
	t->settings.flow_count = 64;
	t->settings.memory_bytes = 1 << 20;
	parts.settings = &t->settings;
	assert_int_equal(worker_new(&t->worker, &parts), 0);
	return t;
}

static inline void talk_end(struct talk *t)
{
	worker_free(t->worker);
	free(t);
}

static inline void talk_packet(struct talk *t, const struct frame *f)
{
	struct pkt p = {.bytes = f->bytes,
		.captured = (uint32_t)f->count,
		.wire = (uint32_t)f->count,
		.link = 1,
		.number = ++t->number};
	uint8_t index = 0;

	decode(&p);
	assert_int_equal(p.verdict, PKT_FLOW);
	worker_burst(t->worker, &p, &index, 1);
}

/* A segment of a side at a sequence number; `text` may be of the caller's own frame. */
static inline void talk_at(
	struct talk *t, unsigned side, uint32_t seq, uint8_t flags, const void *text, size_t bytes)
{
	uint8_t payload_bytes[FRAME_BYTES_MAX], frame_bytes[FRAME_BYTES_MAX];
	struct frame payload = {.bytes = payload_bytes, .count = bytes}, f = {.bytes = frame_bytes};
	struct frame_tcp header = {.seq = seq, .ack = t->acks[side], .flags = flags};

	memcpy(payload_bytes, text, bytes);
	frame_tcp(&f, &t->ends[side], &t->ends[!side], &header, &payload);
	talk_packet(t, &f);
}

/* The next segment of a side. */
static inline void talk_say(
	struct talk *t, unsigned side, uint8_t flags, const void *text, size_t bytes)
{
	talk_at(t, side, t->seq[side], flags, text, bytes);
	t->seq[side] += (uint32_t)bytes + !!(flags & FRAME_SYN);
	t->acks[!side] = t->seq[side];
}

/* A datagram of a side. */
static inline void talk_datagram(struct talk *t, unsigned side, const void *bytes, size_t count)
{
	uint8_t payload_bytes[FRAME_BYTES_MAX], frame_bytes[FRAME_BYTES_MAX];
	struct frame payload = {.bytes = payload_bytes, .count = count}, f = {.bytes = frame_bytes};

	memcpy(payload_bytes, bytes, count);
	frame_udp(&f, &t->ends[side], &t->ends[!side], &payload);
	talk_packet(t, &f);
}

/* The value of a field of the flow. */
static inline bool talk_value(const struct talk *t, const char *key, struct record_value *v)
{
	*v = (struct record_value){0};
	while (record_next(&t->flow, v)) {
		if (strcmp(v->field->key, key) == 0)
			return true;
	}
	return false;
}

/* Is it this text, or the name of this number? */
static inline bool talk_has(const struct talk *t, const char *key, const char *text)
{
	struct record_value v;

	if (!talk_value(t, key, &v))
		return false;
	if (v.field->type != FIELD_TEXT)
		return strcmp(v.field->name_of(v.number), text) == 0;
	return v.bytes == strlen(text) && memcmp(v.text, text, v.bytes) == 0;
}
