/* SPDX-License-Identifier: Apache-2.0 */
/* The plain reference: every value against every indicator. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "signatures/address.h"
#include "signatures/leaf_naive.h"
#include "signatures/look_naive.h"
#include "signatures/match.h"
#include "signatures/url.h"

struct match_set {
	const struct sigdb *db;
};

struct matcher {
	const struct sigdb *db;
};

struct question {
	enum field_match kind;
	const char *value;
	size_t bytes;
	uint16_t port;
};

static int build(struct match_set **ret, const struct sigdb *db, char *ret_error, size_t error_size)
{
	struct match_set *set = calloc(1, sizeof(*set));

	(void)ret_error;
	(void)error_size;
	if (!set)
		return -ENOMEM;
	set->db = db;
	*ret = set;
	return 0;
}

static void drop(struct match_set *set)
{
	free(set);
}

static int open_matcher(struct matcher **ret, const struct match_set *set)
{
	struct matcher *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->db = set->db;
	*ret = m;
	return 0;
}

static void close_matcher(struct matcher *m)
{
	free(m);
}

static bool is_text(const char *value, size_t bytes, const char *text)
{
	return bytes == strlen(text) && strncasecmp(value, text, bytes) == 0 &&
	       !memchr(value, '\0', bytes);
}

static bool touches_name(const struct indicator *i, const char *name, size_t bytes)
{
	size_t tail = strlen(i->value);

	if (bytes && name[bytes - 1] == '.')
		bytes--;
	if (bytes > MATCH_NAME_BYTES_MAX)
		return false;
	if (is_text(name, bytes, i->value))
		return true;
	return i->scope == SCOPE_SUBDOMAINS && bytes > tail && name[bytes - tail - 1] == '.' &&
	       is_text(name + bytes - tail, tail, i->value);
}

static bool tell_name(const struct sigdb *db, uint32_t index, const char *name, size_t bytes,
	struct look_alike *ret)
{
	const struct look_section *looks = sigdb_looks(db);
	size_t number = index - sigdb_of_type(db, INDICATOR_LOOK_ALIKE).begin;
	uint8_t folded[LOOK_ASKED_MAX];

	bytes = look_fold(folded, name, bytes);
	return bytes &&
	       look_naive_tell(looks, sigdb_get(db, index).value, number, folded, bytes, ret);
}

static bool touches_address(const struct indicator *i, const struct question *q)
{
	struct address_range range;
	uint8_t address[16];

	return address_range_parse(&range, i->value, strlen(i->value)) &&
	       address_from_field(address, q->value, q->bytes) &&
	       address_range_touches(&range, address, q->port);
}

/* Without colons, which no indicator has. */
static bool is_digest(const char *value, size_t bytes, const char *text)
{
	size_t at = 0;

	for (size_t i = 0; i < bytes; i++) {
		if (value[i] == ':')
			continue;
		if (!text[at] || strncasecmp(&value[i], &text[at], 1) != 0)
			return false;
		at++;
	}
	return !text[at];
}

static bool touches_url(const struct indicator *i, const struct question *q)
{
	char text[URL_BYTES_MAX];
	struct url url;

	return !url_read(&url, i->value) && url_write(text, &url) == q->bytes &&
	       memcmp(text, q->value, q->bytes) == 0;
}

static bool touches_path(const struct indicator *i, const struct question *q)
{
	size_t bytes = strlen(i->value);
	const char *slash = q->bytes ? memchr(q->value, '/', q->bytes) : NULL;

	return slash && !url_path_limit(i->value) &&
	       q->bytes - (size_t)(slash - q->value) == bytes &&
	       memcmp(slash, i->value, bytes) == 0;
}

static bool touches_as(const struct indicator *i, const struct question *q)
{
	char text[16];
	uint32_t number;

	if (q->bytes != sizeof(number))
		return false;
	memcpy(&number, q->value, sizeof(number));
	(void)snprintf(text, sizeof(text), "AS%u", number);
	return strcmp(i->value, text) == 0;
}

static bool touches(const struct indicator *i, const struct question *q)
{
	switch (i->type) {
	case INDICATOR_DOMAIN:
		return q->kind == MATCH_NAME && touches_name(i, q->value, q->bytes);
	case INDICATOR_IP:
	case INDICATOR_PREFIX:
	case INDICATOR_IP_PORT:
		return q->kind == MATCH_ADDRESS && touches_address(i, q);
	case INDICATOR_JA3:
		return q->kind == MATCH_JA3 && is_text(q->value, q->bytes, i->value);
	case INDICATOR_JA4:
		return q->kind == MATCH_JA4 && is_text(q->value, q->bytes, i->value);
	case INDICATOR_JA3S:
		return q->kind == MATCH_JA3S && is_text(q->value, q->bytes, i->value);
	case INDICATOR_CERT_SHA1:
		return q->kind == MATCH_CERT_SHA1 && is_digest(q->value, q->bytes, i->value);
	case INDICATOR_CERT_SHA256:
		return q->kind == MATCH_CERT_SHA256 && is_digest(q->value, q->bytes, i->value);
	case INDICATOR_SPKI_SHA256:
		return q->kind == MATCH_SPKI_SHA256 && is_digest(q->value, q->bytes, i->value);
	case INDICATOR_URL:
		return q->kind == MATCH_URL && touches_url(i, q);
	case INDICATOR_URL_PATH:
		return q->kind == MATCH_URL && touches_path(i, q);
	case INDICATOR_USER_AGENT:
		return q->kind == MATCH_USER_AGENT && q->bytes == strlen(i->value) &&
		       memcmp(q->value, i->value, q->bytes) == 0;
	case INDICATOR_UA_PATTERN:
		return q->kind == MATCH_USER_AGENT &&
		       pattern_holds_naive(PATTERN_PART, i->value, q->value, q->bytes);
	case INDICATOR_ASN:
		return q->kind == MATCH_AS && touches_as(i, q);
	default:
		return false;
	}
}

static bool tell(
	struct matcher *m, uint32_t index, const void *name, size_t bytes, struct look_alike *ret)
{
	return tell_name(m->db, index, name, bytes, ret);
}

static unsigned find(struct matcher *m, enum field_match kind, const void *value, size_t bytes,
	uint16_t port, struct match_found *ret)
{
	struct question q = {kind, value, bytes, port};
	struct look_alike look;
	unsigned count = 0;

	ret->left_out = 0;
	for (size_t i = 0; i < sigdb_count(m->db); i++) {
		struct indicator indicator = sigdb_get(m->db, i);
		bool touched = touches(&indicator, &q) ||
			       (indicator.type == INDICATOR_LOOK_ALIKE && kind == MATCH_NAME &&
				       tell_name(m->db, (uint32_t)i, value, bytes, &look));

		if (touched && count < MATCH_RESULTS_MAX)
			ret->indices[count++] = (uint32_t)i;
		else
			ret->left_out += touched;
	}
	return count;
}

/* What is evaluated later decides. */
static bool may_touch(struct matcher *m, const struct field *field, const void *value, size_t bytes)
{
	(void)m;
	(void)value;
	return bytes && signature_field_id(field->key, strlen(field->key)) >= 0;
}

static bool may_touch_ends(struct matcher *m, const struct evidence *e)
{
	(void)m;
	(void)e;
	return true;
}

static bool leaf_holds_of(void *context, const struct expression_node *leaf)
{
	return leaf_holds_naive(leaf, context);
}

static bool holds(const struct indicator *signature, const struct evidence *e, uint64_t *ret_fields)
{
	_cleanup_(free_ptr) struct expression *x = malloc(sizeof(*x));
	bool late;

	if (!x || expression_parse(x, signature->expression) < 0)
		return false;
	late = expression_is_late(x->nodes);
	if (e->moment != EVIDENCE_WHOLE && late != (e->moment == EVIDENCE_ENDED))
		return false;
	*ret_fields = expression_fields(x->nodes, leaf_holds_of, (void *)e);
	return expression_holds(x->nodes, leaf_holds_of, (void *)e);
}

static unsigned evaluate(struct matcher *m, const struct evidence *e,
	struct signature_hit ret_hits[SIGNATURE_HITS_MAX], uint64_t *left_out)
{
	struct sigdb_span all = sigdb_of_type(m->db, INDICATOR_SIGNATURE);
	unsigned count = 0;

	for (size_t i = all.begin; i < all.end; i++) {
		struct indicator signature = sigdb_get(m->db, i);
		struct signature_hit hit = {.index = (uint32_t)i};

		if (!holds(&signature, e, &hit.fields))
			continue;
		if (count < SIGNATURE_HITS_MAX)
			ret_hits[count++] = hit;
		else
			++*left_out;
	}
	return count;
}

static bool ended_early(const struct matcher *m)
{
	(void)m;
	return false;
}

static bool crowd(const struct match_set *set, struct condition_crowd *ret)
{
	(void)set;
	(void)ret;
	return false;
}

const struct match_ops match_naive = {
	.name = "naive",
	.build = build,
	.drop = drop,
	.open = open_matcher,
	.close = close_matcher,
	.find = find,
	.tell = tell,
	.touches = may_touch,
	.touches_ends = may_touch_ends,
	.evaluate = evaluate,
	.ended_early = ended_early,
	.crowd = crowd,
};
