/* SPDX-License-Identifier: Apache-2.0 */
/* A flow of segments or datagrams for one dissector, called as the probe calls it. Whatever the
 * octets: the cursor stays where it belongs, the work is linear (reliability, promise G3), a
 * message moves on, and records hold nothing but the dissector's own fields.
 *
 * Input: the dissector (a hash of its name, so that a new one moves no corpus), flags, how many
 * octets of a segment come at a time; then pieces: two octets with direction (high bit) and length,
 * and the octets. */
#include <stdbool.h>

#include "base/json.h"
#include "base/schema.h"
#include "dissectors/dissect.h"
#include "tests/fuzz/fuzz.h"

#define STREAM_BYTES_MAX 20480
#define CALLS_MAX        16 /* of one segment */

enum flag { FLAG_UDP = 1, FLAG_END = 2, FLAG_SMALL_RECORDS = 4, FLAG_GAPS = 8 };

struct side {
	uint8_t bytes[STREAM_BYTES_MAX];
	size_t used, from, want;
	bool done;
};

struct flow {
	const struct dissector *dissector;
	struct dissect d;
	struct record facts, message;
	struct side sides[2];
	size_t bytes; /* all that were shown */
	bool recognised;
};

static uint8_t hash(const char *name)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * 16777619u;
	return (uint8_t)(h ^ h >> 8 ^ h >> 16 ^ h >> 24);
}

/* The dissector whose hash comes next from this number on. */
static const struct dissector *choose(uint8_t number)
{
	const struct dissector *best = dissectors[0];

	for (size_t i = 1; dissectors[i]; i++)
		if ((uint8_t)(hash(dissectors[i]->name) - number) <
			(uint8_t)(hash(best->name) - number))
			best = dissectors[i];
	return best;
}

/* Each value is of a field of one of these tables. */
static void check_record(const struct record *r, const struct field_table *const *tables)
{
	struct record_value v = {0};
	struct json j = {0};

	assert(r->used <= r->size);
	while (record_next(r, &v))
		assert(field_table_of(tables, v.field) && v.bytes <= RECORD_TEXT_BYTES_MAX);
	assert(v.next == r->used);
	json_record(&j, r, tables);
	assert(!j.failed);
	json_done(&j);
}

static enum dissect_result parse(struct flow *f, struct cursor *in)
{
	const struct field_table *const flow_tables[] = {f->dissector->flow, NULL};
	const struct cursor before = *in;
	enum dissect_result result;

	f->d.want_bytes = 0;
	f->d.skip_bytes = 0;
	f->d.steps = 0;
	record_clear(&f->message);
	result = f->dissector->parse(&f->d, in);
	assert(in->begin == before.begin && in->end == before.end);
	assert(in->pos >= before.pos && in->pos <= in->end);
	assert(f->d.steps <= 64 + 8 * f->bytes);
	assert(result <= DISSECT_BAD);
	check_record(&f->facts, flow_tables);
	f->d.gap = false;
	assert(result != DISSECT_NEXT || f->d.transport == DISSECT_TCP || in->pos == before.pos);
	if (result == DISSECT_MESSAGE) {
		assert(f->dissector->message && in->pos > before.pos);
		check_record(&f->message, f->dissector->message->tables);
	}
	return result;
}

/* All messages of a window; what was used of it leaves the stream. */
static void show(struct flow *f, struct side *s, const uint8_t *octets, size_t bytes)
{
	uint8_t *copy = fuzz_copy(octets, bytes);
	struct cursor in = cur_init(copy, bytes);
	enum dissect_result result = DISSECT_MORE;
	enum dissect_guess guess = GUESS_YES;

	f->bytes += bytes;
	if (!f->recognised)
		guess = f->dissector->probe(&f->d, in);
	f->recognised = guess == GUESS_YES;
	if (f->recognised) {
		do {
			size_t left;

			result = parse(f, &in);
			left = cur_left(&in);
			cur_skip(&in, f->d.skip_bytes < left ? (size_t)f->d.skip_bytes : left);
		} while (result == DISSECT_MESSAGE && cur_left(&in));
	}
	s->want = result == DISSECT_MORE ? f->d.want_bytes : 0;
	s->from += cur_offset(&in);
	s->done = guess == GUESS_NO || result == DISSECT_DONE || result == DISSECT_BAD ||
		  result == DISSECT_NEXT;
	free(copy);
}

static void segment(
	struct flow *f, struct side *s, const uint8_t *octets, size_t bytes, size_t step)
{
	if (step < bytes / CALLS_MAX)
		step = bytes / CALLS_MAX;
	while (bytes && !s->done && s->used < sizeof(s->bytes)) {
		size_t here = step < bytes ? step : bytes;

		if (here > sizeof(s->bytes) - s->used)
			here = sizeof(s->bytes) - s->used;
		memcpy(s->bytes + s->used, octets, here);
		s->used += here;
		octets += here;
		bytes -= here;
		if (s->used - s->from >= s->want)
			show(f, s, s->bytes + s->from, s->used - s->from);
	}
}

/* What the side sent and nobody read is missing. */
static void lose(struct flow *f, struct side *s)
{
	s->from = s->used;
	s->want = 0;
	f->d.gap = f->d.transport == DISSECT_TCP && f->recognised;
}

static void run(struct flow *f, const uint8_t *data, size_t size, unsigned flags)
{
	size_t step = (size_t)fuzz_take(&data, &size) + 1;

	while (size >= 2) {
		size_t bytes = fuzz_take(&data, &size);
		struct side *s = &f->sides[bytes >> 7];

		f->d.direction = bytes >> 7 ? DISSECT_TO_CLIENT : DISSECT_TO_SERVER;
		bytes = (bytes & 0x7f) << 8 | fuzz_take(&data, &size);
		if (bytes > size)
			bytes = size;
		if (flags & FLAG_GAPS && f->dissector->resumes)
			lose(f, s);
		if (f->d.transport == DISSECT_TCP)
			segment(f, s, data, bytes, step);
		else if (!s->done)
			show(f, s, data, bytes);
		data += bytes;
		size -= bytes;
	}
	f->d.end_of_stream = true;
	for (int i = 0; i < 2 && flags & FLAG_END && f->d.transport == DISSECT_TCP; i++) {
		struct side *s = &f->sides[i];

		f->d.direction = i ? DISSECT_TO_CLIENT : DISSECT_TO_SERVER;
		if (!s->done)
			show(f, s, s->bytes + s->from, s->used - s->from);
	}
}

/* A flow whose records are small has no more memory either. */
static void *more(void *keeper, size_t bytes)
{
	const struct flow *f = keeper;

	assert(bytes == f->dissector->more_bytes);
	return f->facts.size < RECORD_BYTES_MAX ? NULL : malloc(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct dissector *dissector = choose(fuzz_take(&data, &size));
	unsigned flags = fuzz_take(&data, &size);
	size_t record_bytes = flags & FLAG_SMALL_RECORDS ? 64 : RECORD_BYTES_MAX;
	uint8_t *facts = malloc(record_bytes), *message = malloc(record_bytes);
	void *state = dissector->state_bytes ? calloc(1, dissector->state_bytes) : NULL;
	uint8_t *scratch = malloc(DISSECT_SCRATCH_BYTES);
	struct flow *f = calloc(1, sizeof(*f));
	bool udp = dissector->transports & 1u << DISSECT_UDP &&
		   (flags & FLAG_UDP || !(dissector->transports & 1u << DISSECT_TCP));

	assert(f && scratch && facts && message && (state || !dissector->state_bytes));
	f->dissector = dissector;
	f->d = (struct dissect){.transport = udp ? DISSECT_UDP : DISSECT_TCP,
		.port_client = 40000,
		.port_server = 443,
		.state = state,
		.more = more,
		.keeper = f,
		.scratch = scratch,
		.flow = &f->facts,
		.message = &f->message};
	record_init(&f->facts, &kind_flow, facts, record_bytes);
	record_init(&f->message, dissector->message, message, record_bytes);
	run(f, data, size, flags);
	if (dissector->more_bytes)
		free(*(void **)state);
	free(f);
	free(state);
	free(scratch);
	free(facts);
	free(message);
	return 0;
}
