/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/defrag.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "probe/flow/slab.h"

#define TRACKERS_MAX   65535u
#define BUCKETS        65536u
#define MEMORY_BYTES   (32u << 20)
#define PIECES_MAX     64
#define TIMEOUT_NS     30000000000u
#define DATAGRAM_BYTES 65535u
#define LINK_RAW       101
#define NONE           UINT32_MAX

/* What fragments of one datagram have in common; hashed and compared as octets. */
struct key {
	uint8_t address[2][16]; /* source, destination */
	uint32_t id;
	uint32_t protocol; /* of IPv4; of IPv6 the identification is enough (RFC 8200) */
};

_Static_assert(sizeof(struct key) == 40, "hashed as octets: no padding");

struct piece {
	struct piece *next; /* by offset */
	uint32_t offset, bytes;
	uint32_t header_bytes; /* IP headers before the octets; kept of the first piece only */
	uint8_t data[];
};

struct tracker {
	struct key key;
	uint64_t first_ns;      /* clock of its first piece */
	uint32_t next;          /* in its bucket, or in the list of free ones */
	uint32_t older, newer;  /* in the order of arrival */
	uint32_t total;         /* octets of the payload; 0: the last piece was not seen */
	uint32_t there, pieces; /* octets, pieces */
	bool broken;            /* pieces overlap: nothing is read of it */
	bool keep_tunnels, in_tunnel;
	uint64_t time_ns; /* of the first packet */
	struct piece *first;
};

struct defrag {
	struct siphash_key key;
	struct slab slab;
	struct tracker *trackers;
	uint32_t *buckets;
	uint32_t unused, free_head; /* trackers from `unused` on were never used */
	uint32_t oldest, newest;
};

int defrag_new(struct defrag **ret, const struct siphash_key *key)
{
	struct defrag *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	*d = (struct defrag){.key = *key, .free_head = NONE, .oldest = NONE, .newest = NONE};
	d->trackers = pages_map(TRACKERS_MAX * sizeof(struct tracker));
	d->buckets = pages_map(BUCKETS * sizeof(uint32_t)); /* index + 1: zero is empty */
	if (slab_init(&d->slab, MEMORY_BYTES) || !d->trackers || !d->buckets) {
		defrag_free(d);
		return -ENOMEM;
	}
	*ret = d;
	return 0;
}

void defrag_free(struct defrag *d)
{
	if (!d)
		return;
	slab_done(&d->slab);
	pages_unmap(d->trackers, TRACKERS_MAX * sizeof(struct tracker));
	pages_unmap(d->buckets, BUCKETS * sizeof(uint32_t));
	free(d);
}

static size_t piece_size(const struct piece *piece)
{
	return sizeof(*piece) + piece->header_bytes + piece->bytes;
}

static void pieces_free(struct defrag *d, struct tracker *t)
{
	while (t->first) {
		struct piece *next = t->first->next;

		slab_put(&d->slab, t->first, piece_size(t->first));
		t->first = next;
	}
}

static struct key key_of(const struct pkt *p)
{
	const uint8_t *ip = p->bytes + p->piece.ip_offset;
	struct key k = {.id = p->piece.id};

	if (ip[0] >> 4 == 4) {
		memcpy(k.address[0], ip + 12, 4);
		memcpy(k.address[1], ip + 16, 4);
		k.protocol = ip[9];
	} else {
		memcpy(k.address[0], ip + 8, 32);
		k.protocol = 256; /* none of IPv4 */
	}
	if (p->piece.in_tunnel) /* completes nothing outside */
		k.protocol |= 512;
	return k;
}

static uint32_t *bucket_of(struct defrag *d, const struct key *k)
{
	return &d->buckets[siphash13(&d->key, k, sizeof(*k)) % BUCKETS];
}

static void unlink_bucket(struct defrag *d, uint32_t index)
{
	uint32_t *link = bucket_of(d, &d->trackers[index].key);

	while (*link != index + 1)
		link = &d->trackers[*link - 1].next;
	*link = d->trackers[index].next;
}

static void unlink_order(struct defrag *d, uint32_t index)
{
	const struct tracker *t = &d->trackers[index];

	*(t->older == NONE ? &d->oldest : &d->trackers[t->older].newer) = t->newer;
	*(t->newer == NONE ? &d->newest : &d->trackers[t->newer].older) = t->older;
}

static void tracker_free(struct defrag *d, uint32_t index)
{
	pieces_free(d, &d->trackers[index]);
	unlink_bucket(d, index);
	unlink_order(d, index);
	d->trackers[index].next = d->free_head;
	d->free_head = index;
}

static struct tracker *tracker_find(struct defrag *d, const struct key *k, uint32_t *ret_index)
{
	uint32_t at = *bucket_of(d, k);

	for (; at; at = d->trackers[at - 1].next) {
		struct tracker *t = &d->trackers[at - 1];

		if (memcmp(&t->key, k, sizeof(*k)) == 0) {
			*ret_index = at - 1;
			return t;
		}
	}
	return NULL;
}

static struct tracker *tracker_add(
	struct defrag *d, const struct key *k, const struct pkt *p, uint32_t *ret_index)
{
	uint32_t index = d->free_head, *bucket = bucket_of(d, k);
	struct tracker *t;

	if (index != NONE)
		d->free_head = d->trackers[index].next;
	else if (d->unused < TRACKERS_MAX)
		index = d->unused++;
	else
		return NULL;
	t = &d->trackers[index];
	*t = (struct tracker){.key = *k,
		.first_ns = p->clock_ns,
		.time_ns = p->time_ns,
		.keep_tunnels = p->keep_tunnels,
		.in_tunnel = p->piece.in_tunnel,
		.next = *bucket,
		.older = d->newest,
		.newer = NONE};
	*bucket = index + 1;
	if (d->newest != NONE)
		d->trackers[d->newest].newer = index;
	else
		d->oldest = index;
	d->newest = index;
	*ret_index = index;
	return t;
}

/* What the piece says of the datagram contradicts nothing. */
static bool is_sound(const struct pkt_piece *piece, uint32_t ip_bytes)
{
	return piece->bytes > 0 && (!piece->more || piece->bytes % 8 == 0) &&
	       piece->offset + piece->bytes <= DATAGRAM_BYTES &&
	       piece->payload_offset - piece->ip_offset + piece->bytes == ip_bytes;
}

enum place { PLACE_FREE, PLACE_SAME, PLACE_OVERLAP };

/* Where in the list it goes; PLACE_SAME: just this piece is there, octet for octet. */
static enum place place_of(struct tracker *t, const struct pkt *p, struct piece ***ret_link)
{
	uint32_t from = p->piece.offset, to = from + p->piece.bytes;
	struct piece **link = &t->first;

	while (*link && (*link)->offset + (*link)->bytes <= from)
		link = &(*link)->next;
	*ret_link = link;
	if (!*link || (*link)->offset >= to)
		return PLACE_FREE;
	if ((*link)->offset == from && (*link)->bytes == p->piece.bytes &&
		memcmp((*link)->data + (*link)->header_bytes, p->bytes + p->piece.payload_offset,
			p->piece.bytes) == 0)
		return PLACE_SAME;
	return PLACE_OVERLAP;
}

static bool piece_add(struct defrag *d, struct tracker *t, const struct pkt *p, struct piece **link)
{
	const struct pkt_piece *from = &p->piece;
	uint32_t header_bytes = from->offset ? 0
					     : (uint32_t)(from->payload_offset - from->ip_offset);
	struct piece *piece = slab_get(
		&d->slab, sizeof(*piece) + (size_t)header_bytes + from->bytes);

	if (!piece)
		return false;
	*piece = (struct piece){.next = *link,
		.offset = from->offset,
		.bytes = from->bytes,
		.header_bytes = header_bytes};
	memcpy(piece->data, p->bytes + from->payload_offset - header_bytes,
		(size_t)header_bytes + from->bytes);
	*link = piece;
	t->there += from->bytes;
	t->pieces++;
	return true;
}

/* The headers say now what the datagram is: its length, and that it is in one piece. */
static void headers_mend(uint8_t *ip, uint32_t header_bytes, uint32_t bytes)
{
	uint32_t length = header_bytes + bytes;

	if (ip[0] >> 4 == 4) {
		ip[2] = (uint8_t)(length >> 8);
		ip[3] = (uint8_t)length;
		ip[6] &= 0xc0;
		ip[7] = 0;
		return;
	}
	length -= 40;
	ip[4] = (uint8_t)(length >> 8);
	ip[5] = (uint8_t)length;
	/* the fragment header is the last one; what it says then is RFC 6946's */
	ip[header_bytes - 6] = ip[header_bytes - 5] = 0;
}

/* The pieces from offset 0 on without a hole as a packet; false when there is none or no room. */
static bool join(const struct tracker *t, struct defrag_room *room, struct pkt *ret)
{
	const struct piece *piece = t->first;
	uint32_t bytes = 0, header_bytes;
	uint8_t *ip = room->bytes + room->used;

	if (!piece || piece->offset > 0)
		return false;
	header_bytes = piece->header_bytes;
	for (; piece && piece->offset == bytes; piece = piece->next)
		bytes += piece->bytes;
	if (header_bytes + bytes > DATAGRAM_BYTES || header_bytes + bytes > room->size - room->used)
		return false;
	memcpy(ip, t->first->data, header_bytes);
	for (piece = t->first; piece && piece->offset < bytes; piece = piece->next)
		memcpy(ip + header_bytes + piece->offset, piece->data + piece->header_bytes,
			piece->bytes);
	headers_mend(ip, header_bytes, bytes);
	room->used += header_bytes + bytes;
	*ret = (struct pkt){.bytes = ip,
		.captured = header_bytes + bytes,
		.wire = header_bytes + bytes,
		.time_ns = t->time_ns,
		.clock_ns = t->first_ns,
		.link = LINK_RAW,
		.keep_tunnels = t->keep_tunnels,
		.in_tunnel = t->in_tunnel,
		.reassembled = true};
	return true;
}

/* A datagram that contradicts itself is not read, whatever else comes of it. */
static enum defrag_result give_up(struct defrag *d, struct tracker *t, struct ledger *l)
{
	if (!t->broken)
		l->n[LEDGER_FRAG_OVERLAP]++;
	t->broken = true;
	pieces_free(d, t);
	return DEFRAG_KEPT;
}

static enum defrag_result finish(struct defrag *d, uint32_t index, const struct pkt *p,
	struct ledger *l, struct defrag_room *room, struct pkt *ret_whole)
{
	bool joined = join(&d->trackers[index], room, ret_whole);

	if (joined) {
		ret_whole->time_ns = p->time_ns;
		ret_whole->clock_ns = p->clock_ns;
	}
	l->n[joined ? LEDGER_FRAG_REASSEMBLED : LEDGER_FRAG_FULL]++;
	tracker_free(d, index);
	return joined ? DEFRAG_WHOLE : DEFRAG_KEPT;
}

/* Who waited too long goes, read or not, when there is no room; never the datagram of `but`. */
static bool make_room(struct defrag *d, const struct pkt *p, uint32_t but, struct ledger *l)
{
	uint32_t index = d->oldest;

	if (index == NONE || index == but || d->trackers[index].first_ns + TIMEOUT_NS > p->clock_ns)
		return false;
	l->n[LEDGER_FRAG_TIMEOUT] += !d->trackers[index].broken;
	tracker_free(d, index);
	return true;
}

enum defrag_result defrag_add(struct defrag *d, const struct pkt *p, struct ledger *l,
	struct defrag_room *room, struct pkt *ret_whole)
{
	const struct pkt_piece *piece = &p->piece;
	struct key k = key_of(p);
	struct piece **link;
	struct tracker *t;
	uint32_t index = NONE;
	bool added;

	assert(piece->is);
	if (!is_sound(piece, piece->ip_bytes)) {
		l->n[LEDGER_FRAG_BAD]++;
		return DEFRAG_LEFT;
	}
	t = tracker_find(d, &k, &index);
	while (!t) {
		t = tracker_add(d, &k, p, &index);
		if (!t && !make_room(d, p, NONE, l))
			break;
	}
	if (!t) {
		l->n[LEDGER_FRAG_FULL]++;
		return DEFRAG_LEFT;
	}
	if (t->broken)
		return DEFRAG_KEPT;
	switch (place_of(t, p, &link)) {
	case PLACE_SAME:
		return DEFRAG_KEPT;
	case PLACE_OVERLAP:
		return give_up(d, t, l);
	case PLACE_FREE:
		break;
	}
	if ((!piece->more && t->total) || (t->total && piece->offset + piece->bytes > t->total) ||
		(!piece->more && *link)) /* two ends, or octets behind the end */
		return give_up(d, t, l);
	added = false;
	while (t->pieces < PIECES_MAX && !added) {
		added = piece_add(d, t, p, link);
		if (!added && !make_room(d, p, index, l))
			break;
	}
	if (!added) {
		l->n[LEDGER_FRAG_FULL]++;
		t->broken = true;
		pieces_free(d, t);
		return DEFRAG_LEFT;
	}
	if (!piece->more)
		t->total = piece->offset + piece->bytes;
	return t->total && t->there == t->total ? finish(d, index, p, l, room, ret_whole)
						: DEFRAG_KEPT;
}

bool defrag_expire(struct defrag *d, uint64_t clock_ns, struct ledger *l, struct defrag_room *room,
	struct pkt *ret_begin)
{
	while (d->oldest != NONE) {
		uint32_t index = d->oldest;
		struct tracker *t = &d->trackers[index];
		bool joined;

		if (clock_ns != UINT64_MAX && t->first_ns + TIMEOUT_NS > clock_ns)
			return false;
		if (!t->broken && t->first && t->first->offset == 0 &&
			DATAGRAM_BYTES > room->size - room->used)
			return false; /* the next time */
		joined = !t->broken && join(t, room, ret_begin);
		if (!t->broken)
			l->n[LEDGER_FRAG_TIMEOUT]++;
		tracker_free(d, index);
		if (joined)
			return true;
	}
	return false;
}
