/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/look_section.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "signatures/suffix.h"

#define HEADER_BYTES 8
#define WHAT_MAX     15
#define NAME_HEAD    3 /* octets before a name: what it is, and its exceptions */

/* Lower case, no label empty, as many octets as a name may have. */
static bool is_name(const char *text, size_t bytes)
{
	size_t label = 0;

	if (bytes == 0 || bytes > LOOK_NAME_BYTES_MAX)
		return false;
	for (size_t i = 0; i < bytes; i++) {
		char c = text[i];

		if (c == '.' ? label == 0
			     : !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' &&
					c != '_')
			return false;
		label = c == '.' ? 0 : label + 1;
	}
	return label > 0;
}

struct look_name_at look_section_at(const struct look_section *s, size_t offset)
{
	const uint8_t *at = s->names + offset;
	const char *text = (const char *)at + NAME_HEAD;

	return (struct look_name_at){
		at[0], (unsigned)at[1] << 8 | at[2], text, strlen(text), offset};
}

unsigned look_section_set(const struct look_section *s, size_t number)
{
	const uint8_t *at = s->sets + 2 * number;

	return (unsigned)at[0] << 8 | at[1];
}

bool look_section_next(const struct look_section *s, size_t *at, struct look_name_at *ret)
{
	if (*at == s->name_bytes)
		return false;
	*ret = look_section_at(s, *at);
	*at += NAME_HEAD + ret->bytes + 1;
	return true;
}

static bool name_is_sound(const struct look_section *s, const struct look_name_at *name)
{
	if (name->what == 0 || name->what > WHAT_MAX || !is_name(name->text, name->bytes))
		return false;
	if (name->set)
		return name->what == LOOK_OWN && name->set <= s->count;
	return !(name->what & (LOOK_RULE | LOOK_RULE_NOT)) || strchr(name->text, '.');
}

/* Each ends inside, is one, and is greater than the one before it. */
static bool names_are_sound(const struct look_section *s)
{
	struct look_name_at last = {.text = ""}, name;
	size_t count = 0;

	if (s->name_bytes && s->names[s->name_bytes - 1])
		return false;
	for (size_t at = 0; at < s->name_bytes; count++) {
		int order;

		if (s->name_bytes - at < NAME_HEAD + 2)
			return false;
		(void)look_section_next(s, &at, &name);
		if (at > s->name_bytes || !name_is_sound(s, &name))
			return false;
		order = strcmp(last.text, name.text);
		if (order > 0 || (order == 0 && last.set >= name.set))
			return false;
		last = name;
	}
	return count == s->name_count;
}

static bool protected_is_sound(const char *value, uint8_t kinds)
{
	size_t bytes = strlen(value), label = strcspn(value, ".");
	struct look_label looks;

	return kinds && kinds <= LOOK_KINDS_ALL && label < bytes && is_name(value, bytes) &&
	       look_label_read(&looks, (const uint8_t *)value, label);
}

bool look_section_init(struct look_section *s, const struct sigdb_view *view, size_t begin,
	size_t end, const uint8_t *section, size_t bytes)
{
	struct cursor in = cur_init(section, bytes);
	struct look_section to;

	to.count = cur_u32(&in);
	to.name_count = cur_u32(&in);
	if (in.bad || to.count != end - begin || to.count > LOOK_PROTECTED_MAX ||
		to.name_count > LOOK_NAMES_MAX)
		return false;
	to.kinds = cur_take(&in, to.count);
	to.sets = cur_take(&in, 2 * to.count);
	if (in.bad)
		return false;
	to.name_bytes = cur_left(&in);
	to.names = cur_take(&in, to.name_bytes);
	for (size_t i = 0; i < to.count; i++) {
		if (!protected_is_sound(sigdb_value(view, begin + i), to.kinds[i]) ||
			look_section_set(&to, i) > to.count)
			return false;
	}
	if (!names_are_sound(&to))
		return false;
	*s = to;
	return true;
}

char **look_section_exceptions(const struct look_section *s)
{
	_cleanup_(free_ptr) size_t *bytes = calloc(s->count + 1, sizeof(*bytes));
	size_t all = (s->count + 1) * (sizeof(char *) + 1), at = 0;
	struct look_name_at name;
	char **texts, *to;

	while (look_section_next(s, &at, &name)) {
		if (bytes && name.set)
			bytes[name.set] += name.bytes + 1;
		all += name.set ? name.bytes + 1 : 0;
	}
	texts = bytes ? malloc(all) : NULL;
	if (!texts)
		return NULL;
	to = (char *)(texts + s->count + 1);
	for (size_t i = 0; i <= s->count; to += bytes[i++] + 1) {
		texts[i] = to;
		to[bytes[i]] = '\0';
	}
	memset(bytes, 0, (s->count + 1) * sizeof(*bytes));
	for (at = 0; look_section_next(s, &at, &name);) {
		if (!name.set)
			continue;
		to = texts[name.set] + bytes[name.set];
		memcpy(to, name.text, name.bytes);
		to[name.bytes] = ' ';
		bytes[name.set] += name.bytes + 1;
	}
	return texts;
}

/* What is to be written of names: texts are owned. */
struct list {
	struct listed {
		char *text;
		unsigned what, set;
	} * items;
	size_t count, size;
};

static void list_done(struct list *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i].text);
	free(l->items);
}

static int list_add(struct list *l, const char *text, size_t bytes, unsigned what, unsigned set)
{
	size_t size = l->size ? 2 * l->size : 1024;
	char *copy;

	if (l->count == LOOK_NAMES_MAX)
		return -E2BIG;
	if (l->count == l->size) {
		struct listed *items = reallocarray(l->items, size, sizeof(*items));

		if (!items)
			return -ENOMEM;
		l->items = items;
		l->size = size;
	}
	copy = strndup(text, bytes);
	if (!copy)
		return -ENOMEM;
	l->items[l->count++] = (struct listed){copy, what, set};
	return 0;
}

/* A rule as the list writes it. As libpsl has it, that all below a name are suffixes makes it one.
 */
static int add_rule(void *context, const char *rule)
{
	unsigned what = LOOK_RULE;

	if (strncmp(rule, "*.", 2) == 0) {
		rule += 2;
		what = strchr(rule, '.') ? LOOK_RULE | LOOK_RULE_BELOW : LOOK_RULE_BELOW;
	} else if (*rule == '!') {
		rule++;
		what = LOOK_RULE_NOT;
	}
	if (!is_name(rule, strlen(rule)))
		return 0;
	return list_add(context, rule, strlen(rule), what, 0);
}

/* Names separated by blanks. */
static int add_exceptions(struct list *l, const char *names, unsigned set)
{
	int r = 0;

	while (r == 0 && *names) {
		size_t bytes = strcspn(names, " ");

		if (bytes && is_name(names, bytes))
			r = list_add(l, names, bytes, LOOK_OWN, set);
		names += bytes;
		names += *names == ' ';
	}
	return r;
}

static int compare(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order ? order : (x->set > y->set) - (x->set < y->set);
}

/* Ascending, each once with all that it is. */
static void sort(struct list *l)
{
	size_t kept = 0;

	if (l->count)
		qsort(l->items, l->count, sizeof(*l->items), compare);
	for (size_t i = 0; i < l->count; i++) {
		if (kept && compare(&l->items[kept - 1], &l->items[i]) == 0) {
			l->items[kept - 1].what |= l->items[i].what;
			free(l->items[i].text);
		} else {
			l->items[kept++] = l->items[i];
		}
	}
	l->count = kept;
}

static int compare_exceptions(const void *a, const void *b, void *items)
{
	const struct indicator *const *item = items;
	const char *x = item[*(const uint16_t *)a]->look.except;
	const char *y = item[*(const uint16_t *)b]->look.except;

	return x == y ? 0 : strcmp(x, y);
}

/* Which exceptions each has, by numbers in their order; 0: none. Those of each number are listed
 * once. */
static int number_sets(
	struct list *l, uint16_t *sets, const struct indicator *const *items, size_t count)
{
	_cleanup_(free_ptr) uint16_t *order = calloc(count + 1, sizeof(*order));
	const char *last = "";
	unsigned number = 0;
	int r = order ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < count; i++)
		order[i] = (uint16_t)i;
	if (r == 0 && count)
		qsort_r(order, count, sizeof(*order), compare_exceptions, (void *)items);
	for (size_t i = 0; r == 0 && i < count; i++) {
		const char *except = items[order[i]]->look.except;

		if (except != last && strcmp(except, last) != 0)
			r = add_exceptions(l, except, ++number);
		last = except;
		sets[order[i]] = (uint16_t)number;
	}
	return r;
}

static int collect(
	struct list *l, uint16_t *sets, const struct indicator *const *items, size_t count)
{
	int r = number_sets(l, sets, items, count);

	for (size_t i = 0; r == 0 && i < count; i++) {
		if (!items[i]->look.foreign)
			r = list_add(l, items[i]->value, strlen(items[i]->value), LOOK_OWN, 0);
	}
	if (r == 0 && count && items[0]->look.suffixes)
		r = suffix_list_rules(items[0]->look.suffixes, add_rule, l);
	if (r == 0)
		sort(l);
	return r;
}

static uint8_t *put_u16(uint8_t *to, unsigned n)
{
	to[0] = (uint8_t)(n >> 8);
	to[1] = (uint8_t)n;
	return to + 2;
}

int look_section_write(
	const struct indicator *const *items, size_t count, uint8_t **ret, size_t *ret_bytes)
{
	_cleanup_(list_done) struct list names = {0};
	_cleanup_(free_ptr) uint16_t *sets = calloc(count + 1, sizeof(*sets));
	size_t bytes = HEADER_BYTES + 3 * count;
	int r = count > LOOK_PROTECTED_MAX ? -E2BIG : -ENOMEM;
	uint8_t *to;

	if (sets && count <= LOOK_PROTECTED_MAX)
		r = collect(&names, sets, items, count);
	if (r < 0)
		return r;
	for (size_t i = 0; i < names.count; i++)
		bytes += NAME_HEAD + strlen(names.items[i].text) + 1;
	to = malloc(bytes);
	if (!to)
		return -ENOMEM;
	*ret = to;
	*ret_bytes = bytes;
	to = sigdb_put_u32(sigdb_put_u32(to, count), names.count);
	for (size_t i = 0; i < count; i++)
		*to++ = items[i]->look.kinds;
	for (size_t i = 0; i < count; i++)
		to = put_u16(to, sets[i]);
	for (size_t i = 0; i < names.count; i++) {
		size_t text_bytes = strlen(names.items[i].text) + 1;

		*to++ = (uint8_t)names.items[i].what;
		to = put_u16(to, names.items[i].set);
		memcpy(to, names.items[i].text, text_bytes);
		to += text_bytes;
	}
	return 0;
}
