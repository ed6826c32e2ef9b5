/* SPDX-License-Identifier: Apache-2.0 */
/* The file, numbers in network byte order:
 *
 *   0  "KUKLASIG"           48  count of indicators
 *   8  format version       52  octets of texts
 *  12  zero                 56  entries of 32 octets, ascending by type and value
 *  16  SHA-256 from 48 on       texts, each ended by zero, ascending
 *
 * An entry: type, role, scope, advice, confidence, three zeros; line; where value, campaign,
 * source, context and disarm begin in the texts. */
#include "signatures/sigdb.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/text.h"
#include "signatures/address.h"
#include "signatures/review.h"

#define SIGDB_MAGIC           "KUKLASIG"
#define SIGDB_FORMAT          1u
#define SIGDB_SUM_OFFSET      16
#define SIGDB_SUMMED_OFFSET   48
#define SIGDB_HEADER_BYTES    56
#define SIGDB_ENTRY_BYTES     32
#define SIGDB_TEXTS           5
#define SIGDB_BYTES_MAX       (1u << 30)
#define NAME_BYTES_MAX        253
#define FINGERPRINT_BYTES_MAX 64 /* JA3 has 32, JA4 36 */

struct sigdb {
	uint8_t *map;
	size_t bytes;
	size_t count, text_bytes;
	char version[17];
};

struct texts {
	const char **sorted;
	uint32_t *offsets;
	size_t count, bytes;
};

static void texts_done(struct texts *t)
{
	free(t->sorted);
	free(t->offsets);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void texts_of(const struct indicator *i, const char *ret_texts[SIGDB_TEXTS])
{
	ret_texts[0] = i->value;
	ret_texts[1] = i->campaign;
	ret_texts[2] = i->source;
	ret_texts[3] = i->context;
	ret_texts[4] = i->disarm;
}

/* Indicators in the order of the file. */
struct sorted {
	const struct indicator *items;
	size_t *order; /* owned */
	size_t count;
};

static void sorted_done(struct sorted *s)
{
	free(s->order);
}

static const struct indicator *sorted_get(const struct sorted *s, size_t index)
{
	return &s->items[s->order[index]];
}

static int sorted_init(struct sorted *s, const struct indicator *items, size_t count)
{
	int r = indicator_sort(items, count, &s->order);
	size_t kept = 0;

	s->items = items;
	for (size_t i = 0; r == 0 && i < count; i++) {
		if (!kept || indicator_compare(sorted_get(s, kept - 1), sorted_get(s, i)) != 0)
			s->order[kept++] = s->order[i];
	}
	s->count = kept;
	return r;
}

static int texts_collect(struct texts *t, const struct sorted *items)
{
	size_t count = items->count, kept = 0, bytes = 0;

	t->sorted = calloc(count * SIGDB_TEXTS + 1, sizeof(*t->sorted));
	t->offsets = calloc(count * SIGDB_TEXTS + 1, sizeof(*t->offsets));
	if (!t->sorted || !t->offsets)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		texts_of(sorted_get(items, i), t->sorted + i * SIGDB_TEXTS);
	if (count)
		qsort(t->sorted, count * SIGDB_TEXTS, sizeof(*t->sorted), compare_texts);
	for (size_t i = 0; i < count * SIGDB_TEXTS; i++) {
		if (kept && strcmp(t->sorted[kept - 1], t->sorted[i]) == 0)
			continue;
		t->sorted[kept] = t->sorted[i];
		t->offsets[kept++] = (uint32_t)bytes;
		bytes += strlen(t->sorted[i]) + 1;
		if (bytes > SIGDB_BYTES_MAX)
			return -EFBIG;
	}
	t->count = kept;
	t->bytes = bytes;
	return 0;
}

static uint32_t texts_offset(const struct texts *t, const char *text)
{
	const char **found = bsearch(&text, t->sorted, t->count, sizeof(*t->sorted), compare_texts);

	return t->offsets[found - t->sorted];
}

static uint8_t *put_u32(uint8_t *to, size_t n)
{
	*to++ = (uint8_t)(n >> 24);
	*to++ = (uint8_t)(n >> 16);
	*to++ = (uint8_t)(n >> 8);
	*to++ = (uint8_t)n;
	return to;
}

static uint8_t *put_entry(uint8_t *to, const struct indicator *item, const struct texts *texts)
{
	const char *text[SIGDB_TEXTS];

	*to++ = (uint8_t)item->type;
	*to++ = (uint8_t)item->role;
	*to++ = (uint8_t)item->scope;
	*to++ = (uint8_t)item->advice;
	*to++ = item->confidence;
	memset(to, 0, 3);
	to = put_u32(to + 3, item->line);
	texts_of(item, text);
	for (size_t i = 0; i < SIGDB_TEXTS; i++)
		to = put_u32(to, texts_offset(texts, text[i]));
	return to;
}

static int encode(uint8_t **ret, size_t *ret_bytes, const struct sorted *items)
{
	_cleanup_(texts_done) struct texts texts = {0};
	size_t count = items->count, bytes;
	uint8_t *file, *to;
	int r = texts_collect(&texts, items);

	if (r < 0)
		return r;
	bytes = SIGDB_HEADER_BYTES + count * SIGDB_ENTRY_BYTES + texts.bytes;
	if (bytes > SIGDB_BYTES_MAX)
		return -EFBIG;
	file = calloc(1, bytes);
	if (!file)
		return -ENOMEM;
	memcpy(file, SIGDB_MAGIC, 8);
	put_u32(file + 8, SIGDB_FORMAT);
	to = put_u32(put_u32(file + SIGDB_SUMMED_OFFSET, count), texts.bytes);
	for (size_t i = 0; i < count; i++)
		to = put_entry(to, sorted_get(items, i), &texts);
	for (size_t i = 0; i < texts.count; i++)
		memcpy(to + texts.offsets[i], texts.sorted[i], strlen(texts.sorted[i]) + 1);
	crypto_sha256(
		file + SIGDB_SUM_OFFSET, file + SIGDB_SUMMED_OFFSET, bytes - SIGDB_SUMMED_OFFSET);
	*ret = file;
	*ret_bytes = bytes;
	return 0;
}

static int write_all(int fd, const uint8_t *octets, size_t bytes)
{
	while (bytes) {
		ssize_t n = write(fd, octets, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		octets += n;
		bytes -= (size_t)n;
	}
	return 0;
}

static int write_file(const char *path, const uint8_t *octets, size_t bytes)
{
	_cleanup_(free_ptr) char *temporary = NULL;
	_cleanup_(close_ptr) int fd = -1;
	int r;

	if (!file_is_replaceable(path))
		return -EEXIST;
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = write_all(fd, octets, bytes);
	if (r == 0 && (fchmod(fd, 0644) < 0 || fsync(fd) < 0 || rename(temporary, path) < 0))
		r = -errno;
	if (r < 0)
		(void)unlink(temporary);
	return r;
}

int sigdb_write(const char *path, const struct indicator *indicators, size_t count, char *ret_error,
	size_t error_size)
{
	_cleanup_(sorted_done) struct sorted sorted = {0};
	_cleanup_(free_ptr) uint8_t *file = NULL;
	size_t bytes = 0;
	int r;

	for (size_t i = 0; i < count; i++) {
		if (review_passes(indicators[i].advice))
			continue;
		snprintf(ret_error, error_size, "%s: advice %s does not go into a database",
			indicators[i].value, indicator_advice_name(indicators[i].advice));
		return -EINVAL;
	}
	r = sorted_init(&sorted, indicators, count);
	if (r == 0)
		r = encode(&file, &bytes, &sorted);
	if (r == 0)
		r = write_file(path, file, bytes);
	if (r == -EEXIST)
		snprintf(ret_error, error_size,
			"%s: is no regular file: name one, or a place where none is", path);
	else if (r < 0)
		snprintf(ret_error, error_size, "%s: %s", path, strerror(-r));
	return r;
}

static struct cursor entry_cursor(const struct sigdb *db, size_t index)
{
	return cur_init(
		db->map + SIGDB_HEADER_BYTES + index * SIGDB_ENTRY_BYTES, SIGDB_ENTRY_BYTES);
}

static const char *text_at(const struct sigdb *db, uint32_t offset)
{
	return (const char *)db->map + SIGDB_HEADER_BYTES + db->count * SIGDB_ENTRY_BYTES + offset;
}

struct indicator sigdb_get(const struct sigdb *db, size_t index)
{
	struct cursor in = entry_cursor(db, index);
	struct indicator i = {.type = cur_u8(&in)};

	i.role = cur_u8(&in);
	i.scope = cur_u8(&in);
	i.advice = cur_u8(&in);
	i.confidence = cur_u8(&in);
	cur_skip(&in, 3);
	i.line = cur_u32(&in);
	i.value = text_at(db, cur_u32(&in));
	i.campaign = text_at(db, cur_u32(&in));
	i.source = text_at(db, cur_u32(&in));
	i.context = text_at(db, cur_u32(&in));
	i.disarm = text_at(db, cur_u32(&in));
	return i;
}

static bool is_normal_name(const char *value)
{
	size_t bytes = strlen(value);

	if (bytes == 0 || bytes > NAME_BYTES_MAX || value[0] == '.' || value[bytes - 1] == '.')
		return false;
	for (; *value; value++) {
		if (!islower((unsigned char)*value) && !isdigit((unsigned char)*value) &&
			!strchr("-_.", *value))
			return false;
	}
	return true;
}

/* Matchers look a fingerprint up in lower case and know no longer one. */
static bool is_normal_fingerprint(const char *value)
{
	size_t bytes = strspn(value, "0123456789abcdefghijklmnopqrstuvwxyz_");

	return bytes <= FINGERPRINT_BYTES_MAX && !value[bytes];
}

/* Whether the matchers can rely on it. */
static bool is_sound(const struct indicator *i)
{
	struct address_range range;

	if (i->type >= INDICATOR_TYPES || i->role > ROLE_OPERATOR_SIDE ||
		i->scope > SCOPE_URL_ONLY || !review_passes(i->advice) || !*i->value)
		return false;
	if (i->type == INDICATOR_DOMAIN)
		return is_normal_name(i->value);
	if (i->type == INDICATOR_JA3 || i->type == INDICATOR_JA4)
		return is_normal_fingerprint(i->value);
	if (i->type == INDICATOR_IP || i->type == INDICATOR_PREFIX || i->type == INDICATOR_IP_PORT)
		return address_range_parse(&range, i->value, strlen(i->value));
	return true;
}

static bool offsets_are_inside(const struct sigdb *db, size_t index)
{
	struct cursor in = entry_cursor(db, index);

	cur_skip(&in, 12);
	for (size_t i = 0; i < SIGDB_TEXTS; i++) {
		if (cur_u32(&in) >= db->text_bytes)
			return false;
	}
	return true;
}

static bool entries_are_sound(const struct sigdb *db)
{
	struct indicator last, item = {0};

	/* every text that begins inside then ends inside */
	if (db->count && (db->text_bytes == 0 || *text_at(db, (uint32_t)db->text_bytes - 1)))
		return false;
	for (size_t i = 0; i < db->count; i++) {
		if (!offsets_are_inside(db, i))
			return false;
		last = item;
		item = sigdb_get(db, i);
		if (!is_sound(&item) || (i && indicator_compare(&last, &item) >= 0))
			return false;
	}
	return true;
}

/* NULL when it is a database, else what it is instead. */
static const char *check(struct sigdb *db)
{
	struct cursor in = cur_init(db->map, db->bytes);
	bool magic = cur_is(&in, SIGDB_MAGIC, 8);
	uint8_t sum[32];
	const uint8_t *want;
	uint32_t version;

	cur_skip(&in, 8);
	version = cur_u32(&in);
	cur_skip(&in, 4);
	want = cur_take(&in, sizeof(sum));
	db->count = cur_u32(&in);
	db->text_bytes = cur_u32(&in);
	if (!magic || in.bad)
		return "not a signature database; make one with `kukla-sig compile`";
	if (version != SIGDB_FORMAT)
		return "of a format this program does not know; compile it again";
	crypto_sha256(sum, db->map + SIGDB_SUMMED_OFFSET, db->bytes - SIGDB_SUMMED_OFFSET);
	if (memcmp(sum, want, sizeof(sum)) != 0)
		return "damaged, its checksum differs; compile it again";
	if (cur_left(&in) != (uint64_t)db->count * SIGDB_ENTRY_BYTES + db->text_bytes ||
		!entries_are_sound(db))
		return "malformed; compile it again";
	text_hex(db->version, sum, 8);
	return NULL;
}

static int map_file(struct sigdb *db, const char *path)
{
	_cleanup_(close_ptr) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > SIGDB_BYTES_MAX)
		return -EFBIG;
	if (st.st_size < SIGDB_HEADER_BYTES)
		return -EBADMSG;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	db->map = map;
	db->bytes = (size_t)st.st_size;
	return 0;
}

int sigdb_open(struct sigdb **ret, const char *path, char *ret_error, size_t error_size)
{
	struct sigdb *db = calloc(1, sizeof(*db));
	const char *why = NULL;
	int r = db ? map_file(db, path) : -ENOMEM;

	if (r == 0 && (why = check(db)) != NULL)
		r = -EBADMSG;
	if (r == 0) {
		*ret = db;
		return 0;
	}
	if (!why)
		why = r == -EBADMSG ? "too short for a signature database" : strerror(-r);
	snprintf(ret_error, error_size, "%s: %s", path, why);
	sigdb_close(db);
	return r;
}

void sigdb_close(struct sigdb *db)
{
	if (!db)
		return;
	if (db->map)
		(void)munmap(db->map, db->bytes);
	free(db);
}

size_t sigdb_count(const struct sigdb *db)
{
	return db->count;
}

const char *sigdb_version(const struct sigdb *db)
{
	return db->version;
}
