/* SPDX-License-Identifier: Apache-2.0 */
/* A database is a hostile file: all of it is checked when it is opened (sigdb_format.h), so that
 * nothing has to be checked when it is asked. */
#include "signatures/sigdb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/text.h"
#include "signatures/address.h"
#include "signatures/expression.h"
#include "signatures/pattern.h"
#include "signatures/review.h"
#include "signatures/sigdb_file.h"
#include "signatures/sigdb_format.h"

struct sigdb {
	struct sigdb_file file;
	struct sigdb_view view;
	struct name_set names;
	struct look_section looks;
	char **exceptions; /* owned, by their numbers; NULL: there are no protected names */
	struct cursor patterns;
	size_t as_count;
	size_t unused_bytes; /* of the texts; while it is opened */
	bool trusted;        /* its signature was checked */
	struct sigdb_span spans[INDICATOR_TYPES];
	struct sigdb_stamp stamp;
	const uint8_t *signature; /* NULL: there is none */
	char version[17];
};

static struct cursor about_cursor(const struct sigdb_view *v, size_t index)
{
	return cur_init(v->abouts + index * SIGDB_ABOUT_BYTES, SIGDB_ABOUT_BYTES);
}

static uint32_t expression_offset(const struct sigdb_view *v, size_t number)
{
	return sigdb_get_u32(v->expressions + number * SIGDB_EXPRESSION_BYTES);
}

static const char *expression_of(const struct sigdb_view *v, size_t number)
{
	return v->texts + expression_offset(v, number);
}

struct indicator sigdb_get(const struct sigdb *db, size_t index)
{
	const struct sigdb_view *v = &db->view;
	struct cursor in = cur_init(sigdb_entry(v, index), SIGDB_ENTRY_BYTES);
	struct indicator i = {.type = cur_u8(&in)};
	struct cursor about;

	i.role = cur_u8(&in);
	i.scope = cur_u8(&in);
	i.advice = cur_u8(&in);
	i.value = v->texts + cur_u32(&in);
	i.line = cur_u32(&in);
	about = about_cursor(v, cur_u32(&in));
	i.confidence = cur_u8(&about);
	cur_skip(&about, 3);
	i.campaign = v->texts + cur_u32(&about);
	i.source = v->texts + cur_u32(&about);
	i.context = v->texts + cur_u32(&about);
	i.disarm = v->texts + cur_u32(&about);
	i.reference = v->texts + cur_u32(&about);
	i.tlp = v->texts + cur_u32(&about);
	i.licence = v->texts + cur_u32(&about);
	i.first_seen = cur_u32(&about);
	i.last_confirmed = cur_u32(&about);
	i.expires = cur_u32(&about);
	i.published = cur_u32(&about);
	i.look.except = "";
	if (i.type == INDICATOR_LOOK_ALIKE) {
		size_t number = index - db->spans[INDICATOR_LOOK_ALIKE].begin;

		i.look.kinds = db->looks.kinds[number];
		i.look.except = db->exceptions[look_section_set(&db->looks, number)];
	}
	if (i.type == INDICATOR_SIGNATURE)
		i.expression = expression_of(v, index - db->spans[INDICATOR_SIGNATURE].begin);
	return i;
}

/* Matchers look a fingerprint up in lower case and know no longer one. */
static bool is_normal_fingerprint(const char *value)
{
	size_t bytes = strspn(value, "0123456789abcdefghijklmnopqrstuvwxyz_");

	return bytes <= SIGDB_FINGERPRINT_BYTES_MAX && !value[bytes];
}

static bool is_address_range(const char *value)
{
	struct address_range range;

	return address_range_parse(&range, value, strlen(value));
}

/* Whether the matchers can rely on it; domains are the name set's. */
static bool is_normal_value(enum indicator_type type, const char *value)
{
	switch (type) {
	case INDICATOR_JA3:
	case INDICATOR_JA4:
	case INDICATOR_JA3S:
	case INDICATOR_CERT_SHA1:
	case INDICATOR_CERT_SHA256:
	case INDICATOR_SPKI_SHA256:
		return is_normal_fingerprint(value);
	case INDICATOR_IP:
	case INDICATOR_PREFIX:
	case INDICATOR_IP_PORT:
		return is_address_range(value);
	case INDICATOR_UA_PATTERN:
		return !pattern_check(PATTERN_PART, value);
	default:
		return true;
	}
}

static bool is_text(const struct sigdb_view *v, uint32_t offset)
{
	return offset >= SIGDB_SLACK_BYTES && offset < v->text_bytes;
}

/* Each that begins inside ends inside. */
static bool texts_are_sound(const struct sigdb_view *v)
{
	return v->text_bytes >= SIGDB_SLACK_BYTES && !v->texts[v->text_bytes - 1];
}

static bool abouts_are_sound(const struct sigdb_view *v)
{
	for (size_t i = 0; i < v->about_count; i++) {
		struct cursor in = about_cursor(v, i);

		cur_skip(&in, 4);
		for (size_t text = 0; text < SIGDB_ABOUT_TEXTS; text++) {
			if (!is_text(v, cur_u32(&in)))
				return false;
		}
	}
	return true;
}

static bool entry_is_sound(const struct sigdb_view *v, const uint8_t *entry)
{
	uint32_t value = sigdb_get_u32(entry + SIGDB_ENTRY_VALUE_OFFSET);
	uint32_t about = sigdb_get_u32(entry + SIGDB_ENTRY_ABOUT_OFFSET);

	return entry[0] < INDICATOR_TYPES && entry[1] <= ROLE_OPERATOR_SIDE &&
	       entry[2] <= SCOPE_URL_ONLY && review_passes(entry[3]) && is_text(v, value) &&
	       about < v->about_count && v->texts[value] &&
	       is_normal_value(entry[0], v->texts + value);
}

/* What the matchers copy for an entry is in proportion to its texts, and texts may lie over one
 * another: all texts that entries have come to no more than there is. Who writes a database writes
 * each once. */
static bool has_room(struct sigdb *db, const char *text)
{
	size_t bytes = strnlen(text, db->unused_bytes);

	if (bytes == db->unused_bytes)
		return false;
	db->unused_bytes -= bytes + 1;
	return true;
}

/* Each sound, and greater than the one before it. */
static bool entries_are_sound(struct sigdb *db)
{
	const struct sigdb_view *v = &db->view;
	const char *last = "";
	uint8_t last_type = 0;

	for (size_t i = 0; i < v->count; i++) {
		const uint8_t *entry = sigdb_entry(v, i);
		const char *value;

		if (!entry_is_sound(v, entry))
			return false;
		value = sigdb_value(v, i);
		if (!has_room(db, value))
			return false;
		if (i && (entry[0] < last_type ||
				 (entry[0] == last_type && strcmp(last, value) >= 0)))
			return false;
		if (i == 0 || entry[0] != last_type)
			db->spans[entry[0]].begin = i;
		db->spans[entry[0]].end = i + 1;
		last = value;
		last_type = entry[0];
	}
	return true;
}

static bool asks_as(const struct expression *e)
{
	for (size_t i = 0; i < e->count; i++) {
		if (e->nodes[i].op == EXPRESSION_LEAF && e->nodes[i].field == FIELD_OF_DEST_ASN)
			return true;
	}
	return false;
}

/* Each signature has a condition that can be read. */
static bool expressions_are_sound(struct sigdb *db)
{
	const struct sigdb_view *v = &db->view;
	struct sigdb_span of = db->spans[INDICATOR_SIGNATURE], as = db->spans[INDICATOR_ASN];
	_cleanup_(free_ptr) struct expression *e = malloc(sizeof(*e));

	if (!e || v->expression_count != of.end - of.begin)
		return false;
	db->as_count = as.end - as.begin;
	for (size_t i = 0; i < v->expression_count; i++) {
		if (!is_text(v, expression_offset(v, i)) || !has_room(db, expression_of(v, i)) ||
			expression_parse(e, expression_of(v, i)) < 0)
			return false;
		db->as_count += asks_as(e);
	}
	return true;
}

/* Where the sections are. */
struct sections {
	struct cursor entries, abouts, texts, names, expressions, patterns, stamp;
	struct cursor signature;
	struct cursor looks; /* may be missing */
};

/* NULL: a section that is not known, or that is not summed. */
static struct cursor *place_of(struct sections *s, uint32_t id)
{
	switch (id) {
	case SECTION_ENTRIES:
		return &s->entries;
	case SECTION_ABOUTS:
		return &s->abouts;
	case SECTION_TEXTS:
		return &s->texts;
	case SECTION_NAMES:
		return &s->names;
	case SECTION_EXPRESSIONS:
		return &s->expressions;
	case SECTION_PATTERNS:
		return &s->patterns;
	case SECTION_STAMP:
		return &s->stamp;
	case SECTION_LOOKS:
		return &s->looks;
	default:
		return NULL;
	}
}

/* Each one at most once, and in the part that is summed. */
static bool note_section(struct sections *s, uint32_t id, struct cursor octets, bool is_summed)
{
	struct cursor *place = place_of(s, id);

	if (id == SECTION_SIGNATURE && !is_summed)
		s->signature = octets;
	if (!place)
		return true;
	if (place->begin || !is_summed)
		return false;
	*place = octets;
	return true;
}

/* In the order of the table, none over another, and nothing behind the last one. */
static bool find_sections(struct sections *s, const struct sigdb_file *f)
{
	struct cursor in = cur_init(f->octets, f->bytes);
	size_t end, count = f->section_count;

	*s = (struct sections){0};
	cur_skip(&in, SIGDB_HEADER_BYTES);
	if (count > SIGDB_SECTIONS_MAX)
		return false;
	end = SIGDB_HEADER_BYTES + count * SIGDB_TABLE_ROW_BYTES;
	for (size_t i = 0; i < count; i++) {
		uint32_t id = cur_u32(&in), zero = cur_u32(&in);
		uint64_t offset = cur_u64(&in), bytes = cur_u64(&in);

		if (in.bad || zero || offset % SIGDB_ALIGN || offset < end || offset > f->bytes ||
			bytes > f->bytes - offset)
			return false;
		end = offset + bytes;
		if (!note_section(s, id, cur_init(f->octets + offset, bytes), end <= f->summed))
			return false;
	}
	return end == f->bytes && s->entries.begin && s->abouts.begin && s->texts.begin &&
	       s->names.begin;
}

static bool stamp_is_sound(struct sigdb *db, struct cursor in)
{
	uint64_t created;

	if (!in.begin)
		return true;
	if (cur_left(&in) != SIGDB_STAMP_BYTES)
		return false;
	db->stamp.number = cur_u64(&in);
	created = cur_u64(&in);
	db->stamp.created = (uint32_t)created;
	return created <= UINT32_MAX;
}

/* Who has protected names needs the section, who has none has none. */
static bool looks_are_sound(struct sigdb *db, const struct cursor *octets)
{
	struct sigdb_span span = db->spans[INDICATOR_LOOK_ALIKE];

	if (!octets->begin)
		return span.begin == span.end;
	return look_section_init(
		&db->looks, &db->view, span.begin, span.end, octets->begin, cur_left(octets));
}

static bool body_is_sound(struct sigdb *db)
{
	struct sigdb_view *v = &db->view;
	struct sections s;

	if (!find_sections(&s, &db->file) || cur_left(&s.entries) % SIGDB_ENTRY_BYTES ||
		cur_left(&s.abouts) % SIGDB_ABOUT_BYTES ||
		cur_left(&s.expressions) % SIGDB_EXPRESSION_BYTES)
		return false;
	db->patterns = s.patterns;
	*v = (struct sigdb_view){.entries = s.entries.begin,
		.abouts = s.abouts.begin,
		.expressions = s.expressions.begin,
		.texts = (const char *)s.texts.begin,
		.count = cur_left(&s.entries) / SIGDB_ENTRY_BYTES,
		.about_count = cur_left(&s.abouts) / SIGDB_ABOUT_BYTES,
		.text_bytes = cur_left(&s.texts),
		.expression_count = cur_left(&s.expressions) / SIGDB_EXPRESSION_BYTES};
	if (cur_left(&s.signature) == SIGDB_SIGNATURE_BYTES)
		db->signature = s.signature.begin;
	db->unused_bytes = v->text_bytes;
	return stamp_is_sound(db, s.stamp) && texts_are_sound(v) && abouts_are_sound(v) &&
	       entries_are_sound(db) && expressions_are_sound(db) &&
	       name_set_init(&db->names, v, db->spans[INDICATOR_DOMAIN].end, s.names.begin,
		       cur_left(&s.names)) &&
	       looks_are_sound(db, &s.looks);
}

/* NULL when what was read is a database, else what it is instead. */
static const char *check(struct sigdb *db, int *ret_error)
{
	*ret_error = -EBADMSG;
	if (!body_is_sound(db))
		return "malformed; compile it again";
	if (db->signature != db->file.signature)
		db->signature = NULL; /* somewhere else: it says nothing */
	text_hex(db->version, db->file.sum, 8);
	if (db->looks.count)
		db->exceptions = look_section_exceptions(&db->looks);
	*ret_error = db->looks.count && !db->exceptions ? -ENOMEM : 0;
	return *ret_error ? "out of memory" : NULL;
}

int sigdb_open_trusted(struct sigdb **ret, const char *path, const struct sigdb_trust *trust,
	char *ret_error, size_t error_size)
{
	struct sigdb *db = calloc(1, sizeof(*db));
	const char *why = NULL;
	int r = db ? sigdb_file_read(&db->file, path, trust, &why) : -ENOMEM;

	if (r == 0)
		why = check(db, &r);
	if (r == 0) {
		db->trusted = trust->count;
		*ret = db;
		return 0;
	}
	snprintf(ret_error, error_size, "%s: %s", path, why ? why : strerror(-r));
	sigdb_close(db);
	return r;
}

int sigdb_open(struct sigdb **ret, const char *path, char *ret_error, size_t error_size)
{
	const struct sigdb_trust nobody = {0};

	return sigdb_open_trusted(ret, path, &nobody, ret_error, error_size);
}

void sigdb_close(struct sigdb *db)
{
	if (!db)
		return;
	sigdb_file_done(&db->file);
	free(db->exceptions);
	free(db);
}

size_t sigdb_count(const struct sigdb *db)
{
	return db->view.count;
}

const char *sigdb_version(const struct sigdb *db)
{
	return db->version;
}

struct sigdb_span sigdb_of_type(const struct sigdb *db, enum indicator_type type)
{
	return db->spans[type];
}

const struct name_set *sigdb_names(const struct sigdb *db)
{
	return &db->names;
}

struct sigdb_stamp sigdb_stamp(const struct sigdb *db)
{
	return db->stamp;
}

const uint8_t *sigdb_signer(const struct sigdb *db)
{
	return db->signature;
}

size_t sigdb_expired(const struct sigdb *db, uint32_t now)
{
	size_t count = 0;

	for (size_t i = 0; i < db->view.count; i++) {
		uint32_t expires = sigdb_get(db, i).expires;

		count += expires && expires <= now;
	}
	return count;
}

const struct look_section *sigdb_looks(const struct sigdb *db)
{
	return &db->looks;
}

const struct sigdb_view *sigdb_entries(const struct sigdb *db)
{
	return &db->view;
}

size_t sigdb_as_count(const struct sigdb *db)
{
	return db->as_count;
}

struct cursor sigdb_compiled_patterns(const struct sigdb *db)
{
	return db->trusted ? db->patterns : cur_init(NULL, 0);
}
