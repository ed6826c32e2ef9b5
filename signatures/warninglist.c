/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/warninglist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/url.h"
#include "signatures/warninglist_build.h"

#define HITS_MAX 64 /* an address lies in few prefixes of different lists */
/* A list that holds a quarter of a thousandth of the Internet in one line is a mistake. */
#define BITS_MIN_V4 (96 + 8)
#define BITS_MIN_V6 16

static const char *const kind_texts[WARNING_KINDS] = {
	[WARNING_LISTED] = "on a list",
	[WARNING_POPULAR] = "a popular site",
	[WARNING_PLATFORM] = "a shared platform",
	[WARNING_SERVICE] = "a service that everybody uses",
	[WARNING_SHARED_ADDRESS] = "a shared address",
	[WARNING_SHARED_SYSTEM] = "a network of very many",
	[WARNING_RESOLVER] = "a resolver",
	[WARNING_PARKED] = "a place for parked names",
	[WARNING_SINKHOLE] = "a sinkhole",
	[WARNING_SCANNER] = "a scanner of researchers",
	[WARNING_ORGANISATION] = "the site of an organisation",
	[WARNING_DEFENDER] = "a site of those who report",
	[WARNING_TRUSTED_CERTIFICATE] = "a certificate that all trust",
	[WARNING_UNUSED] = "unused",
};

int warninglists_new(struct warninglists **ret, const struct suffix_list *suffixes)
{
	struct warninglists *w = calloc(1, sizeof(*w));
	char error[256];
	int r = w ? 0 : -ENOMEM;

	if (!w)
		return r;
	w->suffixes = suffixes;
	for (const struct warninglist_text *t = warninglists_built_in; r == 0 && t->file; t++)
		r = warninglists_add(
			w, cur_init(t->text, strlen(t->text)), t->file, error, sizeof(error));
	if (r < 0) {
		warninglists_free(w);
		return r;
	}
	*ret = w;
	return 0;
}

void warninglists_free(struct warninglists *w)
{
	if (!w)
		return;
	exact_set_done(&w->values);
	address_set_done(&w->addresses);
	texts_done(&w->texts);
	free(w->entries);
	free(w->lists);
	free(w);
}

size_t warninglists_count(const struct warninglists *w)
{
	return w->list_count;
}

const struct warninglist *warninglists_get(const struct warninglists *w, size_t number)
{
	return &w->lists[number];
}

/* Room for one more of them. */
static int grow(void *array, size_t *size, size_t count, size_t bytes)
{
	size_t more = *size ? 2 * *size : 64;
	void *old, *larger;

	if (count < *size)
		return 0;
	memcpy(&old, array, sizeof(old));
	larger = reallocarray(old, more, bytes);
	if (!larger)
		return -ENOMEM;
	memcpy(array, &larger, sizeof(larger));
	*size = more;
	return 0;
}

int warninglist_begin(struct warninglists *w, const char *name, size_t bytes)
{
	const char *copy = texts_add(&w->texts, name, bytes > 200 ? 200 : bytes);

	if (!copy || grow(&w->lists, &w->list_size, w->list_count, sizeof(*w->lists)) < 0)
		return -ENOMEM;
	if (w->list_count == WARNINGLISTS_MAX)
		return -EBADMSG;
	w->lists[w->list_count++] = (struct warninglist){.name = copy};
	return 0;
}

static bool is_too_wide(const struct address_range *range)
{
	bool v4 = range->bits >= 96 &&
		  memcmp(range->address, (uint8_t[12]){[10] = 0xff, 0xff}, 12) == 0;

	return range->bits < (v4 ? BITS_MIN_V4 : BITS_MIN_V6);
}

static bool make_entry(struct warning_entry *ret, const struct refanged *value)
{
	ret->type = value->type;
	switch (value->type) {
	case INDICATOR_IP:
	case INDICATOR_PREFIX:
		return address_range_parse(&ret->range, value->text, strlen(value->text)) &&
		       !is_too_wide(&ret->range);
	case INDICATOR_DOMAIN:
	case INDICATOR_CERT_SHA1:
	case INDICATOR_CERT_SHA256:
	case INDICATOR_JA3:
	case INDICATOR_ASN:
		return true;
	default:
		return false;
	}
}

int warninglist_entry(struct warninglists *w, const char *text, size_t bytes,
	enum value_column column, bool dot_is_below)
{
	struct warninglist *list = &w->lists[w->list_count - 1];
	struct warning_entry entry = {.list = (uint32_t)(w->list_count - 1),
		.below = dot_is_below && bytes && *text == '.'};
	struct refanged value;

	if (refang(&value, text, bytes, column, w->suffixes) || !make_entry(&entry, &value)) {
		list->skipped++;
		return 0;
	}
	if (w->entry_count == WARNINGLIST_ENTRIES_MAX)
		return -EBADMSG;
	entry.value = texts_add(&w->texts, value.text, strlen(value.text));
	if (!entry.value ||
		grow(&w->entries, &w->entry_size, w->entry_count, sizeof(*w->entries)) < 0)
		return -ENOMEM;
	w->entries[w->entry_count++] = entry;
	list->entries++;
	return 0;
}

static bool is_address(const struct warning_entry *entry)
{
	return entry->type == INDICATOR_IP || entry->type == INDICATOR_PREFIX;
}

int warninglist_end(
	struct warninglists *w, const char *file, enum warning_kind kind, const char *why)
{
	struct warninglist *list = &w->lists[w->list_count - 1];
	size_t addresses = 0;

	for (size_t i = w->entry_count - list->entries; i < w->entry_count; i++)
		addresses += is_address(&w->entries[i]);
	if (kind == WARNING_KINDS)
		kind = warning_kind_of(file, list->name, 2 * addresses > list->entries, &why);
	list->kind = kind;
	if (kind == WARNING_UNUSED) {
		w->entry_count -= list->entries;
		list->entries = 0;
		list->unused = why;
	}
	list->reason = texts_print(&w->texts, "%s (%s)", kind_texts[kind], list->name);
	return list->reason ? 0 : -ENOMEM;
}

/* A name that several lists have is on the first of them. */
static void add_value(struct warninglists *w, uint32_t index)
{
	struct warning_entry *entry = &w->entries[index];
	uint32_t first = exact_set_find(
		&w->values, entry->type, entry->value, strlen(entry->value));

	if (first == EXACT_NONE)
		exact_set_add(&w->values, entry->type, entry->value, index);
	else
		w->entries[first].below |= entry->below;
}

int warninglists_ready(struct warninglists *w)
{
	_cleanup_(free_ptr) struct address_entry *addresses = calloc(
		w->entry_count + 1, sizeof(*addresses));
	size_t count = 0;

	exact_set_done(&w->values);
	address_set_done(&w->addresses);
	if (!addresses || exact_set_init(&w->values, w->entry_count) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < w->entry_count; i++) {
		if (is_address(&w->entries[i]))
			addresses[count++] = (struct address_entry){w->entries[i].range, i};
		else
			add_value(w, i);
	}
	address_set_init(&w->addresses, steal(addresses), count);
	return 0;
}

static const struct warning_entry *find_value(
	const struct warninglists *w, enum indicator_type type, const char *value)
{
	uint32_t index = exact_set_find(&w->values, type, value, strlen(value));

	return index == EXACT_NONE ? NULL : &w->entries[index];
}

static struct warning warning_of(const struct warninglists *w, const struct warning_entry *entry)
{
	const struct warninglist *list = entry ? &w->lists[entry->list] : NULL;

	return list ? (struct warning){.reason = list->reason, .kind = list->kind}
		    : (struct warning){0};
}

static struct warning find_name(const struct warninglists *w, const char *name)
{
	const struct warning_entry *entry = find_value(w, INDICATOR_DOMAIN, name);
	struct warning found = warning_of(w, entry);
	bool is_owned = false, parent = false;
	bool www = true; /* there is nothing else before the dot */

	for (const char *label = name, *dot; (dot = strchr(label, '.')); label = dot + 1) {
		www = www && dot == label + 3 && memcmp(label, "www", 3) == 0;
		/* below a public suffix the name has an owner of its own */
		is_owned |= suffix_is_public(w->suffixes, dot + 1);
		entry = find_value(w, INDICATOR_DOMAIN, dot + 1);
		if (!entry)
			continue;
		parent |= !is_owned;
		if (!found.reason && (entry->below || www))
			found = warning_of(w, entry);
	}
	found.parent = parent;
	return found;
}

/* The longest prefix that the value lies in, or of a prefix one that it covers: who is in that is
 * in the value as well. */
static struct warning find_address(const struct warninglists *w, const char *value)
{
	const struct warning_entry *best = NULL;
	uint32_t found[HITS_MAX];
	struct address_range range;
	unsigned count;

	if (!address_range_parse(&range, value, strlen(value)))
		return (struct warning){0};
	count = address_set_find(&w->addresses, range.address, 0, found, HITS_MAX);
	for (unsigned i = 0; i < count; i++) {
		const struct warning_entry *entry = &w->entries[found[i]];

		if (entry->range.bits <= range.bits &&
			(!best || entry->range.bits > best->range.bits))
			best = entry;
	}
	for (size_t i = 0; !best && range.bits < 128 && i < w->entry_count; i++) {
		if (is_address(&w->entries[i]) &&
			address_range_covers(&range, w->entries[i].range.address, range.port))
			best = &w->entries[i];
	}
	return warning_of(w, best);
}

/* Pages of a popular site or of a platform are what a URL is for. What devices and resolvers ask
 * on their own is everybody's. */
static struct warning find_url(const struct warninglists *w, const char *value)
{
	struct warning found = {0};
	char host[URL_HOST_BYTES_MAX + 1];
	struct address_range range;

	if (url_host(host, value))
		found = address_range_parse(&range, host, strlen(host)) ? find_address(w, host)
									: find_name(w, host);
	if (found.kind != WARNING_SERVICE && found.kind != WARNING_RESOLVER)
		found = (struct warning){0};
	return found;
}

struct warning warninglists_find(
	const struct warninglists *w, enum indicator_type type, const char *value)
{
	if (!w || !w->values.slots)
		return (struct warning){0};
	switch (type) {
	case INDICATOR_DOMAIN:
		return find_name(w, value);
	case INDICATOR_URL:
		return find_url(w, value);
	case INDICATOR_IP:
	case INDICATOR_PREFIX:
	case INDICATOR_IP_PORT:
		return find_address(w, value);
	case INDICATOR_CERT_SHA1:
	case INDICATOR_CERT_SHA256:
	case INDICATOR_JA3:
	case INDICATOR_ASN:
		return warning_of(w, find_value(w, type, value));
	default:
		return (struct warning){0};
	}
}
