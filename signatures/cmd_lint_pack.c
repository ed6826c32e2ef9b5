/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig lint of our own signature files: all that is wrong, each with its line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "signatures/cmd_output.h"
#include "signatures/commands.h"
#include "signatures/expression_review.h"
#include "signatures/own_file.h"
#include "signatures/pack_signature.h"
#include "signatures/protect.h"
#include "signatures/span.h"
#include "signatures/tree_feed.h"

#define SHOWN_BYTES 1024

struct linting {
	const struct feed_reader *reader;
	const char *path;
	struct json_output *out; /* NULL: lines for people */
	struct problems *problems;
	size_t values, names, signatures;
};

/* `own` is the key that a map has beside what is known of values. */
static void check_keys(struct linting *l, const struct tree_node *map, const char *own)
{
	const char *const others[] = {own, NULL};
	struct pack_keys keys = {0};
	struct candidate c = {0};

	tree_each (n, map) {
		const char *why = tree_is(n, own) ? pack_other_key(&keys, n, 0)
						  : pack_set_key(&keys, &c, n);

		if (why)
			pack_problem(l->problems, n, why, others, true);
	}
}

static void check_set(struct linting *l, const struct tree_node *set)
{
	const struct tree_node *values = tree_get(set, "values");

	if (set->kind != TREE_MAP || !values || values->kind != TREE_LIST) {
		problems_add(l->problems, set->line,
			"a set has values, which are a list of texts or maps");
		return;
	}
	check_keys(l, set, "values");
	tree_each (n, values) {
		l->values++;
		if (n->kind == TREE_MAP)
			check_keys(l, n, "value");
	}
}

/* What the gate would say is no mistake of the file. */
static void tell_gate(const struct linting *l, const struct pack_signature *s)
{
	struct review review = expression_review(
		&s->condition, l->reader->suffixes, l->reader->warnings);

	char text[SHOWN_BYTES];

	if (review.advice == ADVICE_MATCH)
		return;
	(void)snprintf(text, sizeof(text), "%.*s: %s: %s", (int)s->candidate.value.bytes,
		s->candidate.value.at, indicator_advice_name(review.advice), review.reason);
	cmd_output_problem(l->out, "warning", l->path, s->candidate.line, text);
}

static int check_signatures(struct linting *l, const struct tree_node *list)
{
	_cleanup_(free_ptr) struct pack_signature *s = calloc(1, sizeof(*s));
	_cleanup_(pack_names_done) struct pack_names names = {0};
	int r = s ? pack_names_init(&names, list) : -ENOMEM;

	for (const struct tree_node *n = list->first; r == 0 && n; n = n->next) {
		r = pack_signature_read(s, n, l->reader->suffixes, &names);
		l->signatures++;
		for (size_t i = 0; i < s->problems.count && i < PROBLEMS_MAX; i++)
			problems_add(l->problems, s->problems.all[i].line, "%s",
				s->problems.all[i].text);
		if (r == 0 && !s->problems.count)
			tell_gate(l, s);
	}
	return r;
}

/* What import would say of a protected name: a mistake where it cannot be one. */
static void tell_name(void *context, uint32_t line, enum indicator_advice advice,
	const char *reason, struct span value)
{
	struct linting *l = context;

	(void)value;
	if (advice == ADVICE_REFUSE)
		problems_add(l->problems, line, "%s", reason);
	else
		cmd_output_problem(l->out, "warning", l->path, line, reason);
}

/* Read as import reads it. */
static int check_protected(struct linting *l, const struct tree_node *list)
{
	static const struct feed feed = {.source_else = "", .campaign_else = ""};
	_cleanup_(free_ptr) struct import_report *report = calloc(1, sizeof(*report));
	struct builder b;
	int r;

	if (!report)
		return -ENOMEM;
	report->on_reason = tell_name;
	report->context = l;
	builder_init(&b, l->reader->suffixes);
	builder_begin_file(&b, &feed);
	r = protect_offer(&b, report, list, l->problems);
	if (r == 0)
		r = builder_end_file(&b, report);
	l->names = report->read;
	builder_done(&b);
	return r;
}

static int check_root(void *context, const struct tree_node *root)
{
	struct linting *l = context;
	static const char *const keys[] = {
		"kukla-signatures", "sets", "protect", "signatures", NULL};
	const struct tree_node *sets = tree_get(root, "sets");
	const struct tree_node *signatures = tree_get(root, "signatures");
	const struct tree_node *protect = tree_get(root, "protect");
	int r = 0;

	if (!span_is(tree_span(root, "kukla-signatures"), "1"))
		problems_add(l->problems, 1, "kukla-signatures is to be 1");
	own_file_keys(root, keys, l->problems);
	if (!sets && !signatures && !protect)
		problems_add(l->problems, 1, "there is no list of sets, protect or signatures");
	if (sets && sets->kind != TREE_LIST)
		problems_add(l->problems, sets->line, "sets is to be a list");
	if (signatures && signatures->kind != TREE_LIST)
		problems_add(l->problems, signatures->line, "signatures is to be a list");
	tree_each (set, sets)
		check_set(l, set);
	if (protect)
		r = check_protected(l, protect);
	return r == 0 && signatures ? check_signatures(l, signatures) : r;
}

int cmd_lint_pack(const char *path, struct cursor text, const struct feed_reader *reader,
	struct json_output *out)
{
	_cleanup_(free_ptr) struct problems *problems = calloc(1, sizeof(*problems));
	struct linting l = {.reader = reader, .path = path, .out = out, .problems = problems};
	int r = problems ? own_file_parse(text, problems, check_root, &l) : -ENOMEM;

	if (r < 0 && r != -EBADMSG) {
		log_error("%s", strerror(-r));
		return EXIT_COMMAND_WRONG;
	}
	for (size_t i = 0; i < problems->count && i < PROBLEMS_MAX; i++)
		cmd_output_problem(
			out, "error", path, problems->all[i].line, problems->all[i].text);
	if (problems->count)
		return EXIT_PART_UNREADABLE;
	if (!out && !reader->args->quiet)
		(void)printf("%s: %zu values, %zu protected names, %zu signatures\n", path,
			l.values, l.names, l.signatures);
	return EXIT_ALL_READ;
}
