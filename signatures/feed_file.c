/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/feed_file.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/import.h"
#include "signatures/own_file.h"
#include "signatures/said.h"
#include "signatures/tree_feed.h"

#define DAY_S             86400u
#define DAYS_USUAL        180 /* design/detection 5.3: longer only when it is confirmed anew */
#define DISARM_BYTES      256
#define CATEGORY_BYTES    128
#define NOTE_BYTES        256
#define PATTERN_BYTES_MAX 1024
#define PATTERN_STARS_MAX 6
#define FEW_WORDS         3
#define FORMATS_MAX       63

struct feed_file {
	struct feed_entry *entries; /* owned */
	size_t count;
	struct texts texts;
};

struct reader {
	struct feed_file *f;
	struct feed_entry *entry;
	struct problems *problems;
	bool no_memory;
};

static const char *const keys[] = {"file", "format", "source", "campaign", "role", "scope",
	"reference", "disarm", "tlp", "licence", "confidence", "dates", "published",
	"expires_after", "to_ids", "columns", "only", "category", "approved_by", "reason", NULL};

static const char *const column_names[FEED_COLUMNS + 1] = {
	[FEED_VALUE] = "value",
	[FEED_TYPE] = "type",
	[FEED_CONTEXT] = "context",
	[FEED_CAMPAIGN] = "campaign",
	[FEED_REFERENCE] = "reference",
	[FEED_FIRST_SEEN] = "first_seen",
	[FEED_LAST_CONFIRMED] = "last_confirmed",
	[FEED_PUBLISHED] = "published",
	[FEED_EXPIRES] = "expires",
	[FEED_CONFIDENCE] = "confidence",
};

bool feed_file_recognise(struct cursor text)
{
	return own_file_is(text, "feeds");
}

void feed_file_free(struct feed_file *f)
{
	if (!f)
		return;
	texts_done(&f->texts);
	free(f->entries);
	free(f);
}

static void feed_file_free_ptr(struct feed_file **f)
{
	feed_file_free(*f);
}

size_t feed_file_count(const struct feed_file *f)
{
	return f->count;
}

const struct feed_entry *feed_file_get(const struct feed_file *f, size_t number)
{
	return &f->entries[number];
}

/* A copy that stays; NULL when there is nothing to copy or no memory. */
static const char *keep(struct reader *r, const char *text)
{
	const char *copy = text ? texts_add(&r->f->texts, text, strlen(text)) : NULL;

	r->no_memory |= text && !copy;
	return copy;
}

static const char *text_of(struct reader *r, const struct tree_node *of, const char *name)
{
	return keep(r, own_file_text(of, name, r->problems));
}

/* Each makes a comparison try all that is left. */
static size_t stars(const char *pattern)
{
	size_t count = 0;

	for (; *pattern; pattern++)
		count += *pattern == '*' || *pattern == '(';
	return count;
}

static void read_texts(struct reader *r, const struct tree_node *of)
{
	struct feed *feed = &r->entry->feed;

	r->entry->pattern = text_of(r, of, "file");
	if (!r->entry->pattern)
		problems_add(r->problems, of->line, "a feed needs a file");
	else if (strlen(r->entry->pattern) > PATTERN_BYTES_MAX ||
		 stars(r->entry->pattern) > PATTERN_STARS_MAX)
		problems_add(r->problems, of->line,
			"file is at most %d octets long and has at most %d times *",
			PATTERN_BYTES_MAX, PATTERN_STARS_MAX);
	feed->source = text_of(r, of, "source");
	feed->campaign = text_of(r, of, "campaign");
	feed->reference = text_of(r, of, "reference");
	feed->licence = text_of(r, of, "licence");
}

/* Of few words all are told. */
static void say_choice(
	struct reader *r, const struct tree_node *n, const char *const *words, size_t count)
{
	char all[64];
	size_t used = 0;

	for (size_t i = 0; i < count && used < sizeof(all); i++)
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s",
			i == 0          ? ""
			: i + 1 < count ? ", "
					: " or ",
			words[i]);
	problems_add(r->problems, n->line, "%s is %s, not %s", n->name, all, n->text);
}

/* Which of some words it is; `otherwise` when nothing is said or it is none of them. */
static size_t choice(struct reader *r, const struct tree_node *of, const char *name,
	const char *const *words, size_t otherwise)
{
	const char *text = own_file_text(of, name, r->problems);
	size_t count = 0;

	for (; text && words[count]; count++) {
		if (strcmp(words[count], text) == 0)
			return count;
	}
	if (text && count <= FEW_WORDS)
		say_choice(r, tree_get(of, name), words, count);
	else if (text)
		problems_add_word(r->problems, tree_get(of, name)->line, name, text, words);
	return otherwise;
}

static void read_format(struct reader *r, const struct tree_node *of)
{
	const char *names[FORMATS_MAX + 1] = {NULL};
	size_t count = 0, number;

	while (formats[count] && count < FORMATS_MAX) {
		names[count] = formats[count]->name;
		count++;
	}
	number = choice(r, of, "format", names, count);
	r->entry->format = number < count ? formats[number] : NULL;
}

static enum scope_wish scope_of(size_t choice)
{
	return choice == 0 ? WISH_EXACT : choice == 1 ? WISH_SUBDOMAINS : WISH_NOTHING;
}

static void read_choices(struct reader *r, const struct tree_node *of)
{
	static const char *const orders[] = {"iso", "dmy", "mdy", NULL};
	static const char *const obeys[] = {"ignore", "obey", NULL};
	const char *const scopes[] = {
		indicator_scope_name(SCOPE_EXACT), indicator_scope_name(SCOPE_SUBDOMAINS), NULL};
	const char *const roles[] = {indicator_role_name(ROLE_READER_FACING),
		indicator_role_name(ROLE_OPERATOR_SIDE), NULL};
	struct feed *feed = &r->entry->feed;

	read_format(r, of);
	feed->role = choice(r, of, "role", roles, ROLE_READER_FACING) ? ROLE_OPERATOR_SIDE
								      : ROLE_READER_FACING;
	feed->scope = scope_of(choice(r, of, "scope", scopes, ARRAY_LEN(scopes)));
	feed->dates = (enum date_order)choice(r, of, "dates", orders, DATES_ISO);
	feed->obey_to_ids = choice(r, of, "to_ids", obeys, 0) == 1;
}

/* Digits and what must stand behind them; 0 when it is not that. */
static unsigned number(const char *text, const char *behind, unsigned most)
{
	char *end;
	unsigned long n;

	if (!isdigit((unsigned char)*text) || strlen(text) > 6)
		return 0;
	n = strtoul(text, &end, 10);
	return strcmp(end, behind) == 0 && n <= most ? (unsigned)n : 0;
}

static void read_numbers(struct reader *r, const struct tree_node *of)
{
	struct feed *feed = &r->entry->feed;
	char why[SAID_WHY_BYTES];
	const char *text = own_file_text(of, "confidence", r->problems);
	unsigned days;

	feed->confidence = (uint8_t)(text ? number(text, "", 100) : 0);
	if (text && !feed->confidence)
		problems_add(r->problems, tree_get(of, "confidence")->line,
			"confidence is 1 to 100, not %s", text);
	text = own_file_text(of, "expires_after", r->problems);
	days = text ? number(text, "d", FEED_DAYS_MAX) : 0;
	feed->expires_after_s = days * DAY_S;
	if (text && !days)
		problems_add(r->problems, tree_get(of, "expires_after")->line,
			"expires_after is a number of days such as 180d, at most %dd, not %s",
			FEED_DAYS_MAX, text);
	text = own_file_text(of, "published", r->problems);
	if (text && said_check(SAID_PUBLISHED, span_of(text), why))
		problems_add(r->problems, tree_get(of, "published")->line, "%s", why);
	else if (text)
		(void)date_parse(&feed->published, text, strlen(text), DATES_ISO);
	if (feed->expires_after_s && !text && tree_is_null(tree_get(of, "dates")))
		problems_add(r->problems, tree_get(of, "expires_after")->line,
			"expires_after counts from a date: say dates (iso, dmy or mdy), which the "
			"feed has, or published");
}

static void read_tlp(struct reader *r, const struct tree_node *of)
{
	const char *text = own_file_text(of, "tlp", r->problems);
	char why[SAID_WHY_BYTES];

	r->entry->feed.tlp = text ? said_tlp(span_of(text)) : NULL;
	if (text && said_check(SAID_TLP, span_of(text), why))
		problems_add(r->problems, tree_get(of, "tlp")->line, "%s", why);
}

static void read_disarm(struct reader *r, const struct tree_node *of)
{
	const struct tree_node *list = tree_get(of, "disarm");
	char text[DISARM_BYTES] = "";
	size_t used = 0;

	if (tree_is_null(list))
		return;
	for (const struct tree_node *n = list->kind == TREE_LIST ? list->first : list; n;
		n = n == list ? NULL : n->next) {
		if (!n->text || !said_is_technique(node_span(n)))
			problems_add(r->problems, n->line,
				"%s is no technique of DISARM such as T0149.001",
				n->text ? n->text : "a list");
		else if (used + 12 < sizeof(text))
			used += (size_t)snprintf(
				text + used, sizeof(text) - used, "%s%s", used ? " " : "", n->text);
	}
	r->entry->feed.disarm = used ? keep(r, text) : NULL;
}

static const struct tree_node *map_of(
	struct reader *r, const struct tree_node *of, const char *name)
{
	const struct tree_node *n = tree_get(of, name);

	if (!n || n->kind == TREE_MAP)
		return n;
	problems_add(r->problems, n->line, "%s is a list of keys and values", name);
	return NULL;
}

static void read_columns(struct reader *r, const struct tree_node *of)
{
	const struct tree_node *map = map_of(r, of, "columns");

	own_file_keys(map, column_names, r->problems);
	for (size_t i = 0; map && i < FEED_COLUMNS; i++)
		r->entry->feed.columns[i] = text_of(r, map, column_names[i]);
	if (map && !r->entry->feed.columns[FEED_VALUE])
		problems_add(r->problems, map->line, "columns do not say where the value is");
}

static void read_only(struct reader *r, const struct tree_node *of)
{
	static const char *const only_keys[] = {"column", "is", "is_not", NULL};
	const struct tree_node *map = map_of(r, of, "only");
	struct feed *feed = &r->entry->feed;

	if (!map)
		return;
	own_file_keys(map, only_keys, r->problems);
	feed->only_column = text_of(r, map, "column");
	feed->only_value = text_of(r, map, "is");
	feed->not_value = text_of(r, map, "is_not");
	if (!feed->only_column || !feed->only_value == !feed->not_value)
		problems_add(
			r->problems, map->line, "only needs a column, and one of is and is_not");
}

/* Lists that rate what people think are not indicators of an operation. Blanks and signs between
 * words do not matter. */
static bool is_editorial(const char *category)
{
	static const char *const words[] = {"opinion", "editorial", "party", "parties", "political",
		"religion", "religious", "state media", "state controlled media", "ideology"};
	char text[CATEGORY_BYTES + 2] = " ";
	size_t bytes = 1;

	for (; *category && bytes < CATEGORY_BYTES; category++) {
		if (isalnum((unsigned char)*category))
			text[bytes++] = (char)tolower((unsigned char)*category);
		else if (text[bytes - 1] != ' ')
			text[bytes++] = ' ';
	}
	text[bytes] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		const char *at = strstr(text, words[i]);

		if (at && at[-1] == ' ')
			return true;
	}
	return false;
}

static void read_category(struct reader *r, const struct tree_node *of)
{
	char what[CATEGORY_BYTES + 64];
	bool approved = tree_get(of, "approved_by") || tree_get(of, "reason");

	r->entry->category = text_of(r, of, "category");
	if (!r->entry->category || !is_editorial(r->entry->category)) {
		if (approved)
			problems_add(r->problems, of->line,
				"nothing of this feed needs an approval; values have overrides");
		return;
	}
	snprintf(what, sizeof(what), "a feed of the category %.*s", CATEGORY_BYTES,
		r->entry->category);
	if (own_file_approval(&r->entry->approval, &r->f->texts, of, what, r->problems) < 0)
		r->no_memory = true;
}

/* What an indicator should have and this feed does not say for those that lack it. */
static void note_gaps(struct reader *r, const struct tree_node *of)
{
	static const char *const wanted[] = {
		"source", "campaign", "role", "reference", "licence", "expires_after"};
	char note[NOTE_BYTES] = "";
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		if (tree_is_null(tree_get(of, wanted[i])))
			used += (size_t)snprintf(note + used, sizeof(note) - used, "%s%s",
				used ? ", " : "says nothing of ", wanted[i]);
	}
	if (r->entry->feed.expires_after_s > DAYS_USUAL * DAY_S)
		used += (size_t)snprintf(note + used, sizeof(note) - used,
			"%skeeps indicators for more than %d days", used ? "; " : "", DAYS_USUAL);
	r->entry->note = used ? keep(r, note) : NULL;
}

static void read_entry(struct reader *r, const struct tree_node *of)
{
	r->entry = &r->f->entries[r->f->count];
	*r->entry = (struct feed_entry){.line = of->line};
	if (of->kind != TREE_MAP) {
		problems_add(r->problems, of->line, "a feed is a list of keys and values");
		return;
	}
	own_file_keys(of, keys, r->problems);
	read_texts(r, of);
	read_choices(r, of);
	read_numbers(r, of);
	read_tlp(r, of);
	read_disarm(r, of);
	read_columns(r, of);
	read_only(r, of);
	read_category(r, of);
	note_gaps(r, of);
	r->f->count++;
}

static int read_tree(void *context, const struct tree_node *root)
{
	struct reader *r = context;
	const struct tree_node *list = own_file_list(root, "feeds", r->problems);
	size_t count = 0;

	tree_each (n, list)
		count++;
	r->f->entries = calloc(count + 1, sizeof(*r->f->entries));
	if (!r->f->entries)
		return -ENOMEM;
	tree_each (n, list)
		read_entry(r, n);
	if (list && count == 0)
		problems_add(r->problems, list->line, "feeds is empty");
	return r->no_memory ? -ENOMEM : 0;
}

int feed_file_read(struct feed_file **ret, struct cursor text, struct problems *ret_problems)
{
	_cleanup_(feed_file_free_ptr) struct feed_file *f = calloc(1, sizeof(*f));
	struct reader r = {.f = f, .problems = ret_problems};
	int failed;

	if (!f)
		return -ENOMEM;
	failed = own_file_parse(text, ret_problems, read_tree, &r);
	if (failed == 0)
		*ret = steal(f);
	return failed;
}

/* Without the steps to other folders at its beginning. */
static const char *without_steps(const char *pattern)
{
	for (;;) {
		if (strncmp(pattern, "./", 2) == 0)
			pattern += 2;
		else if (strncmp(pattern, "../", 3) == 0)
			pattern += 3;
		else if (*pattern == '/')
			pattern++;
		else
			return pattern;
	}
}

/* The last names of a path, as many as the pattern has. */
static const char *ending(const char *path, const char *pattern)
{
	const char *at = path + strlen(path);
	size_t names = 1;

	for (; *pattern; pattern++)
		names += *pattern == '/';
	while (at > path) {
		if (at[-1] == '/' && --names == 0)
			break;
		at--;
	}
	return at;
}

const struct feed_entry *feed_file_match(const struct feed_file *f, const char *path)
{
	for (size_t i = 0; i < f->count; i++) {
		const char *pattern = without_steps(f->entries[i].pattern);

		if (fnmatch(pattern, ending(path, pattern), FNM_PATHNAME | FNM_PERIOD) == 0)
			return &f->entries[i];
	}
	return NULL;
}
