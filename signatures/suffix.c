/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/suffix.h"

#include <errno.h>
#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct suffix_list {
	psl_ctx_t *psl;
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

int suffix_list_new(struct suffix_list **ret)
{
	return wrap(ret, psl_latest(NULL), -ENOENT);
}

int suffix_list_load(struct suffix_list **ret, const char *path)
{
	_cleanup_(fclose_ptr) FILE *file = fopen(path, "re");
	psl_ctx_t *psl = file ? psl_load_fp(file) : NULL;

	if (!file)
		return -errno;
	/* any text can be read as rules: a list that does not know com is none */
	if (psl && psl_is_public_suffix2(psl, "com", PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 1) {
		psl_free(psl);
		psl = NULL;
	}
	return wrap(ret, psl, -EBADMSG);
}

void suffix_list_free(struct suffix_list *list)
{
	if (!list)
		return;
	psl_free(list->psl);
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

bool suffix_is_hosted(const struct suffix_list *list, const char *name)
{
	for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.')) {
		if (is_suffix(list, dot + 1, PSL_TYPE_PRIVATE))
			return true;
	}
	return false;
}
