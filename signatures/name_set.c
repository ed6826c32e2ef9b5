/* SPDX-License-Identifier: Apache-2.0 */
/* The suffix set of names; its format and what can be relied on are in name_set.h. */
#include "signatures/name_set.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/crypto.h"
#include "signatures/indicator.h"

#define HEADER_BYTES     64
#define FILTER_OFFSET    HEADER_BYTES
#define WORD_BYTES       8
#define NAMES_PER_WORD   4 /* 16 bits for each name: of others one in 200 seems to be there */
#define BUCKET_BYTES     64
#define BUCKET_SLOTS     10
#define NAMES_PER_BUCKET 5
#define TAGS_OFFSET      4
#define INDICES_OFFSET   24
#define KEYS_MAX         32
#define LABELS_MAX       127 /* of 253 octets, none empty */
#define NAME_BYTES_MAX   253
#define NAME_NONE        UINT32_MAX
#define NEVER_IN_A_NAME  0xff

/* Where the last labels of a name begin, counted from its end. */
struct endings {
	size_t labels;
	size_t two; /* octets of the last two labels, 0 when there is one */
};

static uint64_t load_u64(const uint8_t *from)
{
	uint64_t n;

	memcpy(&n, from, sizeof(n));
	return le64toh(n);
}

static void tail_init(struct name_tail *t, const struct siphash_key *key)
{
	siphash13_begin(t->v, key);
	t->taken = 0;
}

/* Of the last `bytes` octets before `end`; each call asks for more than the one before. Eight
 * octets can be read from where they begin. */
static uint64_t tail_hash(struct name_tail *t, const uint8_t *end, size_t bytes)
{
	uint64_t v[4], last;
	size_t left;

	for (; bytes - t->taken >= 8; t->taken += 8)
		siphash13_word(t->v, load_u64(end - t->taken - 8));
	left = bytes - t->taken;
	last = left ? load_u64(end - bytes) & (UINT64_MAX >> (64 - 8 * left)) : 0;
	memcpy(v, t->v, sizeof(v));
	return siphash13_end(v, last | (uint64_t)bytes << 56);
}

/* The three parts of a hash: which bucket, which tag in it, which bits of which word. */
static uint32_t bucket_of(const struct name_set *s, uint64_t hash)
{
	return (uint32_t)((hash >> 32) * s->bucket_count >> 32);
}

static uint16_t tag_of(uint64_t hash)
{
	return (uint16_t)hash;
}

static uint32_t word_of(const struct name_set *s, uint64_t hash)
{
	return (uint32_t)((hash & UINT32_MAX) * s->filter_words >> 32);
}

static uint64_t bits_of(uint64_t hash)
{
	return 1ULL << (hash >> 32 & 63) | 1ULL << (hash >> 38 & 63) | 1ULL << (hash >> 44 & 63) |
	       1ULL << (hash >> 50 & 63);
}

static bool filter_has(const struct name_set *s, uint64_t hash)
{
	uint64_t bits = bits_of(hash);

	return (load_u64(s->filter + (size_t)word_of(s, hash) * WORD_BYTES) & bits) == bits;
}

static const uint8_t *bucket_at(const struct name_set *s, uint32_t bucket)
{
	return s->buckets + (size_t)bucket * BUCKET_BYTES;
}

static bool depth_is_used(const struct name_set *s, size_t labels)
{
	return s->depths[labels / 64] >> labels % 64 & 1;
}

/* Whether an entry is just these octets, among which is no zero. */
static bool is_name(
	const struct sigdb_view *view, uint32_t index, const uint8_t *name, size_t bytes)
{
	size_t offset = sigdb_value_offset(view, index);

	return bytes < view->text_bytes - offset &&
	       memcmp(view->texts + offset, name, bytes) == 0 && !view->texts[offset + bytes];
}

static uint32_t look_up(const struct name_set *s, uint64_t hash, const uint8_t *name, size_t bytes)
{
	uint32_t at = bucket_of(s, hash);
	unsigned reach = bucket_at(s, at)[1];
	uint16_t tag = htobe16(tag_of(hash));

	for (unsigned further = 0; further <= reach; further++) {
		const uint8_t *bucket = bucket_at(s, at);

		for (unsigned slot = 0; slot < bucket[0]; slot++) {
			uint32_t index;

			if (memcmp(bucket + TAGS_OFFSET + 2 * slot, &tag, sizeof(tag)) != 0)
				continue;
			index = sigdb_get_u32(bucket + INDICES_OFFSET + 4 * slot);
			if (is_name(&s->view, index, name, bytes))
				return index;
		}
		at = at + 1 == s->bucket_count ? 0 : at + 1;
	}
	return NAME_NONE;
}

/* In lower case; a zero becomes what is in no name, as texts end with zero. */
static uint8_t fold(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c | 0x20;
	return c ? c : NEVER_IN_A_NAME;
}

/* Folds one more label; returns where the ending begins that has it. */
static size_t fold_label(struct name_question *q, const uint8_t *name)
{
	size_t at = q->at;

	while (at && name[at - 1] != '.') {
		at--;
		q->name[at] = fold(name[at]);
	}
	q->at = at;
	return at;
}

static uint64_t hash_from(struct name_question *q, size_t at)
{
	return tail_hash(&q->tail, q->name + q->bytes, q->bytes - at);
}

static void ask_for(const struct name_set *s, struct name_question *q, uint64_t hash, size_t at)
{
	__builtin_prefetch(bucket_at(s, bucket_of(s, hash)));
	q->endings[q->count++] = (struct name_ending){hash, at};
}

/* The endings that may be in the table: as many labels as some name of it has, and among those of
 * two and more none when the filter has not the last two. */
static void collect(const struct name_set *s, struct name_question *q, const uint8_t *name)
{
	for (unsigned labels = 1; labels <= s->depth_max; labels++) {
		size_t at = fold_label(q, name);

		if (labels == 2) {
			uint64_t hash = hash_from(q, at);

			if (!filter_has(s, hash))
				return;
			if (depth_is_used(s, 2))
				ask_for(s, q, hash, at);
		} else if (depth_is_used(s, labels)) {
			ask_for(s, q, hash_from(q, at), at);
		}
		if (at == 0)
			return;
		q->name[--q->at] = '.';
	}
}

unsigned name_set_find(const struct name_set *s, struct name_question *q, const uint8_t *name,
	size_t bytes, uint32_t ret_indices[NAME_SET_FOUND_MAX])
{
	unsigned found = 0;

	if (bytes && name[bytes - 1] == '.')
		bytes--;
	if (bytes == 0 || bytes > NAME_SET_ASKED_MAX)
		return 0;
	q->bytes = q->at = bytes;
	q->count = 0;
	memset(q->name + bytes, 0, SIGDB_SLACK_BYTES);
	tail_init(&q->tail, &s->key);
	collect(s, q, name);
	for (unsigned i = 0; i < q->count; i++) {
		size_t at = q->endings[i].at;
		uint32_t index = look_up(s, q->endings[i].hash, q->name + at, bytes - at);

		if (index != NAME_NONE &&
			(at == 0 || sigdb_entry(&s->view, index)[SIGDB_ENTRY_SCOPE_OFFSET] ==
					    SCOPE_SUBDOMAINS))
			ret_indices[found++] = index;
	}
	return found;
}

/* Normal form: labels of lower-case letters, digits, hyphens and underscores, none empty. */
static bool name_measure(struct endings *ret, const char *name, size_t *ret_bytes)
{
	size_t bytes = 0, last = 0, dots[2] = {0};
	struct endings e = {.labels = 1};

	for (; name[bytes] && bytes <= NAME_BYTES_MAX; bytes++) {
		char c = name[bytes];

		if (c == '.') {
			if (bytes == last)
				return false;
			dots[0] = dots[1];
			dots[1] = last = bytes + 1;
			e.labels++;
		} else if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_') {
			return false;
		}
	}
	if (bytes == last || bytes > NAME_BYTES_MAX)
		return false;
	e.two = e.labels > 1 ? bytes - dots[0] : 0;
	*ret = e;
	*ret_bytes = bytes;
	return true;
}

/* What the table is to have of a name. */
struct wanted {
	uint64_t hash, two; /* two: of the last two labels */
	size_t labels, bytes;
};

static bool name_want(const struct siphash_key *key, const char *name, struct wanted *ret)
{
	const uint8_t *end;
	struct endings e;
	struct name_tail tail;

	if (!name_measure(&e, name, &ret->bytes))
		return false;
	end = (const uint8_t *)name + ret->bytes;
	tail_init(&tail, key);
	ret->labels = e.labels;
	ret->two = e.two ? tail_hash(&tail, end, e.two) : 0;
	ret->hash = e.labels == 2 ? ret->two : tail_hash(&tail, end, ret->bytes);
	return true;
}

static size_t filter_bytes(uint32_t words)
{
	return ((size_t)words * WORD_BYTES + SIGDB_ALIGN - 1) / SIGDB_ALIGN * SIGDB_ALIGN;
}

static uint64_t get_u64(const uint8_t *from)
{
	return (uint64_t)sigdb_get_u32(from) << 32 | sigdb_get_u32(from + 4);
}

/* Header and sizes; then what is read from the table stays inside it. */
static bool read_header(struct name_set *s, const uint8_t *section, size_t bytes)
{
	if (bytes < HEADER_BYTES)
		return false;
	s->key = (struct siphash_key){get_u64(section), get_u64(section + 8)};
	s->depths[1] = get_u64(section + 16);
	s->depths[0] = get_u64(section + 24);
	s->names = sigdb_get_u32(section + 32);
	s->filter_words = sigdb_get_u32(section + 36);
	s->bucket_count = sigdb_get_u32(section + 40);
	if (s->filter_words == 0 || s->bucket_count == 0 || s->depths[0] & 1 ||
		bytes != FILTER_OFFSET + filter_bytes(s->filter_words) +
				 (size_t)s->bucket_count * BUCKET_BYTES)
		return false;
	s->filter = section + FILTER_OFFSET;
	s->buckets = s->filter + filter_bytes(s->filter_words);
	for (unsigned labels = 0; labels < 128; labels++) {
		if (depth_is_used(s, labels))
			s->depth_max = labels;
	}
	return true;
}

/* Whether all slots together are as many as the names, and each leads to one of them. */
static bool slots_are_sound(const struct name_set *s)
{
	uint64_t used = 0;

	for (uint32_t i = 0; i < s->bucket_count; i++) {
		const uint8_t *bucket = bucket_at(s, i);

		if (bucket[0] > BUCKET_SLOTS || bucket[1] > NAME_SET_REACH_MAX)
			return false;
		for (unsigned slot = 0; slot < bucket[0]; slot++) {
			if (sigdb_get_u32(bucket + INDICES_OFFSET + 4 * slot) >= s->names)
				return false;
		}
		used += bucket[0];
	}
	return used == s->names;
}

bool name_set_init(struct name_set *s, const struct sigdb_view *view, size_t names,
	const uint8_t *section, size_t bytes)
{
	*s = (struct name_set){.view = *view};
	if (!read_header(s, section, bytes) || s->names != names || !slots_are_sound(s))
		return false;
	for (uint32_t i = 0; i < names; i++) {
		const char *name = sigdb_value(view, i);
		struct wanted w;

		if (!name_want(&s->key, name, &w) || !depth_is_used(s, w.labels) ||
			(w.labels > 1 && !filter_has(s, w.two)) ||
			look_up(s, w.hash, (const uint8_t *)name, w.bytes) != i)
			return false;
	}
	return true;
}

/* A table that is being written; the pointers of the set lead into it. */
struct making {
	struct name_set set;
	uint8_t *section, *filter, *buckets;
	size_t bytes;
};

static int make_sizes(struct making *m, const struct sigdb_view *view, uint32_t names)
{
	struct name_set *s = &m->set;

	*s = (struct name_set){.view = *view, .names = names};
	s->filter_words = names / NAMES_PER_WORD + 1;
	s->bucket_count = names / NAMES_PER_BUCKET + 1;
	m->bytes = FILTER_OFFSET + filter_bytes(s->filter_words) +
		   (size_t)s->bucket_count * BUCKET_BYTES;
	m->section = calloc(1, m->bytes);
	if (!m->section)
		return -ENOMEM;
	s->filter = m->filter = m->section + FILTER_OFFSET;
	s->buckets = m->buckets = m->filter + filter_bytes(s->filter_words);
	return 0;
}

/* False when all buckets that it may lie in are full. */
static bool add_to_bucket(struct making *m, uint64_t hash, uint32_t index)
{
	uint32_t home = bucket_of(&m->set, hash), at = home;

	for (unsigned further = 0; further <= NAME_SET_REACH_MAX; further++) {
		uint8_t *bucket = m->buckets + (size_t)at * BUCKET_BYTES;
		uint8_t slot = bucket[0];

		if (slot < BUCKET_SLOTS) {
			uint16_t tag = htobe16(tag_of(hash));
			uint8_t *reach = m->buckets + (size_t)home * BUCKET_BYTES + 1;

			memcpy(bucket + TAGS_OFFSET + 2 * slot, &tag, sizeof(tag));
			sigdb_put_u32(bucket + INDICES_OFFSET + 4 * slot, index);
			bucket[0]++;
			if (*reach < further)
				*reach = (uint8_t)further;
			return true;
		}
		at = at + 1 == m->set.bucket_count ? 0 : at + 1;
	}
	return false;
}

static void add_to_filter(struct making *m, uint64_t hash)
{
	uint8_t *at = m->filter + (size_t)word_of(&m->set, hash) * WORD_BYTES;
	uint64_t word = htole64(load_u64(at) | bits_of(hash));

	memcpy(at, &word, sizeof(word));
}

/* -EAGAIN: with this key too many names meet in one place. */
static int make_table(struct making *m)
{
	struct name_set *s = &m->set;

	for (uint32_t i = 0; i < s->names; i++) {
		struct wanted w;

		if (!name_want(&s->key, sigdb_value(&s->view, i), &w))
			return -EINVAL;
		if (!add_to_bucket(m, w.hash, i))
			return -EAGAIN;
		if (w.labels > 1)
			add_to_filter(m, w.two);
		s->depths[w.labels / 64] |= 1ULL << w.labels % 64;
	}
	return 0;
}

static void make_header(struct making *m)
{
	const struct name_set *s = &m->set;
	uint8_t *to = sigdb_put_u64(m->section, s->key.k0);

	to = sigdb_put_u64(sigdb_put_u64(to, s->key.k1), s->depths[1]);
	to = sigdb_put_u32(sigdb_put_u64(to, s->depths[0]), s->names);
	(void)sigdb_put_u32(sigdb_put_u32(to, s->filter_words), s->bucket_count);
}

/* From the texts and the number of the attempt alone. */
static struct siphash_key draw_key(const uint8_t content[32], uint8_t attempt)
{
	uint8_t drawn[33];

	memcpy(drawn, content, 32);
	drawn[32] = attempt;
	crypto_sha256(drawn, drawn, sizeof(drawn));
	return (struct siphash_key){get_u64(drawn), get_u64(drawn + 8)};
}

int name_set_write(const struct sigdb_view *view, size_t names, uint8_t **ret, size_t *ret_bytes)
{
	struct making m = {0};
	uint8_t content[32];
	int r = names < NAME_NONE ? make_sizes(&m, view, (uint32_t)names) : -EFBIG;

	if (r < 0)
		return r;
	crypto_sha256(content, view->texts, view->text_bytes);
	r = -EAGAIN;
	for (uint8_t attempt = 0; r == -EAGAIN && attempt < KEYS_MAX; attempt++) {
		memset(m.section, 0, m.bytes);
		memset(m.set.depths, 0, sizeof(m.set.depths));
		m.set.key = draw_key(content, attempt);
		r = make_table(&m);
	}
	if (r < 0) {
		free(m.section);
		return r;
	}
	make_header(&m);
	*ret = m.section;
	*ret_bytes = m.bytes;
	return 0;
}
