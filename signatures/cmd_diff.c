/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig diff: what two databases or feeds do not have alike. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "signatures/cmd_output.h"
#include "signatures/commands.h"
#include "signatures/said.h"

#define SHOWN_BYTES 1024

struct difference {
	struct json_output *out; /* NULL: lines for people */
	bool quiet;              /* not even these */
	size_t added, removed, changed, same;
};

static const char *text_of(const struct indicator *item, enum said key, char room[SAID_BYTES])
{
	const char *text = said_text(item, key, room);

	return key == SAID_ROLE || *text ? text : "";
}

/* The name of each side's file, where nobody said another, is no change. */
static bool is_of_files(const struct indicator *a, const struct indicator *b, enum said key)
{
	return (key == SAID_SOURCE && a->source_is_file && b->source_is_file) ||
	       (key == SAID_CAMPAIGN && a->campaign_is_file && b->campaign_is_file);
}

static bool is_same_key(const struct indicator *a, const struct indicator *b, enum said key)
{
	char of_a[SAID_BYTES], of_b[SAID_BYTES];

	return is_of_files(a, b, key) || strcmp(text_of(a, key, of_a), text_of(b, key, of_b)) == 0;
}

static bool is_same(const struct indicator *a, const struct indicator *b)
{
	for (enum said key = 0; key < SAID_SCOPE; key++) { /* said or not, it is compared below */
		if (!is_same_key(a, b, key))
			return false;
	}
	return a->scope == b->scope &&
	       (a->type != INDICATOR_SIGNATURE || strcmp(a->expression, b->expression) == 0);
}

static void show_word(const char *text)
{
	char shown[SHOWN_BYTES];

	text_terminal(shown, sizeof(shown), text, strlen(text));
	(void)fputs(*shown ? shown : "nothing", stdout);
}

static void show_change(const char *key, const char *before, const char *after, bool first)
{
	(void)printf("%s%s: ", first ? " " : "; ", key);
	show_word(before);
	(void)fputs(" -> ", stdout);
	show_word(after);
}

/* For each key that says something else: it, what it said and what it says. */
static void each_change(const struct indicator *a, const struct indicator *b,
	void (*each)(void *context, const char *key, const char *before, const char *after),
	void *context)
{
	for (enum said key = 0; key < SAID_SCOPE; key++) {
		char of_a[SAID_BYTES], of_b[SAID_BYTES];

		if (!is_same_key(a, b, key))
			each(context, said_key(key), text_of(a, key, of_a), text_of(b, key, of_b));
	}
	if (a->type == INDICATOR_SIGNATURE && strcmp(a->expression, b->expression) != 0)
		each(context, "match", a->expression, b->expression);
	if (a->scope != b->scope)
		each(context, "scope", indicator_scope_name(a->scope),
			indicator_scope_name(b->scope));
}

static void change_as_text(void *context, const char *key, const char *before, const char *after)
{
	bool *first = context;

	show_change(key, before, after, *first);
	*first = false;
}

static void change_as_json(void *context, const char *key, const char *before, const char *after)
{
	struct json *j = context;

	json_open(j, key, '{');
	cmd_output_text(j, "old", before);
	cmd_output_text(j, "new", after);
	json_close(j, '}');
}

static void show_text(char sign, const struct indicator *item, const struct indicator *changed_to)
{
	bool first = true;

	(void)printf("%c %-11s ", sign, indicator_type_name(item->type));
	show_word(item->value);
	if (changed_to) {
		each_change(item, changed_to, change_as_text, &first);
	} else {
		(void)printf(" %s, ", indicator_role_name(item->role));
		show_word(*item->campaign ? item->campaign : "no campaign");
	}
	(void)putchar('\n');
}

static void show_json(struct json_output *out, const char *what, const struct indicator *item,
	const struct indicator *changed_to)
{
	struct json *j = cmd_output_begin(out);

	cmd_output_text(j, "difference", what);
	cmd_output_text(j, "type", indicator_type_name(item->type));
	cmd_output_text(j, "value", item->value);
	cmd_output_text(j, "role", indicator_role_name((changed_to ? changed_to : item)->role));
	cmd_output_text(j, "campaign", (changed_to ? changed_to : item)->campaign);
	cmd_output_about(j, changed_to ? changed_to : item);
	if (changed_to) {
		json_open(j, "changes", '{');
		each_change(item, changed_to, change_as_json, j);
		json_close(j, '}');
	}
	cmd_output_end(out);
}

static void put(struct difference *d, char sign, const struct indicator *item,
	const struct indicator *changed_to)
{
	const char *what = sign == '+' ? "added" : sign == '-' ? "removed" : "changed";

	*(sign == '+' ? &d->added : sign == '-' ? &d->removed : &d->changed) += 1;
	if (d->out)
		show_json(d->out, what, item, changed_to);
	else if (!d->quiet)
		show_text(sign, item, changed_to);
}

/* Both in the order of type and value. */
static int compare(struct difference *d, const struct stock *old, const struct stock *new)
{
	_cleanup_(free_ptr) size_t *before = NULL;
	_cleanup_(free_ptr) size_t *after = NULL;
	size_t i = 0, j = 0;

	if (indicator_sort(old->items, old->count, &before) < 0 ||
		indicator_sort(new->items, new->count, &after) < 0) {
		log_error("%s", strerror(ENOMEM));
		return EXIT_COMMAND_WRONG;
	}
	while (i < old->count && j < new->count) {
		const struct indicator *a = &old->items[before[i]], *b = &new->items[after[j]];
		int order = indicator_compare(a, b);

		if (order < 0)
			put(d, '-', a, NULL);
		else if (order > 0)
			put(d, '+', b, NULL);
		else if (is_same(a, b))
			d->same++;
		else
			put(d, '~', a, b);
		i += order <= 0;
		j += order >= 0;
	}
	for (; i < old->count; i++)
		put(d, '-', &old->items[before[i]], NULL);
	for (; j < new->count; j++)
		put(d, '+', &new->items[after[j]], NULL);
	return EXIT_ALL_READ;
}

static int show(struct difference *d, const struct sig_args *args, const struct stock *old,
	const struct stock *new)
{
	struct json_output out = {0};
	int code;

	if (args->json && cmd_output_open(&out, args->json))
		return EXIT_COMMAND_WRONG;
	d->out = args->json ? &out : NULL;
	code = compare(d, old, new);
	d->out = NULL;
	if (args->json && cmd_output_close(&out, args->json))
		return EXIT_COMMAND_WRONG;
	if (!args->json && fflush(stdout) != 0) {
		log_error("standard output could not be written");
		return EXIT_COMMAND_WRONG;
	}
	if (code == EXIT_ALL_READ && !args->quiet)
		log_note("%zu added, %zu removed, %zu changed, %zu as they were", d->added,
			d->removed, d->changed, d->same);
	return code;
}

int cmd_diff(const struct sig_args *args)
{
	struct sig_args one[2] = {*args, *args};
	struct stock stocks[2];
	struct difference d = {.quiet = args->quiet};
	int code = EXIT_ALL_READ;

	if (args->words.count != 2) {
		log_error("say which two: kukla-sig diff OLD NEW, each a database or a feed");
		return EXIT_COMMAND_WRONG;
	}
	for (size_t i = 0; i < 2; i++) {
		int part;

		one[i].words = (struct option_list){args->words.values + i, 1};
		one[i].quiet = true;
		part = cmd_stock_open(&stocks[i], &one[i]);
		if (part == EXIT_ALL_READ)
			part = cmd_stock_compiled(&stocks[i]);
		code = part > code ? part : code;
	}
	if (code == EXIT_ALL_READ)
		code = show(&d, args, &stocks[0], &stocks[1]);
	cmd_stock_close(&stocks[0]);
	cmd_stock_close(&stocks[1]);
	return code;
}
