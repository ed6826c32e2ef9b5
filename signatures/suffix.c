/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/suffix.h"

#include <errno.h>
#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define TEXT_NAME  "public_suffix_list.dat" /* of the package publicsuffix */
#define RULE_BYTES 512

struct suffix_list {
	psl_ctx_t *psl;
	char *text_path; /* owned; NULL: no text is known */
};

/* Takes the list, which may be NULL. */
static int wrap(struct suffix_list **ret, psl_ctx_t *psl, int error)
{
	struct suffix_list *list = calloc(1, sizeof(*list));

	if (!list || !psl) {
		psl_free(psl);
		free(list);
		return psl ? -ENOMEM : error;
	}
	list->psl = psl;
	*ret = list;
	return 0;
}

/* The text beside the system's list, whatever form that has. */
static char *system_text(void)
{
	const char *path = psl_dist_filename(), *slash = path ? strrchr(path, '/') : NULL;
	char *text = NULL;

	if (!slash || asprintf(&text, "%.*s/%s", (int)(slash - path), path, TEXT_NAME) < 0)
		return NULL;
	return text;
}

int suffix_list_new(struct suffix_list **ret)
{
	int r = wrap(ret, psl_latest(NULL), -ENOENT);

	if (r == 0)
		(*ret)->text_path = system_text();
	return r;
}

int suffix_list_load(struct suffix_list **ret, const char *path)
{
	_cleanup_(fclose_ptr) FILE *file = fopen(path, "re");
	psl_ctx_t *psl = file ? psl_load_fp(file) : NULL;
	int r;

	if (!file)
		return -errno;
	/* any text can be read as rules: a list that does not know com is none */
	if (psl && psl_is_public_suffix2(psl, "com", PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 1) {
		psl_free(psl);
		psl = NULL;
	}
	r = wrap(ret, psl, -EBADMSG);
	if (r == 0)
		(*ret)->text_path = strdup(path);
	return r;
}

void suffix_list_free(struct suffix_list *list)
{
	if (!list)
		return;
	psl_free(list->psl);
	free(list->text_path);
	free(list);
}

void suffix_list_free_ptr(struct suffix_list **list)
{
	suffix_list_free(*list);
}

static bool is_suffix(const struct suffix_list *list, const char *name, int part)
{
	return psl_is_public_suffix2(list->psl, name, part | PSL_TYPE_NO_STAR_RULE) == 1;
}

/* Some top-level domains have no rule of their own but one below, such as `*.ck` and `co.za`. */
bool suffix_known(const struct suffix_list *list, const char *name)
{
	static const char *const below[] = {"", "x.", "co."};
	const char *dot = strrchr(name, '.');
	const char *last = dot ? dot + 1 : name;
	char probe[72];

	if (strcmp(last, "onion") == 0 || strcmp(last, "arpa") == 0)
		return true;
	for (size_t i = 0; *last && strlen(last) < 64 && i < ARRAY_LEN(below); i++) {
		snprintf(probe, sizeof(probe), "%s%s", below[i], last);
		if (is_suffix(list, probe, PSL_TYPE_ICANN))
			return true;
	}
	return false;
}

bool suffix_is_public(const struct suffix_list *list, const char *name)
{
	return is_suffix(list, name, PSL_TYPE_ANY);
}

bool suffix_is_registrable(const struct suffix_list *list, const char *name)
{
	const char *dot = strchr(name, '.');

	return dot && psl_is_public_suffix2(list->psl, name, PSL_TYPE_ANY) != 1 &&
	       psl_is_public_suffix2(list->psl, dot + 1, PSL_TYPE_ANY) == 1;
}

/* What the text has, the list may not: it is then newer or older. */
static bool rule_holds(const struct suffix_list *list, const char *rule)
{
	char below[RULE_BYTES];

	if (*rule == '!')
		return !is_suffix(list, rule + 1, PSL_TYPE_ANY);
	if (strncmp(rule, "*.", 2) != 0)
		return strchr(rule, '.') && is_suffix(list, rule, PSL_TYPE_ANY);
	snprintf(below, sizeof(below), "kukla-any.%s", rule + 2);
	return is_suffix(list, below, PSL_TYPE_ANY);
}

static bool is_plain(const char *rule)
{
	return *rule && rule[strspn(rule, "abcdefghijklmnopqrstuvwxyz0123456789-.*!")] == '\0';
}

int suffix_list_rules(
	const struct suffix_list *list, int (*on)(void *context, const char *rule), void *context)
{
	_cleanup_(fclose_ptr) FILE *file = list->text_path ? fopen(list->text_path, "re") : NULL;
	char line[RULE_BYTES - 16];
	int r = 0;

	if (!file)
		return -ENODATA;
	while (r == 0 && fgets(line, sizeof(line), file)) {
		line[strcspn(line, " \t\r\n/")] = '\0';
		if (is_plain(line) && rule_holds(list, line))
			r = on(context, line);
	}
	return r;
}
