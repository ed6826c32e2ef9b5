/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/match_patterns.h"

#include <errno.h>
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/cursor.h"
#include "signatures/sigdb_format.h"

#define SUM_BYTES     32
#define BODY_AT       ((size_t)2 * SUM_BYTES) /* behind the key and the sum of the rest */
#define HEAD_BYTES    (BODY_AT + (size_t)8 * PATTERN_CLASSES)
#define ALONE_BYTES   (4u << 20) /* of one pattern's database: a larger one is pathological */
#define VALUE_BYTES   2048
#define VERSION_BYTES 64

struct patterns {
	hs_database_t *databases[PATTERN_CLASSES]; /* NULL: there are no patterns */
	size_t counts[PATTERN_CLASSES];
};

struct pattern_scratch {
	hs_scratch_t *scratch;
};

void pattern_list_done(struct pattern_list *l)
{
	for (size_t i = 0; i < PATTERN_CLASSES; i++)
		free(steal(l->entries[i]));
}

int pattern_list_add(
	struct pattern_list *l, enum pattern_class class, enum pattern_kind kind, const char *text)
{
	if (l->counts[class] == l->sizes[class]) {
		size_t size = l->sizes[class] ? 2 * l->sizes[class] : 64;
		struct pattern_entry *entries = reallocarray(
			l->entries[class], size, sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		l->entries[class] = entries;
		l->sizes[class] = size;
	}
	l->entries[class][l->counts[class]++] = (struct pattern_entry){text, kind};
	return 0;
}

size_t pattern_list_count(const struct pattern_list *l)
{
	size_t count = 0;

	for (size_t i = 0; i < PATTERN_CLASSES; i++)
		count += l->counts[i];
	return count;
}

static unsigned flags_of(bool caseless)
{
	return HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH | (caseless ? HS_FLAG_CASELESS : 0);
}

static void compile_error_free_ptr(hs_compile_error_t **error)
{
	(void)hs_free_compile_error(*error);
}

const char *patterns_judge(enum pattern_kind kind, const char *pattern, char *text, size_t size)
{
	_cleanup_(compile_error_free_ptr) hs_compile_error_t *error = NULL;
	char regex[PATTERN_REGEX_BYTES];
	hs_expr_info_t *info = NULL;
	hs_database_t *database = NULL;
	const char *why = NULL;
	size_t bytes = 0;
	bool caseless;

	pattern_regex(regex, PATTERN_HYPERSCAN, kind, pattern, &caseless);
	if (hs_expression_info(regex, flags_of(caseless), &info, &error) != HS_SUCCESS) {
		(void)snprintf(text, size, "%s", error ? error->message : "out of memory");
		return text;
	}
	if (info->min_width == 0)
		why = "it matches the empty text, and with it everything";
	free(info);
	if (!why && kind == PATTERN_REGEX) {
		if (hs_compile(regex, flags_of(caseless), HS_MODE_BLOCK, NULL, &database, &error) !=
			HS_SUCCESS) {
			(void)snprintf(text, size, "%s", error ? error->message : "out of memory");
			return text;
		}
		if (hs_database_size(database, &bytes) != HS_SUCCESS || bytes > ALONE_BYTES)
			why = "it needs more than 4 MiB alone";
		(void)hs_free_database(database);
	}
	if (!why)
		return NULL;
	(void)snprintf(text, size, "%s", why);
	return text;
}

/* The arrays that Hyperscan takes. */
struct sources {
	char *texts; /* owned, as all */
	const char **regexes;
	unsigned *flags, *ids;
};

static void sources_done(struct sources *s)
{
	free(s->texts);
	free(s->regexes);
	free(s->flags);
	free(s->ids);
}

static int sources_init(struct sources *s, const struct pattern_entry *entries, size_t count)
{
	size_t used = 0, bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += 3 * strlen(entries[i].text) + 8;
	*s = (struct sources){malloc(bytes), calloc(count, sizeof(*s->regexes)),
		calloc(count, sizeof(*s->flags)), calloc(count, sizeof(*s->ids))};
	if (!s->texts || !s->regexes || !s->flags || !s->ids)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		char regex[PATTERN_REGEX_BYTES];
		bool caseless;
		size_t length;

		pattern_regex(
			regex, PATTERN_HYPERSCAN, entries[i].kind, entries[i].text, &caseless);
		length = strlen(regex) + 1;
		memcpy(s->texts + used, regex, length);
		s->regexes[i] = s->texts + used;
		s->flags[i] = flags_of(caseless);
		s->ids[i] = (unsigned)i;
		used += length;
	}
	return 0;
}

static int compile_class(struct patterns *p, const struct pattern_list *list,
	enum pattern_class class, struct pattern_error *ret_error)
{
	_cleanup_(compile_error_free_ptr) hs_compile_error_t *error = NULL;
	_cleanup_(sources_done) struct sources s = {0};
	size_t count = list->counts[class];
	int r = count ? sources_init(&s, list->entries[class], count) : 0;

	p->counts[class] = count;
	if (r < 0 || !count)
		return r;
	if (hs_compile_multi(s.regexes, s.flags, s.ids, (unsigned)count, HS_MODE_BLOCK, NULL,
		    &p->databases[class], &error) == HS_SUCCESS)
		return 0;
	*ret_error = (struct pattern_error){.class = class,
		.number = error && error->expression >= 0 ? (size_t)error->expression : SIZE_MAX};
	(void)snprintf(ret_error->text, sizeof(ret_error->text), "%s",
		error ? error->message : "out of memory");
	return error ? -EINVAL : -ENOMEM;
}

int patterns_compile(
	struct patterns **ret, const struct pattern_list *list, struct pattern_error *ret_error)
{
	struct patterns *p = calloc(1, sizeof(*p));
	int r = p ? 0 : -ENOMEM;

	*ret_error = (struct pattern_error){.number = SIZE_MAX};
	if (r == 0 && pattern_list_count(list) && hs_valid_platform() != HS_SUCCESS) {
		(void)snprintf(ret_error->text, sizeof(ret_error->text),
			"Hyperscan needs a processor with SSSE3");
		r = -ENOTSUP;
	}
	for (enum pattern_class class = 0; r == 0 && class < PATTERN_CLASSES; class ++)
		r = compile_class(p, list, class, ret_error);
	if (r < 0) {
		patterns_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

void patterns_free(struct patterns *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < PATTERN_CLASSES; i++)
		(void)hs_free_database(p->databases[i]);
	free(p);
}

/* Everything that decides what Hyperscan makes of the patterns, one after the other. */
static int key_text(uint8_t **ret, size_t *ret_bytes, const struct pattern_list *list)
{
	hs_platform_info_t platform = {0};
	size_t bytes = VERSION_BYTES + 16, used;
	uint8_t *text, *to;

	if (hs_populate_platform(&platform) != HS_SUCCESS)
		return -ENOTSUP;
	for (size_t class = 0; class < PATTERN_CLASSES; class ++) {
		for (size_t i = 0; i < list->counts[class]; i++)
			bytes += strlen(list->entries[class][i].text) + 2;
		bytes += 8;
	}
	text = calloc(1, bytes);
	if (!text)
		return -ENOMEM;
	(void)snprintf((char *)text, VERSION_BYTES, "%s", hs_version());
	to = sigdb_put_u64(
		sigdb_put_u64(text + VERSION_BYTES, platform.tune), platform.cpu_features);
	for (size_t class = 0; class < PATTERN_CLASSES; class ++) {
		to = sigdb_put_u64(to, list->counts[class]);
		for (size_t i = 0; i < list->counts[class]; i++) {
			const struct pattern_entry *e = &list->entries[class][i];

			used = strlen(e->text) + 1;
			*to++ = (uint8_t)e->kind;
			memcpy(to, e->text, used);
			to += used;
		}
	}
	*ret = text;
	*ret_bytes = (size_t)(to - text);
	return 0;
}

static int key_of(uint8_t ret_key[SUM_BYTES], const struct pattern_list *list)
{
	_cleanup_(free_ptr) uint8_t *text = NULL;
	size_t bytes = 0;
	int r = key_text(&text, &bytes, list);

	if (r == 0)
		crypto_sha256(ret_key, text, bytes);
	return r;
}

/* The databases as Hyperscan writes them; its own allocator is malloc. */
struct written {
	char *octets[PATTERN_CLASSES];
	size_t bytes[PATTERN_CLASSES];
};

static void written_done(struct written *w)
{
	for (size_t i = 0; i < PATTERN_CLASSES; i++)
		free(w->octets[i]);
}

int patterns_write(const struct patterns *p, const struct pattern_list *list, uint8_t **ret_octets,
	size_t *ret_bytes)
{
	_cleanup_(written_done) struct written w = {0};
	size_t bytes = HEAD_BYTES;
	uint8_t *octets, *to;
	int r;

	for (size_t i = 0; i < PATTERN_CLASSES; i++) {
		if (p->databases[i] && hs_serialize_database(p->databases[i], &w.octets[i],
					       &w.bytes[i]) != HS_SUCCESS)
			return -ENOMEM;
		bytes += w.bytes[i];
	}
	if (bytes > SIGDB_BYTES_MAX)
		return -EFBIG;
	octets = calloc(1, bytes);
	if (!octets)
		return -ENOMEM;
	r = key_of(octets, list);
	to = octets + BODY_AT;
	for (size_t i = 0; i < PATTERN_CLASSES; i++)
		to = sigdb_put_u64(to, w.bytes[i]);
	for (size_t i = 0; i < PATTERN_CLASSES; i++) {
		if (w.bytes[i])
			memcpy(to, w.octets[i], w.bytes[i]);
		to += w.bytes[i];
	}
	crypto_sha256(octets + SUM_BYTES, octets + BODY_AT, bytes - BODY_AT);
	if (r < 0) {
		free(octets);
		return r;
	}
	*ret_octets = octets;
	*ret_bytes = bytes;
	return 0;
}

static int read_databases(struct patterns *p, const struct pattern_list *list,
	struct cursor lengths, struct cursor octets)
{
	for (size_t i = 0; i < PATTERN_CLASSES; i++) {
		uint64_t bytes = cur_u64(&lengths);
		const uint8_t *from = cur_take(&octets, bytes);

		if (!from || !bytes != !list->counts[i])
			return -EBADMSG;
		p->counts[i] = list->counts[i];
		if (bytes && hs_deserialize_database((const char *)from, bytes, &p->databases[i]) !=
				     HS_SUCCESS)
			return -ESTALE;
	}
	return cur_left(&octets) ? -EBADMSG : 0;
}

int patterns_read(
	struct patterns **ret, const struct pattern_list *list, const uint8_t *octets, size_t bytes)
{
	uint8_t key[SUM_BYTES], sum[SUM_BYTES];
	struct patterns *p;
	int r;

	if (bytes < HEAD_BYTES)
		return -EBADMSG;
	r = key_of(key, list);
	if (r < 0)
		return r;
	if (memcmp(key, octets, SUM_BYTES) != 0)
		return -ESTALE;
	crypto_sha256(sum, octets + BODY_AT, bytes - BODY_AT);
	if (memcmp(sum, octets + SUM_BYTES, SUM_BYTES) != 0)
		return -EBADMSG;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	r = read_databases(p, list, cur_init(octets + BODY_AT, HEAD_BYTES - BODY_AT),
		cur_init(octets + HEAD_BYTES, bytes - HEAD_BYTES));
	if (r < 0) {
		patterns_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

int pattern_scratch_new(struct pattern_scratch **ret, const struct patterns *p)
{
	struct pattern_scratch *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	for (size_t i = 0; i < PATTERN_CLASSES; i++) {
		if (p->databases[i] &&
			hs_alloc_scratch(p->databases[i], &s->scratch) != HS_SUCCESS) {
			pattern_scratch_free(s);
			return -ENOMEM;
		}
	}
	*ret = s;
	return 0;
}

void pattern_scratch_free(struct pattern_scratch *s)
{
	if (!s)
		return;
	(void)hs_free_scratch(s->scratch);
	free(s);
}

struct found {
	uint32_t *numbers;
	unsigned count;
	size_t size;
};

static int on_match(
	unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	struct found *f = context;

	(void)from;
	(void)to;
	(void)flags;
	if (f->count == f->size) /* not when each is told once */
		return 1;
	f->numbers[f->count++] = id;
	return 0;
}

unsigned patterns_find(const struct patterns *p, struct pattern_scratch *s,
	enum pattern_class class, const void *value, size_t bytes, uint32_t *ret_numbers)
{
	struct found f = {ret_numbers, 0, p->counts[class]};

	if (!p->databases[class] || !bytes || bytes > VALUE_BYTES || memchr(value, '\0', bytes))
		return 0;
	(void)hs_scan(p->databases[class], value, (unsigned)bytes, 0, s->scratch, on_match, &f);
	return f.count;
}
