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
#define NAME_BYTES_MAX   253 /* so that it has at most 127 labels, none empty */
#define NAME_NONE        UINT32_MAX
#define BATCH            16

/* Eight octets at once: what is said of each is in its highest bit. */
#define ONES  0x0101010101010101ULL
#define HIGHS 0x8080808080808080ULL

static uint64_t load_u64(const uint8_t *from)
{
	uint64_t n;

	memcpy(&n, from, sizeof(n));
	return le64toh(n);
}

static uint64_t between(uint64_t word, uint8_t first, uint8_t last)
{
	uint64_t low = word & ~HIGHS;
	uint64_t from = (low | HIGHS) - first * ONES, to = (low | HIGHS) - (last + 1) * ONES;

	return from & ~to & ~word & HIGHS;
}

/* In lower case; a zero becomes 0xff, which is in no name: texts end with zero. */
static uint64_t fold(uint64_t word)
{
	return word | between(word, 'A', 'Z') >> 2 | (between(word, 0, 0) >> 7) * 0xff;
}

/* Those of a name that has no upper case. */
static uint64_t usual(uint64_t word)
{
	return between(word, 'a', 'z') | between(word, '-', '.') | between(word, '0', '9') |
	       between(word, '_', '_');
}

/* A mask of the last `bytes` octets of a word, at most 8. */
static uint64_t last_octets(size_t bytes)
{
	return bytes ? UINT64_MAX << (64 - 8 * bytes) : 0;
}

static inline void walk_load(struct name_walk *w)
{
	size_t left = w->bytes - w->taken;

	w->word = load_u64(w->end - w->taken - 8);
	w->dots = between(w->word, '.', '.') & last_octets(left < 8 ? left : 8);
}

/* Eight octets before the name can be read. */
static void walk_init(
	struct name_walk *w, const struct siphash_key *key, const uint8_t *name, size_t bytes)
{
	w->end = name + bytes;
	w->bytes = bytes;
	w->taken = w->ending = 0;
	w->labels = 0;
	w->is_whole = false;
	siphash13_begin(w->v, key);
	walk_load(w);
}

/* To the next longer ending of the name that begins with a label. */
static inline bool walk_next(struct name_walk *w)
{
	while (!w->dots && w->bytes - w->taken >= 8) {
		siphash13_word(w->v, w->word);
		w->taken += 8;
		walk_load(w);
	}
	if (w->dots) {
		unsigned bit = 63 - (unsigned)__builtin_clzll(w->dots);

		w->dots &= ~(1ULL << bit);
		w->ending = w->taken + 7 - bit / 8;
	} else if (w->is_whole) {
		return false;
	} else {
		w->is_whole = true;
		w->ending = w->bytes;
	}
	w->labels++;
	return true;
}

static inline uint64_t walk_hash(const struct name_walk *w)
{
	size_t left = w->ending - w->taken;
	uint64_t v[4], last = left ? w->word >> (64 - 8 * left) : 0;

	memcpy(v, w->v, sizeof(v));
	return siphash13_end(v, last | (uint64_t)w->ending << 56);
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

static const uint8_t *word_at(const struct name_set *s, uint64_t hash)
{
	return s->filter + (size_t)word_of(s, hash) * WORD_BYTES;
}

static bool filter_has(const struct name_set *s, uint64_t hash)
{
	uint64_t bits = bits_of(hash);

	return (load_u64(word_at(s, hash)) & bits) == bits;
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

/* A bit for each of four tags that is this one, which is there four times. */
static unsigned equal_tags(uint64_t tags, uint64_t wanted)
{
	const uint64_t lows = 0x7fff7fff7fff7fffULL;
	uint64_t differ = tags ^ wanted;
	uint64_t equal = ~(((differ & lows) + lows) | differ | lows) >> 15;

	/* bits 0, 16, 32 and 48, brought together at 48 */
	return (unsigned)(equal * 0x0001000200040008ULL >> 48) & 15;
}

/* A bit for each used slot that has this tag; no branch depends on where it is. Two more are read
 * than a bucket has, and are never used. */
static unsigned slots_with(const uint8_t *bucket, uint64_t hash)
{
	uint64_t wanted = be16toh(tag_of(hash)) * 0x0001000100010001ULL;
	const uint8_t *tags = bucket + TAGS_OFFSET;
	unsigned slots = equal_tags(load_u64(tags), wanted) |
			 equal_tags(load_u64(tags + 8), wanted) << 4 |
			 equal_tags(load_u64(tags + 16), wanted) << 8;

	return slots & ((1u << bucket[0]) - 1);
}

static uint32_t index_in(const uint8_t *bucket, size_t slot)
{
	return sigdb_get_u32(bucket + INDICES_OFFSET + 4 * slot);
}

static uint32_t next_bucket(const struct name_set *s, uint32_t bucket)
{
	return bucket + 1 == s->bucket_count ? 0 : bucket + 1;
}

static uint32_t look_up(const struct name_set *s, uint64_t hash, const uint8_t *name, size_t bytes)
{
	uint32_t at = bucket_of(s, hash);
	unsigned reach = bucket_at(s, at)[1];

	for (unsigned further = 0; further <= reach; further++) {
		const uint8_t *bucket = bucket_at(s, at);

		for (unsigned slots = slots_with(bucket, hash); slots; slots &= slots - 1) {
			uint32_t index = index_in(bucket, (size_t)__builtin_ctz(slots));

			if (is_name(&s->view, index, name, bytes))
				return index;
		}
		at = next_bucket(s, at);
	}
	return NAME_NONE;
}

/* The endings that may be in the table: as many labels as some name of it has, and among those of
 * two and more none when the filter has not the last two. */
static void collect(const struct name_set *s, struct name_question *q)
{
	struct name_walk *w = &q->walk;

	while (w->labels < s->depth_max && walk_next(w)) {
		bool used = depth_is_used(s, w->labels);
		uint64_t hash;

		if (!used && w->labels != 2)
			continue;
		hash = walk_hash(w);
		if (w->labels == 2 && !filter_has(s, hash))
			return;
		if (!used)
			continue;
		__builtin_prefetch(bucket_at(s, bucket_of(s, hash)));
		q->endings[q->count++] = (struct name_ending){hash, w->ending};
	}
}

/* The first octets of a name, fewer than eight of `bytes`, at the end of a word. */
static uint64_t first_octets(const uint8_t *name, size_t bytes, size_t count)
{
	uint64_t word = 0;

	if (bytes >= 8)
		return load_u64(name) << (64 - 8 * count);
	for (size_t i = 0; i < count; i++)
		word |= (uint64_t)name[i] << (64 - 8 * (count - i));
	return word;
}

/* The name at the end of the storage, folded; returns where it begins. */
static const uint8_t *fold_name(struct name_question *q, const uint8_t *name, size_t bytes)
{
	uint8_t *to = q->octets + sizeof(q->octets);
	size_t left = bytes;

	for (; left >= 8; left -= 8) {
		uint64_t word = htole64(fold(load_u64(name + left - 8)));

		to -= 8;
		memcpy(to, &word, sizeof(word));
	}
	if (left) {
		uint64_t word = htole64(fold(first_octets(name, bytes, left)));

		memcpy(to - 8, &word, sizeof(word));
	}
	return to - left;
}

unsigned name_set_find(const struct name_set *s, struct name_question *q, const uint8_t *name,
	size_t bytes, uint32_t ret_indices[NAME_SET_FOUND_MAX])
{
	unsigned found = 0;

	if (bytes && name[bytes - 1] == '.')
		bytes--;
	if (bytes == 0 || bytes > NAME_SET_ASKED_MAX)
		return 0;
	q->count = 0;
	walk_init(&q->walk, &s->key, fold_name(q, name, bytes), bytes);
	collect(s, q);
	for (unsigned i = 0; i < q->count; i++) {
		size_t ending = q->endings[i].bytes;
		uint32_t index = look_up(s, q->endings[i].hash, q->walk.end - ending, ending);

		if (index != NAME_NONE &&
			(ending == bytes ||
				sigdb_entry(&s->view, index)[SIGDB_ENTRY_SCOPE_OFFSET] ==
					SCOPE_SUBDOMAINS))
			ret_indices[found++] = index;
	}
	return found;
}

/* What the table is to have of a name. */
struct wanted {
	uint64_t hash, two; /* two: of the last two labels */
	size_t labels;
};

/* A name on its way from its end, a word at a time. */
struct name_check {
	uint64_t v[4];    /* the hash so far */
	uint64_t odd;     /* what no name in normal form has */
	uint64_t follows; /* highest bit: a dot, or the name's end, is behind the next word */
	size_t dots;
};

/* `octets`: the highest bit of each octet that is the name's. */
static inline void check_word(struct name_check *c, uint64_t word, uint64_t octets)
{
	uint64_t dots = between(word, '.', '.') & octets;

	c->odd |= (~usual(word) & octets) | (dots & (dots >> 8 | c->follows));
	c->follows = dots << 56;
	c->dots += (dots >> 7) * ONES >> 56;
}

static uint64_t hash_of_two(
	struct name_walk *w, const struct siphash_key *key, const char *name, size_t bytes)
{
	walk_init(w, key, (const uint8_t *)name, bytes);
	(void)(walk_next(w) && walk_next(w));
	return walk_hash(w);
}

/* False when it is not in normal form: lower case, and no label is empty. */
static bool want(
	struct wanted *ret, struct name_walk *w, const struct siphash_key *key, const char *name)
{
	struct name_check c = {.follows = 1ULL << 63};
	size_t left = strlen(name), bytes = left;
	uint64_t word;

	if (bytes == 0 || bytes > NAME_BYTES_MAX || *name == '.')
		return false;
	siphash13_begin(c.v, key);
	for (; left >= 8; left -= 8) {
		word = load_u64((const uint8_t *)name + left - 8);
		check_word(&c, word, HIGHS);
		siphash13_word(c.v, word);
	}
	word = load_u64((const uint8_t *)name + left - 8);
	check_word(&c, word, HIGHS & last_octets(left));
	ret->hash = siphash13_end(
		c.v, (left ? word >> (64 - 8 * left) : 0) | (uint64_t)bytes << 56);
	ret->labels = 1 + c.dots;
	ret->two = c.dots < 2 ? ret->hash : hash_of_two(w, key, name, bytes);
	return !c.odd;
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
		for (size_t slot = 0; slot < bucket[0]; slot++) {
			if (index_in(bucket, slot) >= s->names)
				return false;
		}
		used += bucket[0];
	}
	return used == s->names;
}

static bool has_slot(const struct name_set *s, uint64_t hash, uint32_t index)
{
	uint32_t at = bucket_of(s, hash);
	unsigned reach = bucket_at(s, at)[1];

	for (unsigned further = 0; further <= reach; further++) {
		const uint8_t *bucket = bucket_at(s, at);

		for (unsigned slots = slots_with(bucket, hash); slots; slots &= slots - 1) {
			if (index_in(bucket, (size_t)__builtin_ctz(slots)) == index)
				return true;
		}
		at = next_bucket(s, at);
	}
	return false;
}

/* Some names at a time, so that their buckets are waited for together. */
struct batch {
	uint64_t depths[2]; /* of all so far */
	struct name_walk walk;
	struct wanted wanted[BATCH];
};

/* Whether each would be found. All values differ, so that what a lookup finds is this one. */
static bool names_are_there(
	const struct name_set *s, struct batch *b, uint32_t begin, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct wanted *w = &b->wanted[i];

		if (!want(w, &b->walk, &s->key, sigdb_value(&s->view, begin + i)))
			return false;
		__builtin_prefetch(bucket_at(s, bucket_of(s, w->hash)));
		__builtin_prefetch(word_at(s, w->two));
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct wanted *w = &b->wanted[i];

		b->depths[w->labels / 64] |= 1ULL << w->labels % 64;
		if ((w->labels > 1 && !filter_has(s, w->two)) || !has_slot(s, w->hash, begin + i))
			return false;
	}
	return true;
}

bool name_set_init(struct name_set *s, const struct sigdb_view *view, size_t names,
	const uint8_t *section, size_t bytes)
{
	struct batch batch = {0};

	*s = (struct name_set){.view = *view};
	if (!read_header(s, section, bytes) || s->names != names || !slots_are_sound(s))
		return false;
	for (uint32_t i = 0; i < s->names; i += BATCH) {
		uint32_t left = s->names - i;

		if (!names_are_there(s, &batch, i, left < BATCH ? left : BATCH))
			return false;
	}
	return memcmp(batch.depths, s->depths, sizeof(s->depths)) == 0;
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
		size_t slot = bucket[0];

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
		at = next_bucket(&m->set, at);
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
	struct name_walk walk;
	struct wanted w = {0};

	for (uint32_t i = 0; i < s->names; i++) {
		if (!want(&w, &walk, &s->key, sigdb_value(&s->view, i)))
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
