/* SPDX-License-Identifier: Apache-2.0 */
/* Names by the set that lies in the database, which needs no building; addresses and exact texts by
 * sets that are built from what the database has of them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/address_set.h"
#include "signatures/conditions.h"
#include "signatures/exact_set.h"
#include "signatures/look_set.h"
#include "signatures/match.h"
#include "signatures/name_set.h"
#include "signatures/url.h"

struct match_set {
	const struct name_set *names; /* borrowed */
	struct look_set *looks;
	struct address_set addresses;
	struct exact_set exact;
	char *urls;                    /* as they are asked for */
	struct conditions *conditions; /* owned */
	unsigned found_most;           /* that one value touches */
};

struct matcher {
	const struct match_set *set;
	unsigned found_count;
	uint32_t *found; /* owned: room for all that one value touches */
	struct name_question question;
	struct look_question look;
	struct condition_asking *asking; /* owned */
};

static const enum indicator_type address_types[] = {
	INDICATOR_IP, INDICATOR_PREFIX, INDICATOR_IP_PORT};
static const enum indicator_type exact_types[] = {INDICATOR_JA3, INDICATOR_JA4,
	INDICATOR_USER_AGENT, INDICATOR_JA3S, INDICATOR_CERT_SHA1, INDICATOR_CERT_SHA256,
	INDICATOR_SPKI_SHA256, INDICATOR_URL_PATH, INDICATOR_ASN};
static const enum indicator_type url_types[] = {INDICATOR_URL};

static size_t count_of(const struct sigdb *db, const enum indicator_type *types, size_t type_count)
{
	size_t count = 0;

	for (size_t i = 0; i < type_count; i++) {
		struct sigdb_span span = sigdb_of_type(db, types[i]);

		count += span.end - span.begin;
	}
	return count;
}

static void add_addresses(struct address_entry *entries, size_t *count, const struct sigdb *db,
	enum indicator_type type)
{
	struct sigdb_span span = sigdb_of_type(db, type);

	for (size_t i = span.begin; i < span.end; i++) {
		const char *value = sigdb_get(db, i).value;

		if (address_range_parse(&entries[*count].range, value, strlen(value)))
			entries[(*count)++].index = (uint32_t)i;
	}
}

static int build_addresses(struct match_set *set, const struct sigdb *db)
{
	size_t count = count_of(db, address_types, ARRAY_LEN(address_types));
	struct address_entry *entries = calloc(count + 1, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	count = 0;
	for (size_t i = 0; i < ARRAY_LEN(address_types); i++)
		add_addresses(entries, &count, db, address_types[i]);
	address_set_init(&set->addresses, entries, count);
	return 0;
}

static void add_exact(struct exact_set *s, const struct sigdb *db, enum indicator_type type)
{
	struct sigdb_span span = sigdb_of_type(db, type);

	for (size_t i = span.begin; i < span.end; i++) {
		const char *value = sigdb_get(db, i).value;

		if (type != INDICATOR_URL_PATH || !url_path_limit(value))
			exact_set_add(s, type, value, (uint32_t)i);
	}
}

/* Their texts once more, as they are asked for. */
static int add_urls(struct match_set *set, const struct sigdb *db)
{
	struct sigdb_span span = sigdb_of_type(db, INDICATOR_URL);
	size_t bytes = URL_BYTES_MAX + 1;
	char *to;

	for (size_t i = span.begin; i < span.end; i++)
		bytes += strlen(sigdb_get(db, i).value) + sizeof(":80") + 1;
	to = set->urls = malloc(bytes);
	if (!to)
		return -ENOMEM;
	for (size_t i = span.begin; i < span.end; i++) {
		struct url url;
		size_t used;

		if (url_read(&url, sigdb_get(db, i).value))
			continue;
		used = url_write(to, &url);
		to[used] = '\0';
		exact_set_add(&set->exact, INDICATOR_URL, to, (uint32_t)i);
		to += used + 1;
	}
	return 0;
}

static int build_exact(struct match_set *set, const struct sigdb *db)
{
	size_t urls = count_of(db, url_types, ARRAY_LEN(url_types));
	int r = exact_set_init(
		&set->exact, count_of(db, exact_types, ARRAY_LEN(exact_types)) + urls);

	for (size_t type = 0; r == 0 && type < ARRAY_LEN(exact_types); type++)
		add_exact(&set->exact, db, exact_types[type]);
	return r == 0 && urls ? add_urls(set, db) : r;
}

static struct indicator get(const void *db, size_t index)
{
	return sigdb_get(db, index);
}

static int build_conditions(
	struct match_set *set, const struct sigdb *db, char *ret_error, size_t error_size)
{
	struct sigdb_span agents = sigdb_of_type(db, INDICATOR_UA_PATTERN);
	struct sigdb_span signatures = sigdb_of_type(db, INDICATOR_SIGNATURE);
	struct indicator_source source = {
		get, db, agents.begin, agents.end, signatures.begin, signatures.end};
	struct cursor compiled = sigdb_compiled_patterns(db);

	return conditions_new(&set->conditions, &source, &compiled, ret_error, error_size);
}

static void drop(struct match_set *set)
{
	if (!set)
		return;
	look_set_free(set->looks);
	address_set_done(&set->addresses);
	exact_set_done(&set->exact);
	free(set->urls);
	conditions_free(set->conditions);
	free(set);
}

/* A name has few endings; all else may be touched by one value, each once. */
static unsigned found_most(const struct sigdb *db)
{
	struct sigdb_span domains = sigdb_of_type(db, INDICATOR_DOMAIN);

	return (unsigned)(sigdb_count(db) - (domains.end - domains.begin)) + NAME_SET_FOUND_MAX;
}

static int build_looks(
	struct match_set *set, const struct sigdb *db, char *ret_error, size_t error_size)
{
	size_t crowded = 0;
	int r = look_set_new(&set->looks, sigdb_entries(db), sigdb_looks(db),
		sigdb_of_type(db, INDICATOR_LOOK_ALIKE).begin, &crowded);

	if (r == -E2BIG)
		snprintf(ret_error, error_size,
			"too many protected names are alike: %s is one more than can be looked up "
			"in bounded time; leave some of these out",
			sigdb_get(db, crowded).value);
	return r;
}

static int build(struct match_set **ret, const struct sigdb *db, char *ret_error, size_t error_size)
{
	struct match_set *set = calloc(1, sizeof(*set));
	int r = set ? 0 : -ENOMEM;

	snprintf(ret_error, error_size, "out of memory");

	if (r == 0)
		r = build_addresses(set, db);
	if (r == 0)
		r = build_exact(set, db);
	if (r == 0)
		r = build_looks(set, db, ret_error, error_size);
	if (r == 0)
		r = build_conditions(set, db, ret_error, error_size);
	if (r < 0) {
		drop(set);
		return r;
	}
	set->names = sigdb_names(db);
	set->found_most = found_most(db);
	*ret = set;
	return 0;
}

static void close_matcher(struct matcher *m)
{
	if (!m)
		return;
	condition_asking_free(m->asking);
	free(m->found);
	free(m);
}

static int open_matcher(struct matcher **ret, const struct match_set *set)
{
	struct matcher *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->set = set;
	m->found = calloc(set->found_most, sizeof(*m->found));
	if (!m->found || condition_asking_new(&m->asking, set->conditions) < 0) {
		close_matcher(m);
		return -ENOMEM;
	}
	*ret = m;
	return 0;
}

static void find_name(struct matcher *m, const uint8_t *name, size_t bytes)
{
	m->found_count = name_set_find(m->set->names, &m->question, name, bytes, m->found);
	if (!m->set->looks)
		return;
	name = name_set_asked(&m->question, &bytes, name);
	m->found_count += look_set_find(
		m->set->looks, &m->look, name, bytes, m->found + m->found_count);
}

static void find_address(struct matcher *m, const void *value, size_t bytes, uint16_t port)
{
	uint8_t address[16];

	if (address_from_field(address, value, bytes))
		m->found_count = address_set_find(
			&m->set->addresses, address, port, m->found, m->set->found_most);
}

static void find_exact(struct matcher *m, enum indicator_type type, const void *text, size_t bytes)
{
	m->found_count += exact_set_find_all(&m->set->exact, type, text, bytes,
		m->found + m->found_count, m->set->found_most - m->found_count);
}

/* In lower case; a certificate's without colons. */
static void find_fingerprint(
	struct matcher *m, enum indicator_type type, const uint8_t *text, size_t bytes)
{
	bool colons = type != INDICATOR_JA3 && type != INDICATOR_JA4 && type != INDICATOR_JA3S;
	char lower[SIGDB_FINGERPRINT_BYTES_MAX];
	size_t used = 0;

	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == ':' && colons)
			continue;
		if (used == sizeof(lower))
			return;
		lower[used++] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i]);
	}
	find_exact(m, type, lower, used);
}

static void find_url(struct matcher *m, const char *text, size_t bytes)
{
	const char *path = bytes ? memchr(text, '/', bytes) : NULL;

	find_exact(m, INDICATOR_URL, text, bytes);
	if (path)
		find_exact(m, INDICATOR_URL_PATH, path, bytes - (size_t)(path - text));
}

static void find_agent(struct matcher *m, const uint8_t *text, size_t bytes)
{
	find_exact(m, INDICATOR_USER_AGENT, text, bytes);
	m->found_count += conditions_find_agents(m->asking, text, bytes, m->found + m->found_count);
}

static void find_as(struct matcher *m, const void *value, size_t bytes)
{
	char text[16];
	uint32_t number;
	int length;

	if (bytes != sizeof(number))
		return;
	memcpy(&number, value, sizeof(number));
	length = snprintf(text, sizeof(text), "AS%u", number);
	find_exact(m, INDICATOR_ASN, text, (size_t)length);
}

/* The first ones in their order, by insertion: most often there are few. */
static unsigned sort(const struct matcher *m, uint32_t ret_indices[MATCH_RESULTS_MAX])
{
	unsigned count = 0;

	for (unsigned i = 0; i < m->found_count; i++) {
		uint32_t moved = m->found[i];
		unsigned at = count;

		if (count == MATCH_RESULTS_MAX && ret_indices[--at] < moved)
			continue;
		for (; at && ret_indices[at - 1] > moved; at--)
			ret_indices[at] = ret_indices[at - 1];
		ret_indices[at] = moved;
		count += count < MATCH_RESULTS_MAX;
	}
	return count;
}

static unsigned find(struct matcher *m, enum field_match kind, const void *value, size_t bytes,
	uint16_t port, struct match_found *ret)
{
	unsigned count;

	m->found_count = 0;
	switch (kind) {
	case MATCH_NAME:
		find_name(m, value, bytes);
		break;
	case MATCH_ADDRESS:
		find_address(m, value, bytes, port);
		break;
	case MATCH_JA3:
		find_fingerprint(m, INDICATOR_JA3, value, bytes);
		break;
	case MATCH_JA4:
		find_fingerprint(m, INDICATOR_JA4, value, bytes);
		break;
	case MATCH_JA3S:
		find_fingerprint(m, INDICATOR_JA3S, value, bytes);
		break;
	case MATCH_CERT_SHA1:
		find_fingerprint(m, INDICATOR_CERT_SHA1, value, bytes);
		break;
	case MATCH_CERT_SHA256:
		find_fingerprint(m, INDICATOR_CERT_SHA256, value, bytes);
		break;
	case MATCH_SPKI_SHA256:
		find_fingerprint(m, INDICATOR_SPKI_SHA256, value, bytes);
		break;
	case MATCH_URL:
		find_url(m, value, bytes);
		break;
	case MATCH_USER_AGENT:
		find_agent(m, value, bytes);
		break;
	case MATCH_AS:
		find_as(m, value, bytes);
		break;
	case MATCH_NONE:
	case MATCH_KINDS:
		break;
	}
	count = sort(m, ret->indices);
	ret->left_out = m->found_count - count;
	return count;
}

static bool tell(
	struct matcher *m, uint32_t index, const void *name, size_t bytes, struct look_alike *ret)
{
	uint8_t folded[LOOK_ASKED_MAX];

	bytes = look_fold(folded, name, bytes);
	return look_set_tell(m->set->looks, &m->look, index, folded, bytes, ret);
}

static bool touches(struct matcher *m, const struct field *field, const void *value, size_t bytes)
{
	return conditions_touched(m->asking, field, value, bytes);
}

static bool touches_ends(struct matcher *m, const struct evidence *e)
{
	return conditions_touched_ends(m->asking, e);
}

static unsigned evaluate(struct matcher *m, const struct evidence *e,
	struct signature_hit ret_hits[SIGNATURE_HITS_MAX], uint64_t *left_out)
{
	return conditions_find(m->asking, e, ret_hits, left_out);
}

static bool ended_early(const struct matcher *m)
{
	return conditions_ended_early(m->asking);
}

static bool crowd(const struct match_set *set, struct condition_crowd *ret)
{
	return conditions_crowd(set->conditions, ret);
}

const struct match_ops match_sets = {
	.name = "sets",
	.build = build,
	.drop = drop,
	.open = open_matcher,
	.close = close_matcher,
	.find = find,
	.tell = tell,
	.touches = touches,
	.touches_ends = touches_ends,
	.evaluate = evaluate,
	.ended_early = ended_early,
	.crowd = crowd,
};
