/* SPDX-License-Identifier: Apache-2.0 */
/* What reading the first octets of a flow needs, for the files of inspection. */
#pragma once

#include "dissectors/dissect.h"
#include "probe/flow/stream.h"
#include "probe/worker.h"

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define LAYERS_MAX   3 /* a proxy, another one in it, TLS in that */

/* One protocol of a connection that may go on as another. */
struct layer {
	void *state;         /* of the dissector */
	uint32_t facts_from; /* facts of the flow when it was recognised */
	uint8_t dissector;   /* 1 + index in dissectors[]; 0: none (yet) */
};

enum gap { GAP_NONE, GAP_WITHIN, GAP_BEGINNING };

/* What reading the first octets of a flow needs; given back as soon as they are read. */
struct inspection {
	struct layer layers[LAYERS_MAX];
	struct classify_state *engine;
	struct flow *flow;
	struct inspection *older, *newer; /* in the order of turns */
	uint32_t packets, octets;         /* with payload; of it */
	uint32_t packets_seen;            /* when its turn to be let go of came last */
	uint8_t layer[2];                 /* which one the sides speak */
	uint8_t gap[2]; /* enum gap: octets of a side are missing, its dissector was not told yet */
	bool fits[2];   /* a side's octets were what the dissector takes them for */
	bool engine_tried;
	bool done[2]; /* nothing more is wanted of a side; of TCP its stream knows */
	/* of TCP alone: there is no memory for the rest in an inspection of something else */
	struct stream streams[2]; /* by side of the key */
	uint32_t ahead[2];        /* behind a segment that could not be kept */
	uint32_t sent[2];         /* behind the octets of a side */
	uint32_t jump[2];         /* behind a segment far from those */
	uint32_t acked[2];        /* of a side, by its peer */
	bool is_ahead[2], is_sent[2], is_acked[2];
};

static inline size_t inspection_bytes(const struct flow *f)
{
	return f->key.protocol == PROTOCOL_TCP ? sizeof(struct inspection)
					       : offsetof(struct inspection, streams);
}

/* Whether nothing more is wanted of a side. */
static inline bool is_done(const struct flow *f, unsigned side)
{
	const struct inspection *i = f->inspection;

	return f->key.protocol == PROTOCOL_TCP ? i->streams[side].done : i->done[side];
}

static inline struct layer *layer_of(struct inspection *i, unsigned side)
{
	return &i->layers[i->layer[side]];
}

/* What reads a side now; NULL: nothing does. */
static inline const struct dissector *reader_of(const struct inspection *i, unsigned side)
{
	uint8_t dissector = i->layers[i->layer[side]].dissector;

	return dissector ? dissectors[dissector - 1] : NULL;
}
