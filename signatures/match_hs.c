/* SPDX-License-Identifier: Apache-2.0 */
/* Names by Hyperscan, addresses and exact texts by their own sets.
 *
 * A name is put between sentinels and written backwards, so that plain literals find it: the
 * subject of www.example.org is `|gro.elpmaxe.www.|`. It holds `|gro.elpmaxe.`, which stands for
 * example.org and all below it; `|gro.elpmaxe.|`, which stands for this one name, is held by its
 * own subject alone; that of notexample.org has neither. A sentinel inside a name becomes a zero,
 * which no indicator has. Backwards, because Hyperscan looks for the last eight octets of a literal
 * first: forwards these are `ple.org|`, and half of all names end in .com. With 100,000 indicators
 * a name that touches nothing took 2.3 microseconds forwards and 0.2 backwards. */
#include <errno.h>
#include <hs/hs.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "signatures/address_set.h"
#include "signatures/exact_set.h"
#include "signatures/match.h"

#define SENTINEL          '|'
#define SUBJECT_BYTES_MAX (MATCH_NAME_BYTES_MAX + 3)
#define FOUND_MAX         512 /* more than 128 names of one name, or two for each of 129 prefixes */

struct match_set {
	hs_database_t *names; /* NULL: the database has none */
	struct address_set addresses;
	struct exact_set exact;
};

struct matcher {
	const struct match_set *set;
	hs_scratch_t *scratch;
	unsigned found_count;
	uint32_t found[FOUND_MAX];
};

struct literals {
	char **texts; /* owned, as are they */
	size_t *bytes;
	unsigned *flags, *ids;
	unsigned count;
};

static void literals_done(struct literals *l)
{
	for (unsigned i = 0; i < l->count; i++)
		free(l->texts[i]);
	free(l->texts);
	free(l->bytes);
	free(l->flags);
	free(l->ids);
}

static int literals_init(struct literals *l, size_t count_max)
{
	l->texts = calloc(count_max + 1, sizeof(*l->texts));
	l->bytes = calloc(count_max + 1, sizeof(*l->bytes));
	l->flags = calloc(count_max + 1, sizeof(*l->flags));
	l->ids = calloc(count_max + 1, sizeof(*l->ids));
	return l->texts && l->bytes && l->flags && l->ids ? 0 : -ENOMEM;
}

/* Returns its octets. */
static size_t make_subject(char to[SUBJECT_BYTES_MAX], const uint8_t *name, size_t bytes)
{
	char *begin = to;

	*to++ = SENTINEL;
	for (size_t i = bytes; i-- > 0;) {
		uint8_t c = name[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		*to++ = c == SENTINEL ? '\0' : (char)c;
	}
	*to++ = '.';
	*to++ = SENTINEL;
	return (size_t)(to - begin);
}

static int literals_add(struct literals *l, const struct indicator *i, unsigned id)
{
	char subject[SUBJECT_BYTES_MAX];
	size_t bytes = make_subject(subject, (const uint8_t *)i->value, strlen(i->value));

	if (i->scope == SCOPE_SUBDOMAINS)
		bytes--;
	l->texts[l->count] = strndup(subject, bytes);
	if (!l->texts[l->count])
		return -ENOMEM;
	l->bytes[l->count] = bytes;
	l->ids[l->count++] = id;
	return 0;
}

static int build_names(
	struct match_set *set, const struct sigdb *db, char *ret_error, size_t error_size)
{
	_cleanup_(literals_done) struct literals literals = {0};
	hs_compile_error_t *error = NULL;
	int r = literals_init(&literals, sigdb_count(db));

	for (size_t i = 0; r == 0 && i < sigdb_count(db); i++) {
		struct indicator indicator = sigdb_get(db, i);

		if (indicator.type == INDICATOR_DOMAIN)
			r = literals_add(&literals, &indicator, (unsigned)i);
	}
	if (r < 0) {
		snprintf(ret_error, error_size, "out of memory");
		return r;
	}
	if (literals.count == 0)
		return 0;
	if (hs_compile_lit_multi((const char *const *)literals.texts, literals.flags, literals.ids,
		    literals.bytes, literals.count, HS_MODE_BLOCK, NULL, &set->names,
		    &error) == HS_SUCCESS)
		return 0;
	snprintf(ret_error, error_size, "Hyperscan: %s", error ? error->message : "unknown error");
	hs_free_compile_error(error);
	return -EINVAL;
}

static bool is_address(enum indicator_type type)
{
	return type == INDICATOR_IP || type == INDICATOR_PREFIX || type == INDICATOR_IP_PORT;
}

static int build_addresses(struct match_set *set, const struct sigdb *db)
{
	struct address_entry *entries = calloc(sigdb_count(db) + 1, sizeof(*entries));
	size_t count = 0;

	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < sigdb_count(db); i++) {
		struct indicator indicator = sigdb_get(db, i);

		if (is_address(indicator.type) && address_range_parse(&entries[count].range,
							  indicator.value, strlen(indicator.value)))
			entries[count++].index = (uint32_t)i;
	}
	address_set_init(&set->addresses, entries, count);
	return 0;
}

static int build_exact(struct match_set *set, const struct sigdb *db)
{
	size_t count = 0;
	int r;

	for (size_t i = 0; i < sigdb_count(db); i++) {
		enum indicator_type type = sigdb_get(db, i).type;

		count += type == INDICATOR_JA3 || type == INDICATOR_JA4 ||
			 type == INDICATOR_USER_AGENT;
	}
	r = exact_set_init(&set->exact, count);
	for (size_t i = 0; r == 0 && count && i < sigdb_count(db); i++) {
		struct indicator indicator = sigdb_get(db, i);

		if (indicator.type == INDICATOR_JA3 || indicator.type == INDICATOR_JA4 ||
			indicator.type == INDICATOR_USER_AGENT)
			exact_set_add(&set->exact, indicator.type, indicator.value, (uint32_t)i);
	}
	return r;
}

static void drop(struct match_set *set)
{
	if (!set)
		return;
	if (set->names)
		hs_free_database(set->names);
	address_set_done(&set->addresses);
	exact_set_done(&set->exact);
	free(set);
}

static int build(struct match_set **ret, const struct sigdb *db, char *ret_error, size_t error_size)
{
	struct match_set *set = calloc(1, sizeof(*set));
	int r = set ? 0 : -ENOMEM;

	snprintf(ret_error, error_size, "out of memory");
	if (r == 0 && hs_valid_platform() != HS_SUCCESS) {
		snprintf(ret_error, error_size, "Hyperscan needs a processor with SSSE3");
		r = -ENOTSUP;
	}
	if (r == 0)
		r = build_addresses(set, db);
	if (r == 0)
		r = build_exact(set, db);
	if (r == 0)
		r = build_names(set, db, ret_error, error_size);
	if (r < 0) {
		drop(set);
		return r;
	}
	*ret = set;
	return 0;
}

static void close_matcher(struct matcher *m)
{
	if (!m)
		return;
	hs_free_scratch(m->scratch);
	free(m);
}

static int open_matcher(struct matcher **ret, const struct match_set *set)
{
	struct matcher *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->set = set;
	if (set->names && hs_alloc_scratch(set->names, &m->scratch) != HS_SUCCESS) {
		close_matcher(m);
		return -ENOMEM;
	}
	*ret = m;
	return 0;
}

static int on_match(
	unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	struct matcher *m = context;

	(void)from;
	(void)to;
	(void)flags;
	if (m->found_count < FOUND_MAX)
		m->found[m->found_count++] = id;
	return 0;
}

static void find_name(struct matcher *m, const uint8_t *name, size_t bytes)
{
	char subject[SUBJECT_BYTES_MAX];

	if (bytes && name[bytes - 1] == '.')
		bytes--;
	if (!m->set->names || bytes == 0 || bytes > MATCH_NAME_BYTES_MAX)
		return;
	bytes = make_subject(subject, name, bytes);
	(void)hs_scan(m->set->names, subject, (unsigned)bytes, 0, m->scratch, on_match, m);
}

static void find_address(struct matcher *m, const void *value, size_t bytes, uint16_t port)
{
	uint8_t address[16];

	if (address_from_field(address, value, bytes))
		m->found_count = address_set_find(
			&m->set->addresses, address, port, m->found, FOUND_MAX);
}

static void find_exact(
	struct matcher *m, enum indicator_type type, const uint8_t *text, size_t bytes)
{
	char lower[64];
	uint32_t index;

	if (type != INDICATOR_USER_AGENT) {
		if (bytes > sizeof(lower))
			return;
		for (size_t i = 0; i < bytes; i++)
			lower[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20
									   : text[i]);
		text = (const uint8_t *)lower;
	}
	index = exact_set_find(&m->set->exact, type, text, bytes);
	if (index != EXACT_NONE)
		m->found[m->found_count++] = index;
}

/* There are few: by insertion. */
static void sort(uint32_t *n, unsigned count)
{
	for (unsigned i = 1; i < count; i++) {
		uint32_t moved = n[i];
		unsigned at = i;

		for (; at && n[at - 1] > moved; at--)
			n[at] = n[at - 1];
		n[at] = moved;
	}
}

static unsigned find(struct matcher *m, enum field_match kind, const void *value, size_t bytes,
	uint16_t port, uint32_t ret_indices[MATCH_RESULTS_MAX])
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
		find_exact(m, INDICATOR_JA3, value, bytes);
		break;
	case MATCH_JA4:
		find_exact(m, INDICATOR_JA4, value, bytes);
		break;
	case MATCH_USER_AGENT:
		find_exact(m, INDICATOR_USER_AGENT, value, bytes);
		break;
	case MATCH_NONE:
	case MATCH_KINDS:
		break;
	}
	sort(m->found, m->found_count);
	count = m->found_count < MATCH_RESULTS_MAX ? m->found_count : MATCH_RESULTS_MAX;
	memcpy(ret_indices, m->found, count * sizeof(*ret_indices));
	return count;
}

const struct match_ops match_hs = {
	.name = "hyperscan",
	.build = build,
	.drop = drop,
	.open = open_matcher,
	.close = close_matcher,
	.find = find,
};
