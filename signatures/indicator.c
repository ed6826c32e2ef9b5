/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/indicator.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static const char *const type_names[INDICATOR_TYPES] = {
	[INDICATOR_DOMAIN] = "domain",
	[INDICATOR_URL] = "url",
	[INDICATOR_IP] = "ip",
	[INDICATOR_PREFIX] = "prefix",
	[INDICATOR_IP_PORT] = "ip-port",
	[INDICATOR_ASN] = "asn",
	[INDICATOR_CERT_SHA1] = "cert-sha1",
	[INDICATOR_CERT_SHA256] = "cert-sha256",
	[INDICATOR_JA3] = "ja3",
	[INDICATOR_JA4] = "ja4",
	[INDICATOR_USER_AGENT] = "user-agent",
	[INDICATOR_UA_PATTERN] = "ua-pattern",
	[INDICATOR_URL_PATH] = "url-path",
	[INDICATOR_JA3S] = "ja3s",
	[INDICATOR_SPKI_SHA256] = "spki-sha256",
	[INDICATOR_LOOK_ALIKE] = "look-alike",
	[INDICATOR_SIGNATURE] = "signature",
};

static const char *const role_names[] = {
	[ROLE_READER_FACING] = "reader-facing",
	[ROLE_OPERATOR_SIDE] = "operator-side",
};

static const char *const scope_names[] = {
	[SCOPE_EXACT] = "exact",
	[SCOPE_SUBDOMAINS] = "subdomains",
	[SCOPE_PREFIX] = "prefix",
	[SCOPE_URL_ONLY] = "url-only",
};

static const char *const advice_names[] = {
	[ADVICE_MATCH] = "match",
	[ADVICE_REVIEW] = "review",
	[ADVICE_URL_ONLY] = "url-only",
	[ADVICE_NOT_AN_INDICATOR] = "not-an-indicator",
	[ADVICE_REFUSE] = "refuse",
};

const char *indicator_type_name(enum indicator_type type)
{
	return (size_t)type < ARRAY_LEN(type_names) ? type_names[type] : "unknown";
}

const char *indicator_role_name(enum indicator_role role)
{
	return (size_t)role < ARRAY_LEN(role_names) ? role_names[role] : "unknown";
}

const char *indicator_scope_name(enum indicator_scope scope)
{
	return (size_t)scope < ARRAY_LEN(scope_names) ? scope_names[scope] : "unknown";
}

const char *indicator_advice_name(enum indicator_advice advice)
{
	return (size_t)advice < ARRAY_LEN(advice_names) ? advice_names[advice] : "unknown";
}

int indicator_compare(const struct indicator *a, const struct indicator *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	return strcmp(a->value, b->value);
}

/* What sorts an indicator, mostly without a look at it: its type and its value's first octets. */
struct sort_key {
	uint64_t head;
	size_t index;
};

static uint64_t head_of(const struct indicator *i)
{
	uint64_t head = (uint64_t)i->type << 56;

	for (unsigned at = 0; at < 7 && i->value[at]; at++)
		head |= (uint64_t)(uint8_t)i->value[at] << (48 - 8 * at);
	return head;
}

/* qsort is not stable: of equal ones the smaller index is less. */
static int compare_keys(const void *a, const void *b, void *items)
{
	const struct sort_key *x = a, *y = b;
	const struct indicator *item = items;
	int order;

	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	order = strcmp(item[x->index].value, item[y->index].value);
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

int indicator_sort(const struct indicator *items, size_t count, size_t **ret_order)
{
	_cleanup_(free_ptr) struct sort_key *keys = calloc(count + 1, sizeof(*keys));
	size_t *order = calloc(count + 1, sizeof(*order));

	if (!keys || !order) {
		free(order);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++)
		keys[i] = (struct sort_key){head_of(&items[i]), i};
	if (count)
		qsort_r(keys, count, sizeof(*keys), compare_keys, (void *)items);
	for (size_t i = 0; i < count; i++)
		order[i] = keys[i].index;
	*ret_order = order;
	return 0;
}

int indicator_unique(struct indicator *items, size_t *count)
{
	_cleanup_(free_ptr) bool *again = calloc(*count + 1, sizeof(*again));
	_cleanup_(free_ptr) size_t *order = NULL;
	int r = indicator_sort(items, *count, &order);
	size_t kept = 0;

	if (r < 0)
		return r;
	if (!again)
		return -ENOMEM;
	for (size_t i = 1, kept_one = 0; i < *count; i++) {
		size_t a = order[kept_one], b = order[i];

		if (indicator_compare(&items[a], &items[b]) != 0) {
			kept_one = i;
		} else if (items[b].advice < items[a].advice &&
			   items[a].advice != ADVICE_NOT_AN_INDICATOR) {
			again[a] = true;
			kept_one = i;
		} else {
			again[b] = true;
		}
	}
	for (size_t i = 0; i < *count; i++) {
		if (!again[i])
			items[kept++] = items[i];
	}
	*count = kept;
	return 0;
}
